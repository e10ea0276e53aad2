// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lies below: IP's options, extension headers and fragments, TTL and
 * DiffServ as programs set them (RFC 9293 sections 3.9.1.9 and 3.9.2, RFC
 * 8200). Addresses and routes are in scripts_address.c.
 */
#include <string.h>
#include "wire.h"

#define MSS_OF_LINK (v6 ? 1440 : 1460)

/* The socket that will open: D's own, or the listener that it comes from. */
static int opener(void)
{
	if (active) {
		user_socket();
		return fd;
	}
	user_listen(5);
	return lfd;
}

static void set_dscp(int s, int tos)
{
	if (v6)
		user_sockopt(s, IPPROTO_IPV6, IPV6_TCLASS, tos);
	else
		user_sockopt(s, IPPROTO_IP, IP_TOS, tos);
	want_tos = tos;
}

static void set_ttl(int s, int ttl)
{
	if (v6)
		user_sockopt(s, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
	else
		user_sockopt(s, IPPROTO_IP, IP_TTL, ttl);
	want_ttl = ttl;
}

/* Every kind of segment that a connection sends; peer.c looks at each. */
static void whole_life(void)
{
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A len 10");
	peer_expect_within(0, 200, "A");
	user_read(10);
	peer_send("R p0+100");
	peer_expect("A");
	user_close();
	peer_expect("FA");
	peer_send("A");
	peer_send("FA");
	peer_expect("A");
	expect_state("TIME-WAIT");
}

/* MUST-48, SHLD-23. */
SCRIPT(dscp_of_user, ROLES)
{
	set_dscp(opener(), 0xb8);
	whole_life();
}

/* SHLD-21. */
SCRIPT(dscp_changed, ROLES)
{
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
	set_dscp(fd, 0x28);
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A len 10");
	peer_expect_within(0, 200, "A");
	user_read(10);
	user_abort();
	peer_expect("RA");
}

/* MUST-49. */
SCRIPT(ttl_of_user, ROLES)
{
	set_ttl(opener(), 17);
	whole_life();
}

SCRIPT(ttl_changed, ROLES)
{
	open_plain();
	set_ttl(fd, 99);
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
	user_abort();
	peer_expect("RA");
}

SCRIPT(ttl_of_host, ROLES)
{
	shell("echo 77 >/proc/sys/net/ipv4/ip_default_ttl");
	shell("echo 77 >/proc/sys/net/ipv6/conf/all/hop_limit");
	shell("echo 77 >/proc/sys/net/ipv6/conf/wire0/hop_limit");
	want_ttl = 77;
	whole_life();
}

/* --- options of IP ----------------------------------------------------------*/

/* MUST-50: unknown to everybody; IPv6: of the kind to be skipped. */
#define UNKNOWN (v6 ? "1e020000" : "5e040000")

SCRIPT(ip_options_unknown, ROLES)
{
	if (active) {
		user_connect();
		peer_expect("S d0");
		peer_send("SA p0,d0+1 ipopt %s", UNKNOWN);
		peer_expect("A");
		user_connected();
	} else {
		user_listen(5);
		peer_send("S p0 ipopt %s", UNKNOWN);
		peer_expect("SA d0,p0+1");
		peer_send("A p0+1,d0+1 ipopt %s", UNKNOWN);
		user_accept();
	}
	peer_send("AP len 10 ipopt %s", UNKNOWN);
	peer_expect_within(0, 200, "A");
	user_read(10);
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A ipopt %s", UNKNOWN);
	peer_send("FA ipopt %s", UNKNOWN);
	peer_expect("A");
	expect_state("CLOSE-WAIT");
}

static void syn_with(const char *ipopt)
{
	user_listen(5);
	peer_send("S p0 ipopt %s", ipopt);
	peer_expect("SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
	peer_send("AP len 10 ipopt %s", ipopt);
	peer_expect_within(0, 200, "A");
	user_read(10);
}

/* MAY-10, MAY-11: timestamp and record route are taken; none is sent back. */
SCRIPT(ip_option_timestamp, ONLY4 | NOTCP)
{
	syn_with("440c05000000000000000000");
}

SCRIPT(ip_option_record_route, ONLY4 | NOTCP)
{
	syn_with("070b0400000000000000000000");
}

static void set_ip_options(const char *octets, socklen_t len)
{
	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, octets, len))
		fail("IP_OPTIONS: %s", strerror(errno));
	want_ipopt = true;
}

/* The same, as a program asks for it: text gets smaller by what they take. */
SCRIPT(ip_option_record_route_of_user, ONLY4)
{
	active = true;
	user_socket();
	set_ip_options("\x07\x07\x04\0\0\0\0", 7);
	open_plain();
	check_eq(P->mss_rcvd, 1460);
	check_eq(P->last.nipopt, 8);
	check_eq(P->last.ipopt[0], 7);
	user_write(3000);
	peer_expect("A len 1452");
	check_eq(P->last.ipopt[0], 7);
	peer_expect("A len 1452");
	peer_send("A");
	peer_expect("AP len 96");
	peer_send("A");
}

/* RFC 8200 section 8.3. */
SCRIPT(dest_options_of_user, ONLY6)
{
	static const u8 option[8] = { 0, 0, 1, 4 };

	active = true;
	user_socket();
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, option, sizeof(option)))
		fail("IPV6_DSTOPTS: %s", strerror(errno));
	want_ipopt = true;
	open_plain();
	check_eq(P->mss_rcvd, 1440);
	check_eq(P->last.nipopt, 6);
	user_write(3000);
	peer_expect("A len 1432");
	peer_expect("A len 1432");
	peer_send("A");
	peer_expect("AP len 136");
	peer_send("A");
}

/* Through a router at .77; the checksum is that of the way's end. */
#define ROUTE_BY_77 "\x83\x07\x04\xc0\x00\x02\x4d"

static void expect_first_hop(const struct seg *s)
{
	check(!memcmp(s->packet + 16, "\xc0\x00\x02\x4d", 4));
	check_eq(s->ipopt[0], 0x83);
}

/* MUST-51. */
SCRIPT(source_route_of_user, ONLY4)
{
	active = true;
	user_socket();
	set_ip_options(ROUTE_BY_77, 7);
	user_connect();
	expect_first_hop(peer_expect("S d0"));
	peer_send("SA p0,d0+1");
	expect_first_hop(peer_expect("A"));
	user_connected();
	user_write(10);
	expect_first_hop(peer_expect("AP len 10"));
	peer_send("A");
	user_close();
	expect_first_hop(peer_expect("FA"));
}

/* MUST-52: P's answer came another way, by .78. */
SCRIPT(source_route_of_user_stays, ONLY4)
{
	active = true;
	shell("echo 1 >/proc/sys/net/ipv4/conf/all/accept_source_route");
	user_socket();
	set_ip_options(ROUTE_BY_77, 7);
	user_connect();
	expect_first_hop(peer_expect("S d0"));
	peer_send("SA p0,d0+1 ipopt 830708c000024e");
	expect_first_hop(peer_expect("A"));
	user_connected();
	peer_send("AP len 10 ipopt 830708c000024e");
	expect_first_hop(peer_expect_within(0, 200, "A"));
	user_read(10);
	user_write(10);
	expect_first_hop(peer_expect("AP len 10"));
	peer_send("A");
}

/* --- extension headers and fragments ----------------------------------------*/

/* RFC 8200 section 8.1: the pseudo header has ITP's number, not the option
 * header's.
 */
SCRIPT(dest_options_checksum, ONLY6)
{
	user_listen(5);
	peer_send("S p0 ipopt 1e020000 proto 60");
	peer_continue("p0");
	expect_silence(50);
	expect_state("CLOSED");
	peer_send("S p0 ipopt 1e020000");
	peer_expect("SA d0,p0+1");
}

/* RFC 1122 section 3.3.2, RFC 9293 section 3.7.1. */
SCRIPT(fragments, ROLES)
{
	static const char *const orders[] = { "012", "210", "201", "0112" };
	unsigned int i;

	open_plain();
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		peer_split(480, orders[i]);
		peer_send("AP len 1400");
		peer_expect_within(0, 200, "A");
		user_read(1400);
		user_read_fails(EAGAIN);
	}
	/* One of three is lost. */
	peer_split(480, "02");
	peer_send("AP len 1400");
	P->nxt -= 1400;
	expect_silence(300);
	user_read_fails(EAGAIN);
	peer_send("AP len 1400");
	peer_expect_within(0, 200, "A");
	user_read(1400);
}

/* A SYN may come so, too; what is no first fragment draws no answer. */
SCRIPT(fragments_of_syn, 0)
{
	peer_split(24, "12");
	peer_send("S p0 len 40");
	peer_continue("p0");
	expect_silence(100);
	user_listen(5);
	peer_split(24, "120");
	peer_send("S p0 len 40");
	peer_expect("SA d0,p0+1");
}

/* RFC 2675: "no limit" is the path's. */
SCRIPT(jumbo_mss, ONLY6 | ROLES)
{
	open_with("mss 65535");
	user_write(2000);
	peer_expect("A len %u", MSS_OF_LINK);
	peer_expect("AP len %u", 2000 - MSS_OF_LINK);
	peer_send("A");
}
