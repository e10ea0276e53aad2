// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message about a connection into struct conn, and that into JSON. Attributes
 * that are missing or unknown are left out.
 */
#include <ctype.h>
#include <net/if.h>
#include <string.h>
#include <arpa/inet.h>
#include "conn.h"
#include "names.h"

static const struct row {
	uint16_t nest;
	uint16_t attr;
	const char *set;
	const char *name;
} rows[] = {
#define ITP_INFO_U32(set, attr, member) \
	[ROW_##set##_##attr] = { ITP_A_CONN_##set, ITP_A_##set##_##attr, \
				 #set, #attr },
#define ITP_INFO_U64(set, attr, member) \
	[ROW_##set##_##attr] = { ITP_A_CONN_##set, ITP_A_##set##_##attr, \
				 #set, #attr },
#define ITP_INFO_SEQ(set, attr, member) \
	[ROW_##set##_##attr] = { ITP_A_CONN_##set, ITP_A_##set##_##attr, \
				 #set, #attr },
#include "netlink_info.def"
};

/* Room for the attributes of each nest, and for more than we know. */
#define NEST_MAX 63

static char *lower(char *buf, size_t size, const char *name)
{
	size_t i;

	for (i = 0; name[i] && i + 1 < size; i++)
		buf[i] = (char)tolower((unsigned char)name[i]);
	buf[i] = '\0';
	return buf;
}

/**
 * info_nest - name of the nest that a row lies in, in capitals
 * @row: row
 */
const char *info_nest(enum info_row row)
{
	return rows[row].set;
}

/**
 * info_key - JSON key of a row
 * @row: row
 * @buf: gets the key
 * @size: of @buf
 */
char *info_key(enum info_row row, char *buf, size_t size)
{
	return lower(buf, size, rows[row].name);
}

/**
 * timer_text - name of a timer
 * @timer: enum itp_nl_timer
 */
const char *timer_text(uint32_t timer)
{
	switch (timer) {
	case ITP_NL_TIMER_NONE:
		return "none";
	case ITP_NL_TIMER_SYN_ACK:
		return "syn-ack";
	case ITP_NL_TIMER_END_OF_TIME_WAIT:
		return "time-wait";
	default:
		return itp_timer_name(timer - ITP_NL_TIMER_RTO);
	}
}

/**
 * role_text - name of a role
 * @role: enum itp_nl_role
 */
const char *role_text(uint32_t role)
{
	static const char * const names[] = {
		[ITP_NL_ROLE_NONE] = "none",
		[ITP_NL_ROLE_ACTIVE] = "active",
		[ITP_NL_ROLE_PASSIVE] = "passive",
		[ITP_NL_ROLE_LISTENER] = "listener",
	};

	return role < sizeof(names) / sizeof(names[0]) ? names[role] : "?";
}

static void parse_address(uint8_t *addr, const struct nlattr *v4,
			  const struct nlattr *v6)
{
	const struct nlattr *attr = v4 ? v4 : v6;
	size_t len = v4 ? 4 : 16;

	if (attr && mnl_attr_get_payload_len(attr) == len)
		memcpy(addr, mnl_attr_get_payload(attr), len);
}

static void parse_key(struct conn *c, const struct nlattr *nest)
{
	const struct nlattr *tb[ITP_A_KEY_MAX + 1];

	itp_nl_parse_nest(nest, tb, ITP_A_KEY_MAX);
	c->id = itp_nl_uint(tb[ITP_A_KEY_ID]);
	c->family = (int)itp_nl_uint(tb[ITP_A_KEY_FAMILY]);
	parse_address(c->local, tb[ITP_A_KEY_LOCAL_IPV4],
		      tb[ITP_A_KEY_LOCAL_IPV6]);
	parse_address(c->remote, tb[ITP_A_KEY_REMOTE_IPV4],
		      tb[ITP_A_KEY_REMOTE_IPV6]);
	c->lport = ntohs((uint16_t)itp_nl_uint(tb[ITP_A_KEY_LOCAL_PORT]));
	c->rport = ntohs((uint16_t)itp_nl_uint(tb[ITP_A_KEY_REMOTE_PORT]));
	c->ifindex = (unsigned int)itp_nl_uint(tb[ITP_A_KEY_IFINDEX]);
}

static void parse_info(struct conn *c, const struct nlattr **conn)
{
	const struct nlattr *tb[NEST_MAX + 1];
	unsigned int r;

	for (r = 0; r < ROW_MAX; r++) {
		if (!r || rows[r].nest != rows[r - 1].nest)
			itp_nl_parse_nest(conn[rows[r].nest], tb, NEST_MAX);
		c->given[r] = tb[rows[r].attr];
		c->value[r] = itp_nl_uint(tb[rows[r].attr]);
	}
	itp_nl_parse_nest(conn[ITP_A_CONN_TIMER], tb, NEST_MAX);
	c->timer = (uint32_t)itp_nl_uint(tb[ITP_A_TIMER_KIND]);
}

/**
 * conn_parse - read an answer to conn-get, or a conn-change-ntf
 * @c: gets what it says
 * @nlh: message
 */
void conn_parse(struct conn *c, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[ITP_A_CONN_MAX + 1];

	memset(c, 0, sizeof(*c));
	itp_nl_parse(nlh, tb, ITP_A_CONN_MAX);
	parse_key(c, tb[ITP_A_CONN_KEY]);
	c->has = (tb[ITP_A_CONN_PREV_STATE] ? HAS_PREV_STATE : 0) |
		 (tb[ITP_A_CONN_UID] ? HAS_UID : 0) |
		 (tb[ITP_A_CONN_INODE] ? HAS_INODE : 0);
	c->state = (uint32_t)itp_nl_uint(tb[ITP_A_CONN_STATE]);
	c->prev_state = (uint32_t)itp_nl_uint(tb[ITP_A_CONN_PREV_STATE]);
	c->cause = (uint32_t)itp_nl_uint(tb[ITP_A_CONN_CAUSE]);
	c->role = (uint32_t)itp_nl_uint(tb[ITP_A_CONN_ROLE]);
	c->uid = (uint32_t)itp_nl_uint(tb[ITP_A_CONN_UID]);
	c->inode = (uint32_t)itp_nl_uint(tb[ITP_A_CONN_INODE]);
	c->mark = (uint32_t)itp_nl_uint(tb[ITP_A_CONN_MARK]);
	c->age_us = itp_nl_uint(tb[ITP_A_CONN_AGE_US]);
	c->state_age_us = itp_nl_uint(tb[ITP_A_CONN_STATE_AGE_US]);
	c->seq = itp_nl_uint(tb[ITP_A_CONN_SEQ]);
	c->missed = itp_nl_uint(tb[ITP_A_CONN_MISSED]);
	c->time_ns = itp_nl_uint(tb[ITP_A_CONN_TIME_NS]);
	parse_info(c, tb);
	own_parse(c, nlh);
}

static void address_json(struct itp_json *j, const char *key, int family,
			 const void *addr)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family, addr, text, sizeof(text)))
		itp_json_string(j, key, text);
}

/**
 * conn_key_json - write who a connection is
 * @j: writer, in an object
 * @c: connection
 */
void conn_key_json(struct itp_json *j, const struct conn *c)
{
	char dev[IF_NAMESIZE];

	if (c->family == AF_INET)
		itp_json_string(j, "family", "inet");
	else
		json_name(j, "family", c->family == AF_INET6 ? "inet6" : "?",
			  (uint32_t)c->family);
	address_json(j, "local_address", c->family, c->local);
	itp_json_uint(j, "local_port", c->lport);
	address_json(j, "remote_address", c->family, c->remote);
	itp_json_uint(j, "remote_port", c->rport);
	if (!c->ifindex)
		return;
	itp_json_uint(j, "ifindex", c->ifindex);
	if (!opt.numeric && if_indextoname(c->ifindex, dev))
		itp_json_string(j, "dev", dev);
}

static void info_json(struct itp_json *j, const struct conn *c)
{
	char key[48];
	unsigned int r;

	for (r = 0; r < ROW_MAX; r++) {
		if (!r || rows[r].nest != rows[r - 1].nest) {
			if (r)
				itp_json_end(j, '}');
			itp_json_object(j, lower(key, sizeof(key),
						 rows[r].set));
			if (rows[r].nest == ITP_A_CONN_TIMER)
				json_name(j, "kind", timer_text(c->timer),
					  c->timer);
		}
		if (!c->given[r])
			continue;
		info_key(r, key, sizeof(key));
		if (r == ROW_PERF_CUR_SSTHRESH && c->value[r] == UINT32_MAX)
			itp_json_null(j, key);
		else
			itp_json_uint(j, key, c->value[r]);
	}
	itp_json_end(j, '}');
}

/**
 * conn_json - write a connection as an object
 * @j: writer, in an array
 * @c: connection
 */
void conn_json(struct itp_json *j, const struct conn *c)
{
	itp_json_object(j, NULL);
	itp_json_uint(j, "id", c->id);
	json_name(j, "state", itp_state_name(c->state), c->state);
	if (c->has & HAS_PREV_STATE)
		json_name(j, "prev_state", itp_state_name(c->prev_state),
			  c->prev_state);
	json_name(j, "cause", itp_cause_name(c->cause), c->cause);
	json_name(j, "role", role_text(c->role), c->role);
	conn_key_json(j, c);
	if (c->has & HAS_UID)
		itp_json_uint(j, "uid", c->uid);
	if (c->has & HAS_INODE)
		itp_json_uint(j, "inode", c->inode);
	itp_json_uint(j, "mark", c->mark);
	itp_json_uint(j, "age_us", c->age_us);
	itp_json_uint(j, "state_age_us", c->state_age_us);
	itp_json_uint(j, "recv_q", c->value[ROW_APP_CUR_APP_RQUEUE]);
	itp_json_uint(j, "send_q", c->value[ROW_APP_CUR_SND_QUEUE]);
	info_json(j, c);
	own_json(j, c);
	itp_json_end(j, '}');
}
