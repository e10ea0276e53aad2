// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the rows of tunables.def do, as far as the engine does it and no other
 * file of these tests shows it.
 */
#include "drive.h"

/* Established with an RTO of exactly 200 ms. */
static void fast_rto(void)
{
	drive_established(60000);
	d.c.rto_us = 200 * MS;
}

/* The times of all that was sent since the last look, in ms from @begin. */
static void expect_times(u64 begin, const u32 *ms, u32 n)
{
	u32 i;

	tap_what = "sending";
	for (i = 0; i < n; i++) {
		tap_round = i;
		CHECK_EQ(SHOT()->at, begin + ms[i] * MS);
	}
	NONE();
}

/* Linux's 6 and 4: the last SYN at 67 s, the end at 131 s. */
TEST(tunable__syn_linear_timeouts)
{
	static const u32 at[] = { 0, 1000, 2000, 3000, 4000, 5000, 7000, 11000,
				  19000, 35000, 67000 };

	drive_init();
	d.tun.syn_retries = 6;
	d.tun.syn_linear_timeouts = 4;
	drive_connect();
	pass(3600 * SEC);
	expect_times(0, at, 11);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_SYN);
	CHECK_EQ(d.c.entered_us - d.start, 131 * SEC);
	drive_end();
}

/* R1: 3 s with base 200 ms, reached by the time-outs at 3.0, 6.2 s and later. */
TEST(tunable__retries1)
{
	static const u32 retries[] = { 3, 1, 5 };
	static const u64 first[] = { 3000, 600, 12600 };
	u64 *count = &itp_test_counters[ITP_CNT_reroutes];
	u64 before;
	u32 i;

	for (i = 0; i < 3; i++) {
		fast_rto();
		before = *count;
		d.tun.retries1 = retries[i];
		app_write(500);
		d.flags = 0;
		pass_until(d.start + first[i] * MS - 1);
		CHECK(!(d.flags & ITP_OUT_REROUTE));
		CHECK_EQ(*count, before);
		pass(1);
		CHECK(d.flags & ITP_OUT_REROUTE);
		CHECK_EQ(*count, before + 1);
		STATE(ESTABLISHED);
		/* Answered: no doubt any more. */
		rx(A, 1, 501, 0);
		app_write(500);
		d.flags = 0;
		pass(200 * MS);
		CHECK(!(d.flags & ITP_OUT_REROUTE));
		drive_end();
	}
}

TEST(tunable__user_timeout)
{
	fast_rto();
	d.tun.user_timeout = 5000;
	app_write(10);
	pass(4999 * MS);
	STATE(ESTABLISHED);
	pass(1 * MS);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ETIMEDOUT);
	drive_end();

	/* What the socket says itself counts more. */
	fast_rto();
	d.tun.user_timeout = 5000;
	d.c.user_timeout_ms = 8000;
	app_write(10);
	pass(7999 * MS);
	STATE(ESTABLISHED);
	pass(1 * MS);
	STATE(CLOSED);
	drive_end();
}

TEST(tunable__user_timeout_of_a_syn)
{
	drive_init();
	d.tun.user_timeout = 2500;
	drive_connect();
	pass(3600 * SEC);
	CHECK_EQ(d.c.entered_us - d.start, 2500 * MS);
	drive_end();
}

TEST(tunable__thin_linear_timeouts)
{
	static const u32 at[] = { 0, 200, 400, 600, 800, 1000, 1200, 1400,
				  1800, 2600 };
	static const u32 fat[] = { 200, 600, 1400 };

	fast_rto();
	d.tun.thin_linear_timeouts = 1;
	app_write(500);
	pass(2600 * MS);
	expect_times(0, at, 10);
	drive_end();

	/* Four segments in flight are not thin. */
	fast_rto();
	d.tun.thin_linear_timeouts = 1;
	app_write(4 * MSS);
	skip();
	pass(1400 * MS);
	expect_times(0, fat, 3);
	drive_end();
}

/* Requests of the peer, answered; when is a request's ACK sent at once? */
static bool acked_at_once(u32 turns)
{
	u32 seen, i;

	for (i = 0; i < turns; i++) {
		rx(PA, d.c.rcv_nxt - P_ISS, d.c.snd_nxt - D_ISS, 100);
		app_write(100);
	}
	rx(PA, d.c.rcv_nxt - P_ISS, d.c.snd_nxt - D_ISS, 100);
	seen = d.sent;
	rx(PA, d.c.rcv_nxt - P_ISS, d.c.snd_nxt - D_ISS, 100);
	return d.sent > seen;
}

TEST(tunable__pingpong_thresh)
{
	drive_established(60000);
	CHECK(acked_at_once(0));
	drive_end();
	drive_established(60000);
	CHECK(!acked_at_once(1));
	/* ITP_QUICKACK begins anew. */
	itp_user_quickack(&d.c, &d.env);
	CHECK(acked_at_once(0));
	drive_end();
	drive_established(60000);
	d.tun.pingpong_thresh = 3;
	CHECK(acked_at_once(2));
	drive_end();
	drive_established(60000);
	d.tun.pingpong_thresh = 3;
	CHECK(!acked_at_once(3));
	drive_end();
}

TEST(tunable__slow_start_after_idle)
{
	u32 on;

	for (on = 0; on < 2; on++) {
		fast_rto();
		d.tun.slow_start_after_idle = on;
		d.c.rto_us = SEC;
		app_write(10);
		rx(A, 1, 11, 0);
		d.c.flow->cwnd = 50 * MSS;
		pass(10 * SEC);
		app_write(10);
		CHECK_EQ(d.c.flow->cwnd == 50 * MSS, !on);
		drive_end();
	}
}

TEST(tunable__rmem_max)
{
	static const u32 sizes[][3] = {
		/* rmem_max, half of the buffer, scale */
		{ 4096, 60000, 0 },
		{ 6291456, 60000, 6 },
		{ 6291456, 40 << 20, 10 },
	};
	u32 i;

	for (i = 0; i < 3; i++) {
		drive_init();
		d.tun.window_scaling = 1;
		d.tun.rmem_max = sizes[i][0];
		d.env.rcv_total = sizes[i][1];
		drive_connect();
		CHECK_EQ(SHOT()->raw.wscale, sizes[i][2]);
		drive_end();
	}
}

TEST(tunable__delack)
{
	fast_rto();
	app_write(10);
	rx(A, 1, 11, 0);
	d.c.flow->quick_acks = 0;
	d.tun.delack_min_us = 150 * MS;
	d.tun.delack_max_us = 150 * MS;
	skip();
	rx(PA, 1, 11, 100);
	NONE();
	pass(150 * MS - 1);
	NONE();
	pass(1);
	EXPECT(A, 11, 101, 0);
	drive_end();
}

TEST(tunable__keepalive)
{
	drive_established(60000);
	d.tun.keepalive_time = 5;
	d.tun.keepalive_intvl = 2;
	d.tun.keepalive_probes = 3;
	d.c.keepalive = true;
	itp_user_keepalive(&d.c, &d.env);
	pass(3600 * SEC);
	CHECK_EQ(SHOT()->at, 5 * SEC);
	CHECK_EQ(SHOT()->at, 7 * SEC);
	CHECK_EQ(SHOT()->at, 9 * SEC);
	EXPECT(RA, 1, 1, 0);
	CHECK_EQ(d.c.entered_us - d.start, 11 * SEC);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_KEEPALIVE);
	drive_end();
}

TEST(tunable__orphan_retries)
{
	fast_rto();
	d.tun.orphan_retries = 2;
	app_write(500);
	app_close(ITP_CLOSE_CLOSE);
	pass(3600 * SEC);
	/* 0.2 + 0.4 + 0.8 s; the time-outs are at 0.2, 0.6, 1.4 s. */
	CHECK_EQ(d.c.entered_us - d.start, 1400 * MS);
	STATE(CLOSED);
	drive_end();
}

TEST(tunable__rto_max_ms)
{
	static const u32 at[] = { 200, 600, 1400, 2400, 3400, 4400 };

	fast_rto();
	d.tun.rto_max_ms = 1000;
	app_write(500);
	skip();
	pass(4400 * MS);
	expect_times(0, at, 6);
	drive_end();
}

TEST(tunable__min_snd_mss)
{
	drive_init();
	d.tun.min_snd_mss = 300;
	drive_connect();
	rx_opt(SA, 0, 1, 60000, 100, -1);
	CHECK_EQ(d.c.mss_snd, 300);
	drive_end();
}
