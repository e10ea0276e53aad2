// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: octets through a connection. send() and recv() with all
 * their flags, SO_RCVLOWAT, ioctl(), sendfile() and splice().
 */
#define _GNU_SOURCE
#include <linux/sockios.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>
#include "sock_api.h"

KTAP_TEST(send__sizes, ALL)
{
	static const size_t sizes[] = {
		1, 2, 3, 7, 100, 535, 536, 537, 1000, 1220, 1399, 1440, 1448,
		1460, 1461, 2920, 4095, 4096, 4097, 16383, 32767, 32768, 32769,
		40000, 65494, 65495, 65496, 65535, 65536,
	};
	size_t i, pos = 0;
	int fd[2];

	sa_pair(fd);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		sa_send_all(fd[CLIENT], sizes[i], pos);
		sa_recv_all(fd[SERVER], sizes[i], pos);
		sa_send_all(fd[SERVER], sizes[i], pos + 13);
		sa_recv_all(fd[CLIENT], sizes[i], pos + 13);
		pos += sizes[i];
	}
}

/* 4 MiB each way at the same time. */
KTAP_TEST(send__both_ways, ALL)
{
	static unsigned char buf[100000];
	size_t total = 4 << 20, sent[2] = { 0 }, got[2] = { 0 }, n;
	struct pollfd p[2];
	int fd[2], i;
	ssize_t r;

	sa_pair(fd);
	for (i = 0; i < 2; i++) {
		sa_nonblock(fd[i], true);
		p[i].fd = fd[i];
	}
	while (got[0] < total || got[1] < total) {
		for (i = 0; i < 2; i++)
			p[i].events = POLLIN | (sent[i] < total ? POLLOUT : 0);
		CHECK_NE(CHECK_OK(poll(p, 2, DEADLINE)), 0);
		for (i = 0; i < 2; i++) {
			if (p[i].revents & POLLOUT && sent[i] < total) {
				n = total - sent[i];
				n = n < sizeof(buf) ? n : sizeof(buf);
				sa_pattern(buf, n, sent[i] + i);
				r = CHECK_OK(send(fd[i], buf, n, 0));
				sent[i] += r;
			}
			if (p[i].revents & POLLIN) {
				r = CHECK_OK(recv(fd[i], buf, sizeof(buf), 0));
				CHECK_NE(r, 0);
				CHECK(sa_check_pattern(buf, r, got[i] + !i));
				got[i] += r;
			}
		}
	}
	CHECK_EQ(sa_poll(fd[0], READABLE, 0), 0);
}

KTAP_TEST(send__blocking, ALL)
{
	int fd[2];
	pid_t pid;

	sa_pair(fd);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		static unsigned char buf[32 << 20];

		close(fd[SERVER]);
		sa_pattern(buf, sizeof(buf), 0);
		CHECK_EQ(CHECK_OK(send(fd[CLIENT], buf, sizeof(buf), 0)),
			 sizeof(buf));
		_exit(0);
	}
	close(fd[CLIENT]);
	sa_wait_asleep(pid);
	sa_recv_all(fd[SERVER], 32 << 20, 0);
	sa_reap(pid);
	sa_recv_eof(fd[SERVER]);
}

KTAP_TEST(send__nothing, ALL)
{
	int fd[2];

	sa_pair(fd);
	CHECK_EQ(CHECK_OK(send(fd[CLIENT], "", 0, 0)), 0);
	CHECK_EQ(CHECK_OK(write(fd[CLIENT], "", 0)), 0);
	sa_send_all(fd[CLIENT], 1, 0);
	sa_recv_all(fd[SERVER], 1, 0);
}

/* Fill it, drain it, and every octet is there. */
KTAP_TEST(send__would_block, ALL)
{
	size_t n, again;
	int fd[2];

	sa_pair(fd);
	n = sa_fill(fd[CLIENT], 0);
	CHECK_GE(n, 65536);
	CHECK_ERR(send(fd[CLIENT], "x", 1, 0), EAGAIN);
	CHECK_ERR(send(fd[CLIENT], "x", 1, MSG_DONTWAIT), EAGAIN);
	sa_drain(fd[SERVER], n, 0);
	sa_wait(fd[CLIENT], POLLOUT);
	again = sa_fill(fd[CLIENT], n);
	CHECK_GE(again, 1);
	sa_drain(fd[SERVER], again, n);
}

KTAP_TEST(send__takes_part, ALL)
{
	static unsigned char buf[32 << 20];
	int fd[2];
	ssize_t r;

	sa_pair(fd);
	sa_pattern(buf, sizeof(buf), 0);
	r = CHECK_OK(send(fd[CLIENT], buf, sizeof(buf), MSG_DONTWAIT));
	CHECK(r > 0 && (size_t)r < sizeof(buf));
	sa_drain(fd[SERVER], r, 0);
}

KTAP_TEST(send__timeout, ALL)
{
	struct timeval tv = { .tv_usec = 50000 };
	long long t;
	int fd[2];

	sa_pair(fd);
	CHECK_OK(setsockopt(fd[CLIENT], SOL_SOCKET, SO_SNDTIMEO, &tv,
			    sizeof(tv)));
	sa_fill(fd[CLIENT], 0);
	sa_nonblock(fd[CLIENT], false);
	t = sa_now_ms();
	CHECK_ERR(send(fd[CLIENT], "x", 1, 0), EAGAIN);
	CHECK_GE(sa_now_ms() - t, 40);
}

KTAP_TEST(send__interrupted, ALL)
{
	pid_t parent = getpid(), pid;
	int fd[2];

	sa_pair(fd);
	sa_fill(fd[CLIENT], 0);
	sa_nonblock(fd[CLIENT], false);
	sa_count_signals(SIGUSR1);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	CHECK_ERR(send(fd[CLIENT], "x", 1, 0), EINTR);
	sa_reap(pid);
}

/* A signal ends a send that has taken something: it says how much. */
KTAP_TEST(send__interrupted_part, ALL)
{
	static unsigned char buf[32 << 20];
	pid_t parent = getpid(), pid;
	int fd[2];
	ssize_t r;

	sa_pair(fd);
	sa_pattern(buf, sizeof(buf), 0);
	sa_count_signals(SIGUSR1);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	r = CHECK_OK(send(fd[CLIENT], buf, sizeof(buf), 0));
	sa_reap(pid);
	CHECK(r > 0 && (size_t)r < sizeof(buf));
	sa_drain(fd[SERVER], r, 0);
}

KTAP_TEST(send__bad_pointer, ALL)
{
	char *page, *none;
	int fd[2];

	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	none = page + 4096;
	CHECK_OK(munmap(none, 4096));
	sa_pair(fd);
	CHECK_ERR(send(fd[CLIENT], none, 100, 0), EFAULT);
	/* nothing of it was sent, and the connection goes on */
	sa_send_all(fd[CLIENT], 100, 0);
	sa_recv_all(fd[SERVER], 100, 0);
	CHECK_EQ(sa_poll(fd[SERVER], READABLE, 0), 0);
}

KTAP_TEST(send__unconnected, ALL)
{
	int fd = sa_socket(CLIENT);
	struct addr a;

	CHECK_ERR(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	sa_count_signals(SIGPIPE);
	CHECK_ERR(send(fd, "x", 1, 0), EPIPE);
	CHECK_EQ(sa_signals, 1);
	fd = sa_listen(1, &a);
	CHECK_ERR(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

KTAP_TEST(send__address_ignored, ALL)
{
	struct addr a;
	int fd[2];

	sa_pair(fd);
	sa_server_addr(&a, 9);
	CHECK_EQ(CHECK_OK(sendto(fd[CLIENT], "x", 1, 0, &a.sa, a.len)), 1);
	sa_wait(fd[SERVER], POLLIN);
}

KTAP_TEST(send__iov, ALL)
{
	static unsigned char buf[30000];
	struct iovec iov[5] = {
		{ buf, 1 }, { buf + 1, 4999 }, { buf + 5000, 0 },
		{ buf + 5000, 20000 }, { buf + 25000, 5000 },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 5 };
	int fd[2];

	sa_pair(fd);
	sa_pattern(buf, sizeof(buf), 0);
	CHECK_EQ(CHECK_OK(sendmsg(fd[CLIENT], &msg, 0)), sizeof(buf));
	sa_recv_all(fd[SERVER], sizeof(buf), 0);
	CHECK_EQ(CHECK_OK(writev(fd[SERVER], iov, 5)), sizeof(buf));
	memset(buf, 0, sizeof(buf));
	CHECK_EQ(CHECK_OK(recvmsg(fd[CLIENT], &msg, MSG_WAITALL)), sizeof(buf));
	CHECK(sa_check_pattern(buf, sizeof(buf), 0));
}

/* MSG_MORE holds a part of a segment back until more comes. */
KTAP_TEST(send__more, ALL)
{
	int fd[2], n;

	sa_pair(fd);
	CHECK_EQ(CHECK_OK(send(fd[CLIENT], "ab", 2, MSG_MORE)), 2);
	CHECK_OK(ioctl(fd[CLIENT], SIOCOUTQNSD, &n));
	CHECK_EQ(n, 2);
	CHECK_EQ(CHECK_OK(send(fd[CLIENT], "cd", 2, 0)), 2);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_OK(ioctl(fd[SERVER], FIONREAD, &n));
	CHECK_EQ(n, 4);
}

/* recv() */

KTAP_TEST(recv__unconnected, ALL)
{
	int fd = sa_socket(CLIENT);
	struct addr a;
	char b;

	CHECK_ERR(recv(fd, &b, 1, 0), ENOTCONN);
	fd = sa_listen(1, &a);
	CHECK_ERR(recv(fd, &b, 1, 0), ENOTCONN);
}

KTAP_TEST(recv__would_block, ALL)
{
	int fd[2];
	char b;

	sa_pair(fd);
	CHECK_ERR(recv(fd[CLIENT], &b, 1, MSG_DONTWAIT), EAGAIN);
	sa_nonblock(fd[CLIENT], true);
	CHECK_ERR(recv(fd[CLIENT], &b, 1, 0), EAGAIN);
	CHECK_ERR(read(fd[CLIENT], &b, 1), EAGAIN);
}

KTAP_TEST(recv__timeout, ALL)
{
	struct timeval tv = { .tv_usec = 50000 };
	long long t;
	int fd[2];
	char b;

	sa_pair(fd);
	CHECK_OK(setsockopt(fd[CLIENT], SOL_SOCKET, SO_RCVTIMEO, &tv,
			    sizeof(tv)));
	t = sa_now_ms();
	CHECK_ERR(recv(fd[CLIENT], &b, 1, 0), EAGAIN);
	CHECK_GE(sa_now_ms() - t, 40);
}

KTAP_TEST(recv__blocks, ALL)
{
	pid_t parent = getpid(), pid;
	int fd[2];
	char b;

	sa_pair(fd);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		CHECK_EQ(write(fd[SERVER], "q", 1), 1);
		_exit(0);
	}
	CHECK_EQ(CHECK_OK(recv(fd[CLIENT], &b, 1, 0)), 1);
	CHECK_EQ(b, 'q');
	sa_reap(pid);
}

KTAP_TEST(recv__interrupted, ALL)
{
	pid_t parent = getpid(), pid;
	int fd[2];
	char b;

	sa_pair(fd);
	sa_count_signals(SIGUSR1);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	CHECK_ERR(recv(fd[CLIENT], &b, 1, 0), EINTR);
	sa_reap(pid);
}

KTAP_TEST(recv__peek, ALL)
{
	unsigned char buf[20000];
	int fd[2], i;

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 10000, 0);
	for (i = 0; i < 3; i++) {
		sa_wait(fd[SERVER], POLLIN);
		CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, 10000,
				       MSG_PEEK | MSG_WAITALL)), 10000);
		CHECK(sa_check_pattern(buf, 10000, 0));
	}
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, 10, MSG_PEEK)), 10);
	CHECK(sa_check_pattern(buf, 10, 0));
	sa_recv_all(fd[SERVER], 5000, 0);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, sizeof(buf), MSG_PEEK)), 5000);
	CHECK(sa_check_pattern(buf, 5000, 5000));
	sa_recv_all(fd[SERVER], 5000, 5000);
	CHECK_ERR(recv(fd[SERVER], buf, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	close(fd[CLIENT]);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, 1, MSG_PEEK)), 0);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, 1, 0)), 0);
}

KTAP_TEST(recv__waitall, ALL)
{
	static unsigned char buf[200000];
	int fd[2], i;
	pid_t pid;

	sa_pair(fd);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		close(fd[SERVER]);
		for (i = 0; i < 20; i++) {
			sa_wait_asleep(getppid());
			sa_send_all(fd[CLIENT], 10000, i * 10000);
		}
		_exit(0);
	}
	close(fd[CLIENT]);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, sizeof(buf), MSG_WAITALL)),
		 sizeof(buf));
	CHECK(sa_check_pattern(buf, sizeof(buf), 0));
	sa_reap(pid);
	/* end of stream ends the wait */
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, 10, MSG_WAITALL)), 0);
}

KTAP_TEST(recv__waitall_eof, ALL)
{
	char buf[100];
	int fd[2];

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 60, 0);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, 100, MSG_WAITALL)), 60);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, 100, MSG_WAITALL)), 0);
}

KTAP_TEST(recv__waitall_timeout, ALL)
{
	struct timeval tv = { .tv_usec = 50000 };
	char buf[100];
	int fd[2];

	sa_pair(fd);
	CHECK_OK(setsockopt(fd[SERVER], SOL_SOCKET, SO_RCVTIMEO, &tv,
			    sizeof(tv)));
	sa_send_all(fd[CLIENT], 60, 0);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, 100, MSG_WAITALL)), 60);
	CHECK_ERR(recv(fd[SERVER], buf, 100, MSG_WAITALL), EAGAIN);
}

/* MSG_TRUNC throws octets away instead of copying them. */
KTAP_TEST(recv__trunc, ALL)
{
	int fd[2];
	char b = 7;

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 10000, 0);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], &b, 4000,
			       MSG_TRUNC | MSG_WAITALL)), 4000);
	CHECK_EQ(b, 7);
	sa_recv_all(fd[SERVER], 6000, 4000);
	CHECK_ERR(recv(fd[SERVER], &b, 1, MSG_TRUNC | MSG_DONTWAIT), EAGAIN);
}

KTAP_TEST(recv__oob, ALL)
{
	int fd[2];
	char b;

	sa_pair(fd);
	CHECK_ERR(recv(fd[CLIENT], &b, 1, MSG_OOB), EINVAL);
	sa_send_all(fd[SERVER], 10, 0);
	sa_wait(fd[CLIENT], POLLIN);
	CHECK_ERR(recv(fd[CLIENT], &b, 1, MSG_OOB), EINVAL);
	sa_recv_all(fd[CLIENT], 10, 0);
}

KTAP_TEST(recv__error_queue, ALL)
{
	int fd[2];
	char b;

	sa_pair(fd);
	sa_send_all(fd[SERVER], 10, 0);
	sa_wait(fd[CLIENT], POLLIN);
	CHECK_ERR(recv(fd[CLIENT], &b, 1, MSG_ERRQUEUE), EAGAIN);
	sa_recv_all(fd[CLIENT], 10, 0);
}

KTAP_TEST(recv__nothing, ALL)
{
	int fd[2];

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 10, 0);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], "", 0, 0)), 0);
	sa_recv_all(fd[SERVER], 10, 0);
	CHECK_ERR(recv(fd[SERVER], "", 0, MSG_DONTWAIT), EAGAIN);
}

KTAP_TEST(recv__bad_pointer, ALL)
{
	char *page, *none;
	int fd[2];

	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	none = page + 4096;
	CHECK_OK(munmap(none, 4096));
	sa_pair(fd);
	sa_send_all(fd[CLIENT], 100, 0);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_ERR(recv(fd[SERVER], none, 100, 0), EFAULT);
	sa_recv_all(fd[SERVER], 100, 0);
}

KTAP_TEST(recv__from, ALL)
{
	struct addr a = { .len = sizeof(a.ss) };
	int fd[2];
	char b;

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 1, 0);
	sa_wait(fd[SERVER], POLLIN);
	/* a stream socket names nobody */
	CHECK_EQ(CHECK_OK(recvfrom(fd[SERVER], &b, 1, 0, &a.sa, &a.len)), 1);
	CHECK_EQ(a.len, 0);
}

KTAP_TEST(recv__lowat_poll, ALL)
{
	int fd[2], n, small = 50, big = 100;

	sa_pair(fd);
	CHECK_EQ(sa_getopt(fd[SERVER], SOL_SOCKET, SO_RCVLOWAT), 1);
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_RCVLOWAT, big));
	CHECK_EQ(sa_getopt(fd[SERVER], SOL_SOCKET, SO_RCVLOWAT), big);
	sa_send_all(fd[CLIENT], small, 0);
	do {
		CHECK_OK(ioctl(fd[SERVER], FIONREAD, &n));
	} while (n < small && poll(NULL, 0, 1) == 0);
	CHECK_EQ(sa_poll(fd[SERVER], ANY_BIT, 0), WRITABLE);
	sa_send_all(fd[CLIENT], small, small);
	sa_expect(fd[SERVER], READABLE | WRITABLE);
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_RCVLOWAT, big + 1));
	sa_expect(fd[SERVER], WRITABLE);
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_RCVLOWAT, 1));
	CHECK_EQ(sa_poll(fd[SERVER], ANY_BIT, 0), READABLE | WRITABLE);
}

/* More than the window holds: it cannot get better until some is read. */
KTAP_TEST(recv__lowat_too_much, ALL)
{
	size_t n;
	int fd[2];

	sa_pair(fd);
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_RCVBUF, 20000));
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_RCVLOWAT, 100 << 20));
	n = sa_fill(fd[CLIENT], 0);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_RCVLOWAT, 1));
	sa_drain(fd[SERVER], n, 0);
}

KTAP_TEST(recv__lowat_blocks, ALL)
{
	pid_t parent = getpid(), pid;
	char buf[200];
	int fd[2];

	sa_pair(fd);
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_RCVLOWAT, 100));
	sa_send_all(fd[CLIENT], 50, 0);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		sa_wait_asleep(parent);
		sa_send_all(fd[CLIENT], 100, 50);
		_exit(0);
	}
	CHECK_EQ(CHECK_OK(recv(fd[SERVER], buf, 200, 0)), 150);
	sa_reap(pid);
}

/* Packets get time stamps from soon after the first socket asked for them. */
KTAP_TEST(recv__timestamp, V4 | V6)
{
	char b, control[256];
	struct iovec iov = { &b, 1 };
	struct cmsghdr *c = NULL;
	unsigned int ticks = 0;
	struct msghdr msg;
	int fd[2];

	sa_pair(fd);
	CHECK_OK(sa_setopt(fd[SERVER], SOL_SOCKET, SO_TIMESTAMP, 1));
	while (!c) {
		CHECK(sa_tick(&ticks));
		sa_send_all(fd[CLIENT], 1, 0);
		sa_wait(fd[SERVER], POLLIN);
		msg = (struct msghdr){
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		CHECK_EQ(CHECK_OK(recvmsg(fd[SERVER], &msg, 0)), 1);
		c = CMSG_FIRSTHDR(&msg);
	}
	CHECK_EQ(c->cmsg_level, SOL_SOCKET);
	CHECK_EQ(c->cmsg_type, SO_TIMESTAMP);
}

/* ioctl() */

KTAP_TEST(ioctl__inq, ALL)
{
	struct addr a;
	int fd[2], n, lfd = sa_listen(1, &a);

	CHECK_ERR(ioctl(lfd, SIOCINQ, &n), EINVAL);
	sa_pair(fd);
	CHECK_OK(ioctl(fd[SERVER], SIOCINQ, &n));
	CHECK_EQ(n, 0);
	sa_send_all(fd[CLIENT], 1000, 0);
	sa_wait(fd[SERVER], POLLIN);
	CHECK_OK(ioctl(fd[SERVER], SIOCINQ, &n));
	CHECK_EQ(n, 1000);
	sa_recv_all(fd[SERVER], 400, 0);
	CHECK_OK(ioctl(fd[SERVER], FIONREAD, &n));
	CHECK_EQ(n, 600);
	CHECK_ERR(ioctl(fd[SERVER], 0x12345, &n), ENOTTY);
}

KTAP_TEST(ioctl__outq, ALL)
{
	struct addr a;
	int fd[2], n, lfd = sa_listen(1, &a);
	unsigned int ticks = 0;
	size_t filled;

	CHECK_ERR(ioctl(lfd, SIOCOUTQ, &n), EINVAL);
	sa_pair(fd);
	CHECK_OK(ioctl(fd[CLIENT], SIOCOUTQ, &n));
	CHECK_EQ(n, 0);
	filled = sa_fill(fd[CLIENT], 0);
	CHECK_OK(ioctl(fd[CLIENT], SIOCOUTQ, &n));
	CHECK(n > 0);
	CHECK_OK(ioctl(fd[CLIENT], SIOCOUTQNSD, &n));
	CHECK(n > 0);
	sa_drain(fd[SERVER], filled, 0);
	do {
		CHECK(sa_tick(&ticks));
		CHECK_OK(ioctl(fd[CLIENT], SIOCOUTQ, &n));
	} while (n);
	CHECK_OK(ioctl(fd[CLIENT], SIOCOUTQNSD, &n));
	CHECK_EQ(n, 0);
}

/* sendfile() and splice() */

static int pattern_file(size_t len)
{
	static unsigned char buf[1 << 20];
	int fd = CHECK_OK(memfd_create("pattern", MFD_CLOEXEC));

	CHECK(len <= sizeof(buf));
	sa_pattern(buf, len, 0);
	CHECK_EQ(write(fd, buf, len), len);
	return fd;
}

KTAP_TEST(sendfile__file, ALL)
{
	size_t len = 777777;
	int fd[2], file = pattern_file(len);
	off_t off = 0;
	pid_t pid;

	sa_pair(fd);
	pid = CHECK_OK(fork());
	if (pid == 0) {
		close(fd[SERVER]);
		while ((size_t)off < len)
			CHECK_OK(sendfile(fd[CLIENT], file, &off, len - off));
		_exit(0);
	}
	close(fd[CLIENT]);
	sa_recv_all(fd[SERVER], len, 0);
	sa_reap(pid);
	sa_recv_eof(fd[SERVER]);
}

/* A count beyond the end of the file: its last part must not be held back. */
KTAP_TEST(sendfile__past_end, ALL)
{
	int fd[2], file = pattern_file(5000);
	off_t off = 0;

	sa_pair(fd);
	CHECK_EQ(CHECK_OK(sendfile(fd[CLIENT], file, &off, 100000)), 5000);
	sa_recv_all(fd[SERVER], 5000, 0);
}

KTAP_TEST(sendfile__nonblock, ALL)
{
	int fd[2], file = pattern_file(1 << 20), rounds;
	size_t total = 0;
	ssize_t r = 0;
	off_t off;

	sa_pair(fd);
	sa_nonblock(fd[CLIENT], true);
	for (rounds = 0; rounds < 100; rounds++) {
		off = 0;
		r = sendfile(fd[CLIENT], file, &off, 1 << 20);
		if (r < 0)
			break;
		total += r;
		if (r != 1 << 20)
			break;
	}
	CHECK(rounds < 100);
	if (r < 0)
		CHECK_EQ(errno, EAGAIN);
	CHECK(total > 0);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	while (total) {
		size_t n = total < 1 << 20 ? total : 1 << 20;

		sa_recv_all(fd[SERVER], n, 0);
		total -= n;
	}
	sa_recv_eof(fd[SERVER]);
}

KTAP_TEST(splice__out, ALL)
{
	unsigned char buf[30000];
	int fd[2], p[2];

	sa_pair(fd);
	CHECK_OK(pipe(p));
	sa_pattern(buf, sizeof(buf), 0);
	CHECK_EQ(write(p[1], buf, sizeof(buf)), sizeof(buf));
	CHECK_EQ(CHECK_OK(splice(p[0], NULL, fd[CLIENT], NULL, sizeof(buf),
				 0)), sizeof(buf));
	sa_recv_all(fd[SERVER], sizeof(buf), 0);
}

KTAP_TEST(splice__in, ALL)
{
	unsigned char buf[30000];
	size_t got = 0;
	int fd[2], p[2];
	ssize_t r;

	sa_pair(fd);
	CHECK_OK(pipe(p));
	sa_send_all(fd[CLIENT], sizeof(buf), 0);
	while (got < sizeof(buf)) {
		r = CHECK_OK(splice(fd[SERVER], NULL, p[1], NULL,
				    sizeof(buf) - got, 0));
		CHECK_NE(r, 0);
		CHECK_EQ(read(p[0], buf, r), r);
		CHECK(sa_check_pattern(buf, r, got));
		got += r;
	}
	close(fd[CLIENT]);
	CHECK_EQ(CHECK_OK(splice(fd[SERVER], NULL, p[1], NULL, 1, 0)), 0);
}
