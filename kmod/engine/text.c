// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text and FIN of a segment: what is new, where it goes, what is held until a
 * gap closes, and when an ACK is due (RFC 9293 section 3.10.7.4, seventh and
 * eighth; RFC 5681 section 4.2). The octets themselves are the shell's.
 */
#include <env.h>
#include "internal.h"
#include "input.h"

/*
 * How large are the peer's full segments? A longer one says so by itself. Two
 * of the same, shorter length in a row do too, unless they look like what a
 * program wrote in one piece: a path that shrank shows so, and every second
 * full segment goes on being acknowledged at once.
 */
static void itp_rcv_mss_measure(struct itp_conn *c, const struct itp_seg_in *seg)
{
	struct itp_flow *f = c->flow;
	u16 len = min(seg->len, 0xffffU);
	u16 last = f->rcv_last;

	f->rcv_last = 0;
	if (len >= f->rcv_mss) {
		f->rcv_mss = len;
		return;
	}
	if (len < ITP_MSS_MIN_DEFAULT &&
	    (len < ITP_MSS_LEAST ||
	     (seg->flags & (ITP_PSH | ITP_FIN | ITP_URG))))
		return;
	if (len == last)
		f->rcv_mss = len;
	f->rcv_last = len;
}

/* RFC 9293 3.8.6.3: every second full segment at once, others a little later. */
static void itp_ack_schedule(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_flow *f = c->flow;
	u32 least = itp_tun(env->tun, delack_min_us);
	u32 most = itp_tun(env->tun, delack_max_us);
	u64 gap = env->now_us - f->last_data_rcvd_us;

	f->last_data_rcvd_us = env->now_us;
	/* Follow the sender's rhythm, so that its next segment joins the ACK. */
	if (gap <= least / 2)
		f->ato_us = f->ato_us / 2 + least / 2;
	else if (gap < f->ato_us)
		f->ato_us = f->ato_us / 2 + (u32)gap;
	f->ato_us = min(max(f->ato_us, least), most);

	if ((f->quick_acks &&
	     f->pingpong < itp_tun(env->tun, pingpong_thresh)) ||
	    c->rcv_nxt - c->rcv_acked >= 2U * f->rcv_mss) {
		c->ack_now = true;
		return;
	}
	c->ack_owed = true;
	if (!c->timers[ITP_TIMER_DELACK])
		c->timers[ITP_TIMER_DELACK] = env->now_us + f->ato_us;
}

/* RCV.NXT has moved: take what is held and continues it. True: a gap closed. */
static bool itp_held_merge(struct itp_conn *c)
{
	struct itp_range *r;
	bool any = false;

	while ((r = itp_range_first(&c->held)) && seq_le(r->start, c->rcv_nxt)) {
		c->rcv_nxt = seq_max(c->rcv_nxt, r->end);
		itp_range_erase(&c->held, r);
		itp_env_range_free(r);
		any = true;
	}
	return any;
}

/* Remember [start, end) as held, one range with those it touches. */
static bool itp_held_add(struct itp_conn *c, const struct itp_env *env,
			 u32 start, u32 end)
{
	struct itp_range *r, *n;

	/* The first range that ends at start or later. */
	r = itp_range_find(&c->held, start - 1);
	if (!r || seq_gt(r->start, end)) {
		if (c->held.count >= itp_tun(env->tun, max_ranges))
			return false;
		r = itp_env_range_alloc(false);
		if (!r)
			return false;
		memset(r, 0, sizeof(*r));
		r->start = start;
		r->end = end;
		itp_range_insert(&c->held, r);
		return true;
	}
	r->start = seq_min(r->start, start);
	while (seq_lt(r->end, end)) {
		n = itp_range_next(r);
		if (!n || seq_gt(n->start, end)) {
			r->end = end;
			break;
		}
		r->end = n->end;
		itp_range_erase(&c->held, n);
		itp_env_range_free(n);
	}
	return true;
}

static bool itp_held_covers(const struct itp_conn *c, u32 start, u32 end)
{
	struct itp_range *r = itp_range_find(&c->held, start);

	return r && seq_le(r->start, start) && seq_ge(r->end, end);
}

void itp_rcv_pruned(struct itp_conn *c, u32 from)
{
	struct itp_range *r;

	while ((r = itp_range_last(&c->held)) && seq_gt(r->end, from)) {
		if (seq_lt(r->start, from)) {
			r->end = from;
			break;
		}
		itp_range_erase(&c->held, r);
		itp_env_range_free(r);
	}
	itp_sack_pruned(c, from);
	if (c->fin_held && seq_ge(c->fin_seq, from))
		c->fin_held = false;
}

/* The peer's FIN is in order (RFC 9293 3.10.7.4, eighth). */
static void itp_fin_take(struct itp_conn *c, const struct itp_env *env,
			 struct itp_out *out)
{
	c->rcv_nxt++;
	c->fin_rcvd = true;
	c->fin_held = false;
	c->ack_now = true;
	/* Only a broken peer sends text beyond its FIN: nobody will read it. */
	itp_map_clear(&c->held);
	out->flags |= ITP_OUT_EOF | ITP_OUT_READ | ITP_OUT_STATE;
	switch (c->state) {
	case ITP_SYN_RECV:
	case ITP_ESTABLISHED:
		itp_state_set(c, env, ITP_CLOSE_WAIT, ITP_CAUSE_RCV_FIN);
		break;
	case ITP_FIN_WAIT1:
		itp_state_set(c, env, ITP_CLOSING, ITP_CAUSE_RCV_FIN);
		break;
	case ITP_FIN_WAIT2:
		itp_state_set(c, env,
			      ITP_MUTATE(3) ? ITP_CLOSING : ITP_TIME_WAIT,
			      ITP_CAUSE_RCV_FIN);
		memset(c->timers, 0, sizeof(c->timers));
		out->flags |= ITP_OUT_TIMEWAIT | ITP_OUT_WRITE;
		break;
	}
}

/* Text at RCV.NXT. */
static void itp_text_in_order(struct itp_conn *c, const struct itp_seg_in *seg,
			      const struct itp_env *env, u32 len,
			      struct itp_out *out)
{
	struct itp_range *held = itp_range_first(&c->held);
	u32 before = c->rcv_nxt;
	bool gap;

	if (held && seq_lt(held->start, before + len))
		itp_sack_dup(c, env, held->start,
			     seq_min(held->end, before + len));
	out->place = ITP_PLACE_INORDER;
	out->flags |= ITP_OUT_READ;
	c->rcv_nxt += len;
	gap = itp_held_merge(c);
	c->flow->octets_in += c->rcv_nxt - before;
	c->flow->data_segs_in++;
	itp_env_count(env, ITP_CNT_data_octets_in, c->rcv_nxt - before);
	itp_rcv_mss_measure(c, seg);
	itp_ack_schedule(c, env);
	/* The sender waits for this one (RFC 5681 4.2). */
	if (gap || c->held.count)
		c->ack_now = true;
}

/* Text beyond a gap: an immediate duplicate ACK tells the sender. */
static void itp_text_hold(struct itp_conn *c, const struct itp_seg_in *seg,
			  const struct itp_env *env, u32 start, u32 end,
			  struct itp_out *out)
{
	struct itp_range *r = itp_range_find(&c->held, start);

	/* Of what it shares with others the first is reported (RFC 2883 4). */
	if (r && seq_lt(r->start, end))
		itp_sack_dup(c, env, seq_max(start, r->start),
			     seq_min(end, r->end));
	if (itp_held_covers(c, start, end)) {
		c->ack_now = true;
		itp_sack_note(c, start);
		itp_env_count(env, ITP_CNT_dup_octets_in, end - start);
		itp_drop(c, seg, ITP_REASON_OLD_DATA, out);
		return;
	}
	if (!itp_held_add(c, env, start, end)) {
		itp_drop(c, seg, ITP_REASON_NO_MEMORY, out);
		return;
	}
	itp_sack_note(c, start);
	c->ack_now = true;
	out->place = ITP_PLACE_HOLD;
	c->flow->ooo_in++;
	c->flow->data_segs_in++;
	itp_env_count(env, ITP_CNT_ooo_in, 1);
}

/* Where new text [start, end) goes. False: nowhere, nothing was taken. */
static bool itp_text_place(struct itp_conn *c, const struct itp_seg_in *seg,
			   const struct itp_env *env, u32 start, u32 end,
			   struct itp_out *out)
{
	if (itp_flow_get(c, env)) {
		itp_drop(c, seg, ITP_REASON_NO_MEMORY, out);
		return false;
	}
	if (env->rcv_full) {
		c->ack_now = true;
		itp_drop(c, seg, ITP_REASON_RCVBUF, out);
		return false;
	}
	if (start == c->rcv_nxt)
		itp_text_in_order(c, seg, env, end - start, out);
	else
		itp_text_hold(c, seg, env, start, end, out);
	return out->place != ITP_PLACE_NONE;
}

/* A FIN that cannot be acted on yet; the first one seen stands. */
static void itp_fin_hold(struct itp_conn *c, u32 seq)
{
	struct itp_range *last = itp_range_last(&c->held);

	c->ack_now = true;
	if (c->fin_held || (last && seq_gt(last->end, seq)))
		return;
	c->fin_held = true;
	c->fin_seq = seq;
}

/* Cut the segment to the window and to the peer's own FIN. */
static void itp_text_trim(struct itp_conn *c, const struct itp_seg_in *seg,
			  u32 *end, bool *fin, struct itp_out *out)
{
	u32 right = c->rcv_right + ITP_MUTATE(1);

	if (c->fin_held && seq_gt(*end, c->fin_seq))
		right = seq_min(right, c->fin_seq);
	if (seq_lt(seg->seq, c->rcv_nxt))
		out->trim_front = min(c->rcv_nxt - seg->seq, seg->len);
	/* A FIN takes an octet of the window too. */
	if (*fin && seq_gt(*end + 1, c->rcv_right))
		*fin = false;
	if (seq_gt(*end, right)) {
		out->trim_back = min(*end - right, seg->len - out->trim_front);
		*end = seg->seq + seg->len - out->trim_back;
		*fin = false;
	}
}

void itp_input_text(struct itp_conn *c, const struct itp_seg_in *seg,
		    const struct itp_env *env, struct itp_out *out)
{
	bool fin = seg->flags & ITP_FIN;
	u32 end = seg->seq + seg->len;
	u32 start;

	if (!seg->len && !fin)
		return;
	if (seq_le(end + fin, c->rcv_nxt)) {
		/* All of it is here already: our ACK was lost, or it is late. */
		itp_env_count(env, ITP_CNT_dup_octets_in, seg->len);
		itp_sack_dup(c, env, seg->seq, end);
		c->ack_now = true;
		itp_drop(c, seg, ITP_REASON_OLD_DATA, out);
		return;
	}
	if (c->fin_rcvd || (c->state != ITP_ESTABLISHED &&
			    c->state != ITP_FIN_WAIT1 &&
			    c->state != ITP_FIN_WAIT2)) {
		itp_drop(c, seg, ITP_REASON_AFTER_FIN, out);
		return;
	}
	if (c->orphan && seq_gt(end, c->rcv_nxt)) {
		/* Nobody will ever read it (RFC 9293 3.6.1, SHLD-3). */
		itp_seg_reset(seg, &out->reply);
		out->flags |= ITP_OUT_REPLY;
		itp_drop(c, seg, ITP_REASON_CLOSED_RCV, out);
		itp_conn_done(c, env, ITP_CAUSE_DATA_AFTER_CLOSE, 0, out);
		return;
	}
	itp_text_trim(c, seg, &end, &fin, out);
	start = seg->seq + out->trim_front;
	if (out->trim_front) {
		itp_env_count(env, ITP_CNT_dup_octets_in, out->trim_front);
		itp_sack_dup(c, env, seg->seq, start);
	}
	if (seq_lt(start, end)) {
		if (!itp_text_place(c, seg, env, start, end, out))
			fin = false;
	} else if (!fin) {
		c->ack_now = true;
		itp_drop(c, seg, ITP_REASON_WINDOW, out);
		return;
	}
	/* Below what is here already it contradicts that, which was first. */
	if (fin && seq_gt(end, c->rcv_nxt))
		itp_fin_hold(c, end);
	if ((fin && end == c->rcv_nxt) ||
	    (c->fin_held && c->fin_seq == c->rcv_nxt))
		itp_fin_take(c, env, out);
}
