// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ties segments to a device or a route: SO_BINDTODEVICE, SO_MARK; and
 * IP_MINTTL, IPV6_MINHOPCOUNT (RFC 5082).
 */
#include <string.h>
#include "wire.h"

#define MARK 7

static void bind_device(int s, const char *name)
{
	trace("! SO_BINDTODEVICE %s", name);
	event_now();
	if (setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name)))
		fail("SO_BINDTODEVICE: %s", strerror(errno));
}

/* A device by which nobody hears D. */
static void other_device(void)
{
	shell("ip tuntap add other0 mode tun");
	shell("ip link set other0 up");
}

SCRIPT(device_connect, 0)
{
	user_socket();
	bind_device(fd, "wire0");
	active = true;
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_send("AP len 10");
	peer_expect_within(0, 200, "A");
	user_read(10);
}

SCRIPT(device_connect_other, 0)
{
	other_device();
	if (v6)
		shell("ip -6 route add 2001:db8::/32 dev other0 metric 9");
	user_socket();
	bind_device(fd, "other0");
	active = true;
	if (v6)
		shell("ip -6 addr add 2001:db8:77::1/64 dev other0 nodad");
	else
		shell("ip addr add 198.51.100.1/24 dev other0");
	user_connect();
	expect_silence(1300);
	expect_state("SYN-SENT");
}

/* A SYN by another device finds nobody. */
SCRIPT(device_listener, 0)
{
	other_device();
	user_listen(5);
	bind_device(lfd, "other0");
	peer_send("S p0");
	peer_expect("RA 0,p0+1");
	bind_device(lfd, "wire0");
	peer_new();
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A");
	user_accept();
	user_write(10);
	peer_expect("AP len 10");
}

/* Of two listeners with one port, the one bound to the device is it. */
SCRIPT(device_two_listeners, 0)
{
	struct sockaddr_storage ss;
	socklen_t len = sockaddr_of(&ss, NULL, DPORT);
	int any, bound;

	user_listen(5);
	any = lfd;
	lfd = -1;
	/* Ports do not clash where devices differ. */
	other_device();
	bind_device(any, "other0");
	user_socket();
	bound = fd;
	fd = -1;
	bind_device(bound, "wire0");
	lfd = bound;
	if (bind(lfd, (struct sockaddr *)&ss, len))
		fail("bind: %s", strerror(errno));
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A");
	user_accept();
	lfd = any;
	user_accept_none_();
	lfd = bound;
}

/* Segments by another device are not the connection's. */
SCRIPT(device_changed, ROLES)
{
	u32 ack;

	other_device();
	open_plain();
	bind_device(fd, "other0");
	ack = P->rcv;
	peer_send("AP len 10");
	check_eq(peer_next(1000)->seq, ack);
	check(P->last.flags & F_RST);
	user_read_fails(EAGAIN);
	expect_state("ESTABLISHED");
}

/* From now on what has no mark does not get away from here. */
static void only_marked(void)
{
	if (v6) {
		shell("ip -6 rule add pref 10 fwmark 7 lookup main");
		shell("ip -6 rule add pref 20 unreachable");
	} else {
		shell("ip rule add pref 10 fwmark 7 lookup main");
		shell("ip rule add pref 20 unreachable");
	}
}

SCRIPT(mark_connect, 0)
{
	only_marked();
	user_socket();
	user_sockopt(fd, SOL_SOCKET, SO_MARK, MARK);
	active = true;
	open_plain();
	user_write(10);
	peer_expect("AP len 10");
	peer_send("AP len 10");
	peer_expect_within(0, 200, "A");
	user_read(10);
	user_abort();
	peer_expect("RA");
}

/* The SYN-ACK has the listener's, and so has the connection. */
SCRIPT(mark_listener, 0)
{
	only_marked();
	user_listen(5);
	user_sockopt(lfd, SOL_SOCKET, SO_MARK, MARK);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("A");
	user_accept();
	user_write(10);
	peer_expect("AP len 10");
	peer_send("AP len 10");
	peer_expect_within(0, 200, "A");
}

SCRIPT(mark_missing, 0)
{
	only_marked();
	user_listen(5);
	peer_send("S p0");
	expect_silence(500);
	/* Neither has a RST one. */
	user_close_listener();
	peer_new();
	peer_send("S p0");
	expect_silence(500);
}

/* The socket is gone, its mark stays with the record. */
SCRIPT(mark_timewait, 0)
{
	active = true;
	user_socket();
	user_sockopt(fd, SOL_SOCKET, SO_MARK, MARK);
	reach(IN_TIME_WAIT);
	only_marked();
	peer_send("FA %u", P->nxt - 1);
	peer_expect("A");
}

/* Changed on the way, it holds from the next segment on. */
SCRIPT(mark_changed, ROLES)
{
	open_plain();
	only_marked();
	user_sockopt(fd, SOL_SOCKET, SO_MARK, MARK);
	user_write(10);
	peer_expect("AP len 10");
	peer_send("A");
	user_sockopt(fd, SOL_SOCKET, SO_MARK, 0);
	user_write(10);
	expect_silence(150);
}

static void set_min_ttl(int s, int ttl)
{
	user_sockopt(s, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		     v6 ? IPV6_MINHOPCOUNT : IP_MINTTL, ttl);
}

/* What came from further away than the program said is not there. */
SCRIPT(min_ttl, ROLES)
{
	open_plain();
	set_min_ttl(fd, 65);
	peer_send("AP len 10");
	peer_send("R");
	expect_silence(300);
	user_read_fails(EAGAIN);
	expect_state("ESTABLISHED");
	set_min_ttl(fd, 64);
	peer_continue("p0+1");
	peer_send("AP len 10");
	peer_expect_within(0, 200, "A");
	user_read(10);
}

SCRIPT(min_ttl_listener, 0)
{
	user_listen(5);
	set_min_ttl(lfd, 255);
	peer_send("S p0");
	expect_silence(500);
	set_min_ttl(lfd, 64);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
}
