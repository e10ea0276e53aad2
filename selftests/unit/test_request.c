// SPDX-License-Identifier: GPL-2.0-only
/*
 * request.c: what a listener answers, half-open entries, the clock of SYN-ACKs.
 */
#include "drive.h"

static struct itp_req req;
static struct itp_seg_out reply;
static enum itp_reason reason;

static struct itp_seg_in seg_of(u8 flags, u32 seq, u32 ack, u32 len)
{
	struct itp_seg_in in = {
		.seq = P_ISS + seq, .ack = flags & ITP_ACK ? D_ISS + ack : 0,
		.flags = flags, .len = len, .wnd = 30000, .hdr_len = 20,
	};

	return in;
}

static void half_open(void)
{
	struct itp_seg_in syn = seg_of(S, 0, 0, 0);

	drive_init();
	syn.opts = ITP_OPT_MSS;
	syn.mss = 800;
	memset(&req, 0xa5, sizeof(req));
	itp_req_init(&req, 9, &syn, &d.env, D_ISS);
	req.mss_adv = MSS;
	itp_req_sent(&req, &d.env, true);
}

static enum itp_req_verdict in(u8 flags, u32 seq, u32 ack, u32 len)
{
	struct itp_seg_in s = seg_of(flags, seq, ack, len);

	memset(&reply, 0xee, sizeof(reply));
	return itp_req_input(&req, &s, &d.env, &reply, &reason);
}

/* SC-20, S4 to S13 in LISTEN. */
TEST(listen_check__table)
{
	static const struct {
		u8 flags;
		u8 want;
	} cases[] = {
		{ S, ITP_REASON_NONE },
		{ S | ITP_PSH, ITP_REASON_NONE },
		{ S | ITP_URG, ITP_REASON_NONE },
		{ S | ITP_ECE | ITP_CWR, ITP_REASON_NONE },
		{ A, ITP_REASON_NO_CONN }, { SA, ITP_REASON_NO_CONN },
		{ FA, ITP_REASON_NO_CONN }, { 0, ITP_REASON_NO_SYN },
		{ ITP_FIN, ITP_REASON_NO_SYN },
		{ S | ITP_FIN, ITP_REASON_SYN_FIN },
	};
	struct itp_seg_in s;
	u32 i;

	tap_what = "case";
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_round = i;
		s = seg_of(cases[i].flags, 0, 0, 0);
		CHECK_EQ(itp_listen_check(&s), cases[i].want);
	}
	for (i = 0; i < 256; i++) {
		s = seg_of(i | R, 0, 0, 0);
		CHECK_NE(itp_listen_check(&s), ITP_REASON_NONE);
		CHECK_NE(itp_listen_check(&s), ITP_REASON_NO_CONN);
	}
}

TEST(req__synack)
{
	half_open();
	itp_req_synack(&req, &d.env, &reply);
	CHECK_EQ(reply.flags, SA);
	CHECK_EQ(reply.seq, D_ISS);
	CHECK_EQ(reply.ack, P_ISS + 1);
	CHECK_EQ(reply.len, 0);
	CHECK_EQ(reply.wnd, 60000);
	CHECK_EQ(reply.opts, ITP_OPT_MSS);
	CHECK_EQ(reply.mss, MSS);
}

TEST(req__window_scale)
{
	struct itp_seg_in syn = seg_of(S, 0, 0, 0);

	drive_init();
	d.tun.window_scaling = 1;
	d.env.rcv_total = 400000;
	d.env.rcv_free = 400000;
	itp_req_init(&req, 9, &syn, &d.env, D_ISS);
	itp_req_synack(&req, &d.env, &reply);
	CHECK_EQ(reply.opts & ITP_OPT_WSCALE, 0);
	syn.opts = ITP_OPT_WSCALE;
	syn.wscale = 99;
	itp_req_init(&req, 9, &syn, &d.env, D_ISS);
	itp_req_synack(&req, &d.env, &reply);
	CHECK_EQ(reply.opts & ITP_OPT_WSCALE, ITP_OPT_WSCALE);
	CHECK_EQ(reply.wscale, 3);
	CHECK_EQ(reply.wnd, 65535);
	CHECK_EQ(req.snd_wscale, 14);
	/* a challenge ACK must not take back what the SYN-ACK offered */
	in(A, 80000, 1, 0);
	CHECK_GE((u32)reply.wnd << 3, 65535);
}

/* 7323-WS-5: what the rounded window of that ACK let in is in the window. */
TEST(req__rounded_window_holds)
{
	struct itp_seg_in syn = seg_of(S, 0, 0, 0);
	struct itp_seg_in last;

	drive_init();
	d.tun.window_scaling = 1;
	d.env.rcv_total = 400000;
	d.env.rcv_free = 400000;
	syn.opts = ITP_OPT_WSCALE;
	syn.wscale = 1;
	itp_req_init(&req, 9, &syn, &d.env, D_ISS);
	itp_req_sent(&req, &d.env, true);
	CHECK_EQ(in(A, 80000, 1, 0), ITP_REQ_REPLY);
	CHECK_EQ((u32)reply.wnd << 3, 65536);
	/* its last octet, beyond the window of the SYN-ACK */
	last = seg_of(A, 65536, 1, 1);
	itp_conn_init(&d.c, 9, d.env.now_us);
	itp_req_to_conn(&req, &d.c, &d.env);
	itp_input(&d.c, &last, &d.env, &d.out);
	STATE(ESTABLISHED);
	CHECK_EQ(d.out.place, ITP_PLACE_HOLD);
	CHECK_EQ(d.out.trim_back, 0);
	/* the SYN-ACK again says what it can */
	itp_req_synack(&req, &d.env, &reply);
	CHECK_EQ(reply.wnd, 65535);
	drive_end();
}

static u32 synack_clock(u32 *at)
{
	u32 n = 0;

	while (true) {
		d.env.now_us = req.deadline_us;
		at[n] = (d.env.now_us - d.start) / SEC;
		if (!itp_req_expire(&req, &d.env))
			return n;
		itp_req_sent(&req, &d.env, true);
		n++;
	}
}

TEST(req__clock)
{
	static const u32 want[] = { 1, 3, 7, 15, 31, 63 };
	u32 at[130], i;

	half_open();
	CHECK_EQ(synack_clock(at), 5);
	for (i = 0; i < 6; i++)
		CHECK_EQ(at[i], want[i]);
	half_open();
	d.tun.synack_retries = 0;
	CHECK_EQ(synack_clock(at), 0);
	CHECK_EQ(at[0], 1);
	half_open();
	req.retries = 2;
	CHECK_EQ(synack_clock(at), 2);
	CHECK_EQ(at[2], 7);
}

TEST(req__clock_never_beyond_rto_max)
{
	u32 at[130], i;

	half_open();
	d.tun.synack_retries = 127;
	CHECK_EQ(synack_clock(at), 127);
	for (i = 1; i < 127; i++)
		CHECK_LE(at[i] - at[i - 1], 120);
}

TEST(req__claimed_by_the_ack)
{
	half_open();
	CHECK_EQ(in(A, 1, 1, 0), ITP_REQ_CLAIM);
	CHECK_EQ(in(A, 1, 1, 500), ITP_REQ_CLAIM);
	CHECK_EQ(in(FA, 1, 1, 0), ITP_REQ_CLAIM);
	/* simultaneous open from the peer's side */
	CHECK_EQ(in(SA, 0, 1, 0), ITP_REQ_CLAIM);
}

TEST(req__wrong_ack)
{
	static const u32 acks[] = { 0, 2, (u32)-5, 70000 };
	u32 i;

	half_open();
	for (i = 0; i < 4; i++) {
		CHECK_EQ(in(A, 1, acks[i], 0), ITP_REQ_REPLY);
		CHECK_EQ(reason, ITP_REASON_ACK_HANDSHAKE);
		CHECK_EQ(reply.flags, R);
		CHECK_EQ(reply.seq, D_ISS + acks[i]);
	}
}

TEST(req__rst)
{
	half_open();
	CHECK_EQ(in(R, 0, 0, 0), ITP_REQ_DROP);
	CHECK_EQ(in(R, 60002, 0, 0), ITP_REQ_DROP);
	CHECK_EQ(in(R, 2, 0, 0), ITP_REQ_REPLY);
	CHECK_EQ(reply.flags, A);
	CHECK_EQ(reply.seq, D_ISS + 1);
	CHECK_EQ(reply.ack, P_ISS + 1);
	CHECK_EQ(in(R, 1, 0, 0), ITP_REQ_KILL);
	CHECK_EQ(in(RA, 1, 77, 0), ITP_REQ_KILL);
}

/* S5: rate limited, so that a flood draws no flood. */
TEST(req__syn_again)
{
	half_open();
	CHECK_EQ(in(S, 0, 0, 0), ITP_REQ_SYNACK);
	CHECK_EQ(reason, ITP_REASON_DUP_SYN);
	CHECK_EQ(in(S, 0, 0, 0), ITP_REQ_DROP);
	d.env.now_us += 500 * MS;
	CHECK_EQ(in(S, 0, 0, 0), ITP_REQ_SYNACK);
}

/* S4, decision 11: the entry is kept, the SYN challenged (RFC 5961). */
TEST(req__other_syn_in_the_window)
{
	half_open();
	CHECK_EQ(in(S, 100, 0, 0), ITP_REQ_REPLY);
	CHECK_EQ(reason, ITP_REASON_SYN_CHALLENGE);
	CHECK_EQ(reply.flags, A);
	CHECK_EQ(reply.ack, P_ISS + 1);
	CHECK_EQ(in(A, 1, 1, 0), ITP_REQ_CLAIM);
}

TEST(req__syn_outside)
{
	half_open();
	CHECK_EQ(in(S, 70000, 0, 0), ITP_REQ_REPLY);
	CHECK_EQ(reply.flags, A);
	CHECK_EQ(in(S, 70000, 0, 0), ITP_REQ_DROP);
}

TEST(req__no_ack)
{
	half_open();
	CHECK_EQ(in(0, 1, 0, 5), ITP_REQ_DROP);
	CHECK_EQ(in(ITP_FIN, 1, 0, 0), ITP_REQ_DROP);
}

TEST(req__to_conn)
{
	struct itp_seg_in ack = seg_of(PA, 1, 1, 10);

	half_open();
	d.env.now_us += 40 * MS;
	itp_conn_init(&d.c, 9, d.env.now_us);
	itp_req_to_conn(&req, &d.c, &d.env);
	STATE(SYN_RECV);
	CHECK_EQ(d.c.srtt_us >> 3, 40 * MS);
	CHECK_EQ(d.c.role, ITP_ROLE_PASSIVE);
	CHECK_EQ(d.c.mss_adv, MSS);
	CHECK_EQ(d.c.max_snd_wnd, 30000);
	itp_input(&d.c, &ack, &d.env, &d.out);
	STATE(ESTABLISHED);
	CHECK_EQ(d.out.place, ITP_PLACE_INORDER);
	CHECK_EQ(d.c.mss_snd, 800);
	CHECK_EQ(d.c.snd_wnd, 30000);
	push();
	EXPECT(A, 1, 11, 0);
	app_write(900);
	EXPECT(A, 1, 11, 800);
	drive_end();
}

TEST(req__to_conn_after_two_synacks)
{
	half_open();
	itp_req_sent(&req, &d.env, true);
	d.env.now_us += 40 * MS;
	itp_conn_init(&d.c, 9, d.env.now_us);
	itp_req_to_conn(&req, &d.c, &d.env);
	CHECK(!d.c.srtt_valid);
	/* RFC 6298 5.7 */
	CHECK_EQ(d.c.rto_us, 3 * SEC);
	drive_end();
}

TEST(req__local_failure_is_no_sending)
{
	struct itp_seg_in syn = seg_of(S, 0, 0, 0);

	drive_init();
	itp_req_init(&req, 9, &syn, &d.env, D_ISS);
	itp_req_sent(&req, &d.env, false);
	CHECK_EQ(req.sends, 0);
	CHECK_GT(req.deadline_us, d.env.now_us);
	CHECK_EQ(itp_test_counters[ITP_CNT_send_fail], 1);
}

/* Timestamps of half-open entries: agreed on, echoed, PAWS. */
static void half_open_ts(u32 opts)
{
	struct itp_seg_in syn = seg_of(S, 0, 0, 0);

	drive_init();
	d.tun.timestamps = 1;
	syn.opts = opts;
	syn.tsval = P_TS;
	memset(&req, 0xa5, sizeof(req));
	itp_req_init(&req, 9, &syn, &d.env, D_ISS);
	itp_req_synack(&req, &d.env, &reply);
	itp_req_sent(&req, &d.env, true);
}

static enum itp_req_verdict in_ts(u8 flags, u32 seq, u32 ack, u32 tsval)
{
	struct itp_seg_in s = seg_of(flags, seq, ack, 0);

	s.opts = ITP_OPT_TS;
	s.tsval = P_TS + tsval;
	memset(&reply, 0xee, sizeof(reply));
	return itp_req_input(&req, &s, &d.env, &reply, &reason);
}

TEST(req__timestamps)
{
	half_open_ts(0);
	CHECK_EQ(reply.opts & ITP_OPT_TS, 0);
	half_open_ts(ITP_OPT_TS);
	CHECK_EQ(reply.opts & ITP_OPT_TS, ITP_OPT_TS);
	CHECK_EQ(reply.tsval, drive_clock());
	CHECK_EQ(reply.tsecr, P_TS);
	/* The SYN again, later: the SYN-ACK echoes that one. */
	CHECK_EQ(in_ts(S, 0, 0, 1000), ITP_REQ_SYNACK);
	itp_req_synack(&req, &d.env, &reply);
	CHECK_EQ(reply.tsecr, P_TS + 1000);
	d.tun.timestamps = 0;
	half_open();
	itp_req_synack(&req, &d.env, &reply);
	CHECK_EQ(reply.opts & ITP_OPT_TS, 0);
}

TEST(req__paws)
{
	half_open_ts(ITP_OPT_TS);
	CHECK_EQ(in_ts(A, 1, 1, (u32)-1), ITP_REQ_REPLY);
	CHECK_EQ(reason, ITP_REASON_PAWS);
	CHECK_EQ(reply.flags, A);
	CHECK_EQ(reply.opts, ITP_OPT_TS);
	CHECK_EQ(in_ts(A, 1, 1, (u32)-1), ITP_REQ_DROP);
	CHECK_EQ(in_ts(S, 0, 0, (u32)-1), ITP_REQ_DROP);
	CHECK_EQ(in_ts(A, 1, 1, 0), ITP_REQ_CLAIM);
	CHECK_EQ(in_ts(R, 1, 0, (u32)-1), ITP_REQ_KILL);
}

/* A SYN-ACK that went twice tells no time, its echo does (RFC 7323 4.1). */
TEST(req__rtt_of_a_repeated_synack)
{
	struct itp_seg_in ack = { .flags = A, .seq = 1, .ack = 1, .wnd = 30000,
				  .opts = ITP_OPT_TS, .tsval = P_TS + 5 };

	half_open_ts(ITP_OPT_TS);
	d.env.now_us += 1000000;
	itp_req_sent(&req, &d.env, true);
	ack.tsecr = drive_clock();
	d.env.now_us += 50000;
	itp_conn_init(&d.c, 9, d.env.now_us);
	itp_req_to_conn(&req, &d.c, &d.env);
	CHECK(d.c.ts_ok);
	CHECK(!d.c.srtt_valid);
	rx_any(&ack);
	STATE(ESTABLISHED);
	CHECK(d.c.srtt_valid);
	CHECK_EQ(d.c.srtt_us >> 3, 50000);
	drive_end();
}

/* RFC 7323 2.3: more than 14 is 14, and counted. */
TEST(req__scale_above_14_is_counted)
{
	struct itp_seg_in syn = seg_of(S, 0, 0, 0);
	u64 was = itp_test_counters[ITP_CNT_wscale_capped];

	drive_init();
	d.tun.window_scaling = 1;
	syn.opts = ITP_OPT_WSCALE;
	syn.wscale = 14;
	itp_req_init(&req, 9, &syn, &d.env, D_ISS);
	CHECK_EQ(itp_test_counters[ITP_CNT_wscale_capped], was);
	syn.wscale = 255;
	itp_req_init(&req, 9, &syn, &d.env, D_ISS);
	CHECK_EQ(req.snd_wscale, 14);
	CHECK_EQ(itp_test_counters[ITP_CNT_wscale_capped], was + 1);
}

/* ITP_DEFER_ACCEPT: text opens, an empty ACK only after so many time-outs. */
TEST(req__defer_accept)
{
	half_open();
	req.defer = 2;
	CHECK_EQ(in(A, 1, 1, 0), ITP_REQ_DROP);
	CHECK_EQ(reason, ITP_REASON_DEFERRED);
	CHECK_EQ(in(A, 1, 1, 1), ITP_REQ_CLAIM);
	CHECK_EQ(in(FA, 1, 1, 0), ITP_REQ_CLAIM);
	CHECK(itp_req_expire(&req, &d.env));
	CHECK_EQ(in(A, 1, 1, 0), ITP_REQ_DROP);
	CHECK(itp_req_expire(&req, &d.env));
	CHECK_EQ(in(A, 1, 1, 0), ITP_REQ_CLAIM);
}
