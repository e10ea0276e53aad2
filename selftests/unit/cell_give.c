// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event to whatever stands for the connection, as the shell passes it on:
 * a segment, a call, a timer, an ICMP error. See cell.h.
 */
#include <linux/itp.h>
#include "cell.h"

static const struct {
	char letter;
	u8 flag;
} letters[] = {
	{ 'F', ITP_FIN }, { 'S', ITP_SYN }, { 'R', ITP_RST }, { 'P', ITP_PSH },
	{ 'A', ITP_ACK }, { 'U', ITP_URG }, { '-', 0 },
};

static u8 flags_of(const char *word)
{
	u8 flags = 0;
	u32 i;

	for (; *word; word++) {
		for (i = 0; i < ARRAY_SIZE(letters); i++)
			if (letters[i].letter == *word)
				break;
		if (i == ARRAY_SIZE(letters))
			tap_fail(__FILE__, __LINE__, "no such event");
		flags |= letters[i].flag;
	}
	return flags;
}

/* tsval N, tsecr N */
static bool segment_stamp(const char *word, char **p)
{
	if (!strcmp(word, "tsval"))
		w.seg.tsval = strtoul(strsep(p, " "), NULL, 10);
	else if (!strcmp(word, "tsecr"))
		w.seg.tsecr = strtoul(strsep(p, " "), NULL, 10);
	else
		return false;
	w.seg.opts |= ITP_OPT_TS;
	return true;
}

/* FLAGS SEQ[,ACK] [len N] [wnd N] [urp N] [tsval N] [tsecr N] */
static void segment_read(const char *what)
{
	char text[256], *p = text, *word, *ack;
	u32 vars[V_MAX];

	CHECK_LT(strlen(what), sizeof(text));
	strcpy(text, what);
	cell_look(vars);
	memset(&w.seg, 0, sizeof(w.seg));
	w.seg.flags = flags_of(strsep(&p, " "));
	w.seg.wnd = d.wnd;
	w.seg.hdr_len = ITP_HDR_MIN;
	CHECK(p);
	word = strsep(&p, " ");
	ack = word;
	word = strsep(&ack, ",");
	w.seg.seq = cell_sum(word, vars);
	CHECK(!ack == !(w.seg.flags & ITP_ACK));
	if (ack)
		w.seg.ack = cell_sum(ack, vars);
	if (w.seg.flags & ITP_SYN) {
		w.seg.opts = ITP_OPT_MSS;
		w.seg.mss = MSS;
	}
	while (p) {
		word = strsep(&p, " ");
		CHECK(p);
		if (!strcmp(word, "len"))
			w.seg.len = cell_sum(strsep(&p, " "), vars);
		else if (!strcmp(word, "wnd"))
			w.seg.wnd = cell_sum(strsep(&p, " "), vars);
		else if (!strcmp(word, "urp"))
			w.seg.urp = cell_sum(strsep(&p, " "), vars);
		else if (!segment_stamp(word, &p))
			tap_fail(__FILE__, __LINE__, "no such word: %s", word);
	}
}

static void reply_reset(void)
{
	struct itp_seg_out rst;

	if (itp_seg_reset(&w.seg, &rst))
		drive_record(&rst);
}

/* Nobody: the shell answers, and so does a connection that is over. */
static void give_nobody(void)
{
	u32 sent = d.sent, n;

	reply_reset();
	n = d.sent - sent;
	if (d.c.state != ITP_CLOSED || w.state != ITP_CLOSED)
		return;
	itp_input(&d.c, &w.seg, &d.env, &d.out);
	CHECK_EQ(!!(d.out.flags & ITP_OUT_REPLY), n);
	if (n)
		CHECK(!memcmp(&d.out.reply, &d.log[sent].raw,
			      sizeof(d.out.reply)));
	CHECK_EQ(d.out.place, ITP_PLACE_NONE);
}

static void give_listener(u32 iss)
{
	switch (itp_listen_check(&w.seg)) {
	case ITP_REASON_NO_CONN:
		reply_reset();
		break;
	case ITP_REASON_NONE:
		cell_req_make(&w.seg, iss);
		break;
	default:
		break;
	}
}

static void after_call(void)
{
	if (d.out.flags & ITP_OUT_TIMEWAIT) {
		CHECK_EQ(d.c.state, ITP_TIME_WAIT);
		memset(&w.tw, 0xa5, sizeof(w.tw));
		itp_tw_init(&w.tw, &d.c, &d.env);
		itp_conn_retire(&d.c);
		w.kind = KIND_TW;
	} else if (d.c.state == ITP_CLOSED) {
		w.kind = KIND_NONE;
	}
}

static void give_conn(void)
{
	u32 before = d.c.state == ITP_SYN_SENT ? w.seg.seq + 1 : d.c.rcv_nxt;

	itp_input(&d.c, &w.seg, &d.env, &d.out);
	if (d.out.place == ITP_PLACE_INORDER)
		w.delivered += d.c.rcv_nxt - before -
			       !!(d.out.flags & ITP_OUT_EOF);
	drive_act();
	after_call();
}

static void give_req(void)
{
	struct itp_seg_out reply;
	enum itp_reason reason;

	memset(&reply, 0xee, sizeof(reply));
	switch (itp_req_input(&w.req, &w.seg, &d.env, &reply, &reason)) {
	case ITP_REQ_DROP:
		break;
	case ITP_REQ_SYNACK:
		itp_req_synack(&w.req, &d.env, &reply);
		drive_record(&reply);
		itp_req_sent(&w.req, &d.env, true);
		break;
	case ITP_REQ_REPLY:
		drive_record(&reply);
		break;
	case ITP_REQ_KILL:
		itp_req_end(&w.req, &d.env, ITP_CAUSE_RCV_RST);
		w.kind = KIND_NONE;
		break;
	case ITP_REQ_CLAIM:
		itp_conn_init(&d.c, 9, d.env.now_us);
		itp_req_to_conn(&w.req, &d.c, &d.env);
		w.kind = KIND_CONN;
		give_conn();
		break;
	}
}

static void give_tw(void)
{
	struct itp_seg_out reply;
	enum itp_reason reason;

	memset(&reply, 0xee, sizeof(reply));
	switch (itp_tw_input(&w.tw, &w.seg, &d.env, &reply, &reason)) {
	case ITP_TW_DROP:
		break;
	case ITP_TW_REPLY:
		drive_record(&reply);
		break;
	case ITP_TW_KILL:
		itp_tw_end(&w.tw, &d.env, ITP_CAUSE_RCV_RST);
		w.kind = KIND_NONE;
		break;
	case ITP_TW_NEW:
		itp_tw_end(&w.tw, &d.env, ITP_CAUSE_TW_REUSED);
		w.kind = KIND_NONE;
		give_listener(itp_tw_next_iss(&w.tw));
		break;
	}
}

void cell_give_again(void)
{
	switch (w.kind) {
	case KIND_NONE:
		give_nobody();
		break;
	case KIND_LISTENER:
		give_listener(D_ISS);
		break;
	case KIND_REQ:
		give_req();
		break;
	case KIND_CONN:
		give_conn();
		break;
	case KIND_TW:
		give_tw();
		break;
	}
}

/* What the parser refuses goes no further (the checksum is the shell's). */
static void give_broken(void)
{
	static const struct {
		u32 avail;
		u8 offset;
	} cases[] = {
		{ 20, 4 }, { 20, 0 }, { 20, 6 }, { 59, 15 },
	};
	struct itp_seg_out seg = {
		.seq = w.now[V_RCV_NXT], .ack = w.now[V_SND_NXT], .flags = RA,
	};
	struct itp_seg_in in;
	u8 hdr[64] = { 0 };
	u32 i;

	itp_seg_write(&seg, 1, 2, hdr);
	CHECK_EQ(itp_seg_parse(hdr, 20, 20, &in), ITP_REASON_NONE);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		hdr[12] = cases[i].offset << 4;
		CHECK_EQ(itp_seg_parse(hdr, cases[i].avail, cases[i].avail, &in),
			 ITP_REASON_HEADER);
	}
}

static void call_write(const char *arg)
{
	w.ret = app_write(strtoul(arg, NULL, 10));
	w.ran = true;
}

static void call_read(void)
{
	if (w.kind == KIND_CONN) {
		app_read(d.env.rcv_total);
		return;
	}
	itp_user_read(&d.c, &d.env, &d.out);
	CHECK_EQ(d.out.flags, 0);
}

static void call_info(void)
{
	struct itp_info info;

	itp_conn_info(&d.c, &d.env, &info);
	CHECK_EQ(info.state, w.state);
	CHECK_EQ(info.id, d.c.id);
	CHECK_EQ(info.iss, d.c.iss);
	CHECK_EQ(info.snd_una, d.c.snd_una);
	CHECK_EQ(info.snd_nxt, d.c.snd_nxt);
	CHECK_EQ(info.rcv_nxt, d.c.rcv_nxt);
	CHECK_GT(info.segs_out, 0);
}

static void call_close(enum itp_close_how how)
{
	if (w.kind == KIND_LISTENER) {
		itp_conn_unlisten(&d.c, &d.env, ITP_CAUSE_USER_CLOSE);
		w.kind = KIND_NONE;
		return;
	}
	itp_user_close(&d.c, &d.env, how, &d.out);
	/* A program whose connection is over reaches nothing any more. */
	if (w.kind != KIND_CONN) {
		CHECK_EQ(d.out.flags, 0);
		return;
	}
	drive_act();
	after_call();
}

static void give_call(const char *what)
{
	if (!strcmp(what, "connect")) {
		w.kind = KIND_CONN;
		drive_connect();
	} else if (!strcmp(what, "listen")) {
		itp_conn_listen(&d.c, &d.env);
		w.kind = KIND_LISTENER;
	} else if (!strncmp(what, "write ", 6)) {
		call_write(what + 6);
	} else if (!strcmp(what, "read")) {
		call_read();
	} else if (!strcmp(what, "shutdown")) {
		call_close(ITP_CLOSE_SHUTDOWN);
	} else if (!strcmp(what, "close")) {
		call_close(ITP_CLOSE_CLOSE);
	} else if (!strcmp(what, "close-unread")) {
		call_close(ITP_CLOSE_UNREAD);
	} else if (!strcmp(what, "abort")) {
		call_close(ITP_CLOSE_ABORT);
	} else if (!strcmp(what, "info")) {
		call_info();
	} else {
		tap_fail(__FILE__, __LINE__, "no such call: %s", what);
	}
}

static int timer_of(const char *name, size_t len)
{
	static const char *const names[] = {
#define ITP_TIMER(name, ...) #name,
#include "timers.def"
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], name, len))
			return i;
	}
	return -1;
}

static void expire_req(void)
{
	struct itp_seg_out synack;

	d.env.now_us = w.req.deadline_us;
	if (!itp_req_expire(&w.req, &d.env)) {
		itp_req_end(&w.req, &d.env, ITP_CAUSE_TIMEOUT_SYNACK);
		w.kind = KIND_NONE;
		return;
	}
	itp_req_synack(&w.req, &d.env, &synack);
	drive_record(&synack);
	itp_req_sent(&w.req, &d.env, true);
}

/* 2 MSL: the shell's timer, at the time that the engine set. */
static void expire_tw(void)
{
	CHECK_EQ(w.tw.deadline_us, w.tw.entered_us + 60 * SEC);
	d.env.now_us = w.tw.deadline_us;
	itp_tw_end(&w.tw, &d.env, ITP_CAUSE_TIMEOUT_TIME_WAIT);
	w.kind = KIND_NONE;
}

static void expire_once(int t)
{
	if (w.kind == KIND_REQ) {
		expire_req();
	} else if (w.kind == KIND_TW) {
		expire_tw();
	} else {
		CHECK_GE(t, 0);
		CHECK(d.c.timers[t]);
		while (d.c.deadline_us < d.c.timers[t])
			pass_deadline();
		skip();
		d.env.now_us = d.c.deadline_us;
		itp_expire(&d.c, &d.env, &d.out);
		drive_act();
		after_call();
	}
}

/* NAME, or NAME last: again and again until it gives up. */
static void give_timer(const char *what)
{
	size_t len = strcspn(what, " ");
	int t = timer_of(what, len);
	u8 state = cell_now_state();
	u32 rounds = 0;

	if (strcmp(what + len, " last")) {
		CHECK(!what[len]);
		expire_once(t);
		return;
	}
	while (cell_now_state() == state) {
		CHECK_LT(rounds++, 100);
		skip();
		expire_once(t);
	}
}

/* soft|hard|pmtu SEQ ERRNO */
static void give_icmp(const char *what)
{
	char kind[8], seq[32], err[32];

	int n = sscanf(what, "%7s %31s %31s", kind, seq, err);

	CHECK_EQ(n, 3);
	if (!strcmp(kind, "pmtu"))
		d.env.path_mss = cell_sum(err, w.now);
	itp_icmp(&d.c, &d.env, !strcmp(kind, "soft") ? ITP_ICMP_SOFT :
		 !strcmp(kind, "hard") ? ITP_ICMP_HARD : ITP_ICMP_PMTU,
		 cell_sum(seq, w.now), cell_errno(err), &d.out);
	if (w.kind != KIND_CONN) {
		CHECK_EQ(d.out.flags, 0);
		return;
	}
	drive_act();
	after_call();
}

void cell_give(const char *what)
{
	cell_look(w.now);
	if (!strncmp(what, "call ", 5)) {
		give_call(what + 5);
	} else if (!strncmp(what, "timer ", 6)) {
		give_timer(what + 6);
	} else if (!strncmp(what, "icmp ", 5)) {
		give_icmp(what + 5);
	} else if (!strcmp(what, "broken header")) {
		give_broken();
	} else {
		segment_read(what);
		cell_give_again();
	}
}
