// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a world is like, drawn from its seed. In a fair world only network and
 * memory are bad, and only for a while: every transfer must complete.
 */
#include "sim.h"

/* A number whose magnitude is uniform: lo, lo * 2 ... hi. */
static u32 magnitude(struct world *w, u32 lo, u32 hi)
{
	u32 top = lo;

	while (top < hi && rnd(w, 8))
		top *= 2;
	return lo + rnd(w, min(top, hi) - lo + 1);
}

static u32 any_of(struct world *w, const u32 *v, u32 n)
{
	return v[rnd(w, n)];
}

static void draw_link(struct world *w, struct impair *l, u32 level)
{
	static const u32 rates[] = { 0, 100, 500, 1000, 3000 };
	static const u32 delays[] = { 1, 50, 1000, 10000, 40000, 150000 };
	u32 most = rates[level];

	l->loss = rnd(w, most + 1);
	l->dup = rnd(w, most / 2 + 1);
	l->corrupt = rnd(w, most / 3 + 1);
	l->reorder = rnd(w, 2) ? rnd(w, 10001) : 0;
	if (!level)
		l->reorder = 0;
	l->delay = any_of(w, delays, 6);
	l->jitter = rnd(w, 3) ? 0 : rnd_us(w, 3 * l->delay + 1);
	l->mtu = 1480;
}

/* A router that drops what is too big, and those who look out for it. */
static void draw_hole(struct world *w)
{
	int i;

	for (i = 0; i < HOSTS; i++) {
		struct itp_tunables *t = &w->host[i].tun;

		t->mtu_probing = rnd(w, 3);
		t->base_mss = rnd(w, 2) ? 1024 : 48 + rnd(w, 2000);
		t->mtu_probe_floor = rnd(w, 2) ? 48 : 48 + rnd(w, 150);
		t->probe_threshold = rnd(w, 2) ? 8 : 1 + rnd(w, 100);
		t->probe_interval = 1 + rnd(w, 60);
		if (!t->mtu_probing)
			continue;
		/* Probes need text behind them, and room. */
		w->host[i].plan.write_total = 20000 + rnd(w, 60000);
		w->host[i].plan.sndbuf = 40000;
		w->host[!i].plan.rcvbuf = 40000;
		if (rnd(w, 2))
			continue;
		w->link[i].mtu = 200 + rnd(w, 1280);
		w->link[i].hole = true;
		t->retries1 = 1 + rnd(w, 3);
	}
}

static u32 draw_total(struct world *w)
{
	switch (rnd(w, 16)) {
	case 0:
	case 1:
		return 0;
	case 2:
		return 1 + rnd(w, 10);
	case 3:
	case 4:
		return magnitude(w, 4000, 40000);
	case 5:
		if (rnd(w, 30) == 0)
			return 1000000 + rnd(w, 1000000);
		return rnd(w, 4) ? 20000 : magnitude(w, 20000, 200000);
	default:
		return magnitude(w, 100, 5000);
	}
}

static void draw_plan(struct world *w, struct plan *p)
{
	p->write_total = draw_total(w);
	p->write_max = magnitude(w, 100, 20000);
	p->read_max = magnitude(w, 100, 20000);
	p->pause_max = rnd(w, 3) ? 0 : rnd_us(w, rnd(w, 4) ? 50 * MSEC : SEC);
	p->sndbuf = magnitude(w, 1000, 100000);
	p->rcvbuf = magnitude(w, 1000, 300000);
	p->burst = rnd(w, 4) ? 0 : 1 + rnd(w, 8);
	p->more = rnd(w, 4) ? 0 : rnd(w, 10001);
	p->oob = rnd(w, 6) ? 0 : 1 + rnd(w, 5000);
	p->fiddle = rnd(w, 4) ? 0 : rnd(w, 1000);
	p->nodelay = rnd(w, 2);
	p->keepalive = rnd(w, 8) == 0;
	p->start_pause = rnd(w, 8) ? 0 : rnd_us(w, 20 * SEC);
	p->linger_pause = rnd(w, 4) ? 0 : rnd_us(w, SEC);
	p->end = rnd(w, 4) ? END_SHUTDOWN : END_CLOSE_AFTER_EOF;
}

static void draw_host(struct world *w, struct host *h)
{
	static const u32 mss[] = { 1460, 1460, 1460, 536, 1000, 256, 1220 };

	itp_test_tunables(&h->tun);
	draw_plan(w, &h->plan);
	h->adv_mss = any_of(w, mss, 7);
	h->path_mss = rnd(w, 4) ? h->adv_mss : any_of(w, mss, 7);
	h->tun.window_scaling = rnd(w, 5) > 0;
	h->tun.timestamps = rnd(w, 3);
	h->tun.tw_reuse = rnd(w, 3);
	h->tun.sack = rnd(w, 4) > 0;
	h->tun.dsack = rnd(w, 4) > 0;
	h->tun.initial_window = rnd(w, 4) ? 10 : 1 + rnd(w, 20);
	h->tun.rfc1337 = rnd(w, 2);
	h->tun.timewait_len = rnd(w, 2) ? 60 : 1 + rnd(w, 120);
	h->tun.invalid_ratelimit = rnd(w, 4) ? 500 : rnd(w, 1000);
	if (rnd(w, 4) == 0)
		h->tun.rto_min_us = 1000 + rnd(w, 1000000);
	if (rnd(w, 8) == 0)
		h->tun.delack_max_us = 40000 + rnd(w, 400000);
	h->queue_delay = rnd(w, 4) ? 0 : rnd_us(w, 20 * MSEC);
	h->timer_late = rnd(w, 2) ? 0 : rnd_us(w, 4 * MSEC);
	h->accept_delay = rnd(w, 2) ? 0 : rnd_us(w, SEC);
	h->accept_full = rnd(w, 16) ? 0 : 1 + rnd(w, 3);
	if (rnd(w, 5) == 0)
		h->fail_send = rnd(w, 3000);
	if (rnd(w, 5) == 0)
		h->fail_alloc = rnd(w, 3000);
	if (rnd(w, 5) == 0)
		h->fail_rcv = rnd(w, 2000);
	if (rnd(w, 5) == 0)
		h->congested = rnd(w, 5000);
	h->iss_base = rnd(w, ~0U);
	h->ts_base = rnd(w, 4) ? rnd(w, ~0U) :
		     0U - (u32)(w->now / MSEC) - rnd(w, 5000);
	if (rnd(w, 3) == 0)
		h->iss_base = 0U - 1 - rnd(w, h->plan.write_total + 3);
}

/*
 * Both would wait for each other's end, or one leaves before the other ends. Or
 * one gives up before it has found out what fits through a hole: after many
 * losses each try takes minutes.
 */
static void make_fair(struct world *w)
{
	struct plan *a = &w->host[0].plan;
	struct plan *b = &w->host[1].plan;
	int i;

	for (i = 0; i < HOSTS; i++) {
		if (!w->link[i].hole)
			continue;
		w->host[i].tun.orphan_retries = 30;
		w->host[i].tun.retries2 = 30;
	}
	if (a->end == END_CLOSE_AFTER_EOF && b->end == END_CLOSE_AFTER_EOF)
		(rnd(w, 2) ? a : b)->end = END_SHUTDOWN;
	if (!b->write_total && b->end == END_CLOSE_AFTER_EOF && rnd(w, 2))
		a->end = END_CLOSE;
	if (!a->write_total && a->end == END_CLOSE_AFTER_EOF && rnd(w, 2) &&
	    a->end != END_CLOSE)
		b->end = END_CLOSE;
}

static void unfair_host(struct world *w, struct host *h)
{
	struct plan *p = &h->plan;

	p->end = rnd(w, END_MAX);
	p->abort_after = rnd(w, 6) ? 0 : 1 + rnd(w, 5000);
	p->user_timeout_ms = rnd(w, 6) ? 0 : 1 + rnd(w, 60000);
	p->linger2 = rnd(w, 4) ? 0 : (s32)rnd(w, 20) - 5;
	h->tun.abort_on_overflow = rnd(w, 4) == 0;
	h->tun.max_tw_buckets = rnd(w, 4) ? 100 : 0;
	h->tun.syn_soft_errors = rnd(w, 2);
	if (rnd(w, 3) == 0) {
		h->tun.syn_retries = 1 + rnd(w, 8);
		h->tun.synack_retries = rnd(w, 6);
		h->tun.retries2 = 1 + rnd(w, 15);
		h->tun.orphan_retries = 1 + rnd(w, 8);
		h->tun.fin_timeout = 1 + rnd(w, 60);
		h->tun.keepalive_probes = 1 + rnd(w, 9);
	}
	if (rnd(w, 6) == 0)
		h->tun.max_ranges = 64;
}

static void draw_unfair(struct world *w)
{
	int i;

	for (i = 0; i < HOSTS; i++)
		unfair_host(w, &w->host[i]);
	w->happening = rnd(w, 2) ? HAPPEN_NOTHING : 1 + rnd(w, 5);
	w->happening_at = rnd_us(w, rnd(w, 2) ? 300 * MSEC : 10 * SEC);
	if (w->happening)
		event_push(w, w->now + w->happening_at, EV_HAPPENING,
			   w->happening, 0, NULL);
}

void profile_draw(struct world *w)
{
	u32 level = rnd(w, 5);
	int i;

	for (i = 0; i < HOSTS; i++) {
		w->host[i].w = w;
		w->host[i].nr = i;
		draw_host(w, &w->host[i]);
		draw_link(w, &w->link[i], level);
		if (rnd(w, 12) == 0)
			w->link[i].mtu = 200 + rnd(w, 1280);
	}
	if (rnd(w, 8) == 0)
		draw_hole(w);
	w->host[0].tun.stdurg = rnd(w, 10) == 0;
	w->host[1].tun.stdurg = w->host[0].tun.stdurg;
	w->fair = rnd(w, 10) < 7;
	w->forge = rnd(w, 6) ? 0 : rnd(w, 2000);
	w->simultaneous = rnd(w, 10) == 0;
	w->connects = 1;
	if (!w->simultaneous && rnd(w, 5) == 0)
		w->connects = 2;
	/* Its last try would have to get through a network that is bad. */
	if (w->fair && level)
		w->host[1].accept_full = 0;
	if (w->fair)
		make_fair(w);
	else
		draw_unfair(w);
	w->host[0].reconnects = w->connects;
	for (i = 0; i < (int)w->connects; i++)
		event_push(w, w->now + i * 3 * SEC, EV_CONNECT, 0, 0, NULL);
	if (w->simultaneous) {
		w->host[1].reconnects = 1;
		event_push(w, w->now, EV_CONNECT, 1, 0, NULL);
	} else if (w->fair || rnd(w, 16)) {
		host_listen(&w->host[1], 2000);
	}
}
