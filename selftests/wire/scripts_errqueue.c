// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP_RECVERR, IPV6_RECVERR and recvmsg(MSG_ERRQUEUE): what a program learns of
 * an ICMP error besides its errno, and from whom (ip(7), ipv6(7)).
 */
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "wire.h"

static void want_errors(void)
{
	user_sockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		     v6 ? IPV6_RECVERR : IP_RECVERR, 1);
}

static ssize_t take(struct msghdr *msg)
{
	ssize_t n = recvmsg(fd, msg, MSG_ERRQUEUE);

	trace("! recvmsg(MSG_ERRQUEUE): %s", n < 0 ? strerror(errno) : "one");
	return n;
}

static void queue_empty(void)
{
	struct msghdr msg = { 0 };

	check(take(&msg) < 0 && errno == EAGAIN);
}

static struct in6_addr address_in(const void *sockaddr)
{
	const struct sockaddr_in6 *six = sockaddr;
	const struct sockaddr_in *four = sockaddr;
	struct in6_addr addr = { 0 };

	check_eq(six->sin6_family, v6 ? AF_INET6 : AF_INET);
	if (v6)
		return six->sin6_addr;
	addr.s6_addr[10] = 0xff;
	addr.s6_addr[11] = 0xff;
	memcpy(&addr.s6_addr[12], &four->sin_addr, 4);
	return addr;
}

/* What peer_icmp() sends comes from this router. */
static void check_offender(const struct sock_extended_err *ee)
{
	struct in6_addr router = P->addr, got;

	router.s6_addr[15] = 254;
	got = address_in(SO_EE_OFFENDER(ee));
	check(!memcmp(&got, &router, sizeof(got)));
}

/* One error: what it was, who sent it, where the segment went, its header. */
static void queue_has(int type, int code, int err, u32 info, u32 seq)
{
	struct sockaddr_storage name = { 0 };
	struct {
		struct cmsghdr align;
		char space[256];
	} control;
	u8 text[256];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr msg = {
		.msg_name = &name, .msg_namelen = sizeof(name),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const struct sock_extended_err *ee;
	const struct sockaddr_in *port = (void *)&name;
	struct in6_addr to;
	struct cmsghdr *c;
	u32 quoted;

	check(take(&msg) >= 8);
	check(msg.msg_flags & MSG_ERRQUEUE);
	c = CMSG_FIRSTHDR(&msg);
	check(c);
	check_eq(c->cmsg_level, v6 ? IPPROTO_IPV6 : IPPROTO_IP);
	check_eq(c->cmsg_type, v6 ? IPV6_RECVERR : IP_RECVERR);
	ee = (void *)CMSG_DATA(c);
	check_eq(ee->ee_errno, err);
	check_eq(ee->ee_origin, v6 ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP);
	check_eq(ee->ee_type, type);
	check_eq(ee->ee_code, code);
	check_eq(ee->ee_info, info);
	check_offender(ee);
	to = address_in(&name);
	check(!memcmp(&to, &P->addr, sizeof(to)));
	check_eq(ntohs(port->sin_port), P->port);
	check_eq(text[0] << 8 | text[1], P->dport);
	memcpy(&quoted, text + 4, 4);
	check_eq(ntohl(quoted), seq);
}

static void opening(int type, int code, int err, unsigned int state)
{
	user_socket();
	want_errors();
	reach(state);
	peer_icmp(type, code, 0, "d0");
	user_connect_fails(err);
	user_poll(POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
	queue_has(type, code, err, 0, P->d0);
	queue_empty();
	user_poll(POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
	expect_state("CLOSED");
}

SCRIPT(errqueue_port, 0)
{
	opening(v6 ? 1 : 3, v6 ? 4 : 3, ECONNREFUSED, IN_SYN_SENT);
}

SCRIPT(errqueue_host, 0)
{
	opening(v6 ? 1 : 3, v6 ? 3 : 1, EHOSTUNREACH, IN_SYN_SENT);
}

SCRIPT(errqueue_hops, 0)
{
	opening(v6 ? 3 : 11, 0, EHOSTUNREACH, IN_SYN_SENT);
}

/* An attempt that goes on leaves its errors in the queue, in order. */
SCRIPT(errqueue_order, NOTCP)
{
	tunable("syn_soft_errors", 0);
	user_socket();
	want_errors();
	reach(IN_SYN_SENT);
	peer_icmp_(UNREACH_HOST, "d0");
	peer_icmp_(TIME_EXCEEDED, "d0");
	peer_icmp_(UNREACH_NET, "d0+1000");
	expect_state("SYN-SENT");
	queue_has(v6 ? 1 : 3, v6 ? 3 : 1, EHOSTUNREACH, 0, P->d0);
	queue_has(v6 ? 3 : 11, 0, EHOSTUNREACH, 0, P->d0);
	queue_empty();
	peer_send("SA p0,d0+1");
	peer_expect("A");
	user_connected();
}

/*
 * Nobody asked. (Linux' TCP over IPv4 queues nevertheless, and poll() goes on
 * to tell of an error that a program without IP_RECVERR does not look for.)
 */
SCRIPT(errqueue_unasked, NOTCP)
{
	reach(IN_SYN_SENT);
	peer_icmp_(UNREACH_PORT, "d0");
	user_connect_fails(ECONNREFUSED);
	queue_empty();
	user_poll(POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
}

/* A connection that stands: the errno at once, and nothing in the queue. */
SCRIPT(errqueue_established, ROLES)
{
	open_plain();
	want_errors();
	user_write(10);
	peer_expect("AP len 10");
	peer_icmp_(UNREACH_HOST, "d0+1");
	user_read_fails(EHOSTUNREACH);
	queue_empty();
	peer_send("A");
	expect_state("ESTABLISHED");
}
