// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ITP sets up and takes down with a network namespace.
 */
#include "itp.h"

unsigned int itp_net_id;

static int __net_init itp_net_init(struct net *net)
{
	int err;

	atomic_set(&itp_net(net)->tw_count, 0);
	atomic_set(&itp_net(net)->req_count, 0);
	itp_notify_net_init(net);
	err = itp_counters_net_init(net);
	if (err)
		return err;
	err = itp_tunables_net_init(net);
	if (err)
		goto err_counters;
	err = itp_family_net_init(net);
	if (err)
		goto err_tunables;
	return 0;

err_tunables:
	itp_tunables_net_exit(net);
err_counters:
	itp_counters_net_exit(net);
	return err;
}

/*
 * No socket of a program is left, so no record can come any more. The core
 * waits for a grace period between this and itp_net_exit(): a timer or a
 * segment that still works on a record has then done so.
 */
static void __net_exit itp_net_pre_exit(struct net *net)
{
	itp_purge_net(net);
}

static void __net_exit itp_net_exit(struct net *net)
{
	WARN_ON_ONCE(atomic_read(&itp_net(net)->tw_count));
	WARN_ON_ONCE(atomic_read(&itp_net(net)->req_count));
	itp_family_net_exit(net);
	itp_tunables_net_exit(net);
	itp_counters_net_exit(net);
}

static struct pernet_operations itp_net_ops = {
	.init = itp_net_init,
	.pre_exit = itp_net_pre_exit,
	.exit = itp_net_exit,
	.id = &itp_net_id,
	.size = sizeof(struct itp_net),
};

/**
 * itp_net_subsys_init - from now on every namespace has a struct itp_net
 *
 * Return: 0 or -errno.
 */
int itp_net_subsys_init(void)
{
	return register_pernet_subsys(&itp_net_ops);
}

/**
 * itp_net_subsys_exit - take it away again, with the records that live
 */
void itp_net_subsys_exit(void)
{
	unregister_pernet_subsys(&itp_net_ops);
}
