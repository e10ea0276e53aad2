// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_api: the socket API as a program sees it, case by case. What a program
 * can notice has to be as over TCP, so every case must also pass over TCP:
 *
 *	sock_api [PATTERN ...]			over ITP
 *	SOCK_API_PROTO=6 sock_api [PATTERN ...]	over TCP
 *
 * Without more it makes a network namespace of its own (root, or a kernel that
 * allows user namespaces), whose loopback device is the network, and a TUN
 * device behind which nobody answers. Two namespaces joined by a network:
 *
 *	SOCK_API_NS_CLIENT, SOCK_API_NS_SERVER	paths, as /run/netns/NAME
 *	SOCK_API_SERVER4, SOCK_API_SERVER6	addresses of the server
 *	SOCK_API_SILENT4, SOCK_API_SILENT6	addresses where nobody answers
 *
 * The cases are in sock_bind.c (sockets, names, listeners), sock_conn.c
 * (connect), sock_data.c (octets), sock_end.c (closing and errors), sock_poll.c
 * (poll and epoll), sock_signal.c (signal-driven I/O), sock_opt.c (options),
 * sock_info.c (struct itp_info) and sock_race.c (several processes at once);
 * here is what they share.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include "sock_api.h"

#define TUN_ADDR4	"10.99.0.1"
#define TUN_SILENT4	"10.99.0.2"
#define TUN_ADDR6	"fd99::1"
#define TUN_SILENT6	"fd99::2"

int sa_proto = 253;
unsigned int sa_mode = V4;
volatile int sa_signals;

static int ns_fd[2] = { -1, -1 };
static const char *server4 = "127.0.0.1";
static const char *server6 = "::1";
static const char *silent4;
static const char *silent6;

void sa_loopback(void)
{
	ns_fd[CLIENT] = ns_fd[SERVER];
	server4 = "127.0.0.1";
	server6 = "::1";
}

long long sa_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Sockets and addresses */

int sa_family(void)
{
	return sa_mode == V4 ? AF_INET : AF_INET6;
}

static int socket_of(enum side side, int type)
{
	if (ns_fd[side] >= 0)
		CHECK_OK(setns(ns_fd[side], CLONE_NEWNET));
	return CHECK_OK(socket(sa_family(), type, sa_proto));
}

int sa_socket(enum side side)
{
	return socket_of(side, SOCK_STREAM | SOCK_CLOEXEC);
}

int sa_socket_nonblock(enum side side)
{
	return socket_of(side, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void sa_nonblock(int fd, bool on)
{
	int flags = CHECK_OK(fcntl(fd, F_GETFL));

	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	CHECK_OK(fcntl(fd, F_SETFL, flags));
}

static void make_addr(struct addr *a, const char *v4, const char *v6, int port)
{
	memset(a, 0, sizeof(*a));
	if (sa_mode == V4) {
		a->len = sizeof(a->in);
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(port);
		CHECK_EQ(inet_pton(AF_INET, v4, &a->in.sin_addr), 1);
		return;
	}
	a->len = sizeof(a->in6);
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_port = htons(port);
	if (sa_mode == MAPPED) {
		a->in6.sin6_addr.s6_addr[10] = 0xff;
		a->in6.sin6_addr.s6_addr[11] = 0xff;
		CHECK_EQ(inet_pton(AF_INET, v4, &a->in6.sin6_addr.s6_addr[12]),
			 1);
	} else {
		CHECK_EQ(inet_pton(AF_INET6, v6, &a->in6.sin6_addr), 1);
	}
}

void sa_any(struct addr *a, int port)
{
	make_addr(a, "0.0.0.0", "::", port);
	if (sa_mode == MAPPED)
		memset(&a->in6.sin6_addr, 0, sizeof(a->in6.sin6_addr));
}

void sa_server_addr(struct addr *a, int port)
{
	make_addr(a, server4, server6, port);
}

void sa_silent_addr(struct addr *a)
{
	if (!silent4 || !silent6)
		ktap_skip("needs TUN, or SOCK_API_SILENT4 and _SILENT6");
	make_addr(a, silent4, silent6, 7);
}

int sa_port(const struct addr *a)
{
	return ntohs(a->sa.sa_family == AF_INET ? a->in.sin_port :
		     a->in6.sin6_port);
}

void sa_set_port(struct addr *a, int port)
{
	if (a->sa.sa_family == AF_INET)
		a->in.sin_port = htons(port);
	else
		a->in6.sin6_port = htons(port);
}

void sa_name(int fd, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->len = sizeof(a->ss);
	CHECK_OK(getsockname(fd, &a->sa, &a->len));
}

void sa_peer(int fd, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->len = sizeof(a->ss);
	CHECK_OK(getpeername(fd, &a->sa, &a->len));
}

bool sa_equal(const struct addr *a, const struct addr *b)
{
	if (a->len != b->len || a->sa.sa_family != b->sa.sa_family ||
	    sa_port(a) != sa_port(b))
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr,
		      sizeof(a->in6.sin6_addr)) == 0;
}

/* Connections */

int sa_listen(int backlog, struct addr *a)
{
	int fd = sa_socket(SERVER);
	struct addr any, name;

	sa_any(&any, 0);
	CHECK_OK(bind(fd, &any.sa, any.len));
	CHECK_OK(listen(fd, backlog));
	sa_name(fd, &name);
	sa_server_addr(a, sa_port(&name));
	return fd;
}

int sa_connect(const struct addr *a)
{
	int fd = sa_socket(CLIENT);

	CHECK_OK(connect(fd, &a->sa, a->len));
	return fd;
}

int sa_accept(int lfd)
{
	sa_wait(lfd, POLLIN);
	return CHECK_OK(accept4(lfd, NULL, NULL, SOCK_CLOEXEC));
}

void sa_pair(int fd[2])
{
	struct addr a;
	int lfd = sa_listen(16, &a);

	fd[CLIENT] = sa_connect(&a);
	fd[SERVER] = sa_accept(lfd);
	close(lfd);
}

void sa_abort(int fd)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	CHECK_OK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	CHECK_OK(close(fd));
}

/* Waiting */

int sa_poll(int fd, int events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	CHECK_OK(poll(&p, 1, ms));
	return p.revents;
}

int sa_wait(int fd, int events)
{
	int revents = sa_poll(fd, events, DEADLINE);

	if (!(revents & events))
		ktap_fail(__FILE__, __LINE__,
			  "waited for 0x%x, poll() says 0x%x", events, revents);
	return revents;
}

bool sa_tick(unsigned int *ticks)
{
	if ((*ticks)++ >= DEADLINE)
		return false;
	poll(NULL, 0, 1);
	return true;
}

void sa_expect(int fd, int revents)
{
	unsigned int ticks = 0;
	int now;

	do {
		now = sa_poll(fd, ANY_BIT, 0);
		if (now == revents)
			return;
	} while (sa_tick(&ticks));
	ktap_fail(__FILE__, __LINE__, "expected 0x%x, poll() says 0x%x",
		  revents, now);
}

void sa_wait_asleep(pid_t pid)
{
	unsigned int ticks = 0;
	char path[64], line[256], *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	do {
		f = fopen(path, "r");
		CHECK(f);
		CHECK(fgets(line, sizeof(line), f));
		fclose(f);
		p = strrchr(line, ')');
		CHECK(p);
		if (p[2] == 'S')
			return;
	} while (sa_tick(&ticks));
	ktap_fail(__FILE__, __LINE__, "process never slept");
}

void sa_reap(pid_t pid)
{
	int status;

	CHECK_OK(waitpid(pid, &status, 0));
	CHECK_EQ(status, 0);
}

/* Octets */

static unsigned char octet_at(size_t pos)
{
	return pos * 31 ^ pos >> 8 ^ pos >> 16;
}

void sa_pattern(unsigned char *buf, size_t len, size_t pos)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = octet_at(pos + i);
}

bool sa_check_pattern(const unsigned char *buf, size_t len, size_t pos)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (buf[i] != octet_at(pos + i)) {
			ktap_diag("octet %zu is 0x%02x, not 0x%02x", pos + i,
				  buf[i], octet_at(pos + i));
			return false;
		}
	}
	return true;
}

void sa_send_all(int fd, size_t len, size_t pos)
{
	static unsigned char buf[65536];
	size_t n;
	ssize_t r;

	while (len) {
		n = len < sizeof(buf) ? len : sizeof(buf);
		sa_pattern(buf, n, pos);
		r = send(fd, buf, n, MSG_NOSIGNAL);
		if (r < 0 && errno == EAGAIN) {
			sa_wait(fd, POLLOUT);
			continue;
		}
		CHECK_OK(r);
		pos += r;
		len -= r;
	}
}

void sa_recv_all(int fd, size_t len, size_t pos)
{
	static unsigned char buf[65536];
	ssize_t r;

	while (len) {
		sa_wait(fd, POLLIN);
		r = CHECK_OK(recv(fd, buf, len < sizeof(buf) ? len : sizeof(buf),
				  0));
		CHECK_NE(r, 0);
		CHECK(sa_check_pattern(buf, r, pos));
		pos += r;
		len -= r;
	}
}

size_t sa_fill(int fd, size_t pos)
{
	static unsigned char buf[65536];
	bool waited = false;
	size_t total = 0;
	ssize_t r;

	sa_nonblock(fd, true);
	for (;;) {
		sa_pattern(buf, sizeof(buf), pos + total);
		r = send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
		if (r >= 0) {
			total += r;
			waited = false;
			continue;
		}
		CHECK_EQ(errno, EAGAIN);
		if (waited)
			return total;
		/*
		 * ACKs on their way may still make room: enough for poll(),
		 * or a little that only send() finds.
		 */
		waited = !(sa_poll(fd, POLLOUT, 300) & POLLOUT);
	}
}

void sa_drain(int fd, size_t len, size_t pos)
{
	sa_recv_all(fd, len, pos);
}

void sa_recv_eof(int fd)
{
	char c;

	sa_wait(fd, POLLIN);
	CHECK_EQ(CHECK_OK(recv(fd, &c, 1, 0)), 0);
}

/* Options and signals */

int sa_getopt(int fd, int level, int opt)
{
	socklen_t len = sizeof(int);
	int val = -1;

	CHECK_OK(getsockopt(fd, level, opt, &val, &len));
	CHECK_EQ(len, sizeof(int));
	return val;
}

int sa_so_error(int fd)
{
	return sa_getopt(fd, SOL_SOCKET, SO_ERROR);
}

int sa_setopt(int fd, int level, int opt, int val)
{
	return setsockopt(fd, level, opt, &val, sizeof(val));
}

static void count_signal(int sig)
{
	(void)sig;
	sa_signals++;
}

void sa_count_signals(int sig)
{
	struct sigaction sa = { .sa_handler = count_signal };

	CHECK_OK(sigaction(sig, &sa, NULL));
	sa_signals = 0;
}

/* The network */

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_ns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

static void dev_up(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr) < 0)
		die(name);
	ifr.ifr_flags |= IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		die(name);
	close(fd);
}

/* struct in6_ifreq of linux/ipv6.h, which does not go with libc's headers. */
struct ifreq6 {
	struct in6_addr addr;
	uint32_t prefixlen;
	int ifindex;
};

static void dev_addresses(const char *name, int ifindex)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq6 ifr6 = { .prefixlen = 64, .ifindex = ifindex };
	struct ifreq ifr = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, TUN_ADDR4, &in->sin_addr);
	if (ioctl(fd, SIOCSIFADDR, &ifr) < 0)
		die("address of the TUN device");
	inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
	if (ioctl(fd, SIOCSIFNETMASK, &ifr) < 0)
		die("netmask of the TUN device");
	inet_pton(AF_INET6, TUN_ADDR6, &ifr6.addr);
	if (ioctl(fd6, SIOCSIFADDR, &ifr6) < 0)
		die("IPv6 address of the TUN device");
	close(fd);
	close(fd6);
}

/* The descriptor stays open, and nobody reads it. */
static void make_silent(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd;

	/* Without udev nobody makes the node; opening it loads the driver. */
	mkdir("/dev/net", 0755);
	mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200));
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "silent0");
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		close(fd);
		return;
	}
	dev_up("silent0");
	dev_addresses("silent0", if_nametoindex("silent0"));
	silent4 = TUN_SILENT4;
	silent6 = TUN_SILENT6;
}

static void own_namespace(void)
{
	if (unshare(CLONE_NEWNET) < 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		die("a network namespace");
	dev_up("lo");
	make_silent();
}

static void setup(void)
{
	const char *proto = getenv("SOCK_API_PROTO");
	const char *client = getenv("SOCK_API_NS_CLIENT");
	const char *server = getenv("SOCK_API_NS_SERVER");
	int fd;

	if (proto)
		sa_proto = atoi(proto);
	if (client && server) {
		ns_fd[CLIENT] = open_ns(client);
		ns_fd[SERVER] = open_ns(server);
		server4 = getenv("SOCK_API_SERVER4");
		server6 = getenv("SOCK_API_SERVER6");
		silent4 = getenv("SOCK_API_SILENT4");
		silent6 = getenv("SOCK_API_SILENT6");
		errno = EINVAL;
		if (!server4 || !server6)
			die("SOCK_API_SERVER4 and SOCK_API_SERVER6");
	} else {
		own_namespace();
	}
	fd = socket(AF_INET, SOCK_STREAM, sa_proto);
	if (fd < 0)
		die("no socket of this protocol (is the module loaded?)");
	close(fd);
}

static void enter(unsigned int mode)
{
	sa_mode = mode;
	sa_signals = 0;
}

int main(int argc, char **argv)
{
	static const char *const modes[] = { "v4", "v6", "mapped", NULL };

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2 || strcmp(argv[1], "--list"))
		setup();
	return ktap_run(argc, argv, modes, enter);
}
