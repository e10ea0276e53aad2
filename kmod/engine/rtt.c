// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round-trip time and retransmission time-out: RFC 6298. Which samples count
 * (Karn) is decided where they are taken, in input.c. Back-off is in timer.c.
 *
 * srtt_us holds eighths and rttvar_us quarters of a microsecond, so that the
 * gains of 1/8 and 1/4 lose nothing.
 */
#include <env.h>
#include "internal.h"

/* RTO = SRTT + max(rto_min, 4 RTTVAR), at most rto_max (RFC 6298 2.3, 2.5). */
void itp_rto_bound(struct itp_conn *c, const struct itp_env *env)
{
	u64 max_us = itp_tun(env->tun, rto_max_ms) * 1000ULL;
	u64 rto;

	if (!c->srtt_valid) {
		if (c->rto_us > max_us)
			c->rto_us = max_us;
		return;
	}
	rto = (c->srtt_us >> 3) +
	      max(itp_tun(env->tun, rto_min_us), c->rttvar_us);
	c->rto_us = min(rto, max_us);
}

void itp_rtt_sample(struct itp_conn *c, const struct itp_env *env, u64 rtt_us)
{
	/* 400 s is more than any path has and still fits srtt's scale. */
	u32 r = min_t(u64, rtt_us, 400 * ITP_USEC);
	u32 diff;

	if (!r)
		r = 1;
	if (!c->srtt_valid) {
		c->srtt_us = r << 3;
		c->rttvar_us = r << 1;	/* R/2, in quarters */
		c->min_rtt_us = r;
		c->srtt_valid = true;
	} else {
		diff = r > c->srtt_us >> 3 ? r - (c->srtt_us >> 3)
					   : (c->srtt_us >> 3) - r;
		c->rttvar_us += diff - (c->rttvar_us >> 2);
		c->srtt_us += r - (c->srtt_us >> 3);
		c->min_rtt_us = min(c->min_rtt_us, r);
	}
	c->backoff = 0;
	itp_rto_bound(c, env);
	itp_env_event(c, ITP_EVENT_RTT, r, c->srtt_us >> 3);
}
