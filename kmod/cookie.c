// SPDX-License-Identifier: GPL-2.0-only
/*
 * SYN cookies: when a listener has no room for half-open entries (tunable
 * syncookies), its SYN-ACKs carry what an entry would keep. What a cookie is
 * made of is engine/cookie.c's; the entry that its ACK makes lives for a moment
 * only and becomes a socket as any other does (minisock.c).
 */
#include "itp.h"

/* Say so once for a listener; a flood must not flood the log. */
static void cookie_warn(struct itp_listener *lis, const struct itp_tuple *t)
{
	if (READ_ONCE(lis->warned))
		return;
	WRITE_ONCE(lis->warned, true);
	net_info_ratelimited("itp: port %u has no room for half-open entries, sending SYN cookies\n",
			     t->lport);
}

/**
 * itp_cookie_send - answer a SYN without making an entry
 * @sk: the listener
 * @t: addresses
 * @syn: the SYN
 * @env: surroundings, window and MSS of the SYN-ACK included
 *
 * Return: ITP_REASON_NONE, or NO_MEMORY if the SYN-ACK could not leave.
 */
enum itp_reason itp_cookie_send(struct sock *sk, const struct itp_tuple *t,
				const struct itp_seg_in *syn,
				const struct itp_env *env)
{
	struct itp_listener *lis = itp_sk(sk)->listener;
	u32 data = itp_cookie_data(syn, env);
	struct itp_seg_out synack;
	u32 cookie;

	cookie = itp_cookie_seal(data, itp_cookie_mask(t, syn->seq),
				 itp_cookie_mac(t, syn->seq, data));
	itp_cookie_synack(syn, env, cookie, &synack);
	WRITE_ONCE(lis->cookie_jiffies, jiffies);
	WRITE_ONCE(lis->cookies, true);
	if (itp_tun(env->tun, syncookies) == 1)
		cookie_warn(lis, t);
	if (!itp_send_reply(t, sk, &synack, 0, 0))
		return ITP_REASON_NO_MEMORY;
	itp_count(t->net, segs_out);
	itp_count(t->net, cookies_sent);
	return ITP_REASON_NONE;
}

/*
 * Only a listener that has sent cookies lately gets any back: at other times
 * nobody may try to guess one.
 */
static bool cookies_out(const struct itp_listener *lis)
{
	unsigned long life = usecs_to_jiffies(2 * ITP_COOKIE_PERIOD_US);

	return READ_ONCE(lis->cookies) &&
	       time_before(jiffies, READ_ONCE(lis->cookie_jiffies) + life);
}

/**
 * itp_cookie_check - does an ACK that nobody waits for bring back a cookie
 * @sk: the listener
 * @t: addresses
 * @ack: the segment
 * @env: surroundings
 * @data: what the cookie says
 *
 * Return: ITP_REASON_NONE: yes; NO_CONN: no cookie is out; BAD_COOKIE: it is
 * forged or too old.
 */
enum itp_reason itp_cookie_check(const struct sock *sk,
				 const struct itp_tuple *t,
				 const struct itp_seg_in *ack,
				 const struct itp_env *env, u32 *data)
{
	u32 cookie = ack->ack - 1, irs = ack->seq - 1;

	if ((ack->flags & (ITP_SYN | ITP_RST | ITP_ACK)) != ITP_ACK ||
	    !itp_tun(env->tun, syncookies) ||
	    !cookies_out(itp_sk(sk)->listener))
		return ITP_REASON_NO_CONN;
	if (itp_cookie_open(cookie, itp_cookie_mask(t, irs), env, data) &&
	    itp_cookie_match(cookie, itp_cookie_mac(t, irs, *data)))
		return ITP_REASON_NONE;
	itp_count(t->net, cookies_failed);
	return ITP_REASON_BAD_COOKIE;
}
