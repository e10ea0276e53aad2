// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long D waits before it gives up, what a program learns meanwhile, and
 * options that ITP does not offer (RFC 9293 sections 3.8.3 and 3.10.8, RFC
 * 5482, RFC 7413); how often it acknowledges (RFC 5681 section 4.2).
 */
#include <string.h>
#include "wire.h"

struct tcp_info_head {
	u8 state, ca_state, retransmits, probes, backoff, options;
	u8 wscales, flags;
};

static struct tcp_info_head info_now(void)
{
	struct tcp_info_head info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, proto, OPT_INFO, &info, &len))
		fail("OPT_INFO: %s", strerror(errno));
	return info;
}

static int option_now(int opt)
{
	socklen_t len = sizeof(int);
	int val = -1;

	if (getsockopt(fd, proto, opt, &val, &len))
		fail("getsockopt(%d): %s", opt, strerror(errno));
	return val;
}

/* SHLD-9: from the first time-out on a program can see it coming. */
SCRIPT(timeouts_are_shown, ROLES)
{
	int i, ms = 200;

	open_plain();
	check_eq(info_now().retransmits, 0);
	user_write(10);
	peer_expect("AP len 10");
	for (i = 1; i <= 5; i++) {
		peer_expect_after(ms, "AP d0+1,p0+1 len 10");
		check_eq(info_now().retransmits, i);
		check_eq(info_now().backoff, i);
		ms *= 2;
	}
	expect_state("ESTABLISHED");
	peer_send("A");
	check_eq(info_now().retransmits, 0);
}

/* SA-19: what is queued goes, whoever still holds it learns why. */
SCRIPT_IN(user_timeout_closing, ROLES | NOTCP, IN_FIN_WAIT1 | IN_CLOSE_WAIT |
	  IN_CLOSING | IN_LAST_ACK)
{
	socklen_t len = sizeof(int);
	int err = 0;

	patient = false;
	reach(in_state);
	user_set(OPT_USER_TIMEOUT, 2000);
	if (in_state == IN_CLOSE_WAIT) {
		user_write(10);
		peer_expect("AP len 10");
	}
	while (peer_next(1500))
		;
	expect_silence(100);
	expect_state("CLOSED");
	/* Behind the peer's FIN read() says nothing else any more. */
	check(!getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len));
	check_eq(err, ETIMEDOUT);
	peer_send("A");
	peer_expect("R");
}

/* In SYN-SENT as well. */
SCRIPT(user_timeout_connecting, NOTCP)
{
	user_socket();
	user_set(OPT_USER_TIMEOUT, 2500);
	user_connect();
	peer_expect("S d0");
	peer_expect_after(1000, "S d0");
	expect_silence(1400);
	expect_state("SYN-SENT");
	expect_silence(300);
	user_connect_fails(ETIMEDOUT);
	expect_state("CLOSED");
}

/* RFC 5482: a peer that tells its user timeout changes nothing here. */
SCRIPT(user_timeout_option_ignored, ROLES)
{
	open_with("opt 020405b41c048001");
	check_eq(option_now(OPT_USER_TIMEOUT), 0);
	peer_send("A len 5 opt 1c048001");
	peer_expect_within(0, 200, "A");
	user_read(5);
	check_eq(option_now(OPT_USER_TIMEOUT), 0);
	user_set(OPT_USER_TIMEOUT, 60000);
	peer_send("A len 5 opt 1c04000a");
	peer_expect_within(0, 200, "A");
	user_read(5);
	check_eq(option_now(OPT_USER_TIMEOUT), 60000);
}

/* RFC 7413: text comes with the handshake's end and not before; no cookie. */
SCRIPT(fast_open_ignored, 0)
{
	int i;

	user_listen(5);
	peer_send("S p0 len 10 opt 020405b42202");
	peer_expect("SA d0,p0+1");
	for (i = 0; i < P->last.nopt; i++)
		check(P->last.opt[i] != 34);
	user_accept_none();
	peer_continue("p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
	user_read_fails(EAGAIN);
	peer_new();
	peer_send("S p0 len 10 opt 020405b4220a0102030405060708");
	peer_expect("SA d0,p0+1");
	user_accept_none();
}

/* MUST-24: one of two, and no longer than the program wants. */
SCRIPT(keepalive_one_of_two, 0)
{
	struct peer *one = P;
	int first;

	open_plain();
	user_set(OPT_KEEPIDLE, 1);
	user_set(OPT_KEEPINTVL, 1);
	first = fd;
	peer_new();
	open_plain();
	user_set(OPT_KEEPIDLE, 1);
	user_set(OPT_KEEPINTVL, 1);
	user_sockopt(first, SOL_SOCKET, SO_KEEPALIVE, 1);
	P = one;
	/* Of the other one nothing may come. */
	peer_expect_within(950, 1050, "A d0,p0+1");
	peer_send("A");
	peer_expect_within(950, 1050, "A d0,p0+1");
	peer_send("A");
	user_sockopt(first, SOL_SOCKET, SO_KEEPALIVE, 0);
	expect_silence(5000);
}

/* --- ACKs -------------------------------------------------------------------*/

/* 5681-14 and MUST-58: at most one for each, and fewer once D has warmed up. */
SCRIPT(acks_of_a_burst, ROLES)
{
	int i, acks;

	open_plain();
	for (i = 0; i < 50; i++) {
		peer_send("A len 500");
		acks = 0;
		while (peer_next(0))
			acks++;
		check_range(acks, 0, 1);
		user_read(500);
		/* A window update stands on its own. */
		while (peer_next(0))
			;
	}
	while (peer_next(300))
		;
	acks = 0;
	for (i = 0; i < 20; i++)
		peer_send("A len 500");
	while (P->d_ack != P->nxt && peer_next(500))
		acks++;
	check_range(acks, 1, 19);
	check_eq(P->d_ack, P->nxt);
	user_read(10000);
	while (peer_next(100))
		;
}

/* While nobody reads there is nothing else to tell. */
SCRIPT(acks_while_nobody_reads, ROLES)
{
	int i, acks = 0;

	open_plain();
	for (i = 0; i < 40; i++) {
		peer_send("A len 1000");
		while (peer_next(0))
			acks++;
		check_range(acks, 0, i + 1);
	}
	while (P->d_ack != P->nxt && peer_next(500))
		acks++;
	check_range(acks, 1, 40);
}
