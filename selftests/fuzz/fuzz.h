/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fuzzing the engine with libFuzzer: what the targets share.
 *
 *	seg.c		target: the segment parser and its writer
 *	events.c	target: one input is one world: a series of events
 *	segment.c	octets of the input -> a segment near real numbers
 *	world.c		the simulator's world without network and programs
 *	run		corpora from text, bounded runs, TAP
 *	mutations	planted bugs that the targets must notice
 *	corpus/		seeds: TARGET.txt, one per line, in hex
 *
 * The host under test is the simulator's (sim/host.c, sim/sock.c), with its
 * invariants (sim/check.c); its peer is the input.
 */
#ifndef _ITP_FUZZ_H
#define _ITP_FUZZ_H

#include "../sim/sim.h"

/* What is left of the input; beyond its end everything reads as 0. */
struct input {
	const u8 *p;
	size_t left;
};

static inline u8 take8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

static inline u16 take16(struct input *in)
{
	u16 high = take8(in);

	return (u32)high << 8 | take8(in);
}

static inline u32 take32(struct input *in)
{
	u32 high = take16(in);

	return high << 16 | take16(in);
}

/* The planted bug that $ITP_MUTATION names; called by each target. */
void fuzz_init(void);

/* world.c */
void fuzz_world(struct world *w, struct host *h, u32 seed);
/* The next thing that is due, at least @late us after its time. False: none. */
bool fuzz_due(struct host *h, u64 late);
/* The @n-th socket, round and round; NULL if there is none. */
struct sock *fuzz_sock(struct host *h, u32 n);
/* Whom nobody holds must end by himself; then everything must be freed. */
void fuzz_end(struct host *h);
/* Tunables, paths or queues changed behind the engine's back. */
void fuzz_changed(struct host *h);

/* segment.c */
void fuzz_segment(struct host *h, struct input *in);
/* What a peer that means well would say next. */
void fuzz_answer(struct host *h, struct input *in);

#endif /* _ITP_FUZZ_H */
