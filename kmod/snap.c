// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of sockets, half-open entries and TIME-WAIT records for those who
 * watch: netlink, ITP_INFO. What the fields mean is uapi/linux/itp.h's; the
 * engine fills what it knows, the shell adds queues and addresses.
 */
#include "itp.h"

/* Values of itp_info.timer that name no timer of the engine. */
#define TIMER_TIME_WAIT	255
#define TIMER_SYNACK	254

/**
 * itp_sock_key - who a socket is
 * @sk: the socket
 * @key: the result
 */
void itp_sock_key(const struct sock *sk, struct itp_key *key)
{
	const struct itp_conn *c = &itp_sk(sk)->conn;
	struct itp_tuple t;

	itp_sk_tuple(sk, &t);
	memset(key, 0, sizeof(*key));
	key->id = c->id;
	key->family = sk->sk_family;
	key->ifindex = READ_ONCE(sk->sk_bound_dev_if);
	key->laddr = t.laddr;
	key->raddr = t.raddr;
	key->lport = htons(t.lport);
	key->rport = htons(t.rport);
	if (c->role == ITP_ROLE_LISTENER) {
		key->raddr = in6addr_any;
		/* Any address of IPv4 is shown as any address. */
		if (ipv6_addr_v4mapped(&key->laddr) &&
		    !key->laddr.s6_addr32[3])
			key->laddr = in6addr_any;
	}
}

static void info_listener(const struct sock *sk, struct itp_info *info)
{
	info->unacked = READ_ONCE(sk->sk_ack_backlog);
	info->sacked = READ_ONCE(sk->sk_max_ack_backlog);
	info->rqueue = info->unacked;
	info->wqueue = info->sacked;
}

static void info_conn(const struct sock *sk, struct itp_info *info)
{
	const struct itp_sock *isk = itp_sk(sk);
	const struct itp_conn *c = &isk->conn;
	struct dst_entry *dst = __sk_dst_get((struct sock *)sk);

	info->rqueue = isk->rqueue;
	/* SYN and FIN are no text. */
	if (!skb_queue_empty(&sk->sk_write_queue) &&
	    seq_gt(c->write_seq, c->snd_una))
		info->wqueue = c->write_seq - c->snd_una;
	info->pmtu = dst ? dst_mtu(dst) : 0;
}

/**
 * itp_sock_info - everything about a socket
 * @sk: the socket, locked
 * @info: the result, sequence numbers included
 */
void itp_sock_info(struct sock *sk, struct itp_info *info)
{
	struct itp_env env;

	itp_env_fill(sk, &env);
	itp_conn_info(&itp_sk(sk)->conn, &env, info);
	if (sk->sk_state == TCP_LISTEN)
		info_listener(sk, info);
	else
		info_conn(sk, info);
}

/* False: it is a connection no more. */
static bool snap_sock(struct sock *sk, struct itp_snap *snap)
{
	bool alive;

	lock_sock(sk);
	alive = sk->sk_state != TCP_CLOSE;
	if (alive) {
		itp_sock_key(sk, &snap->key);
		itp_sock_info(sk, &snap->info);
		snap->uid = sock_i_uid(sk);
		snap->inode = sock_i_ino(sk);
		if (!snap->inode)
			snap->uid = INVALID_UID;
		snap->mark = READ_ONCE(sk->sk_mark);
		snap->owns = itp_override_list(sk, snap->own);
	}
	release_sock(sk);
	return alive;
}

static void snap_tuple(struct itp_snap *snap, const struct itp_tuple *t,
		       int ifindex)
{
	snap->key.family = t->v6 ? AF_INET6 : AF_INET;
	snap->key.ifindex = ifindex;
	snap->key.laddr = t->laddr;
	snap->key.raddr = t->raddr;
	snap->key.lport = htons(t->lport);
	snap->key.rport = htons(t->rport);
}

static u64 us_until(u64 now, u64 then)
{
	return then > now ? then - now : 0;
}

static u8 req_options(const struct itp_req *r)
{
	return (r->opts & ITP_OPT_TS ? ITP_INFO_TS : 0) |
	       (r->opts & ITP_OPT_SACKOK ? ITP_INFO_SACK : 0) |
	       (r->opts & ITP_OPT_WSCALE ? ITP_INFO_WSCALE : 0);
}

static bool snap_req(struct itp_reqsk *rsk, struct itp_snap *snap)
{
	struct itp_info *info = &snap->info;
	const struct itp_req *r = &rsk->req;
	u64 now;
	bool alive;

	spin_lock_bh(&rsk->lock);
	now = itp_now_us();
	alive = !rsk->dead;
	if (alive) {
		snap_tuple(snap, &rsk->t, rsk->sc.skc_bound_dev_if);
		snap->key.id = r->id;
		info->id = r->id;
		info->state = ITP_SYN_RECV;
		info->prev_state = ITP_LISTEN;
		info->cause = r->cause;
		info->role = ITP_ROLE_PASSIVE;
		info->retransmits = r->timeouts;
		info->options = req_options(r);
		info->backoff = r->timeouts;
		info->snd_wscale = r->snd_wscale;
		info->rcv_wscale = r->rcv_wscale;
		info->advmss = r->mss_adv;
		info->rcv_wnd = r->rcv_wnd;
		info->snd_wnd = r->wnd;
		info->segs_in = 1;
		info->segs_out = r->sends;
		info->total_retrans = r->sends ? r->sends - 1 : 0;
		info->retrans_syn = info->total_retrans;
		info->age_us = now - r->created_us;
		info->state_age_us = info->age_us;
		info->timer = TIMER_SYNACK;
		info->timer_us = us_until(now, r->deadline_us);
		info->iss = r->iss;
		info->irs = r->irs;
		info->snd_una = r->iss;
		info->snd_nxt = r->iss + 1;
		info->rcv_nxt = r->irs + 1;
	}
	spin_unlock_bh(&rsk->lock);
	return alive;
}

static bool snap_tw(struct itp_twsk *twsk, struct itp_snap *snap)
{
	struct itp_info *info = &snap->info;
	const struct itp_tw *tw = &twsk->tw;
	u64 now;
	bool alive;

	spin_lock_bh(&twsk->lock);
	now = itp_now_us();
	alive = !twsk->dead;
	if (alive) {
		snap_tuple(snap, &twsk->t, twsk->sc.skc_bound_dev_if);
		snap->key.id = tw->id;
		snap->mark = twsk->mark;
		info->id = tw->id;
		info->state = ITP_TIME_WAIT;
		info->prev_state = tw->prev_state;
		info->cause = tw->cause;
		info->role = tw->role;
		info->options = tw->ts_ok ? ITP_INFO_TS : 0;
		info->rcv_wscale = tw->rcv_wscale;
		info->rcv_wnd = tw->rcv_wnd;
		info->age_us = now - tw->created_us;
		info->state_age_us = now - tw->entered_us;
		info->timer = TIMER_TIME_WAIT;
		info->timer_us = us_until(now, tw->deadline_us);
		info->snd_una = tw->snd_nxt;
		info->snd_nxt = tw->snd_nxt;
		info->rcv_nxt = tw->rcv_nxt;
	}
	spin_unlock_bh(&twsk->lock);
	return alive;
}

/* False: it went meanwhile. */
static bool snap_common(struct sock_common *sc, struct itp_snap *snap)
{
	memset(snap, 0, sizeof(*snap));
	snap->uid = INVALID_UID;
	snap->sc = sc;
	snap->full = itp_common_full(sc);
	if (snap->full)
		return snap_sock(itp_common_sk(sc), snap);
	if (sc->skc_state == TCP_NEW_SYN_RECV)
		return snap_req(itp_reqsk(sc), snap);
	return snap_tw(itp_twsk(sc), snap);
}

enum {
	STAGE_LISTENERS,
	STAGE_CONNECTIONS,
	STAGE_DONE,
};

/* The next record of the bucket that @cur is in, or NULL. */
static struct sock_common *walk_next(struct net *net,
				     const struct itp_cursor *cur)
{
	struct sock *sk;

	if (cur->stage == STAGE_CONNECTIONS)
		return itp_table_next(net, cur->bucket, cur->last_id);
	sk = itp_listener_next(net, cur->bucket, cur->last_id);
	return sk ? &sk->__sk_common : NULL;
}

/* One bucket to its end. */
static int walk_bucket(struct net *net, struct itp_cursor *cur,
		       struct itp_snap *snap,
		       int (*show)(const struct itp_snap *snap, void *arg),
		       void *arg)
{
	struct sock_common *sc;
	u64 id;
	int err = 0;

	while (!err && (sc = walk_next(net, cur)) != NULL) {
		id = itp_common_id(sc);
		/* While it waited for its lock it may have become another. */
		if (snap_common(sc, snap) && snap->key.id == id)
			err = show(snap, arg);
		itp_common_put(sc);
		if (!err)
			cur->last_id = id;
		cond_resched();
	}
	return err;
}

/**
 * itp_walk - show every record of a namespace
 * @net: the namespace
 * @cur: where to begin, all zero at first; moved on
 * @show: called for each, with no lock held; non-zero stops
 * @arg: for @show
 *
 * In the order of buckets and, within one, of numbers. A record that lives all
 * the time is shown exactly once, in whichever form it has when its turn comes:
 * half-open entry, socket and TIME-WAIT record of a connection have the same
 * number and lie in the same bucket.
 *
 * Return: 0 if nothing is left, else what @show returned; @cur then points
 * before that record.
 */
int itp_walk(struct net *net, struct itp_cursor *cur,
	     int (*show)(const struct itp_snap *snap, void *arg), void *arg)
{
	struct itp_snap *snap = kmalloc(sizeof(*snap), GFP_KERNEL_ACCOUNT);
	u32 size;
	int err;

	if (!snap)
		return -ENOMEM;
	for (err = 0; cur->stage < STAGE_DONE; cur->stage++) {
		size = cur->stage == STAGE_LISTENERS ? itp_listener_size() :
						       itp_table_size();
		while (cur->bucket < size) {
			err = walk_bucket(net, cur, snap, show, arg);
			if (err)
				goto out;
			cur->last_id = 0;
			if (!(++cur->bucket & 1023))
				cond_resched();
		}
		cur->bucket = 0;
	}
out:
	kfree(snap);
	return err;
}
EXPORT_SYMBOL_GPL(itp_walk);

/* Whose segments these would be, with a reference, or NULL. */
static struct sock_common *find_key(struct net *net, const struct itp_key *key)
{
	struct itp_tuple t = {
		.net = net,
		.laddr = key->laddr,
		.raddr = key->raddr,
		.lport = ntohs(key->lport),
		.rport = ntohs(key->rport),
		.v6 = key->family == AF_INET6,
		.dif = key->ifindex,
	};
	struct sock_common *sc;
	struct sock *sk;

	rcu_read_lock();
	sc = itp_lookup(&t);
	if (!sc) {
		sk = itp_lookup_listener(&t, NULL);
		if (sk && refcount_inc_not_zero(&sk->sk_refcnt))
			sc = &sk->__sk_common;
	}
	rcu_read_unlock();
	return sc;
}

/**
 * itp_show_one - show the record with these addresses and ports
 * @net: the namespace
 * @key: the addresses and ports; family AF_INET if they are IPv4's
 * @show: called for it, with no lock held
 * @arg: for @show
 *
 * Return: what @show returned, -ENOENT or -ENOMEM.
 */
int itp_show_one(struct net *net, const struct itp_key *key,
		 int (*show)(const struct itp_snap *snap, void *arg),
		 void *arg)
{
	struct itp_snap *snap = kmalloc(sizeof(*snap), GFP_KERNEL_ACCOUNT);
	struct sock_common *sc;
	int err = -ENOENT;

	if (!snap)
		return -ENOMEM;
	sc = find_key(net, key);
	if (sc && snap_common(sc, snap))
		err = show(snap, arg);
	if (sc)
		itp_common_put(sc);
	kfree(snap);
	return err;
}
EXPORT_SYMBOL_GPL(itp_show_one);

/**
 * itp_common_find - the record with a number
 * @net: namespace
 * @id: the number
 *
 * Goes through the tables: numbers are not hashed, so that opening a connection
 * need not keep an index of them.
 *
 * Return: the record with a reference, or NULL.
 */
struct sock_common *itp_common_find(struct net *net, u64 id)
{
	struct itp_cursor cur = { .last_id = id - 1 };
	struct sock_common *sc;
	u32 size;

	if (!id)
		return NULL;
	for (; cur.stage < STAGE_DONE; cur.stage++) {
		size = cur.stage == STAGE_LISTENERS ? itp_listener_size() :
						      itp_table_size();
		for (cur.bucket = 0; cur.bucket < size; cur.bucket++) {
			sc = walk_next(net, &cur);
			if (sc && itp_common_id(sc) == id)
				return sc;
			if (sc)
				itp_common_put(sc);
			if (!(cur.bucket & 1023))
				cond_resched();
		}
	}
	return NULL;
}

/**
 * itp_find - a copy of the record with a number
 * @net: namespace
 * @id: the number
 * @snap: the result
 *
 * Return: 0 or -ENOENT.
 */
int itp_find(struct net *net, u64 id, struct itp_snap *snap)
{
	struct sock_common *sc = itp_common_find(net, id);
	bool ok;

	if (!sc)
		return -ENOENT;
	/* While it waited for its lock it may have become another. */
	ok = snap_common(sc, snap) && snap->key.id == id;
	/* The reference ends here. */
	snap->sc = NULL;
	itp_common_put(sc);
	return ok ? 0 : -ENOENT;
}
