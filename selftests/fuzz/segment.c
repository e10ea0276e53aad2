// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments for the host under test: numbers near those that some record of its
 * has, flags, windows, lengths and options as the input says. Text always is
 * the stream's, so that what is read can be compared.
 */
#include "fuzz.h"

#define TEXT_MAX	9000U
#define BASES		8

/* A record of the host, as its peer would like to know it. */
struct aim {
	u16 lport;
	u16 rport;
	u32 irs;
	u32 key;
	bool opening;		/* a SYN sets IRS */
	u32 seq[BASES];
	u32 ack[BASES];
	u32 ts;
};

static void aim_conn(struct aim *a, const struct sock *s)
{
	const struct itp_conn *c = &s->c;
	const struct itp_range *r;

	a->lport = s->lport;
	a->rport = s->rport;
	a->irs = c->irs;
	a->opening = c->state == ITP_SYN_SENT;
	a->ts = c->ts_recent;
	a->seq[0] = c->rcv_nxt;
	a->seq[1] = c->rcv_right;
	a->seq[2] = c->rcv_acked;
	a->seq[3] = c->irs;
	r = itp_range_first(&c->held);
	a->seq[4] = r ? r->start : c->rcv_nxt + 100;
	r = itp_range_last(&c->held);
	a->seq[5] = r ? r->end : c->rcv_nxt + 1000;
	a->seq[6] = c->fin_held ? c->fin_seq : c->rcv_nxt - 1;
	a->ack[0] = c->snd_nxt;
	a->ack[1] = c->snd_una;
	a->ack[2] = c->write_seq;
	a->ack[3] = c->iss;
	a->ack[4] = c->snd_una - c->max_snd_wnd;
	r = itp_range_first(&c->sent);
	a->ack[5] = r ? r->end : c->snd_una;
	r = itp_range_last(&c->sent);
	a->ack[6] = r ? r->start : c->snd_nxt;
}

static void aim_req(struct aim *a, const struct req_rec *r)
{
	a->lport = r->lport;
	a->rport = r->rport;
	a->irs = r->r.irs;
	a->ts = r->r.ts_recent;
	a->seq[0] = r->r.irs + 1;
	a->seq[1] = r->r.irs + 1 + r->r.rcv_wnd;
	a->seq[2] = r->r.irs;
	a->ack[0] = r->r.iss + 1;
	a->ack[1] = r->r.iss;
}

static void aim_tw(struct aim *a, const struct tw_rec *t)
{
	a->lport = t->lport;
	a->rport = t->rport;
	a->ts = t->tw.ts_recent;
	a->seq[0] = t->tw.rcv_nxt;
	a->seq[1] = t->tw.rcv_nxt + t->tw.rcv_wnd;
	a->seq[2] = t->tw.rcv_nxt + 1;
	a->ack[0] = t->tw.snd_nxt;
	a->opening = true;
}

/* Sockets, entries, records and the listener in turn. */
static void aim_at(struct host *h, u8 n, struct aim *a)
{
	struct sock *s = fuzz_sock(h, n >> 2);
	struct req_rec *r = h->reqs;
	struct tw_rec *t = h->tws;

	memset(a, 0, sizeof(*a));
	a->key = h->w->seed * 2 + !h->nr;
	a->lport = 3000;
	a->rport = 4000 + (n >> 4);
	a->opening = true;
	if (n % 4 == 1 && r)
		aim_req(a, r);
	else if (n % 4 == 2 && t)
		aim_tw(a, t);
	else if (n % 4 != 3 && s)
		aim_conn(a, s);
}

/* One of the bases, mostly itself, else a little or a lot beside it. */
static u32 near(const u32 *base, struct input *in)
{
	u8 v = take8(in);
	u32 at = base[v & 7];

	switch (v >> 3) {
	case 1:
		return at + 1;
	case 2:
		return at - 1;
	case 3:
	case 4:
	case 5:
		return at + (s32)(signed char)take8(in);
	case 6:
	case 7:
	case 8:
		return at + take16(in);
	case 9:
	case 10:
		return at - take16(in);
	case 11:
		return at + take32(in);
	default:
		return at;
	}
}

static u32 text_len(struct input *in)
{
	static const u32 some[] = { 0, 1, 10, 536, 1000, 1460, 2920, TEXT_MAX };
	u8 v = take8(in);

	if (v < 128)
		return some[v & 7];
	return v < 192 ? v : take16(in) % TEXT_MAX;
}

static void put32(u8 *p, u32 v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

/* One option with values that make sense; octets taken, at most @room. */
static u32 one_option(const struct aim *a, struct input *in, u8 *p, u32 room)
{
	static const u8 len[] = { 1, 4, 3, 2, 10, 10, 18, 34 };
	static const u8 kind[] = { 1, 2, 3, 4, 8, 5, 5, 5 };
	u8 v = take8(in) & 7;
	u32 i;

	if (len[v] > room)
		return room;
	p[0] = kind[v];
	if (!v)
		return 1;
	p[1] = len[v];
	if (v == 1) {
		p[2] = take8(in);
		p[3] = take8(in);
	} else if (v == 2) {
		p[2] = take8(in);
	} else if (v == 4) {
		put32(p + 2, a->ts + (signed char)take8(in));
		put32(p + 6, take16(in));
	} else if (v >= 5) {
		for (i = 2; i < len[v]; i += 4)
			put32(p + i, near(a->ack, in));
	}
	return len[v];
}

/* Options at @p, padded; octets. 0x80: well-formed ones, else as they come. */
static u32 options(const struct aim *a, struct input *in, u8 *p)
{
	u8 v = take8(in);
	u32 len = 0;
	u32 n;

	memset(p, 1, 40);
	if (v < 96)
		return 0;
	if (v & 0x80) {
		for (n = 1 + v % 5; n--; )
			len += one_option(a, in, p + len, 40 - len);
	} else {
		for (n = 1 + v % 40; n--; )
			p[len++] = take8(in);
	}
	return min((len + 3) / 4 * 4, 40U);
}

/* Whoever has these ports, aimed at or not, must find its own stream. */
static u32 stream_start(const struct host *h, const struct aim *a,
			const struct itp_seg_out *f)
{
	const struct req_rec *r;
	const struct sock *s;

	for (s = h->socks; s; s = s->next)
		if (s->hashed && s->lport == a->lport && s->rport == a->rport &&
		    s->c.state != ITP_SYN_SENT)
			return s->c.irs;
	for (r = h->reqs; r; r = r->next)
		if (r->lport == a->lport && r->rport == a->rport)
			return r->r.irs;
	return a->opening && f->flags & ITP_SYN ? f->seq : a->irs;
}

static void deliver(struct host *h, const struct aim *a, struct itp_seg_out *f,
		    const u8 *opts, u32 opt_len)
{
	u32 hdr = ITP_HDR_MIN + opt_len;
	u32 start = stream_start(h, a, f) + 1;
	u32 pos = f->seq + !!(f->flags & ITP_SYN) - start;
	u8 *data = malloc(hdr + f->len);
	struct itp_seg_in in;
	u32 i;

	f->opts = 0;
	itp_seg_write(f, a->rport, a->lport, data);
	data[12] = hdr / 4 << 4;
	memcpy(data + ITP_HDR_MIN, opts, opt_len);
	for (i = 0; i < f->len; i++)
		data[hdr + i] = pattern(a->key, pos + i);
	if (verbose) {
		itp_seg_parse(data, hdr, hdr + f->len, &in);
		log_seg(h->w, "<-", h->nr, &in);
	}
	host_input(h, data, hdr + f->len);
	free(data);
}

void fuzz_segment(struct host *h, struct input *in)
{
	static const u8 flags[] = {
		ITP_ACK, ITP_ACK, ITP_ACK | ITP_PSH, ITP_ACK | ITP_FIN, ITP_SYN,
		ITP_SYN | ITP_ACK, ITP_RST, ITP_RST | ITP_ACK,
	};
	static const u16 wnds[] = { 65535, 0, 1, 1000, 5840, 32768, 100, 3 };
	struct itp_seg_out f;
	u8 opts[40];
	struct aim a;
	u32 opt_len;
	u8 v;

	memset(&f, 0, sizeof(f));
	aim_at(h, take8(in), &a);
	v = take8(in);
	f.flags = v & 8 ? take8(in) : flags[v & 7];
	f.wnd = v & 128 ? take16(in) : wnds[v >> 4 & 7];
	f.seq = near(a.seq, in);
	f.ack = near(a.ack, in);
	f.len = text_len(in);
	opt_len = options(&a, in, opts);
	deliver(h, &a, &f, opts, opt_len);
}

void fuzz_answer(struct host *h, struct input *in)
{
	static const u8 opts[] = { 2, 4, 4, 0xb0, 1, 3, 3, 7 };
	u32 opt_len = 0;
	struct itp_seg_out f;
	u8 v = take8(in);
	struct aim a;

	memset(&f, 0, sizeof(f));
	aim_at(h, v, &a);
	f.seq = a.seq[0];
	f.ack = a.ack[0];
	f.wnd = 65535;
	f.flags = ITP_ACK;
	v = take8(in);
	if (a.opening) {
		f.flags = a.ack[0] ? ITP_SYN | ITP_ACK : ITP_SYN;
		f.seq = (u32)v << 24;
		opt_len = v & 1 ? 8 : 0;
	} else {
		f.len = v & 3 ? (v >> 2) * 23 : 0;
		f.flags |= (v & 3) == 3 ? ITP_FIN : 0;
	}
	deliver(h, &a, &f, opts, opt_len);
}
