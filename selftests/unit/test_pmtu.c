// SPDX-License-Identifier: GPL-2.0-only
/*
 * pmtu.c: the search for the path MTU without ICMP (RFC 4821). The path says
 * 1460, what it takes is up to the test.
 */
#include "drive.h"

#define FULL	1460U

static void open_mode(u32 mode, u32 base)
{
	drive_init();
	d.tun.mtu_probing = mode;
	d.tun.base_mss = base;
	d.env.path_mss = FULL;
	d.env.adv_mss = FULL;
	drive_connect();
	rx_opt(SA, 0, 1, 60000, FULL, -1);
	skip();
}

static u32 cwnd(void)
{
	return d.c.flow->cwnd;
}

static u64 counter(enum itp_counter cnt)
{
	return itp_test_counters[cnt];
}

/* The peer has got all that was sent; one ACK, 1 ms later. */
static void ack_all(void)
{
	pass(MS);
	rx(A, 1, d.c.snd_nxt - D_ISS, 0);
}

/* The next segment that is a probe, 0: none was sent. */
static struct shot *probe(void)
{
	while (d.seen < d.sent) {
		struct shot *s = &d.log[d.seen++];

		if (s->why == ITP_WHY_MTU_PROBE)
			return s;
	}
	return NULL;
}

/* Duplicate ACKs from what follows a lost probe. */
static void three_dups(u32 ack)
{
	int i;

	for (i = 0; i < 3; i++)
		rx(A, 1, ack, 0);
}

static u32 hole_got;		/* the receiver has all below */
static u32 hole_most;		/* end of what it holds beyond */

/* What was sent gets there if it is not too long; a gap draws ACKs. */
static u32 hole_round(u32 takes)
{
	u32 dups = 0, i, end;

	for (i = 0; i < d.sent; i++) {
		struct shot *s = &d.log[i];

		end = s->seq + s->len;
		if (!s->len || s->len > takes)
			continue;
		hole_most = max(hole_most, end);
		if (s->seq > hole_got)
			dups++;
		else
			hole_got = max(hole_got, end);
	}
	d.seen = 0;
	d.sent = 0;
	return dups;
}

/*
 * A path that takes @takes and drops the rest without a word, for so many round
 * trips. One probe is lost at a time: what it tore open is filled by what goes
 * again.
 */
static void hole(u32 takes, u32 rounds)
{
	hole_got = 1;
	hole_most = 1;
	while (rounds--) {
		u32 before = hole_got, dups = hole_round(takes);

		pass(10 * MS);
		if (hole_got != before)
			hole_got = max(hole_got, dups ? 0 : hole_most);
		rx(A, 1, hole_got, 0);
		while (dups--)
			rx(A, 1, hole_got, 0);
		if (d.c.snd_nxt == d.c.write_seq)
			app_write(60000);
	}
	skip();
}

TEST(pmtu__off_by_default)
{
	open_mode(0, 1024);
	d.c.rto_us = 200 * MS;
	app_write(FULL);
	EXPECT(PA, 1, 1, FULL);
	pass(20 * SEC);
	while (d.seen < d.sent)
		CHECK_EQ(SHOT()->len, FULL);
	CHECK_EQ(counter(ITP_CNT_mtu_black_holes), 0);
	drive_end();
}

/* 4821-1: not before R1, then base_mss, then halves, then no less. */
TEST(pmtu__black_hole)
{
	static const u32 want[] = { 1024, 512, 256, 128, 100, 100 };
	struct shot *s;
	u64 first;
	u32 i;

	open_mode(1, 1024);
	d.tun.mtu_probe_floor = 100;
	d.c.rto_us = 200 * MS;
	app_write(FULL);
	EXPECT(PA, 1, 1, FULL);
	first = d.env.now_us - d.start;
	do {
		pass_deadline();
		s = SHOT();
		if (s->at - first < 3 * SEC)
			CHECK_EQ(s->len, FULL);
	} while (s->len == FULL);
	CHECK(s->at - first >= 3 * SEC);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		CHECK_EQ(s->seq, 1);
		CHECK_EQ(s->len, want[i]);
		CHECK_EQ(cwnd(), want[i]);
		NONE();
		pass_deadline();
		s = SHOT();
	}
	CHECK_EQ(counter(ITP_CNT_mtu_black_holes), 5);
	drive_end();
}

/* An IPv6 path takes 1280 octets, or it is none. */
TEST(pmtu__black_hole_ipv6)
{
	u32 least = FULL;

	open_mode(1, 1024);
	d.env.v6 = true;
	d.c.rto_us = 200 * MS;
	app_write(FULL);
	pass(100 * SEC);
	while (d.seen < d.sent) {
		struct shot *s = SHOT();

		least = min(least, s->len);
	}
	CHECK_EQ(least, 1220);
	drive_end();
}

/* What times out is short, or the peer's window is shut: size is not to blame. */
TEST(pmtu__black_hole_of_small_segments)
{
	open_mode(1, 1024);
	app_write(48);
	pass(100 * SEC);
	CHECK_EQ(d.c.mss_snd, FULL);
	CHECK_EQ(counter(ITP_CNT_mtu_black_holes), 0);
	drive_end();
	open_mode(1, 1024);
	app_write(FULL);
	rx_wnd(A, 1, 1, 0, 0);
	pass(100 * SEC);
	CHECK_EQ(counter(ITP_CNT_mtu_black_holes), 0);
	drive_end();
}

/* Whatever timed out, the next is smaller, though it was no full segment. */
TEST(pmtu__black_hole_below_base)
{
	open_mode(1, 1024);
	app_write(800);
	EXPECT(PA, 1, 1, 800);
	do {
		pass_deadline();
	} while (SHOT()->len == 800);
	CHECK_EQ(d.c.mss_snd, 400);
	drive_end();
}

/* Everything arrives, in the size that the path takes, and no larger. */
TEST(pmtu__black_hole_search)
{
	open_mode(1, 1024);
	app_write(60000);
	hole(1300, 3000);
	CHECK(d.c.mss_snd > 1300 - 8 && d.c.mss_snd <= 1300);
	CHECK_EQ(counter(ITP_CNT_mtu_black_holes), 1);
	CHECK(counter(ITP_CNT_mtu_probes_passed) > 0);
	CHECK(counter(ITP_CNT_mtu_probes_lost) > 0);
	CHECK(hole_got > 200000);
	drive_end();
}

/* 4821-2, 4821-3: larger segments, the window in octets as it was. */
TEST(pmtu__probe_passes)
{
	struct shot *s;
	u32 before;

	open_mode(2, 1024);
	app_write(6000);
	CHECK_EQ(d.c.mss_snd, 1024);
	s = probe();
	CHECK(s);
	CHECK_EQ(s->len, FULL);
	CHECK_EQ(d.c.mss_snd, 1024);
	/* One at a time. */
	CHECK(!probe());
	before = cwnd();
	/* An ACK below its end says nothing of it. */
	rx(A, 1, s->seq, 0);
	CHECK_EQ(d.c.mss_snd, 1024);
	/* cwnd grows by what is acknowledged, not by the size. */
	d.c.flow->ssthresh = before;
	rx(A, 1, s->seq + FULL, 0);
	CHECK_EQ(d.c.mss_snd, FULL);
	CHECK(cwnd() < before + FULL);
	CHECK_EQ(counter(ITP_CNT_mtu_probes_passed), 1);
	skip();
	ack_all();
	app_write(FULL);
	EXPECT(PA, 6001, 1, FULL);
	drive_end();
}

/* Too little text, window or congestion window to notice a loss: no probe. */
TEST(pmtu__probe_needs_followers)
{
	open_mode(2, 1024);
	app_write(FULL + 4 * 1024 - 1);
	CHECK(!probe());
	ack_all();
	app_write(FULL + 4 * 1024);
	CHECK(probe());
	drive_end();
	open_mode(2, 1024);
	rx_wnd(A, 1, 1, 0, FULL + 4 * 1024 - 1);
	app_write(10000);
	CHECK(!probe());
	drive_end();
	open_mode(2, 1024);
	app_write(1);
	ack_all();
	d.c.flow->cwnd = FULL + 4 * 1024 - 1;
	app_write(10000);
	CHECK(!probe());
	drive_end();
}

/* Room for a probe is waited for, as long as something is in flight. */
TEST(pmtu__probe_waits_for_the_window)
{
	struct shot *s;

	open_mode(2, 1024);
	app_write(5 * 1024);
	CHECK(!probe());
	d.c.flow->cwnd = 5600;
	app_write(20000);
	NONE();
	rx(A, 1, 1025, 0);
	s = probe();
	CHECK(s);
	CHECK_EQ(s->seq, 5121);
	drive_end();
}

static struct shot *lost_probe(void)
{
	struct shot *s;

	open_mode(2, 1024);
	app_write(20000);
	s = probe();
	CHECK(s);
	/* 5 ms round trip */
	d.c.srtt_us = 5 * MS * 8;
	d.c.srtt_valid = true;
	rx(A, 1, s->seq, 0);
	skip();
	return s;
}

/* 4821-2: alone, it is no sign of congestion. */
TEST(pmtu__probe_lost)
{
	struct shot *s = lost_probe();
	u32 before = cwnd(), ssthresh = d.c.flow->ssthresh;
	u32 seq = s->seq;

	three_dups(seq);
	CHECK_EQ(cwnd(), before);
	CHECK_EQ(d.c.flow->ssthresh, ssthresh);
	CHECK_EQ(counter(ITP_CNT_fast_retrans), 0);
	CHECK_EQ(counter(ITP_CNT_mtu_probes_lost), 1);
	CHECK_EQ(d.c.flow->pmtu.high, FULL - 1);
	CHECK_EQ(d.c.mss_snd, 1024);
	/* again, in two segments */
	do {
		s = SHOT();
	} while (s->why != ITP_WHY_PMTU);
	CHECK_EQ(s->seq, seq);
	CHECK_EQ(s->len, 1024);
	s = SHOT();
	CHECK_EQ(s->seq, seq + 1024);
	CHECK_EQ(s->len, FULL - 1024);
	/* they arrive one by one, with all that followed */
	rx(A, 1, seq + 1024, 0);
	CHECK_EQ(cwnd() < before, 0);
	rx(A, 1, d.c.snd_nxt - D_ISS, 0);
	CHECK_EQ(cwnd() < before, 0);
	CHECK_EQ(d.c.flow->ssthresh, ssthresh);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_OPEN);
	drive_end();
}

/* 4821-3: more was lost: the window is halved. */
TEST(pmtu__probe_lost_with_others)
{
	struct shot *s = lost_probe();
	u32 before = cwnd(), seq = s->seq;

	three_dups(seq);
	CHECK_EQ(cwnd(), before);
	/* the segment after the next is not there */
	rx(A, 1, seq + FULL + 1024, 0);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_RECOVERY);
	CHECK(d.c.flow->ssthresh < before);
	CHECK_EQ(counter(ITP_CNT_fast_retrans), 1);
	do {
		s = SHOT();
	} while (s->why != ITP_WHY_FAST);
	CHECK_EQ(s->seq, seq + FULL + 1024);
	drive_end();
}

/* 4821-3: another loss while a probe is out is a loss like any other. */
TEST(pmtu__loss_before_the_probe)
{
	struct shot *s;
	u32 before;

	open_mode(2, 1024);
	app_write(3072);
	app_write(20000);
	s = probe();
	CHECK(s);
	before = cwnd();
	three_dups(1);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_RECOVERY);
	CHECK(d.c.flow->ssthresh < before);
	/* the probe arrived all the same */
	rx(A, 1, d.c.snd_nxt - D_ISS, 0);
	CHECK_EQ(d.c.mss_snd, FULL);
	CHECK_EQ(counter(ITP_CNT_mtu_probes_passed), 1);
	drive_end();
}

/* 4821-3: nor does a time-out spare the window. */
TEST(pmtu__probe_times_out)
{
	struct shot *s = lost_probe();

	d.c.rto_us = 200 * MS;
	pass(SEC);
	CHECK_EQ(cwnd(), 1024);
	CHECK_EQ(d.c.flow->ca_state, ITP_CA_LOSS);
	CHECK_EQ(d.c.flow->pmtu.high, FULL - 1);
	s = SHOT();
	CHECK_EQ(s->len, 1024);
	drive_end();
}

/* 4821-3: about cwnd round trips between a failure and the next probe. */
TEST(pmtu__probes_are_spaced)
{
	struct shot *s = lost_probe();
	u64 at, wait;

	three_dups(s->seq);
	at = d.env.now_us;
	wait = cwnd() / 1024 * 5 * MS;
	skip();
	do {
		ack_all();
		app_write(20000);
		s = probe();
	} while (!s);
	CHECK(s->at + d.start >= at + wait);
	CHECK(s->at + d.start <= at + 2 * wait);
	/* half-way between what passes and what does not */
	CHECK_EQ(s->len, (1024 + FULL) / 2);
	drive_end();
}

/* 4821-4: after the end of a search nothing for probe_interval. */
TEST(pmtu__no_new_search_before_the_interval)
{
	struct shot *s;
	u64 done;
	u32 i;

	open_mode(2, 1024);
	d.tun.probe_interval = 300;
	app_write(6000);
	CHECK(probe());
	ack_all();
	CHECK_EQ(d.c.mss_snd, FULL);
	app_write(10000);
	ack_all();
	done = d.env.now_us;
	/* the path takes more all of a sudden */
	d.env.path_mss = 2000;
	d.c.mss_peer = 2000;
	for (i = 0; i < 299; i++) {
		app_write(20000);
		CHECK(!probe());
		ack_all();
		ack_all();
		ack_all();
		d.sent = 0;
		d.seen = 0;
		d.env.now_us = done + i * SEC;
	}
	CHECK_EQ(d.c.mss_snd, FULL);
	d.env.now_us = done + 301 * SEC;
	app_write(60000);
	ack_all();
	s = probe();
	CHECK(s);
	CHECK_EQ(s->len, 2000);
	drive_end();
}

/* ICMP about the probe: lower than that, and at once. */
TEST(pmtu__icmp_names_the_probe)
{
	struct shot *s = lost_probe();
	u32 before = cwnd(), seq = s->seq;

	d.env.path_mss = 1200;
	icmp(ITP_ICMP_PMTU, seq, EMSGSIZE);
	s = SHOT();
	CHECK_EQ(s->why, ITP_WHY_PMTU);
	CHECK_EQ(s->seq, seq);
	CHECK_EQ(s->len, 1024);
	CHECK_EQ(cwnd(), before);
	CHECK_EQ(d.c.flow->pmtu.high, 1200);
	CHECK_EQ(d.c.mss_snd, 1024);
	drive_end();
}

/* This host refuses it: text goes on in segments of the usual size. */
TEST(pmtu__probe_refused)
{
	open_mode(2, 1024);
	d.c.srtt_us = 50 * MS * 8;
	d.fail_next = 1;
	app_write(20000);
	NONE();
	pass(10 * MS);
	CHECK_EQ(SHOT()->len, 1024);
	CHECK(!probe());
	CHECK_EQ(counter(ITP_CNT_mtu_probes), 0);
	drive_end();
}

/* Timestamps take their room in every size. */
TEST(pmtu__timestamps)
{
	struct shot *s;

	drive_established_ts(60000);
	d.tun.mtu_probing = 2;
	d.tun.base_mss = 600;
	d.c.nodelay = true;
	app_write(10000);
	CHECK_EQ(d.c.mss_snd, 600 - 12);
	s = probe();
	CHECK(s);
	CHECK_EQ(s->len, MSS - 12);
	rx_ts(A, 1, s->seq + s->len, 0, 5);
	CHECK_EQ(d.c.mss_snd, MSS - 12);
	drive_end();
}

/* Switched off, the path's word counts again. */
TEST(pmtu__switched_off)
{
	open_mode(2, 1024);
	app_write(100);
	CHECK_EQ(d.c.mss_snd, 1024);
	d.tun.mtu_probing = 0;
	app_write(3000);
	CHECK_EQ(d.c.mss_snd, FULL);
	drive_end();
}

/* The program's own limit is none of the path's. */
TEST(pmtu__maxseg)
{
	struct shot *s;

	open_mode(2, 1024);
	d.c.mss_user = 1200;
	app_write(20000);
	s = probe();
	CHECK(s);
	CHECK_EQ(s->len, 1200);
	drive_end();
}
