// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments and ICMP errors that arrive for a connection: RFC 9293 section
 * 3.10.7, in its order: sequence number, RST, SYN, ACK (ack.c), URG
 * (urgent.c), text and FIN (text.c). Half-open entries are request.c's,
 * TIME-WAIT records timewait.c's.
 */
#include <env.h>
#include "internal.h"
#include "input.h"

void itp_drop(struct itp_conn *c, const struct itp_seg_in *seg,
	      enum itp_reason reason, struct itp_out *out)
{
	out->place = ITP_PLACE_NONE;
	out->reason = reason;
	itp_env_event(c, ITP_EVENT_DROP, reason, seg->seq);
}

bool itp_ack_allowed(u64 *last, const struct itp_env *env)
{
	u64 gap = itp_tun(env->tun, invalid_ratelimit) * 1000ULL;

	if (gap && *last && env->now_us - *last < gap) {
		itp_env_count(env, ITP_CNT_challenge_limited, 1);
		return false;
	}
	*last = env->now_us;
	return true;
}

/*
 * RFC 5961 section 7: a limit for all connections together. Who can use it up
 * must not learn from that whether a guess about somebody else's connection
 * drew a challenge ACK (CVE-2016-5696): how many there are is drawn anew each
 * second, from half the limit to one and a half.
 */
static bool itp_challenge_budget(const struct itp_env *env)
{
	u32 limit = itp_tun(env->tun, challenge_ack_limit);
	u32 second = itp_env_div(env->now_us, ITP_USEC) + 1;
	struct itp_challenge *b = env->challenge;
	u32 left;

	if (!b || limit >= ITP_CHALLENGE_UNLIMITED)
		return true;
	if (READ_ONCE(b->second) != second) {
		WRITE_ONCE(b->second, second);
		left = limit - limit / 2;
		left += (u64)itp_env_random() * limit >> 32;
		WRITE_ONCE(b->left, left);
	}
	left = READ_ONCE(b->left);
	if (!left)
		return false;
	WRITE_ONCE(b->left, left - 1);
	return true;
}

bool itp_challenge_allowed(u64 *last, const struct itp_env *env)
{
	if (!itp_ack_allowed(last, env))
		return false;
	if (itp_challenge_budget(env))
		return true;
	itp_env_count(env, ITP_CNT_challenge_budget, 1);
	return false;
}

/* Drop the segment and answer with an ACK, if the limit allows (RFC 5961 7). */
void itp_challenge(struct itp_conn *c, const struct itp_seg_in *seg,
		   const struct itp_env *env, enum itp_reason reason,
		   struct itp_out *out)
{
	bool sent = itp_challenge_allowed(&c->last_challenge_us, env);

	itp_drop(c, seg, reason, out);
	itp_env_event(c, ITP_EVENT_CHALLENGE, reason, sent);
	if (!sent)
		return;
	itp_env_count(env, ITP_CNT_challenge_acks, 1);
	/* An ACK that is owed anyway does as well, and stays what it is. */
	if (!c->ack_now)
		c->challenge = true;
	c->ack_now = true;
}

static void itp_reply_reset(const struct itp_seg_in *seg, struct itp_out *out)
{
	if (itp_seg_reset(seg, &out->reply))
		out->flags |= ITP_OUT_REPLY;
}

u8 itp_wscale_take(const struct itp_seg_in *syn, const struct itp_env *env)
{
	if (syn->wscale <= ITP_WSCALE_MAX)
		return syn->wscale;
	/* RFC 7323 2.3: note it and go on with 14. */
	itp_env_count(env, ITP_CNT_wscale_capped, 1);
	return ITP_WSCALE_MAX;
}

/* The peer's SYN: its sequence number, options and window. */
static void itp_take_syn(struct itp_conn *c, const struct itp_seg_in *seg,
			 const struct itp_env *env)
{
	u32 wnd = c->rcv_right;

	c->irs = seg->seq;
	c->rcv_nxt = seg->seq + 1;
	c->rcv_right = c->rcv_nxt + wnd;
	c->rcv_acked = c->rcv_nxt;
	c->mss_peer = seg->opts & ITP_OPT_MSS ? seg->mss : itp_mss_default(env);
	c->wscale_ok = c->wscale_offered && (seg->opts & ITP_OPT_WSCALE);
	c->snd_wscale = c->wscale_ok ? itp_wscale_take(seg, env) : 0;
	if (!c->wscale_ok)
		c->rcv_wscale = 0;
	c->sack_ok = c->sack_offered && (seg->opts & ITP_OPT_SACKOK);
	c->ts_ok = c->ts_offered && (seg->opts & ITP_OPT_TS);
	c->ts_recent = seg->tsval;
	c->snd_wnd = seg->wnd;
	c->max_snd_wnd = seg->wnd;
	c->snd_wl1 = seg->seq;
	c->snd_wl2 = seg->ack;
}

/* The SYN goes again as SYN-ACK, at once: simultaneous open (RFC 9293 3.5). */
static void itp_simultaneous_open(struct itp_conn *c,
				  const struct itp_seg_in *seg,
				  const struct itp_env *env,
				  struct itp_out *out)
{
	struct itp_range *syn = itp_range_first(&c->sent);

	itp_take_syn(c, seg, env);
	itp_state_set(c, env, ITP_SYN_RECV, ITP_CAUSE_RCV_SYN);
	if (syn) {
		itp_mark_lost(c, env, syn, 1, ITP_WHY_SYN);
		syn->times = 0;
	}
	c->retries = 0;
	c->backoff = 0;
	itp_rto_restart(c, env);
	out->flags |= ITP_OUT_STATE | ITP_OUT_SEND;
}

/* RFC 9293 3.10.7.3. */
static void itp_input_syn_sent(struct itp_conn *c, const struct itp_seg_in *seg,
			       const struct itp_env *env, struct itp_out *out)
{
	struct itp_seg_in rest;

	if ((seg->flags & ITP_ACK) &&
	    (seq_le(seg->ack, c->iss) || seq_gt(seg->ack, c->snd_nxt) ||
	     itp_ts_foreign(c, seg, env))) {
		itp_reply_reset(seg, out);
		itp_drop(c, seg, ITP_REASON_ACK_HANDSHAKE, out);
		return;
	}
	if (seg->flags & ITP_RST) {
		if (!(seg->flags & ITP_ACK)) {
			itp_drop(c, seg, ITP_REASON_RST_HANDSHAKE, out);
			return;
		}
		itp_env_count(env, ITP_CNT_rst_in, 1);
		itp_conn_done(c, env, ITP_CAUSE_RCV_RST, ECONNREFUSED, out);
		return;
	}
	if (!(seg->flags & ITP_SYN)) {
		itp_drop(c, seg, ITP_REASON_NO_SYN, out);
		return;
	}
	if (!(seg->flags & ITP_ACK)) {
		/* Text on a SYN is not acted on; the peer sends it again. */
		itp_simultaneous_open(c, seg, env, out);
		return;
	}
	itp_take_syn(c, seg, env);
	itp_ack_advance(c, seg, env);
	itp_conn_opened(c, env, ITP_CAUSE_RCV_SYNACK, out);
	c->ack_now = true;
	rest = *seg;
	rest.seq++;
	rest.flags &= ~ITP_SYN;
	if (itp_input_urgent(c, seg, env, out))
		itp_input_text(c, &rest, env, out);
}

/*
 * RFC 9293 3.10.7.4, first: is any of it in the window? The left edge is that
 * of the last ACK sent, so that the ACK field of a repeated FIN or SYN-ACK
 * counts (RFC 9293 A.2); the right edge is inclusive, as on Linux.
 */
static bool itp_seq_ok(const struct itp_conn *c, const struct itp_seg_in *seg)
{
	return seq_ge(seg->seq + itp_seg_space(seg), c->rcv_acked) &&
	       seq_le(seg->seq, c->rcv_right);
}

static void itp_input_outside(struct itp_conn *c, const struct itp_seg_in *seg,
			      const struct itp_env *env, struct itp_out *out)
{
	bool old = seq_le(seg->seq + itp_seg_space(seg), c->rcv_nxt);
	enum itp_reason why = old ? ITP_REASON_OLD_DATA : ITP_REASON_WINDOW;

	if (seg->flags & ITP_RST) {
		itp_drop(c, seg, ITP_REASON_RST_SEQ, out);
	} else if (seg->flags & ITP_SYN) {
		itp_challenge(c, seg, env, ITP_REASON_SYN_CHALLENGE, out);
	} else if (itp_seg_space(seg)) {
		/* The peer may wait for this ACK; segments with text always get it. */
		itp_drop(c, seg, why, out);
		c->ack_now = true;
		if (old)
			itp_sack_dup(c, env, seg->seq, seg->seq + seg->len);
	} else {
		itp_challenge(c, seg, env, why, out);
	}
}

/*
 * PAWS (RFC 7323 5.3 R1), before anything else is looked at. What has text is
 * answered always, like any text that comes again.
 */
static void itp_input_old(struct itp_conn *c, const struct itp_seg_in *seg,
			  const struct itp_env *env, struct itp_out *out)
{
	if (!seg->len || (seg->flags & ITP_SYN)) {
		itp_challenge(c, seg, env, ITP_REASON_PAWS, out);
		return;
	}
	itp_drop(c, seg, ITP_REASON_PAWS, out);
	c->ack_now = true;
	if (seq_le(seg->seq + seg->len, c->rcv_nxt))
		itp_sack_dup(c, env, seg->seq, seg->seq + seg->len);
}

/* Second: RST. Exactly RCV.NXT resets, elsewhere is challenged (RFC 5961 3.2). */
static void itp_input_rst(struct itp_conn *c, const struct itp_seg_in *seg,
			  const struct itp_env *env, struct itp_out *out)
{
	int err = c->state == ITP_CLOSE_WAIT ? EPIPE : ECONNRESET;

	if (seg->seq != c->rcv_nxt &&
	    !(c->fin_rcvd && seg->seq == c->rcv_nxt - 1)) {
		itp_challenge(c, seg, env, ITP_REASON_RST_SEQ, out);
		return;
	}
	itp_env_count(env, ITP_CNT_rst_in, 1);
	itp_conn_done(c, env, ITP_CAUSE_RCV_RST, err, out);
}

/*
 * SYN-RECEIVED: the peer's SYN once more. With an ACK it is the second half of
 * a simultaneous open; without one our SYN-ACK was lost. True: go on with
 * @seg as if it had no SYN.
 */
static bool itp_input_syn_again(struct itp_conn *c, struct itp_seg_in *seg,
				const struct itp_env *env, struct itp_out *out)
{
	struct itp_range *syn = itp_range_first(&c->sent);

	if (c->state != ITP_SYN_RECV || seg->seq != c->irs) {
		itp_challenge(c, seg, env, ITP_REASON_SYN_CHALLENGE, out);
		return false;
	}
	if (!(seg->flags & ITP_ACK)) {
		itp_drop(c, seg, ITP_REASON_DUP_SYN, out);
		if (syn && itp_ack_allowed(&c->last_challenge_us, env))
			itp_mark_lost(c, env, syn, 1, ITP_WHY_SYN);
		return false;
	}
	seg->seq++;
	seg->flags &= ~ITP_SYN;
	/* The window of a SYN is not scaled (RFC 7323 2.2); what follows would. */
	seg->wnd >>= c->snd_wscale;
	return true;
}

/* Everything but SYN-SENT: RFC 9293 3.10.7.4, RFC 5961. */
static void itp_input_sync(struct itp_conn *c, const struct itp_seg_in *in,
			   const struct itp_env *env, struct itp_out *out)
{
	struct itp_seg_in seg = *in;

	if (!(seg.flags & (ITP_ACK | ITP_SYN | ITP_RST))) {
		itp_drop(c, &seg, ITP_REASON_NO_FLAGS, out);
		return;
	}
	if (itp_paws(c, &seg, env)) {
		itp_input_old(c, &seg, env, out);
		return;
	}
	if (!itp_seq_ok(c, &seg) &&
	    !((seg.flags & ITP_RST) && c->fin_rcvd &&
	      seg.seq == c->rcv_nxt - 1)) {
		itp_input_outside(c, &seg, env, out);
		return;
	}
	if (seg.flags & ITP_RST) {
		itp_input_rst(c, &seg, env, out);
		return;
	}
	if ((seg.flags & ITP_SYN) && !itp_input_syn_again(c, &seg, env, out))
		return;
	if (!(seg.flags & ITP_ACK)) {
		itp_drop(c, &seg, ITP_REASON_ACK_MISSING, out);
		return;
	}
	if (!itp_input_ack(c, &seg, env, out))
		return;
	/* The urgent pointer counts from the SYN on, if there is one. */
	if (itp_input_urgent(c, in, env, out))
		itp_input_text(c, &seg, env, out);
}

void itp_input(struct itp_conn *c, const struct itp_seg_in *seg,
	       const struct itp_env *env, struct itp_out *out)
{
	memset(out, 0, sizeof(*out));
	c->segs_in++;
	itp_env_count(env, ITP_CNT_segs_in, 1);
	switch (c->state) {
	case ITP_CLOSED:
	case ITP_LISTEN:
	case ITP_TIME_WAIT:
		/* Not a connection (any more): the shell's tables lag behind. */
		itp_reply_reset(seg, out);
		itp_drop(c, seg, ITP_REASON_NO_CONN, out);
		break;
	case ITP_SYN_SENT:
		itp_input_syn_sent(c, seg, env, out);
		break;
	default:
		itp_input_sync(c, seg, env, out);
	}
	out->deliver_to = c->rcv_nxt;
	if (c->sent.count)
		itp_mss_follow(c, env);
	if (itp_send_wanted(c))
		out->flags |= ITP_OUT_SEND;
	itp_deadline_update(c);
}

/* Unsent text may make a whole segment now, too. */
static void itp_icmp_pmtu(struct itp_conn *c, const struct itp_env *env,
			  struct itp_out *out)
{
	if (itp_mss_follow(c, env) && itp_send_wanted(c))
		out->flags |= ITP_OUT_SEND;
}

void itp_icmp(struct itp_conn *c, const struct itp_env *env,
	      enum itp_icmp_kind kind, u32 seq, int err, struct itp_out *out)
{
	bool opening = c->state == ITP_SYN_SENT || c->state == ITP_SYN_RECV;

	memset(out, 0, sizeof(*out));
	out->deliver_to = c->rcv_nxt;
	if (c->state == ITP_CLOSED || c->state == ITP_LISTEN ||
	    c->state == ITP_TIME_WAIT)
		return;
	if (!itp_icmp_seq_ok(c, seq))
		return;
	if (kind == ITP_ICMP_PMTU)
		itp_icmp_pmtu(c, env, out);
	else if (opening && (kind == ITP_ICMP_HARD ||
			     itp_tun(env->tun, syn_soft_errors)))
		itp_conn_done(c, env, ITP_CAUSE_ICMP_ERROR, err, out);
	else
		c->soft_error = err;
	itp_deadline_update(c);
}
