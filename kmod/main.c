// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading: the parts of the module in the order in which they
 * come up. Nothing else.
 */
#include <linux/module.h>
#include <linux/version.h>
#include "itp.h"
#include "netlink.h"

/* The newest kernel that the selftests ran on. */
#define ITP_TESTED_MAJOR	6
#define ITP_TESTED_MINOR	12

unsigned int itp_protocol = IPPROTO_ITP;
EXPORT_SYMBOL_GPL(itp_protocol);
module_param_named(protocol, itp_protocol, uint, 0444);
MODULE_PARM_DESC(protocol, "IP protocol number (default 253)");

unsigned int itp_hash_entries;
module_param_named(hash_entries, itp_hash_entries, uint, 0444);
MODULE_PARM_DESC(hash_entries,
		 "buckets in the table of connections (default by memory)");

struct kmem_cache *itp_range_cache;
struct kmem_cache *itp_flow_cache;

/* Objects of other files must not outlive their slabs: first up, last down. */
static int slabs_init(void)
{
	itp_range_cache = KMEM_CACHE(itp_range, SLAB_ACCOUNT);
	itp_flow_cache = KMEM_CACHE(itp_flow, SLAB_ACCOUNT);
	if (itp_range_cache && itp_flow_cache)
		return 0;
	kmem_cache_destroy(itp_flow_cache);
	kmem_cache_destroy(itp_range_cache);
	return -ENOMEM;
}

static void slabs_exit(void)
{
	/* Callbacks that free records, or sockets and so ranges. */
	rcu_barrier();
	kmem_cache_destroy(itp_flow_cache);
	kmem_cache_destroy(itp_range_cache);
}

static const struct {
	const char *name;
	int (*init)(void);
	void (*exit)(void);
} itp_subsystems[] = {
	{ "slabs", slabs_init, slabs_exit },
	{ "connection table", itp_table_init, itp_table_exit },
	{ "port table", itp_bind_init, itp_bind_exit },
	{ "records", itp_minisock_init, itp_minisock_exit },
	{ "namespaces", itp_net_subsys_init, itp_net_subsys_exit },
	{ "netlink", itp_netlink_init, itp_netlink_exit },
	{ "IP protocol", itp_family_init, itp_family_exit },
	{ "sockets", itp_proto_init, itp_proto_exit },
};

static int __init itp_init(void)
{
	unsigned int i;
	int err;

	/*
	 * Below 143 numbers are IANA's and many of them in use by Linux; 255
	 * is IPPROTO_RAW.
	 */
	if (itp_protocol < 143 || itp_protocol > 254) {
		pr_err("itp: protocol=%u is out of range, use 143 to 254\n",
		       itp_protocol);
		return -EINVAL;
	}
	itp_isn_init();
	for (i = 0; i < ARRAY_SIZE(itp_subsystems); i++) {
		err = itp_subsystems[i].init();
		if (!err)
			continue;
		pr_err("itp: cannot set up %s: error %d\n",
		       itp_subsystems[i].name, err);
		while (i--)
			itp_subsystems[i].exit();
		return err;
	}
	pr_info("itp: Instrumented Transport Protocol, IP protocol %u\n",
		itp_protocol);
	if (LINUX_VERSION_CODE >=
	    KERNEL_VERSION(ITP_TESTED_MAJOR, ITP_TESTED_MINOR + 1, 0))
		pr_notice("itp: not tested on kernels after %d.%d\n",
			  ITP_TESTED_MAJOR, ITP_TESTED_MINOR);
	return 0;
}

static void __exit itp_exit(void)
{
	unsigned int i = ARRAY_SIZE(itp_subsystems);

	while (i--)
		itp_subsystems[i].exit();
}

module_init(itp_init);
module_exit(itp_exit);
MODULE_DESCRIPTION("Instrumented Transport Protocol");
MODULE_AUTHOR("ITP developers");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
