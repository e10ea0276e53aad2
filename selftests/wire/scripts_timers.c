// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks of opening, keep-alive (RFC 9293 sections 3.8.3 and 3.8.4) and a
 * connection with itself.
 */
#include <string.h>
#include <unistd.h>
#include "wire.h"

/* MUST-23: 247 s. */
SCRIPT(syn_clock, SLOW)
{
	int ms;

	user_connect();
	peer_expect("S d0");
	for (ms = 1000; ms <= 64000; ms *= 2)
		peer_expect_after(ms, "S d0");
	expect_silence(118000);
	expect_state("SYN-SENT");
	expect_silence(tcp ? 20000 : 4000);
	user_connect_fails(ETIMEDOUT);
	expect_state("CLOSED");
}

/* The same SYN each time. */
SCRIPT(syn_retries_tunable, 0)
{
	tunable("syn_retries", 2);
	user_connect();
	peer_expect("S d0 mss %d", v6 ? 1440 : 1460);
	peer_expect_after(1000, "S d0 mss %d", v6 ? 1440 : 1460);
	peer_expect_after(2000, "S d0 mss %d", v6 ? 1440 : 1460);
	expect_silence(3900);
	expect_state("SYN-SENT");
	expect_silence(tcp ? 1000 : 300);
	user_connect_fails(ETIMEDOUT);
}

SCRIPT(syn_retries_option, 0)
{
	user_socket();
	user_set(OPT_SYNCNT, 1);
	user_connect();
	peer_expect("S d0");
	peer_expect_after(1000, "S d0");
	expect_silence(1900);
	expect_state("SYN-SENT");
	expect_silence(tcp ? 600 : 300);
	user_connect_fails(ETIMEDOUT);
}

/* The second SYN is answered; the first round trip is not known. */
SCRIPT(syn_answered_late, 0)
{
	user_connect();
	peer_expect("S d0");
	peer_expect_after(1000, "S d0");
	peer_send("SA p0,d0+1");
	peer_expect("A");
	user_connected();
	user_write(10);
	peer_expect("AP len 10");
	if (!tcp)	/* RFC 6298 5.7 */
		peer_expect_after(3000, "AP d0+1,p0+1 len 10");
	peer_send("A");
}

/* --- keep-alive -------------------------------------------------------------*/

static void keep_alive(void)
{
	open_plain();
	user_set(OPT_KEEPIDLE, 2);
	user_set(OPT_KEEPINTVL, 1);
	user_set(OPT_KEEPCNT, 3);
	user_sockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* TCP's timers are late, and never early. */
#define PROBE_AFTER(ms) \
	peer_expect_within((ms) - 50, (ms) + 50, "A d0,p0+1")

SCRIPT(keepalive_unanswered, ROLES)
{
	keep_alive();
	PROBE_AFTER(2000);
	PROBE_AFTER(1000);
	PROBE_AFTER(1000);
	peer_expect_within(950, 1050, "RA d0+1,p0+1");
	user_read_fails(ETIMEDOUT);
	expect_state("CLOSED");
}

/* MUST-29: an answer, and the count starts again. */
SCRIPT(keepalive_answered, ROLES)
{
	keep_alive();
	PROBE_AFTER(2000);
	PROBE_AFTER(1000);
	PROBE_AFTER(1000);
	peer_send("A");
	PROBE_AFTER(2000);
	PROBE_AFTER(1000);
	PROBE_AFTER(1000);
	peer_send("A");
	expect_state("ESTABLISHED");
}

/* MUST-25: nobody asked for it. */
SCRIPT(keepalive_off, 0)
{
	open_plain();
	user_set(OPT_KEEPIDLE, 1);
	expect_silence(4000);
	user_sockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	peer_expect_within(0, 1100, "A d0,p0+1");
	user_sockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 0);
	peer_send("A");
	expect_silence(4000);
}

/* MUST-26: not while something arrives, not while something is outstanding. */
SCRIPT(keepalive_busy, 0)
{
	int i;

	keep_alive();
	for (i = 0; i < 4; i++) {
		expect_silence(1500);
		peer_send("A len 1");
		peer_expect_within(0, 250, "A");
	}
	expect_silence(1000);
	user_write(10);
	peer_expect("AP len 10");
	for (i = 200; i <= 3200; i *= 2)
		peer_expect_after(i, "AP d0+1 len 10");
	peer_send("A");
}

SCRIPT(keepalive_tunables, 0)
{
	tunable("keepalive_time", 3);
	tunable("keepalive_intvl", 1);
	tunable("keepalive_probes", 1);
	open_plain();
	user_sockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	PROBE_AFTER(3000);
	peer_expect_within(950, 1050, "RA d0+1,p0+1");
	user_read_fails(ETIMEDOUT);
}

SCRIPT(keepalive_default, SLOW)
{
	int i;

	late_percent = 3;
	open_plain();
	user_sockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	expect_silence(7190000);
	peer_expect_after(7200000, "A d0,p0+1");
	for (i = 0; i < 8; i++)
		peer_expect_after(75000, "A d0,p0+1");
	peer_expect_after(75000, "RA d0+1,p0+1");
	user_read_fails(ETIMEDOUT);
}

/* --- with itself ------------------------------------------------------------*/

SCRIPT(self_connect, 0)
{
	struct sockaddr_storage ss;
	socklen_t len = sockaddr_of(&ss, &tun_daddr, 7100);
	char buf[6] = "";
	int result;

	user_socket();
	check(!bind(fd, (struct sockaddr *)&ss, len));
	result = connect(fd, (struct sockaddr *)&ss, len);
	if (result && errno != EINPROGRESS)
		fail("connect: %s", strerror(errno));
	user_connected();
	check_eq(send(fd, "hello", 6, 0), 6);
	usleep(50000);
	check_eq(recv(fd, buf, 6, 0), 6);
	check(!strcmp(buf, "hello"));
	user_shutdown();
	usleep(50000);
	user_read_eof();
	user_close();
	P->dport = 7100;
	P->port = 7100;
	usleep(50000);
	if (strcmp(state_now(), "TIME-WAIT") && strcmp(state_now(), "CLOSED"))
		fail("the connection ended in %s", state_now());
	expect_silence(50);
}
