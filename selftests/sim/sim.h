/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator: two hosts, each a small userspace shell around the engine, and
 * a network that loses, repeats, reorders, delays and corrupts real segments.
 * One world is one scenario; its seed alone decides everything in it.
 *
 *	main.c		arguments, the loop over worlds, summary and coverage
 *	world.c		virtual time, events, random numbers, failures
 *	profile.c	what a world is like: drawn from its seed
 *	net.c		the wire: header, checksum, impairments
 *	host.c		demultiplexing, listeners, half-open entries, TIME-WAIT
 *	sock.c		sockets: the rules of engine.h, buffers, timers
 *	app.c		the programs on top
 *	check.c		invariants
 *	log.c		what -v prints
 */
#ifndef _ITP_SIM_H
#define _ITP_SIM_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include "hooks.h"

#define SEC		1000000ULL
#define MSEC		1000ULL
#define HOSTS		2
#define HEAL_US		(30 * SEC)	/* the network is well from here on */
#define PACKET_MAX	2048

struct world;
struct host;
struct sock;

struct packet {
	u32 len;
	u8 from;		/* host */
	u8 why;
	u64 conn;		/* whose host_pkts counts it; 0 none */
	u8 data[];
};

enum ev_kind {
	EV_TIMER,		/* id: socket, entry or record */
	EV_APP,			/* id: socket */
	EV_PATIENCE,		/* id: socket */
	EV_CONNECT,		/* id: host */
	EV_DEPART,		/* packet leaves its host */
	EV_ARRIVE,
	EV_ICMP,		/* id: socket */
	EV_ACCEPT,		/* id: host */
	EV_HAPPENING,		/* id: enum happening */
	EV_FORGE,		/* id: host that is told lies */
};

struct event {
	u64 at;
	u64 nr;			/* order among equals */
	u8 kind;
	u64 id;
	u32 arg;
	struct packet *pkt;
};

/* Things that befall a world. */
enum happening {
	HAPPEN_NOTHING,
	HAPPEN_LINK_DEAD,	/* for good, both ways */
	HAPPEN_REBOOT,		/* a host forgets everything */
	HAPPEN_LISTENER_CLOSE,
	HAPPEN_ICMP_HARD,
	HAPPEN_ICMP_SOFT,
};

struct impair {
	u32 loss;		/* per 10,000 packets, as the others */
	u32 dup;
	u32 reorder;
	u32 corrupt;
	u64 delay;
	u64 jitter;
	u32 mtu;		/* text and options that pass */
	bool hole;		/* and nobody is told what does not */
	u64 last_arrival;
};

/* How a program behaves. */
struct plan {
	u32 write_total;
	u32 write_max;		/* per call */
	u32 read_max;
	u64 pause_max;		/* between calls; 0: as fast as possible */
	u8 end;			/* enum app_end */
	u32 abort_after;	/* octets read + written, then abort; 0 never */
	u32 fiddle;		/* per 10,000 calls: change a socket option */
	u32 sndbuf;
	u32 rcvbuf;
	u32 burst;		/* segments per proposal, 0: one MSS */
	u32 pauses;		/* made */
	u32 more;		/* per 10,000 writes: MSG_MORE */
	u32 oob;		/* per 10,000 writes: MSG_OOB */
	bool nodelay;
	bool keepalive;
	u32 user_timeout_ms;
	s32 linger2;
	u64 start_pause;	/* before the first read */
	u64 linger_pause;	/* between the last write and its end */
};

enum app_end {
	END_SHUTDOWN,		/* shutdown(), read to the end, close() */
	END_CLOSE_AFTER_EOF,	/* read to the end, then close() */
	END_CLOSE,		/* close() after the last write, read or not */
	END_ABORT,		/* SO_LINGER 0 */
	END_MAX
};

struct held {
	struct held *next;
	u32 seq;
	u32 len;
	u8 data[];
};

/* What the checks remember of a socket. */
struct shadow {
	bool ack_known;
	u32 ack_sent;		/* largest ACK field sent */
	u32 right_sent;		/* largest right edge sent */
	bool fin_known;
	u32 fin_seq;
	u32 fin_count;
	bool syn_known;
	u32 syn_seq;
	bool got_right;
	u32 right_got;		/* largest right edge the peer has sent us */
	u32 last_nxt;
	u32 last_una;
	u32 last_rcv_nxt;
	bool ts_known;
	u32 ts_sent;		/* TSval of the last segment */
	bool running;
	u32 steps;
};

struct sock {
	struct itp_conn c;
	struct sock *next;
	struct host *host;
	u16 lport;
	u16 rport;
	u8 sk_state;
	int sk_err;
	bool in_accept;		/* in the queue, no program yet */
	bool app_has;		/* a program holds it */
	bool hashed;
	bool dead;
	bool held_back;		/* the last thing offered did not leave */
	u32 host_pkts;
	u64 armed;		/* when the timer fires, 0: it does not */
	u64 armed_for;		/* the deadline it was set for */

	/* receive side */
	u8 *rxbuf;
	u32 rx_head;
	u32 rx_unread;
	u32 rx_seq;		/* what the next octet for rxbuf must be */
	bool rx_started;
	struct held *held;
	u32 held_octets;
	u32 rcv_total;
	bool eof;

	/* program */
	struct plan plan;
	u32 written;
	u32 read_octets;
	bool connected;
	bool seen_eof;
	bool shut;
	int app_err;
	u64 app_at;
	bool watched;
	u64 patience_us;
	u32 oob_end;		/* end of the last urgent write, 0: none */
	u32 urgents;		/* times the peer's were announced */
	u32 urgent_end;		/* up to where, in its stream */
	bool urgent_ahead;	/* not read past yet */
	u32 key_tx;		/* of the pattern of what we send */
	u32 key_rx;
	struct shadow sh;
};

struct req_rec {
	struct itp_req r;
	struct req_rec *next;
	u16 lport;
	u16 rport;
};

struct tw_rec {
	struct itp_tw tw;
	struct tw_rec *next;
	u16 lport;
	u16 rport;
};

struct host {
	struct world *w;
	u8 nr;
	u64 next_id;
	struct itp_tunables tun;
	struct sock *socks;
	struct req_rec *reqs;
	struct tw_rec *tws;
	struct sock *listener;
	u32 path_mss;
	u32 adv_mss;
	struct plan plan;
	u32 fail_send;		/* per 10,000 */
	u32 fail_alloc;
	u32 fail_rcv;
	u32 congested;
	u64 queue_delay;
	u64 timer_late;
	u64 accept_delay;
	u32 accept_full;	/* so many more handshakes find the queue full */
	u32 iss_base;
	u32 ts_base;		/* of its timestamps */
	int reconnects;
	/* about the segment being processed */
	bool fault;
	bool rx_rst;
	u32 tx_acks;
	u32 tx_other;
	/* verdict */
	u32 delivered;
	bool got_eof;
	u32 opened;
	u32 completed;

	bool right_known;	/* largest right edge offered to the peer */
	u32 right;
};

#define TRACK_MAX	256

struct track {
	u64 id;
	u8 state;
};

struct world {
	u64 seed;
	u64 rng;
	u64 now;
	struct event *heap;
	u32 heap_nr;
	u32 heap_max;
	u64 ev_nr;
	u64 steps;
	struct host host[HOSTS];
	struct impair link[HOSTS];	/* by sender */
	struct track track[TRACK_MAX];
	u32 tracks;
	bool fair;		/* nothing but the network is bad: must complete */
	u64 heal_at;
	bool simultaneous;
	bool link_dead;
	u32 forge;		/* per 10,000 packets */
	u8 happening;
	u64 happening_at;
	bool calm;		/* no more injected failures */
	u32 in_flight;
	u32 connects;		/* planned */
	bool rebooted;
	bool tuned;		/* tunables change while connections live */
};

/* Sums over all worlds. */
struct tally {
	u64 worlds;
	u64 fair;
	u64 conns;
	u64 sim_opens;
	u64 segs;
	u64 octets;
	u64 lost, dupped, corrupted, checksum_caught, reordered, too_big, holes;
	u64 why[ITP_WHY_MAX];
	u64 states[16];
	u64 moves[16][16];
	u64 causes[ITP_CAUSE_MAX];
	u64 timers[ITP_TIMER_MAX];
	u64 reasons[ITP_REASON_MAX];
	u64 send_failed, congested, alloc_failed, rcv_full, pruned;
	u64 tw_made, tw_new, tw_reply, tw_kill, req_made, req_repeat, req_claim;
	u64 icmp[3];
	u64 forged, reboots, dead_links;
	u64 sacks, dsacks, tw_taken;
	u64 aborts, timeouts, resets_seen, completed;
	u64 events[ITP_EVENT_MAX];
	u64 pmtu[ITP_PMTU_WHAT_MAX];
	u64 zero_windows, wrap_tx, bursts, held_max;
	u64 urgent_out, urgent_in, urgent_far, urgent_right;
};

extern struct tally tally;
extern bool verbose;
extern const char *prog;

/* world.c */
void fail(struct world *w, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
#define REQUIRE(w, cond, ...) \
	do { if (!(cond)) fail(w, __VA_ARGS__); } while (0)
u32 rnd(struct world *w, u32 below);
bool chance(struct world *w, u32 in_10000);
u64 rnd_us(struct world *w, u64 below);
void event_push(struct world *w, u64 at, enum ev_kind kind, u64 id, u32 arg,
		struct packet *pkt);
bool event_pop(struct world *w, struct event *ev);
void world_run(u64 seed);
extern struct world *current;

/* profile.c */
void profile_draw(struct world *w);

/* net.c */
void net_send(struct host *h, const struct itp_seg_out *seg, u16 sport,
	      u16 dport, struct sock *s);
void net_depart(struct world *w, struct packet *p);
void net_arrive(struct world *w, struct packet *p);
void net_forge(struct host *h);
u8 pattern(u32 key, u32 pos);

/* host.c */
void host_input(struct host *h, const u8 *data, u32 len);
void host_timer(struct host *h, u64 id);
void host_listen(struct host *h, u16 port);
void host_unlisten(struct host *h);
void host_connect(struct host *h, u16 lport, u16 rport);
void host_accept(struct host *h);
void host_forget(struct host *h);
void host_timewait(struct sock *s);
void host_env(struct host *h, struct itp_env *env);
struct sock *host_sock(struct host *h, u64 id);
struct host *host_peer(struct host *h);
u64 host_new_id(struct host *h);
u32 host_iss(struct host *h);

/* sock.c */
struct sock *sock_new(struct host *h, u16 lport, u16 rport);
void sock_env(struct sock *s, struct itp_env *env);
void sock_input(struct sock *s, const struct itp_seg_in *seg, const u8 *text);
void sock_timer(struct sock *s);
void sock_icmp(struct sock *s, enum itp_icmp_kind kind, u32 seq, int err);
void sock_close(struct sock *s, enum itp_close_how how);
void sock_connect(struct sock *s, u32 iss);
int sock_write(struct sock *s, u32 octets, bool more, bool urgent);
void sock_read(struct sock *s, u32 octets);
void sock_option(struct sock *s);
void sock_free(struct sock *s);
void sock_arm(struct sock *s);
void fault_on(struct host *h);
bool fault_off(struct host *h);

/* app.c */
void app_wake(struct sock *s);
void app_run(struct sock *s);
void app_done(struct sock *s);

/* check.c */
void check_sent(struct sock *s, const struct itp_seg_out *seg);
void check_conn(struct sock *s);
void check_dropped(struct sock *s, const struct itp_conn *before,
		   const struct itp_seg_in *seg, u8 reason);
void check_proposal(struct sock *s, const struct itp_conn *before,
		    const char *when);
void check_size(struct sock *s, const struct itp_seg_out *seg, u32 max_text);
void check_failed(struct sock *s, const struct itp_conn *before);
void check_state(u64 id, u8 from, u8 to, u8 cause);
void check_urgent(struct sock *s, const struct itp_seg_in *seg,
		  const struct itp_out *out);
void check_urgent_end(struct sock *s);
void check_event(const struct itp_conn *c, enum itp_event ev, u64 a, u64 b);
void check_end(struct world *w);

/* log.c */
void vlog(struct world *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void log_seg(struct world *w, const char *what, u8 host,
	     const struct itp_seg_in *in);
void summary(double seconds);
int coverage(bool run);
const char *why_str(unsigned int why);

#endif /* _ITP_SIM_H */
