// SPDX-License-Identifier: GPL-2.0-only
/*
 * env.h for userspace tests: memory that can be told to fail and is counted,
 * counters, and the way from the engine's reports to a test's hooks.
 */
#include "hooks.h"

u64 itp_test_alloc_fail;
u64 itp_test_allocs;
u64 itp_test_live;
u64 itp_test_counters[ITP_CNT_MAX];
unsigned int itp_mutation;

void (*itp_test_on_event)(const struct itp_conn *c, enum itp_event ev,
			  u64 a, u64 b);
void (*itp_test_on_state)(u64 id, u8 from, u8 to, u8 cause);

void *itp_test_alloc(size_t size)
{
	void *p;

	itp_test_allocs++;
	if (itp_test_alloc_fail && !--itp_test_alloc_fail)
		return NULL;
	p = malloc(size);
	if (!p)
		abort();
	/* The kernel's memory is not zero either. */
	memset(p, 0xa5, size);
	itp_test_live++;
	return p;
}

void itp_test_free(void *p)
{
	if (!p)
		return;
	ITP_ASSERT(itp_test_live > 0);
	itp_test_live--;
	free(p);
}

void itp_test_event(const struct itp_conn *c, enum itp_event ev, u64 a, u64 b)
{
	ITP_ASSERT(ev < ITP_EVENT_MAX);
	if (itp_test_on_event)
		itp_test_on_event(c, ev, a, b);
}

void itp_test_state(u64 id, u8 from, u8 to, u8 cause, const void *obj)
{
	ITP_ASSERT(obj);
	ITP_ASSERT(itp_test_legal(from, to, cause));
	if (itp_test_on_state)
		itp_test_on_state(id, from, to, cause);
}

void itp_test_count(void *ns, enum itp_counter cnt, u64 n)
{
	(void)ns;
	ITP_ASSERT(cnt < ITP_CNT_MAX);
	itp_test_counters[cnt] += n;
}

void itp_test_tunables(struct itp_tunables *tun)
{
#define ITP_TUNABLE(name, type, unit, def, min, max, scope, effect, help) \
	tun->name = def;
#include "tunables.def"
}

void itp_test_turn(const struct itp_seg_out *out, struct itp_seg_in *in)
{
	memset(in, 0, sizeof(*in));
	in->seq = out->seq;
	in->ack = out->ack;
	in->len = out->len;
	in->wnd = out->wnd;
	in->flags = out->flags;
	in->opts = out->opts;
	in->wscale = out->wscale;
	in->mss = out->mss;
	in->tsval = out->tsval;
	in->tsecr = out->tsecr;
	in->nsack = out->opts & ITP_OPT_SACK ? out->nsack : 0;
	memcpy(in->sack, out->sack, sizeof(in->sack));
	in->hdr_len = itp_seg_hdr_len(out);
}

bool itp_test_legal(u8 from, u8 to, u8 cause)
{
	static const u8 rows[][3] = {
#define ITP_TRANSITION(from, to, cause, rfc, prose) \
		{ ITP_##from, ITP_##to, ITP_CAUSE_##cause },
#include "states.def"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i][0] == from && rows[i][1] == to &&
		    rows[i][2] == cause)
			return true;
	}
	return false;
}

u64 itp_test_seed = 1;

u32 itp_test_random(void)
{
	itp_test_seed = itp_test_seed * 6364136223846793005ULL +
			1442695040888963407ULL;
	return itp_test_seed >> 32;
}
