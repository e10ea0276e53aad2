// SPDX-License-Identifier: GPL-2.0-only
/*
 * TIME-WAIT: what is left of a connection for two segment lifetimes, so that
 * the peer's FIN can be acknowledged again and old segments find nobody
 * (RFC 9293 section 3.10.7.4, RFC 1337). How many records there may be is the
 * shell's.
 */
#include <env.h>
#include "internal.h"

static void itp_tw_restart(struct itp_tw *tw, const struct itp_env *env)
{
	tw->deadline_us = env->now_us +
			  itp_tun(env->tun, timewait_len) * ITP_USEC;
}

void itp_tw_init(struct itp_tw *tw, const struct itp_conn *c,
		 const struct itp_env *env)
{
	tw->id = c->id;
	tw->created_us = c->created_us;
	tw->entered_us = c->entered_us;
	tw->last_ack_us = 0;
	tw->snd_nxt = c->snd_nxt;
	tw->rcv_nxt = c->rcv_nxt;
	tw->rcv_wnd = seq_gt(c->rcv_right, c->rcv_nxt) ?
		      c->rcv_right - c->rcv_nxt : 0;
	tw->ts_recent = c->ts_recent;
	tw->ts_offset = c->ts_offset;
	tw->ts_ok = c->ts_ok;
	tw->rcv_wscale = c->rcv_wscale;
	tw->prev_state = c->prev_state;
	tw->cause = c->cause;
	tw->role = c->role;
	itp_tw_restart(tw, env);
	itp_env_count(env, ITP_CNT_timewait, 1);
}

static void itp_tw_ack(const struct itp_tw *tw, const struct itp_env *env,
		       struct itp_seg_out *reply)
{
	memset(reply, 0, sizeof(*reply));
	reply->seq = tw->snd_nxt;
	reply->ack = tw->rcv_nxt;
	reply->flags = ITP_ACK;
	reply->wnd = min(tw->rcv_wnd >> tw->rcv_wscale, 0xffffU);
	reply->why = ITP_WHY_ACK;
	if (tw->ts_ok)
		itp_ts_put(reply, env, tw->ts_offset, tw->ts_recent);
}

/*
 * May this SYN begin a new connection (RFC 6191 section 2)? Where both have
 * timestamps these decide, and sequence numbers when they are equal; a SYN with
 * one after a connection without is new. All else goes by sequence numbers
 * (RFC 9293 MAY-2).
 */
static bool itp_tw_syn_new(const struct itp_tw *tw,
			   const struct itp_seg_in *seg)
{
	bool above = seq_gt(seg->seq, tw->rcv_nxt);

	if (!(seg->opts & ITP_OPT_TS))
		return above;
	if (!tw->ts_ok)
		return true;
	if (seg->tsval == tw->ts_recent)
		return above;
	return seq_gt(seg->tsval, tw->ts_recent);
}

bool itp_tw_refused(struct itp_tw *tw, const struct itp_env *env,
		    struct itp_seg_out *reply)
{
	if (!itp_ack_allowed(&tw->last_ack_us, env))
		return false;
	itp_tw_ack(tw, env, reply);
	return true;
}

static enum itp_tw_verdict itp_tw_answer(struct itp_tw *tw,
					 const struct itp_seg_in *seg,
					 const struct itp_env *env,
					 struct itp_seg_out *reply)
{
	if (!itp_answer_allowed(seg, &tw->last_ack_us, env))
		return ITP_TW_DROP;
	itp_tw_ack(tw, env, reply);
	return ITP_TW_REPLY;
}

enum itp_tw_verdict itp_tw_input(struct itp_tw *tw,
				 const struct itp_seg_in *seg,
				 const struct itp_env *env,
				 struct itp_seg_out *reply,
				 enum itp_reason *reason)
{
	u8 syn = seg->flags & (ITP_SYN | ITP_ACK | ITP_RST | ITP_FIN);

	*reason = ITP_REASON_TIME_WAIT;
	itp_env_count(env, ITP_CNT_segs_in, 1);
	if (seg->flags & ITP_RST) {
		if (seg->seq != tw->rcv_nxt || itp_tun(env->tun, rfc1337))
			return ITP_TW_DROP;
		itp_env_count(env, ITP_CNT_rst_in, 1);
		return ITP_TW_KILL;
	}
	/* A SYN that no listener would take must not end the record. */
	if (syn == ITP_SYN && itp_tw_syn_new(tw, seg)) {
		*reason = ITP_REASON_NONE;
		return ITP_TW_NEW;
	}
	if (!(seg->flags & (ITP_SYN | ITP_ACK)))
		return ITP_TW_DROP;
	if (tw->ts_ok && itp_ts_old(seg, tw->ts_recent)) {
		*reason = ITP_REASON_PAWS;
		return itp_tw_answer(tw, seg, env, reply);
	}
	/* Of something never sent: it shows nothing, and does not end later. */
	if ((seg->flags & ITP_ACK) && seq_gt(seg->ack, tw->snd_nxt))
		return itp_tw_refused(tw, env, reply) ? ITP_TW_REPLY
						      : ITP_TW_DROP;
	if (tw->ts_ok && seq_ge(seg->seq + itp_seg_space(seg), tw->rcv_nxt))
		itp_ts_take(&tw->ts_recent, seg, tw->rcv_nxt);
	if (seg->flags & ITP_ACK)
		itp_tw_restart(tw, env);
	/* A bare ACK in its place says nothing that wants an answer. */
	if (seg->seq == tw->rcv_nxt && !itp_seg_space(seg))
		return ITP_TW_DROP;
	return itp_tw_answer(tw, seg, env, reply);
}

bool itp_tw_reusable(const struct itp_tw *tw, const struct itp_env *env,
		     bool loopback)
{
	u32 how = itp_tun(env->tun, tw_reuse);

	if (!how || (how == 2 && !loopback))
		return false;
	/*
	 * Only timestamps keep what is old apart from what is new, for us and
	 * for the peer, who must see that ours went on (RFC 6191, RFC 7323 5.8).
	 */
	return tw->ts_ok && itp_tun(env->tun, timestamps) &&
	       env->now_us - tw->entered_us >= ITP_USEC;
}

u32 itp_tw_next_iss(const struct itp_tw *tw)
{
	/* Beyond any window the old connection can have had without scaling. */
	return tw->snd_nxt + 65537;
}

void itp_tw_end(struct itp_tw *tw, const struct itp_env *env,
		enum itp_cause cause)
{
	(void)env;
	itp_env_tw_state(tw, ITP_TIME_WAIT, ITP_CLOSED, cause);
}
