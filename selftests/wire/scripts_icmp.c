// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about segments of D, and the path MTU (RFC 9293 section
 * 3.9.2.2, RFC 5927, 5461, 1191, 8201).
 */
#include "wire.h"

static void connect_and(int type, int code, int err)
{
	reach(IN_SYN_SENT);
	peer_icmp(type, code, 0, "d0");
	user_connect_fails(err);
	expect_state("CLOSED");
	expect_silence(1300);
	peer_send("SA p0,d0+1");
	peer_expect("R d0+1");
}

SCRIPT(icmp_port_unreachable, 0)
{
	connect_and(v6 ? 1 : 3, v6 ? 4 : 3, ECONNREFUSED);
}

SCRIPT(icmp_protocol_unreachable, ONLY4)
{
	connect_and(3, 2, ENOPROTOOPT);
}

SCRIPT(icmp_prohibited, ONLY6)
{
	connect_and(1, 1, EACCES);
}

SCRIPT(icmp_net_unreachable, 0)
{
	connect_and(v6 ? 1 : 3, 0, ENETUNREACH);
}

SCRIPT(icmp_host_unreachable, 0)
{
	connect_and(v6 ? 1 : 3, v6 ? 3 : 1, EHOSTUNREACH);
}

SCRIPT(icmp_time_exceeded, 0)
{
	connect_and(v6 ? 3 : 11, 0, EHOSTUNREACH);
}

/* MUST-56, for those who want it: a soft error does not end the attempt. */
SCRIPT(icmp_soft_tunable, NOTCP)
{
	tunable("syn_soft_errors", 0);
	tunable("syn_retries", 1);
	reach(IN_SYN_SENT);
	peer_icmp(v6 ? 1 : 3, v6 ? 3 : 1, 0, "d0");
	expect_state("SYN-SENT");
	peer_expect_within(900, 1100, "S d0");
	expect_silence(1900);
	/* At the end it is the reason. */
	user_connect_fails(EHOSTUNREACH);
}

/* Somebody who quotes what D never sent is not on the path. */
SCRIPT(icmp_bad_quote, 0)
{
	reach(IN_SYN_SENT);
	peer_icmp(v6 ? 1 : 3, v6 ? 4 : 3, 0, "d0-1");
	peer_icmp(v6 ? 1 : 3, v6 ? 4 : 3, 0, "d0+2");
	peer_icmp(v6 ? 1 : 3, v6 ? 3 : 1, 0, "d0+1000");
	expect_state("SYN-SENT");
	peer_send("SA p0,d0+1");
	peer_expect("A");
	user_connected();
}

/* RFC 5927 section 5.2: a connection outlives all of them. */
SCRIPT_IN(icmp_all, ROLES, IN_SYNC)
{
	const char *seq = "d0+1";
	int code;

	reach(in_state);
	if (in_state == IN_ESTABLISHED || in_state == IN_CLOSE_WAIT) {
		tunable("rto_min_us", 5000000);
		user_write(10);
		peer_expect("AP len 10");
		peer_hold("d0+1");
	}
	for (code = 0; code < 16; code++)
		if (v6 || code != 4)
			peer_icmp(v6 ? 1 : 3, code, 0, seq);
	for (code = 0; code < 3; code++) {
		peer_icmp(v6 ? 3 : 11, code, 0, seq);
		peer_icmp(v6 ? 4 : 12, code, 0, seq);
	}
	expect_state(state_name(in_state));
	P->hold = false;
	if (in_state != IN_ESTABLISHED)
		return;
	peer_send("A");
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
}

/* MUST-55. */
SCRIPT(icmp_source_quench, ONLY4)
{
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_icmp(4, 0, 0, "d0+1");
	peer_send("A");
	expect_state("ESTABLISHED");
}

/* Linux' TCP over IPv4 has the two the other way round. */
SCRIPT(icmp_half_open_hard, NOTCP)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_icmp(v6 ? 1 : 3, v6 ? 4 : 3, 0, "d0+5");
	expect_state("SYN-RECEIVED");
	peer_icmp(v6 ? 1 : 3, v6 ? 4 : 3, 0, "d0");
	expect_state("CLOSED");
}

SCRIPT(icmp_half_open_soft, NOTCP)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_icmp(v6 ? 1 : 3, v6 ? 3 : 1, 0, "d0");
	expect_state("SYN-RECEIVED");
	peer_send("A p0+1,d0+1");
	user_accept();
}

/* The reason for the end, when nothing else is known. */
SCRIPT(icmp_soft_then_timeout, NOTCP)
{
	tunable("retries2", 2);
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_icmp(v6 ? 1 : 3, v6 ? 3 : 1, 0, "d0+1");
	peer_expect_after(200, "AP d0+1 len 10");
	peer_expect_after(400, "AP d0+1 len 10");
	user_read_fails(EHOSTUNREACH);
}

/* --- path MTU ---------------------------------------------------------------*/

#define SMALL_MTU	(v6 ? 1300U : 1000U)
#define SMALL_MSS	(v6 ? 1240U : 960U)

static void two_in_flight(void)
{
	u32 mss = v6 ? 1440 : 1460;

	open_plain();
	user_write(2 * mss);
	peer_expect("A len %u", mss);
	peer_expect("A len %u", mss);
	peer_hold("d0+1");
}

static void too_big(u32 mtu, const char *seq)
{
	peer_icmp(v6 ? 2 : 3, v6 ? 0 : 4, mtu, seq);
}

/* All that was too long goes again, at once and smaller. */
SCRIPT(pmtu_shrinks, ROLES)
{
	u32 end = (v6 ? 2880 : 2920) + 1, got = 1;
	struct seg *s;

	two_in_flight();
	too_big(SMALL_MTU, "d0+1");
	s = peer_expect("A d0+1,p0+1 len %u", SMALL_MSS);
	got += s->len;
	while (got < end) {
		s = peer_next(100);
		if (!s) {
			peer_send("A p0+1,d0+%u", got);
			s = peer_next(100);
		}
		if (!s)
			fail("D stopped at %u", got);
		if (s->len > SMALL_MSS || s->seq != P->d0 + got)
			fail("D sent %u octets from d0+%u", s->len,
			     s->seq - P->d0);
		got += s->len;
	}
	P->hold = false;
	peer_send("A");
	/* And so does all that follows. */
	user_write(3 * SMALL_MSS);
	peer_expect("A len %u", SMALL_MSS);
	peer_expect("A len %u", SMALL_MSS);
	peer_expect("A len %u", SMALL_MSS);
	peer_send("A");
}

/* Told to one connection, the path is the same for the other: no time-out. */
SCRIPT(pmtu_shared_route, ROLES)
{
	struct peer *first;
	int first_fd;

	two_in_flight();
	first = P;
	first_fd = fd;
	peer_new();
	fd = -1;
	two_in_flight();
	too_big(SMALL_MTU, "d0+1");
	peer_expect("A d0+1,p0+1 len %u", SMALL_MSS);
	while (peer_next(20))
		;
	P->hold = false;
	peer_send("A");
	P = first;
	fd = first_fd;
	peer_send("A p0+1,d0+1");
	peer_expect("A d0+1,p0+1 len %u", SMALL_MSS);
	while (peer_next(20))
		;
	P->hold = false;
	peer_send("A");
}

/* The second message of the same kind changes nothing. */
SCRIPT(pmtu_repeated, ROLES)
{
	two_in_flight();
	too_big(SMALL_MTU, "d0+1");
	peer_expect("A d0+1,p0+1 len %u", SMALL_MSS);
	while (peer_next(20))
		;
	too_big(SMALL_MTU, "d0+1");
	expect_silence(50);
	P->hold = false;
	peer_send("A");
}

SCRIPT(pmtu_never_grows, ROLES)
{
	u32 mss = v6 ? 1440 : 1460;

	two_in_flight();
	too_big(9000, "d0+1");
	expect_silence(50);
	P->hold = false;
	peer_send("A");
	user_write(2 * mss);
	peer_expect("A len %u", mss);
	peer_expect("A len %u", mss);
	peer_send("A");
}

SCRIPT(pmtu_bad_quote, ROLES)
{
	u32 mss = v6 ? 1440 : 1460;

	two_in_flight();
	too_big(SMALL_MTU, "d0");
	too_big(SMALL_MTU, "d0+10000");
	expect_silence(50);
	P->hold = false;
	peer_send("A");
	user_write(mss);
	peer_expect("A len %u", mss);
	peer_send("A");
}

/* Below the least that IPv6 guarantees. */
SCRIPT(pmtu_below_minimum, ONLY6)
{
	two_in_flight();
	too_big(1000, "d0+1");
	while (peer_next(20))
		if (P->last.len < 1220)
			check(P->last.seq + P->last.len == P->d0 + 2881 ||
			      P->last.seq + P->last.len == P->d0 + 1441);
	P->hold = false;
	peer_send("A");
	user_write(2440);
	check(peer_next(100)->len >= 1220);
	while (P->rcv != P->d0 + 2881 + 2440)
		peer_next(100);
	peer_send("A");
}
