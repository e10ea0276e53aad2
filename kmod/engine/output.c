// SPDX-License-Identifier: GPL-2.0-only
/*
 * What to send: retransmissions, new text, FIN, probes, ACKs; when text waits
 * (windows, Nagle, silly-window avoidance: RFC 9293 section 3.8.6.2); the
 * scoreboard of what was sent. Congestion windows are reno.c's, time-outs
 * timer.c's.
 *
 * A segment is proposed by itp_next_segment() and counts as sent only when
 * itp_segment_sent() says so.
 */
#include <env.h>
#include "internal.h"

bool itp_reserve(struct itp_conn *c, bool can_sleep)
{
	struct itp_range *r;

	while (c->nspare < 2) {
		r = itp_env_range_alloc(can_sleep);
		if (!r)
			return false;
		r->parent = c->spare;
		c->spare = r;
		c->nspare++;
	}
	return true;
}

static struct itp_range *itp_spare_take(struct itp_conn *c)
{
	struct itp_range *r = c->spare;

	if (!r)
		return NULL;
	c->spare = r->parent;
	c->nspare--;
	memset(r, 0, sizeof(*r));
	return r;
}

static void itp_lost_count(struct itp_conn *c, const struct itp_range *r,
			   bool add)
{
	if (!c->flow || (r->flags & ITP_RNG_SYN))
		return;
	if (add)
		c->flow->lost += r->end - r->start;
	else
		c->flow->lost -= r->end - r->start;
}

static bool itp_ranges_full(const struct itp_conn *c,
			    const struct itp_env *env)
{
	return c->sent.count >= itp_tun(env->tun, max_ranges);
}

static void itp_range_mark(struct itp_conn *c, struct itp_range *r,
			   enum itp_seg_why why)
{
	r->why = why;
	if (r->flags & ITP_RNG_LOST)
		return;
	r->flags |= ITP_RNG_LOST;
	itp_lost_count(c, r, true);
	c->lost_hint = seq_min(c->lost_hint, r->start);
}

/*
 * At the limit of records: what @r has from @at on goes to its neighbour, and
 * the neighbour goes again if that must.
 */
static bool itp_range_pass_on(struct itp_conn *c, struct itp_range *r, u32 at)
{
	struct itp_range *next = itp_range_next(r);

	if (!next)
		return false;
	next->flags &= ~ITP_RNG_SACKED;
	if (r->flags & ITP_RNG_LOST)
		itp_range_mark(c, next, r->why);
	else if ((next->flags & ITP_RNG_LOST) && c->flow)
		c->flow->lost += r->end - at;
	r->end = at;
	next->start = at;
	return true;
}

/*
 * Cut @r at @at; the front keeps the node. A peer that has small segments made
 * of large ones gets no more records for it than max_ranges. False: @r is as it
 * was.
 */
static bool itp_range_split(struct itp_conn *c, const struct itp_env *env,
			    struct itp_range *r, u32 at)
{
	struct itp_range *tail;

	if (at == r->end)
		return true;
	if (itp_ranges_full(c, env))
		return itp_range_pass_on(c, r, at);
	if (!c->nspare)
		itp_reserve(c, false);
	tail = itp_spare_take(c);
	if (!tail)
		return false;
	*tail = *r;
	tail->start = at;
	tail->flags &= ~ITP_RNG_SYN;
	r->end = at;
	r->flags &= ~ITP_RNG_FIN;
	itp_range_insert(&c->sent, tail);
	return true;
}

void itp_mark_lost(struct itp_conn *c, const struct itp_env *env,
		   struct itp_range *r, u32 octets, enum itp_seg_why why)
{
	if (!r)
		return;
	/* Without a node for the split the whole range goes again. */
	if (r->end - r->start > octets &&
	    !((r->flags & ITP_RNG_FIN) && r->end - r->start == octets + 1))
		itp_range_split(c, env, r, r->start + octets);
	itp_range_mark(c, r, why);
}

void itp_mark_all_lost(struct itp_conn *c, enum itp_seg_why why)
{
	struct itp_range *r;

	for (r = itp_range_first(&c->sent); r; r = itp_range_next(r))
		itp_range_mark(c, r, why);
}

/*
 * The path takes less than before, as ICMP told us, or another connection that
 * shares the route: what is longer was lost, and not to congestion (RFC 1191
 * 6.3), so it goes again at once, smaller. A program that asks for smaller
 * segments (ITP_MAXSEG) loses nothing by that.
 */
bool itp_mss_follow(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_range *r;
	u32 before = c->mss_snd;
	bool probe = itp_pmtu_too_big(c, env);

	itp_mss_sync(c, env);
	if (c->mss_snd >= before || env->path_mss >= before)
		return probe;
	for (r = itp_range_first(&c->sent); r; r = itp_range_next(r))
		if (!(r->flags & ITP_RNG_SYN) &&
		    r->end - r->start - !!(r->flags & ITP_RNG_FIN) > c->mss_snd)
			itp_mark_lost(c, env, r, r->end - r->start,
				      ITP_WHY_PMTU);
	return true;
}

u32 itp_pipe(const struct itp_conn *c)
{
	return itp_flight(c) - (c->flow ? c->flow->lost : 0);
}

/* The first range marked lost. */
static struct itp_range *itp_first_lost(const struct itp_conn *c)
{
	struct itp_range *r = itp_range_find(&c->sent, c->lost_hint);

	if (c->flow && !c->flow->lost && !(r && (r->flags & ITP_RNG_SYN)))
		return NULL;
	while (r && !(r->flags & ITP_RNG_LOST))
		r = itp_range_next(r);
	return r;
}

bool itp_send_wanted(const struct itp_conn *c)
{
	switch (c->state) {
	case ITP_CLOSED:
	case ITP_LISTEN:
		return false;
	case ITP_SYN_SENT:
		return c->snd_nxt == c->iss || itp_first_lost(c);
	default:
		return c->ack_now || c->probe || c->ka_probe ||
		       itp_unsent(c) || itp_first_lost(c);
	}
}

/* RFC 9293 3.8.6.2.2: the right edge moves by a useful step or not at all. */
u32 itp_rcv_window(const struct itp_conn *c, const struct itp_env *env)
{
	u32 cur = seq_gt(c->rcv_right, c->rcv_nxt) ? c->rcv_right - c->rcv_nxt
						   : 0;
	u32 free = env->rcv_full ? 0 : env->rcv_free;
	u32 step = c->flow ? c->flow->rcv_mss : ITP_MSS_MIN_DEFAULT;
	u32 top = 0xffffU << c->rcv_wscale;

	if (free > cur && free - cur >= min(env->rcv_total / 2, step))
		cur = free;
	return min(cur, top);
}

/* ACK field, window and flag of any segment but a bare SYN or a RST. */
static void itp_seg_ack(const struct itp_conn *c, const struct itp_env *env,
			struct itp_seg_out *seg)
{
	u32 wnd = itp_rcv_window(c, env);

	seg->flags |= ITP_ACK;
	seg->ack = c->rcv_nxt + ITP_MUTATE(4);
	/* Rounding up keeps the right edge where it was (RFC 7323 2.4). */
	wnd = (wnd + (1U << c->rcv_wscale) - 1) >> c->rcv_wscale;
	seg->wnd = min(wnd, 0xffffU);
	itp_urgent_sending(c, env, seg);
}

static void itp_seg_syn(const struct itp_conn *c, struct itp_seg_out *seg)
{
	seg->seq = c->iss;
	seg->flags = ITP_SYN;
	seg->opts = ITP_OPT_MSS;
	seg->mss = c->mss_adv;
	if (c->state == ITP_SYN_SENT) {
		if (c->wscale_offered)
			seg->opts |= ITP_OPT_WSCALE;
		if (c->sack_offered)
			seg->opts |= ITP_OPT_SACKOK;
		if (c->ts_offered)
			seg->opts |= ITP_OPT_TS;
	} else {
		seg->flags |= ITP_ACK;
		seg->ack = c->rcv_nxt;
		if (c->wscale_ok)
			seg->opts |= ITP_OPT_WSCALE;
		if (c->sack_ok)
			seg->opts |= ITP_OPT_SACKOK;
	}
	seg->wscale = c->rcv_wscale;
	seg->wnd = min(c->rcv_right - (c->state == ITP_SYN_SENT ? 0 : c->rcv_nxt),
		       0xffffU);
}

/*
 * Still in a queue of this host: sending it again would only add to it. FIFO
 * queues hold the last host_pkts transmissions.
 */
static bool itp_in_host_queue(const struct itp_conn *c,
			      const struct itp_env *env,
			      const struct itp_range *r)
{
	return r->times && c->segs_out - r->xmit_nr < env->host_pkts;
}

/* Text that a segment has room for beside the SACK blocks that it will carry. */
static u32 itp_text_room(const struct itp_conn *c)
{
	u32 blocks[ITP_SACK_MAX][2];
	u8 n = itp_sack_blocks(c, blocks);

	return c->mss_snd - itp_sack_room(n);
}

static u32 itp_text_limit(const struct itp_conn *c, u32 max_text)
{
	u32 room = itp_text_room(c);

	/*
	 * No bursts then: they are cut at the segment size, and one urgent
	 * pointer serves no burst.
	 */
	if (max_text <= c->mss_snd || room < c->mss_snd || c->snd_urg)
		return room;
	return max_text - max_text % c->mss_snd;
}

static bool itp_next_lost(struct itp_conn *c, const struct itp_env *env,
			  u32 max_text, struct itp_seg_out *seg)
{
	struct itp_range *r = itp_first_lost(c);
	u32 pipe, text, len;

	if (!r)
		return false;
	c->lost_hint = r->start;
	if (itp_in_host_queue(c, env, r)) {
		c->timers[ITP_TIMER_LOCAL] = env->now_us + ITP_LOCAL_RETRY_US;
		return false;
	}
	if (r->flags & ITP_RNG_SYN) {
		itp_seg_syn(c, seg);
		seg->why = r->times ? ITP_WHY_SYN : ITP_WHY_NEW;
		return true;
	}
	text = r->end - r->start - !!(r->flags & ITP_RNG_FIN);
	len = min(text, itp_text_limit(c, max_text));
	/* The head always may go: it is what the peer waits for. */
	pipe = itp_pipe(c);
	if (c->flow && r->start != c->snd_una && !itp_pmtu_repairs(c, r) &&
	    pipe + len > c->flow->cwnd)
		return false;
	/* At the limit of records only the head is cut: it frees them. */
	if (len < text && r->start != c->snd_una && itp_ranges_full(c, env))
		return false;
	if (len < text && !c->nspare)
		return false;
	seg->seq = r->start + ITP_MUTATE(5);
	seg->len = len;
	seg->why = r->why;
	if (seg->len == text && (r->flags & ITP_RNG_FIN))
		seg->flags |= ITP_FIN;
	if (seg->seq + seg->len == c->write_seq && seg->len)
		seg->flags |= ITP_PSH;
	itp_seg_ack(c, env, seg);
	return true;
}

/* Octets of new text that windows allow; may be less than a segment. */
static u32 itp_new_text(const struct itp_conn *c, u32 avail, u32 limit)
{
	u32 edge = c->snd_una + c->snd_wnd;
	u32 wnd = seq_gt(edge, c->snd_nxt) ? edge - c->snd_nxt : 0;
	u32 len = min(min(avail, limit), wnd);
	u32 pipe = itp_pipe(c), full = min_t(u32, limit, c->mss_snd);
	u32 cwnd;

	if (c->flow && itp_flight(c)) {
		cwnd = c->flow->cwnd;
		/* Limited transmit: RFC 3042. */
		if (c->flow->ca_state == ITP_CA_DISORDER)
			cwnd += min_t(u32, c->flow->dup_acks, 2) * c->mss_snd;
		if (pipe + len > cwnd) {
			len = cwnd > pipe ? cwnd - pipe : 0;
			/* The congestion window makes no short segments. */
			len -= len % full;
		}
	}
	if (len > full && len < avail)
		len -= len % full;
	return len;
}

/* Nagle as Minshall bent it: one short segment at a time may be unacked. */
static bool itp_nagle_holds(const struct itp_conn *c)
{
	if (c->snd_urg)
		return false;
	if (c->cork || c->app_more)
		return true;
	return !c->nodelay && seq_gt(c->snd_sml, c->snd_una);
}

/* More than others, to see if the path takes it; ITP_PMTU_HOLD: not yet. */
static u32 itp_next_probe(struct itp_conn *c, const struct itp_env *env,
			  struct itp_seg_out *seg)
{
	u32 len = itp_text_room(c) == c->mss_snd ? itp_pmtu_next(c, env) : 0;

	if (!len || len == ITP_PMTU_HOLD)
		return len;
	seg->seq = c->snd_nxt;
	seg->len = len;
	seg->why = ITP_WHY_MTU_PROBE;
	itp_seg_ack(c, env, seg);
	return len;
}

static bool itp_next_new(struct itp_conn *c, const struct itp_env *env,
			 u32 max_text, struct itp_seg_out *seg)
{
	u32 avail = c->write_seq - c->snd_nxt;
	u32 len, limit, edge = c->snd_una + c->snd_wnd;
	bool last, fin, go;

	if (c->fin_sent || (!avail && !c->fin_queued))
		return false;
	if (itp_ranges_full(c, env))
		return false;
	if (!c->nspare) {
		c->timers[ITP_TIMER_LOCAL] = env->now_us + ITP_LOCAL_RETRY_US;
		return false;
	}
	len = itp_next_probe(c, env, seg);
	if (len)
		return len != ITP_PMTU_HOLD;
	limit = itp_text_limit(c, max_text);
	len = itp_new_text(c, avail, limit);
	last = len == avail;
	fin = last && c->fin_queued && seq_lt(c->snd_nxt + len, edge);
	if (!len && !fin)
		return false;
	go = len >= min_t(u32, limit, c->mss_snd) || fin || c->push;
	if (!go && last)
		go = !itp_nagle_holds(c);
	/* Half the largest window seen is worth a short segment. */
	if (!go && !last)
		go = len >= c->max_snd_wnd / 2 && len;
	if (!go)
		return false;
	seg->seq = c->snd_nxt;
	seg->len = len;
	seg->why = ITP_WHY_NEW;
	if (fin)
		seg->flags |= ITP_FIN;
	if (last && len)
		seg->flags |= ITP_PSH;
	itp_seg_ack(c, env, seg);
	return true;
}

/*
 * Nothing in flight, something to send, and it did not go: probe a shut window
 * later, fill one that is open but small, or end what the program corked.
 */
static void itp_persist_check(struct itp_conn *c, const struct itp_env *env)
{
	u64 *t = &c->timers[ITP_TIMER_PERSIST];

	if (itp_flight(c) || !itp_unsent(c)) {
		*t = 0;
		return;
	}
	if (*t)
		return;
	c->progress_us = env->now_us;
	*t = env->now_us + (c->snd_wnd ? ITP_OVERRIDE_US
				       : itp_rto_backed_off(c, env));
}

static bool itp_next_ack(struct itp_conn *c, const struct itp_env *env,
			 struct itp_seg_out *seg)
{
	seg->seq = c->snd_nxt;
	if (c->probe || c->ka_probe) {
		/* An old octet: the peer has to answer (RFC 9293 3.8.4). */
		seg->seq = c->snd_una - 1;
		seg->why = c->probe ? ITP_WHY_PROBE : ITP_WHY_KEEPALIVE;
	} else if (c->ack_now) {
		seg->why = c->challenge ? ITP_WHY_CHALLENGE : ITP_WHY_ACK;
	} else {
		return false;
	}
	itp_seg_ack(c, env, seg);
	return true;
}

/* Not even the SYN has left: this host refused it so far. */
static bool itp_syn_unsent(const struct itp_conn *c)
{
	return c->snd_nxt == c->iss && c->role == ITP_ROLE_ACTIVE &&
	       !(c->flow && c->flow->octets_out);
}

static bool itp_next_any(struct itp_conn *c, const struct itp_env *env,
			 u32 max_text, struct itp_seg_out *seg)
{
	if (itp_syn_unsent(c)) {
		if (!c->nspare)
			return false;
		itp_seg_syn(c, seg);
		seg->why = ITP_WHY_NEW;
		return true;
	}
	switch (c->state) {
	case ITP_CLOSED:
	case ITP_LISTEN:
		return false;
	case ITP_SYN_SENT:
		return itp_next_lost(c, env, max_text, seg);
	case ITP_SYN_RECV:
		return itp_next_lost(c, env, max_text, seg) ||
		       itp_next_ack(c, env, seg);
	case ITP_TIME_WAIT:
		return itp_next_ack(c, env, seg);
	default:
		return itp_next_lost(c, env, max_text, seg) ||
		       itp_next_new(c, env, max_text, seg) ||
		       itp_next_ack(c, env, seg);
	}
}

/* What every segment carries that was agreed on. */
static void itp_seg_options(const struct itp_conn *c, const struct itp_env *env,
			    struct itp_seg_out *seg)
{
	if (c->ts_ok || (seg->opts & ITP_OPT_TS))
		itp_ts_put(seg, env, c->ts_offset, c->ts_recent);
	if (seg->flags & ITP_SYN)
		return;
	seg->nsack = itp_sack_blocks(c, seg->sack);
	if (seg->nsack)
		seg->opts |= ITP_OPT_SACK;
}

bool itp_next_segment(struct itp_conn *c, const struct itp_env *env,
		      u32 max_text, struct itp_seg_out *seg)
{
	bool any;

	memset(seg, 0, sizeof(*seg));
	if (c->state == ITP_CLOSED || c->state == ITP_LISTEN)
		return false;
	itp_mss_follow(c, env);
	if ((itp_unsent(c) || c->state == ITP_SYN_SENT || itp_first_lost(c)) &&
	    !itp_reserve(c, false))
		c->timers[ITP_TIMER_LOCAL] = env->now_us + ITP_LOCAL_RETRY_US;
	/* RFC 5681 4.1: after an idle RTO the old window says nothing. */
	if (c->flow && !itp_flight(c) && c->flow->octets_out &&
	    itp_tun(env->tun, slow_start_after_idle) &&
	    env->now_us - c->flow->last_data_sent_us > c->rto_us)
		itp_cc_idle(c, env);
	any = itp_next_any(c, env, max_text, seg);
	if (any)
		itp_seg_options(c, env, seg);
	if (!any && c->state != ITP_SYN_SENT && c->state != ITP_SYN_RECV &&
	    c->state != ITP_TIME_WAIT)
		itp_persist_check(c, env);
	itp_deadline_update(c);
	return any;
}

static u32 itp_seg_out_space(const struct itp_seg_out *seg)
{
	return seg->len + !!(seg->flags & ITP_SYN) + !!(seg->flags & ITP_FIN);
}

/* The peer will see this ACK field and this window. */
static void itp_sent_ack(struct itp_conn *c, const struct itp_env *env,
			 const struct itp_seg_out *seg)
{
	u32 right = seg->ack + seg->wnd;

	if (!(seg->flags & ITP_SYN))
		right = seg->ack + ((u32)seg->wnd << c->rcv_wscale);
	if (!seg->wnd && seq_gt(c->rcv_right, c->rcv_acked)) {
		itp_env_count(env, ITP_CNT_zero_window_adv, 1);
		if (c->flow)
			c->flow->zero_window_adv++;
	}
	c->rcv_right = seq_max(c->rcv_right, right);
	c->rcv_acked = seg->ack;
	if (c->ack_now && c->flow && c->flow->quick_acks && !c->challenge)
		c->flow->quick_acks--;
	if (seg->opts & ITP_OPT_SACK)
		itp_sack_sent(c, env);
	c->ack_now = false;
	c->ack_owed = false;
	c->challenge = false;
	c->timers[ITP_TIMER_DELACK] = 0;
}

/*
 * Text that goes out soon after text came in, the first since: an answer, and
 * one more turn of a dialogue in which the answer can carry the ACK.
 */
static void itp_pingpong(struct itp_flow *f, const struct itp_env *env)
{
	if (f->octets_in && f->last_data_sent_us <= f->last_data_rcvd_us &&
	    env->now_us - f->last_data_rcvd_us < f->ato_us &&
	    f->pingpong < 255)
		f->pingpong++;
}

static void itp_sent_new(struct itp_conn *c, const struct itp_env *env,
			 const struct itp_seg_out *seg)
{
	struct itp_range *r = itp_spare_take(c);

	ITP_ASSERT(r);
	if (!r)
		return;
	r->start = seg->seq;
	r->end = seg->seq + itp_seg_out_space(seg);
	r->sent_us = env->now_us;
	r->first_sent_us = env->now_us;
	r->xmit_nr = c->segs_out;
	r->times = 1;
	if (seg->flags & ITP_SYN)
		r->flags |= ITP_RNG_SYN;
	if (seg->flags & ITP_FIN) {
		r->flags |= ITP_RNG_FIN;
		c->fin_sent = true;
	}
	if (c->flow) {
		r->delivered = c->flow->delivered;
		r->delivered_us = c->flow->delivered_us;
	}
	if (!itp_flight(c))
		c->progress_us = env->now_us;
	itp_range_insert(&c->sent, r);
	c->snd_nxt = r->end;
	c->push = false;
	if (!seg->len)
		return;
	/* SACK blocks take room, which makes no short segment. */
	if (seg->why == ITP_WHY_MTU_PROBE)
		itp_pmtu_sent(c, env, seg);
	else if (seg->len % (c->mss_snd - itp_sack_room(seg->nsack)))
		c->snd_sml = seg->seq + seg->len;
	itp_pingpong(c->flow, env);
	c->flow->octets_out += seg->len;
	c->flow->data_segs_out++;
	c->flow->last_data_sent_us = env->now_us;
	itp_env_count(env, ITP_CNT_data_octets_out, seg->len);
}

static void itp_sent_again(struct itp_conn *c, const struct itp_env *env,
			   const struct itp_seg_out *seg)
{
	struct itp_range *r = itp_range_find(&c->sent, seg->seq);
	u32 end = seg->seq + itp_seg_out_space(seg);

	ITP_ASSERT(r && seq_le(end, r->end));
	if (!r)
		return;
	itp_range_split(c, env, r, end);
	if (r->flags & ITP_RNG_LOST)
		itp_lost_count(c, r, false);
	r->flags &= ~ITP_RNG_LOST;
	c->lost_hint = r->end;
	r->sent_us = env->now_us;
	r->xmit_nr = c->segs_out;
	if (!r->times++)
		return;
	if (!r->times)
		r->times = 255;
	c->retrans++;
	if ((seg->flags & ITP_SYN) && c->syn_again < 127)
		c->syn_again++;
	itp_env_count(env, ITP_CNT_segs_retrans, 1);
	itp_env_count(env, ITP_CNT_octets_retrans, seg->len);
	itp_env_event(c, ITP_EVENT_RETRANSMIT, (u64)seg->seq << 32 | seg->len,
		      seg->why);
	if (!c->flow)
		return;
	c->flow->octets_retrans += seg->len;
	if (seg->len)
		c->flow->last_data_sent_us = env->now_us;
	if (seg->why == ITP_WHY_RTO)
		c->flow->retrans_rto++;
	else if (seg->why == ITP_WHY_FAST)
		c->flow->retrans_fast++;
}

static void itp_sent_probe(struct itp_conn *c, const struct itp_env *env,
			   const struct itp_seg_out *seg)
{
	if (seg->why == ITP_WHY_PROBE) {
		c->probe = false;
		itp_env_count(env, ITP_CNT_probes_out, 1);
		if (c->flow)
			c->flow->probes_out++;
	} else {
		c->ka_probe = false;
		itp_env_count(env, ITP_CNT_keepalives_out, 1);
	}
}

void itp_segment_sent(struct itp_conn *c, const struct itp_env *env,
		      const struct itp_seg_out *seg, enum itp_sent result)
{
	if (result == ITP_SENT_FAILED) {
		itp_env_count(env, ITP_CNT_send_fail, 1);
		if (seg->why == ITP_WHY_MTU_PROBE)
			itp_pmtu_unsure(c, env);
		c->timers[ITP_TIMER_LOCAL] = env->now_us + ITP_LOCAL_RETRY_US;
		itp_deadline_update(c);
		return;
	}
	c->segs_out++;
	itp_env_count(env, ITP_CNT_segs_out, 1);
	if (seg->why == ITP_WHY_PROBE || seg->why == ITP_WHY_KEEPALIVE)
		itp_sent_probe(c, env, seg);
	else if (itp_seg_out_space(seg) && seg->seq == c->snd_nxt)
		itp_sent_new(c, env, seg);
	else if (itp_seg_out_space(seg))
		itp_sent_again(c, env, seg);
	if (seg->flags & ITP_ACK)
		itp_sent_ack(c, env, seg);
	if (itp_flight(c)) {
		c->timers[ITP_TIMER_PERSIST] = 0;
		if (!c->timers[ITP_TIMER_RTO])
			itp_rto_restart(c, env);
	}
	/* The caller stops here: have it come back for the rest. */
	if (result == ITP_SENT_CONGESTED && itp_send_wanted(c))
		c->timers[ITP_TIMER_LOCAL] = env->now_us + ITP_LOCAL_RETRY_US;
	itp_deadline_update(c);
}
