// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections over generic netlink: conn-get by id and as a dump, the filter
 * of a dump, what a reader may see, and conn-set. Where records live and how a
 * walk goes on is the tables' affair (snapshot.h).
 */
#include <linux/netlink.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include "itp.h"
#include "netlink.h"

/* The spec's numbers are those of the tables. */
#define ITP_STATE(name, nr, str) \
	static_assert((int)ITP_##name == ITP_NL_STATE_##name);
#include "engine/states.def"
#define ITP_CAUSE(name, str, prose) \
	static_assert((int)ITP_CAUSE_##name == ITP_NL_CAUSE_##name);
#include "engine/causes.def"
#define ITP_TIMER(name, str, prose) \
	static_assert(ITP_TIMER_##name + ITP_NL_TIMER_RTO == \
		      ITP_NL_TIMER_##name);
#include "engine/timers.def"

/* Of the number that struct itp_info has for a timer, see there. */
static u32 timer_kind(u8 timer)
{
	switch (timer) {
	case 0:
		return ITP_NL_TIMER_NONE;
	case 254:
		return ITP_NL_TIMER_SYN_ACK;
	case 255:
		return ITP_NL_TIMER_END_OF_TIME_WAIT;
	default:
		return timer - 1 + ITP_NL_TIMER_RTO;
	}
}

/**
 * itp_nl_put_key - put the nest `key`
 * @skb: message
 * @key: who
 *
 * Return: 0 or -EMSGSIZE.
 */
int itp_nl_put_key(struct sk_buff *skb, const struct itp_key *key)
{
	struct nlattr *nest = nla_nest_start(skb, ITP_A_CONN_KEY);
	int err;

	if (!nest ||
	    nla_put_u64_64bit(skb, ITP_A_KEY_ID, key->id, ITP_A_KEY_PAD) ||
	    nla_put_u32(skb, ITP_A_KEY_FAMILY, key->family))
		return -EMSGSIZE;
	if (key->family == AF_INET)
		err = nla_put_in_addr(skb, ITP_A_KEY_LOCAL_IPV4,
				      key->laddr.s6_addr32[3]) ||
		      nla_put_in_addr(skb, ITP_A_KEY_REMOTE_IPV4,
				      key->raddr.s6_addr32[3]);
	else
		err = nla_put_in6_addr(skb, ITP_A_KEY_LOCAL_IPV6,
				       &key->laddr) ||
		      nla_put_in6_addr(skb, ITP_A_KEY_REMOTE_IPV6,
				       &key->raddr);
	if (err ||
	    nla_put_be16(skb, ITP_A_KEY_LOCAL_PORT, key->lport) ||
	    nla_put_be16(skb, ITP_A_KEY_REMOTE_PORT, key->rport) ||
	    (key->ifindex &&
	     nla_put_u32(skb, ITP_A_KEY_IFINDEX, key->ifindex)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- struct itp_info ---- */

enum info_row_nr {
#define ITP_INFO_U32(set, attr, member)	ROW_##set##_##attr,
#define ITP_INFO_U64(set, attr, member)	ROW_##set##_##attr,
#define ITP_INFO_SEQ(set, attr, member)	ROW_##set##_##attr,
#include "netlink_info.def"
	ROW_MAX
};

enum info_kind {
	INFO_U32,
	INFO_U64,
	INFO_SEQ,
};

/* Rows of one nest follow each other. */
static const struct info_row {
	u8 nest;
	u8 attr;
	u8 pad;
	u8 kind;
} info_rows[] = {
#define ITP_INFO_U32(set, attr, member) \
	[ROW_##set##_##attr] = { ITP_A_CONN_##set, ITP_A_##set##_##attr, \
				 ITP_A_##set##_PAD, INFO_U32 },
#define ITP_INFO_U64(set, attr, member) \
	[ROW_##set##_##attr] = { ITP_A_CONN_##set, ITP_A_##set##_##attr, \
				 ITP_A_##set##_PAD, INFO_U64 },
#define ITP_INFO_SEQ(set, attr, member) \
	[ROW_##set##_##attr] = { ITP_A_CONN_##set, ITP_A_##set##_##attr, \
				 ITP_A_##set##_PAD, INFO_SEQ },
#include "netlink_info.def"
};

/* All attributes have a row but the five pads and the kind of the timer. */
static_assert(ARRAY_SIZE(info_rows) + 5 + 1 ==
	      ITP_A_PERF_MAX + ITP_A_PATH_MAX + ITP_A_STACK_MAX +
	      ITP_A_APP_MAX + ITP_A_TIMER_MAX);

static int put_info_row(struct sk_buff *skb, const struct info_row *row,
			u64 value, bool admin)
{
	switch (row->kind) {
	case INFO_U64:
		return nla_put_u64_64bit(skb, row->attr, value, row->pad);
	case INFO_SEQ:
		return admin ? nla_put_u32(skb, row->attr, value) : 0;
	default:
		return nla_put_u32(skb, row->attr, value);
	}
}

/* The nests perf, path, stack, app and timer. */
static int put_info(struct sk_buff *skb, const struct itp_info *info,
		    bool admin)
{
	const u64 values[] = {
#define ITP_INFO_U32(set, attr, member) \
	[ROW_##set##_##attr] = info->member,
#define ITP_INFO_U64(set, attr, member) \
	[ROW_##set##_##attr] = info->member,
#define ITP_INFO_SEQ(set, attr, member) \
	[ROW_##set##_##attr] = info->member,
#include "netlink_info.def"
	};
	struct nlattr *nest = NULL;
	unsigned int nr;

	for (nr = 0; nr < ROW_MAX; nr++) {
		u8 set = info_rows[nr].nest;

		if (!nr || set != info_rows[nr - 1].nest) {
			if (nest)
				nla_nest_end(skb, nest);
			nest = nla_nest_start(skb, set);
			if (!nest)
				return -EMSGSIZE;
			if (set == ITP_A_CONN_TIMER &&
			    nla_put_u32(skb, ITP_A_TIMER_KIND,
					timer_kind(info->timer)))
				return -EMSGSIZE;
		}
		if (put_info_row(skb, &info_rows[nr], values[nr], admin))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- a connection, as a reader may see it ---- */

/**
 * struct itp_reader - who asks
 * @user_ns: how uids are numbered for it
 * @uid: sees sequence numbers of its own sockets
 * @uid_ok: @uid holds: the one who asks is the one who opened the socket
 * @admin: sees all sequence numbers
 */
struct itp_reader {
	struct user_namespace *user_ns;
	kuid_t uid;
	bool uid_ok;
	bool admin;
};

static void reader_init(struct itp_reader *r, const struct sk_buff *req,
			const struct net *net)
{
	const struct sock *sk = NETLINK_CB(req).sk;

	r->user_ns = sk_user_ns(sk);
	r->uid = NETLINK_CB(req).creds.uid;
	r->uid_ok = uid_eq(r->uid, READ_ONCE(sk->sk_uid));
	r->admin = netlink_ns_capable(req, net->user_ns, CAP_NET_ADMIN);
}

static bool reader_sees_all(const struct itp_reader *r,
			    const struct itp_snap *snap)
{
	return r->admin || (r->uid_ok && uid_valid(snap->uid) &&
			    uid_eq(r->uid, snap->uid));
}

static int put_overrides(struct sk_buff *skb, const struct itp_snap *snap)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < snap->owns; i++) {
		const struct itp_own *own = &snap->own[i];

		nest = nla_nest_start(skb, ITP_A_CONN_OVERRIDE);
		if (!nest ||
		    nla_put_string(skb, ITP_A_OVERRIDE_NAME,
				   itp_tunable_descs[own->nr].name) ||
		    nla_put_u64_64bit(skb, ITP_A_OVERRIDE_VALUE, own->value,
				      ITP_A_OVERRIDE_PAD) ||
		    nla_put_u32(skb, ITP_A_OVERRIDE_ORIGIN, own->origin))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_conn(struct sk_buff *skb, const struct itp_snap *snap,
		    const struct itp_reader *reader)
{
	const struct itp_info *i = &snap->info;

	if (itp_nl_put_key(skb, &snap->key) ||
	    nla_put_u32(skb, ITP_A_CONN_STATE, i->state) ||
	    (i->prev_state &&
	     nla_put_u32(skb, ITP_A_CONN_PREV_STATE, i->prev_state)) ||
	    nla_put_u32(skb, ITP_A_CONN_CAUSE, i->cause) ||
	    nla_put_u32(skb, ITP_A_CONN_ROLE, i->role) ||
	    (uid_valid(snap->uid) &&
	     nla_put_u32(skb, ITP_A_CONN_UID,
			 from_kuid_munged(reader->user_ns, snap->uid))) ||
	    (snap->inode &&
	     nla_put_u32(skb, ITP_A_CONN_INODE, snap->inode)) ||
	    nla_put_u32(skb, ITP_A_CONN_MARK, snap->mark) ||
	    nla_put_u64_64bit(skb, ITP_A_CONN_AGE_US, i->age_us,
			      ITP_A_CONN_PAD) ||
	    nla_put_u64_64bit(skb, ITP_A_CONN_STATE_AGE_US, i->state_age_us,
			      ITP_A_CONN_PAD))
		return -EMSGSIZE;
	return put_info(skb, i, reader_sees_all(reader, snap)) ? :
	       put_overrides(skb, snap);
}

static int reply_conn(struct sk_buff *skb, struct genl_info *info,
		      const struct itp_snap *snap,
		      const struct itp_reader *reader)
{
	struct sk_buff *msg;
	void *hdr;

	msg = itp_nl_reply_new(info, &hdr);
	if (!msg)
		return itp_nl_refuse(skb, info, -ENOMEM, "out of memory");
	if (put_conn(msg, snap, reader)) {
		nlmsg_free(msg);
		return itp_nl_refuse(skb, info, -EMSGSIZE,
				     "the answer does not fit a message");
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int nl_no_conn(struct sk_buff *skb, struct genl_info *info, int err,
		      u64 id)
{
	return itp_nl_refuse(skb, info, err,
			     "no connection has the id %llu in this network namespace",
			     id);
}

/* The connection @id as an answer. */
static int answer_conn(struct sk_buff *skb, struct genl_info *info, u64 id)
{
	struct net *net = genl_info_net(info);
	struct itp_reader reader;
	struct itp_snap *snap;
	int err;

	snap = kzalloc(sizeof(*snap), GFP_KERNEL);
	if (!snap)
		return itp_nl_refuse(skb, info, -ENOMEM, "out of memory");
	err = itp_find(net, id, snap);
	if (err) {
		err = nl_no_conn(skb, info, err, id);
	} else {
		reader_init(&reader, skb, net);
		err = reply_conn(skb, info, snap, &reader);
	}
	kfree(snap);
	return err;
}

static int nl_no_id(struct sk_buff *skb, struct genl_info *info)
{
	return itp_nl_refuse(skb, info, -EINVAL,
			     "the id of a connection is missing");
}

int itp_nl_conn_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (info->attrs[ITP_A_CONN_FILTER])
		return itp_nl_refuse(skb, info, -EINVAL,
				     "a filter is for dumps; one connection is asked for by its id");
	if (!info->attrs[ITP_A_CONN_ID])
		return nl_no_id(skb, info);
	return answer_conn(skb, info, nla_get_u64(info->attrs[ITP_A_CONN_ID]));
}

/* ---- conn-set ---- */

/* The row that the nest `override` names, and its value, NULL if it has none. */
static int override_parse(struct sk_buff *skb, struct genl_info *info,
			  const struct nlattr **value)
{
	struct nlattr *tb[ITP_A_OVERRIDE_MAX + 1];
	int nr;

	if (!info->attrs[ITP_A_CONN_OVERRIDE])
		return itp_nl_refuse(skb, info, -EINVAL,
				     "the tunable to set is missing");
	nr = nla_parse_nested(tb, ITP_A_OVERRIDE_MAX,
			      info->attrs[ITP_A_CONN_OVERRIDE],
			      itp_override_nl_policy, info->extack);
	if (nr)
		return nr;
	if (!tb[ITP_A_OVERRIDE_NAME])
		return itp_nl_refuse(skb, info, -EINVAL,
				     "the name of a tunable is missing");
	nr = itp_tunable_find(nla_data(tb[ITP_A_OVERRIDE_NAME]));
	if (nr < 0)
		return itp_nl_refuse(skb, info, nr, "no tunable is called %s",
				     (char *)nla_data(tb[ITP_A_OVERRIDE_NAME]));
	*value = tb[ITP_A_OVERRIDE_VALUE];
	return nr;
}

/* 0, or -ENOENT without @why, or another error with it. */
static int override_conn(struct sock_common *sc, u64 id, unsigned int nr,
			 const struct nlattr *value, char *why)
{
	struct sock *sk = itp_common_sk(sc);
	int err = -ENOENT;

	if (!itp_common_full(sc)) {
		snprintf(why, ITP_TUNABLE_WHY,
			 "%llu is a half-open entry or a TIME-WAIT record, not a socket",
			 id);
		return -EOPNOTSUPP;
	}
	lock_sock(sk);
	/* While this waited for the lock it may have ended. */
	if (sk->sk_state != TCP_CLOSE && itp_common_id(sc) == id)
		err = value ? itp_override_set(sk, nr, nla_get_u64(value), true,
					       why) :
			      itp_override_drop(sk, nr, why);
	release_sock(sk);
	return err;
}

int itp_nl_conn_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *value = NULL;
	char why[ITP_TUNABLE_WHY];
	struct sock_common *sc;
	int nr, err;
	u64 id;

	if (!info->attrs[ITP_A_CONN_ID])
		return nl_no_id(skb, info);
	id = nla_get_u64(info->attrs[ITP_A_CONN_ID]);
	nr = override_parse(skb, info, &value);
	if (nr < 0)
		return nr;
	sc = itp_common_find(genl_info_net(info), id);
	if (!sc)
		return nl_no_conn(skb, info, -ENOENT, id);
	err = override_conn(sc, id, nr, value, why);
	itp_common_put(sc);
	if (err == -ENOENT)
		return nl_no_conn(skb, info, err, id);
	if (err)
		return itp_nl_refuse(skb, info, err, "%s", why);
	return answer_conn(skb, info, id);
}

/* ---- dump ---- */

/**
 * struct itp_filter - the set `filter`, parsed
 * @states: bit per state
 * @family: 0 any
 * @laddr: IPv4 as a mapped address
 * @raddr: likewise
 * @llen: leading bits of @laddr that count
 * @rlen: leading bits of @raddr that count
 * @has_lport: @lport counts
 * @has_rport: @rport counts
 * @has_uid: @uid counts
 * @lport: local port
 * @rport: remote port
 * @uid: owner
 */
struct itp_filter {
	u32 states;
	u32 family;
	struct in6_addr laddr;
	struct in6_addr raddr;
	u8 llen;
	u8 rlen;
	bool has_lport;
	bool has_rport;
	bool has_uid;
	__be16 lport;
	__be16 rport;
	kuid_t uid;
};

static bool filter_match(const struct itp_filter *f,
			 const struct itp_snap *snap)
{
	const struct itp_key *key = &snap->key;

	return (f->states & BIT(snap->info.state)) &&
	       (!f->family || f->family == key->family) &&
	       (!f->has_lport || f->lport == key->lport) &&
	       (!f->has_rport || f->rport == key->rport) &&
	       (!f->has_uid || (uid_valid(snap->uid) &&
				uid_eq(f->uid, snap->uid))) &&
	       ipv6_prefix_equal(&f->laddr, &key->laddr, f->llen) &&
	       ipv6_prefix_equal(&f->raddr, &key->raddr, f->rlen);
}

/* One side's address and the length of its prefix. */
static int filter_addr(const struct nlattr *v4, const struct nlattr *v6,
		       const struct nlattr *plen, struct in6_addr *addr, u8 *len,
		       struct netlink_ext_ack *extack)
{
	u32 bits = v4 ? 32 : 128;

	if (v4 && v6) {
		NL_SET_ERR_MSG_ATTR(extack, v6,
				    "filter: one address per side, IPv4 or IPv6");
		return -EINVAL;
	}
	if (!v4 && !v6) {
		if (!plen)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, plen,
				    "filter: a prefix length needs an address");
		return -EINVAL;
	}
	if (plen && nla_get_u32(plen) > bits) {
		NL_SET_ERR_MSG_ATTR(extack, plen,
				    "filter: the prefix length is above 32 (IPv4) or 128 (IPv6)");
		return -EINVAL;
	}
	*len = 128 - bits + (plen ? nla_get_u32(plen) : bits);
	if (v4)
		ipv6_addr_set_v4mapped(nla_get_in_addr(v4), addr);
	else
		*addr = nla_get_in6_addr(v6);
	return 0;
}

static int filter_uid(struct itp_filter *f, const struct nlattr *uid,
		      struct user_namespace *user_ns,
		      struct netlink_ext_ack *extack)
{
	if (!uid)
		return 0;
	f->has_uid = true;
	f->uid = make_kuid(user_ns, nla_get_u32(uid));
	if (uid_valid(f->uid))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, uid,
			    "filter: your user namespace has no such uid");
	return -EINVAL;
}

static int filter_parse(struct itp_filter *f, const struct nlattr *nest,
			struct user_namespace *user_ns,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[ITP_A_FILTER_MAX + 1];
	int err;

	memset(f, 0, sizeof(*f));
	f->states = ~0U;
	if (!nest)
		return 0;
	err = nla_parse_nested(tb, ITP_A_FILTER_MAX, nest, itp_filter_nl_policy,
			       extack);
	if (err)
		return err;
	if (tb[ITP_A_FILTER_STATES])
		f->states = nla_get_u32(tb[ITP_A_FILTER_STATES]);
	if (tb[ITP_A_FILTER_FAMILY])
		f->family = nla_get_u32(tb[ITP_A_FILTER_FAMILY]);
	if (f->family && f->family != AF_INET && f->family != AF_INET6) {
		NL_SET_ERR_MSG_ATTR(extack, tb[ITP_A_FILTER_FAMILY],
				    "filter: the family is not AF_INET or AF_INET6");
		return -EAFNOSUPPORT;
	}
	f->has_lport = tb[ITP_A_FILTER_LOCAL_PORT];
	if (f->has_lport)
		f->lport = nla_get_be16(tb[ITP_A_FILTER_LOCAL_PORT]);
	f->has_rport = tb[ITP_A_FILTER_REMOTE_PORT];
	if (f->has_rport)
		f->rport = nla_get_be16(tb[ITP_A_FILTER_REMOTE_PORT]);
	return filter_uid(f, tb[ITP_A_FILTER_UID], user_ns, extack) ?:
	       filter_addr(tb[ITP_A_FILTER_LOCAL_IPV4],
			   tb[ITP_A_FILTER_LOCAL_IPV6],
			   tb[ITP_A_FILTER_LOCAL_PREFIX_LEN],
			   &f->laddr, &f->llen, extack) ?:
	       filter_addr(tb[ITP_A_FILTER_REMOTE_IPV4],
			   tb[ITP_A_FILTER_REMOTE_IPV6],
			   tb[ITP_A_FILTER_REMOTE_PREFIX_LEN],
			   &f->raddr, &f->rlen, extack);
}

/**
 * struct itp_conn_dump - one call of a dump
 * @msg: what is being filled
 * @cb: the dump
 * @filter: which connections
 * @reader: for whom
 */
struct itp_conn_dump {
	struct sk_buff *msg;
	struct netlink_callback *cb;
	struct itp_filter filter;
	struct itp_reader reader;
};

static int dump_show(const struct itp_snap *snap, void *arg)
{
	struct itp_conn_dump *dump = arg;
	void *hdr;

	if (!filter_match(&dump->filter, snap))
		return 0;
	hdr = genlmsg_put(dump->msg, NETLINK_CB(dump->cb->skb).portid,
			  dump->cb->nlh->nlmsg_seq, &itp_nl_family,
			  NLM_F_MULTI, ITP_CMD_CONN_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (put_conn(dump->msg, snap, &dump->reader)) {
		genlmsg_cancel(dump->msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->msg, hdr);
	return 0;
}

int itp_nl_conn_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct itp_cursor *cur = (struct itp_cursor *)cb->ctx;
	struct itp_conn_dump dump = { .msg = skb, .cb = cb };
	struct nlattr *attrs[ITP_A_CONN_FILTER + 1];
	struct net *net = sock_net(skb->sk);
	int err;

	BUILD_BUG_ON(sizeof(*cur) > sizeof(cb->ctx));
	err = genlmsg_parse(cb->nlh, &itp_nl_family, attrs, ITP_A_CONN_FILTER,
			    itp_conn_get_nl_policy, cb->extack);
	if (err)
		return err;
	if (attrs[ITP_A_CONN_ID]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[ITP_A_CONN_ID],
				    "an id is for one connection; a dump takes a filter");
		return -EINVAL;
	}
	reader_init(&dump.reader, cb->skb, net);
	err = filter_parse(&dump.filter, attrs[ITP_A_CONN_FILTER],
			   dump.reader.user_ns, cb->extack);
	if (err)
		return err;
	err = itp_walk(net, cur, dump_show, &dump);
	return skb->len ?: err;
}
