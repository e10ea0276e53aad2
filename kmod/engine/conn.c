// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a connection: made, opened, established, ended. Which moves between
 * states are legal stands in states.def; what makes them happen stands in
 * input.c, user.c and timer.c.
 */
#include <env.h>
#include "internal.h"

static const struct {
	u8 from;
	u8 to;
	u8 cause;
} itp_transitions[] = {
#define ITP_TRANSITION(from, to, cause, rfc, prose) \
	{ ITP_##from, ITP_##to, ITP_CAUSE_##cause },
#include "states.def"
};

static bool itp_state_legal(u8 from, u8 to, u8 cause)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(itp_transitions); i++)
		if (itp_transitions[i].from == from &&
		    itp_transitions[i].to == to &&
		    itp_transitions[i].cause == cause)
			return true;
	return false;
}

static void itp_state_count(const struct itp_env *env, u8 from, u8 to)
{
	if (to == ITP_SYN_SENT)
		itp_env_count(env, ITP_CNT_active_opens, 1);
	else if (to == ITP_ESTABLISHED)
		itp_env_count(env, ITP_CNT_established, 1);
	else if (to != ITP_CLOSED)
		return;
	else if (from == ITP_SYN_SENT || from == ITP_SYN_RECV)
		itp_env_count(env, ITP_CNT_attempt_fails, 1);
	else if (from == ITP_ESTABLISHED || from == ITP_CLOSE_WAIT)
		itp_env_count(env, ITP_CNT_estab_resets, 1);
}

void itp_state_set(struct itp_conn *c, const struct itp_env *env,
		   enum itp_state to, enum itp_cause cause)
{
	u8 from = c->state;

	ITP_ASSERT(itp_state_legal(from, to, cause));
	c->prev_state = from;
	c->state = to;
	c->cause = cause;
	c->entered_us = env->now_us;
	itp_state_count(env, from, to);
	itp_env_state(c, from, to, cause);
}

void itp_conn_init(struct itp_conn *c, u64 id, u64 now_us)
{
	memset(c, 0, sizeof(*c));
	c->id = id;
	c->state = ITP_CLOSED;
	c->created_us = now_us;
	c->entered_us = now_us;
	c->last_rcvd_us = now_us;
	c->progress_us = now_us;
	c->rto_us = ITP_RTO_INITIAL_US;
	c->mss_peer = ITP_MSS_MIN_DEFAULT;
	c->mss_snd = ITP_MSS_MIN_DEFAULT;
}

void itp_map_clear(struct itp_rangemap *map)
{
	struct itp_range *r;

	while ((r = itp_range_first(map)) != NULL) {
		itp_range_erase(map, r);
		itp_env_range_free(r);
	}
}

void itp_ranges_clear(struct itp_conn *c)
{
	struct itp_range *r;

	itp_map_clear(&c->sent);
	itp_map_clear(&c->held);
	while ((r = c->spare) != NULL) {
		c->spare = r->parent;
		itp_env_range_free(r);
	}
	c->nspare = 0;
	if (c->flow)
		c->flow->lost = 0;
}

void itp_conn_free(struct itp_conn *c)
{
	itp_ranges_clear(c);
	if (c->flow)
		itp_env_flow_free(c->flow);
	c->flow = NULL;
}

static void itp_timers_off(struct itp_conn *c)
{
	memset(c->timers, 0, sizeof(c->timers));
	c->deadline_us = 0;
	c->ack_now = false;
	c->ack_owed = false;
	c->challenge = false;
	c->probe = false;
	c->ka_probe = false;
}

void itp_conn_retire(struct itp_conn *c)
{
	ITP_ASSERT(c->state == ITP_TIME_WAIT);
	itp_timers_off(c);
	itp_ranges_clear(c);
	c->prev_state = ITP_TIME_WAIT;
	c->state = ITP_CLOSED;
}

int itp_flow_get(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_range *r;

	if (c->flow)
		return 0;
	c->flow = itp_env_flow_alloc();
	if (!c->flow)
		return -ENOMEM;
	c->flow->ato_us = itp_tun(env->tun, delack_min_us);
	c->flow->quick_acks = ITP_QUICK_ACKS;
	c->flow->rcv_mss = itp_rcv_mss_first(c);
	c->flow->recover = c->snd_una - 1;
	c->flow->last_data_sent_us = env->now_us;
	c->flow->last_data_rcvd_us = env->now_us;
	/* A SYN never counts as lost text; a FIN marked lost before now does. */
	for (r = itp_range_first(&c->sent); r; r = itp_range_next(r))
		if ((r->flags & ITP_RNG_LOST) && !(r->flags & ITP_RNG_SYN))
			c->flow->lost += r->end - r->start;
	/* A search may begin with less. */
	itp_mss_sync(c, env);
	itp_cc_init(c, env);
	return 0;
}

void itp_conn_done(struct itp_conn *c, const struct itp_env *env,
		   enum itp_cause cause, int err, struct itp_out *out)
{
	itp_state_set(c, env, ITP_CLOSED, cause);
	itp_timers_off(c);
	itp_ranges_clear(c);
	out->sk_err = err;
	out->flags &= ~(ITP_OUT_SEND | ITP_OUT_TIMEWAIT);
	out->flags |= ITP_OUT_STATE | ITP_OUT_READ | ITP_OUT_WRITE |
		      ITP_OUT_DEAD;
}

void itp_conn_reset(const struct itp_conn *c, const struct itp_env *env,
		    struct itp_out *out)
{
	memset(&out->reply, 0, sizeof(out->reply));
	out->reply.seq = c->snd_nxt;
	out->reply.ack = c->rcv_nxt;
	out->reply.flags = ITP_RST | ITP_ACK;
	out->reply.why = ITP_WHY_RST;
	if (c->ts_ok)
		itp_ts_put(&out->reply, env, c->ts_offset, c->ts_recent);
	out->flags |= ITP_OUT_REPLY;
}

void itp_conn_listen(struct itp_conn *c, const struct itp_env *env)
{
	c->role = ITP_ROLE_LISTENER;
	itp_state_set(c, env, ITP_LISTEN, ITP_CAUSE_USER_LISTEN);
}

void itp_conn_unlisten(struct itp_conn *c, const struct itp_env *env,
		       enum itp_cause cause)
{
	itp_state_set(c, env, ITP_CLOSED, cause);
}

u32 itp_syn_window(const struct itp_env *env, u8 *wscale)
{
	/* SO_RCVBUF may enlarge the buffer later, the scale stays. */
	u32 space = max(env->rcv_total, itp_tun(env->tun, rmem_max) / 2);

	*wscale = 0;
	if (itp_tun(env->tun, window_scaling))
		while (space > 0xffff && *wscale < ITP_WSCALE_MAX) {
			space >>= 1;
			(*wscale)++;
		}
	/* The window of a SYN is never scaled (RFC 7323 2.2). */
	return min(env->rcv_free, 0xffffU);
}

void itp_conn_open(struct itp_conn *c, const struct itp_env *env, u32 iss,
		   struct itp_out *out)
{
	memset(out, 0, sizeof(*out));
	c->role = ITP_ROLE_ACTIVE;
	c->iss = iss;
	c->snd_una = iss;
	c->snd_nxt = iss;
	c->snd_sml = iss;
	c->lost_hint = iss;
	c->write_seq = iss + 1;
	c->mss_adv = env->adv_mss;
	if (c->mss_user && c->mss_user < c->mss_adv)
		c->mss_adv = c->mss_user;
	c->progress_us = env->now_us;
	/* RCV.NXT is not known yet: the window stands alone in rcv_right. */
	c->rcv_right = itp_syn_window(env, &c->rcv_wscale);
	c->wscale_offered = itp_tun(env->tun, window_scaling);
	c->sack_offered = itp_tun(env->tun, sack);
	c->ts_offered = itp_tun(env->tun, timestamps);
	c->ts_offset = itp_ts_offset(env);
	itp_state_set(c, env, ITP_SYN_SENT, ITP_CAUSE_USER_CONNECT);
	out->flags |= ITP_OUT_SEND | ITP_OUT_STATE;
}

void itp_conn_opened(struct itp_conn *c, const struct itp_env *env,
		     enum itp_cause cause, struct itp_out *out)
{
	itp_state_set(c, env, ITP_ESTABLISHED, cause);
	c->retries = 0;
	c->backoff = 0;
	c->progress_us = env->now_us;
	itp_mss_sync(c, env);
	if (c->flow)
		itp_cc_init(c, env);
	itp_keepalive_start(c, env);
	out->flags |= ITP_OUT_STATE | ITP_OUT_WRITE | ITP_OUT_SEND;
}

u32 itp_mss_most(const struct itp_conn *c, const struct itp_env *env)
{
	u32 mss = c->mss_peer;

	if (env->path_mss < mss)
		mss = env->path_mss;
	if (c->mss_user && c->mss_user < mss)
		mss = c->mss_user;
	return max(mss, itp_tun(env->tun, min_snd_mss));
}

void itp_mss_sync(struct itp_conn *c, const struct itp_env *env)
{
	u32 mss = itp_pmtu_cap(c, env, itp_mss_most(c, env));

	/* The peer's MSS does not count options (RFC 9293 3.7.1). */
	c->mss_snd = mss - (c->ts_ok ? ITP_TS_LEN : 0);
}
