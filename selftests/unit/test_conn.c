// SPDX-License-Identifier: GPL-2.0-only
/*
 * conn.c: the table of legal moves, opening, the clock of SYNs, simultaneous
 * open, what ends a connection before it stands.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>
#include <linux/itp.h>
#include "drive.h"

static u32 state_reports;

static void on_state(u64 id, u8 from, u8 to, u8 cause)
{
	(void)id;
	(void)from;
	(void)to;
	(void)cause;
	state_reports++;
}

TEST(state_set__every_legal_move)
{
	static const u8 rows[][3] = {
#define ITP_TRANSITION(from, to, cause, rfc, prose) \
		{ ITP_##from, ITP_##to, ITP_CAUSE_##cause },
#include "states.def"
	};
	u32 i;

	itp_test_on_state = on_state;
	state_reports = 0;
	drive_init();
	tap_what = "row";
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_round = i;
		d.c.state = rows[i][0];
		d.env.now_us++;
		itp_state_set(&d.c, &d.env, rows[i][1], rows[i][2]);
		CHECK_EQ(d.c.state, rows[i][1]);
		CHECK_EQ(d.c.prev_state, rows[i][0]);
		CHECK_EQ(d.c.cause, rows[i][2]);
		CHECK_EQ(d.c.entered_us, d.env.now_us);
		CHECK_EQ(state_reports, i + 1);
	}
}

static sigjmp_buf refused;

static void on_abort(int sig)
{
	(void)sig;
	siglongjmp(refused, 1);
}

/* True: the engine's assertion stopped the move. */
static bool refuses(u8 from, u8 to, u8 cause)
{
	if (sigsetjmp(refused, 1))
		return true;
	d.c.state = from;
	itp_state_set(&d.c, &d.env, to, cause);
	return false;
}

TEST(state_set__refuses_everything_else)
{
	int err = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY);
	u32 from, to, cause;
	u32 wrong = 0, tried = 0;

	/* Thousands of assertions fail here, as they should: keep it quiet. */
	dup2(null, STDERR_FILENO);
	signal(SIGABRT, on_abort);
	drive_init();
	for (from = 0; from < 16; from++)
		for (to = 0; to < 16; to++)
			for (cause = 0; cause < ITP_CAUSE_MAX; cause++) {
				if (itp_test_legal(from, to, cause))
					continue;
				tried++;
				wrong += !refuses(from, to, cause) ||
					 d.c.state != from;
			}
	signal(SIGABRT, SIG_DFL);
	dup2(err, STDERR_FILENO);
	close(null);
	close(err);
	CHECK_EQ(wrong, 0);
	CHECK_GT(tried, 7000);
}

TEST(conn_open__syn)
{
	struct shot *s;

	drive_init();
	drive_connect();
	STATE(SYN_SENT);
	s = SHOT();
	CHECK_EQ(s->flags, S);
	CHECK_EQ(s->seq, 0);
	CHECK_EQ(s->len, 0);
	CHECK_EQ(s->why, ITP_WHY_NEW);
	CHECK_EQ(s->raw.ack, 0);
	CHECK_EQ(s->raw.opts, ITP_OPT_MSS);
	CHECK_EQ(s->raw.mss, MSS);
	CHECK_EQ(s->wnd, 60000);
	NONE();
	CHECK_EQ(d.c.snd_una, D_ISS);
	CHECK_EQ(d.c.snd_nxt, D_ISS + 1);
	drive_end();
}

TEST(conn_open__three_way)
{
	drive_init();
	drive_connect();
	EXPECT(S, 0, 0, 0);
	rx_opt(SA, 0, 1, 5000, 700, -1);
	STATE(ESTABLISHED);
	EXPECT(A, 1, 1, 0);
	NONE();
	CHECK(d.flags & ITP_OUT_WRITE);
	CHECK_EQ(d.c.snd_wnd, 5000);
	CHECK_EQ(d.c.mss_snd, 700);
	CHECK_EQ(d.c.timers[ITP_TIMER_RTO], 0);
	drive_end();
}

TEST(conn_open__no_mss_option_means_536)
{
	drive_init();
	drive_connect();
	rx_opt(SA, 0, 1, 5000, 0, -1);
	CHECK_EQ(d.c.mss_snd, 536);
	drive_end();
}

static void syn_clock(u32 retries, const u32 *at, u32 n, u32 gives_up)
{
	u32 i;

	drive_init();
	if (retries)
		d.tun.syn_retries = retries;
	drive_connect();
	pass(3600 * SEC);
	for (i = 0; i < n; i++) {
		struct shot *s = SHOT();

		CHECK_EQ(s->at, at[i] * SEC);
		CHECK_EQ(s->flags, S);
		CHECK_EQ(s->seq, 0);
		CHECK_EQ(s->why, i ? ITP_WHY_SYN : ITP_WHY_NEW);
	}
	NONE();
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ETIMEDOUT);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_SYN);
	CHECK_EQ(d.c.entered_us - d.start, gives_up * SEC);
	CHECK_EQ(itp_test_counters[ITP_CNT_attempt_fails], 1);
	drive_end();
}

TEST(syn__clock_default)
{
	static const u32 at[] = { 0, 1, 3, 7, 15, 31, 63, 127 };

	syn_clock(0, at, 8, 247);
}

TEST(syn__clock_two_retries)
{
	static const u32 at[] = { 0, 1, 3 };

	syn_clock(2, at, 3, 7);
}

TEST(syn__clock_one_retry)
{
	static const u32 at[] = { 0, 1 };

	syn_clock(1, at, 2, 3);
}

TEST(syn__syncnt_overrides)
{
	drive_init();
	d.c.syn_retries = 3;
	drive_connect();
	pass(3600 * SEC);
	CHECK_EQ(d.sent, 4);
	CHECK_EQ(d.c.entered_us - d.start, 15 * SEC);
	drive_end();
}

TEST(syn__user_timeout)
{
	drive_init();
	d.c.user_timeout_ms = 2500;
	drive_connect();
	pass(3600 * SEC);
	STATE(CLOSED);
	CHECK_EQ(d.sent, 2);
	CHECK_EQ(d.c.entered_us - d.start, 2500 * MS);
	CHECK_EQ(d.sk_err, ETIMEDOUT);
	drive_end();
}

TEST(syn__local_failure_counts_nothing)
{
	drive_init();
	d.fail_next = 3;
	drive_connect();
	NONE();
	CHECK_EQ(d.c.snd_nxt, D_ISS);
	CHECK_EQ(d.c.segs_out, 0);
	pass(29 * MS);
	NONE();
	pass(1 * MS);
	EXPECT(S, 0, 0, 0);
	CHECK_EQ(d.c.retrans, 0);
	CHECK_EQ(d.c.timers[ITP_TIMER_RTO] - d.env.now_us, SEC);
	drive_end();
}

/* SC-03. */
TEST(simultaneous_open__syn_ack)
{
	drive_init();
	drive_connect();
	EXPECT(S, 0, 0, 0);
	rx_opt(S, 0, 0, 5000, MSS, -1);
	STATE(SYN_RECV);
	EXPECT(SA, 0, 1, 0);
	NONE();
	rx_opt(SA, 0, 1, 5000, MSS, -1);
	STATE(ESTABLISHED);
	CHECK(d.flags & ITP_OUT_WRITE);
	CHECK_EQ(d.c.snd_wnd, 5000);
	drive_end();
}

TEST(simultaneous_open__bare_ack)
{
	drive_to(ITP_SYN_RECV);
	rx(A, 1, 1, 0);
	STATE(ESTABLISHED);
	NONE();
	drive_end();
}

TEST(simultaneous_open__rst)
{
	drive_to(ITP_SYN_RECV);
	rx(R, 1, 0, 0);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ECONNRESET);
	NONE();
	drive_end();
}

TEST(simultaneous_open__syn_repeated)
{
	drive_to(ITP_SYN_RECV);
	pass(300 * MS);
	rx_opt(S, 0, 0, 5000, MSS, -1);
	CHECK_EQ(d.out.reason, ITP_REASON_DUP_SYN);
	EXPECT(SA, 0, 1, 0);
	STATE(SYN_RECV);
	drive_end();
}

TEST(simultaneous_open__clock)
{
	drive_to(ITP_SYN_RECV);
	pass(3600 * SEC);
	CHECK_EQ(d.sent, 2 + 5);
	STATE(CLOSED);
	CHECK_EQ(d.c.cause, ITP_CAUSE_TIMEOUT_SYNACK);
	CHECK_EQ(d.sk_err, ETIMEDOUT);
	CHECK_EQ(d.c.entered_us - d.start, 63 * SEC);
	drive_end();
}

TEST(simultaneous_open__syn_not_sent_yet)
{
	drive_init();
	d.fail_next = 1;
	drive_connect();
	rx_opt(S, 0, 0, 5000, MSS, -1);
	STATE(SYN_RECV);
	EXPECT(SA, 0, 1, 0);
	rx(A, 1, 1, 0);
	STATE(ESTABLISHED);
	drive_end();
}

/* What the SYN-ACK's round trip took cannot be known: two SYNs went out. */
TEST(simultaneous_open__no_rtt_sample)
{
	drive_init();
	drive_connect();
	pass(300 * MS);
	rx_opt(S, 0, 0, 5000, MSS, -1);
	pass(1);
	rx_opt(SA, 0, 1, 5000, MSS, -1);
	STATE(ESTABLISHED);
	CHECK(!d.c.srtt_valid || d.c.srtt_us >> 3 > 1000);
	drive_end();
}

TEST(simultaneous_open__window_of_syn_not_scaled)
{
	drive_init();
	d.tun.window_scaling = 1;
	drive_connect();
	rx_opt(S, 0, 0, 4000, MSS, 7);
	rx_opt(SA, 0, 1, 4000, MSS, 7);
	STATE(ESTABLISHED);
	CHECK_LE(d.c.snd_wnd, 4000);
	CHECK_GT(d.c.snd_wnd, 4000 - 128);
	rx_wnd(A, 1, 1, 0, 100);
	CHECK_EQ(d.c.snd_wnd, 12800);
	drive_end();
}

TEST(simultaneous_open__closed_before_acknowledged)
{
	drive_to(ITP_SYN_RECV);
	app_close(ITP_CLOSE_SHUTDOWN);
	STATE(FIN_WAIT1);
	skip();
	rx(A, 1, 1, 0);
	rx(A, 1, 2, 0);
	STATE(FIN_WAIT2);
	drive_end();
}

TEST(open__window_scale)
{
	struct shot *s;

	drive_init();
	d.tun.window_scaling = 1;
	d.env.rcv_total = 400000;
	d.env.rcv_free = 400000;
	drive_connect();
	s = SHOT();
	CHECK_EQ(s->raw.opts, ITP_OPT_MSS | ITP_OPT_WSCALE);
	CHECK_EQ(s->wnd, 65535);
	CHECK_EQ(s->raw.wscale, 3);
	rx_opt(SA, 0, 1, 50000, MSS, 5);
	CHECK_EQ(d.c.snd_wnd, 50000);
	s = SHOT();
	CHECK_EQ(s->wnd, 50000);
	rx_wnd(A, 1, 1, 0, 2000);
	CHECK_EQ(d.c.snd_wnd, 2000 << 5);
	drive_end();
}

TEST(open__window_scale_not_answered)
{
	drive_init();
	d.tun.window_scaling = 1;
	d.env.rcv_total = 400000;
	d.env.rcv_free = 400000;
	drive_connect();
	rx_opt(SA, 0, 1, 50000, MSS, -1);
	skip();
	CHECK_EQ(d.c.rcv_wscale, 0);
	CHECK_EQ(d.c.snd_wscale, 0);
	rx_wnd(A, 1, 1, 0, 2000);
	CHECK_EQ(d.c.snd_wnd, 2000);
	drive_end();
}

TEST(open__window_scale_not_offered)
{
	drive_init();
	drive_connect();
	rx_opt(SA, 0, 1, 50000, MSS, 5);
	CHECK_EQ(d.c.snd_wscale, 0);
	CHECK_EQ(d.c.rcv_wscale, 0);
	drive_end();
}

TEST(open__window_scale_at_most_14)
{
	drive_init();
	d.tun.window_scaling = 1;
	drive_connect();
	rx_opt(SA, 0, 1, 50000, MSS, 200);
	CHECK_EQ(d.c.snd_wscale, 14);
	drive_end();
}

/* SC-07, D as A; S7. */
TEST(syn_sent__old_duplicate_syn_ack)
{
	struct shot *s;

	drive_to(ITP_SYN_SENT);
	rx(SA, 500, (u32)-9, 0);
	STATE(SYN_SENT);
	s = SHOT();
	CHECK_EQ(s->flags, R);
	CHECK_EQ(s->seq, (u32)-9);
	rx(SA, 500, 2, 0);
	s = SHOT();
	CHECK_EQ(s->flags, R);
	CHECK_EQ(s->seq, 2);
	NONE();
	rx_opt(SA, 0, 1, 5000, MSS, -1);
	STATE(ESTABLISHED);
	drive_end();
}

TEST(syn_sent__ack_without_syn)
{
	drive_to(ITP_SYN_SENT);
	rx(A, 0, 1, 0);
	STATE(SYN_SENT);
	CHECK_EQ(d.out.reason, ITP_REASON_NO_SYN);
	NONE();
	rx(A, 0, 7, 0);
	EXPECT(R, 7, 0, 0);
	STATE(SYN_SENT);
	rx(0, 0, 0, 0);
	rx(ITP_FIN, 0, 0, 3);
	NONE();
	STATE(SYN_SENT);
	drive_end();
}

TEST(syn_sent__rst)
{
	drive_to(ITP_SYN_SENT);
	rx(R, 1, 0, 0);
	STATE(SYN_SENT);
	rx(RA, 0, 0, 0);
	STATE(SYN_SENT);
	rx(RA, 0, 2, 0);
	STATE(SYN_SENT);
	NONE();
	rx(RA, 0, 1, 0);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ECONNREFUSED);
	NONE();
	drive_end();
}

TEST(syn_sent__close_without_a_word)
{
	drive_to(ITP_SYN_SENT);
	app_close(ITP_CLOSE_CLOSE);
	STATE(CLOSED);
	NONE();
	drive_end();
}

TEST(syn_sent__text_on_the_syn_ack)
{
	drive_to(ITP_SYN_SENT);
	rx(SA, 0, 1, 100);
	STATE(ESTABLISHED);
	CHECK_EQ(d.out.place, ITP_PLACE_INORDER);
	CHECK_EQ(d.out.trim_front, 0);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 101);
	EXPECT(A, 1, 101, 0);
	drive_end();
}

TEST(syn_sent__write_before_the_open)
{
	drive_init();
	drive_connect();
	CHECK_EQ(app_write(2500), 0);
	EXPECT(S, 0, 0, 0);
	NONE();
	rx_opt(SA, 0, 1, 5000, MSS, -1);
	EXPECT(A, 1, 1, 1000);
	EXPECT(A, 1001, 1, 1000);
	EXPECT(PA, 2001, 1, 500);
	NONE();
	/* by the segment size that the handshake settled */
	CHECK_EQ(d.c.flow->cwnd, 10000);
	drive_end();
}

TEST(syn_sent__icmp)
{
	drive_to(ITP_SYN_SENT);
	icmp(ITP_ICMP_HARD, 5, ECONNREFUSED);
	icmp(ITP_ICMP_HARD, (u32)-1, ECONNREFUSED);
	STATE(SYN_SENT);
	icmp(ITP_ICMP_PMTU, 0, EMSGSIZE);
	STATE(SYN_SENT);
	icmp(ITP_ICMP_HARD, 0, ECONNREFUSED);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ECONNREFUSED);
	drive_end();

	drive_to(ITP_SYN_SENT);
	icmp(ITP_ICMP_SOFT, 0, EHOSTUNREACH);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, EHOSTUNREACH);
	drive_end();

	drive_to(ITP_SYN_SENT);
	d.tun.syn_soft_errors = 0;
	icmp(ITP_ICMP_SOFT, 0, EHOSTUNREACH);
	STATE(SYN_SENT);
	pass(3600 * SEC);
	CHECK_EQ(d.sk_err, EHOSTUNREACH);
	drive_end();
}

TEST(conn__free_in_every_state)
{
	static const u8 states[] = {
		ITP_SYN_SENT, ITP_SYN_RECV, ITP_ESTABLISHED, ITP_FIN_WAIT1,
		ITP_FIN_WAIT2, ITP_CLOSE_WAIT, ITP_CLOSING, ITP_LAST_ACK,
	};
	u32 i;

	for (i = 0; i < sizeof(states); i++) {
		drive_to(states[i]);
		drive_end();
	}
}

TEST(conn__info)
{
	struct itp_info i;

	drive_established(5000);
	d.c.rto_us = 200 * MS;
	app_write(12500);
	rx(A, 101, 1, 50);
	itp_conn_info(&d.c, &d.env, &i);
	CHECK_EQ(i.state, ITP_ESTABLISHED);
	CHECK_EQ(i.snd_mss, 1000);
	CHECK_EQ(i.flight_octets, 5000);
	CHECK_EQ(i.notsent_bytes, 7500);
	CHECK_EQ(i.unacked, 5);
	CHECK_EQ(i.held_octets, 50);
	CHECK_EQ(i.snd_wnd, 5000);
	CHECK_EQ(i.rcv_wnd, 60000);
	CHECK_EQ(i.timer, ITP_TIMER_RTO + 1);
	CHECK_EQ(i.snd_cwnd, 10);
	pass(200 * MS);
	itp_conn_info(&d.c, &d.env, &i);
	CHECK_EQ(i.retransmits, 1);
	CHECK_EQ(i.retrans_rto, 1);
	CHECK_EQ(i.retrans_syn, 0);
	CHECK_EQ(i.total_retrans, 1);
	CHECK_EQ(i.lost, 4);
	drive_end();
}

/* Neither a FIN without text before it nor a smaller copy is a SYN. */
TEST(conn__info_retrans_syn)
{
	struct itp_info i;

	drive_init();
	drive_connect();
	pass(1 * SEC);
	pass(2 * SEC);
	rx_opt(SA, 0, 1, 5000, MSS, -1);
	app_close(ITP_CLOSE_SHUTDOWN);
	CHECK(!d.c.flow);
	pass(7 * SEC);
	itp_conn_info(&d.c, &d.env, &i);
	CHECK_EQ(i.retrans_syn, 2);
	CHECK_GT(i.total_retrans, 2);
	drive_end();

	drive_established(60000);
	app_write(3000);
	d.env.path_mss = 600;
	icmp(ITP_ICMP_PMTU, 1, EMSGSIZE);
	itp_conn_info(&d.c, &d.env, &i);
	CHECK_GT(i.total_retrans, 2);
	CHECK_EQ(i.retrans_syn, 0);
	drive_end();
}

TEST(conn__info_in_every_state)
{
	static const u8 states[] = {
		ITP_SYN_SENT, ITP_SYN_RECV, ITP_ESTABLISHED, ITP_FIN_WAIT1,
		ITP_FIN_WAIT2, ITP_CLOSE_WAIT, ITP_CLOSING, ITP_LAST_ACK,
	};
	struct itp_info i;
	u32 n;

	drive_init();
	itp_conn_info(&d.c, &d.env, &i);
	CHECK_EQ(i.state, ITP_CLOSED);
	for (n = 0; n < ARRAY_SIZE(states); n++) {
		drive_to(states[n]);
		memset(&i, 0xee, sizeof(i));
		itp_conn_info(&d.c, &d.env, &i);
		CHECK_EQ(i.state, states[n]);
		CHECK_LE(i.rcv_wnd, 60000);
		CHECK_EQ(i.id, 1);
		drive_end();
	}
}

TEST(conn__mss_of_the_program)
{
	drive_init();
	d.c.mss_user = 500;
	drive_connect();
	CHECK_EQ(SHOT()->raw.mss, 500);
	rx_opt(SA, 0, 1, 5000, MSS, -1);
	skip();
	app_write(600);
	EXPECT(A, 1, 1, 500);
	drive_end();
}

/* SYN-RECEIVED after a simultaneous open: S7 to S12. */
TEST(syn_recv__wrong_ack)
{
	static const u32 acks[] = { 0, 2, (u32)-70000, 70000 };
	u32 i;

	drive_to(ITP_SYN_RECV);
	for (i = 0; i < ARRAY_SIZE(acks); i++) {
		rx(i & 1 ? SA : A, i & 1 ? 0 : 1, acks[i], 0);
		STATE(SYN_RECV);
		CHECK_EQ(d.out.reason, ITP_REASON_ACK_HANDSHAKE);
		EXPECT(R, acks[i], 0, 0);
		NONE();
	}
	rx(A, 1, 1, 0);
	STATE(ESTABLISHED);
	drive_end();
}

TEST(syn_recv__text_and_fin_with_the_ack)
{
	drive_to(ITP_SYN_RECV);
	rx(FA, 1, 1, 100);
	STATE(CLOSE_WAIT);
	CHECK_EQ(d.read, 100);
	EXPECT(A, 1, 102, 0);
	NONE();
	drive_end();
}

TEST(syn_recv__text_on_the_syn_ack)
{
	drive_to(ITP_SYN_RECV);
	rx(SA, 0, 1, 100);
	STATE(ESTABLISHED);
	CHECK_EQ(d.out.place, ITP_PLACE_INORDER);
	CHECK_EQ(d.out.trim_front, 0);
	CHECK_EQ(d.c.rcv_nxt, P_ISS + 101);
	drive_end();
}

TEST(listen__and_no_more)
{
	drive_init();
	itp_conn_listen(&d.c, &d.env);
	STATE(LISTEN);
	CHECK_EQ(d.c.role, ITP_ROLE_LISTENER);
	CHECK_EQ(d.c.deadline_us, 0);
	push();
	NONE();
	itp_conn_unlisten(&d.c, &d.env, ITP_CAUSE_USER_CLOSE);
	STATE(CLOSED);
	drive_end();
}

TEST(syn_recv__bad_syn_is_challenged)
{
	drive_to(ITP_SYN_RECV);
	rx(S, 100, 0, 0);
	STATE(SYN_RECV);
	CHECK_EQ(SHOT()->why, ITP_WHY_CHALLENGE);
	NONE();
	drive_end();
}

/* SC-18: a connection with itself. */
TEST(simultaneous_open__with_itself)
{
	struct itp_seg_in in;
	u32 i;

	drive_init();
	drive_connect();
	for (i = 0; i < 20 && d.seen < d.sent; i++) {
		itp_test_turn(&SHOT()->raw, &in);
		itp_input(&d.c, &in, &d.env, &d.out);
		push();
	}
	STATE(ESTABLISHED);
	CHECK_EQ(d.seen, d.sent);
	app_write(100);
	app_close(ITP_CLOSE_SHUTDOWN);
	for (i = 0; i < 20 && d.seen < d.sent; i++) {
		itp_test_turn(&SHOT()->raw, &in);
		itp_input(&d.c, &in, &d.env, &d.out);
		push();
		if (d.c.state == ITP_TIME_WAIT)
			break;
	}
	STATE(TIME_WAIT);
	CHECK_EQ(d.c.flow->octets_in, 100);
	drive_end();
}
