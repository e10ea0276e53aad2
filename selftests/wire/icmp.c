// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors from the network, about segments of D. They come from a router
 * of no further interest and quote as little as they may.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "wire.h"

/* A segment of D as it was when it passed the router. */
static size_t quote(u8 *at, u32 seq)
{
	struct seg s = {
		.src = P->daddr, .dst = P->addr,
		.sport = P->dport, .dport = P->port,
		.seq = seq, .ack = P->d_ack, .flags = F_ACK, .wnd = 1000,
		.mss = -1, .ws = -1, .sum_proto = proto,
	};
	u8 buf[128];
	size_t len = seg_build(&s, buf);

	/* IPv4: the header and 8 octets; IPv6: all. */
	if (!v6)
		len = 28;
	memcpy(at, buf, len);
	return len;
}

void peer_icmp_(int type, int code, u32 info, const char *expr)
{
	struct in6_addr router = P->addr;
	size_t ip = v6 ? 40 : 20, len;
	u8 buf[256] = { 0 }, *p = buf + ip;

	router.s6_addr[15] = 254;
	trace("> ICMP type %d code %d info %u about %s", type, code, info, expr);
	p[0] = type;
	p[1] = code;
	p[4] = info >> 24;
	p[5] = info >> 16;
	p[6] = info >> 8;
	p[7] = info;
	len = 8 + quote(p + 8, peer_seq(expr));
	if (v6) {
		u16 sum = in_sum(pseudo_sum(&router, &P->daddr, len, 58), p, len);

		p[2] = sum >> 8;
		p[3] = sum;
		buf[0] = 0x60;
		buf[5] = len;
		buf[6] = 58;
		buf[7] = 64;
		memcpy(buf + 8, &router, 16);
		memcpy(buf + 24, &P->daddr, 16);
	} else {
		u16 sum = in_sum(0, p, len);

		p[2] = sum >> 8;
		p[3] = sum;
		buf[0] = 0x45;
		buf[3] = 20 + len;
		buf[8] = 64;
		buf[9] = 1;
		memcpy(buf + 12, &router.s6_addr[12], 4);
		memcpy(buf + 16, &P->daddr.s6_addr[12], 4);
		sum = in_sum(0, buf, 20);
		buf[10] = sum >> 8;
		buf[11] = sum;
	}
	event_now();
	tun_send(buf, ip + len);
}
