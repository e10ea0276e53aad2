// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options and header bits: segment sizes, window scaling, what is malformed,
 * what is unknown, what is reserved (RFC 9293 sections 3.1 and 3.7, RFC 7323).
 */
#include <stdio.h>
#include <string.h>
#include "wire.h"

#define MSS_OF_LINK (v6 ? 1440 : 1460)

/* D sends text in segments of this size and a rest. */
static void expect_size(u32 size)
{
	user_write(2 * size + 7);
	peer_expect("A d0+1 len %u psh 0", size);
	peer_expect("A d0+%u len %u", 1 + size, size);
	peer_send("A");
	/* The rest may have gone with them, or wait for the ACK. */
	peer_expect("AP d0+%u len 7 psh 1", 1 + 2 * size);
	peer_send("A");
}

SCRIPT(mss_of_peer, ROLES)
{
	open_with("mss 600");
	expect_size(600);
}

SCRIPT(mss_missing, ROLES)
{
	open_with("noopt");
	expect_size(v6 ? 1220 : 536);
}

SCRIPT(mss_large, ROLES)
{
	open_with("mss 65535");
	expect_size(MSS_OF_LINK);
}

SCRIPT(mss_tiny, ROLES)
{
	open_with("mss 1");
	expect_size(48);
}

SCRIPT(mss_zero, ROLES)
{
	open_with("mss 0");
	expect_size(v6 ? 1220 : 536);
}

SCRIPT(mss_advertised_small_link, ROLES)
{
	tun_mtu(1300);
	open_with("mss 1400");
	check_eq(P->mss_rcvd, v6 ? 1240 : 1260);
	expect_size(v6 ? 1240 : 1260);
}

SCRIPT(mss_of_user, 0)
{
	active = true;
	user_socket();
	user_set(OPT_MAXSEG, 700);
	open_with("mss 1400");
	check_eq(P->mss_rcvd, 700);
	expect_size(700);
}

/* MUST-65, the other way: MSS means nothing without SYN. */
SCRIPT(mss_on_text, ROLES)
{
	open_with("mss 1000");
	peer_send("A len 1 mss 100");
	peer_expect_within(0, 200, "A");
	expect_size(1000);
}

/* --- window scaling ---------------------------------------------------------*/

struct tcp_info_head {
	u8 state, ca_state, retransmits, probes, backoff, options;
	u8 wscales, flags;
};

static void expect_scales(int snd, bool rcv)
{
	struct tcp_info_head info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, proto, OPT_INFO, &info, &len))
		fail("OPT_INFO: %s", strerror(errno));
	check_eq(info.wscales & 15, snd);
	if (rcv)
		check_eq(info.wscales >> 4, P->ws_rcvd);
	else
		check_eq(info.wscales >> 4, 0);
}

SCRIPT(scale_offered, ROLES)
{
	/* 150 << 3 octets are room for two segments. */
	P->wnd = 150;
	open_with("mss 600 ws 3");
	check_range(P->ws_rcvd, 0, 14);
	expect_scales(3, true);
	peer_send("A");
	user_write(3000);
	peer_expect("A len 600");
	peer_expect("A len 600");
	expect_silence(100);
	peer_send("A wnd 1000");
	peer_expect("A len 600");
	peer_expect("A len 600");
	peer_expect("A len 600");
	peer_send("A");
}

/* The window of a SYN is never scaled. */
SCRIPT(scale_not_on_syn, ROLES)
{
	open_with("mss 100 ws 10 wnd 150");
	expect_scales(10, true);
	if (!active)	/* the final ACK was scaled already */
		return;
	user_write(1000);
	peer_expect("A len 100");
	expect_silence(100);
}

/*
 * 7323-WS-5: windows are told in steps; D takes all that any of its ACKs let in,
 * and cuts off the octet beyond.
 */
SCRIPT(scale_rounding, NOTCP | ROLES)
{
	u32 i, edge, at;

	user_listen(5);
	user_sockopt(lfd, SOL_SOCKET, SO_RCVBUF, 1000003);
	if (active) {
		user_socket();
		user_sockopt(fd, SOL_SOCKET, SO_RCVBUF, 1000003);
	}
	open_with("ws 7");
	check(P->ws_rcvd > 0);
	/* Steps that fit no power of two, and nobody reads. */
	for (i = 0; i < 40; i++) {
		peer_send("A len 1421");
		while (P->d_ack != P->nxt)
			if (!peer_next(300))
				fail("D does not acknowledge everything");
	}
	at = P->d_ack - P->p0;
	edge = P->d_right - P->p0;
	peer_send("A p0+%u,d0+1 len 1", edge - 1);
	peer_expect("A d0+1,p0+%u", at);
	peer_send("A p0+%u,d0+1 len 1", edge);
	peer_expect("A d0+1,p0+%u", at);
	/* The first is held, the second, one beyond, was cut off. */
	peer_continue("p0");
	P->nxt = P->p0 + at;
	peer_give(edge - at - 2, 1421);
	peer_send("A p0+%u,d0+1 len 1", edge - 2);
	peer_expect("A d0+1,p0+%u", edge);
}

/* The ACK that answers a stray segment lets in more than the SYN-ACK did. */
SCRIPT(scale_rounding_half_open, NOTCP)
{
	u32 end;

	user_listen(5);
	user_sockopt(lfd, SOL_SOCKET, SO_RCVBUF, 1000003);
	tunable("sack", 1);
	peer_send("S p0 mss 1460 ws 7 sackok");
	peer_expect("SA d0,p0+1");
	end = P->d_right - P->p0;
	peer_send("A p0+500001,d0+1");
	peer_expect("A d0+1,p0+1");
	check(P->d_right - P->p0 > end);
	end = P->d_right - P->p0;
	peer_send("A p0+%u,d0+1 len 1", end - 1);
	peer_expect("A d0+1,p0+1 sack p0+%u:p0+%u", end - 1, end);
	user_accept();
}

SCRIPT(scale_15_is_14, ROLES)
{
	open_with("mss 1000 ws 15");
	expect_scales(14, true);
}

SCRIPT(scale_not_offered, ROLES)
{
	open_plain();
	if (!active)
		check_eq(P->ws_rcvd, -1);
	expect_scales(0, false);
	/* What D offers is what it says. */
	peer_send("A len 1000");
	peer_expect_within(0, 200, "A");
	check_range(peer_room(), 10000, 65535);
}

SCRIPT(scale_switched_off, ROLES)
{
	tunable("window_scaling", 0);
	open_with("mss 1460 ws 7");
	check_eq(P->ws_rcvd, -1);
	expect_scales(0, false);
}

/* --- malformed and unknown --------------------------------------------------*/

static void open_odd(const char *hex, u32 size)
{
	char opts[160];

	snprintf(opts, sizeof(opts), "opt %s", hex);
	open_with(opts);
	expect_size(size);
}

/* MUST-4, MUST-6, MUST-64: NOPs, unknown kinds, any offset. */
SCRIPT(options_nop_then_mss, ROLES)
{
	open_odd("010102040384", 900);
}

SCRIPT(options_unknown_then_mss, ROLES)
{
	open_odd("630601020304020402bc", 700);
}

SCRIPT(options_unaligned, ROLES)
{
	open_odd("01020403e8030303", 1000);
	expect_scales(3, true);
}

SCRIPT(options_full_header, ROLES)
{
	open_odd("fd22000000000000000000000000000000000000000000000000000000000000"
		 "00000101020402bc", 700);
}

/* What follows the end of the options is no option. */
SCRIPT(options_after_end, ROLES)
{
	open_odd("00020402bc", v6 ? 1220 : 536);
}

/* MUST-7: illegal lengths end the list. */
SCRIPT(options_length_0, ROLES)
{
	open_odd("6300020402bc", v6 ? 1220 : 536);
}

SCRIPT(options_length_1, ROLES)
{
	open_odd("6301020402bc", v6 ? 1220 : 536);
}

SCRIPT(options_length_beyond, ROLES)
{
	open_odd("6328020402bc", v6 ? 1220 : 536);
}

SCRIPT(options_mss_beyond, ROLES)
{
	open_odd("01010204", v6 ? 1220 : 536);
}

SCRIPT(options_kind_only, ROLES)
{
	open_odd("01010102", v6 ? 1220 : 536);
}

/* A wrong length of a known option: it is not there, others are. */
SCRIPT(options_mss_wrong_length, ROLES)
{
	open_odd("02060384ffff0303020101", v6 ? 1220 : 536);
}

/* MUST-5: options on any kind of segment. */
SCRIPT(options_everywhere, ROLES)
{
	open_with("mss 1000 opt c8040000");
	peer_send("A len 10 opt 01c80401");
	peer_expect_within(0, 200, "A");
	user_read(10);
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A opt c804000000");
	peer_send("A len 10 opt 0300");
	peer_expect_within(0, 200, "A");
	user_read(10);
	peer_send("FA opt c8040000");
	peer_expect("A");
	expect_state("CLOSE-WAIT");
	peer_send("R opt c8040000");
	expect_state("CLOSED");
}

/*
 * Kinds that ITP does not speak, or was told not to: timestamps, SACK, user
 * timeout, Fast Open.
 */
SCRIPT(options_foreign, NOTCP)
{
	tunable("timestamps", 0);
	tunable("sack", 0);
	user_listen(5);
	peer_send("S p0 opt 020405b40402080a0000000100000000030307221c0400ff");
	peer_expect("SA d0,p0+1");
	if (P->last.ts || P->last.sackok)
		fail("D agreed to what it does not have");
	peer_send("A p0+1,d0+1 len 5 opt 0101080a0000000200000000");
	peer_expect_within(0, 200, "A d0+1,p0+6");
	user_accept();
	user_read(5);
}

/* --- header bits ------------------------------------------------------------*/

/* SA-20: reserved bits mean nothing. */
SCRIPT(reserved_bits, ROLES)
{
	if (active) {
		user_connect();
		peer_expect("S d0");
		peer_send("SA p0,d0+1 rsv 15");
		peer_expect("A");
		user_connected();
	} else {
		user_listen(5);
		peer_send("S p0 rsv 15");
		peer_expect("SA d0,p0+1");
		peer_send("A p0+1,d0+1 rsv 14");
		user_accept();
	}
	peer_send("A len 10 rsv 15");
	peer_expect_within(0, 200, "A");
	user_read(10);
	peer_send("FA rsv 7");
	peer_expect("A");
	expect_state("CLOSE-WAIT");
	peer_send("R rsv 15");
	expect_state("CLOSED");
}

/* A SYN that asks for ECN is a SYN. */
SCRIPT(ecn_setup_syn, 0)
{
	user_listen(5);
	peer_send("SEC p0");
	peer_expect("SA d0,p0+1");
	peer_send("AE p0+1,d0+1 len 5");
	user_accept();
	peer_expect_within(0, 200, "A d0+1,p0+6");
	user_read(5);
}

/* The urgent pointer means nothing without URG. */
SCRIPT(urgent_pointer_without_urg, 0)
{
	open_plain();
	peer_send("A len 5 urp 3");
	peer_expect_within(0, 200, "A");
	user_read(5);
}
