/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of segment arrival, between input.c, ack.c and text.c.
 */
#ifndef _ITP_INPUT_H
#define _ITP_INPUT_H

/* input.c: the segment, or what is left of it, is dropped. */
void itp_drop(struct itp_conn *c, const struct itp_seg_in *seg,
	      enum itp_reason reason, struct itp_out *out);
void itp_challenge(struct itp_conn *c, const struct itp_seg_in *seg,
		   const struct itp_env *env, enum itp_reason reason,
		   struct itp_out *out);

/* ack.c: false: the segment was dropped, or the connection is gone. */
bool itp_input_ack(struct itp_conn *c, const struct itp_seg_in *seg,
		   const struct itp_env *env, struct itp_out *out);
/*
 * SND.UNA moves to the ACK field of @seg; returns the octets of text and FIN
 * acknowledged.
 */
u32 itp_ack_advance(struct itp_conn *c, const struct itp_seg_in *seg,
		    const struct itp_env *env);

/* urgent.c: false: no memory, the segment's text is dropped. */
bool itp_input_urgent(struct itp_conn *c, const struct itp_seg_in *seg,
		      const struct itp_env *env, struct itp_out *out);

/* text.c */
void itp_input_text(struct itp_conn *c, const struct itp_seg_in *seg,
		    const struct itp_env *env, struct itp_out *out);

#endif /* _ITP_INPUT_H */
