// SPDX-License-Identifier: GPL-2.0-only
/*
 * An attacker who is not on the path guesses: RFC 5961 (RST, SYN, text, ACK)
 * and RFC 5927 (ICMP). He knows addresses and ports, and tries sequence numbers
 * all over the place. Nothing may be reset or injected, and what he draws in
 * answers is limited.
 */
#include <stdio.h>
#include "wire.h"

#define GUESSES	1000

/* The nth guess: spread over all numbers, and never the right one. */
static u32 guess(u32 right, u32 nth)
{
	return right + 1 + nth * (0xffffffffU / GUESSES - 7);
}

/* Segments of D since; all of them ACKs that give nothing away. */
static u32 answers(u32 nxt)
{
	u32 n = 0;

	while (peer_next(5)) {
		check(P->last.flags == F_ACK);
		check_eq(P->last.len, 0);
		check_eq(P->last.ack, nxt);
		n++;
	}
	return n;
}

/* As many challenge ACKs as invalid_ratelimit allows since. */
static int most_since(u64 began)
{
	return (now_us() - began) / 500000 + 1;
}

/* The connection goes on as if nothing had been. */
static void unharmed(u32 nxt)
{
	P->nxt = nxt;
	/* What the guesses said was no offer of P. */
	P->have_right = false;
	expect_state("ESTABLISHED");
	user_read_fails(EAGAIN);
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A len 5");
	peer_expect_within(0, 200, "A");
	user_read(5);
}

/* One challenge ACK in invalid_ratelimit (500 ms), however many guesses. */
static void blind(const char *flags, const char *rest)
{
	u64 began = now_us();
	u32 nxt, i, n = 0;

	open_plain();
	nxt = P->nxt;
	for (i = 0; i < GUESSES; i++) {
		peer_send("%s p0+%u%s", flags, guess(nxt, i) - P->p0, rest);
		if (i % 50 == 0)
			n += answers(nxt);
	}
	n += answers(nxt);
	check_range(n, 1, most_since(began));
	unharmed(nxt);
}

SCRIPT(blind_rst, ROLES)
{
	blind("R", "");
}

SCRIPT(blind_syn, ROLES)
{
	blind("S", "");
}

/* Without text: an empty segment outside draws a limited ACK. */
SCRIPT(blind_ack, ROLES)
{
	u32 nxt, i, n = 0;
	u64 began = now_us();

	open_plain();
	nxt = P->nxt;
	/* In the window, of what was never sent or far too old. */
	for (i = 1; i <= GUESSES; i++) {
		u32 ack = i * (0xffff0000U / GUESSES);

		if (ack >= 0xffff0000U - 65536)
			continue;
		peer_send("A p0+1,d0+%u", ack + 1);
		if (i % 50 == 0)
			n += answers(nxt);
	}
	n += answers(nxt);
	check_range(n, 1, most_since(began));
	unharmed(nxt);
}

/*
 * The sequence number is right, the ACK field guessed: RFC 5961 section 5 makes
 * that a guess, too. Nothing of it is delivered.
 */
SCRIPT(blind_text, ROLES)
{
	u32 nxt, i, n = 0;
	u64 began = now_us();

	open_plain();
	nxt = P->nxt;
	for (i = 1; i < GUESSES; i++) {
		u32 ack = i * (0xffff0000U / GUESSES);

		if (ack >= 0xffff0000U - 65536)
			continue;
		peer_send("AP p0+1,d0+%u len 20", ack + 1);
		P->nxt = nxt;
		if (i % 50 == 0)
			n += answers(nxt);
	}
	n += answers(nxt);
	check_range(n, 1, most_since(began));
	unharmed(nxt);
}

/* Text elsewhere: each gets its ACK (RFC 9293), none is delivered. */
SCRIPT(blind_text_outside, ROLES)
{
	u32 nxt, i;

	open_plain();
	nxt = P->nxt;
	for (i = 1; i < 200; i++) {
		peer_send("AP p0+%u,d0+1 len 20", 1 + 100000 + i * 20000000);
		P->nxt = nxt;
		peer_expect("A");
	}
	unharmed(nxt);
}

/* Hard, soft and "too big", about what is not outstanding. */
SCRIPT(blind_icmp, ROLES)
{
	u32 mss = v6 ? 1440 : 1460, nxt, i;
	char seq[32];

	open_plain();
	nxt = P->nxt;
	tunable("rto_min_us", 5000000);
	user_write(2 * mss);
	peer_expect("A len %u", mss);
	peer_expect("A len %u", mss);
	for (i = 0; i < GUESSES; i++) {
		snprintf(seq, sizeof(seq), "d0+%u",
			 guess(2 * mss, i % 2 ? i : 0) +
			 (i % 2 ? 0 : 1 + i / 2 * 4000000));
		peer_icmp_(UNREACH_PORT, seq);
		peer_icmp_(UNREACH_HOST, seq);
		peer_icmp_(TOO_BIG(600), seq);
	}
	expect_silence(20);
	peer_send("A");
	/* No smaller than before, no error kept. */
	user_write(mss);
	peer_expect("A len %u", mss);
	peer_send("A");
	unharmed(nxt);
}

/* SND.NXT itself is not outstanding (RFC 5927 4.1). */
SCRIPT(icmp_quotes_the_edge, NOTCP | ROLES)
{
	u32 mss = v6 ? 1440 : 1460;
	char seq[32];

	open_plain();
	user_write(mss);
	peer_expect("A len %u", mss);
	snprintf(seq, sizeof(seq), "d0+%u", mss + 1);
	peer_icmp_(TOO_BIG(600), seq);
	peer_icmp_(TOO_BIG(600), "d0");
	expect_silence(20);
	snprintf(seq, sizeof(seq), "d0+%u", mss);
	peer_icmp_(TOO_BIG(v6 ? 1300 : 600), seq);
	peer_expect("A d0+1,p0+1 len %u", v6 ? 1240 : 560);
	while (peer_next(20))
		;
	peer_send("A");
}

/* The limit of all connections together, drawn anew each second. */
SCRIPT(challenge_limit_of_all, NOTCP)
{
	u32 second, i, n, kinds = 0;
	bool seen[16] = { false };

	tunable("invalid_ratelimit", 0);
	tunable("challenge_ack_limit", 10);
	open_plain();
	for (second = 0; second < 20; second++) {
		expect_silence(1000 - now_us() / 1000 % 1000);
		for (i = 0; i < 30; i++)
			peer_send("R p0+%u", i + 2);
		for (n = 0; peer_next(5); n++)
			;
		/* Slow machines pass a second on the way. */
		check_range(n, 5, 28);
		if (n < 16) {
			kinds += !seen[n];
			seen[n] = true;
		}
	}
	check(kinds > 3);
	tunable("challenge_ack_limit", 0);
	expect_silence(1000);
	peer_send("R p0+2");
	expect_silence(100);
	expect_state("ESTABLISHED");
}

/* Half-open entries are protected, too, and no limit ends them. */
SCRIPT(blind_half_open, NOTCP)
{
	u32 i, n = 0;
	u64 began = now_us();

	late_percent = 13;
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	for (i = 0; i < GUESSES; i++) {
		peer_send("R p0+%u", guess(P->p0 + 1, i) - P->p0);
		peer_send("S p0+%u", guess(P->p0 + 1, i) - P->p0);
		P->nxt = P->p0 + 1;
		while (peer_next(0)) {
			check(P->last.flags == F_ACK ||
			      P->last.flags == (F_SYN | F_ACK));
			n += P->last.flags == F_ACK;
		}
	}
	check_range(n, 1, most_since(began));
	expect_state("SYN-RECEIVED");
	peer_send("A p0+1,d0+1");
	user_accept();
	expect_state("ESTABLISHED");
}
