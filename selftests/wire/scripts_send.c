// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending text: Nagle, PSH, retransmission, recovery, the peer's window
 * (RFC 9293 sections 3.7.4 and 3.8, RFC 5681, 6298, 6582).
 */
#include "wire.h"

SCRIPT(nagle, ROLES)
{
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	user_write(10);
	user_write(10);
	expect_silence(100);
	peer_send("A");
	peer_expect("AP len 20");
	peer_send("A");
}

/* A full segment does not hold back a short one. */
SCRIPT(nagle_after_full_segment, ROLES)
{
	open_with("mss 1000");
	user_write(1000);
	peer_expect("AP len 1000");
	user_write(10);
	peer_expect("AP len 10");
	user_write(10);
	expect_silence(100);
	peer_send("A");
	peer_expect("AP len 10");
	peer_send("A");
}

SCRIPT(nagle_switched_off, ROLES)
{
	open_plain();
	user_set(OPT_NODELAY, 1);
	user_write(10);
	peer_expect("AP len 10");
	user_write(10);
	peer_expect("AP len 10");
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
}

SCRIPT(nagle_switched_off_late, ROLES)
{
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	user_write(10);
	expect_silence(20);
	user_set(OPT_NODELAY, 1);
	peer_expect("AP len 10");
	peer_send("A");
}

SCRIPT(cork, ROLES)
{
	open_with("mss 1000");
	user_set(OPT_CORK, 1);
	user_write(10);
	expect_silence(100);
	user_write(1000);
	peer_expect("A len 1000");
	expect_silence(20);
	user_set(OPT_CORK, 0);
	peer_expect("AP len 10");
	peer_send("A");
}

/* A cork holds for 200 ms at most. */
SCRIPT(cork_limit, ROLES)
{
	open_plain();
	user_set(OPT_CORK, 1);
	user_write(10);
	peer_expect_within(100, 230, "AP len 10");
	peer_send("A");
}

SCRIPT(more_to_come, ROLES)
{
	open_plain();
	user_write_more(10);
	user_write_more(10);
	expect_silence(100);
	user_write(10);
	peer_expect("AP len 30");
	peer_send("A");
}

/* MUST-61: PSH on the last of what is there. */
SCRIPT(push_last, ROLES)
{
	open_with("mss 1000");
	user_write(4500);
	peer_expect("A len 1000 psh 0");
	peer_expect("A len 1000 psh 0");
	peer_expect("A len 1000 psh 0");
	peer_expect("A len 1000 psh 0");
	peer_expect("AP len 500 psh 1");
	peer_send("A");
}

/* RFC 6928, 10 segments. */
SCRIPT(initial_window, ROLES)
{
	int i;

	open_with("mss 1000");
	user_write(20000);
	for (i = 0; i < 10; i++)
		peer_expect("A len 1000");
	expect_silence(100);
	peer_send("A p0+1,d0+2001");
	/* Slow start: two acknowledged, four go. */
	for (i = 0; i < 4; i++)
		peer_expect("A len 1000");
	expect_silence(50);
	peer_send("A");
	while (P->rcv != P->d0 + 20001)
		peer_next(100);
	peer_send("A");
}

/* Many small segments merge while the window is shut (SHLD-27). */
SCRIPT(merge_behind_shut_window, ROLES)
{
	int i;

	open_with("mss 1000");
	peer_send("A wnd 0");
	for (i = 0; i < 15; i++)
		user_write(100);
	expect_silence(50);
	peer_send("A");
	peer_expect("A len 1000");
	peer_expect("AP len 500");
	peer_send("A");
}

/* --- retransmission ---------------------------------------------------------*/

SCRIPT(rto_doubles, ROLES)
{
	int ms;

	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	for (ms = 200; ms <= 3200; ms *= 2)
		peer_expect_after(ms, "AP d0+1,p0+1 len 10");
	peer_send("A");
	expect_silence(100);
	/* Karn: the back-off stays until a clean sample. */
	user_write(10);
	peer_expect("AP len 10");
	expect_silence(1000);
	peer_send("A");
	/* SRTT = 1/8 s, RTTVAR = 1/4 s. */
	user_write(10);
	peer_expect("AP len 10");
	peer_expect_within(1000, 1600, "AP d0+21,p0+1 len 10");
	peer_send("A");
}

/* RFC 6298 5.3: an ACK of new text restarts the timer. */
SCRIPT(rto_restarted, ROLES)
{
	open_plain();
	user_set(OPT_NODELAY, 1);
	user_write(10);
	peer_expect("AP len 10");
	user_write(10);
	peer_expect("AP len 10");
	expect_silence(150);
	peer_send("A p0+1,d0+11");
	/* That one took 150 ms, so the next time-out is longer. */
	peer_expect_within(200, 1000, "AP d0+11,p0+1 len 10");
	peer_send("A");
	expect_silence(1000);
}

/* One segment after a time-out, whatever was in flight. */
SCRIPT(rto_loss_window, ROLES | NOTCP)
{
	int i;

	open_with("mss 1000");
	user_write(5000);
	for (i = 0; i < 5; i++)
		peer_expect("A len 1000");
	peer_expect_after(200, "A d0+1,p0+1 len 1000");
	expect_silence(100);
	peer_send("A p0+1,d0+1001");
	peer_expect("A d0+1001,p0+1 len 1000");
	peer_expect("A d0+2001,p0+1 len 1000");
	expect_silence(100);
	peer_send("A p0+1,d0+5001");
	expect_silence(1000);
}

/* R2 by retries2 = 3: at 0.2, 0.6, 1.4 s, given up at 3 s. */
SCRIPT(retries2_tunable, ROLES | NOTCP)
{
	tunable("retries2", 3);
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_expect_after(200, "AP d0+1,p0+1 len 10");
	peer_expect_after(400, "AP d0+1,p0+1 len 10");
	peer_expect_after(800, "AP d0+1,p0+1 len 10");
	expect_silence(1500);
	expect_state("ESTABLISHED");
	user_read_fails(ETIMEDOUT);
	expect_state("CLOSED");
	peer_send("A p0+1,d0+11");
	peer_expect("R d0+11");
}

SCRIPT(retries2_default, SLOW)
{
	u32 ms, sum = 0;

	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	for (ms = 200; sum + ms < 924000; ms = ms > 60000 ? 120000 : ms * 2) {
		peer_expect_after(ms, "AP d0+1,p0+1 len 10");
		sum += ms;
	}
	expect_silence(115000);
	expect_state("ESTABLISHED");
	expect_silence(tcp ? 60000 : 10000);
	user_read_fails(ETIMEDOUT);
}

SCRIPT(user_timeout, ROLES | NOTCP)
{
	open_plain();
	user_set(OPT_USER_TIMEOUT, 3000);
	user_write(10);
	peer_expect("AP len 10");
	peer_expect_after(200, "AP d0+1,p0+1 len 10");
	peer_expect_after(400, "AP d0+1,p0+1 len 10");
	peer_expect_after(800, "AP d0+1,p0+1 len 10");
	expect_silence(1400);
	expect_state("ESTABLISHED");
	expect_silence(tcp ? 600 : 300);
	expect_state("CLOSED");
	user_read_fails(ETIMEDOUT);
}

/* In FIN-WAIT-1 and CLOSE-WAIT R2 counts as well. */
SCRIPT_IN(retries2_closing, ROLES | NOTCP, IN_FIN_WAIT1 | IN_CLOSE_WAIT | IN_LAST_ACK)
{
	tunable("retries2", 2);
	patient = false;
	reach(in_state);
	if (in_state == IN_CLOSE_WAIT) {
		user_write(10);
		peer_expect("AP len 10");
	}
	expect_state(state_name(in_state));
	peer_next(300);
	peer_next(600);
	expect_silence(600);
	expect_state(state_name(in_state));
	expect_silence(tcp ? 800 : 400);
	expect_state("CLOSED");
}

/* --- recovery without SACK --------------------------------------------------*/

static void ten_in_flight(u32 more)
{
	int i;

	open_with("mss 1000");
	/* The first ACK behind a SYN-ACK is no duplicate for TCP. */
	if (active)
		peer_send("A");
	user_write(10000 + more);
	for (i = 0; i < 10; i++)
		peer_expect("A len 1000");
	peer_hold("d0+1");
}

/* Limited transmit, then the third duplicate (RFC 3042, RFC 5681). */
SCRIPT(fast_retransmit, ROLES)
{
	ten_in_flight(10000);
	expect_silence(20);
	peer_send("A");
	peer_expect("A d0+10001,p0+1 len 1000");
	peer_send("A");
	peer_expect("A d0+11001,p0+1 len 1000");
	peer_send("A");
	peer_expect("A d0+1,p0+1 len 1000");
	expect_silence(50);
	/* All was there but the first. */
	peer_hold("d0+12001");
	peer_send("A");
	peer_expect("A d0+12001,p0+1 len 1000");
	while (peer_next(20))
		;
	P->hold = false;
	peer_send("A");
	while (P->rcv != P->d0 + 20001) {
		peer_next(100);
		peer_send("A");
	}
}

/* NewReno: a partial ACK sends the next hole at once. */
SCRIPT(partial_ack, ROLES | NOTCP)
{
	int i;

	ten_in_flight(0);
	for (i = 0; i < 3; i++)
		peer_send("A");
	peer_expect("A d0+1,p0+1 len 1000");
	peer_hold("d0+3001");
	peer_send("A");
	peer_expect("A d0+3001,p0+1 len 1000");
	peer_hold("d0+7001");
	peer_send("A");
	peer_expect("A d0+7001,p0+1 len 1000");
	P->hold = false;
	peer_send("A");
	expect_silence(500);
}

/* What is no duplicate ACK (RFC 5681 section 2). */
SCRIPT(no_duplicate_acks, ROLES | NOTCP)
{
	int i;

	ten_in_flight(0);
	for (i = 0; i < 4; i++)
		peer_send("A wnd %d", 60000 + i);
	expect_silence(20);
	for (i = 0; i < 4; i++) {
		peer_send("A len 10");
		peer_next(100);
	}
	expect_silence(20);
	peer_send("A p0+41,d0+10001");
}

/* Two duplicates are not three. */
SCRIPT(two_duplicate_acks, ROLES)
{
	ten_in_flight(0);
	peer_send("A");
	peer_send("A");
	expect_silence(50);
	P->hold = false;
	peer_send("A");
	expect_silence(400);
}

/* --- the peer's window ------------------------------------------------------*/

static void shut(void)
{
	open_plain();
	peer_send("A wnd 0");
	user_write(10);
}

/* SHLD-29, SHLD-30: first after one RTO, then doubling; never an octet. */
SCRIPT(window_probes, ROLES)
{
	int ms;

	shut();
	for (ms = 200; ms <= 3200; ms *= 2) {
		peer_expect_after(ms, "A d0,p0+1");
		u64 at = event_us;

		peer_send("A wnd 0");
		event_us = at;
	}
	expect_state("ESTABLISHED");
	peer_send("A");
	peer_expect("AP d0+1,p0+1 len 10");
	peer_send("A");
	expect_silence(500);
}

/* MUST-36: the update was lost, a probe learns of the open window. */
SCRIPT(window_update_lost, ROLES)
{
	shut();
	peer_expect_after(200, "A d0,p0+1");
	peer_send("A");
	peer_expect("AP len 10");
	peer_send("A");
}

SCRIPT(window_shut_unanswered, ROLES)
{
	tunable("retries2", 3);
	shut();
	peer_expect_after(200, "A d0,p0+1");
	peer_expect_after(400, "A d0,p0+1");
	peer_expect_after(800, "A d0,p0+1");
	expect_silence(1400);
	expect_state("ESTABLISHED");
	user_read_fails(ETIMEDOUT);
	expect_state("CLOSED");
}

/* MUST-37: whoever answers lives. */
SCRIPT(window_shut_answered, SLOW)
{
	u32 ms = 200;
	int i;

	late_percent = 5;
	tunable("retries2", 3);
	shut();
	for (i = 0; i < 14; i++) {
		peer_expect_after(ms, "A d0,p0+1");
		u64 at = event_us;

		peer_send("A wnd 0");
		event_us = at;
		ms = ms * 2 > 120000 ? 120000 : ms * 2;
	}
	expect_state("ESTABLISHED");
	peer_send("A");
	peer_expect("AP len 10");
	peer_send("A");
}

/* SC-10: the FIN waits for the window, the state does not. */
SCRIPT(window_shut_close, ROLES)
{
	shut();
	user_shutdown();
	expect_state("FIN-WAIT-1");
	peer_expect_within(100, 230, "A d0,p0+1");
	peer_send("A");
	peer_expect("FAP d0+1,p0+1 len 10");
	peer_send("A");
	expect_state("FIN-WAIT-2");
}

/* MUST-34 to MUST-35: ten in flight, the window shrinks to one, then none. */
SCRIPT(window_shrinks, ROLES)
{
	ten_in_flight(5000);
	peer_send("A p0+1,d0+2001 wnd 1000");
	expect_silence(100);
	peer_expect_within(0, 350, "A d0+2001,p0+1 len 1000");
	peer_send("A p0+1,d0+3001 wnd 0");
	/* Nothing new; what was sent before may be sent again (MAY-7). */
	while (peer_next(100))
		check(seq_lt(P->last.seq, P->d0 + 10001));
	P->hold = false;
	peer_send("A p0+1,d0+3001");
	while (P->rcv != P->d0 + 15001) {
		if (!peer_next(3000))
			fail("D does not go on");
		peer_send("A");
	}
}

/* SA-11: an old segment does not bring back an old window. */
SCRIPT(window_of_old_segment, ROLES)
{
	open_plain();
	peer_send("A len 10");
	peer_expect_within(0, 200, "A");
	peer_send("A wnd 20000");
	peer_send("A p0+1,d0+1 wnd 0 len 10");
	peer_expect("A");
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
}

/* MUST-38: no small segment into a small window, until the time-out. */
SCRIPT(small_window, ROLES | NOTCP)
{
	open_with("mss 1000");
	peer_send("A wnd 300");
	user_write(5000);
	expect_silence(100);
	peer_expect_within(0, 230, "A len 300");
	peer_send("A");
	peer_expect("A len 1000");
	while (P->rcv != P->d0 + 5001)
		peer_next(100);
	peer_send("A");
}

/* MUST-1: the window field is unsigned; 16 bits of it. */
SCRIPT(window_beyond_32767, ROLES)
{
	static const u32 rounds[] = { 10000, 20000, 30000, 40000, 50000, 60000 };
	u32 i;

	open_with("mss 1000");
	for (i = 0; i < ARRAY_SIZE(rounds); i++) {
		user_write(rounds[i]);
		peer_take(rounds[i]);
	}
	user_write(60000);
	for (i = 0; i < 60; i++)
		peer_expect("A len 1000");
	peer_send("A");
}
