// SPDX-License-Identifier: GPL-2.0-only
/*
 * urgent.c: which segments carry an urgent pointer and to where, and when one
 * that arrives is news.
 */
#include "drive.h"

/* What the pointer of the next segment names, relative to our ISS; 0: none. */
static u32 shot_up(void)
{
	struct shot *s = SHOT();

	return s->flags & ITP_URG ? s->seq + s->raw.urp : 0;
}

/* MUST-30, MUST-62: the octet after the urgent one. */
TEST(urgent_out__pointer)
{
	drive_established(5000);
	CHECK_EQ(app_write_urgent(1), 0);
	EXPECT(UPA, 1, 1, 1);
	CHECK_EQ(d.log[d.seen - 1].raw.urp, 1);
	NONE();
	rx(A, 1, 2, 0);
	CHECK_EQ(d.c.snd_urg, false);
	app_write(10);
	EXPECT(PA, 2, 1, 10);
	drive_end();
}

/* Everything before the mark is announced with it, what comes after is not. */
TEST(urgent_out__mode)
{
	drive_established(5000);
	app_write(1000);
	CHECK_EQ(shot_up(), 0);
	app_write_urgent(1500);
	CHECK_EQ(shot_up(), 2501);
	CHECK_EQ(shot_up(), 2501);
	app_write(1000);
	CHECK_EQ(shot_up(), 0);
	/* Until all of it is acknowledged, retransmissions tell it too. */
	rx(A, 1, 1001, 0);
	CHECK_EQ(d.c.snd_urg, true);
	skip();
	pass(2 * SEC);
	CHECK_EQ(shot_up(), 2501);
	rx(A, 1, 2501, 0);
	CHECK_EQ(d.c.snd_urg, false);
	drive_end();
}

/* Neither Nagle nor a cork holds urgent data back. */
TEST(urgent_out__at_once)
{
	drive_established(5000);
	d.c.cork = true;
	app_write(10);
	NONE();
	app_write_urgent(1);
	EXPECT(UPA, 1, 1, 11);
	CHECK_EQ(d.log[d.seen - 1].raw.urp, 11);
	app_write_urgent(1);
	EXPECT(UPA, 12, 1, 1);
	drive_end();
}

/* A shut window holds the text back, not the news; probes repeat them. */
TEST(urgent_out__window_shut)
{
	drive_established(1000);
	app_write(1000);
	EXPECT(PA, 1, 1, 1000);
	rx_wnd(A, 1, 1001, 0, 0);
	app_write(100);
	NONE();
	app_write_urgent(1);
	EXPECT(UA, 1001, 1, 0);
	CHECK_EQ(d.log[d.seen - 1].raw.urp, 101);
	NONE();
	pass_deadline();
	EXPECT(UA, 1000, 1, 0);
	CHECK_EQ(d.log[d.seen - 1].raw.urp, 102);
	rx_wnd(A, 1, 1001, 0, 1000);
	EXPECT(UPA, 1001, 1, 101);
	drive_end();
}

/* MUST-31: farther away than the pointer reaches. */
TEST(urgent_out__far)
{
	u32 up, n = 0;

	drive_established(60000);
	CHECK_EQ(app_write_urgent(100000), 0);
	while (d.seen < d.sent) {
		u32 seq = d.log[d.seen].seq;

		up = shot_up();
		CHECK_EQ(up, min(seq + 0xffff, 100001U));
		rx(A, 1, seq + d.log[d.seen - 1].len, 0);
		n++;
	}
	CHECK_GT(n, 90);
	CHECK_EQ(d.c.snd_urg, false);
	drive_end();
}

/* A burst has one header: none is made while the pointer matters. */
TEST(urgent_out__no_burst)
{
	drive_established(60000);
	d.burst = 4;
	app_write_urgent(4000);
	EXPECT(UA, 1, 1, 1000);
	EXPECT(UA, 1001, 1, 1000);
	drive_end();
}

TEST(urgent_out__stdurg)
{
	drive_established(5000);
	d.tun.stdurg = 1;
	app_write_urgent(1);
	EXPECT(UPA, 1, 1, 1);
	CHECK_EQ(d.log[d.seen - 1].raw.urp, 0);
	drive_end();
}

/* Without memory for the block nothing is urgent, and nothing breaks. */
TEST(urgent_out__no_memory)
{
	drive_established(5000);
	itp_test_alloc_fail = 1;
	itp_user_urgent(&d.c, &d.env);
	itp_test_alloc_fail = 0;
	CHECK_EQ(d.c.snd_urg, false);
	itp_test_alloc_fail = 1;
	rx_urg(A, 1, 1, 0, 10);
	itp_test_alloc_fail = 0;
	CHECK_EQ(d.urgents, 0);
	rx_urg(A, 1, 1, 0, 10);
	CHECK_EQ(d.urgents, 1);
	drive_end();
}

/* MUST-32: when there was none, and when it advances; else never. */
TEST(urgent_in__news)
{
	drive_established(5000);
	rx_urg(A, 1, 1, 10, 5);
	CHECK_EQ(d.urgents, 1);
	CHECK_EQ(d.urgent, 5);
	CHECK_EQ(d.c.rcv_urg, true);
	/* the same text again, and the pointer repeated */
	rx_urg(A, 1, 1, 10, 5);
	rx_urg(A, 11, 1, 0, 0);
	CHECK_EQ(d.urgents, 1);
	/* ahead of the text */
	rx_urg(A, 11, 1, 10, 100);
	CHECK_EQ(d.urgents, 2);
	CHECK_EQ(d.urgent, 110);
	rx_urg(A, 21, 1, 10, 90);
	CHECK_EQ(d.urgents, 2);
	rx_urg(A, 31, 1, 10, 81);
	CHECK_EQ(d.urgents, 3);
	CHECK_EQ(d.urgent, 111);
	/* read past it: the same is no news, the next is */
	itp_user_urgent_read(&d.c);
	CHECK_EQ(d.c.rcv_urg, false);
	rx(A, 41, 1, 100);
	rx_urg(A, 41, 1, 0, 71);
	CHECK_EQ(d.urgents, 3);
	rx_urg(A, 141, 1, 1, 1);
	CHECK_EQ(d.urgents, 4);
	CHECK_EQ(d.urgent, 141);
	drive_end();
}

/* MUST-66: a shut window takes text away, not the pointer. */
TEST(urgent_in__window_shut)
{
	drive_established(5000);
	d.env.rcv_free = 0;
	rx(A, 1, 1, 1000);
	while (d.c.rcv_right != d.c.rcv_nxt)
		rx(A, d.c.rcv_nxt - P_ISS, 1,
		   min(d.c.rcv_right - d.c.rcv_nxt, 1000U));
	skip();
	rx_urg(A, d.c.rcv_nxt - P_ISS, 1, 1, 1);
	CHECK_EQ(d.urgents, 1);
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
	drive_end();
}

/* S21: where it is looked at, and where not. */
TEST(urgent_in__states)
{
	static const enum itp_state yes[] = {
		ITP_ESTABLISHED, ITP_FIN_WAIT1, ITP_FIN_WAIT2,
	};
	static const enum itp_state no[] = {
		ITP_CLOSE_WAIT, ITP_CLOSING, ITP_LAST_ACK,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(yes); i++) {
		drive_to(yes[i]);
		rx_urg(A, 1, yes[i] == ITP_FIN_WAIT2 ? 2 : 1, 0, 10);
		CHECK_EQ(d.urgents, 1);
		drive_end();
	}
	for (i = 0; i < ARRAY_SIZE(no); i++) {
		drive_to(no[i]);
		rx_urg(A, 2, 1, 0, 10);
		CHECK_EQ(d.urgents, 0);
		drive_end();
	}
	/* SYN-RECEIVED: the ACK opens first. */
	drive_to(ITP_SYN_RECV);
	rx_urg(A, 1, 1, 0, 10);
	STATE(ESTABLISHED);
	CHECK_EQ(d.urgents, 1);
	drive_end();
	/* A pointer without URG is nothing. */
	drive_established(5000);
	rx_urg(A, 1, 1, 0, 0);
	CHECK_EQ(d.urgents, 0);
	drive_end();
}

TEST(urgent_in__stdurg)
{
	drive_established(5000);
	d.tun.stdurg = 1;
	rx_urg(A, 1, 1, 10, 5);
	CHECK_EQ(d.urgents, 1);
	CHECK_EQ(d.urgent, 6);
	drive_end();
}

/* An unacceptable segment announces nothing. */
TEST(urgent_in__dropped)
{
	drive_established(5000);
	rx_urg(A, 100000, 1, 0, 10);
	rx_urg(A, 1, 5000, 0, 10);
	CHECK_EQ(d.urgents, 0);
	drive_end();
}
