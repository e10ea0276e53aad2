// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold at every step, whatever the network, the hosts and the
 * programs do.
 */
#include <linux/itp.h>
#include "sim.h"

#define TIMER_FAR	(250 * SEC)

static bool is_text_or_control(const struct itp_seg_out *seg)
{
	return seg->len || seg->flags & (ITP_SYN | ITP_FIN);
}

static void check_flags(struct sock *s, const struct itp_seg_out *seg)
{
	struct world *w = s->host->w;
	u8 f = seg->flags;

	REQUIRE(w, seg->why < ITP_WHY_MAX, "why %u", seg->why);
	REQUIRE(w, f & ITP_ACK || f == ITP_SYN || f == ITP_RST,
		"segment without ACK, flags %#x", f);
	REQUIRE(w, !(f & ITP_SYN) || !(f & (ITP_FIN | ITP_RST)),
		"SYN with flags %#x", f);
	REQUIRE(w, !(f & ITP_RST) || (!seg->len && !(f & ITP_FIN)),
		"RST with text or FIN");
	if (f & ITP_RST)
		return;
	if (f & ITP_SYN) {
		u8 want = f & ITP_ACK ? ITP_SYN_RECV : ITP_SYN_SENT;

		/*
		 * Closed before the peer had acknowledged our SYN; a broken
		 * peer may even send its FIN without ever doing so.
		 */
		if ((s->c.state == ITP_FIN_WAIT1 ||
		     s->c.state == ITP_CLOSING) && s->c.snd_una == s->c.iss)
			want = s->c.state;
		REQUIRE(w, s->c.state == want, "SYN, flags %#x, in %s", f,
			itp_state_name(s->c.state));
		REQUIRE(w, seg->seq == s->c.iss && !seg->len,
			"SYN at %u, ISS %u, %u octets of text", seg->seq,
			s->c.iss, seg->len);
	} else {
		REQUIRE(w, s->c.state != ITP_SYN_SENT, "no SYN in SYN-SENT");
	}
	if (f & ITP_ACK)
		REQUIRE(w, seg->ack == s->c.rcv_nxt, "ACK %u, RCV.NXT %u",
			seg->ack, s->c.rcv_nxt);
}

/* Urgent mode: told as long as the mark lies ahead, and rightly (MUST-62). */
static void check_urp(struct sock *s, const struct itp_seg_out *seg)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;
	u32 up = c->iss + 1 + s->oob_end;
	bool want = s->oob_end && seq_lt(c->snd_una, up) &&
		    seq_lt(seg->seq, up) && !(seg->flags & (ITP_SYN | ITP_RST));
	u32 ahead = up - seg->seq - s->host->tun.stdurg;

	REQUIRE(w, !(seg->flags & ITP_URG) == !want,
		"URG %d: seq %u, urgent up to %u, UNA %u",
		!!(seg->flags & ITP_URG), seg->seq, up, c->snd_una);
	if (!want)
		return;
	REQUIRE(w, seg->urp == min(ahead, 0xffffU),
		"urgent pointer %u, urgent up to %u ahead", seg->urp, ahead);
	tally.urgent_far += ahead > 0xffff;
}

static void check_fin(struct sock *s, const struct itp_seg_out *seg)
{
	struct world *w = s->host->w;
	u32 end = seg->seq + seg->len + !!(seg->flags & ITP_SYN);

	if (seg->flags & ITP_FIN) {
		REQUIRE(w, s->c.fin_queued, "FIN though nobody closed");
		REQUIRE(w, end == s->c.iss + 1 + s->written,
			"FIN at %u, %u octets written from %u", end, s->written,
			s->c.iss + 1);
		REQUIRE(w, !s->sh.fin_known || s->sh.fin_seq == end,
			"FIN moved from %u to %u", s->sh.fin_seq, end);
		s->sh.fin_known = true;
		s->sh.fin_seq = end;
	}
	if (seg->len)
		REQUIRE(w, seq_ge(seg->seq, s->c.iss + 1) &&
			seq_le(end, s->c.iss + 1 + s->written),
			"text %u..%u, written %u from %u", seg->seq, end,
			s->written, s->c.iss + 1);
	REQUIRE(w, !seg->len || !s->sh.fin_known || seq_le(end, s->sh.fin_seq),
		"text up to %u after the FIN at %u", end, s->sh.fin_seq);
}

static void check_window(struct sock *s, const struct itp_seg_out *seg)
{
	const struct host *peer = host_peer(s->host);
	struct world *w = s->host->w;
	u32 end = seg->seq + seg->len + !!(seg->flags & ITP_FIN);
	u8 shift = seg->flags & ITP_SYN ? 0 : s->c.rcv_wscale;
	u32 right = seg->ack + ((u32)seg->wnd << shift);

	if (peer->right_known && s->c.state != ITP_SYN_SENT &&
	    (seg->len || seg->flags & ITP_FIN))
		REQUIRE(w, seq_le(end, peer->right),
			"sent up to %u, right edge %u", end, peer->right);
	if (!(seg->flags & ITP_ACK) || seg->flags & ITP_RST)
		return;
	REQUIRE(w, !s->sh.ack_known || seq_ge(seg->ack, s->sh.ack_sent),
		"ACK moved left from %u to %u", s->sh.ack_sent, seg->ack);
	/* A SYN cannot say more than 65535, rounded up it was more. */
	if (seg->flags & ITP_SYN && seg->wnd == 0xffff && s->sh.ack_known)
		right = seq_max(right, s->sh.right_sent);
	REQUIRE(w, !s->sh.ack_known || seq_ge(right, s->sh.right_sent),
		"right edge moved left from %u to %u", s->sh.right_sent, right);
	/* What an ACK rounded up, a SYN-ACK that goes again stands by. */
	REQUIRE(w, right - seg->ack <= s->rcv_total + (1U << s->c.rcv_wscale),
		"window %u, buffer %u", right - seg->ack, s->rcv_total);
	s->sh.ack_known = true;
	s->sh.ack_sent = seg->ack;
	s->sh.right_sent = right;
	if (!s->host->right_known || seq_gt(right, s->host->right)) {
		s->host->right_known = true;
		s->host->right = right;
	}
}

static void check_place(struct sock *s, const struct itp_seg_out *seg)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;

	if (seg->flags & ITP_RST)
		return;
	if (!is_text_or_control(seg)) {
		bool probe = seg->why == ITP_WHY_PROBE ||
			     seg->why == ITP_WHY_KEEPALIVE;

		REQUIRE(w, seg->seq == c->snd_nxt ||
			(probe && seq_lt(seg->seq, c->snd_nxt)),
			"empty segment (%s) at %u, SND.NXT %u",
			why_str(seg->why), seg->seq, c->snd_nxt);
		if (!probe)
			s->host->tx_acks++;
		return;
	}
	REQUIRE(w, seq_ge(seg->seq, c->snd_una) && seq_le(seg->seq, c->snd_nxt),
		"sent at %u, not in %u..%u", seg->seq, c->snd_una, c->snd_nxt);
	if (seg->seq == c->snd_nxt)
		REQUIRE(w, seg->why == ITP_WHY_NEW || seg->why == ITP_WHY_PROBE ||
			seg->why == ITP_WHY_MTU_PROBE, "new, but %s", why_str(seg->why));
	else if (!(seg->flags & ITP_SYN))
		REQUIRE(w, seg->why != ITP_WHY_NEW && seg->why != ITP_WHY_ACK &&
			seg->why != ITP_WHY_MTU_PROBE, "again, but %s", why_str(seg->why));
}

/* Timestamps: agreed on, on every segment, never going back, echoing. */
static void check_stamp(struct sock *s, const struct itp_seg_out *seg)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;
	bool want = c->state == ITP_SYN_SENT ? c->ts_offered : c->ts_ok;
	bool have = seg->opts & ITP_OPT_TS;

	if (seg->flags & ITP_RST)
		return;
	REQUIRE(w, !c->ts_ok || w->tuned ||
		(s->host->tun.timestamps && host_peer(s->host)->tun.timestamps),
		"timestamps that nobody wanted");
	REQUIRE(w, have == want, "timestamp %d, agreed on %d", have, want);
	if (!have)
		return;
	REQUIRE(w, !s->sh.ts_known || seq_ge(seg->tsval, s->sh.ts_sent),
		"timestamp went back from %u to %u", s->sh.ts_sent, seg->tsval);
	REQUIRE(w, seg->tsecr == (seg->flags & ITP_ACK ? c->ts_recent : 0),
		"echo %u, TS.Recent %u", seg->tsecr, c->ts_recent);
	s->sh.ts_known = true;
	s->sh.ts_sent = seg->tsval;
}

/* Does the shell hold all of [left, right)? Its list is sorted by sequence. */
static bool really_held(const struct sock *s, u32 left, u32 right)
{
	const struct held *d;

	for (d = s->held; d && seq_le(d->seq, left); d = d->next)
		if (seq_gt(d->seq + d->len, left))
			left = d->seq + d->len;
	return seq_ge(left, right);
}

/* SACK blocks: agreed on, whenever there is something to tell, and true. */
static void check_sack(struct sock *s, const struct itp_seg_out *seg)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;
	u32 i, j, text = s->rx_seq;

	if (!(seg->opts & ITP_OPT_SACK)) {
		REQUIRE(w, !c->sack_ok || !c->held.count ||
			seg->flags & (ITP_SYN | ITP_RST), "SACK left out");
		return;
	}
	REQUIRE(w, c->sack_ok, "SACK that was not agreed on");
	REQUIRE(w, w->tuned ||
		(s->host->tun.sack && host_peer(s->host)->tun.sack),
		"SACK that nobody wanted");
	REQUIRE(w, !(seg->flags & (ITP_SYN | ITP_RST)), "SACK on SYN or RST");
	REQUIRE(w, seg->nsack && seg->nsack <= ITP_SACK_MAX - c->ts_ok,
		"%u SACK blocks", seg->nsack);
	tally.sacks++;
	for (i = 0; i < seg->nsack; i++) {
		u32 left = seg->sack[i][0], right = seg->sack[i][1];

		REQUIRE(w, seq_lt(left, right), "SACK %u..%u", left, right);
		if (!i && c->flow->dsack) {
			REQUIRE(w, s->host->tun.dsack, "D-SACK unwanted");
			tally.dsacks++;
			if (seq_le(right, text)) {
				REQUIRE(w, seq_ge(left, c->irs + 1),
					"D-SACK from before the SYN");
				continue;
			}
		}
		REQUIRE(w, seq_gt(left, seg->ack), "SACK %u, ACK %u", left,
			seg->ack);
		REQUIRE(w, really_held(s, left, right),
			"SACK %u..%u, which nobody holds", left, right);
		for (j = c->flow->dsack; j < i; j++)
			REQUIRE(w, seg->sack[j][0] != left, "SACK %u twice",
				left);
	}
}

/* About to leave, by itp_next_segment() or as a reply. */
void check_sent(struct sock *s, const struct itp_seg_out *seg)
{
	check_flags(s, seg);
	check_urp(s, seg);
	check_fin(s, seg);
	check_window(s, seg);
	check_place(s, seg);
	check_stamp(s, seg);
	check_sack(s, seg);
	if (seg->seq > 0xffff0000 && seg->seq + seg->len < 0x10000)
		tally.wrap_tx++;
}

/* A proposal, before it is sent. */
void check_size(struct sock *s, const struct itp_seg_out *seg, u32 max_text)
{
	bool probe = seg->why == ITP_WHY_MTU_PROBE;
	u32 most = max(max_text, (u32)s->c.mss_snd);

	REQUIRE(s->host->w, !probe || (seg->len > s->c.mss_snd &&
				       s->host->tun.mtu_probing),
		"a probe of %u octets, segment size %u", seg->len,
		s->c.mss_snd);
	REQUIRE(s->host->w, probe || seg->len <= most, "%u octets proposed, at most %u",
		seg->len, most);
	if (!seg->len)
		return;
	/* Options share the packet with the text. */
	most = probe ? seg->len : min(seg->len, (u32)s->c.mss_snd);
	most += itp_seg_hdr_len(seg) - ITP_HDR_MIN;
	REQUIRE(s->host->w, most <= max(s->host->path_mss,
					s->host->tun.min_snd_mss),
		"segment size %u, path %u", most, s->host->path_mss);
}

/* What neither a proposal nor a refusal may change. */
void check_proposal(struct sock *s, const struct itp_conn *b, const char *when)
{
	const struct itp_conn *c = &s->c;

	REQUIRE(s->host->w, c->state == b->state && c->snd_una == b->snd_una &&
		c->snd_nxt == b->snd_nxt && c->write_seq == b->write_seq &&
		c->snd_wnd == b->snd_wnd && c->rcv_nxt == b->rcv_nxt &&
		c->rcv_right == b->rcv_right && c->rcv_acked == b->rcv_acked &&
		c->fin_sent == b->fin_sent && c->retrans == b->retrans &&
		c->sent.count == b->sent.count && c->segs_out == b->segs_out,
		"%s changed the connection", when);
}

void check_failed(struct sock *s, const struct itp_conn *before)
{
	struct world *w = s->host->w;

	check_proposal(s, before, "ITP_SENT_FAILED");
	REQUIRE(w, s->c.deadline_us && s->c.deadline_us <= w->now + 10 * MSEC,
		"no new try within 10 ms of a local failure");
}

/* The whole segment was dropped: it may have changed nothing. */
void check_dropped(struct sock *s, const struct itp_conn *b,
		   const struct itp_seg_in *seg, u8 reason)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;

	switch (reason) {
	case ITP_REASON_WINDOW:
		/*
		 * The right edge counts as inside, and so does a segment that
		 * begins before a shut window: only the text was dropped.
		 */
		if (seq_le(seg->seq, b->rcv_right) &&
		    seq_ge(seg->seq + itp_seg_space(seg), b->rcv_acked))
			return;
		break;
	case ITP_REASON_NO_FLAGS:
	case ITP_REASON_RST_SEQ:
	case ITP_REASON_SYN_CHALLENGE:
	case ITP_REASON_ACK_OLD:
	case ITP_REASON_ACK_FUTURE:
	case ITP_REASON_ACK_MISSING:
	case ITP_REASON_ACK_HANDSHAKE:
	case ITP_REASON_RST_HANDSHAKE:
	case ITP_REASON_NO_SYN:
	case ITP_REASON_PAWS:
		break;
	default:
		return;
	}
	REQUIRE(w, c->state == b->state, "dropped (%s), but %s became %s",
		itp_reason_name(reason), itp_state_name(b->state), itp_state_name(c->state));
	REQUIRE(w, c->rcv_nxt == b->rcv_nxt && c->snd_una == b->snd_una &&
		c->snd_wnd == b->snd_wnd && c->snd_nxt == b->snd_nxt &&
		c->rcv_right == b->rcv_right && c->held.count == b->held.count &&
		c->rcv_urg == b->rcv_urg,
		"dropped (%s), but changed something", itp_reason_name(reason));
	REQUIRE(w, c->timers[ITP_TIMER_RTO] == b->timers[ITP_TIMER_RTO] &&
		c->timers[ITP_TIMER_PERSIST] == b->timers[ITP_TIMER_PERSIST] &&
		c->timers[ITP_TIMER_FIN_WAIT2] ==
		b->timers[ITP_TIMER_FIN_WAIT2],
		"dropped (%s), but a timer moved", itp_reason_name(reason));
}

static void check_scoreboard(struct sock *s)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;
	const struct itp_range *r;
	u32 at = c->snd_una;
	u32 lost = 0;
	u32 n = 0;

	for (r = itp_range_first(&c->sent); r; r = itp_range_next(r), n++) {
		REQUIRE(w, r->start == at && seq_gt(r->end, r->start),
			"sent range %u..%u, expected from %u", r->start, r->end,
			at);
		/* A SYN that became a SYN-ACK counts from there. */
		REQUIRE(w, r->times || r->flags & ITP_RNG_SYN, "range at %u, never sent", r->start);
		if (r->flags & ITP_RNG_LOST && !(r->flags & ITP_RNG_SYN))
			lost += r->end - r->start;
		REQUIRE(w, !(r->flags & ITP_RNG_FIN) || r->end == c->snd_nxt,
			"FIN in the middle");
		at = r->end;
	}
	REQUIRE(w, at == c->snd_nxt || !n, "sent ranges end at %u, SND.NXT %u",
		at, c->snd_nxt);
	REQUIRE(w, n || c->snd_una == c->snd_nxt, "nothing on record of %u..%u",
		c->snd_una, c->snd_nxt);
	REQUIRE(w, n == c->sent.count, "%u ranges, count %u", n, c->sent.count);
	REQUIRE(w, !c->flow || c->flow->lost == lost, "lost %u, marked %u",
		c->flow->lost, lost);
	REQUIRE(w, n <= s->host->tun.max_ranges, "%u sent ranges", n);
}

static void check_held(struct sock *s)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;
	const struct itp_range *r;
	u32 at = c->rcv_nxt;
	u32 n = 0;

	for (r = itp_range_first(&c->held); r; r = itp_range_next(r), n++) {
		REQUIRE(w, n ? seq_ge(r->start, at) : seq_gt(r->start, at),
			"held range %u..%u, RCV.NXT %u, one before ends at %u",
			r->start, r->end, c->rcv_nxt, at);
		REQUIRE(w, seq_gt(r->end, r->start) &&
			seq_le(r->end, c->rcv_right),
			"held range %u..%u, right edge %u", r->start, r->end,
			c->rcv_right);
		at = r->end;
	}
	REQUIRE(w, n == c->held.count, "%u ranges, count %u", n, c->held.count);
	REQUIRE(w, n <= s->host->tun.max_ranges, "%u held ranges", n);
}

static void check_timers(struct sock *s)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;
	u64 first = 0;
	int i;

	for (i = 0; i < ITP_TIMER_MAX; i++) {
		u64 t = c->timers[i];
		u64 far = i == ITP_TIMER_KEEPALIVE || i == ITP_TIMER_FIN_WAIT2 ?
			  40000 * SEC :
			  i == ITP_TIMER_DELACK ? SEC / 2 : TIMER_FAR;

		if (!t)
			continue;
		REQUIRE(w, t <= w->now + far, "timer %s in %.3f s", itp_timer_name(i),
			(t - w->now) / 1e6);
		if (!first || t < first)
			first = t;
	}
	REQUIRE(w, c->deadline_us == first, "deadline %" PRIu64
		", first timer %" PRIu64, c->deadline_us, first);
}

/* Nothing waits for ever. */
static void check_progress(struct sock *s)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;
	bool send = c->timers[ITP_TIMER_RTO] || c->timers[ITP_TIMER_PERSIST] ||
		    c->timers[ITP_TIMER_LOCAL];
	bool open = c->state != ITP_SYN_SENT && c->state != ITP_SYN_RECV;
	bool unsent = open && !c->fin_sent &&
		      (c->fin_queued || c->snd_nxt != c->write_seq);

	REQUIRE(w, c->snd_una == c->snd_nxt || send,
		"%u..%u outstanding in %s and no timer", c->snd_una, c->snd_nxt,
		itp_state_name(c->state));
	REQUIRE(w, open || send, "%s and no timer", itp_state_name(c->state));
	REQUIRE(w, !unsent || c->snd_una != c->snd_nxt || c->deadline_us,
		"unsent text or FIN, nothing outstanding and no timer");
	REQUIRE(w, !c->ack_owed || c->timers[ITP_TIMER_DELACK] ||
		c->timers[ITP_TIMER_LOCAL], "ACK owed and no timer");
	REQUIRE(w, c->state != ITP_FIN_WAIT2 || !c->orphan ||
		c->timers[ITP_TIMER_FIN_WAIT2], "orphan in FIN-WAIT-2 for ever");
}

/* Nothing is left to be sent, unless the last try failed. */
static void check_idle(struct sock *s)
{
	struct world *w = s->host->w;
	struct itp_seg_out seg;
	struct itp_env env;

	if (s->held_back || s->c.timers[ITP_TIMER_LOCAL])
		return;
	sock_env(s, &env);
	memset(&seg, 0xee, sizeof(seg));
	REQUIRE(w, !itp_next_segment(&s->c, &env,
				     s->plan.burst * s->c.mss_snd, &seg),
		"something to send and nobody was told: %s, seq %u len %u flags %#x",
		why_str(seg.why), seg.seq, seg.len, seg.flags);
}

/* What programs and netlink would be told. */
static void check_info(struct sock *s)
{
	struct world *w = s->host->w;
	struct itp_info info;
	struct itp_env env;

	if (s->sh.steps++ % 16)
		return;
	sock_env(s, &env);
	memset(&info, 0xee, sizeof(info));
	itp_conn_info(&s->c, &env, &info);
	REQUIRE(w, info.state == s->c.state && info.id == s->c.id &&
		info.flight_octets == s->c.snd_nxt - s->c.snd_una,
		"info: other numbers than the connection");
	REQUIRE(w, info.rcv_wnd <= 1U << 30, "info: window %u", info.rcv_wnd);
	REQUIRE(w, info.held_octets <= s->held_octets,
		"info: %u octets held, by the shell %u", info.held_octets,
		s->held_octets);
	REQUIRE(w, info.retrans_syn < 1U << 20, "info: %u SYNs again",
		info.retrans_syn);
}

void check_conn(struct sock *s)
{
	const struct itp_conn *c = &s->c;
	struct world *w = s->host->w;
	struct shadow *sh = &s->sh;

	if (!s->hashed || c->state == ITP_CLOSED)
		return;
	REQUIRE(w, seq_le(c->snd_una, c->snd_nxt), "UNA %u above NXT %u",
		c->snd_una, c->snd_nxt);
	REQUIRE(w, c->snd_nxt - c->snd_una <= c->max_snd_wnd + 1 ||
		c->state == ITP_SYN_SENT || c->state == ITP_SYN_RECV,
		"%u outstanding, window never above %u",
		c->snd_nxt - c->snd_una, c->max_snd_wnd);
	REQUIRE(w, c->write_seq == c->iss + 1 + s->written, "write_seq");
	REQUIRE(w, seq_le(c->snd_nxt, c->write_seq + c->fin_sent),
		"SND.NXT %u beyond what was written", c->snd_nxt);
	if (sh->running) {
		REQUIRE(w, seq_ge(c->snd_una, sh->last_una), "UNA went back");
		REQUIRE(w, seq_ge(c->snd_nxt, sh->last_nxt), "NXT went back");
		REQUIRE(w, seq_ge(c->rcv_nxt, sh->last_rcv_nxt),
			"RCV.NXT went back");
	}
	if (sh->ack_known)
		REQUIRE(w, seq_le(sh->right_sent, c->rcv_right),
			"right edge sent %u, on record %u", sh->right_sent,
			c->rcv_right);
	sh->running = c->state != ITP_SYN_SENT;
	sh->last_una = c->snd_una;
	sh->last_nxt = c->snd_nxt;
	sh->last_rcv_nxt = c->rcv_nxt;
	if (c->sent.count < 32 || !(sh->steps & 15))
		check_scoreboard(s);
	if (c->held.count < 32 || !(sh->steps & 15))
		check_held(s);
	check_timers(s);
	check_progress(s);
	check_idle(s);
	check_info(s);
}

/* The peer's socket of this connection, if it still has one. */
static struct sock *peer_sock(struct sock *s)
{
	struct sock *p;

	for (p = host_peer(s->host)->socks; p; p = p->next)
		if (p->hashed && p->lport == s->rport && p->rport == s->lport &&
		    p->c.iss == s->c.irs)
			return p;
	return NULL;
}

/* Only news are told: farther than before, not yet here, as the peer meant. */
void check_urgent(struct sock *s, const struct itp_seg_in *seg,
		  const struct itp_out *out)
{
	u32 end = out->urgent + 1 - (s->c.irs + 1);
	struct sock *peer = peer_sock(s);
	struct world *w = s->host->w;

	REQUIRE(w, seg && seg->flags & ITP_URG, "urgent data out of nothing");
	REQUIRE(w, !s->urgents || end > s->urgent_end,
		"urgent up to %u again, was %u", end, s->urgent_end);
	REQUIRE(w, end > s->read_octets, "urgent up to %u, read to %u", end,
		s->read_octets);
	REQUIRE(w, s->c.rcv_urg && s->c.flow->rcv_up == out->urgent + 1,
		"RCV.UP %u, told %u", s->c.flow->rcv_up, out->urgent + 1);
	if (peer && !w->rebooted)
		REQUIRE(w, end <= peer->oob_end, "urgent up to %u, peer said %u",
			end, peer->oob_end);
	s->urgents++;
	s->urgent_end = end;
	s->urgent_ahead = true;
	tally.urgent_in++;
}

/* All text is here: so is the peer's last mark. */
void check_urgent_end(struct sock *s)
{
	struct sock *peer = peer_sock(s);
	struct world *w = s->host->w;

	if (!peer || w->rebooted || !peer->oob_end)
		return;
	REQUIRE(w, s->urgents && s->urgent_end == peer->oob_end,
		"told of urgent data up to %u, not of %u", s->urgent_end,
		peer->oob_end);
	tally.urgent_right++;
}

/* Each record's reported moves must follow on each other. */
void check_state(u64 id, u8 from, u8 to, u8 cause)
{
	struct world *w = current;
	struct track *t = NULL;
	u32 i;

	for (i = 0; i < w->tracks; i++) {
		if (w->track[i].id == id)
			t = &w->track[i];
	}
	if (!t) {
		REQUIRE(w, w->tracks < TRACK_MAX, "too many records");
		t = &w->track[w->tracks++];
		t->id = id;
		t->state = from;
		REQUIRE(w, from == ITP_CLOSED || from == ITP_LISTEN,
			"born in %s", itp_state_name(from));
	}
	REQUIRE(w, t->state == from, "reports %s -> %s (%s), but was %s",
		itp_state_name(from), itp_state_name(to), itp_cause_name(cause),
		itp_state_name(t->state));
	t->state = to;
	tally.states[to]++;
	tally.moves[from][to]++;
	tally.causes[cause]++;
	if (from == ITP_SYN_SENT && to == ITP_SYN_RECV)
		tally.sim_opens++;
	if (verbose)
		vlog(w, "%c: %s -> %s (%s)", "AB"[id >> 32 & 1], itp_state_name(from),
		     itp_state_name(to), itp_cause_name(cause));
}

void check_event(const struct itp_conn *c, enum itp_event ev, u64 a, u64 b)
{
	tally.events[ev]++;
	if (ev == ITP_EVENT_PMTU)
		tally.pmtu[a]++;
	if (verbose)
		vlog(current, "%c: event %s %" PRIu64 " %" PRIu64,
		     "AB"[c->id >> 32 & 1], itp_event_name(ev), a, b);
}

/* The world has come to rest. */
void check_end(struct world *w)
{
	u32 i;

	REQUIRE(w, !itp_test_live, "%u objects not freed", (u32)itp_test_live);
	REQUIRE(w, !w->in_flight, "%u packets in flight", w->in_flight);
	for (i = 0; i < w->tracks && !w->rebooted; i++)
		REQUIRE(w, w->track[i].state == ITP_CLOSED, "one ends in %s",
			itp_state_name(w->track[i].state));
	if (!w->fair)
		return;
	for (i = 0; i < HOSTS; i++)
		REQUIRE(w, w->host[i].completed == w->connects,
			"%c completed %u of %u connections", "AB"[i],
			w->host[i].completed, w->connects);
}
