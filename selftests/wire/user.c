// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs on D. No call blocks: what has to be waited for is waited for with
 * poll() and a limit, so that the peer, in the same thread, can act in between.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "wire.h"

#define WAIT_MS 2000

int fd = -1, lfd = -1;
static u32 written, taken;	/* of the stream of fd */

socklen_t sockaddr_of(struct sockaddr_storage *ss, const struct in6_addr *a,
		      int port)
{
	struct sockaddr_in6 *six = (void *)ss;
	struct sockaddr_in *four = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (v6) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		if (a)
			six->sin6_addr = *a;
		return sizeof(*six);
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(port);
	if (a)
		memcpy(&four->sin_addr, &a->s6_addr[12], 4);
	return sizeof(*four);
}

static int new_socket(void)
{
	int one = 1;
	int s = socket(v6 ? AF_INET6 : AF_INET,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);

	if (s < 0)
		fail_("socket: %s", strerror(errno));
	if (setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		fail_("SO_REUSEADDR: %s", strerror(errno));
	return s;
}

/* What is open at a script's end is aborted, so that nothing outlives it. */
void user_end(void)
{
	struct linger abort = { .l_onoff = 1 };
	int s;

	for (s = 3; s < 256; s++)
		setsockopt(s, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
}

void user_socket_(void)
{
	fd = new_socket();
	written = taken = 0;
}

void user_listen_(int backlog)
{
	struct sockaddr_storage ss;
	socklen_t len = sockaddr_of(&ss, NULL, DPORT);

	if (lfd < 0) {
		lfd = new_socket();
		if (bind(lfd, (struct sockaddr *)&ss, len))
			fail_("bind: %s", strerror(errno));
	}
	trace("! listen(%d)", backlog);
	if (listen(lfd, backlog))
		fail_("listen: %s", strerror(errno));
}

static bool wait_for(int s, int events, int ms)
{
	struct pollfd p = { .fd = s, .events = events };

	return poll(&p, 1, ms) == 1;
}

void user_accept_(void)
{
	wait_for(lfd, POLLIN, WAIT_MS);
	trace("! accept()");
	fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		fail_("accept: %s", strerror(errno));
	written = taken = 0;
}

void user_accept_none_(void)
{
	int s = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	trace("! accept() in vain");
	if (s >= 0)
		fail_("accept() gives a connection");
	if (errno != EAGAIN)
		fail_("accept: %s", strerror(errno));
}

void user_connect_(void)
{
	struct sockaddr_storage ss;
	struct sockaddr_in6 *six = (void *)&ss;
	struct sockaddr_in *four = (void *)&ss;
	socklen_t len = sockaddr_of(&ss, &P->addr, P->port);
	int result;

	if (fd < 0)
		user_socket_();
	trace("! connect()");
	event_now();
	result = connect(fd, (struct sockaddr *)&ss, len);
	if (result == 0 || errno != EINPROGRESS)
		fail_("connect: %s instead of %s",
		      result ? strerror(errno) : "success",
		      strerror(EINPROGRESS));
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len))
		fail_("getsockname: %s", strerror(errno));
	P->dport = ntohs(v6 ? six->sin6_port : four->sin_port);
}

static int so_error(void)
{
	socklen_t len = sizeof(int);
	int err = -1;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		fail_("SO_ERROR: %s", strerror(errno));
	return err;
}

void user_connected_(void)
{
	int err;

	wait_for(fd, POLLOUT, WAIT_MS);
	if (!wait_for(fd, POLLOUT, 0))
		fail_("connect() is not done");
	err = so_error();
	trace("! connect() is done: %s", strerror(err));
	if (err)
		fail_("connect: %s", strerror(err));
}

void user_connect_fails_(int want)
{
	int err;

	if (!wait_for(fd, POLLOUT, WAIT_MS))
		fail_("connect() is not done");
	err = so_error();
	trace("! connect() is done: %s", strerror(err));
	if (err != want)
		fail_("connect: %s instead of %s", strerror(err),
		      strerror(want));
}

static ssize_t put(u32 len, int flags)
{
	u8 *buf = malloc(len);
	ssize_t n;
	u32 i;

	for (i = 0; i < len; i++)
		buf[i] = stream_octet(written + i);
	event_now();
	n = send(fd, buf, len, MSG_NOSIGNAL | flags);
	if (n > 0)
		written += n;
	free(buf);
	return n;
}

static void put_all(u32 len, int flags)
{
	ssize_t n;

	trace("! write(%u)", len);
	n = put(len, flags);
	if (n < 0)
		fail_("write: %s", strerror(errno));
	if (n != (ssize_t)len)
		fail_("write: %zd of %u octets", n, len);
}

void user_write_(u32 len)
{
	put_all(len, 0);
}

void user_write_more_(u32 len)
{
	put_all(len, MSG_MORE);
}

bool user_urgent;

void user_write_urgent_(u32 len)
{
	user_urgent = true;
	put_all(len, MSG_OOB);
}

void user_read_urgent_(u32 pos)
{
	ssize_t n;
	u8 c;

	trace("! recv(MSG_OOB)");
	event_now();
	n = recv(fd, &c, 1, MSG_OOB);
	if (n != 1)
		fail_("recv(MSG_OOB): %s", n ? strerror(errno) : "nothing");
	if (c != stream_octet(pos))
		fail_("the urgent octet is not octet %u of P's stream", pos);
}

void user_urgent_fails_(int want)
{
	ssize_t n;
	int err;
	u8 c;

	trace("! recv(MSG_OOB) fails");
	n = recv(fd, &c, 1, MSG_OOB);
	err = errno;
	if (n >= 0)
		fail_("recv(MSG_OOB): %zd instead of %s", n, strerror(want));
	if (err != want)
		fail_("recv(MSG_OOB): %s instead of %s", strerror(err),
		      strerror(want));
}

void user_skip_(void)
{
	taken++;
}

void user_at_mark_(int want)
{
	int at = sockatmark(fd);

	if (at != want)
		fail_("sockatmark() is %d, not %d", at, want);
}

static volatile sig_atomic_t sigurgs;

static void on_sigurg(int sig)
{
	(void)sig;
	sigurgs++;
}

int user_sigurg(void)
{
	int n = sigurgs;

	signal(SIGURG, on_sigurg);
	if (fcntl(fd, F_SETOWN, getpid()))
		fail_("F_SETOWN: %s", strerror(errno));
	sigurgs = 0;
	return n;
}

u32 user_fill_(void)
{
	u32 sum = 0;
	ssize_t n;

	while ((n = put(65536, 0)) > 0)
		sum += n;
	trace("! write() until full: %u", sum);
	return sum;
}

void user_write_fails_(int want)
{
	ssize_t n = put(1, 0);
	int err = errno;

	trace("! write() fails");
	if (n >= 0)
		fail_("write() works instead of %s", strerror(want));
	if (err != want)
		fail_("write: %s instead of %s", strerror(err), strerror(want));
}

void user_read_(u32 len)
{
	u8 *buf = malloc(len);
	u32 have = 0, i;
	ssize_t n;

	trace("! read(%u)", len);
	event_now();
	while (have < len) {
		n = recv(fd, buf + have, len - have, 0);
		if (n < 0 && errno == EAGAIN && wait_for(fd, POLLIN, WAIT_MS))
			continue;
		if (n <= 0)
			fail_("read: %s, after %u of %u octets",
			      n ? strerror(errno) : "end of stream", have, len);
		have += n;
	}
	for (i = 0; i < len; i++)
		if (buf[i] != stream_octet(taken + i))
			fail_("octet %u of P's stream is wrong", taken + i);
	taken += len;
	free(buf);
}

void user_read_eof_(void)
{
	ssize_t n;
	u8 c;

	wait_for(fd, POLLIN, WAIT_MS);
	trace("! read() at the end");
	n = recv(fd, &c, 1, 0);
	if (n)
		fail_("read: %s instead of end of stream",
		      n < 0 ? strerror(errno) : "text");
}

void user_read_fails_(int want)
{
	ssize_t n;
	int err;
	u8 c;

	if (want != EAGAIN)
		wait_for(fd, POLLIN, WAIT_MS);
	trace("! read() fails");
	n = recv(fd, &c, 1, 0);
	err = errno;
	if (n >= 0)
		fail_("read: %s instead of %s", n ? "text" : "end of stream",
		      strerror(want));
	if (err != want)
		fail_("read: %s instead of %s", strerror(err), strerror(want));
}

void user_shutdown_(void)
{
	trace("! shutdown(SHUT_WR)");
	event_now();
	if (shutdown(fd, SHUT_WR))
		fail_("shutdown: %s", strerror(errno));
}

void user_close_(void)
{
	trace("! close()");
	event_now();
	close(fd);
	fd = -1;
}

void user_close_listener_(void)
{
	trace("! close() of the listener");
	event_now();
	close(lfd);
	lfd = -1;
}

void user_abort_(void)
{
	struct linger l = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)))
		fail_("SO_LINGER: %s", strerror(errno));
	user_close_();
}

void user_sockopt_(int s, int level, int opt, int val)
{
	trace("! setsockopt(%d, %d, %d)", level, opt, val);
	event_now();
	if (setsockopt(s, level, opt, &val, sizeof(val)))
		fail_("setsockopt(%d, %d): %s", level, opt, strerror(errno));
}

void user_set_(int opt, int val)
{
	user_sockopt_(fd, proto, opt, val);
}

void user_poll_(int events)
{
	struct pollfd p = { .fd = fd, .events = 0x7fff };

	if (poll(&p, 1, 0) < 0)
		fail_("poll: %s", strerror(errno));
	p.revents &= POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP | POLLPRI;
	if (p.revents != events)
		fail_("poll() says 0x%x, not 0x%x", p.revents, events);
}
