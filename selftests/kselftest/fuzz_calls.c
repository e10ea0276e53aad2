// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_calls [-s SEED] [-n CALLS] [-t SECONDS] [-j THREADS]
 *
 * Random socket calls with random arguments on ITP sockets of both families,
 * from several threads that share them, in a network namespace of its own,
 * over loopback. Nothing is expected of a call but that it returns; only the
 * kernel's checkers judge. Prints the seed, what was called and how it ended.
 *
 * At most SOCKS sockets are open at once; nothing waits longer than a moment:
 * all of them are non-blocking or have short time-outs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "fuzz.h"

#define ITP		253
#define SOCKS		48
#define PORTS		6
#define STEADY_PORT	7100
#define BUF		70000

enum call {
	SOCKET, BIND, LISTEN, CONNECT, ACCEPT, SEND, SENDMSG, RECV, RECVMSG,
	READV, SETOPT, GETOPT, SHUTDOWN, CLOSE, POLL, EPOLL, IOCTL, NAMES,
	DISCONNECT, SENDFILE, FORK, DUP, CALLS
};

static const char *const names[CALLS] = {
	"socket", "bind", "listen", "connect", "accept", "send", "sendmsg",
	"recv", "recvmsg", "readv", "setsockopt", "getsockopt", "shutdown",
	"close", "poll", "epoll", "ioctl", "names", "disconnect", "sendfile",
	"fork", "dup",
};

/* How often each comes, in all about 100. */
static const unsigned char weight[CALLS] = {
	8, 4, 3, 8, 6, 14, 4, 12, 4, 2, 10, 6, 3, 6, 3, 3, 3, 2, 2, 2, 1, 1,
};

static int fds[SOCKS];
/* Listeners that stay, so that connections come about. */
static int steady[2 * PORTS];
static int ep, file;
static unsigned long limit, done[CALLS], worked[CALLS], total;
static time_t until;

struct thread {
	pthread_t id;
	uint64_t rng;
	char buf[BUF];
};

static uint32_t rnd(struct thread *t, uint32_t below)
{
	t->rng = t->rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return (t->rng >> 32) * below >> 32;
}

static int any(struct thread *t)
{
	return __atomic_load_n(&fds[rnd(t, SOCKS)], __ATOMIC_RELAXED);
}

/* A new descriptor takes a place; the one that was there is closed. */
static void keep(struct thread *t, int fd)
{
	struct timeval tv = { .tv_usec = 1000 };
	int old;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (rnd(t, 4))
		fcntl(fd, F_SETFL, O_NONBLOCK);
	old = __atomic_exchange_n(&fds[rnd(t, SOCKS)], fd, __ATOMIC_RELAXED);
	if (old >= 0)
		close(old);
}

static socklen_t address(struct thread *t, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in4 = (void *)ss;
	struct sockaddr_in6 *in6 = (void *)ss;
	static const char *const v6[] = { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1",
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
		"\0\0\0\0\0\0\0\0\0\0\377\377\177\0\0\1" };
	unsigned int i;

	memset(ss, 0, sizeof(*ss));
	if (!rnd(t, 40)) {
		for (i = 0; i < sizeof(*ss); i++)
			((char *)ss)[i] = rnd(t, 256);
		return rnd(t, sizeof(*ss) + 1);
	}
	if (rnd(t, 2)) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(rnd(t, 12) ? 7000 + rnd(t, PORTS) : 0);
		in4->sin_addr.s_addr = htonl(rnd(t, 8) ? INADDR_LOOPBACK :
					     rnd(t, 2) ? INADDR_ANY : rnd(t, ~0U));
		return sizeof(*in4);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(rnd(t, 12) ? 7000 + rnd(t, PORTS) : 0);
	memcpy(&in6->sin6_addr, v6[rnd(t, 8) ? 0 : rnd(t, 3)], 16);
	return sizeof(*in6);
}

static int do_socket(struct thread *t)
{
	int fd = socket(rnd(t, 2) ? AF_INET : AF_INET6, SOCK_STREAM |
			(rnd(t, 2) ? SOCK_NONBLOCK : 0) | SOCK_CLOEXEC, ITP);
	int one = 1;

	if (fd >= 0 && rnd(t, 2))
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	keep(t, fd);
	return fd;
}

static void steady_address(unsigned int nr, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in4 = (void *)ss;
	struct sockaddr_in6 *in6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = nr & 1 ? AF_INET6 : AF_INET;
	if (nr & 1) {
		in6->sin6_addr = in6addr_loopback;
		in6->sin6_port = htons(STEADY_PORT + nr);
	} else {
		in4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in4->sin_port = htons(STEADY_PORT + nr);
	}
}

static int connect_new(struct thread *t)
{
	unsigned int nr = rnd(t, 2 * PORTS);
	struct sockaddr_storage ss;
	int fd, err;

	steady_address(nr, &ss);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, ITP);
	if (fd < 0)
		return -1;
	err = connect(fd, (struct sockaddr *)&ss, sizeof(ss));
	if (err && errno == EINPROGRESS)
		err = 0;
	keep(t, fd);
	return err;
}

static int do_msg(struct thread *t, int fd, int send)
{
	struct iovec iov[4];
	char control[256];
	struct sockaddr_storage ss;
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = rnd(t, 5) };
	int flags = MSG_DONTWAIT;
	unsigned int i;

	if (!rnd(t, 3))
		flags |= 1U << rnd(t, 31);
	for (i = 0; i < 4; i++) {
		iov[i].iov_base = rnd(t, 60) ? t->buf : NULL;
		iov[i].iov_len = rnd(t, 5000);
	}
	if (!rnd(t, 4)) {
		for (i = 0; i < sizeof(control); i++)
			control[i] = rnd(t, 8) ? 0 : rnd(t, 256);
		m.msg_control = control;
		m.msg_controllen = rnd(t, sizeof(control));
	}
	if (!rnd(t, 4)) {
		m.msg_namelen = address(t, &ss);
		m.msg_name = &ss;
	}
	return send ? sendmsg(fd, &m, flags | MSG_NOSIGNAL) :
		      recvmsg(fd, &m, flags & ~MSG_WAITALL);
}

/* Levels of sockets, IP and ITP, TCP's number for the latter, and nonsense. */
static int level(struct thread *t)
{
	static const int levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, 6,
				      ITP, 6, ITP, ITP };

	return rnd(t, 50) ? levels[rnd(t, 8)] : (int)rnd(t, 300);
}

static int name(struct thread *t)
{
	return rnd(t, 20) ? rnd(t, 80) : rnd(t, 2) ? 200 : rnd(t, ~0U);
}

static int value(struct thread *t)
{
	static const int some[] = { 0, 1, 2, 3, 10, 100, 1000, 65535, 65536,
				    1 << 20, -1, -2, 0x7fffffff };

	return rnd(t, 3) ? some[rnd(t, 13)] : (int)rnd(t, ~0U);
}

static int do_setopt(struct thread *t, int fd)
{
	static const char *const cc[] = { "reno", "cubic", "", "renorenorenorenoreno" };
	struct timeval tv = { .tv_usec = 1000 };
	int lvl = level(t), opt = name(t);
	int v[8];
	unsigned int i;

	/* These would make a thread wait, or stop the run. */
	if (lvl == SOL_SOCKET && (opt == SO_RCVTIMEO || opt == SO_SNDTIMEO))
		return setsockopt(fd, lvl, opt, &tv, sizeof(tv));
	if (lvl == SOL_SOCKET && (opt == SO_BINDTODEVICE || opt == SO_DEBUG ||
				  opt == 66 || opt == 67))
		return -1;
	if (lvl == SOL_SOCKET && opt == SO_LINGER && rnd(t, 2)) {
		struct linger lg = { .l_onoff = 1 };

		return setsockopt(fd, lvl, opt, &lg, sizeof(lg));
	}
	if (opt == 13 && lvl != SOL_SOCKET && rnd(t, 4)) {
		const char *s = cc[rnd(t, 4)];

		return setsockopt(fd, lvl, opt, s, strlen(s));
	}
	for (i = 0; i < 8; i++)
		v[i] = value(t);
	if (lvl == SOL_SOCKET && opt == SO_LINGER)
		v[1] = 0;
	return setsockopt(fd, lvl, opt, v, rnd(t, 6) ? 4 : rnd(t, 33));
}

static int do_getopt(struct thread *t, int fd)
{
	char buf[1024];
	socklen_t len = rnd(t, 2) ? sizeof(buf) : rnd(t, sizeof(buf));

	return getsockopt(fd, level(t), name(t), rnd(t, 60) ? buf : NULL, &len);
}

static int do_poll(struct thread *t)
{
	struct pollfd p[8];
	int i;

	for (i = 0; i < 8; i++) {
		p[i].fd = any(t);
		p[i].events = rnd(t, 1 << 14);
	}
	return poll(p, 8, 0);
}

static int do_epoll(struct thread *t, int fd)
{
	static const int ops[] = { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL };
	struct epoll_event ev[16] = {
		{ .events = EPOLLIN | EPOLLOUT | (rnd(t, 2) ? EPOLLET : 0) },
	};

	if (rnd(t, 2))
		return epoll_ctl(ep, ops[rnd(t, 3)], fd, ev);
	return epoll_wait(ep, ev, 16, 0);
}

static int do_names(struct thread *t, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = rnd(t, sizeof(ss) + 1);

	return rnd(t, 2) ? getsockname(fd, (struct sockaddr *)&ss, &len) :
			   getpeername(fd, (struct sockaddr *)&ss, &len);
}

/* A child lives for a moment and takes its share of the sockets with it. */
static int do_fork(struct thread *t, int fd)
{
	pid_t pid = fork();

	if (!pid) {
		if (rnd(t, 2))
			send(fd, "child", 5, MSG_NOSIGNAL | MSG_DONTWAIT);
		_exit(0);
	}
	return pid < 0 ? -1 : waitpid(pid, NULL, 0) - pid;
}

static int one_call(struct thread *t, enum call call)
{
	static const int cmds[] = { FIONREAD, 0x5411, 0x8905, 0x8906, FIONBIO,
				    0x894b, 0x8904 };
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage ss;
	struct iovec iov = { .iov_base = t->buf, .iov_len = 100 };
	int fd = any(t), one = 1;
	socklen_t len;
	off_t off = 0;

	switch (call) {
	case SOCKET:
		return do_socket(t);
	case BIND:
		len = address(t, &ss);
		return bind(fd, (struct sockaddr *)&ss, len);
	case LISTEN:
		return listen(fd, rnd(t, 20));
	case CONNECT:
		if (rnd(t, 2))
			return connect_new(t);
		len = address(t, &ss);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		return connect(fd, (struct sockaddr *)&ss, len);
	case ACCEPT:
		fcntl(fd, F_SETFL, O_NONBLOCK);
		if (rnd(t, 3))
			fd = steady[rnd(t, 2 * PORTS)];
		fd = accept4(fd, NULL, NULL, rnd(t, 2) ? SOCK_NONBLOCK : 0);
		keep(t, fd);
		return fd;
	case SEND:
		return send(fd, t->buf, rnd(t, 8) ? rnd(t, 3000) : rnd(t, BUF),
			    MSG_NOSIGNAL | (rnd(t, 2) ? MSG_DONTWAIT : 0) |
			    (rnd(t, 3) ? 0 : 1U << rnd(t, 31)));
	case RECV:
		return recv(fd, t->buf, rnd(t, 8) ? rnd(t, 3000) : BUF,
			    (rnd(t, 2) ? MSG_DONTWAIT : 0) |
			    (rnd(t, 3) ? 0 : 1U << rnd(t, 31)));
	case SENDMSG:
	case RECVMSG:
		return do_msg(t, fd, call == SENDMSG);
	case READV:
		return rnd(t, 2) ? readv(fd, &iov, 1) : writev(fd, &iov, 1);
	case SETOPT:
		return do_setopt(t, fd);
	case GETOPT:
		return do_getopt(t, fd);
	case SHUTDOWN:
		return shutdown(fd, rnd(t, 4));
	case CLOSE:
		fd = __atomic_exchange_n(&fds[rnd(t, SOCKS)], -1, __ATOMIC_RELAXED);
		return close(fd);
	case POLL:
		return do_poll(t);
	case EPOLL:
		return do_epoll(t, fd);
	case IOCTL:
		return ioctl(fd, cmds[rnd(t, 7)], &one);
	case NAMES:
		return do_names(t, fd);
	case DISCONNECT:
		return connect(fd, &unspec, sizeof(unspec));
	case SENDFILE:
		return sendfile(fd, file, &off, rnd(t, 20000));
	case FORK:
		return do_fork(t, fd);
	case DUP:
		fd = dup(fd);
		keep(t, fd);
		return fd;
	default:
		return -1;
	}
}

static void *run(void *arg)
{
	struct thread *t = arg;
	int n, call;

	while (__atomic_add_fetch(&total, 1, __ATOMIC_RELAXED) <= limit &&
	       time(NULL) < until) {
		n = rnd(t, 107);
		for (call = 0; call < CALLS - 1 && n >= weight[call]; call++)
			n -= weight[call];
		n = one_call(t, call);
		__atomic_add_fetch(&done[call], 1, __ATOMIC_RELAXED);
		if (n >= 0)
			__atomic_add_fetch(&worked[call], 1, __ATOMIC_RELAXED);
		/* Softirqs and timers want their turn, in virtual time too. */
		if (!rnd(t, 64))
			usleep(100);
	}
	return NULL;
}

static void set_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct sockaddr_storage ss;
	int s, i;

	if (unshare(CLONE_NEWNET)) {
		perror("unshare");
		exit(2);
	}
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(s, SIOCSIFFLAGS, &ifr)) {
		perror("lo");
		exit(2);
	}
	close(s);
	signal(SIGPIPE, SIG_IGN);
	fuzz_impatient();
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	ep = epoll_create1(EPOLL_CLOEXEC);
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	for (i = 0; i < SOCKS; i++)
		fds[i] = -1;
	for (i = 0; i < 2 * PORTS; i++) {
		steady_address(i, &ss);
		steady[i] = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
				   SOCK_CLOEXEC, ITP);
		if (bind(steady[i], (struct sockaddr *)&ss, sizeof(ss)) ||
		    listen(steady[i], i)) {
			perror("a listener");
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long seed = time(NULL) ^ getpid();
	unsigned int threads = 3, i;
	int seconds = 600, opt, missing = 0;
	struct thread *t;

	limit = 20000;
	while ((opt = getopt(argc, argv, "s:n:t:j:")) != -1) {
		if (opt == 's')
			seed = strtoul(optarg, NULL, 0);
		else if (opt == 'n')
			limit = strtoul(optarg, NULL, 0);
		else if (opt == 't')
			seconds = atoi(optarg);
		else if (opt == 'j')
			threads = atoi(optarg);
		else
			return 2;
	}
	printf("# fuzz_calls -s %lu -n %lu -j %u\n", seed, limit, threads);
	fflush(stdout);
	set_up();
	until = time(NULL) + seconds;
	t = calloc(threads, sizeof(*t));
	for (i = 0; i < threads; i++) {
		t[i].rng = seed * 1000 + i;
		pthread_create(&t[i].id, NULL, run, &t[i]);
	}
	for (i = 0; i < threads; i++)
		pthread_join(t[i].id, NULL);
	for (i = 0; i < SOCKS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (total <= limit) {
		printf("# only %lu calls in %d s\n", total, seconds);
		missing = 1;
	}
	for (i = 0; i < CALLS; i++) {
		printf("# %s: %lu, %lu worked\n", names[i], done[i], worked[i]);
		/* A run whose calls all fail tests nothing. */
		if (limit >= 10000 && !worked[i])
			missing = 1;
	}
	return missing;
}
