// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_segments [-s SEED] [-n PACKETS] [-t SECONDS]
 *
 * Mutated packets into the module, in a network namespace of its own: behind a
 * TUN device sits a peer that answers well enough to bring connections of both
 * families into all states; what it and the module say is kept, and packets
 * out of that memory come back with bits flipped, fields changed, lengths cut
 * or stretched, options made up, checksums repaired (mostly). Programs read,
 * write, shut down and close at random. Nothing is expected but that the kernel
 * stays well; its checkers judge.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "../packet.h"
#include "fuzz.h"

#define ITP	253
#define FLOWS	64
#define SOCKS	48
#define MEMORY	256
#define PKT	1600
#define PORT	7

#define FIN	1
#define SYN	2
#define RST	4
#define ACK	16

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;

struct pkt {
	u16 len;
	u8 hdr;			/* octets of the IP header */
	u8 data[PKT];
};

/* What the peer knows of a connection. */
struct flow {
	int v6;
	u16 port;		/* the peer's */
	u16 dport;		/* the module's */
	u32 snd, rcv;
	int used;
};

static uint64_t rng;
static int tun;
static struct pkt memory[MEMORY];
static unsigned long remembered, injected, seen, states[8], accepted;
static struct flow flows[FLOWS];
static int listener[2], socks[SOCKS];

static u32 rnd(u32 below)
{
	rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return (rng >> 32) * below >> 32;
}

/* Lengths and checksums that let the packet get as far as the module. */
static void seal(struct pkt *p)
{
	u8 *ip = p->data, *th = p->data + p->hdr;
	int len = p->len - p->hdr;
	u32 s = ITP + len;

	if (p->hdr == 20) {
		put16(ip + 2, p->len);
		put16(ip + 10, 0);
		put16(ip + 10, ~sum_words(0, ip, 20));
		s = sum_words(s, ip + 12, 8);
	} else {
		put16(ip + 4, len);
		s = sum_words(s, ip + 8, 32);
	}
	if (len < 18)
		return;
	put16(th + 16, 0);
	put16(th + 16, ~sum_words(s, th, len));
}

static void inject(const struct pkt *p)
{
	if (write(tun, p->data, p->len) < 0 && errno != EINVAL &&
	    errno != ENOBUFS && errno != EIO) {
		perror("write to the TUN device");
		exit(2);
	}
}

static void remember(const struct pkt *p)
{
	memory[remembered++ % MEMORY] = *p;
}

static void ip_header(struct pkt *p, int v6)
{
	static const u8 a4[8] = { 192, 0, 2, 2, 192, 0, 2, 1 };
	u8 *ip = p->data;

	p->hdr = v6 ? 40 : 20;
	memset(ip, 0, p->hdr);
	if (v6) {
		ip[0] = 0x60;
		ip[6] = ITP;
		ip[7] = 64;
		inet_pton(AF_INET6, "2001:db8:1::2", ip + 8);
		inet_pton(AF_INET6, "2001:db8:1::1", ip + 24);
	} else {
		ip[0] = 0x45;
		ip[8] = 64;
		ip[9] = ITP;
		memcpy(ip + 12, a4, 8);
	}
}

/* An honest segment of the peer. */
static void say(struct flow *f, u8 flags, u32 len)
{
	struct pkt p;
	u8 *th;
	u32 i;

	ip_header(&p, f->v6);
	th = p.data + p.hdr;
	memset(th, 0, 20);
	put16(th, f->port);
	put16(th + 2, f->dport);
	put32(th + 4, f->snd);
	put32(th + 8, flags & ACK ? f->rcv : 0);
	th[12] = 0x50;
	th[13] = flags;
	put16(th + 14, rnd(8) ? 65535 : rnd(3) * 700);
	p.len = p.hdr + 20 + len;
	for (i = 0; i < len; i++)
		th[20 + i] = i;
	seal(&p);
	f->snd += len + !!(flags & SYN) + !!(flags & FIN);
	remember(&p);
	inject(&p);
}

static struct flow *find(int v6, u16 port, u16 dport)
{
	int i;

	for (i = 0; i < FLOWS; i++)
		if (flows[i].used && flows[i].v6 == v6 &&
		    flows[i].port == port && flows[i].dport == dport)
			return &flows[i];
	return NULL;
}

static struct flow *flow_new(int v6, u16 port, u16 dport)
{
	struct flow *f = &flows[rnd(FLOWS)];

	f->v6 = v6;
	f->port = port;
	f->dport = dport;
	f->snd = rnd(4) ? rnd(~0U) : 0U - rnd(2000);
	f->rcv = 0;
	f->used = 1;
	return f;
}

/* What the module sent: into memory, turned round, and maybe answered. */
static void hear(const u8 *data, int len)
{
	int v6 = data[0] >> 4 == 6, hdr = v6 ? 40 : 20, n, off;
	const u8 *th = data + hdr;
	struct flow *f;
	struct pkt p;
	u8 flags;
	u32 seq;

	if (len < hdr + 20 || len > PKT || data[v6 ? 6 : 9] != ITP)
		return;
	seen++;
	off = (th[12] >> 4) * 4;
	n = len - hdr - off;
	flags = th[13];
	seq = get32(th + 4);
	ip_header(&p, v6);
	p.len = len;
	memcpy(p.data + hdr, th, len - hdr);
	memcpy(p.data + hdr, th + 2, 2);
	memcpy(p.data + hdr + 2, th, 2);
	put32(p.data + hdr + 4, get32(th + 8));
	put32(p.data + hdr + 8, seq);
	remember(&p);
	f = find(v6, th[2] << 8 | th[3], th[0] << 8 | th[1]);
	if (!f && (flags & (SYN | RST)) == SYN)
		f = flow_new(v6, th[2] << 8 | th[3], th[0] << 8 | th[1]);
	if (!f)
		return;
	if (flags & RST) {
		f->used = 0;
		return;
	}
	if (flags & SYN) {
		f->rcv = seq + 1;
		say(f, flags & ACK ? ACK : SYN | ACK, 0);
	} else if (seq == f->rcv && (n || flags & FIN) && rnd(4)) {
		f->rcv += n + (flags & FIN);
		say(f, rnd(16) ? ACK : ACK | FIN, rnd(2) ? 0 : rnd(1000));
	}
}

static void listen_all(void)
{
	u8 buf[PKT * 2];
	int n;

	while ((n = read(tun, buf, sizeof(buf))) > 0)
		hear(buf, n);
}

/* A field of the header near what it was, or anything. */
static void bend(struct pkt *p)
{
	static const u8 at[] = { 4, 8, 14, 18, 12, 13, 0, 2 };
	u8 *th = p->data + p->hdr;
	u32 n = at[rnd(sizeof(at))];

	if (p->len < p->hdr + 20)
		return;
	if (n == 4 || n == 8)
		put32(th + n, rnd(3) ? get32(th + n) + rnd(5) - 2 :
			      rnd(2) ? get32(th + n) + rnd(70000) - 35000 : rnd(~0U));
	else if (n == 13)
		th[13] = rnd(2) ? (1U << rnd(8)) ^ th[13] : rnd(256);
	else if (n == 12)
		th[12] = rnd(2) ? rnd(16) << 4 : th[12] | rnd(16);
	else if (n == 14 || n == 18)
		put16(th + n, rnd(2) ? rnd(4) : rnd(65536));
	else if (!rnd(8))
		put16(th + n, rnd(65536));
}

/* Options between header and text: as they come, or well formed in length. */
static void dress(struct pkt *p)
{
	static const u8 kinds[] = { 2, 3, 4, 5, 8, 1, 0, 28, 34, 254 };
	u32 room = 4 * (1 + rnd(10)), i, len;
	u8 *th = p->data + p->hdr;

	if (p->len < p->hdr + 20 || p->len + room > PKT || th[12] >> 4 != 5)
		return;
	memmove(th + 20 + room, th + 20, p->len - p->hdr - 20);
	for (i = 0; i < room; i++)
		th[20 + i] = rnd(256);
	for (i = 0; i + 2 < room && rnd(8); i += len) {
		len = rnd(4) ? 2 + rnd(10) : rnd(256);
		th[20 + i] = kinds[rnd(sizeof(kinds))];
		th[21 + i] = len;
		if (!len)
			break;
	}
	th[12] = (5 + room / 4) << 4;
	p->len += room;
}

static void mutate(void)
{
	unsigned long known = remembered < MEMORY ? remembered : MEMORY;
	struct pkt p;
	u32 n, i;

	if (!known)
		return;
	p = memory[rnd(known)];
	for (n = rnd(4); n--; ) {
		switch (rnd(6)) {
		case 0:
			i = p.hdr + rnd(p.len - p.hdr);
			p.data[i] ^= 1 << rnd(8);
			break;
		case 1:
			p.len = p.hdr + rnd(p.len - p.hdr + 1);
			if (p.len == p.hdr)
				p.len++;
			break;
		case 2:
			i = rnd(200);
			if (p.len + i < PKT) {
				memset(p.data + p.len, 'x', i);
				p.len += i;
			}
			break;
		case 3:
			dress(&p);
			break;
		default:
			bend(&p);
		}
	}
	if (rnd(64))
		seal(&p);
	/* Now and then the IP header has its share. */
	if (!rnd(64))
		p.data[rnd(p.hdr)] ^= 1 << rnd(8);
	inject(&p);
	injected++;
}

static void address(int v6, int mine, int port, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in4 = (void *)ss;
	struct sockaddr_in6 *in6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (v6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		if (!mine)
			inet_pton(AF_INET6, "2001:db8:1::2", &in6->sin6_addr);
	} else {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		if (!mine)
			inet_pton(AF_INET, "192.0.2.2", &in4->sin_addr);
	}
}

static int sock(int v6)
{
	int one = 1;
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, ITP);

	if (fd < 0) {
		perror("socket");
		exit(2);
	}
	if (v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	return fd;
}

static void keep(int fd)
{
	u32 i = rnd(SOCKS);

	if (fd < 0)
		return;
	if (socks[i] >= 0)
		close(socks[i]);
	socks[i] = fd;
}

/* One step of the programs over the connections. */
static void program(void)
{
	struct linger lg = { .l_onoff = 1 };
	struct sockaddr_storage ss;
	int v6 = rnd(2), fd = socks[rnd(SOCKS)], n;
	static u8 buf[20000];

	switch (rnd(9)) {
	case 0:
		fd = sock(v6);
		address(v6, 0, 8000 + rnd(20), &ss);
		connect(fd, (struct sockaddr *)&ss, v6 ? 28 : 16);
		keep(fd);
		break;
	case 1:
		fd = accept(listener[v6], NULL, NULL);
		if (fd >= 0) {
			fcntl(fd, F_SETFL, O_NONBLOCK);
			accepted++;
		}
		keep(fd);
		break;
	case 2:
	case 3:
		n = send(fd, buf, rnd(rnd(4) ? 2000 : sizeof(buf)),
			 MSG_NOSIGNAL | (rnd(4) ? 0 : MSG_OOB));
		states[n < 0]++;
		break;
	case 4:
	case 5:
		n = recv(fd, buf, sizeof(buf), rnd(8) ? 0 : MSG_PEEK);
		states[2 + (n < 0)]++;
		break;
	case 6:
		shutdown(fd, rnd(3));
		break;
	case 7:
		if (fd >= 0 && !rnd(4))
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &lg, sizeof(lg));
		break;
	default:
		n = rnd(SOCKS);
		if (socks[n] >= 0)
			close(socks[n]);
		socks[n] = -1;
	}
}

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(2);
}

static void set_up(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct sockaddr_storage ss;
	int i;

	must(unshare(CLONE_NEWNET), "a network namespace");
	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	must(tun, "/dev/net/tun");
	strcpy(ifr.ifr_name, "fuzz0");
	must(ioctl(tun, TUNSETIFF, &ifr), "TUNSETIFF");
	if (system("ip link set lo up && ip address add 192.0.2.1/24 dev fuzz0 &&"
		   "ip address add 2001:db8:1::1/64 dev fuzz0 nodad &&"
		   "ip link set fuzz0 up"))
		exit(2);
	for (i = 0; i < 2; i++) {
		listener[i] = sock(i);
		address(i, 1, PORT, &ss);
		must(bind(listener[i], (struct sockaddr *)&ss, i ? 28 : 16), "bind");
		must(listen(listener[i], 16), "listen");
	}
	for (i = 0; i < SOCKS; i++)
		socks[i] = -1;
	signal(SIGPIPE, SIG_IGN);
	fuzz_impatient();
}

static int report(unsigned long packets)
{
	int bad = injected < packets || !accepted || !states[0] || !states[2];

	printf("# %lu packets injected, %lu heard; %lu connections accepted\n",
	       injected, seen, accepted);
	printf("# send() worked %lu times and failed %lu, recv() %lu and %lu\n",
	       states[0], states[1], states[2], states[3]);
	if (bad)
		printf("# too little for a test\n");
	return bad;
}

int main(int argc, char **argv)
{
	unsigned long seed = time(NULL) ^ getpid(), packets = 20000, turn;
	int seconds = 600, opt, i;
	time_t until;

	while ((opt = getopt(argc, argv, "s:n:t:")) != -1) {
		if (opt == 's')
			seed = strtoul(optarg, NULL, 0);
		else if (opt == 'n')
			packets = strtoul(optarg, NULL, 0);
		else if (opt == 't')
			seconds = atoi(optarg);
		else
			return 2;
	}
	printf("# fuzz_segments -s %lu -n %lu\n", seed, packets);
	fflush(stdout);
	set_up();
	rng = seed;
	until = time(NULL) + seconds;
	for (turn = 0; injected < packets && time(NULL) < until; turn++) {
		listen_all();
		if (!rnd(8))
			program();
		else if (!rnd(24))
			say(flow_new(rnd(2), 9000 + rnd(2000), PORT), SYN, 0);
		else
			mutate();
		if (!rnd(256))
			usleep(1000);
	}
	for (i = 0; i < SOCKS; i++)
		if (socks[i] >= 0)
			close(socks[i]);
	return report(packets);
}
