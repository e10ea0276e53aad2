// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: signal-driven I/O (fcntl(2): O_ASYNC, F_SETOWN, F_SETSIG):
 * which events of a connection raise the signal, and what it says.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <time.h>
#include "sock_api.h"

/* From now on events of @fd queue this signal, which says which. */
static void want_signals(int fd, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
	CHECK_OK(fcntl(fd, F_SETOWN, getpid()));
	CHECK_OK(fcntl(fd, F_SETSIG, sig));
	CHECK_OK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC));
}

/* The next signal of @fd whose code is @code; others before it do not matter. */
static void await_signal(int fd, int sig, int code)
{
	struct timespec limit = { .tv_sec = DEADLINE / 1000 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	do {
		CHECK_EQ(sigtimedwait(&set, &info, &limit), sig);
		CHECK_EQ(info.si_fd, fd);
	} while (info.si_code != code);
}

static void no_signal(int sig)
{
	struct timespec now = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	CHECK_ERR(sigtimedwait(&set, NULL, &now), EAGAIN);
}

KTAP_TEST(sigio__connected, ALL)
{
	int lfd, fd, sig = SIGRTMIN;
	struct addr a;

	lfd = sa_listen(5, &a);
	fd = sa_socket_nonblock(CLIENT);
	want_signals(fd, sig);
	want_signals(lfd, sig + 1);
	CHECK_ERR(connect(fd, &a.sa, a.len), EINPROGRESS);
	await_signal(fd, sig, POLL_OUT);
	await_signal(lfd, sig + 1, POLL_IN);
	CHECK_OK(accept(lfd, NULL, NULL));
}

KTAP_TEST(sigio__refused, ALL)
{
	int lfd, fd, sig = SIGRTMIN;
	struct addr a;

	lfd = sa_listen(5, &a);
	close(lfd);
	fd = sa_socket_nonblock(CLIENT);
	want_signals(fd, sig);
	CHECK_ERR(connect(fd, &a.sa, a.len), EINPROGRESS);
	await_signal(fd, sig, POLL_ERR);
	CHECK_EQ(sa_so_error(fd), ECONNREFUSED);
}

KTAP_TEST(sigio__reads, ALL)
{
	int fd[2], sig = SIGRTMIN;

	sa_pair(fd);
	want_signals(fd[SERVER], sig);
	no_signal(sig);
	sa_send_all(fd[CLIENT], 10, 0);
	await_signal(fd[SERVER], sig, POLL_IN);
	sa_recv_all(fd[SERVER], 10, 0);
	/* The end of the peer's stream is something to read. */
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	await_signal(fd[SERVER], sig, POLL_IN);
	sa_recv_eof(fd[SERVER]);
}

/* Room again, after there was none. */
KTAP_TEST(sigio__writes, ALL)
{
	struct timespec now = { 0 };
	int fd[2], sig = SIGRTMIN;
	sigset_t set;
	size_t len;

	sa_pair(fd);
	want_signals(fd[CLIENT], sig);
	len = sa_fill(fd[CLIENT], 0);
	/* What came while it filled. */
	sigemptyset(&set);
	sigaddset(&set, sig);
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
	/* A call that found no room is what asks for the signal. */
	CHECK_ERR(send(fd[CLIENT], "x", 1, MSG_DONTWAIT), EAGAIN);
	sa_drain(fd[SERVER], len, 0);
	await_signal(fd[CLIENT], sig, POLL_OUT);
}

KTAP_TEST(sigio__both_closed, ALL)
{
	int fd[2], sig = SIGRTMIN;

	sa_pair(fd);
	CHECK_OK(shutdown(fd[SERVER], SHUT_WR));
	sa_recv_eof(fd[CLIENT]);
	want_signals(fd[SERVER], sig);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	await_signal(fd[SERVER], sig, POLL_HUP);
}

KTAP_TEST(sigio__reset, ALL)
{
	int fd[2], sig = SIGRTMIN;

	sa_pair(fd);
	want_signals(fd[SERVER], sig);
	sa_abort(fd[CLIENT]);
	await_signal(fd[SERVER], sig, POLL_ERR);
}

/* Who has taken his name back is left alone. */
KTAP_TEST(sigio__off, ALL)
{
	int fd[2], sig = SIGRTMIN;

	sa_pair(fd);
	want_signals(fd[SERVER], sig);
	CHECK_OK(fcntl(fd[SERVER], F_SETFL, 0));
	sa_send_all(fd[CLIENT], 10, 0);
	sa_recv_all(fd[SERVER], 10, 0);
	no_signal(sig);
}
