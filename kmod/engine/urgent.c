// SPDX-License-Identifier: GPL-2.0-only
/*
 * Urgent data, both ways (RFC 9293 section 3.8.5, RFC 6093): where the urgent
 * pointer of a segment points to, and when it tells something new. The octets
 * are text like any other; how a program gets at them is the shell's.
 *
 * On the wire the pointer names the octet after the urgent data, counted from
 * SEG.SEQ on; tunable stdurg makes it the last urgent octet itself, in both
 * directions (RFC 1122 4.2.2.4).
 */
#include <env.h>
#include "internal.h"
#include "input.h"

void itp_user_urgent(struct itp_conn *c, const struct itp_env *env)
{
	if (itp_flow_get(c, env))
		return;
	c->snd_urg = true;
	c->flow->snd_up = c->write_seq;
	itp_env_count(env, ITP_CNT_urgent_out, 1);
	/* Text may have to wait for a window; that it is urgent need not. */
	if (c->state == ITP_ESTABLISHED || c->state == ITP_CLOSE_WAIT)
		c->ack_now = true;
}

void itp_urgent_sending(const struct itp_conn *c, const struct itp_env *env,
			struct itp_seg_out *seg)
{
	u32 ahead;

	if (!c->snd_urg || seq_ge(seg->seq, c->flow->snd_up))
		return;
	ahead = c->flow->snd_up - seg->seq;
	seg->flags |= ITP_URG;
	if (itp_tun(env->tun, stdurg))
		ahead--;
	/* Farther away than 16 bits tell: as far as they do (MUST-31). */
	seg->urp = min(ahead, 0xffffU);
}

bool itp_input_urgent(struct itp_conn *c, const struct itp_seg_in *seg,
		      const struct itp_env *env, struct itp_out *out)
{
	u32 up = seg->seq + seg->urp;

	if (!(seg->flags & ITP_URG) ||
	    (c->state != ITP_ESTABLISHED && c->state != ITP_FIN_WAIT1 &&
	     c->state != ITP_FIN_WAIT2))
		return true;
	if (itp_tun(env->tun, stdurg))
		up++;
	/* What is here was told before, or had no time to be urgent. */
	if (seq_le(up, c->rcv_nxt) ||
	    (c->rcv_urg && seq_le(up, c->flow->rcv_up)))
		return true;
	if (itp_flow_get(c, env)) {
		/* Its text must not be taken without the mark in it. */
		itp_drop(c, seg, ITP_REASON_NO_MEMORY, out);
		return false;
	}
	c->rcv_urg = true;
	c->flow->rcv_up = up;
	out->flags |= ITP_OUT_URGENT;
	out->urgent = up - 1;
	itp_env_count(env, ITP_CNT_urgent_in, 1);
	return true;
}

void itp_user_urgent_read(struct itp_conn *c)
{
	c->rcv_urg = false;
}
