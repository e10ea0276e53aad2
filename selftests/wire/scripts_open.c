// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening: three-way handshake from both sides, simultaneous open, old
 * segments in between, what a listener and a connecting socket answer to what
 * does not fit, queue limits (RFC 9293 sections 3.5 and 3.10.7).
 */
#include "wire.h"

SCRIPT_IN(reach_state, ROLES, IN_SYN_RECV | IN_SYNC | IN_TIME_WAIT)
{
	reach(in_state);
}

SCRIPT(open_passive, 0)
{
	user_listen(5);
	expect_state("CLOSED");
	peer_send("S p0");
	peer_expect("SA d0,p0+1 mss %d", v6 ? 1440 : 1460);
	expect_state("SYN-RECEIVED");
	user_accept_none();
	peer_send("A p0+1,d0+1");
	user_accept();
	expect_state("ESTABLISHED");
	expect_silence(300);
}

SCRIPT(open_active, 0)
{
	user_connect();
	peer_expect("S d0 mss %d", v6 ? 1440 : 1460);
	expect_state("SYN-SENT");
	peer_send("SA p0,d0+1");
	peer_expect("A d0+1,p0+1");
	user_connected();
	expect_state("ESTABLISHED");
	expect_silence(300);
}

/* The final ACK may carry text and FIN. */
SCRIPT(open_last_ack_with_text, 0)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("FA p0+1,d0+1 len 10");
	peer_expect("A d0+1,p0+12");
	user_accept();
	expect_state("CLOSE-WAIT");
	user_read(10);
	user_read_eof();
}

/* Text that overtook a lost final ACK completes the handshake as well. */
SCRIPT(open_ack_out_of_order, 0)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+101,d0+1 len 100");
	peer_expect("A d0+1,p0+1");
	user_accept();
	expect_state("ESTABLISHED");
	peer_send("A p0+1,d0+1 len 100");
	peer_expect("A d0+1,p0+201");
	user_read(200);
}

static void simultaneous(void)
{
	user_connect();
	peer_expect("S d0");
	peer_send("S p0 mss 1460 ws 2");
	peer_expect("SA d0,p0+1");
	expect_state("SYN-RECEIVED");
}

static void echo(void)
{
	peer_send("AP p0+1,d0+1 len 5");
	user_read(5);
	user_write(5);
	/* The ACK may go alone, before, or with the text. */
	if (!(peer_next(1000)->len))
		peer_expect("AP d0+1,p0+6 len 5");
	peer_send("A");
}

SCRIPT(simultaneous_open_synack, 0)
{
	simultaneous();
	peer_send("SA p0,d0+1 mss 1460 ws 2");
	user_connected();
	expect_state("ESTABLISHED");
	while (peer_next(0))
		;
	echo();
}

SCRIPT(simultaneous_open_ack, 0)
{
	simultaneous();
	peer_send("A p0+1,d0+1");
	user_connected();
	expect_state("ESTABLISHED");
	echo();
}

SCRIPT(simultaneous_open_reset, 0)
{
	simultaneous();
	peer_send("R p0+1");
	user_connect_fails(ECONNRESET);
	expect_state("CLOSED");
}

SCRIPT(simultaneous_open_repeated_syn, NOTCP)
{
	simultaneous();
	peer_send("S p0 mss 1460 ws 2");
	peer_expect("SA d0,p0+1");
	expect_state("SYN-RECEIVED");
	peer_send("A p0+1,d0+1");
	user_connected();
}

/* The SYN-ACK of a simultaneous open knows what P's SYN offered. */
SCRIPT(simultaneous_open_no_scale, NOTCP)
{
	user_connect();
	peer_expect("S d0");
	peer_send("S p0");
	peer_expect("SA d0,p0+1 ws -1");
	peer_send("A p0+1,d0+1");
	user_connected();
	echo();
}

/* The SYN-ACK of a simultaneous open is repeated as others are. */
SCRIPT(simultaneous_open_clock, 0)
{
	simultaneous();
	peer_expect_after(1000, "SA d0,p0+1");
	peer_expect_after(2000, "SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	user_connected();
}

/* A program may close before the open is done: FIN after the SYN-ACK. */
SCRIPT(simultaneous_open_close, 0)
{
	simultaneous();
	user_close();
	peer_expect("FA d0+1,p0+1");
	expect_state("FIN-WAIT-1");
	peer_send("A p0+1,d0+2");
	expect_state("FIN-WAIT-2");
}

/* RFC 9293 figure 8, D as A: an old SYN-ACK draws a reset of its sender. */
SCRIPT(old_duplicate_synack, 0)
{
	user_connect();
	peer_expect("S d0");
	peer_send("SA p0-100,d0-9");
	peer_expect("R d0-9");
	expect_state("SYN-SENT");
	if (tcp)	/* sends the SYN again at once */
		peer_next(100);
	peer_continue("p0");
	peer_send("SA p0,d0+1");
	peer_expect("A d0+1,p0+1");
	user_connected();
}

/* RFC 9293 figure 8, D as B. */
SCRIPT(old_duplicate_syn, 0)
{
	user_listen(5);
	peer_send("S p0-10");
	peer_expect("SA d0,p0-9");
	peer_send("R p0-9");
	expect_state("CLOSED");
	peer_forget();
	peer_continue("p0");
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
	expect_state("ESTABLISHED");
}

/* What a connecting socket answers to segments that do not fit. */
SCRIPT(syn_sent_bad_segments, 0)
{
	reach(IN_SYN_SENT);
	peer_send("R p0");
	if (!tcp) {	/* it sends its SYN again at once */
		peer_send("RA p0,d0");
		peer_send("RA p0,d0+2");
	}
	peer_send("F p0");
	peer_send("- p0 len 5");
	peer_send("A p0,d0+1");
	peer_send("A p0,d0+1 len 5");
	expect_silence(50);
	expect_state("SYN-SENT");
	peer_send("A p0,d0");
	peer_expect("R d0");
	if (tcp)
		peer_next(100);
	peer_send("A p0,d0+2 len 9");
	peer_expect("R d0+2");
	peer_send("FA p0,d0-1");
	peer_expect("R d0-1");
	expect_state("SYN-SENT");
}

SCRIPT(syn_sent_refused, 0)
{
	reach(IN_SYN_SENT);
	peer_send("RA p0,d0+1");
	user_connect_fails(ECONNREFUSED);
	expect_state("CLOSED");
	expect_silence(1500);
}

SCRIPT(syn_sent_close, 0)
{
	reach(IN_SYN_SENT);
	user_close();
	expect_state("CLOSED");
	expect_silence(1500);
	peer_send("SA p0,d0+1");
	peer_expect("R d0+1");
}

/* Text and FIN of a SYN-ACK count. TCP throws them away. */
SCRIPT(synack_with_text, NOTCP)
{
	reach(IN_SYN_SENT);
	peer_send("SA p0,d0+1 len 10");
	peer_expect("A d0+1,p0+11");
	user_connected();
	user_read(10);
	expect_state("ESTABLISHED");
}

SCRIPT(synack_with_fin, NOTCP)
{
	reach(IN_SYN_SENT);
	peer_send("SAF p0,d0+1");
	peer_expect("A d0+1,p0+2");
	expect_state("CLOSE-WAIT");
	user_connected();
	user_read_eof();
}

/* What a listener answers to what is no SYN. */
SCRIPT(listen_bad_segments, 0)
{
	user_listen(5);
	peer_send("R p0");
	peer_send("RA p0,1000");
	peer_send("SR p0");
	peer_send("SF p0");
	peer_send("F p0");
	peer_send("- p0 len 5");
	expect_silence(50);
	peer_send("A p0,1000");
	peer_expect("R 1000");
	peer_send("SA p0,2000");
	peer_expect("R 2000");
	peer_send("FA p0,3000 len 7");
	peer_expect("R 3000");
	expect_state("CLOSED");
}

/* Text on a SYN is not taken; the peer sends it again. */
SCRIPT(syn_with_text, 0)
{
	user_listen(5);
	peer_send("S p0 len 100");
	peer_expect("SA d0,p0+1");
	peer_continue("p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
	user_read_fails(EAGAIN);
	peer_send("A p0+1,d0+1 len 100");
	user_read(100);
	peer_expect_within(0, 200, "A d0+1,p0+101");
}

/* --- half-open entries ------------------------------------------------------*/

SCRIPT(half_open_repeated_syn, 0)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	/* Two in a row are one too many. */
	peer_send("S p0");
	expect_silence(50);
	peer_send("A p0+1,d0+1");
	user_accept();
}

/* RFC 9293 SA-12: the entry outlives a wrong ACK. */
SCRIPT(half_open_bad_ack, 0)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+1,d0");
	peer_expect("R d0");
	peer_send("A p0+1,d0+2");
	peer_expect("R d0+2");
	peer_send("- p0+1 len 5");
	peer_send("F p0+1");
	expect_silence(50);
	peer_continue("p0+1");
	expect_state("SYN-RECEIVED");
	peer_send("A p0+1,d0+1");
	user_accept();
}

/* RFC 5961 section 3: only a RST at RCV.NXT counts. */
SCRIPT(half_open_reset, 0)
{
	user_listen(5);
	peer_send("S p0 wnd 8000");
	peer_expect("SA d0,p0+1");
	peer_send("R p0");
	peer_send("R p0+70000");
	expect_silence(50);
	peer_send("R p0+2");
	peer_expect("A d0+1,p0+1");
	expect_state("SYN-RECEIVED");
	peer_send("R p0+1");
	expect_silence(50);
	expect_state("CLOSED");
	peer_send("A p0+1,d0+1");
	peer_expect("R d0+1");
}

SCRIPT(half_open_outside_window, 0)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+100000,d0+1");
	peer_expect("A d0+1,p0+1");
	expect_state("SYN-RECEIVED");
	peer_send("A p0+1,d0+1");
	user_accept();
}

/* Another SYN in the window of an entry: a challenge, the entry stays
 * (RFC 5961 section 4.2). TCP resets and forgets.
 */
SCRIPT(half_open_other_syn, NOTCP)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("S p0+100");
	peer_expect("A d0+1,p0+1");
	expect_state("SYN-RECEIVED");
	peer_continue("p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
}

SCRIPT(half_open_clock, SLOW)
{
	late_percent = 13;
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_expect_after(1000, "SA d0,p0+1");
	peer_expect_after(2000, "SA d0,p0+1");
	peer_expect_after(4000, "SA d0,p0+1");
	peer_expect_after(8000, "SA d0,p0+1");
	peer_expect_after(16000, "SA d0,p0+1");
	expect_silence(31000);
	expect_state("SYN-RECEIVED");
	expect_silence(6000);
	expect_state("CLOSED");
	peer_send("A p0+1,d0+1");
	peer_expect("R d0+1");
}

SCRIPT(half_open_retries_tunable, 0)
{
	late_percent = 13;
	tunable("synack_retries", 1);
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_expect_after(1000, "SA d0,p0+1");
	expect_silence(1900);
	expect_state("SYN-RECEIVED");
	expect_silence(500);
	expect_state("CLOSED");
}

/* An SYN-ACK that was repeated gives no round-trip time: RTO 3 s (RFC 6298 5.7). */
SCRIPT(half_open_then_rto, NOTCP)
{
	late_percent = 13;
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_expect_after(1000, "SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
	user_write(10);
	peer_expect("AP len 10");
	peer_expect_after(3000, "AP d0+1,p0+1 len 10");
}

/* --- listeners that go, queues that are full --------------------------------*/

SCRIPT(listener_closed, 0)
{
	struct peer *half = P, *done;

	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	done = peer_new();
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	expect_state("ESTABLISHED");
	user_close_listener();
	peer_expect("RA d0+1,p0+1");
	expect_state("CLOSED");
	P = half;
	if (!tcp)	/* it forgets later */
		expect_state("CLOSED");
	peer_send("A p0+1,d0+1");
	peer_expect("R d0+1");
	P = done;
	peer_send("A p0+1,d0+1");
	peer_expect("R d0+1");
}

/*
 * listen(2) holds three, as on every Unix. Four have opened, the last two of
 * them at the same time.
 */
static void fill_accept_queue(void)
{
	struct peer *third;
	int i;

	user_listen(2);
	for (i = 0; i < 4; i++) {
		third = P;
		if (i)
			peer_new();
		peer_send("S p0");
		peer_expect("SA d0,p0+1");
		if (i < 2)
			peer_send("A p0+1,d0+1");
	}
	P = third;
	peer_send("A p0+1,d0+1");
	expect_state("ESTABLISHED");
	P++;
}

/* The fourth is asked to wait, and no fifth is let in. */
SCRIPT(accept_queue_full, 0)
{
	struct peer *fourth;

	late_percent = 13;
	fill_accept_queue();
	fourth = P;
	peer_send("A p0+1,d0+1");
	expect_state("SYN-RECEIVED");
	user_accept();
	user_accept();
	peer_send("A p0+1,d0+1");
	expect_state("ESTABLISHED");
	user_accept();
	user_accept();
	user_accept_none();
	check(P == fourth);
}

SCRIPT(accept_queue_full_wait, 0)
{
	struct peer *fourth;

	late_percent = 13;
	fill_accept_queue();
	fourth = P;
	peer_send("A p0+1,d0+1");
	peer_new();
	peer_send("S p0");
	expect_silence(100);
	expect_state("CLOSED");
	P = fourth;
	peer_expect_within(600, 1200, "SA d0,p0+1");
	user_accept();
	peer_send("A p0+1,d0+1");
	expect_state("ESTABLISHED");
}

SCRIPT(accept_queue_full_abort, 0)
{
	tunable("abort_on_overflow", 1);
	fill_accept_queue();
	peer_send("A p0+1,d0+1");
	peer_expect("R d0+1");
	expect_state("CLOSED");
}

/* A connection that was reset before accept() took it. */
SCRIPT(accept_after_reset, 0)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	peer_send("R p0+1");
	expect_state("CLOSED");
	user_accept();
	user_read_fails(ECONNRESET);
}

/* --- invalid addresses ------------------------------------------------------*/

static void syn_from(const u8 *tail, size_t len)
{
	struct in6_addr keep = P->addr;
	size_t i;

	for (i = 0; i < len; i++)
		P->addr.s6_addr[16 - len + i] = tail[i];
	peer_send("S p0");
	P->addr = keep;
	peer_continue("p0");
	expect_silence(20);
	expect_state("CLOSED");
}

SCRIPT(syn_from_invalid, 0)
{
	static const u8 four[][4] = {
		{ 255, 255, 255, 255 }, { 224, 0, 0, 1 }, { 127, 0, 0, 1 },
		{ 192, 0, 2, 1 }, { 0, 0, 0, 0 },
	};
	static const u8 six[][16] = {
		{ 0 }, { 0xff, 2, [15] = 1 }, { [15] = 1 },
	};
	unsigned int i;

	user_listen(5);
	for (i = 0; !v6 && i < ARRAY_SIZE(four); i++)
		syn_from(four[i], 4);
	for (i = 0; v6 && i < ARRAY_SIZE(six); i++)
		syn_from(six[i], 16);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
}

/* Broadcast and multicast destinations are met with silence. */
SCRIPT(syn_to_invalid, 0)
{
	static const u8 four[][4] = {
		{ 255, 255, 255, 255 }, { 224, 0, 0, 1 }, { 192, 0, 2, 255 },
	};
	static const u8 six[16] = { 0xff, 2, [15] = 1 };
	struct in6_addr keep = P->daddr;
	unsigned int i, j;

	user_listen(5);
	for (i = 0; i < (v6 ? 1 : ARRAY_SIZE(four)); i++) {
		for (j = 0; j < (v6 ? 16 : 4); j++)
			P->daddr.s6_addr[(v6 ? 0 : 12) + j] =
				v6 ? six[j] : four[i][j];
		peer_send("S p0");
		peer_continue("p0");
		P->dport++;
		peer_send("S p0");
		peer_continue("p0");
		P->dport--;
		expect_silence(20);
	}
	P->daddr = keep;
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
}

/* RFC 9293 3.10.7.1: exact fields of the answers to a closed port. */
SCRIPT(closed_port, 0)
{
	peer_send("S p0");
	peer_expect("RA 0,p0+1 noopt wnd 0");
	peer_send("SF p0");
	peer_expect("RA 0,p0+2");
	peer_send("S p0 len 7");
	peer_expect("RA 0,p0+8");
	peer_send("F p0 len 7");
	peer_expect("RA 0,p0+8");
	peer_send("- p0 len 3");
	peer_expect("RA 0,p0+3");
	peer_send("A p0,12345");
	peer_expect("R 12345 noopt wnd 0");
	peer_send("SA p0,0");
	peer_expect("R 0");
	peer_send("FAP p0,77 len 9");
	peer_expect("R 77");
	peer_send("R p0");
	peer_send("RA p0,5");
	peer_send("SR p0");
	expect_silence(100);
}
