/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of a network namespace. Counting is itp_count() and its kin in
 * net.h, the rows are in engine/counters.def and engine/reasons.def.
 */
#ifndef _ITP_COUNTERS_H
#define _ITP_COUNTERS_H

#include <linux/types.h>
#include "unmacro.h"
#include "engine/tables.h"

struct net;

/**
 * struct itp_counters - one CPU's share
 * @v: by enum itp_counter, then ITP_CNT_DROP + enum itp_reason
 */
struct itp_counters {
	u64 v[ITP_CNT_MAX];
};

/* counters.c */
int itp_counters_net_init(struct net *net);
void itp_counters_net_exit(struct net *net);
u64 itp_counter_read(const struct net *net, unsigned int nr);

#endif /* _ITP_COUNTERS_H */
