/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ITP keeps per network namespace.
 */
#ifndef _ITP_NET_H
#define _ITP_NET_H

#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "counters.h"
#include "engine/engine.h"
#include "tunables.h"
#include "notify.h"

extern unsigned int itp_net_id;

/**
 * struct itp_net - per network namespace
 * @tun: tunables, their origins and their sysctls (tunables.c)
 * @counters: per CPU (counters.c)
 * @notify: numbering of notifications (notify.c)
 * @ctl_sk: [0] IPv4, [1] IPv6: kernel sockets that send what no socket of a
 *	    program sends (RSTs, SYN-ACKs, TIME-WAIT ACKs); they do not pin
 *	    the namespace
 * @challenge: challenge ACKs that may still go
 * @tw_count: TIME-WAIT records alive
 * @req_count: half-open entries alive
 */
struct itp_net {
	struct itp_tunables_ns tun;
	struct itp_counters __percpu *counters;
	struct itp_notify_ns notify;
	struct sock *ctl_sk[2];
	struct itp_challenge challenge;
	atomic_t tw_count;
	atomic_t req_count;
};

static inline struct itp_net *itp_net(const struct net *net)
{
	return net_generic(net, itp_net_id);
}

/*
 * Not one expression: where this_cpu_add() is not one instruction it evaluates
 * its argument with interrupts off, and net_generic() takes rcu_read_lock().
 */
static inline void itp_counter_add(const struct net *net, unsigned int nr,
				   u64 n)
{
	struct itp_counters __percpu *counters = itp_net(net)->counters;

	this_cpu_add(counters->v[nr], n);
}

#define itp_count_add(net, name, n) \
	itp_counter_add(net, ITP_CNT_##name, n)
#define itp_count(net, name) itp_count_add(net, name, 1)
#define itp_count_drop(net, reason) \
	itp_counter_add(net, ITP_CNT_DROP + (reason), 1)

#endif /* _ITP_NET_H */
