// SPDX-License-Identifier: GPL-2.0-only
/*
 * Into each state, by events only, in either role; and what can be seen there.
 * See cell.h.
 */
#include "cell.h"

#define ROOM	2000U		/* receive buffer of a test that fills it */

struct cell_world w;

static bool word(const char *words, size_t len, const char *name)
{
	return strlen(name) == len && !strncmp(words, name, len);
}

void cell_setup(const char *words, struct cell_setup *s)
{
	size_t len;

	memset(s, 0, sizeof(*s));
	for (; *words; words += len + strspn(words + len, " ")) {
		len = strcspn(words, " ");
		if (word(words, len, "active"))
			s->role = 1;
		else if (word(words, len, "passive"))
			s->role = 2;
		else if (word(words, len, "orphan"))
			s->orphan = true;
		else if (word(words, len, "full"))
			s->full = true;
		else if (word(words, len, "shut"))
			s->shut = true;
		else if (word(words, len, "keepalive"))
			s->keepalive = true;
		else if (word(words, len, "owed"))
			s->owed = true;
		else if (word(words, len, "linger2"))
			s->linger2 = true;
		else if (word(words, len, "stamps"))
			s->stamps = true;
		else if (word(words, len, "flight"))
			s->flight = 2000;
		else if (memchr(words, '=', len))
			s->tunables = words;
		else
			tap_fail(__FILE__, __LINE__, "no such word: %.*s",
				 (int)len, words);
		if (s->tunables)
			return;
	}
}

static void tunables(const char *text)
{
	static const struct {
		const char *name;
		size_t at;
	} known[] = {
#define ITP_TUNABLE(name, ...) { #name, offsetof(struct itp_tunables, name) },
#include "tunables.def"
	};
	size_t len;
	u32 i;

	while (text && *text) {
		len = strcspn(text, "=");
		for (i = 0; i < ARRAY_SIZE(known); i++)
			if (word(text, len, known[i].name))
				break;
		CHECK_LT(i, ARRAY_SIZE(known));
		*(u32 *)((char *)&d.tun + known[i].at) =
			strtoul(text + len + 1, NULL, 10);
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
}

void cell_req_make(const struct itp_seg_in *syn, u32 iss)
{
	struct itp_seg_out synack;

	memset(&w.req, 0xa5, sizeof(w.req));
	itp_req_init(&w.req, 9, syn, &d.env, iss);
	w.req.mss_adv = MSS;
	itp_req_synack(&w.req, &d.env, &synack);
	drive_record(&synack);
	itp_req_sent(&w.req, &d.env, true);
	w.kind = KIND_REQ;
}

static struct itp_seg_in syn_of(u8 flags)
{
	struct itp_seg_in syn = {
		.seq = P_ISS, .flags = flags, .wnd = d.wnd, .hdr_len = 24,
		.opts = ITP_OPT_MSS, .mss = MSS,
	};

	if (flags & ITP_ACK)
		syn.ack = D_ISS + 1;
	if (w.stamps) {
		syn.opts |= ITP_OPT_TS;
		syn.tsval = 1000;
		if (flags & ITP_ACK)
			syn.tsecr = d.log[0].raw.tsval;
	}
	return syn;
}

static void half_open(void)
{
	struct itp_seg_in syn = syn_of(S);

	w.listener = true;
	cell_req_make(&syn, D_ISS);
}

/* The peer's SYN or SYN-ACK answers our SYN. */
static void rx_syn(u8 flags)
{
	struct itp_seg_in syn = syn_of(flags);

	itp_input(&d.c, &syn, &d.env, &d.out);
	drive_act();
}

/* The entry becomes the connection, as the shell has it. */
static void open_passive(void)
{
	half_open();
	itp_conn_init(&d.c, 9, d.env.now_us);
	itp_req_to_conn(&w.req, &d.c, &d.env);
	w.kind = KIND_CONN;
	rx(A, 1, 1, 0);
}

static void open_active(void)
{
	w.kind = KIND_CONN;
	drive_connect();
	rx_syn(SA);
}

/* Peer's and our next sequence number, relative. */
static u32 p_nxt(void)
{
	return d.c.rcv_nxt - P_ISS;
}

static u32 d_una(void)
{
	return d.c.snd_una - D_ISS;
}

static u32 d_nxt(void)
{
	return d.c.snd_nxt - D_ISS;
}

static void fill(u8 state)
{
	/* a FIN takes the last octet of the window */
	bool fin = state == ITP_CLOSE_WAIT || state == ITP_LAST_ACK ||
		   state == ITP_CLOSING || state == ITP_TIME_WAIT;
	u32 left;

	d.env.rcv_free = 0;
	left = d.c.rcv_right - d.c.rcv_nxt - fin;
	CHECK_EQ(left, ROOM - fin);
	rx(A, p_nxt(), d_una(), left / 2);
	rx(A, p_nxt(), d_una(), left - left / 2);
}

/* So much text that ACKs are delayed, and one more that is owed an ACK. */
static void owe_ack(u8 state)
{
	u32 i;

	if (state != ITP_ESTABLISHED && state != ITP_FIN_WAIT1 &&
	    state != ITP_FIN_WAIT2) {
		/* No text any more: as if the ACK of the FIN were delayed. */
		d.c.ack_owed = true;
		d.c.timers[ITP_TIMER_DELACK] = d.env.now_us + 40 * MS;
		d.c.deadline_us = d.c.timers[ITP_TIMER_DELACK];
		return;
	}
	for (i = 0; i < 40 && !d.c.ack_owed; i++)
		rx(A, p_nxt(), d_una(), 10);
	CHECK(d.c.ack_owed);
}

/* From ESTABLISHED on. */
static void close_to(u8 state, const struct cell_setup *s)
{
	if (state == ITP_CLOSE_WAIT || state == ITP_LAST_ACK)
		rx_wnd(FA, p_nxt(), d_una(), 0, s->shut ? 0 : d.wnd);
	if (state != ITP_ESTABLISHED && state != ITP_CLOSE_WAIT)
		app_close(s->orphan ? ITP_CLOSE_CLOSE : ITP_CLOSE_SHUTDOWN);
	if (state == ITP_FIN_WAIT2 || state == ITP_TIME_WAIT)
		rx(A, p_nxt(), d_nxt(), 0);
	if (state == ITP_CLOSING || state == ITP_TIME_WAIT)
		rx_wnd(FA, p_nxt(), d_una(), 0, s->shut ? 0 : d.wnd);
}

static void to_sync(u8 state, const struct cell_setup *s)
{
	if (w.passive)
		open_passive();
	else
		open_active();
	CHECK_EQ(d.c.state, ITP_ESTABLISHED);
	if (s->linger2)
		d.c.linger2 = -1;
	if (s->full)
		fill(state);
	if (s->shut)
		rx_wnd(A, p_nxt(), d_una(), 0, 0);
	if (s->flight)
		CHECK_EQ(app_write(s->flight), 0);
	close_to(state, s);
	if (s->owed)
		owe_ack(state);
	if (state == ITP_TIME_WAIT) {
		CHECK_EQ(d.c.state, ITP_TIME_WAIT);
		memset(&w.tw, 0xa5, sizeof(w.tw));
		itp_tw_init(&w.tw, &d.c, &d.env);
		itp_conn_retire(&d.c);
		w.kind = KIND_TW;
	}
	if (s->keepalive) {
		d.c.keepalive = true;
		itp_user_keepalive(&d.c, &d.env);
	}
}

void cell_bring(u8 state, const struct cell_setup *s)
{
	memset(&w, 0, sizeof(w));
	drive_init();
	tunables(s->tunables);
	d.wnd = 30000;
	if (s->full) {
		d.env.rcv_total = ROOM;
		d.env.rcv_free = ROOM;
	}
	w.passive = s->role == 2;
	w.stamps = s->stamps;
	if (s->stamps)
		tunables("timestamps=1");
	w.began = d.env.now_us;
	switch (state) {
	case ITP_CLOSED:
		break;
	case ITP_LISTEN:
		itp_conn_listen(&d.c, &d.env);
		w.listener = true;
		w.kind = KIND_LISTENER;
		break;
	case ITP_SYN_SENT:
		w.kind = KIND_CONN;
		drive_connect();
		break;
	case ITP_SYN_RECV:
		if (s->full)
			d.env.rcv_free = 0;
		if (w.passive) {
			half_open();
			break;
		}
		w.kind = KIND_CONN;
		drive_connect();
		rx_syn(S);
		if (s->keepalive) {
			d.c.keepalive = true;
			itp_user_keepalive(&d.c, &d.env);
		}
		break;
	default:
		to_sync(state, s);
	}
	if (cell_now_state() != state)
		tap_fail(__FILE__, __LINE__, "%s instead of %s was reached",
			 itp_state_name(cell_now_state()),
			 itp_state_name(state));
	w.state = state;
	/* What comes later than the opening is what the cell is about. */
	d.env.now_us += MS;
	skip();
	d.flags = 0;
	d.sk_err = 0;
	d.eof = false;
	d.timewait = false;
	cell_look(w.before);
	memcpy(w.timers, d.c.timers, sizeof(w.timers));
}

u8 cell_now_state(void)
{
	switch (w.kind) {
	case KIND_LISTENER:
		return ITP_LISTEN;
	case KIND_REQ:
		return ITP_SYN_RECV;
	case KIND_TW:
		return ITP_TIME_WAIT;
	case KIND_CONN:
		return d.c.state;
	default:
		return w.listener && w.state == ITP_SYN_RECV && w.passive &&
		       !d.dead ? ITP_LISTEN : ITP_CLOSED;
	}
}

static void look_req(u32 *v)
{
	v[V_ISS] = w.req.iss;
	v[V_SND_UNA] = w.req.iss;
	v[V_SND_NXT] = w.req.iss + 1;
	v[V_SND_WND] = w.req.wnd;
	v[V_MAX_WND] = w.req.wnd;
	v[V_IRS] = w.req.irs;
	v[V_RCV_NXT] = w.req.irs + 1;
	v[V_RIGHT] = w.req.irs + 1 + w.req.rcv_wnd;
	v[V_BACKOFF] = w.req.timeouts;
	v[V_MSS] = d.c.mss_snd;
}

static void look_tw(u32 *v)
{
	v[V_ISS] = D_ISS;
	v[V_SND_UNA] = w.tw.snd_nxt;
	v[V_SND_NXT] = w.tw.snd_nxt;
	v[V_MAX_WND] = d.c.max_snd_wnd;
	v[V_SND_WND] = d.c.snd_wnd;
	v[V_IRS] = P_ISS;
	v[V_RCV_NXT] = w.tw.rcv_nxt;
	v[V_RIGHT] = w.tw.rcv_nxt + w.tw.rcv_wnd;
	v[V_2MSL] = w.tw.deadline_us == d.env.now_us + 60 * SEC;
	v[V_MSS] = d.c.mss_snd;
}

static void look_conn(u32 *v)
{
	const struct itp_range *r;

	v[V_ISS] = d.c.iss;
	v[V_SND_UNA] = d.c.snd_una;
	v[V_SND_NXT] = d.c.snd_nxt;
	v[V_SND_WND] = d.c.snd_wnd;
	v[V_MAX_WND] = d.c.max_snd_wnd;
	v[V_IRS] = P_ISS;
	v[V_RCV_NXT] = d.c.rcv_nxt;
	v[V_RIGHT] = d.c.rcv_right;
	if (d.c.state == ITP_SYN_SENT) {
		/* as the peer would have it */
		v[V_RCV_NXT] = P_ISS + 1;
		v[V_RIGHT] = P_ISS + 1 + d.c.rcv_right;
	}
	for (r = itp_range_first(&d.c.held); r; r = itp_range_next(r))
		v[V_HELD] += r->end - r->start;
	v[V_HELD_FIN] = d.c.fin_held;
	v[V_DUP_ACKS] = d.c.flow ? d.c.flow->dup_acks : 0;
	v[V_FW2] = d.c.timers[ITP_TIMER_FIN_WAIT2] ?
		   (d.c.timers[ITP_TIMER_FIN_WAIT2] - d.env.now_us) / SEC : 0;
	v[V_SOFT] = d.c.soft_error;
	v[V_MSS] = d.c.mss_snd;
	v[V_BACKOFF] = d.c.backoff;
	v[V_PROBES] = d.c.probes;
	v[V_RCV_UP] = d.c.rcv_urg ? d.c.flow->rcv_up : 0;
}

void cell_look(u32 *v)
{
	memset(v, 0, sizeof(*v) * V_MAX);
	v[V_SEG_SEQ] = w.seg.seq;
	v[V_SEG_ACK] = w.seg.ack;
	switch (w.kind) {
	case KIND_REQ:
		look_req(v);
		break;
	case KIND_TW:
		look_tw(v);
		break;
	case KIND_CONN:
		look_conn(v);
		break;
	default:
		/* Nobody's: what an old peer might still send. */
		v[V_ISS] = D_ISS;
		v[V_SND_UNA] = D_ISS + 1;
		v[V_SND_NXT] = D_ISS + 1;
		v[V_SND_WND] = d.wnd;
		v[V_MAX_WND] = d.wnd;
		v[V_IRS] = P_ISS;
		v[V_RCV_NXT] = P_ISS + 1;
		v[V_RIGHT] = P_ISS + 1 + 60000;
		v[V_MSS] = d.c.mss_snd;
	}
}
