// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timestamps (RFC 7323 sections 3 to 5): who gets them, what they echo, PAWS.
 * That all segments of a connection carry them, or none does, and that they
 * never go back, is checked with every segment of every script (peer.c).
 */
#include <string.h>
#include <sys/socket.h>
#include "wire.h"

static void open_ts(void)
{
	tunable("timestamps", 1);
	open_with("mss 1460 ts 1000");
	if (!P->ts_rcvd)
		fail("D does not agree to timestamps");
}

/* What D has as round-trip time, us: tcpi_rtt. */
static u32 rtt_now(void)
{
	u32 info[64];
	socklen_t len = sizeof(info);

	if (getsockopt(fd, proto, OPT_INFO, &info, &len))
		fail("OPT_INFO: %s", strerror(errno));
	return info[17];
}

static u8 options_now(void)
{
	u8 info[8];
	socklen_t len = sizeof(info);

	if (getsockopt(fd, proto, OPT_INFO, &info, &len))
		fail("OPT_INFO: %s", strerror(errno));
	return info[5];
}

/* TS-1: text both ways, ACK, FIN, and the ACK of TIME-WAIT. */
SCRIPT(ts_on_everything, ROLES)
{
	open_ts();
	check(options_now() & 1);
	user_write(100);
	peer_expect("AP d0+1 len 100 ecr 1000");
	peer_send("A ts 1001");
	peer_send("A len 100 ts 1002");
	peer_expect_within(0, 200, "A ecr 1002");
	user_read(100);
	/* A challenge ACK. */
	peer_send("S p0 ts 1003");
	peer_expect("A ecr 1002");
	user_shutdown();
	peer_expect("FA ecr 1002");
	peer_send("A ts 1004");
	peer_send("FA ts 1005");
	peer_expect("A ecr 1005");
	expect_state("TIME-WAIT");
	/* The FIN again. */
	expect_silence(600);
	peer_send("FA p0+101,d0+102 ts 1006");
	peer_expect("A d0+102,p0+102 ecr 1006");
}

SCRIPT(ts_on_probes, SLOW | ROLES)
{
	open_ts();
	user_set(OPT_KEEPIDLE, 5);
	user_sockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	peer_expect_after(5000, "A d0");
	check(P->last.ts);
	peer_send("A wnd 0");
	user_write(10);
	peer_expect_within(200, 1100, "A d0");
	check(P->last.ts);
	peer_send("A wnd 1000");
	peer_expect("AP d0+1 len 10");
	peer_send("A");
}

SCRIPT(ts_only_if_offered, ROLES)
{
	tunable("timestamps", 1);
	open_plain();
	check(!(options_now() & 1));
	user_write(100);
	peer_expect("AP len 100 nots");
	peer_send("A");
}

SCRIPT(ts_switched_off, ROLES)
{
	tunable("timestamps", 0);
	open_with("mss 1460 ts 1000");
	check(!P->ts_rcvd);
	user_write(100);
	peer_expect("AP len 100 nots");
	peer_send("A");
}

/* TS-10: not agreed on, so it means nothing. */
SCRIPT(ts_ignored_unless_agreed, ROLES)
{
	int i;

	tunable("timestamps", 1);
	open_plain();
	for (i = 0; i < 5; i++) {
		peer_send("A len 10 ts %d", 5000 - i);
		peer_expect_within(0, 200, "A nots");
		user_read(10);
	}
}

/* The option takes room that the peer's MSS does not count. */
SCRIPT(ts_take_room, ROLES)
{
	tunable("timestamps", 1);
	open_with("mss 1000 ts 1000");
	user_write(1500);
	peer_expect("A d0+1 len 988");
	peer_expect("AP len 512");
	peer_send("A");
}

/* TS-3, RFC 7323 4.3 (A): one ACK for two segments echoes the first. */
SCRIPT(ts_echo_delayed, ROLES)
{
	int i;

	open_ts();
	/* Past the quick ACKs of the beginning. */
	for (i = 0; i < 20; i++) {
		peer_send("A len 1000");
		while (peer_next(300) && P->last.ack != P->nxt)
			;
	}
	user_read(20000);
	peer_send("A len 1000 ts 1001");
	peer_send("A len 1000 ts 1002");
	peer_expect("A ecr 1001");
	peer_send("A len 1000 ts 1003");
	peer_send("A len 1000 ts 1004");
	peer_expect("A ecr 1003");
	user_read(4000);
	while (peer_next(0))
		;
}

/* (B) and (C). */
SCRIPT(ts_echo_gap, ROLES)
{
	open_ts();
	peer_send("A p0+1,d0+1 len 10 ts 1001");
	peer_expect_within(0, 200, "A *,p0+11 ecr 1001");
	peer_send("A p0+21,d0+1 len 10 ts 1003");
	peer_expect("A *,p0+11 ecr 1001");
	peer_send("A p0+11,d0+1 len 10 ts 1002");
	peer_expect("A *,p0+31 ecr 1002");
	peer_send("A p0+41,d0+1 len 10 ts 1005");
	peer_expect("A *,p0+31 ecr 1002");
	peer_send("A p0+31,d0+1 len 10 ts 1004");
	peer_expect("A *,p0+51 ecr 1004");
	user_read(50);
}

/* TS-5: an old timestamp is answered, and nothing is delivered. */
SCRIPT(ts_paws, ROLES)
{
	open_ts();
	peer_send("A p0+1,d0+1 len 10 ts 2000");
	peer_expect_within(0, 200, "A ecr 2000");
	peer_send("A p0+11,d0+1 len 10 ts 1990");
	peer_expect("A d0+1,p0+11 ecr 2000");
	peer_send("FA p0+11,d0+1 ts 1990");
	peer_expect("A d0+1,p0+11 ecr 2000");
	expect_state("ESTABLISHED");
	user_read(10);
	user_read_fails(EAGAIN);
	/* As new as the last one is new enough. */
	peer_send("A p0+11,d0+1 len 10 ts 2000");
	peer_expect_within(0, 200, "A d0+1,p0+21 ecr 2000");
	user_read(10);
}

/* One answer per half second to what has no text. */
SCRIPT(ts_paws_limited, 0)
{
	int i;

	open_ts();
	peer_send("A p0+1,d0+1 len 10 ts 2000");
	peer_expect_within(0, 200, "A");
	user_read(10);
	for (i = 0; i < 20; i++)
		peer_send("A p0+11,d0+1 ts 1900");
	peer_expect("A d0+1,p0+11");
	expect_silence(450);
}

/* TS-6: a RST is never too old. */
SCRIPT(ts_paws_spares_rst, ROLES)
{
	open_ts();
	peer_send("A p0+1,d0+1 len 10 ts 2000");
	peer_expect_within(0, 200, "A");
	peer_send("R p0+11 ts 5");
	expect_state("CLOSED");
}

/* TS-2: without the option it counts, as on Linux. */
SCRIPT(ts_missing_is_accepted, ROLES)
{
	open_ts();
	peer_send("A len 10 nots");
	peer_expect_within(0, 200, "A");
	user_read(10);
	expect_state("ESTABLISHED");
}

/* TS-8: a clock of 1000 Hz. */
SCRIPT(ts_clock, SLOW | ROLES)
{
	u32 first;
	int i;

	open_ts();
	user_write(1);
	peer_expect("AP len 1");
	first = P->last.tsval;
	for (i = 1; i <= 10; i++) {
		peer_send("A");
		expect_silence(1000);
		user_write(1);
		peer_expect("AP len 1");
		check_range(P->last.tsval - first, i * 990, i * 1100 + 100);
	}
	peer_send("A");
}

/* ... with an offset of each connection's own, or without. */
static u32 stamp_of_new(void)
{
	u32 now = now_us() / 1000;

	peer_new();
	peer_send("S p0 mss 1460 ts 1");
	peer_expect("SA d0,p0+1");
	return P->last.tsval - now;
}

SCRIPT(ts_offsets_differ, 0)
{
	u32 a, b, c;

	tunable("timestamps", 1);
	user_listen(5);
	a = stamp_of_new();
	b = stamp_of_new();
	c = stamp_of_new();
	check(a - b > 1000 && b - a > 1000);
	check(a - c > 1000 && c - a > 1000);
	tunable("timestamps", 2);
	a = stamp_of_new();
	b = stamp_of_new();
	check(a - b < 1000 || b - a < 1000);
}

/* TS-4: no time is taken from an echo that comes without a new ACK. */
SCRIPT(ts_rtt_needs_new_ack, ROLES)
{
	u32 before;

	open_ts();
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
	before = rtt_now();
	expect_silence(3000);
	peer_send("A len 10 ecr %u", P->ts_echo);
	peer_expect_within(0, 200, "A");
	peer_send("A len 10 ecr %u", P->ts_echo - 2000);
	peer_expect_within(0, 200, "A");
	check_eq(rtt_now(), before);
	user_read(20);
}

/* TS-9: resets carry it, too. */
SCRIPT(ts_on_resets, ROLES)
{
	open_ts();
	user_write(10);
	peer_expect("AP len 10");
	user_abort();
	peer_expect("RA *,p0+1 ecr 1000");
}

SCRIPT(ts_on_reset_of_closed_port, NOTCP)
{
	peer_send("A p0,12345 len 10 ts 77 ecr 5");
	peer_expect("R 12345 ts 0 ecr 77");
	peer_send("S p0 mss 1460 ts 78");
	peer_expect("RA 0,p0+1 ts 0 ecr 78");
}

/* The SYN again, later: the SYN-ACK echoes that one. */
SCRIPT(ts_syn_again, 0)
{
	tunable("timestamps", 1);
	user_listen(5);
	peer_send("S p0 mss 1460 ts 1000");
	peer_expect("SA d0,p0+1 ecr 1000");
	peer_send("S p0 mss 1460 ts 1500");
	peer_expect("SA d0,p0+1 ecr 1500");
	/* One answer per half second. */
	expect_silence(600);
	peer_send("A p0+1,d0+1 ts 1499");
	peer_expect("A d0+1,p0+1");
	peer_send("A p0+1,d0+1 ts 1501");
	user_accept();
	expect_state("ESTABLISHED");
}

/* --- TIME-WAIT: RFC 6191 ------------------------------------------------------*/

static void time_wait(const char *opts)
{
	tunable("timestamps", 1);
	reach_options = opts;
	reach(IN_TIME_WAIT);
}

static void expect_taken(void)
{
	peer_expect("SA d0,p0+1");
	expect_state("SYN-RECEIVED");
	peer_send("A p0+1,d0+1");
	user_accept();
	expect_state("ESTABLISHED");
}

/* A SYN from where the script says, of a new connection. */
static void syn_again(int move, const char *opts)
{
	user_close();
	peer_forget();
	P->p0 += move;
	peer_continue("p0");
	peer_send("S p0 mss 1460 %s", opts);
}

SCRIPT(timewait_ts_newer, 0)
{
	time_wait("ts 1000");
	syn_again(-100000, "ts 1001");
	expect_taken();
}

SCRIPT(timewait_ts_equal_above, NOTCP)
{
	time_wait("ts 1000");
	syn_again(3, "ts 1000");
	expect_taken();
}

SCRIPT(timewait_ts_equal_below, 0)
{
	time_wait("ts 1000");
	peer_send("S p0-1000 mss 1460 ts 1000");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
}

/* 6191-3: refused; answered by an ACK, as on Linux. */
SCRIPT(timewait_ts_older, 0)
{
	time_wait("ts 1000");
	peer_send("S p0+1000 mss 1460 ts 990");
	peer_expect("A d0+2,p0+2");
	expect_silence(600);
	peer_send("S p0-1000 mss 1460 ts 990");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
}

/* 6191-2: one of the two has none. */
SCRIPT(timewait_ts_new_only, NOTCP)
{
	time_wait("");
	syn_again(-100000, "ts 5");
	P->ts_now = 6;
	expect_taken();
}

SCRIPT(timewait_ts_old_only, 0)
{
	time_wait("ts 1000");
	peer_send("S p0-1000 mss 1460");
	peer_expect("A d0+2,p0+2");
	expect_state("TIME-WAIT");
	syn_again(1000, "");
	expect_taken();
}

/* PAWS: an old FIN does not make the record live longer. */
SCRIPT(timewait_paws, SLOW | NOTCP)
{
	time_wait("ts 1000");
	expect_silence(40000);
	peer_send("FA p0+1,d0+2 ts 900");
	peer_expect("A d0+2,p0+2 ecr 1000");
	expect_silence(28000);
	expect_state("CLOSED");
}

/* --- tw_reuse: connect() from a port in TIME-WAIT ---------------------------*/

/* connect() again, from the port that D had; 0 or errno. */
static int connect_again(void)
{
	struct sockaddr_storage ss;
	socklen_t len = sockaddr_of(&ss, NULL, P->dport);

	user_close();
	user_socket();
	if (bind(fd, (struct sockaddr *)&ss, len))
		fail("bind: %s", strerror(errno));
	len = sockaddr_of(&ss, &P->addr, P->port);
	event_now();
	if (!connect(fd, (struct sockaddr *)&ss, len))
		fail("connect() does not wait");
	return errno == EINPROGRESS ? 0 : errno;
}

SCRIPT(tw_reuse_with_timestamps, 0)
{
	u32 old, stamp;

	active = true;
	tunable("tw_reuse", 1);
	time_wait("ts 1000");
	old = P->d0 + 2;
	stamp = P->ts_echo;
	expect_silence(1100);
	check_eq(connect_again(), 0);
	peer_forget();
	peer_expect("S d0");
	check(P->last.ts);
	check_range(P->last.tsval - stamp, 1000, 60000);
	check_eq(P->d0 - old, 65537);
	P->p0 += 100000;
	peer_continue("p0");
	peer_send("SA p0,d0+1 mss 1460 ts 5000");
	peer_expect("A");
	user_connected();
	expect_state("ESTABLISHED");
}

SCRIPT(tw_reuse_too_early, NOTCP)
{
	active = true;
	tunable("tw_reuse", 1);
	time_wait("ts 1000");
	check_eq(connect_again(), EADDRNOTAVAIL);
	expect_state("TIME-WAIT");
}

SCRIPT(tw_reuse_without_timestamps, 0)
{
	active = true;
	tunable("tw_reuse", 1);
	time_wait("");
	expect_silence(1100);
	check_eq(connect_again(), EADDRNOTAVAIL);
	expect_state("TIME-WAIT");
}

SCRIPT(tw_reuse_switched_off, 0)
{
	active = true;
	tunable("tw_reuse", 0);
	time_wait("ts 1000");
	expect_silence(1100);
	check_eq(connect_again(), EADDRNOTAVAIL);
	/* 2: over loopback only, which this is not. */
	tunable("tw_reuse", 2);
	check_eq(connect_again(), EADDRNOTAVAIL);
}
