// SPDX-License-Identifier: GPL-2.0-only
/*
 * A world of one host: what the simulator's host.c and sock.c need of the
 * others. Segments that leave are checked and forgotten, programs do what the
 * input says, and there is no queue of events: what is due is looked up.
 */
#include "fuzz.h"

#define SETTLE_STEPS	20000U

struct tally tally;
struct world *current;
bool verbose;

void fuzz_init(void)
{
	const char *nr = getenv("ITP_MUTATION");

	if (nr)
		itp_mutation = strtoul(nr, NULL, 0);
	verbose = getenv("FUZZ_VERBOSE");
	itp_test_on_state = check_state;
	itp_test_on_event = check_event;
}

void fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "# at %.6f s: ", w->now / 1e6);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	fflush(stdout);
	abort();
}

u32 rnd(struct world *w, u32 below)
{
	w->rng = w->rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return (w->rng >> 32) * below >> 32;
}

u64 rnd_us(struct world *w, u64 below)
{
	return rnd(w, min(below, (u64)~0U));
}

bool chance(struct world *w, u32 in_10000)
{
	return in_10000 && rnd(w, 10000) < in_10000;
}

void event_push(struct world *w, u64 at, enum ev_kind kind, u64 id, u32 arg,
		struct packet *pkt)
{
	(void)id;
	(void)arg;
	REQUIRE(w, !pkt && (at >= w->now || kind != EV_TIMER),
		"event %u in the past", kind);
}

void app_wake(struct sock *s)
{
	(void)s;
}

u8 pattern(u32 key, u32 pos)
{
	u32 x = pos * 2654435761U ^ key;

	return x >> 24 ^ x >> 11;
}

/* New octets stay in the window that the peer offers now. */
static void check_edge(struct sock *s, const struct itp_seg_out *seg)
{
	u32 end = seg->seq + seg->len + !!(seg->flags & ITP_FIN);

	if (!seg->len && !(seg->flags & ITP_FIN))
		return;
	REQUIRE(s->host->w, seq_le(end, s->c.snd_una + s->c.snd_wnd) ||
		seq_le(end, s->c.snd_nxt),
		"sent up to %u, SND.NXT %u, window from %u to %u", end,
		s->c.snd_nxt, s->c.snd_una, s->c.snd_una + s->c.snd_wnd);
}

void net_send(struct host *h, const struct itp_seg_out *seg, u16 sport,
	      u16 dport, struct sock *s)
{
	u32 hdr = itp_seg_hdr_len(seg);
	u8 data[ITP_HDR_MAX];
	struct itp_seg_in in;

	REQUIRE(h->w, s || !seg->len, "text without a socket");
	REQUIRE(h->w, hdr <= ITP_HDR_MAX, "header of %u octets", hdr);
	if (s)
		check_edge(s, seg);
	itp_seg_write(seg, sport, dport, data);
	REQUIRE(h->w, itp_seg_parse(data, hdr, hdr + seg->len, &in) ==
		ITP_REASON_NONE && in.seq == seg->seq && in.ack == seg->ack &&
		in.flags == seg->flags && in.len == seg->len,
		"written, but cannot be read");
	if (verbose) {
		vlog(h->w, "A sends (%s)", why_str(seg->why));
		log_seg(h->w, "    ->", h->nr, &in);
	}
	tally.segs++;
}

void fuzz_world(struct world *w, struct host *h, u32 seed)
{
	int i;

	w->seed = seed;
	w->rng = seed;
	w->now = 1000000;
	current = w;
	for (i = 0; i < HOSTS; i++) {
		w->host[i].w = w;
		w->host[i].nr = i;
		itp_test_tunables(&w->host[i].tun);
	}
	h->plan.rcvbuf = 65536;
	h->adv_mss = 1460;
	h->path_mss = 1460;
}

struct sock *fuzz_sock(struct host *h, u32 n)
{
	struct sock *s;
	u32 count = 0;

	for (s = h->socks; s; s = s->next)
		count += s != h->listener;
	if (!count)
		return NULL;
	n %= count;
	for (s = h->socks; s; s = s->next) {
		if (s != h->listener && !n--)
			break;
	}
	return s;
}

void fuzz_changed(struct host *h)
{
	struct sock *s;

	/* Nobody tells the engine, so it may have something to send now. */
	for (s = h->socks; s; s = s->next)
		s->held_back = true;
}

bool fuzz_due(struct host *h, u64 late)
{
	struct req_rec *r;
	struct tw_rec *t;
	struct sock *s;
	u64 first = 0;
	u64 id = 0;

#define EARLIER(at, whose) do { \
	if ((at) && (!first || (at) < first)) { \
		first = (at); \
		id = (whose); \
	} \
} while (0)
	for (s = h->socks; s; s = s->next)
		if (s->hashed)
			EARLIER(s->c.deadline_us, s->c.id);
	for (r = h->reqs; r; r = r->next)
		EARLIER(r->r.deadline_us, r->r.id);
	for (t = h->tws; t; t = t->next)
		EARLIER(t->tw.deadline_us, t->tw.id);
#undef EARLIER
	if (!first)
		return false;
	h->w->now = max(h->w->now, first) + late;
	host_timer(h, id);
	return true;
}

void fuzz_end(struct host *h)
{
	struct world *w = h->w;
	u32 steps = 0;
	struct sock *s;

	h->fail_send = 0;
	h->fail_alloc = 0;
	h->fail_rcv = 0;
	h->congested = 0;
	w->calm = true;
	fuzz_changed(h);
	vlog(w, "*** the end: no more segments, all programs leave");
	host_unlisten(h);
	for (s = h->socks; s; s = s->next)
		s->host_pkts = 0;
	do {
		for (s = h->socks; s && !s->app_has; s = s->next)
			;
		if (s)
			sock_close(s, s->rx_unread ? ITP_CLOSE_UNREAD :
						     ITP_CLOSE_CLOSE);
	} while (s);
	while (fuzz_due(h, 0))
		REQUIRE(w, ++steps < SETTLE_STEPS, "one does not end: %s",
			h->socks ? itp_state_name(h->socks->c.state) : "record");
	REQUIRE(w, !h->socks, "without a timer for ever: %s",
		itp_state_name(h->socks->c.state));
	REQUIRE(w, !h->reqs && !h->tws, "a record without a deadline");
	check_end(w);
	current = NULL;
}
