// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets: IPv4 or IPv6 header, TCP's header and options, checksums. Built
 * exactly as told, faults included; taken apart with every check that a
 * receiver could make. Not here: what a script says (language.c), what a
 * connection expects (peer.c).
 */
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include "../packet.h"
#include "wire.h"

u8 stream_octet(u32 pos)
{
	return pos * 31 + (pos >> 8) * 7 + 3;
}

u16 in_sum(u32 sum, const void *data, size_t len)
{
	return ~sum_words(sum, data, len);
}

u32 pseudo_sum(const struct in6_addr *src, const struct in6_addr *dst,
	       u32 len, int protocol)
{
	u32 sum = len + protocol;

	if (IN6_IS_ADDR_V4MAPPED(src) && IN6_IS_ADDR_V4MAPPED(dst)) {
		sum = sum_words(sum, &src->s6_addr[12], 4);
		return sum_words(sum, &dst->s6_addr[12], 4);
	}
	sum = sum_words(sum, src, 16);
	return sum_words(sum, dst, 16);
}

/* Destination options take a header of whole 8 octets, 2 of them its own. */
static size_t ip_header_len(const struct seg *s)
{
	if (IN6_IS_ADDR_V4MAPPED(&s->dst))
		return 20 + (s->nipopt + 3) / 4 * 4;
	return 40 + (s->nipopt ? (s->nipopt + 2 + 7) / 8 * 8 : 0);
}

static void ip_header(const struct seg *s, u8 *p, size_t payload)
{
	size_t len = ip_header_len(s);
	static u16 id = 1;

	memset(p, 0, len);
	if (!IN6_IS_ADDR_V4MAPPED(&s->dst)) {
		p[0] = 0x60;
		put16(p + 4, len - 40 + payload);
		p[6] = proto;
		p[7] = 64;
		memcpy(p + 8, &s->src, 16);
		memcpy(p + 24, &s->dst, 16);
		if (!s->nipopt)
			return;
		p[6] = IPPROTO_DSTOPTS;
		p[40] = proto;
		p[41] = (len - 40) / 8 - 1;
		memcpy(p + 42, s->ipopt, s->nipopt);
		return;
	}
	p[0] = 0x40 | len / 4;
	put16(p + 2, len + payload);
	put16(p + 4, id++);
	p[6] = 0x40;
	p[8] = 64;
	p[9] = proto;
	memcpy(p + 12, &s->src.s6_addr[12], 4);
	memcpy(p + 16, &s->dst.s6_addr[12], 4);
	memcpy(p + 20, s->ipopt, s->nipopt);
	put16(p + 10, in_sum(0, p, len));
}

static size_t put_options(const struct seg *s, u8 *p)
{
	size_t n = 0;
	int i;

	if (s->nopt) {
		memcpy(p, s->opt, s->nopt);
		n = s->nopt;
	}
	if (s->mss >= 0) {
		p[n++] = 2;
		p[n++] = 4;
		put16(p + n, s->mss);
		n += 2;
	}
	if (s->ws >= 0) {
		p[n++] = 3;
		p[n++] = 3;
		p[n++] = s->ws;
	}
	if (s->sackok) {
		p[n++] = 4;
		p[n++] = 2;
	}
	if (s->ts) {
		p[n++] = 8;
		p[n++] = 10;
		put32(p + n, s->tsval);
		put32(p + n + 4, s->tsecr);
		n += 8;
	}
	if (s->nsack) {
		p[n++] = 5;
		p[n++] = 2 + 8 * s->nsack;
		for (i = 0; i < s->nsack; i++, n += 8) {
			put32(p + n, s->sack[i][0]);
			put32(p + n + 4, s->sack[i][1]);
		}
	}
	while (n % 4)
		p[n++] = 0;
	return n;
}

size_t seg_build(const struct seg *s, u8 *buf)
{
	size_t ip = ip_header_len(s);
	u8 *h = buf + ip;
	size_t hdr, len;
	u32 i;

	memset(h, 0, 20);
	hdr = 20 + put_options(s, h + 20);
	put16(h, s->sport);
	put16(h + 2, s->dport);
	put32(h + 4, s->seq);
	put32(h + 8, s->ack);
	h[12] = (s->off ? s->off : hdr / 4) << 4 | s->rsv;
	h[13] = s->flags;
	put16(h + 14, s->wnd);
	put16(h + 18, s->urp);
	for (i = 0; i < s->len; i++)
		h[hdr + i] = s->text[i];
	len = hdr + s->len;
	ip_header(s, buf, len);
	put16(h + 16, in_sum(pseudo_sum(&s->src, &s->dst, len, s->sum_proto),
			     h, len) ^ s->sum_xor);
	return ip + len;
}

static void take_ts(const u8 *p, struct seg *s)
{
	s->ts = true;
	s->tsval = get32(p + 2);
	s->tsecr = get32(p + 6);
}

static void take_sack(const u8 *p, struct seg *s)
{
	for (s->nsack = 0; s->nsack < p[1] / 8; s->nsack++) {
		s->sack[s->nsack][0] = get32(p + 2 + 8 * s->nsack);
		s->sack[s->nsack][1] = get32(p + 6 + 8 * s->nsack);
	}
}

const char *seg_options(const u8 *p, size_t left, struct seg *s)
{
	const char *err = NULL;

	s->mss = -1;
	s->ws = -1;
	while (left) {
		if (*p == 0) {
			while (left--)
				if (*p++)
					return "octets after the end of the options";
			return err;
		}
		if (*p == 1) {
			p++;
			left--;
			continue;
		}
		if (left < 2 || p[1] < 2 || p[1] > left)
			return "an option has a wrong length";
		if (*p == 2 && p[1] == 4)
			s->mss = get16(p + 2);
		else if (*p == 3 && p[1] == 3)
			s->ws = p[2];
		else if (*p == 4 && p[1] == 2)
			s->sackok = true;
		else if (*p == 8 && p[1] == 10)
			take_ts(p, s);
		else if (*p == 5 && p[1] % 8 == 2 && p[1] <= 34)
			take_sack(p, s);
		else
			err = "an option that nobody asked for";
		left -= p[1];
		p += p[1];
	}
	return err;
}

static void v4_mapped(struct in6_addr *a, const u8 *p)
{
	memset(a, 0, sizeof(*a));
	memset(&a->s6_addr[10], 0xff, 2);
	memcpy(&a->s6_addr[12], p, 4);
}

int packet_protocol(const u8 *packet)
{
	if (packet[0] >> 4 == 4)
		return packet[9];
	return packet[6] == IPPROTO_DSTOPTS ? packet[40] : packet[6];
}

static size_t parse_ip6(const u8 *p, size_t len, struct seg *s,
			const char **err)
{
	size_t ext = p[6] == IPPROTO_DSTOPTS ? (p[41] + 1) * 8 : 0;

	memcpy(&s->src, p + 8, 16);
	memcpy(&s->dst, p + 24, 16);
	s->ttl = p[7];
	s->tos = get16(p) >> 4;
	s->df = true;
	s->ip_len = len;
	if (get16(p + 4) + 40 != len)
		*err = "IPv6 length";
	else if (ext > 40)
		*err = "more destination options than this test can hold";
	else if (ext)
		memcpy(s->ipopt, p + 42, s->nipopt = ext - 2);
	return *err ? 0 : 40 + ext;
}

/* A source route names the destination last. */
static void parse_ip_options(const u8 *p, struct seg *s)
{
	size_t i;

	memcpy(s->ipopt, p + 20, s->nipopt = (p[0] & 15) * 4 - 20);
	for (i = 0; i + 2 < s->nipopt && s->ipopt[i]; i += s->ipopt[i + 1]) {
		if (s->ipopt[i] == 1 || s->ipopt[i + 1] < 2)
			return;
		if ((s->ipopt[i] == 131 || s->ipopt[i] == 137) &&
		    s->ipopt[i + 2] < s->ipopt[i + 1])
			v4_mapped(&s->dst, s->ipopt + i + s->ipopt[i + 1] - 4);
	}
}

/* Length of the IP header, 0 with *@err set. */
static size_t parse_ip(const u8 *p, size_t len, struct seg *s, const char **err)
{
	size_t hdr = (p[0] & 15) * 4;

	if (p[0] >> 4 == 6)
		return parse_ip6(p, len, s, err);
	v4_mapped(&s->src, p + 12);
	v4_mapped(&s->dst, p + 16);
	s->ttl = p[8];
	s->tos = p[1];
	s->df = p[6] & 0x40;
	s->ip_len = len;
	if (get16(p + 2) != len)
		*err = "IPv4 length";
	else if (p[0] >> 4 != 4 || hdr < 20 || hdr > len)
		*err = "IPv4 header length";
	else if (in_sum(0, p, hdr))
		*err = "IPv4 header checksum";
	else if (get16(p + 6) & 0x3fff)
		*err = "a fragment";
	else
		parse_ip_options(p, s);
	return *err ? 0 : hdr;
}

const char *seg_parse(u8 *packet, size_t len, struct seg *s)
{
	const char *err = NULL;
	size_t ip, hdr;
	u8 *h;

	memset(s, 0, sizeof(*s));
	s->packet = packet;
	s->packet_len = len;
	ip = parse_ip(packet, len, s, &err);
	if (err)
		return err;
	if (len < ip + 20)
		return "too short for a header";
	h = packet + ip;
	len -= ip;
	s->sport = get16(h);
	s->dport = get16(h + 2);
	s->seq = get32(h + 4);
	s->ack = get32(h + 8);
	s->off = h[12] >> 4;
	s->rsv = h[12] & 15;
	s->flags = h[13];
	s->wnd = get16(h + 14);
	s->urp = get16(h + 18);
	hdr = s->off * 4;
	if (hdr < 20 || hdr > len)
		return "data offset";
	s->len = len - hdr;
	s->text = h + hdr;
	s->nopt = hdr - 20;
	memcpy(s->opt, h + 20, s->nopt);
	if (in_sum(pseudo_sum(&s->src, &s->dst, len, proto), h, len))
		return "checksum";
	if (s->rsv)
		return "reserved bits are set";
	return seg_options(s->opt, s->nopt, s);
}
