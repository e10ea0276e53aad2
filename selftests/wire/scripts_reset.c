// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments that try to end or to bend a connection: RST, SYN, ACK and text
 * outside of what is acceptable, in every state (RFC 9293 section 3.10.7.4,
 * RFC 5961).
 */
#include <poll.h>
#include <string.h>
#include "wire.h"

/* What SO_ERROR says, once. */
static int error_of_fd(void)
{
	socklen_t len = sizeof(int);
	int err = -1;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		fail("SO_ERROR: %s", strerror(errno));
	return err;
}

static void stays(void)
{
	expect_silence(20);
	expect_state(state_name(in_state));
}

static bool is_in(unsigned int states)
{
	return in_state & states;
}

SCRIPT_IN(rst_exact, ROLES, IN_SYN_RECV | IN_SYNC)
{
	reach(in_state);
	peer_send("R");
	expect_silence(50);
	expect_state("CLOSED");
	if (fd < 0)
		return;
	check_eq(error_of_fd(), is_in(IN_CLOSE_WAIT) ? EPIPE : ECONNRESET);
	user_poll(POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
	user_write_fails(EPIPE);
	peer_send("A");
	peer_expect("R");
}

SCRIPT(rst_seen_by_poll, ROLES)
{
	open_plain();
	peer_send("R");
	user_poll(POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
	user_read_fails(ECONNRESET);
	user_read_eof();
	user_write_fails(EPIPE);
}

/* What arrived before the RST may be read. */
SCRIPT(rst_after_text, ROLES)
{
	open_plain();
	peer_send("AP len 10");
	peer_expect_within(0, 200, "A");
	peer_send("R");
	user_read(10);
	user_read_fails(ECONNRESET);
	user_read_eof();
}

SCRIPT(rst_with_text, ROLES)
{
	open_plain();
	peer_send("R p0+1 len 20");
	expect_state("CLOSED");
	user_read_fails(ECONNRESET);
}

SCRIPT(rst_with_ack, ROLES)
{
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_send("RA p0+1,d0+1");
	expect_state("CLOSED");
	user_read_fails(ECONNRESET);
}

SCRIPT_IN(rst_in_window, ROLES, IN_SYN_RECV | IN_SYNC)
{
	reach(in_state);
	peer_send("R p0+%u", P->nxt - P->p0 + 1);
	peer_expect("A");
	/* The limit: one challenge ACK in 500 ms. */
	peer_send("R p0+%u", P->nxt - P->p0 + 1);
	stays();
	if (is_in(IN_SYN_RECV))
		return;
	expect_silence(600);
	peer_send("R p0+%u", P->nxt - P->p0 + peer_room() - 1);
	peer_expect("A");
	/* The right edge itself counts as inside. */
	expect_silence(600);
	peer_send("R p0+%u", P->nxt - P->p0 + peer_room());
	peer_expect("A");
	stays();
}

SCRIPT_IN(rst_outside, ROLES, IN_SYN_RECV | IN_SYNC)
{
	reach(in_state);
	peer_send("R p0+%u", P->nxt - P->p0 + peer_room() + 1);
	peer_send("R p0+%u", P->nxt - P->p0 - 2);
	stays();
	/* After a FIN some send their RST with the number before it. */
	peer_send("R p0+%u", P->nxt - P->p0 - 1);
	if (is_in(IN_CLOSE_WAIT | IN_CLOSING | IN_LAST_ACK))
		expect_state("CLOSED");
	else
		stays();
}

/* RFC 5961 section 4.2: any SYN is challenged, wherever it stands. */
SCRIPT_IN(syn_challenged, ROLES, IN_SYNC)
{
	static const int at[] = { 0, 1, -1, 1000, 100000, -100000 };
	u32 nxt, i;

	reach(in_state);
	nxt = P->nxt;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		peer_send("S p0+%d", nxt - P->p0 + at[i]);
		P->nxt = nxt;
		peer_expect("A");
		expect_silence(600);
	}
	peer_send("SA p0,d0+1");
	peer_expect("A");
	stays();
	/* The peer that has forgotten us resets by that ACK. */
	peer_send("R p0+%u", P->last.ack - P->p0);
	expect_state("CLOSED");
}

/* SC-08, RFC 9293 figure 10: D writes, P knows nothing. */
SCRIPT(half_open_discovery, ROLES)
{
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_send("R p0+1");
	expect_state("CLOSED");
	user_read_fails(ECONNRESET);
	expect_silence(500);
}

/* Challenge ACKs of one connection do not use up those of another. */
SCRIPT(challenge_limit_per_connection, 0)
{
	struct peer *first;
	int i;

	open_plain();
	first = P;
	peer_send("R p0+2");
	peer_expect("A");
	for (i = 0; i < 50; i++)
		peer_send("R p0+%d", 2 + i);
	expect_silence(20);
	peer_new();
	open_plain();
	peer_send("R p0+2");
	peer_expect("A");
	P = first;
	expect_state_("ESTABLISHED");
}

SCRIPT(challenge_limit_tunable, 0)
{
	int i;

	tunable("invalid_ratelimit", 0);
	open_plain();
	for (i = 0; i < 20; i++) {
		peer_send("R p0+2");
		peer_expect("A");
	}
	tunable("invalid_ratelimit", 2000);
	expect_silence(1000);
	peer_send("R p0+2");
	expect_silence(1500);
	peer_send("R p0+2");
	peer_expect("A");
}

/* S12: an ACK of what was never sent. */
SCRIPT_IN(ack_of_the_future, ROLES, IN_SYNC)
{
	reach(in_state);
	peer_send("A p0+%u,d0+%u", P->nxt - P->p0, P->rcv - P->d0 + 100);
	peer_expect("A");
	stays();
}

SCRIPT(ack_of_the_future_with_text, ROLES)
{
	open_plain();
	peer_send("A p0+1,d0+2 len 10");
	peer_continue("p0+1");
	peer_expect("A d0+1,p0+1");
	user_read_fails(EAGAIN);
	peer_send("A p0+1,d0+1 len 10");
	peer_expect_within(0, 200, "A d0+1,p0+11");
	user_read(10);
}

/* S11, RFC 5961 section 5: ACKs below SND.UNA - MAX.SND.WND. */
SCRIPT_IN(ack_of_the_past, ROLES, IN_SYNC)
{
	reach(in_state);
	peer_send("A p0+%u,d0-80000", P->nxt - P->p0);
	peer_expect("A");
	stays();
}

SCRIPT(ack_of_the_past_edge, NOTCP | ROLES)
{
	open_plain();
	peer_send("A p0+1,d0-65535 len 5");
	peer_continue("p0+1");
	peer_expect("A d0+1,p0+1");
	user_read_fails(EAGAIN);
	peer_send("A p0+1,d0-65534 len 5");
	peer_expect_within(0, 200, "A d0+1,p0+6");
	user_read(5);
}

/* S13 and SA-13: neither ACK nor SYN nor RST. */
SCRIPT_IN(no_ack_flag, ROLES, IN_SYN_RECV | IN_SYNC)
{
	u32 nxt;

	reach(in_state);
	nxt = P->nxt;
	peer_send("- len 10");
	P->nxt = nxt;
	peer_send("F");
	P->nxt = nxt;
	peer_send("P len 1");
	P->nxt = nxt;
	stays();
}

/* S16 and SA-07: nothing of it in the window. */
SCRIPT_IN(text_outside, ROLES, IN_SYNC)
{
	u32 nxt;

	reach(in_state);
	nxt = P->nxt;
	peer_send("A p0+%u len 1", nxt - P->p0 - 1);
	peer_expect("A");
	peer_send("A p0+%u len 10", nxt - P->p0 + 100000);
	peer_expect("A");
	peer_send("A p0+%u len 10", nxt - P->p0 - 100000);
	peer_expect("A");
	stays();
}

/* An empty segment outside: one ACK, rate limited. */
SCRIPT_IN(empty_outside, ROLES, IN_ESTABLISHED | IN_FIN_WAIT2 | IN_CLOSE_WAIT)
{
	u32 nxt;

	reach(in_state);
	nxt = P->nxt;
	peer_send("A p0+%u", nxt - P->p0 + 100000);
	peer_expect("A");
	peer_send("A p0+%u", nxt - P->p0 - 2);
	expect_silence(600);
	peer_send("A p0+%u", nxt - P->p0 - 2);
	peer_expect("A");
	stays();
}

/* SA-08: each octet once, none from beyond the window. */
SCRIPT(text_overlaps, ROLES)
{
	open_plain();
	peer_send("A p0+1,d0+1 len 1000");
	peer_expect_within(0, 200, "A d0+1,p0+1001");
	peer_send("A p0+501,d0+1 len 1000");
	peer_expect_within(0, 200, "A d0+1,p0+1501");
	user_read(1500);
	peer_send("A p0+1701,d0+1 len 100");
	peer_expect("A d0+1,p0+1501");
	peer_send("A p0+1651,d0+1 len 100");
	peer_expect("A d0+1,p0+1501");
	peer_send("A p0+1601,d0+1 len 300");
	peer_expect("A d0+1,p0+1501");
	peer_send("A p0+1401,d0+1 len 400");
	peer_expect("A d0+1,p0+1901");
	user_read(400);
	user_read_fails(EAGAIN);
}

/* S0: nobody saw these. */
SCRIPT_IN(bad_checksum, ROLES, IN_SYN_SENT | IN_SYN_RECV | IN_SYNC |
	  IN_TIME_WAIT)
{
	u32 nxt;

	if (is_in(IN_SYN_SENT) && !active)
		return;
	reach(in_state);
	nxt = P->nxt;
	peer_send("R sum 1");
	peer_send("RA sum 0x8000");
	peer_send("A len 10 sum 0x0100");
	P->nxt = nxt;
	peer_send("SA p0,d0+1 sum 0x10");
	P->nxt = nxt;
	peer_send("R proto %d", tcp ? 253 : 6);
	stays();
}

SCRIPT(bad_checksum_nobody, 0)
{
	peer_send("S p0 sum 1");
	peer_continue("p0");
	user_listen(5);
	peer_send("S p0 sum 1");
	peer_continue("p0");
	peer_send("S p0 proto %d", tcp ? 253 : 6);
	peer_continue("p0");
	expect_silence(50);
	expect_state("CLOSED");
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
}

SCRIPT(bad_offset, 0)
{
	static const int offsets[] = { 1, 4, 15 };
	unsigned int i;

	user_listen(5);
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		peer_send("S p0 off %d", offsets[i]);
		peer_continue("p0");
	}
	expect_silence(50);
	expect_state("CLOSED");
	open_plain();
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		peer_send("R p0+1 off %d", offsets[i]);
		peer_send("A p0+1,d0+1 len 3 off %d", offsets[i]);
		peer_continue("p0+1");
	}
	expect_silence(50);
	expect_state("ESTABLISHED");
}
