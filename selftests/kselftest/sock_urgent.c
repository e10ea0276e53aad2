// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: urgent data between two programs. What single segments do
 * is shown by selftests/wire/scripts_urgent.c.
 */
#define _GNU_SOURCE
#include <linux/sockios.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include "sock_api.h"

static int inq(int fd)
{
	int n = -1;

	CHECK_OK(ioctl(fd, SIOCINQ, &n));
	return n;
}

KTAP_TEST(urgent__octet, ALL)
{
	char b[16];
	int fd[2];

	sa_pair(fd);
	CHECK_OK(send(fd[CLIENT], "abc", 3, 0));
	CHECK_OK(send(fd[CLIENT], "x", 1, MSG_OOB));
	CHECK_OK(send(fd[CLIENT], "def", 3, 0));
	sa_wait(fd[SERVER], POLLPRI);
	CHECK_EQ(recv(fd[SERVER], b, 16, MSG_OOB | MSG_PEEK), 1);
	CHECK_EQ(recv(fd[SERVER], b, 16, MSG_OOB), 1);
	CHECK_EQ(b[0], 'x');
	CHECK_ERR(recv(fd[SERVER], b, 16, MSG_OOB), EINVAL);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(recv(fd[SERVER], b, 16, 0), 3);
	CHECK_EQ(memcmp(b, "abc", 3), 0);
	CHECK_EQ(sockatmark(fd[SERVER]), 1);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(recv(fd[SERVER], b, 16, 0), 3);
	CHECK_EQ(memcmp(b, "def", 3), 0);
	CHECK_EQ(sockatmark(fd[SERVER]), 0);
}

/* A program that does not look for it loses the octet, and no other. */
KTAP_TEST(urgent__ignored, ALL)
{
	char b[16];
	int fd[2];

	sa_pair(fd);
	CHECK_OK(send(fd[CLIENT], "abX", 3, MSG_OOB));
	sa_wait(fd[SERVER], POLLPRI);
	CHECK_EQ(inq(fd[SERVER]), 2);
	CHECK_EQ(recv(fd[SERVER], b, 16, 0), 2);
	/* at the mark there is nothing to read as text */
	CHECK_EQ(sa_poll(fd[SERVER], POLLIN, 0), 0);
	CHECK_ERR(recv(fd[SERVER], b, 16, MSG_DONTWAIT), EAGAIN);
	CHECK_OK(send(fd[CLIENT], "cd", 2, 0));
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(recv(fd[SERVER], b, 16, 0), 2);
	CHECK_EQ(memcmp(b, "cd", 2), 0);
}

/* The next mark takes the place of one that nobody read: its octet is text. */
KTAP_TEST(urgent__overtaken, ALL)
{
	char b[16];
	int fd[2];

	sa_pair(fd);
	CHECK_OK(send(fd[CLIENT], "aX", 2, MSG_OOB));
	sa_wait(fd[SERVER], POLLPRI);
	CHECK_OK(send(fd[CLIENT], "bY", 2, MSG_OOB));
	CHECK_OK(send(fd[CLIENT], "c", 1, 0));
	while (inq(fd[SERVER]) < 3)
		sa_poll(fd[SERVER], POLLRDHUP, 1);
	CHECK_EQ(recv(fd[SERVER], b, 16, 0), 3);
	CHECK_EQ(memcmp(b, "aXb", 3), 0);
	CHECK_EQ(recv(fd[SERVER], b, 16, MSG_OOB), 1);
	CHECK_EQ(b[0], 'Y');
	CHECK_EQ(recv(fd[SERVER], b, 16, 0), 1);
	CHECK_EQ(b[0], 'c');
}

/* One that was read does not come back when the next one is announced. */
KTAP_TEST(urgent__again_at_mark, ALL)
{
	char b[16];
	int fd[2], i;

	sa_pair(fd);
	for (i = 0; i < 5; i++) {
		b[0] = 'a' + i;
		CHECK_OK(send(fd[CLIENT], b, 1, MSG_OOB));
		sa_wait(fd[SERVER], POLLPRI);
		CHECK_EQ(sockatmark(fd[SERVER]), 1);
		CHECK_EQ(recv(fd[SERVER], b, 16, MSG_OOB), 1);
		CHECK_EQ(b[0], 'a' + i);
		CHECK_ERR(recv(fd[SERVER], b, 16, MSG_DONTWAIT), EAGAIN);
	}
	CHECK_OK(send(fd[CLIENT], "end", 3, 0));
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(recv(fd[SERVER], b, 16, 0), 3);
	CHECK_EQ(memcmp(b, "end", 3), 0);
}

KTAP_TEST(urgent__inline, ALL)
{
	char b[16];
	int fd[2];

	sa_pair(fd);
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_OOBINLINE, 1));
	CHECK_OK(send(fd[CLIENT], "abX", 3, MSG_OOB));
	CHECK_OK(send(fd[CLIENT], "cd", 2, 0));
	while (inq(fd[SERVER]) < 5)
		sa_poll(fd[SERVER], POLLRDHUP, 1);
	CHECK_ERR(recv(fd[SERVER], b, 16, MSG_OOB), EINVAL);
	CHECK_EQ(recv(fd[SERVER], b, 16, 0), 2);
	CHECK_EQ(sockatmark(fd[SERVER]), 1);
	CHECK_EQ(recv(fd[SERVER], b, 16, 0), 3);
	CHECK_EQ(memcmp(b, "Xcd", 3), 0);
}

KTAP_TEST(urgent__peek, ALL)
{
	char b[16];
	int fd[2];

	sa_pair(fd);
	CHECK_OK(send(fd[CLIENT], "abX", 3, MSG_OOB));
	CHECK_OK(send(fd[CLIENT], "cd", 2, 0));
	sa_wait(fd[SERVER], POLLPRI);
	CHECK_EQ(recv(fd[SERVER], b, 16, MSG_PEEK), 2);
	CHECK_EQ(recv(fd[SERVER], b, 2, MSG_PEEK | MSG_WAITALL), 2);
	CHECK_EQ(recv(fd[SERVER], b, 2, 0), 2);
	CHECK_EQ(recv(fd[SERVER], b, 2, MSG_PEEK | MSG_WAITALL), 2);
	CHECK_EQ(memcmp(b, "cd", 2), 0);
	CHECK_EQ(sockatmark(fd[SERVER]), 1);
	CHECK_EQ(recv(fd[SERVER], b, 2, MSG_WAITALL), 2);
	CHECK_EQ(memcmp(b, "cd", 2), 0);
}

KTAP_TEST(urgent__signal, ALL)
{
	unsigned int ticks = 0;
	int fd[2];
	char b;

	sa_pair(fd);
	sa_count_signals(SIGURG);
	CHECK_OK(fcntl(fd[SERVER], F_SETOWN, getpid()));
	CHECK_OK(send(fd[CLIENT], "x", 1, MSG_OOB));
	while (!sa_signals)
		CHECK(sa_tick(&ticks));
	CHECK_EQ(sa_signals, 1);
	sa_wait(fd[SERVER], POLLPRI);
	CHECK_EQ(recv(fd[SERVER], &b, 1, MSG_OOB), 1);
	sa_send_all(fd[CLIENT], 100, 0);
	sa_recv_all(fd[SERVER], 100, 0);
	CHECK_EQ(sa_signals, 1);
}

/* select()'s exceptional condition, and epoll's. */
KTAP_TEST(urgent__epoll, ALL)
{
	struct epoll_event ev = { .events = EPOLLPRI };
	int fd[2], ep;
	char b;

	sa_pair(fd);
	ep = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd[SERVER], &ev));
	sa_send_all(fd[CLIENT], 10, 0);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(epoll_wait(ep, &ev, 1, 0), 0);
	CHECK_OK(send(fd[CLIENT], "x", 1, MSG_OOB));
	CHECK_EQ(epoll_wait(ep, &ev, 1, DEADLINE), 1);
	CHECK_EQ(ev.events, EPOLLPRI);
	CHECK_EQ(recv(fd[SERVER], &b, 1, MSG_OOB), 1);
	CHECK_EQ(epoll_wait(ep, &ev, 1, 0), 0);
}

/* The mark survives the end of the stream; then there is nothing to wait for. */
KTAP_TEST(urgent__end, ALL)
{
	int fd[2];
	char b;

	sa_pair(fd);
	CHECK_OK(send(fd[CLIENT], "x", 1, MSG_OOB));
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	sa_wait(fd[SERVER], POLLRDHUP);
	CHECK_EQ(recv(fd[SERVER], &b, 1, MSG_OOB), 1);
	CHECK_EQ(recv(fd[SERVER], &b, 1, 0), 0);
	CHECK_ERR(recv(fd[SERVER], &b, 1, MSG_OOB), EINVAL);
}

/* Nothing is lost around many marks in a long stream. */
KTAP_TEST(urgent__stream, ALL)
{
	unsigned char out[1000], in[4096];
	size_t sent = 0, got = 0;
	int fd[2], i;
	ssize_t n;
	pid_t pid;

	sa_pair(fd);
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_OOBINLINE, 1));
	pid = CHECK_OK(fork());
	if (pid == 0) {
		close(fd[SERVER]);
		for (i = 0; i < 300; i++, sent += sizeof(out)) {
			sa_pattern(out, sizeof(out), sent);
			n = send(fd[CLIENT], out, sizeof(out),
				 i % 3 ? 0 : MSG_OOB);
			if (n != (ssize_t)sizeof(out))
				_exit(1);
		}
		_exit(0);
	}
	close(fd[CLIENT]);
	while ((n = recv(fd[SERVER], in, sizeof(in), 0)) > 0) {
		CHECK(sa_check_pattern(in, n, got));
		got += n;
	}
	CHECK_EQ(n, 0);
	CHECK_EQ(got, 300000);
	sa_reap(pid);
}
