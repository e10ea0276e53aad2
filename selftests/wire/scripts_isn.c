// SPDX-License-Identifier: GPL-2.0-only
/*
 * Initial sequence numbers (RFC 9293 section 3.4.1, RFC 6528): a clock plus
 * what nobody can compute who does not know the key.
 */
#include <string.h>
#include "wire.h"

#define TUPLES	1000
/* Clock of D: one step in 4 us. */
#define RATE	250000

/* D's answer to a SYN from this port, after which D forgets about it. */
static u32 isn_for(u16 port)
{
	P->port = port;
	peer_forget();
	peer_continue("p0");
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	peer_send("R p0+1");
	return P->d0;
}

/*
 * Random numbers fall into each of 16 equal parts of the space about equally
 * often: 1000 of them give 62.5, with a standard deviation of 7.7.
 */
static void check_uniform(const u32 *v, unsigned int n)
{
	unsigned int parts[16] = { 0 }, i;

	for (i = 0; i < n; i++)
		parts[v[i] >> 28]++;
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		check_range(parts[i], n / 16 - 45, n / 16 + 45);
}

/* MUST-8: one tuple's numbers follow the clock and nothing else. */
SCRIPT(isn_clock, NOTCP)
{
	u64 t0 = 0, us;
	u32 first = 0;
	int i;

	user_listen(5);
	for (i = 0; i < 50; i++) {
		us = now_us();
		if (!i) {
			first = isn_for(1000);
			t0 = us;
		} else {
			us = (now_us() - t0) * RATE / 1000000;
			check_range((u32)(isn_for(1000) - first),
				    (long long)us - 50,
				    (long long)(now_us() - t0) * RATE /
				    1000000 + 50);
		}
		expect_silence(100);
	}
	/* As well as a connection that D opens has it. */
	active = true;
	user_socket();
	P->port = 1000;
	peer_forget();
	user_connect();
	peer_expect("S d0");
}

/* SHLD-1, MUST-9: between tuples there is no relation. */
SCRIPT(isn_of_tuples, 0)
{
	static u32 isn[TUPLES], steps[TUPLES - 1], other[TUPLES];
	struct in6_addr keep = P->addr;
	unsigned int i;

	user_listen(5);
	for (i = 0; i < TUPLES; i++)
		isn[i] = isn_for(2000 + i);
	for (i = 0; i + 1 < TUPLES; i++)
		steps[i] = isn[i + 1] - isn[i];
	check_uniform(isn, TUPLES);
	check_uniform(steps, TUPLES - 1);
	/* Knowing those of one address is of no use for another's. */
	P->addr.s6_addr[15]++;
	for (i = 0; i < TUPLES; i++)
		other[i] = isn_for(2000 + i) - isn[i];
	check_uniform(other, TUPLES);
	P->addr = keep;
}

/* One tuple again: only the clock has moved. */
SCRIPT(isn_of_same_tuple, NOTCP)
{
	u64 t0 = now_us();
	u32 first, i;

	user_listen(5);
	first = isn_for(2000);
	for (i = 0; i < 10; i++)
		isn_for(3000 + i);
	check_range((u32)(isn_for(2000) - first), 0,
		    (long long)(now_us() - t0) * RATE / 1000000 + 10);
}
