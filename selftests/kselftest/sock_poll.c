// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases of sock_api: poll(), select(), epoll and SIGIO: exactly the bits that
 * TCP shows, in every situation, and a wake-up for every change.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include "sock_api.h"

#define BITS(fd)	sa_poll(fd, ANY_BIT, 0)

KTAP_TEST(poll__fresh, ALL)
{
	int fd = sa_socket(CLIENT);
	struct addr a;

	CHECK_EQ(BITS(fd), WRITABLE | POLLHUP);
	sa_any(&a, 0);
	CHECK_OK(bind(fd, &a.sa, a.len));
	CHECK_EQ(BITS(fd), WRITABLE | POLLHUP);
}

KTAP_TEST(poll__listener, ALL)
{
	struct addr a;
	int fd = sa_listen(4, &a);

	CHECK_EQ(BITS(fd), 0);
	sa_connect(&a);
	sa_connect(&a);
	sa_expect(fd, READABLE);
	sa_accept(fd);
	sa_expect(fd, READABLE);
	sa_accept(fd);
	CHECK_EQ(BITS(fd), 0);
	CHECK_OK(shutdown(fd, SHUT_RD));
	CHECK_EQ(BITS(fd), WRITABLE | POLLHUP);
}

KTAP_TEST(poll__connecting, ALL)
{
	int fd = sa_socket_nonblock(CLIENT);
	struct addr a;

	sa_silent_addr(&a);
	CHECK_ERR(connect(fd, &a.sa, a.len), EINPROGRESS);
	CHECK_EQ(BITS(fd), 0);
}

KTAP_TEST(poll__connected, ALL)
{
	int fd[2];

	sa_pair(fd);
	CHECK_EQ(BITS(fd[CLIENT]), WRITABLE);
	CHECK_EQ(BITS(fd[SERVER]), WRITABLE);
	/* only what was asked for */
	CHECK_EQ(sa_poll(fd[CLIENT], POLLIN, 0), 0);
	CHECK_EQ(sa_poll(fd[CLIENT], POLLOUT, 0), POLLOUT);
}

KTAP_TEST(poll__data, ALL)
{
	int fd[2];

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 100, 0);
	sa_expect(fd[SERVER], READABLE | WRITABLE);
	sa_recv_all(fd[SERVER], 99, 0);
	CHECK_EQ(BITS(fd[SERVER]), READABLE | WRITABLE);
	sa_recv_all(fd[SERVER], 1, 99);
	CHECK_EQ(BITS(fd[SERVER]), WRITABLE);
}

KTAP_TEST(poll__peer_shut, ALL)
{
	int fd[2];

	sa_pair(fd);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	sa_expect(fd[SERVER], READABLE | WRITABLE | POLLRDHUP);
	sa_recv_eof(fd[SERVER]);
	CHECK_EQ(BITS(fd[SERVER]), READABLE | WRITABLE | POLLRDHUP);
	/* FIN-WAIT: not readable, and writing fails at once */
	sa_expect(fd[CLIENT], WRITABLE);
}

KTAP_TEST(poll__both_shut, ALL)
{
	int fd[2];

	sa_pair(fd);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	sa_expect(fd[SERVER], READABLE | WRITABLE | POLLRDHUP);
	CHECK_OK(shutdown(fd[SERVER], SHUT_WR));
	sa_expect(fd[SERVER], READABLE | WRITABLE | POLLRDHUP | POLLHUP);
	sa_expect(fd[CLIENT], READABLE | WRITABLE | POLLRDHUP | POLLHUP);
}

KTAP_TEST(poll__read_shut, ALL)
{
	int fd[2];

	sa_pair(fd);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_RD));
	CHECK_EQ(BITS(fd[CLIENT]), READABLE | WRITABLE | POLLRDHUP);
	CHECK_EQ(BITS(fd[SERVER]), WRITABLE);
}

KTAP_TEST(poll__reset, ALL)
{
	int fd[2];

	sa_pair(fd);
	sa_abort(fd[CLIENT]);
	sa_expect(fd[SERVER],
		  READABLE | WRITABLE | POLLRDHUP | POLLERR | POLLHUP);
	CHECK_EQ(sa_so_error(fd[SERVER]), ECONNRESET);
	CHECK_EQ(BITS(fd[SERVER]), READABLE | WRITABLE | POLLRDHUP | POLLHUP);
}

KTAP_TEST(poll__full, ALL)
{
	size_t n;
	int fd[2];

	sa_pair(fd);
	n = sa_fill(fd[CLIENT], 0);
	sa_expect(fd[CLIENT], 0);
	sa_drain(fd[SERVER], n, 0);
	sa_expect(fd[CLIENT], WRITABLE);
}

/* Does a sleeping poll() wake? @events of @fd after the child called @act. */
static void wakes(int fd, int events, void (*act)(int arg), int arg)
{
	pid_t parent = getpid(), pid = CHECK_OK(fork());

	if (pid == 0) {
		sa_wait_asleep(parent);
		act(arg);
		_exit(0);
	}
	sa_wait(fd, events);
	sa_reap(pid);
}

static void act_send(int fd)
{
	sa_send_all(fd, 10, 0);
}

static void act_shut(int fd)
{
	CHECK_OK(shutdown(fd, SHUT_WR));
}

static void act_shut_read(int fd)
{
	CHECK_OK(shutdown(fd, SHUT_RD));
}

static struct addr connect_to;

static void act_connect(int arg)
{
	(void)arg;
	sa_connect(&connect_to);
}

static void act_abort(int fd)
{
	struct sockaddr un = { .sa_family = AF_UNSPEC };

	CHECK_OK(connect(fd, &un, sizeof(un)));
}

static size_t filled;

static void act_drain(int fd)
{
	sa_drain(fd, filled, 0);
}

KTAP_TEST(poll__wakes, ALL)
{
	int lfd = sa_listen(1, &connect_to), fd[2];

	wakes(lfd, POLLIN, act_connect, 0);
	sa_pair(fd);
	wakes(fd[SERVER], POLLIN, act_send, fd[CLIENT]);
	sa_recv_all(fd[SERVER], 10, 0);
	wakes(fd[SERVER], POLLRDHUP, act_shut, fd[CLIENT]);
	wakes(fd[CLIENT], POLLIN, act_shut_read, fd[CLIENT]);
	sa_pair(fd);
	filled = sa_fill(fd[CLIENT], 0);
	wakes(fd[CLIENT], POLLOUT, act_drain, fd[SERVER]);
	wakes(fd[SERVER], POLLERR, act_abort, fd[CLIENT]);
}

KTAP_TEST(select__bits, ALL)
{
	struct timeval tv = { .tv_sec = 20 };
	fd_set r, w, x;
	int fd[2];

	sa_pair(fd);
	sa_send_all(fd[CLIENT], 1, 0);
	FD_ZERO(&r);
	FD_SET(fd[SERVER], &r);
	CHECK_EQ(CHECK_OK(select(fd[SERVER] + 1, &r, NULL, NULL, &tv)), 1);
	FD_ZERO(&w);
	FD_ZERO(&x);
	FD_SET(fd[SERVER], &w);
	FD_SET(fd[SERVER], &x);
	CHECK_EQ(CHECK_OK(select(fd[SERVER] + 1, &r, &w, &x, &tv)), 2);
	CHECK(FD_ISSET(fd[SERVER], &r));
	CHECK(FD_ISSET(fd[SERVER], &w));
	CHECK(!FD_ISSET(fd[SERVER], &x));
}

/* epoll */

static int ep_new(int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };
	int ep = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));

	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	return ep;
}

/* The events that epoll reports within @ms; 0: none. */
static unsigned int ep_next(int ep, int ms)
{
	struct epoll_event ev;

	return CHECK_OK(epoll_wait(ep, &ev, 1, ms)) ? ev.events : 0;
}

KTAP_TEST(epoll__level, ALL)
{
	int fd[2], ep;

	sa_pair(fd);
	ep = ep_new(fd[SERVER], EPOLLIN | EPOLLRDHUP);
	CHECK_EQ(ep_next(ep, 0), 0);
	sa_send_all(fd[CLIENT], 10, 0);
	CHECK_EQ(ep_next(ep, DEADLINE), EPOLLIN);
	CHECK_EQ(ep_next(ep, 0), EPOLLIN);
	sa_recv_all(fd[SERVER], 10, 0);
	CHECK_EQ(ep_next(ep, 0), 0);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	CHECK_EQ(ep_next(ep, DEADLINE), EPOLLIN | EPOLLRDHUP);
}

/* Each arrival is an edge, even when the one before was not read. */
KTAP_TEST(epoll__edge_read, ALL)
{
	int fd[2], ep, i;

	sa_pair(fd);
	ep = ep_new(fd[SERVER], EPOLLIN | EPOLLRDHUP | EPOLLET);
	for (i = 0; i < 20; i++) {
		CHECK_EQ(ep_next(ep, 0), 0);
		sa_send_all(fd[CLIENT], 10, i * 10);
		CHECK_EQ(ep_next(ep, DEADLINE), EPOLLIN);
	}
	CHECK_EQ(ep_next(ep, 0), 0);
	sa_recv_all(fd[SERVER], 200, 0);
	CHECK_EQ(ep_next(ep, 0), 0);
	CHECK_OK(shutdown(fd[CLIENT], SHUT_WR));
	CHECK_EQ(ep_next(ep, DEADLINE), EPOLLIN | EPOLLRDHUP);
	CHECK_EQ(ep_next(ep, 0), 0);
}

/* One edge when room comes back after EAGAIN, none for each ACK before. */
KTAP_TEST(epoll__edge_write, ALL)
{
	size_t n, pos = 0;
	int fd[2], ep, i;

	sa_pair(fd);
	ep = ep_new(fd[CLIENT], EPOLLOUT | EPOLLET);
	CHECK_EQ(ep_next(ep, DEADLINE), EPOLLOUT);
	CHECK_EQ(ep_next(ep, 0), 0);
	/* data and ACKs go by, but nobody was short of room */
	for (i = 0; i < 20; i++) {
		sa_send_all(fd[CLIENT], 10, pos);
		sa_recv_all(fd[SERVER], 10, pos);
		pos += 10;
	}
	CHECK_EQ(ep_next(ep, 0), 0);
	for (i = 0; i < 3; i++) {
		n = sa_fill(fd[CLIENT], pos);
		while (ep_next(ep, 0))
			n += sa_fill(fd[CLIENT], pos + n);
		sa_drain(fd[SERVER], n, pos);
		pos += n;
		CHECK(ep_next(ep, DEADLINE) & EPOLLOUT);
		CHECK_EQ(sa_poll(fd[CLIENT], POLLOUT, 0), POLLOUT);
	}
}

KTAP_TEST(epoll__edge_connect, ALL)
{
	struct addr a;
	int lfd = sa_listen(4, &a), c = sa_socket_nonblock(CLIENT), ep, lep;

	lep = ep_new(lfd, EPOLLIN | EPOLLET);
	CHECK_EQ(ep_next(lep, 0), 0);
	ep = ep_new(c, EPOLLIN | EPOLLOUT | EPOLLET);
	/* not connected yet: HUP and OUT, as TCP */
	CHECK_EQ(ep_next(ep, 0), EPOLLOUT | EPOLLHUP);
	CHECK_ERR(connect(c, &a.sa, a.len), EINPROGRESS);
	CHECK_EQ(ep_next(ep, DEADLINE), EPOLLOUT);
	CHECK_EQ(ep_next(lep, DEADLINE), EPOLLIN);
	CHECK_EQ(ep_next(lep, 0), 0);
	sa_connect(&a);
	CHECK_EQ(ep_next(lep, DEADLINE), EPOLLIN);
	sa_accept(lfd);
	sa_accept(lfd);
	CHECK_EQ(ep_next(lep, 0), 0);
}

KTAP_TEST(epoll__edge_reset, ALL)
{
	int fd[2], ep;

	sa_pair(fd);
	ep = ep_new(fd[SERVER], EPOLLIN | EPOLLRDHUP | EPOLLET);
	CHECK_EQ(ep_next(ep, 0), 0);
	sa_abort(fd[CLIENT]);
	CHECK_EQ(ep_next(ep, DEADLINE),
		 EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP);
}

KTAP_TEST(epoll__oneshot, ALL)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
	int fd[2], ep;

	sa_pair(fd);
	ep = ep_new(fd[SERVER], EPOLLIN | EPOLLONESHOT);
	sa_send_all(fd[CLIENT], 10, 0);
	CHECK_EQ(ep_next(ep, DEADLINE), EPOLLIN);
	sa_send_all(fd[CLIENT], 10, 10);
	CHECK_EQ(ep_next(ep, 0), 0);
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_MOD, fd[SERVER], &ev));
	CHECK_EQ(ep_next(ep, DEADLINE), EPOLLIN);
}

KTAP_TEST(sigio__data, ALL)
{
	unsigned int ticks = 0;
	int fd[2];

	sa_pair(fd);
	sa_count_signals(SIGIO);
	CHECK_OK(fcntl(fd[SERVER], F_SETOWN, getpid()));
	CHECK_OK(fcntl(fd[SERVER], F_SETFL, O_ASYNC));
	sa_send_all(fd[CLIENT], 10, 0);
	while (!sa_signals)
		CHECK(sa_tick(&ticks));
}
