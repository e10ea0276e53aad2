// SPDX-License-Identifier: GPL-2.0-only
/*
 * user.c: every way to close, in every state; writing; reading and the window.
 */
#include "drive.h"

/* SC-02. */
TEST(close__active)
{
	drive_established(5000);
	app_close(ITP_CLOSE_CLOSE);
	STATE(FIN_WAIT1);
	EXPECT(FA, 1, 1, 0);
	rx(A, 1, 2, 0);
	STATE(FIN_WAIT2);
	NONE();
	rx(FA, 1, 2, 0);
	STATE(TIME_WAIT);
	EXPECT(A, 2, 2, 0);
	CHECK(d.timewait);
	CHECK(d.eof);
	itp_conn_retire(&d.c);
	CHECK_EQ(d.c.state, ITP_CLOSED);
	CHECK_EQ(d.c.prev_state, ITP_TIME_WAIT);
	CHECK_EQ(d.c.deadline_us, 0);
	drive_end();
}

/* SC-01. */
TEST(close__passive)
{
	drive_established(5000);
	rx(FA, 1, 1, 0);
	STATE(CLOSE_WAIT);
	CHECK(d.eof);
	CHECK(d.flags & ITP_OUT_READ);
	EXPECT(A, 1, 2, 0);
	CHECK_EQ(app_write(10), 0);
	EXPECT(PA, 1, 2, 10);
	rx(A, 2, 11, 0);
	app_close(ITP_CLOSE_CLOSE);
	STATE(LAST_ACK);
	EXPECT(FA, 11, 2, 0);
	rx(A, 2, 12, 0);
	STATE(CLOSED);
	CHECK(d.dead);
	CHECK_EQ(d.sk_err, 0);
	NONE();
	drive_end();
}

/* SC-04. */
TEST(close__simultaneous)
{
	drive_established(5000);
	app_close(ITP_CLOSE_SHUTDOWN);
	EXPECT(FA, 1, 1, 0);
	rx(FA, 1, 1, 0);
	STATE(CLOSING);
	EXPECT(A, 2, 2, 0);
	rx(A, 2, 2, 0);
	STATE(TIME_WAIT);
	CHECK(d.timewait);
	NONE();
	drive_end();
}

TEST(close__simultaneous_by_repeated_fin)
{
	drive_to(ITP_CLOSING);
	rx(FA, 1, 2, 0);
	STATE(TIME_WAIT);
	CHECK(d.timewait);
	EXPECT(A, 2, 2, 0);
	NONE();
	drive_end();
}

/* SC-05. */
TEST(close__three_segments)
{
	drive_to(ITP_FIN_WAIT1);
	rx(FA, 1, 2, 0);
	STATE(TIME_WAIT);
	EXPECT(A, 2, 2, 0);
	NONE();
	drive_end();
}

/* SC-06. */
TEST(close__half_close_receives_on)
{
	u32 i;

	drive_to(ITP_FIN_WAIT2);
	for (i = 0; i < 100; i++)
		rx(A, 1 + i * 1000, 2, 1000);
	CHECK_EQ(d.read, 100000);
	skip();
	pass(10000 * SEC);
	STATE(FIN_WAIT2);
	skip();
	rx(FA, 100001, 2, 0);
	STATE(TIME_WAIT);
	drive_end();
}

TEST(close__half_close_sends_on)
{
	drive_to(ITP_CLOSE_WAIT);
	CHECK_EQ(app_write(3000), 0);
	EXPECT(A, 1, 2, 1000);
	EXPECT(A, 1001, 2, 1000);
	EXPECT(PA, 2001, 2, 1000);
	rx(A, 2, 3001, 0);
	app_close(ITP_CLOSE_CLOSE);
	STATE(LAST_ACK);
	drive_end();
}

TEST(close__fin_goes_with_the_last_text)
{
	drive_established(1000);
	CHECK_EQ(app_write(1500), 0);
	EXPECT(A, 1, 1, 1000);
	app_close(ITP_CLOSE_SHUTDOWN);
	STATE(FIN_WAIT1);
	NONE();
	rx_wnd(A, 1, 1001, 0, 5000);
	EXPECT(FPA, 1001, 1, 500);
	rx(A, 1, 1501, 0);
	STATE(FIN_WAIT1);
	rx(A, 1, 1502, 0);
	STATE(FIN_WAIT2);
	drive_end();
}

TEST(close__fin_waits_for_the_window)
{
	drive_established(1000);
	CHECK_EQ(app_write(1000), 0);
	EXPECT(PA, 1, 1, 1000);
	app_close(ITP_CLOSE_SHUTDOWN);
	NONE();
	rx_wnd(A, 1, 1001, 0, 0);
	NONE();
	rx_wnd(A, 1, 1001, 0, 1);
	EXPECT(FA, 1001, 1, 0);
	drive_end();
}

TEST(close__no_second_fin)
{
	drive_to(ITP_FIN_WAIT1);
	app_close(ITP_CLOSE_SHUTDOWN);
	app_close(ITP_CLOSE_CLOSE);
	STATE(FIN_WAIT1);
	NONE();
	drive_end();
}

/* SC-13, U6: in every state that can have unread text. */
TEST(close__unread)
{
	static const u8 states[] = {
		ITP_SYN_RECV, ITP_ESTABLISHED, ITP_FIN_WAIT1, ITP_FIN_WAIT2,
		ITP_CLOSE_WAIT, ITP_CLOSING, ITP_LAST_ACK,
	};
	struct shot *s;
	u32 i;

	tap_what = "state";
	for (i = 0; i < sizeof(states); i++) {
		tap_round = states[i];
		drive_to(states[i]);
		app_close(ITP_CLOSE_UNREAD);
		STATE(CLOSED);
		CHECK_EQ(d.c.cause, ITP_CAUSE_UNREAD_DATA);
		s = SHOT();
		CHECK(s->flags & R);
		CHECK_EQ(s->raw.seq, d.c.snd_nxt);
		NONE();
		CHECK(d.dead);
		drive_end();
	}
}

/* U7. */
TEST(close__abort)
{
	static const struct {
		u8 state;
		bool rst;
	} cases[] = {
		{ ITP_SYN_SENT, false }, { ITP_SYN_RECV, true },
		{ ITP_ESTABLISHED, true }, { ITP_FIN_WAIT1, true },
		{ ITP_FIN_WAIT2, true }, { ITP_CLOSE_WAIT, true },
		{ ITP_CLOSING, false }, { ITP_LAST_ACK, false },
	};
	u32 i, n = ARRAY_SIZE(cases);
	bool destroy;

	tap_what = "state";
	for (i = 0; i < 2 * n; i++) {
		destroy = i >= n;
		tap_round = cases[i % n].state;
		drive_to(cases[i % n].state);
		app_close(destroy ? ITP_CLOSE_DESTROY : ITP_CLOSE_ABORT);
		STATE(CLOSED);
		if (cases[i % n].rst)
			CHECK_EQ(SHOT()->raw.seq, d.c.snd_nxt);
		NONE();
		CHECK_EQ(d.sk_err, destroy ? ECONNABORTED : ECONNRESET);
		CHECK_EQ(d.c.cause, destroy ? ITP_CAUSE_DESTROYED :
					      ITP_CAUSE_USER_ABORT);
		drive_end();
	}
}

TEST(close__abort_with_fin_unsent)
{
	drive_established(0);
	app_write(10);
	app_close(ITP_CLOSE_SHUTDOWN);
	rx(FA, 1, 1, 0);
	STATE(CLOSING);
	skip();
	app_close(ITP_CLOSE_ABORT);
	CHECK(SHOT()->flags & R);
	drive_end();
}

TEST(close__listener_gone_and_orphan_limit)
{
	drive_to(ITP_ESTABLISHED);
	app_close(ITP_CLOSE_LISTENER);
	STATE(CLOSED);
	EXPECT(RA, 1, 1, 0);
	drive_end();

	drive_to(ITP_FIN_WAIT2);
	app_close(ITP_CLOSE_ORPHANS);
	STATE(CLOSED);
	EXPECT(RA, 2, 1, 0);
	CHECK_EQ(d.c.cause, ITP_CAUSE_ORPHAN_LIMIT);
	drive_end();
}

/* SC-14. */
TEST(orphan__fin_wait2_silence)
{
	drive_established(5000);
	app_close(ITP_CLOSE_CLOSE);
	rx(A, 1, 2, 0);
	skip();
	STATE(FIN_WAIT2);
	pass(60 * SEC - 1);
	STATE(FIN_WAIT2);
	pass(1);
	STATE(CLOSED);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_FIN_WAIT2);
	NONE();
	drive_end();
}

TEST(orphan__fin_wait2_closed_late)
{
	drive_to(ITP_FIN_WAIT2);
	pass(1000 * SEC);
	STATE(FIN_WAIT2);
	app_close(ITP_CLOSE_CLOSE);
	pass(60 * SEC - 1);
	STATE(FIN_WAIT2);
	pass(1);
	STATE(CLOSED);
	NONE();
	drive_end();
}

TEST(orphan__fin_wait2_text_resets)
{
	struct shot *s;

	drive_established(5000);
	app_close(ITP_CLOSE_CLOSE);
	rx(A, 1, 2, 0);
	skip();
	rx(A, 1, 2, 10);
	STATE(CLOSED);
	CHECK_EQ(d.c.cause, ITP_CAUSE_DATA_AFTER_CLOSE);
	s = SHOT();
	CHECK_EQ(s->flags, R);
	CHECK_EQ(s->seq, 2);
	NONE();
	drive_end();
}

TEST(orphan__fin_wait1_text_resets)
{
	drive_established(5000);
	app_close(ITP_CLOSE_CLOSE);
	skip();
	rx(A, 1, 1, 10);
	STATE(CLOSED);
	CHECK(SHOT()->flags & R);
	drive_end();
}

TEST(orphan__fin_at_59_s)
{
	drive_established(5000);
	app_close(ITP_CLOSE_CLOSE);
	rx(A, 1, 2, 0);
	skip();
	pass(59 * SEC);
	rx(FA, 1, 2, 0);
	STATE(TIME_WAIT);
	EXPECT(A, 2, 2, 0);
	CHECK_EQ(d.c.timers[ITP_TIMER_FIN_WAIT2], 0);
	drive_end();
}

TEST(orphan__linger2)
{
	drive_established(5000);
	d.c.linger2 = 5;
	app_close(ITP_CLOSE_CLOSE);
	rx(A, 1, 2, 0);
	skip();
	pass(5 * SEC - 1);
	STATE(FIN_WAIT2);
	pass(1);
	STATE(CLOSED);
	NONE();
	drive_end();

	drive_established(5000);
	d.c.linger2 = -1;
	app_close(ITP_CLOSE_CLOSE);
	skip();
	rx(A, 1, 2, 0);
	STATE(CLOSED);
	NONE();
	drive_end();
}

/* SC-14 (d): it was in FIN-WAIT-2 already. */
TEST(orphan__linger2_negative_in_fin_wait2)
{
	drive_to(ITP_FIN_WAIT2);
	d.c.linger2 = -1;
	app_close(ITP_CLOSE_CLOSE);
	STATE(CLOSED);
	CHECK(SHOT()->flags & R);
	NONE();
	drive_end();
}

TEST(orphan__at_least_three_and_a_half_rto)
{
	drive_established(5000);
	d.tun.fin_timeout = 1;
	d.c.rto_us = 10 * SEC;
	app_close(ITP_CLOSE_CLOSE);
	rx(A, 1, 2, 0);
	skip();
	STATE(FIN_WAIT2);
	CHECK_GE(d.c.timers[ITP_TIMER_FIN_WAIT2] - d.env.now_us,
		 (u64)d.c.rto_us * 7 / 2);
	drive_end();
}

TEST(write__refused_after_the_end)
{
	static const struct {
		u8 state;
		int err;
	} cases[] = {
		{ ITP_SYN_SENT, 0 }, { ITP_SYN_RECV, 0 },
		{ ITP_ESTABLISHED, 0 }, { ITP_CLOSE_WAIT, 0 },
		{ ITP_FIN_WAIT1, -EPIPE }, { ITP_FIN_WAIT2, -EPIPE },
		{ ITP_CLOSING, -EPIPE }, { ITP_LAST_ACK, -EPIPE },
	};
	u32 i;

	tap_what = "state";
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_round = cases[i].state;
		drive_to(cases[i].state);
		CHECK_EQ(itp_user_may_write(&d.c), cases[i].err);
		drive_end();
	}
	drive_init();
	CHECK_EQ(itp_user_may_write(&d.c), -ENOTCONN);
	drive_end();
	drive_to(ITP_ESTABLISHED);
	rx(R, 1, 0, 0);
	CHECK_EQ(itp_user_may_write(&d.c), -EPIPE);
	drive_end();
}

TEST(write__no_memory_changes_nothing)
{
	u32 seq;

	drive_established(5000);
	seq = d.c.write_seq;
	itp_test_alloc_fail = 1;
	CHECK_EQ(itp_user_write(&d.c, &d.env, 10, false), -ENOMEM);
	CHECK_EQ(d.c.write_seq, seq);
	CHECK(!d.c.flow);
	CHECK_EQ(app_write(10), 0);
	EXPECT(PA, 1, 1, 10);
	drive_end();
}

TEST(read__window_opens_again)
{
	drive_established(5000);
	d.env.rcv_total = 4000;
	d.env.rcv_free = 0;
	/* fill what was promised in the SYN */
	d.c.rcv_right = d.c.rcv_nxt + 4000;
	rx(A, 1, 1, 1000);
	rx(A, 1001, 1, 1000);
	rx(A, 2001, 1, 1000);
	rx(PA, 3001, 1, 1000);
	pass(SEC);
	CHECK_EQ(d.log[d.sent - 1].ack, 4001);
	CHECK_EQ(d.log[d.sent - 1].wnd, 0);
	skip();
	/* too small a step: nothing is said */
	app_read(500);
	NONE();
	app_read(1500);
	CHECK_EQ(SHOT()->wnd, 1500);
	NONE();
	/* no update for every sip */
	app_read(2000);
	NONE();
	app_read(3000);
	CHECK_EQ(SHOT()->wnd, 3000);
	drive_end();
}

TEST(read__no_update_after_the_peers_fin)
{
	drive_established(5000);
	rx(FA, 1, 1, 0);
	skip();
	app_read(60000);
	NONE();
	drive_end();
}
