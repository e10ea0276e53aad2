// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is where: the table of connections, which holds sockets, half-open
 * entries and TIME-WAIT records alike, and the table of listeners. Both serve
 * all namespaces; the key includes the namespace.
 *
 * Readers walk the chains under RCU. The slabs are SLAB_TYPESAFE_BY_RCU: an
 * object may be freed and used again while a reader looks at it, so a reader
 * takes a reference, compares the key again, and starts over when the end of
 * the chain says that it changed chains (Documentation/RCU/rculist_nulls.rst).
 * What a state change replaces goes in before the old goes out, in one section
 * of the bucket's lock, so that no segment finds nothing in between.
 *
 * Ports are bind.c's, records minisock.c's.
 */
#include <linux/mm.h>
#include <linux/rculist_nulls.h>
#include <linux/vmalloc.h>
#include <net/addrconf.h>
#include <net/sock_reuseport.h>
#include "itp.h"

/* Locks of the table of connections: one serves several buckets. */
#define TABLE_LOCKS		1024U
#define LISTENER_BUCKETS	1024U
/* Ends of chains of listeners must differ from those of connections. */
#define LISTENER_NULLS		0x20000000U

struct listener_bucket {
	spinlock_t lock;	/* of the chain */
	struct hlist_nulls_head head;
};

static struct hlist_nulls_head *table;
static u32 table_size;
static spinlock_t *table_locks;	/* of the chains, several each */
static struct listener_bucket *listeners;
static DEFINE_PER_CPU(u64, next_id);

static struct hlist_nulls_head *table_head(u32 hash)
{
	return &table[hash & (table_size - 1)];
}

static spinlock_t *table_lock(u32 hash)
{
	return &table_locks[hash & (table_size - 1) & (TABLE_LOCKS - 1)];
}

/* One bucket for each 128 KiB of memory, as TCP has it. */
static u32 table_default_size(void)
{
	unsigned long buckets = totalram_pages() >> (17 - PAGE_SHIFT);

	return clamp_t(unsigned long, buckets, 1024, 524288);
}

/**
 * itp_table_init - make the tables
 *
 * Return: 0 or -ENOMEM.
 */
int itp_table_init(void)
{
	u32 i;

	table_size = itp_hash_entries ? : table_default_size();
	table_size = roundup_pow_of_two(clamp(table_size, 16U, 1U << 24));
	table = kvmalloc_array(table_size, sizeof(*table), GFP_KERNEL);
	table_locks = kvmalloc_array(TABLE_LOCKS, sizeof(*table_locks),
				     GFP_KERNEL);
	listeners = kvmalloc_array(LISTENER_BUCKETS, sizeof(*listeners),
				   GFP_KERNEL);
	if (!table || !table_locks || !listeners) {
		itp_table_exit();
		return -ENOMEM;
	}
	for (i = 0; i < table_size; i++)
		INIT_HLIST_NULLS_HEAD(&table[i], i);
	for (i = 0; i < TABLE_LOCKS; i++)
		spin_lock_init(&table_locks[i]);
	for (i = 0; i < LISTENER_BUCKETS; i++) {
		spin_lock_init(&listeners[i].lock);
		INIT_HLIST_NULLS_HEAD(&listeners[i].head, LISTENER_NULLS + i);
	}
	return 0;
}

/**
 * itp_table_exit - free the tables, which are empty
 */
void itp_table_exit(void)
{
	kvfree(listeners);
	kvfree(table_locks);
	kvfree(table);
}

/**
 * itp_new_id - a number for a connection
 *
 * Return: a number, not 0, that no other connection has or had.
 */
u64 itp_new_id(void)
{
	unsigned int cpu = get_cpu();
	u64 id = this_cpu_inc_return(next_id) * nr_cpu_ids + cpu;

	put_cpu();
	return id;
}

/**
 * itp_common_id - the number of an entry of the table
 * @sc: a socket, half-open entry or TIME-WAIT record
 *
 * Return: its number.
 */
u64 itp_common_id(struct sock_common *sc)
{
	switch (sc->skc_state) {
	case TCP_NEW_SYN_RECV:
		return itp_reqsk(sc)->req.id;
	case TCP_TIME_WAIT:
		return itp_twsk(sc)->tw.id;
	default:
		return itp_sk(itp_common_sk(sc))->conn.id;
	}
}

static bool key_match(const struct sock_common *sc, const struct itp_tuple *t)
{
	return sc->skc_num == t->lport && sc->skc_dport == htons(t->rport) &&
	       ipv6_addr_equal(&sc->skc_v6_daddr, &t->raddr) &&
	       ipv6_addr_equal(&sc->skc_v6_rcv_saddr, &t->laddr) &&
	       net_eq(read_pnet(&sc->skc_net), t->net);
}

static bool segment_match(const struct sock_common *sc,
			  const struct itp_tuple *t)
{
	return key_match(sc, t) &&
	       inet_sk_bound_dev_eq(t->net, sc->skc_bound_dev_if, t->dif,
				    t->sdif);
}

/**
 * itp_lookup - find whose segment this is
 * @t: addresses and ports of the segment, as seen from here
 *
 * CONTEXT: under rcu_read_lock().
 *
 * Return: an entry with a reference, to be given back with itp_common_put(),
 * or NULL.
 */
struct sock_common *itp_lookup(const struct itp_tuple *t)
{
	u32 hash = itp_tuple_hash(t);
	const struct hlist_nulls_node *node;
	struct sock_common *sc;
	struct sock *sk;

begin:
	sk_nulls_for_each_rcu(sk, node, table_head(hash)) {
		sc = &sk->__sk_common;
		if (sc->skc_hash != hash || !segment_match(sc, t))
			continue;
		/* Its successor lies in front of it: look again. */
		if (!refcount_inc_not_zero(&sc->skc_refcnt))
			goto begin;
		if (likely(segment_match(sc, t)))
			return sc;
		itp_common_put(sc);
		goto begin;
	}
	if (get_nulls_value(node) != (hash & (table_size - 1)))
		goto begin;
	return NULL;
}

/* Would @sc and an entry with this key get each other's segments? */
static bool key_conflict(const struct sock_common *sc,
			 const struct itp_tuple *t, int ifindex)
{
	return key_match(sc, t) &&
	       (!sc->skc_bound_dev_if || !ifindex ||
		sc->skc_bound_dev_if == ifindex);
}

/* Who has the key already, but for @except? Under the bucket's lock. */
static struct sock_common *key_owner(const struct itp_tuple *t, u32 hash,
				     int ifindex,
				     const struct sock_common *except)
{
	const struct hlist_nulls_node *node;
	struct sock *sk;

	sk_nulls_for_each(sk, node, table_head(hash))
		if (sk->sk_hash == hash && &sk->__sk_common != except &&
		    key_conflict(&sk->__sk_common, t, ifindex))
			return &sk->__sk_common;
	return NULL;
}

static void table_add(struct sock_common *sc)
{
	hlist_nulls_add_head_rcu(&sc->skc_nulls_node,
				 table_head(sc->skc_hash));
}

static void sk_hash_prepare(struct sock *sk, const struct itp_tuple *t)
{
	sk->sk_hash = itp_tuple_hash(t);
	/* IPv4 sockets too: key_match() knows one form of address only. */
	sk->sk_v6_rcv_saddr = t->laddr;
	sk->sk_v6_daddr = t->raddr;
}

/**
 * itp_hash - put a socket into the table of connections
 * @sk: the socket, locked; addresses and ports are set
 * @tw: set to the TIME-WAIT record that has them, with a reference, or NULL
 *
 * Return: 0, or -EADDRNOTAVAIL if another has these addresses and ports.
 */
int itp_hash(struct sock *sk, struct itp_twsk **tw)
{
	struct sock_common *owner;
	struct itp_tuple t;
	int err = 0;

	*tw = NULL;
	itp_sk_tuple(sk, &t);
	sk_hash_prepare(sk, &t);
	spin_lock_bh(table_lock(sk->sk_hash));
	owner = key_owner(&t, sk->sk_hash, sk->sk_bound_dev_if, NULL);
	if (owner) {
		err = -EADDRNOTAVAIL;
		if (owner->skc_state == TCP_TIME_WAIT &&
		    refcount_inc_not_zero(&owner->skc_refcnt))
			*tw = itp_twsk(owner);
	} else {
		table_add(&sk->__sk_common);
		itp_sk(sk)->hashed = true;
	}
	spin_unlock_bh(table_lock(sk->sk_hash));
	if (!err)
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
	return err;
}

/**
 * itp_hash_over_tw - a socket takes the place of a TIME-WAIT record
 * @sk: the socket, locked; addresses and ports are set
 * @tw: the record, locked, in the table
 *
 * Return: false if somebody else has these addresses and ports, too.
 */
bool itp_hash_over_tw(struct sock *sk, struct itp_twsk *tw)
{
	struct itp_tuple t;
	bool ok;

	itp_sk_tuple(sk, &t);
	sk_hash_prepare(sk, &t);
	spin_lock_bh(table_lock(sk->sk_hash));
	ok = !key_owner(&t, sk->sk_hash, sk->sk_bound_dev_if, &tw->sc);
	if (ok) {
		table_add(&sk->__sk_common);
		itp_sk(sk)->hashed = true;
		hlist_nulls_del_init_rcu(&tw->sc.skc_nulls_node);
	}
	spin_unlock_bh(table_lock(sk->sk_hash));
	if (ok)
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
	return ok;
}

/* Under the bucket's lock. */
static void table_del_sk(struct sock *sk)
{
	hlist_nulls_del_init_rcu(&sk->sk_nulls_node);
	itp_sk(sk)->hashed = false;
}

static void listener_del(struct sock *sk)
{
	struct listener_bucket *b;

	b = &listeners[sk->sk_hash];
	spin_lock_bh(&b->lock);
	if (rcu_access_pointer(sk->sk_reuseport_cb))
		reuseport_detach_sock(sk);
	hlist_nulls_del_init_rcu(&sk->sk_nulls_node);
	itp_sk(sk)->listed = false;
	spin_unlock_bh(&b->lock);
}

/**
 * itp_unhash - take a socket out of the table it is in, if it is in one
 * @sk: the socket, locked
 */
void itp_unhash(struct sock *sk)
{
	if (itp_sk(sk)->listed) {
		listener_del(sk);
	} else if (itp_sk(sk)->hashed) {
		spin_lock_bh(table_lock(sk->sk_hash));
		table_del_sk(sk);
		spin_unlock_bh(table_lock(sk->sk_hash));
	} else {
		return;
	}
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
}

/**
 * itp_hash_req - put a half-open entry into the table
 * @rsk: the entry; its references are set
 *
 * Return: false if there is an entry with its addresses and ports.
 */
bool itp_hash_req(struct itp_reqsk *rsk)
{
	struct sock_common *sc = &rsk->sc;
	bool ok;

	sc->skc_hash = itp_tuple_hash(&rsk->t);
	spin_lock_bh(table_lock(sc->skc_hash));
	ok = !key_owner(&rsk->t, sc->skc_hash, sc->skc_bound_dev_if, NULL);
	if (ok)
		table_add(sc);
	spin_unlock_bh(table_lock(sc->skc_hash));
	return ok;
}

/**
 * itp_unhash_common - take a half-open entry or TIME-WAIT record out
 * @sc: the entry; its lock is held, and it is in the table
 */
void itp_unhash_common(struct sock_common *sc)
{
	spin_lock_bh(table_lock(sc->skc_hash));
	hlist_nulls_del_init_rcu(&sc->skc_nulls_node);
	spin_unlock_bh(table_lock(sc->skc_hash));
}

/* The number by which sock_diag knows a connection stays what it was. */
static void cookie_inherit(struct sock_common *to,
			   const struct sock_common *from)
{
	atomic64_set(&to->skc_cookie, atomic64_read(&from->skc_cookie));
}

/**
 * itp_hash_child - a socket takes the place of its half-open entry
 * @child: the socket, locked, seen by nobody else
 * @rsk: the entry, locked, in the table
 */
void itp_hash_child(struct sock *child, struct itp_reqsk *rsk)
{
	sk_hash_prepare(child, &rsk->t);
	cookie_inherit(&child->__sk_common, &rsk->sc);
	spin_lock_bh(table_lock(child->sk_hash));
	table_add(&child->__sk_common);
	itp_sk(child)->hashed = true;
	hlist_nulls_del_init_rcu(&rsk->sc.skc_nulls_node);
	spin_unlock_bh(table_lock(child->sk_hash));
	sock_prot_inuse_add(sock_net(child), child->sk_prot, 1);
}

/**
 * itp_hash_tw - a TIME-WAIT record takes the place of its socket
 * @tw: the record; its references are set
 * @sk: the socket, locked, in the table
 */
void itp_hash_tw(struct itp_twsk *tw, struct sock *sk)
{
	tw->sc.skc_hash = sk->sk_hash;
	cookie_inherit(&tw->sc, &sk->__sk_common);
	spin_lock_bh(table_lock(tw->sc.skc_hash));
	table_add(&tw->sc);
	table_del_sk(sk);
	spin_unlock_bh(table_lock(tw->sc.skc_hash));
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
}

static u32 listener_hash(const struct net *net, u16 port)
{
	return jhash_2words(port, net_hash_mix(net), 0) &
	       (LISTENER_BUCKETS - 1);
}

/* Any address: of IPv4, or of IPv6 (and IPv4). */
static bool listener_any(const struct sock *sk)
{
	return sk->sk_family == AF_INET ? !sk->sk_rcv_saddr :
					  ipv6_addr_any(&sk->sk_v6_rcv_saddr);
}

/* Do both listen for the same, and want to share it (SO_REUSEPORT)? */
static bool listeners_group(struct sock *a, struct sock *b)
{
	return a->sk_reuseport && b->sk_reuseport &&
	       a->sk_family == b->sk_family &&
	       inet_sk(a)->inet_num == inet_sk(b)->inet_num &&
	       net_eq(sock_net(a), sock_net(b)) &&
	       a->sk_bound_dev_if == b->sk_bound_dev_if &&
	       a->sk_ipv6only == b->sk_ipv6only &&
	       (a->sk_family == AF_INET ? a->sk_rcv_saddr == b->sk_rcv_saddr :
		ipv6_addr_equal(&a->sk_v6_rcv_saddr, &b->sk_v6_rcv_saddr)) &&
	       uid_eq(sock_i_uid(a), sock_i_uid(b));
}

/* Join those that share the port, or found a group. Under the bucket's lock. */
static int listener_join(struct sock *sk, struct listener_bucket *b)
{
	const struct hlist_nulls_node *node;
	struct sock *other;

	sk_nulls_for_each(other, node, &b->head)
		if (listeners_group(sk, other))
			return reuseport_add_sock(sk, other, listener_any(sk));
	return reuseport_alloc(sk, listener_any(sk));
}

/**
 * itp_hash_listener - put a listener into the table of listeners
 * @sk: the socket, locked; address and port are set
 *
 * Return: 0, or -ENOMEM or -EBUSY: it could not join its SO_REUSEPORT group.
 */
int itp_hash_listener(struct sock *sk)
{
	struct listener_bucket *b;
	int err = 0;

	sk->sk_hash = listener_hash(sock_net(sk), inet_sk(sk)->inet_num);
	b = &listeners[sk->sk_hash];
	spin_lock_bh(&b->lock);
	if (sk->sk_reuseport)
		err = listener_join(sk, b);
	if (!err) {
		hlist_nulls_add_head_rcu(&sk->sk_nulls_node, &b->head);
		itp_sk(sk)->listed = true;
	}
	spin_unlock_bh(&b->lock);
	if (!err)
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
	return err;
}

/* Does its bound address take segments for @t? 0 no, 1 any address, 2 this. */
static int listener_address(const struct sock *sk, const struct itp_tuple *t)
{
	if (sk->sk_family == AF_INET) {
		if (t->v6)
			return 0;
		if (!sk->sk_rcv_saddr)
			return 1;
		return sk->sk_rcv_saddr == t->laddr.s6_addr32[3] ? 2 : 0;
	}
	if (ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		return t->v6 || !ipv6_only_sock(sk);
	return ipv6_addr_equal(&sk->sk_v6_rcv_saddr, &t->laddr) ? 2 : 0;
}

/*
 * Bound to this address beats bound to any; then bound to this device; then
 * the socket's own family; then the CPU it asked for. Negative: no match.
 */
static int listener_score(const struct sock *sk, const struct itp_tuple *t)
{
	int address;

	if (sk->sk_state != TCP_LISTEN || inet_sk(sk)->inet_num != t->lport ||
	    !net_eq(sock_net(sk), t->net))
		return -1;
	address = listener_address(sk, t);
	if (!address ||
	    !inet_sk_bound_dev_eq(t->net, READ_ONCE(sk->sk_bound_dev_if),
				  t->dif, t->sdif))
		return -1;
	return (address == 2) * 8 + !!READ_ONCE(sk->sk_bound_dev_if) * 4 +
	       (sk->sk_family == (t->v6 ? AF_INET6 : AF_INET)) * 2 +
	       (READ_ONCE(sk->sk_incoming_cpu) == raw_smp_processor_id());
}

/* One of those that share the port with @sk: by program, else by hash. */
static struct sock *listener_of_group(struct sock *sk, u32 hash,
				      struct sk_buff *skb)
{
	u32 hdr_len = skb ? (skb->data[12] >> 4) * 4 : 0;

	return reuseport_select_sock(sk, hash, skb, hdr_len) ? : sk;
}

/**
 * itp_lookup_listener - find the listener for a segment
 * @t: addresses and ports of the segment, as seen from here
 * @skb: the segment, header at skb->data, or NULL: any of a group will do
 *
 * Of those that share the port through SO_REUSEPORT, the program that they
 * attached (SO_ATTACH_REUSEPORT_CBPF) or the hash of the connection picks one.
 *
 * CONTEXT: under rcu_read_lock(), which keeps the result alive.
 *
 * Return: the socket without a reference, or NULL.
 */
struct sock *itp_lookup_listener(const struct itp_tuple *t,
				 struct sk_buff *skb)
{
	u32 slot = listener_hash(t->net, t->lport);
	const struct hlist_nulls_node *node;
	struct sock *sk, *best;
	int score, top;

begin:
	best = NULL;
	top = -1;
	sk_nulls_for_each_rcu(sk, node, &listeners[slot].head) {
		score = listener_score(sk, t);
		if (score > top) {
			best = sk;
			top = score;
		}
	}
	if (get_nulls_value(node) != LISTENER_NULLS + slot)
		goto begin;
	if (best && rcu_access_pointer(best->sk_reuseport_cb))
		best = listener_of_group(best, itp_tuple_hash(t), skb);
	return best;
}

/**
 * itp_table_size - for walks
 *
 * Return: number of buckets of the table of connections.
 */
u32 itp_table_size(void)
{
	return table_size;
}

/**
 * itp_listener_size - for walks
 *
 * Return: number of buckets of the table of listeners.
 */
u32 itp_listener_size(void)
{
	return LISTENER_BUCKETS;
}

static struct sock_common *chain_next(struct hlist_nulls_head *head,
				      spinlock_t *lock, struct net *net,
				      u64 after)
{
	const struct hlist_nulls_node *node;
	struct sock_common *found = NULL;
	u64 id, found_id = 0;
	struct sock *sk;

	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, head) {
		if (!net_eq(sock_net(sk), net))
			continue;
		id = itp_common_id(&sk->__sk_common);
		if (id <= after || (found && id >= found_id))
			continue;
		found = &sk->__sk_common;
		found_id = id;
	}
	/* In the table it has references: they go after it is taken out. */
	if (found && !refcount_inc_not_zero(&found->skc_refcnt))
		found = NULL;
	spin_unlock_bh(lock);
	return found;
}

/**
 * itp_table_next - the next entry of a bucket, for walks
 * @net: namespace
 * @bucket: number of the bucket
 * @after: number of the entry before
 *
 * Return: the entry with the smallest number above @after, with a reference,
 * or NULL.
 */
struct sock_common *itp_table_next(struct net *net, u32 bucket, u64 after)
{
	if (hlist_nulls_empty(&table[bucket]))
		return NULL;
	return chain_next(&table[bucket], table_lock(bucket), net, after);
}

/**
 * itp_listener_next - the next listener of a bucket, for walks
 * @net: namespace
 * @bucket: number of the bucket
 * @after: number of the listener before
 *
 * Return: the listener with the smallest number above @after, with a
 * reference, or NULL.
 */
struct sock *itp_listener_next(struct net *net, u32 bucket, u64 after)
{
	struct listener_bucket *b = &listeners[bucket];
	struct sock_common *sc;

	if (hlist_nulls_empty(&b->head))
		return NULL;
	sc = chain_next(&b->head, &b->lock, net, after);
	return sc ? itp_common_sk(sc) : NULL;
}

static struct sock_common *purge_next(struct net *net, u32 bucket)
{
	const struct hlist_nulls_node *node;
	struct sock_common *found = NULL;
	struct sock *sk;

	spin_lock_bh(table_lock(bucket));
	sk_nulls_for_each(sk, node, &table[bucket]) {
		if (!net_eq(sock_net(sk), net) ||
		    itp_common_full(&sk->__sk_common) ||
		    !refcount_inc_not_zero(&sk->sk_refcnt))
			continue;
		found = &sk->__sk_common;
		break;
	}
	spin_unlock_bh(table_lock(bucket));
	return found;
}

/**
 * itp_purge_net - end the half-open entries and TIME-WAIT records of a namespace
 * @net: namespace that goes away; none of its sockets are left
 */
void itp_purge_net(struct net *net)
{
	struct sock_common *sc;
	u32 bucket;

	for (bucket = 0; bucket < table_size; bucket++) {
		while (!hlist_nulls_empty(&table[bucket])) {
			sc = purge_next(net, bucket);
			if (!sc)
				break;
			if (sc->skc_state == TCP_TIME_WAIT)
				itp_tw_kill(itp_twsk(sc), ITP_CAUSE_NETNS_EXIT);
			else
				itp_req_kill(itp_reqsk(sc),
					     ITP_CAUSE_NETNS_EXIT);
			itp_common_put(sc);
		}
		cond_resched();
	}
}
