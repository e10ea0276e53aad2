// SPDX-License-Identifier: GPL-2.0-only
/*
 * A SYN flood from random sources (RFC 4987), and the host's limits of half-open
 * entries and TIME-WAIT records.
 *
 *	flood device (TUN)			a namespace of its own
 *	random source:port --- SYN ---> 192.0.2.1, port FLOODED
 *	192.0.2.1, lo      --- connect() ---> port FLOODED or CALM, 10 a second
 *
 * FLOOD_RATE (100000) SYNs a second, in bursts of 10 ms, or as many as the guest
 * can send in that time; what it came to is printed. FLOOD_SECONDS is for how long
 * (3). In virtual time work takes no time, so there the rate is always reached.
 * Asserted: in each second connections open and the one that was there moves
 * data; the slab of half-open entries stays below its bound; and each SYN is an
 * entry, a cookie, or counted with the reason why not.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/route.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../packet.h"
#include "ktap.h"

#define ITP		253
#define DEV		"flood"
#define D_ADDR		0xc0000201U	/* 192.0.2.1 */
#define FLOODED		7001
#define CALM		7002
#define TICK_US		10000
#define BACKLOG		1024
#define SECONDS_MAX	60
#define LEGIT_PAUSE_US	100000

/* What the process with the real sockets tells the one that floods. */
struct shared {
	volatile int stop;
	volatile int ready;
	uint32_t opened[SECONDS_MAX + 1];
	uint32_t echoed[SECONDS_MAX + 1];
	uint32_t failed;
	uint64_t start_us;
};

static struct shared *shared;
static int tun;
static uint64_t seed;

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

static void sleep_until(uint64_t at)
{
	struct timespec ts = { at / 1000000, at % 1000000 * 1000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static uint64_t random_u64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* --- where it happens ---------------------------------------------------------*/

static void tunable(const char *name, unsigned int value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/itp/%s", name);
	f = fopen(path, "w");
	CHECK(f && fprintf(f, "%u\n", value) > 0);
	CHECK_EQ(fclose(f), 0);
}

static struct sockaddr_in address(uint32_t addr, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(addr),
	};
}

static void dev_addr(int s, struct ifreq *ifr, unsigned long req, uint32_t addr)
{
	struct sockaddr_in sin = address(addr, 0);

	memcpy(&ifr->ifr_addr, &sin, sizeof(sin));
	CHECK_OK(ioctl(s, req, ifr));
}

static void dev_up(int s, struct ifreq *ifr)
{
	CHECK_OK(ioctl(s, SIOCGIFFLAGS, ifr));
	ifr->ifr_flags |= IFF_UP;
	CHECK_OK(ioctl(s, SIOCSIFFLAGS, ifr));
}

/* Its own namespace: all of the Internet lies behind the TUN device. */
static void world(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI }, lo = { 0 };
	struct sockaddr_in any = address(0, 0);
	struct rtentry rt = { .rt_flags = RTF_UP, .rt_dev = DEV };
	int s;

	CHECK_OK(unshare(CLONE_NEWNET));
	tun = CHECK_OK(open("/dev/net/tun", O_RDWR | O_NONBLOCK));
	strcpy(ifr.ifr_name, DEV);
	CHECK_OK(ioctl(tun, TUNSETIFF, &ifr));
	s = CHECK_OK(socket(AF_INET, SOCK_DGRAM, 0));
	strcpy(lo.ifr_name, "lo");
	dev_up(s, &lo);
	dev_addr(s, &ifr, SIOCSIFADDR, D_ADDR);
	dev_addr(s, &ifr, SIOCSIFNETMASK, 0xffffffff);
	dev_up(s, &ifr);
	ifr.ifr_qlen = 10000;
	CHECK_OK(ioctl(s, SIOCSIFTXQLEN, &ifr));
	memcpy(&rt.rt_dst, &any, sizeof(any));
	memcpy(&rt.rt_genmask, &any, sizeof(any));
	CHECK_OK(ioctl(s, SIOCADDRT, &rt));
	close(s);
}

/* --- what the module says ------------------------------------------------------*/

#define COUNTERS_MAX	160

struct stats {
	int nr;
	char name[COUNTERS_MAX][40];
	uint64_t value[COUNTERS_MAX];
};

static void stats_read(struct stats *st)
{
	FILE *f = popen("itpctl -H stat show", "r");
	char line[256];

	CHECK(f);
	st->nr = 0;
	while (st->nr < COUNTERS_MAX && fgets(line, sizeof(line), f))
		if (sscanf(line, "%39s %llu", st->name[st->nr],
			   (unsigned long long *)&st->value[st->nr]) == 2)
			st->nr++;
	CHECK_EQ(pclose(f), 0);
}

/* A counter that is not printed is 0. */
static uint64_t stat_of(const struct stats *st, const char *name)
{
	int i;

	for (i = 0; i < st->nr; i++)
		if (!strcmp(st->name[i], name))
			return st->value[i];
	return 0;
}

/* All drops of SYNs that found no entry of their own. */
static uint64_t syns_dropped(const struct stats *st)
{
	static const char *const reasons[] = {
		"drop_syn-queue", "drop_half-open-limit", "drop_accept-queue",
		"drop_no-memory", "drop_address", "drop_listener-gone",
		"drop_dup-syn",
	};
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		sum += stat_of(st, reasons[i]);
	return sum;
}

/* Octets that the slab @name takes; -1: the kernel does not say. */
static long long slab(const char *name)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	unsigned long long active, all, size;
	long long octets = -1;
	char line[256], is[64];

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %llu %llu %llu", is, &active, &all,
			   &size) == 4 && !strcmp(is, name))
			octets = all * size;
	fclose(f);
	return octets;
}

/* --- those who mean it ---------------------------------------------------------*/

static int listener(uint16_t port)
{
	struct sockaddr_in sin = address(D_ADDR, port);
	int fd = CHECK_OK(socket(AF_INET, SOCK_STREAM, ITP));

	CHECK_OK(bind(fd, (struct sockaddr *)&sin, sizeof(sin)));
	CHECK_OK(listen(fd, BACKLOG));
	return fd;
}

static bool ready(int fd, int events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, ms) == 1 && !(p.revents & (POLLERR | POLLHUP));
}

/* There and back. */
static bool echo(int a, int b)
{
	char c = 'x';

	return write(a, &c, 1) == 1 && ready(b, POLLIN, 900) &&
	       read(b, &c, 1) == 1 && write(b, &c, 1) == 1 &&
	       ready(a, POLLIN, 900) && read(a, &c, 1) == 1;
}

/* A connection to @port, accepted; -1: not within a second. */
static int open_to(int lfd, uint16_t port, int *accepted)
{
	struct sockaddr_in sin = address(D_ADDR, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, ITP);

	*accepted = -1;
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) &&
	    errno != EINPROGRESS)
		goto no;
	if (!ready(fd, POLLOUT, 900) || !ready(lfd, POLLIN, 900))
		goto no;
	*accepted = accept(lfd, NULL, NULL);
	if (*accepted >= 0 && echo(fd, *accepted))
		return fd;
	close(*accepted);
no:
	close(fd);
	return -1;
}

static unsigned int second(void)
{
	uint64_t s = (now_us() - shared->start_us) / 1000000;

	return s < SECONDS_MAX ? s : SECONDS_MAX;
}

/* Connections to @port, and data on one that is there before the flood. */
static void legit(int flooded, int calm, uint16_t port)
{
	int lfd = port == FLOODED ? flooded : calm, fd, accepted, there, here;

	there = open_to(flooded, FLOODED, &here);
	CHECK(there >= 0);
	shared->ready = 1;
	while (!shared->start_us)
		usleep(1000);
	while (!shared->stop) {
		fd = open_to(lfd, port, &accepted);
		if (fd < 0) {
			shared->failed++;
		} else {
			shared->opened[second()]++;
			close(fd);
			close(accepted);
		}
		shared->echoed[second()] += echo(there, here);
		usleep(LEGIT_PAUSE_US);
	}
	fflush(stdout);
	_exit(0);
}

/* --- those who do not ----------------------------------------------------------*/

struct packet {
	uint8_t ip[20];
	uint8_t seg[24];
};

static void syn_make(struct packet *p, uint16_t port)
{
	uint64_t r = random_u64();
	/* 11.0.0.0 to 100.255.255.255: unicast, and nobody's here */
	uint32_t src = (11 + (r >> 32) % 90) << 24 | (r & 0xffffff);

	memset(p, 0, sizeof(*p));
	p->ip[0] = 0x45;
	put16(p->ip + 2, sizeof(*p));
	p->ip[8] = 64;
	p->ip[9] = ITP;
	put32(p->ip + 12, src);
	put32(p->ip + 16, D_ADDR);
	put16(p->ip + 10, ~sum_words(0, p->ip, 20));
	put16(p->seg, 1024 + (r >> 40) % 60000);
	put16(p->seg + 2, port);
	put32(p->seg + 4, random_u64());
	p->seg[12] = 6 << 4;
	p->seg[13] = 0x02;
	put16(p->seg + 14, 65535);
	p->seg[20] = 2;
	p->seg[21] = 4;
	put16(p->seg + 22, 1460);
	put16(p->seg + 16, ~sum_words(sum_words(ITP + 24, p->ip + 12, 8),
				      p->seg, 24));
}

/* What D answers goes nowhere. */
static void drain(void)
{
	char buf[2048];

	while (read(tun, buf, sizeof(buf)) > 0)
		;
}

static unsigned int number(const char *name, unsigned int otherwise)
{
	const char *s = getenv(name);
	int n = s ? atoi(s) : 0;

	return n > 0 ? (unsigned int)n : otherwise;
}

/* @seconds of SYNs; how many there were. */
static uint64_t flood(unsigned int seconds, unsigned int rate)
{
	unsigned int burst = rate / (1000000 / TICK_US);
	uint64_t end = shared->start_us + seconds * 1000000ULL;
	uint64_t at = shared->start_us, sent = 0;
	struct packet p;
	unsigned int i;

	while (at < end) {
		for (i = 0; i < burst; i++) {
			syn_make(&p, FLOODED);
			if (write(tun, &p, sizeof(p)) == sizeof(p))
				sent++;
			if (i % 64 == 63) {
				drain();
				if (now_us() >= at + TICK_US)
					break;
			}
		}
		drain();
		/* What was not sent in its time is not made up for. */
		at += TICK_US;
		while (at + TICK_US < now_us())
			at += TICK_US;
		sleep_until(at);
	}
	return sent;
}

/* --- the cases -------------------------------------------------------------------*/

static void check_seconds(unsigned int n, uint16_t port)
{
	unsigned int i, least = ~0U;

	for (i = 0; i < n; i++) {
		if (shared->opened[i] < least)
			least = shared->opened[i];
		if (!shared->opened[i] || !shared->echoed[i])
			ktap_fail(__FILE__, __LINE__,
				  "second %u: %u connections to port %u, %u echoes",
				  i, shared->opened[i], port,
				  shared->echoed[i]);
	}
	ktap_diag("connections to port %u: %u or more in each second, %u attempts failed",
		  port, least, shared->failed);
}

/* Every SYN that reached the listener is accounted for. */
static void check_counters(const struct stats *a, const struct stats *b,
			   uint64_t sent)
{
#define DELTA(name) (stat_of(b, name) - stat_of(a, name))
	uint64_t syns = DELTA("syns_in"), cookies = DELTA("cookies_sent");
	uint64_t entries = DELTA("passive_opens") - DELTA("cookies_rcvd");
	uint64_t dropped = syns_dropped(b) - syns_dropped(a);

	ktap_diag("%llu SYNs: %llu entries, %llu cookies, %llu dropped (syn-queue %llu, half-open-limit %llu, accept-queue %llu, no-memory %llu, dup-syn %llu)",
		  (unsigned long long)syns, (unsigned long long)entries,
		  (unsigned long long)cookies, (unsigned long long)dropped,
		  (unsigned long long)DELTA("drop_syn-queue"),
		  (unsigned long long)DELTA("drop_half-open-limit"),
		  (unsigned long long)DELTA("drop_accept-queue"),
		  (unsigned long long)DELTA("drop_no-memory"),
		  (unsigned long long)DELTA("drop_dup-syn"));
	CHECK_GE(syns, sent);
	CHECK_EQ(syns, entries + cookies + dropped);
#undef DELTA
}

/* Not more than @entries of them, and what a slab keeps for itself. */
static void check_slab(long long before, long long after, uint32_t entries)
{
	/* An entry is less than half a KiB; half as much again in free places. */
	long long bound = entries * 768LL + 256 * 1024;

	CHECK(before >= 0 && after >= 0);
	ktap_diag("half-open entries took %lld octets, %lld before; bound %lld",
		  after, before, before + bound);
	CHECK_LE(after, before + bound);
}

/* The flood and its measure; real connections go to @port. */
static void under_flood(unsigned int cookies, uint16_t port, uint32_t entries)
{
	unsigned int seconds = number("FLOOD_SECONDS", 3);
	unsigned int rate = number("FLOOD_RATE", 100000);
	struct stats before, after;
	int flooded, calm, status;
	long long memory;
	uint64_t sent;
	pid_t pid;

	CHECK_LE(seconds, SECONDS_MAX);
	alarm(60 + 8 * seconds);
	world();
	tunable("syncookies", cookies);
	tunable("timewait_len", 1);
	flooded = listener(FLOODED);
	calm = listener(CALM);
	memory = slab("itp_reqsk");
	stats_read(&before);
	pid = CHECK_OK(fork());
	if (!pid)
		legit(flooded, calm, port);
	while (!shared->ready)
		usleep(1000);
	shared->start_us = now_us();
	sent = flood(seconds, rate);
	shared->stop = 1;
	ktap_diag("seed %llu: %llu SYNs in %u s, %llu a second (wanted %u)",
		  (unsigned long long)seed, (unsigned long long)sent, seconds,
		  (unsigned long long)(sent / seconds), rate);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	stats_read(&after);
	check_slab(memory, slab("itp_reqsk"), entries);
	check_seconds(seconds, port);
	check_counters(&before, &after, sent);
}

/* Who is flooded opens connections all the same. */
KTAP_TEST(flood__cookies_when_full, 1)
{
	under_flood(1, FLOODED, BACKLOG + 1);
}

/* And keeps nothing at all. */
KTAP_TEST(flood__cookies_always, 1)
{
	under_flood(2, FLOODED, 64);
}

/* Without cookies a queue that is full is full; others have their own, and what
 * is open goes on.
 */
KTAP_TEST(flood__no_cookies, 1)
{
	under_flood(0, CALM, BACKLOG + 65);
}

/* Values of the host, set from its first namespace; back when the case ends. */
static void host_tunable(const char *name, unsigned int value)
{
	int here = CHECK_OK(open("/proc/self/ns/net", O_RDONLY));
	int first = CHECK_OK(open("/proc/1/ns/net", O_RDONLY));

	CHECK_OK(setns(first, CLONE_NEWNET));
	tunable(name, value);
	CHECK_OK(setns(here, CLONE_NEWNET));
	close(first);
	close(here);
}

static int in_child(void (*run)(void))
{
	int status;
	pid_t pid = CHECK_OK(fork());

	if (!pid) {
		run();
		fflush(stdout);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

#define HOST_MOST	300

/* Two namespaces, and a third of the SYNs fit. */
static void half_open_host(void)
{
	struct stats before, after;
	uint64_t entries = 0, limit = 0;
	struct packet p;
	int round, i;

	for (round = 0; round < 2; round++) {
		world();
		tunable("syncookies", 0);
		listener(FLOODED);
		stats_read(&before);
		for (i = 0; i < HOST_MOST; i++) {
			syn_make(&p, FLOODED);
			CHECK_EQ(write(tun, &p, sizeof(p)), sizeof(p));
			drain();
		}
		stats_read(&after);
		entries += stat_of(&after, "passive_opens") -
			   stat_of(&before, "passive_opens");
		limit += stat_of(&after, "half_open_limit") -
			 stat_of(&before, "half_open_limit");
	}
	ktap_diag("%llu entries, %llu refused", (unsigned long long)entries,
		  (unsigned long long)limit);
	CHECK_LE(entries, HOST_MOST);
	/* Entries of other tests may be there still, not many. */
	CHECK_GE(entries, HOST_MOST - 100);
	CHECK_GE(limit + entries, 2 * HOST_MOST - 2);
}

KTAP_TEST(flood__half_open_limit_of_the_host, 1)
{
	int status;

	host_tunable("max_half_open_host", HOST_MOST);
	status = in_child(half_open_host);
	host_tunable("max_half_open_host", 131072);
	CHECK_EQ(status, 0);
}

#define TW_CONNS	40

static void timewait_host(void)
{
	uint64_t made = 0, refused = 0;
	struct stats before, after;
	int round, i, lfd, fd, accepted;
	struct pollfd end;
	char c;

	for (round = 0; round < 2; round++) {
		world();
		lfd = listener(CALM);
		stats_read(&before);
		for (i = 0; i < TW_CONNS; i++) {
			fd = open_to(lfd, CALM, &accepted);
			CHECK(fd >= 0);
			CHECK_OK(shutdown(fd, SHUT_WR));
			CHECK(ready(accepted, POLLIN, 900));
			CHECK_EQ(read(accepted, &c, 1), 0);
			close(accepted);
			/* POLLHUP: both sides are closed. */
			end = (struct pollfd){ .fd = fd, .events = POLLIN };
			CHECK_EQ(poll(&end, 1, 900), 1);
			close(fd);
		}
		stats_read(&after);
		made += stat_of(&after, "timewait") -
			stat_of(&before, "timewait");
		refused += stat_of(&after, "timewait_host") -
			   stat_of(&before, "timewait_host");
	}
	ktap_diag("%llu records, %llu refused", (unsigned long long)made,
		  (unsigned long long)refused);
	CHECK_LE(made, TW_CONNS);
	CHECK_EQ(made + refused, 2 * TW_CONNS);
}

KTAP_TEST(flood__timewait_limit_of_the_host, 1)
{
	int status;

	host_tunable("max_tw_buckets_host", TW_CONNS);
	status = in_child(timewait_host);
	host_tunable("max_tw_buckets_host", 131072);
	CHECK_EQ(status, 0);
}

static void enter(unsigned int mode)
{
	const char *s = getenv("FLOOD_SEED");

	(void)mode;
	seed = s ? strtoull(s, NULL, 0) : now_us() | 1;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	static const char *const modes[] = { "v4", NULL };

	return ktap_run(argc, argv, modes, enter);
}
