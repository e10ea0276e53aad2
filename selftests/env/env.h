/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine's surroundings in userspace tests: libc memory, a seeded random
 * generator, hooks that a test may set. The kernel's twin is kmod/env/env.h.
 */
#ifndef _ITP_ENV_H
#define _ITP_ENV_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, val) ((x) = (val))

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#ifndef min
#define min(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); \
		     _a < _b ? _a : _b; })
#define max(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); \
		     _a > _b ? _a : _b; })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#endif

#include "engine.h"

/* A broken rule of the engine itself: stop, print where. */
#define ITP_ASSERT(cond) assert(cond)

/* Set by a test: fail the n-th allocation from now (0: never), count calls. */
extern u64 itp_test_alloc_fail;
extern u64 itp_test_allocs;

void *itp_test_alloc(size_t size);
void itp_test_free(void *p);
void itp_test_event(const struct itp_conn *c, enum itp_event ev, u64 a, u64 b);
void itp_test_state(u64 id, u8 from, u8 to, u8 cause, const void *obj);
void itp_test_count(void *ns, enum itp_counter cnt, u64 n);

static inline struct itp_range *itp_env_range_alloc(bool can_sleep)
{
	(void)can_sleep;
	return itp_test_alloc(sizeof(struct itp_range));
}

static inline void itp_env_range_free(struct itp_range *r)
{
	itp_test_free(r);
}

/* Zeroed. */
static inline struct itp_flow *itp_env_flow_alloc(void)
{
	struct itp_flow *f = itp_test_alloc(sizeof(*f));

	if (f)
		memset(f, 0, sizeof(*f));
	return f;
}

static inline void itp_env_flow_free(struct itp_flow *f)
{
	itp_test_free(f);
}

/* The same numbers in each run, unless a test sets the seed. */
extern u64 itp_test_seed;
u32 itp_test_random(void);

static inline u32 itp_env_random(void)
{
	return itp_test_random();
}

static inline u64 itp_env_div(u64 a, u32 b)
{
	return a / b;
}

static inline void itp_env_count(const struct itp_env *env,
				 enum itp_counter cnt, u64 n)
{
	itp_test_count(env->ns, cnt, n);
}

/* @c moved; its state is @to already. */
static inline void itp_env_state(const struct itp_conn *c, u8 from, u8 to,
				 u8 cause)
{
	itp_test_state(c->id, from, to, cause, c);
}

static inline void itp_env_req_state(const struct itp_req *r, u8 from, u8 to,
				     u8 cause)
{
	itp_test_state(r->id, from, to, cause, r);
}

static inline void itp_env_tw_state(const struct itp_tw *tw, u8 from, u8 to,
				    u8 cause)
{
	itp_test_state(tw->id, from, to, cause, tw);
}

/* Everything else that events.def lists. */
static inline void itp_env_event(const struct itp_conn *c, enum itp_event ev,
				 u64 a, u64 b)
{
	itp_test_event(c, ev, a, b);
}

/* Mutations that a test switches on to prove that tests notice. */
extern unsigned int itp_mutation;
#define ITP_MUTATE(nr) (itp_mutation == (nr))

#endif /* _ITP_ENV_H */
