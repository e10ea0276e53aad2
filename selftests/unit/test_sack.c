// SPDX-License-Identifier: GPL-2.0-only
/*
 * sack.c: which blocks an ACK carries (RFC 2018 section 4), duplicates
 * (RFC 2883), what is believed of the peer's blocks.
 */
#include "drive.h"

static void established(bool ts)
{
	struct itp_seg_in in = { .ack = 1, .flags = SA, .mss = MSS,
				 .opts = ITP_OPT_MSS | ITP_OPT_SACKOK };

	drive_init();
	d.tun.sack = 1;
	d.tun.timestamps = ts;
	drive_connect();
	CHECK_EQ(d.log[0].raw.opts & ITP_OPT_SACKOK, ITP_OPT_SACKOK);
	in.wnd = d.wnd;
	if (ts) {
		in.opts |= ITP_OPT_TS;
		in.tsval = P_TS;
	}
	rx_any(&in);
	STATE(ESTABLISHED);
	CHECK(d.c.sack_ok);
	skip();
}

/* The next ACK carries these blocks; pairs of relative edges. */
static void is_sack(int line, u32 ack, u32 n, const u32 *want)
{
	struct shot *s = next_shot(__FILE__, line);
	u32 i, got = s->raw.opts & ITP_OPT_SACK ? s->raw.nsack : 0;

	if (s->ack != ack || got != n)
		tap_fail(__FILE__, line, "ACK %u with %u blocks, not %u with %u",
			 s->ack, got, ack, n);
	for (i = 0; i < 2 * n; i++)
		if (s->raw.sack[i / 2][i % 2] - P_ISS != want[i])
			tap_fail(__FILE__, line, "edge %u is %u, not %u", i,
				 s->raw.sack[i / 2][i % 2] - P_ISS, want[i]);
}

#define SACK(ack, ...)							\
	do {								\
		static const u32 _w[] = { __VA_ARGS__ };		\
		is_sack(__LINE__, ack, sizeof(_w) / 8, _w);		\
	} while (0)

/* Segment @nr of ten octets: 1 is [1, 11). */
static void rx_nr(u32 nr)
{
	rx(A, 10 * nr - 9, 1, 10);
}

/* 2018-1. */
TEST(sack__only_if_agreed)
{
	drive_established(30000);
	rx_nr(2);
	SACK(1);
	drive_end();
	drive_init();
	d.tun.sack = 1;
	drive_connect();
	rx_opt(SA, 0, 1, d.wnd, MSS, -1);
	CHECK(!d.c.sack_ok);
	skip();
	rx_nr(2);
	SACK(1);
	drive_end();
}

/* 2018-2: first the block of the segment that caused the ACK. */
TEST(sack__latest_first)
{
	established(false);
	rx_nr(2);
	SACK(1, 11, 21);
	rx_nr(4);
	SACK(1, 31, 41, 11, 21);
	rx_nr(6);
	SACK(1, 51, 61, 31, 41, 11, 21);
	rx_nr(3);
	SACK(1, 11, 41, 51, 61);
	rx_nr(1);
	SACK(41, 51, 61);
	rx_nr(5);
	SACK(61);
	drive_end();
}

/* 2018-3: four of them, three beside a timestamp. */
TEST(sack__as_many_as_fit)
{
	u32 i;

	established(false);
	for (i = 2; i < 10; i += 2)
		rx_nr(i);
	skip();
	rx_nr(10);
	SACK(1, 91, 101, 71, 81, 51, 61, 31, 41);
	drive_end();
	established(true);
	for (i = 2; i < 10; i += 2)
		rx_ts(A, 10 * i - 9, 1, 10, i);
	skip();
	rx_ts(A, 91, 1, 10, 10);
	SACK(1, 91, 101, 71, 81, 51, 61);
	drive_end();
}

/* 2018-4: every ACK as long as there is a gap, text included. */
TEST(sack__on_every_ack)
{
	u32 i;

	established(false);
	for (i = 2; i < 20; i += 2)
		rx_nr(i);
	skip();
	rx(A, 0, 1, 0);			/* a keep-alive probe */
	SACK(1, 171, 181, 151, 161, 131, 141, 111, 121);
	app_write(3000);
	/* The blocks take room from the text. */
	CHECK_EQ(d.log[d.seen].len, MSS - 36);
	/* ... and are full all the same: what is left is no second short one. */
	CHECK_EQ(d.c.snd_sml, d.c.snd_nxt);
	CHECK_EQ(d.c.snd_nxt - D_ISS, 3001);
	SACK(1, 171, 181, 151, 161, 131, 141, 111, 121);
	skip();
	/* Forgotten ones come up again when the later ones are delivered. */
	for (i = 1; i < 18; i++) {
		rx(A, 10 * i - 9, 3001, 10);
		CHECK_EQ(!(d.log[d.sent - 1].raw.opts & ITP_OPT_SACK),
			 !d.c.held.count);
	}
	drive_end();
}

/* 2883-1: below the ACK; once. */
TEST(dsack__below_the_ack)
{
	established(false);
	rx_nr(1);
	rx_nr(2);
	skip();
	rx_nr(1);
	SACK(21, 1, 11);
	rx_nr(4);
	SACK(21, 31, 41);
	rx_nr(2);
	SACK(21, 11, 21, 31, 41);
	/* In part: what had come before. */
	rx(A, 16, 1, 10);
	SACK(26, 16, 21, 31, 41);
	drive_end();
}

/* 2883-2: above the ACK, with the block around it behind. */
TEST(dsack__above_the_ack)
{
	established(false);
	rx_nr(2);
	rx_nr(3);
	rx_nr(6);
	skip();
	rx_nr(3);
	SACK(1, 21, 31, 11, 31, 51, 61);
	/* In part. */
	rx(A, 26, 1, 10);
	SACK(1, 26, 31, 11, 36, 51, 61);
	/* The gap closes, and some of that was there. */
	rx(A, 1, 1, 15);
	SACK(36, 11, 16, 51, 61);
	drive_end();
}

TEST(dsack__switched_off)
{
	established(false);
	d.tun.dsack = 0;
	rx_nr(1);
	skip();
	rx_nr(1);
	SACK(11);
	drive_end();
}

/* A peer may name any sequence number; only what did arrive is reported. */
TEST(dsack__only_what_arrived)
{
	established(false);
	rx_nr(1);
	skip();
	rx(A, (u32)-5000, 1, 10);
	SACK(11);
	rx(A, (u32)-4, 1, 10);
	SACK(11);
	drive_end();
}

/* What was thrown away is reported no more. */
TEST(sack__pruned)
{
	established(false);
	rx_nr(2);
	rx_nr(4);
	skip();
	rx_nr(4);
	itp_rcv_pruned(&d.c, P_ISS + 31);
	skip();
	rx_nr(1);
	SACK(21);
	drive_end();
}

static void rx_sack(u32 ack, u32 n, u32 a, u32 b, u32 e, u32 f)
{
	struct itp_seg_in in = {
		.seq = 1, .ack = ack, .flags = A, .wnd = d.wnd, .nsack = n,
		.opts = ITP_OPT_SACK,
		.sack = { { D_ISS + a, D_ISS + b }, { D_ISS + e, D_ISS + f } },
	};

	rx_any(&in);
}

static u64 counted[3];

static void count_from_here(void)
{
	counted[0] = itp_test_counters[ITP_CNT_sack_blocks_in];
	counted[1] = itp_test_counters[ITP_CNT_dsacks_in];
	counted[2] = itp_test_counters[ITP_CNT_sack_invalid];
}

#define COUNTED(blocks, dups, bad)					\
	do {								\
		CHECK_EQ(itp_test_counters[ITP_CNT_sack_blocks_in],	\
			 counted[0] + (blocks));			\
		CHECK_EQ(itp_test_counters[ITP_CNT_dsacks_in],		\
			 counted[1] + (dups));				\
		CHECK_EQ(itp_test_counters[ITP_CNT_sack_invalid],	\
			 counted[2] + (bad));				\
		count_from_here();					\
	} while (0)

/* 2883-3: judged by the ACK of its own segment. */
TEST(sack_in__what_is_believed)
{
	established(false);
	app_write(5000);
	count_from_here();
	rx_sack(1, 1, 1001, 2001, 0, 0);
	COUNTED(1, 0, 0);
	rx_sack(1001, 2, 2001, 2501, 2001, 3001);	/* within the second */
	COUNTED(1, 1, 0);
	rx_sack(2001, 1, 1001, 2001, 0, 0);		/* below the ACK */
	COUNTED(0, 1, 0);
	CHECK_EQ(d.c.flow->dsacks_in, 2);
	/* An old ACK: its block lies below SND.UNA now, and is no duplicate. */
	rx_sack(1, 1, 1001, 2001, 0, 0);
	COUNTED(1, 0, 0);
	rx_sack(2001, 1, 3001, 3001, 0, 0);		/* empty */
	rx_sack(2001, 1, 4001, 3001, 0, 0);		/* inside out */
	rx_sack(2001, 1, 3001, 9001, 0, 0);		/* never sent */
	rx_sack(2001, 1, 2001, 3001, 0, 0);		/* the ACK would say so */
	rx_sack(2001, 1, (u32)-2000000, (u32)-1000000, 0, 0);
	COUNTED(0, 0, 5);
	drive_end();
	drive_established(30000);
	app_write(5000);
	rx_sack(1, 1, 1001, 2001, 0, 0);
	COUNTED(0, 0, 1);
	drive_end();
}

/* 2018-5: what was only SACKed is kept, and goes again after a time-out. */
TEST(sack_in__reneging)
{
	established(false);
	app_write(5000);
	skip();
	rx_sack(1, 1, 1001, 5001, 0, 0);
	CHECK_EQ(d.c.snd_una - D_ISS, 1);
	pass(2 * SEC);
	EXPECT(A, 1, 1, 1000);
	skip();
	rx(A, 1, 1001, 0);
	EXPECT(A, 1001, 1, 1000);
	drive_end();
}
