// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel timer behind a connection's deadline. Half-open entries and
 * TIME-WAIT records have timers of their own (minisock.c).
 *
 * One soft, pinned hrtimer per socket, armed lazily: only when the deadline
 * moved to before the time it is armed for. A timer that fires too early finds
 * nothing due and is armed anew; on the way of data it is never cancelled.
 *
 * The timer's reference is taken when it is first armed and kept until the
 * connection is over (@timer_ref). Then the timer is either not active, and the
 * reference is dropped at once, or its function runs somewhere and may be
 * before or behind the part that looks: so it is started once more, and that
 * last run drops the reference.
 */
#include "itp.h"

static void clock_start(struct sock *sk, u64 at_us)
{
	struct itp_sock *isk = itp_sk(sk);

	if (!isk->timer_ref) {
		sock_hold(sk);
		isk->timer_ref = true;
	}
	isk->armed_us = at_us;
	hrtimer_start(&isk->timer, ns_to_ktime(at_us * NSEC_PER_USEC),
		      HRTIMER_MODE_ABS_PINNED_SOFT);
}

/**
 * itp_arm - make sure that the deadline is not missed
 * @sk: the socket, locked
 */
void itp_arm(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	u64 deadline = isk->conn.deadline_us;

	if (deadline && (!isk->armed_us || deadline < isk->armed_us))
		clock_start(sk, deadline);
}

/**
 * itp_clock_expire - do what is due, and arm for what is not
 * @sk: the socket, locked
 */
void itp_clock_expire(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);
	struct itp_env env;
	struct itp_out out;

	if (sk->sk_state == TCP_CLOSE) {
		/* The timer fired while the owner ended the connection. */
		itp_clock_stop(sk);
		return;
	}
	isk->armed_us = 0;
	itp_env_fill(sk, &env);
	if (isk->conn.deadline_us && isk->conn.deadline_us <= env.now_us) {
		itp_expire(&isk->conn, &env, &out);
		itp_act(sk, &env, &out, NULL);
	} else {
		itp_arm(sk);
	}
}

static enum hrtimer_restart clock_fire(struct hrtimer *timer)
{
	struct itp_sock *isk = container_of(timer, struct itp_sock, timer);
	struct sock *sk = itp_to_sk(isk);
	bool last = false;

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		atomic_or(ITP_DEFER_TIMER, &isk->defer);
	} else if (sk->sk_state == TCP_CLOSE) {
		/* See the head of this file; a queued timer runs again. */
		last = isk->timer_ref && !hrtimer_is_queued(timer);
		if (last)
			isk->timer_ref = false;
	} else {
		itp_clock_expire(sk);
	}
	bh_unlock_sock(sk);
	if (last)
		sock_put(sk);
	return HRTIMER_NORESTART;
}

/**
 * itp_clock_stop - the connection is over
 * @sk: the socket, locked, state CLOSED; the caller holds a reference
 */
void itp_clock_stop(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);

	isk->armed_us = 0;
	atomic_andnot(ITP_DEFER_TIMER, &isk->defer);
	if (!isk->timer_ref)
		return;
	if (hrtimer_try_to_cancel(&isk->timer) < 0) {
		hrtimer_start(&isk->timer, 0, HRTIMER_MODE_ABS_PINNED_SOFT);
		return;
	}
	isk->timer_ref = false;
	__sock_put(sk);
}

/**
 * itp_clock_init - a new socket's timer
 * @sk: the socket
 */
void itp_clock_init(struct sock *sk)
{
	struct itp_sock *isk = itp_sk(sk);

	isk->armed_us = 0;
	isk->timer_ref = false;
	atomic_set(&isk->defer, 0);
	hrtimer_setup(&isk->timer, clock_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_PINNED_SOFT);
}
