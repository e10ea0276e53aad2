// SPDX-License-Identifier: GPL-2.0-only
/*
 * timewait.c: SC-02's end, SC-11, SC-12, and what each segment draws.
 */
#include "drive.h"

static struct itp_tw tw;
static struct itp_seg_out reply;
static enum itp_reason reason;

static void time_wait(void)
{
	drive_to(ITP_FIN_WAIT2);
	rx(FA, 1, 2, 0);
	STATE(TIME_WAIT);
	memset(&tw, 0xa5, sizeof(tw));
	itp_tw_init(&tw, &d.c, &d.env);
	itp_conn_retire(&d.c);
	drive_end();
}

static enum itp_tw_verdict in(u8 flags, u32 seq, u32 ack, u32 len)
{
	struct itp_seg_in s = {
		.seq = P_ISS + seq, .ack = flags & ITP_ACK ? D_ISS + ack : 0,
		.flags = flags, .len = len, .wnd = 30000, .hdr_len = 20,
	};

	memset(&reply, 0xee, sizeof(reply));
	return itp_tw_input(&tw, &s, &d.env, &reply, &reason);
}

static void is_ack(void)
{
	CHECK_EQ(reply.flags, A);
	CHECK_EQ(reply.seq, D_ISS + 2);
	CHECK_EQ(reply.ack, P_ISS + 2);
	CHECK_EQ(reply.len, 0);
}

TEST(tw__fin_again)
{
	time_wait();
	d.env.now_us += SEC;
	CHECK_EQ(in(FA, 1, 2, 0), ITP_TW_REPLY);
	is_ack();
	CHECK_EQ(tw.deadline_us, d.env.now_us + 60 * SEC);
}

TEST(tw__bare_ack)
{
	time_wait();
	d.env.now_us += SEC;
	CHECK_EQ(in(A, 2, 2, 0), ITP_TW_DROP);
	CHECK_EQ(tw.deadline_us, d.env.now_us + 60 * SEC);
}

TEST(tw__stale_ack_and_text)
{
	time_wait();
	CHECK_EQ(in(A, 0, 2, 0), ITP_TW_REPLY);
	is_ack();
	d.env.now_us += SEC;
	CHECK_EQ(in(A, 2, 2, 100), ITP_TW_REPLY);
	is_ack();
	d.env.now_us += SEC;
	CHECK_EQ(in(SA, 0, 1, 0), ITP_TW_REPLY);
	is_ack();
}

TEST(tw__answers_are_limited)
{
	time_wait();
	CHECK_EQ(in(A, 0, 2, 0), ITP_TW_REPLY);
	CHECK_EQ(in(A, 0, 2, 0), ITP_TW_DROP);
	d.env.now_us += 500 * MS;
	CHECK_EQ(in(A, 0, 2, 0), ITP_TW_REPLY);
}

/* SC-12. */
TEST(tw__rst)
{
	u64 at;

	time_wait();
	at = tw.deadline_us;
	d.env.now_us += SEC;
	CHECK_EQ(in(R, 2, 0, 0), ITP_TW_DROP);
	d.tun.rfc1337 = 0;
	CHECK_EQ(in(R, 1, 0, 0), ITP_TW_DROP);
	CHECK_EQ(in(R, 3, 0, 0), ITP_TW_DROP);
	CHECK_EQ(in(RA, 300, 2, 0), ITP_TW_DROP);
	CHECK_EQ(tw.deadline_us, at);
	CHECK_EQ(in(R, 2, 0, 0), ITP_TW_KILL);
}

/* SC-11. */
TEST(tw__new_syn)
{
	time_wait();
	CHECK_EQ(in(S, 3, 0, 0), ITP_TW_NEW);
	CHECK_EQ(itp_tw_next_iss(&tw), D_ISS + 2 + 65537);
	CHECK_EQ(in(S, 0x7ffffff0, 0, 0), ITP_TW_NEW);
}

TEST(tw__syn_fin_is_no_new_connection)
{
	time_wait();
	CHECK_EQ(in(S | ITP_FIN, 300, 0, 0), ITP_TW_REPLY);
	is_ack();
}

TEST(tw__old_syn)
{
	u64 at;

	time_wait();
	at = tw.deadline_us;
	d.env.now_us += SEC;
	CHECK_EQ(in(S, 0, 0, 0), ITP_TW_REPLY);
	is_ack();
	CHECK_EQ(tw.deadline_us, at);
	d.env.now_us += SEC;
	CHECK_EQ(in(S, 2, 0, 0), ITP_TW_REPLY);
	CHECK_EQ(in(S | R, 300, 0, 0), ITP_TW_DROP);
}

/* S13: RFC 9293 drops a segment without ACK, SYN and RST. */
TEST(tw__no_flags)
{
	u64 at;

	time_wait();
	at = tw.deadline_us;
	d.env.now_us += SEC;
	CHECK_EQ(in(0, 2, 0, 10), ITP_TW_DROP);
	CHECK_EQ(in(ITP_FIN, 1, 0, 0), ITP_TW_DROP);
	CHECK_EQ(tw.deadline_us, at);
}

TEST(tw__length_is_the_tunable)
{
	drive_to(ITP_FIN_WAIT2);
	d.tun.timewait_len = 7;
	rx(FA, 1, 2, 0);
	itp_tw_init(&tw, &d.c, &d.env);
	CHECK_EQ(tw.deadline_us, d.env.now_us + 7 * SEC);
	drive_end();
}

/* Every flag and many places: no answer to a RST, none but an ACK to others. */
TEST(tw__any_segment)
{
	static const s32 places[] = { -70000, -1, 0, 1, 2, 3, 1000, 70000 };
	u32 flags, i;

	tap_what = "flags";
	for (flags = 0; flags < 256; flags++)
		for (i = 0; i < 8; i++) {
			enum itp_tw_verdict v;

			tap_round = flags;
			time_wait();
			d.tun.rfc1337 = i & 1;
			v = in(flags, places[i], 2, i & 2 ? 5 : 0);
			if (flags & R)
				CHECK(v == ITP_TW_DROP || v == ITP_TW_KILL);
			else
				CHECK_NE(v, ITP_TW_KILL);
			if (v == ITP_TW_REPLY)
				is_ack();
			CHECK_LE(tw.deadline_us, d.env.now_us + 60 * SEC);
		}
}

/* --- timestamps ---------------------------------------------------------- */

/* The peer's last timestamp is 100. */
static void time_wait_ts(void)
{
	drive_established_ts(30000);
	app_close(ITP_CLOSE_SHUTDOWN);
	rx_ts(FA, 1, 2, 0, 100);
	STATE(TIME_WAIT);
	memset(&tw, 0xa5, sizeof(tw));
	itp_tw_init(&tw, &d.c, &d.env);
	itp_conn_retire(&d.c);
	drive_end();
}

static enum itp_tw_verdict in_ts(u8 flags, u32 seq, u32 ack, u32 tsval)
{
	struct itp_seg_in s = {
		.seq = P_ISS + seq, .ack = flags & ITP_ACK ? D_ISS + ack : 0,
		.flags = flags, .wnd = 30000, .hdr_len = 32,
		.opts = ITP_OPT_TS, .tsval = P_TS + tsval,
	};

	memset(&reply, 0xee, sizeof(reply));
	return itp_tw_input(&tw, &s, &d.env, &reply, &reason);
}

/* 6191-1: both have timestamps. */
TEST(tw__syn_both_with_timestamps)
{
	time_wait_ts();
	CHECK_EQ(in_ts(S, (u32)-100000, 0, 101), ITP_TW_NEW);
	CHECK_EQ(in_ts(S, 3, 0, 101), ITP_TW_NEW);
	CHECK_EQ(in_ts(S, 3, 0, 100), ITP_TW_NEW);
	CHECK_EQ(in_ts(S, (u32)-100000, 0, 100), ITP_TW_REPLY);
	is_ack();
	d.env.now_us += SEC;
	/* 6191-3; answered by an ACK, as Linux has it. */
	CHECK_EQ(in_ts(S, 3, 0, 99), ITP_TW_REPLY);
	CHECK_EQ(reason, ITP_REASON_PAWS);
	is_ack();
}

/* 6191-2: only one of the two has. */
TEST(tw__syn_one_with_timestamps)
{
	time_wait();
	CHECK_EQ(in_ts(S, (u32)-100000, 0, 1), ITP_TW_NEW);
	time_wait_ts();
	CHECK_EQ(in(S, 3, 0, 0), ITP_TW_NEW);
	CHECK_EQ(in(S, (u32)-100000, 0, 0), ITP_TW_REPLY);
	is_ack();
}

/* The ACKs carry the option, and echo the latest that is in its place. */
TEST(tw__timestamp_of_answers)
{
	time_wait_ts();
	CHECK_EQ(in_ts(FA, 1, 2, 150), ITP_TW_REPLY);
	is_ack();
	CHECK_EQ(reply.opts, ITP_OPT_TS);
	CHECK_EQ(reply.tsval, drive_clock());
	CHECK_EQ(reply.tsecr, P_TS + 150);
	d.env.now_us += SEC;
	CHECK_EQ(in_ts(A, 900000, 2, 200), ITP_TW_REPLY);
	CHECK_EQ(reply.tsecr, P_TS + 150);
}

/* PAWS: the old segment is answered, and keeps nothing alive. */
TEST(tw__paws)
{
	u64 at;

	time_wait_ts();
	at = tw.deadline_us;
	d.env.now_us += SEC;
	CHECK_EQ(in_ts(FA, 1, 2, 99), ITP_TW_REPLY);
	CHECK_EQ(reason, ITP_REASON_PAWS);
	is_ack();
	CHECK_EQ(tw.deadline_us, at);
	/* like any FIN that comes again; what is empty is limited */
	CHECK_EQ(in_ts(FA, 1, 2, 99), ITP_TW_REPLY);
	CHECK_EQ(in_ts(A, 2, 2, 99), ITP_TW_REPLY);
	CHECK_EQ(in_ts(A, 2, 2, 99), ITP_TW_DROP);
	CHECK_EQ(tw.deadline_us, at);
	/* A RST is never too old. */
	d.tun.rfc1337 = 0;
	CHECK_EQ(in_ts(R, 2, 0, 1), ITP_TW_KILL);
}

/* tw_reuse: by timestamps, after a second, and not over the wire by default. */
TEST(tw__taken_over_by_connect)
{
	time_wait_ts();
	d.tun.timestamps = 1;
	d.env.now_us += SEC - 1;
	CHECK(!itp_tw_reusable(&tw, &d.env, true));
	d.env.now_us += 1;
	CHECK(itp_tw_reusable(&tw, &d.env, true));
	CHECK(!itp_tw_reusable(&tw, &d.env, false));
	d.tun.tw_reuse = 1;
	CHECK(itp_tw_reusable(&tw, &d.env, false));
	d.tun.timestamps = 0;
	CHECK(!itp_tw_reusable(&tw, &d.env, false));
	d.tun.timestamps = 1;
	d.tun.tw_reuse = 0;
	CHECK(!itp_tw_reusable(&tw, &d.env, true));
	time_wait();
	d.env.now_us += 10 * SEC;
	d.tun.timestamps = 1;
	d.tun.tw_reuse = 1;
	CHECK(!itp_tw_reusable(&tw, &d.env, true));
}
