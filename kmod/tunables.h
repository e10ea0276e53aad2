/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunables of a network namespace: reading, setting, describing. The rows are
 * in engine/tunables.def, sysctl and netlink are two ways to the functions here.
 */
#ifndef _ITP_TUNABLES_H
#define _ITP_TUNABLES_H

#include <linux/list.h>
#include <linux/sysctl.h>
#include <linux/types.h>
#include "unmacro.h"
#include "engine/tables.h"

struct net;

/* Long enough for every reason that itp_tunable_set() gives. */
#define ITP_TUNABLE_WHY		128

/* Types, scopes and effects have the numbers of linux/itp_netlink.h. */
/**
 * struct itp_tunable_desc - a row of tunables.def
 * @name: as sysctl and tools call it
 * @unit: of value, default, min and max; "" for a plain number
 * @help: one sentence
 * @names: of the values of an enum from @min on, with blanks between; else NULL
 * @def: default
 * @min: smallest value accepted
 * @max: largest value accepted
 * @type: enum itp_tunable_type
 * @scope: enum itp_tunable_scope
 * @effect: enum itp_tunable_effect
 */
struct itp_tunable_desc {
	const char *name;
	const char *unit;
	const char *help;
	const char *names;
	u32 def;
	u32 min;
	u32 max;
	u8 type;
	u8 scope;
	u8 effect;
};

extern const struct itp_tunable_desc itp_tunable_descs[ITP_TUN_MAX];

/**
 * struct itp_tunables_ns - the tunables of one network namespace
 * @t: values in force; read with itp_tun(&itp_net(net)->tun.t, name)
 * @gen: grows with each change
 * @was_set: which of them were set, and not reset since
 * @node: in the list of all namespaces, for tunables of the host
 * @net: whose they are
 * @sysctl: net.itp of this namespace
 * @table: rows of @sysctl
 */
struct itp_tunables_ns {
	struct itp_tunables t;
	u32 gen;
	DECLARE_BITMAP(was_set, ITP_TUN_MAX);
	struct list_head node;
	struct net *net;
	struct ctl_table_header *sysctl;
	struct ctl_table *table;
};

/* tunables.c */
int itp_tunables_net_init(struct net *net);
void itp_tunables_net_exit(struct net *net);
int itp_tunable_find(const char *name);
u32 itp_tunable_get(const struct net *net, unsigned int nr);
u8 itp_tunable_origin(const struct net *net, unsigned int nr);
int itp_tunable_in_range(unsigned int nr, u64 value, char *why);
int itp_tunable_set(struct net *net, unsigned int nr, u64 value, char *why);
int itp_tunable_reset(struct net *net, unsigned int nr, char *why);
int itp_tunable_reset_all(struct net *net);

#endif /* _ITP_TUNABLES_H */
