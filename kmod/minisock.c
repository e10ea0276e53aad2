// SPDX-License-Identifier: GPL-2.0-only
/*
 * Half-open entries and TIME-WAIT records: the two kinds of entry in the table
 * of connections that are no sockets. What they answer is the engine's
 * (request.c, timewait.c); accept queues and the sockets that come out of
 * half-open entries are accept.c's.
 *
 * References: the table has one, a pending timer has one, whoever found the
 * entry has one. Who takes an entry out of the table (@dead, under its lock)
 * drops the first two. A timer's function that comes too late sees @dead and
 * drops its own.
 *
 * Neither kind holds the namespace. Whatever touches it does so before the
 * entry leaves the table: itp_purge_net() finds what is left, and a grace
 * period follows it.
 *
 * Locks: an entry's lock > accept lock, bucket locks.
 */
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/xfrm.h>
#include "itp.h"

static struct kmem_cache *req_cache;
static struct kmem_cache *tw_cache;
/* Entries and records in the whole host, over all namespaces. */
static atomic_t req_total = ATOMIC_INIT(0);
static atomic_t tw_total = ATOMIC_INIT(0);

/**
 * itp_minisock_init - make the slabs
 *
 * Return: 0 or -ENOMEM.
 */
int itp_minisock_init(void)
{
	slab_flags_t flags = SLAB_TYPESAFE_BY_RCU | SLAB_ACCOUNT;

	req_cache = KMEM_CACHE(itp_reqsk, flags);
	tw_cache = KMEM_CACHE(itp_twsk, flags);
	if (req_cache && tw_cache)
		return 0;
	itp_minisock_exit();
	return -ENOMEM;
}

/**
 * itp_minisock_exit - free the slabs; all entries are gone
 */
void itp_minisock_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(tw_cache);
	kmem_cache_destroy(req_cache);
}

/**
 * itp_common_put - give back a reference from the table of connections
 * @sc: socket, half-open entry or TIME-WAIT record
 */
void itp_common_put(struct sock_common *sc)
{
	struct itp_reqsk *rsk;

	if (itp_common_full(sc)) {
		sock_put(itp_common_sk(sc));
		return;
	}
	if (!refcount_dec_and_test(&sc->skc_refcnt))
		return;
	if (sc->skc_state == TCP_NEW_SYN_RECV) {
		rsk = itp_reqsk(sc);
		sock_put(rsk->listener);
		kmem_cache_free(req_cache, rsk);
	} else {
		kmem_cache_free(tw_cache, itp_twsk(sc));
	}
}

static void common_init(struct sock_common *sc, const struct itp_tuple *t,
			u8 state)
{
	sc->skc_family = t->v6 ? AF_INET6 : AF_INET;
	sc->skc_state = state;
	sc->skc_reuse = 0;
	sc->skc_reuseport = 0;
	sc->skc_ipv6only = 0;
	sc->skc_net_refcnt = 0;
	sc->skc_bound_dev_if = 0;
	sc->skc_prot = NULL;
	write_pnet(&sc->skc_net, t->net);
	sc->skc_v6_daddr = t->raddr;
	sc->skc_v6_rcv_saddr = t->laddr;
	sc->skc_daddr = t->raddr.s6_addr32[3];
	sc->skc_rcv_saddr = t->laddr.s6_addr32[3];
	sc->skc_dport = htons(t->rport);
	sc->skc_num = t->lport;
	sc->skc_flags = 0;
	atomic64_set(&sc->skc_cookie, 0);
	INIT_HLIST_NODE(&sc->skc_bind_node);
}

/* Surroundings for a call on behalf of no socket, or of @listener in softirq. */
static void env_net(struct itp_env *env, const struct net *net,
		    const struct sock *listener)
{
	memset(env, 0, sizeof(*env));
	env->now_us = itp_now_us();
	env->tun = listener ? itp_sk_tun(listener) : &itp_net(net)->tun.t;
	env->ns = itp_net(net);
	env->challenge = &itp_net(net)->challenge;
}

/* Under the entry's lock; the caller has a reference. */
static void timer_start(struct timer_list *timer, struct sock_common *sc,
			u64 now_us, u64 deadline_us)
{
	u64 wait = deadline_us > now_us ? deadline_us - now_us : 0;

	wait = min_t(u64, wait, U32_MAX);
	if (!mod_timer(timer, jiffies + usecs_to_jiffies(wait)))
		refcount_inc(&sc->skc_refcnt);
}

/* Half-open entries */

static void req_uncharge(const struct net *net)
{
	atomic_dec(&itp_net(net)->req_count);
	atomic_dec(&req_total);
}

/* Count one more; @limited: if it is allowed. */
static bool req_charge(const struct net *net, const struct itp_env *env,
		       bool limited)
{
	struct itp_net *in = itp_net(net);
	int here = atomic_inc_return(&in->req_count);
	int all = atomic_inc_return(&req_total);

	if (!limited || (here <= (int)itp_tun(env->tun, max_half_open) &&
			 all <= (int)itp_tun(env->tun, max_half_open_host)))
		return true;
	req_uncharge(net);
	itp_count(net, half_open_limit);
	return false;
}

/*
 * Take an entry out of everything. Its lock is held, it is not dead, the
 * caller has a reference; the end was reported.
 */
static void req_unlink(struct itp_reqsk *rsk)
{
	struct itp_listener *lis = itp_sk(rsk->listener)->listener;

	rsk->dead = true;
	spin_lock_bh(&lis->lock);
	if (!list_empty(&rsk->link)) {
		list_del_init(&rsk->link);
		WRITE_ONCE(lis->nreqs, lis->nreqs - 1);
	}
	spin_unlock_bh(&lis->lock);
	if (timer_delete(&rsk->timer))
		refcount_dec(&rsk->sc.skc_refcnt);
	itp_unhash_common(&rsk->sc);
	req_uncharge(rsk->t.net);
	refcount_dec(&rsk->sc.skc_refcnt);
}

static void req_end(struct itp_reqsk *rsk, const struct itp_env *env,
		    enum itp_cause cause)
{
	itp_req_end(&rsk->req, env, cause);
	req_unlink(rsk);
}

/**
 * itp_req_kill - end a half-open entry
 * @rsk: the entry; the caller has a reference
 * @cause: why
 */
void itp_req_kill(struct itp_reqsk *rsk, enum itp_cause cause)
{
	struct itp_env env;

	spin_lock_bh(&rsk->lock);
	if (!rsk->dead) {
		env_net(&env, rsk->t.net, NULL);
		req_end(rsk, &env, cause);
	}
	spin_unlock_bh(&rsk->lock);
}

/**
 * itp_req_replaced - a socket took the place of a half-open entry
 * @rsk: the entry, locked, already out of the table
 */
void itp_req_replaced(struct itp_reqsk *rsk)
{
	req_unlink(rsk);
}

static void req_send_synack(struct itp_reqsk *rsk, const struct itp_env *env)
{
	struct itp_seg_out seg;
	bool ok;

	itp_req_synack(&rsk->req, env, &seg);
	ok = itp_send_reply(&rsk->t, rsk->listener, &seg, 0, 0);
	itp_req_sent(&rsk->req, env, ok);
	timer_start(&rsk->timer, &rsk->sc, env->now_us,
		    rsk->req.deadline_us);
}

static void req_timer(struct timer_list *timer)
{
	struct itp_reqsk *rsk = timer_container_of(rsk, timer, timer);
	struct itp_env env;

	spin_lock(&rsk->lock);
	if (!rsk->dead) {
		env_net(&env, rsk->t.net, rsk->listener);
		if (env.now_us < rsk->req.deadline_us)
			timer_start(&rsk->timer, &rsk->sc, env.now_us,
				    rsk->req.deadline_us);
		else if (itp_req_expire(&rsk->req, &env))
			req_send_synack(rsk, &env);
		else
			req_end(rsk, &env, ITP_CAUSE_TIMEOUT_SYNACK);
	}
	spin_unlock(&rsk->lock);
	itp_common_put(&rsk->sc);
}

/* The device a connection is tied to: link-local addresses need one. */
static int req_device(const struct sock *sk, const struct itp_tuple *t)
{
	int ifindex = READ_ONCE(sk->sk_bound_dev_if);

	if (!ifindex && t->v6 &&
	    ipv6_addr_type(&t->raddr) & IPV6_ADDR_LINKLOCAL)
		ifindex = t->dif;
	return ifindex;
}

/* A new entry, with two references; not in the table yet. */
static struct itp_reqsk *req_alloc(struct sock *sk, const struct itp_tuple *t)
{
	struct itp_reqsk *rsk;

	rsk = kmem_cache_alloc(req_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!rsk)
		return NULL;
	if (!refcount_inc_not_zero(&sk->sk_refcnt)) {
		kmem_cache_free(req_cache, rsk);
		return NULL;
	}
	common_init(&rsk->sc, t, TCP_NEW_SYN_RECV);
	rsk->sc.skc_bound_dev_if = req_device(sk, t);
	spin_lock_init(&rsk->lock);
	rsk->listener = sk;
	rsk->t = *t;
	rsk->dead = false;
	INIT_LIST_HEAD(&rsk->link);
	timer_setup(&rsk->timer, req_timer, 0);
	rsk->req.id = itp_new_id();
	/* A reader of the old incarnation may hold the pointer. */
	smp_wmb();
	refcount_set(&rsk->sc.skc_refcnt, 2);
	return rsk;
}

/* Put a new entry into the table; locked. False: there is one like it. */
static bool req_hash(struct itp_reqsk *rsk)
{
	if (itp_hash_req(rsk))
		return true;
	rsk->dead = true;
	req_uncharge(rsk->t.net);
	refcount_dec(&rsk->sc.skc_refcnt);
	return false;
}

/* Join the listener's list; false: it closes. */
static bool req_join(struct itp_listener *lis, struct itp_reqsk *rsk)
{
	bool ok;

	spin_lock_bh(&lis->lock);
	ok = !lis->dead;
	if (ok) {
		list_add_tail(&rsk->link, &lis->reqs);
		WRITE_ONCE(lis->nreqs, lis->nreqs + 1);
	}
	spin_unlock_bh(&lis->lock);
	return ok;
}

/* Surroundings for the SYN: window and MSS that the SYN-ACK will offer. */
static void req_env(struct itp_env *env, const struct sock *sk,
		    const struct itp_tuple *t)
{
	u16 mss_user = READ_ONCE(itp_sk(sk)->conn.mss_user);

	env_net(env, t->net, sk);
	env->rcv_total = READ_ONCE(sk->sk_rcvbuf) / 2;
	env->rcv_free = env->rcv_total;
	env->adv_mss = itp_reply_mss(t, sk);
	env->v6 = t->v6;
	env->ts_offset = itp_stamp_offset(t);
	if (mss_user && mss_user < env->adv_mss)
		env->adv_mss = mss_user;
}

/* Answer the SYN @seg by an entry. ITP_REASON_NONE, or why not. */
static enum itp_reason req_make(struct sock *sk, const struct itp_tuple *t,
				const struct itp_seg_in *seg,
				const struct itp_env *env, u32 iss)
{
	struct itp_listener *lis = itp_sk(sk)->listener;
	enum itp_reason reason = ITP_REASON_NONE;
	struct itp_reqsk *rsk;

	if (!req_charge(t->net, env, true))
		return ITP_REASON_HALF_OPEN;
	rsk = req_alloc(sk, t);
	if (!rsk) {
		req_uncharge(t->net);
		return ITP_REASON_NO_MEMORY;
	}
	/* Who finds it in the table waits until it is complete. */
	spin_lock(&rsk->lock);
	if (!req_hash(rsk)) {
		reason = ITP_REASON_DUP_SYN;
	} else {
		itp_req_init(&rsk->req, rsk->req.id, seg, env, iss);
		rsk->req.retries = itp_sk(sk)->conn.syn_retries;
		rsk->req.defer = READ_ONCE(itp_sk(sk)->defer_accept);
		if (req_join(lis, rsk)) {
			req_send_synack(rsk, env);
		} else {
			req_end(rsk, env, ITP_CAUSE_LISTENER_CLOSED);
			reason = ITP_REASON_LISTENER_GONE;
		}
	}
	spin_unlock(&rsk->lock);
	itp_common_put(&rsk->sc);
	return reason;
}

/*
 * Has the listener no room for one more half-open entry? One more than listen()
 * said may be there, as in the accept queue, which may be shorter than
 * max_syn_backlog. Two CPUs may both take the last place.
 */
static bool listen_full(const struct sock *sk, const struct itp_env *env)
{
	u32 limit = READ_ONCE(sk->sk_max_ack_backlog) + 1;

	limit = min(limit, itp_tun(env->tun, max_syn_backlog));
	return READ_ONCE(itp_sk(sk)->listener->nreqs) >= limit;
}

/*
 * A SYN: an entry, or where there is no room or memory for one a cookie.
 * @iss: what TIME-WAIT asks for, or NULL; a cookie could not have it.
 */
static enum itp_reason listen_syn(struct sock *sk, struct itp_tuple *t,
				  const struct sk_buff *skb,
				  const struct itp_seg_in *seg, const u32 *iss)
{
	enum itp_reason reason;
	struct itp_env env;
	u32 cookies;

	req_env(&env, sk, t);
	itp_tuple_reflect(t, skb, env.tun);
	cookies = iss ? 0 : itp_tun(env.tun, syncookies);
	if (!env.adv_mss)
		return ITP_REASON_ADDRESS;
	if (sk_acceptq_is_full(sk)) {
		itp_count(t->net, accept_overflow);
		return ITP_REASON_ACCEPT_QUEUE;
	}
	if (cookies == 2)
		return itp_cookie_send(sk, t, seg, &env);
	if (listen_full(sk, &env)) {
		itp_count(t->net, syn_overflow);
		reason = ITP_REASON_SYN_QUEUE;
	} else {
		reason = req_make(sk, t, seg, &env, iss ? *iss : itp_isn(t));
	}
	if (cookies && (reason == ITP_REASON_SYN_QUEUE ||
			reason == ITP_REASON_HALF_OPEN ||
			reason == ITP_REASON_NO_MEMORY))
		reason = itp_cookie_send(sk, t, seg, &env);
	return reason;
}

/*
 * The handshake is complete and the accept queue full: the ACK counts as lost,
 * or the peer is told (abort_on_overflow). True: it was.
 */
static bool claim_overflow(const struct sock *sk, const struct itp_tuple *t,
			   const struct itp_seg_in *seg,
			   const struct itp_env *env)
{
	struct itp_seg_out rst;

	itp_count(t->net, accept_overflow);
	if (!itp_tun(env->tun, abort_on_overflow))
		return false;
	if (itp_seg_reset(seg, &rst))
		itp_send_reply(t, sk, &rst, 0, 0);
	return true;
}

/* The handshake is complete. NULL: *reason says why there is no socket. */
static struct sock *req_claim(struct itp_reqsk *rsk,
			      const struct itp_seg_in *seg,
			      const struct itp_env *env,
			      enum itp_reason *reason)
{
	if (!sk_acceptq_is_full(rsk->listener)) {
		*reason = ITP_REASON_NO_MEMORY;
		return itp_child_make(rsk, env);
	}
	*reason = ITP_REASON_ACCEPT_QUEUE;
	if (claim_overflow(rsk->listener, &rsk->t, seg, env))
		req_end(rsk, env, ITP_CAUSE_OVERFLOW);
	return NULL;
}

/* An entry from what a cookie says, for the moment until it is claimed. */
static struct sock *cookie_claim(struct itp_reqsk *rsk,
				 const struct itp_seg_in *seg,
				 const struct itp_env *env, u32 data,
				 enum itp_reason *reason)
{
	struct itp_listener *lis = itp_sk(rsk->listener)->listener;
	struct sock *child = NULL;

	if (!req_hash(rsk)) {
		/* Another CPU was faster; it will come again. */
		*reason = ITP_REASON_DUP_SYN;
		return NULL;
	}
	itp_cookie_req(&rsk->req, rsk->req.id, seg, env, data);
	if (req_join(lis, rsk)) {
		*reason = ITP_REASON_NO_MEMORY;
		child = itp_child_make(rsk, env);
		if (!child)
			req_end(rsk, env, ITP_CAUSE_NO_MEMORY);
	} else {
		*reason = ITP_REASON_LISTENER_GONE;
		req_end(rsk, env, ITP_CAUSE_LISTENER_CLOSED);
	}
	return child;
}

/*
 * An ACK for a listener. True: it brought a cookie back, and @skb is consumed
 * or dropped; false: *reason says what it is.
 */
static bool listen_ack(struct sock *sk, struct itp_tuple *t,
		       struct sk_buff *skb, const struct itp_seg_in *seg,
		       enum itp_reason *reason)
{
	struct sock *child = NULL;
	struct itp_reqsk *rsk;
	struct itp_env env;
	u32 data;

	req_env(&env, sk, t);
	*reason = itp_cookie_check(sk, t, seg, &env, &data);
	if (*reason != ITP_REASON_NONE)
		return false;
	rsk = NULL;
	itp_tuple_reflect(t, skb, env.tun);
	*reason = ITP_REASON_NO_MEMORY;
	if (sk_acceptq_is_full(sk)) {
		*reason = ITP_REASON_ACCEPT_QUEUE;
		claim_overflow(sk, t, seg, &env);
	} else if (itp_conn_request_allowed(sk, skb, t)) {
		*reason = ITP_REASON_FILTER;
	} else {
		rsk = req_alloc(sk, t);
	}
	if (rsk) {
		req_charge(t->net, &env, false);
		spin_lock(&rsk->lock);
		child = cookie_claim(rsk, seg, &env, data, reason);
		spin_unlock(&rsk->lock);
	}
	if (child) {
		itp_child_start(sk, child, skb, seg);
	} else {
		itp_count_drop(t->net, *reason);
		kfree_skb(skb);
	}
	if (rsk)
		itp_common_put(&rsk->sc);
	return true;
}

/**
 * itp_listen_rcv - a segment for a listener
 * @sk: the listener, not locked, alive under RCU
 * @t: addresses and ports; what reflect_tos asks for is written into it
 * @skb: the segment, header at skb->data; consumed
 * @iss: initial sequence number that TIME-WAIT asks for, or NULL
 */
void itp_listen_rcv(struct sock *sk, struct itp_tuple *t,
		    struct sk_buff *skb, const u32 *iss)
{
	enum itp_reason reason;
	struct itp_seg_out rst;
	struct itp_seg_in seg;

	reason = itp_skb_parse(skb, &seg);
	if (reason == ITP_REASON_NONE)
		reason = itp_listen_check(&seg);
	if (!iss)
		itp_count(t->net, segs_in);
	if (reason == ITP_REASON_NO_CONN &&
	    listen_ack(sk, t, skb, &seg, &reason))
		return;
	if ((reason == ITP_REASON_NO_CONN ||
	     reason == ITP_REASON_BAD_COOKIE) && itp_seg_reset(&seg, &rst))
		itp_send_reply(t, NULL, &rst, 0, 0);
	if (reason == ITP_REASON_NONE || reason == ITP_REASON_SYN_FIN)
		itp_count(t->net, syns_in);
	if (reason == ITP_REASON_NONE &&
	    itp_conn_request_allowed(sk, skb, t))
		reason = ITP_REASON_FILTER;
	if (reason == ITP_REASON_NONE)
		reason = listen_syn(sk, t, skb, &seg, iss);
	if (reason == ITP_REASON_NONE) {
		consume_skb(skb);
	} else {
		itp_count_drop(t->net, reason);
		kfree_skb(skb);
	}
}

/* All verdicts but CLAIM; the entry's lock is held. */
static void req_obey(struct itp_reqsk *rsk, enum itp_req_verdict verdict,
		     const struct itp_env *env, const struct itp_seg_out *reply)
{
	switch (verdict) {
	case ITP_REQ_SYNACK:
		req_send_synack(rsk, env);
		break;
	case ITP_REQ_REPLY:
		itp_send_reply(&rsk->t, rsk->listener, reply, 0, 0);
		break;
	case ITP_REQ_KILL:
		req_end(rsk, env, ITP_CAUSE_RCV_RST);
		break;
	case ITP_REQ_DROP:
	case ITP_REQ_CLAIM:
		break;
	}
}

/**
 * itp_req_rcv - a segment for a half-open entry
 * @rsk: the entry; the caller has a reference
 * @skb: the segment, header at skb->data
 *
 * CONTEXT: softirq.
 *
 * Return: true, and @skb is consumed; or false: the entry has gone, look again.
 */
bool itp_req_rcv(struct itp_reqsk *rsk, struct sk_buff *skb)
{
	enum itp_req_verdict verdict = ITP_REQ_DROP;
	struct sock *child = NULL;
	enum itp_reason reason;
	struct itp_seg_out reply;
	struct itp_seg_in seg;
	struct itp_env env;

	spin_lock(&rsk->lock);
	if (rsk->dead) {
		spin_unlock(&rsk->lock);
		return false;
	}
	env_net(&env, rsk->t.net, rsk->listener);
	reason = itp_skb_parse(skb, &seg);
	if (reason == ITP_REASON_NONE)
		verdict = itp_req_input(&rsk->req, &seg, &env, &reply,
					&reason);
	if (verdict == ITP_REQ_CLAIM)
		child = req_claim(rsk, &seg, &env, &reason);
	else
		req_obey(rsk, verdict, &env, &reply);
	spin_unlock(&rsk->lock);
	if (child) {
		itp_child_start(rsk->listener, child, skb, &seg);
	} else {
		itp_count_drop(rsk->t.net, reason);
		kfree_skb(skb);
	}
	return true;
}

/* TIME-WAIT */

/**
 * itp_tw_finish - end a TIME-WAIT record
 * @tw: the record, locked, not dead; the caller has a reference
 * @cause: why
 */
void itp_tw_finish(struct itp_twsk *tw, enum itp_cause cause)
{
	struct itp_env env;

	env_net(&env, tw->t.net, NULL);
	itp_tw_end(&tw->tw, &env, cause);
	tw->dead = true;
	itp_tw_put_port(tw);
	atomic_dec(&itp_net(tw->t.net)->tw_count);
	atomic_dec(&tw_total);
	if (timer_delete(&tw->timer))
		refcount_dec(&tw->sc.skc_refcnt);
	itp_unhash_common(&tw->sc);
	refcount_dec(&tw->sc.skc_refcnt);
}

/**
 * itp_tw_kill - end a TIME-WAIT record
 * @tw: the record; the caller has a reference
 * @cause: why
 */
void itp_tw_kill(struct itp_twsk *tw, enum itp_cause cause)
{
	spin_lock_bh(&tw->lock);
	if (!tw->dead)
		itp_tw_finish(tw, cause);
	spin_unlock_bh(&tw->lock);
}

static void tw_timer(struct timer_list *timer)
{
	struct itp_twsk *tw = timer_container_of(tw, timer, timer);
	u64 now_us;

	spin_lock(&tw->lock);
	if (!tw->dead) {
		now_us = itp_now_us();
		if (now_us < tw->tw.deadline_us)
			timer_start(&tw->timer, &tw->sc, now_us,
				    tw->tw.deadline_us);
		else
			itp_tw_finish(tw, ITP_CAUSE_TIMEOUT_TIME_WAIT);
	}
	spin_unlock(&tw->lock);
	itp_common_put(&tw->sc);
}

/* Is one more record allowed? Counts it then. */
static bool tw_charge(struct itp_net *in, const struct itp_env *env)
{
	if (atomic_inc_return(&in->tw_count) <=
	    (int)itp_tun(env->tun, max_tw_buckets)) {
		if (atomic_inc_return(&tw_total) <=
		    (int)itp_tun(env->tun, max_tw_buckets_host))
			return true;
		atomic_dec(&tw_total);
		itp_env_count(env, ITP_CNT_timewait_host, 1);
	}
	atomic_dec(&in->tw_count);
	return false;
}

static struct itp_twsk *tw_alloc(struct sock *sk)
{
	struct itp_tuple t;
	struct itp_twsk *tw;

	tw = kmem_cache_alloc(tw_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!tw)
		return NULL;
	itp_sk_tuple(sk, &t);
	common_init(&tw->sc, &t, TCP_TIME_WAIT);
	/* The rules for bind() look at these. */
	tw->sc.skc_family = sk->sk_family;
	tw->sc.skc_reuse = sk->sk_reuse;
	tw->sc.skc_reuseport = sk->sk_reuseport;
	tw->sc.skc_ipv6only = sk->sk_ipv6only;
	tw->sc.skc_bound_dev_if = sk->sk_bound_dev_if;
	spin_lock_init(&tw->lock);
	timer_setup(&tw->timer, tw_timer, 0);
	tw->t = t;
	tw->mark = READ_ONCE(sk->sk_mark);
	tw->uid = sock_i_uid(sk);
	tw->tos = t.v6 ? inet6_sk(sk)->tclass : READ_ONCE(inet_sk(sk)->tos);
	tw->dead = false;
	return tw;
}

/**
 * itp_make_timewait - leave a TIME-WAIT record in the place of a socket
 * @sk: the socket, locked, in the table; its engine block is in TIME-WAIT
 * @env: surroundings
 *
 * The engine block is CLOSED afterwards, with a record or without.
 */
void itp_make_timewait(struct sock *sk, struct itp_env *env)
{
	struct itp_net *in = itp_net(sock_net(sk));
	struct itp_conn *c = &itp_sk(sk)->conn;
	struct itp_twsk *tw = NULL;

	if (tw_charge(in, env)) {
		tw = tw_alloc(sk);
		if (!tw) {
			atomic_dec(&tw_total);
			atomic_dec(&in->tw_count);
		}
	}
	if (!tw) {
		itp_count(sock_net(sk), timewait_limit);
		itp_state_set(c, env, ITP_CLOSED, ITP_CAUSE_TW_LIMIT);
		return;
	}
	local_bh_disable();
	spin_lock(&tw->lock);
	itp_tw_init(&tw->tw, c, env);
	itp_tw_take_port(tw, sk);
	/* A reader of the old incarnation may hold the pointer. */
	smp_wmb();
	refcount_set(&tw->sc.skc_refcnt, 1);
	itp_hash_tw(tw, sk);
	timer_start(&tw->timer, &tw->sc, env->now_us, tw->tw.deadline_us);
	spin_unlock(&tw->lock);
	local_bh_enable();
	itp_conn_retire(c);
}

/**
 * itp_tw_rcv - a segment for a TIME-WAIT record
 * @tw: the record; the caller has a reference
 * @t: addresses and ports
 * @skb: the segment, header at skb->data
 * @iss: set for ITP_TW_LISTENER
 *
 * CONTEXT: softirq, under rcu_read_lock().
 *
 * Return: ITP_TW_DONE: @skb is consumed; ITP_TW_LISTENER: the record is gone,
 * a listener takes the SYN; ITP_TW_GONE: the record had gone, look again.
 */
enum itp_tw_rcvd itp_tw_rcv(struct itp_twsk *tw, const struct itp_tuple *t,
			    struct sk_buff *skb, u32 *iss)
{
	enum itp_tw_verdict verdict = ITP_TW_DROP;
	enum itp_tw_rcvd res = ITP_TW_DONE;
	enum itp_reason reason;
	struct itp_seg_out reply;
	struct itp_seg_in seg;
	struct itp_env env;

	if (!xfrm_policy_check(NULL, XFRM_POLICY_IN, skb,
			       t->v6 ? AF_INET6 : AF_INET)) {
		itp_count_drop(t->net, ITP_REASON_FILTER);
		kfree_skb(skb);
		return ITP_TW_DONE;
	}
	spin_lock(&tw->lock);
	if (tw->dead) {
		spin_unlock(&tw->lock);
		return ITP_TW_GONE;
	}
	env_net(&env, t->net, NULL);
	reason = itp_skb_parse(skb, &seg);
	if (reason == ITP_REASON_NONE)
		verdict = itp_tw_input(&tw->tw, &seg, &env, &reply, &reason);
	if (verdict == ITP_TW_REPLY) {
		itp_send_reply(&tw->t, NULL, &reply, tw->mark, tw->tos);
	} else if (verdict == ITP_TW_KILL) {
		itp_tw_finish(tw, ITP_CAUSE_RCV_RST);
	} else if (verdict == ITP_TW_NEW && itp_lookup_listener(t, NULL)) {
		*iss = itp_tw_next_iss(&tw->tw);
		itp_tw_finish(tw, ITP_CAUSE_TW_REUSED);
		res = ITP_TW_LISTENER;
	} else if (verdict == ITP_TW_NEW) {
		reason = ITP_REASON_TIME_WAIT;
		if (itp_tw_refused(&tw->tw, &env, &reply))
			itp_send_reply(&tw->t, NULL, &reply, tw->mark, tw->tos);
	}
	spin_unlock(&tw->lock);
	if (res == ITP_TW_LISTENER)
		return res;
	itp_count_drop(t->net, reason);
	kfree_skb(skb);
	return res;
}
