/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a userspace test may look at and set beyond env.h.
 */
#ifndef _ITP_TEST_HOOKS_H
#define _ITP_TEST_HOOKS_H

#include "env.h"

/* Objects allocated and not freed yet. */
extern u64 itp_test_live;

/* Counters, all connections and namespaces together. */
extern u64 itp_test_counters[ITP_CNT_MAX];

/* Called if set. */
extern void (*itp_test_on_event)(const struct itp_conn *c, enum itp_event ev,
				 u64 a, u64 b);
extern void (*itp_test_on_state)(u64 id, u8 from, u8 to, u8 cause);

/* Tunables at their defaults. */
void itp_test_tunables(struct itp_tunables *tun);

/* A segment as seg.h reads it, made from one as seg.h writes it. */
void itp_test_turn(const struct itp_seg_out *out, struct itp_seg_in *in);

/* Is this move listed in states.def? */
bool itp_test_legal(u8 from, u8 to, u8 cause);

#endif /* _ITP_TEST_HOOKS_H */
