// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path MTU without ICMP (RFC 4821): P stands behind a router that takes
 * what P says and drops the rest without a word.
 */
#include "wire.h"

#define FULL	(v6 ? 1440U : 1460U)
#define BASE	(v6 ? 1220U : 1024U)

static void probing(u32 mode)
{
	tunable("mtu_probing", mode);
	tunable("timestamps", 0);
	open_plain();
}

static void rest_of(u32 octets)
{
	while (octets) {
		struct seg *s = peer_next(100);

		if (!s)
			fail("%u octets are missing", octets);
		check(s->len <= BASE);
		octets -= s->len;
	}
}

/* 4821-1: from R1 on, base_mss, then halves; IPv6 takes 1220 always. */
SCRIPT(mtu_black_hole, ROLES | NOTCP)
{
	u64 first;

	late_percent = 25;
	probing(1);
	user_write(FULL);
	peer_expect("AP len %u", FULL);
	first = event_us;
	peer_hold("d0+1");
	peer_expect_after(200, "AP d0+1,p0+1 len %u", FULL);
	peer_expect_after(400, "AP d0+1,p0+1 len %u", FULL);
	peer_expect_after(800, "AP d0+1,p0+1 len %u", FULL);
	peer_expect_after(1600, "A d0+1,p0+1 len %u", BASE);
	check(event_us - first >= 3000000);
	peer_expect_after(3200, "A d0+1,p0+1 len %u", v6 ? 1220 : 512);
	/* That gets through; the rest follows, no larger. */
	peer_send("A p0+1,d0+%u", 1 + (v6 ? 1220 : 512));
	rest_of(FULL - (v6 ? 1220 : 512));
	P->hold = false;
	peer_send("A");
}

/* Halves down to mtu_probe_floor, and no further. */
SCRIPT(mtu_black_hole_floor, SLOW | ONLY4 | NOTCP)
{
	static const u32 want[] = { 1024, 512, 300, 300 };
	u32 wait = 1600, i;

	late_percent = 25;
	tunable("mtu_probe_floor", 300);
	probing(1);
	user_write(FULL);
	peer_expect("AP len %u", FULL);
	peer_hold("d0+1");
	peer_expect_after(200, "AP d0+1,p0+1 len %u", FULL);
	peer_expect_after(400, "AP d0+1,p0+1 len %u", FULL);
	peer_expect_after(800, "AP d0+1,p0+1 len %u", FULL);
	for (i = 0; i < ARRAY_SIZE(want); i++, wait *= 2)
		peer_expect_after(wait, "A d0+1,p0+1 len %u", want[i]);
}

/* Off by default: time-outs change no size. */
SCRIPT(mtu_no_probing, 0)
{
	late_percent = 25;
	open_plain();
	user_write(FULL);
	peer_expect("AP len %u", FULL);
	peer_hold("d0+1");
	peer_expect_after(200, "AP d0+1,p0+1 len %u", FULL);
	peer_expect_after(400, "AP d0+1,p0+1 len %u", FULL);
	peer_expect_after(800, "AP d0+1,p0+1 len %u", FULL);
	peer_expect_after(1600, "AP d0+1,p0+1 len %u", FULL);
	peer_expect_after(3200, "AP d0+1,p0+1 len %u", FULL);
}

/* 4821-2: a segment of new text that is larger; acknowledged, all are. */
SCRIPT(mtu_probe_passes, ROLES | NOTCP)
{
	probing(2);
	user_write(8000);
	peer_expect("A d0+1,p0+1 len %u", FULL);
	peer_expect("A d0+%u,p0+1 len %u", FULL + 1, BASE);
	rest_of(8000 - FULL - BASE);
	peer_send("A");
	user_write(2 * FULL);
	peer_expect("A len %u", FULL);
	peer_expect("AP len %u", FULL);
	peer_send("A");
}

/* The probe is lost: three ACKs of what follows it say so. */
static void lose_probe(void)
{
	int i;

	probing(2);
	user_write(8000);
	peer_expect("A d0+1,p0+1 len %u", FULL);
	rest_of(8000 - FULL);
	user_write(20000);
	/* Ten segments, or what of them is more than a probe takes the room of. */
	while (peer_next(20))
		;
	for (i = 0; i < 3; i++)
		peer_send("A p0+1,d0+1");
}

/* How much text D has in flight when P acknowledges all that it has. */
static u32 window(u32 octets)
{
	u32 sum = 0;
	struct seg *s;

	P->hold = false;
	peer_send("A");
	user_write(octets);
	while ((s = peer_next(20)) != NULL)
		sum += s->len;
	return sum;
}

/* The rest is there. */
static void drain(void)
{
	do {
		peer_send("A");
		while (peer_next(20))
			;
	} while (P->sent_ack != P->rcv);
}

/* 4821-2: it goes again at once, in segments that pass, and D slows down by
 * nothing: the window of ten segments is there as before.
 */
SCRIPT(mtu_probe_lost, ROLES | NOTCP)
{
	bool first = false, second = false;
	struct seg *s;

	lose_probe();
	peer_hold("d0+1");
	while ((s = peer_next(20)) != NULL) {
		if (s->seq == P->d0 + 1) {
			check_eq(s->len, BASE);
			first = true;
		}
		if (s->seq == P->d0 + 1 + BASE) {
			check_eq(s->len, FULL - BASE);
			second = true;
		}
	}
	check(first && second);
	check_range(window(20000), 9 * BASE, 30000);
	drain();
}

/* 4821-3: what is lost besides is congestion: half the window. */
SCRIPT(mtu_probe_lost_with_others, NOTCP)
{
	struct seg *s;
	u32 hole = FULL + 1 + BASE;

	lose_probe();
	peer_hold("d0+1");
	while (peer_next(20))
		;
	peer_hold("d0+1");
	/* The probe's text is there now, and one segment; the next is not. */
	peer_send("A p0+1,d0+%u", hole);
	s = peer_next(20);
	check_eq(s->seq, P->d0 + hole);
	check_eq(s->len, BASE);
	while (peer_next(20))
		;
	P->hold = false;
	peer_send("A");
	while (peer_next(20))
		;
	check_range(window(20000), 2 * BASE, 8 * BASE);
	drain();
}

/* What P has got through the hole. */
static u32 got, beyond, largest;

/* D's text until it is silent; nothing longer than @takes gets through. */
static void hole(u32 takes)
{
	struct seg *s;

	largest = 0;
	while ((s = peer_next(50)) != NULL) {
		u32 from = s->seq - P->d0, end = from + s->len;

		if (s->len > largest)
			largest = s->len;
		if (s->len > takes) {
			peer_hold("d0+1");
			continue;
		}
		if (end > beyond)
			beyond = end;
		/* Only probes are lost: what fills the gap is short. */
		if (from <= got && end > got)
			got = end;
		else if (from > got && s->len == 0)
			continue;
		peer_send("A p0+1,d0+%u", got);
	}
}

/* Until D gives up: a gap that was filled shows what P holds behind it. */
static void feed(u32 takes, u32 rounds)
{
	while (rounds--) {
		user_write(12000);
		hole(takes);
		while (got < beyond) {
			got = beyond;
			peer_send("A p0+1,d0+%u", got);
			hole(takes);
		}
	}
}

/* 4821-4: the search ends within probe_threshold of what passes; for ten
 * minutes nothing is tried, then it is again.
 */
SCRIPT(mtu_search_ends, SLOW | NOTCP)
{
	u32 takes = 1300, i, at_end;

	probing(2);
	got = 1;
	beyond = 1;
	feed(takes, 60);
	feed(takes, 1);
	at_end = largest;
	check_range(at_end, takes - 8, takes);
	for (i = 0; i < 11; i++) {
		expect_silence(50000);
		feed(takes, 1);
		check_eq(largest, at_end);
	}
	expect_silence(60000);
	feed(takes, 1);
	check(largest > takes);
}
