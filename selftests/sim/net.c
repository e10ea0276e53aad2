// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire: segments become octets with a checksum, are mistreated, and become
 * segments again. Payload is a pattern of its position in the stream.
 */
#include "sim.h"

u8 pattern(u32 key, u32 pos)
{
	u32 x = pos * 2654435761U ^ key;

	return x >> 24 ^ x >> 11;
}

/* RFC 1071 over a pseudo header of host numbers, protocol and length. */
static u16 checksum(u8 from, const u8 *p, u32 len)
{
	u32 sum = 253 + len + from + 0x0a35;
	u32 i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static struct packet *packet_new(u8 from, const struct itp_seg_out *seg,
				 u16 sport, u16 dport)
{
	u32 hdr = itp_seg_hdr_len(seg);
	struct packet *p = calloc(1, sizeof(*p) + hdr + seg->len);

	if (!p)
		abort();
	p->from = from;
	p->why = seg->why;
	p->len = hdr + seg->len;
	itp_seg_write(seg, sport, dport, p->data);
	return p;
}

static void packet_seal(struct packet *p)
{
	u16 sum = checksum(p->from, p->data, p->len);

	p->data[16] = sum >> 8;
	p->data[17] = sum;
}

/* One proposal of the engine, as one or more packets of at most a segment. */
static void send_part(struct host *h, const struct itp_seg_out *seg, u16 sport,
		      u16 dport, struct sock *s)
{
	struct world *w = h->w;
	struct packet *p = packet_new(h->nr, seg, sport, dport);
	u8 *text = p->data + p->len - seg->len;
	struct itp_seg_in in;
	u32 i;

	if (s) {
		u32 pos = seg->seq - (s->c.iss + 1);

		for (i = 0; i < seg->len; i++)
			text[i] = pattern(s->key_tx, pos + i);
		p->conn = s->c.id;
		s->host_pkts++;
	}
	packet_seal(p);
	if (verbose) {
		itp_seg_parse(p->data, p->len, p->len, &in);
		vlog(w, "%c sends (%s)", "AB"[h->nr], why_str(seg->why));
		log_seg(w, "    ->", h->nr, &in);
	}
	tally.segs++;
	tally.why[seg->why]++;
	w->in_flight++;
	if (h->queue_delay)
		event_push(w, w->now + rnd_us(w, h->queue_delay), EV_DEPART, 0,
			   0, p);
	else
		net_depart(w, p);
}

void net_send(struct host *h, const struct itp_seg_out *seg, u16 sport,
	      u16 dport, struct sock *s)
{
	struct itp_seg_out part = *seg;
	u32 mss = s && seg->why != ITP_WHY_MTU_PROBE ? s->c.mss_snd : seg->len;
	u32 left = seg->len;

	REQUIRE(h->w, s || !seg->len, "text without a socket");
	if (!s || left <= mss) {
		send_part(h, seg, sport, dport, s);
		return;
	}
	tally.bursts++;
	while (left) {
		part.len = min(left, mss);
		left -= part.len;
		part.flags = seg->flags;
		if (left)
			part.flags &= ~(ITP_FIN | ITP_PSH);
		send_part(h, &part, sport, dport, s);
		part.seq += part.len;
	}
}

/* Errors that a ones' complement sum always finds: within 15 bits in a row. */
static void corrupt(struct world *w, struct packet *p)
{
	u32 bit = rnd(w, p->len * 8);
	u32 n = 1 + rnd(w, 3);
	u32 i;

	for (i = 0; i < n; i++) {
		u32 at = bit + (i ? 1 + rnd(w, 14) : 0);

		if (at >= p->len * 8 || at / 16 != bit / 16)
			continue;
		p->data[at / 8] ^= 0x80 >> at % 8;
	}
	if (checksum(p->from, p->data, p->len) == 0)
		p->data[bit / 8] ^= 0x80 >> bit % 8;
	tally.corrupted++;
}

static void deliver_later(struct world *w, struct packet *p)
{
	struct impair *l = &w->link[p->from];
	u64 at = w->now + l->delay + rnd_us(w, l->jitter);

	if (at < l->last_arrival) {
		if (chance(w, l->reorder))
			tally.reordered++;
		else
			at = l->last_arrival;
	}
	if (at > l->last_arrival)
		l->last_arrival = at;
	event_push(w, at, EV_ARRIVE, 0, 0, p);
}

static void too_big(struct world *w, struct packet *p)
{
	struct itp_seg_in in;

	itp_seg_parse(p->data, p->len, p->len, &in);
	tally.too_big++;
	tally.holes += w->link[p->from].hole;
	vlog(w, "too big for the path: %u", p->len);
	if (p->conn && !w->link[p->from].hole)
		event_push(w, w->now + w->link[p->from].delay, EV_ICMP, p->conn,
			   in.seq, NULL);
}

/* The packet has left its host: now the network has it. */
void net_depart(struct world *w, struct packet *p)
{
	struct impair *l = &w->link[p->from];
	struct host *h = &w->host[p->from];
	struct sock *s = p->conn ? host_sock(h, p->conn) : NULL;
	struct packet *copy;
	bool lose;

	if (s) {
		REQUIRE(w, s->host_pkts, "host_pkts");
		s->host_pkts--;
	}
	if (p->len - ITP_HDR_MIN > l->mtu) {
		too_big(w, p);
		w->in_flight--;
		free(p);
		return;
	}
	lose = w->link_dead || (!w->calm && chance(w, l->loss));
	if (lose) {
		vlog(w, "lost");
		tally.lost++;
		w->in_flight--;
		free(p);
		return;
	}
	if (!w->calm && chance(w, l->dup)) {
		copy = malloc(sizeof(*p) + p->len);
		memcpy(copy, p, sizeof(*p) + p->len);
		tally.dupped++;
		w->in_flight++;
		deliver_later(w, copy);
	}
	if (!w->calm && chance(w, l->corrupt))
		corrupt(w, p);
	deliver_later(w, p);
}

void net_arrive(struct world *w, struct packet *p)
{
	struct host *to = &w->host[!p->from];
	struct itp_seg_in in;

	w->in_flight--;
	if (p->len < ITP_HDR_MIN || checksum(p->from, p->data, p->len)) {
		tally.checksum_caught++;
		vlog(w, "%c: checksum wrong", "AB"[to->nr]);
		free(p);
		return;
	}
	if (verbose) {
		itp_seg_parse(p->data, p->len, p->len, &in);
		log_seg(w, "<-", to->nr, &in);
	}
	host_input(to, p->data, p->len);
	if (w->forge && chance(w, w->forge))
		event_push(w, w->now + rnd_us(w, 10 * MSEC), EV_FORGE, to->nr,
			   0, NULL);
	free(p);
}

/*
 * What a blind attacker or an old life of the connection might send, and that
 * must change nothing: never text inside the window, never a RST at RCV.NXT.
 */
static bool forgery(struct world *w, const struct sock *s,
		    struct itp_seg_out *f)
{
	const struct itp_conn *c = &s->c;
	u32 wnd = c->rcv_right - c->rcv_nxt;
	u32 i;

	memset(f, 0, sizeof(*f));
	f->seq = c->rcv_nxt;
	f->ack = c->snd_una;
	f->flags = ITP_ACK;
	f->wnd = rnd(w, 65536);
	if (rnd(w, 2)) {
		f->opts |= ITP_OPT_TS;
		f->tsval = c->ts_recent + rnd(w, 20000) - 10000;
		f->tsecr = rnd(w, ~0U);
	}
	if (rnd(w, 4) == 0) {
		f->opts |= ITP_OPT_SACK;
		f->nsack = 1 + rnd(w, 3);
		for (i = 0; i < f->nsack; i++) {
			f->sack[i][0] = c->snd_una + rnd(w, 100000) - 50000;
			f->sack[i][1] = f->sack[i][0] + rnd(w, 4000) - 1000;
		}
	}
	switch (rnd(w, 9)) {
	case 0:			/* RST in the window, not at its edge */
		f->flags = rnd(w, 2) ? ITP_RST : ITP_RST | ITP_ACK;
		f->seq += 1 + rnd(w, max(wnd, 2U) - 1);
		return true;
	case 1:			/* RST anywhere below */
		f->flags = ITP_RST;
		f->seq -= 2 + rnd(w, 1 << 30);
		return true;
	case 2:			/* SYN, any sequence number */
		f->flags = rnd(w, 2) ? ITP_SYN : ITP_SYN | ITP_ACK;
		f->seq = rnd(w, 2) ? f->seq + rnd(w, max(wnd, 1U)) :
				     rnd(w, ~0U);
		return true;
	case 3:			/* ACK of the future */
		f->ack = c->snd_nxt + 1 + rnd(w, 1 << 30);
		return true;
	case 4:			/* ACK of the distant past */
		f->ack = c->snd_una - c->max_snd_wnd - 1 - rnd(w, 1 << 30);
		return true;
	case 5:			/* no flags */
		f->flags = rnd(w, 2) ? 0 : ITP_PSH | ITP_FIN;
		return true;
	case 6:			/* text just beyond the right edge */
		f->seq = c->rcv_right;
		f->len = 1;
		/* Its ACK counts, for the edge itself is inside. */
		f->wnd = c->snd_wnd >> c->snd_wscale;
		return !c->orphan && !w->fair;
	case 7:			/* all of it right but for its age */
		f->opts |= ITP_OPT_TS;
		f->tsval = c->ts_recent - 1 - rnd(w, 1 << 30);
		f->len = rnd(w, 3) * 50;
		f->flags |= rnd(w, 2) ? ITP_FIN : 0;
		return c->ts_ok;
	default:		/* outside the window */
		f->seq = c->rcv_right + 1 + rnd(w, 1 << 29);
		f->flags |= rnd(w, 2) ? ITP_FIN : 0;
		f->flags |= rnd(w, 4) ? 0 : ITP_URG;
		f->urp = rnd(w, 65536);
		return true;
	}
}

void net_forge(struct host *h)
{
	struct sock *s = h->socks;
	struct itp_seg_out f;
	struct packet *p;
	struct itp_seg_in in;

	if (s && s == h->listener)
		s = s->next;
	if (!s || s->c.state == ITP_CLOSED || s->c.state == ITP_SYN_SENT ||
	    s->c.state == ITP_SYN_RECV || !forgery(h->w, s, &f))
		return;
	p = packet_new(!h->nr, &f, s->rport, s->lport);
	packet_seal(p);
	tally.forged++;
	if (verbose) {
		itp_seg_parse(p->data, p->len, p->len, &in);
		log_seg(h->w, "<- forged", h->nr, &in);
	}
	host_input(h, p->data, p->len);
	free(p);
}
