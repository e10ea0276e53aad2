// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer: its connections, sending, expecting, and what must be true of
 * every segment of D whatever the script is about.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "language.h"

struct peer *P;
int late_percent = 2;
u64 slack_us = 30000;
u64 promptly_us = 150000;
u8 want_ttl = 64, want_tos;
bool want_ipopt, want_df = true;

#define RTO_MIN_MS	200
/* A SYN this late is no first one. */
#define SYN_LATE_US	100000

static struct peer peers[64];
static unsigned int npeers;
static struct seg *queue, **queue_end = &queue;
static u8 packet[70000];

struct peer *peer_new(void)
{
	struct peer *p = &peers[npeers];

	if (npeers == ARRAY_SIZE(peers))
		fail_("too many connections");
	p->addr = tun_paddr;
	p->daddr = tun_daddr;
	p->port = 1000 + npeers++;
	p->dport = DPORT;
	/* P's numbers wrap early: everything is modulo 2^32. */
	p->p0 = (v6 ? 0x7fffffa0 : 0xffffffa0) + npeers * 0x10000 - 0x10000;
	p->nxt = p->p0;
	p->wnd = 65535;
	p->ws_sent = p->ws_rcvd = p->mss_rcvd = -1;
	p->ts_sent = p->sackok_sent = -1;
	p->ts_now = 1000;
	P = p;
	return p;
}

void peer_forget(void)
{
	P->have_d0 = false;
	P->hold = false;
	P->have_ack = false;
	P->have_right = false;
	P->fin = false;
	P->ws_sent = P->ws_rcvd = P->mss_rcvd = -1;
	P->ts_sent = P->sackok_sent = -1;
	P->have_ts = false;
}

void peer_hold(const char *expr)
{
	P->hold = true;
	P->hold_ack = peer_seq(expr);
}

void peer_continue(const char *expr)
{
	P->nxt = peer_seq(expr);
}

static struct peer *peer_of(const struct seg *s)
{
	unsigned int i;

	for (i = 0; i < npeers; i++)
		if (peers[i].port == s->dport && peers[i].dport == s->sport)
			return &peers[i];
	return NULL;
}

static int shift_of(int ws)
{
	return ws > 14 ? 14 : ws;
}

/* Scaling is in force when both SYNs offered it. */
static int scale(const struct peer *p, int ws)
{
	return p->ws_sent >= 0 && p->ws_rcvd >= 0 ? shift_of(ws) : 0;
}

/* --- what P sends -----------------------------------------------------------*/

static void note_sent(const struct seg *s)
{
	u32 end = s->seq + seg_space(s);
	u32 right = s->wnd;

	struct seg raw = *s;

	if (s->flags & F_SYN) {
		if (s->nopt)
			seg_options(s->opt, s->nopt, &raw);
		P->ws_sent = raw.ws;
		/* The first tells: another may be about another connection. */
		if (P->ts_sent < 0)
			P->ts_sent = raw.ts;
		if (P->sackok_sent < 0)
			P->sackok_sent = raw.sackok;
	}
	if (seq_le(s->seq, P->nxt) && seq_lt(P->nxt, end))
		P->nxt = end;
	if (!(s->flags & F_ACK) || (s->flags & F_RST))
		return;
	P->sent_ack = s->ack;
	if (!(s->flags & F_SYN))
		right <<= scale(P, P->ws_sent);
	right += s->ack;
	if (!P->have_right || seq_lt(P->right, right))
		P->right = right;
	P->have_right = true;
}

static void fill_in_ts(struct words *w)
{
	struct seg *s = &w->s;

	s->ts = w->ts || (!(s->flags & (F_SYN | F_RST)) && P->ts_sent == 1 &&
			  P->ts_rcvd && !w->opt && !w->noopt && !w->nots);
	if (!s->ts)
		return;
	if (!w->ts)
		s->tsval = P->ts_now;
	else if (seq_lt(P->ts_now, s->tsval))
		P->ts_now = s->tsval;
	if (!w->ecr && (s->flags & F_ACK))
		s->tsecr = P->ts_echo;
}

static void fill_in(struct words *w)
{
	struct seg *s = &w->s;
	u32 i;

	s->src = P->addr;
	s->dst = P->daddr;
	s->sport = P->port;
	s->dport = P->dport;
	if (!w->seq)
		s->seq = P->nxt;
	if (!w->ack && (s->flags & F_ACK))
		s->ack = P->hold ? P->hold_ack : P->rcv;
	if (!w->wnd)
		s->wnd = P->wnd;
	if ((s->flags & F_SYN) && !w->mss && !w->noopt && !w->opt)
		s->mss = 1460;
	fill_in_ts(w);
	s->text = malloc(s->len + 1);
	/* Text of a SYN comes behind it. */
	for (i = 0; i < s->len; i++)
		s->text[i] = stream_octet(s->seq + i - P->p0 - 1 +
					  !!(s->flags & F_SYN));
}

void peer_send_(const char *fmt, ...)
{
	char text[256];
	struct words w;
	va_list ap;
	u8 *buf;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	words_parse(text, &w);
	fill_in(&w);
	words_print(&w.s, P, text, sizeof(text));
	trace("> %s", text);
	buf = malloc(w.s.len + 200);
	note_sent(&w.s);
	event_now();
	pieces_send(buf, seg_build(&w.s, buf));
	free(buf);
	free(w.s.text);
}

/* --- what must be true of every segment of D --------------------------------*/

static void check_flags(const struct seg *s)
{
	if ((s->flags & F_SYN) && (s->flags & (F_FIN | F_RST)))
		fail_("D sent a SYN with FIN or RST");
	if (!(s->flags & (F_ACK | F_RST | F_SYN)))
		fail_("D sent a segment without ACK");
	if (!(s->flags & F_ACK) && s->ack)
		fail_("D filled in an ACK field without ACK");
	if (!(s->flags & F_URG) && s->urp)
		fail_("D filled in an urgent pointer without URG");
	if ((s->flags & F_URG) && !user_urgent)
		fail_("D sent urgent data");
	if (s->mss >= 0 && !(s->flags & F_SYN))
		fail_("D sent MSS without SYN");
	if (s->ws >= 0 && !(s->flags & F_SYN))
		fail_("D sent a window scale without SYN");
	if (s->ttl != want_ttl)
		fail_("TTL is %u", s->ttl);
	if (s->tos != want_tos)
		fail_("TOS or traffic class is 0x%x", s->tos);
	if (!want_ipopt && s->nipopt)
		fail_("D sent IP options");
	if (want_df && !s->df && s->ip_len > 60)
		fail_("D sent text without DF");
}

static bool addr_eq(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void check_text(const struct peer *p, const struct seg *s)
{
	u32 pos = s->seq - p->d0 - 1;
	u32 i;

	for (i = 0; i < s->len; i++)
		if (s->text[i] != stream_octet(pos + i))
			fail_("octet %u of D's stream is wrong", pos + i);
	if (p->have_right && s->len && seq_lt(p->right, s->seq + s->len))
		fail_("D sent %u octets beyond the window",
		      s->seq + s->len - p->right);
	if (p->fin && s->len && seq_lt(p->fin_seq, s->seq + s->len))
		fail_("D sent text after its FIN");
	if (p->fin && (s->flags & F_FIN) && p->fin_seq != s->seq + s->len)
		fail_("D moved its FIN");
}

/* ACK field and right edge never move left. */
static void check_ack(struct peer *p, const struct seg *s)
{
	u32 right = s->wnd;

	if (!(s->flags & F_SYN))
		right <<= scale(p, p->ws_rcvd);
	right += s->ack;
	if (p->have_ack && seq_lt(s->ack, p->d_ack))
		fail_("D took back an ACK");
	if (p->have_ack && seq_lt(right, p->d_right))
		fail_("D's window shrank by %u", p->d_right - right);
	p->d_ack = s->ack;
	p->d_right = right;
	p->have_ack = true;
}

/* Timestamps and SACK are there when both SYNs had them, or not at all. */
static void check_agreed(struct peer *p, const struct seg *s)
{
	bool ts = p->ts_sent == 1 && p->ts_rcvd;
	bool sack = p->sackok_sent == 1 && p->sackok_rcvd;

	if (s->sackok && !(s->flags & F_SYN))
		fail_("D sent SACK-permitted without SYN");
	if (s->nsack && !sack)
		fail_("D sent SACK blocks that nobody agreed on");
	if ((s->flags & F_SYN) && (s->flags & F_ACK)) {
		if (s->ts && p->ts_sent != 1)
			fail_("D agreed to timestamps that P did not offer");
		if (s->sackok && p->sackok_sent != 1)
			fail_("D agreed to SACK that P did not offer");
	} else if (!(s->flags & F_SYN) && s->ts != ts) {
		fail_("D sent %s timestamp", ts ? "no" : "a");
	}
	if (!s->ts)
		return;
	if (p->have_ts && seq_lt(s->tsval, p->ts_echo))
		fail_("D's timestamp went back by %u", p->ts_echo - s->tsval);
	if (!(s->flags & F_ACK) && s->tsecr)
		fail_("D echoes a timestamp without ACK");
	p->ts_echo = s->tsval;
	p->have_ts = true;
}

static void check_always(struct peer *p, const struct seg *s)
{
	check_flags(s);
	if (!p)
		return;
	if (!addr_eq(&s->src, &p->daddr) || !addr_eq(&s->dst, &p->addr))
		fail_("D sent from or to another address");
	if (s->flags & F_RST)
		return;
	if (s->flags & F_SYN) {
		p->ts_rcvd = s->ts;
		p->sackok_rcvd = s->sackok;
	}
	check_agreed(p, s);
	if (s->flags & F_SYN) {
		if (p->have_d0 && s->seq != p->d0)
			fail_("D changed its initial sequence number");
		p->d0 = s->seq;
		p->have_d0 = true;
		p->ws_rcvd = s->ws;
		p->mss_rcvd = s->mss;
	}
	if (!p->have_d0)
		return;
	check_text(p, s);
	if (s->flags & F_ACK)
		check_ack(p, s);
	if (s->flags & F_FIN) {
		p->fin = true;
		p->fin_seq = s->seq + s->len;
	}
}

/* --- what D sent ------------------------------------------------------------*/

/* IPv6 says hello to the link; errors are the scripts' affair. */
static void other_packet(const u8 *p, size_t len)
{
	bool four = p[0] >> 4 == 4;
	u8 type = four ? p[20] : p[40];

	if (four ? p[9] != 1 : p[6] != 58)
		return;
	if (len < (four ? 28U : 48U))
		return;
	if (four ? type == 3 || type == 11 || type == 12 || type == 4
		 : type < 128)
		fail_("D sent ICMP type %u code %u", type, four ? p[21] : p[41]);
}

static struct seg *take_in(const u8 *data, size_t len)
{
	struct seg *s = calloc(1, sizeof(*s));
	char text[256];
	const char *err;
	u8 *copy;

	if (packet_protocol(data) != proto) {
		other_packet(data, len);
		free(s);
		return NULL;
	}
	copy = malloc(len);
	memcpy(copy, data, len);
	err = seg_parse(copy, len, s);
	s->t_us = now_us();
	if (err)
		fail_("D sent a bad segment: %s", err);
	check_always(peer_of(s), s);
	words_print(s, peer_of(s), text, sizeof(text));
	trace("< %s", text);
	*queue_end = s;
	queue_end = &s->next;
	return s;
}

/* Reads what D sent until something came or the time is over. */
static bool more(u64 deadline_us)
{
	size_t n;

	for (;;) {
		n = tun_recv(packet, sizeof(packet), deadline_us);
		if (!n)
			return false;
		if (take_in(packet, n))
			return true;
	}
}

/* Takes the first segment for P out of the queue. */
static struct seg *dequeue(void)
{
	struct seg **at, *s;

	for (at = &queue; *at; at = &(*at)->next) {
		s = *at;
		if (s->dport != P->port)
			continue;
		*at = s->next;
		if (queue_end == &s->next)
			queue_end = at;
		return s;
	}
	return NULL;
}

static void advance(const struct seg *s)
{
	u32 end = s->seq + seg_space(s);

	free(P->last.packet);
	P->last = *s;
	if ((s->flags & (F_SYN | F_ACK)) == F_SYN && s->t_us < event_us + SYN_LATE_US)
		P->syn_late_us = s->t_us - event_us;
	event_us = s->t_us;
	if (s->flags & F_RST)
		return;
	if ((s->flags & F_SYN) && s->seq == P->d0 && !seq_lt(end, P->rcv))
		P->rcv = end;
	else if (s->flags & F_SYN)
		P->rcv = end;
	else if (seq_le(s->seq, P->rcv) && seq_lt(P->rcv, end))
		P->rcv = end;
}

struct seg *peer_next(u64 ms)
{
	u64 deadline = now_us() + ms * 1000;
	struct seg *s;

	for (s = dequeue(); !s; s = dequeue()) {
		if (more(deadline))
			continue;
		/* What came while the time ran out counts. */
		s = dequeue();
		if (!s)
			return NULL;
		break;
	}
	advance(s);
	free(s);
	return &P->last;
}

static void differs(const struct words *w, const struct seg *s,
		    const char *what)
{
	char got[256];

	(void)w;
	words_print(s, P, got, sizeof(got));
	fail_("%s; got      %s", what, got);
}

static void compare(const struct words *w, const struct seg *s,
		    const char *text)
{
	const u8 all = 0xff & ~F_PSH;
	char what[400];

#define EXPECT(ok, part)						\
	do {								\
		if (!(ok)) {						\
			snprintf(what, sizeof(what),			\
				 part ": expected %s", text);		\
			differs(w, s, what);				\
		}							\
	} while (0)
	EXPECT((s->flags & all) == (w->s.flags & all), "flags");
	EXPECT(w->any_seq || s->seq == w->s.seq, "sequence number");
	if (s->flags & F_ACK)
		EXPECT(w->any_ack || s->ack == w->s.ack, "ACK field");
	EXPECT(s->len == w->s.len, "length");
	EXPECT(!w->wnd || s->wnd == w->s.wnd, "window");
	EXPECT(!w->mss || s->mss == w->s.mss, "MSS option");
	EXPECT(!w->ws || s->ws == w->s.ws, "window scale option");
	EXPECT(!w->ecr || (s->ts && s->tsecr == w->s.tsecr), "timestamp echo");
	EXPECT(!w->ts || (s->ts && s->tsval == w->s.tsval), "timestamp");
	EXPECT(!w->nots || !s->ts, "timestamp");
	EXPECT(!w->s.sackok || s->sackok, "SACK-permitted");
	EXPECT(!w->sack || (s->nsack == w->s.nsack &&
			    !memcmp(s->sack, w->s.sack, 8 * s->nsack)),
	       "SACK blocks");
	EXPECT(!w->noopt || !s->nopt, "options");
	EXPECT(!w->urp || s->urp == w->s.urp, "urgent pointer");
	EXPECT(w->psh < 0 || w->psh == !!(s->flags & F_PSH), "PSH");
#undef EXPECT
}

static void compare_time(u64 since, u64 t_us, u64 min_ms, u64 max_ms,
			 const char *text)
{
	u64 took = t_us - since;
	u64 early = slack_us + min_ms * 5;

	if (took + early < min_ms * 1000)
		fail_("%s came after %.3f ms, expected after %llu ms", text,
		      took / 1e3, (unsigned long long)min_ms);
	(void)max_ms;
}

/* Latest time at which something due @ms after the last event may come. */
static u64 latest(u64 ms)
{
	/* TCP counts in jiffies, and its timers are up to an eighth late. */
	u64 percent = tcp && late_percent < 30 ? 30 : late_percent;

	/*
	 * What D measured as round trip adds to RTO_MIN and doubles with it
	 * (RFC 6298 section 2).
	 */
	return event_us + ms * 1000 + ms * 10 * percent + slack_us +
	       ms * P->syn_late_us / RTO_MIN_MS + (ms ? 0 : promptly_us);
}

static struct seg *expect(u64 min_ms, u64 max_ms, const char *text)
{
	u64 since = event_us, deadline = latest(max_ms);
	struct words w;
	struct seg *s;

	words_parse(text, &w);
	if (!w.seq)
		w.s.seq = (w.s.flags & (F_RST | F_ACK)) == F_RST ? P->sent_ack
								 : P->rcv;
	if (!w.ack)
		w.s.ack = P->nxt;
	while (!(s = dequeue()))
		if (!more(deadline))
			fail_("expected %s; got nothing in %.3f ms", text,
			      (now_us() - since) / 1e3);
	compare(&w, s, text);
	compare_time(since, s->t_us, min_ms, max_ms, text);
	if (s->t_us > deadline)
		fail_("%s came after %.3f ms, expected after %llu ms", text,
		      (s->t_us - since) / 1e3, (unsigned long long)max_ms);
	advance(s);
	free(s);
	return &P->last;
}

struct seg *peer_expect_(u64 min_ms, u64 max_ms, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return expect(min_ms, max_ms, text);
}

void expect_silence_(u64 ms)
{
	u64 deadline = now_us() + ms * 1000;
	char text[256];

	if (queue || more(deadline)) {
		words_print(queue, peer_of(queue), text, sizeof(text));
		fail_("expected silence for %llu ms; got %s",
		      (unsigned long long)ms, text);
	}
}

/* --- bulk -------------------------------------------------------------------*/

void peer_take(u32 octets)
{
	u32 end = P->rcv + octets, unacked = 0;
	struct seg *s;

	while (seq_lt(P->rcv, end)) {
		s = peer_next(2000);
		if (!s)
			fail_("D stopped %u octets short", end - P->rcv);
		if (s->seq + seg_space(s) != P->rcv)
			fail_("D sent out of order");
		if (++unacked < 2 && P->rcv != end)
			continue;
		unacked = 0;
		peer_send_("A");
	}
}

u32 peer_room(void)
{
	return seq_lt(P->nxt, P->d_right) ? P->d_right - P->nxt : 0;
}

void peer_give(u32 octets, u32 size)
{
	u32 end = P->nxt + octets, len;

	while (P->nxt != end) {
		len = end - P->nxt < size ? end - P->nxt : size;
		if (peer_room() < len && !peer_next(2000))
			fail_("D's window stays shut");
		if (peer_room() < len)
			continue;
		peer_send_("AP len %u", len);
		user_read_(len);
		while (peer_next(0))
			;
	}
	while (P->d_ack != end)
		if (!peer_next(1000))
			fail_("D does not acknowledge everything");
}
