// SPDX-License-Identifier: GPL-2.0-only
/*
 * SYN cookies (RFC 4987 section 3.6): the initial sequence number of a SYN-ACK
 * says all that a half-open entry would have kept, so that none is needed. The
 * ACK of it brings the number back. Keyed hashes are the shell's.
 *
 *	 31 30 29 28 27 26                                  0
 *	+-----+--------+-------------------------------------+
 *	| age |  MSS   |  keyed hash of addresses, ports,    |
 *	|     | class  |  peer's ISN, period, MSS class      |
 *	+-----+--------+-------------------------------------+
 *
 * "age" is the period of ITP_COOKIE_PERIOD_US in which it was made, modulo 4; a
 * cookie is good in that period and in the next. The upper five bits lie under
 * a mask, another keyed hash: or they would tell part of the number.
 *
 * Options beside the MSS have room in the timestamp of the SYN-ACK, which the
 * ACK echoes (a peer that changes it harms itself alone); without timestamps
 * they are not in force:
 *
 *	 31                        6  5   4   3        0
 *	+---------------------------+---+----+----------+
 *	| time, in steps of 64 ms   | 0 |SACK|  window  |
 *	| and never ahead           |   |    |  scale   |
 *	+---------------------------+---+----+----------+
 *
 * A window scale of 15 means none. Bit 5 is kept for ECN.
 */
#include <env.h>
#include "internal.h"

#define ITP_COOKIE_MSS_BITS	3
#define ITP_COOKIE_MAC_BITS	27
#define ITP_COOKIE_MAC_MASK	((1U << ITP_COOKIE_MAC_BITS) - 1)

/* What peers say, the next lower is taken: least, RFC 9293's, IPv6's, links'. */
static const u16 itp_cookie_classes[1 << ITP_COOKIE_MSS_BITS] = {
	ITP_MSS_LEAST, 256, 536, 1220, 1300, 1440, 1460, 8940,
};

static u32 itp_cookie_period(u64 now_us)
{
	return itp_env_div(now_us, ITP_COOKIE_PERIOD_US);
}

u32 itp_cookie_data(const struct itp_seg_in *syn, const struct itp_env *env)
{
	u16 mss = syn->opts & ITP_OPT_MSS ? syn->mss : itp_mss_default(env);
	u32 class = ARRAY_SIZE(itp_cookie_classes) - 1;

	while (class && itp_cookie_classes[class] > mss)
		class--;
	return itp_cookie_period(env->now_us) << ITP_COOKIE_MSS_BITS | class;
}

u32 itp_cookie_seal(u32 data, u32 mask, u32 mac)
{
	/* Two bits of the period and all of the class. */
	u32 top = data << ITP_COOKIE_MAC_BITS;

	return ((top ^ mask) & ~ITP_COOKIE_MAC_MASK) |
	       (mac & ITP_COOKIE_MAC_MASK);
}

bool itp_cookie_open(u32 cookie, u32 mask, const struct itp_env *env,
		     u32 *data)
{
	u32 top = (cookie ^ mask) >> ITP_COOKIE_MAC_BITS;
	u32 period = itp_cookie_period(env->now_us);
	u32 age = (period - (top >> ITP_COOKIE_MSS_BITS)) & 3;

	if (age > 1 || age > period)
		return false;
	*data = (period - age) << ITP_COOKIE_MSS_BITS |
		(top & (ARRAY_SIZE(itp_cookie_classes) - 1));
	return true;
}

bool itp_cookie_match(u32 cookie, u32 mac)
{
	return !((cookie ^ mac) & ITP_COOKIE_MAC_MASK);
}

#define ITP_COOKIE_TS_BITS	6
#define ITP_COOKIE_TS_MASK	((1U << ITP_COOKIE_TS_BITS) - 1)
#define ITP_COOKIE_TS_SACK	0x10U
#define ITP_COOKIE_TS_SCALE	0x0fU	/* no shift is that large */

static u32 itp_cookie_stamp(const struct itp_req *r, u32 tsval)
{
	u32 bits = r->opts & ITP_OPT_WSCALE ? r->snd_wscale
					    : ITP_COOKIE_TS_SCALE;
	u32 stamp;

	if (r->opts & ITP_OPT_SACKOK)
		bits |= ITP_COOKIE_TS_SACK;
	stamp = (tsval & ~ITP_COOKIE_TS_MASK) | bits;
	/* What follows must not look older (RFC 7323 5). */
	return seq_gt(stamp, tsval) ? stamp - ITP_COOKIE_TS_MASK - 1 : stamp;
}

/* The options of the SYN, from the echo in @ack. */
static void itp_cookie_options(struct itp_seg_in *syn,
			       const struct itp_seg_in *ack,
			       const struct itp_env *env)
{
	u32 age = itp_ts_now(env) + itp_ts_offset(env) - ack->tsecr;
	u32 scale = ack->tsecr & ITP_COOKIE_TS_SCALE;

	/* An echo of something else, or of nothing. */
	if (!(ack->opts & ITP_OPT_TS) || !itp_tun(env->tun, timestamps) ||
	    age > 2 * ITP_COOKIE_PERIOD_US / 1000 + ITP_COOKIE_TS_MASK + 1)
		return;
	syn->opts |= ITP_OPT_TS;
	syn->tsval = ack->tsval;
	if (ack->tsecr & ITP_COOKIE_TS_SACK)
		syn->opts |= ITP_OPT_SACKOK;
	if (scale == ITP_COOKIE_TS_SCALE)
		return;
	syn->opts |= ITP_OPT_WSCALE;
	syn->wscale = scale;
}

void itp_cookie_synack(const struct itp_seg_in *syn, const struct itp_env *env,
		       u32 cookie, struct itp_seg_out *seg)
{
	struct itp_req r;

	memset(&r, 0, sizeof(r));
	itp_req_fill(&r, syn, env, cookie);
	/* What nobody will remember cannot be in force. */
	if (!(r.opts & ITP_OPT_TS))
		r.opts &= ITP_OPT_MSS;
	itp_req_synack(&r, env, seg);
	if (seg->opts & ITP_OPT_TS)
		seg->tsval = itp_cookie_stamp(&r, seg->tsval);
}

void itp_cookie_req(struct itp_req *r, u64 id, const struct itp_seg_in *ack,
		    const struct itp_env *env, u32 data)
{
	struct itp_seg_in syn = {
		.seq = ack->seq - 1,
		.wnd = ack->wnd,
		.opts = ITP_OPT_MSS,
		.mss = itp_cookie_classes[data & (ARRAY_SIZE(itp_cookie_classes) - 1)],
	};

	itp_cookie_options(&syn, ack, env);
	itp_req_fill(r, &syn, env, ack->ack - 1);
	r->id = id;
	r->cause = ITP_CAUSE_RCV_COOKIE;
	/* The SYN-ACK went once; nobody remembers when. */
	r->sends = 1;
	itp_env_count(env, ITP_CNT_cookies_rcvd, 1);
	itp_env_count(env, ITP_CNT_passive_opens, 1);
	itp_env_req_state(r, ITP_LISTEN, ITP_SYN_RECV, r->cause);
}
