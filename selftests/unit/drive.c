// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hand that drives one connection; see drive.h. It follows engine.h's
 * order of actions but holds no octets, only counts them.
 */
#include "drive.h"

struct drive d;

void drive_init(void)
{
	memset(&d, 0, sizeof(d));
	memset(&d.c, 0xa5, sizeof(d.c));
	itp_test_tunables(&d.tun);
	d.tun.window_scaling = 0;
	d.tun.timestamps = 0;
	d.tun.sack = 0;
	/* The scale is that of the buffer the test has. */
	d.tun.rmem_max = 4096;
	d.env.tun = &d.tun;
	d.env.now_us = 1000 * SEC;
	d.start = d.env.now_us;
	d.env.path_mss = MSS;
	d.env.adv_mss = MSS;
	d.env.ts_offset = D_TS;
	d.env.rcv_total = 60000;
	d.env.rcv_free = 60000;
	d.wnd = 60000;
	itp_conn_init(&d.c, 1, d.env.now_us);
}

void drive_end(void)
{
	itp_conn_free(&d.c);
}

/* Our timestamp clock, as the test counts it. */
u32 drive_clock(void)
{
	return d.env.now_us / 1000 + D_TS;
}

static void record(const struct itp_seg_out *seg)
{
	struct shot *s;

	if (d.sent == LOG_MAX && d.seen == d.sent) {
		d.sent = 0;
		d.seen = 0;
	}
	CHECK_LT(d.sent, LOG_MAX);
	s = &d.log[d.sent++];
	s->at = d.env.now_us - d.start;
	s->seq = seg->seq - D_ISS;
	s->ack = seg->flags & ITP_ACK ? seg->ack - P_ISS : 0;
	s->len = seg->len;
	s->wnd = seg->wnd;
	s->flags = seg->flags;
	s->why = seg->why;
	s->raw = *seg;
}

void push(void)
{
	struct itp_seg_out seg;
	enum itp_sent result;
	int rounds = 0;

	do {
		CHECK_LT(rounds++, 1000);
		memset(&seg, 0xee, sizeof(seg));
		if (!itp_next_segment(&d.c, &d.env, d.burst * MSS, &seg))
			break;
		result = d.result;
		if (d.fail_next) {
			d.fail_next--;
			result = ITP_SENT_FAILED;
		}
		if (result != ITP_SENT_FAILED)
			record(&seg);
		itp_segment_sent(&d.c, &d.env, &seg, result);
	} while (result == ITP_SENT_OK);
}

static void act(void)
{
	d.flags |= d.out.flags;
	if (d.out.sk_err)
		d.sk_err = d.out.sk_err;
	if (d.out.flags & ITP_OUT_REPLY)
		record(&d.out.reply);
	if (d.out.flags & ITP_OUT_SEND)
		push();
	if (d.out.flags & ITP_OUT_EOF)
		d.eof = true;
	if (d.out.flags & ITP_OUT_URGENT) {
		d.urgents++;
		d.urgent = d.out.urgent - P_ISS;
	}
	if (d.out.flags & ITP_OUT_TIMEWAIT)
		d.timewait = true;
	if (d.out.flags & ITP_OUT_DEAD)
		d.dead = true;
	CHECK(!d.dead == (d.c.state != ITP_CLOSED));
}

void drive_act(void)
{
	act();
}

void drive_record(const struct itp_seg_out *seg)
{
	record(seg);
}

void drive_connect(void)
{
	itp_conn_open(&d.c, &d.env, D_ISS, &d.out);
	act();
}

void rx_opt(u8 flags, u32 seq, u32 ack, u16 wnd, u16 mss, int wscale)
{
	struct itp_seg_in in = {
		.seq = P_ISS + seq, .ack = flags & ITP_ACK ? D_ISS + ack : 0,
		.flags = flags, .wnd = wnd, .hdr_len = 20,
	};

	if (mss) {
		in.opts |= ITP_OPT_MSS;
		in.mss = mss;
	}
	if (wscale >= 0) {
		in.opts |= ITP_OPT_WSCALE;
		in.wscale = wscale;
	}
	itp_input(&d.c, &in, &d.env, &d.out);
	act();
}

static void rx_text(u8 flags, u32 seq, u32 ack, u32 len, u16 wnd, u16 urp)
{
	struct itp_seg_in in = {
		.seq = P_ISS + seq, .ack = flags & ITP_ACK ? D_ISS + ack : 0,
		.flags = flags, .wnd = wnd, .len = len, .hdr_len = 20,
		.urp = urp,
	};
	u32 before = d.c.rcv_nxt;

	itp_input(&d.c, &in, &d.env, &d.out);
	if (d.c.state != ITP_CLOSED && before != d.c.rcv_nxt &&
	    !(flags & ITP_SYN))
		d.read += d.c.rcv_nxt - before -
			  !!(d.out.flags & ITP_OUT_EOF);
	act();
}

void rx_wnd(u8 flags, u32 seq, u32 ack, u32 len, u16 wnd)
{
	rx_text(flags, seq, ack, len, wnd, 0);
}

void rx_urg(u8 flags, u32 seq, u32 ack, u32 len, u16 urp)
{
	rx_text(flags | ITP_URG, seq, ack, len, d.wnd, urp);
}

void rx(u8 flags, u32 seq, u32 ack, u32 len)
{
	rx_wnd(flags, seq, ack, len, d.wnd);
}

void rx_any(struct itp_seg_in *in)
{
	in->seq += P_ISS;
	in->ack = in->flags & ITP_ACK ? in->ack + D_ISS : 0;
	in->hdr_len = 20;
	itp_input(&d.c, in, &d.env, &d.out);
	act();
}

void rx_ts(u8 flags, u32 seq, u32 ack, u32 len, u32 tsval)
{
	struct itp_seg_in in = {
		.seq = seq, .ack = ack, .flags = flags, .len = len,
		.wnd = d.wnd, .opts = ITP_OPT_TS, .tsval = P_TS + tsval,
		.tsecr = drive_clock(),
	};

	if (flags & ITP_SYN) {
		in.opts |= ITP_OPT_MSS;
		in.mss = MSS;
	}
	rx_any(&in);
}

void drive_established_ts(u16 wnd)
{
	drive_init();
	d.tun.timestamps = 1;
	d.wnd = wnd;
	drive_connect();
	EXPECT(S, 0, 0, 0);
	rx_ts(SA, 0, 1, 0, 0);
	EXPECT(A, 1, 1, 0);
	NONE();
	STATE(ESTABLISHED);
}

void drive_established(u16 wnd)
{
	drive_init();
	d.wnd = wnd;
	drive_connect();
	EXPECT(S, 0, 0, 0);
	rx_opt(SA, 0, 1, wnd, MSS, -1);
	EXPECT(A, 1, 1, 0);
	NONE();
	STATE(ESTABLISHED);
}

void drive_to(enum itp_state state)
{
	drive_init();
	drive_connect();
	if (state == ITP_SYN_SENT) {
		skip();
		return;
	}
	if (state == ITP_SYN_RECV) {
		rx_opt(S, 0, 0, d.wnd, MSS, -1);
		skip();
		STATE(SYN_RECV);
		return;
	}
	rx_opt(SA, 0, 1, d.wnd, MSS, -1);
	if (state == ITP_CLOSE_WAIT || state == ITP_LAST_ACK)
		rx(FA, 1, 1, 0);
	if (state != ITP_ESTABLISHED && state != ITP_CLOSE_WAIT)
		app_close(ITP_CLOSE_SHUTDOWN);
	if (state == ITP_FIN_WAIT2)
		rx(A, 1, 2, 0);
	if (state == ITP_CLOSING)
		rx(FA, 1, 1, 0);
	skip();
	check_state_is(__FILE__, __LINE__, state);
}

static int write_some(u32 octets, bool more, bool urgent)
{
	int err = itp_user_may_write(&d.c);

	if (!err)
		err = itp_user_write(&d.c, &d.env, octets, more);
	if (!err && urgent)
		itp_user_urgent(&d.c, &d.env);
	if (!err)
		push();
	return err;
}

int app_write(u32 octets)
{
	return write_some(octets, false, false);
}

int app_write_more(u32 octets)
{
	return write_some(octets, true, false);
}

int app_write_urgent(u32 octets)
{
	return write_some(octets, false, true);
}

void app_close(enum itp_close_how how)
{
	itp_user_close(&d.c, &d.env, how, &d.out);
	act();
}

void app_read(u32 free_now)
{
	d.env.rcv_free = free_now;
	itp_user_read(&d.c, &d.env, &d.out);
	act();
}

void icmp(enum itp_icmp_kind kind, u32 seq, int err)
{
	itp_icmp(&d.c, &d.env, kind, D_ISS + seq, err, &d.out);
	act();
}

void pass_until(u64 at)
{
	int rounds = 0;

	while (d.c.deadline_us && d.c.deadline_us <= at) {
		CHECK_LT(rounds++, 20000);
		if (d.c.deadline_us > d.env.now_us)
			d.env.now_us = d.c.deadline_us;
		itp_expire(&d.c, &d.env, &d.out);
		act();
	}
	d.env.now_us = at;
}

void pass(u64 us)
{
	pass_until(d.env.now_us + us);
}

u64 pass_deadline(void)
{
	u64 at = d.c.deadline_us;

	if (at)
		pass_until(at);
	return at ? at - d.start : 0;
}

void skip(void)
{
	d.seen = d.sent;
}

struct shot *next_shot(const char *file, int line)
{
	if (d.seen == d.sent)
		tap_fail(file, line, "no segment was sent");
	return &d.log[d.seen++];
}

void expect(const char *file, int line, u8 flags, u32 seq, u32 ack, u32 len)
{
	struct shot *s = next_shot(file, line);

	if (s->flags != flags || s->seq != seq || s->len != len ||
	    (flags & ITP_ACK && s->ack != ack))
		tap_fail(file, line, "flags %#x seq %d ack %d len %u, "
			 "expected %#x %d %d %u", s->flags, (int)s->seq,
			 (int)s->ack, s->len, flags, (int)seq, (int)ack, len);
}

void expect_none(const char *file, int line)
{
	struct shot *s = &d.log[d.seen];

	if (d.seen != d.sent)
		tap_fail(file, line, "unexpected: flags %#x seq %d ack %d len %u (%u)",
			 s->flags, (int)s->seq, (int)s->ack, s->len, s->why);
}

void check_state_is(const char *file, int line, enum itp_state state)
{
	if (d.c.state != state)
		tap_fail(file, line, "state %s, expected %s",
			 itp_state_name(d.c.state), itp_state_name(state));
}
