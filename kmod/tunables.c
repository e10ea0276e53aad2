// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunables of a network namespace: values, ranges, origins, and the sysctls
 * net.itp.<name>. What a tunable does is up to who reads it; netlink's side is
 * netlink.c.
 *
 * LOCKING: itp_tunables_lock is held around every change and around the list of
 * namespaces. Readers take nothing, a value is a word.
 */
#include <linux/mutex.h>
#include <linux/slab.h>
#include "../uapi/linux/itp_netlink.h"
#include "itp.h"

#define ITP_TUNABLE_TYPE(type)		ITP_TUNABLE_TYPE_##type
#define ITP_TUNABLE_SCOPE(scope)	ITP_TUNABLE_SCOPE_##scope
#define ITP_TUNABLE_EFFECT(effect)	ITP_TUNABLE_EFFECT_##effect

#define ITP_TUNABLE(_name, _type, _unit, _def, _min, _max, _scope, _effect, \
		    _help) \
	static_assert((_min) <= (_def) && (_def) <= (_max) && \
		      sizeof(#_name) <= 32, #_name);
#include "engine/tunables.def"

const struct itp_tunable_desc itp_tunable_descs[ITP_TUN_MAX] = {
#define ITP_TUNABLE(_name, _type, _unit, _def, _min, _max, _scope, _effect, \
		    _help) \
	[ITP_TUN_##_name] = { \
		.name = #_name, .unit = _unit, .help = _help, \
		.names = ITP_TUNABLE_TYPE(_type) == ITP_TUNABLE_TYPE_ENUM ? \
			 _unit : NULL, \
		.def = _def, .min = _min, .max = _max, \
		.type = ITP_TUNABLE_TYPE(_type), \
		.scope = ITP_TUNABLE_SCOPE(_scope), \
		.effect = ITP_TUNABLE_EFFECT(_effect), \
	},
#include "engine/tunables.def"
};

/* Pairs in which the first value must not exceed the second. */
static const struct {
	u8 low;
	u8 high;
} ordered[] = {
	{ ITP_TUN_local_port_min, ITP_TUN_local_port_max },
};

static DEFINE_MUTEX(itp_tunables_lock);
static LIST_HEAD(itp_tunables_list);

/* Every member of struct itp_tunables is a u32, in the order of the enum. */
static_assert(sizeof(struct itp_tunables) == ITP_TUN_MAX * sizeof(u32));

static u32 *tunable_ref(struct itp_tunables_ns *ns, unsigned int nr)
{
	return (u32 *)&ns->t + nr;
}

/**
 * itp_tunable_find - the number of a tunable
 * @name: as in tunables.def
 *
 * Return: enum itp_tunable, or -ENOENT.
 */
int itp_tunable_find(const char *name)
{
	int nr;

	for (nr = 0; nr < ITP_TUN_MAX; nr++) {
		if (!strcmp(name, itp_tunable_descs[nr].name))
			return nr;
	}
	return -ENOENT;
}

/**
 * itp_tunable_get - the value in force
 * @net: namespace
 * @nr: enum itp_tunable
 */
u32 itp_tunable_get(const struct net *net, unsigned int nr)
{
	return READ_ONCE(*tunable_ref(&itp_net(net)->tun, nr));
}

/**
 * itp_tunable_origin - where the value in force comes from
 * @net: namespace
 * @nr: enum itp_tunable
 *
 * Return: enum itp_tunable_origin.
 */
u8 itp_tunable_origin(const struct net *net, unsigned int nr)
{
	if (!test_bit(nr, itp_net(net)->tun.was_set))
		return ITP_TUNABLE_ORIGIN_DEFAULT;
	if (itp_tunable_descs[nr].scope == ITP_TUNABLE_SCOPE_GLOBAL)
		return ITP_TUNABLE_ORIGIN_HOST;
	return ITP_TUNABLE_ORIGIN_NETNS;
}

static bool tunable_is_foreign(const struct net *net, unsigned int nr)
{
	return itp_tunable_descs[nr].scope == ITP_TUNABLE_SCOPE_GLOBAL &&
	       !net_eq(net, &init_net);
}

/**
 * itp_tunable_in_range - is a value one that the tunable may have
 * @nr: enum itp_tunable
 * @value: the value
 * @why: gets the reason if not, ITP_TUNABLE_WHY octets
 *
 * Return: 0 or -EINVAL.
 */
int itp_tunable_in_range(unsigned int nr, u64 value, char *why)
{
	const struct itp_tunable_desc *d = &itp_tunable_descs[nr];

	if (value >= d->min && value <= d->max)
		return 0;
	snprintf(why, ITP_TUNABLE_WHY, "%s: %llu is outside %u..%u", d->name,
		 value, d->min, d->max);
	return -EINVAL;
}

/* May @net have @value? If not, say so in @why. */
static int tunable_check(struct net *net, unsigned int nr, u64 value, char *why)
{
	const struct itp_tunable_desc *d = &itp_tunable_descs[nr];
	unsigned int i;

	if (tunable_is_foreign(net, nr)) {
		snprintf(why, ITP_TUNABLE_WHY,
			 "%s: is set for the whole host, from the first network namespace only",
			 d->name);
		return -EPERM;
	}
	if (itp_tunable_in_range(nr, value, why))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(ordered); i++) {
		u8 low = ordered[i].low;
		u8 high = ordered[i].high;

		if (nr == low && value > itp_tunable_get(net, high)) {
			snprintf(why, ITP_TUNABLE_WHY,
				 "%s: %llu is above %s, which is %u", d->name,
				 value, itp_tunable_descs[high].name,
				 itp_tunable_get(net, high));
			return -EINVAL;
		}
		if (nr == high && value < itp_tunable_get(net, low)) {
			snprintf(why, ITP_TUNABLE_WHY,
				 "%s: %llu is below %s, which is %u", d->name,
				 value, itp_tunable_descs[low].name,
				 itp_tunable_get(net, low));
			return -EINVAL;
		}
	}
	return 0;
}

static void tunable_store_one(struct itp_tunables_ns *ns, unsigned int nr,
			      u32 value, bool set)
{
	WRITE_ONCE(*tunable_ref(ns, nr), value);
	/* Connections with values of their own have copies of the others. */
	smp_store_release(&ns->gen, ns->gen + 1);
	assign_bit(nr, ns->was_set, set);
	itp_notify_tunable(ns->net, nr);
}

/* Checked already. A value of the host goes to every namespace. */
static void tunable_store(struct net *net, unsigned int nr, u32 value, bool set)
{
	struct itp_tunables_ns *ns;

	lockdep_assert_held(&itp_tunables_lock);
	if (itp_tunable_descs[nr].scope != ITP_TUNABLE_SCOPE_GLOBAL) {
		tunable_store_one(&itp_net(net)->tun, nr, value, set);
		return;
	}
	list_for_each_entry(ns, &itp_tunables_list, node)
		tunable_store_one(ns, nr, value, set);
	itp_memory_tuned(&itp_net(net)->tun.t);
}

static int tunable_change(struct net *net, unsigned int nr, u64 value, bool set,
			  char *why)
{
	int err;

	mutex_lock(&itp_tunables_lock);
	err = tunable_check(net, nr, value, why);
	if (!err)
		tunable_store(net, nr, value, set);
	mutex_unlock(&itp_tunables_lock);
	return err;
}

/**
 * itp_tunable_set - set a tunable
 * @net: namespace; tunables of the host are set from the first one only
 * @nr: enum itp_tunable
 * @value: new value
 * @why: gets the reason of a refusal, ITP_TUNABLE_WHY octets
 *
 * The caller has checked that its caller may. May sleep.
 *
 * Return: 0, or -EINVAL or -EPERM with @why written and nothing changed.
 */
int itp_tunable_set(struct net *net, unsigned int nr, u64 value, char *why)
{
	return tunable_change(net, nr, value, true, why);
}

/**
 * itp_tunable_reset - give a tunable its default
 * @net: namespace; tunables of the host are set from the first one only
 * @nr: enum itp_tunable
 * @why: gets the reason of a refusal, ITP_TUNABLE_WHY octets
 *
 * Return: as itp_tunable_set().
 */
int itp_tunable_reset(struct net *net, unsigned int nr, char *why)
{
	return tunable_change(net, nr, itp_tunable_descs[nr].def, false, why);
}

/**
 * itp_tunable_reset_all - give every tunable that @net may set its default
 * @net: namespace
 *
 * Return: how many had been set.
 */
int itp_tunable_reset_all(struct net *net)
{
	struct itp_tunables_ns *ns = &itp_net(net)->tun;
	int count = 0;
	int nr;

	mutex_lock(&itp_tunables_lock);
	for_each_set_bit(nr, ns->was_set, ITP_TUN_MAX) {
		if (tunable_is_foreign(net, nr))
			continue;
		tunable_store(net, nr, itp_tunable_descs[nr].def, false);
		count++;
	}
	mutex_unlock(&itp_tunables_lock);
	return count;
}

static int itp_sysctl(ITP_CTL_CONST struct ctl_table *ctl, int write,
		      void *buffer, size_t *lenp, loff_t *ppos)
{
	unsigned int nr = (unsigned long)ctl->extra2;
	char why[ITP_TUNABLE_WHY];
	struct net *net = ctl->extra1;
	u32 value = itp_tunable_get(net, nr);
	struct ctl_table tmp = { .data = &value, .maxlen = sizeof(value) };
	int err;

	err = proc_douintvec(&tmp, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	return itp_tunable_set(net, nr, value, why);
}

static int tunables_sysctl_init(struct net *net, struct itp_tunables_ns *ns)
{
	unsigned int nr;

	/* One row more: kernels before 6.6 end at an empty one. */
	ns->table = kcalloc(ITP_TUN_MAX + 1, sizeof(*ns->table),
			    GFP_KERNEL_ACCOUNT);
	if (!ns->table)
		return -ENOMEM;
	for (nr = 0; nr < ITP_TUN_MAX; nr++) {
		struct ctl_table *row = &ns->table[nr];

		row->procname = itp_tunable_descs[nr].name;
		row->maxlen = sizeof(u32);
		row->mode = tunable_is_foreign(net, nr) ? 0444 : 0644;
		row->proc_handler = itp_sysctl;
		row->extra1 = net;
		row->extra2 = (void *)(unsigned long)nr;
	}
	ns->sysctl = itp_register_net_sysctl(net, "net/itp", ns->table,
					     ITP_TUN_MAX);
	if (!ns->sysctl) {
		kfree(ns->table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * itp_tunables_net_init - give a namespace its tunables
 * @net: the namespace; its struct itp_net is zeroed
 *
 * Return: 0 or -ENOMEM.
 */
int itp_tunables_net_init(struct net *net)
{
	struct itp_tunables_ns *ns = &itp_net(net)->tun;
	struct itp_tunables_ns *first;
	unsigned int nr;

	ns->net = net;
	mutex_lock(&itp_tunables_lock);
	first = list_first_entry_or_null(&itp_tunables_list,
					 struct itp_tunables_ns, node);
	for (nr = 0; nr < ITP_TUN_MAX; nr++) {
		*tunable_ref(ns, nr) = itp_tunable_descs[nr].def;
		if (!first ||
		    itp_tunable_descs[nr].scope != ITP_TUNABLE_SCOPE_GLOBAL)
			continue;
		*tunable_ref(ns, nr) = *tunable_ref(first, nr);
		assign_bit(nr, ns->was_set, test_bit(nr, first->was_set));
	}
	list_add_tail(&ns->node, &itp_tunables_list);
	mutex_unlock(&itp_tunables_lock);

	if (!tunables_sysctl_init(net, ns))
		return 0;

	mutex_lock(&itp_tunables_lock);
	list_del(&ns->node);
	mutex_unlock(&itp_tunables_lock);
	return -ENOMEM;
}

/**
 * itp_tunables_net_exit - take a namespace's tunables away
 * @net: the namespace; its values can still be read
 */
void itp_tunables_net_exit(struct net *net)
{
	struct itp_tunables_ns *ns = &itp_net(net)->tun;

	unregister_net_sysctl_table(ns->sysctl);
	kfree(ns->table);
	mutex_lock(&itp_tunables_lock);
	list_del(&ns->node);
	mutex_unlock(&itp_tunables_lock);
}
