// SPDX-License-Identifier: GPL-2.0-only
/*
 * timer.c: clocks of retransmissions, probes, keep-alives, and when a
 * connection is given up.
 */
#include "drive.h"

/* Established with an RTO of exactly 200 ms. */
static void fast_rto(u16 wnd)
{
	drive_established(wnd);
	d.c.rto_us = 200 * MS;
}

/* R2: 924.6 s in Linux's model; the end is the first expiry at or after it. */
static const u64 rto_at_ms[] = {
	0, 200, 600, 1400, 3000, 6200, 12600, 25400, 51000, 102200, 204600,
	324600, 444600, 564600, 684600, 804600,
};

static void expect_clock(u32 n, u8 flags, u32 seq, u32 len)
{
	u32 i;

	tap_what = "sending";
	for (i = 0; i < n; i++) {
		struct shot *s = SHOT();

		tap_round = i;
		CHECK_EQ(s->at, rto_at_ms[i] * MS);
		CHECK_EQ(s->flags, flags);
		CHECK_EQ(s->seq, seq);
		CHECK_EQ(s->len, len);
		CHECK_EQ(s->why, i ? ITP_WHY_RTO : ITP_WHY_NEW);
	}
	NONE();
}

TEST(rto__text_to_r2)
{
	fast_rto(60000);
	app_write(500);
	pass(3600 * SEC);
	expect_clock(16, PA, 1, 500);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ETIMEDOUT);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_RTO);
	CHECK_EQ(d.c.entered_us - d.start, 924600 * MS);
	CHECK_EQ(itp_test_counters[ITP_CNT_rto], 15);
	CHECK_EQ(itp_test_counters[ITP_CNT_segs_retrans], 15);
	CHECK_EQ(itp_test_counters[ITP_CNT_data_octets_out], 500);
	drive_end();
}

TEST(rto__fin_in_fin_wait1)
{
	fast_rto(60000);
	app_close(ITP_CLOSE_SHUTDOWN);
	pass(3600 * SEC);
	expect_clock(16, FA, 1, 0);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ETIMEDOUT);
	CHECK_EQ(d.c.entered_us - d.start, 924600 * MS);
	drive_end();
}

/* SC-19. */
TEST(rto__last_ack)
{
	fast_rto(60000);
	rx(FA, 1, 1, 0);
	skip();
	app_close(ITP_CLOSE_CLOSE);
	pass(1000 * MS);
	STATE(LAST_ACK);
	CHECK_EQ(d.sent - d.seen, 3);
	rx(A, 2, 2, 0);
	STATE(CLOSED);
	drive_end();
}

TEST(rto__orphan_limit)
{
	fast_rto(60000);
	app_close(ITP_CLOSE_CLOSE);
	pass(3600 * SEC);
	expect_clock(9, FA, 1, 0);
	STATE(CLOSED);
	CHECK_EQ(d.c.entered_us - d.start, 102200 * MS);
	drive_end();
}

TEST(rto__retries2)
{
	fast_rto(60000);
	d.tun.retries2 = 3;
	app_write(10);
	pass(3600 * SEC);
	expect_clock(4, PA, 1, 10);
	CHECK_EQ(d.c.entered_us - d.start, 3000 * MS);
	drive_end();
}

/* Nothing ever leaves this host: an orphan is given up all the same. */
TEST(local__orphan_without_a_route)
{
	fast_rto(60000);
	d.fail_next = 1000000;
	app_close(ITP_CLOSE_CLOSE);
	pass(102 * SEC);
	STATE(FIN_WAIT1);
	pass(1 * SEC);
	STATE(CLOSED);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_RTO);
	NONE();
	drive_end();
}

/* The limit counts from the first refusal, not from when the peer was heard. */
TEST(local__route_comes_back)
{
	fast_rto(60000);
	d.tun.retries2 = 3;
	pass(100 * SEC);
	d.fail_next = 200;
	app_write(10);
	pass(2500 * MS);
	STATE(ESTABLISHED);
	CHECK_EQ(SHOT()->seq, 1);
	rx(A, 1, 11, 0);
	CHECK_EQ(d.c.retries, 0);
	drive_end();
}

TEST(rto__progress_starts_the_limit_anew)
{
	fast_rto(60000);
	d.tun.retries2 = 3;
	app_write(1000);
	app_write(1000);
	pass(1500 * MS);
	rx(A, 1, 1001, 0);
	pass(1500 * MS);
	STATE(ESTABLISHED);
	drive_end();
}

/* RFC 6298 5.2, 5.3. */
TEST(rto__off_when_all_is_acknowledged)
{
	fast_rto(60000);
	app_write(1000);
	app_write(1000);
	CHECK_NE(d.c.timers[ITP_TIMER_RTO], 0);
	pass(150 * MS);
	rx(A, 1, 1001, 0);
	CHECK_GE(d.c.timers[ITP_TIMER_RTO], d.env.now_us + 200 * MS);
	rx(A, 1, 2001, 0);
	CHECK_EQ(d.c.timers[ITP_TIMER_RTO], 0);
	drive_end();
}

TEST(rto__dup_acks_do_not_restart_it)
{
	u64 at;

	fast_rto(60000);
	app_write(1000);
	at = d.c.timers[ITP_TIMER_RTO];
	pass(100 * MS);
	rx(A, 1, 1, 0);
	rx(A, 1, 1, 0);
	CHECK_EQ(d.c.timers[ITP_TIMER_RTO], at);
	drive_end();
}

/* RFC 6298 5.4 to 5.6: the first segment goes, the rest only after an ACK. */
TEST(rto__one_segment_then_the_rest)
{
	fast_rto(60000);
	app_write(5000);
	skip();
	pass(200 * MS);
	EXPECT(A, 1, 1, 1000);
	NONE();
	CHECK_EQ(d.c.flow->cwnd, 1000);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_LOSS);
	rx(A, 1, 1001, 0);
	EXPECT(A, 1001, 1, 1000);
	EXPECT(A, 2001, 1, 1000);
	NONE();
	rx(A, 1, 5001, 0);
	CHECK_EQ(d.c.flow->lost, 0);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_OPEN);
	drive_end();
}

TEST(rto__packet_still_in_the_host)
{
	fast_rto(60000);
	app_write(1000);
	skip();
	d.env.host_pkts = 1;
	pass(5 * SEC);
	NONE();
	CHECK_EQ(d.c.retries, 0);
	d.env.host_pkts = 0;
	pass(SEC);
	EXPECT(PA, 1, 1, 1000);
	drive_end();
}

TEST(user_timeout__text)
{
	fast_rto(60000);
	d.c.user_timeout_ms = 1700;
	app_write(10);
	pass(3600 * SEC);
	STATE(CLOSED);
	CHECK_EQ(d.c.entered_us - d.start, 1700 * MS);
	CHECK_EQ(d.sk_err, ETIMEDOUT);
	drive_end();
}

TEST(user_timeout__longer_than_r2)
{
	fast_rto(60000);
	d.tun.retries2 = 1;
	d.c.user_timeout_ms = 5000;
	app_write(10);
	pass(4999 * MS);
	STATE(ESTABLISHED);
	pass(1 * MS);
	STATE(CLOSED);
	drive_end();
}

/* Zero-window probes: RTO, doubling, never text; SC-16. */
TEST(persist__clock_and_limit)
{
	u64 at = 0, gap = 200;
	u32 i;

	fast_rto(0);
	app_write(500);
	NONE();
	pass(3600 * SEC);
	for (i = 0; i < 15; i++) {
		struct shot *s = SHOT();

		at += min(gap, (u64)120000);
		gap *= 2;
		CHECK_EQ(s->at, at * MS);
		CHECK_EQ(s->flags, A);
		CHECK_EQ(s->seq, 0);
		CHECK_EQ(s->len, 0);
		CHECK_EQ(s->why, ITP_WHY_PROBE);
	}
	NONE();
	STATE(CLOSED);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_PROBE);
	CHECK_EQ(d.sk_err, ETIMEDOUT);
	drive_end();
}

TEST(persist__answered_for_ever)
{
	u32 i;

	fast_rto(0);
	app_write(500);
	for (i = 0; i < 60; i++) {
		CHECK_NE(pass_deadline(), 0);
		CHECK_EQ(SHOT()->why, ITP_WHY_PROBE);
		rx_wnd(A, 1, 1, 0, 0);
	}
	CHECK_GT(d.env.now_us - d.start, 3600 * SEC);
	STATE(ESTABLISHED);
	NONE();
	rx_wnd(A, 1, 1, 0, 5000);
	EXPECT(PA, 1, 1, 500);
	CHECK_LE(d.c.timers[ITP_TIMER_RTO] - d.env.now_us, SEC);
	drive_end();
}

TEST(persist__user_timeout)
{
	fast_rto(0);
	d.c.user_timeout_ms = 3000;
	app_write(500);
	while (d.c.state != ITP_CLOSED && pass_deadline())
		if (d.c.state != ITP_CLOSED)
			rx_wnd(A, 1, 1, 0, 0);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_PROBE);
	CHECK_GE(d.env.now_us - d.start, 3 * SEC);
	CHECK_LE(d.env.now_us - d.start, 7 * SEC);
	drive_end();
}

TEST(persist__orphan)
{
	fast_rto(0);
	app_write(500);
	app_close(ITP_CLOSE_CLOSE);
	pass(3600 * SEC);
	CHECK_EQ(d.sent - d.seen, 8);
	STATE(CLOSED);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_PROBE);
	drive_end();
}

TEST(persist__fin_too)
{
	fast_rto(0);
	app_close(ITP_CLOSE_SHUTDOWN);
	NONE();
	pass(200 * MS);
	CHECK_EQ(SHOT()->why, ITP_WHY_PROBE);
	rx_wnd(A, 1, 1, 0, 10);
	EXPECT(FA, 1, 1, 0);
	drive_end();
}

/* The window shut over text in flight: retransmissions are the probes. */
TEST(persist__window_shut_over_flight)
{
	u32 i;

	fast_rto(60000);
	app_write(2000);
	skip();
	rx_wnd(A, 1, 1, 0, 0);
	for (i = 0; i < 30; i++) {
		pass_deadline();
		CHECK_EQ(SHOT()->why, ITP_WHY_RTO);
		rx_wnd(A, 1, 1, 0, 0);
		STATE(ESTABLISHED);
	}
	pass(3600 * SEC);
	STATE(CLOSED);
	drive_end();
}

TEST(keepalive__clock)
{
	u32 i;

	drive_established(60000);
	d.c.keepalive = true;
	itp_user_keepalive(&d.c, &d.env);
	pass(7200 * SEC - 1);
	NONE();
	pass(3600 * SEC);
	for (i = 0; i < 9; i++) {
		struct shot *s = SHOT();

		CHECK_EQ(s->at, (7200 + 75 * i) * SEC);
		CHECK_EQ(s->why, ITP_WHY_KEEPALIVE);
		CHECK_EQ(s->seq, 0);
		CHECK_EQ(s->len, 0);
		CHECK_EQ(s->flags, A);
	}
	EXPECT(RA, 1, 1, 0);
	NONE();
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ETIMEDOUT);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_KEEPALIVE);
	CHECK_EQ(d.c.entered_us - d.start, 7875 * SEC);
	drive_end();
}

TEST(keepalive__answer_starts_anew)
{
	drive_established(60000);
	d.c.keepalive = true;
	d.c.ka_idle = 10;
	d.c.ka_intvl = 2;
	d.c.ka_probes = 3;
	itp_user_keepalive(&d.c, &d.env);
	pass(14 * SEC);
	CHECK_EQ(d.sent - d.seen, 3);
	skip();
	rx(A, 1, 1, 0);
	pass(10 * SEC - 1);
	NONE();
	pass(1);
	CHECK_EQ(SHOT()->why, ITP_WHY_KEEPALIVE);
	pass(6 * SEC);
	STATE(CLOSED);
	drive_end();
}

TEST(keepalive__not_while_text_is_out)
{
	drive_established(60000);
	d.c.keepalive = true;
	d.c.ka_idle = 1;
	itp_user_keepalive(&d.c, &d.env);
	app_write(10);
	pass(60 * SEC);
	while (d.seen < d.sent)
		CHECK_NE(SHOT()->why, ITP_WHY_KEEPALIVE);
	STATE(ESTABLISHED);
	drive_end();
}

TEST(keepalive__switched_on_late)
{
	drive_established(60000);
	pass(10000 * SEC);
	d.c.keepalive = true;
	d.c.ka_idle = 1;
	itp_user_keepalive(&d.c, &d.env);
	CHECK_GT(d.c.deadline_us, d.env.now_us);
	pass(1);
	CHECK_EQ(SHOT()->why, ITP_WHY_KEEPALIVE);
	drive_end();
}

TEST(keepalive__switched_off)
{
	drive_established(60000);
	d.c.keepalive = true;
	itp_user_keepalive(&d.c, &d.env);
	CHECK_NE(d.c.deadline_us, 0);
	d.c.keepalive = false;
	itp_user_keepalive(&d.c, &d.env);
	CHECK_EQ(d.c.deadline_us, 0);
	drive_end();
}

TEST(keepalive__user_timeout_decides)
{
	drive_established(60000);
	d.c.keepalive = true;
	d.c.ka_idle = 10;
	d.c.ka_intvl = 1;
	d.c.user_timeout_ms = 20000;
	itp_user_keepalive(&d.c, &d.env);
	pass(19 * SEC);
	STATE(ESTABLISHED);
	pass(2 * SEC);
	STATE(CLOSED);
	drive_end();
}

TEST(local__failure_counts_nothing)
{
	fast_rto(60000);
	d.fail_next = 5;
	app_write(1000);
	NONE();
	CHECK_EQ(d.c.snd_nxt, D_ISS + 1);
	CHECK_EQ(d.c.flow->octets_out, 0);
	CHECK_EQ(d.c.timers[ITP_TIMER_RTO], 0);
	CHECK_EQ(d.c.deadline_us, d.env.now_us + 10 * MS);
	pass(40 * MS);
	NONE();
	pass(10 * MS);
	EXPECT(PA, 1, 1, 1000);
	CHECK_EQ(d.c.retrans, 0);
	CHECK_EQ(itp_test_counters[ITP_CNT_send_fail], 5);
	drive_end();
}

TEST(local__failure_of_an_ack)
{
	fast_rto(60000);
	d.fail_next = 1;
	rx(A, 1, 1, 100);
	NONE();
	pass(10 * MS);
	EXPECT(A, 1, 101, 0);
	drive_end();
}

TEST(local__congestion_comes_back)
{
	fast_rto(60000);
	d.result = ITP_SENT_CONGESTED;
	app_write(3000);
	EXPECT(A, 1, 1, 1000);
	NONE();
	pass(10 * MS);
	EXPECT(A, 1001, 1, 1000);
	pass(10 * MS);
	EXPECT(PA, 2001, 1, 1000);
	NONE();
	drive_end();
}

TEST(expire__harmless_if_nothing_is_due)
{
	struct itp_conn before;

	fast_rto(60000);
	app_write(1000);
	before = d.c;
	itp_expire(&d.c, &d.env, &d.out);
	CHECK(!memcmp(&before, &d.c, sizeof(before)));
	CHECK_EQ(d.out.flags, 0);
	drive_end();
}
