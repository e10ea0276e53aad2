// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: several processes at one socket, or at both ends of a
 * connection, at the same time. What counts is that every octet arrives once,
 * every call returns, and the kernel has nothing to say.
 */
#define _GNU_SOURCE
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include "sock_api.h"

#define WORKERS	4

/* Run @work in WORKERS children; it gets its number. */
static void spawn(pid_t pid[WORKERS], void (*work)(int nr))
{
	int i;

	for (i = 0; i < WORKERS; i++) {
		pid[i] = CHECK_OK(fork());
		if (pid[i] == 0) {
			work(i);
			_exit(0);
		}
	}
}

static void join(pid_t pid[WORKERS])
{
	int i;

	for (i = 0; i < WORKERS; i++)
		sa_reap(pid[i]);
}

static int pair_fd[2];
static int listen_fd;
static struct addr listen_addr;

#define PER_WRITER	500000

static void write_some(int nr)
{
	char buf[10000];
	size_t left = PER_WRITER, n;

	memset(buf, 'a' + nr, sizeof(buf));
	while (left) {
		n = left < sizeof(buf) ? left : sizeof(buf);
		left -= CHECK_OK(send(pair_fd[CLIENT], buf, n, 0));
	}
}

/* Octets of several writers mix, but none is lost or doubled. */
KTAP_TEST(race__writers, ALL)
{
	size_t count[256] = { 0 }, total = 0;
	unsigned char buf[65536];
	pid_t pid[WORKERS];
	ssize_t r, i;

	sa_pair(pair_fd);
	spawn(pid, write_some);
	while (total < (size_t)WORKERS * PER_WRITER) {
		r = CHECK_OK(recv(pair_fd[SERVER], buf, sizeof(buf), 0));
		CHECK_NE(r, 0);
		for (i = 0; i < r; i++)
			count[buf[i]]++;
		total += r;
	}
	join(pid);
	for (i = 0; i < WORKERS; i++)
		CHECK_EQ(count['a' + i], PER_WRITER);
}

static int result_pipe[2];

static void read_some(int nr)
{
	unsigned char buf[3000];
	size_t sum = 0;
	ssize_t r;

	(void)nr;
	close(pair_fd[CLIENT]);
	while ((r = CHECK_OK(recv(pair_fd[SERVER], buf, sizeof(buf), 0))) > 0)
		sum += r;
	CHECK_EQ(write(result_pipe[1], &sum, sizeof(sum)), sizeof(sum));
}

KTAP_TEST(race__readers, ALL)
{
	size_t len = 2000000, sum = 0, one;
	pid_t pid[WORKERS];
	int i;

	CHECK_OK(pipe(result_pipe));
	sa_pair(pair_fd);
	spawn(pid, read_some);
	sa_send_all(pair_fd[CLIENT], len, 0);
	close(pair_fd[CLIENT]);
	join(pid);
	for (i = 0; i < WORKERS; i++) {
		CHECK_EQ(read(result_pipe[0], &one, sizeof(one)), sizeof(one));
		sum += one;
	}
	CHECK_EQ(sum, len);
}

#define CONNECTS	150

static void serve_some(int nr)
{
	unsigned char buf[256];
	ssize_t len, r;
	int i, s;

	(void)nr;
	for (i = 0; i < CONNECTS; i++) {
		s = CHECK_OK(accept(listen_fd, NULL, NULL));
		for (len = 0; len < 100; len += r) {
			sa_wait(s, POLLIN);
			r = CHECK_OK(recv(s, buf + len, sizeof(buf) - len, 0));
			CHECK_NE(r, 0);
		}
		close(s);
	}
}

/* Several connect, several accept and hang up, everybody at once. */
KTAP_TEST(race__accept, ALL)
{
	pid_t server[WORKERS], client[WORKERS];
	int i;

	listen_fd = sa_listen(64, &listen_addr);
	spawn(server, serve_some);
	for (i = 0; i < WORKERS; i++) {
		client[i] = CHECK_OK(fork());
		if (client[i] == 0) {
			int n, c;
			char b;

			for (n = 0; n < CONNECTS; n++) {
				c = sa_connect(&listen_addr);
				sa_send_all(c, 100, n);
				CHECK_EQ(CHECK_OK(recv(c, &b, 1, 0)), 0);
				close(c);
			}
			_exit(0);
		}
	}
	join(client);
	join(server);
}

static void echo_all(int nr)
{
	unsigned char buf[512];
	int s;

	(void)nr;
	for (;;) {
		ssize_t r = 1;

		s = accept(listen_fd, NULL, NULL);
		if (s < 0)
			_exit(0);
		while (r > 0) {
			r = recv(s, buf, sizeof(buf), 0);
			if (r > 0)
				send(s, buf, r, MSG_NOSIGNAL);
		}
		close(s);
	}
}

KTAP_TEST(race__echo, ALL)
{
	pid_t server[WORKERS], client[WORKERS];
	int i;

	listen_fd = sa_listen(64, &listen_addr);
	spawn(server, echo_all);
	for (i = 0; i < WORKERS; i++) {
		client[i] = CHECK_OK(fork());
		if (client[i] == 0) {
			int n, c;

			for (n = 0; n < CONNECTS; n++) {
				c = sa_connect(&listen_addr);
				sa_send_all(c, 1000, n);
				sa_recv_all(c, 1000, n);
				close(c);
			}
			_exit(0);
		}
	}
	join(client);
	CHECK_OK(shutdown(listen_fd, SHUT_RD));
	join(server);
}

/* A transfer in full swing is cut off, by one end or the other. */
KTAP_TEST(race__abort, ALL)
{
	unsigned char buf[65536];
	pid_t pid;
	int i, n;

	for (i = 0; i < 30; i++) {
		sa_pair(pair_fd);
		pid = CHECK_OK(fork());
		if (pid == 0) {
			close(pair_fd[CLIENT]);
			while (send(pair_fd[SERVER], buf, sizeof(buf),
				    MSG_NOSIGNAL) > 0)
				;
			CHECK(errno == ECONNRESET || errno == EPIPE);
			_exit(0);
		}
		close(pair_fd[SERVER]);
		for (n = 0; n < i; n++)
			CHECK_OK(recv(pair_fd[CLIENT], buf, sizeof(buf), 0));
		if (i & 1)
			sa_abort(pair_fd[CLIENT]);
		else
			close(pair_fd[CLIENT]);
		sa_reap(pid);
	}
}

/* The listener goes while connections are being made. */
KTAP_TEST(race__listener_close, ALL)
{
	int c[8], lfd, i, k;

	for (i = 0; i < 40; i++) {
		lfd = sa_listen(8, &listen_addr);
		for (k = 0; k < 8; k++) {
			c[k] = sa_socket_nonblock(CLIENT);
			CHECK_ERR(connect(c[k], &listen_addr.sa,
					  listen_addr.len), EINPROGRESS);
			if (k == i % 8)
				close(lfd);
		}
		/* Who writes learns it even if the reset was lost. */
		for (k = 0; k < 8; k++) {
			if (sa_wait(c[k], POLLOUT) == POLLOUT)
				send(c[k], "x", 1, MSG_NOSIGNAL);
			sa_wait(c[k], POLLERR | POLLHUP);
			close(c[k]);
		}
	}
}

/* connect() and gone: nothing may be left behind. */
KTAP_TEST(race__connect_close, ALL)
{
	int lfd = sa_listen(16, &listen_addr), i, c, s;

	sa_nonblock(lfd, true);
	for (i = 0; i < 300; i++) {
		c = sa_socket_nonblock(CLIENT);
		if (connect(c, &listen_addr.sa, listen_addr.len) < 0)
			CHECK_EQ(errno, EINPROGRESS);
		if (i % 3 == 0)
			sa_abort(c);
		else
			close(c);
		while ((s = accept(lfd, NULL, NULL)) >= 0)
			close(s);
		CHECK_EQ(errno, EAGAIN);
	}
	/* the listener still works */
	c = sa_connect(&listen_addr);
	do {
		s = sa_accept(lfd);
	} while (sa_poll(s, POLLIN | POLLHUP | POLLERR, 0) && close(s) == 0);
	sa_send_all(c, 100, 0);
	sa_recv_all(s, 100, 0);
}

static void turn_options(int nr)
{
	static const int opts[] = {
		TCP_NODELAY, TCP_CORK, TCP_QUICKACK, TCP_NODELAY,
	};
	int i;

	for (i = 0; i < 300; i++) {
		struct tcp_info info;
		socklen_t len = sizeof(info);

		CHECK_OK(sa_setopt(pair_fd[i & 1], IPPROTO_TCP, opts[nr],
				   i & 2));
		CHECK_OK(getsockopt(pair_fd[i & 1], IPPROTO_TCP, TCP_INFO,
				    &info, &len));
		CHECK_OK(sa_setopt(pair_fd[i & 1], SOL_SOCKET, SO_KEEPALIVE,
				   i & 2));
		CHECK_OK(sa_setopt(pair_fd[i & 1], SOL_SOCKET, SO_SNDBUF,
				   20000 + i * 100));
		sa_poll(pair_fd[i & 1], ANY_BIT, 0);
	}
	/* no cork stays */
	CHECK_OK(sa_setopt(pair_fd[0], IPPROTO_TCP, TCP_CORK, 0));
	CHECK_OK(sa_setopt(pair_fd[1], IPPROTO_TCP, TCP_CORK, 0));
}

KTAP_TEST(race__options, ALL)
{
	pid_t pid[WORKERS], sender;

	sa_pair(pair_fd);
	spawn(pid, turn_options);
	sender = CHECK_OK(fork());
	if (sender == 0) {
		sa_send_all(pair_fd[CLIENT], 3000000, 0);
		_exit(0);
	}
	sa_recv_all(pair_fd[SERVER], 3000000, 0);
	sa_reap(sender);
	join(pid);
}

static void shut_down(int nr)
{
	int i;

	for (i = 0; i < 20; i++)
		shutdown(pair_fd[nr & 1], nr & 2 ? SHUT_WR : SHUT_RDWR);
}

KTAP_TEST(race__shutdown, ALL)
{
	pid_t pid[WORKERS];
	int i;

	for (i = 0; i < 20; i++) {
		sa_pair(pair_fd);
		sa_send_all(pair_fd[CLIENT], 1000, 0);
		spawn(pid, shut_down);
		join(pid);
		sa_wait(pair_fd[CLIENT], POLLHUP);
		sa_wait(pair_fd[SERVER], POLLHUP);
		close(pair_fd[CLIENT]);
		close(pair_fd[SERVER]);
	}
}

/* Sleeping readers and writers are all woken when the connection is reset. */
static void sleep_in_call(int nr)
{
	char buf[100];

	if (nr & 1)
		CHECK(recv(pair_fd[SERVER], buf, sizeof(buf), 0) <= 0);
	else
		CHECK(send(pair_fd[SERVER], buf, sizeof(buf),
			   MSG_NOSIGNAL) <= 0);
}

KTAP_TEST(race__reset_wakes_all, ALL)
{
	pid_t pid[WORKERS];
	int i;

	sa_pair(pair_fd);
	sa_fill(pair_fd[SERVER], 0);
	sa_nonblock(pair_fd[SERVER], false);
	CHECK_OK(fcntl(pair_fd[CLIENT], F_SETFD, 0));
	for (i = 0; i < WORKERS; i++) {
		pid[i] = CHECK_OK(fork());
		if (pid[i] == 0) {
			close(pair_fd[CLIENT]);
			sleep_in_call(i);
			_exit(0);
		}
	}
	for (i = 0; i < WORKERS; i++)
		sa_wait_asleep(pid[i]);
	sa_abort(pair_fd[CLIENT]);
	join(pid);
}
