// SPDX-License-Identifier: GPL-2.0-only
/*
 * A segment in IP fragments, as a router (IPv4) or P itself (IPv6) makes them.
 */
#include <string.h>
#include "wire.h"

#define FRAG_HDR 8

static u32 piece_size;
static const char *piece_order;

void peer_split(u32 size, const char *order)
{
	piece_size = size;
	piece_order = order;
}

static size_t piece_v4(u8 *to, const u8 *packet, size_t len, u32 at)
{
	u32 hdr = (packet[0] & 15) * 4, n = len - hdr - at;
	u16 off = at / 8, sum;

	if (n > piece_size) {
		n = piece_size;
		off |= 0x2000;
	}
	memcpy(to, packet, hdr);
	memcpy(to + hdr, packet + hdr + at, n);
	to[2] = (hdr + n) >> 8;
	to[3] = hdr + n;
	to[6] = off >> 8;
	to[7] = off;
	to[10] = 0;
	to[11] = 0;
	sum = in_sum(0, to, hdr);
	to[10] = sum >> 8;
	to[11] = sum;
	return hdr + n;
}

static size_t piece_v6(u8 *to, const u8 *packet, size_t len, u32 at, u32 id)
{
	u32 n = len - 40 - at;
	u16 off = at;

	if (n > piece_size) {
		n = piece_size;
		off |= 1;
	}
	memcpy(to, packet, 40);
	to[4] = (FRAG_HDR + n) >> 8;
	to[5] = FRAG_HDR + n;
	to[6] = IPPROTO_FRAGMENT;
	memset(to + 40, 0, FRAG_HDR);
	to[40] = packet[6];
	to[42] = off >> 8;
	to[43] = off;
	to[47] = id;
	memcpy(to + 40 + FRAG_HDR, packet + 40 + at, n);
	return 40 + FRAG_HDR + n;
}

void pieces_send(const u8 *packet, size_t len)
{
	static u32 id;
	const char *digit;
	u8 buf[2048];
	u32 at;

	if (!piece_order) {
		tun_send(packet, len);
		return;
	}
	id++;
	for (digit = piece_order; *digit; digit++) {
		at = (*digit - '0') * piece_size;
		tun_send(buf, v6 ? piece_v6(buf, packet, len, at, id)
				 : piece_v4(buf, packet, len, at));
	}
	piece_order = NULL;
}
