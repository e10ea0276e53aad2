// SPDX-License-Identifier: GPL-2.0-only
/*
 * What D says about a connection, and D's tunables: generic netlink and
 * net.itp.* for ITP, /proc/net/tcp and net.ipv4.tcp_* for TCP.
 */
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/itp_netlink.h>
#include "wire.h"

static const char *const names[] = {
	"CLOSED", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1",
	"FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK",
	"LISTEN", "CLOSING", "SYN-RECEIVED",
};

static const char *name_of(unsigned int state)
{
	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

/* --- TCP --------------------------------------------------------------------*/

static unsigned int tcp_state(void)
{
	FILE *f = fopen(v6 ? "/proc/net/tcp6" : "/proc/net/tcp", "r");
	unsigned int lport, rport, st, found = 0;
	char line[512];

	if (!f)
		fail_("/proc/net/tcp: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%x %x",
			   &lport, &rport, &st) == 3 &&
		    lport == P->dport && rport == P->port)
			found = st;
	}
	fclose(f);
	return found;
}

static const struct {
	const char *itp, *tcp;
} tcp_names[] = {
	{ "somaxconn", "core/somaxconn" },
	{ "rmem_default", NULL },
	{ "wmem_default", NULL },
	{ "initial_window", NULL },
	{ "rto_max_ms", NULL },
	{ "timewait_len", NULL },
	{ "delack_min_us", NULL },
	{ "delack_max_us", NULL },
	{ "syn_soft_errors", NULL },
	{ "orphan_retries", "ipv4/tcp_orphan_retries" },
};

static bool tcp_path(const char *name, char *path, size_t size)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcp_names); i++) {
		if (strcmp(name, tcp_names[i].itp))
			continue;
		if (tcp_names[i].tcp)
			snprintf(path, size, "/proc/sys/net/%s",
				 tcp_names[i].tcp);
		return tcp_names[i].tcp;
	}
	snprintf(path, size, "/proc/sys/net/ipv4/tcp_%s", name);
	return true;
}

void tunable_(const char *name, long value)
{
	char path[128], text[32];
	int f, len;

	trace("# %s = %ld", name, value);
	if (!tcp)
		snprintf(path, sizeof(path), "/proc/sys/net/itp/%s", name);
	else if (!tcp_path(name, path, sizeof(path)))
		return;
	f = open(path, O_WRONLY);
	if (f < 0)
		fail_("%s: %s", path, strerror(errno));
	len = snprintf(text, sizeof(text), "%ld", value);
	if (write(f, text, len) != len)
		fail_("%s = %ld: %s", path, value, strerror(errno));
	close(f);
}

/* --- ITP --------------------------------------------------------------------*/

struct request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char attrs[64];
};

static int nl_open(void)
{
	struct timeval limit = { .tv_sec = 5 };
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

	if (s < 0)
		fail_("netlink: %s", strerror(errno));
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return s;
}

static const struct nlattr *attr_find(const void *from, size_t len, int type)
{
	const struct nlattr *a = from;

	while (len >= sizeof(*a) && a->nla_len >= sizeof(*a) &&
	       a->nla_len <= len) {
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if (len < (size_t)NLA_ALIGN(a->nla_len))
			break;
		len -= NLA_ALIGN(a->nla_len);
		a = (const void *)((const char *)a + NLA_ALIGN(a->nla_len));
	}
	return NULL;
}

static const void *attr_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

static size_t attr_len(const struct nlattr *a)
{
	return a->nla_len - NLA_HDRLEN;
}

static u16 family_id(int s)
{
	struct request r = {
		.n = { .nlmsg_type = GENL_ID_CTRL, .nlmsg_flags = NLM_F_REQUEST },
		.g = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
	};
	struct nlattr *a = (void *)r.attrs;
	const struct nlattr *id;
	char buf[8192];
	ssize_t n;

	a->nla_type = CTRL_ATTR_FAMILY_NAME;
	a->nla_len = NLA_HDRLEN + sizeof(ITP_FAMILY_NAME);
	memcpy((char *)a + NLA_HDRLEN, ITP_FAMILY_NAME, sizeof(ITP_FAMILY_NAME));
	r.n.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(a->nla_len);
	if (send(s, &r, r.n.nlmsg_len, 0) < 0)
		fail_("netlink: %s", strerror(errno));
	n = recv(s, buf, sizeof(buf), 0);
	if (n < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN) ||
	    ((struct nlmsghdr *)buf)->nlmsg_type == NLMSG_ERROR)
		fail_("there is no netlink family " ITP_FAMILY_NAME);
	id = attr_find(buf + NLMSG_LENGTH(GENL_HDRLEN),
		       n - NLMSG_LENGTH(GENL_HDRLEN), CTRL_ATTR_FAMILY_ID);
	return *(const u16 *)attr_data(id);
}

/* The state in @msg, if it is about P's connection; else 0. */
static unsigned int conn_state(const struct nlmsghdr *msg)
{
	const char *attrs = (const char *)msg + NLMSG_LENGTH(GENL_HDRLEN);
	size_t len = msg->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	const struct nlattr *key = attr_find(attrs, len, ITP_A_CONN_KEY);
	const struct nlattr *state = attr_find(attrs, len, ITP_A_CONN_STATE);
	const struct nlattr *l, *r;

	if (!key || !state)
		fail_("netlink: a connection without key or state");
	l = attr_find(attr_data(key), attr_len(key), ITP_A_KEY_LOCAL_PORT);
	r = attr_find(attr_data(key), attr_len(key), ITP_A_KEY_REMOTE_PORT);
	if (!l || !r)
		return 0;
	if (ntohs(*(const u16 *)attr_data(l)) != P->dport ||
	    ntohs(*(const u16 *)attr_data(r)) != P->port)
		return 0;
	return *(const u32 *)attr_data(state);
}

static unsigned int itp_state(void)
{
	struct request r = {
		.n = { .nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.g = { .cmd = ITP_CMD_CONN_GET, .version = ITP_FAMILY_VERSION },
	};
	unsigned int found = 0, state;
	static char buf[32768];
	struct nlmsghdr *msg;
	int s = nl_open();
	ssize_t n;

	r.n.nlmsg_type = family_id(s);
	if (send(s, &r, r.n.nlmsg_len, 0) < 0)
		fail_("netlink: %s", strerror(errno));
	for (;;) {
		n = recv(s, buf, sizeof(buf), 0);
		if (n <= 0)
			fail_("netlink: %s", strerror(errno));
		for (msg = (void *)buf; NLMSG_OK(msg, (size_t)n);
		     msg = NLMSG_NEXT(msg, n)) {
			if (msg->nlmsg_type == NLMSG_ERROR)
				fail_("netlink: conn-get failed");
			if (msg->nlmsg_type == NLMSG_DONE)
				goto done;
			state = conn_state(msg);
			if (state)
				found = state;
		}
	}
done:
	close(s);
	return found;
}

/* --- both -------------------------------------------------------------------*/

/* What the program sees of its own socket. */
static const char *info_state(void)
{
	u8 info[64] = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, proto, OPT_INFO, info, &len))
		fail_("OPT_INFO: %s", strerror(errno));
	return name_of(info[0]);
}

const char *state_now(void)
{
	return name_of(tcp ? tcp_state() : itp_state());
}

void expect_state_(const char *want)
{
	bool socket = fd >= 0 && strcmp(want, "TIME-WAIT");
	const char *now;

	/* Of a socket that is open; /proc/net/tcp is slow. */
	if (socket && tcp && strcmp(want, "CLOSED"))
		now = info_state();
	else
		now = state_now();
	trace("= %s", now);
	if (strcmp(now, want))
		fail_("state is %s instead of %s", now, want);
	if (socket && strcmp(info_state(), want))
		fail_("the socket is in %s instead of %s", info_state(), want);
}
