/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine's surroundings in the kernel: slabs, counters per CPU, reports
 * that cost one static branch while nobody listens. The twin for userspace
 * tests is selftests/env/env.h; both have the same functions.
 */
#ifndef _ITP_ENV_H
#define _ITP_ENV_H

#include <linux/build_bug.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint-defs.h>
#include <linux/types.h>
#include "../unmacro.h"
#include "../net.h"
#include "../engine/engine.h"

/* A broken rule of the engine itself: say so once, go on. */
#define ITP_ASSERT(cond) WARN_ON_ONCE(!(cond))

/* Mutations exist in tests only. */
#define ITP_MUTATE(nr) 0

/* main.c */
extern struct kmem_cache *itp_range_cache;
extern struct kmem_cache *itp_flow_cache;

/* trace.c */
void itp_report_conn(const struct itp_conn *c, u8 from, u8 to, u8 cause);
void itp_report_req(const struct itp_req *r, u8 from, u8 to, u8 cause);
void itp_report_tw(const struct itp_tw *tw, u8 from, u8 to, u8 cause);
void itp_report_event(u64 id, enum itp_event ev, u64 a, u64 b);

#define ITP_EVENT(name, low, a, b) DECLARE_TRACEPOINT(itp_##low);
#include "../engine/events.def"

static inline struct itp_range *itp_env_range_alloc(bool can_sleep)
{
	return kmem_cache_alloc(itp_range_cache, can_sleep ? GFP_KERNEL :
				GFP_ATOMIC | __GFP_NOWARN);
}

static inline void itp_env_range_free(struct itp_range *r)
{
	kmem_cache_free(itp_range_cache, r);
}

/* Zeroed. */
static inline struct itp_flow *itp_env_flow_alloc(void)
{
	return kmem_cache_zalloc(itp_flow_cache, GFP_ATOMIC | __GFP_NOWARN);
}

static inline void itp_env_flow_free(struct itp_flow *f)
{
	kmem_cache_free(itp_flow_cache, f);
}

static inline u32 itp_env_random(void)
{
	return get_random_u32();
}

static inline u64 itp_env_div(u64 a, u32 b)
{
	return div_u64(a, b);
}

static inline void itp_env_count(const struct itp_env *env,
				 enum itp_counter cnt, u64 n)
{
	const struct itp_net *ns = env->ns;

	this_cpu_add(ns->counters->v[cnt], n);
}

/* @c moved; its state is @to already. */
static inline void itp_env_state(const struct itp_conn *c, u8 from, u8 to,
				 u8 cause)
{
	itp_report_conn(c, from, to, cause);
}

static inline void itp_env_req_state(const struct itp_req *r, u8 from, u8 to,
				     u8 cause)
{
	itp_report_req(r, from, to, cause);
}

static inline void itp_env_tw_state(const struct itp_tw *tw, u8 from, u8 to,
				    u8 cause)
{
	itp_report_tw(tw, from, to, cause);
}

/* Everything else that events.def lists; @ev is a constant. */
static __always_inline void itp_env_event(const struct itp_conn *c,
					  enum itp_event ev, u64 a, u64 b)
{
	switch (ev) {
#define ITP_EVENT(name, low, x, y)					\
	case ITP_EVENT_##name:						\
		if (tracepoint_enabled(itp_##low))			\
			itp_report_event(c->id, ev, a, b);		\
		break;
#include "../engine/events.def"
	case ITP_EVENT_MAX:
		break;
	}
}

#endif /* _ITP_ENV_H */
