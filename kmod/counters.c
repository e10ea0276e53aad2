// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of a network namespace: where they live, and how they are summed up.
 */
#include <linux/percpu.h>
#include "net.h"

/**
 * itp_counters_net_init - give a namespace its counters
 * @net: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int itp_counters_net_init(struct net *net)
{
	struct itp_net *in = itp_net(net);

	in->counters = alloc_percpu_gfp(struct itp_counters,
					GFP_KERNEL_ACCOUNT);
	return in->counters ? 0 : -ENOMEM;
}

/**
 * itp_counters_net_exit - take a namespace's counters away
 * @net: the namespace; nobody counts any more
 */
void itp_counters_net_exit(struct net *net)
{
	struct itp_net *in = itp_net(net);

	free_percpu(in->counters);
	in->counters = NULL;
}

/**
 * itp_counter_read - the sum of a counter over all CPUs
 * @net: namespace
 * @nr: enum itp_counter, or ITP_CNT_DROP + enum itp_reason
 */
u64 itp_counter_read(const struct net *net, unsigned int nr)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(itp_net(net)->counters, cpu)->v[nr]);
	return sum;
}
