// SPDX-License-Identifier: GPL-2.0-only
/*
 * What D reports by SACK and D-SACK (RFC 2018 section 4, RFC 2883 section 4),
 * and what it makes of P's blocks. That there are none unless both SYNs said so
 * is checked with every segment of every script (peer.c).
 */
#include <string.h>
#include "wire.h"

static void open_sack(const char *more)
{
	char opts[64] = "mss 1460 sackok ";

	tunable("sack", 1);
	tunable("timestamps", 1);
	strcat(opts, more);
	open_with(opts);
	if (!P->sackok_rcvd)
		fail("D does not agree to SACK");
}

/* Segment @nr of ten octets: 1 is [p0+1, p0+11). */
static void give(int nr)
{
	peer_send("A p0+%d,d0+1 len 10", 10 * nr - 9);
}

/* 2018-1: on SYNs, and only in answer to P's. */
SCRIPT(sack_offered, ROLES)
{
	open_sack("");
	give(2);
	peer_expect("A *,p0+1 sack p0+11:p0+21");
}

SCRIPT(sack_not_offered_by_peer, ROLES)
{
	tunable("sack", 1);
	open_plain();
	give(2);
	peer_expect("A *,p0+1 sack none");
	give(4);
	peer_expect("A *,p0+1 sack none");
}

SCRIPT(sack_switched_off, ROLES)
{
	tunable("sack", 0);
	open_with("mss 1460 sackok");
	if (P->sackok_rcvd)
		fail("D offers SACK");
	give(2);
	peer_expect("A *,p0+1 sack none");
}

/* 2018-2: the segment that caused the ACK comes first. */
SCRIPT(sack_latest_first, ROLES)
{
	open_sack("");
	give(2);
	peer_expect("A *,p0+1 sack p0+11:p0+21");
	give(4);
	peer_expect("A *,p0+1 sack p0+31:p0+41,p0+11:p0+21");
	give(6);
	peer_expect("A *,p0+1 sack p0+51:p0+61,p0+31:p0+41,p0+11:p0+21");
	give(3);
	peer_expect("A *,p0+1 sack p0+11:p0+41,p0+51:p0+61");
	give(1);
	peer_expect("A *,p0+41 sack p0+51:p0+61");
	give(5);
	peer_expect("A *,p0+61 sack none");
	user_read(60);
}

/* 2018-3: four blocks, three beside a timestamp. */
SCRIPT(sack_four_blocks, ROLES)
{
	int i;

	open_sack("");
	for (i = 2; i < 10; i += 2) {
		give(i);
		peer_expect("A *,p0+1");
	}
	give(10);
	peer_expect("A *,p0+1 sack p0+91:p0+101,p0+71:p0+81,p0+51:p0+61,p0+31:p0+41");
}

SCRIPT(sack_three_blocks_with_timestamps, ROLES)
{
	int i;

	open_sack("ts 1000");
	for (i = 2; i < 10; i += 2) {
		give(i);
		peer_expect("A *,p0+1");
	}
	give(10);
	peer_expect("A *,p0+1 sack p0+91:p0+101,p0+71:p0+81,p0+51:p0+61");
}

/* 2018-4: every ACK as long as there is a gap; text makes room for it. */
SCRIPT(sack_on_every_ack, ROLES)
{
	open_sack("");
	give(2);
	peer_expect("A *,p0+1 sack p0+11:p0+21");
	peer_send("A p0,d0+1");		/* a keep-alive probe */
	peer_expect("A *,p0+1 sack p0+11:p0+21");
	user_write(2000);
	peer_expect("A d0+1,p0+1 len %u sack p0+11:p0+21",
		    v6 ? 1428 : 1448);
	peer_expect("AP *,p0+1 len %u sack p0+11:p0+21", v6 ? 572 : 552);
	peer_send("A p0+1,d0+2001");
}

/* 2883-1: a duplicate below the ACK, once. */
SCRIPT(dsack_below_ack, ROLES)
{
	open_sack("");
	give(1);
	peer_expect_within(0, 200, "A *,p0+11 sack none");
	give(1);
	peer_expect("A *,p0+11 sack p0+1:p0+11");
	give(3);
	peer_expect("A *,p0+11 sack p0+21:p0+31");
	user_read(10);
}

/* 2883-2: above the ACK, the block around it behind. */
SCRIPT(dsack_above_ack, ROLES)
{
	open_sack("");
	give(2);
	peer_expect("A *,p0+1 sack p0+11:p0+21");
	give(3);
	peer_expect("A *,p0+1 sack p0+11:p0+31");
	give(3);
	peer_expect("A *,p0+1 sack p0+21:p0+31,p0+11:p0+31");
}

SCRIPT(dsack_switched_off, ROLES)
{
	tunable("dsack", 0);
	open_sack("");
	give(1);
	peer_expect_within(0, 200, "A *,p0+11 sack none");
	give(1);
	peer_expect("A *,p0+11 sack none");
	user_read(10);
}

/* 2018-5: what was only SACKed is kept and goes again after a time-out. */
SCRIPT(sack_reneged, ROLES)
{
	open_sack("");
	user_set(OPT_NODELAY, 1);
	user_write(1000);
	peer_expect("AP d0+1 len 1000");
	user_write(1000);
	peer_expect("AP d0+1001 len 1000");
	peer_send("A p0+1,d0+1 sack d0+1001:d0+2001");
	peer_expect_within(150, 1300, "A d0+1 len 1000");
	peer_send("A p0+1,d0+1001");
	peer_expect("AP d0+1001 len 1000");
	peer_send("A");
}

/* Blocks that cannot be do no harm. */
SCRIPT(sack_nonsense, ROLES)
{
	open_sack("");
	user_write(1000);
	peer_expect("AP d0+1 len 1000");
	peer_send("A p0+1,d0+1 sack d0+1:d0+1,d0+900:d0+100,d0+5000:d0+9000,1:2147483647");
	peer_send("A p0+1,d0+1 opt 050a000000010000000205");
	peer_send("A p0+1,d0+1001");
	expect_silence(500);
	expect_state("ESTABLISHED");
}
