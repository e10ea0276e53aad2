// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closing in every order, half-closed connections, where a FIN may stand,
 * closing with unread text, connections that no program holds any more
 * (RFC 9293 sections 3.6 and 3.10.7.4). TIME-WAIT is in scripts_timewait.c.
 */
#include "wire.h"

SCRIPT(close_peer_first, ROLES)
{
	open_plain();
	peer_send("FA");
	peer_expect("A d0+1,p0+2");
	expect_state("CLOSE-WAIT");
	user_read_eof();
	user_write(10);
	peer_expect("AP d0+1,p0+2 len 10");
	peer_send("A");
	user_close();
	peer_expect("FA d0+11,p0+2");
	expect_state("LAST-ACK");
	peer_send("A p0+2,d0+12");
	expect_state("CLOSED");
	peer_send("A p0+2,d0+12");
	peer_expect("R d0+12");
	expect_silence(300);
}

SCRIPT(close_d_first, ROLES)
{
	open_plain();
	user_close();
	peer_expect("FA d0+1,p0+1");
	expect_state("FIN-WAIT-1");
	peer_send("A p0+1,d0+2");
	expect_state("FIN-WAIT-2");
	peer_send("FA p0+1,d0+2");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
	expect_silence(1000);
	peer_send("FA p0+1,d0+2");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
}

SCRIPT(close_with_text_queued, ROLES)
{
	open_with("mss 1000");
	user_write(2500);
	user_close();
	peer_expect("A d0+1,p0+1 len 1000");
	peer_expect("A d0+1001,p0+1 len 1000");
	peer_expect("AP d0+2001,p0+1 len 500");
	peer_expect("FA d0+2501,p0+1");
	expect_state("FIN-WAIT-1");
	peer_send("A p0+1,d0+2501");
	expect_state("FIN-WAIT-1");
	peer_send("A p0+1,d0+2502");
	expect_state("FIN-WAIT-2");
}

/* Text that was still held back takes the FIN along. */
SCRIPT(close_with_text_held, ROLES)
{
	open_plain();
	user_write_more(10);
	expect_silence(20);
	user_close();
	peer_expect("FAP d0+1,p0+1 len 10");
	peer_send("A");
	expect_state("FIN-WAIT-2");
}

SCRIPT(simultaneous_close, ROLES)
{
	open_plain();
	user_close();
	peer_expect("FA d0+1,p0+1");
	peer_send("FA p0+1,d0+1");
	peer_expect("A d0+2,p0+2");
	expect_state("CLOSING");
	peer_send("A p0+2,d0+2");
	expect_state("TIME-WAIT");
	expect_silence(300);
}

SCRIPT(simultaneous_close_repeated_fin, ROLES)
{
	open_plain();
	user_close();
	peer_expect("FA d0+1,p0+1");
	peer_send("FA p0+1,d0+1");
	peer_expect("A d0+2,p0+2");
	peer_send("FA p0+1,d0+2");
	if (!tcp)
		peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
}

SCRIPT(three_segment_close, ROLES)
{
	open_plain();
	user_close();
	peer_expect("FA d0+1,p0+1");
	peer_send("FA p0+1,d0+2");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
	expect_silence(300);
}

SCRIPT(half_close_by_d, ROLES)
{
	open_plain();
	user_shutdown();
	peer_expect("FA d0+1,p0+1");
	peer_send("A");
	expect_state("FIN-WAIT-2");
	user_write_fails(EPIPE);
	peer_give(200000, 1400);
	expect_state("FIN-WAIT-2");
	peer_send("FA");
	peer_expect("A");
	user_read_eof();
	expect_state("TIME-WAIT");
}

SCRIPT(half_close_by_p, ROLES)
{
	int i;

	open_plain();
	peer_send("FA");
	peer_expect("A");
	for (i = 0; i < 20; i++) {
		user_write(14600);
		peer_take(14600);
	}
	expect_state("CLOSE-WAIT");
	user_read_eof();
	user_close();
	peer_expect("FA");
	expect_state("LAST-ACK");
	peer_send("A");
	expect_state("CLOSED");
}

/* With a program that holds it FIN-WAIT-2 lasts as long as P likes. */
SCRIPT(half_close_long, SLOW)
{
	open_plain();
	user_shutdown();
	peer_expect("FA");
	peer_send("A");
	expect_silence(130000);
	expect_state("FIN-WAIT-2");
	peer_send("AP len 5");
	peer_expect_within(0, 200, "A");
	user_read(5);
	peer_send("FA");
	peer_expect("A");
	user_read_eof();
}

/* --- where the FIN stands ---------------------------------------------------*/

SCRIPT(fin_with_text, ROLES)
{
	open_plain();
	peer_send("FA len 10");
	peer_expect("A d0+1,p0+12");
	expect_state("CLOSE-WAIT");
	user_read(10);
	user_read_eof();
}

SCRIPT(fin_behind_hole, ROLES)
{
	open_plain();
	peer_send("FA p0+101,d0+1");
	peer_expect("A d0+1,p0+1");
	expect_state("ESTABLISHED");
	user_read_fails(EAGAIN);
	peer_send("A p0+1,d0+1 len 100");
	peer_expect("A d0+1,p0+102");
	expect_state("CLOSE-WAIT");
	user_read(100);
	user_read_eof();
}

SCRIPT(fin_with_text_behind_hole, ROLES)
{
	open_plain();
	peer_send("FA p0+101,d0+1 len 50");
	peer_expect("A d0+1,p0+1");
	peer_send("A p0+1,d0+1 len 100");
	peer_expect("A d0+1,p0+152");
	expect_state("CLOSE-WAIT");
	user_read(150);
	user_read_eof();
}

/* The hole that the FIN waits for is in FIN-WAIT-2. */
SCRIPT(fin_behind_hole_fin_wait2, ROLES)
{
	reach(IN_FIN_WAIT2);
	peer_send("FA p0+101,d0+2");
	peer_expect("A d0+2,p0+1");
	expect_state("FIN-WAIT-2");
	peer_send("A p0+1,d0+2 len 100");
	peer_expect("A d0+2,p0+102");
	user_read(100);
	user_read_eof();
	expect_state("TIME-WAIT");
}

SCRIPT_IN(fin_repeated, ROLES, IN_CLOSE_WAIT | IN_CLOSING | IN_LAST_ACK |
	  IN_TIME_WAIT)
{
	reach(in_state);
	peer_send("FA p0+1,d0+1");
	peer_expect("A");
	expect_state(state_name(in_state));
	if (in_state == IN_CLOSING || in_state == IN_LAST_ACK)
		peer_send("FA p0+1,d0+2");
	if (in_state == IN_CLOSING) {
		if (!tcp)
			peer_expect("A");
		expect_state("TIME-WAIT");
	}
	if (in_state == IN_LAST_ACK)
		expect_state("CLOSED");
}

/* Text behind the FIN is never delivered. */
SCRIPT_IN(text_after_fin, ROLES, IN_CLOSE_WAIT | IN_CLOSING | IN_LAST_ACK)
{
	reach(in_state);
	peer_send("A p0+2,d0+1 len 10");
	peer_next(50);
	user_read_eof();
	expect_state(state_name(in_state));
	if (in_state == IN_CLOSE_WAIT) {
		user_write(1);
		peer_expect("AP d0+1,p0+2 len 1");
	}
}

static u32 shut_window(void)
{
	u32 sum = 0, len;

	while (peer_room()) {
		len = peer_room() < 1000 ? peer_room() : 1000;
		peer_send("A len %u", len);
		sum += len;
		while (P->d_ack != P->nxt && peer_next(300))
			;
	}
	return sum;
}

/* A FIN takes an octet of the window, of which there is none. */
SCRIPT(fin_at_zero_window, NOTCP)
{
	u32 sum;

	user_listen(5);
	user_sockopt(lfd, SOL_SOCKET, SO_RCVBUF, 8192);
	open_plain();
	peer_send("A len 1");
	peer_expect_within(0, 200, "A");
	sum = 1 + shut_window();
	peer_send("FA");
	P->nxt--;
	peer_expect("A wnd 0");
	expect_state("ESTABLISHED");
	user_read(sum);
	peer_expect("A");
	check(peer_room() > 1000);
	peer_send("FA");
	peer_expect("A");
	user_read_eof();
	expect_state("CLOSE-WAIT");
}

/* --- the end without a FIN --------------------------------------------------*/

/* SHLD-3. */
SCRIPT_IN(close_unread, ROLES, IN_ESTABLISHED | IN_FIN_WAIT1 | IN_FIN_WAIT2)
{
	reach(in_state);
	peer_send("AP len 100");
	peer_expect_within(0, 200, "A");
	expect_state(state_name(in_state));
	user_close();
	peer_expect("RA");
	expect_state("CLOSED");
	peer_send("A");
	peer_expect("R");
}

SCRIPT(close_unread_close_wait, ROLES)
{
	open_plain();
	peer_send("FAP len 100");
	peer_expect("A");
	user_close();
	peer_expect("RA d0+1,p0+102");
	expect_state("CLOSED");
}

SCRIPT_IN(linger_zero, ROLES, IN_ESTABLISHED | IN_FIN_WAIT1 | IN_FIN_WAIT2 |
	  IN_CLOSE_WAIT)
{
	reach(in_state);
	user_abort();
	peer_expect("RA");
	expect_state("CLOSED");
	expect_silence(400);
}

/* Both FINs are out: nothing more to say. */
SCRIPT_IN(linger_zero_late, ROLES, IN_CLOSING | IN_LAST_ACK)
{
	reach(in_state);
	user_abort();
	expect_silence(400);
	expect_state("CLOSED");
}

SCRIPT(linger_zero_syn_sent, 0)
{
	reach(IN_SYN_SENT);
	user_abort();
	expect_silence(1200);
	expect_state("CLOSED");
}

/* --- nobody holds it --------------------------------------------------------*/

static void orphan_fin_wait2(void)
{
	open_plain();
	user_close();
	peer_expect("FA d0+1,p0+1");
	peer_send("A p0+1,d0+2");
	expect_state("FIN-WAIT-2");
}

SCRIPT(orphan_fin_wait2_timeout, SLOW | ROLES)
{
	late_percent = 13;
	orphan_fin_wait2();
	expect_silence(59000);
	expect_state("FIN-WAIT-2");
	expect_silence(9000);
	expect_state("CLOSED");
	peer_send("FA p0+1,d0+2");
	peer_expect("R d0+2");
}

SCRIPT(orphan_fin_timeout_tunable, 0)
{
	tunable("fin_timeout", 3);
	orphan_fin_wait2();
	expect_silence(2800);
	expect_state("FIN-WAIT-2");
	expect_silence(700);
	expect_state("CLOSED");
}

SCRIPT(orphan_linger2, 0)
{
	open_plain();
	user_set(OPT_LINGER2, 2);
	user_close();
	peer_expect("FA");
	peer_send("A");
	expect_silence(1800);
	expect_state("FIN-WAIT-2");
	expect_silence(600);
	expect_state("CLOSED");
}

/* No FIN-WAIT-2 for this one. */
SCRIPT(orphan_linger2_negative, 0)
{
	open_plain();
	user_set(OPT_LINGER2, -1);
	user_close();
	peer_expect("FA");
	peer_send("A");
	if (tcp)
		peer_expect("R d0+2");
	expect_silence(50);
	expect_state("CLOSED");
	peer_send("FA");
	peer_expect("R d0+2");
}

SCRIPT(orphan_linger2_negative_late, 0)
{
	reach(IN_FIN_WAIT2);
	user_set(OPT_LINGER2, -1);
	user_close();
	peer_expect("RA d0+2,p0+1");
	expect_state("CLOSED");
}

SCRIPT(orphan_fin_wait2_text, ROLES)
{
	orphan_fin_wait2();
	peer_send("AP p0+1,d0+2 len 10");
	peer_expect("R d0+2");
	expect_state("CLOSED");
}

SCRIPT(orphan_fin_wait1_text, ROLES)
{
	open_plain();
	user_close();
	peer_expect("FA");
	peer_send("AP p0+1,d0+1 len 10");
	peer_expect("R d0+1");
	expect_state("CLOSED");
}

SCRIPT(orphan_fin_in_time, SLOW)
{
	late_percent = 13;
	tunable("fin_timeout", 10);
	orphan_fin_wait2();
	expect_silence(9000);
	peer_send("FA p0+1,d0+2");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
	expect_silence(59000);
	expect_state("TIME-WAIT");
	expect_silence(9000);
	expect_state("CLOSED");
}

/* shutdown() first, close() in FIN-WAIT-2: the wait begins there. */
SCRIPT(orphan_after_shutdown, 0)
{
	tunable("fin_timeout", 2);
	reach(IN_FIN_WAIT2);
	expect_silence(3000);
	expect_state("FIN-WAIT-2");
	user_close();
	expect_silence(1800);
	expect_state("FIN-WAIT-2");
	expect_silence(600);
	expect_state("CLOSED");
}

/* SC-19: the last ACK is lost, and once more. */
SCRIPT(lost_last_ack, ROLES)
{
	open_plain();
	peer_send("FA");
	peer_expect("A");
	user_close();
	peer_expect("FA d0+1,p0+2");
	peer_expect_after(200, "FA d0+1,p0+2");
	peer_expect_after(400, "FA d0+1,p0+2");
	expect_state("LAST-ACK");
	peer_send("A");
	expect_state("CLOSED");
	expect_silence(1000);
}

SCRIPT_IN(orphan_fin_clock, SLOW, IN_FIN_WAIT1 | IN_LAST_ACK | IN_CLOSING)
{
	int ms;

	late_percent = 3;
	patient = false;
	reach(in_state);
	user_close();
	for (ms = 200; ms < 51200; ms *= 2)
		peer_expect_after(ms, "FA d0+1");
	expect_silence(49000);
	expect_state(state_name(in_state));
	expect_silence(4000);
	expect_state("CLOSED");
}

/* Nothing but RSTs for those who come too late. */
SCRIPT(closed_means_closed, ROLES)
{
	open_plain();
	user_abort();
	peer_expect("RA d0+1,p0+1");
	peer_send("A p0+1,d0+1 len 10");
	peer_expect("R d0+1");
	peer_send("FA p0+1,d0+1");
	peer_expect("R d0+1");
	expect_silence(300);
}
