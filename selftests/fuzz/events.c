// SPDX-License-Identifier: GPL-2.0-only
/*
 * Target: an input is one world. Its first octets say what the host is like,
 * the others are events: segments, calls of programs, time, ICMP errors,
 * refusals. FUZZ_VERBOSE=1 prints what happens.
 */
#include "fuzz.h"

#define EVENTS_MAX	200U

static const struct {
	size_t at;
	u32 min, max;
} tunables[] = {
#define ITP_TUNABLE(name, type, unit, def, min, max, scope, effect, help) \
	{ offsetof(struct itp_tunables, name), min, max },
#include "tunables.def"
};

/* Any value a row allows, small ones and both ends more often. */
static void set_tunable(struct host *h, struct input *in)
{
	u8 nr = take8(in) % ARRAY_SIZE(tunables);
	u8 how = take8(in);
	u32 lo = tunables[nr].min;
	u32 hi = tunables[nr].max;
	u32 *field = (u32 *)((char *)&h->tun + tunables[nr].at);
	u64 room = (u64)hi - lo;

	/* Ranges that are there already may be more than a new bound. */
	if (tunables[nr].at == offsetof(struct itp_tunables, max_ranges))
		return;
	if (h->tws &&
	    tunables[nr].at == offsetof(struct itp_tunables, timewait_len))
		return;
	if (how < 64)
		*field = lo + min(room, (u64)how);
	else if (how < 80)
		*field = hi;
	else
		*field = lo + room * (how - 80) / 175;
	h->w->tuned = true;
	/* A world should end before the 24 days that this may last. */
	if (tunables[nr].at == offsetof(struct itp_tunables, user_timeout))
		*field = min(*field, 3600000U);
	vlog(h->w, "tunable %u = %u", nr, *field);
	fuzz_changed(h);
}

static void set_option(struct host *h, struct input *in)
{
	struct sock *s = fuzz_sock(h, take8(in));
	u8 what = take8(in);
	u8 v = take8(in);

	if (!s || !s->app_has)
		return;
	switch (what % 8) {
	case 0:
		s->c.user_timeout_ms = v * v * 10;
		break;
	case 1:
		s->c.linger2 = v > 250 ? -1 : v;
		break;
	case 2:
		s->c.syn_retries = v % 128;
		break;
	case 3:
		s->c.ka_probes = v % 128;
		s->c.ka_idle = v * 16;
		s->c.ka_intvl = v;
		break;
	case 4:
		s->c.mss_user = v ? v * 64 : 0;
		s->held_back = true;
		break;
	case 5:
		s->plan.burst = v % 20;
		break;
	default:
		if (s->hashed && s->c.state != ITP_CLOSED)
			sock_option(s);
	}
}

static void write_some(struct host *h, struct input *in)
{
	struct sock *s = fuzz_sock(h, take8(in));
	u32 n = take16(in) & 0x7fff;
	u8 how;

	if (!s || !s->app_has || s->written + n > 1 << 20)
		return;
	how = take8(in);
	sock_write(s, n ? n : 1, how & 1, how & 2);
}

static void read_some(struct host *h, struct input *in)
{
	struct sock *s = fuzz_sock(h, take8(in));
	u32 n = take16(in);

	if (s && s->app_has && s->rx_unread)
		sock_read(s, min(n ? n : 1, s->rx_unread));
}

static void close_one(struct host *h, struct input *in)
{
	struct sock *s = fuzz_sock(h, take8(in));
	u8 how = take8(in) % 4;
	static const enum itp_close_how hows[] = {
		ITP_CLOSE_SHUTDOWN, ITP_CLOSE_CLOSE, ITP_CLOSE_ABORT,
		ITP_CLOSE_SHUTDOWN,
	};

	if (!s || s->in_accept)
		return;
	if (!s->app_has) {
		if (s->hashed)
			sock_close(s, ITP_CLOSE_ORPHANS);
		return;
	}
	if (hows[how] == ITP_CLOSE_CLOSE && s->rx_unread)
		sock_close(s, ITP_CLOSE_UNREAD);
	else
		sock_close(s, hows[how]);
}

static void icmp_error(struct host *h, struct input *in)
{
	struct sock *s = fuzz_sock(h, take8(in));
	u8 kind = take8(in);
	u8 where = take8(in);
	u32 seq;

	if (!s || !s->hashed || s->c.state == ITP_CLOSED)
		return;
	seq = where & 1 ? s->c.snd_una + (where >> 1) :
	      where & 2 ? s->c.snd_nxt - (where >> 2) : take32(in);
	if (kind % 3 == ITP_ICMP_PMTU) {
		h->path_mss = 40 + take16(in) % 1500;
		fuzz_changed(h);
	}
	sock_icmp(s, kind % 3, seq, kind & 4 ? EHOSTUNREACH : ECONNREFUSED);
}

/* What the host refuses from now on, in 16ths. */
static void set_faults(struct host *h, struct input *in)
{
	u16 v = take16(in);

	h->fail_send = (v >> 12) * 650;
	h->fail_alloc = (v >> 8 & 15) * 650;
	h->fail_rcv = (v >> 4 & 15) * 650;
	h->congested = (v & 15) * 650;
	h->accept_full = v == 0xffff;
}

static void queue_in_host(struct host *h, struct input *in)
{
	struct sock *s = fuzz_sock(h, take8(in));

	if (!s)
		return;
	s->host_pkts = take8(in) % 16;
	s->held_back = true;
}

static void pass_time(struct host *h, struct input *in)
{
	u8 v = take8(in);

	/* 0 to 15, times 1 us, 4 us ... 18 minutes */
	h->w->now += (u64)(v & 15) << 2 * (v >> 4);
}

static void expire_some(struct host *h, struct input *in)
{
	u8 v = take8(in);
	u32 n = 1 + v % 16;

	while (n-- && fuzz_due(h, (u64)(v >> 4) << 10))
		;
}

static void one_event(struct host *h, struct input *in)
{
	u8 op = take8(in);

	if (op >= 128) {
		fuzz_segment(h, in);
		return;
	}
	switch (op % 18) {
	case 0:
		host_connect(h, 1000 + take8(in) % 4, 2000);
		break;
	case 1:
		if (h->listener)
			host_unlisten(h);
		else
			host_listen(h, 3000);
		break;
	case 2:
		host_accept(h);
		break;
	case 3:
		write_some(h, in);
		break;
	case 4:
		read_some(h, in);
		break;
	case 5:
		close_one(h, in);
		break;
	case 6:
		set_option(h, in);
		break;
	case 7:
		pass_time(h, in);
		break;
	case 8:
		expire_some(h, in);
		break;
	case 9:
		icmp_error(h, in);
		break;
	case 10:
		set_faults(h, in);
		break;
	case 11:
		set_tunable(h, in);
		break;
	case 12:
		queue_in_host(h, in);
		break;
	default:
		fuzz_answer(h, in);
	}
}

static void set_up(struct host *h, struct input *in)
{
	static const u32 rcvbufs[] = { 65536, 1000, 4096, 131072, 300000, 1 << 20,
				       70000, 32768 };
	static const u32 mss[] = { 1460, 536, 1220, 8960, 88, 256, 1000, 1460 };
	u8 v = take8(in);

	h->plan.rcvbuf = rcvbufs[v & 7];
	h->adv_mss = mss[v >> 3 & 7];
	h->path_mss = v & 64 ? mss[take8(in) & 7] : h->adv_mss;
	h->tun.max_ranges = v & 128 ? 64 : 4096;
	v = take8(in);
	h->tun.window_scaling = !(v & 1);
	h->tun.rfc1337 = !(v & 2);
	h->plan.nodelay = v & 4;
	h->plan.keepalive = v & 8;
	h->plan.burst = v >> 4 & 3 ? 1 << (v >> 4 & 3) : 0;
	/* Often just below the wrap. */
	h->iss_base = v & 64 ? 0U - take16(in) : 0x12345678;
	if (!(v & 128))
		host_listen(h, 3000);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { .p = data, .left = size };
	struct world *w = calloc(1, sizeof(*w));
	struct host *h = &w->host[0];
	u32 events = 0;

	fuzz_world(w, h, take16(&in));
	set_up(h, &in);
	while (in.left && events++ < EVENTS_MAX)
		one_event(h, &in);
	fuzz_end(h);
	free(w);
	return 0;
}
