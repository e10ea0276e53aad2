// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners: listen(), the sockets that come out of half-open entries, the
 * queue in which they wait for accept(), and what happens to them when the
 * listener closes first. Half-open entries themselves are minisock.c's.
 *
 * Segments never take the socket lock of a listener. What they share with it
 * is struct itp_listener, under a lock of its own.
 */
#include <linux/sched/signal.h>
#include "itp.h"

/* New sockets */

/* Nobody has seen @child yet: take it apart. It is locked. */
static void child_discard(struct sock *child)
	__releases(&child->sk_lock.slock)
{
	inet_sk_set_state(child, TCP_CLOSE);
	sock_orphan(child);
	itp_destroy_sock(child);
	bh_unlock_sock(child);
	sock_put(child);
}

/* What sk_clone_lock() copied from the listener and a connection has anew. */
static void child_reset(struct sock *child, const struct sock *listener)
{
	struct itp_sock *isk = itp_sk(child);
	struct itp_conn *c = &isk->conn;

	c->flow = NULL;
	c->spare = NULL;
	memset(&c->sent, 0, sizeof(c->sent));
	memset(&c->held, 0, sizeof(c->held));
	isk->held = RB_ROOT;
	isk->accept_next = NULL;
	isk->own = NULL;
	isk->rqueue = 0;
	isk->urg = 0;
	isk->hashed = false;
	isk->listed = false;
	isk->orphaned = false;
	atomic_set(&isk->host_pkts, 0);
	INIT_HLIST_NODE(&child->sk_bind_node);
	itp_clock_init(child);
	sock_reset_flag(child, SOCK_RCU_FREE);
	child->sk_shutdown = 0;
	child->sk_ack_backlog = 0;
	child->sk_priority = READ_ONCE(listener->sk_priority);
	child->sk_mark = READ_ONCE(listener->sk_mark);
}

/**
 * itp_child_make - a half-open entry becomes a socket
 * @rsk: the entry, locked, not dead
 * @env: surroundings of the entry
 *
 * Return: the socket, in SYN-RECEIVED, in the table in the place of the entry,
 * locked, with a reference for the caller and one for its life; or NULL, and
 * the entry is as it was.
 */
struct sock *itp_child_make(struct itp_reqsk *rsk, const struct itp_env *env)
{
	struct sock *listener = rsk->listener;
	struct sock *child = sk_clone_lock(listener, GFP_ATOMIC);

	if (!child)
		return NULL;
	child_reset(child, listener);
	itp_conn_renew(child, rsk->req.id);
	if (itp_family_child(child, listener, rsk) ||
	    itp_override_inherit(child, listener) ||
	    itp_inherit_port(child)) {
		/* for sparse: sk_clone_lock() took it */
		__acquire(&child->sk_lock.slock);
		child_discard(child);
		return NULL;
	}
	itp_req_to_conn(&rsk->req, &itp_sk(child)->conn, env);
	itp_mirror_state(child, TCP_SYN_RECV);
	itp_hash_child(child, rsk);
	itp_req_replaced(rsk);
	return child;
}

/* Queue @child for accept(); false: the listener closes. */
static bool accept_queue_add(struct sock *listener, struct sock *child)
{
	struct itp_listener *lis = itp_sk(listener)->listener;
	bool ok;

	spin_lock_bh(&lis->lock);
	ok = !lis->dead;
	if (ok) {
		itp_sk(child)->accept_next = NULL;
		if (lis->tail)
			itp_sk(lis->tail)->accept_next = child;
		else
			lis->head = child;
		lis->tail = child;
		sk_acceptq_added(listener);
	}
	spin_unlock_bh(&lis->lock);
	return ok;
}

static struct sock *accept_queue_get(struct sock *listener)
{
	struct itp_listener *lis = itp_sk(listener)->listener;
	struct sock *child;

	spin_lock_bh(&lis->lock);
	child = lis->head;
	if (child) {
		lis->head = itp_sk(child)->accept_next;
		if (!lis->head)
			lis->tail = NULL;
		itp_sk(child)->accept_next = NULL;
		sk_acceptq_removed(listener);
	}
	spin_unlock_bh(&lis->lock);
	return child;
}

/*
 * The listener went, or the socket never came to be: reset and destroy. @child
 * is locked; the caller has a reference.
 */
static void child_abort(struct sock *child)
{
	struct itp_env env;
	struct itp_out out;

	sock_orphan(child);
	if (child->sk_state == TCP_CLOSE) {
		itp_destroy_sock(child);
		return;
	}
	itp_env_fill(child, &env);
	itp_user_close(&itp_sk(child)->conn, &env, ITP_CLOSE_LISTENER, &out);
	itp_act(child, &env, &out, NULL);
}

/**
 * itp_child_start - give a new socket its first segment, and to accept()
 * @listener: where it came from
 * @child: the socket from itp_child_make(); lock and reference are given up
 * @skb: the segment that completed the handshake, header at skb->data; consumed
 * @seg: its header
 */
void itp_child_start(struct sock *listener, struct sock *child,
		     struct sk_buff *skb, const struct itp_seg_in *seg)
	__releases(&child->sk_lock.slock)
{
	bool queued = false;

	security_inet_conn_established(child, skb);
	itp_rcv_locked(child, skb, seg);
	if (child->sk_state == TCP_ESTABLISHED ||
	    child->sk_state == TCP_CLOSE_WAIT)
		queued = accept_queue_add(listener, child);
	if (!queued)
		child_abort(child);
	bh_unlock_sock(child);
	if (queued)
		listener->sk_data_ready(listener);
	sock_put(child);
}

/* Wait until a connection is there. 0 or -errno. */
static int accept_wait(struct sock *sk, long timeo)
{
	struct itp_listener *lis = itp_sk(sk)->listener;
	DEFINE_WAIT(wait);
	int err = 0;

	for (;;) {
		prepare_to_wait_exclusive(sk_sleep(sk), &wait,
					  TASK_INTERRUPTIBLE);
		release_sock(sk);
		if (!READ_ONCE(lis->head))
			timeo = schedule_timeout(timeo);
		sched_annotate_sleep();
		lock_sock(sk);
		if (READ_ONCE(lis->head))
			break;
		if (sk->sk_state != TCP_LISTEN)
			err = -EINVAL;
		else if (signal_pending(current))
			err = sock_intr_errno(timeo);
		else if (!timeo)
			err = -EAGAIN;
		if (err)
			break;
	}
	finish_wait(sk_sleep(sk), &wait);
	return err;
}

/**
 * itp_accept - proto.accept
 * @sk: the listener
 * @flags: O_NONBLOCK
 * @err: why there is none, negative errno
 *
 * Return: the oldest connection that waits, or NULL.
 */
struct sock *itp_accept(struct sock *sk, int flags, int *err)
{
	struct sock *child = NULL;
	long timeo;

	*err = 0;
	lock_sock(sk);
	timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);
	while (!child && !*err) {
		if (sk->sk_state != TCP_LISTEN) {
			*err = -EINVAL;
			break;
		}
		child = accept_queue_get(sk);
		if (!child)
			*err = timeo ? accept_wait(sk, timeo) : -EAGAIN;
	}
	release_sock(sk);
	return child;
}

/* Listeners */

static struct itp_listener *listener_alloc(void)
{
	struct itp_listener *lis = kzalloc(sizeof(*lis), GFP_KERNEL_ACCOUNT);

	if (!lis)
		return NULL;
	spin_lock_init(&lis->lock);
	INIT_LIST_HEAD(&lis->reqs);
	return lis;
}

/* CLOSED -> LISTEN; the socket is locked. */
static int listen_start(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	struct itp_env env;
	int err;

	if (!isk->listener)
		isk->listener = listener_alloc();
	if (!isk->listener)
		return -ENOBUFS;
	isk->listener->dead = false;
	isk->listener->cookies = false;
	sk->sk_ack_backlog = 0;
	sock_set_flag(sk, SOCK_RCU_FREE);
	itp_conn_renew(sk, itp_new_id());
	itp_env_fill(sk, &env);
	itp_conn_listen(&isk->conn, &env);
	itp_mirror_state(sk, TCP_LISTEN);
	/*
	 * In LISTEN the rules for sharing the port are stricter, and two that
	 * share it may come here at once: look again now that others see that
	 * this one listens.
	 */
	err = itp_get_port(sk, inet_sk(sk)->inet_num);
	if (!err) {
		inet_sk(sk)->inet_sport = htons(inet_sk(sk)->inet_num);
		err = itp_hash_listener(sk);
	}
	if (err) {
		itp_conn_unlisten(&isk->conn, &env, ITP_CAUSE_USER_CLOSE);
		itp_mirror_state(sk, TCP_CLOSE);
		return err;
	}
	sk_dst_reset(sk);
	return 0;
}

/**
 * itp_listen - proto_ops.listen
 * @sock: the socket
 * @backlog: how many connections may wait for accept()
 *
 * Return: 0 or -errno.
 */
int itp_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	u32 limit = itp_tun(&itp_net(sock_net(sk))->tun.t, somaxconn);
	int err = -EINVAL;

	lock_sock(sk);
	if (sock->state == SS_UNCONNECTED && sock->type == SOCK_STREAM &&
	    (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)) {
		WRITE_ONCE(sk->sk_max_ack_backlog,
			   min_t(u32, backlog, limit));
		err = sk->sk_state == TCP_LISTEN ? 0 : listen_start(sk);
	}
	release_sock(sk);
	return err;
}

static void listener_stop_reqs(struct itp_listener *lis)
{
	struct itp_reqsk *rsk;

	for (;;) {
		spin_lock_bh(&lis->lock);
		rsk = list_first_entry_or_null(&lis->reqs, struct itp_reqsk,
					       link);
		/* On the list it is in the table, which has a reference. */
		if (rsk)
			refcount_inc(&rsk->sc.skc_refcnt);
		spin_unlock_bh(&lis->lock);
		if (!rsk)
			return;
		itp_req_kill(rsk, ITP_CAUSE_LISTENER_CLOSED);
		itp_common_put(&rsk->sc);
		cond_resched();
	}
}

/**
 * itp_listener_stop - empty the queues of a listener that closes
 * @sk: the listener, owned by the caller, taken out of the table
 */
void itp_listener_stop(struct sock *sk)
{
	struct itp_listener *lis = itp_sk(sk)->listener;
	struct sock *child;

	spin_lock_bh(&lis->lock);
	lis->dead = true;
	spin_unlock_bh(&lis->lock);
	listener_stop_reqs(lis);
	while ((child = accept_queue_get(sk)) != NULL) {
		sock_hold(child);
		/* Somebody may be looking at it: a dump, SOCK_DESTROY. */
		lock_sock_nested(child, SINGLE_DEPTH_NESTING);
		child_abort(child);
		release_sock(child);
		sock_put(child);
		cond_resched();
	}
}
