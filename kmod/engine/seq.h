/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sequence numbers: 32 bits, compared modulo 2^32 (RFC 9293 section 3.4).
 */
#ifndef _ITP_SEQ_H
#define _ITP_SEQ_H

static inline bool seq_lt(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool seq_le(u32 a, u32 b)
{
	return (s32)(a - b) <= 0;
}

static inline bool seq_gt(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

static inline bool seq_ge(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

static inline u32 seq_max(u32 a, u32 b)
{
	return seq_gt(a, b) ? a : b;
}

static inline u32 seq_min(u32 a, u32 b)
{
	return seq_lt(a, b) ? a : b;
}

#endif /* _ITP_SEQ_H */
