// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does one thing wrong each time its name is written to the module's parameter
 * `plant`, so that selftest.sh can see that the lab notices. Nothing here is
 * part of the protocol.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
static void __rcu *shared;
static void *volatile sink;

static void plant_warn(void)
{
	WARN(1, "planted\n");
}

static void plant_leak(void)
{
	sink = kmalloc(1234, GFP_KERNEL);
	sink = NULL;
}

static void plant_order(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock(&lock_a);
	spin_lock(&lock_b);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	spin_unlock(&lock_b);
}

static void plant_rcu(void)
{
	sink = rcu_dereference(shared);
}

static void plant_sleep(void)
{
	spin_lock(&lock_a);
	might_sleep();
	spin_unlock(&lock_a);
}

static void plant_use_after_free(void)
{
	char *p = kmalloc(100, GFP_KERNEL);

	if (!p)
		return;
	sink = p;
	kfree(p);
	((volatile char *)sink)[10];
}

static void plant_shift(void)
{
	volatile int by = 40;

	sink = (void *)(long)(1 << by);
}

static void plant_refcount(void)
{
	refcount_t r = REFCOUNT_INIT(1);

	refcount_dec(&r);
}

static void never_fires(struct timer_list *t)
{
}

static void plant_timer(void)
{
	struct timer_list *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return;
	timer_setup(t, never_fires, 0);
	mod_timer(t, jiffies + HZ);
	kfree(t);	/* noticed here, and the timer taken out */
}

static const struct {
	const char *name;
	void (*plant)(void);
} wrongs[] = {
	{ "warn", plant_warn },
	{ "leak", plant_leak },
	{ "order", plant_order },
	{ "rcu", plant_rcu },
	{ "sleep", plant_sleep },
	{ "use-after-free", plant_use_after_free },
	{ "shift", plant_shift },
	{ "refcount", plant_refcount },
	{ "timer", plant_timer },
};

static int plant_set(const char *val, const struct kernel_param *kp)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		if (sysfs_streq(val, wrongs[i].name)) {
			wrongs[i].plant();
			return 0;
		}
	}
	return -EINVAL;
}

static const struct kernel_param_ops plant_ops = { .set = plant_set };

module_param_cb(plant, &plant_ops, NULL, 0200);
MODULE_PARM_DESC(plant, "what to do wrong now");

static bool refuse;
module_param(refuse, bool, 0400);
MODULE_PARM_DESC(refuse, "fail to load");

static int __init planted_init(void)
{
	return refuse ? -EIO : 0;
}
module_init(planted_init);

static void __exit planted_exit(void)
{
}
module_exit(planted_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Does wrong on request, for the lab's own test");
