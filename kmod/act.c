// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between the engine and the socket: what an engine call may know of its
 * surroundings, and what is done after it, in one fixed order.
 */
#include "itp.h"

/**
 * itp_env_rcv - the receive buffer as it is now
 * @sk: the socket, locked
 * @env: where that part is filled in
 *
 * Half of the buffer is offered as window: the other half is for what the
 * packets take besides their text. Where they take more, the window was a
 * promise: text within it still gets room, up to twice the buffer.
 */
void itp_env_rcv(struct sock *sk, struct itp_env *env)
{
	u32 size = READ_ONCE(sk->sk_rcvbuf);
	u32 used = atomic_read(&sk->sk_rmem_alloc);

	env->rcv_total = size / 2;
	env->rcv_free = used < size ? (size - used) / 2 : 0;
	env->rcv_full = used / 2 > size;
}

/**
 * itp_env_fill - surroundings for an engine call
 * @sk: the socket, locked
 * @env: the result
 */
void itp_env_fill(struct sock *sk, struct itp_env *env)
{
	struct itp_sock *isk = itp_sk(sk);
	struct itp_net *in = itp_net(sock_net(sk));

	if (isk->hashed)
		itp_path_update(sk);
	env->now_us = itp_now_us();
	env->tun = itp_sk_tun(sk);
	env->ns = in;
	env->challenge = &in->challenge;
	env->path_mss = isk->path_mss;
	env->adv_mss = isk->adv_mss;
	env->v6 = itp_is_v6(sk);
	env->ts_offset = 0;
	env->host_pkts = atomic_read(&isk->host_pkts);
	itp_env_rcv(sk, env);
}

/**
 * itp_mirror_state - write sk->sk_state, and nobody else does
 * @sk: the socket, locked
 * @state: a TCP_* state that a socket may have
 *
 * TIME-WAIT is not one of them: in the table it tells a record from a socket.
 */
void itp_mirror_state(struct sock *sk, int state)
{
	if (state == TCP_TIME_WAIT || state == sk->sk_state)
		return;
	if (state == TCP_CLOSE) {
		sk->sk_shutdown = SHUTDOWN_MASK;
		sock_set_flag(sk, SOCK_DONE);
	}
	inet_sk_set_state(sk, state);
}

/*
 * The send buffer follows the congestion window, unless the program set its
 * size: twice what may be in flight, so that the program can be late.
 */
static void sndbuf_grow(struct sock *sk, const struct itp_env *env)
{
	const struct itp_flow *flow = itp_sk(sk)->conn.flow;
	u64 want;

	if (!flow || (sk->sk_userlocks & SOCK_SNDBUF_LOCK) ||
	    READ_ONCE(itp_memory_pressure))
		return;
	want = min_t(u64, 2ULL * flow->cwnd + SKB_TRUESIZE(0),
		     itp_tun(env->tun, wmem_max));
	if (want > sk->sk_sndbuf)
		WRITE_ONCE(sk->sk_sndbuf, (int)want);
}

static void act_reply(struct sock *sk, const struct itp_seg_out *seg)
{
	if (itp_send_segment(sk, seg) == ITP_SENT_FAILED) {
		itp_count(sock_net(sk), send_fail);
		return;
	}
	itp_count(sock_net(sk), segs_out);
	if (seg->flags & ITP_RST)
		itp_count(sock_net(sk), rst_out);
}

static void act_wake(struct sock *sk, const struct itp_out *out)
{
	if (out->sk_err)
		sk_error_report(sk);
	if (out->flags & ITP_OUT_STATE) {
		sk->sk_state_change(sk);
		if (sk->sk_state == TCP_ESTABLISHED)
			sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	}
	if (out->flags & ITP_OUT_URGENT)
		sk_send_sigurg(sk);
	if (out->flags & ITP_OUT_READ)
		sk->sk_data_ready(sk);
	if (out->flags & ITP_OUT_WRITE)
		sk->sk_write_space(sk);
	if (out->flags & ITP_OUT_EOF)
		sk_wake_async(sk, SOCK_WAKE_WAITD,
			      sk->sk_shutdown == SHUTDOWN_MASK ? POLL_HUP :
								 POLL_IN);
}

/*
 * The connection is over. What was received in order stays readable as long as
 * a program holds the socket; if none does, the socket goes.
 */
static void act_over(struct sock *sk)
{
	itp_unhash(sk);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		itp_put_port(sk);
	itp_clock_stop(sk);
	itp_snd_purge(sk);
	itp_rcv_purge_held(sk);
	if (sock_flag(sk, SOCK_DEAD))
		itp_destroy_sock(sk);
}

/**
 * itp_act - do what an engine call asked for
 * @sk: the socket, locked; the caller has a reference
 * @env: surroundings of the call
 * @out: its result
 * @skb: the segment that was given to the engine, text at skb->data, or NULL;
 *	 consumed
 *
 * If the connection is over and no program holds the socket, it is gone
 * afterwards but for the caller's reference.
 */
void itp_act(struct sock *sk, struct itp_env *env, struct itp_out *out,
	     struct sk_buff *skb)
{
	struct itp_conn *c = &itp_sk(sk)->conn;

	if (unlikely(out->flags & ITP_OUT_URGENT))
		itp_oob_mark(sk);
	if (skb)
		itp_rcv_place(sk, out, skb);
	if (unlikely(itp_sk(sk)->urg) && itp_oob_look(sk))
		out->flags |= ITP_OUT_READ;
	if (out->flags & ITP_OUT_EOF) {
		sk->sk_shutdown |= RCV_SHUTDOWN;
		sock_set_flag(sk, SOCK_DONE);
		itp_rcv_purge_held(sk);
	}
	itp_mirror_state(sk, c->state);
	if (out->sk_err)
		WRITE_ONCE(sk->sk_err, out->sk_err);
	if (out->flags & ITP_OUT_REPLY)
		act_reply(sk, &out->reply);
	itp_snd_acked(sk);
	/* The peer answers: so does the neighbour on the way to it. */
	if (skb && (out->flags & ITP_OUT_WRITE))
		sk_dst_confirm(sk);
	if (out->flags & ITP_OUT_REROUTE)
		dst_negative_advice(sk);
	if (out->flags & ITP_OUT_SEND) {
		itp_env_rcv(sk, env);
		itp_xmit(sk, env);
	}
	if (out->flags & ITP_OUT_TIMEWAIT) {
		itp_make_timewait(sk, env);
		itp_mirror_state(sk, TCP_CLOSE);
		out->flags |= ITP_OUT_STATE | ITP_OUT_DEAD;
	}
	sndbuf_grow(sk, env);
	act_wake(sk, out);
	if (out->flags & ITP_OUT_DEAD)
		act_over(sk);
	else
		itp_arm(sk);
}

/**
 * itp_push - send what there is, and set the timer
 * @sk: the socket, locked
 * @env: surroundings
 */
void itp_push(struct sock *sk, struct itp_env *env)
{
	itp_xmit(sk, env);
	itp_arm(sk);
}
