// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire format: TCP's header and options (RFC 9293 section 3.1), read and
 * written octet by octet, so that alignment and byte order do not matter.
 * Checksums are not here: they need addresses, which the shell has.
 */
#include <env.h>

enum {
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_MSS = 2,
	OPT_WSCALE = 3,
	OPT_SACKOK = 4,
	OPT_SACK = 5,
	OPT_TS = 8,
};

static u32 get16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

static u32 get32(const u8 *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static void put16(u8 *p, u32 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(u8 *p, u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* One option of kind p[0], length p[1] in all; a wrong length means: not there. */
static void opt_take(const u8 *p, struct itp_seg_in *seg)
{
	u8 len = p[1], i;

	switch (p[0]) {
	case OPT_MSS:
		if (len != 4 || !(seg->flags & ITP_SYN) || !get16(p + 2))
			return;
		seg->mss = get16(p + 2);
		seg->opts |= ITP_OPT_MSS;
		return;
	case OPT_WSCALE:
		if (len != 3 || !(seg->flags & ITP_SYN))
			return;
		seg->wscale = p[2];
		seg->opts |= ITP_OPT_WSCALE;
		return;
	case OPT_SACKOK:
		if (len == 2 && (seg->flags & ITP_SYN))
			seg->opts |= ITP_OPT_SACKOK;
		return;
	case OPT_TS:
		if (len != 10)
			return;
		seg->tsval = get32(p + 2);
		seg->tsecr = get32(p + 6);
		seg->opts |= ITP_OPT_TS;
		return;
	case OPT_SACK:
		if (len < 10 || (len - 2) % 8 || (len - 2) / 8 > ITP_SACK_MAX)
			return;
		seg->nsack = (len - 2) / 8;
		for (i = 0; i < seg->nsack; i++) {
			seg->sack[i][0] = get32(p + 2 + 8 * i);
			seg->sack[i][1] = get32(p + 6 + 8 * i);
		}
		seg->opts |= ITP_OPT_SACK;
		return;
	}
}

static void opts_parse(const u8 *p, u32 left, struct itp_seg_in *seg)
{
	while (left) {
		if (p[0] == OPT_END)
			return;
		if (p[0] == OPT_NOP) {
			p++;
			left--;
			continue;
		}
		/* An illegal length ends the list (RFC 9293 MUST-7). */
		if (left < 2 || p[1] < 2 || p[1] > left + ITP_MUTATE(101))
			return;
		opt_take(p, seg);
		left -= p[1];
		p += p[1];
	}
}

enum itp_reason itp_seg_parse(const u8 *hdr, u32 avail, u32 seg_len,
			      struct itp_seg_in *seg)
{
	u32 hdr_len;

	memset(seg, 0, sizeof(*seg));
	if (avail < ITP_HDR_MIN || seg_len < ITP_HDR_MIN)
		return ITP_REASON_HEADER;
	hdr_len = (hdr[12] >> 4) * 4U;
	if (hdr_len < ITP_HDR_MIN || hdr_len > seg_len || hdr_len > avail)
		return ITP_REASON_HEADER;
	seg->sport = get16(hdr);
	seg->dport = get16(hdr + 2);
	seg->seq = get32(hdr + 4);
	seg->ack = get32(hdr + 8);
	seg->hdr_len = hdr_len;
	seg->flags = hdr[13];
	seg->wnd = get16(hdr + 14);
	seg->urp = get16(hdr + 18);
	seg->len = seg_len - hdr_len;
	opts_parse(hdr + ITP_HDR_MIN, hdr_len - ITP_HDR_MIN, seg);
	return ITP_REASON_NONE;
}

u32 itp_seg_hdr_len(const struct itp_seg_out *seg)
{
	u32 len = ITP_HDR_MIN;

	if (seg->opts & ITP_OPT_MSS)
		len += 4;
	if (seg->opts & ITP_OPT_TS)
		len += ITP_TS_LEN;
	else if (seg->opts & ITP_OPT_SACKOK)
		len += 4;
	if (seg->opts & ITP_OPT_WSCALE)
		len += 4;
	if (seg->opts & ITP_OPT_SACK)
		len += itp_sack_room(seg->nsack);
	return len;
}

/*
 * SACK-permitted and timestamp, SACK-permitted first, on one 4-octet boundary:
 * it takes the place of the timestamp's padding.
 */
static u8 *put_sackok_ts(u8 *p, const struct itp_seg_out *seg)
{
	if (!(seg->opts & (ITP_OPT_SACKOK | ITP_OPT_TS)))
		return p;
	if (!(seg->opts & ITP_OPT_SACKOK) || !(seg->opts & ITP_OPT_TS)) {
		*p++ = OPT_NOP;
		*p++ = OPT_NOP;
	}
	if (seg->opts & ITP_OPT_SACKOK) {
		*p++ = OPT_SACKOK;
		*p++ = 2;
	}
	if (seg->opts & ITP_OPT_TS) {
		p[0] = OPT_TS;
		p[1] = 10;
		put32(p + 2, seg->tsval);
		put32(p + 6, seg->tsecr);
		p += 10;
	}
	return p;
}

static void put_options(u8 *p, const struct itp_seg_out *seg)
{
	u8 i;

	if (seg->opts & ITP_OPT_MSS) {
		p[0] = OPT_MSS;
		p[1] = 4;
		put16(p + 2, seg->mss + ITP_MUTATE(102));
		p += 4;
	}
	p = put_sackok_ts(p, seg);
	if (seg->opts & ITP_OPT_WSCALE) {
		p[0] = OPT_NOP;
		p[1] = OPT_WSCALE;
		p[2] = 3;
		p[3] = seg->wscale;
		p += 4;
	}
	if (!(seg->opts & ITP_OPT_SACK))
		return;
	p[0] = OPT_NOP;
	p[1] = OPT_NOP;
	p[2] = OPT_SACK;
	p[3] = 2 + 8 * seg->nsack;
	for (i = 0; i < seg->nsack; i++) {
		put32(p + 4 + 8 * i, seg->sack[i][0]);
		put32(p + 8 + 8 * i, seg->sack[i][1]);
	}
}

void itp_seg_write(const struct itp_seg_out *seg, u16 sport, u16 dport, u8 *hdr)
{
	put16(hdr, sport);
	put16(hdr + 2, dport);
	put32(hdr + 4, seg->seq);
	put32(hdr + 8, seg->ack);
	hdr[12] = itp_seg_hdr_len(seg) / 4 << 4;
	hdr[13] = seg->flags;
	put16(hdr + 14, seg->wnd);
	put16(hdr + 16, 0);
	put16(hdr + 18, seg->flags & ITP_URG ? seg->urp : 0);
	put_options(hdr + ITP_HDR_MIN, seg);
}

bool itp_seg_reset(const struct itp_seg_in *seg, struct itp_seg_out *rst)
{
	memset(rst, 0, sizeof(*rst));
	if (seg->flags & ITP_RST)
		return false;
	rst->why = ITP_WHY_RST;
	if (seg->flags & ITP_ACK) {
		rst->seq = seg->ack;
		rst->flags = ITP_RST;
	} else {
		rst->ack = seg->seq + itp_seg_space(seg);
		rst->flags = ITP_RST | ITP_ACK;
	}
	if (seg->opts & ITP_OPT_TS) {
		rst->opts = ITP_OPT_TS;
		rst->tsecr = seg->tsval;
	}
	return true;
}
