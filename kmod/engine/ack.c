// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ACK field of a segment: is it acceptable, what does it acknowledge, what
 * does it say about round-trip time, the peer's window and losses, and which
 * state follows (RFC 9293 section 3.10.7.4, fifth). Congestion control is
 * reno.c's.
 */
#include <env.h>
#include "internal.h"
#include "input.h"

/*
 * Round-trip time: from the record of what was acknowledged, which knows it to
 * the microsecond; else from the timestamp that came back. Karn: nothing that
 * was sent twice tells a time without one (RFC 6298 3).
 */
static void itp_ack_rtt(struct itp_conn *c, const struct itp_seg_in *seg,
			const struct itp_env *env, u64 sent_us, bool again)
{
	u64 rtt = 0;

	if (!again && sent_us)
		rtt = max_t(u64, env->now_us - sent_us, 1);
	else if (again || !c->srtt_valid)
		rtt = itp_ts_rtt(c, seg, env);
	if (rtt)
		itp_rtt_sample(c, env, rtt);
	else if (again && !c->srtt_valid)
		c->rto_us = ITP_RTO_FALLBACK_US;
}

u32 itp_ack_advance(struct itp_conn *c, const struct itp_seg_in *seg,
		    const struct itp_env *env)
{
	u32 ack = seg->ack, acked = ack - c->snd_una;
	bool again = false;
	u64 sent_us = 0;
	struct itp_range *r;

	while ((r = itp_range_first(&c->sent)) && seq_lt(r->start, ack)) {
		u32 end = seq_min(r->end, ack);

		/* A SYN that went again as SYN-ACK counts from there, but two went. */
		if (r->times != 1 || r->first_sent_us != r->sent_us)
			again = true;
		else if (end == r->end)
			sent_us = r->sent_us;
		if ((r->flags & (ITP_RNG_LOST | ITP_RNG_SYN)) == ITP_RNG_LOST &&
		    c->flow)
			c->flow->lost -= end - r->start;
		if (end != r->end) {
			r->start = end;
			r->flags &= ~ITP_RNG_SYN;
			break;
		}
		itp_range_erase(&c->sent, r);
		itp_env_range_free(r);
	}
	c->snd_una = ack;
	if (c->snd_urg && seq_ge(ack, c->flow->snd_up))
		c->snd_urg = false;
	c->lost_hint = seq_max(c->lost_hint, ack);
	c->progress_us = env->now_us;
	c->retries = 0;
	c->soft_error = 0;
	if (c->flow) {
		c->flow->delivered += acked;
		c->flow->delivered_us = env->now_us;
	}
	itp_ack_rtt(c, seg, env, sent_us, again);
	if (!itp_flight(c))
		c->timers[ITP_TIMER_RTO] = 0;
	else if (!c->flow || c->flow->ca_state != ITP_CA_RECOVERY ||
		 seq_ge(ack, c->flow->recover))
		itp_rto_restart(c, env);
	/* Else a partial ACK: the first one restarts it (RFC 6582 3.2 step 3). */
	return acked;
}

/*
 * SND.WND, by the WL1/WL2 rule (RFC 9293 SA-11). True: it changed. Whatever
 * moves SND.UNA counts too, even if it comes late: the window it carries
 * belongs to the new left edge, an older one would move the right edge.
 */
static bool itp_window_update(struct itp_conn *c, const struct itp_seg_in *seg,
			      const struct itp_env *env, struct itp_out *out)
{
	u32 wnd = (u32)seg->wnd << c->snd_wscale;
	u32 old = c->snd_wnd;

	if (!seq_gt(seg->ack, c->snd_una) && !seq_lt(c->snd_wl1, seg->seq) &&
	    !(c->snd_wl1 == seg->seq && seq_le(c->snd_wl2, seg->ack)))
		return false;
	c->snd_wl1 = seq_max(c->snd_wl1, seg->seq);
	c->snd_wl2 = seg->ack;
	if (wnd == old)
		return false;
	c->snd_wnd = wnd;
	c->max_snd_wnd = max(c->max_snd_wnd, wnd);
	if (!wnd) {
		itp_env_count(env, ITP_CNT_zero_window_rcvd, 1);
		if (c->flow)
			c->flow->zero_window_rcvd++;
	}
	if (!old) {
		/* Open again: probing is over, and its back-off with it. */
		c->timers[ITP_TIMER_PERSIST] = 0;
		c->probe = false;
		if (!itp_flight(c))
			c->backoff = 0;
	}
	itp_env_event(c, ITP_EVENT_WINDOW, wnd, c->rcv_right - c->rcv_nxt);
	out->flags |= ITP_OUT_SEND;
	return true;
}

/* SYN-RECEIVED: is our SYN acknowledged? (RFC 9293 SA-12) */
static bool itp_ack_opens(struct itp_conn *c, const struct itp_seg_in *seg,
			  const struct itp_env *env, struct itp_out *out)
{
	if (seq_le(seg->ack, c->snd_una) || seq_gt(seg->ack, c->snd_nxt)) {
		if (itp_seg_reset(seg, &out->reply))
			out->flags |= ITP_OUT_REPLY;
		itp_drop(c, seg, ITP_REASON_ACK_HANDSHAKE, out);
		return false;
	}
	/* The window of a segment without SYN is scaled (RFC 7323 2.3). */
	c->snd_wl1 = seg->seq - 1;
	itp_conn_opened(c, env, ITP_CAUSE_RCV_ACK, out);
	return true;
}

/* What the acknowledgment of our FIN changes. False: the connection is gone. */
static bool itp_fin_acked_state(struct itp_conn *c, const struct itp_env *env,
				struct itp_out *out)
{
	switch (c->state) {
	case ITP_FIN_WAIT1:
		itp_state_set(c, env, ITP_FIN_WAIT2, ITP_CAUSE_RCV_ACK_OF_FIN);
		out->flags |= ITP_OUT_STATE;
		if (c->orphan)
			itp_fin_wait2_start(c, env, out);
		return c->state != ITP_CLOSED;
	case ITP_CLOSING:
		itp_state_set(c, env, ITP_TIME_WAIT, ITP_CAUSE_RCV_ACK_OF_FIN);
		memset(c->timers, 0, sizeof(c->timers));
		out->flags |= ITP_OUT_STATE | ITP_OUT_TIMEWAIT | ITP_OUT_READ |
			      ITP_OUT_WRITE;
		return true;
	case ITP_LAST_ACK:
		itp_conn_done(c, env, ITP_CAUSE_RCV_ACK_OF_FIN, 0, out);
		return false;
	default:
		return true;
	}
}

/* RFC 5681 section 2: the five conditions. */
static bool itp_is_dup_ack(const struct itp_conn *c,
			   const struct itp_seg_in *seg, bool wnd_changed)
{
	return seg->ack == c->snd_una && itp_flight(c) && !itp_seg_space(seg) &&
	       !wnd_changed && c->flow;
}

bool itp_input_ack(struct itp_conn *c, const struct itp_seg_in *seg,
		   const struct itp_env *env, struct itp_out *out)
{
	u32 flight = itp_flight(c);
	bool wnd_changed;
	u32 acked;

	if (c->state == ITP_SYN_RECV) {
		if (!itp_ack_opens(c, seg, env, out))
			return false;
	} else if (seq_lt(seg->ack, c->snd_una - c->max_snd_wnd)) {
		itp_challenge(c, seg, env, ITP_REASON_ACK_OLD, out);
		return false;
	} else if (seq_gt(seg->ack, c->snd_nxt)) {
		itp_challenge(c, seg, env, ITP_REASON_ACK_FUTURE, out);
		return false;
	}
	if (c->ts_ok)
		itp_ts_take(&c->ts_recent, seg, c->rcv_acked);
	itp_sack_in(c, seg, env);
	c->last_rcvd_us = env->now_us;
	c->probes = 0;
	if (seq_lt(seg->ack, c->snd_una))
		return true;
	wnd_changed = itp_window_update(c, seg, env, out);
	if (seg->ack == c->snd_una) {
		if (itp_is_dup_ack(c, seg, wnd_changed))
			itp_cc_dup_ack(c, env);
		return true;
	}
	acked = itp_ack_advance(c, seg, env);
	if (c->flow)
		itp_cc_acked(c, env, acked, flight);
	out->flags |= ITP_OUT_SEND | ITP_OUT_WRITE;
	return !itp_fin_acked(c) || itp_fin_acked_state(c, env, out);
}
