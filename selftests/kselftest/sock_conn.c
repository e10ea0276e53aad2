// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: connect(), and what several descriptors or processes that
 * have one connection see.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <sys/time.h>
#include "sock_api.h"

KTAP_TEST(connect__blocking, ALL)
{
	struct addr a, peer;
	int fd = sa_listen(1, &a), c;

	c = sa_connect(&a);
	sa_peer(c, &peer);
	CHECK(sa_equal(&peer, &a));
	CHECK_ERR(connect(c, &a.sa, a.len), EISCONN);
	sa_accept(fd);
}

KTAP_TEST(connect__nonblock, ALL)
{
	struct addr a, peer;
	int c, fd = sa_listen(1, &a);

	c = sa_socket_nonblock(CLIENT);
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	sa_wait(c, POLLOUT);
	CHECK_EQ(sa_so_error(c), 0);
	sa_peer(c, &peer);
	CHECK(sa_equal(&peer, &a));
	/* the first one after the hand-shake is told that it worked */
	CHECK_OK(connect(c, &a.sa, a.len));
	CHECK_ERR(connect(c, &a.sa, a.len), EISCONN);
	sa_accept(fd);
}

KTAP_TEST(connect__refused, ALL)
{
	struct addr a;
	int lfd = sa_listen(1, &a), c = sa_socket(CLIENT);
	long long t = sa_now_ms();

	close(lfd);
	CHECK_ERR(connect(c, &a.sa, a.len), ECONNREFUSED);
	CHECK(sa_now_ms() - t < 900);
	CHECK_EQ(sa_so_error(c), 0);
	/* the socket may be used again */
	lfd = sa_listen(1, &a);
	CHECK_OK(connect(c, &a.sa, a.len));
	sa_accept(lfd);
}

KTAP_TEST(connect__refused_nonblock, ALL)
{
	struct addr a;
	int lfd = sa_listen(1, &a), c = sa_socket_nonblock(CLIENT);

	close(lfd);
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	sa_expect(c, READABLE | WRITABLE | POLLRDHUP | POLLERR | POLLHUP);
	CHECK_EQ(sa_so_error(c), ECONNREFUSED);
	CHECK_EQ(sa_so_error(c), 0);
}

KTAP_TEST(connect__refused_read, ALL)
{
	struct addr a;
	int lfd = sa_listen(1, &a), c = sa_socket_nonblock(CLIENT);
	char b;

	close(lfd);
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	sa_wait(c, POLLERR);
	CHECK_ERR(recv(c, &b, 1, 0), ECONNREFUSED);
	CHECK_EQ(CHECK_OK(recv(c, &b, 1, 0)), 0);
	CHECK_ERR(send(c, &b, 1, MSG_NOSIGNAL), EPIPE);
}

KTAP_TEST(connect__already, ALL)
{
	int c = sa_socket_nonblock(CLIENT);
	struct addr a;
	char b;

	sa_silent_addr(&a);
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	CHECK_ERR(connect(c, &a.sa, a.len), EALREADY);
	CHECK_EQ(sa_poll(c, ANY_BIT, 0), 0);
	CHECK_ERR(send(c, "x", 1, MSG_NOSIGNAL), EAGAIN);
	CHECK_ERR(recv(c, &b, 1, 0), EAGAIN);
	CHECK_ERR(listen(c, 1), EINVAL);
	CHECK_ERR(getpeername(c, &a.sa, &a.len), ENOTCONN);
	CHECK_EQ(sa_so_error(c), 0);
}

KTAP_TEST(connect__send_timeout, ALL)
{
	struct timeval tv = { .tv_usec = 50000 };
	int c = sa_socket(CLIENT);
	struct addr a;

	sa_silent_addr(&a);
	CHECK_OK(setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	CHECK_ERR(connect(c, &a.sa, a.len), EALREADY);
}

KTAP_TEST(connect__interrupted, ALL)
{
	pid_t parent = getpid(), pid;
	int c = sa_socket(CLIENT);
	struct addr a;

	sa_silent_addr(&a);
	sa_count_signals(SIGUSR1);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	CHECK_ERR(connect(c, &a.sa, a.len), EINTR);
	sa_reap(pid);
	/* it goes on all the same */
	sa_nonblock(c, true);
	CHECK_ERR(connect(c, &a.sa, a.len), EALREADY);
}

KTAP_TEST(connect__aborted, ALL)
{
	struct sockaddr un = { .sa_family = AF_UNSPEC };
	int c = sa_socket_nonblock(CLIENT), lfd;
	struct addr a;

	sa_silent_addr(&a);
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	CHECK_OK(connect(c, &un, sizeof(un)));
	lfd = sa_listen(1, &a);
	sa_nonblock(c, false);
	CHECK_OK(connect(c, &a.sa, a.len));
	sa_accept(lfd);
}

KTAP_TEST(connect__listener, ALL)
{
	struct addr a;
	int fd = sa_listen(1, &a);

	CHECK_ERR(connect(fd, &a.sa, a.len), EISCONN);
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

KTAP_TEST(connect__bad_address, V4 | V6)
{
	int c = sa_socket(CLIENT);
	struct addr a;

	sa_server_addr(&a, 1);
	CHECK_ERR(connect(c, &a.sa, 1), EINVAL);
	CHECK_ERR(connect(c, &a.sa, 4), EINVAL);
	a.sa.sa_family = AF_UNIX;
	CHECK_ERR(connect(c, &a.sa, a.len), EAFNOSUPPORT);
}

KTAP_TEST(connect__multicast, V4 | V6)
{
	int c = sa_socket(CLIENT);
	struct addr a;

	sa_server_addr(&a, 7);
	if (sa_mode == V4)
		CHECK_EQ(inet_pton(AF_INET, "224.0.0.1", &a.in.sin_addr), 1);
	else
		CHECK_EQ(inet_pton(AF_INET6, "ff0e::1", &a.in6.sin6_addr), 1);
	CHECK_ERR(connect(c, &a.sa, a.len), ENETUNREACH);
}

/* Needs a client without a default route. */
KTAP_TEST(connect__no_route, ALL)
{
	int c = sa_socket(CLIENT);
	struct addr a;

	sa_server_addr(&a, 7);
	if (sa_mode == V4)
		CHECK_EQ(inet_pton(AF_INET, "192.0.2.1", &a.in.sin_addr), 1);
	else if (sa_mode == V6)
		CHECK_EQ(inet_pton(AF_INET6, "2001:db8::1",
				   &a.in6.sin6_addr), 1);
	else
		CHECK_EQ(inet_pton(AF_INET6, "::ffff:192.0.2.1",
				   &a.in6.sin6_addr), 1);
	CHECK_ERR(connect(c, &a.sa, a.len), ENETUNREACH);
	CHECK_ERR(send(c, "x", 1, MSG_NOSIGNAL), EPIPE);
}

KTAP_TEST(connect__bound, ALL)
{
	struct addr a, name, any;
	int lfd = sa_listen(1, &a), c = sa_socket(CLIENT);

	sa_any(&any, 0);
	CHECK_OK(bind(c, &any.sa, any.len));
	sa_name(c, &name);
	CHECK_OK(connect(c, &a.sa, a.len));
	sa_name(c, &any);
	CHECK_EQ(sa_port(&any), sa_port(&name));
	sa_accept(lfd);
}

/* Same four numbers twice: the second connection cannot be made. */
KTAP_TEST(connect__same_tuple, ALL)
{
	struct addr a, name;
	int lfd = sa_listen(2, &a), c = sa_connect(&a), other;

	sa_accept(lfd);
	sa_name(c, &name);
	other = sa_socket(CLIENT);
	CHECK_OK(sa_setopt(c, SOL_SOCKET, SO_REUSEADDR, 1));
	CHECK_OK(sa_setopt(other, SOL_SOCKET, SO_REUSEADDR, 1));
	if (bind(other, &name.sa, name.len) < 0) {
		CHECK_EQ(errno, EADDRINUSE);
		return;
	}
	CHECK_ERR(connect(other, &a.sa, a.len), EADDRNOTAVAIL);
}

KTAP_TEST(connect__any_is_loopback, V4 | V6)
{
	struct addr a, peer;
	int lfd, c;

	sa_loopback();
	lfd = sa_listen(1, &a);
	sa_any(&peer, sa_port(&a));
	c = sa_connect(&peer);
	sa_accept(lfd);
	sa_peer(c, &peer);
	CHECK(sa_equal(&peer, &a));
}

KTAP_TEST(connect__itself, ALL)
{
	int c = sa_socket(SERVER);
	struct addr a, name;

	sa_loopback();
	sa_server_addr(&a, 0);
	CHECK_OK(bind(c, &a.sa, a.len));
	sa_name(c, &name);
	CHECK_OK(connect(c, &name.sa, name.len));
	sa_send_all(c, 1000, 0);
	sa_recv_all(c, 1000, 0);
	CHECK_OK(shutdown(c, SHUT_WR));
	sa_recv_eof(c);
}

KTAP_TEST(connect__v6only, V6)
{
	struct addr a;
	int c = sa_socket(CLIENT);

	sa_mode = MAPPED;
	sa_server_addr(&a, 7);
	CHECK_OK(sa_setopt(c, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	CHECK_ERR(connect(c, &a.sa, a.len), ENETUNREACH);
}

/* IPv4 client, dual-stack server: it sees a mapped address. */
KTAP_TEST(connect__v4_to_v6, V6)
{
	struct addr a, peer;
	int lfd = sa_listen(1, &a), port = sa_port(&a), c, s;

	sa_mode = V4;
	sa_server_addr(&a, port);
	c = sa_connect(&a);
	s = sa_accept(lfd);
	sa_peer(s, &peer);
	CHECK_EQ(peer.sa.sa_family, AF_INET6);
	CHECK(IN6_IS_ADDR_V4MAPPED(&peer.in6.sin6_addr));
	sa_send_all(c, 100000, 0);
	sa_recv_all(s, 100000, 0);
	sa_send_all(s, 100000, 7);
	sa_recv_all(c, 100000, 7);
}

KTAP_TEST(connect__v4_to_v6only, V6)
{
	struct addr a, name;
	int lfd = sa_socket(SERVER), c;

	CHECK_OK(sa_setopt(lfd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	sa_any(&a, 0);
	CHECK_OK(bind(lfd, &a.sa, a.len));
	CHECK_OK(listen(lfd, 1));
	sa_name(lfd, &name);
	sa_mode = V4;
	c = sa_socket(CLIENT);
	sa_server_addr(&a, sa_port(&name));
	CHECK_ERR(connect(c, &a.sa, a.len), ECONNREFUSED);
}

/* connect(AF_UNSPEC) resets the connection; the socket starts afresh. */
KTAP_TEST(connect__unspec, ALL)
{
	struct sockaddr un = { .sa_family = AF_UNSPEC };
	struct addr a, peer;
	int fd[2], lfd;
	char b;

	sa_pair(fd);
	CHECK_OK(connect(fd[CLIENT], &un, sizeof(un)));
	sa_wait(fd[SERVER], POLLERR);
	CHECK_ERR(recv(fd[SERVER], &b, 1, 0), ECONNRESET);
	peer.len = sizeof(peer.ss);
	CHECK_ERR(getpeername(fd[CLIENT], &peer.sa, &peer.len), ENOTCONN);
	/* whoever was reading is told once */
	CHECK_ERR(recv(fd[CLIENT], &b, 1, 0), ECONNRESET);
	CHECK_ERR(recv(fd[CLIENT], &b, 1, 0), ENOTCONN);
	lfd = sa_listen(1, &a);
	CHECK_OK(connect(fd[CLIENT], &a.sa, a.len));
	fd[SERVER] = sa_accept(lfd);
	sa_send_all(fd[CLIENT], 5000, 0);
	sa_recv_all(fd[SERVER], 5000, 0);
}

/* SYNCNT 1: two SYNs, then ETIMEDOUT. */
KTAP_TEST(connect__timed_out, V4 | V6)
{
	int c = sa_socket_nonblock(CLIENT);
	struct addr a;

	sa_silent_addr(&a);
	CHECK_OK(sa_setopt(c, IPPROTO_TCP, 7 /* TCP_SYNCNT */, 1));
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	sa_wait(c, POLLERR);
	CHECK_EQ(sa_so_error(c), ETIMEDOUT);
	sa_expect(c, READABLE | WRITABLE | POLLRDHUP | POLLHUP);
}

/* Names and descriptors */

KTAP_TEST(getpeername__unconnected, ALL)
{
	int fd = sa_socket(CLIENT);
	struct addr a, name;

	a.len = sizeof(a.ss);
	CHECK_ERR(getpeername(fd, &a.sa, &a.len), ENOTCONN);
	sa_name(fd, &name);
	CHECK_EQ(sa_port(&name), 0);
	CHECK_EQ(name.sa.sa_family, sa_family());
}

KTAP_TEST(dup__shares, ALL)
{
	int fd[2], again;

	sa_pair(fd);
	again = CHECK_OK(dup(fd[CLIENT]));
	CHECK_OK(close(fd[CLIENT]));
	sa_send_all(again, 1000, 0);
	sa_recv_all(fd[SERVER], 1000, 0);
	CHECK_EQ(sa_poll(fd[SERVER], ANY_BIT, 0), WRITABLE);
	CHECK_OK(close(again));
	sa_recv_eof(fd[SERVER]);
}

KTAP_TEST(fork__shares, ALL)
{
	int fd[2];
	pid_t pid;

	sa_pair(fd);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		close(fd[SERVER]);
		sa_send_all(fd[CLIENT], 1000, 0);
		sa_recv_all(fd[CLIENT], 1000, 5);
		_exit(0);
	}
	sa_recv_all(fd[SERVER], 1000, 0);
	sa_send_all(fd[SERVER], 1000, 5);
	sa_reap(pid);
	/* the child is gone, the connection is not */
	sa_send_all(fd[CLIENT], 1000, 1000);
	sa_recv_all(fd[SERVER], 1000, 1000);
	CHECK_OK(close(fd[CLIENT]));
	sa_recv_eof(fd[SERVER]);
}

/* Two processes accept from one listener: each connection goes to one. */
KTAP_TEST(fork__accepts, ALL)
{
	struct addr a;
	int lfd = sa_listen(64, &a), i;
	pid_t pid[2];

	for (i = 0; i < 2; i++) {
		pid[i] = CHECK_OK(fork());
		if (pid[i] == 0) {
			for (i = 0; i < 20; i++) {
				int s = CHECK_OK(accept(lfd, NULL, NULL));

				CHECK_EQ(write(s, "x", 1), 1);
				close(s);
			}
			_exit(0);
		}
	}
	for (i = 0; i < 40; i++) {
		int c = sa_connect(&a);
		char b;

		CHECK_EQ(CHECK_OK(read(c, &b, 1)), 1);
		CHECK_EQ(CHECK_OK(read(c, &b, 1)), 0);
		close(c);
	}
	sa_reap(pid[0]);
	sa_reap(pid[1]);
}

KTAP_TEST(connect__thousand, ALL)
{
	struct addr a;
	int lfd = sa_listen(8, &a), i;

	for (i = 0; i < 1000; i++) {
		int c = sa_connect(&a), s = sa_accept(lfd);

		sa_send_all(c, 10, i);
		sa_recv_all(s, 10, i);
		sa_send_all(s, 10, i);
		sa_recv_all(c, 10, i);
		close(i & 1 ? c : s);
		sa_recv_eof(i & 1 ? s : c);
		close(i & 1 ? s : c);
	}
}

KTAP_TEST(connect__many_at_once, ALL)
{
	int lfd, c[200], s[200], i;
	struct addr a;

	lfd = sa_listen(256, &a);
	for (i = 0; i < 200; i++) {
		c[i] = sa_socket_nonblock(CLIENT);
		CHECK_ERR(connect(c[i], &a.sa, a.len), EINPROGRESS);
	}
	for (i = 0; i < 200; i++)
		s[i] = sa_accept(lfd);
	for (i = 0; i < 200; i++) {
		sa_wait(c[i], POLLOUT);
		CHECK_EQ(sa_so_error(c[i]), 0);
		sa_send_all(c[i], 100, i);
	}
	for (i = 0; i < 200; i++) {
		sa_wait(s[i], POLLIN);
		close(s[i]);
		close(c[i]);
	}
}
