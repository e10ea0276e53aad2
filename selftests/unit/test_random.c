// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any segment, any call, in any order: a peer that follows no rule must not
 * make the engine break one. What a peer that does follow them sees, the
 * simulator shows.
 */
#include "drive.h"

static u64 rnd_state;

static u32 rnd(u32 below)
{
	rnd_state = rnd_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(rnd_state >> 33) % below;
}

/* Near one of the numbers that matter. */
static u32 near(u32 a, u32 b)
{
	u32 x = rnd(2) ? a : b;

	switch (rnd(4)) {
	case 0:
		return x;
	case 1:
		return x + rnd(5) - 2;
	case 2:
		return x + rnd(5000) - 2500;
	default:
		return rnd(8) ? x + rnd(200000) - 100000 : rnd(1U << 31) * 2;
	}
}

static void any_segment(void)
{
	static const u8 usual[] = { A, A, A, PA, FA, S, SA, R, RA };
	struct itp_seg_in in = {
		.seq = near(d.c.rcv_nxt, d.c.rcv_right),
		.ack = near(d.c.snd_una, d.c.snd_nxt),
		.flags = rnd(8) ? usual[rnd(sizeof(usual))] : rnd(256),
		.wnd = rnd(3) ? 30000 : rnd(3) * 500,
		.len = rnd(2) ? 0 : rnd(2000),
		.hdr_len = 20,
	};
	struct itp_conn before;

	/* RSTs end too much too soon. */
	if (in.flags & R && rnd(16))
		in.flags &= ~R;
	if (rnd(2)) {
		in.opts = ITP_OPT_MSS | ITP_OPT_WSCALE;
		in.mss = 1 + rnd(3000);
		in.wscale = rnd(20);
	}
	if (rnd(2)) {
		in.opts |= ITP_OPT_TS;
		in.tsval = rnd(4) ? d.c.ts_recent + rnd(5) : rnd(~0U);
		in.tsecr = rnd(2) ? drive_clock() - rnd(3000) : rnd(~0U);
	}
	before = d.c;
	itp_input(&d.c, &in, &d.env, &d.out);
	CHECK(!(d.out.flags & ITP_OUT_REPLY) || !(in.flags & R));
	if (d.c.state == ITP_CLOSED)
		return;
	CHECK_EQ(d.out.deliver_to, d.c.rcv_nxt);
	if (before.state != ITP_SYN_SENT)
		CHECK(seq_ge(d.c.rcv_nxt, before.rcv_nxt));
	if (d.out.place == ITP_PLACE_NONE)
		return;
	CHECK_LT(d.out.trim_front + d.out.trim_back, in.len);
	CHECK(seq_le(in.seq + !!(in.flags & S) + in.len - d.out.trim_back,
		     d.c.rcv_right));
}

static void any_call(void)
{
	static const u8 ends[] = { ITP_CLOSE_SHUTDOWN, ITP_CLOSE_SHUTDOWN,
				   ITP_CLOSE_CLOSE, ITP_CLOSE_UNREAD,
				   ITP_CLOSE_ABORT };

	memset(&d.out, 0, sizeof(d.out));
	switch (rnd(12)) {
	case 0:
		d.env.rcv_free = rnd(60001);
		itp_user_read(&d.c, &d.env, &d.out);
		break;
	case 1:
		if (!rnd(8))
			itp_user_close(&d.c, &d.env, ends[rnd(sizeof(ends))],
				       &d.out);
		break;
	case 2:
		d.c.nodelay = rnd(2);
		d.c.cork = rnd(2);
		itp_user_push(&d.c, &d.env);
		break;
	case 3:
		d.c.keepalive = rnd(2);
		d.c.ka_idle = 1 + rnd(20);
		itp_user_keepalive(&d.c, &d.env);
		break;
	case 4:
		itp_user_quickack(&d.c, &d.env);
		break;
	case 5:
		d.env.path_mss = 10 + rnd(3000);
		break;
	case 6:
		itp_icmp(&d.c, &d.env, rnd(3), near(d.c.snd_una, d.c.snd_nxt),
			 EHOSTUNREACH, &d.out);
		break;
	case 7:
		itp_rcv_pruned(&d.c, near(d.c.rcv_nxt, d.c.rcv_right));
		break;
	case 8:
		d.env.rcv_full = rnd(4) == 0;
		d.env.host_pkts = rnd(3);
		break;
	case 9:
		d.env.now_us += rnd(2) ? rnd(1000) : rnd(3000000);
		itp_expire(&d.c, &d.env, &d.out);
		break;
	default:
		if (!itp_user_may_write(&d.c))
			itp_user_write(&d.c, &d.env, 1 + rnd(3000), rnd(4) == 0);
	}
}

static void check_ranges(void)
{
	const struct itp_range *r;
	u32 at = d.c.snd_una;
	u32 lost = 0;

	for (r = itp_range_first(&d.c.sent); r; r = itp_range_next(r)) {
		CHECK_EQ(r->start, at);
		CHECK(seq_gt(r->end, r->start));
		at = r->end;
		if (r->flags & ITP_RNG_LOST && !(r->flags & ITP_RNG_SYN))
			lost += r->end - r->start;
	}
	CHECK(!d.c.sent.root || at == d.c.snd_nxt);
	CHECK(!d.c.flow || d.c.flow->lost == lost);
	CHECK(!d.c.flow || d.c.flow->cwnd >= 48 - ITP_TS_LEN);
	CHECK(!d.c.flow || d.c.flow->cwnd <= 1 << 30);
	at = d.c.rcv_nxt;
	for (r = itp_range_first(&d.c.held); r; r = itp_range_next(r)) {
		CHECK(seq_ge(r->start, at));
		CHECK(seq_gt(r->end, r->start));
		at = r->end;
	}
}

static void check_all(void)
{
	bool timer = d.c.timers[ITP_TIMER_RTO] || d.c.timers[ITP_TIMER_LOCAL];
	u64 first = 0;
	int i;

	if (d.c.state == ITP_CLOSED || d.c.state == ITP_TIME_WAIT)
		return;
	CHECK(seq_le(d.c.snd_una, d.c.snd_nxt));
	CHECK(seq_le(d.c.snd_nxt, d.c.write_seq + d.c.fin_sent));
	CHECK(d.c.snd_una == d.c.snd_nxt || timer);
	for (i = 0; i < ITP_TIMER_MAX; i++) {
		if (d.c.timers[i] && (!first || d.c.timers[i] < first))
			first = d.c.timers[i];
	}
	CHECK_EQ(d.c.deadline_us, first);
	check_ranges();
}

static void one_life(void)
{
	u32 steps = 10 + rnd(150);

	drive_init();
	d.tun.window_scaling = rnd(2);
	d.tun.timestamps = rnd(3);
	d.tun.rto_min_us = rnd(2) ? 200000 : 1000;
	d.tun.max_ranges = 64;
	d.burst = rnd(5);
	drive_connect();
	if (rnd(4) && rnd(2))
		rx_opt(SA, 0, 1, 30000, MSS, rnd(15));
	else if (rnd(4))
		rx_ts(SA, 0, 1, 0, rnd(~0U));
	while (steps-- && d.c.state != ITP_CLOSED &&
	       d.c.state != ITP_TIME_WAIT) {
		itp_test_alloc_fail = rnd(10) ? 0 : 1 + rnd(3);
		if (rnd(2))
			any_segment();
		else
			any_call();
		d.result = rnd(10) ? ITP_SENT_OK : rnd(3);
		push();
		skip();
		itp_test_alloc_fail = 0;
		check_all();
	}
	drive_end();
}

TEST(random__lives)
{
	tap_what = "life";
	for (tap_round = 0; tap_round < 30000; tap_round++) {
		rnd_state = tap_round;
		one_life();
	}
}
