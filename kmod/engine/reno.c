// SPDX-License-Identifier: GPL-2.0-only
/*
 * Congestion control: slow start, congestion avoidance, fast retransmit and
 * recovery without SACK: RFC 5681, RFC 6582 (NewReno), RFC 3042, RFC 6928.
 * Windows are octets. What is sent within them is output.c's.
 */
#include <env.h>
#include "internal.h"

/* RFC 6928: min(10 MSS, max(2 MSS, 14600)), for initial_window 10. */
static u32 itp_cc_initial_window(const struct itp_conn *c,
				 const struct itp_env *env)
{
	u32 segs = itp_tun(env->tun, initial_window);

	return min(segs * c->mss_snd, max(2U * c->mss_snd, segs * 1460U));
}

/* What a connection that has not sent text yet begins with. */
u32 itp_cc_first_cwnd(const struct itp_conn *c, const struct itp_env *env)
{
	/* The SYN was lost: start with one segment (RFC 5681 3.1). */
	if (c->retrans > 1)
		return c->mss_snd;
	return itp_cc_initial_window(c, env);
}

void itp_cc_init(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_flow *f = c->flow;

	f->ssthresh = ITP_SSTHRESH_NONE;
	f->cwnd = itp_cc_first_cwnd(c, env);
}

static void itp_cc_report(struct itp_conn *c)
{
	itp_env_event(c, ITP_EVENT_CWND, c->flow->cwnd, c->flow->ssthresh);
}

/* RFC 5681 (4). */
static u32 itp_cc_half(const struct itp_conn *c, u32 flight)
{
	return max(flight / 2, 2U * c->mss_snd);
}

static void itp_cc_grow(struct itp_conn *c, u32 acked, u32 flight)
{
	struct itp_flow *f = c->flow;
	bool slow = f->cwnd < f->ssthresh;

	/* The window was not what limited us: leave it (RFC 7661 4.4). */
	if (flight + c->mss_snd <= (slow ? f->cwnd / 2 : f->cwnd))
		return;
	if (slow) {
		/* RFC 3465 with L = 2: an ACK stands for two segments at most. */
		f->cwnd += min(acked, 2U * c->mss_snd);
		if (f->cwnd > f->ssthresh)
			f->cwnd = f->ssthresh;
	} else {
		f->ca_acked += acked;
		if (f->ca_acked >= f->cwnd) {
			f->ca_acked -= f->cwnd;
			f->cwnd += c->mss_snd;
		}
	}
	if (f->cwnd > 0x40000000)
		f->cwnd = 0x40000000;
}

static void itp_cc_leave(struct itp_conn *c)
{
	c->flow->ca_state = ITP_CA_OPEN;
	c->flow->dup_acks = 0;
	c->flow->partial_acks = 0;
	c->flow->ca_acked = 0;
	itp_env_event(c, ITP_EVENT_RECOVERY, 0, c->flow->cwnd);
}

/* The third duplicate ACK: RFC 6582 3.2 step 2, RFC 5681 3.2 steps 2 and 3. */
static void itp_cc_recover(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_flow *f = c->flow;

	/* What limited transmit added does not count (RFC 5681 3.2 step 2). */
	f->ssthresh = itp_cc_half(c, min(itp_flight(c), f->cwnd));
	f->recover = c->snd_nxt;
	f->cwnd = f->ssthresh + ITP_DUP_THRESH * c->mss_snd;
	f->ca_state = ITP_CA_RECOVERY;
	f->partial_acks = 0;
	itp_mark_lost(c, env, itp_range_first(&c->sent), c->mss_snd,
		      ITP_WHY_FAST);
	itp_env_count(env, ITP_CNT_fast_retrans, 1);
	itp_env_event(c, ITP_EVENT_RECOVERY, 1, f->cwnd);
}

void itp_cc_dup_ack(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_flow *f = c->flow;

	f->dup_acks_in++;
	if (f->ca_state == ITP_CA_LOSS)
		return;
	if (f->dup_acks < 255)
		f->dup_acks++;
	if (f->ca_state == ITP_CA_RECOVERY) {
		f->cwnd += c->mss_snd;
		return;
	}
	f->ca_state = ITP_CA_DISORDER;
	/*
	 * No second recovery for losses of the first: everything up to recover
	 * must be acknowledged before (RFC 6582 3.2 step 2, 4.1).
	 */
	if (f->dup_acks == ITP_DUP_THRESH && seq_gt(c->snd_una, f->recover) &&
	    !itp_pmtu_dup_acks(c, env))
		itp_cc_recover(c, env);
	itp_cc_report(c);
}

/* RFC 6582 3.2 step 3. */
static void itp_cc_acked_recovery(struct itp_conn *c, const struct itp_env *env,
				  u32 acked)
{
	struct itp_flow *f = c->flow;
	u32 head;

	if (seq_ge(c->snd_una, f->recover)) {
		f->cwnd = min(f->ssthresh, max_t(u32, itp_flight(c), c->mss_snd) +
					   c->mss_snd);
		itp_cc_leave(c);
		return;
	}
	head = c->mss_snd;
	if (itp_pmtu_at_head(c)) {
		/* All of a probe, in segments of the usual size. */
		head = f->pmtu.end - f->pmtu.seq;
		itp_pmtu_unsure(c, env);
	}
	itp_mark_lost(c, env, itp_range_first(&c->sent), head, ITP_WHY_FAST);
	f->cwnd -= min(acked, f->cwnd - c->mss_snd);
	if (acked >= c->mss_snd)
		f->cwnd += c->mss_snd;
	/* Only the first partial ACK restarts the timer. */
	if (!f->partial_acks++)
		itp_rto_restart(c, env);
}

void itp_cc_acked(struct itp_conn *c, const struct itp_env *env, u32 acked,
		  u32 flight)
{
	struct itp_flow *f = c->flow;
	bool more = itp_pmtu_acked(c, env);

	switch (f->ca_state) {
	case ITP_CA_RECOVERY:
		itp_cc_acked_recovery(c, env, acked);
		break;
	case ITP_CA_LOSS:
		itp_cc_grow(c, acked, flight);
		if (seq_ge(c->snd_una, f->recover))
			itp_cc_leave(c);
		break;
	default:
		f->ca_state = ITP_CA_OPEN;
		f->dup_acks = 0;
		/* Keep recover near, comparisons reach 2^31 octets only. */
		f->recover = seq_max(f->recover, c->snd_una - 1);
		/* A probe was lost, and not alone: congestion after all. */
		if (more)
			itp_cc_recover(c, env);
		else
			itp_cc_grow(c, acked, flight);
		break;
	}
	itp_cc_report(c);
}

void itp_cc_rto(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_flow *f = c->flow;

	/* Further time-outs of the same segment leave ssthresh (RFC 5681 3.1). */
	if (c->retries <= 1)
		f->ssthresh = itp_cc_half(c, itp_flight(c));
	f->cwnd = c->mss_snd;
	f->ca_acked = 0;
	f->dup_acks = 0;
	f->recover = c->snd_nxt;
	f->ca_state = ITP_CA_LOSS;
	(void)env;
	itp_env_event(c, ITP_EVENT_RECOVERY, 2, f->cwnd);
	itp_cc_report(c);
}

void itp_cc_idle(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_flow *f = c->flow;
	u32 iw = itp_cc_initial_window(c, env);

	if (f->cwnd > iw) {
		f->cwnd = iw;
		itp_cc_report(c);
	}
}
