// SPDX-License-Identifier: GPL-2.0-only
/*
 * text.c: what is new, what is held, FIN placement, when ACKs go.
 */
#include "drive.h"

/* No quick ACKs: what delayed ACKs do by themselves. */
static void calm(void)
{
	drive_established(60000);
	rx(A, 1, 1, 1000);
	d.c.flow->quick_acks = 0;
	pass(SEC);
	skip();
}

TEST(delack__single_segment_waits)
{
	calm();
	rx(PA, 1001, 1, 100);
	NONE();
	pass(40 * MS - 1);
	NONE();
	pass(200 * MS);
	EXPECT(A, 1, 1101, 0);
	NONE();
	CHECK_LE(d.log[d.sent - 1].at, (d.env.now_us - d.start));
	drive_end();
}

TEST(delack__within_bounds)
{
	u64 begin;
	int i;

	calm();
	/* whatever the rhythm of what arrives */
	for (i = 0; i < 200; i++) {
		pass(i * 7919 % 250 * MS);
		begin = d.env.now_us - d.start;
		rx(PA, d.c.rcv_nxt - P_ISS, 1, 100);
		CHECK_NE(pass_deadline(), 0);
		CHECK_GE(SHOT()->at, begin + d.tun.delack_min_us);
		CHECK_LE(d.log[d.seen - 1].at, begin + d.tun.delack_max_us);
		NONE();
	}
	drive_end();
}

TEST(delack__every_second_full_segment)
{
	u32 i;

	calm();
	for (i = 0; i < 20; i += 2) {
		rx(A, 1001 + i * 1000, 1, 1000);
		NONE();
		rx(A, 2001 + i * 1000, 1, 1000);
		EXPECT(A, 1, 3001 + i * 1000, 0);
		NONE();
	}
	drive_end();
}

/* The peer's segments shrink with its path: every second one is still full. */
TEST(delack__segment_size_follows)
{
	u32 at = 1001, i;

	calm();
	for (i = 0; i < 2; i++, at += 1000)
		rx(A, at, 1, 1000);
	CHECK_EQ(d.c.flow->rcv_mss, 1000);
	/* once may be the end of a write */
	rx(A, at, 1, 700);
	at += 700;
	CHECK_EQ(d.c.flow->rcv_mss, 1000);
	rx(A, at, 1, 700);
	at += 700;
	CHECK_EQ(d.c.flow->rcv_mss, 700);
	skip();
	for (i = 0; i < 10; i++, at += 700)
		rx(A, at, 1, 700);
	CHECK_EQ(d.sent - d.seen, 5);
	/* pieces of a program say nothing, however alike they are */
	for (i = 0; i < 10; i++, at += 100)
		rx(PA, at, 1, 100);
	CHECK_EQ(d.c.flow->rcv_mss, 700);
	for (i = 0; i < 10; i++, at += 20)
		rx(A, at, 1, 20);
	CHECK_EQ(d.c.flow->rcv_mss, 700);
	rx(A, at, 1, 1400);
	CHECK_EQ(d.c.flow->rcv_mss, 1400);
	drive_end();
}

/* A peer that was told a small MSS: two of those are full segments. */
TEST(delack__segment_size_starts_small)
{
	drive_init();
	d.env.adv_mss = 200;
	drive_connect();
	rx_opt(SA, 0, 1, 5000, MSS, -1);
	app_write(1);
	CHECK_EQ(d.c.flow->rcv_mss, 200);
	drive_end();
}

TEST(delack__rides_on_text)
{
	calm();
	rx(A, 1001, 1, 100);
	app_write(10);
	EXPECT(PA, 1, 1101, 10);
	rx(A, 1101, 11, 0);
	pass(SEC);
	NONE();
	drive_end();
}

TEST(quickack__first_segments_at_once)
{
	int i;

	drive_established(60000);
	for (i = 0; i < 16; i++) {
		rx(A, 1 + i * 10, 1, 10);
		EXPECT(A, 1, 11 + i * 10, 0);
	}
	rx(A, 161, 1, 10);
	NONE();
	itp_user_quickack(&d.c, &d.env);
	push();
	EXPECT(A, 1, 171, 0);
	drive_end();
}

TEST(order__in_order)
{
	drive_established(60000);
	rx(A, 1, 1, 500);
	CHECK_EQ(d.out.place, ITP_PLACE_INORDER);
	CHECK_EQ(d.out.trim_front, 0);
	CHECK_EQ(d.out.trim_back, 0);
	CHECK_EQ(d.out.deliver_to, P_ISS + 501);
	CHECK(d.out.flags & ITP_OUT_READ);
	CHECK_EQ(d.c.flow->data_segs_in, 1);
	CHECK_EQ(d.c.flow->octets_in, 500);
	drive_end();
}

TEST(order__hole_and_fill)
{
	calm();
	rx(A, 2001, 1, 1000);
	CHECK_EQ(d.out.place, ITP_PLACE_HOLD);
	CHECK_EQ(d.out.deliver_to, P_ISS + 1001);
	EXPECT(A, 1, 1001, 0);
	rx(A, 4001, 1, 1000);
	EXPECT(A, 1, 1001, 0);
	rx(A, 3001, 1, 1000);
	EXPECT(A, 1, 1001, 0);
	CHECK_EQ(d.c.held.count, 1);
	rx(A, 1001, 1, 1000);
	CHECK_EQ(d.out.place, ITP_PLACE_INORDER);
	CHECK_EQ(d.out.deliver_to, P_ISS + 5001);
	EXPECT(A, 1, 5001, 0);
	NONE();
	CHECK_EQ(d.c.held.count, 0);
	drive_end();
}

/* While a gap is open each segment that fills part of it is acked at once. */
TEST(order__partial_fill_is_acked_at_once)
{
	calm();
	rx(A, 3001, 1, 1000);
	skip();
	rx(A, 1001, 1, 100);
	EXPECT(A, 1, 1101, 0);
	drive_end();
}

TEST(order__overlaps)
{
	calm();
	rx(A, 2001, 1, 1000);
	rx(A, 2501, 1, 1000);
	CHECK_EQ(d.out.place, ITP_PLACE_HOLD);
	rx(A, 2001, 1, 1500);
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
	CHECK_EQ(d.out.reason, ITP_REASON_OLD_DATA);
	CHECK_EQ(d.c.held.count, 1);
	rx(A, 801, 1, 1000);
	CHECK_EQ(d.out.place, ITP_PLACE_INORDER);
	CHECK_EQ(d.out.trim_front, 200);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 1801);
	rx(A, 1801, 1, 400);
	CHECK_EQ(d.out.deliver_to, P_ISS + 3501);
	drive_end();
}

TEST(order__duplicate_is_acked_at_once)
{
	calm();
	rx(A, 1, 1, 1000);
	CHECK_EQ(d.out.reason, ITP_REASON_OLD_DATA);
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
	EXPECT(A, 1, 1001, 0);
	CHECK_GE(itp_test_counters[ITP_CNT_dup_octets_in], 1000);
	drive_end();
}

TEST(window__trimmed_at_the_right_edge)
{
	drive_established(60000);
	rx(A, 59501, 1, 1000);
	CHECK_EQ(d.out.place, ITP_PLACE_HOLD);
	CHECK_EQ(d.out.trim_back, 500);
	CHECK_EQ(itp_range_last(&d.c.held)->end, d.c.rcv_right);
	drive_end();
}

TEST(window__fin_beyond_the_edge)
{
	drive_established(60000);
	d.c.rcv_right = d.c.rcv_nxt + 100;
	d.env.rcv_free = 0;
	rx(FA, 1, 1, 100);
	CHECK_EQ(d.read, 100);
	STATE(ESTABLISHED);
	CHECK(!d.eof);
	d.env.rcv_free = 60000;
	app_read(60000);
	rx(FA, 101, 1, 0);
	STATE(CLOSE_WAIT);
	CHECK(d.eof);
	drive_end();
}

TEST(window__never_shrinks)
{
	u32 right, i;

	drive_established(60000);
	right = d.log[1].ack + d.log[1].wnd;
	skip();
	d.env.rcv_free = 100;
	for (i = 0; i < 40; i++) {
		rx(A, d.c.rcv_nxt - P_ISS, 1, 1000);
		pass(SEC);
		while (d.seen < d.sent) {
			struct shot *s = SHOT();

			CHECK_GE(s->ack + s->wnd, right);
			right = s->ack + s->wnd;
		}
	}
	CHECK_EQ(right, 60001);
	drive_end();
}

TEST(window__no_silly_steps)
{
	struct shot *s;

	drive_established(60000);
	d.c.rcv_right = d.c.rcv_nxt + 2000;
	d.env.rcv_total = 4000;
	d.env.rcv_free = 0;
	rx(A, 1, 1, 1000);
	rx(A, 1001, 1, 1000);
	skip();
	/* less than a segment and less than half the buffer */
	d.env.rcv_free = 900;
	rx(A, 1001, 1, 1000);
	s = SHOT();
	CHECK_EQ(s->wnd, 0);
	d.env.rcv_free = 1000;
	rx(A, 1001, 1, 1000);
	s = SHOT();
	CHECK_EQ(s->wnd, 1000);
	drive_end();
}

TEST(fin__with_text)
{
	drive_established(60000);
	rx(FPA, 1, 1, 10);
	STATE(CLOSE_WAIT);
	CHECK_EQ(d.out.place, ITP_PLACE_INORDER);
	CHECK_EQ(d.read, 10);
	EXPECT(A, 1, 12, 0);
	CHECK(d.eof);
	drive_end();
}

/* SC-10. */
TEST(fin__behind_a_hole)
{
	drive_established(60000);
	rx(FA, 1001, 1, 0);
	STATE(ESTABLISHED);
	EXPECT(A, 1, 1, 0);
	CHECK(!d.eof);
	rx(A, 1, 1, 1000);
	STATE(CLOSE_WAIT);
	CHECK(d.eof);
	EXPECT(A, 1, 1002, 0);
	CHECK_EQ(d.out.deliver_to, P_ISS + 1002);
	drive_end();
}

TEST(fin__with_text_behind_a_hole)
{
	drive_established(60000);
	rx(FA, 1001, 1, 500);
	CHECK_EQ(d.out.place, ITP_PLACE_HOLD);
	STATE(ESTABLISHED);
	rx(A, 1, 1, 1000);
	STATE(CLOSE_WAIT);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 1502);
	drive_end();
}

TEST(fin__nothing_after_it)
{
	drive_established(60000);
	rx(FA, 1001, 1, 0);
	rx(A, 1001, 1, 100);
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
	rx(A, 901, 1, 200);
	CHECK_EQ(d.out.place, ITP_PLACE_HOLD);
	CHECK_EQ(d.out.trim_back, 100);
	rx(A, 1, 1, 900);
	STATE(CLOSE_WAIT);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 1002);
	skip();
	rx(A, 1002, 1, 100);
	CHECK_EQ(d.out.reason, ITP_REASON_AFTER_FIN);
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
	rx(FA, 1002, 1, 0);
	STATE(CLOSE_WAIT);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 1002);
	drive_end();
}

/* A FIN that contradicts text we hold is not the end. */
TEST(fin__before_held_text)
{
	drive_established(60000);
	rx(A, 2001, 1, 1000);
	rx(FA, 1001, 1, 0);
	rx(A, 1, 1, 2000);
	STATE(ESTABLISHED);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 3001);
	drive_end();
}

/* In order, it is the end, and what a broken peer sent beyond it is nothing. */
TEST(fin__before_text_after_a_gap)
{
	drive_established(60000);
	rx(A, 1002, 1, 1000);
	CHECK_EQ(d.c.held.count, 1);
	rx(FA, 1, 1, 1000);
	STATE(CLOSE_WAIT);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 1002);
	CHECK_EQ(d.c.held.count, 0);
	drive_end();
}

/* Text held at the place of the FIN closes the gap first: no FIN in the past. */
TEST(fin__where_held_text_goes_on)
{
	drive_established(60000);
	rx(A, 1001, 1, 1000);
	rx(FA, 1, 1, 1000);
	STATE(ESTABLISHED);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 2001);
	CHECK(!d.c.fin_held);
	rx(A, 2001, 1, 1000);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 3001);
	rx(FA, 3001, 1, 0);
	STATE(CLOSE_WAIT);
	drive_end();
}

TEST(fin__repeated)
{
	static const u8 states[] = { ITP_CLOSE_WAIT, ITP_CLOSING, ITP_LAST_ACK };
	u32 i;

	for (i = 0; i < 3; i++) {
		drive_to(states[i]);
		rx(FA, 1, 1, 0);
		CHECK_EQ(d.c.state, states[i]);
		EXPECT(A, d.c.snd_nxt - D_ISS, 2, 0);
		NONE();
		drive_end();
	}
}

/* S19 in LAST-ACK: the ACK of a repeated FIN counts (RFC 9293 A.2). */
TEST(fin__repeated_with_the_ack_of_ours)
{
	drive_to(ITP_LAST_ACK);
	rx(FA, 1, 2, 0);
	STATE(CLOSED);
	CHECK(d.dead);
	drive_end();
}

TEST(pruned__held_text_and_fin_come_again)
{
	drive_established(60000);
	rx(A, 1001, 1, 1000);
	rx(FA, 3001, 1, 1000);
	CHECK_EQ(d.c.held.count, 2);
	itp_rcv_pruned(&d.c, P_ISS + 1501);
	CHECK_EQ(d.c.held.count, 1);
	CHECK_EQ(itp_range_last(&d.c.held)->end, P_ISS + 1501);
	rx(A, 1, 1, 1000);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 1501);
	STATE(ESTABLISHED);
	rx(A, 1501, 1, 1500);
	rx(FA, 3001, 1, 1000);
	STATE(CLOSE_WAIT);
	drive_end();
}

TEST(memory__none_for_the_flow)
{
	drive_established(60000);
	itp_test_alloc_fail = 1;
	rx(A, 1, 1, 100);
	CHECK_EQ(d.out.reason, ITP_REASON_NO_MEMORY);
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 1);
	NONE();
	rx(FA, 1, 1, 100);
	STATE(CLOSE_WAIT);
	drive_end();
}

TEST(memory__none_to_hold)
{
	calm();
	itp_test_alloc_fail = 1;
	rx(FA, 2001, 1, 100);
	CHECK_EQ(d.out.reason, ITP_REASON_NO_MEMORY);
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
	NONE();
	rx(A, 1001, 1, 1000);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 2001);
	STATE(ESTABLISHED);
	drive_end();
}

/* An ACK that was owed before is still owed. */
TEST(memory__does_not_lose_an_ack)
{
	calm();
	d.fail_next = 1;
	rx(A, 1, 1, 1000);
	NONE();
	itp_test_alloc_fail = 1;
	rx(A, 5001, 1, 100);
	pass(SEC);
	CHECK_GE(d.sent - d.seen, 1);
	drive_end();
}

TEST(memory__max_ranges)
{
	u32 i;

	calm();
	d.tun.max_ranges = 64;
	for (i = 0; i < 100; i++)
		rx(A, 2001 + i * 20, 1, 10);
	CHECK_EQ(d.c.held.count, 64);
	CHECK_EQ(d.out.reason, ITP_REASON_NO_MEMORY);
	/* what joins two of them needs none */
	rx(A, 2011, 1, 10);
	CHECK_EQ(d.out.place, ITP_PLACE_HOLD);
	CHECK_EQ(d.c.held.count, 63);
	drive_end();
}

TEST(memory__receive_buffer_full)
{
	calm();
	d.env.rcv_full = true;
	rx(A, 1001, 1, 1000);
	CHECK_EQ(d.out.reason, ITP_REASON_RCVBUF);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 1001);
	SHOT();
	d.env.rcv_full = false;
	rx(A, 1001, 1, 1000);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 2001);
	drive_end();
}

/* Text one octet at a time, every second one: bounded work (SACK panic). */
TEST(attack__many_holes_cost_little)
{
	u64 steps;
	u32 i;

	calm();
	d.c.rcv_right = d.c.rcv_nxt + 60000;
	for (i = 0; i < 4096; i++) {
		steps = itp_range_steps;
		rx(A, 2001 + (i * 1103515245U % 4096) * 2, 1, 1);
		CHECK_LE(itp_range_steps - steps, 200);
		skip();
	}
	CHECK_EQ(d.c.held.count, 4096);
	drive_end();
}

/*
 * 7323-WS-5: the window field counts in steps; whatever it let in is in the
 * window, however much room there was and is.
 */
TEST(window__rounding_is_honoured)
{
	u32 got = 1, right, len, i;
	struct shot *s;

	drive_init();
	d.tun.window_scaling = 1;
	d.env.rcv_total = 4000000;
	d.env.rcv_free = 3000001;
	drive_connect();
	rx_opt(SA, 0, 1, 60000, MSS, 5);
	s = &d.log[d.sent - 1];
	CHECK_EQ(s->raw.opts & ITP_OPT_WSCALE, 0);
	CHECK_EQ(d.c.rcv_wscale, 6);
	tap_what = "segment";
	for (i = 0; i < 300; i++) {
		tap_round = i;
		len = 1 + i * 37 % 1400;
		d.env.rcv_free -= min(d.env.rcv_free, len + 977);
		rx(A, got, 1, len);
		got += len;
		CHECK_EQ(d.c.rcv_nxt, P_ISS + got);
		d.c.ack_now = true;
		push();
		s = &d.log[d.sent - 1];
		CHECK_EQ(s->ack, got);
		/* the last octet that this ACK let in, out of order */
		right = got + ((u32)s->wnd << 6);
		CHECK(right - got >= d.env.rcv_free || s->wnd == 0xffff);
		d.env.rcv_free = 0;
		rx(A, right - 1, 1, 1);
		CHECK_EQ(d.out.place, ITP_PLACE_HOLD);
		CHECK_EQ(d.out.trim_back, 0);
		/* one more is not */
		rx(A, right, 1, 1);
		CHECK_EQ(d.out.place, ITP_PLACE_NONE);
		CHECK_EQ(d.out.reason, ITP_REASON_WINDOW);
		itp_rcv_pruned(&d.c, d.c.rcv_nxt);
		d.env.rcv_free = 3000001 - i * 5003;
		skip();
	}
	drive_end();
}
