/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the cases of sock_api share. A case runs once per mode: IPv4, IPv6, or
 * IPv6 sockets that talk over IPv4-mapped addresses.
 *
 * The environment, see sock_api.c, names the protocol and where the two ends
 * live. Nothing here sleeps for a fixed time: waiting is poll() with a limit.
 */
#ifndef _SOCK_API_H
#define _SOCK_API_H

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#include "ktap.h"

#define V4	1U
#define V6	2U
#define MAPPED	4U
#define ALL	(V4 | V6 | MAPPED)

/* Longest wait for something that must happen, in ms. */
#define DEADLINE	20000

/* Every bit that poll() knows for a stream socket. */
#define READABLE		(POLLIN | POLLRDNORM)
#define WRITABLE	(POLLOUT | POLLWRNORM)
#define ANY_BIT	(READABLE | WRITABLE | POLLRDHUP | POLLPRI)

enum side {
	CLIENT,
	SERVER,
};

struct addr {
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage ss;
	};
};

extern int sa_proto;		/* IP protocol under test */
extern unsigned int sa_mode;	/* V4, V6 or MAPPED */

/* For the rest of this case: both ends at the server's loopback device. */
void sa_loopback(void);

/* AF_INET or AF_INET6, as the mode says. */
int sa_family(void);
int sa_socket(enum side side);
int sa_socket_nonblock(enum side side);
void sa_nonblock(int fd, bool on);

/* Addresses of the mode; ports in host order. */
void sa_any(struct addr *a, int port);
void sa_server_addr(struct addr *a, int port);
/* Nobody answers there, and nobody says so. Skips the case if there is none. */
void sa_silent_addr(struct addr *a);
int sa_port(const struct addr *a);
void sa_set_port(struct addr *a, int port);
void sa_name(int fd, struct addr *a);
void sa_peer(int fd, struct addr *a);
bool sa_equal(const struct addr *a, const struct addr *b);

/* Listener at a free port; @a: where to connect to. */
int sa_listen(int backlog, struct addr *a);
/* Blocking connect that must work. */
int sa_connect(const struct addr *a);
int sa_accept(int lfd);
/* A connection: fd[0] the client's end, fd[1] the server's. */
void sa_pair(int fd[2]);
/* Close, and have the kernel forget the connection at once (RST). */
void sa_abort(int fd);

/* What poll() says now; waits up to @ms. */
int sa_poll(int fd, int events, int ms);
/* Wait until one of @events is there. */
int sa_wait(int fd, int events);
/* Wait until poll() for everything says exactly @revents. */
void sa_expect(int fd, int revents);
/* Sleep 1 ms; false after DEADLINE such sleeps. */
bool sa_tick(unsigned int *ticks);
/* Wait until process @pid sleeps. */
void sa_wait_asleep(pid_t pid);
/* Wait for a child to exit with 0. */
void sa_reap(pid_t pid);

/* A stream of octets in which each tells its position. */
void sa_pattern(unsigned char *buf, size_t len, size_t pos);
bool sa_check_pattern(const unsigned char *buf, size_t len, size_t pos);
/* All of it, blocking; @pos: position in the stream. */
void sa_send_all(int fd, size_t len, size_t pos);
void sa_recv_all(int fd, size_t len, size_t pos);
/* Write until the socket takes no more (made non-blocking); how much it took. */
size_t sa_fill(int fd, size_t pos);
/* Read and check at least @len octets that are on their way. */
void sa_drain(int fd, size_t len, size_t pos);
/* The peer has closed its side: wait for it and read end of stream. */
void sa_recv_eof(int fd);

int sa_so_error(int fd);
int sa_getopt(int fd, int level, int opt);
int sa_setopt(int fd, int level, int opt, int val);

/* Signals counted since sa_count_signals(). */
extern volatile int sa_signals;
void sa_count_signals(int sig);

long long sa_now_ms(void);

#endif /* _SOCK_API_H */
