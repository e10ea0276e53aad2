// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local addresses, routes and what they say about segment sizes, ports that
 * two sockets share (RFC 9293 sections 3.7.1 and 3.9.1.1).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "wire.h"

#define SECOND4 "192.0.2.9"
#define SECOND6 "2001:db8:1::9"

/* D's other address. */
static struct in6_addr second(void)
{
	struct in6_addr a;

	shell("ip addr add " SECOND4 "/24 dev wire0");
	/* Chosen only where a route or a program says so. */
	shell("ip -6 addr add " SECOND6 "/64 dev wire0 nodad preferred_lft 0");
	/* IPv6 sets it up in the background. */
	expect_silence(100);
	inet_pton(AF_INET6, v6 ? SECOND6 : "::ffff:" SECOND4, &a);
	return a;
}

/* What D sends to P's network leaves with this source. */
static void prefer(const char *four, const char *six)
{
	char cmd[128];

	if (v6)
		snprintf(cmd, sizeof(cmd), "ip -6 route replace 2001:db8:1::/64"
			 " dev wire0 metric 256 src %s", six);
	else
		snprintf(cmd, sizeof(cmd), "ip route replace 192.0.2.0/24"
			 " dev wire0 src %s", four);
	shell(cmd);
}

static void bind_to(int s, const struct in6_addr *a, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = sockaddr_of(&ss, a, port);

	if (bind(s, (struct sockaddr *)&ss, len))
		fail("bind: %s", strerror(errno));
}

/* MUST-43: P->daddr is the address that all of D's segments must have. */
SCRIPT(local_address_of_user, 0)
{
	active = true;
	P->daddr = second();
	user_socket();
	bind_to(fd, &P->daddr, 0);
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
}

SCRIPT(local_address_of_listener, 0)
{
	struct in6_addr first = P->daddr, other = second();

	user_socket();
	bind_to(fd, &other, DPORT);
	check(!listen(fd, 5));
	lfd = fd;
	fd = -1;
	peer_send("S p0");
	peer_expect("RA 0,p0+1");
	P->daddr = other;
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
	P->daddr = first;
	peer_send("A p0+1,d0+1");
	peer_expect("R d0+1");
	P->daddr = other;
	expect_state("ESTABLISHED");
}

/* MUST-44. */
SCRIPT(local_address_of_route, 0)
{
	active = true;
	P->daddr = second();
	prefer(SECOND4, SECOND6);
	open_plain();
}

/* MUST-45: the route thinks again; the connection does not. */
SCRIPT(local_address_stays, ROLES)
{
	second();
	open_plain();
	prefer(SECOND4, SECOND6);
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
	peer_send("AP len 10");
	peer_expect_within(0, 200, "A");
	user_read(10);
	user_shutdown();
	peer_expect("FA");
	peer_send("A");
	user_abort();
	peer_expect("RA");
}

/* MUST-46: refused at once, and nothing leaves. */
SCRIPT(remote_address_invalid, 0)
{
	static const char *const four[] = {
		"::ffff:255.255.255.255", "::ffff:192.0.2.255",
		"::ffff:224.0.0.1", "::ffff:239.1.2.3",
	};
	static const char *const six[] = { "ff02::1", "ff0e::1", "ff01::1" };
	struct sockaddr_storage ss;
	struct in6_addr a;
	socklen_t len;
	unsigned int i;

	for (i = 0; i < (v6 ? ARRAY_SIZE(six) : ARRAY_SIZE(four)); i++) {
		user_socket();
		inet_pton(AF_INET6, v6 ? six[i] : four[i], &a);
		len = sockaddr_of(&ss, &a, 1000);
		check(connect(fd, (struct sockaddr *)&ss, len) < 0);
		if (errno == EINPROGRESS)
			fail("connect() to %s tries", v6 ? six[i] : four[i]);
		user_close();
	}
	expect_silence(1500);
}

/* --- ports that are used twice ----------------------------------------------*/

/* MUST-42: beside a connection that is not open yet. */
SCRIPT(listen_beside_syn_sent, 0)
{
	user_socket();
	bind_to(fd, NULL, DPORT);
	user_connect();
	peer_expect("S d0");
	expect_state("SYN-SENT");
	user_listen(5);
	peer_new();
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
	expect_state("ESTABLISHED");
}

/* MUST-41: beside one that is; that one does not notice. */
SCRIPT(listen_beside_connection, ROLES)
{
	struct sockaddr_storage ss;
	struct peer *first = P;
	socklen_t len;
	int before, s;

	if (active) {
		user_socket();
		bind_to(fd, NULL, DPORT);
	}
	open_plain();
	before = fd;
	if (!active)
		user_close_listener();
	/* Without SO_REUSEADDR the port is taken. */
	s = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, proto);
	check(s >= 0);
	len = sockaddr_of(&ss, NULL, DPORT);
	check(bind(s, (struct sockaddr *)&ss, len) < 0 && errno == EADDRINUSE);
	close(s);
	user_listen(5);
	peer_new();
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A p0+1,d0+1");
	user_accept();
	expect_state("ESTABLISHED");
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
	user_close();
	peer_expect("FA");
	P = first;
	fd = before;
	expect_state("ESTABLISHED");
	check_eq(send(fd, "\003", 1, 0), 1);
	peer_expect("AP d0+1,p0+1 len 1");
	peer_send("A");
}

/* --- ports that nobody chose ------------------------------------------------*/

#define TRIES	320

/* The port of a connection that is given up at once; 0: there was none. */
static u16 port_to(const struct in6_addr *to, int rport, bool keep)
{
	struct sockaddr_storage ss;
	struct sockaddr_in6 *six = (void *)&ss;
	struct sockaddr_in *four = (void *)&ss;
	socklen_t len = sockaddr_of(&ss, to, rport);

	user_socket();
	if (connect(fd, (struct sockaddr *)&ss, len) &&
	    errno != EINPROGRESS) {
		check_eq(errno, EADDRNOTAVAIL);
		return 0;
	}
	len = sizeof(ss);
	check(!getsockname(fd, (struct sockaddr *)&ss, &len));
	P->dport = ntohs(v6 ? six->sin6_port : four->sin_port);
	P->addr = *to;
	P->port = rport;
	peer_forget();
	peer_expect("S d0");
	if (!keep)
		user_close();
	return P->dport;
}

/* RFC 6056: what one peer sees tells nothing about what another will. */
SCRIPT(ports_unpredictable, NOTCP)
{
	unsigned int parts[8] = { 0 }, i, same = 0;
	u16 port, last = 0, step = 0;
	struct in6_addr to = P->addr;

	tunable("local_port_min", 32768);
	tunable("local_port_max", 65535);
	for (i = 0; i < TRIES; i++) {
		to.s6_addr[15] = 2 + i % 200;
		port = port_to(&to, 1000 + i, false);
		check_range(port, 32768, 65535);
		parts[(port - 32768) / 4096]++;
		same += (u16)(port - last) == step;
		step = port - last;
		last = port;
	}
	/* 40 each, with a standard deviation of 6; no step comes often. */
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		check_range(parts[i], 10, 75);
	check_range(same, 0, 5);
}

/* All of the range, but what is reserved or somebody listens on. */
SCRIPT(ports_of_range, NOTCP)
{
	unsigned int used = 0, i;
	struct in6_addr to = P->addr;
	u16 port;

	tunable("local_port_min", 40000);
	tunable("local_port_max", 40009);
	shell("echo 40003 >/proc/sys/net/ipv4/ip_local_reserved_ports");
	user_socket();
	bind_to(fd, NULL, 40005);
	check(!listen(fd, 1));
	for (i = 0; i < 8; i++) {
		port = port_to(&to, 1000, true);
		check_range(port, 40000, 40009);
		check(!(used & 1 << (port - 40000)));
		used |= 1 << (port - 40000);
	}
	check_eq(used, 0x3ff & ~(1 << 3 | 1 << 5));
	check_eq(port_to(&to, 1000, true), 0);
	/* To another peer each of them may be used again. */
	check(port_to(&to, 1001, true) != 0);
}

/* --- segment sizes ----------------------------------------------------------*/

/* MUST-67: 20 octets less than what the link can carry. */
SCRIPT(mss_of_large_link, ROLES)
{
	tun_mtu(9000);
	open_with("mss 9000");
	check_eq(P->mss_rcvd, v6 ? 8940 : 8960);
	user_write(10000);
	peer_expect("A len %u", v6 ? 8940 : 8960);
	peer_expect("AP len %u", v6 ? 1060 : 1040);
	peer_send("A");
}

SCRIPT(mss_of_largest_link, ROLES)
{
	tun_mtu(65535);
	open_plain();
	check_range(P->mss_rcvd, 60000, v6 ? 65535 : 65495);
}

/* MAY-3: there is always an MSS option, also where it says what is assumed. */
SCRIPT(mss_of_small_link, ROLES)
{
	tun_mtu(v6 ? 1280 : 576);
	open_plain();
	check_eq(P->mss_rcvd, v6 ? 1220 : 536);
}

/* SHLD-6. */
SCRIPT(mss_of_route, ROLES)
{
	if (v6)
		shell("ip -6 route replace 2001:db8:1::/64 dev wire0 metric 256 advmss 1300");
	else
		shell("ip route replace 192.0.2.0/24 dev wire0 advmss 1300");
	open_plain();
	check_eq(P->mss_rcvd, 1300);
}

/* MUST-16: the link, the route or the program changes its mind. */
SCRIPT(mss_follows_link, ROLES)
{
	open_plain();
	tun_mtu(1400);
	user_write(2000);
	peer_expect("A len %u", v6 ? 1340 : 1360);
	peer_expect("AP len %u", v6 ? 660 : 640);
	peer_send("A");
}
