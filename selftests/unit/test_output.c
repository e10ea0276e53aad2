// SPDX-License-Identifier: GPL-2.0-only
/*
 * output.c: segment sizes, Nagle, cork, PSH, windows, silly-window avoidance,
 * bursts, the scoreboard.
 */
#include "drive.h"

TEST(nagle__second_small_segment_waits)
{
	drive_established(60000);
	app_write(10);
	EXPECT(PA, 1, 1, 10);
	app_write(10);
	app_write(10);
	NONE();
	rx(A, 1, 11, 0);
	EXPECT(PA, 11, 1, 20);
	drive_end();
}

TEST(nagle__full_segments_do_not_wait)
{
	drive_established(60000);
	app_write(10);
	skip();
	app_write(1000);
	EXPECT(PA, 11, 1, 1000);
	NONE();
	drive_end();
}

TEST(nagle__off)
{
	drive_established(60000);
	d.c.nodelay = true;
	app_write(10);
	app_write(10);
	EXPECT(PA, 1, 1, 10);
	EXPECT(PA, 11, 1, 10);
	drive_end();
}

TEST(nagle__switched_off_releases)
{
	drive_established(60000);
	app_write(10);
	app_write(10);
	skip();
	d.c.nodelay = true;
	itp_user_push(&d.c, &d.env);
	push();
	EXPECT(PA, 11, 1, 10);
	drive_end();
}

/* Minshall: a short segment may follow full ones in flight. */
TEST(nagle__short_tail_of_a_write)
{
	drive_established(60000);
	app_write(2500);
	EXPECT(A, 1, 1, 1000);
	EXPECT(A, 1001, 1, 1000);
	EXPECT(PA, 2001, 1, 500);
	drive_end();
}

TEST(nagle__fin_goes_at_once)
{
	drive_established(60000);
	app_write(10);
	app_write(10);
	skip();
	app_close(ITP_CLOSE_SHUTDOWN);
	EXPECT(FPA, 11, 1, 10);
	drive_end();
}

TEST(cork__holds_partial_segments)
{
	drive_established(60000);
	d.c.cork = true;
	app_write(300);
	app_write(300);
	NONE();
	app_write(500);
	EXPECT(A, 1, 1, 1000);
	NONE();
	d.c.cork = false;
	itp_user_push(&d.c, &d.env);
	push();
	EXPECT(PA, 1001, 1, 100);
	drive_end();
}

TEST(cork__two_hundred_ms_at_most)
{
	drive_established(60000);
	d.c.cork = true;
	app_write(300);
	NONE();
	pass(200 * MS);
	EXPECT(PA, 1, 1, 300);
	drive_end();
}

TEST(more__holds_until_the_next_write)
{
	drive_established(60000);
	app_write_more(300);
	NONE();
	app_write(300);
	EXPECT(PA, 1, 1, 600);
	drive_end();
}

TEST(more__two_hundred_ms_at_most)
{
	drive_established(60000);
	app_write_more(300);
	pass(200 * MS);
	EXPECT(PA, 1, 1, 300);
	drive_end();
}

TEST(psh__on_the_last_octet_written)
{
	drive_established(60000);
	app_write(1000);
	EXPECT(PA, 1, 1, 1000);
	rx(A, 1, 1001, 0);
	app_write(2000);
	EXPECT(A, 1001, 1, 1000);
	EXPECT(PA, 2001, 1, 1000);
	drive_end();
}

TEST(window__nothing_beyond_the_edge)
{
	drive_established(2500);
	app_write(10000);
	EXPECT(A, 1, 1, 1000);
	EXPECT(A, 1001, 1, 1000);
	NONE();
	rx_wnd(A, 1, 1001, 0, 2500);
	EXPECT(A, 2001, 1, 1000);
	NONE();
	drive_end();
}

/* Sender's silly-window avoidance: RFC 9293 3.8.6.2.1. */
TEST(sws__small_window_waits)
{
	drive_established(10000);
	app_write(10000);
	skip();
	rx_wnd(A, 1, 10001, 0, 10000);
	app_write(3000);
	skip();
	rx_wnd(A, 1, 13001, 0, 300);
	app_write(3000);
	NONE();
	/* half of the largest window seen is worth it */
	d.c.max_snd_wnd = 600;
	rx_wnd(A, 1, 13001, 0, 301);
	EXPECT(A, 13001, 1, 301);
	drive_end();
}

TEST(sws__override)
{
	drive_established(10000);
	app_write(3000);
	skip();
	rx_wnd(A, 1, 3001, 0, 300);
	app_write(3000);
	NONE();
	pass(SEC);
	EXPECT(A, 3001, 1, 300);
	drive_end();
}

/* The back-off of the probes before has nothing to do with it. */
TEST(sws__override_after_a_shut_window)
{
	drive_established(10000);
	app_write(3000);
	skip();
	rx_wnd(A, 1, 3001, 0, 0);
	app_write(3000);
	pass(100 * SEC);
	skip();
	rx_wnd(A, 1, 3001, 0, 300);
	NONE();
	pass(SEC);
	EXPECT(A, 3001, 1, 300);
	drive_end();
}

TEST(window__late_ack_brings_its_window)
{
	drive_established(3000);
	rx_wnd(A, 1001, 1, 100, 3000);
	skip();
	app_write(3000);
	app_write(5000);
	skip();
	/* an older segment, but it acknowledges: right edge 3001 as before */
	rx_wnd(A, 1, 2001, 100, 1000);
	CHECK_EQ(d.c.snd_una + d.c.snd_wnd, D_ISS + 3001);
	while (d.seen < d.sent)
		CHECK_EQ(SHOT()->len, 0);
	drive_end();
}

TEST(window__old_segment_does_not_update)
{
	drive_established(3000);
	rx_wnd(A, 1, 1, 100, 5000);
	CHECK_EQ(d.c.snd_wnd, 5000);
	rx_wnd(A, 51, 1, 50, 700);
	rx_wnd(A, 101, 1, 100, 6000);
	CHECK_EQ(d.c.snd_wnd, 6000);
	rx_wnd(A, 1, 1, 100, 700);
	CHECK_EQ(d.c.snd_wnd, 6000);
	drive_end();
}

TEST(burst__whole_segments)
{
	drive_established(60000);
	d.burst = 4;
	app_write(6500);
	EXPECT(A, 1, 1, 4000);
	EXPECT(PA, 4001, 1, 2500);
	NONE();
	rx(A, 1, 2501, 0);
	CHECK_EQ(itp_range_first(&d.c.sent)->start, D_ISS + 2501);
	drive_end();
}

TEST(burst__whole_segments_of_any_size)
{
	drive_established(60000);
	d.env.path_mss = 700;
	d.burst = 2;
	app_write(6000);
	EXPECT(A, 1, 1, 1400);
	EXPECT(A, 1401, 1, 1400);
	drive_end();
}

TEST(burst__lost_in_parts)
{
	drive_established(60000);
	d.burst = 8;
	d.c.rto_us = 200 * MS;
	app_write(8000);
	EXPECT(PA, 1, 1, 8000);
	d.burst = 0;
	pass(200 * MS);
	EXPECT(A, 1, 1, 1000);
	NONE();
	rx(A, 1, 1001, 0);
	EXPECT(A, 1001, 1, 1000);
	EXPECT(A, 2001, 1, 1000);
	NONE();
	rx(A, 1, 8001, 0);
	CHECK_EQ(d.c.sent.count, 0);
	CHECK_EQ(d.c.flow->lost, 0);
	drive_end();
}

/* Whatever fails, everything goes in the end. */
TEST(memory__every_site_in_turn)
{
	u32 n, i;

	tap_what = "allocation";
	for (n = 1; n < 40; n++) {
		tap_round = n;
		drive_init();
		d.burst = 4;
		d.c.rto_us = 200 * MS;
		itp_test_alloc_fail = n;
		drive_connect();
		pass(20 * MS);
		rx_opt(SA, 0, 1, 60000, MSS, -1);
		for (i = 0; i < 10 && app_write(1700); i++)
			;
		app_write(700);
		app_write(5000);
		pass(20 * MS);
		rx(A, 2001, 1, 500);
		rx(A, 4001, 1, 500);
		d.env.path_mss = 400;
		icmp(ITP_ICMP_PMTU, 1, EMSGSIZE);
		pass(500 * MS);
		app_close(ITP_CLOSE_SHUTDOWN);
		pass(2 * SEC);
		itp_test_alloc_fail = 0;
		for (i = 0; i < 1000 && d.c.state == ITP_FIN_WAIT1; i++) {
			rx(A, 1, d.c.snd_nxt - D_ISS, 0);
			pass(20 * MS);
		}
		STATE(FIN_WAIT2);
		CHECK_EQ(d.c.snd_una, d.c.write_seq + 1);
		drive_end();
	}
}

TEST(memory__none_to_split_what_is_lost)
{
	drive_established(60000);
	d.burst = 8;
	d.c.rto_us = 200 * MS;
	app_write(8000);
	skip();
	d.burst = 0;
	while (d.c.spare) {
		struct itp_range *r = d.c.spare;

		d.c.spare = r->parent;
		d.c.nspare--;
		itp_env_range_free(r);
	}
	itp_test_alloc_fail = 1;
	pass(200 * MS);
	pass(10 * MS);
	EXPECT(A, 1, 1, 1000);
	drive_end();
}

TEST(scoreboard__at_most_max_ranges)
{
	u32 i;

	drive_established(60000);
	d.tun.max_ranges = 64;
	d.c.nodelay = true;
	rx(A, 1, 1, 0);
	app_write(1);
	d.c.flow->cwnd = 1 << 20;
	for (i = 0; i < 200; i++)
		app_write(1);
	CHECK_LE(d.c.sent.count, 64);
	rx(A, 1, 30, 0);
	pass(10 * MS);
	CHECK_EQ(d.c.snd_nxt, d.c.write_seq);
	drive_end();
}

/* A path that takes ever less makes no more records of what was sent. */
TEST(scoreboard__cut_small_at_max_ranges)
{
	u32 i, acked = 1;

	drive_established(60000);
	d.tun.max_ranges = 64;
	rx(A, 1, 1, 0);
	d.c.nodelay = true;
	app_write(1000);
	d.c.flow->cwnd = 1 << 20;
	for (i = 1; i < 50; i++)
		app_write(1000);
	skip();
	CHECK_EQ(d.c.sent.count, 50);
	for (i = 600; i > 100; i -= 50) {
		d.env.path_mss = i;
		icmp(ITP_ICMP_PMTU, acked, EMSGSIZE);
		skip();
		CHECK_LE(d.c.sent.count, 64);
	}
	/* All of it goes, and nothing waits for a clock meanwhile. */
	for (i = 0; i < 1000 && d.c.snd_una != d.c.write_seq; i++) {
		acked = itp_range_first(&d.c.sent)->end - D_ISS;
		rx(A, 1, acked, 0);
		skip();
		CHECK_LE(d.c.sent.count, 64);
	}
	CHECK_EQ(d.c.snd_una, d.c.write_seq);
	CHECK_EQ(d.c.flow->lost, 0);
	drive_end();
}
