// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers that an attacker off the path must not be able to guess: initial
 * sequence numbers, timestamps, table positions, local ports. All are keyed hashes of the
 * addresses and ports, under keys drawn when the module is loaded.
 */
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include "itp.h"

static siphash_aligned_key_t isn_key;
static siphash_aligned_key_t hash_key;
static siphash_aligned_key_t port_key;
static siphash_aligned_key_t stamp_key;
static siphash_aligned_key_t cookie_key[2];

/* What is hashed: no padding, or it would be hashed too. */
struct hash_input {
	struct in6_addr laddr;
	struct in6_addr raddr;
	u64 net;
	u16 lport;
	u16 rport;
	u32 zero;
};

static void hash_input_fill(struct hash_input *in, const struct itp_tuple *t)
{
	in->laddr = t->laddr;
	in->raddr = t->raddr;
	in->net = t->net->net_cookie;
	in->lport = t->lport;
	in->rport = t->rport;
	in->zero = 0;
}

/**
 * itp_isn_init - draw the keys
 */
void itp_isn_init(void)
{
	get_random_bytes(&isn_key, sizeof(isn_key));
	get_random_bytes(&hash_key, sizeof(hash_key));
	get_random_bytes(&port_key, sizeof(port_key));
	get_random_bytes(&stamp_key, sizeof(stamp_key));
	get_random_bytes(cookie_key, sizeof(cookie_key));
}

/**
 * itp_isn - initial sequence number of a connection
 * @t: its addresses and ports
 *
 * RFC 6528: a clock of 4 us plus a keyed hash, so that incarnations of the
 * same connection do not overlap and others cannot be guessed.
 *
 * Return: the sequence number of our SYN.
 */
u32 itp_isn(const struct itp_tuple *t)
{
	struct hash_input in;

	hash_input_fill(&in, t);
	return (u32)siphash(&in, sizeof(in), &isn_key) +
	       (u32)div_u64(ktime_get_ns(), 4000);
}

/**
 * itp_stamp_offset - where a connection's timestamp clock starts
 * @t: its addresses and ports
 *
 * The uptime is not for everybody (RFC 7323 section 5.4), but the next
 * connection between the same addresses and ports must not seem older than the
 * last one.
 *
 * Return: ms to add to the clock.
 */
u32 itp_stamp_offset(const struct itp_tuple *t)
{
	struct hash_input in;

	hash_input_fill(&in, t);
	return siphash(&in, sizeof(in), &stamp_key);
}

/**
 * itp_tuple_hash - where a connection lies in the table
 * @t: its addresses and ports
 *
 * Return: 32 bits, to be masked.
 */
u32 itp_tuple_hash(const struct itp_tuple *t)
{
	struct hash_input in;

	hash_input_fill(&in, t);
	return siphash(&in, sizeof(in), &hash_key);
}

/**
 * itp_port_offset - where the search for a local port starts
 * @t: addresses and remote port; the local port is not counted
 *
 * RFC 6056 section 3.3.4: each peer sees ports that rise, and learns nothing
 * of those that others see.
 *
 * Return: 32 bits, to be reduced to the range of ports.
 */
u32 itp_port_offset(const struct itp_tuple *t)
{
	struct hash_input in;

	hash_input_fill(&in, t);
	in.lport = 0;
	return siphash(&in, sizeof(in), &port_key);
}

static u32 cookie_hash(const struct itp_tuple *t, u32 irs, u32 data, int key)
{
	struct {
		struct hash_input in;
		u32 irs;
		u32 data;
	} all;

	hash_input_fill(&all.in, t);
	all.irs = irs;
	all.data = data;
	return siphash(&all, sizeof(all), &cookie_key[key]);
}

/**
 * itp_cookie_mask - what hides the upper bits of a SYN cookie
 * @t: addresses and ports
 * @irs: the peer's initial sequence number
 */
u32 itp_cookie_mask(const struct itp_tuple *t, u32 irs)
{
	return cookie_hash(t, irs, 0, 0);
}

/**
 * itp_cookie_mac - what makes a SYN cookie hard to guess
 * @t: addresses and ports
 * @irs: the peer's initial sequence number
 * @data: what the cookie says
 */
u32 itp_cookie_mac(const struct itp_tuple *t, u32 irs, u32 data)
{
	return cookie_hash(t, irs, data, 1);
}
