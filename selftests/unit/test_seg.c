// SPDX-License-Identifier: GPL-2.0-only
/*
 * seg.c: headers and options, well formed and not, and the RST that answers.
 */
#include "tap.h"

static u8 *exact(const u8 *from, u32 len)
{
	/* A heap copy of exactly this size: reading past it is caught. */
	u8 *p = malloc(len ? len : 1);

	memcpy(p, from, len);
	return p;
}

/* A header with @n octets of options (padded by the caller) and @text. */
static enum itp_reason parse(u8 flags, const u8 *opts, u32 n, u32 text,
			     struct itp_seg_in *in)
{
	u8 h[60] = { 0x12, 0x34, 0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8 };
	enum itp_reason why;
	u8 *p;

	CHECK_EQ(n % 4, 0);
	h[12] = (20 + n) / 4 << 4;
	h[13] = flags;
	h[14] = 0x80;
	h[15] = 0x01;
	h[18] = 0x11;
	h[19] = 0x22;
	memcpy(h + 20, opts, n);
	p = exact(h, 20 + n);
	memset(in, 0xee, sizeof(*in));
	why = itp_seg_parse(p, 20 + n, 20 + n + text, in);
	free(p);
	return why;
}

#define PARSE(flags, text, in, ...)					\
	({ static const u8 _o[] = { __VA_ARGS__ };			\
	   parse(flags, _o, sizeof(_o), text, in); })

TEST(seg_parse__fields)
{
	struct itp_seg_in in;

	CHECK_EQ(parse(ITP_ACK | ITP_CWR, (u8 *)"", 0, 7, &in), 0);
	CHECK_EQ(in.sport, 0x1234);
	CHECK_EQ(in.dport, 0xabcd);
	CHECK_EQ(in.seq, 0x01020304);
	CHECK_EQ(in.ack, 0x05060708);
	CHECK_EQ(in.flags, ITP_ACK | ITP_CWR);
	CHECK_EQ(in.wnd, 0x8001);
	CHECK_EQ(in.urp, 0x1122);
	CHECK_EQ(in.len, 7);
	CHECK_EQ(in.hdr_len, 20);
	CHECK_EQ(in.opts, 0);
}

TEST(seg_parse__data_offset)
{
	struct itp_seg_in in;
	u8 h[60] = { 0 };
	int off;

	for (off = 0; off < 16; off++) {
		enum itp_reason want = off < 5 ? ITP_REASON_HEADER :
						 ITP_REASON_NONE;

		h[12] = off << 4;
		CHECK_EQ(itp_seg_parse(h, 60, 60, &in), want);
		/* the same, cut one octet short of the header */
		if (off >= 5)
			CHECK_EQ(itp_seg_parse(h, off * 4 - 1, off * 4 - 1,
					       &in), ITP_REASON_HEADER);
		/* readable, but the segment ends before */
		if (off > 5)
			CHECK_EQ(itp_seg_parse(h, 60, off * 4 - 1, &in),
				 ITP_REASON_HEADER);
	}
}

TEST(seg_parse__short)
{
	struct itp_seg_in in;
	u8 h[20] = { 0 };
	u32 n;

	h[12] = 5 << 4;
	for (n = 0; n < 20; n++) {
		u8 *p = exact(h, n);

		CHECK_EQ(itp_seg_parse(p, n, n, &in), ITP_REASON_HEADER);
		free(p);
	}
	CHECK_EQ(itp_seg_parse(h, 20, 20, &in), ITP_REASON_NONE);
	CHECK_EQ(in.len, 0);
}

TEST(seg_parse__all_syn_options)
{
	struct itp_seg_in in;

	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4,
		       0, 0, 0, 9, 1, 3, 3, 7), 0);
	CHECK_EQ(in.opts, ITP_OPT_MSS | ITP_OPT_WSCALE | ITP_OPT_SACKOK |
		 ITP_OPT_TS);
	CHECK_EQ(in.mss, 1460);
	CHECK_EQ(in.wscale, 7);
	CHECK_EQ(in.tsval, 0x01020304);
	CHECK_EQ(in.tsecr, 9);
}

TEST(seg_parse__syn_options_need_syn)
{
	struct itp_seg_in in;

	CHECK_EQ(PARSE(ITP_ACK, 0, &in, 2, 4, 5, 0xb4, 4, 2, 1, 1, 1, 3, 3, 7),
		 0);
	CHECK_EQ(in.opts, 0);
}

TEST(seg_parse__sack_blocks)
{
	struct itp_seg_in in;
	u32 i;

	CHECK_EQ(PARSE(ITP_ACK, 0, &in, 1, 1, 5, 34,
		       0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4,
		       0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 8), 0);
	CHECK_EQ(in.opts, ITP_OPT_SACK);
	CHECK_EQ(in.nsack, 4);
	for (i = 0; i < 4; i++) {
		CHECK_EQ(in.sack[i][0], 2 * i + 1);
		CHECK_EQ(in.sack[i][1], 2 * i + 2);
	}
	CHECK_EQ(PARSE(ITP_ACK, 0, &in, 5, 9, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1), 0);
	CHECK_EQ(in.opts, 0);
	CHECK_EQ(PARSE(ITP_ACK, 0, &in, 5, 2, 1, 1), 0);
	CHECK_EQ(in.opts, 0);
	CHECK_EQ(in.nsack, 0);
}

TEST(seg_parse__wrong_lengths_are_absent)
{
	struct itp_seg_in in;

	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 2, 3, 5, 1), 0);
	CHECK_EQ(in.opts, 0);
	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 2, 5, 5, 1, 1, 1, 1, 1), 0);
	CHECK_EQ(in.opts, 0);
	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 3, 2, 1, 1), 0);
	CHECK_EQ(in.opts, 0);
	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 4, 3, 1, 1), 0);
	CHECK_EQ(in.opts, 0);
	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 8, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), 0);
	CHECK_EQ(in.opts, 0);
	/* an MSS of 0 says nothing */
	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 2, 4, 0, 0), 0);
	CHECK_EQ(in.opts, 0);
}

TEST(seg_parse__length_0_ends_the_list)
{
	struct itp_seg_in in;

	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 77, 0, 1, 1, 2, 4, 5, 0xb4), 0);
	CHECK_EQ(in.opts, 0);
}

TEST(seg_parse__length_1_ends_the_list)
{
	struct itp_seg_in in;

	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 77, 1, 1, 1, 2, 4, 5, 0xb4), 0);
	CHECK_EQ(in.opts, 0);
}

TEST(seg_parse__length_past_the_end)
{
	struct itp_seg_in in;

	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 3, 3, 2, 1, 1, 1, 2, 4), 0);
	CHECK_EQ(in.opts, ITP_OPT_WSCALE);
	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 1, 1, 1, 2), 0);
	CHECK_EQ(in.opts, 0);
	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 1, 1, 2, 4), 0);
	CHECK_EQ(in.opts, 0);
	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 1, 1, 77, 255), 0);
	CHECK_EQ(in.opts, 0);
}

TEST(seg_parse__odd_offsets_and_unknown)
{
	struct itp_seg_in in;

	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 1, 3, 3, 9, 253, 5, 1, 2, 3, 2, 4, 2,
		       1, 1, 1, 1), 0);
	CHECK_EQ(in.opts, ITP_OPT_WSCALE | ITP_OPT_MSS);
	CHECK_EQ(in.mss, 513);
	CHECK_EQ(in.wscale, 9);
}

TEST(seg_parse__eol_then_garbage)
{
	struct itp_seg_in in;

	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 0, 2, 4, 5, 0xb4, 3, 3, 7), 0);
	CHECK_EQ(in.opts, 0);
}

TEST(seg_parse__wscale_beyond_14)
{
	struct itp_seg_in in;

	CHECK_EQ(PARSE(ITP_SYN, 0, &in, 3, 3, 255, 0), 0);
	CHECK_EQ(in.opts, ITP_OPT_WSCALE);
	CHECK_EQ(in.wscale, 255);
}

/* Any options at all: nothing is read outside, what is found is in range. */
TEST(seg_parse__random_options)
{
	struct itp_seg_in in;
	u8 o[40];
	u32 i, n, k;

	srand(1);
	tap_what = "round";
	for (i = 0; i < 200000; i++) {
		tap_round = i;
		n = rand() % 11 * 4;
		for (k = 0; k < n; k++)
			o[k] = rand() % 3 ? rand() % 12 : rand();
		CHECK_EQ(parse(rand(), o, n, rand() % 3, &in), 0);
		CHECK_LE(in.nsack, ITP_SACK_MAX);
		CHECK(!(in.opts & ITP_OPT_SACK) || in.nsack);
		CHECK_EQ(in.hdr_len, 20 + n);
	}
}

TEST(seg_write__round_trip)
{
	struct itp_seg_out out = {
		.seq = 0xfedcba98, .ack = 0x87654321, .wnd = 0xfffe,
		.flags = ITP_SYN | ITP_ACK, .wscale = 14, .mss = 1460,
		.tsval = 0x01020304, .tsecr = 0xf1f2f3f4, .nsack = 2,
		.sack = { { 5, 6 }, { 0xfffffff0, 3 } },
	};
	struct itp_seg_in in;
	u32 i, len;
	u8 *p;

	/* Any options together but those of SYNs with SACK blocks. */
	for (i = 0; i < 32; i++) {
		out.opts = i;
		if (i & ITP_OPT_SACK && i & ITP_OPT_SACKOK)
			continue;
		len = itp_seg_hdr_len(&out);
		CHECK_EQ(len % 4, 0);
		CHECK_LE(len, ITP_HDR_MAX);
		p = malloc(len);
		memset(p, 0xff, len);
		itp_seg_write(&out, 40000, 80, p);
		CHECK_EQ(p[16] | p[17] | p[18] | p[19], 0);
		CHECK_EQ(p[12] & 0x0f, 0);
		CHECK_EQ(itp_seg_parse(p, len, len + 5, &in), 0);
		free(p);
		CHECK_EQ(in.seq, out.seq);
		CHECK_EQ(in.ack, out.ack);
		CHECK_EQ(in.wnd, out.wnd);
		CHECK_EQ(in.flags, out.flags);
		CHECK_EQ(in.opts, out.opts);
		CHECK_EQ(in.sport, 40000);
		CHECK_EQ(in.dport, 80);
		CHECK_EQ(in.len, 5);
		CHECK_EQ(in.mss, out.opts & ITP_OPT_MSS ? 1460 : 0);
		CHECK_EQ(in.wscale, out.opts & ITP_OPT_WSCALE ? 14 : 0);
		CHECK_EQ(in.tsval, out.opts & ITP_OPT_TS ? out.tsval : 0);
		CHECK_EQ(in.tsecr, out.opts & ITP_OPT_TS ? out.tsecr : 0);
		CHECK_EQ(in.nsack, out.opts & ITP_OPT_SACK ? 2 : 0);
		if (in.nsack)
			CHECK(!memcmp(in.sack, out.sack, 16));
	}
}

/* The header has room for three SACK blocks beside a timestamp, or for four. */
TEST(seg_write__full_header)
{
	struct itp_seg_out out = { .flags = ITP_ACK, .nsack = 3,
				   .opts = ITP_OPT_TS | ITP_OPT_SACK };

	CHECK_EQ(itp_seg_hdr_len(&out), ITP_HDR_MAX);
	out.nsack = 4;
	out.opts = ITP_OPT_SACK;
	CHECK_EQ(itp_seg_hdr_len(&out), 56);
}

/* RFC 7323 5.2: the RST that answers a timestamp echoes it. */
TEST(seg_reset__echoes_timestamp)
{
	struct itp_seg_in in = { .ack = 99, .flags = ITP_ACK,
				 .opts = ITP_OPT_TS, .tsval = 77, .tsecr = 5 };
	struct itp_seg_out rst;

	memset(&rst, 0xee, sizeof(rst));
	CHECK(itp_seg_reset(&in, &rst));
	CHECK_EQ(rst.opts, ITP_OPT_TS);
	CHECK_EQ(rst.tsval, 0);
	CHECK_EQ(rst.tsecr, 77);
}

TEST(seg_reset__with_ack)
{
	struct itp_seg_in in = { .seq = 7, .ack = 99, .len = 5,
				 .flags = ITP_ACK };
	struct itp_seg_out rst;

	memset(&rst, 0xee, sizeof(rst));
	CHECK(itp_seg_reset(&in, &rst));
	CHECK_EQ(rst.flags, ITP_RST);
	CHECK_EQ(rst.seq, 99);
	CHECK_EQ(rst.len, 0);
	CHECK_EQ(rst.opts, 0);
	CHECK_EQ(rst.wnd, 0);
	CHECK_EQ(rst.why, ITP_WHY_RST);
}

TEST(seg_reset__without_ack)
{
	struct itp_seg_in in = { .seq = 0xfffffffe, .len = 5,
				 .flags = ITP_SYN | ITP_FIN };
	struct itp_seg_out rst;

	memset(&rst, 0xee, sizeof(rst));
	CHECK(itp_seg_reset(&in, &rst));
	CHECK_EQ(rst.flags, ITP_RST | ITP_ACK);
	CHECK_EQ(rst.seq, 0);
	CHECK_EQ(rst.ack, 5);
}

TEST(seg_reset__never_for_a_rst)
{
	struct itp_seg_in in = { .flags = ITP_RST };
	struct itp_seg_out rst;

	CHECK(!itp_seg_reset(&in, &rst));
	in.flags = ITP_RST | ITP_ACK;
	CHECK(!itp_seg_reset(&in, &rst));
}
