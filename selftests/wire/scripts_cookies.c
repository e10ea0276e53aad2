// SPDX-License-Identifier: GPL-2.0-only
/*
 * Half-open queues, their limits, and SYN cookies (RFC 4987).
 */
#include "wire.h"

/* A SYN of yet another connection is answered. */
static struct peer *half_open(void)
{
	peer_new();
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	expect_state_("SYN-RECEIVED");
	return P;
}

/* listen(1) and two entries: no room for a third. */
static void fill(void)
{
	late_percent = 13;
	tunable("synack_retries", 1);
	user_listen(1);
	half_open();
	half_open();
	peer_new();
}

static void refused(void)
{
	peer_expect_(0, 0, "R");
	expect_state_("CLOSED");
}

SCRIPT(queue_full_cookie, NOTCP)
{
	struct seg *s;

	fill();
	peer_send("S p0 mss 1300 ws 3");
	s = peer_expect("SA d0,p0+1");
	/* What nobody would remember is not in force. */
	check_eq(s->ws, -1);
	check(!s->sackok && !s->ts);
	/* And nobody does. */
	expect_state("CLOSED");
	peer_send("A p0+1,d0+1");
	user_accept();
	expect_state("ESTABLISHED");
	user_write(2 * 1300);
	peer_expect("A len 1300");
	peer_expect("AP len 1300");
	peer_send("A len 100");
	peer_expect_within(0, 200, "A");
	user_read(100);
	user_close();
	peer_expect("FA");
	peer_send("FA");
	peer_expect("A");
}

SCRIPT(queue_full_no_cookie, NOTCP)
{
	tunable("syncookies", 0);
	fill();
	peer_send("S p0");
	expect_silence(100);
	expect_state("CLOSED");
}

SCRIPT(cookies_always, NOTCP)
{
	tunable("syncookies", 2);
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	expect_state("CLOSED");
	/* No timer repeats it. */
	expect_silence(3000);
	/* With text, as when the ACK itself was lost. */
	peer_send("AP p0+1,d0+1 len 20");
	peer_expect_within(0, 200, "A d0+1,p0+21");
	user_accept();
	user_read(20);
}

/* 4987-4: the timestamp of the SYN-ACK remembers what has no room elsewhere. */
SCRIPT(cookie_keeps_options, NOTCP)
{
	u32 full = v6 ? 1428 : 1448;
	struct seg *s;

	tunable("syncookies", 2);
	tunable("timestamps", 1);
	tunable("sack", 1);
	user_listen(5);
	peer_send("S p0 mss 1460 ws 4 sackok ts 1000");
	s = peer_expect("SA d0,p0+1");
	check(s->ts && s->sackok && s->ws >= 0);
	check_eq(s->tsecr, 1000);
	expect_state("CLOSED");
	/* 63 << 4 octets are room for less than one segment. */
	peer_send("A p0+1,d0+1 wnd 63");
	user_accept();
	expect_state("ESTABLISHED");
	user_write(3000);
	peer_expect("A len 1008");
	expect_silence(100);
	P->wnd = 4000;
	peer_send("A");
	peer_expect("A len %u", full);
	peer_expect("AP len %u", 3000 - 1008 - full);
	peer_send("A");
	peer_send("A p0+11,d0+3001 len 10");
	s = peer_expect("A *,p0+1 sack p0+11:p0+21");
	check(s->ts);
	peer_send("A p0+1,d0+3001 len 10");
	peer_expect("A *,p0+21");
	user_read(20);
}

/* The same SYN without a timestamp: none of the other options. */
SCRIPT(cookie_drops_options, NOTCP)
{
	u32 full = v6 ? 1440 : 1460;
	struct seg *s;

	tunable("syncookies", 2);
	tunable("timestamps", 1);
	tunable("sack", 1);
	user_listen(5);
	peer_send("S p0 mss 1460 ws 4 sackok");
	s = peer_expect("SA d0,p0+1");
	check(!s->ts && !s->sackok && s->ws < 0);
	peer_send("A p0+1,d0+1 wnd 1000");
	user_accept();
	user_write(3000);
	peer_expect("A len 1000");
	expect_silence(100);
	peer_send("A p0+11,d0+1001 len 10 wnd 5000");
	s = peer_expect("A len %u", full);
	check_eq(s->nsack, 0);
	check_eq(s->ack, P->p0 + 1);
	peer_expect("AP len %u", 2000 - full);
	peer_send("A p0+1,d0+3001 len 10 wnd 5000");
	peer_expect("A *,p0+21");
	user_read(20);
}

SCRIPT(cookie_repeated_syn, NOTCP)
{
	u32 first;

	tunable("syncookies", 2);
	user_listen(5);
	peer_send("S p0");
	first = peer_expect("SA d0,p0+1")->seq;
	peer_continue("p0");
	peer_send("S p0");
	check_eq(peer_expect("SA d0,p0+1")->seq, first);
	peer_send("A p0+1,d0+1");
	user_accept();
	/* The same ACK again is the connection's. */
	peer_send("A p0+1,d0+1");
	user_accept_none();
}

SCRIPT(cookie_with_fin, NOTCP)
{
	tunable("syncookies", 2);
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("FA p0+1,d0+1");
	peer_expect("A d0+1,p0+2");
	user_accept();
	expect_state("CLOSE-WAIT");
}

/* Guesses, another's cookie, one for another ISN of the peer. */
SCRIPT(cookie_forged, NOTCP)
{
	struct peer *first;
	u32 cookie, bit;

	tunable("syncookies", 2);
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	first = P;
	cookie = P->d0;
	for (bit = 0; bit < 32; bit++) {
		peer_send("A p0+1,d0+%u", 1 + (cookie ^ 1U << bit) - cookie);
		refused();
	}
	peer_send("A p0+2,d0+1");
	peer_continue("p0+1");
	refused();
	peer_new();
	peer_send("A %u,%u", first->p0 + 1, cookie + 1);
	refused();
	P = first;
	peer_continue("p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
}

/* Nobody may guess while no cookie is out. */
SCRIPT(cookie_without_overflow, NOTCP)
{
	user_listen(5);
	peer_send("A p0+1,12345");
	refused();
	half_open();
	peer_new();
	peer_send("A p0+1,12345");
	refused();
}

SCRIPT(cookie_old, NOTCP | SLOW)
{
	struct peer *old, *good;

	tunable("syncookies", 2);
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	old = P;
	expect_silence(125000);
	peer_new();
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	good = P;
	expect_silence(55000);
	P = old;
	peer_send("A p0+1,d0+1");
	refused();
	P = good;
	peer_send("A p0+1,d0+1");
	user_accept();
}

SCRIPT(cookie_accept_queue_full, NOTCP)
{
	struct peer *last[3];
	int i;

	tunable("syncookies", 2);
	user_listen(1);
	for (i = 0; i < 3; i++) {
		peer_new();
		peer_send("S p0");
		peer_expect("SA d0,p0+1");
		last[i] = P;
	}
	for (i = 0; i < 3; i++) {
		P = last[i];
		if (i < 2)
			peer_send("A p0+1,d0+1");
	}
	/* As if it had been lost. */
	peer_send("A p0+1,d0+1");
	expect_silence(50);
	expect_state("CLOSED");
	tunable("abort_on_overflow", 1);
	peer_send("A p0+1,d0+1");
	refused();
	user_accept();
	peer_send("A p0+1,d0+1");
	user_accept();
	user_accept();
	expect_state("ESTABLISHED");
}

/* --- limits, at their edge ----------------------------------------------------*/

/* @n entries fit and not one more. */
static void room_for(int n)
{
	int i;

	late_percent = 13;
	tunable("syncookies", 0);
	tunable("synack_retries", 1);
	user_listen(20);
	for (i = 0; i < n; i++)
		half_open();
	peer_new();
	peer_send("S p0");
	expect_silence(20);
	expect_state("CLOSED");
	/* Where there was no room there is a cookie. */
	tunable("syncookies", 1);
	peer_continue("p0");
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	expect_state("CLOSED");
	peer_send("A p0+1,d0+1");
	user_accept();
}

SCRIPT(limit_max_syn_backlog, NOTCP)
{
	tunable("max_syn_backlog", 3);
	room_for(3);
}

SCRIPT(limit_max_half_open, NOTCP)
{
	tunable("max_half_open", 4);
	room_for(4);
}

SCRIPT(limit_max_half_open_none, NOTCP)
{
	tunable("max_half_open", 0);
	room_for(0);
}

/* somaxconn: what listen() may ask for at most; one more fits, as on Linux. */
SCRIPT(limit_somaxconn, NOTCP)
{
	tunable("somaxconn", 2);
	room_for(3);
}

/* A place comes free again with each entry that ends. */
SCRIPT(limit_comes_free, NOTCP)
{
	late_percent = 13;
	tunable("syncookies", 0);
	tunable("max_half_open", 1);
	user_listen(20);
	half_open();
	peer_send("R p0+1");
	expect_state("CLOSED");
	half_open();
	peer_send("A p0+1,d0+1");
	user_accept();
	fd = -1;
	half_open();
}
