// SPDX-License-Identifier: GPL-2.0-only
/*
 * puppet: stream sockets that do what a test tells them. Reads one command per
 * line from standard input, answers each with one line, ends at end of file:
 *
 *	ok [NUMBER ...]
 *	error NAME MICROSECONDS TEXT	(NAME as in errno.h; how long it took)
 *
 * Sockets are numbered from 0 in the order in which they come. Addresses are
 * numeric, IPv4 or IPv6. -p PROTOCOL: default 253; 0 leaves it to socket();
 * -t TOS: IP_TOS of the sockets.
 *
 *	listen ADDRESS PORT [noreuse]	ok N; SO_REUSEADDR unless noreuse
 *	connect ADDRESS PORT [COUNT]	ok FIRST LAST MICROSECONDS
 *	accept [COUNT]			ok FIRST LAST; from the newest listener
 *	write N OCTETS			ok OCTETS; a pattern
 *	read N OCTETS			ok OCTETS; the pattern, exactly so many
 *	urge N OCTET			ok; an urgent octet
 *	urgent N [MS]			ok OCTET; the urgent octet, waits MS for one
 *	eof N				ok OCTETS; reads to the end
 *	shutdown N			ok; the sending side
 *	close FIRST [LAST]		ok
 *	abort FIRST [LAST]		ok; SO_LINGER 0: RST
 *	tune N NAME VALUE		ok; ITP_TUNABLE
 *	tuned N NAME			ok VALUE ORIGIN
 *	untune N NAME			ok; back to the namespace's
 *	storm ADDRESS PORT COUNT	ok COUNT MICROSECONDS; connect, close, in a row
 *	echo COUNT			ok COUNT OCTETS; accept, echo to the end, close, in a row
 *	flood ADDRESS PORT		connects and writes until that fails
 *	sink				accepts and reads until that fails
 *
 * Not here: waiting for a state; the test asks itpctl for that.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/itp.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_SOCKETS	20000
#define MAX_ARGS	8

static int protocol = 253;
static int tos;
static int fds[MAX_SOCKETS];
static int n_fds;
static int listener = -1;
static long long began;

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void failed(void)
{
	const char *name = strerrorname_np(errno);

	printf("error %s %lld %s\n", name ? name : "?", now_us() - began,
	       strerror(errno));
}

static void misused(const char *why)
{
	printf("error USAGE 0 %s\n", why);
}

static int keep(int fd)
{
	if (n_fds == MAX_SOCKETS) {
		close(fd);
		errno = EMFILE;
		return -1;
	}
	fds[n_fds] = fd;
	return n_fds++;
}

static int number(const char *arg, int otherwise)
{
	return arg ? atoi(arg) : otherwise;
}

/* The numbered socket's file descriptor; -1, and the answer given, if none. */
static int socket_of(const char *arg)
{
	int n = number(arg, -1);

	if (n < 0 || n >= n_fds || fds[n] < 0) {
		misused("no such socket");
		return -1;
	}
	return fds[n];
}

/* A socket, and where to: address and port as sockaddr. */
static int make_socket(const char *address, const char *port,
		       struct sockaddr_storage *sa, socklen_t *len)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)sa;
	struct sockaddr_in *in = (struct sockaddr_in *)sa;
	int fd;

	memset(sa, 0, sizeof(*sa));
	errno = EINVAL;
	if (!address || !port)
		return -1;
	if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(atoi(port));
		*len = sizeof(*in);
	} else if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(atoi(port));
		*len = sizeof(*in6);
	} else {
		return -1;
	}
	fd = socket(sa->ss_family, SOCK_STREAM | SOCK_CLOEXEC, protocol);
	if (fd >= 0 && tos && setsockopt(fd, IPPROTO_IP, IP_TOS, &tos,
					 sizeof(tos))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int dial(const char *address, const char *port)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int fd, err;

	fd = make_socket(address, port, &sa, &len);
	if (fd < 0)
		return -1;
	if (!connect(fd, (struct sockaddr *)&sa, len))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static void do_listen(char **arg)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int fd, n, one = 1;

	fd = make_socket(arg[1], arg[2], &sa, &len);
	if (fd < 0) {
		failed();
		return;
	}
	if (!(arg[3] && !strcmp(arg[3], "noreuse")))
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (sa.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sa, len) || listen(fd, 4096)) {
		failed();
		close(fd);
		return;
	}
	n = keep(fd);
	listener = fd;
	printf("ok %d\n", n);
}

static void do_connect(char **arg)
{
	int count = number(arg[1] && arg[2] ? arg[3] : NULL, 1);
	int i, fd, n, first = n_fds;

	for (i = 0; i < count; i++) {
		fd = dial(arg[1], arg[2]);
		n = fd < 0 ? -1 : keep(fd);
		if (n < 0) {
			failed();
			return;
		}
	}
	printf("ok %d %d %lld\n", first, n_fds - 1, now_us() - began);
}

static void do_accept(char **arg)
{
	int count = number(arg[1], 1), first = n_fds;
	int i, fd;

	for (i = 0; i < count; i++) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 || keep(fd) < 0) {
			failed();
			return;
		}
	}
	printf("ok %d %d\n", first, n_fds - 1);
}

/* Octet number i of every stream. */
static unsigned char pattern(size_t i)
{
	return i * 131 + (i >> 8);
}

static void do_write(char **arg)
{
	int fd = socket_of(arg[1]);
	size_t i, octets = number(fd < 0 ? NULL : arg[2], 0);
	size_t done = 0;
	unsigned char *buf;
	ssize_t n;

	if (fd < 0)
		return;
	buf = malloc(octets + 1);
	if (!buf) {
		failed();
		return;
	}
	for (i = 0; i < octets; i++)
		buf[i] = pattern(i);
	while (done < octets) {
		n = write(fd, buf + done, octets - done);
		if (n < 0) {
			failed();
			break;
		}
		done += n;
	}
	free(buf);
	if (done == octets)
		printf("ok %zu\n", done);
}

/* Up to limit octets, or to the end of the stream. -1 and errno on error. */
static ssize_t read_stream(int fd, size_t limit, int check)
{
	static unsigned char buf[65536];
	size_t done = 0;
	ssize_t i, n;

	while (done < limit) {
		n = read(fd, buf, limit - done < sizeof(buf) ? limit - done : sizeof(buf));
		if (n < 0)
			return -1;
		if (!n)
			break;
		for (i = 0; check && i < n; i++) {
			if (buf[i] != pattern(done + i)) {
				errno = EBADMSG;
				return -1;
			}
		}
		done += n;
	}
	return done;
}

static void do_read(char **arg)
{
	int fd = socket_of(arg[1]);
	int octets = number(fd < 0 ? NULL : arg[2], 0);
	ssize_t n;

	if (fd < 0)
		return;
	n = read_stream(fd, octets, 1);
	if (n >= 0 && n < octets) {
		errno = ENODATA;
		n = -1;
	}
	if (n < 0)
		failed();
	else
		printf("ok %zd\n", n);
}

static void do_urge(char **arg)
{
	int fd = socket_of(arg[1]);
	char octet = number(fd < 0 ? NULL : arg[2], 0);

	if (fd < 0)
		return;
	if (send(fd, &octet, 1, MSG_OOB) < 0)
		failed();
	else
		printf("ok\n");
}

static void do_urgent(char **arg)
{
	struct pollfd pfd = { .fd = socket_of(arg[1]), .events = POLLPRI };
	unsigned char octet;

	if (pfd.fd < 0)
		return;
	poll(&pfd, 1, number(arg[2], 0));
	if (recv(pfd.fd, &octet, 1, MSG_OOB) < 0)
		failed();
	else
		printf("ok %u\n", octet);
}

static void do_eof(char **arg)
{
	int fd = socket_of(arg[1]);
	ssize_t n;

	if (fd < 0)
		return;
	n = read_stream(fd, (size_t)-1 >> 1, 0);
	if (n < 0)
		failed();
	else
		printf("ok %zd\n", n);
}

static void do_shutdown(char **arg)
{
	int fd = socket_of(arg[1]);

	if (fd < 0)
		return;
	if (shutdown(fd, SHUT_WR))
		failed();
	else
		printf("ok\n");
}

static void close_range_of(char **arg, int reset)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };
	int first = number(arg[1], -1);
	int last = number(arg[1] ? arg[2] : NULL, first);
	int i;

	if (first < 0 || last >= n_fds || last < first) {
		misused("no such socket");
		return;
	}
	for (i = first; i <= last; i++) {
		if (fds[i] < 0)
			continue;
		if (reset)
			setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &linger,
				   sizeof(linger));
		if (fds[i] == listener)
			listener = -1;
		close(fds[i]);
		fds[i] = -1;
	}
	printf("ok\n");
}

static void do_close(char **arg)
{
	close_range_of(arg, 0);
}

static void do_abort(char **arg)
{
	close_range_of(arg, 1);
}

/* A socket and a tunable of @arg; false: told what is wrong. */
static int tunable_of(char **arg, struct itp_tunable_opt *opt)
{
	int fd = socket_of(arg[1]);

	if (fd < 0)
		return -1;
	if (!arg[2]) {
		misused("the name of a tunable is missing");
		return -1;
	}
	memset(opt, 0, sizeof(*opt));
	strncpy(opt->name, arg[2], sizeof(opt->name) - 1);
	return fd;
}

static void tune(int fd, const struct itp_tunable_opt *opt, socklen_t len)
{
	if (setsockopt(fd, SOL_ITP, ITP_TUNABLE, opt, len))
		failed();
	else
		printf("ok\n");
}

static void do_tune(char **arg)
{
	struct itp_tunable_opt opt;
	int fd = tunable_of(arg, &opt);

	if (fd < 0)
		return;
	opt.value = strtoull(arg[3] ? arg[3] : "", NULL, 10);
	tune(fd, &opt, sizeof(opt));
}

static void do_untune(char **arg)
{
	struct itp_tunable_opt opt;
	int fd = tunable_of(arg, &opt);

	if (fd >= 0)
		tune(fd, &opt, sizeof(opt.name));
}

static void do_tuned(char **arg)
{
	struct itp_tunable_opt opt;
	socklen_t len = sizeof(opt);
	int fd = tunable_of(arg, &opt);

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_ITP, ITP_TUNABLE, &opt, &len))
		failed();
	else
		printf("ok %llu %u\n", (unsigned long long)opt.value,
		       opt.origin);
}

static void do_storm(char **arg)
{
	int i, fd, count = number(arg[1] && arg[2] ? arg[3] : NULL, 0);

	for (i = 0; i < count; i++) {
		fd = dial(arg[1], arg[2]);
		if (fd < 0) {
			failed();
			return;
		}
		close(fd);
	}
	printf("ok %d %lld\n", count, now_us() - began);
}

/* Octets echoed, -1 and errno on error. */
static ssize_t echo_one(int fd)
{
	char buf[16384];
	ssize_t n, done, total = 0;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (done = 0; done < n;) {
			ssize_t m = write(fd, buf + done, n - done);

			if (m < 0)
				return -1;
			done += m;
		}
		total += n;
	}
	return n < 0 ? -1 : total;
}

static void do_echo(char **arg)
{
	int i, fd, err, count = number(arg[1], 1);
	long long total = 0;
	ssize_t n;

	for (i = 0; i < count; i++) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		n = fd < 0 ? -1 : echo_one(fd);
		err = errno;
		if (fd >= 0)
			close(fd);
		errno = err;
		if (n < 0) {
			failed();
			return;
		}
		total += n;
	}
	printf("ok %d %lld\n", count, total);
}

static void do_flood(char **arg)
{
	static char buf[65536];
	int fd = dial(arg[1], arg[1] ? arg[2] : NULL);

	while (fd >= 0 && write(fd, buf, sizeof(buf)) >= 0)
		;
	failed();
	if (fd >= 0)
		close(fd);
}

static void do_sink(char **arg)
{
	ssize_t n;
	int fd;

	(void)arg;
	for (;;) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			break;
		do {
			n = read_stream(fd, 1 << 20, 0);
		} while (n > 0);
		close(fd);
	}
	failed();
}

static const struct {
	const char *name;
	void (*run)(char **arg);
} commands[] = {
	{ "listen", do_listen },
	{ "connect", do_connect },
	{ "accept", do_accept },
	{ "write", do_write },
	{ "read", do_read },
	{ "urge", do_urge },
	{ "urgent", do_urgent },
	{ "eof", do_eof },
	{ "shutdown", do_shutdown },
	{ "close", do_close },
	{ "abort", do_abort },
	{ "tune", do_tune },
	{ "untune", do_untune },
	{ "tuned", do_tuned },
	{ "storm", do_storm },
	{ "echo", do_echo },
	{ "flood", do_flood },
	{ "sink", do_sink },
};

static void obey(char *line)
{
	char *arg[MAX_ARGS + 1] = { NULL };
	size_t i;
	int n;

	for (n = 0; n < MAX_ARGS; n++) {
		arg[n] = strtok(n ? NULL : line, " \t\n");
		if (!arg[n])
			break;
	}
	if (!arg[0])
		return;
	began = now_us();
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(arg[0], commands[i].name)) {
			commands[i].run(arg);
			return;
		}
	}
	misused("no such command");
}

int main(int argc, char **argv)
{
	char line[512];
	int c;

	while ((c = getopt(argc, argv, "p:t:")) != -1) {
		if (c == 'p') {
			protocol = atoi(optarg);
		} else if (c == 't') {
			tos = atoi(optarg);
		} else {
			fprintf(stderr, "usage: puppet [-p PROTOCOL] [-t TOS] <COMMANDS\n");
			return 2;
		}
	}
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	return 0;
}
