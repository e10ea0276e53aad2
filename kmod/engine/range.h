/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ordered map of disjoint ranges of sequence space: the scoreboard of what was
 * sent and the list of what is held out of order. Peers decide how many ranges
 * there are and where they lie, so every operation is O(log n) whatever they
 * do. Nodes belong to the caller; nothing here allocates.
 */
#ifndef _ITP_RANGE_H
#define _ITP_RANGE_H

/* What is known of a range that was sent. */
#define ITP_RNG_SYN	0x01	/* its first octet is our SYN */
#define ITP_RNG_FIN	0x02	/* its last octet is our FIN */
#define ITP_RNG_LOST	0x04	/* to be retransmitted */
#define ITP_RNG_SACKED	0x08	/* the peer holds it */
#define ITP_RNG_APPLIM	0x10	/* sent while the program was the limit */

/**
 * struct itp_range - octets [start, end) of sequence space
 * @child: left and right subtree
 * @parent: NULL at the root
 * @start: first sequence number
 * @end: sequence number after the last
 * @sent_us: when it was last sent
 * @first_sent_us: when it was first sent
 * @delivered: octets delivered by the connection when it was last sent
 * @delivered_us: time of that count
 * @xmit_nr: segs_out of the connection when it was last sent
 * @times: how often it was sent
 * @flags: ITP_RNG_*
 * @why: enum itp_seg_why of the retransmission that is due
 * @weight: for range.c alone (balance)
 */
struct itp_range {
	struct itp_range *child[2];
	struct itp_range *parent;
	u32 start;
	u32 end;
	u64 sent_us;
	u64 first_sent_us;
	u64 delivered;
	u64 delivered_us;
	u32 xmit_nr;
	u8 times;
	u8 flags;
	u8 why;
	u8 weight;
};

struct itp_rangemap {
	struct itp_range *root;
	u32 count;
};

/* First and last range, NULL if there is none. */
struct itp_range *itp_range_first(const struct itp_rangemap *map);
struct itp_range *itp_range_last(const struct itp_rangemap *map);

/* Neighbours in order of sequence, NULL at the ends. */
struct itp_range *itp_range_next(const struct itp_range *r);
struct itp_range *itp_range_prev(const struct itp_range *r);

/* The first range whose end lies after @seq: it holds @seq or comes after it. */
struct itp_range *itp_range_find(const struct itp_rangemap *map, u32 seq);

/* @r must not overlap any range in @map, nor lie 2^31 or more from one. */
void itp_range_insert(struct itp_rangemap *map, struct itp_range *r);
void itp_range_erase(struct itp_rangemap *map, struct itp_range *r);

/* Number of tree levels touched by all operations so far (tests bound it). */
#ifdef ITP_RANGE_STEPS
extern u64 itp_range_steps;
#endif

#endif /* _ITP_RANGE_H */
