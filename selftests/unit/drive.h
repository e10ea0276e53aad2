/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One connection under a test's hand: what it sends is recorded, what it
 * receives is written out, and its clock moves when the test says so.
 *
 * Sequence numbers are relative, as in packet scripts: our ISS is 0 and so is
 * the peer's. All tests run at an ISS that wraps within the first kilobyte.
 */
#ifndef _ITP_DRIVE_H
#define _ITP_DRIVE_H

#include "tap.h"

#define D_ISS	0xffffff00U
#define P_ISS	0xfffffe80U
#define P_TS	0xffffffd0U	/* the peer's timestamps */
#define D_TS	0xffeeddccU	/* our offset */
#define MSS	1000U
#define SEC	1000000ULL
#define MS	1000ULL
#define LOG_MAX	4096

/* A segment that was sent. */
struct shot {
	u64 at;
	u32 seq;		/* relative to our ISS */
	u32 ack;		/* relative to the peer's ISS */
	u32 len;
	u32 wnd;		/* as on the wire */
	u8 flags;
	u8 why;
	struct itp_seg_out raw;
};

struct drive {
	struct itp_conn c;
	struct itp_tunables tun;
	struct itp_env env;
	struct itp_out out;	/* of the last call */
	u64 start;
	struct shot log[LOG_MAX];
	u32 sent;		/* segments in log */
	u32 seen;		/* of these, expected already */
	enum itp_sent result;	/* what becomes of segments */
	u32 fail_next;		/* so many are refused */
	u32 burst;
	u32 flags;		/* all ITP_OUT_* so far */
	int sk_err;
	bool dead;
	bool timewait;
	bool eof;
	u32 urgents;		/* times urgent data were announced */
	u32 urgent;		/* the last octet named, relative to the peer's ISS */
	u32 read;		/* octets placed or delivered in order */
	u16 wnd;		/* window field of what the peer sends */
};

extern struct drive d;

/* Fresh connection, CLOSED; tunables at their defaults. */
void drive_init(void);
/* Free it; every test ends so. */
void drive_end(void);

/* CLOSED -> SYN-SENT; the SYN is in the log. */
void drive_connect(void);
/* Active open up to ESTABLISHED, peer's MSS 1000, window @wnd, no scaling. */
void drive_established(u16 wnd);
/* The same, with timestamps; segments have MSS - 12 octets of text. */
void drive_established_ts(u16 wnd);
/* To a state, by the shortest way (the program holds the socket). */
void drive_to(enum itp_state state);

/* The peer sends; sequence numbers relative. */
void rx(u8 flags, u32 seq, u32 ack, u32 len);
void rx_wnd(u8 flags, u32 seq, u32 ack, u32 len, u16 wnd);
void rx_urg(u8 flags, u32 seq, u32 ack, u32 len, u16 urp);
void rx_opt(u8 flags, u32 seq, u32 ack, u16 wnd, u16 mss, int wscale);

/* Any segment; its sequence numbers are relative, header length is filled in. */
void rx_any(struct itp_seg_in *in);
/* Our timestamp clock now. */
u32 drive_clock(void);
/* With a timestamp, echoing ours of now; relative to P_TS. */
void rx_ts(u8 flags, u32 seq, u32 ack, u32 len, u32 tsval);

/* The program acts. */
int app_write(u32 octets);
int app_write_more(u32 octets);
int app_write_urgent(u32 octets);
void app_close(enum itp_close_how how);
void app_read(u32 free_now);

/* Time passes; due timers run at their very time. */
void pass(u64 us);
void pass_until(u64 at);
/* To the next deadline; 0 if there is none. */
u64 pass_deadline(void);
/* Do what d.out says, in engine.h's order. */
void drive_act(void);
/* @seg goes out. */
void drive_record(const struct itp_seg_out *seg);
/* Ask for what there is to send. */
void push(void);
void icmp(enum itp_icmp_kind kind, u32 seq, int err);

/* The next segment not yet expected; fails the test if there is none. */
struct shot *next_shot(const char *file, int line);
#define SHOT()	next_shot(__FILE__, __LINE__)

/* The next segment must be this one. */
void expect(const char *file, int line, u8 flags, u32 seq, u32 ack, u32 len);
#define EXPECT(flags, seq, ack, len) \
	expect(__FILE__, __LINE__, flags, seq, ack, len)
/* Nothing more was sent. */
void expect_none(const char *file, int line);
#define NONE()	expect_none(__FILE__, __LINE__)
/* Forget what was sent. */
void skip(void);
void check_state_is(const char *file, int line, enum itp_state state);
#define STATE(s)	check_state_is(__FILE__, __LINE__, ITP_##s)

#define S	ITP_SYN
#define SA	(ITP_SYN | ITP_ACK)
#define A	ITP_ACK
#define PA	(ITP_PSH | ITP_ACK)
#define UA	(ITP_URG | ITP_ACK)
#define UPA	(ITP_URG | ITP_PSH | ITP_ACK)
#define FA	(ITP_FIN | ITP_ACK)
#define FPA	(ITP_FIN | ITP_PSH | ITP_ACK)
#define R	ITP_RST
#define RA	(ITP_RST | ITP_ACK)

#endif /* _ITP_DRIVE_H */
