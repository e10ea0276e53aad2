/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the engine's files share among themselves. The interface for others is
 * engine.h.
 */
#ifndef _ITP_INTERNAL_H
#define _ITP_INTERNAL_H

#define ITP_USEC		1000000ULL
#define ITP_RTO_INITIAL_US	1000000U	/* RFC 6298 2.1 */
#define ITP_RTO_FALLBACK_US	3000000U	/* RFC 6298 5.7 */
#define ITP_LOCAL_RETRY_US	10000U		/* this host refused a segment */
#define ITP_OVERRIDE_US		200000U		/* RFC 9293 3.8.6.2.1: 0.1 to 1 s */
#define ITP_MSS_MIN_DEFAULT	536U		/* RFC 9293 3.7.1, IPv4 */
#define ITP_MSS_LEAST		48U	/* the least that min_snd_mss can be */
#define ITP_MSS_MIN_DEFAULT6	1220U		/* RFC 9293 3.7.1, IPv6 */
#define ITP_QUICK_ACKS		16U
/* challenge_ack_limit: its default, which is none */
#define ITP_CHALLENGE_UNLIMITED	2147483647U
#define ITP_DUP_THRESH		3U		/* RFC 5681 3.2 */
#define ITP_PAWS_US		(24 * 86400 * ITP_USEC)	/* RFC 7323 5.5 */
#define ITP_THIN_SEGS		4U		/* fewer in flight: a thin stream */
#define ITP_THIN_RETRIES	6U

/* conn.c */
void itp_map_clear(struct itp_rangemap *map);
void itp_ranges_clear(struct itp_conn *c);
/* Make sure that c->flow exists: 0 or -ENOMEM. */
int itp_flow_get(struct itp_conn *c, const struct itp_env *env);
/* Any state -> CLOSED: timers off, scoreboard freed, the shell told. */
void itp_conn_done(struct itp_conn *c, const struct itp_env *env,
		   enum itp_cause cause, int err, struct itp_out *out);
/* Our own reset, <SEQ=SND.NXT><ACK=RCV.NXT><RST,ACK>, as the reply. */
void itp_conn_reset(const struct itp_conn *c, const struct itp_env *env,
		    struct itp_out *out);
/* What peer, path and program allow, options included. */
u32 itp_mss_most(const struct itp_conn *c, const struct itp_env *env);
/* The current segment size from peer, path and program (RFC 9293 3.7.1). */
void itp_mss_sync(struct itp_conn *c, const struct itp_env *env);
/*
 * The same while text may be in flight: what the path no longer takes goes
 * again. True: the path has shrunk.
 */
bool itp_mss_follow(struct itp_conn *c, const struct itp_env *env);
/* Handshake done: what ESTABLISHED needs. */
void itp_conn_opened(struct itp_conn *c, const struct itp_env *env,
		     enum itp_cause cause, struct itp_out *out);
/* The window that a SYN or SYN-ACK offers, and its scale (RFC 7323 2.3). */
u32 itp_syn_window(const struct itp_env *env, u8 *wscale);

/* input.c */
/*
 * May an ACK that answers an invalid segment go out? One per
 * invalid_ratelimit; @last is the time of the previous one.
 */
bool itp_ack_allowed(u64 *last, const struct itp_env *env);
/*
 * The same for @seg, which lies outside the window: text and FIN are always
 * answered, as the peer sends them again until it has an ACK; no two ends
 * answer each other's ACKs for ever with those.
 */
static inline bool itp_answer_allowed(const struct itp_seg_in *seg, u64 *last,
				      const struct itp_env *env)
{
	return (itp_seg_space(seg) && !(seg->flags & ITP_SYN)) ||
	       itp_ack_allowed(last, env);
}

/* The shift that a SYN with a window scale option asks for. */
u8 itp_wscale_take(const struct itp_seg_in *syn, const struct itp_env *env);

/* The same for a challenge ACK: the namespace has a limit, too. */
bool itp_challenge_allowed(u64 *last, const struct itp_env *env);

/* request.c */
/* All of a half-open entry that follows from the SYN; reports nothing. */
void itp_req_fill(struct itp_req *r, const struct itp_seg_in *syn,
		  const struct itp_env *env, u32 iss);

/* output.c */
/* Octets the congestion window thinks are in the network. */
u32 itp_pipe(const struct itp_conn *c);
/* The window to offer now, in octets; never moves the right edge left. */
u32 itp_rcv_window(const struct itp_conn *c, const struct itp_env *env);
/* Is there anything that itp_next_segment() should look at? */
bool itp_send_wanted(const struct itp_conn *c);
/* Mark [start of @r, + @octets) lost for @why; splits @r where it must. */
void itp_mark_lost(struct itp_conn *c, const struct itp_env *env,
		   struct itp_range *r, u32 octets, enum itp_seg_why why);
void itp_mark_all_lost(struct itp_conn *c, enum itp_seg_why why);

/* pmtu.c: path MTU without ICMP, RFC 4821 */
#define ITP_PMTU_HOLD	0xffffffffU
/* The segment size from peer, path and program: what the search leaves of it. */
u32 itp_pmtu_cap(struct itp_conn *c, const struct itp_env *env, u32 most);
/*
 * Octets of new text that go as a probe now; 0: none; ITP_PMTU_HOLD: one will,
 * as soon as windows have room for it.
 */
u32 itp_pmtu_next(struct itp_conn *c, const struct itp_env *env);
void itp_pmtu_sent(struct itp_conn *c, const struct itp_env *env,
		   const struct itp_seg_out *seg);
/* Nothing can be said about the probe: another one later. */
void itp_pmtu_unsure(struct itp_conn *c, const struct itp_env *env);
/* SND.UNA moved. True: more than a probe was lost. */
bool itp_pmtu_acked(struct itp_conn *c, const struct itp_env *env);
/*
 * Duplicate ACKs say that the first octet in flight is lost. True: it begins
 * a probe, which goes again, smaller, and says nothing about congestion.
 */
bool itp_pmtu_dup_acks(struct itp_conn *c, const struct itp_env *env);
/* ICMP told of a path that is smaller than the probe: likewise. */
bool itp_pmtu_too_big(struct itp_conn *c, const struct itp_env *env);
/* Is @r part of a lost probe that goes again? The window has room for it. */
bool itp_pmtu_repairs(const struct itp_conn *c, const struct itp_range *r);
/* A partial ACK: the first octet in flight is lost, too. It begins a probe? */
bool itp_pmtu_at_head(const struct itp_conn *c);
/* A time-out; @r1: and the last of many. Segments may be too large. */
void itp_pmtu_rto(struct itp_conn *c, const struct itp_env *env,
		  const struct itp_range *head, bool r1);

/* urgent.c */
/* URG and the urgent pointer of a segment whose seq is set. */
void itp_urgent_sending(const struct itp_conn *c, const struct itp_env *env,
			struct itp_seg_out *seg);

/* timer.c */
void itp_deadline_update(struct itp_conn *c);
/* Start the retransmission timer from now, backed off as it stands. */
void itp_rto_restart(struct itp_conn *c, const struct itp_env *env);
u64 itp_rto_backed_off(const struct itp_conn *c, const struct itp_env *env);
void itp_keepalive_start(struct itp_conn *c, const struct itp_env *env);
/* FIN-WAIT-2 without a program: fin_timeout or linger2. */
void itp_fin_wait2_start(struct itp_conn *c, const struct itp_env *env,
			 struct itp_out *out);

/* sack.c: RFC 2018, RFC 2883 */
/* The held range around @seq is the one that changed last. */
void itp_sack_note(struct itp_conn *c, u32 seq);
/* Text [start, end) came once more. */
void itp_sack_dup(struct itp_conn *c, const struct itp_env *env, u32 start,
		  u32 end);
/* Held text from @from on was thrown away. */
void itp_sack_pruned(struct itp_conn *c, u32 from);
/* The blocks of an ACK that leaves now; ITP_SACK_MAX at most. */
u8 itp_sack_blocks(const struct itp_conn *c, u32 blocks[][2]);
/* They were sent. */
void itp_sack_sent(struct itp_conn *c, const struct itp_env *env);
/* Blocks of the peer, in a segment whose ACK field is good. */
void itp_sack_in(struct itp_conn *c, const struct itp_seg_in *seg,
		 const struct itp_env *env);

/* stamp.c: timestamps, RFC 7323 */
/* The clock of timestamps, without a connection's offset. */
u32 itp_ts_now(const struct itp_env *env);
/* The offset of a connection that begins now. */
u32 itp_ts_offset(const struct itp_env *env);
/* Give @seg, complete but for this, the option. */
void itp_ts_put(struct itp_seg_out *seg, const struct itp_env *env, u32 offset,
		u32 recent);
/* Does the option say that @seg is older than @recent? */
bool itp_ts_old(const struct itp_seg_in *seg, u32 recent);
/* Is @seg to be dropped for its age? */
bool itp_paws(const struct itp_conn *c, const struct itp_seg_in *seg,
	      const struct itp_env *env);
/* SYN-SENT: @seg echoes a timestamp that is not ours. */
bool itp_ts_foreign(const struct itp_conn *c, const struct itp_seg_in *seg,
		    const struct itp_env *env);
/* @seg is acceptable: TS.Recent follows; @acked: the last ACK field sent. */
void itp_ts_take(u32 *recent, const struct itp_seg_in *seg, u32 acked);
/* Round-trip time from the echo in @seg, us; 0: none. */
u64 itp_ts_rtt(const struct itp_conn *c, const struct itp_seg_in *seg,
	       const struct itp_env *env);

/* rtt.c: RFC 6298 */
void itp_rtt_sample(struct itp_conn *c, const struct itp_env *env, u64 rtt_us);
void itp_rto_bound(struct itp_conn *c, const struct itp_env *env);

/* reno.c: RFC 5681 and 6582 */
u32 itp_cc_first_cwnd(const struct itp_conn *c, const struct itp_env *env);
void itp_cc_init(struct itp_conn *c, const struct itp_env *env);
void itp_cc_dup_ack(struct itp_conn *c, const struct itp_env *env);
/* @acked octets left the network, @flight was outstanding before. */
void itp_cc_acked(struct itp_conn *c, const struct itp_env *env, u32 acked,
		  u32 flight);
void itp_cc_rto(struct itp_conn *c, const struct itp_env *env);
/* Nothing was sent for longer than an RTO: RFC 5681 4.1. */
void itp_cc_idle(struct itp_conn *c, const struct itp_env *env);

/* How long text may stay unacknowledged; 0: R2 decides (RFC 9293 3.8.3). */
static inline u64 itp_user_timeout_us(const struct itp_conn *c,
				      const struct itp_env *env)
{
	u32 ms = c->user_timeout_ms ? c->user_timeout_ms
				    : itp_tun(env->tun, user_timeout);

	return ms * 1000ULL;
}

/* What a peer takes whose SYN says nothing about it. */
static inline u16 itp_mss_default(const struct itp_env *env)
{
	return env->v6 ? ITP_MSS_MIN_DEFAULT6 : ITP_MSS_MIN_DEFAULT;
}

/* The size of the peer's segments before the first one came. */
static inline u16 itp_rcv_mss_first(const struct itp_conn *c)
{
	u16 mss = min_t(u16, c->mss_adv ? c->mss_adv : ITP_MSS_MIN_DEFAULT,
			ITP_MSS_MIN_DEFAULT);

	return max_t(u16, mss, ITP_MSS_LEAST);
}

static inline u32 itp_flight(const struct itp_conn *c)
{
	return c->snd_nxt - c->snd_una;
}

/* Our FIN is acknowledged. */
static inline bool itp_fin_acked(const struct itp_conn *c)
{
	return c->fin_sent && c->snd_una == c->write_seq + 1;
}

static inline bool itp_unsent(const struct itp_conn *c)
{
	return (c->fin_queued && !c->fin_sent) ||
	       (!c->fin_sent && seq_lt(c->snd_nxt, c->write_seq));
}

#endif /* _ITP_INTERNAL_H */
