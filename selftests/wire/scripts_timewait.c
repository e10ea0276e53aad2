// SPDX-License-Identifier: GPL-2.0-only
/*
 * TIME-WAIT: how long, what is answered, what restarts it, who may follow
 * (RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 1337).
 */
#include "wire.h"

/* 2 MSL, by a timer that may be an eighth late. */
static void expect_timewait_ends(void)
{
	expect_silence(59000);
	expect_state("TIME-WAIT");
	expect_silence(9500);
	expect_state("CLOSED");
}

SCRIPT(timewait_length, SLOW | ROLES)
{
	reach(IN_TIME_WAIT);
	expect_timewait_ends();
	peer_send("FA p0+1,d0+2");
	peer_expect("R d0+2");
}

SCRIPT(timewait_length_tunable, NOTCP)
{
	tunable("timewait_len", 3);
	reach(IN_TIME_WAIT);
	expect_silence(2900);
	expect_state("TIME-WAIT");
	expect_silence(600);
	expect_state("CLOSED");
}

SCRIPT(timewait_restarted_by_fin, SLOW | ROLES)
{
	reach(IN_TIME_WAIT);
	expect_silence(40000);
	peer_send("FA p0+1,d0+2");
	peer_expect("A d0+2,p0+2");
	expect_timewait_ends();
}

SCRIPT(timewait_after_closing, SLOW)
{
	reach(IN_CLOSING);
	peer_send("A p0+2,d0+2");
	expect_timewait_ends();
}

/* A RST does not end it (RFC 1337), unless the administrator says so. */
SCRIPT(timewait_rst_ignored, ROLES)
{
	reach(IN_TIME_WAIT);
	peer_send("R p0+2");
	peer_send("R p0+1");
	peer_send("R p0+3");
	peer_send("RA p0+2,d0+2");
	expect_silence(100);
	expect_state("TIME-WAIT");
}

SCRIPT(timewait_rst_obeyed, ROLES)
{
	tunable("rfc1337", 0);
	reach(IN_TIME_WAIT);
	peer_send("R p0+1");
	peer_send("R p0+3");
	expect_silence(50);
	expect_state("TIME-WAIT");
	peer_send("R p0+2");
	expect_silence(50);
	expect_state("CLOSED");
}

/* SC-12: an old segment, and the RST that our ACK draws. */
SCRIPT(timewait_assassination, ROLES)
{
	reach(IN_TIME_WAIT);
	peer_send("A p0+1,d0+1 len 1");
	peer_expect("A d0+2,p0+2");
	peer_send("R p0+2");
	expect_silence(50);
	expect_state("TIME-WAIT");
}

SCRIPT(timewait_answers, ROLES)
{
	reach(IN_TIME_WAIT);
	/* An ACK in its place says nothing. */
	peer_send("A p0+2,d0+2");
	expect_silence(50);
	peer_send("A p0+2,d0+2 len 10");
	P->nxt -= 10;
	peer_expect("A d0+2,p0+2");
	/* Text is always answered, anything else once per 500 ms. */
	peer_send("A p0+2,d0+2 len 10");
	P->nxt -= 10;
	peer_expect("A d0+2,p0+2");
	peer_send("A p0+100,d0+2 len 10");
	peer_expect("A d0+2,p0+2");
	peer_send("A p0+100000,d0+2");
	peer_expect("A d0+2,p0+2");
	peer_send("A p0+100000,d0+2");
	expect_silence(600);
	peer_send("SA p0,d0+1");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
}

/* MAY-2: a SYN above everything that was used begins a new connection. */
SCRIPT(timewait_reuse, 0)
{
	u32 old;

	reach(IN_TIME_WAIT);
	old = P->d0 + 2;
	user_close();
	peer_forget();
	P->p0 += 10;
	peer_continue("p0");
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	check_eq(P->d0 - old, 65537);
	expect_state("SYN-RECEIVED");
	peer_send("A p0+1,d0+1");
	user_accept();
	expect_state("ESTABLISHED");
	peer_send("AP len 10");
	peer_expect_within(0, 200, "A");
	user_read(10);
}

SCRIPT(timewait_old_syn, 0)
{
	reach(IN_TIME_WAIT);
	peer_send("S p0");
	peer_expect("A d0+2,p0+2");
	expect_silence(600);
	peer_send("S p0-1000");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
}

SCRIPT(timewait_syn_no_listener, ROLES)
{
	reach(IN_TIME_WAIT);
	if (!active)
		user_close_listener();
	peer_send("S p0+1000");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
}

/* The program may bind and listen again beside it. */
SCRIPT(timewait_listen_again, 0)
{
	reach(IN_TIME_WAIT);
	user_close_listener();
	user_listen(5);
	peer_new();
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
	expect_state("ESTABLISHED");
}

/* No room for records: the connection ends without one. */
SCRIPT(timewait_limit, 0)
{
	tunable("max_tw_buckets", 0);
	reach(IN_FIN_WAIT2);
	peer_send("FA");
	peer_expect("A d0+2,p0+2");
	expect_state("CLOSED");
	peer_send("FA p0+1,d0+2");
	peer_expect("R d0+2");
}
