// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local ports: who holds which, whether another may have it too, and which one
 * to take when the program names none.
 *
 * A port's owners are sockets that were bound to it, connections that use it,
 * and TIME-WAIT records that remember it: a bind() finds the port busy until
 * the records are gone, unless SO_REUSEADDR says otherwise. The rules for
 * sharing are Linux's, which programs are written for.
 *
 * Locks: a TIME-WAIT record > a bucket of this table > a bucket of the table of
 * connections.
 */
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include "itp.h"

#define PORT_BUCKETS	4096U

/**
 * struct itp_port - a local port in use
 * @node: in its bucket
 * @net: namespace
 * @port: number
 * @picked: only connect() chose it so far: it may choose it again for other
 *	    peers
 * @owners: sockets and TIME-WAIT records, by skc_bind_node
 */
struct itp_port {
	struct hlist_node node;
	struct net *net;
	u16 port;
	bool picked;
	struct hlist_head owners;
};

struct port_bucket {
	spinlock_t lock;	/* of the ports in it and their owners */
	struct hlist_head ports;
};

static struct port_bucket *buckets;
static struct kmem_cache *port_cache;

/* RFC 6056 3.3.4: counters that move the start of the search. */
static u32 pick_counter[256];

/**
 * itp_bind_init - make the table
 *
 * Return: 0 or -ENOMEM.
 */
int itp_bind_init(void)
{
	u32 i;

	port_cache = KMEM_CACHE(itp_port, SLAB_ACCOUNT);
	buckets = kvmalloc_array(PORT_BUCKETS, sizeof(*buckets), GFP_KERNEL);
	if (!port_cache || !buckets) {
		itp_bind_exit();
		return -ENOMEM;
	}
	for (i = 0; i < PORT_BUCKETS; i++) {
		spin_lock_init(&buckets[i].lock);
		INIT_HLIST_HEAD(&buckets[i].ports);
	}
	get_random_bytes(pick_counter, sizeof(pick_counter));
	return 0;
}

/**
 * itp_bind_exit - free the table, which is empty
 */
void itp_bind_exit(void)
{
	kvfree(buckets);
	kmem_cache_destroy(port_cache);
}

static struct port_bucket *port_bucket(const struct net *net, u16 port)
{
	return &buckets[(port + net_hash_mix(net)) & (PORT_BUCKETS - 1)];
}

/* Under the bucket's lock, as all that follows. */
static struct itp_port *port_find(struct port_bucket *b,
				  const struct net *net, u16 port)
{
	struct itp_port *p;

	hlist_for_each_entry(p, &b->ports, node)
		if (p->port == port && p->net == net)
			return p;
	return NULL;
}

static struct itp_port *port_make(struct port_bucket *b, struct net *net,
				  u16 port, bool picked)
{
	struct itp_port *p = kmem_cache_alloc(port_cache,
					      GFP_ATOMIC | __GFP_NOWARN);

	if (!p)
		return NULL;
	p->net = net;
	p->port = port;
	p->picked = picked;
	INIT_HLIST_HEAD(&p->owners);
	hlist_add_head(&p->node, &b->ports);
	return p;
}

static void port_gone(struct itp_port *p)
{
	if (!hlist_empty(&p->owners))
		return;
	hlist_del(&p->node);
	kmem_cache_free(port_cache, p);
}

/* The address an owner is bound to; true: any. */
static bool owner_address(const struct sock_common *sc, struct in6_addr *addr)
{
	if (sc->skc_family == AF_INET) {
		ipv6_addr_set_v4mapped(sc->skc_rcv_saddr, addr);
		return !sc->skc_rcv_saddr;
	}
	*addr = sc->skc_v6_rcv_saddr;
	return ipv6_addr_any(addr);
}

/* Is @addr IPv4, or any IPv4 address? */
static bool owner_v4(const struct sock_common *sc, const struct in6_addr *addr)
{
	return sc->skc_family == AF_INET || ipv6_addr_v4mapped(addr);
}

/* Is there an address that both are bound to? */
static bool owners_meet(const struct sock_common *a, const struct sock_common *b)
{
	struct in6_addr addr_a, addr_b;
	bool any_a = owner_address(a, &addr_a);
	bool any_b = owner_address(b, &addr_b);

	if (!any_a && !any_b)
		return ipv6_addr_equal(&addr_a, &addr_b);
	/* One is a wildcard; does it reach the other's kind of address? */
	if (any_a && a->skc_family == AF_INET6 && a->skc_ipv6only)
		return !owner_v4(b, &addr_b);
	if (any_b && b->skc_family == AF_INET6 && b->skc_ipv6only)
		return !owner_v4(a, &addr_a);
	if (any_a && a->skc_family == AF_INET)
		return owner_v4(b, &addr_b) || any_b;
	if (any_b && b->skc_family == AF_INET)
		return owner_v4(a, &addr_a) || any_a;
	return true;
}

static bool owners_share_device(const struct sock_common *a,
				const struct sock_common *b)
{
	return !a->skc_bound_dev_if || !b->skc_bound_dev_if ||
	       a->skc_bound_dev_if == b->skc_bound_dev_if;
}

/* SO_REUSEPORT: all say so, and belong to the same user. */
static bool owners_reuseport(struct sock *sk, struct sock_common *other)
{
	if (!sk->sk_reuseport || !other->skc_reuseport)
		return false;
	return !itp_common_full(other) ||
	       uid_eq(sock_i_uid(sk), sock_i_uid(itp_common_sk(other)));
}

/* SO_REUSEADDR: both say so, and none listens. */
static bool owners_reuseaddr(const struct sock *sk,
			     const struct sock_common *other)
{
	return sk->sk_reuse && other->skc_reuse &&
	       other->skc_state != TCP_LISTEN;
}

/*
 * May @sk not have a port with these owners? @named: the program asked for
 * this port; a port that it did not name is not shared through SO_REUSEADDR.
 */
static bool port_conflict(struct itp_port *p, struct sock *sk, bool named)
{
	struct sock_common *other;

	hlist_for_each_entry(other, &p->owners, skc_bind_node) {
		if (other == &sk->__sk_common ||
		    !owners_share_device(&sk->__sk_common, other))
			continue;
		if (named && owners_reuseaddr(sk, other))
			continue;
		if (owners_reuseport(sk, other))
			continue;
		if (owners_meet(&sk->__sk_common, other))
			return true;
	}
	return false;
}

static void port_own(struct itp_port *p, struct sock *sk)
{
	if (hlist_unhashed(&sk->sk_bind_node))
		hlist_add_head(&sk->sk_bind_node, &p->owners);
	inet_sk(sk)->inet_num = p->port;
}

static int port_take(struct sock *sk, u16 port, bool named)
{
	struct net *net = sock_net(sk);
	struct port_bucket *b = port_bucket(net, port);
	struct itp_port *p;
	int err = 0;

	spin_lock_bh(&b->lock);
	p = port_find(b, net, port);
	if (!p)
		p = port_make(b, net, port, false);
	if (!p) {
		err = -ENOMEM;
	} else if (port_conflict(p, sk, named)) {
		err = -EADDRINUSE;
	} else {
		p->picked = false;
		port_own(p, sk);
	}
	spin_unlock_bh(&b->lock);
	return err;
}

/* Ports to choose from: the first, and how many. */
static u32 port_range(const struct net *net, u32 *first)
{
	const struct itp_tunables *tun = &itp_net(net)->tun.t;
	u32 low = itp_tun(tun, local_port_min);
	u32 high = itp_tun(tun, local_port_max);

	/* Two tunables cannot be set as one: take them in either order. */
	*first = min(low, high);
	return max(low, high) - *first + 1;
}

/**
 * itp_get_port - bind a socket to a local port
 * @sk: the socket, locked; its address is set
 * @snum: the port, 0: any that is free
 *
 * Also called for a socket that has the port and is in LISTEN now, which
 * makes a difference to the rules.
 *
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int itp_get_port(struct sock *sk, unsigned short snum)
{
	struct net *net = sock_net(sk);
	u32 first, count, start, i;
	int err = -EADDRINUSE;
	u16 port;

	if (snum)
		return port_take(sk, snum, true);
	count = port_range(net, &first);
	start = get_random_u32();
	for (i = 0; i < count && err == -EADDRINUSE; i++) {
		port = first + (start + i) % count;
		if (!inet_is_local_reserved_port(net, port))
			err = port_take(sk, port, false);
		cond_resched();
	}
	return err;
}

static void port_release(struct hlist_node *node, struct net *net, u16 num)
{
	struct port_bucket *b = port_bucket(net, num);
	struct itp_port *p;

	spin_lock_bh(&b->lock);
	if (!hlist_unhashed(node)) {
		hlist_del_init(node);
		p = port_find(b, net, num);
		if (!WARN_ON_ONCE(!p))
			port_gone(p);
	}
	spin_unlock_bh(&b->lock);
}

/**
 * itp_put_port - give the local port back
 * @sk: the socket, locked
 */
void itp_put_port(struct sock *sk)
{
	if (!inet_sk(sk)->inet_num)
		return;
	port_release(&sk->sk_bind_node, sock_net(sk), inet_sk(sk)->inet_num);
	inet_sk(sk)->inet_num = 0;
}

/* Between two addresses of this host, in the sense of tw_reuse 2. */
static bool tw_loopback(const struct itp_twsk *tw)
{
	const struct itp_tuple *t = &tw->t;

	if (tw->sc.skc_bound_dev_if == LOOPBACK_IFINDEX)
		return true;
	if (t->v6)
		return ipv6_addr_loopback(&t->laddr) ||
		       ipv6_addr_loopback(&t->raddr);
	return ipv4_is_loopback(t->laddr.s6_addr32[3]) ||
	       ipv4_is_loopback(t->raddr.s6_addr32[3]);
}

/*
 * An active open takes the place of a TIME-WAIT record. @sk is locked, its
 * addresses and ports are those of @tw; the caller has a reference to @tw.
 * True: @sk is in the table, @tw is gone, @iss is the sequence number to start
 * with; false: nothing happened.
 */
static bool tw_take_over(struct itp_twsk *tw, struct sock *sk, u32 *iss)
{
	struct itp_env env;
	bool ok;

	spin_lock_bh(&tw->lock);
	memset(&env, 0, sizeof(env));
	env.now_us = itp_now_us();
	env.tun = &itp_net(sock_net(sk))->tun.t;
	ok = !tw->dead &&
	     itp_tw_reusable(&tw->tw, &env, tw_loopback(tw)) &&
	     itp_hash_over_tw(sk, tw);
	if (ok) {
		*iss = itp_tw_next_iss(&tw->tw);
		itp_count(sock_net(sk), timewait_taken);
		itp_tw_finish(tw, ITP_CAUSE_TW_REUSED);
	}
	spin_unlock_bh(&tw->lock);
	return ok;
}

/*
 * @tw, which connect() chose a port for, too, has the addresses and ports that
 * @sk would have: may @sk take over? The record's lock comes before the lock of
 * the bucket, so this is not done where the record was found.
 */
static bool port_take_over(struct sock *sk, u16 port, struct itp_twsk *tw,
			   u32 *iss)
{
	struct net *net = sock_net(sk);
	struct port_bucket *b = port_bucket(net, port);
	struct inet_sock *inet = inet_sk(sk);
	struct itp_port *p;

	spin_lock_bh(&b->lock);
	p = port_find(b, net, port);
	if (p && p->picked)
		port_own(p, sk);
	spin_unlock_bh(&b->lock);
	if (!inet->inet_num)
		return false;
	inet->inet_sport = htons(port);
	if (tw_take_over(tw, sk, iss))
		return true;
	itp_put_port(sk);
	inet->inet_sport = 0;
	return false;
}

/*
 * Try one port for an active open. 0, or -EADDRNOTAVAIL: try the next, or
 * -ENOMEM. @tw: what has the addresses and ports, if it is such a record.
 */
static int port_connect(struct sock *sk, u16 port, struct itp_twsk **tw)
{
	struct net *net = sock_net(sk);
	struct port_bucket *b = port_bucket(net, port);
	struct inet_sock *inet = inet_sk(sk);
	struct itp_port *p;
	int err = -EADDRNOTAVAIL;

	*tw = NULL;

	spin_lock_bh(&b->lock);
	p = port_find(b, net, port);
	/* A port that a program named is its own. */
	if (p && !p->picked)
		goto out;
	if (!p)
		p = port_make(b, net, port, true);
	if (!p) {
		err = -ENOMEM;
		goto out;
	}
	inet->inet_num = port;
	inet->inet_sport = htons(port);
	err = itp_hash(sk, tw);
	if (!err) {
		port_own(p, sk);
	} else {
		inet->inet_num = 0;
		inet->inet_sport = 0;
		port_gone(p);
	}
out:
	spin_unlock_bh(&b->lock);
	return err;
}

/* Choose a port and take it. @over: from a TIME-WAIT record, and @iss is set. */
static int port_search(struct sock *sk, u32 *iss, bool *over)
{
	struct net *net = sock_net(sk);
	u32 first, count, offset, i;
	int err = -EADDRNOTAVAIL;
	struct itp_twsk *tw;
	struct itp_tuple t;
	u32 *counter;
	u16 port;

	itp_sk_tuple(sk, &t);
	offset = itp_port_offset(&t);
	counter = &pick_counter[offset % ARRAY_SIZE(pick_counter)];
	offset = (offset >> 8) + READ_ONCE(*counter);
	count = port_range(net, &first);
	for (i = 0; i < count && err == -EADDRNOTAVAIL; i++) {
		port = first + (offset + i) % count;
		if (!inet_is_local_reserved_port(net, port)) {
			err = port_connect(sk, port, &tw);
			if (tw) {
				*over = port_take_over(sk, port, tw, iss);
				err = *over ? 0 : err;
				itp_common_put(&tw->sc);
			}
		}
		cond_resched();
	}
	WRITE_ONCE(*counter, READ_ONCE(*counter) + i);
	return err;
}

/**
 * itp_hash_connect - an active open takes its place among the connections
 * @sk: the socket, locked; addresses and remote port are set
 * @iss: the sequence number to start with
 *
 * Chooses a local port if there is none (RFC 6056 3.3.4: the start depends on
 * the peer, a counter moves it on).
 *
 * Return: 0, -EADDRNOTAVAIL or -ENOMEM.
 */
int itp_hash_connect(struct sock *sk, u32 *iss)
{
	bool bound = inet_sk(sk)->inet_num, over = false;
	struct itp_twsk *tw;
	struct itp_tuple t;
	int err;

	if (!bound) {
		err = port_search(sk, iss, &over);
	} else {
		err = itp_hash(sk, &tw);
		if (tw) {
			over = tw_take_over(tw, sk, iss);
			err = over ? 0 : err;
			itp_common_put(&tw->sc);
		}
	}
	if (err || over)
		return err;
	itp_sk_tuple(sk, &t);
	*iss = itp_isn(&t);
	return 0;
}

/**
 * itp_inherit_port - a connection from a listener holds the listener's port
 * @child: the socket, locked; inet_num is set
 *
 * Return: 0 or -ENOMEM.
 */
int itp_inherit_port(struct sock *child)
{
	struct net *net = sock_net(child);
	u16 port = inet_sk(child)->inet_num;
	struct port_bucket *b = port_bucket(net, port);
	struct itp_port *p;

	spin_lock_bh(&b->lock);
	p = port_find(b, net, port);
	/* The listener may have closed meanwhile. */
	if (!p)
		p = port_make(b, net, port, false);
	if (p)
		port_own(p, child);
	spin_unlock_bh(&b->lock);
	return p ? 0 : -ENOMEM;
}

/**
 * itp_tw_take_port - a TIME-WAIT record holds the port of its socket too
 * @tw: the record; skc_num is set
 * @sk: the socket, locked, which holds the port
 */
void itp_tw_take_port(struct itp_twsk *tw, struct sock *sk)
{
	struct net *net = sock_net(sk);
	struct port_bucket *b = port_bucket(net, tw->sc.skc_num);
	struct itp_port *p;

	spin_lock_bh(&b->lock);
	p = port_find(b, net, tw->sc.skc_num);
	if (!WARN_ON_ONCE(!p))
		hlist_add_head(&tw->sc.skc_bind_node, &p->owners);
	spin_unlock_bh(&b->lock);
}

/**
 * itp_tw_put_port - a TIME-WAIT record gives the port back
 * @tw: the record
 */
void itp_tw_put_port(struct itp_twsk *tw)
{
	port_release(&tw->sc.skc_bind_node, tw->t.net, tw->sc.skc_num);
}
