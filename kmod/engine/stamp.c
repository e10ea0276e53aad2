// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timestamps: RFC 7323 sections 3 to 5. The clock ticks in ms, from an offset
 * of each connection's own, which the shell derives from its addresses and
 * ports, so that the next connection between the same two goes on where the
 * last one ended. Half-open entries and TIME-WAIT records use the same rules.
 */
#include <env.h>
#include "internal.h"

u32 itp_ts_now(const struct itp_env *env)
{
	return (u32)itp_env_div(env->now_us, 1000);
}

u32 itp_ts_offset(const struct itp_env *env)
{
	return itp_tun(env->tun, timestamps) == 1 ? env->ts_offset : 0;
}

void itp_ts_put(struct itp_seg_out *seg, const struct itp_env *env, u32 offset,
		u32 recent)
{
	seg->opts |= ITP_OPT_TS;
	seg->tsval = itp_ts_now(env) + offset;
	/* Without ACK the field means nothing and is 0 (RFC 7323 3.2). */
	seg->tsecr = seg->flags & ITP_ACK ? recent : 0;
}

/*
 * PAWS: from an old time (RFC 7323 5.3 R1)? A RST never is; a segment without
 * the option, as Linux has it, neither.
 */
bool itp_ts_old(const struct itp_seg_in *seg, u32 recent)
{
	return (seg->opts & ITP_OPT_TS) && !(seg->flags & ITP_RST) &&
	       seq_lt(seg->tsval, recent);
}

/*
 * A SYN-ACK that echoes what no SYN of ours can have said answers somebody
 * else's. A peer may leave the echo at 0 (RFC 7323 3.2).
 */
bool itp_ts_foreign(const struct itp_conn *c, const struct itp_seg_in *seg,
		    const struct itp_env *env)
{
	u32 first = (u32)itp_env_div(c->created_us, 1000) + c->ts_offset;

	return c->ts_offered && (seg->opts & ITP_OPT_TS) && seg->tsecr &&
	       !(seg->flags & ITP_RST) &&
	       (seq_lt(seg->tsecr, first) ||
		seq_gt(seg->tsecr, itp_ts_now(env) + c->ts_offset));
}

bool itp_paws(const struct itp_conn *c, const struct itp_seg_in *seg,
	      const struct itp_env *env)
{
	if (!c->ts_ok || !itp_ts_old(seg, c->ts_recent))
		return false;
	/* After so long a silence the peer's clock may have wrapped (5.5). */
	return env->now_us - c->last_rcvd_us <= ITP_PAWS_US;
}

/*
 * TS.Recent (RFC 7323 4.3 step 2): @acked is the ACK field that we sent last.
 * The segment is acceptable. After PAWS has let pass what looks older, the
 * peer's clock begins anew.
 */
void itp_ts_take(u32 *recent, const struct itp_seg_in *seg, u32 acked)
{
	if ((seg->opts & ITP_OPT_TS) && !(seg->flags & ITP_RST) &&
	    seq_le(seg->seq, acked))
		*recent = seg->tsval;
}

/*
 * Round-trip time by what the peer echoes; 0: it says nothing of use. Ambiguity
 * there is none, even after a retransmission (RFC 7323 4.1).
 */
u64 itp_ts_rtt(const struct itp_conn *c, const struct itp_seg_in *seg,
	       const struct itp_env *env)
{
	u64 rtt;

	if (!c->ts_ok || !(seg->opts & ITP_OPT_TS) || !seg->tsecr)
		return 0;
	rtt = (itp_ts_now(env) + c->ts_offset - seg->tsecr) * 1000ULL;
	/* Less than a tick is a tick; an echo of what was never sent, nothing. */
	rtt = max_t(u64, rtt, 1000);
	return rtt <= env->now_us - c->created_us + 1000 ? rtt : 0;
}
