/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol, as the shell (kmod), the simulator and the fuzzers call it.
 *
 * The engine is a pure state machine: no skb, no sock, no clock, no lock. Time,
 * memory limits and tunables come with each call (struct itp_env); what the
 * caller has to do comes back (struct itp_out). Memory for range nodes and
 * random numbers come from <env.h>, chosen by include path.
 *
 * Calls on one connection are serialised by the caller; none sleeps.
 *
 * After every call that takes an itp_out the shell acts in this order: queue
 * the data (place, trim_*, deliver_to), mirror the state, set sk_err, send
 * out->reply if ITP_OUT_REPLY, send what itp_next_segment() offers, wake,
 * and arm its timer at c->deadline_us. ITP_OUT_TIMEWAIT and ITP_OUT_DEAD are
 * acted on last.
 */
#ifndef _ITP_ENGINE_H
#define _ITP_ENGINE_H

#include "seq.h"
#include "tables.h"
#include "names.h"
#include "seg.h"
#include "range.h"

struct itp_info;

/**
 * struct itp_challenge - challenge ACKs that a namespace may still send
 * @second: which second that is about
 * @left: how many
 *
 * Shared by all connections, without a lock: two that meet may both take the
 * last one.
 */
struct itp_challenge {
	u32 second;
	u32 left;
};

/**
 * struct itp_env - the surroundings of one call
 * @now_us: CLOCK_MONOTONIC; never decreases within a connection
 * @tun: tunables in force for this connection: the namespace's, or a copy with
 *	 what the connection has of its own; read with itp_tun()
 * @ns: for <env.h>: whose counters to bump
 * @challenge: the namespace's budget (challenge_ack_limit), NULL: none
 * @path_mss: octets of text and TCP options that fit a packet of this path:
 *	      path MTU less IP header and the 20 octets of our fixed header
 * @adv_mss: MSS to advertise (device MTU less IP and fixed header)
 * @v6: the path is IPv6: a SYN without MSS option means 1220, not 536
 * @ts_offset: a connection that begins starts its timestamp clock here; read by
 *	       itp_conn_open() and itp_req_init() alone. The same for the same
 *	       addresses and ports, so that their next connection is not older
 * @rcv_total: octets that the receive buffer can hold in all
 * @rcv_free: octets of that which are free
 * @rcv_full: no more text can be queued now, whatever the window says
 * @host_pkts: packets of this connection still in the queues of this host
 */
struct itp_env {
	u64 now_us;
	const struct itp_tunables *tun;
	void *ns;
	struct itp_challenge *challenge;
	u32 path_mss;
	u32 adv_mss;
	bool v6;
	u32 ts_offset;
	u32 rcv_total;
	u32 rcv_free;
	bool rcv_full;
	u32 host_pkts;
};

/* What to do with the text of the segment that itp_input() was given. */
enum itp_place {
	ITP_PLACE_NONE,		/* nothing to keep; out->reason may say why */
	ITP_PLACE_INORDER,	/* trim, then append to the receive queue */
	ITP_PLACE_HOLD,		/* trim, then keep until deliver_to passes it */
};

#define ITP_OUT_SEND	0x0001	/* itp_next_segment() has something */
#define ITP_OUT_REPLY	0x0002	/* send out->reply now, once, from no queue */
#define ITP_OUT_STATE	0x0004	/* c->state changed: mirror it */
#define ITP_OUT_READ	0x0008	/* wake readers: data, end of stream or error */
#define ITP_OUT_WRITE	0x0010	/* wake writers: c->snd_una moved, open done, error */
#define ITP_OUT_EOF	0x0020	/* the peer's FIN is in order: no more to read,
				 * what is still held may be thrown away
				 */
#define ITP_OUT_TIMEWAIT 0x0040	/* make a TIME-WAIT record, then itp_conn_retire() */
#define ITP_OUT_DEAD	0x0080	/* c->state is CLOSED: queues may be freed */
#define ITP_OUT_URGENT	0x0100	/* urgent data are announced: signal the program */
#define ITP_OUT_REROUTE	0x0200	/* R1: doubt the route (RFC 9293 3.8.3) */

/**
 * struct itp_out - what a call asks the shell to do
 * @flags: ITP_OUT_*
 * @place: what to do with the text of the segment
 * @reason: why the segment or its text was dropped, ITP_REASON_NONE if not
 * @trim_front: octets of its text to cut off in front
 * @trim_back: octets of its text to cut off at the end
 * @deliver_to: RCV.NXT: everything held below it goes to the receive queue
 *		now (overlaps cut)
 * @urgent: ITP_OUT_URGENT: sequence number of the last urgent octet, which
 *	    may not have arrived yet; it replaces any named before
 * @sk_err: errno to set on the socket (positive), 0 none
 * @reply: see ITP_OUT_REPLY
 */
struct itp_out {
	u32 flags;
	u8 place;
	u8 reason;
	u32 trim_front;
	u32 trim_back;
	u32 deliver_to;
	u32 urgent;
	int sk_err;
	struct itp_seg_out reply;
};

/**
 * struct itp_pmtu - the search for the size that a path takes (RFC 4821)
 *
 * Sizes are octets of text and TCP options, as itp_env.path_mss.
 */
struct itp_pmtu {
	u64 next_us;		/* no probe before */
	u64 done_us;		/* the search ended then, 0: it goes on */
	u32 seq;		/* of the last probe */
	u32 end;
	u32 repair;		/* SND.NXT when it was lost */
	u16 low;		/* passes; 0: nothing is searched for */
	u16 high;		/* nothing larger is tried */
	u16 size;		/* of the probe in flight, 0 none */
	bool failed;		/* a probe of this search did not pass */
	bool repairing;		/* a lost probe goes again */
};

/**
 * struct itp_flow - what a connection needs from its first octet of text on
 *
 * Windows are octets (RFC 5681); counters as RFC 4898 has them.
 */
struct itp_flow {
	u32 cwnd;
	u32 ssthresh;		/* ITP_SSTHRESH_NONE until the first loss */
	u32 recover;		/* RFC 6582: highest SEQ sent when recovery began */
	u32 ca_acked;		/* octets acknowledged since cwnd last grew */
	u32 lost;		/* octets marked lost and not yet sent again */
	u32 snd_up;		/* SND.UP, with itp_conn.snd_urg */
	u32 rcv_up;		/* RCV.UP, with itp_conn.rcv_urg */
	u8 ca_state;		/* enum itp_ca_state */
	u8 dup_acks;
	u8 quick_acks;		/* so many more ACKs go out at once */
	u8 partial_acks;	/* in this recovery */
	u32 ato_us;		/* how long an ACK is held back */
	u16 rcv_mss;		/* estimate of the peer's segment size */
	u16 rcv_last;		/* length of the last segment below that, or 0 */
	u8 pingpong;		/* requests in a row that we answered at once */
	u64 last_data_sent_us;
	u64 last_data_rcvd_us;
	u64 delivered;		/* octets acknowledged */
	u64 delivered_us;
	u64 octets_out;		/* first sendings */
	u64 octets_retrans;
	u64 octets_in;		/* in order */
	u32 data_segs_out;
	u32 data_segs_in;
	u32 retrans_rto;
	u32 retrans_fast;
	u32 dup_acks_in;
	u32 ooo_in;
	u32 probes_out;
	u32 zero_window_adv;
	u32 zero_window_rcvd;
	u32 sack_recent[ITP_SACK_MAX]; /* in held ranges, the latest first */
	u32 dsack_start;	/* a duplicate that the next ACK reports */
	u32 dsack_end;
	u32 dsacks_in;
	u8 sack_nr;		/* in sack_recent */
	bool dsack;		/* there is such a duplicate */
	struct itp_pmtu pmtu;
};

/* What became of the search, in event PMTU. */
enum itp_pmtu_what {
	ITP_PMTU_PROBE,		/* a probe was sent */
	ITP_PMTU_PASSED,	/* and acknowledged */
	ITP_PMTU_LOST,		/* and lost, alone */
	ITP_PMTU_UNSURE,	/* and nothing can be said about it */
	ITP_PMTU_HOLE,		/* black hole suspected: begin at this size */
	ITP_PMTU_DONE,		/* the search is over, for probe_interval */
	ITP_PMTU_WHAT_MAX
};

enum itp_ca_state {		/* numbers as in tcp_info */
	ITP_CA_OPEN = 0,
	ITP_CA_DISORDER = 1,
	ITP_CA_RECOVERY = 3,
	ITP_CA_LOSS = 4,
};

#define ITP_SSTHRESH_NONE	0xffffffffU

enum itp_role {
	ITP_ROLE_ACTIVE = 1,
	ITP_ROLE_PASSIVE = 2,
	ITP_ROLE_LISTENER = 3,
};

/**
 * struct itp_conn - one connection (the transmission control block)
 *
 * Names as in RFC 9293 section 3.3.1. Fields written by the caller are
 * marked S (under the connection's lock, between calls).
 */
struct itp_conn {
	u64 id;
	u8 state;		/* enum itp_state; only itp_state_set() writes it */
	u8 prev_state;
	u8 cause;
	u8 role;

	bool fin_queued:1;	/* the program has closed its sending side */
	bool fin_sent:1;
	bool fin_rcvd:1;	/* the peer's FIN is in order */
	bool fin_held:1;	/* the peer's FIN lies behind a gap, at fin_seq */
	bool orphan:1;		/* no program holds it */
	bool ack_now:1;		/* an ACK is owed at once */
	bool ack_owed:1;	/* an ACK is owed, delayed */
	bool push:1;		/* send what there is, once, whatever SWS says */
	bool probe:1;		/* a window probe is due */
	bool ka_probe:1;	/* a keep-alive probe is due */
	bool wscale_offered:1;	/* our SYN offered window scaling */
	bool wscale_ok:1;	/* both did: in force */
	bool sack_offered:1;	/* our SYN offers SACK */
	bool sack_ok:1;		/* both did: in force */
	bool ts_offered:1;	/* our SYN offers timestamps */
	bool ts_ok:1;		/* both did: in force */
	bool app_more:1;	/* the last write said MSG_MORE */
	bool cork:1;		/* S: ITP_CORK */
	bool nodelay:1;		/* S: ITP_NODELAY */
	bool keepalive:1;	/* S: SO_KEEPALIVE; then itp_user_keepalive() */
	bool read_shut:1;	/* S: shutdown(SHUT_RD) */
	bool challenge:1;	/* the ACK owed is a challenge ACK */
	bool srtt_valid:1;
	bool snd_urg:1;		/* text up to flow->snd_up is urgent, unacknowledged */
	bool rcv_urg:1;		/* flow->rcv_up was told and not read past */
	u8 syn_again:7;	/* SYNs and SYN-ACKs sent again, 127: or more */

	u32 iss;
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_wnd;
	u32 snd_wl1;
	u32 snd_wl2;
	u32 max_snd_wnd;
	u32 write_seq;		/* end of what the program has written */
	u32 snd_sml;		/* end of the last short segment sent (Nagle) */
	u32 lost_hint;		/* nothing below is marked lost */

	u32 irs;
	u32 rcv_nxt;
	u32 rcv_right;		/* right edge of the window offered, never moves left */
	u32 rcv_acked;		/* RCV.NXT of the last ACK sent */
	u32 fin_seq;

	u16 mss_peer;		/* from the peer's SYN, or the default */
	u16 mss_snd;		/* octets of text per segment now */
	u16 mss_adv;		/* what our SYN said */
	u16 mss_user;		/* S: ITP_MAXSEG, 0 none */
	u8 snd_wscale;
	u8 rcv_wscale;
	u8 syn_retries;		/* S: ITP_SYNCNT, 0: the tunable */
	u8 ka_probes;		/* S: ITP_KEEPCNT, 0: the tunable */
	u16 ka_idle;		/* S: ITP_KEEPIDLE (s), 0: the tunable */
	u16 ka_intvl;		/* S: ITP_KEEPINTVL (s), 0: the tunable */
	s32 linger2;		/* S: ITP_LINGER2 (s), 0: the tunable, < 0: none */
	u32 user_timeout_ms;	/* S: ITP_USER_TIMEOUT, 0: the tunable */

	u32 srtt_us;		/* smoothed, in eighths of us */
	u32 rttvar_us;		/* in quarters of us */
	u32 rto_us;		/* not backed off */
	u32 min_rtt_us;
	u8 backoff;
	u8 retries;		/* time-outs in a row */
	u8 probes;		/* probes in a row without an answer */
	u8 nspare;		/* nodes in spare */

	u32 segs_in;
	u32 segs_out;		/* replies aside; numbers transmissions, too */
	u32 retrans;		/* segments retransmitted, SYN and FIN included */
	u32 ts_recent;		/* TS.Recent: the peer's TSval that we echo */
	u32 ts_offset;		/* of our TSval */
	int soft_error;

	u64 created_us;
	u64 entered_us;		/* the state in force */
	u64 progress_us;	/* SND.UNA moved, or a probe was answered */
	u64 last_rcvd_us;
	u64 last_challenge_us;
	u64 deadline_us;	/* earliest timer; 0: none */
	u64 timers[ITP_TIMER_MAX];	/* 0: off */

	struct itp_range *spare;
	struct itp_rangemap sent;
	struct itp_rangemap held;
	struct itp_flow *flow;
};

/* How a program ends a connection. */
enum itp_close_how {
	ITP_CLOSE_SHUTDOWN,	/* shutdown(SHUT_WR): the program keeps the socket */
	ITP_CLOSE_CLOSE,	/* close(): nobody holds it any more */
	ITP_CLOSE_UNREAD,	/* close() with received data unread */
	ITP_CLOSE_ABORT,	/* close() with SO_LINGER 0, or disconnect */
	ITP_CLOSE_LISTENER,	/* the listener went before accept() */
	ITP_CLOSE_ORPHANS,	/* max_orphans: reset */
	ITP_CLOSE_MEMORY,	/* as an orphan it takes memory others need: reset */
	ITP_CLOSE_DESTROY,	/* an administrator ends it (SOCK_DESTROY): reset */
};

/* What an ICMP error means for a connection (RFC 5461, 5927). */
enum itp_icmp_kind {
	ITP_ICMP_SOFT,
	ITP_ICMP_HARD,
	ITP_ICMP_PMTU,		/* env->path_mss has the new value already */
};

/* What became of a segment that itp_next_segment() proposed. */
enum itp_sent {
	ITP_SENT_OK,
	ITP_SENT_CONGESTED,	/* the host took it but says: slow down */
	ITP_SENT_FAILED,	/* it did not leave: no memory, no route */
};

/* conn.c: life of a connection */

/* All zero but for id, times and defaults; state CLOSED. */
void itp_conn_init(struct itp_conn *c, u64 id, u64 now_us);
/* Free what the connection holds; any state; also after itp_conn_retire(). */
void itp_conn_free(struct itp_conn *c);
/* A TIME-WAIT record has taken over: state CLOSED, without a transition. */
void itp_conn_retire(struct itp_conn *c);
/*
 * The only writer of c->state. Refuses (asserts) a move that states.def does
 * not list. Counts, reports, stamps.
 */
void itp_state_set(struct itp_conn *c, const struct itp_env *env,
		   enum itp_state to, enum itp_cause cause);
/* CLOSED -> LISTEN. */
void itp_conn_listen(struct itp_conn *c, const struct itp_env *env);
/* LISTEN -> CLOSED (close() or shutdown() of a listener). */
void itp_conn_unlisten(struct itp_conn *c, const struct itp_env *env,
		       enum itp_cause cause);
/* CLOSED -> SYN-SENT with initial sequence number @iss (RFC 6528). */
void itp_conn_open(struct itp_conn *c, const struct itp_env *env, u32 iss,
		   struct itp_out *out);
/* Fill what the engine knows of @info (sequence numbers included). */
void itp_conn_info(const struct itp_conn *c, const struct itp_env *env,
		   struct itp_info *info);

/* user.c: calls of the program */

/*
 * @octets were appended to the send queue; @more: MSG_MORE. Call
 * itp_user_may_write() before copying. 0, or -ENOMEM (nothing changed).
 */
int itp_user_write(struct itp_conn *c, const struct itp_env *env, u32 octets,
		   bool more);
/*
 * 0: text may be queued (SYN-SENT and SYN-RECEIVED included), -EPIPE: sending
 * side closed, -ENOTCONN: no connection.
 */
int itp_user_may_write(const struct itp_conn *c);
/* The program took data: env->rcv_free grew. May set ITP_OUT_SEND. */
void itp_user_read(struct itp_conn *c, const struct itp_env *env,
		   struct itp_out *out);
void itp_user_close(struct itp_conn *c, const struct itp_env *env,
		    enum itp_close_how how, struct itp_out *out);
/* SO_KEEPALIVE or ITP_KEEP* changed: set the timer anew. */
void itp_user_keepalive(struct itp_conn *c, const struct itp_env *env);
/* ITP_NODELAY set, ITP_CORK cleared or ITP_QUICKACK set: reconsider sending. */
void itp_user_push(struct itp_conn *c, const struct itp_env *env);
void itp_user_quickack(struct itp_conn *c, const struct itp_env *env);
/*
 * All that was written so far is urgent (MSG_OOB); after itp_user_write() and
 * before sending.
 */
void itp_user_urgent(struct itp_conn *c, const struct itp_env *env);
/* The program has read past the octet that out->urgent named. */
void itp_user_urgent_read(struct itp_conn *c);

/* input.c: segments and ICMP errors */

void itp_input(struct itp_conn *c, const struct itp_seg_in *seg,
	       const struct itp_env *env, struct itp_out *out);
/*
 * The shell threw away held text from sequence number @from on (memory); it
 * was never acknowledged, the peer sends it again.
 */
void itp_rcv_pruned(struct itp_conn *c, u32 from);
/*
 * Is @seq, quoted in an ICMP error, outstanding? Somebody who cannot see our
 * segments does not know what is (RFC 5927 4.1).
 */
static inline bool itp_icmp_seq_ok(const struct itp_conn *c, u32 seq)
{
	return seq_ge(seq, c->snd_una) && seq_lt(seq, c->snd_nxt);
}

/* @seq: sequence number quoted; @err: positive errno. */
void itp_icmp(struct itp_conn *c, const struct itp_env *env,
	      enum itp_icmp_kind kind, u32 seq, int err, struct itp_out *out);

/* output.c: what to send */

/*
 * Make sure that two range nodes are at hand. sendmsg may call it with
 * @can_sleep; itp_next_segment() does it itself without.
 */
bool itp_reserve(struct itp_conn *c, bool can_sleep);
/*
 * Propose a segment of at most @max_text octets of text (0: one MSS). Changes
 * nothing that the peer could see; true: send @seg and tell the result with
 * itp_segment_sent(). The caller's loop ends at false or at a result that is
 * not ITP_SENT_OK. A segment for ITP_WHY_MTU_PROBE is longer than others and
 * leaves in one packet, whatever @max_text says.
 */
bool itp_next_segment(struct itp_conn *c, const struct itp_env *env,
		      u32 max_text, struct itp_seg_out *seg);
void itp_segment_sent(struct itp_conn *c, const struct itp_env *env,
		      const struct itp_seg_out *seg, enum itp_sent result);

/* timer.c: a deadline passed */

/* Act on every timer that is due; harmless if none is. */
void itp_expire(struct itp_conn *c, const struct itp_env *env,
		struct itp_out *out);

/* request.c: half-open entries of a listener */

/**
 * struct itp_req - a SYN that was answered, no socket yet
 * @mss_adv: set by the shell before itp_req_synack(), from the route
 */
struct itp_req {
	u64 id;
	u64 created_us;
	u64 sent_us;		/* last SYN-ACK */
	u64 deadline_us;
	u64 last_ack_us;	/* last ACK for an invalid segment */
	u32 iss;
	u32 irs;
	u32 rcv_wnd;		/* the largest offered */
	u16 wnd;		/* window of the SYN */
	u16 mss_peer;
	u16 mss_adv;
	u8 opts;		/* options of the SYN that are in force */
	u8 snd_wscale;
	u8 rcv_wscale;
	u8 sends;		/* SYN-ACKs sent */
	u8 timeouts;		/* of these, by the timer */
	u8 retries;		/* ITP_SYNCNT of the listener, 0: the tunable */
	u8 defer;		/* S: ITP_DEFER_ACCEPT: no ACK without text opens
				 * before so many time-outs
				 */
	u8 cause;		/* of being there */
	u32 ts_recent;
	u32 ts_offset;
};

/* What to do with a segment for a half-open entry. */
enum itp_req_verdict {
	ITP_REQ_DROP,		/* nothing; *reason says why */
	ITP_REQ_SYNACK,		/* send the SYN-ACK again (itp_req_synack()) */
	ITP_REQ_REPLY,		/* send *reply, keep the entry */
	ITP_REQ_KILL,		/* drop the entry */
	ITP_REQ_CLAIM,		/* make the connection and give it this segment */
};

/*
 * Is @seg a SYN that a listener may answer? ITP_REASON_NONE: yes, make an
 * entry. ITP_REASON_NO_CONN: answer with itp_seg_reset(). Others: drop.
 */
enum itp_reason itp_listen_check(const struct itp_seg_in *seg);
/* A new entry; reports LISTEN -> SYN-RECEIVED. env->rcv_* as of the listener. */
void itp_req_init(struct itp_req *r, u64 id, const struct itp_seg_in *syn,
		  const struct itp_env *env, u32 iss);
void itp_req_synack(const struct itp_req *r, const struct itp_env *env,
		    struct itp_seg_out *seg);
/* After itp_req_synack() was sent (or refused): counts, sets the deadline. */
void itp_req_sent(struct itp_req *r, const struct itp_env *env, bool ok);
enum itp_req_verdict itp_req_input(struct itp_req *r,
				   const struct itp_seg_in *seg,
				   const struct itp_env *env,
				   struct itp_seg_out *reply,
				   enum itp_reason *reason);
/* The deadline passed. True: send the SYN-ACK again; false: give up. */
bool itp_req_expire(struct itp_req *r, const struct itp_env *env);
/* Report the end of an entry that did not become a connection. */
void itp_req_end(struct itp_req *r, const struct itp_env *env,
		 enum itp_cause cause);
/*
 * @c (after itp_conn_init() with r->id) becomes the connection, in
 * SYN-RECEIVED, without a transition; then give it the segment.
 */
void itp_req_to_conn(const struct itp_req *r, struct itp_conn *c,
		     const struct itp_env *env);

/* cookie.c: SYN cookies */

#define ITP_COOKIE_PERIOD_US	60000000U

/*
 * What a cookie says: period and MSS class. The caller makes a keyed hash of
 * addresses, ports and the peer's ISN (mask), and one of these and of what the
 * cookie says (MAC).
 */
u32 itp_cookie_data(const struct itp_seg_in *syn, const struct itp_env *env);
/* The cookie: our ISN. */
u32 itp_cookie_seal(u32 data, u32 mask, u32 mac);
/* What @cookie says, if it is not too old; true still to be shown by the MAC. */
bool itp_cookie_open(u32 cookie, u32 mask, const struct itp_env *env,
		     u32 *data);
bool itp_cookie_match(u32 cookie, u32 mac);
/* The SYN-ACK with @cookie that answers @syn; env->rcv_* and adv_mss are set. */
void itp_cookie_synack(const struct itp_seg_in *syn, const struct itp_env *env,
		       u32 cookie, struct itp_seg_out *seg);
/*
 * The entry that would have been there, had there been room, from the ACK that
 * brought @data back; claim it at once. Reports LISTEN -> SYN-RECEIVED.
 */
void itp_cookie_req(struct itp_req *r, u64 id, const struct itp_seg_in *ack,
		    const struct itp_env *env, u32 data);

/* timewait.c: records of connections in TIME-WAIT */

struct itp_tw {
	u64 id;
	u64 created_us;		/* of the connection */
	u64 entered_us;
	u64 deadline_us;
	u64 last_ack_us;
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 rcv_wnd;
	u32 ts_recent;
	u32 ts_offset;
	u8 ts_ok;		/* timestamps were in force */
	u8 rcv_wscale;
	u8 prev_state;
	u8 cause;
	u8 role;
};

enum itp_tw_verdict {
	ITP_TW_DROP,
	ITP_TW_REPLY,		/* send *reply */
	ITP_TW_KILL,		/* drop the record (RST, rfc1337 0) */
	ITP_TW_NEW,		/* drop the record, give the SYN to the listener with
				 * the ISS that itp_tw_next_iss() names
				 */
};

void itp_tw_init(struct itp_tw *tw, const struct itp_conn *c,
		 const struct itp_env *env);
enum itp_tw_verdict itp_tw_input(struct itp_tw *tw,
				 const struct itp_seg_in *seg,
				 const struct itp_env *env,
				 struct itp_seg_out *reply,
				 enum itp_reason *reason);
/*
 * May an active open take the place of the record (tw_reuse)? Its ISS is
 * itp_tw_next_iss(). @loopback: between two addresses of this host.
 */
bool itp_tw_reusable(const struct itp_tw *tw, const struct itp_env *env,
		     bool loopback);
u32 itp_tw_next_iss(const struct itp_tw *tw);
/*
 * ITP_TW_NEW, but no listener takes the SYN: the record stays. True: answer
 * with *reply.
 */
bool itp_tw_refused(struct itp_tw *tw, const struct itp_env *env,
		    struct itp_seg_out *reply);
/* Report the end of the record. */
void itp_tw_end(struct itp_tw *tw, const struct itp_env *env,
		enum itp_cause cause);

#endif /* _ITP_ENGINE_H */
