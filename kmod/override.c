// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of tunables that one socket has of its own: set by its program (socket
 * option ITP_TUNABLE) or from outside (netlink's conn-set), inherited by the
 * connections of a listener. Which rows may be: scope CONN in tunables.def.
 *
 * The block holds all values, its own and copies of the namespace's, so that
 * the engine reads both alike: itp_tun() of what itp_sk_tun() gives. The copies
 * follow the namespace when its generation has changed.
 *
 * LOCKING: written under the socket lock by putting a new block in the place of
 * the old one, which goes after a grace period: segments for a listener read
 * its block without the lock.
 *
 * Some rows have a socket option of TCP's besides (ITP_SYNCNT ...), which lives
 * in the engine's block and counts more. Who writes last wins: setting the row
 * forgets the option.
 */
#include <linux/slab.h>
#include "../uapi/linux/itp_netlink.h"
#include "itp.h"

/**
 * struct itp_override - the values in force for one socket
 * @t: these; must be first
 * @gen: of the namespace's values that were copied
 * @set: which are the socket's own
 * @outside: which of these were set from outside
 * @rcu: for its end
 */
struct itp_override {
	struct itp_tunables t;
	u32 gen;
	DECLARE_BITMAP(set, ITP_TUN_MAX);
	DECLARE_BITMAP(outside, ITP_TUN_MAX);
	struct rcu_head rcu;
};

static u32 *override_ref(struct itp_override *own, unsigned int nr)
{
	return (u32 *)&own->t + nr;
}

/* Two that do this at once write the same, or leave an old generation. */
static void override_follow(struct itp_override *own, const struct net *net,
			    u32 gen)
{
	unsigned int nr;

	for (nr = 0; nr < ITP_TUN_MAX; nr++) {
		if (!test_bit(nr, own->set))
			WRITE_ONCE(*override_ref(own, nr),
				   itp_tunable_get(net, nr));
	}
	/* The values come before: who sees the generation sees them. */
	smp_store_release(&own->gen, gen);
}

/**
 * itp_override_values - what is in force for a socket with values of its own
 * @sk: the socket; its lock, or RCU
 * @own: its block
 *
 * Return: all values.
 */
const struct itp_tunables *itp_override_values(const struct sock *sk,
					       struct itp_override *own)
{
	const struct net *net = sock_net(sk);
	/* Pairs with tunable_store_one(): no value older than this. */
	u32 gen = smp_load_acquire(&itp_net(net)->tun.gen);

	if (READ_ONCE(own->gen) != gen)
		override_follow(own, net, gen);
	return &own->t;
}

/* A copy of @old, which may be NULL. */
static struct itp_override *override_copy(const struct sock *sk,
					  const struct itp_override *old,
					  gfp_t gfp)
{
	struct itp_override *own = kzalloc(sizeof(*own), gfp);
	const struct net *net = sock_net(sk);
	unsigned int nr;
	u32 gen;

	if (!own)
		return NULL;
	if (old) {
		bitmap_copy(own->set, old->set, ITP_TUN_MAX);
		bitmap_copy(own->outside, old->outside, ITP_TUN_MAX);
		for_each_set_bit(nr, own->set, ITP_TUN_MAX)
			memcpy(override_ref(own, nr), (const u32 *)&old->t + nr,
			       sizeof(u32));
	}
	/* As in itp_override_values(). */
	gen = smp_load_acquire(&itp_net(net)->tun.gen);
	override_follow(own, net, gen);
	return own;
}

static void override_publish(struct sock *sk, struct itp_override *own)
{
	struct itp_override *old = itp_sk(sk)->own;

	/* What is in the block comes before the block. */
	smp_store_release(&itp_sk(sk)->own, own);
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * itp_override_inherit - a connection starts with what its listener has
 * @child: copy of the listener, known to nobody else; its own block is NULL
 * @listener: the listener, not locked, alive
 *
 * CONTEXT: softirq.
 *
 * Return: 0 or -ENOMEM.
 */
int itp_override_inherit(struct sock *child, const struct sock *listener)
{
	const struct itp_override *old = READ_ONCE(itp_sk(listener)->own);

	if (!old)
		return 0;
	itp_sk(child)->own = override_copy(child, old,
					   GFP_ATOMIC | __GFP_NOWARN);
	return itp_sk(child)->own ? 0 : -ENOMEM;
}

/**
 * itp_override_free - the socket ends
 * @sk: the socket
 */
void itp_override_free(struct sock *sk)
{
	override_publish(sk, NULL);
}

/* Does an option of TCP's stand for the row? Then @value is what it says. */
static bool option_get(const struct sock *sk, unsigned int nr, u32 *value)
{
	const struct itp_conn *c = &itp_sk(sk)->conn;

	switch (nr) {
	case ITP_TUN_syn_retries:
		*value = c->syn_retries;
		break;
	case ITP_TUN_synack_retries:
		*value = sk->sk_state == TCP_LISTEN ? c->syn_retries : 0;
		break;
	case ITP_TUN_keepalive_time:
		*value = c->ka_idle;
		break;
	case ITP_TUN_keepalive_intvl:
		*value = c->ka_intvl;
		break;
	case ITP_TUN_keepalive_probes:
		*value = c->ka_probes;
		break;
	case ITP_TUN_user_timeout:
		*value = c->user_timeout_ms;
		break;
	case ITP_TUN_fin_timeout:
		/* Negative: no FIN-WAIT-2 at all. */
		*value = max(c->linger2, 0);
		return c->linger2;
	default:
		return false;
	}
	return *value;
}

static void option_forget(struct sock *sk, unsigned int nr)
{
	struct itp_conn *c = &itp_sk(sk)->conn;

	switch (nr) {
	case ITP_TUN_syn_retries:
		c->syn_retries = 0;
		break;
	case ITP_TUN_synack_retries:
		if (sk->sk_state == TCP_LISTEN)
			c->syn_retries = 0;
		break;
	case ITP_TUN_keepalive_time:
		c->ka_idle = 0;
		break;
	case ITP_TUN_keepalive_intvl:
		c->ka_intvl = 0;
		break;
	case ITP_TUN_keepalive_probes:
		c->ka_probes = 0;
		break;
	case ITP_TUN_user_timeout:
		c->user_timeout_ms = 0;
		break;
	case ITP_TUN_fin_timeout:
		c->linger2 = 0;
		break;
	}
}

/* What runs already has to know. */
static void override_changed(struct sock *sk, unsigned int nr)
{
	switch (nr) {
	case ITP_TUN_keepalive_time:
	case ITP_TUN_keepalive_intvl:
	case ITP_TUN_keepalive_probes:
		itp_keepalive_tuned(sk);
		break;
	case ITP_TUN_notsent_lowat:
		sk->sk_write_space(sk);
		break;
	}
}

/**
 * itp_override_own - the value that a socket has of its own
 * @sk: the socket, locked
 * @nr: enum itp_tunable
 * @o: gets it; 0 for fin_timeout if ITP_LINGER2 is negative
 *
 * Return: false if it has none.
 */
bool itp_override_own(const struct sock *sk, unsigned int nr, struct itp_own *o)
{
	struct itp_override *own = itp_sk(sk)->own;

	o->nr = nr;
	o->origin = ITP_TUNABLE_ORIGIN_PROGRAM;
	if (option_get(sk, nr, &o->value))
		return true;
	if (!own || !test_bit(nr, own->set))
		return false;
	if (test_bit(nr, own->outside))
		o->origin = ITP_TUNABLE_ORIGIN_CONN;
	o->value = *override_ref(own, nr);
	return true;
}

/**
 * itp_override_get - the value in force for a socket
 * @sk: the socket, locked
 * @nr: enum itp_tunable
 * @origin: gets where it comes from, enum itp_tunable_origin
 *
 * Return: the value; 0 for fin_timeout if ITP_LINGER2 is negative.
 */
u32 itp_override_get(const struct sock *sk, unsigned int nr, u8 *origin)
{
	struct itp_own own;

	if (itp_override_own(sk, nr, &own)) {
		*origin = own.origin;
		return own.value;
	}
	*origin = itp_tunable_origin(sock_net(sk), nr);
	return itp_tunable_get(sock_net(sk), nr);
}

/**
 * itp_override_list - what a socket has of its own
 * @sk: the socket, locked
 * @list: room for ITP_TUN_MAX
 *
 * Return: how many.
 */
unsigned int itp_override_list(const struct sock *sk, struct itp_own *list)
{
	unsigned int nr, n = 0;

	for (nr = 0; nr < ITP_TUN_MAX; nr++) {
		if (itp_tunable_descs[nr].scope == ITP_TUNABLE_SCOPE_CONN &&
		    itp_override_own(sk, nr, &list[n]))
			n++;
	}
	return n;
}

static int override_check(unsigned int nr, char *why)
{
	if (itp_tunable_descs[nr].scope == ITP_TUNABLE_SCOPE_CONN)
		return 0;
	snprintf(why, ITP_TUNABLE_WHY,
		 "%s: a connection cannot have a value of its own",
		 itp_tunable_descs[nr].name);
	return -EOPNOTSUPP;
}

/**
 * itp_override_set - give a socket a value of its own
 * @sk: the socket, locked
 * @nr: enum itp_tunable
 * @value: the value
 * @outside: not the program sets it
 * @why: gets the reason of a refusal, ITP_TUNABLE_WHY octets
 *
 * Return: 0, or -EINVAL, -EOPNOTSUPP or -ENOMEM with @why written.
 */
int itp_override_set(struct sock *sk, unsigned int nr, u64 value, bool outside,
		     char *why)
{
	const struct itp_tunable_desc *d = &itp_tunable_descs[nr];
	struct itp_override *own;
	int err = override_check(nr, why);

	if (!err)
		err = itp_tunable_in_range(nr, value, why);
	if (err)
		return err;
	own = override_copy(sk, itp_sk(sk)->own, GFP_KERNEL_ACCOUNT);
	if (!own) {
		snprintf(why, ITP_TUNABLE_WHY, "%s: out of memory", d->name);
		return -ENOMEM;
	}
	*override_ref(own, nr) = value;
	__set_bit(nr, own->set);
	__assign_bit(nr, own->outside, outside);
	override_publish(sk, own);
	option_forget(sk, nr);
	override_changed(sk, nr);
	return 0;
}

/**
 * itp_override_drop - back to the value of the namespace
 * @sk: the socket, locked
 * @nr: enum itp_tunable
 * @why: gets the reason of a refusal, ITP_TUNABLE_WHY octets
 *
 * Return: 0, or -EOPNOTSUPP with @why written.
 */
int itp_override_drop(struct sock *sk, unsigned int nr, char *why)
{
	struct itp_override *own = itp_sk(sk)->own;
	int err = override_check(nr, why);

	if (err)
		return err;
	if (own && test_bit(nr, own->set)) {
		/* The block stays: segments for a listener may read it. */
		clear_bit(nr, own->set);
		clear_bit(nr, own->outside);
		WRITE_ONCE(*override_ref(own, nr),
			   itp_tunable_get(sock_net(sk), nr));
		WRITE_ONCE(own->gen, READ_ONCE(own->gen) - 1);
	}
	option_forget(sk, nr);
	override_changed(sk, nr);
	return 0;
}
