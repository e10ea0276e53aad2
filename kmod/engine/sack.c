// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selective acknowledgment: which of the held ranges an ACK reports (RFC 2018
 * section 4), duplicates (RFC 2883), and what may be believed of the blocks
 * that a peer sends. What is held is text.c's; nothing is retransmitted by
 * SACK yet.
 */
#include <env.h>
#include "internal.h"

/* The held range around @seq. */
static struct itp_range *itp_sack_range(const struct itp_conn *c, u32 seq)
{
	struct itp_range *r = itp_range_find(&c->held, seq);

	return r && seq_le(r->start, seq) ? r : NULL;
}

void itp_sack_note(struct itp_conn *c, u32 seq)
{
	struct itp_flow *f = c->flow;
	struct itp_range *now = itp_sack_range(c, seq), *r;
	u8 i, n = 1;
	u32 keep[ITP_SACK_MAX] = { seq };

	if (!c->sack_ok || !now)
		return;
	/* What has been delivered, or has grown into this one, is forgotten. */
	for (i = 0; i < f->sack_nr && n < ITP_SACK_MAX; i++) {
		r = itp_sack_range(c, f->sack_recent[i]);
		if (r && r != now)
			keep[n++] = f->sack_recent[i];
	}
	memcpy(f->sack_recent, keep, sizeof(keep));
	f->sack_nr = n;
}

void itp_sack_dup(struct itp_conn *c, const struct itp_env *env, u32 start,
		  u32 end)
{
	struct itp_flow *f = c->flow;
	u32 text_end = c->rcv_nxt - c->fin_rcvd;

	if (!c->sack_ok || !f || f->dsack || !itp_tun(env->tun, dsack))
		return;
	/* Only what did arrive: a peer may claim any sequence number. */
	if (seq_lt(start, c->rcv_nxt)) {
		end = seq_min(end, text_end);
		if (text_end - start > f->octets_in)
			return;
	}
	if (!seq_lt(start, end))
		return;
	f->dsack = true;
	f->dsack_start = start;
	f->dsack_end = end;
}

void itp_sack_pruned(struct itp_conn *c, u32 from)
{
	if (c->flow && c->flow->dsack && seq_gt(c->flow->dsack_end, from))
		c->flow->dsack = false;
}

/* Add @r unless one of the blocks from @first on is it. */
static u8 itp_sack_add(u32 blocks[][2], u8 first, u8 n,
		       const struct itp_range *r)
{
	u8 i;

	for (i = first; i < n; i++)
		if (blocks[i][0] == r->start)
			return n;
	blocks[n][0] = r->start;
	blocks[n][1] = r->end;
	return n + 1;
}

u8 itp_sack_blocks(const struct itp_conn *c, u32 blocks[][2])
{
	const struct itp_flow *f = c->flow;
	u8 max = ITP_SACK_MAX - c->ts_ok;
	const struct itp_range *r;
	u8 i, n = 0, first;

	if (!c->sack_ok || !f || (!c->held.count && !f->dsack))
		return 0;
	if (f->dsack) {
		blocks[0][0] = f->dsack_start;
		blocks[0][1] = f->dsack_end;
		n = 1;
	}
	first = n;
	for (i = 0; i < f->sack_nr && n < max; i++) {
		r = itp_sack_range(c, f->sack_recent[i]);
		if (r)
			n = itp_sack_add(blocks, first, n, r);
	}
	for (r = itp_range_first(&c->held); r && n < max; r = itp_range_next(r))
		n = itp_sack_add(blocks, first, n, r);
	return n;
}

void itp_sack_sent(struct itp_conn *c, const struct itp_env *env)
{
	itp_env_count(env, ITP_CNT_sacks_out, 1);
	if (!c->flow->dsack)
		return;
	/* Once (RFC 2883 4). */
	c->flow->dsack = false;
	itp_env_count(env, ITP_CNT_dsacks_out, 1);
}

/*
 * A duplicate that the peer reports lies below the ACK of the same segment or
 * within the second block (RFC 2883 4); SND.UNA says nothing, ACKs may be
 * reordered.
 */
static bool itp_sack_is_dup(const struct itp_seg_in *seg)
{
	const u32 *one = seg->sack[0], *two = seg->sack[1];

	if (seq_le(one[1], seg->ack))
		return true;
	return seg->nsack > 1 && seq_ge(one[0], two[0]) &&
	       seq_le(one[1], two[1]);
}

/* Was [left, right) sent, and not so long ago that it means another round? */
static bool itp_sack_sane(const struct itp_conn *c, u32 left, u32 right)
{
	if (!seq_lt(left, right) || seq_gt(right, c->snd_nxt))
		return false;
	return seq_ge(left, c->snd_una) ||
	       c->snd_una - left <= c->max_snd_wnd;
}

void itp_sack_in(struct itp_conn *c, const struct itp_seg_in *seg,
		 const struct itp_env *env)
{
	u8 i;

	if (!(seg->opts & ITP_OPT_SACK))
		return;
	for (i = 0; i < seg->nsack; i++) {
		u32 left = seg->sack[i][0], right = seg->sack[i][1];
		bool dup = !i && itp_sack_is_dup(seg);

		if (!c->sack_ok || !itp_sack_sane(c, left, right) ||
		    (!dup && !seq_gt(left, seg->ack))) {
			itp_env_count(env, ITP_CNT_sack_invalid, 1);
		} else if (!dup) {
			itp_env_count(env, ITP_CNT_sack_blocks_in, 1);
		} else {
			itp_env_count(env, ITP_CNT_dsacks_in, 1);
			if (c->flow)
				c->flow->dsacks_in++;
		}
	}
}
