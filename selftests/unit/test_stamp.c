// SPDX-License-Identifier: GPL-2.0-only
/*
 * stamp.c: timestamps from the SYN to TIME-WAIT (RFC 7323 sections 3 to 5).
 */
#include "drive.h"

static struct shot *ack_of(u32 ack, u32 tsecr)
{
	struct shot *s = SHOT();

	CHECK_EQ(s->flags & ITP_ACK, ITP_ACK);
	CHECK_EQ(s->ack, ack);
	CHECK_EQ(s->raw.opts & ITP_OPT_TS, ITP_OPT_TS);
	CHECK_EQ(s->raw.tsecr - P_TS, tsecr);
	return s;
}

/* ACKs go out as they would for a busy receiver: every second segment. */
static void no_quick_acks(void)
{
	rx_ts(PA, 1, 1, 1, 0);
	skip();
	d.c.flow->quick_acks = 0;
	d.c.flow->rcv_mss = 10;
}

TEST(ts__syn_offers)
{
	drive_init();
	d.tun.timestamps = 1;
	drive_connect();
	EXPECT(S, 0, 0, 0);
	CHECK_EQ(d.log[0].raw.opts & ITP_OPT_TS, ITP_OPT_TS);
	CHECK_EQ(d.log[0].raw.tsval, drive_clock());
	CHECK_EQ(d.log[0].raw.tsecr, 0);
	drive_end();
}

TEST(ts__switched_off)
{
	drive_init();
	drive_connect();
	CHECK_EQ(SHOT()->raw.opts & ITP_OPT_TS, 0);
	rx_ts(SA, 0, 1, 0, 0);
	CHECK_EQ(SHOT()->raw.opts, 0);
	CHECK(!d.c.ts_ok);
	CHECK_EQ(d.c.mss_snd, MSS);
	drive_end();
}

/* TS-10: what was not agreed on means nothing. */
TEST(ts__ignored_unless_agreed)
{
	u32 i;

	drive_init();
	d.tun.timestamps = 1;
	drive_connect();
	rx_opt(SA, 0, 1, d.wnd, MSS, -1);
	CHECK(!d.c.ts_ok);
	for (i = 0; i < 10; i++) {
		rx_ts(PA, 1 + 10 * i, 1, 10, 1000 - i);
		CHECK_EQ(d.out.reason, ITP_REASON_NONE);
	}
	CHECK_EQ(d.c.rcv_nxt - P_ISS, 101);
	skip();
	app_write(10);
	CHECK_EQ(SHOT()->raw.opts, 0);
	drive_end();
}

/* TS-1: text, FIN, probes, challenge ACKs, resets of a program. */
TEST(ts__on_every_segment)
{
	u32 i;

	drive_established_ts(3000);
	d.c.keepalive = true;
	itp_user_keepalive(&d.c, &d.env);
	rx_ts(A, 1, 1, 0, 1);
	app_write(5000);
	pass(SEC);
	rx_ts(A, 1, 3001, 0, 2);
	rx_wnd(A, 1, 3001, 0, 0);
	pass(3 * SEC);
	rx_ts(A, 1, 3001, 0, 5);
	rx_ts(S, 1, 0, 0, 5);		/* a challenge */
	rx_ts(A, 1, 3001, 0, 5);
	for (i = 0; i < 10; i++)
		rx_ts(A, 1, d.c.snd_nxt - D_ISS, 0, 6);
	pass(7300 * SEC);
	STATE(ESTABLISHED);
	app_close(ITP_CLOSE_SHUTDOWN);
	app_close(ITP_CLOSE_ABORT);
	CHECK_GE(d.sent, 8);
	for (i = 0; i < d.sent; i++)
		CHECK_EQ(d.log[i].raw.opts & ITP_OPT_TS, ITP_OPT_TS);
	CHECK_EQ(d.log[d.sent - 1].flags, RA);
	drive_end();
}

/* The peer's MSS does not count options. */
TEST(ts__take_room)
{
	drive_established_ts(30000);
	CHECK_EQ(d.c.mss_snd, MSS - 12);
	app_write(3000);
	EXPECT(A, 1, 1, MSS - 12);
	drive_end();
	drive_established_ts(30000);
	d.env.path_mss = 10;
	app_write(3000);
	EXPECT(A, 1, 1, 48 - 12);
	drive_end();
}

/* TS-8: 1000 Hz, never back, an offset of the connection's own or none. */
TEST(ts__clock)
{
	u32 first;

	drive_established_ts(30000);
	d.c.nodelay = true;
	app_write(1);
	first = d.log[d.sent - 1].raw.tsval;
	CHECK_EQ(first, (u32)(d.env.now_us / 1000 + D_TS));
	pass(10 * SEC);
	app_write(1);
	CHECK_EQ(d.log[d.sent - 1].raw.tsval - first, 10000);
	drive_end();
	drive_init();
	d.tun.timestamps = 2;
	drive_connect();
	CHECK_EQ(SHOT()->raw.tsval, d.env.now_us / 1000);
	drive_end();
}

/* TS-3, RFC 7323 4.3 (A): a delayed ACK echoes the first that it covers. */
TEST(ts__echo_delayed_ack)
{
	drive_established_ts(30000);
	no_quick_acks();
	rx_ts(A, 2, 1, 10, 1);
	NONE();
	rx_ts(A, 12, 1, 10, 2);
	ack_of(22, 1);
	rx_ts(A, 22, 1, 10, 3);
	NONE();
	rx_ts(A, 32, 1, 10, 4);
	ack_of(42, 3);
	drive_end();
}

/* (B) and (C): behind a gap the last one in order, then the one that fills it. */
TEST(ts__echo_across_a_gap)
{
	drive_established_ts(30000);
	rx_ts(A, 1, 1, 10, 1);
	ack_of(11, 1);
	rx_ts(A, 21, 1, 10, 3);
	ack_of(11, 1);
	rx_ts(A, 11, 1, 10, 2);
	ack_of(31, 2);
	rx_ts(A, 41, 1, 10, 5);
	ack_of(31, 2);
	rx_ts(A, 31, 1, 10, 4);
	ack_of(51, 4);
	drive_end();
}

/* TS-5: in the window, but of an old time. */
TEST(ts__paws)
{
	drive_established_ts(30000);
	rx_ts(A, 1, 1, 10, 5);
	ack_of(11, 5);
	rx_ts(A, 11, 1, 10, 4);
	CHECK_EQ(d.out.reason, ITP_REASON_PAWS);
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
	ack_of(11, 5);
	CHECK_EQ(d.c.rcv_nxt - P_ISS, 11);
	/* Text is always answered, what has none within the limit. */
	rx_ts(A, 11, 1, 10, (u32)-500000);
	ack_of(11, 5);
	rx_ts(A, 11, 1, 0, 4);
	CHECK_EQ(d.out.reason, ITP_REASON_PAWS);
	ack_of(11, 5);
	rx_ts(A, 11, 1, 0, 4);
	rx_ts(FA, 11, 1, 0, 4);
	NONE();
	STATE(ESTABLISHED);
	/* Equal is not older. */
	rx_ts(A, 11, 1, 10, 5);
	CHECK_EQ(d.c.rcv_nxt - P_ISS, 21);
	drive_end();
}

/* Before the sequence number is looked at. */
TEST(ts__paws_comes_first)
{
	drive_established_ts(30000);
	rx_ts(A, 1, 1, 10, 5);
	rx_ts(A, 900000, 1, 10, 4);
	CHECK_EQ(d.out.reason, ITP_REASON_PAWS);
	rx_ts(A, 900000, 1, 10, 6);
	CHECK_EQ(d.out.reason, ITP_REASON_WINDOW);
	drive_end();
}

/* TS-6: a RST is never too old, and its timestamp means nothing. */
TEST(ts__paws_spares_rst)
{
	drive_established_ts(30000);
	rx_ts(A, 1, 1, 10, 500);
	rx_ts(R, 12, 0, 0, 900);
	CHECK_EQ(d.out.reason, ITP_REASON_RST_SEQ);
	CHECK_EQ(d.c.ts_recent - P_TS, 500);
	rx_ts(R, 11, 0, 0, 4);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ECONNRESET);
	drive_end();
}

/* TS-2: without the option a segment is taken, as Linux does. */
TEST(ts__missing_is_accepted)
{
	drive_established_ts(30000);
	rx_ts(A, 1, 1, 10, 5);
	rx(A, 11, 1, 10);
	CHECK_EQ(d.c.rcv_nxt - P_ISS, 21);
	CHECK_EQ(d.c.ts_recent - P_TS, 5);
	drive_end();
}

/* TS-7: 24 days of silence, and the peer's clock may have wrapped. */
TEST(ts__paws_ends_after_24_days)
{
	u64 at;

	drive_established_ts(30000);
	rx_ts(A, 1, 1, 10, 5);
	at = d.env.now_us;
	pass_until(at + 24 * 86400 * SEC);
	rx_ts(A, 11, 1, 10, 5 + 0x80000001);
	CHECK_EQ(d.out.reason, ITP_REASON_PAWS);
	pass(1);
	rx_ts(A, 11, 1, 10, 5 + 0x80000001);
	CHECK_EQ(d.out.reason, ITP_REASON_NONE);
	CHECK_EQ(d.c.ts_recent - P_TS, 5 + 0x80000001);
	/* And goes on from there. */
	rx_ts(A, 21, 1, 10, 5 + 0x80000000);
	CHECK_EQ(d.out.reason, ITP_REASON_PAWS);
	drive_end();
}

/* A blind ACK does not move TS.Recent. */
TEST(ts__recent_needs_a_good_ack)
{
	drive_established_ts(30000);
	rx_ts(A, 1, 900000, 10, 500);
	CHECK_EQ(d.out.reason, ITP_REASON_ACK_FUTURE);
	CHECK_EQ(d.c.ts_recent - P_TS, 0);
	rx_ts(A, 5000, 1, 10, 600);
	CHECK_EQ(d.c.ts_recent - P_TS, 0);
	drive_end();
}

/* TS-4: an echo tells a time only with an ACK of something new. */
TEST(ts__rtt_needs_a_new_ack)
{
	struct itp_seg_in in = { .seq = 1, .ack = 1, .flags = A, .len = 10,
				 .opts = ITP_OPT_TS, .tsval = P_TS + 1 };
	u32 srtt;

	drive_established_ts(30000);
	srtt = d.c.srtt_us;
	in.wnd = d.wnd;
	in.tsecr = drive_clock() - 500;
	pass(SEC);
	rx_any(&in);
	CHECK_EQ(d.c.rcv_nxt - P_ISS, 11);
	CHECK_EQ(d.c.srtt_us, srtt);
	drive_end();
}

/* After a retransmission the echo tells which of the two it was. */
TEST(ts__rtt_of_a_retransmission)
{
	struct itp_seg_in in = { .seq = 1, .flags = A, .opts = ITP_OPT_TS,
				 .tsval = P_TS + 1 };
	u32 was, echo;

	drive_established_ts(30000);
	pass(40 * MS);
	app_write(100);
	pass(40 * MS);
	rx_ts(A, 1, 101, 0, 1);
	was = d.c.srtt_us >> 3;
	app_write(100);
	echo = drive_clock();
	pass(2 * SEC);
	CHECK_GT(d.c.retrans, 1);
	in.ack = 201;
	in.wnd = d.wnd;
	in.tsecr = echo;
	rx_any(&in);
	/* 2 s, an eighth of it. */
	CHECK_GE(d.c.srtt_us >> 3, was + (2000000 - was) / 8 - 1000);
	CHECK_LE(d.c.srtt_us >> 3, was + (2001000 - was) / 8 + 1000);
	CHECK_EQ(d.c.backoff, 0);
	drive_end();
}

/* Karn stays where there is no echo, and one that cannot be is none. */
TEST(ts__rtt_impossible_echo)
{
	struct itp_seg_in in = { .seq = 1, .ack = 101, .flags = A,
				 .opts = ITP_OPT_TS, .tsval = P_TS + 1 };
	static const u32 echoes[] = { 0, 5, 0x7fffffff };
	u32 srtt, i;

	for (i = 0; i < 3; i++) {
		drive_established_ts(30000);
		srtt = d.c.srtt_us;
		app_write(100);
		pass(2 * SEC);
		in.seq = 1;
		in.ack = 101;
		in.wnd = d.wnd;
		in.tsecr = echoes[i] ? drive_clock() + echoes[i] : 0;
		rx_any(&in);
		CHECK_EQ(d.c.srtt_us, srtt);
		CHECK_GT(d.c.backoff, 0);
		drive_end();
	}
}

/* Simultaneous open: agreed on by both SYNs. */
TEST(ts__simultaneous_open)
{
	struct shot *s;

	drive_init();
	d.tun.timestamps = 1;
	drive_connect();
	skip();
	rx_ts(S, 0, 0, 0, 7);
	s = SHOT();
	CHECK_EQ(s->flags, SA);
	CHECK_EQ(s->raw.opts & ITP_OPT_TS, ITP_OPT_TS);
	CHECK_EQ(s->raw.tsecr - P_TS, 7);
	rx_ts(SA, 0, 1, 0, 9);
	STATE(ESTABLISHED);
	CHECK_EQ(d.c.ts_recent - P_TS, 9);
	drive_end();
	drive_init();
	d.tun.timestamps = 1;
	drive_connect();
	skip();
	rx_opt(S, 0, 0, d.wnd, MSS, -1);
	CHECK_EQ(SHOT()->raw.opts & ITP_OPT_TS, 0);
	drive_end();
}
