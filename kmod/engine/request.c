// SPDX-License-Identifier: GPL-2.0-only
/*
 * Half-open entries: a listener answered a SYN and no socket exists yet
 * (SYN-RECEIVED, passive). Which queue they count against and how many there
 * may be is the shell's. Simultaneous open, the other way into SYN-RECEIVED,
 * is input.c's.
 */
#include <env.h>
#include "internal.h"

enum itp_reason itp_listen_check(const struct itp_seg_in *seg)
{
	if (seg->flags & ITP_RST)
		return ITP_REASON_NO_SYN;
	if (seg->flags & ITP_ACK)
		return ITP_REASON_NO_CONN;
	if (!(seg->flags & ITP_SYN))
		return ITP_REASON_NO_SYN;
	/* RFC 9293 would queue the FIN; nobody means it. */
	return seg->flags & ITP_FIN ? ITP_REASON_SYN_FIN : ITP_REASON_NONE;
}

void itp_req_fill(struct itp_req *r, const struct itp_seg_in *syn,
		  const struct itp_env *env, u32 iss)
{
	u8 wscale;

	r->created_us = env->now_us;
	r->sent_us = 0;
	r->deadline_us = 0;
	r->last_ack_us = 0;
	r->defer = 0;
	r->iss = iss;
	r->irs = syn->seq;
	r->rcv_wnd = itp_syn_window(env, &wscale);
	r->wnd = syn->wnd;
	r->mss_peer = syn->opts & ITP_OPT_MSS ? syn->mss
					      : itp_mss_default(env);
	r->mss_adv = env->adv_mss;
	r->opts = syn->opts;
	if (!itp_tun(env->tun, window_scaling))
		r->opts &= ~ITP_OPT_WSCALE;
	if (!itp_tun(env->tun, sack))
		r->opts &= ~ITP_OPT_SACKOK;
	if (!itp_tun(env->tun, timestamps))
		r->opts &= ~ITP_OPT_TS;
	r->rcv_wscale = r->opts & ITP_OPT_WSCALE ? wscale : 0;
	r->snd_wscale = r->opts & ITP_OPT_WSCALE ? itp_wscale_take(syn, env)
						 : 0;
	r->sends = 0;
	r->timeouts = 0;
	r->retries = 0;
	r->cause = ITP_CAUSE_RCV_SYN;
	r->ts_recent = syn->tsval;
	r->ts_offset = itp_ts_offset(env);
}

void itp_req_init(struct itp_req *r, u64 id, const struct itp_seg_in *syn,
		  const struct itp_env *env, u32 iss)
{
	itp_req_fill(r, syn, env, iss);
	r->id = id;
	itp_env_count(env, ITP_CNT_passive_opens, 1);
	itp_env_req_state(r, ITP_LISTEN, ITP_SYN_RECV, r->cause);
}

void itp_req_synack(const struct itp_req *r, const struct itp_env *env,
		    struct itp_seg_out *seg)
{
	memset(seg, 0, sizeof(*seg));
	seg->seq = r->iss;
	seg->ack = r->irs + 1;
	seg->flags = ITP_SYN | ITP_ACK;
	seg->wnd = min(r->rcv_wnd, 0xffffU);
	seg->opts = ITP_OPT_MSS |
		    (r->opts & (ITP_OPT_WSCALE | ITP_OPT_SACKOK));
	seg->mss = r->mss_adv;
	seg->wscale = r->rcv_wscale;
	seg->why = r->sends ? ITP_WHY_SYN : ITP_WHY_NEW;
	if (r->opts & ITP_OPT_TS)
		itp_ts_put(seg, env, r->ts_offset, r->ts_recent);
}

void itp_req_sent(struct itp_req *r, const struct itp_env *env, bool ok)
{
	u64 wait = (u64)ITP_RTO_INITIAL_US << min_t(u8, r->timeouts, 30);

	wait = min(wait, itp_tun(env->tun, rto_max_ms) * 1000ULL);
	r->deadline_us = env->now_us + wait;
	if (!ok) {
		itp_env_count(env, ITP_CNT_send_fail, 1);
		return;
	}
	itp_env_count(env, ITP_CNT_segs_out, 1);
	if (r->sends)
		itp_env_count(env, ITP_CNT_segs_retrans, 1);
	if (r->sends < 255)
		r->sends++;
	r->sent_us = env->now_us;
}

static void itp_req_ack(struct itp_req *r, const struct itp_env *env,
			struct itp_seg_out *reply)
{
	memset(reply, 0, sizeof(*reply));
	reply->seq = r->iss + 1;
	reply->ack = r->irs + 1;
	reply->flags = ITP_ACK;
	/* Rounded up, or the right edge would move left. */
	reply->wnd = (r->rcv_wnd + (1U << r->rcv_wscale) - 1) >> r->rcv_wscale;
	/* And what it lets in is in the window from now on (RFC 7323 2.4). */
	r->rcv_wnd = (u32)reply->wnd << r->rcv_wscale;
	reply->why = ITP_WHY_CHALLENGE;
	if (r->opts & ITP_OPT_TS)
		itp_ts_put(reply, env, r->ts_offset, r->ts_recent);
}

/* Answer with an ACK, one per invalid_ratelimit, and keep the entry. */
static enum itp_req_verdict itp_req_challenge(struct itp_req *r,
					      const struct itp_env *env,
					      struct itp_seg_out *reply)
{
	if (!itp_challenge_allowed(&r->last_ack_us, env))
		return ITP_REQ_DROP;
	itp_env_count(env, ITP_CNT_challenge_acks, 1);
	itp_req_ack(r, env, reply);
	return ITP_REQ_REPLY;
}

/* Outside the window: an ACK tells the peer where it is. */
static enum itp_req_verdict itp_req_outside(struct itp_req *r,
					    const struct itp_seg_in *seg,
					    const struct itp_env *env,
					    struct itp_seg_out *reply)
{
	if ((seg->flags & ITP_RST) ||
	    !itp_answer_allowed(seg, &r->last_ack_us, env))
		return ITP_REQ_DROP;
	itp_env_count(env, ITP_CNT_challenge_acks, 1);
	itp_req_ack(r, env, reply);
	return ITP_REQ_REPLY;
}

/* The SYN of this entry once more: our SYN-ACK was lost. */
static enum itp_req_verdict itp_req_syn_again(struct itp_req *r,
					      const struct itp_env *env,
					      enum itp_reason *reason)
{
	*reason = ITP_REASON_DUP_SYN;
	return itp_ack_allowed(&r->last_ack_us, env) ? ITP_REQ_SYNACK
						     : ITP_REQ_DROP;
}

/* In the order that Linux has, RFC 9293 3.10.7.4 and RFC 5961 within. */
enum itp_req_verdict itp_req_input(struct itp_req *r,
				   const struct itp_seg_in *seg,
				   const struct itp_env *env,
				   struct itp_seg_out *reply,
				   enum itp_reason *reason)
{
	u32 rcv_nxt = r->irs + 1;
	u32 seq = seg->seq;
	u8 flags = seg->flags;
	bool old = (r->opts & ITP_OPT_TS) && itp_ts_old(seg, r->ts_recent);

	*reason = ITP_REASON_NONE;
	itp_env_count(env, ITP_CNT_segs_in, 1);
	if (!(flags & (ITP_SYN | ITP_ACK | ITP_RST))) {
		*reason = ITP_REASON_NO_FLAGS;
		return ITP_REQ_DROP;
	}
	if ((flags & (ITP_SYN | ITP_ACK | ITP_RST)) == ITP_SYN &&
	    seq == r->irs && !old) {
		itp_ts_take(&r->ts_recent, seg, rcv_nxt);
		return itp_req_syn_again(r, env, reason);
	}
	if ((flags & ITP_ACK) && !(flags & ITP_RST) && seg->ack != r->iss + 1) {
		*reason = ITP_REASON_ACK_HANDSHAKE;
		itp_seg_reset(seg, reply);
		return ITP_REQ_REPLY;
	}
	if (old || seq_lt(seq + itp_seg_space(seg), rcv_nxt) ||
	    seq_gt(seq, rcv_nxt + r->rcv_wnd)) {
		*reason = old ? ITP_REASON_PAWS : ITP_REASON_WINDOW;
		return itp_req_outside(r, seg, env, reply);
	}
	if ((flags & ITP_SYN) && seq == r->irs) {
		flags &= ~ITP_SYN;
		seq++;
	}
	if (flags & ITP_RST) {
		*reason = ITP_REASON_RST_SEQ;
		if (seq != rcv_nxt)
			return itp_req_challenge(r, env, reply);
		itp_env_count(env, ITP_CNT_rst_in, 1);
		return ITP_REQ_KILL;
	}
	if (flags & ITP_SYN) {
		/* Not back to LISTEN: RFC 5961 section 4 protects entries too. */
		*reason = ITP_REASON_SYN_CHALLENGE;
		return itp_req_challenge(r, env, reply);
	}
	if (!(flags & ITP_ACK)) {
		*reason = ITP_REASON_ACK_MISSING;
		return ITP_REQ_DROP;
	}
	if (r->timeouts < r->defer && !seg->len && !(flags & ITP_FIN)) {
		*reason = ITP_REASON_DEFERRED;
		return ITP_REQ_DROP;
	}
	return ITP_REQ_CLAIM;
}

bool itp_req_expire(struct itp_req *r, const struct itp_env *env)
{
	u32 limit = r->retries ? r->retries : itp_tun(env->tun, synack_retries);

	if (r->timeouts >= limit)
		return false;
	r->timeouts++;
	return true;
}

void itp_req_end(struct itp_req *r, const struct itp_env *env,
		 enum itp_cause cause)
{
	itp_env_count(env, ITP_CNT_attempt_fails, 1);
	itp_env_req_state(r, ITP_SYN_RECV, ITP_CLOSED, cause);
}

void itp_req_to_conn(const struct itp_req *r, struct itp_conn *c,
		     const struct itp_env *env)
{
	c->id = r->id;
	c->state = ITP_SYN_RECV;
	c->prev_state = ITP_LISTEN;
	c->cause = r->cause;
	c->role = ITP_ROLE_PASSIVE;
	c->created_us = r->created_us;
	c->entered_us = r->created_us;
	c->last_rcvd_us = env->now_us;
	c->progress_us = env->now_us;
	c->iss = r->iss;
	c->snd_una = r->iss;
	c->snd_nxt = r->iss + 1;
	c->snd_sml = c->snd_nxt;
	c->lost_hint = c->snd_nxt;
	c->write_seq = c->snd_nxt;
	c->irs = r->irs;
	c->rcv_nxt = r->irs + 1;
	c->rcv_acked = c->rcv_nxt;
	c->rcv_right = c->rcv_nxt + r->rcv_wnd;
	c->mss_peer = r->mss_peer;
	c->mss_adv = r->mss_adv;
	c->wscale_ok = r->opts & ITP_OPT_WSCALE;
	c->snd_wscale = r->snd_wscale;
	c->rcv_wscale = r->rcv_wscale;
	c->sack_ok = r->opts & ITP_OPT_SACKOK;
	c->ts_ok = r->opts & ITP_OPT_TS;
	c->ts_recent = r->ts_recent;
	c->ts_offset = r->ts_offset;
	c->snd_wnd = r->wnd;
	c->max_snd_wnd = r->wnd;
	c->snd_wl1 = r->irs;
	c->snd_wl2 = r->iss;
	c->segs_in = 1;
	c->segs_out = r->sends;
	c->retrans = r->sends ? r->sends - 1 : 0;
	c->syn_again = min_t(u32, c->retrans, 127);
	/*
	 * A SYN-ACK that went twice tells no time (Karn), nor does one that
	 * carried a cookie.
	 */
	if (r->sends == 1 && r->sent_us)
		itp_rtt_sample(c, env, env->now_us - r->sent_us);
	else if (r->sends != 1)
		c->rto_us = ITP_RTO_FALLBACK_US;
}
