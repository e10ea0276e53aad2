// SPDX-License-Identifier: GPL-2.0-only
/*
 * reno.c: slow start, congestion avoidance, fast retransmit and recovery
 * (RFC 5681, 6582), windows in octets.
 */
#include "drive.h"

static u32 cwnd(void)
{
	return d.c.flow->cwnd;
}

/* Ten segments out, cwnd 10000. */
static void ten_out(void)
{
	drive_established(60000);
	app_write(10000);
	CHECK_EQ(d.sent - d.seen, 10);
	CHECK_EQ(cwnd(), 10000);
	skip();
}

static void dups(u32 n, u32 ack)
{
	while (n--)
		rx(A, 1, ack, 0);
}

/* RFC 6928. */
TEST(initial_window__segments_and_cap)
{
	static const struct {
		u32 mss;
		u32 segs;
		u32 want;
	} cases[] = {
		{ 536, 10, 5360 }, { 1000, 10, 10000 }, { 1460, 10, 14600 },
		{ 2000, 10, 14600 }, { 9000, 10, 18000 }, { 1460, 1, 1460 },
		{ 1460, 20, 29200 },
	};
	u32 i;

	tap_what = "case";
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_round = i;
		drive_init();
		d.env.path_mss = cases[i].mss;
		d.env.adv_mss = cases[i].mss;
		d.tun.initial_window = cases[i].segs;
		drive_connect();
		rx_opt(SA, 0, 1, 60000, cases[i].mss, -1);
		app_write(1);
		CHECK_EQ(cwnd(), cases[i].want);
		drive_end();
	}
}

TEST(initial_window__one_segment_after_lost_syns)
{
	drive_init();
	drive_connect();
	pass(4 * SEC);
	rx_opt(SA, 0, 1, 60000, MSS, -1);
	skip();
	app_write(5000);
	EXPECT(A, 1, 1, 1000);
	NONE();
	drive_end();
}

TEST(slow_start__doubles)
{
	u32 i;

	ten_out();
	app_write(60000);
	for (i = 1; i <= 10; i++) {
		rx(A, 1, 1 + i * 1000, 0);
		CHECK_EQ(cwnd(), 10000 + i * 1000);
		CHECK_EQ(d.c.snd_nxt - d.c.snd_una, cwnd());
	}
	drive_end();
}

/* RFC 3465: an ACK counts for two segments at most. */
TEST(slow_start__stretch_acks)
{
	ten_out();
	rx(A, 1, 10001, 0);
	CHECK_LE(cwnd(), 12000);
	CHECK_GT(cwnd(), 10000);
	drive_end();
}

TEST(avoidance__one_segment_per_window)
{
	u32 i, before, una;

	ten_out();
	d.c.flow->ssthresh = 10000;
	app_write(100000);
	una = 1;
	for (i = 0; i < 5; i++) {
		u32 end = d.c.snd_nxt - D_ISS;

		before = cwnd();
		while (una < end) {
			una += 1000;
			rx(A, 1, una, 0);
		}
		CHECK_GE(cwnd(), before + 900);
		CHECK_LE(cwnd(), before + 1000);
	}
	drive_end();
}

TEST(window__not_grown_when_it_is_no_limit)
{
	u32 i;

	ten_out();
	rx(A, 1, 10001, 0);
	skip();
	for (i = 0; i < 50; i++) {
		u32 before = cwnd();

		app_write(1000);
		rx(A, 1, d.c.snd_nxt - D_ISS, 0);
		CHECK_EQ(cwnd(), before);
	}
	drive_end();
}

/* RFC 3042, then RFC 5681 3.2 steps 2 and 3. */
TEST(fast_retransmit__third_duplicate)
{
	struct shot *s;

	ten_out();
	app_write(5000);
	NONE();
	dups(1, 1);
	EXPECT(A, 10001, 1, 1000);
	dups(1, 1);
	EXPECT(A, 11001, 1, 1000);
	NONE();
	CHECK_EQ(cwnd(), 10000);
	dups(1, 1);
	s = SHOT();
	CHECK_EQ(s->seq, 1);
	CHECK_EQ(s->len, 1000);
	CHECK_EQ(s->why, ITP_WHY_FAST);
	NONE();
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_RECOVERY);
	/* RFC 5681 3.2 step 2: what limited transmit added is left out */
	CHECK_EQ(d.c.flow->ssthresh, 5000);
	CHECK_EQ(cwnd(), d.c.flow->ssthresh + 3000);
	CHECK_EQ(d.c.flow->retrans_fast, 1);
	drive_end();
}

/* A burst is one record, but one segment of it is what was lost. */
TEST(fast_retransmit__one_segment_of_a_burst)
{
	drive_established(60000);
	d.burst = 10;
	app_write(10000);
	EXPECT(PA, 1, 1, 10000);
	dups(3, 1);
	EXPECT(A, 1, 1, 1000);
	NONE();
	CHECK_EQ(d.c.flow->lost, 0);
	CHECK_EQ(d.c.sent.count, 2);
	drive_end();
}

TEST(fast_retransmit__two_are_not_enough)
{
	ten_out();
	dups(2, 1);
	NONE();
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_DISORDER);
	rx(A, 1, 1001, 0);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_OPEN);
	dups(2, 1001);
	NONE();
	CHECK_EQ(d.c.flow->lost, 0);
	drive_end();
}

/* RFC 5681 section 2: what is no duplicate ACK. */
TEST(fast_retransmit__what_does_not_count)
{
	u32 i;

	ten_out();
	for (i = 0; i < 5; i++)
		rx_wnd(A, 1, 1, 0, 50000 - i);
	for (i = 0; i < 5; i++)
		rx(A, 1 + i * 10, 1, 10);
	while (d.seen < d.sent)
		CHECK_EQ(SHOT()->len, 0);
	CHECK_EQ(d.c.flow->dup_acks, 0);
	rx(A, 51, 10001, 0);
	for (i = 0; i < 5; i++)
		rx(A, 51, 10001, 0);
	CHECK_EQ(d.c.flow->dup_acks_in, 0);
	drive_end();
}

TEST(recovery__full_ack)
{
	ten_out();
	dups(3, 1);
	skip();
	rx(A, 1, 10001, 0);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_OPEN);
	CHECK_LE(cwnd(), d.c.flow->ssthresh);
	CHECK_EQ(cwnd(), 2000);
	drive_end();
}

TEST(recovery__inflates_by_duplicates)
{
	u32 before;

	ten_out();
	app_write(20000);
	dups(3, 1);
	before = cwnd();
	skip();
	dups(4, 1);
	CHECK_EQ(cwnd(), before + 4000);
	while (d.seen < d.sent)
		CHECK_EQ(SHOT()->why, ITP_WHY_NEW);
	drive_end();
}

/* RFC 6582 3.2 step 3: a partial ACK is the next loss, at once. */
TEST(recovery__partial_acks)
{
	u32 before;

	ten_out();
	dups(9, 1);
	CHECK_EQ(SHOT()->why, ITP_WHY_FAST);
	skip();
	before = cwnd();
	rx(A, 1, 3001, 0);
	EXPECT(A, 3001, 1, 1000);
	CHECK_EQ(d.log[d.sent - 1].why, ITP_WHY_FAST);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_RECOVERY);
	CHECK_EQ(cwnd(), before - 3000 + 1000 + 1000 - 1000);
	rx(A, 1, 5001, 0);
	EXPECT(A, 5001, 1, 1000);
	rx(A, 1, 10001, 0);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_OPEN);
	CHECK_EQ(d.c.flow->lost, 0);
	CHECK_EQ(itp_test_counters[ITP_CNT_fast_retrans], 1);
	drive_end();
}

/* RFC 6582 3.2 step 3: only the first partial ACK restarts the timer. */
TEST(recovery__timer_restarts_once)
{
	u64 at;

	ten_out();
	d.c.rto_us = 400 * MS;
	dups(3, 1);
	pass(100 * MS);
	rx(A, 1, 2001, 0);
	at = d.c.timers[ITP_TIMER_RTO];
	CHECK_GT(at, d.env.now_us + 200 * MS);
	pass(100 * MS);
	rx(A, 1, 4001, 0);
	CHECK_EQ(d.c.timers[ITP_TIMER_RTO], at);
	drive_end();
}

/* RFC 6582 3.2 step 2: not again for losses of the first. */
TEST(recovery__not_entered_twice)
{
	u32 ssthresh;

	ten_out();
	dups(3, 1);
	ssthresh = d.c.flow->ssthresh;
	skip();
	rx(A, 1, 2001, 0);
	dups(5, 2001);
	CHECK_EQ(itp_test_counters[ITP_CNT_fast_retrans], 1);
	CHECK_EQ(d.c.flow->ssthresh, ssthresh);
	drive_end();
}

/*
 * RFC 6582 3.2 step 2 and 4.1: duplicates of an ACK that covers no more than
 * recover come from needless retransmissions after a time-out.
 */
TEST(recovery__not_entered_after_a_time_out)
{
	ten_out();
	app_write(5000);
	d.c.rto_us = 200 * MS;
	d.c.timers[ITP_TIMER_RTO] = d.env.now_us + 200 * MS;
	d.c.deadline_us = d.c.timers[ITP_TIMER_RTO];
	pass(200 * MS);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_LOSS);
	skip();
	rx(A, 1, 10001, 0);
	dups(6, 10001);
	CHECK_EQ(itp_test_counters[ITP_CNT_fast_retrans], 0);
	drive_end();
}

TEST(time_out__windows)
{
	ten_out();
	d.c.rto_us = 200 * MS;
	d.c.timers[ITP_TIMER_RTO] = d.env.now_us + 200 * MS;
	d.c.deadline_us = d.c.timers[ITP_TIMER_RTO];
	pass(200 * MS);
	CHECK_EQ(cwnd(), 1000);
	CHECK_EQ(d.c.flow->ssthresh, 5000);
	EXPECT(A, 1, 1, 1000);
	NONE();
	/* again: ssthresh stays (RFC 5681 3.1) */
	pass(400 * MS);
	EXPECT(A, 1, 1, 1000);
	NONE();
	CHECK_EQ(d.c.flow->ssthresh, 5000);
	CHECK_EQ(cwnd(), 1000);
	rx(A, 1, 1001, 0);
	CHECK_EQ(cwnd(), 2000);
	EXPECT(A, 1001, 1, 1000);
	EXPECT(A, 2001, 1, 1000);
	NONE();
	drive_end();
}

TEST(time_out__ssthresh_at_least_two_segments)
{
	drive_established(60000);
	d.c.rto_us = 200 * MS;
	app_write(1000);
	pass(200 * MS);
	CHECK_EQ(d.c.flow->ssthresh, 2000);
	drive_end();
}

/* RFC 5681 4.1. */
TEST(idle__window_restarts)
{
	u32 i;

	ten_out();
	app_write(40000);
	for (i = 1; i <= 50; i++)
		rx(A, 1, 1 + i * 1000, 0);
	CHECK_GT(cwnd(), 30000);
	skip();
	pass(60 * SEC);
	app_write(40000);
	CHECK_EQ(d.c.snd_nxt - d.c.snd_una, 10000);
	drive_end();
}

TEST(path__mss_grows_in_recovery)
{
	ten_out();
	d.c.flow->cwnd = 1000;
	d.c.flow->ca_state = ITP_CA_RECOVERY;
	d.c.flow->recover = d.c.snd_nxt;
	d.c.mss_peer = 9000;
	d.env.path_mss = 9000;
	rx(A, 1, 3001, 0);
	CHECK_LE(cwnd(), 20000);
	drive_end();
}
