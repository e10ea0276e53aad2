// SPDX-License-Identifier: GPL-2.0-only
/*
 * One connection as ITP_INFO and netlink report it. What only the shell knows
 * (queues, path MTU) the shell adds.
 */
#include <env.h>
#include <linux/itp.h>
#include "internal.h"

static u32 itp_ms_ago(u64 then, u64 now)
{
	return then && now > then ? (u32)itp_env_div(now - then, 1000) : 0;
}

static u32 itp_segments(const struct itp_conn *c, u32 octets)
{
	return (octets + c->mss_snd - 1) / c->mss_snd;
}

static void itp_info_timer(const struct itp_conn *c, const struct itp_env *env,
			   struct itp_info *i)
{
	unsigned int t;

	for (t = 0; t < ITP_TIMER_MAX; t++) {
		if (!c->timers[t] || c->timers[t] != c->deadline_us)
			continue;
		i->timer = t + 1;
		if (c->deadline_us > env->now_us)
			i->timer_us = c->deadline_us - env->now_us;
		return;
	}
}

static void itp_info_flow(const struct itp_conn *c, const struct itp_env *env,
			  struct itp_info *i)
{
	const struct itp_flow *f = c->flow;

	i->ca_state = f->ca_state;
	i->ato = f->ato_us;
	i->rcv_mss = f->rcv_mss;
	i->lost = itp_segments(c, f->lost);
	i->last_data_sent = itp_ms_ago(f->last_data_sent_us, env->now_us);
	i->last_data_recv = itp_ms_ago(f->last_data_rcvd_us, env->now_us);
	i->snd_cwnd = f->cwnd / c->mss_snd;
	i->snd_ssthresh = f->ssthresh == ITP_SSTHRESH_NONE ?
			  0x7fffffff : f->ssthresh / c->mss_snd;
	i->bytes_acked = f->delivered;
	i->bytes_received = f->octets_in;
	i->data_segs_in = f->data_segs_in;
	i->data_segs_out = f->data_segs_out;
	i->bytes_sent = f->octets_out + f->octets_retrans;
	i->bytes_retrans = f->octets_retrans;
	i->rcv_ooopack = f->ooo_in;
	i->dsack_dups = f->dsacks_in;
	i->cwnd_octets = f->cwnd;
	i->ssthresh_octets = f->ssthresh;
	i->retrans_rto = f->retrans_rto;
	i->retrans_fast = f->retrans_fast;
	i->probes_out = f->probes_out;
	i->dup_acks_in = f->dup_acks_in;
	i->zero_window_adv = f->zero_window_adv;
	i->zero_window_rcvd = f->zero_window_rcvd;
}

static void itp_info_ids(const struct itp_conn *c, struct itp_info *i)
{
	i->id = c->id;
	i->role = c->role;
	i->prev_state = c->prev_state;
	i->cause = c->cause;
	i->iss = c->iss;
	i->irs = c->irs;
	i->snd_una = c->snd_una;
	i->snd_nxt = c->snd_nxt;
	i->rcv_nxt = c->rcv_nxt;
	i->soft_error = c->soft_error;
}

void itp_conn_info(const struct itp_conn *c, const struct itp_env *env,
		   struct itp_info *i)
{
	const struct itp_range *r;

	memset(i, 0, sizeof(*i));
	itp_info_ids(c, i);
	i->state = c->state;
	i->retransmits = c->retries;
	i->probes = c->probes;
	i->backoff = c->backoff;
	i->options = (c->ts_ok ? ITP_INFO_TS : 0) |
		     (c->sack_ok ? ITP_INFO_SACK : 0) |
		     (c->wscale_ok ? ITP_INFO_WSCALE : 0);
	i->snd_wscale = c->snd_wscale;
	i->rcv_wscale = c->rcv_wscale;
	i->rto = (u32)itp_rto_backed_off(c, env);
	i->snd_mss = c->mss_snd;
	i->rcv_mss = itp_rcv_mss_first(c);
	i->unacked = itp_segments(c, itp_flight(c));
	i->last_ack_recv = itp_ms_ago(c->last_rcvd_us, env->now_us);
	i->pmtu = env->path_mss;
	i->rtt = c->srtt_us >> 3;
	i->rttvar = c->rttvar_us >> 2;
	i->min_rtt = c->min_rtt_us;
	i->advmss = c->mss_adv;
	i->reordering = ITP_DUP_THRESH;
	i->total_retrans = c->retrans;
	i->segs_in = c->segs_in;
	i->segs_out = c->segs_out;
	i->snd_ssthresh = 0x7fffffff;
	i->ssthresh_octets = ITP_SSTHRESH_NONE;
	if (seq_gt(c->write_seq, c->snd_nxt))
		i->notsent_bytes = c->write_seq - c->snd_nxt;
	i->snd_wnd = c->snd_wnd;
	i->rcv_wnd = c->rcv_right - c->rcv_nxt;
	i->age_us = env->now_us - c->created_us;
	i->state_age_us = env->now_us - c->entered_us;
	i->flight_octets = itp_flight(c);
	i->max_snd_wnd = c->max_snd_wnd;
	i->retrans_syn = c->syn_again;
	for (r = itp_range_first(&c->held); r; r = itp_range_next(r))
		i->held_octets += r->end - r->start;
	itp_info_timer(c, env, i);
	if (c->flow) {
		itp_info_flow(c, env, i);
	} else if (c->mss_snd && c->state != ITP_LISTEN) {
		i->cwnd_octets = itp_cc_first_cwnd(c, env);
		i->snd_cwnd = i->cwnd_octets / c->mss_snd;
	}
}
