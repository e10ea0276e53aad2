// SPDX-License-Identifier: GPL-2.0-only
/*
 * One host: who gets a segment, listeners and their half-open entries,
 * TIME-WAIT records. What happens at one socket is in sock.c.
 */
#include "sim.h"

struct host *host_peer(struct host *h)
{
	return &h->w->host[!h->nr];
}

u64 host_new_id(struct host *h)
{
	return (u64)h->nr << 32 | ++h->next_id;
}

/* Never near an old one of the same host, often just below the wrap. */
u32 host_iss(struct host *h)
{
	u32 iss = h->iss_base;

	h->iss_base += 0x01000000 + rnd(h->w, 1 << 16);
	return iss;
}

void host_env(struct host *h, struct itp_env *env)
{
	memset(env, 0, sizeof(*env));
	env->now_us = h->w->now;
	env->tun = &h->tun;
	env->ns = h;
	env->path_mss = h->path_mss;
	env->adv_mss = h->adv_mss;
	env->ts_offset = h->ts_base;
	env->rcv_total = h->plan.rcvbuf;
	env->rcv_free = h->plan.rcvbuf;
}

struct sock *host_sock(struct host *h, u64 id)
{
	struct sock *s;

	for (s = h->socks; s; s = s->next) {
		if (s->c.id == id)
			return s;
	}
	return NULL;
}

static struct sock *find_sock(struct host *h, u16 lport, u16 rport)
{
	struct sock *s;

	for (s = h->socks; s; s = s->next) {
		if (s->hashed && s->lport == lport && s->rport == rport)
			return s;
	}
	return NULL;
}

static struct req_rec *find_req(struct host *h, u16 lport, u16 rport)
{
	struct req_rec *r;

	for (r = h->reqs; r; r = r->next) {
		if (r->lport == lport && r->rport == rport)
			return r;
	}
	return NULL;
}

static struct tw_rec *find_tw(struct host *h, u16 lport, u16 rport)
{
	struct tw_rec *t;

	for (t = h->tws; t; t = t->next) {
		if (t->lport == lport && t->rport == rport)
			return t;
	}
	return NULL;
}

static void req_drop(struct host *h, struct req_rec *r)
{
	struct req_rec **p;

	for (p = &h->reqs; *p != r; p = &(*p)->next)
		;
	*p = r->next;
	free(r);
}

static void tw_drop(struct host *h, struct tw_rec *t)
{
	struct tw_rec **p;

	for (p = &h->tws; *p != t; p = &(*p)->next)
		;
	*p = t->next;
	free(t);
}

static void tw_end(struct host *h, struct tw_rec *t, enum itp_cause cause)
{
	struct itp_env env;

	host_env(h, &env);
	itp_tw_end(&t->tw, &env, cause);
	tw_drop(h, t);
}

static void reply(struct host *h, const struct itp_seg_out *seg,
		  const struct itp_seg_in *to)
{
	REQUIRE(h->w, !(seg->flags & ITP_RST) || !(to->flags & ITP_RST),
		"a RST answers a RST");
	net_send(h, seg, to->dport, to->sport, NULL);
}

static void no_conn(struct host *h, const struct itp_seg_in *seg)
{
	struct itp_seg_out rst;

	tally.reasons[ITP_REASON_NO_CONN]++;
	if (itp_seg_reset(seg, &rst))
		reply(h, &rst, seg);
}

static void synack_send(struct host *h, struct req_rec *r)
{
	struct itp_seg_out seg;
	struct itp_env env;
	bool ok = h->w->calm || !chance(h->w, h->fail_send);

	host_env(h, &env);
	memset(&seg, 0xee, sizeof(seg));
	itp_req_synack(&r->r, &env, &seg);
	REQUIRE(h->w, (seg.flags & (ITP_SYN | ITP_ACK)) == (ITP_SYN | ITP_ACK) &&
		!seg.len && seg.seq == r->r.iss && seg.ack == r->r.irs + 1,
		"SYN-ACK: flags %#x seq %u ack %u len %u", seg.flags, seg.seq,
		seg.ack, seg.len);
	REQUIRE(h->w, !(seg.opts & ~ITP_OPT_MSS & ~r->r.opts),
		"SYN-ACK: options %#x, the SYN had %#x", seg.opts, r->r.opts);
	if (ok) {
		h->right_known = true;
		h->right = seg.ack + seg.wnd;
		net_send(h, &seg, r->lport, r->rport, NULL);
	}
	if (!ok)
		tally.send_failed++;
	itp_req_sent(&r->r, &env, ok);
	REQUIRE(h->w, r->r.deadline_us > h->w->now, "entry without a deadline");
	event_push(h->w, r->r.deadline_us, EV_TIMER, r->r.id, 0, NULL);
}

static void syn_input(struct host *h, const struct itp_seg_in *seg,
		      const u32 *iss)
{
	enum itp_reason why = itp_listen_check(seg);
	struct req_rec *r;
	struct itp_env env;

	if (why == ITP_REASON_NO_CONN) {
		no_conn(h, seg);
		return;
	}
	if (why != ITP_REASON_NONE) {
		tally.reasons[why]++;
		return;
	}
	r = calloc(1, sizeof(*r));
	memset(&r->r, 0xa5, sizeof(r->r));
	r->lport = seg->dport;
	r->rport = seg->sport;
	host_env(h, &env);
	itp_req_init(&r->r, host_new_id(h), seg, &env, iss ? *iss : host_iss(h));
	r->r.mss_adv = h->adv_mss;
	h->right_known = false;
	r->next = h->reqs;
	h->reqs = r;
	tally.req_made++;
	synack_send(h, r);
}

/* The final ACK: entry becomes socket, which takes the segment. */
static void req_claim(struct host *h, struct req_rec *r,
		      const struct itp_seg_in *seg, const u8 *text)
{
	struct itp_env env;
	struct itp_seg_out rst;
	struct sock *s;

	host_env(h, &env);
	if (h->accept_full) {
		h->accept_full--;
		if (!h->tun.abort_on_overflow)
			return;
		itp_req_end(&r->r, &env, ITP_CAUSE_OVERFLOW);
		if (itp_seg_reset(seg, &rst))
			reply(h, &rst, seg);
		req_drop(h, r);
		return;
	}
	s = sock_new(h, r->lport, r->rport);
	itp_conn_init(&s->c, r->r.id, h->w->now);
	sock_env(s, &env);
	itp_req_to_conn(&r->r, &s->c, &env);
	s->sk_state = s->c.state;
	s->rx_seq = s->c.irs + 1;
	s->rx_started = true;
	s->in_accept = true;
	req_drop(h, r);
	tally.req_claim++;
	if (h->accept_delay || rnd(h->w, 2))
		event_push(h->w, h->w->now + rnd_us(h->w, h->accept_delay + 1),
			   EV_ACCEPT, h->nr, 0, NULL);
	else
		event_push(h->w, h->w->now, EV_ACCEPT, h->nr, 0, NULL);
	sock_input(s, seg, text);
}

static void req_input(struct host *h, struct req_rec *r,
		      const struct itp_seg_in *seg, const u8 *text)
{
	enum itp_reason reason = ITP_REASON_NONE;
	struct itp_seg_out out;
	struct itp_env env;

	host_env(h, &env);
	memset(&out, 0xee, sizeof(out));
	switch (itp_req_input(&r->r, seg, &env, &out, &reason)) {
	case ITP_REQ_DROP:
		break;
	case ITP_REQ_SYNACK:
		tally.req_repeat++;
		synack_send(h, r);
		break;
	case ITP_REQ_REPLY:
		reply(h, &out, seg);
		break;
	case ITP_REQ_KILL:
		itp_req_end(&r->r, &env, ITP_CAUSE_RCV_RST);
		req_drop(h, r);
		return;
	case ITP_REQ_CLAIM:
		req_claim(h, r, seg, text);
		return;
	}
	REQUIRE(h->w, reason < ITP_REASON_MAX, "reason %u", reason);
	tally.reasons[reason]++;
}

static void tw_input(struct host *h, struct tw_rec *t,
		     const struct itp_seg_in *seg)
{
	enum itp_reason reason = ITP_REASON_NONE;
	u64 deadline = t->tw.deadline_us;
	struct itp_seg_out out;
	struct itp_env env;
	u32 iss;

	host_env(h, &env);
	memset(&out, 0xee, sizeof(out));
	switch (itp_tw_input(&t->tw, seg, &env, &out, &reason)) {
	case ITP_TW_DROP:
		break;
	case ITP_TW_REPLY:
		tally.tw_reply++;
		REQUIRE(h->w, out.flags == ITP_ACK && !out.len &&
			out.seq == t->tw.snd_nxt && out.ack == t->tw.rcv_nxt,
			"TIME-WAIT answers with flags %#x", out.flags);
		REQUIRE(h->w, !(out.opts & ITP_OPT_TS) == !t->tw.ts_ok,
			"TIME-WAIT answers with options %#x", out.opts);
		reply(h, &out, seg);
		break;
	case ITP_TW_KILL:
		tally.tw_kill++;
		tw_end(h, t, ITP_CAUSE_RCV_RST);
		return;
	case ITP_TW_NEW:
		if (!h->listener)
			return;
		tally.tw_new++;
		iss = itp_tw_next_iss(&t->tw);
		REQUIRE(h->w, seq_gt(iss, t->tw.snd_nxt), "ISS not above");
		tw_end(h, t, ITP_CAUSE_TW_REUSED);
		syn_input(h, seg, &iss);
		return;
	}
	tally.reasons[reason]++;
	REQUIRE(h->w, t->tw.deadline_us >= deadline, "TIME-WAIT got shorter");
	if (t->tw.deadline_us != deadline)
		event_push(h->w, t->tw.deadline_us, EV_TIMER, t->tw.id, 0, NULL);
}

void host_input(struct host *h, const u8 *data, u32 len)
{
	struct itp_seg_in seg;
	enum itp_reason why;
	struct req_rec *r;
	struct tw_rec *t;
	struct sock *s;
	const u8 *text;

	memset(&seg, 0xee, sizeof(seg));
	why = itp_seg_parse(data, min(len, ITP_HDR_MAX), len, &seg);
	REQUIRE(h->w, why == ITP_REASON_NONE, "cannot parse its own segment");
	text = data + seg.hdr_len;
	h->rx_rst = seg.flags & ITP_RST;
	s = find_sock(h, seg.dport, seg.sport);
	r = find_req(h, seg.dport, seg.sport);
	t = find_tw(h, seg.dport, seg.sport);
	REQUIRE(h->w, !!s + !!r + !!t <= 1, "two records for one tuple");
	if (s)
		sock_input(s, &seg, text);
	else if (r)
		req_input(h, r, &seg, text);
	else if (t)
		tw_input(h, t, &seg);
	else if (h->listener && h->listener->lport == seg.dport)
		syn_input(h, &seg, NULL);
	else
		no_conn(h, &seg);
	h->rx_rst = false;
}

static void req_timer(struct host *h, struct req_rec *r)
{
	struct itp_env env;

	if (r->r.deadline_us > h->w->now)
		return;
	host_env(h, &env);
	if (itp_req_expire(&r->r, &env)) {
		synack_send(h, r);
		return;
	}
	itp_req_end(&r->r, &env, ITP_CAUSE_TIMEOUT_SYNACK);
	req_drop(h, r);
}

void host_timer(struct host *h, u64 id)
{
	struct sock *s = host_sock(h, id);
	struct req_rec *r;
	struct tw_rec *t;

	if (s && s->hashed) {
		sock_timer(s);
		return;
	}
	for (r = h->reqs; r; r = r->next) {
		if (r->r.id == id) {
			req_timer(h, r);
			return;
		}
	}
	for (t = h->tws; t; t = t->next) {
		if (t->tw.id == id) {
			if (t->tw.deadline_us <= h->w->now)
				tw_end(h, t, ITP_CAUSE_TIMEOUT_TIME_WAIT);
			return;
		}
	}
}

/* A record takes over from @s, which leaves the table. */
void host_timewait(struct sock *s)
{
	struct host *h = s->host;
	struct tw_rec *t = calloc(1, sizeof(*t));
	struct itp_env env;
	u32 nxt = s->c.snd_nxt;
	u32 rcv = s->c.rcv_nxt;

	sock_env(s, &env);
	memset(&t->tw, 0xa5, sizeof(t->tw));
	itp_tw_init(&t->tw, &s->c, &env);
	REQUIRE(h->w, t->tw.snd_nxt == nxt && t->tw.rcv_nxt == rcv,
		"TIME-WAIT record with other sequence numbers");
	REQUIRE(h->w, t->tw.deadline_us ==
		h->w->now + h->tun.timewait_len * SEC, "2 MSL");
	itp_conn_retire(&s->c);
	REQUIRE(h->w, s->c.state == ITP_CLOSED, "retired, not closed");
	s->sk_state = ITP_CLOSED;
	s->hashed = false;
	t->lport = s->lport;
	t->rport = s->rport;
	t->next = h->tws;
	h->tws = t;
	tally.tw_made++;
	if (!h->tun.max_tw_buckets) {
		tw_end(h, t, ITP_CAUSE_TW_LIMIT);
		return;
	}
	event_push(h->w, t->tw.deadline_us, EV_TIMER, t->tw.id, 0, NULL);
}

void host_listen(struct host *h, u16 port)
{
	struct sock *s = sock_new(h, port, 0);
	struct itp_env env;

	s->hashed = false;
	itp_conn_init(&s->c, host_new_id(h), h->w->now);
	host_env(h, &env);
	itp_conn_listen(&s->c, &env);
	s->sk_state = s->c.state;
	h->listener = s;
}

void host_unlisten(struct host *h)
{
	struct sock *l = h->listener;
	struct itp_env env;
	struct sock *s;
	struct sock *next;

	if (!l)
		return;
	h->listener = NULL;
	host_env(h, &env);
	itp_conn_unlisten(&l->c, &env, rnd(h->w, 2) ? ITP_CAUSE_USER_CLOSE :
					 ITP_CAUSE_USER_SHUTDOWN);
	sock_free(l);
	while (h->reqs) {
		itp_req_end(&h->reqs->r, &env, ITP_CAUSE_LISTENER_CLOSED);
		req_drop(h, h->reqs);
	}
	for (s = h->socks; s; s = next) {
		next = s->next;
		if (!s->in_accept)
			continue;
		s->in_accept = false;
		sock_close(s, ITP_CLOSE_LISTENER);
	}
}

void host_accept(struct host *h)
{
	struct sock *s;

	for (s = h->socks; s; s = s->next) {
		if (!s->in_accept)
			continue;
		s->in_accept = false;
		s->app_has = true;
		s->connected = true;
		h->opened++;
		app_wake(s);
		return;
	}
}

void host_connect(struct host *h, u16 lport, u16 rport)
{
	struct tw_rec *t = find_tw(h, lport, rport);
	u32 iss = host_iss(h);
	struct itp_env env;
	struct sock *s;

	host_env(h, &env);
	if (t && itp_tw_reusable(&t->tw, &env, rnd(h->w, 2))) {
		REQUIRE(h->w, h->tun.tw_reuse && t->tw.ts_ok &&
			h->w->now >= t->tw.entered_us + SEC,
			"TIME-WAIT taken over too early");
		tally.tw_taken++;
		iss = itp_tw_next_iss(&t->tw);
		tw_end(h, t, ITP_CAUSE_TW_REUSED);
		t = NULL;
	}
	/* A program tries again as long as its port is in use. */
	if (find_sock(h, lport, rport) || find_req(h, lport, rport) || t) {
		event_push(h->w, h->w->now + SEC + rnd_us(h->w, SEC), EV_CONNECT,
			   h->nr, 0, NULL);
		return;
	}
	h->reconnects--;
	h->right_known = false;
	s = sock_new(h, lport, rport);
	itp_conn_init(&s->c, host_new_id(h), h->w->now);
	s->app_has = true;
	tally.conns++;
	sock_connect(s, iss);
}

/* The host starts anew: nothing is said to anybody on the wire. */
void host_forget(struct host *h)
{
	struct itp_env env;
	struct sock *s;
	struct sock *next;

	h->right_known = false;
	h->ts_base = rnd(h->w, ~0U);
	for (s = h->socks; s; s = next) {
		next = s->next;
		if (s == h->listener)
			continue;
		sock_free(s);
	}
	host_env(h, &env);
	while (h->reqs) {
		itp_req_end(&h->reqs->r, &env, ITP_CAUSE_NETNS_EXIT);
		req_drop(h, h->reqs);
	}
	while (h->tws)
		tw_end(h, h->tws, ITP_CAUSE_NETNS_EXIT);
}
