// SPDX-License-Identifier: GPL-2.0-only
/*
 * One socket: what engine.h asks of the shell, to the letter. Data are placed,
 * the state mirrored, the error set, the reply sent, then what the engine
 * offers; readers and writers are woken, the timer armed; ends come last.
 */
#include "sim.h"

struct sock *sock_new(struct host *h, u16 lport, u16 rport)
{
	struct sock *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	memset(&s->c, 0xa5, sizeof(s->c));
	s->host = h;
	s->lport = lport;
	s->rport = rport;
	s->plan = h->plan;
	s->rcv_total = h->plan.rcvbuf;
	s->rxbuf = malloc(s->rcv_total + PACKET_MAX);
	s->hashed = true;
	s->sk_state = ITP_CLOSED;
	s->key_tx = h->w->seed * 2 + h->nr;
	s->key_rx = h->w->seed * 2 + !h->nr;
	s->patience_us = h->w->now + 4000 * SEC;
	s->next = h->socks;
	h->socks = s;
	return s;
}

static void held_clear(struct sock *s, u32 from, bool all)
{
	struct held **p = &s->held;

	while (*p) {
		struct held *d = *p;

		if (!all && seq_lt(d->seq, from)) {
			p = &d->next;
			continue;
		}
		s->held_octets -= d->len;
		*p = d->next;
		free(d);
	}
}

void sock_free(struct sock *s)
{
	struct sock **p;

	for (p = &s->host->socks; *p != s; p = &(*p)->next)
		;
	*p = s->next;
	held_clear(s, 0, true);
	itp_conn_free(&s->c);
	free(s->rxbuf);
	free(s);
}

void sock_env(struct sock *s, struct itp_env *env)
{
	u32 used = s->rx_unread + s->held_octets;

	host_env(s->host, env);
	env->rcv_total = s->rcv_total;
	env->rcv_free = used < s->rcv_total ? s->rcv_total - used : 0;
	env->host_pkts = s->host_pkts;
}

/* Around every call that may allocate: let one of the next allocations fail. */
void fault_on(struct host *h)
{
	h->fault = !h->w->calm && chance(h->w, h->fail_alloc);
	itp_test_alloc_fail = h->fault ? 1 + rnd(h->w, 2) : 0;
}

/* True: one did. */
bool fault_off(struct host *h)
{
	bool failed = h->fault && !itp_test_alloc_fail;

	tally.alloc_failed += failed;
	itp_test_alloc_fail = 0;
	h->fault = false;
	return failed;
}

/* Lazily: only when the deadline is earlier than what is armed. */
void sock_arm(struct sock *s)
{
	struct world *w = s->host->w;
	u64 at = s->c.deadline_us;

	if (!at || !s->hashed || (s->armed && s->armed_for <= at))
		return;
	s->armed_for = at;
	s->armed = max(at, w->now) + rnd_us(w, s->host->timer_late);
	event_push(w, s->armed, EV_TIMER, s->c.id, 0, NULL);
}

static enum itp_sent transmit(struct sock *s, const struct itp_seg_out *seg)
{
	struct host *h = s->host;
	struct world *w = h->w;

	if (!w->calm && chance(w, h->fail_send)) {
		tally.send_failed++;
		vlog(w, "%c refuses to send seq %u", "AB"[h->nr], seg->seq);
		return ITP_SENT_FAILED;
	}
	check_sent(s, seg);
	net_send(h, seg, s->lport, s->rport, s);
	if (!w->calm && chance(w, h->congested)) {
		tally.congested++;
		return ITP_SENT_CONGESTED;
	}
	return ITP_SENT_OK;
}

/* Send what the engine offers. */
static void sock_push(struct sock *s)
{
	struct world *w = s->host->w;
	struct itp_conn before;
	struct itp_seg_out seg;
	enum itp_sent result;
	struct itp_env env;
	u32 rounds = 0;
	u32 burst;
	bool any;

	s->held_back = false;
	do {
		REQUIRE(w, rounds++ < 5000, "next_segment without end");
		if (!s->hashed || s->c.state == ITP_CLOSED)
			return;
		sock_env(s, &env);
		before = s->c;
		memset(&seg, 0xee, sizeof(seg));
		fault_on(s->host);
		burst = s->plan.burst * s->c.mss_snd;
		any = itp_next_segment(&s->c, &env, burst, &seg);
		s->held_back = fault_off(s->host);
		check_proposal(s, &before, "itp_next_segment");
		if (!any)
			return;
		check_size(s, &seg, burst);
		result = transmit(s, &seg);
		before = s->c;
		sock_env(s, &env);
		itp_segment_sent(&s->c, &env, &seg, result);
		if (result == ITP_SENT_FAILED)
			check_failed(s, &before);
	} while (result == ITP_SENT_OK);
	s->held_back = true;
}

static void rx_append(struct sock *s, const u8 *data, u32 len)
{
	struct world *w = s->host->w;
	u32 room = s->rcv_total + PACKET_MAX;
	u32 i;

	REQUIRE(w, s->rx_unread + len <= room, "received %u into %u",
		s->rx_unread + len, room);
	for (i = 0; i < len; i++)
		s->rxbuf[(s->rx_head + s->rx_unread + i) % room] = data[i];
	s->rx_unread += len;
	s->rx_seq += len;
}

static void rx_hold(struct sock *s, u32 seq, const u8 *data, u32 len)
{
	struct held *d = malloc(sizeof(*d) + len);
	struct held **p = &s->held;

	d->seq = seq;
	d->len = len;
	memcpy(d->data, data, len);
	while (*p && seq_le((*p)->seq, seq))
		p = &(*p)->next;
	d->next = *p;
	*p = d;
	s->held_octets += len;
	tally.held_max = max(tally.held_max, (u64)s->held_octets);
}

/* RCV.NXT is @to: pass on what was held below it. */
static void rx_deliver(struct sock *s, u32 to)
{
	struct world *w = s->host->w;
	u32 text_end = to - (s->c.fin_rcvd ? 1 : 0);
	struct held *d;

	while ((d = s->held) && seq_lt(d->seq, to)) {
		u32 skip = s->rx_seq - d->seq;

		REQUIRE(w, seq_le(d->seq, s->rx_seq),
			"hole: %u held, %u wanted", d->seq, s->rx_seq);
		if (skip < d->len) {
			u32 n = min(d->len - skip, to - s->rx_seq);

			rx_append(s, d->data + skip, n);
		}
		s->held = d->next;
		s->held_octets -= d->len;
		free(d);
	}
	REQUIRE(w, s->rx_seq == text_end, "RCV.NXT %u (text to %u), shell has %u",
		to, text_end, s->rx_seq);
}

static void place(struct sock *s, const struct itp_seg_in *seg, const u8 *text,
		  const struct itp_out *out)
{
	struct world *w = s->host->w;
	u32 seq = seg->seq + !!(seg->flags & ITP_SYN) + out->trim_front;
	u32 len;

	if (out->place == ITP_PLACE_NONE)
		return;
	REQUIRE(w, out->trim_front + out->trim_back < seg->len,
		"trims %u + %u of %u", out->trim_front, out->trim_back, seg->len);
	len = seg->len - out->trim_front - out->trim_back;
	text += out->trim_front;
	REQUIRE(w, seq_le(seq + len, s->c.rcv_right),
		"text up to %u placed, right edge %u", seq + len, s->c.rcv_right);
	if (out->place == ITP_PLACE_HOLD) {
		REQUIRE(w, seq_gt(seq, s->rx_seq), "held though in order");
		rx_hold(s, seq, text, len);
		return;
	}
	REQUIRE(w, seq == s->rx_seq, "in order at %u, RCV.NXT was %u", seq,
		s->rx_seq);
	rx_append(s, text, len);
}

static void ends(struct sock *s, const struct itp_out *out)
{
	struct world *w = s->host->w;

	if (out->flags & ITP_OUT_TIMEWAIT) {
		REQUIRE(w, s->c.state == ITP_TIME_WAIT, "TIMEWAIT flag in %s",
			itp_state_name(s->c.state));
		host_timewait(s);
	}
	if (out->flags & ITP_OUT_DEAD) {
		REQUIRE(w, s->c.state == ITP_CLOSED, "DEAD flag in %s",
			itp_state_name(s->c.state));
		REQUIRE(w, !s->c.sent.root && !s->c.held.root &&
			!s->c.deadline_us, "dead, with ranges or timers");
		s->hashed = false;
		held_clear(s, 0, true);
	}
	REQUIRE(w, s->hashed || s->c.state == ITP_CLOSED, "gone but %s",
		itp_state_name(s->c.state));
	REQUIRE(w, !s->hashed || s->c.state != ITP_CLOSED,
		"CLOSED without ITP_OUT_DEAD");
}

/* Everything that a call asks for, in the order of engine.h. */
static void sock_act(struct sock *s, const struct itp_seg_in *seg,
		     const u8 *text, const struct itp_out *out)
{
	struct host *h = s->host;
	struct world *w = h->w;

	if (seg) {
		place(s, seg, text, out);
		if (s->rx_started && s->c.state != ITP_CLOSED)
			rx_deliver(s, out->deliver_to);
	}
	REQUIRE(w, (out->flags & ITP_OUT_STATE) || s->sk_state == s->c.state,
		"%s became %s without ITP_OUT_STATE", itp_state_name(s->sk_state),
		itp_state_name(s->c.state));
	s->sk_state = s->c.state;
	if (out->sk_err)
		s->sk_err = out->sk_err;
	if (out->flags & ITP_OUT_URGENT)
		check_urgent(s, seg, out);
	if (out->flags & ITP_OUT_EOF) {
		s->eof = true;
		held_clear(s, 0, true);
		check_urgent_end(s);
	}
	if (out->flags & ITP_OUT_REPLY) {
		REQUIRE(w, !h->rx_rst || !(out->reply.flags & ITP_RST),
			"a RST answers a RST");
		check_sent(s, &out->reply);
		net_send(h, &out->reply, s->lport, s->rport, s);
	}
	if (out->flags & ITP_OUT_SEND)
		sock_push(s);
	if (s->app_has && out->flags & (ITP_OUT_READ | ITP_OUT_WRITE |
					ITP_OUT_EOF))
		app_wake(s);
	ends(s, out);
	sock_arm(s);
	if (s->hashed)
		check_conn(s);
	if (!s->hashed && !s->app_has && !s->in_accept)
		sock_free(s);
}

static void make_room(struct sock *s, u32 len, struct itp_env *env)
{
	struct host *h = s->host;
	u32 hard = s->rcv_total + PACKET_MAX;
	struct held *d;
	u32 n = 0;

	if (s->rx_unread + s->held_octets + len > hard && s->held) {
		for (d = s->held; d; d = d->next)
			n++;
		n = n / 2;
		for (d = s->held; n--; d = d->next)
			;
		tally.pruned++;
		vlog(h->w, "%c throws away what it holds from %u", "AB"[h->nr],
		     d->seq);
		n = d->seq;
		held_clear(s, n, false);
		itp_rcv_pruned(&s->c, n);
		check_conn(s);
		sock_env(s, env);
	}
	if (s->rx_unread + s->held_octets + len > hard ||
	    (len && !h->w->calm && chance(h->w, h->fail_rcv))) {
		env->rcv_full = true;
		tally.rcv_full++;
	}
}

/* A program may be told to forget what it holds at any time. */
static void prune_at_random(struct sock *s)
{
	u32 from;

	if (s->host->w->calm || !s->held || !chance(s->host->w,
						    s->host->fail_rcv))
		return;
	from = s->held->seq;
	tally.pruned++;
	held_clear(s, from, false);
	itp_rcv_pruned(&s->c, from);
	check_conn(s);
}

void sock_input(struct sock *s, const struct itp_seg_in *seg, const u8 *text)
{
	struct host *h = s->host;
	struct itp_conn before;
	struct itp_env env;
	struct itp_out out;
	u64 id = s->c.id;
	u32 acks;

	if (s->c.state == ITP_SYN_SENT && seg->flags & ITP_SYN)
		s->rx_seq = seg->seq + 1;
	prune_at_random(s);
	sock_env(s, &env);
	make_room(s, seg->len, &env);
	before = s->c;
	memset(&out, 0xee, sizeof(out));
	fault_on(h);
	h->tx_acks = 0;
	itp_input(&s->c, seg, &env, &out);
	fault_off(h);
	REQUIRE(h->w, out.reason < ITP_REASON_MAX, "reason %u", out.reason);
	if (s->c.state != ITP_SYN_SENT && before.state == ITP_SYN_SENT)
		s->rx_started = true;
	tally.reasons[out.reason]++;
	check_dropped(s, &before, seg, out.reason);
	sock_act(s, seg, text, &out);
	acks = h->tx_acks;
	h->tx_acks = 0;
	REQUIRE(h->w, acks <= 1, "%u ACKs answer one segment (%" PRIx64 ")",
		acks, id);
}

void sock_timer(struct sock *s)
{
	struct host *h = s->host;
	struct world *w = h->w;
	struct itp_env env;
	struct itp_out out;
	u64 id = s->c.id;
	int i;

	/* One that was overtaken by an earlier one finds nothing to do. */
	if (w->now >= s->armed)
		s->armed = 0;
	for (i = 0; i < ITP_TIMER_MAX; i++) {
		if (s->c.timers[i] && s->c.timers[i] <= w->now)
			tally.timers[i]++;
	}
	sock_env(s, &env);
	memset(&out, 0xee, sizeof(out));
	fault_on(s->host);
	itp_expire(&s->c, &env, &out);
	fault_off(s->host);
	sock_act(s, NULL, NULL, &out);
	s = host_sock(h, id);
	if (s && s->hashed)
		REQUIRE(w, !s->c.deadline_us || s->c.deadline_us > w->now,
			"still due after itp_expire()");
}

void sock_icmp(struct sock *s, enum itp_icmp_kind kind, u32 seq, int err)
{
	struct itp_env env;
	struct itp_out out;

	if (!s->hashed || s->c.state == ITP_CLOSED)
		return;
	tally.icmp[kind]++;
	vlog(s->host->w, "%c: ICMP kind %d for %u", "AB"[s->host->nr], kind, seq);
	sock_env(s, &env);
	memset(&out, 0xee, sizeof(out));
	fault_on(s->host);
	itp_icmp(&s->c, &env, kind, seq, err, &out);
	fault_off(s->host);
	sock_act(s, NULL, NULL, &out);
}

/* close() and shutdown(); a socket that nobody holds may be gone afterwards. */
void sock_close(struct sock *s, enum itp_close_how how)
{
	struct itp_env env;
	struct itp_out out;

	vlog(s->host->w, "%c: close %d in %s", "AB"[s->host->nr], how,
	     itp_state_name(s->c.state));
	if (how != ITP_CLOSE_SHUTDOWN) {
		s->app_has = false;
		s->rx_head = 0;
		s->rx_unread = 0;
	}
	if (!s->hashed || s->c.state == ITP_CLOSED) {
		if (how != ITP_CLOSE_SHUTDOWN)
			sock_free(s);
		return;
	}
	sock_env(s, &env);
	memset(&out, 0xee, sizeof(out));
	fault_on(s->host);
	itp_user_close(&s->c, &env, how, &out);
	fault_off(s->host);
	sock_act(s, NULL, NULL, &out);
}

static void sock_options(struct sock *s)
{
	s->c.nodelay = s->plan.nodelay;
	s->c.keepalive = s->plan.keepalive;
	s->c.user_timeout_ms = s->plan.user_timeout_ms;
	s->c.linger2 = s->plan.linger2;
	if (s->c.keepalive) {
		s->c.ka_idle = 1 + rnd(s->host->w, 600);
		s->c.ka_intvl = 1 + rnd(s->host->w, 75);
	}
}

void sock_connect(struct sock *s, u32 iss)
{
	struct itp_env env;
	struct itp_out out;

	sock_options(s);
	sock_env(s, &env);
	memset(&out, 0xee, sizeof(out));
	vlog(s->host->w, "%c: connect, ISS %u", "AB"[s->host->nr], iss);
	itp_conn_open(&s->c, &env, iss, &out);
	REQUIRE(s->host->w, s->c.state == ITP_SYN_SENT, "open: %s",
		itp_state_name(s->c.state));
	sock_act(s, NULL, NULL, &out);
	app_wake(s);
}

int sock_write(struct sock *s, u32 octets, bool more, bool urgent)
{
	struct host *h = s->host;
	struct itp_env env;
	int err;

	sock_env(s, &env);
	err = itp_user_may_write(&s->c);
	if (err)
		return err;
	if (rnd(h->w, 4) == 0)
		itp_reserve(&s->c, true);
	fault_on(h);
	err = itp_user_write(&s->c, &env, octets, more);
	fault_off(h);
	if (err) {
		REQUIRE(h->w, err == -ENOMEM, "write: %d", err);
		return err;
	}
	s->written += octets;
	if (urgent) {
		itp_user_urgent(&s->c, &env);
		s->oob_end = s->written;
		tally.urgent_out++;
	}
	sock_push(s);
	sock_arm(s);
	check_conn(s);
	return 0;
}

void sock_read(struct sock *s, u32 octets)
{
	struct world *w = s->host->w;
	u32 room = s->rcv_total + PACKET_MAX;
	struct itp_env env;
	struct itp_out out;
	u32 i;

	for (i = 0; i < octets; i++) {
		u8 got = s->rxbuf[(s->rx_head + i) % room];
		u8 want = pattern(s->key_rx, s->read_octets + i);

		REQUIRE(w, got == want, "octet %u of the stream is %#x, not %#x",
			s->read_octets + i, got, want);
	}
	s->rx_head = (s->rx_head + octets) % room;
	s->rx_unread -= octets;
	s->read_octets += octets;
	tally.octets += octets;
	if (s->urgent_ahead && s->read_octets >= s->urgent_end) {
		s->urgent_ahead = false;
		itp_user_urgent_read(&s->c);
	}
	if (!s->hashed || s->c.state == ITP_CLOSED)
		return;
	sock_env(s, &env);
	memset(&out, 0xee, sizeof(out));
	itp_user_read(&s->c, &env, &out);
	sock_act(s, NULL, NULL, &out);
}

/* A program changes its mind about an option. */
void sock_option(struct sock *s)
{
	struct world *w = s->host->w;
	struct itp_env env;

	sock_env(s, &env);
	switch (rnd(w, 6)) {
	case 0:
		s->c.nodelay = !s->c.nodelay;
		itp_user_push(&s->c, &env);
		break;
	case 1:
		s->c.cork = true;
		return;
	case 2:
		s->c.cork = false;
		itp_user_push(&s->c, &env);
		break;
	case 3:
		s->c.keepalive = !s->c.keepalive;
		s->c.ka_idle = 1 + rnd(w, 100);
		itp_user_keepalive(&s->c, &env);
		break;
	case 4:
		itp_user_quickack(&s->c, &env);
		break;
	default:
		itp_user_push(&s->c, &env);
		break;
	}
	sock_push(s);
	sock_arm(s);
	check_conn(s);
}
