// SPDX-License-Identifier: GPL-2.0-only
/*
 * sockdiag: speaks sock_diag(7) as `ss` does, for any protocol number.
 *
 *	sockdiag [-p PROTOCOL] [-e] [-6] dump STATES [TERM...]
 *	sockdiag [-p PROTOCOL] [-e] get SRC SPORT DST DPORT [COOKIE]
 *	sockdiag [-p PROTOCOL] destroy SRC SPORT DST DPORT [COOKIE]
 *
 * -e asks for all extensions, -6 for sockets of AF_INET6 instead of AF_INET. STATES: bits of 1 << TCP_* as a number, COOKIE in
 * hexadecimal. All TERMs, each perhaps after "not", have to hold; they become
 * the program ("bytecode") that filters:
 *
 *	sport=N sport>=N sport<=N dport=N dport>=N dport<=N auto
 *	src=ADDRESS[/BITS][,PORT] dst=... dev=IFINDEX mark=VALUE/MASK
 *	id.sport=N id.dport=N		in the request, not in the program
 *	raw=HEX				the program itself, right or wrong
 *
 * Prints one line of NAME=VALUE words for each record. Fails with the name of
 * the error on stderr.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM_MAX	1024

static struct inet_diag_req_v2 req = {
	.sdiag_family = AF_INET,
	.sdiag_protocol = 253,
	.id.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE },
};

static unsigned char program[PROGRAM_MAX];
static unsigned int program_len;
static int program_raw;

static void die(const char *why)
{
	fprintf(stderr, "%s\n", why);
	exit(2);
}

/* ---- the program ---- */

static void *emit(const void *data, unsigned int len)
{
	void *at = program + program_len;

	if (program_len + len > sizeof(program))
		die("program too long");
	memcpy(at, data, len);
	program_len += len;
	return at;
}

/*
 * A term falls through to the next if it holds; else it jumps behind the end,
 * which is a no. Where that is, is known when all are there: terms_end().
 */
static void emit_term(int code, const void *arg, unsigned int len, int not)
{
	struct inet_diag_bc_op op = { .code = code, .yes = sizeof(op) + len };
	struct inet_diag_bc_op jump = { .code = INET_DIAG_BC_JMP,
					.yes = sizeof(jump) };

	/* Holds: the jump to the end. Does not: over it. */
	op.no = not ? op.yes + sizeof(jump) : 0;
	emit(&op, sizeof(op));
	emit(arg, len);
	if (not)
		emit(&jump, sizeof(jump));
}

static void terms_end(void)
{
	unsigned int at = 0;

	while (at < program_len) {
		struct inet_diag_bc_op *op = (void *)(program + at);

		if (!op->no)
			op->no = program_len - at + 4;
		at += op->yes;
	}
}

static int port_code(const char *op, int source)
{
	if (!strncmp(op, ">=", 2))
		return source ? INET_DIAG_BC_S_GE : INET_DIAG_BC_D_GE;
	if (!strncmp(op, "<=", 2))
		return source ? INET_DIAG_BC_S_LE : INET_DIAG_BC_D_LE;
	return source ? INET_DIAG_BC_S_EQ : INET_DIAG_BC_D_EQ;
}

static void term_port(const char *term, int not)
{
	const char *op = term + strlen("sport");
	struct inet_diag_bc_op arg = { .no = atoi(strpbrk(op, "0123456789")) };

	emit_term(port_code(op, *term == 's'), &arg, sizeof(arg), not);
}

static void term_host(char *term, int not)
{
	struct {
		struct inet_diag_hostcond cond;
		__be32 addr[4];
	} arg = { .cond.port = -1 };
	char *addr = term + strlen("src="), *bits, *port;
	unsigned int len;

	port = strchr(addr, ',');
	if (port)
		*port++ = 0;
	bits = strchr(addr, '/');
	if (bits)
		*bits++ = 0;
	arg.cond.family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	len = arg.cond.family == AF_INET6 ? 16 : 4;
	if (inet_pton(arg.cond.family, addr, arg.cond.addr) != 1)
		die("no address");
	arg.cond.prefix_len = bits ? atoi(bits) : (int)len * 8;
	if (port)
		arg.cond.port = atoi(port);
	emit_term(*term == 's' ? INET_DIAG_BC_S_COND : INET_DIAG_BC_D_COND,
		  &arg, sizeof(arg.cond) + len, not);
}

static void term_raw(const char *hex)
{
	unsigned int octet;

	program_raw = 1;
	for (; sscanf(hex, "%2x", &octet) == 1; hex += 2)
		emit(&(unsigned char){ octet }, 1);
}

static void term(char *t, int not)
{
	struct inet_diag_markcond mark;
	unsigned int index;

	if (!strncmp(t, "sport", 5) || !strncmp(t, "dport", 5))
		term_port(t, not);
	else if (!strncmp(t, "src=", 4) || !strncmp(t, "dst=", 4))
		term_host(t, not);
	else if (!strcmp(t, "auto"))
		emit_term(INET_DIAG_BC_AUTO, NULL, 0, not);
	else if (sscanf(t, "dev=%u", &index) == 1)
		emit_term(INET_DIAG_BC_DEV_COND, &index, sizeof(index), not);
	else if (sscanf(t, "mark=%u/%u", &mark.mark, &mark.mask) == 2)
		emit_term(INET_DIAG_BC_MARK_COND, &mark, sizeof(mark), not);
	else if (!strncmp(t, "id.sport=", 9))
		req.id.idiag_sport = htons(atoi(t + 9));
	else if (!strncmp(t, "id.dport=", 9))
		req.id.idiag_dport = htons(atoi(t + 9));
	else if (!strncmp(t, "raw=", 4))
		term_raw(t + 4);
	else
		die("unknown term");
}

/* ---- answers ---- */

static void print_end(const char *name, int family, const __be32 *addr,
		      __be16 port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, addr, text, sizeof(text));
	printf(" %s=%s,%u", name, text, ntohs(port));
}

static void print_info(const struct nlattr *attr)
{
	struct tcp_info info = {};
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(&info, mnl_attr_get_payload(attr),
	       len < sizeof(info) ? len : sizeof(info));
	printf(" info=%zu info_state=%u snd_mss=%u rtt=%u cwnd=%u acked=%llu received=%llu segs_out=%u",
	       len, info.tcpi_state, info.tcpi_snd_mss, info.tcpi_rtt,
	       info.tcpi_snd_cwnd, (unsigned long long)info.tcpi_bytes_acked,
	       (unsigned long long)info.tcpi_bytes_received,
	       info.tcpi_segs_out);
}

static int print_attr(const struct nlattr *attr, void *data)
{
	(void)data;
	switch (mnl_attr_get_type(attr)) {
	case INET_DIAG_INFO:
		print_info(attr);
		break;
	case INET_DIAG_CONG:
		printf(" cong=%s", mnl_attr_get_str(attr));
		break;
	case INET_DIAG_MARK:
		printf(" mark=%u", mnl_attr_get_u32(attr));
		break;
	case INET_DIAG_SHUTDOWN:
		printf(" shutdown=%u", mnl_attr_get_u8(attr));
		break;
	case INET_DIAG_TOS:
		printf(" tos=%u", mnl_attr_get_u8(attr));
		break;
	case INET_DIAG_TCLASS:
		printf(" tclass=%u", mnl_attr_get_u8(attr));
		break;
	case INET_DIAG_SKV6ONLY:
		printf(" v6only=%u", mnl_attr_get_u8(attr));
		break;
	case INET_DIAG_MEMINFO:
		printf(" mem=%u", mnl_attr_get_payload_len(attr));
		break;
	case INET_DIAG_SKMEMINFO:
		printf(" skmem=%u", mnl_attr_get_payload_len(attr));
		break;
	}
	return MNL_CB_OK;
}

static int print_record(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);

	(void)data;
	printf("state=%u", m->idiag_state);
	print_end("src", m->idiag_family, m->id.idiag_src, m->id.idiag_sport);
	print_end("dst", m->idiag_family, m->id.idiag_dst, m->id.idiag_dport);
	printf(" timer=%u expires=%u retrans=%u rq=%u wq=%u uid=%u inode=%u dev=%u cookie=%llx",
	       m->idiag_timer, m->idiag_expires, m->idiag_retrans,
	       m->idiag_rqueue, m->idiag_wqueue, m->idiag_uid, m->idiag_inode,
	       m->id.idiag_if, (unsigned long long)m->id.idiag_cookie[1] << 32 |
	       m->id.idiag_cookie[0]);
	mnl_attr_parse(nlh, sizeof(*m), print_attr, NULL);
	printf("\n");
	return MNL_CB_OK;
}

/* Returns 1 at the end. */
static int receive(struct mnl_socket *nl, int dump)
{
	char buf[65536] __attribute__((aligned(8)));
	ssize_t len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	const struct nlmsghdr *nlh = (void *)buf;
	int res;

	if (len < 0)
		return -1;
	res = mnl_cb_run(buf, len, 0, mnl_socket_get_portid(nl), print_record,
			 NULL);
	if (res < 0)
		return -1;
	return res == MNL_CB_STOP || (!dump && nlh->nlmsg_type != NLMSG_DONE);
}

static int talk(int type, int flags)
{
	char buf[sizeof(program) + 256] __attribute__((aligned(8)));
	struct mnl_socket *nl = mnl_socket_open(NETLINK_SOCK_DIAG);
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int res;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return -1;
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(req)), &req, sizeof(req));
	if (program_len)
		mnl_attr_put(nlh, INET_DIAG_REQ_BYTECODE, program_len, program);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -1;
	do {
		res = receive(nl, flags & NLM_F_DUMP);
	} while (!res);
	return res < 0 ? -1 : 0;
}

static void parse_end(const char *addr, const char *port, __be32 *to,
		      __be16 *to_port)
{
	req.sdiag_family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(req.sdiag_family, addr, to) != 1)
		die("no address");
	*to_port = htons(atoi(port));
}

static int do_one(int type, int flags, int argc, char **argv)
{
	unsigned long long cookie;

	if (argc < 4)
		die("SRC SPORT DST DPORT");
	parse_end(argv[0], argv[1], req.id.idiag_src, &req.id.idiag_sport);
	parse_end(argv[2], argv[3], req.id.idiag_dst, &req.id.idiag_dport);
	if (argc > 4) {
		cookie = strtoull(argv[4], NULL, 16);
		req.id.idiag_cookie[0] = cookie;
		req.id.idiag_cookie[1] = cookie >> 32;
	}
	return talk(type, flags);
}

static int do_dump(int argc, char **argv)
{
	int not = 0;

	if (!argc)
		die("STATES");
	req.idiag_states = strtoul(argv[0], NULL, 0);
	while (argv++, --argc) {
		if (!strcmp(*argv, "not")) {
			not = 1;
			continue;
		}
		term(*argv, not);
		not = 0;
	}
	if (!program_raw)
		terms_end();
	return talk(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
}

int main(int argc, char **argv)
{
	const char *what;
	int opt, res;

	while ((opt = getopt(argc, argv, "+p:e6")) != -1) {
		if (opt == 'p')
			req.sdiag_protocol = atoi(optarg);
		else if (opt == 'e')
			req.idiag_ext = 0xff;
		else if (opt == '6')
			req.sdiag_family = AF_INET6;
		else
			return 2;
	}
	if (optind == argc)
		die("dump, get or destroy");
	what = argv[optind++];
	argc -= optind;
	argv += optind;
	if (!strcmp(what, "dump"))
		res = do_dump(argc, argv);
	else if (!strcmp(what, "get"))
		res = do_one(SOCK_DIAG_BY_FAMILY, 0, argc, argv);
	else if (!strcmp(what, "destroy"))
		res = do_one(SOCK_DESTROY, NLM_F_ACK, argc, argv);
	else
		die("dump, get or destroy");
	if (!res)
		return 0;
	fprintf(stderr, "%s\n", strerrorname_np(errno));
	return 1;
}
