// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: how a connection ends. shutdown(), close(), end of
 * stream, resets, the error that is reported once, SIGPIPE, SO_LINGER.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/time.h>
#include "sock_api.h"

/* The socket has been reset: wait until the news is there. */
static void wait_reset(int fd)
{
	sa_wait(fd, POLLERR);
}

KTAP_TEST(shutdown__write, ALL)
{
	int fd[2];

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 1000, 0);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	sa_recv_all(fd[SERVER], 1000, 0);
	sa_recv_eof(fd[SERVER]);
	sa_recv_eof(fd[SERVER]);
	CHECK_ERR(send(fd[CLIENT], "x", 1, MSG_NOSIGNAL), EPIPE);
	/* the other direction lives on, both ways of the end */
	sa_send_all(fd[SERVER], 50000, 5);
	sa_recv_all(fd[CLIENT], 50000, 5);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	CHECK_OK(shutdown(fd[SERVER], SHUT_WR));
	sa_recv_eof(fd[CLIENT]);
	CHECK_ERR(send(fd[SERVER], "x", 1, MSG_NOSIGNAL), EPIPE);
}

KTAP_TEST(shutdown__write_queued, ALL)
{
	size_t n;
	int fd[2];

	sa_pair(fd);
	n = sa_fill(fd[CLIENT], 0);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	CHECK_ERR(send(fd[CLIENT], "x", 1, MSG_NOSIGNAL), EPIPE);
	sa_recv_all(fd[SERVER], n, 0);
	sa_recv_eof(fd[SERVER]);
}

KTAP_TEST(shutdown__read, ALL)
{
	int fd[2];
	char b;

	sa_pair(fd);
	sa_send_all(fd[SERVER], 10, 0);
	sa_wait(fd[CLIENT], POLLIN);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_RD));
	/* what is queued is still read, then end of stream */
	sa_recv_all(fd[CLIENT], 10, 0);
	CHECK_EQ(CHECK_OK(recv(fd[CLIENT], &b, 1, 0)), 0);
	/* it goes no further than this host */
	sa_send_all(fd[CLIENT], 1000, 0);
	sa_recv_all(fd[SERVER], 1000, 0);
	CHECK_EQ(sa_poll(fd[SERVER], ANY_BIT, 0), WRITABLE);
}

KTAP_TEST(shutdown__read_wakes, ALL)
{
	pid_t parent = getpid(), pid;
	int fd[2];
	char b;

	sa_pair(fd);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		CHECK_OK(shutdown(fd[CLIENT], SHUT_RD));
		_exit(0);
	}
	CHECK_EQ(CHECK_OK(recv(fd[CLIENT], &b, 1, 0)), 0);
	sa_reap(pid);
}

KTAP_TEST(shutdown__write_wakes, ALL)
{
	pid_t parent = getpid(), pid;
	int fd[2];

	sa_pair(fd);
	sa_fill(fd[CLIENT], 0);
	sa_nonblock(fd[CLIENT], false);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
		_exit(0);
	}
	CHECK_ERR(send(fd[CLIENT], "x", 1, MSG_NOSIGNAL), EPIPE);
	sa_reap(pid);
}

KTAP_TEST(shutdown__both, ALL)
{
	int fd[2];
	char b;

	sa_pair(fd);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_RDWR));
	CHECK_EQ(CHECK_OK(recv(fd[CLIENT], &b, 1, 0)), 0);
	CHECK_ERR(send(fd[CLIENT], "x", 1, MSG_NOSIGNAL), EPIPE);
	sa_recv_eof(fd[SERVER]);
}

KTAP_TEST(shutdown__errors, ALL)
{
	int fd = sa_socket(CLIENT), pair[2];

	CHECK_ERR(shutdown(fd, SHUT_RDWR), ENOTCONN);
	CHECK_ERR(shutdown(fd, SHUT_WR), ENOTCONN);
	sa_pair(pair);
	CHECK_ERR(shutdown(pair[CLIENT], 3), EINVAL);
	CHECK_ERR(shutdown(pair[CLIENT], -1), EINVAL);
}

KTAP_TEST(shutdown__connecting, ALL)
{
	int c = sa_socket_nonblock(CLIENT);
	struct addr a;
	char b;

	sa_silent_addr(&a);
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	CHECK_OK(shutdown(c, SHUT_RDWR));
	CHECK_ERR(send(c, "x", 1, MSG_NOSIGNAL), ECONNRESET);
	CHECK_ERR(send(c, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_ERR(recv(c, &b, 1, 0), ENOTCONN);
}

/* A listener that is shut down is a plain bound socket again. */
KTAP_TEST(shutdown__listener, ALL)
{
	struct addr a, name;
	int lfd = sa_listen(1, &a), c;

	CHECK_OK(shutdown(lfd, SHUT_RD));
	CHECK_EQ(sa_getopt(lfd, SOL_SOCKET, SO_ACCEPTCONN), 0);
	CHECK_ERR(accept(lfd, NULL, NULL), EINVAL);
	c = sa_socket(CLIENT);
	CHECK_ERR(connect(c, &a.sa, a.len), ECONNREFUSED);
	/* the kernel chose the port, it may choose another one now */
	CHECK_OK(listen(lfd, 1));
	sa_name(lfd, &name);
	sa_set_port(&a, sa_port(&name));
	sa_connect(&a);
	sa_accept(lfd);
}

KTAP_TEST(shutdown__listener_wakes, ALL)
{
	pid_t parent = getpid(), pid;
	struct addr a;
	int lfd = sa_listen(1, &a);

	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		CHECK_OK(shutdown(lfd, SHUT_RD));
		_exit(0);
	}
	CHECK_ERR(accept(lfd, NULL, NULL), EINVAL);
	sa_reap(pid);
}

/* close() */

KTAP_TEST(close__sends_all, ALL)
{
	size_t n;
	int fd[2];

	sa_pair(fd);
	n = sa_fill(fd[CLIENT], 0);
	CHECK_OK(close(fd[CLIENT]));
	sa_recv_all(fd[SERVER], n, 0);
	sa_recv_eof(fd[SERVER]);
	CHECK_OK(close(fd[SERVER]));
}

KTAP_TEST(close__unread, ALL)
{
	int fd[2];
	char b;

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 100, 0);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_OK(close(fd[SERVER]));
	wait_reset(fd[CLIENT]);
	CHECK_ERR(recv(fd[CLIENT], &b, 1, 0), ECONNRESET);
	CHECK_EQ(CHECK_OK(recv(fd[CLIENT], &b, 1, 0)), 0);
	CHECK_ERR(send(fd[CLIENT], "x", 1, MSG_NOSIGNAL), EPIPE);
}

KTAP_TEST(close__linger_zero, ALL)
{
	int fd[2];

	sa_pair(fd);
	sa_abort(fd[CLIENT]);
	wait_reset(fd[SERVER]);
	CHECK_EQ(sa_so_error(fd[SERVER]), ECONNRESET);
	CHECK_EQ(sa_so_error(fd[SERVER]), 0);
}

/* close() waits until everything is acknowledged. */
KTAP_TEST(close__linger, ALL)
{
	struct linger l = { .l_onoff = 1, .l_linger = 30 }, is;
	socklen_t len = sizeof(is);
	size_t n;
	int fd[2], gone[2];
	char b;
	pid_t pid;

	sa_pair(fd);
	CHECK_OK(pipe(gone));
	CHECK_OK(setsockopt(fd[CLIENT], SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	CHECK_OK(getsockopt(fd[CLIENT], SOL_SOCKET, SO_LINGER, &is, &len));
	CHECK_EQ(is.l_onoff, 1);
	CHECK_EQ(is.l_linger, 30);
	n = sa_fill(fd[CLIENT], 0);
	sa_nonblock(fd[CLIENT], false);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		close(fd[CLIENT]);
		CHECK_EQ(write(gone[1], "x", 1), 1);
		sa_wait_asleep(getppid());
		sa_recv_all(fd[SERVER], n, 0);
		sa_recv_eof(fd[SERVER]);
		_exit(0);
	}
	/* The last descriptor is the one that waits. */
	CHECK_EQ(read(gone[0], &b, 1), 1);
	CHECK_OK(close(fd[CLIENT]));
	close(gone[0]);
	close(gone[1]);
	close(fd[SERVER]);
	sa_reap(pid);
}

/* The peer sends to a program that has gone: reset. */
KTAP_TEST(close__then_data, ALL)
{
	int fd[2];

	sa_pair(fd);
	CHECK_OK(close(fd[CLIENT]));
	sa_recv_eof(fd[SERVER]);
	sa_send_all(fd[SERVER], 10, 0);
	wait_reset(fd[SERVER]);
	/* a reset after the peer's end of stream is EPIPE */
	CHECK_EQ(sa_so_error(fd[SERVER]), EPIPE);
	CHECK_ERR(send(fd[SERVER], "x", 1, MSG_NOSIGNAL), EPIPE);
}

KTAP_TEST(close__not_accepted, ALL)
{
	struct addr a;
	int lfd = sa_listen(2, &a), c = sa_connect(&a), d = sa_connect(&a);

	sa_wait(lfd, POLLIN);
	CHECK_OK(close(lfd));
	wait_reset(c);
	wait_reset(d);
	CHECK_EQ(sa_so_error(c), ECONNRESET);
	CHECK_EQ(sa_so_error(d), ECONNRESET);
}

KTAP_TEST(close__both_at_once, ALL)
{
	int fd[2], i;

	for (i = 0; i < 50; i++) {
		sa_pair(fd);
		CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
		CHECK_OK(shutdown(fd[SERVER], SHUT_WR));
		sa_recv_eof(fd[CLIENT]);
		sa_recv_eof(fd[SERVER]);
		CHECK_OK(close(fd[CLIENT]));
		CHECK_OK(close(fd[SERVER]));
	}
}

/* Resets and errors */

/* What came before the reset can still be read; then the error, once. */
KTAP_TEST(reset__after_data, ALL)
{
	int fd[2];
	char b;

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 1000, 0);
	sa_wait(fd[SERVER], POLLIN);
	sa_abort(fd[CLIENT]);
	wait_reset(fd[SERVER]);
	sa_recv_all(fd[SERVER], 1000, 0);
	CHECK_ERR(recv(fd[SERVER], &b, 1, 0), ECONNRESET);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], &b, 1, 0)), 0);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], &b, 1, 0)), 0);
}

KTAP_TEST(reset__write, ALL)
{
	int fd[2];

	sa_pair(fd);
	sa_abort(fd[CLIENT]);
	wait_reset(fd[SERVER]);
	sa_count_signals(SIGPIPE);
	CHECK_ERR(send(fd[SERVER], "x", 1, 0), ECONNRESET);
	CHECK_EQ(sa_signals, 0);
	CHECK_ERR(send(fd[SERVER], "x", 1, 0), EPIPE);
	CHECK_EQ(sa_signals, 1);
	CHECK_ERR(send(fd[SERVER], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(sa_signals, 1);
}

KTAP_TEST(reset__wakes_reader, ALL)
{
	pid_t parent = getpid(), pid;
	int fd[2];
	char b;

	sa_pair(fd);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		close(fd[SERVER]);
		sa_wait_asleep(parent);
		sa_abort(fd[CLIENT]);
		_exit(0);
	}
	close(fd[CLIENT]);
	CHECK_ERR(recv(fd[SERVER], &b, 1, 0), ECONNRESET);
	sa_reap(pid);
}

KTAP_TEST(reset__wakes_writer, ALL)
{
	pid_t parent = getpid(), pid;
	int fd[2];

	sa_pair(fd);
	sa_fill(fd[SERVER], 0);
	sa_nonblock(fd[SERVER], false);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		close(fd[SERVER]);
		sa_wait_asleep(parent);
		sa_abort(fd[CLIENT]);
		_exit(0);
	}
	close(fd[CLIENT]);
	CHECK_ERR(send(fd[SERVER], "x", 1, MSG_NOSIGNAL), ECONNRESET);
	sa_reap(pid);
}

KTAP_TEST(reset__connect_again, ALL)
{
	struct sockaddr un = { .sa_family = AF_UNSPEC };
	struct addr a;
	int fd[2], lfd;

	sa_pair(fd);
	sa_abort(fd[SERVER]);
	wait_reset(fd[CLIENT]);
	CHECK_EQ(sa_so_error(fd[CLIENT]), ECONNRESET);
	lfd = sa_listen(1, &a);
	CHECK_ERR(connect(fd[CLIENT], &a.sa, a.len), EISCONN);
	CHECK_OK(connect(fd[CLIENT], &un, sizeof(un)));
	CHECK_OK(connect(fd[CLIENT], &a.sa, a.len));
	fd[SERVER] = sa_accept(lfd);
	sa_send_all(fd[CLIENT], 100, 0);
	sa_recv_all(fd[SERVER], 100, 0);
}

KTAP_TEST(sigpipe__write, ALL)
{
	int fd[2];

	sa_pair(fd);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	sa_count_signals(SIGPIPE);
	CHECK_ERR(send(fd[CLIENT], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(sa_signals, 0);
	CHECK_ERR(send(fd[CLIENT], "x", 1, 0), EPIPE);
	CHECK_EQ(sa_signals, 1);
	CHECK_ERR(write(fd[CLIENT], "x", 1), EPIPE);
	CHECK_EQ(sa_signals, 2);
}

/* USER_TIMEOUT: the peer is gone without a word. */
KTAP_TEST(timeout__user, V4 | V6)
{
	int c = sa_socket_nonblock(CLIENT);
	struct addr a;
	char b;

	sa_silent_addr(&a);
	CHECK_OK(sa_setopt(c, IPPROTO_TCP, 18 /* TCP_USER_TIMEOUT */, 1500));
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	sa_wait(c, POLLERR);
	CHECK_ERR(recv(c, &b, 1, 0), ETIMEDOUT);
	CHECK_EQ(CHECK_OK(recv(c, &b, 1, 0)), 0);
}
