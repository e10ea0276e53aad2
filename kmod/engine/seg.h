/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One segment, taken apart (in) or to be put together (out). The wire format
 * is TCP's, RFC 9293 section 3.1, and only seg.c knows it. The checksum is
 * the shell's: it knows addresses and offloads.
 */
#ifndef _ITP_SEG_H
#define _ITP_SEG_H

#define ITP_HDR_MIN	20U
#define ITP_HDR_MAX	60U

#define ITP_FIN		0x01
#define ITP_SYN		0x02
#define ITP_RST		0x04
#define ITP_PSH		0x08
#define ITP_ACK		0x10
#define ITP_URG		0x20
#define ITP_ECE		0x40
#define ITP_CWR		0x80

/* Which options a segment carries. */
#define ITP_OPT_MSS	0x01	/* kind 2, RFC 9293 3.7.1 */
#define ITP_OPT_WSCALE	0x02	/* kind 3, RFC 7323 2 */
#define ITP_OPT_SACKOK	0x04	/* kind 4, RFC 2018 2 */
#define ITP_OPT_TS	0x08	/* kind 8, RFC 7323 3 */
#define ITP_OPT_SACK	0x10	/* kind 5, RFC 2018 3 */

#define ITP_WSCALE_MAX	14
#define ITP_SACK_MAX	4	/* 3 beside a timestamp */
#define ITP_TS_LEN	12U	/* the timestamp option and its padding */

/**
 * struct itp_seg_in - a received segment
 * @seq: SEG.SEQ
 * @ack: SEG.ACK; has no meaning without ITP_ACK in @flags
 * @len: octets of text, SYN and FIN not counted
 * @wnd: window field as sent, not scaled
 * @urp: urgent pointer
 * @sport: source port, host order
 * @dport: destination port, host order
 * @flags: ITP_FIN ... ITP_CWR
 * @hdr_len: octets of header and options
 * @opts: ITP_OPT_* present and well formed
 * @wscale: shift as sent (may exceed ITP_WSCALE_MAX)
 * @mss: MSS option
 * @tsval: timestamp value
 * @tsecr: timestamp echo
 * @nsack: number of SACK blocks
 * @sack: SACK blocks, left and right edge
 */
struct itp_seg_in {
	u32 seq;
	u32 ack;
	u32 len;
	u16 wnd;
	u16 urp;
	u16 sport;
	u16 dport;
	u8 flags;
	u8 hdr_len;
	u8 opts;
	u8 wscale;
	u16 mss;
	u8 nsack;
	u32 tsval;
	u32 tsecr;
	u32 sack[ITP_SACK_MAX][2];
};

/* Why a segment is sent: the trigger of its (re)transmission. */
enum itp_seg_why {
	ITP_WHY_NEW,		/* first sending of SYN, text or FIN */
	ITP_WHY_ACK,		/* pure ACK or window update */
	ITP_WHY_CHALLENGE,	/* ACK that answers an unacceptable segment */
	ITP_WHY_RTO,		/* retransmission time-out */
	ITP_WHY_FAST,		/* third duplicate ACK, or partial ACK */
	ITP_WHY_SYN,		/* SYN or SYN-ACK again */
	ITP_WHY_PROBE,		/* zero-window probe */
	ITP_WHY_KEEPALIVE,	/* keep-alive probe */
	ITP_WHY_RST,		/* reset */
	ITP_WHY_PMTU,		/* again, smaller: the path MTU shrank */
	ITP_WHY_MTU_PROBE,	/* new text, larger than others (RFC 4821) */
	ITP_WHY_MAX
};

/* Octets that @n SACK blocks take, with what aligns them. */
static inline u32 itp_sack_room(u8 n)
{
	return n ? 4 + 8U * n : 0;
}

/**
 * struct itp_seg_out - a segment to send
 * @seq: SEG.SEQ; the shell finds @len octets of text from here in its queue
 *	 (after a SYN text starts at @seq + 1)
 * @ack: SEG.ACK
 * @len: octets of text, SYN and FIN not counted
 * @wnd: window field, scaled already
 * @flags: ITP_FIN ... ITP_CWR
 * @why: enum itp_seg_why
 * @opts: ITP_OPT_* to write
 * @wscale: window scale option
 * @mss: MSS option
 * @nsack: SACK blocks to write with ITP_OPT_SACK, 1 to ITP_SACK_MAX
 * @urp: urgent pointer, with ITP_URG
 * @tsval: timestamp option
 * @tsecr: timestamp option
 * @sack: SACK blocks, left and right edge
 */
struct itp_seg_out {
	u32 seq;
	u32 ack;
	u32 len;
	u16 wnd;
	u8 flags;
	u8 why;
	u8 opts;
	u8 wscale;
	u16 mss;
	u16 urp;
	u8 nsack;
	u32 tsval;
	u32 tsecr;
	u32 sack[ITP_SACK_MAX][2];
};

/**
 * itp_seg_parse() - take a header apart
 * @hdr: header and options
 * @avail: octets readable at @hdr: at least 20, and the whole header if the
 *	   segment is long enough
 * @seg_len: octets of the segment, text included
 * @seg: the result
 *
 * Malformed options end the list, as if it had ended there (RFC 9293 MUST-7).
 *
 * Return: ITP_REASON_NONE or ITP_REASON_HEADER.
 */
enum itp_reason itp_seg_parse(const u8 *hdr, u32 avail, u32 seg_len,
			      struct itp_seg_in *seg);

/* Octets of header and options that @seg takes; a multiple of 4, 60 at most. */
u32 itp_seg_hdr_len(const struct itp_seg_out *seg);

/*
 * Write the header at @hdr (itp_seg_hdr_len() octets), checksum field 0, ports
 * in host order.
 */
void itp_seg_write(const struct itp_seg_out *seg, u16 sport, u16 dport, u8 *hdr);

/*
 * The RST that answers @seg where there is no connection (RFC 9293 3.10.7.1):
 * <SEQ=SEG.ACK><RST> if it has an ACK, else
 * <SEQ=0><ACK=SEG.SEQ+SEG.LEN><RST,ACK>. A timestamp is echoed, with 0 as our
 * own (RFC 7323 5.2). False: @seg is a RST, send nothing.
 */
bool itp_seg_reset(const struct itp_seg_in *seg, struct itp_seg_out *rst);

/* SEG.LEN with SYN and FIN counted. */
static inline u32 itp_seg_space(const struct itp_seg_in *seg)
{
	return seg->len + !!(seg->flags & ITP_SYN) + !!(seg->flags & ITP_FIN);
}

#endif /* _ITP_SEG_H */
