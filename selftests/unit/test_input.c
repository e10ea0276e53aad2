// SPDX-License-Identifier: GPL-2.0-only
/*
 * input.c: RST, SYN, sequence and flag checks in every synchronized state,
 * challenge ACKs and their limit, ICMP.
 */
#include "drive.h"

static const u8 synced[] = {
	ITP_ESTABLISHED, ITP_FIN_WAIT1, ITP_FIN_WAIT2, ITP_CLOSE_WAIT,
	ITP_CLOSING, ITP_LAST_ACK,
};

#define EACH_STATE							\
	for (tap_what = "state", tap_round = 0;				\
	     tap_round < sizeof(synced);				\
	     drive_end(), tap_round++)

static u32 rcv_nxt(void)
{
	return d.c.rcv_nxt - P_ISS;
}

static u32 snd_nxt(void)
{
	return d.c.snd_nxt - D_ISS;
}

static u32 snd_una(void)
{
	return d.c.snd_una - D_ISS;
}

/* The peer's FIN is behind us. */
static bool fin_seen(void)
{
	return d.c.fin_rcvd;
}

/* SC-09: nothing moved, and a segment in its place still works. */
static void unharmed(u8 state)
{
	check_state_is(__FILE__, __LINE__, state);
	CHECK(!d.dead);
	CHECK_EQ(d.sk_err, 0);
}

TEST(rst__at_rcv_nxt)
{
	EACH_STATE {
		u8 state = synced[tap_round];

		drive_to(state);
		rx(R, rcv_nxt(), 0, 0);
		STATE(CLOSED);
		NONE();
		CHECK_EQ(d.sk_err, state == ITP_CLOSE_WAIT ? EPIPE : ECONNRESET);
		CHECK_EQ(d.c.cause, ITP_CAUSE_RCV_RST);
		CHECK(d.flags & ITP_OUT_READ);
		CHECK(d.flags & ITP_OUT_WRITE);
		CHECK_EQ(d.c.deadline_us, 0);
	}
}

TEST(rst__in_window_is_challenged)
{
	static const u32 at[] = { 1, 2, 30000, 59998, 59999 };
	u32 i;

	for (i = 0; i < 5; i++)
		EACH_STATE {
			struct shot *s;

			drive_to(synced[tap_round]);
			rx(R, rcv_nxt() + at[i], 0, 0);
			unharmed(synced[tap_round]);
			CHECK_EQ(d.out.reason, ITP_REASON_RST_SEQ);
			s = SHOT();
			CHECK_EQ(s->flags, A);
			CHECK_EQ(s->why, ITP_WHY_CHALLENGE);
			CHECK_EQ(s->seq, snd_nxt());
			CHECK_EQ(s->ack, rcv_nxt());
			NONE();
		}
}

TEST(rst__outside_the_window)
{
	static const s32 at[] = { -2, -1000, 60001, 0x7ffffff0 };
	u32 i;

	for (i = 0; i < 4; i++)
		EACH_STATE {
			drive_to(synced[tap_round]);
			rx(R, d.c.rcv_right - P_ISS - 60000 + at[i], 0, 0);
			unharmed(synced[tap_round]);
			CHECK_EQ(d.out.reason, ITP_REASON_RST_SEQ);
			NONE();
		}
}

TEST(rst__one_below)
{
	EACH_STATE {
		drive_to(synced[tap_round]);
		if (fin_seen()) {
			/* the peer's FIN may have crossed: as on Linux */
			rx(R, rcv_nxt() - 1, 0, 0);
			STATE(CLOSED);
			NONE();
			continue;
		}
		rx(R, rcv_nxt() - 1, 0, 0);
		unharmed(synced[tap_round]);
		NONE();
	}
}

/* S4..S7: any SYN, in the window or not. */
TEST(syn__is_challenged)
{
	static const s32 at[] = { -1, 0, 5, 59999, 70000, -70000 };
	u32 i, k;

	for (i = 0; i < 12; i++)
		EACH_STATE {
			struct shot *s;

			drive_to(synced[tap_round]);
			k = snd_nxt();
			rx(i & 1 ? SA : S, rcv_nxt() + at[i / 2], k, 0);
			unharmed(synced[tap_round]);
			CHECK_EQ(d.out.reason, ITP_REASON_SYN_CHALLENGE);
			s = SHOT();
			CHECK_EQ(s->flags, A);
			CHECK_EQ(s->ack, rcv_nxt());
			NONE();
			CHECK_EQ(snd_una(), d.c.snd_una - D_ISS);
		}
}

TEST(challenge__rate_limited)
{
	drive_to(ITP_ESTABLISHED);
	rx(R, 5, 0, 0);
	CHECK_EQ(SHOT()->why, ITP_WHY_CHALLENGE);
	rx(R, 5, 0, 0);
	rx(S, 1, 0, 0);
	rx(A, 1, 99, 0);
	NONE();
	/* an ACK of text is not one of these */
	rx(A, 1, 1, 10);
	CHECK_EQ(SHOT()->why, ITP_WHY_ACK);
	pass(499 * MS);
	rx(R, 25, 0, 0);
	NONE();
	pass(1 * MS);
	rx(R, 25, 0, 0);
	CHECK_EQ(SHOT()->why, ITP_WHY_CHALLENGE);
	NONE();
	CHECK_EQ(itp_test_counters[ITP_CNT_challenge_acks], 2);
	CHECK_EQ(itp_test_counters[ITP_CNT_challenge_limited], 4);
	drive_end();

	drive_to(ITP_ESTABLISHED);
	d.tun.invalid_ratelimit = 0;
	rx(R, 5, 0, 0);
	rx(R, 5, 0, 0);
	SHOT();
	SHOT();
	NONE();
	drive_end();
}

/* SC-08. */
TEST(challenge__half_open_discovery)
{
	struct shot *s;

	drive_to(ITP_ESTABLISHED);
	rx(S, 777777, 0, 0);
	s = SHOT();
	CHECK_EQ(s->flags, A);
	/* The rebooted peer answers with <SEQ=SEG.ACK><RST>. */
	rx(R, s->ack, 0, 0);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, ECONNRESET);
	drive_end();
}

/* S13. */
TEST(flags__none)
{
	EACH_STATE {
		drive_to(synced[tap_round]);
		rx(0, rcv_nxt(), 0, 0);
		CHECK_EQ(d.out.reason, ITP_REASON_NO_FLAGS);
		rx(ITP_FIN | ITP_PSH, rcv_nxt(), 0, 10);
		CHECK_EQ(d.out.reason, ITP_REASON_NO_FLAGS);
		CHECK_EQ(d.out.place, ITP_PLACE_NONE);
		unharmed(synced[tap_round]);
		NONE();
	}
}

/* S11. */
TEST(ack__too_old)
{
	EACH_STATE {
		struct shot *s;

		drive_to(synced[tap_round]);
		rx(A, rcv_nxt(), snd_una() - d.c.max_snd_wnd - 1, 10);
		unharmed(synced[tap_round]);
		CHECK_EQ(d.out.reason, ITP_REASON_ACK_OLD);
		CHECK_EQ(d.out.place, ITP_PLACE_NONE);
		s = SHOT();
		CHECK_EQ(s->flags, A);
		CHECK_EQ(s->why, ITP_WHY_CHALLENGE);
		NONE();
	}
}

TEST(ack__old_enough_still_delivers)
{
	drive_to(ITP_ESTABLISHED);
	rx(A, 1, snd_una() - d.c.max_snd_wnd, 10);
	CHECK_EQ(d.out.place, ITP_PLACE_INORDER);
	CHECK_EQ(d.read, 10);
	drive_end();
}

/* S12. */
TEST(ack__of_the_future)
{
	EACH_STATE {
		u32 una;

		drive_to(synced[tap_round]);
		una = snd_una();
		rx(FA, rcv_nxt(), snd_nxt() + 1, 10);
		unharmed(synced[tap_round]);
		CHECK_EQ(d.out.reason, ITP_REASON_ACK_FUTURE);
		CHECK_EQ(d.out.place, ITP_PLACE_NONE);
		CHECK_EQ(snd_una(), una);
		EXPECT(A, snd_nxt(), rcv_nxt(), 0);
		NONE();
	}
}

/* S16: text outside is always answered, an empty segment at the limit. */
TEST(window__outside_text)
{
	EACH_STATE {
		int i;

		drive_to(synced[tap_round]);
		for (i = 0; i < 3; i++) {
			rx(A, rcv_nxt() - 100, snd_una(), 50);
			CHECK_EQ(d.out.reason, ITP_REASON_OLD_DATA);
			EXPECT(A, snd_nxt(), rcv_nxt(), 0);
			rx(A, rcv_nxt() + 70000, snd_una(), 50);
			CHECK_EQ(d.out.reason, ITP_REASON_WINDOW);
			EXPECT(A, snd_nxt(), rcv_nxt(), 0);
		}
		NONE();
		unharmed(synced[tap_round]);
		rx(A, rcv_nxt() + 70000, snd_una(), 0);
		SHOT();
		rx(A, rcv_nxt() + 70000, snd_una(), 0);
		NONE();
	}
}

/* An empty segment outside must not acknowledge or open a window. */
TEST(window__outside_ack_is_not_taken)
{
	drive_to(ITP_ESTABLISHED);
	app_write(1000);
	skip();
	rx_wnd(A, 70000, 1001, 0, 7);
	CHECK_EQ(snd_una(), 1);
	CHECK_EQ(d.c.snd_wnd, 60000);
	drive_end();
}

/* S17. */
TEST(window__zero)
{
	drive_to(ITP_ESTABLISHED);
	d.c.rcv_right = d.c.rcv_nxt;
	d.env.rcv_free = 0;
	app_write(1000);
	skip();
	rx(A, 1, 1001, 10);
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
	CHECK_EQ(d.read, 0);
	CHECK_EQ(snd_una(), 1001);
	EXPECT(A, 1001, 1, 0);
	CHECK_EQ(d.log[d.sent - 1].wnd, 0);
	rx(FA, 1, 1001, 0);
	STATE(ESTABLISHED);
	EXPECT(A, 1001, 1, 0);
	rx(R, 1, 0, 0);
	STATE(CLOSED);
	drive_end();
}

/* The answer to a keep-alive or window probe: an ACK, though nothing is new. */
TEST(window__probe_below_is_answered)
{
	EACH_STATE {
		drive_to(synced[tap_round]);
		rx(A, rcv_nxt() - 1, snd_una(), 0);
		EXPECT(A, snd_nxt(), rcv_nxt(), 0);
		rx(A, rcv_nxt() - 1, snd_una(), 1);
		EXPECT(A, snd_nxt(), rcv_nxt(), 0);
		NONE();
	}
}

/* No ACK answers an empty segment in its place: two ends would never stop. */
TEST(ack__no_answer_to_an_empty_segment)
{
	EACH_STATE {
		drive_to(synced[tap_round]);
		rx(A, rcv_nxt(), snd_una(), 0);
		rx(A, rcv_nxt(), snd_una(), 0);
		NONE();
		unharmed(synced[tap_round]);
	}
}

TEST(icmp__synchronized_states_keep_going)
{
	EACH_STATE {
		drive_to(synced[tap_round]);
		if (snd_una() == snd_nxt() && synced[tap_round] !=
		    ITP_FIN_WAIT2)
			app_write(10);
		skip();
		icmp(ITP_ICMP_HARD, snd_una(), ECONNREFUSED);
		unharmed(synced[tap_round]);
		NONE();
		if (snd_una() != snd_nxt())
			CHECK_EQ(d.c.soft_error, ECONNREFUSED);
		icmp(ITP_ICMP_SOFT, snd_una(), EHOSTUNREACH);
		unharmed(synced[tap_round]);
	}
}

TEST(icmp__error_is_reported_at_the_time_out)
{
	drive_to(ITP_ESTABLISHED);
	app_write(10);
	icmp(ITP_ICMP_SOFT, 1, EHOSTUNREACH);
	pass(3600 * SEC);
	STATE(CLOSED);
	CHECK_EQ(d.sk_err, EHOSTUNREACH);
	drive_end();
}

TEST(icmp__quoted_sequence_must_be_ours)
{
	drive_to(ITP_ESTABLISHED);
	app_write(10);
	icmp(ITP_ICMP_SOFT, 0, EHOSTUNREACH);
	icmp(ITP_ICMP_SOFT, 11, EHOSTUNREACH);
	CHECK_EQ(d.c.soft_error, 0);
	icmp(ITP_ICMP_SOFT, 10, EHOSTUNREACH);
	CHECK_EQ(d.c.soft_error, EHOSTUNREACH);
	drive_end();
}

TEST(icmp__path_shrinks)
{
	u32 cwnd;

	drive_established(60000);
	app_write(300);
	app_write(3000);
	skip();
	cwnd = d.c.flow->cwnd;
	d.env.path_mss = 600;
	icmp(ITP_ICMP_PMTU, 301, EMSGSIZE);
	CHECK_EQ(d.c.mss_snd, 600);
	EXPECT(A, 301, 1, 600);
	EXPECT(A, 901, 1, 400);
	CHECK_EQ(d.log[d.sent - 1].why, ITP_WHY_PMTU);
	CHECK_EQ(d.c.flow->cwnd, cwnd);
	/* forged again: nothing goes twice */
	skip();
	icmp(ITP_ICMP_PMTU, 301, EMSGSIZE);
	NONE();
	drive_end();
}

/* What fits the new path was not lost. */
TEST(icmp__path_shrinks_to_what_was_sent)
{
	drive_established(60000);
	d.c.nodelay = true;
	app_write(600);
	app_write(1000);
	app_write(600);
	skip();
	d.env.path_mss = 600;
	icmp(ITP_ICMP_PMTU, 601, EMSGSIZE);
	EXPECT(A, 601, 1, 600);
	EXPECT(A, 1201, 1, 400);
	NONE();
	drive_end();
}

/* How many challenge ACKs @tries RSTs within a second draw. */
static u32 challenges(u32 tries)
{
	u32 before = d.sent;

	while (tries--)
		rx(R, 5 + tries, 0, 0);
	return d.sent - before;
}

/* RFC 5961 section 7, CVE-2016-5696: a limit that cannot be counted out. */
TEST(challenge__limit_of_the_namespace)
{
	static struct itp_challenge b;
	bool seen[16] = { false };
	u32 i, n, kinds = 0;

	drive_established(60000);
	memset(&b, 0, sizeof(b));
	d.env.challenge = &b;
	d.tun.invalid_ratelimit = 0;
	CHECK_EQ(challenges(100), 100);
	d.tun.challenge_ack_limit = 10;
	tap_what = "second";
	for (i = 0; i < 50; i++) {
		tap_round = i;
		pass(SEC);
		n = challenges(40);
		CHECK_GE(n, 5);
		CHECK_LT(n, 15);
		kinds += !seen[n];
		seen[n] = true;
	}
	CHECK_GT(kinds, 5);
	CHECK_GT(itp_test_counters[ITP_CNT_challenge_budget], 50 * 25);
	d.tun.challenge_ack_limit = 1;
	pass(SEC);
	CHECK_EQ(challenges(40), 1);
	d.tun.challenge_ack_limit = 0;
	pass(SEC);
	CHECK_EQ(challenges(40), 0);
	STATE(ESTABLISHED);
	drive_end();
}

/* Another connection that shares the route was told: no ICMP for this one. */
TEST(path__shrinks_by_another_connection)
{
	u32 cwnd;

	drive_established(60000);
	app_write(300);
	app_write(3000);
	skip();
	cwnd = d.c.flow->cwnd;
	d.env.path_mss = 600;
	rx(A, 1, 1, 0);
	EXPECT(A, 301, 1, 600);
	EXPECT(A, 901, 1, 400);
	CHECK_EQ(d.log[d.sent - 1].why, ITP_WHY_PMTU);
	CHECK_EQ(d.c.flow->cwnd, cwnd);
	CHECK_EQ(d.c.retries, 0);
	drive_end();
}

/* Nothing arrives, but the program writes. */
TEST(path__shrinks_before_a_write)
{
	drive_established(60000);
	app_write(3000);
	skip();
	d.env.path_mss = 600;
	app_write(100);
	EXPECT(A, 1, 1, 600);
	drive_end();
}

/* The program asked for less: nothing was lost. */
TEST(path__smaller_by_the_program)
{
	drive_established(60000);
	app_write(3000);
	skip();
	d.c.mss_user = 600;
	push();
	NONE();
	CHECK_EQ(d.c.mss_snd, 600);
	drive_end();
}

TEST(icmp__path_never_below_min_snd_mss)
{
	drive_established(60000);
	app_write(300);
	d.env.path_mss = 8;
	icmp(ITP_ICMP_PMTU, 1, EMSGSIZE);
	CHECK_EQ(d.c.mss_snd, 48);
	drive_end();
}

/* CLOSED, LISTEN, TIME-WAIT: the shell's table lags behind. */
TEST(input__closed)
{
	drive_init();
	d.dead = true;
	rx(A, 5, 7, 0);
	EXPECT(R, 7, 0, 0);
	rx(S, 5, 0, 3);
	CHECK_EQ(SHOT()->flags, RA);
	rx(R, 5, 0, 0);
	NONE();
	drive_end();
}
