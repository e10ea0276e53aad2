// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: socket options of the protocol, of the socket layer and
 * of IP. Options of the protocol are tried at level SOL_TCP and, over ITP, at
 * level SOL_ITP. The structures of TCP_INFO and ITP_INFO: sock_info.c.
 */
#define _GNU_SOURCE
#include <linux/sockios.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include "sock_api.h"

/* The level at which the case tries the options. */
static int level = IPPROTO_TCP;

/* Run @body at each level that the protocol has. */
#define EACH_LEVEL(body)						\
	do {								\
		level = IPPROTO_TCP;					\
		body;							\
		if (sa_proto != IPPROTO_TCP) {				\
			level = sa_proto;				\
			body;						\
		}							\
	} while (0)

static void check_flag(int opt)
{
	int fd = sa_socket(CLIENT);

	CHECK_EQ(sa_getopt(fd, level, opt), 0);
	CHECK_OK(sa_setopt(fd, level, opt, 1));
	CHECK_EQ(sa_getopt(fd, level, opt), 1);
	CHECK_OK(sa_setopt(fd, level, opt, 0));
	CHECK_EQ(sa_getopt(fd, level, opt), 0);
	CHECK_OK(sa_setopt(fd, level, opt, 77));
	CHECK_EQ(sa_getopt(fd, level, opt), 1);
}

/* Both ends of the range work, their neighbours are refused. */
static void check_range(int opt, int def, int min, int max)
{
	int fd = sa_socket(CLIENT);

	if (def >= 0)
		CHECK_EQ(sa_getopt(fd, level, opt), def);
	CHECK_OK(sa_setopt(fd, level, opt, min));
	CHECK_EQ(sa_getopt(fd, level, opt), min);
	CHECK_OK(sa_setopt(fd, level, opt, max));
	CHECK_EQ(sa_getopt(fd, level, opt), max);
	CHECK_ERR(sa_setopt(fd, level, opt, min - 1), EINVAL);
	CHECK_ERR(sa_setopt(fd, level, opt, max + 1), EINVAL);
	CHECK_ERR(sa_setopt(fd, level, opt, -1), EINVAL);
	CHECK_EQ(sa_getopt(fd, level, opt), max);
}

KTAP_TEST(option__nodelay, V4 | V6)
{
	EACH_LEVEL(check_flag(TCP_NODELAY));
}

KTAP_TEST(option__cork, V4 | V6)
{
	EACH_LEVEL(check_flag(TCP_CORK));
}

KTAP_TEST(option__keepalive, V4 | V6)
{
	EACH_LEVEL(check_range(TCP_KEEPIDLE, 7200, 1, 32767));
	EACH_LEVEL(check_range(TCP_KEEPINTVL, 75, 1, 32767));
	EACH_LEVEL(check_range(TCP_KEEPCNT, 9, 1, 127));
}

KTAP_TEST(option__syncnt, V4 | V6)
{
	EACH_LEVEL(check_range(TCP_SYNCNT, -1, 1, 127));
}

static void check_maxseg(void)
{
	int fd = sa_socket(CLIENT);

	CHECK_EQ(sa_getopt(fd, level, TCP_MAXSEG), 536);
	CHECK_ERR(sa_setopt(fd, level, TCP_MAXSEG, 87), EINVAL);
	CHECK_ERR(sa_setopt(fd, level, TCP_MAXSEG, 32768), EINVAL);
	CHECK_ERR(sa_setopt(fd, level, TCP_MAXSEG, -1), EINVAL);
	CHECK_OK(sa_setopt(fd, level, TCP_MAXSEG, 1000));
	CHECK_EQ(sa_getopt(fd, level, TCP_MAXSEG), 1000);
	CHECK_OK(sa_setopt(fd, level, TCP_MAXSEG, 0));
	CHECK_EQ(sa_getopt(fd, level, TCP_MAXSEG), 536);
}

KTAP_TEST(option__maxseg, V4 | V6)
{
	EACH_LEVEL(check_maxseg());
}

/* Both ends keep to the smaller of the two. */
KTAP_TEST(option__maxseg_used, ALL)
{
	struct addr a;
	int lfd = sa_listen(1, &a), c = sa_socket(CLIENT), s, mss;

	CHECK_OK(sa_setopt(c, IPPROTO_TCP, TCP_MAXSEG, 600));
	CHECK_OK(connect(c, &a.sa, a.len));
	s = sa_accept(lfd);
	mss = sa_getopt(c, IPPROTO_TCP, TCP_MAXSEG);
	CHECK(mss <= 600 && mss > 500);
	mss = sa_getopt(s, IPPROTO_TCP, TCP_MAXSEG);
	CHECK(mss <= 600 && mss > 500);
	sa_send_all(c, 50000, 0);
	sa_recv_all(s, 50000, 0);
}

static void check_linger2(void)
{
	int fd = sa_socket(CLIENT);

	CHECK_EQ(sa_getopt(fd, level, TCP_LINGER2), 60);
	CHECK_OK(sa_setopt(fd, level, TCP_LINGER2, 5));
	CHECK_EQ(sa_getopt(fd, level, TCP_LINGER2), 5);
	CHECK_OK(sa_setopt(fd, level, TCP_LINGER2, 100000));
	CHECK_EQ(sa_getopt(fd, level, TCP_LINGER2), 120);
	CHECK_OK(sa_setopt(fd, level, TCP_LINGER2, -7));
	CHECK_EQ(sa_getopt(fd, level, TCP_LINGER2), -1);
	CHECK_OK(sa_setopt(fd, level, TCP_LINGER2, 0));
	CHECK_EQ(sa_getopt(fd, level, TCP_LINGER2), 60);
}

KTAP_TEST(option__linger2, V4 | V6)
{
	EACH_LEVEL(check_linger2());
}

static void check_user_timeout(void)
{
	int fd = sa_socket(CLIENT);

	CHECK_EQ(sa_getopt(fd, level, TCP_USER_TIMEOUT), 0);
	CHECK_OK(sa_setopt(fd, level, TCP_USER_TIMEOUT, 12345));
	CHECK_EQ(sa_getopt(fd, level, TCP_USER_TIMEOUT), 12345);
	CHECK_ERR(sa_setopt(fd, level, TCP_USER_TIMEOUT, -1), EINVAL);
	CHECK_OK(sa_setopt(fd, level, TCP_USER_TIMEOUT, 0));
	CHECK_EQ(sa_getopt(fd, level, TCP_USER_TIMEOUT), 0);
}

KTAP_TEST(option__user_timeout, V4 | V6)
{
	EACH_LEVEL(check_user_timeout());
}

static void check_congestion(void)
{
	int fd = sa_socket(CLIENT);
	char name[32] = { 0 };
	socklen_t len;

	CHECK_OK(setsockopt(fd, level, TCP_CONGESTION, "reno", 4));
	len = sizeof(name);
	CHECK_OK(getsockopt(fd, level, TCP_CONGESTION, name, &len));
	CHECK_EQ(len, 16);
	CHECK_EQ(strcmp(name, "reno"), 0);
	memset(name, 0, sizeof(name));
	len = 3;
	CHECK_OK(getsockopt(fd, level, TCP_CONGESTION, name, &len));
	CHECK_EQ(len, 3);
	CHECK_EQ(strcmp(name, "ren"), 0);
	CHECK_ERR(setsockopt(fd, level, TCP_CONGESTION, "no such", 7), ENOENT);
	CHECK_ERR(setsockopt(fd, level, TCP_CONGESTION, "", 0), EINVAL);
	CHECK_OK(setsockopt(fd, level, TCP_CONGESTION, "reno", 5));
}

KTAP_TEST(option__congestion, V4 | V6)
{
	EACH_LEVEL(check_congestion());
}

static void check_quickack(void)
{
	int fd[2];

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 10, 0);
	sa_recv_all(fd[SERVER], 10, 0);
	CHECK_EQ(sa_getopt(fd[SERVER], level, TCP_QUICKACK), 1);
	CHECK_OK(sa_setopt(fd[SERVER], level, TCP_QUICKACK, 0));
	CHECK_EQ(sa_getopt(fd[SERVER], level, TCP_QUICKACK), 0);
	CHECK_OK(sa_setopt(fd[SERVER], level, TCP_QUICKACK, 1));
	CHECK_EQ(sa_getopt(fd[SERVER], level, TCP_QUICKACK), 1);
}

KTAP_TEST(option__quickack, V4 | V6)
{
	EACH_LEVEL(check_quickack());
}

static void check_lowat(void)
{
	int fd = sa_socket(CLIENT);

	CHECK_EQ(sa_getopt(fd, level, TCP_NOTSENT_LOWAT), 0);
	CHECK_OK(sa_setopt(fd, level, TCP_NOTSENT_LOWAT, 5000));
	CHECK_EQ(sa_getopt(fd, level, TCP_NOTSENT_LOWAT), 5000);
}

KTAP_TEST(option__notsent_lowat, V4 | V6)
{
	EACH_LEVEL(check_lowat());
}

/* With a limit a writer queues little more than the window takes. */
KTAP_TEST(option__notsent_used, ALL)
{
	size_t n;
	int fd[2], unsent;

	sa_pair(fd);
	CHECK_OK(sa_setopt(fd[CLIENT], SOL_SOCKET, SO_SNDBUF, 4000000));
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_TCP, TCP_NOTSENT_LOWAT, 20000));
	n = sa_fill(fd[CLIENT], 0);
	CHECK_EQ(sa_poll(fd[CLIENT], POLLOUT, 0), 0);
	CHECK_OK(ioctl(fd[CLIENT], SIOCOUTQNSD, &unsent));
	CHECK(unsent >= 10000 && unsent <= 20000 + 4 * 65536);
	sa_drain(fd[SERVER], n, 0);
	sa_expect(fd[CLIENT], WRITABLE);
}

/* A corked part of a segment waits until the cork goes. */
KTAP_TEST(option__cork_used, ALL)
{
	int fd[2], n;

	sa_pair(fd);
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_TCP, TCP_CORK, 1));
	sa_send_all(fd[CLIENT], 100, 0);
	sa_send_all(fd[CLIENT], 100, 100);
	CHECK_OK(ioctl(fd[CLIENT], SIOCOUTQNSD, &n));
	CHECK_EQ(n, 200);
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_TCP, TCP_CORK, 0));
	CHECK_OK(ioctl(fd[CLIENT], SIOCOUTQNSD, &n));
	CHECK_EQ(n, 0);
	sa_recv_all(fd[SERVER], 200, 0);
}

static void check_bad(void)
{
	int fd = sa_socket(CLIENT), val = 0;
	void *bad = (void *)-4096L, *bad_len = (void *)-8192L;
	char small[3] = { 0 };
	socklen_t len = sizeof(val);

	CHECK_ERR(sa_setopt(fd, level, 9999, 1), ENOPROTOOPT);
	CHECK_ERR(getsockopt(fd, level, 9999, &val, &len), ENOPROTOOPT);
	CHECK_ERR(setsockopt(fd, level, TCP_NODELAY, small, 3), EINVAL);
	CHECK_ERR(setsockopt(fd, level, TCP_NODELAY, &val, 0), EINVAL);
	CHECK_ERR(setsockopt(fd, level, TCP_NODELAY, bad, 4), EFAULT);
	CHECK_ERR(getsockopt(fd, level, TCP_NODELAY, bad, &len), EFAULT);
	CHECK_ERR(getsockopt(fd, level, TCP_NODELAY, &val, bad_len), EFAULT);
	len = -1;
	CHECK_ERR(getsockopt(fd, level, TCP_NODELAY, &val, &len), EINVAL);
	/* a short buffer gets what fits */
	val = -1;
	len = 1;
	CHECK_OK(getsockopt(fd, level, TCP_NODELAY, &val, &len));
	CHECK_EQ(len, 1);
	CHECK_EQ(val, -256);
	/* a long one keeps its end */
	CHECK_OK(sa_setopt(fd, level, TCP_NODELAY, 1));
}

KTAP_TEST(option__bad, V4 | V6)
{
	EACH_LEVEL(check_bad());
}

KTAP_TEST(option__bad_level, V4 | V6)
{
	int fd = sa_socket(CLIENT), val = 0;
	socklen_t len = sizeof(val);

	CHECK_ERR(sa_setopt(fd, 12345, 1, 1), ENOPROTOOPT);
	/* TCP over IPv4 says something else than TCP over IPv6 */
	CHECK_EQ(getsockopt(fd, 12345, 1, &val, &len), -1);
	CHECK(errno == ENOPROTOOPT || errno == EOPNOTSUPP);
	CHECK_ERR(sa_setopt(fd, SOL_SOCKET, 12345, 1), ENOPROTOOPT);
}

/* What a listener was told holds for its connections. */
KTAP_TEST(option__inherited, ALL)
{
	struct linger l = { .l_onoff = 1, .l_linger = 3 }, is;
	socklen_t len = sizeof(is);
	struct addr a;
	int lfd = sa_listen(1, &a), s;

	CHECK_OK(sa_setopt(lfd, IPPROTO_TCP, TCP_NODELAY, 1));
	CHECK_OK(sa_setopt(lfd, IPPROTO_TCP, TCP_KEEPIDLE, 111));
	CHECK_OK(sa_setopt(lfd, IPPROTO_TCP, TCP_KEEPINTVL, 22));
	CHECK_OK(sa_setopt(lfd, IPPROTO_TCP, TCP_KEEPCNT, 3));
	CHECK_OK(sa_setopt(lfd, IPPROTO_TCP, TCP_USER_TIMEOUT, 4444));
	CHECK_OK(sa_setopt(lfd, IPPROTO_TCP, TCP_LINGER2, 7));
	CHECK_OK(sa_setopt(lfd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 99999));
	CHECK_OK(sa_setopt(lfd, SOL_SOCKET, SO_KEEPALIVE, 1));
	CHECK_OK(sa_setopt(lfd, SOL_SOCKET, SO_RCVBUF, 50000));
	CHECK_OK(setsockopt(lfd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	sa_connect(&a);
	s = sa_accept(lfd);
	CHECK_EQ(sa_getopt(s, IPPROTO_TCP, TCP_NODELAY), 1);
	CHECK_EQ(sa_getopt(s, IPPROTO_TCP, TCP_KEEPIDLE), 111);
	CHECK_EQ(sa_getopt(s, IPPROTO_TCP, TCP_KEEPINTVL), 22);
	CHECK_EQ(sa_getopt(s, IPPROTO_TCP, TCP_KEEPCNT), 3);
	CHECK_EQ(sa_getopt(s, IPPROTO_TCP, TCP_USER_TIMEOUT), 4444);
	CHECK_EQ(sa_getopt(s, IPPROTO_TCP, TCP_LINGER2), 7);
	CHECK_EQ(sa_getopt(s, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 99999);
	CHECK_EQ(sa_getopt(s, SOL_SOCKET, SO_KEEPALIVE), 1);
	CHECK_EQ(sa_getopt(s, SOL_SOCKET, SO_RCVBUF), 100000);
	CHECK_EQ(sa_getopt(s, SOL_SOCKET, SO_ACCEPTCONN), 0);
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_LINGER, &is, &len));
	CHECK_EQ(is.l_onoff, 1);
	CHECK_EQ(is.l_linger, 3);
}

/* The options stay when connect(AF_UNSPEC) makes the socket new. */
KTAP_TEST(option__kept, ALL)
{
	struct sockaddr un = { .sa_family = AF_UNSPEC };
	int fd[2];

	sa_pair(fd);
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_TCP, TCP_NODELAY, 1));
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_TCP, TCP_KEEPIDLE, 111));
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_TCP, TCP_USER_TIMEOUT, 4444));
	CHECK_OK(connect(fd[CLIENT], &un, sizeof(un)));
	CHECK_EQ(sa_getopt(fd[CLIENT], IPPROTO_TCP, TCP_NODELAY), 1);
	CHECK_EQ(sa_getopt(fd[CLIENT], IPPROTO_TCP, TCP_KEEPIDLE), 111);
	CHECK_EQ(sa_getopt(fd[CLIENT], IPPROTO_TCP, TCP_USER_TIMEOUT), 4444);
}

KTAP_TEST(option__socket, V4 | V6)
{
	int fd = sa_socket(CLIENT);

	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	CHECK_OK(sa_setopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	CHECK_OK(sa_setopt(fd, SOL_SOCKET, SO_SNDBUF, 20000));
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_SNDBUF), 40000);
	CHECK_OK(sa_setopt(fd, SOL_SOCKET, SO_RCVBUF, 30000));
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_RCVBUF), 60000);
	CHECK_OK(sa_setopt(fd, SOL_SOCKET, SO_OOBINLINE, 1));
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_OOBINLINE), 1);
	CHECK_OK(sa_setopt(fd, SOL_SOCKET, SO_PRIORITY, 3));
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_PRIORITY), 3);
	CHECK_OK(sa_setopt(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_REUSEADDR), 1);
}

/* A keep-alive that is switched on and off while the connection lives. */
KTAP_TEST(option__keepalive_live, ALL)
{
	int fd[2], i;

	sa_pair(fd);
	for (i = 0; i < 3; i++) {
		CHECK_OK(sa_setopt(fd[CLIENT], SOL_SOCKET, SO_KEEPALIVE, 1));
		CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_TCP, TCP_KEEPIDLE,
				   1 + i));
		CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_TCP, TCP_KEEPINTVL, 1));
		CHECK_OK(sa_setopt(fd[CLIENT], SOL_SOCKET, SO_KEEPALIVE, 0));
	}
	sa_send_all(fd[CLIENT], 100, 0);
	sa_recv_all(fd[SERVER], 100, 0);
}

/* Small buffers: slow, but every octet arrives. */
KTAP_TEST(option__small_buffers, ALL)
{
	size_t len = 200000;
	struct addr a;
	int lfd, c, s;
	pid_t pid;

	lfd = sa_listen(1, &a);
	CHECK_OK(sa_setopt(lfd, SOL_SOCKET, SO_RCVBUF, 1));
	c = sa_socket(CLIENT);
	CHECK_OK(sa_setopt(c, SOL_SOCKET, SO_SNDBUF, 1));
	CHECK_OK(connect(c, &a.sa, a.len));
	s = sa_accept(lfd);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		close(s);
		sa_send_all(c, len, 0);
		_exit(0);
	}
	sa_recv_all(s, len, 0);
	sa_reap(pid);
}

KTAP_TEST(option__ip, V4)
{
	int fd[2];

	sa_pair(fd);
	/* a new TOS forgets the route */
	CHECK_GE(sa_getopt(fd[CLIENT], IPPROTO_IP, IP_MTU), 576);
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_IP, IP_TOS, 0x10));
	CHECK_EQ(sa_getopt(fd[CLIENT], IPPROTO_IP, IP_TOS), 0x10);
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_IP, IP_TTL, 33));
	CHECK_EQ(sa_getopt(fd[CLIENT], IPPROTO_IP, IP_TTL), 33);
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_IP, IP_RECVERR, 1));
	CHECK_EQ(sa_getopt(fd[CLIENT], IPPROTO_IP, IP_RECVERR), 1);
	CHECK_ERR(sa_setopt(fd[CLIENT], IPPROTO_IP, IP_TTL, 256), EINVAL);
	CHECK_ERR(sa_setopt(fd[CLIENT], IPPROTO_IP, 9999, 1), ENOPROTOOPT);
	sa_send_all(fd[CLIENT], 100, 0);
	sa_recv_all(fd[SERVER], 100, 0);
}

KTAP_TEST(option__ip_group, V4)
{
	struct ip_mreqn m = { .imr_multiaddr.s_addr = htonl(0xe0000105) };
	int fd = sa_socket(CLIENT);

	CHECK_ERR(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m)),
		  EPROTO);
}

KTAP_TEST(option__ipv6, V6)
{
	int fd[2];

	sa_pair(fd);
	CHECK_GE(sa_getopt(fd[CLIENT], IPPROTO_IPV6, IPV6_MTU), 1280);
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_IPV6, IPV6_TCLASS, 0x20));
	CHECK_EQ(sa_getopt(fd[CLIENT], IPPROTO_IPV6, IPV6_TCLASS), 0x20);
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_IPV6, IPV6_UNICAST_HOPS, 44));
	CHECK_EQ(sa_getopt(fd[CLIENT], IPPROTO_IPV6, IPV6_UNICAST_HOPS), 44);
	CHECK_ERR(sa_setopt(fd[CLIENT], IPPROTO_IPV6, IPV6_V6ONLY, 1), EINVAL);
	CHECK_ERR(sa_setopt(fd[CLIENT], IPPROTO_IPV6, 9999, 1), ENOPROTOOPT);
	/* options of IPv4 reach a socket of IPv6 too */
	CHECK_OK(sa_setopt(fd[CLIENT], IPPROTO_IP, IP_TTL, 33));
	CHECK_EQ(sa_getopt(fd[CLIENT], IPPROTO_IP, IP_TTL), 33);
	sa_send_all(fd[CLIENT], 100, 0);
	sa_recv_all(fd[SERVER], 100, 0);
}

/* Seconds become time-outs of the SYN-ACK and come back as the time they take. */
KTAP_TEST(option__defer_accept, V4 | V6)
{
	EACH_LEVEL(({
		int fd = sa_socket(SERVER);

		CHECK_EQ(sa_getopt(fd, level, TCP_DEFER_ACCEPT), 0);
		CHECK_OK(sa_setopt(fd, level, TCP_DEFER_ACCEPT, 1));
		CHECK_EQ(sa_getopt(fd, level, TCP_DEFER_ACCEPT), 1);
		CHECK_OK(sa_setopt(fd, level, TCP_DEFER_ACCEPT, 5));
		CHECK_EQ(sa_getopt(fd, level, TCP_DEFER_ACCEPT), 7);
		CHECK_OK(sa_setopt(fd, level, TCP_DEFER_ACCEPT, -1));
		CHECK_EQ(sa_getopt(fd, level, TCP_DEFER_ACCEPT), 0);
	}));
}

/* A connection comes with its first text. */
KTAP_TEST(option__defer_accept_waits, ALL)
{
	struct addr a;
	int lfd, c, s;

	lfd = sa_listen(4, &a);
	CHECK_OK(sa_setopt(lfd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30));
	c = sa_connect(&a);
	CHECK_EQ(sa_poll(lfd, POLLIN, 20), 0);
	sa_send_all(c, 100, 0);
	s = sa_accept(lfd);
	sa_recv_all(s, 100, 0);
}

KTAP_TEST(option__inq, ALL)
{
	char control[CMSG_SPACE(sizeof(int))], b[64];
	struct iovec iov = { b, 10 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cm;
	int fd[2];

	sa_pair(fd);
	CHECK_EQ(sa_getopt(fd[SERVER], IPPROTO_TCP, TCP_INQ), 0);
	CHECK_ERR(sa_setopt(fd[SERVER], IPPROTO_TCP, TCP_INQ, 2), EINVAL);
	CHECK_OK(sa_setopt(fd[SERVER], IPPROTO_TCP, TCP_INQ, 1));
	CHECK_EQ(sa_getopt(fd[SERVER], IPPROTO_TCP, TCP_INQ), 1);
	sa_send_all(fd[CLIENT], 30, 0);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(CHECK_OK(recvmsg(fd[SERVER], &msg, 0)), 10);
	cm = CMSG_FIRSTHDR(&msg);
	CHECK(cm);
	CHECK_EQ(cm->cmsg_level, SOL_TCP);
	CHECK_EQ(cm->cmsg_type, TCP_CM_INQ);
	CHECK_EQ(*(int *)CMSG_DATA(cm), 20);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	sa_wait(fd[SERVER], POLLRDHUP);
	iov.iov_len = 20;
	msg.msg_controllen = sizeof(control);
	CHECK_EQ(CHECK_OK(recvmsg(fd[SERVER], &msg, 0)), 20);
	cm = CMSG_FIRSTHDR(&msg);
	/* the end of the stream is something to read, too */
	CHECK_EQ(*(int *)CMSG_DATA(cm), 1);
}

/* What ITP has not is refused, never taken silently: see sockopt.c. */
KTAP_TEST(option__refused, V4 | V6)
{
	static const int none[] = {
		10, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 26, 27, 28, 29, 30,
		31, 32, 33, 34, 35, 37, 38, 39, 40, 41, 42, 44, 45, 46, 99,
		1000, -1,
	};
	int fd = sa_socket(CLIENT), val = 1;
	socklen_t len;
	unsigned int i;

	if (sa_proto == IPPROTO_TCP)
		ktap_skip("TCP has them");
	EACH_LEVEL(({
		for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
			CHECK_ERR(sa_setopt(fd, level, none[i], 1),
				  ENOPROTOOPT);
			len = sizeof(val);
			CHECK_ERR(getsockopt(fd, level, none[i], &val, &len),
				  ENOPROTOOPT);
		}
		CHECK_EQ(sa_getopt(fd, level, 43), 0);
		CHECK_ERR(sa_setopt(fd, level, 43, 1), ENOPROTOOPT);
	}));
}
