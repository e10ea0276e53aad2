// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path MTU beyond the plain case of scripts_icmp.c: floors, ages, what it
 * does not touch (RFC 1191, RFC 8201, RFC 5927), and whose an error is.
 */
#include "wire.h"

#define FULL	(v6 ? 1440U : 1460U)

static void too_big(u32 mtu, const char *seq)
{
	peer_icmp(v6 ? 2 : 3, v6 ? 0 : 4, mtu, seq);
}

static void two_in_flight(void)
{
	open_plain();
	user_write(2 * FULL);
	peer_expect("A len %u", FULL);
	peer_expect("A len %u", FULL);
	peer_hold("d0+1");
}

/* All of it is there, in segments of at most @size. */
static void until(u32 end, u32 size)
{
	u32 got = 1;

	while (got < end) {
		struct seg *s = peer_next(100);

		if (!s) {
			peer_send("A p0+1,d0+%u", got);
			s = peer_next(100);
		}
		if (!s)
			fail("D stopped at %u", got);
		if (s->len > size)
			fail("D sent %u octets at once", s->len);
		if (seq_lt(P->d0 + got, s->seq + s->len))
			got = s->seq + s->len - P->d0;
	}
	P->hold = false;
	peer_send("A");
}

static void expect_full(u32 size)
{
	user_write(2 * size);
	peer_expect("A len %u", size);
	peer_expect("AP len %u", size);
	peer_send("A");
}

/* RFC 8201 section 4: less than every link of IPv6 has is no path MTU. */
SCRIPT(pmtu_below_ipv6_minimum, ONLY6 | ROLES)
{
	two_in_flight();
	too_big(1279, "d0+1");
	expect_silence(50);
	P->hold = false;
	peer_send("A");
	expect_full(FULL);
	user_write(2 * FULL);
	peer_next(10);
	peer_next(10);
	peer_hold("d0+5761");
	too_big(1280, "d0+5761");
	peer_expect("A d0+5761,p0+1 len 1220");
	while (peer_next(20))
		;
}

/* RFC 1191 section 3: an old router says 0, a forger 40: neither gets below
 * what the host calls sane (min_pmtu 552, and no DF from there on).
 */
SCRIPT(pmtu_lowest, ONLY4 | ROLES)
{
	two_in_flight();
	want_df = false;
	too_big(40, "d0+1");
	peer_expect("A d0+1,p0+1 len 512");
	until(2 * FULL + 1, 512);
	expect_full(512);
}

SCRIPT(pmtu_zero, ONLY4 | ROLES)
{
	two_in_flight();
	want_df = false;
	too_big(0, "d0+1");
	peer_expect("A d0+1,p0+1 len 512");
	until(2 * FULL + 1, 512);
	expect_full(512);
}

/* RFC 8201 section 5.4, RFC 1191: no sign of congestion. */
SCRIPT(pmtu_is_no_congestion, ROLES)
{
	u32 small = v6 ? 1240 : 1260, sum = 0;

	two_in_flight();
	too_big(1300, "d0+1");
	peer_expect("A d0+1,p0+1 len %u", small);
	until(2 * FULL + 1, small);
	user_write(20000);
	while (peer_next(20))
		sum += P->last.len;
	/* The initial window was ten full segments; whole ones are sent. */
	check_range(sum, 10 * FULL - small, 20000);
	peer_send("A");
	while (P->rcv != P->d0 + 1 + 2 * FULL + 20000)
		peer_next(100);
	peer_send("A");
}

/* Another connection of the same path sends less from now on, and does not
 * send again what nobody said was lost.
 */
SCRIPT(pmtu_of_another, 0)
{
	u32 small = v6 ? 1240 : 1260;
	struct peer *first;
	int other;

	open_plain();
	other = fd;
	first = P;
	peer_new();
	two_in_flight();
	too_big(1300, "d0+1");
	peer_expect("A d0+1,p0+1 len %u", small);
	until(2 * FULL + 1, small);
	user_close();
	peer_expect("FA");
	peer_send("A");
	P = first;
	fd = other;
	expect_silence(100);
	expect_state("ESTABLISHED");
}

/* RFC 1191 section 6.3: five minutes at least, ten are usual. */
SCRIPT(pmtu_ages, SLOW)
{
	u32 small = v6 ? 1240 : 1260;

	two_in_flight();
	too_big(1300, "d0+1");
	peer_expect("A d0+1,p0+1 len %u", small);
	until(2 * FULL + 1, small);
	expect_silence(299000);
	expect_full(small);
	expect_silence(400000);
	user_write(2 * FULL);
	check_eq(peer_next(100)->len, FULL);
	while (peer_next(100))
		;
	peer_send("A");
}

/* MUST-54: the one that is quoted, and no other. */
SCRIPT(icmp_names_one, 0)
{
	struct peer *first = P;
	int one, two;

	user_connect();
	peer_expect("S d0");
	one = fd;
	fd = -1;
	peer_new();
	user_connect();
	peer_expect("S d0");
	two = fd;
	P = first;
	fd = one;
	peer_icmp(v6 ? 1 : 3, v6 ? 4 : 3, 0, "d0");
	user_connect_fails(ECONNREFUSED);
	expect_state("CLOSED");
	P++;
	fd = two;
	expect_state("SYN-SENT");
	peer_send("SA p0,d0+1");
	peer_expect("A");
	user_connected();
}

static void soft_error(bool wanted)
{
	open_plain();
	if (wanted)
		user_sockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			     v6 ? IPV6_RECVERR : IP_RECVERR, 1);
	user_write(10);
	peer_expect("AP len 10");
	peer_icmp(v6 ? 1 : 3, v6 ? 3 : 1, 0, "d0+1");
	user_read_fails(wanted ? EHOSTUNREACH : EAGAIN);
	/* It was told once, and the connection goes on. */
	user_read_fails(EAGAIN);
	expect_state("ESTABLISHED");
	peer_send("AP len 10");
	peer_expect_within(0, 200, "A");
	user_read(10);
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
}

/* MUST-47: a program that asks for it learns of soft errors at once. */
SCRIPT(icmp_soft_told, ROLES)
{
	soft_error(true);
}

/* SHLD-20: one that does not is left alone. */
SCRIPT(icmp_soft_not_told, ROLES)
{
	soft_error(false);
}
