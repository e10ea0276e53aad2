// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual time, events in order, random numbers, and the run of one world from
 * its seed to its end.
 */
#include "sim.h"

#define STEPS_MAX	3000000ULL

struct world *current;

void fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	printf("not ok - world %" PRIu64 "\n# at %.6f s: ", w->seed,
	       w->now / 1e6);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n# repeat: cd selftests && %s -n 1 -s %" PRIu64 "%s%.0u -v\n",
	       prog, w->seed, itp_mutation ? " --mutation " : "", itp_mutation);
	fflush(stdout);
	exit(1);
}

static u64 splitmix(u64 *s)
{
	u64 z = (*s += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

u32 rnd(struct world *w, u32 below)
{
	return below ? (splitmix(&w->rng) >> 32) * below >> 32 : 0;
}

u64 rnd_us(struct world *w, u64 below)
{
	return below ? splitmix(&w->rng) % below : 0;
}

bool chance(struct world *w, u32 in_10000)
{
	return in_10000 && rnd(w, 10000) < in_10000;
}

static bool before(const struct event *a, const struct event *b)
{
	return a->at < b->at || (a->at == b->at && a->nr < b->nr);
}

void event_push(struct world *w, u64 at, enum ev_kind kind, u64 id, u32 arg,
		struct packet *pkt)
{
	struct event ev = {
		.at = at, .nr = w->ev_nr++, .kind = kind, .id = id,
		.arg = arg, .pkt = pkt,
	};
	u32 i, up;

	REQUIRE(w, at >= w->now, "event %u in the past", kind);
	if (w->heap_nr == w->heap_max) {
		w->heap_max = w->heap_max ? 2 * w->heap_max : 256;
		w->heap = realloc(w->heap, w->heap_max * sizeof(*w->heap));
	}
	for (i = w->heap_nr++; i; i = up) {
		up = (i - 1) / 2;
		if (!before(&ev, &w->heap[up]))
			break;
		w->heap[i] = w->heap[up];
	}
	w->heap[i] = ev;
}

bool event_pop(struct world *w, struct event *ev)
{
	struct event last;
	u32 i, down;

	if (!w->heap_nr)
		return false;
	*ev = w->heap[0];
	last = w->heap[--w->heap_nr];
	for (i = 0; (down = 2 * i + 1) < w->heap_nr; i = down) {
		if (down + 1 < w->heap_nr &&
		    before(&w->heap[down + 1], &w->heap[down]))
			down++;
		if (!before(&w->heap[down], &last))
			break;
		w->heap[i] = w->heap[down];
	}
	w->heap[i] = last;
	return true;
}

static void icmp_all(struct world *w, enum itp_icmp_kind kind, int err)
{
	int i;

	for (i = 0; i < HOSTS; i++) {
		struct sock *s = w->host[i].socks;

		if (!s || s == w->host[i].listener)
			continue;
		sock_icmp(s, kind, rnd(w, 2) ? s->c.snd_una : rnd(w, ~0U), err);
	}
}

static void happen(struct world *w, enum happening what)
{
	vlog(w, "*** happening %d", what);
	switch (what) {
	case HAPPEN_LINK_DEAD:
		w->link_dead = true;
		tally.dead_links++;
		break;
	case HAPPEN_REBOOT:
		host_forget(&w->host[rnd(w, HOSTS)]);
		w->rebooted = true;
		tally.reboots++;
		break;
	case HAPPEN_LISTENER_CLOSE:
		host_unlisten(&w->host[1]);
		break;
	case HAPPEN_ICMP_HARD:
		icmp_all(w, ITP_ICMP_HARD, ECONNREFUSED);
		break;
	case HAPPEN_ICMP_SOFT:
		icmp_all(w, ITP_ICMP_SOFT, EHOSTUNREACH);
		break;
	default:
		break;
	}
}

static void dispatch(struct world *w, struct event *ev)
{
	struct sock *s;

	switch (ev->kind) {
	case EV_TIMER:
		host_timer(&w->host[ev->id >> 32], ev->id);
		break;
	case EV_APP:
		s = host_sock(&w->host[ev->id >> 32], ev->id);
		if (s && s->app_at == ev->at) {
			s->app_at = 0;
			app_run(s);
		}
		break;
	case EV_PATIENCE:
		s = host_sock(&w->host[ev->id >> 32], ev->id);
		if (s)
			app_run(s);
		break;
	case EV_CONNECT:
		host_connect(&w->host[ev->id], ev->id ? 2000 : 1000,
			     ev->id ? 1000 : 2000);
		break;
	case EV_DEPART:
		net_depart(w, ev->pkt);
		break;
	case EV_ARRIVE:
		net_arrive(w, ev->pkt);
		break;
	case EV_ICMP:
		s = host_sock(&w->host[ev->id >> 32], ev->id);
		w->host[ev->id >> 32].path_mss = w->link[ev->id >> 32].mtu;
		if (s)
			sock_icmp(s, ITP_ICMP_PMTU, ev->arg, EMSGSIZE);
		break;
	case EV_ACCEPT:
		host_accept(&w->host[ev->id]);
		break;
	case EV_HAPPENING:
		happen(w, ev->id);
		break;
	case EV_FORGE:
		net_forge(&w->host[ev->id]);
		break;
	}
}

static bool only_listeners(const struct world *w)
{
	int i;

	for (i = 0; i < HOSTS; i++) {
		const struct host *h = &w->host[i];

		if (h->reqs || h->tws || h->reconnects ||
		    (h->socks && (h->socks != h->listener || h->socks->next)))
			return false;
	}
	return !w->heap_nr;
}

static void run_events(struct world *w)
{
	struct event ev;

	while (event_pop(w, &ev)) {
		REQUIRE(w, ++w->steps < STEPS_MAX, "does not end: %u events",
			(u32)w->steps);
		w->now = ev.at;
		if (!w->calm && w->now >= w->heal_at)
			w->calm = true;
		dispatch(w, &ev);
	}
}

void world_run(u64 seed)
{
	struct world *w = calloc(1, sizeof(*w));
	u64 s = seed;

	if (!w)
		abort();
	w->seed = seed;
	w->rng = splitmix(&s);
	w->now = 1 + rnd_us(w, 1000 * SEC);
	w->heal_at = w->now + HEAL_US;
	current = w;
	profile_draw(w);
	run_events(w);
	host_unlisten(&w->host[0]);
	host_unlisten(&w->host[1]);
	run_events(w);
	REQUIRE(w, only_listeners(w), "records are left over");
	check_end(w);
	tally.worlds++;
	tally.fair += w->fair;
	current = NULL;
	free(w->heap);
	free(w);
}
