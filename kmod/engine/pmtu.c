// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path MTU without ICMP (RFC 4821): segments that time out for as long as
 * R1 become smaller, since a router may drop them without a word; new text in
 * a larger segment shows whether the path takes more. A probe that is lost
 * alone goes again in smaller segments and counts as no sign of congestion.
 *
 * All sizes here are octets of text and TCP options. The size in use is
 * itp_pmtu.low, which is known to pass; itp_mss_sync() asks for it.
 */
#include <env.h>
#include "internal.h"

/* So many more segments have to follow a probe, for duplicate ACKs. */
#define ITP_PMTU_FOLLOW	(ITP_DUP_THRESH + 1)

static u32 itp_pmtu_opts(const struct itp_conn *c)
{
	return c->ts_ok ? ITP_TS_LEN : 0;
}

/* Every IPv6 path takes 1280 octets (RFC 8200 5). */
static u32 itp_pmtu_floor(const struct itp_env *env)
{
	u32 least = max(itp_tun(env->tun, mtu_probe_floor),
			itp_tun(env->tun, min_snd_mss));

	return env->v6 ? max(least, ITP_MSS_MIN_DEFAULT6) : least;
}

static void itp_pmtu_begin(struct itp_pmtu *p, u32 low, u32 most)
{
	memset(p, 0, sizeof(*p));
	p->high = min(most, 0xffffU);
	p->low = min_t(u32, low, p->high);
}

u32 itp_pmtu_cap(struct itp_conn *c, const struct itp_env *env, u32 most)
{
	struct itp_pmtu *p;
	u32 mode = itp_tun(env->tun, mtu_probing);

	if (!c->flow || c->state == ITP_SYN_SENT || c->state == ITP_SYN_RECV)
		return most;
	p = &c->flow->pmtu;
	if (!mode && p->low)
		memset(p, 0, sizeof(*p));
	if (mode == 2 && !p->low)
		itp_pmtu_begin(p, max(itp_tun(env->tun, base_mss),
				      itp_pmtu_floor(env)), most);
	if (!p->low)
		return most;
	/* What ICMP or the program says goes without a search. */
	if (p->high > most)
		p->high = most;
	if (p->low > most)
		p->low = most;
	return p->low;
}

/*
 * The size to try next: the most that may be, where nothing speaks against it,
 * else half-way; not more than twice what passes. 0: the search is over.
 */
static u32 itp_pmtu_size(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_pmtu *p = &c->flow->pmtu;
	u64 pause = itp_tun(env->tun, probe_interval) * ITP_USEC;

	if (p->done_us) {
		if (env->now_us - p->done_us < pause)
			return 0;
		p->done_us = 0;
		p->failed = false;
		p->high = min(itp_mss_most(c, env), 0xffffU);
	}
	if (p->high < p->low + itp_tun(env->tun, probe_threshold)) {
		p->done_us = env->now_us;
		itp_env_event(c, ITP_EVENT_PMTU, ITP_PMTU_DONE, p->low);
		return 0;
	}
	return min(2U * p->low,
		   p->failed ? (p->low + p->high + 1U) / 2 : p->high);
}

u32 itp_pmtu_next(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_flow *f = c->flow;
	u32 edge = c->snd_una + c->snd_wnd;
	u32 size, text, need;

	if (!f || !f->pmtu.low || f->pmtu.size || f->pmtu.repairing ||
	    f->ca_state != ITP_CA_OPEN || f->lost || c->snd_urg ||
	    env->now_us < f->pmtu.next_us)
		return 0;
	size = itp_pmtu_size(c, env);
	if (!size)
		return 0;
	text = size - itp_pmtu_opts(c);
	/* RFC 4821 7.4: enough to tell its loss by what follows. */
	need = text + ITP_PMTU_FOLLOW * c->mss_snd;
	if (c->write_seq - c->snd_nxt < need || c->snd_wnd < need ||
	    f->cwnd < need)
		return 0;
	if (itp_pipe(c) + text > f->cwnd || seq_gt(c->snd_nxt + text, edge))
		return ITP_PMTU_HOLD;
	return text;
}

void itp_pmtu_sent(struct itp_conn *c, const struct itp_env *env,
		   const struct itp_seg_out *seg)
{
	struct itp_pmtu *p = &c->flow->pmtu;

	p->seq = seg->seq;
	p->end = seg->seq + seg->len;
	p->size = seg->len + itp_pmtu_opts(c);
	itp_env_count(env, ITP_CNT_mtu_probes, 1);
	itp_env_event(c, ITP_EVENT_PMTU, ITP_PMTU_PROBE, p->size);
}

/*
 * The loss of a probe does not slow the connection down, so probes must not be
 * lost as often as would matter: a window of round trips lies between them.
 */
static void itp_pmtu_pause(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_flow *f = c->flow;
	u32 rounds = max(f->cwnd / c->mss_snd, 1U);

	f->pmtu.size = 0;
	f->pmtu.next_us = env->now_us + (u64)rounds * (c->srtt_us >> 3);
}

void itp_pmtu_unsure(struct itp_conn *c, const struct itp_env *env)
{
	itp_env_event(c, ITP_EVENT_PMTU, ITP_PMTU_UNSURE, c->flow->pmtu.size);
	itp_pmtu_pause(c, env);
}

/* The probe did not pass. */
static void itp_pmtu_failed(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_pmtu *p = &c->flow->pmtu;

	itp_env_count(env, ITP_CNT_mtu_probes_lost, 1);
	itp_env_event(c, ITP_EVENT_PMTU, ITP_PMTU_LOST, p->size);
	if (p->size <= p->high && p->size > p->low)
		p->high = p->size - 1;
	p->failed = true;
	itp_pmtu_pause(c, env);
}

bool itp_pmtu_acked(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_pmtu *p = &c->flow->pmtu;

	if (!(p->size || p->repairing) || seq_lt(c->snd_una, p->end))
		return false;
	if (p->repairing) {
		p->repairing = false;
		return seq_lt(c->snd_una, p->repair);
	}
	/* RFC 4821 7.6.1; windows are octets and stay what they are. */
	if (p->size > p->low && p->size <= p->high)
		p->low = p->size;
	itp_env_count(env, ITP_CNT_mtu_probes_passed, 1);
	itp_env_event(c, ITP_EVENT_PMTU, ITP_PMTU_PASSED, p->size);
	p->size = 0;
	return false;
}

bool itp_pmtu_at_head(const struct itp_conn *c)
{
	return c->flow && c->flow->pmtu.size &&
	       c->flow->pmtu.seq == c->snd_una;
}

/* The probe goes again, in segments of the size in use. */
static void itp_pmtu_again(struct itp_conn *c, const struct itp_env *env)
{
	struct itp_pmtu *p = &c->flow->pmtu;

	itp_mark_lost(c, env, itp_range_find(&c->sent, p->seq),
		      p->end - p->seq, ITP_WHY_PMTU);
	p->repairing = true;
	p->repair = c->snd_nxt;
}

bool itp_pmtu_repairs(const struct itp_conn *c, const struct itp_range *r)
{
	const struct itp_pmtu *p = &c->flow->pmtu;

	return p->repairing && seq_lt(r->start, p->end);
}

bool itp_pmtu_dup_acks(struct itp_conn *c, const struct itp_env *env)
{
	if (!itp_pmtu_at_head(c))
		return false;
	itp_pmtu_failed(c, env);
	itp_pmtu_again(c, env);
	return true;
}

bool itp_pmtu_too_big(struct itp_conn *c, const struct itp_env *env)
{
	if (!c->flow || c->flow->pmtu.size <= env->path_mss)
		return false;
	itp_pmtu_failed(c, env);
	itp_pmtu_again(c, env);
	/* What lies before it is not known to have arrived. */
	c->flow->pmtu.repairing = false;
	return true;
}

/*
 * Nothing passes any more: go on with base_mss, or half of what timed out if
 * that is not larger (RFC 4821 7.7).
 */
static void itp_pmtu_black_hole(struct itp_conn *c, const struct itp_env *env,
				const struct itp_range *head)
{
	u32 text = head->end - head->start - !!(head->flags & ITP_RNG_FIN);
	u32 tried = min_t(u32, text, c->mss_snd) + itp_pmtu_opts(c);
	u32 base = itp_tun(env->tun, base_mss);
	u32 low = max(tried > base ? base : tried / 2, itp_pmtu_floor(env));

	if (!itp_tun(env->tun, mtu_probing) || !c->snd_wnd || low >= tried)
		return;
	itp_pmtu_begin(&c->flow->pmtu, low, itp_mss_most(c, env));
	/* What was tried did not pass: do not begin with the most. */
	c->flow->pmtu.failed = true;
	itp_mss_sync(c, env);
	itp_env_count(env, ITP_CNT_mtu_black_holes, 1);
	itp_env_event(c, ITP_EVENT_PMTU, ITP_PMTU_HOLE, low);
}

void itp_pmtu_rto(struct itp_conn *c, const struct itp_env *env,
		  const struct itp_range *head, bool r1)
{
	if (!c->flow || (head->flags & ITP_RNG_SYN))
		return;
	if (itp_pmtu_at_head(c))
		itp_pmtu_failed(c, env);
	else if (c->flow->pmtu.size)
		itp_pmtu_unsure(c, env);
	c->flow->pmtu.repairing = false;
	if (r1)
		itp_pmtu_black_hole(c, env, head);
}
