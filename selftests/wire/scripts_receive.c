// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving text: when ACKs go, what is held, which window is offered
 * (RFC 9293 sections 3.8.6.2.2 and 3.8.6.3, RFC 5681 section 4.2).
 */
#include "wire.h"

/*
 * A new connection acknowledges everything at once, for a while. True: D is
 * past that.
 */
static void warm_up(void)
{
	int i;

	open_plain();
	for (i = 0; i < 50; i++) {
		peer_send("A len 1000");
		user_read(1000);
		while (peer_next(0))
			;
	}
	while (P->d_ack != P->nxt)
		if (!peer_next(500))
			fail("D does not acknowledge everything");
}

/* SHLD-18, MUST-40. */
SCRIPT(delayed_ack, ROLES)
{
	int i;

	warm_up();
	for (i = 0; i < 5; i++) {
		peer_send("A len 100");
		peer_expect_within(30, 200, "A");
		user_read(100);
	}
}

/* SHLD-19. TCP sends more while it tunes its buffer. */
SCRIPT(ack_every_second, ROLES | NOTCP)
{
	int i;

	warm_up();
	for (i = 0; i < 20; i++) {
		peer_send("A len 1000");
		peer_send("A len 1000");
		peer_expect("A");
		user_read(2000);
	}
}

/* The answer takes the ACK along. */
SCRIPT(ack_with_answer, ROLES | NOTCP)
{
	int i;

	warm_up();
	for (i = 0; i < 5; i++) {
		peer_send("AP len 100");
		user_read(100);
		user_write(50);
		peer_expect("AP len 50");
		peer_send("A");
	}
	expect_silence(300);
}

SCRIPT(quickack, ROLES)
{
	warm_up();
	user_set(OPT_QUICKACK, 1);
	peer_send("A len 100");
	peer_expect("A");
	user_read(100);
}

/* RFC 5681 4.2: at once above a gap, and when it closes. */
SCRIPT(out_of_order, ROLES)
{
	warm_up();
	peer_send("A p0+51001 len 1000");
	peer_expect("A d0+1,p0+50001");
	peer_send("A p0+52001 len 1000");
	peer_expect("A d0+1,p0+50001");
	peer_send("A p0+54001 len 1000");
	peer_expect("A d0+1,p0+50001");
	peer_send("A p0+50001 len 1000");
	peer_expect("A d0+1,p0+53001");
	peer_send("A p0+53001 len 1000");
	peer_expect("A d0+1,p0+55001");
	user_read(5000);
	user_read_fails(EAGAIN);
}

/* MUST-59: the ACK that closes the gap is one for all. */
SCRIPT(out_of_order_backwards, ROLES)
{
	int i;

	open_plain();
	for (i = 9; i > 0; i--) {
		peer_send("A p0+%d,d0+1 len 1000", 1 + i * 1000);
		peer_expect("A d0+1,p0+1");
	}
	peer_send("A p0+1,d0+1 len 1000");
	peer_expect("A d0+1,p0+10001");
	user_read(10000);
}

SCRIPT(out_of_order_twice, ROLES)
{
	open_plain();
	peer_send("A p0+101,d0+1 len 100");
	peer_expect("A d0+1,p0+1");
	peer_send("A p0+101,d0+1 len 100");
	peer_expect("A d0+1,p0+1");
	peer_send("A p0+1,d0+1 len 100");
	peer_expect("A d0+1,p0+201");
	user_read(200);
}

/* Room by the right edge, one octet too much is cut off. */
SCRIPT(text_beyond_window, NOTCP | ROLES)
{
	u32 room;

	user_listen(5);
	user_sockopt(lfd, SOL_SOCKET, SO_RCVBUF, 8192);
	if (active) {
		user_socket();
		user_sockopt(fd, SOL_SOCKET, SO_RCVBUF, 8192);
	}
	open_plain();
	room = peer_room();
	while (room > 1000) {
		peer_send("A len 1000");
		while (peer_next(300) && P->d_ack != P->nxt)
			;
		room = peer_room();
	}
	if (!room)
		return;
	peer_send("A len %u", room + 10);
	peer_continue("p0");
	P->nxt = P->d_right;
	peer_expect("A wnd 0");
	check_eq(peer_room(), 0);
}

/* MUST-39: a shut window opens by a segment, not by an octet. */
SCRIPT(window_opens, NOTCP | ROLES)
{
	u32 sum = 0, len;
	int i;

	user_listen(5);
	user_sockopt(lfd, SOL_SOCKET, SO_RCVBUF, 8192);
	if (active) {
		user_socket();
		user_sockopt(fd, SOL_SOCKET, SO_RCVBUF, 8192);
	}
	open_plain();
	while (peer_room()) {
		len = peer_room() < 1000 ? peer_room() : 1000;
		peer_send("A len %u", len);
		sum += len;
		while (P->d_ack != P->nxt && peer_next(300))
			;
	}
	for (i = 0; i < 200; i++)
		user_read(1);
	expect_silence(300);
	/* A probe is answered, with nothing to offer. */
	peer_send("A p0+%u", P->nxt - P->p0 - 1);
	peer_expect("A wnd 0");
	user_read(sum - 200);
	peer_expect("A");
	check(peer_room() >= 1000);
}

/* MAY-8: D keeps its window shut for as long as it likes. */
SCRIPT(window_stays_shut, NOTCP)
{
	u32 sum = 0, len;
	int i;

	user_listen(5);
	user_sockopt(lfd, SOL_SOCKET, SO_RCVBUF, 8192);
	open_plain();
	while (peer_room()) {
		len = peer_room() < 1000 ? peer_room() : 1000;
		peer_send("A len %u", len);
		sum += len;
		while (P->d_ack != P->nxt && peer_next(300))
			;
	}
	for (i = 0; i < 5; i++) {
		expect_silence(1000);
		peer_send("A len 1");
		P->nxt--;
		peer_expect("A wnd 0");
	}
	/* RST and ACK count while it is shut (MUST-66). */
	user_write(10);
	peer_expect("AP len 10 wnd 0");
	peer_send("A");
	expect_silence(400);
	peer_send("R");
	expect_state("CLOSED");
	user_read(sum);
	user_read_fails(ECONNRESET);
}

/* A program that reads nothing any more still gets its peer acknowledged. */
SCRIPT(bulk_both_ways, ROLES)
{
	int i;

	open_plain();
	for (i = 0; i < 10; i++) {
		peer_give(50000, 1460);
		while (peer_next(0))
			;
		user_write(14600);
		peer_take(14600);
	}
	expect_state("ESTABLISHED");
}
