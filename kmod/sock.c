// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a socket: made, shut down, disconnected, closed, left behind,
 * destroyed. Opening is connect.c's and accept.c's, octets are stream.c's.
 */
#include <net/ip.h>
#include <net/xfrm.h>
#include "itp.h"

/* Connections that no program holds any more, in the whole host. */
atomic_t itp_orphans = ATOMIC_INIT(0);

/* What a program has set; survives the connection. */
struct conn_settings {
	u16 mss_user, ka_idle, ka_intvl;
	u8 syn_retries, ka_probes;
	bool cork, nodelay, keepalive;
	s32 linger2;
	u32 user_timeout_ms;
};

static void settings_save(struct conn_settings *s, const struct itp_conn *c)
{
	s->mss_user = c->mss_user;
	s->ka_idle = c->ka_idle;
	s->ka_intvl = c->ka_intvl;
	s->syn_retries = c->syn_retries;
	s->ka_probes = c->ka_probes;
	s->cork = c->cork;
	s->nodelay = c->nodelay;
	s->keepalive = c->keepalive;
	s->linger2 = c->linger2;
	s->user_timeout_ms = c->user_timeout_ms;
}

static void settings_restore(const struct conn_settings *s, struct itp_conn *c)
{
	c->mss_user = s->mss_user;
	c->ka_idle = s->ka_idle;
	c->ka_intvl = s->ka_intvl;
	c->syn_retries = s->syn_retries;
	c->ka_probes = s->ka_probes;
	c->cork = s->cork;
	c->nodelay = s->nodelay;
	c->keepalive = s->keepalive;
	c->linger2 = s->linger2;
	c->user_timeout_ms = s->user_timeout_ms;
}

/**
 * itp_conn_renew - engine block as new, but for what the program has set
 * @sk: the socket, locked, CLOSED
 * @id: number of the connection to come, 0: none
 */
void itp_conn_renew(struct sock *sk, u64 id)
{
	struct itp_conn *c = &itp_sk(sk)->conn;
	struct conn_settings s;

	settings_save(&s, c);
	itp_conn_free(c);
	itp_conn_init(c, id, itp_now_us());
	settings_restore(&s, c);
}

/**
 * itp_init_sock - proto.init: a new socket
 * @sk: the socket, zeroed but for what the core has set
 *
 * Return: 0.
 */
int itp_init_sock(struct sock *sk)
{
	const struct itp_tunables *tun = &itp_net(sock_net(sk))->tun.t;
	struct itp_sock *isk = itp_sk(sk);
	u8 ttl = itp_tun(tun, default_ttl);

	itp_conn_init(&isk->conn, 0, itp_now_us());
	itp_clock_init(sk);
	isk->held = RB_ROOT;
	isk->listener = NULL;
	isk->own = NULL;
	if (ttl)
		itp_family_ttl(sk, ttl);
	isk->path_mss = 536;
	isk->adv_mss = 536;
	atomic_set(&isk->host_pkts, 0);
	INIT_HLIST_NODE(&sk->sk_bind_node);
	sk->sk_write_space = itp_write_space;
	sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
	WRITE_ONCE(sk->sk_rcvbuf, (int)itp_tun(tun, rmem_default));
	WRITE_ONCE(sk->sk_sndbuf, (int)itp_tun(tun, wmem_default));
	local_bh_disable();
	sk_sockets_allocated_inc(sk);
	local_bh_enable();
	return 0;
}

/**
 * itp_destroy - proto.destroy: give memory back
 * @sk: the socket, dead, or never used
 */
void itp_destroy(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);

	itp_rcv_purge(sk);
	itp_snd_purge(sk);
	itp_conn_free(&isk->conn);
	itp_override_free(sk);
	/*
	 * The pointer stays: a segment that completes a handshake right now
	 * finds by it that the listener is dead.
	 */
	if (isk->listener)
		kfree_rcu(isk->listener, rcu);
	sk_sockets_allocated_dec(sk);
}

/**
 * itp_destroy_sock - the end of a socket
 * @sk: the socket, locked or unreachable, CLOSED, SOCK_DEAD; the reference of
 *	its life is dropped, the caller has another
 */
void itp_destroy_sock(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);

	WARN_ON_ONCE(sk->sk_state != TCP_CLOSE || !sock_flag(sk, SOCK_DEAD));
	WARN_ON_ONCE(isk->hashed || isk->listed);
	if (isk->orphaned)
		atomic_dec(&itp_orphans);
	isk->orphaned = false;
	itp_put_port(sk);
	itp_clock_stop(sk);
	sk->sk_prot->destroy(sk);
	sk_stream_kill_queues(sk);
	xfrm_sk_free_policy(sk);
	itp_refcnt_debug_dec(sk);
	sock_put(sk);
}

static void listener_close(struct sock *sk, enum itp_cause cause)
{
	struct itp_env env;

	itp_unhash(sk);
	itp_listener_stop(sk);
	itp_env_fill(sk, &env);
	itp_conn_unlisten(&itp_sk(sk)->conn, &env, cause);
	itp_mirror_state(sk, TCP_CLOSE);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		itp_put_port(sk);
}

static void conn_end(struct sock *sk, enum itp_close_how how)
{
	struct itp_env env;
	struct itp_out out;

	itp_env_fill(sk, &env);
	itp_user_close(&itp_sk(sk)->conn, &env, how, &out);
	itp_act(sk, &env, &out, NULL);
}

/* What close() means for a connection (RFC 9293 3.6.1, RFC 2525 2.17). */
static enum itp_close_how close_how(struct sock *sk)
{
	if (itp_rcv_purge(sk))
		return ITP_CLOSE_UNREAD;
	if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)
		return ITP_CLOSE_ABORT;
	return ITP_CLOSE_CLOSE;
}

/* Unsent text of nobody, while sockets of programs can get no memory. */
static bool orphan_memory(const struct sock *sk)
{
	return sk->sk_wmem_queued > SOCK_MIN_SNDBUF &&
	       atomic_long_read(sk->sk_prot->memory_allocated) >
	       sk_prot_mem_limits(sk, 2);
}

/*
 * A connection that goes on without a program. The socket is SOCK_DEAD already:
 * when the connection ends, the socket is destroyed.
 */
static void close_orphan(struct sock *sk)
{
	const struct itp_tunables *tun = &itp_net(sock_net(sk))->tun.t;

	itp_sk(sk)->orphaned = true;
	if (atomic_inc_return(&itp_orphans) > (int)itp_tun(tun, max_orphans))
		conn_end(sk, ITP_CLOSE_ORPHANS);
	else if (orphan_memory(sk))
		conn_end(sk, ITP_CLOSE_MEMORY);
}

/**
 * itp_close - proto.close: the program lets go of the socket
 * @sk: the socket
 * @timeout: SO_LINGER: how long to wait for the FIN to be acknowledged
 */
void itp_close(struct sock *sk, long timeout)
{
	lock_sock(sk);
	sk->sk_shutdown = SHUTDOWN_MASK;
	if (sk->sk_state == TCP_LISTEN) {
		listener_close(sk, ITP_CAUSE_USER_CLOSE);
	} else if (sk->sk_state != TCP_CLOSE) {
		conn_end(sk, close_how(sk));
		sk_stream_wait_close(sk, timeout);
	}
	/* The reference of the socket's life may go below, or any time. */
	sock_hold(sk);
	sock_orphan(sk);
	if (sk->sk_state == TCP_CLOSE)
		itp_destroy_sock(sk);
	else
		close_orphan(sk);
	release_sock(sk);
	sock_put(sk);
}

/**
 * itp_shutdown - proto.shutdown
 * @sk: the socket, locked; not in LISTEN, SYN-SENT or CLOSED
 * @how: RCV_SHUTDOWN, SEND_SHUTDOWN
 */
void itp_shutdown(struct sock *sk, int how)
{
	if (how & RCV_SHUTDOWN)
		itp_sk(sk)->conn.read_shut = true;
	if ((how & SEND_SHUTDOWN) && sk->sk_state != TCP_CLOSE)
		conn_end(sk, ITP_CLOSE_SHUTDOWN);
}

/* Addresses, queues and marks of a connection that is no more. */
static void disconnect_clean(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	itp_rcv_purge(sk);
	itp_snd_purge(sk);
	inet->inet_dport = 0;
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK)) {
		inet_reset_saddr(sk);
		if (sk->sk_family == AF_INET6)
			inet6_sk(sk)->saddr = in6addr_any;
	}
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		inet->inet_sport = 0;
	WRITE_ONCE(sk->sk_shutdown, 0);
	sock_reset_flag(sk, SOCK_DONE);
	sk_dst_reset(sk);
	if (sk->sk_frag.page) {
		put_page(sk->sk_frag.page);
		sk->sk_frag.page = NULL;
		sk->sk_frag.offset = 0;
	}
}

/**
 * itp_disconnect - proto.disconnect: back to a socket as new
 * @sk: the socket, locked
 * @flags: not used
 *
 * The core calls it for connect() to AF_UNSPEC, for shutdown() of a listener or
 * of a socket in SYN-SENT, and after a connect() that failed.
 *
 * Return: 0.
 */
int itp_disconnect(struct sock *sk, int flags)
{
	bool opening = sk->sk_state == TCP_SYN_SENT;

	if (sk->sk_state == TCP_LISTEN)
		listener_close(sk, ITP_CAUSE_USER_SHUTDOWN);
	else if (sk->sk_state != TCP_CLOSE)
		conn_end(sk, ITP_CLOSE_ABORT);
	disconnect_clean(sk);
	itp_conn_renew(sk, 0);
	if (opening)
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	sk_error_report(sk);
	return 0;
}

static int sock_abort(struct sock *sk)
{
	int err = 0;

	lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE) {
		err = -ENOENT;
	} else if (sk->sk_state == TCP_LISTEN) {
		WRITE_ONCE(sk->sk_err, ECONNABORTED);
		listener_close(sk, ITP_CAUSE_DESTROYED);
		sk_error_report(sk);
		sk->sk_state_change(sk);
	} else {
		conn_end(sk, ITP_CLOSE_DESTROY);
	}
	release_sock(sk);
	return err;
}

/**
 * itp_abort - end a connection or listener from outside (SOCK_DESTROY)
 * @sc: socket, half-open entry or TIME-WAIT record; the caller has a reference
 *
 * A program that holds the socket is told ECONNABORTED. May sleep.
 *
 * Return: 0, or -ENOENT if it has ended already.
 */
int itp_abort(struct sock_common *sc)
{
	if (itp_common_full(sc))
		return sock_abort(itp_common_sk(sc));
	if (sc->skc_state == TCP_NEW_SYN_RECV)
		itp_req_kill(itp_reqsk(sc), ITP_CAUSE_DESTROYED);
	else
		itp_tw_kill(itp_twsk(sc), ITP_CAUSE_DESTROYED);
	return 0;
}
EXPORT_SYMBOL_GPL(itp_abort);

/**
 * itp_keepalive - proto.keepalive: SO_KEEPALIVE was set or cleared
 * @sk: the socket, locked
 * @on: which
 */
void itp_keepalive(struct sock *sk, int on)
{
	struct itp_conn *c = &itp_sk(sk)->conn;
	struct itp_env env;

	c->keepalive = on;
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	itp_env_fill(sk, &env);
	itp_user_keepalive(c, &env);
	itp_arm(sk);
}

/**
 * itp_release_cb - proto.release_cb: what had to wait for the owner
 * @sk: the socket, owned and locked
 */
void itp_release_cb(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);

	if (likely(!atomic_read(&isk->defer)))
		return;
	if (atomic_fetch_andnot(ITP_DEFER_TIMER, &isk->defer) & ITP_DEFER_TIMER)
		itp_clock_expire(sk);
	if (atomic_fetch_andnot(ITP_DEFER_PMTU, &isk->defer) & ITP_DEFER_PMTU)
		itp_icmp_deferred(sk, true);
	if (atomic_fetch_andnot(ITP_DEFER_ICMP, &isk->defer) & ITP_DEFER_ICMP)
		itp_icmp_deferred(sk, false);
}
