/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text form of a segment, see wire.h.
 */
#ifndef _LANGUAGE_H
#define _LANGUAGE_H

#include "wire.h"

/* A segment as written down, and which of its parts were. */
struct words {
	struct seg s;
	bool seq, ack, any_seq, any_ack;
	bool wnd, mss, ws, noopt, opt, urp, sum, proto;
	bool ts, ecr, nots, sack;
	int psh;		/* -1: not said */
};

/* Stops the script on anything that is not in the language. */
void words_parse(const char *text, struct words *w);
/* The same words for a segment of connection @p, for the trace. */
void words_print(const struct seg *s, const struct peer *p, char *buf,
		 size_t size);

#endif /* _LANGUAGE_H */
