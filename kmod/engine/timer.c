// SPDX-License-Identifier: GPL-2.0-only
/*
 * The logical timers of timers.def: when each is set, what it does when it is
 * due, and when a connection is given up (RFC 9293 section 3.8.3). The kernel
 * timer behind them is the shell's.
 */
#include <env.h>
#include "internal.h"

void itp_deadline_update(struct itp_conn *c)
{
	u64 first = 0;
	unsigned int i;

	for (i = 0; i < ITP_TIMER_MAX; i++)
		if (c->timers[i] && (!first || c->timers[i] < first))
			first = c->timers[i];
	c->deadline_us = first;
}

u64 itp_rto_backed_off(const struct itp_conn *c, const struct itp_env *env)
{
	u64 top = itp_tun(env->tun, rto_max_ms) * 1000ULL;
	u64 rto = (u64)c->rto_us << min_t(u8, c->backoff, 30);

	return min(rto, top);
}

void itp_rto_restart(struct itp_conn *c, const struct itp_env *env)
{
	u64 at = env->now_us + itp_rto_backed_off(c, env);
	u64 limit = itp_user_timeout_us(c, env);

	if (ITP_MUTATE(2) && c->retries)
		return;
	if (limit)
		at = min(at, max(c->progress_us + limit, env->now_us + 1));
	c->timers[ITP_TIMER_RTO] = at;
}

/*
 * How long @n retransmissions take that start at @base and double up to
 * rto_max: the time that R1 and R2 stand for.
 */
static u64 itp_retries_time(const struct itp_env *env, u64 base, u32 n)
{
	u64 top = itp_tun(env->tun, rto_max_ms) * 1000ULL;
	u64 sum = 0;
	u32 i;

	for (i = 0; i <= n; i++) {
		sum += min(base, top);
		if (base < top)
			base <<= 1;
	}
	return sum;
}

#define ITP_RETRIES_BASE_US	200000ULL

static u32 itp_retries_limit(const struct itp_conn *c, const struct itp_env *env)
{
	return c->orphan ? itp_tun(env->tun, orphan_retries)
			 : itp_tun(env->tun, retries2);
}

/* How long the oldest unacknowledged octet has waited. */
static u64 itp_rto_waited(const struct itp_conn *c, const struct itp_env *env,
			  const struct itp_range *head)
{
	return env->now_us - max(head->first_sent_us, c->progress_us);
}

/* Has the oldest unacknowledged octet waited for too long? */
static bool itp_rto_exhausted(const struct itp_conn *c,
			      const struct itp_env *env,
			      const struct itp_range *head)
{
	u64 waited = itp_rto_waited(c, env, head);
	u64 limit = itp_user_timeout_us(c, env);

	if (limit)
		return waited >= limit;
	/*
	 * The peer shut its window over text in flight: retransmissions act as
	 * probes, and any answer keeps the connection (RFC 9293 3.8.6.1).
	 */
	if (!c->snd_wnd && !c->orphan)
		return env->now_us - c->last_rcvd_us >
		       2 * itp_tun(env->tun, rto_max_ms) * 1000ULL;
	return waited >= itp_retries_time(env, ITP_RETRIES_BASE_US,
					  itp_retries_limit(c, env));
}

static void itp_give_up(struct itp_conn *c, const struct itp_env *env,
			enum itp_cause cause, struct itp_out *out)
{
	itp_conn_done(c, env, cause, c->soft_error ? c->soft_error : ETIMEDOUT,
		      out);
}

/* SYN and SYN-ACK: counted, so that a student can count them too. */
static bool itp_rto_syn(struct itp_conn *c, const struct itp_env *env,
			struct itp_out *out)
{
	bool active = c->state == ITP_SYN_SENT;
	u32 limit = active ? itp_tun(env->tun, syn_retries)
			   : itp_tun(env->tun, synack_retries);
	u64 waited = env->now_us - c->created_us;
	u64 longest = itp_user_timeout_us(c, env);

	if (c->syn_retries)
		limit = c->syn_retries;
	if (active)
		limit += itp_tun(env->tun, syn_linear_timeouts);
	if (c->retries < limit && !(longest && waited >= longest))
		return false;
	itp_give_up(c, env, active ? ITP_CAUSE_TIMEOUT_SYN
				   : ITP_CAUSE_TIMEOUT_SYNACK, out);
	return true;
}

/* Does the time-out that just passed leave the next one as long? */
static bool itp_rto_linear(const struct itp_conn *c, const struct itp_env *env)
{
	if (c->state == ITP_SYN_SENT)
		return c->retries <= itp_tun(env->tun, syn_linear_timeouts);
	return itp_tun(env->tun, thin_linear_timeouts) &&
	       c->state == ITP_ESTABLISHED && c->retries <= ITP_THIN_RETRIES &&
	       itp_flight(c) < ITP_THIN_SEGS * c->mss_snd;
}

/*
 * R1 (RFC 9293 3.8.3, MUST-20): the path may be to blame. The shell has the
 * route looked up anew, and segments may be too large for it. True: so long.
 */
static bool itp_rto_r1(const struct itp_conn *c, const struct itp_env *env,
		       const struct itp_range *head, struct itp_out *out)
{
	if (itp_rto_waited(c, env, head) <
	    itp_retries_time(env, ITP_RETRIES_BASE_US,
			     itp_tun(env->tun, retries1)))
		return false;
	itp_env_count(env, ITP_CNT_reroutes, 1);
	out->flags |= ITP_OUT_REROUTE;
	return true;
}

static void itp_expire_rto(struct itp_conn *c, const struct itp_env *env,
			   struct itp_out *out)
{
	struct itp_range *head = itp_range_first(&c->sent);
	u64 passed = itp_rto_backed_off(c, env);

	if (!head)
		return;
	if (head->times && c->segs_out - head->xmit_nr < env->host_pkts) {
		/* Not even on the wire yet: time-outs mean nothing. */
		c->timers[ITP_TIMER_RTO] = env->now_us +
					   min(passed, ITP_USEC / 2);
		return;
	}
	if (c->state == ITP_SYN_SENT || c->state == ITP_SYN_RECV) {
		if (itp_rto_syn(c, env, out))
			return;
	} else if (itp_rto_exhausted(c, env, head)) {
		itp_give_up(c, env, ITP_CAUSE_TIMEOUT_RTO, out);
		return;
	}
	itp_pmtu_rto(c, env, head, itp_rto_r1(c, env, head, out));
	if (c->retries < 255)
		c->retries++;
	if (c->backoff < 30 && !itp_rto_linear(c, env))
		c->backoff++;
	itp_mark_all_lost(c, (head->flags & ITP_RNG_SYN) ? ITP_WHY_SYN
							 : ITP_WHY_RTO);
	if (c->flow && !(head->flags & ITP_RNG_SYN))
		itp_cc_rto(c, env);
	itp_env_count(env, ITP_CNT_rto, 1);
	itp_env_event(c, ITP_EVENT_RTO, passed, c->retries);
	itp_rto_restart(c, env);
	out->flags |= ITP_OUT_SEND;
}

/*
 * Nothing in flight and something waits: the window is shut (probe it), or too
 * small for a full segment, or the program corked (send what fits: the
 * override time-out of RFC 9293 3.8.6.2.1).
 */
static void itp_expire_persist(struct itp_conn *c, const struct itp_env *env,
			       struct itp_out *out)
{
	u64 wait = env->now_us - c->progress_us;
	u64 limit = itp_user_timeout_us(c, env);

	if (itp_flight(c) || !itp_unsent(c))
		return;
	out->flags |= ITP_OUT_SEND;
	if (c->snd_wnd) {
		c->push = true;
		c->timers[ITP_TIMER_PERSIST] = env->now_us +
					       itp_rto_backed_off(c, env);
		return;
	}
	if ((limit && wait >= limit) ||
	    c->probes >= itp_retries_limit(c, env)) {
		itp_give_up(c, env, ITP_CAUSE_TIMEOUT_PROBE, out);
		return;
	}
	c->probe = true;
	if (c->probes < 255)
		c->probes++;
	if (c->backoff < 30)
		c->backoff++;
	c->timers[ITP_TIMER_PERSIST] = env->now_us + itp_rto_backed_off(c, env);
	itp_env_event(c, ITP_EVENT_PROBE, c->probes,
		      itp_rto_backed_off(c, env));
}

/*
 * This host refused a segment 10 ms ago: try again. With nothing in flight no
 * other timer runs, so this one sees to it that a host without a route does not
 * keep a connection for ever: it is given up when a peer that does not answer
 * would be (R2), counted from the first refusal in a row.
 */
static void itp_expire_local(struct itp_conn *c, const struct itp_env *env,
			     struct itp_out *out)
{
	u64 limit = itp_user_timeout_us(c, env);

	out->flags |= ITP_OUT_SEND;
	if (itp_flight(c) || !itp_unsent(c) || c->state == ITP_SYN_SENT ||
	    c->state == ITP_SYN_RECV)
		return;
	if (!c->retries)
		c->progress_us = env->now_us;
	if (c->retries < 255)
		c->retries++;
	if (!limit)
		limit = itp_retries_time(env, ITP_RETRIES_BASE_US,
					 itp_retries_limit(c, env));
	if (env->now_us - c->progress_us >= limit)
		itp_give_up(c, env, ITP_CAUSE_TIMEOUT_RTO, out);
}

static void itp_expire_delack(struct itp_conn *c, const struct itp_env *env,
			      struct itp_out *out)
{
	if (!c->ack_owed)
		return;
	c->ack_now = true;
	itp_env_count(env, ITP_CNT_delayed_acks, 1);
	out->flags |= ITP_OUT_SEND;
}

static u64 itp_ka_idle_us(const struct itp_conn *c, const struct itp_env *env)
{
	return (c->ka_idle ? c->ka_idle : itp_tun(env->tun, keepalive_time)) *
	       ITP_USEC;
}

static u64 itp_ka_intvl_us(const struct itp_conn *c, const struct itp_env *env)
{
	return (c->ka_intvl ? c->ka_intvl
			    : itp_tun(env->tun, keepalive_intvl)) * ITP_USEC;
}

void itp_keepalive_start(struct itp_conn *c, const struct itp_env *env)
{
	u64 *t = &c->timers[ITP_TIMER_KEEPALIVE];

	*t = 0;
	switch (c->state) {
	case ITP_CLOSED:
	case ITP_LISTEN:
	case ITP_SYN_SENT:
	case ITP_TIME_WAIT:
		break;
	default:
		if (c->keepalive)
			*t = max(c->last_rcvd_us + itp_ka_idle_us(c, env),
				 env->now_us + 1);
	}
	itp_deadline_update(c);
}

static void itp_expire_keepalive(struct itp_conn *c, const struct itp_env *env,
				 struct itp_out *out)
{
	u64 *t = &c->timers[ITP_TIMER_KEEPALIVE];
	u64 idle = env->now_us - c->last_rcvd_us;
	u32 limit = c->ka_probes ? c->ka_probes
				 : itp_tun(env->tun, keepalive_probes);
	u64 longest = itp_user_timeout_us(c, env);
	bool over;

	if (!c->keepalive)
		return;
	/* Outstanding text keeps its own time (RFC 9293 3.8.4). */
	if (itp_flight(c) || itp_unsent(c)) {
		*t = env->now_us + itp_ka_idle_us(c, env);
		return;
	}
	if (idle < itp_ka_idle_us(c, env)) {
		*t = c->last_rcvd_us + itp_ka_idle_us(c, env);
		return;
	}
	over = c->probes >= limit;
	if (longest)
		over = c->probes && idle >= longest;
	if (over) {
		itp_conn_reset(c, env, out);
		itp_give_up(c, env, ITP_CAUSE_TIMEOUT_KEEPALIVE, out);
		return;
	}
	c->ka_probe = true;
	if (c->probes < 255)
		c->probes++;
	*t = env->now_us + itp_ka_intvl_us(c, env);
	itp_env_event(c, ITP_EVENT_PROBE, c->probes, itp_ka_intvl_us(c, env));
	out->flags |= ITP_OUT_SEND;
}

void itp_fin_wait2_start(struct itp_conn *c, const struct itp_env *env,
			 struct itp_out *out)
{
	u64 wait = itp_tun(env->tun, fin_timeout) * ITP_USEC;
	u64 floor = (u64)c->rto_us * 7 / 2;

	if (c->linger2 < 0) {
		itp_conn_done(c, env, ITP_CAUSE_TIMEOUT_FIN_WAIT2, 0, out);
		return;
	}
	if (c->linger2)
		wait = (u32)c->linger2 * ITP_USEC;
	c->timers[ITP_TIMER_FIN_WAIT2] = env->now_us + max(wait, floor);
	itp_deadline_update(c);
}

static void itp_expire_one(struct itp_conn *c, const struct itp_env *env,
			   enum itp_timer t, struct itp_out *out)
{
	switch (t) {
	case ITP_TIMER_RTO:
		itp_expire_rto(c, env, out);
		break;
	case ITP_TIMER_PERSIST:
		itp_expire_persist(c, env, out);
		break;
	case ITP_TIMER_DELACK:
		itp_expire_delack(c, env, out);
		break;
	case ITP_TIMER_KEEPALIVE:
		itp_expire_keepalive(c, env, out);
		break;
	case ITP_TIMER_FIN_WAIT2:
		itp_conn_done(c, env, ITP_CAUSE_TIMEOUT_FIN_WAIT2, 0, out);
		break;
	case ITP_TIMER_LOCAL:
		itp_expire_local(c, env, out);
		break;
	default:
		break;
	}
}

void itp_expire(struct itp_conn *c, const struct itp_env *env,
		struct itp_out *out)
{
	unsigned int i;
	u64 due;

	memset(out, 0, sizeof(*out));
	out->deliver_to = c->rcv_nxt;
	for (i = 0; i < ITP_TIMER_MAX && c->state != ITP_CLOSED; i++) {
		due = c->timers[i];
		if (!due || due > env->now_us)
			continue;
		c->timers[i] = 0;
		itp_env_event(c, ITP_EVENT_TIMER, i, env->now_us - due);
		itp_expire_one(c, env, i, out);
	}
	itp_deadline_update(c);
}
