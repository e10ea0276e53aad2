// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: making sockets, bind(), listen(), accept().
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include "sock_api.h"

KTAP_TEST(socket__attributes, V4 | V6)
{
	int fd = sa_socket(CLIENT);

	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_PROTOCOL), sa_proto);
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_DOMAIN), sa_family());
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_ERROR), 0);
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
}

KTAP_TEST(socket__flags, V4 | V6)
{
	int fd = socket(sa_family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			sa_proto);

	CHECK_OK(fd);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

KTAP_TEST(socket__wrong_type, V4 | V6)
{
	CHECK_ERR(socket(sa_family(), SOCK_DGRAM, sa_proto), EPROTONOSUPPORT);
}

KTAP_TEST(socket__many, V4 | V6)
{
	int fd[500];
	size_t i;

	for (i = 0; i < 500; i++)
		fd[i] = sa_socket(CLIENT);
	for (i = 0; i < 500; i++)
		CHECK_OK(close(fd[i]));
}

/* bind() */

KTAP_TEST(bind__chooses_port, ALL)
{
	int fd = sa_socket(SERVER);
	struct addr a, name;

	sa_server_addr(&a, 0);
	CHECK_OK(bind(fd, &a.sa, a.len));
	sa_name(fd, &name);
	CHECK_NE(sa_port(&name), 0);
	sa_set_port(&a, sa_port(&name));
	CHECK(sa_equal(&a, &name));
}

KTAP_TEST(bind__twice, ALL)
{
	int fd = sa_socket(SERVER);
	struct addr a;

	sa_any(&a, 0);
	CHECK_OK(bind(fd, &a.sa, a.len));
	CHECK_ERR(bind(fd, &a.sa, a.len), EINVAL);
}

KTAP_TEST(bind__in_use, ALL)
{
	int fd = sa_socket(SERVER), other = sa_socket(SERVER);
	struct addr a, name;

	sa_server_addr(&a, 0);
	CHECK_OK(bind(fd, &a.sa, a.len));
	sa_name(fd, &name);
	CHECK_ERR(bind(other, &name.sa, name.len), EADDRINUSE);
	/* the wildcard covers it */
	sa_any(&a, sa_port(&name));
	CHECK_ERR(bind(other, &a.sa, a.len), EADDRINUSE);
	close(fd);
	CHECK_OK(bind(other, &a.sa, a.len));
}

KTAP_TEST(bind__other_address, V4)
{
	int fd = sa_socket(SERVER), other = sa_socket(SERVER);
	struct addr a, name;

	sa_loopback();
	sa_server_addr(&a, 0);
	CHECK_OK(bind(fd, &a.sa, a.len));
	sa_name(fd, &name);
	name.in.sin_addr.s_addr = htonl(0x7f000002);
	CHECK_OK(bind(other, &name.sa, name.len));
}

KTAP_TEST(bind__not_local, ALL)
{
	int fd = sa_socket(SERVER);
	struct addr a;

	sa_server_addr(&a, 0);
	if (sa_mode == V4)
		CHECK_EQ(inet_pton(AF_INET, "192.0.2.1", &a.in.sin_addr), 1);
	else if (sa_mode == V6)
		CHECK_EQ(inet_pton(AF_INET6, "2001:db8::1",
				   &a.in6.sin6_addr), 1);
	else
		CHECK_EQ(inet_pton(AF_INET6, "::ffff:192.0.2.1",
				   &a.in6.sin6_addr), 1);
	CHECK_ERR(bind(fd, &a.sa, a.len), EADDRNOTAVAIL);
}

KTAP_TEST(bind__bad_length, ALL)
{
	int fd = sa_socket(SERVER);
	struct addr a;

	sa_any(&a, 0);
	CHECK_ERR(bind(fd, &a.sa, 4), EINVAL);
	CHECK_ERR(bind(fd, &a.sa, 0), EINVAL);
}

KTAP_TEST(bind__wrong_family, V4 | V6)
{
	struct sockaddr_in6 a = { .sin6_family = AF_UNIX };
	int fd = sa_socket(SERVER);

	CHECK_ERR(bind(fd, (struct sockaddr *)&a, sizeof(a)), EAFNOSUPPORT);
	a.sin6_family = sa_mode == V4 ? AF_INET6 : AF_INET;
	CHECK_ERR(bind(fd, (struct sockaddr *)&a, sizeof(a)), EAFNOSUPPORT);
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2] = { { 0 } };

	CHECK_OK(syscall(SYS_capset, &h, d));
}

KTAP_TEST(bind__privileged, ALL)
{
	int fd = sa_socket(SERVER), other = sa_socket(SERVER);
	struct addr a;

	sa_any(&a, 81);
	CHECK_OK(bind(fd, &a.sa, a.len));
	drop_capabilities();
	sa_any(&a, 82);
	CHECK_ERR(bind(other, &a.sa, a.len), EACCES);
}

KTAP_TEST(bind__dual_stack, V6)
{
	int fd6 = sa_socket(SERVER), fd4, only6 = sa_socket(SERVER);
	struct addr a, name;

	sa_any(&a, 0);
	CHECK_OK(bind(fd6, &a.sa, a.len));
	sa_name(fd6, &name);
	sa_mode = V4;
	fd4 = sa_socket(SERVER);
	sa_any(&a, sa_port(&name));
	CHECK_ERR(bind(fd4, &a.sa, a.len), EADDRINUSE);
	close(fd6);
	CHECK_OK(sa_setopt(only6, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	CHECK_OK(bind(only6, &name.sa, name.len));
	CHECK_OK(bind(fd4, &a.sa, a.len));
}

KTAP_TEST(bind__reuseaddr, ALL)
{
	int fd = sa_socket(SERVER), other = sa_socket(SERVER);
	int third = sa_socket(SERVER);
	struct addr a, name;

	CHECK_OK(sa_setopt(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	CHECK_OK(sa_setopt(other, SOL_SOCKET, SO_REUSEADDR, 1));
	CHECK_OK(sa_setopt(third, SOL_SOCKET, SO_REUSEADDR, 1));
	sa_any(&a, 0);
	CHECK_OK(bind(fd, &a.sa, a.len));
	sa_name(fd, &name);
	CHECK_OK(bind(other, &name.sa, name.len));
	CHECK_OK(listen(fd, 1));
	CHECK_ERR(listen(other, 1), EADDRINUSE);
	/* a listener keeps its port, whatever the others say */
	CHECK_ERR(bind(third, &name.sa, name.len), EADDRINUSE);
}

KTAP_TEST(bind__reuseaddr_one_side, ALL)
{
	int fd = sa_socket(SERVER), other = sa_socket(SERVER);
	struct addr a, name;

	sa_any(&a, 0);
	CHECK_OK(bind(fd, &a.sa, a.len));
	sa_name(fd, &name);
	CHECK_OK(sa_setopt(other, SOL_SOCKET, SO_REUSEADDR, 1));
	CHECK_ERR(bind(other, &name.sa, name.len), EADDRINUSE);
}

KTAP_TEST(bind__reuseport, ALL)
{
	int fd = sa_socket(SERVER), other = sa_socket(SERVER);
	int plain = sa_socket(SERVER);
	struct addr a, name;

	CHECK_OK(sa_setopt(fd, SOL_SOCKET, SO_REUSEPORT, 1));
	CHECK_OK(sa_setopt(other, SOL_SOCKET, SO_REUSEPORT, 1));
	sa_any(&a, 0);
	CHECK_OK(bind(fd, &a.sa, a.len));
	sa_name(fd, &name);
	CHECK_OK(listen(fd, 1));
	CHECK_OK(bind(other, &name.sa, name.len));
	CHECK_OK(listen(other, 1));
	CHECK_ERR(bind(plain, &name.sa, name.len), EADDRINUSE);
}

/* A server that ends first leaves TIME-WAIT behind; it must start again. */
KTAP_TEST(bind__reuseaddr_timewait, ALL)
{
	int fd[2], lfd = sa_socket(SERVER), plain, again;
	struct addr a, name;

	CHECK_OK(sa_setopt(lfd, SOL_SOCKET, SO_REUSEADDR, 1));
	sa_any(&a, 0);
	CHECK_OK(bind(lfd, &a.sa, a.len));
	CHECK_OK(listen(lfd, 1));
	sa_name(lfd, &name);
	sa_server_addr(&a, sa_port(&name));
	fd[CLIENT] = sa_connect(&a);
	fd[SERVER] = sa_accept(lfd);
	close(lfd);
	close(fd[SERVER]);
	sa_recv_eof(fd[CLIENT]);
	close(fd[CLIENT]);

	plain = sa_socket(SERVER);
	CHECK_ERR(bind(plain, &name.sa, name.len), EADDRINUSE);
	again = sa_socket(SERVER);
	CHECK_OK(sa_setopt(again, SOL_SOCKET, SO_REUSEADDR, 1));
	CHECK_OK(bind(again, &name.sa, name.len));
	CHECK_OK(listen(again, 1));
	fd[CLIENT] = sa_connect(&a);
	sa_accept(again);
}

/* listen() and accept() */

KTAP_TEST(listen__binds, ALL)
{
	int fd = sa_socket(SERVER);
	struct addr name;

	CHECK_OK(listen(fd, 1));
	sa_name(fd, &name);
	CHECK_NE(sa_port(&name), 0);
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

KTAP_TEST(listen__again, ALL)
{
	struct addr a;
	int fd = sa_listen(1, &a);

	CHECK_OK(listen(fd, 100));
	CHECK_OK(listen(fd, 0));
	CHECK_OK(listen(fd, -1));
	CHECK_EQ(sa_getopt(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

KTAP_TEST(listen__connected, ALL)
{
	int fd[2];

	sa_pair(fd);
	CHECK_ERR(listen(fd[CLIENT], 1), EINVAL);
	CHECK_ERR(listen(fd[SERVER], 1), EINVAL);
}

KTAP_TEST(accept__not_listening, ALL)
{
	int fd = sa_socket(SERVER), pair[2];

	CHECK_ERR(accept(fd, NULL, NULL), EINVAL);
	sa_pair(pair);
	CHECK_ERR(accept(pair[SERVER], NULL, NULL), EINVAL);
}

KTAP_TEST(accept__nonblock, ALL)
{
	struct addr a;
	int fd = sa_listen(1, &a);

	sa_nonblock(fd, true);
	CHECK_ERR(accept(fd, NULL, NULL), EAGAIN);
	sa_connect(&a);
	sa_accept(fd);
	CHECK_ERR(accept(fd, NULL, NULL), EAGAIN);
}

KTAP_TEST(accept__flags, ALL)
{
	struct addr a;
	int fd = sa_listen(1, &a), s;

	sa_connect(&a);
	sa_connect(&a);
	sa_wait(fd, POLLIN);
	s = CHECK_OK(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	CHECK(fcntl(s, F_GETFL) & O_NONBLOCK);
	CHECK(fcntl(s, F_GETFD) & FD_CLOEXEC);
	/* the listener's O_NONBLOCK is not inherited */
	sa_wait(fd, POLLIN);
	sa_nonblock(fd, true);
	s = CHECK_OK(accept(fd, NULL, NULL));
	CHECK(!(fcntl(s, F_GETFL) & O_NONBLOCK));
}

KTAP_TEST(accept__timeout, ALL)
{
	struct timeval tv = { .tv_usec = 50000 };
	struct addr a;
	int fd = sa_listen(1, &a);
	long long t;

	CHECK_OK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	t = sa_now_ms();
	CHECK_ERR(accept(fd, NULL, NULL), EAGAIN);
	CHECK_GE(sa_now_ms() - t, 40);
}

KTAP_TEST(accept__blocks, ALL)
{
	struct addr a;
	int fd = sa_listen(1, &a);
	pid_t parent = getpid(), pid = CHECK_OK(fork());

	if (pid == 0) {
		sa_wait_asleep(parent);
		sa_connect(&a);
		_exit(0);
	}
	CHECK_OK(accept(fd, NULL, NULL));
	sa_reap(pid);
}

KTAP_TEST(accept__interrupted, ALL)
{
	struct addr a;
	int fd = sa_listen(1, &a);
	pid_t parent = getpid(), pid;

	sa_count_signals(SIGUSR1);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	CHECK_ERR(accept(fd, NULL, NULL), EINTR);
	sa_reap(pid);
}

KTAP_TEST(accept__names, ALL)
{
	struct addr a, peer, name;
	int fd = sa_listen(1, &a), c, s;

	c = sa_connect(&a);
	sa_wait(fd, POLLIN);
	memset(&peer, 0, sizeof(peer));
	peer.len = sizeof(peer.ss);
	s = CHECK_OK(accept(fd, &peer.sa, &peer.len));
	sa_name(c, &name);
	CHECK(sa_equal(&peer, &name));
	sa_peer(s, &peer);
	CHECK(sa_equal(&peer, &name));
	sa_peer(c, &peer);
	CHECK(sa_equal(&peer, &a));
	sa_name(s, &name);
	CHECK(sa_equal(&name, &a));
}

/*
 * More connections than the backlog: nobody gets lost, some come later. The
 * clients speak first: with SYN cookies the server may have forgotten one.
 */
KTAP_TEST(listen__backlog, ALL)
{
	int fd, c[5], s[5], i, n = 0;
	struct pollfd p[6];
	struct addr a;
	char b;

	fd = sa_listen(1, &a);
	p[5] = (struct pollfd){ .fd = fd, .events = POLLIN };
	for (i = 0; i < 5; i++) {
		c[i] = sa_socket_nonblock(CLIENT);
		p[i] = (struct pollfd){ .fd = c[i], .events = POLLOUT };
		CHECK_ERR(connect(c[i], &a.sa, a.len), EINPROGRESS);
	}
	while (n < 5) {
		CHECK_NE(CHECK_OK(poll(p, 6, DEADLINE)), 0);
		if (p[5].revents)
			s[n++] = CHECK_OK(accept(fd, NULL, NULL));
		for (i = 0; i < 5; i++) {
			if (!p[i].revents)
				continue;
			CHECK_EQ(CHECK_OK(write(c[i], "x", 1)), 1);
			p[i].events = 0;
			p[i].fd = -1;
		}
	}
	for (i = 0; i < 5; i++) {
		sa_wait(s[i], POLLIN);
		CHECK_EQ(CHECK_OK(read(s[i], &b, 1)), 1);
		CHECK_EQ(CHECK_OK(write(s[i], "y", 1)), 1);
	}
	for (i = 0; i < 5; i++) {
		sa_wait(c[i], POLLIN);
		CHECK_EQ(CHECK_OK(read(c[i], &b, 1)), 1);
	}
}

/* Listeners that share a port: who gets which connection. */

#define SHARERS 4

static void share(int lfd[SHARERS], struct addr *a)
{
	struct addr any, name;
	int i;

	sa_any(&any, 0);
	for (i = 0; i < SHARERS; i++) {
		lfd[i] = sa_socket_nonblock(SERVER);
		CHECK_OK(sa_setopt(lfd[i], SOL_SOCKET, SO_REUSEPORT, 1));
		CHECK_OK(bind(lfd[i], &any.sa, any.len));
		CHECK_OK(listen(lfd[i], 64));
		if (i)
			continue;
		sa_name(lfd[0], &name);
		sa_set_port(&any, sa_port(&name));
	}
	sa_server_addr(a, sa_port(&name));
}

/* Takes the one connection that waits; returns who had it. */
static int taken_by(const int lfd[SHARERS])
{
	struct pollfd p[SHARERS];
	int i, fd, who = -1;

	for (i = 0; i < SHARERS; i++)
		p[i] = (struct pollfd){ .fd = lfd[i], .events = POLLIN };
	CHECK_EQ(CHECK_OK(poll(p, SHARERS, DEADLINE)), 1);
	for (i = 0; i < SHARERS; i++) {
		if (!p[i].revents)
			continue;
		CHECK_EQ(p[i].revents, POLLIN);
		fd = CHECK_OK(accept(lfd[i], NULL, NULL));
		sa_abort(fd);
		who = i;
	}
	return who;
}

KTAP_TEST(reuseport__spread, ALL)
{
	int lfd[SHARERS], count[SHARERS] = {}, i;
	struct addr a;

	share(lfd, &a);
	for (i = 0; i < 200; i++) {
		int fd = sa_connect(&a);

		count[taken_by(lfd)]++;
		sa_abort(fd);
	}
	/* 200 throws at 4: less than 20 has a chance of one in a million */
	for (i = 0; i < SHARERS; i++)
		CHECK_GE(count[i], 20);
}

/* The group's program decides (SO_ATTACH_REUSEPORT_CBPF). */
KTAP_TEST(reuseport__program, ALL)
{
	struct sock_filter code[] = { { BPF_RET | BPF_K, 0, 0, 2 } };
	struct sock_fprog prog = { 1, code };
	int lfd[SHARERS], i, none = 0;
	struct addr a;

	share(lfd, &a);
	CHECK_OK(setsockopt(lfd[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog,
			    sizeof(prog)));
	for (i = 0; i < 20; i++) {
		int fd = sa_connect(&a);

		CHECK_EQ(taken_by(lfd), 2);
		sa_abort(fd);
	}
	CHECK_OK(setsockopt(lfd[0], SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &none,
			    sizeof(none)));
}

/* Who leaves gets nothing more, and the others all. */
KTAP_TEST(reuseport__leave, ALL)
{
	int lfd[SHARERS], i;
	struct addr a;

	share(lfd, &a);
	for (i = 0; i < SHARERS - 1; i++) {
		CHECK_OK(i ? close(lfd[i]) : shutdown(lfd[i], SHUT_RD));
		if (i)
			lfd[i] = -1;
	}
	CHECK_OK(listen(lfd[0], 64));
	CHECK_OK(close(lfd[0]));
	lfd[0] = -1;
	for (i = 0; i < 20; i++) {
		int fd = sa_connect(&a);

		CHECK_EQ(taken_by(lfd), SHARERS - 1);
		sa_abort(fd);
	}
}

/* A listener without the option stays alone, and so does another user's. */
KTAP_TEST(reuseport__strangers, V4 | V6)
{
	struct addr any, name;
	int lfd, fd;
	pid_t pid;

	sa_any(&any, 0);
	lfd = sa_socket(SERVER);
	CHECK_OK(sa_setopt(lfd, SOL_SOCKET, SO_REUSEPORT, 1));
	CHECK_OK(bind(lfd, &any.sa, any.len));
	CHECK_OK(listen(lfd, 1));
	sa_name(lfd, &name);
	sa_set_port(&any, sa_port(&name));
	fd = sa_socket(SERVER);
	CHECK_ERR(bind(fd, &any.sa, any.len), EADDRINUSE);
	if (geteuid())
		return;
	pid = CHECK_OK(fork());
	if (pid == 0) {
		fd = sa_socket(SERVER);
		if (fchown(fd, 1000, 1000)) {
			/* a namespace with one user in it */
			CHECK_EQ(errno, EINVAL);
			_exit(0);
		}
		CHECK_OK(sa_setopt(fd, SOL_SOCKET, SO_REUSEPORT, 1));
		CHECK_ERR(bind(fd, &any.sa, any.len), EADDRINUSE);
		_exit(0);
	}
	sa_reap(pid);
}
