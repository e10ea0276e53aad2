// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the program does: write, read, shut down, close, abort, set options
 * (RFC 9293 section 3.10.2 to 3.10.5). Opening is conn.c's.
 */
#include <env.h>
#include "internal.h"

int itp_user_may_write(const struct itp_conn *c)
{
	switch (c->state) {
	case ITP_SYN_SENT:
	case ITP_SYN_RECV:
	case ITP_ESTABLISHED:
	case ITP_CLOSE_WAIT:
		return c->fin_queued ? -EPIPE : 0;
	case ITP_CLOSED:
		return c->prev_state ? -EPIPE : -ENOTCONN;
	default:
		return -EPIPE;
	}
}

int itp_user_write(struct itp_conn *c, const struct itp_env *env, u32 octets,
		   bool more)
{
	if (itp_flow_get(c, env))
		return -ENOMEM;
	c->write_seq += octets;
	c->app_more = more;
	return 0;
}

void itp_user_read(struct itp_conn *c, const struct itp_env *env,
		   struct itp_out *out)
{
	u32 cur, now;

	memset(out, 0, sizeof(*out));
	out->deliver_to = c->rcv_nxt;
	switch (c->state) {
	case ITP_ESTABLISHED:
	case ITP_FIN_WAIT1:
	case ITP_FIN_WAIT2:
		break;
	default:
		return;
	}
	cur = seq_gt(c->rcv_right, c->rcv_nxt) ? c->rcv_right - c->rcv_nxt : 0;
	now = itp_rcv_window(c, env);
	/* Worth a segment of its own when the window at least doubles. */
	if (now > cur && now >= 2 * cur) {
		c->ack_now = true;
		out->flags |= ITP_OUT_SEND;
	}
}

/* RFC 9293 3.10.4: what a FIN of ours does to each state. */
static void itp_close_fin(struct itp_conn *c, const struct itp_env *env,
			  enum itp_cause cause, struct itp_out *out)
{
	switch (c->state) {
	case ITP_SYN_SENT:
		itp_conn_done(c, env, cause, 0, out);
		return;
	case ITP_SYN_RECV:
	case ITP_ESTABLISHED:
		itp_state_set(c, env, ITP_FIN_WAIT1, cause);
		break;
	case ITP_CLOSE_WAIT:
		itp_state_set(c, env, ITP_LAST_ACK, cause);
		break;
	default:
		return;
	}
	c->fin_queued = true;
	c->app_more = false;
	out->flags |= ITP_OUT_STATE | ITP_OUT_SEND;
}

/* The end without a FIN. */
static void itp_close_abort(struct itp_conn *c, const struct itp_env *env,
			    enum itp_cause cause, struct itp_out *out)
{
	bool wanted = cause == ITP_CAUSE_USER_ABORT ||
		      cause == ITP_CAUSE_DESTROYED;
	bool reset = true;
	int err = 0;

	if (c->state == ITP_SYN_SENT)
		reset = false;
	/* Both FINs are out: a RST would tell the peer nothing new (U7). */
	if ((c->state == ITP_CLOSING || c->state == ITP_LAST_ACK) &&
	    c->fin_sent && wanted)
		reset = false;
	if (reset)
		itp_conn_reset(c, env, out);
	if (wanted)
		err = cause == ITP_CAUSE_DESTROYED ? ECONNABORTED : ECONNRESET;
	itp_conn_done(c, env, cause, err, out);
}

static void itp_close_how(struct itp_conn *c, const struct itp_env *env,
			  enum itp_close_how how, struct itp_out *out)
{
	switch (how) {
	case ITP_CLOSE_SHUTDOWN:
		itp_close_fin(c, env, ITP_CAUSE_USER_SHUTDOWN, out);
		break;
	case ITP_CLOSE_CLOSE:
		c->orphan = true;
		/* Closed after a shutdown: the wait begins now (states.def). */
		if (c->state == ITP_FIN_WAIT2) {
			/* The peer does not know yet that nobody will wait. */
			if (c->linger2 < 0)
				itp_conn_reset(c, env, out);
			itp_fin_wait2_start(c, env, out);
		} else {
			itp_close_fin(c, env, ITP_CAUSE_USER_CLOSE, out);
		}
		break;
	case ITP_CLOSE_UNREAD:
		c->orphan = true;
		if (c->state == ITP_SYN_SENT)
			itp_close_fin(c, env, ITP_CAUSE_USER_CLOSE, out);
		else
			itp_close_abort(c, env, ITP_CAUSE_UNREAD_DATA, out);
		break;
	case ITP_CLOSE_ABORT:
		itp_close_abort(c, env, ITP_CAUSE_USER_ABORT, out);
		break;
	case ITP_CLOSE_LISTENER:
		itp_close_abort(c, env, ITP_CAUSE_LISTENER_CLOSED, out);
		break;
	case ITP_CLOSE_MEMORY:
		itp_env_count(env, ITP_CNT_orphan_memory, 1);
		itp_close_abort(c, env, ITP_CAUSE_NO_MEMORY, out);
		break;
	case ITP_CLOSE_DESTROY:
		itp_close_abort(c, env, ITP_CAUSE_DESTROYED, out);
		break;
	case ITP_CLOSE_ORPHANS:
		itp_env_count(env, ITP_CNT_orphan_limit, 1);
		itp_close_abort(c, env, ITP_CAUSE_ORPHAN_LIMIT, out);
		break;
	}
}

void itp_user_close(struct itp_conn *c, const struct itp_env *env,
		    enum itp_close_how how, struct itp_out *out)
{
	memset(out, 0, sizeof(*out));
	out->deliver_to = c->rcv_nxt;
	switch (c->state) {
	case ITP_CLOSED:
	case ITP_LISTEN:
	case ITP_TIME_WAIT:
		return;
	default:
		itp_close_how(c, env, how, out);
	}
	if (c->state != ITP_CLOSED && itp_send_wanted(c))
		out->flags |= ITP_OUT_SEND;
	itp_deadline_update(c);
}

void itp_user_keepalive(struct itp_conn *c, const struct itp_env *env)
{
	c->probes = 0;
	itp_keepalive_start(c, env);
}

void itp_user_push(struct itp_conn *c, const struct itp_env *env)
{
	(void)env;
	/* Uncorked, or Nagle switched off: what waited may go, once. */
	if (itp_unsent(c))
		c->push = true;
}

void itp_user_quickack(struct itp_conn *c, const struct itp_env *env)
{
	(void)env;
	if (c->flow) {
		c->flow->quick_acks = ITP_QUICK_ACKS;
		c->flow->pingpong = 0;
	}
	if (c->ack_owed)
		c->ack_now = true;
}
