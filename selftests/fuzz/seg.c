// SPDX-License-Identifier: GPL-2.0-only
/*
 * Target: any octets through itp_seg_parse(). What it makes of them must obey
 * seg.h; written again and parsed again it must be the same.
 */
#include "fuzz.h"

#define SYN_ONLY	(ITP_OPT_MSS | ITP_OPT_WSCALE | ITP_OPT_SACKOK)

struct tally tally;
bool verbose;

void fuzz_init(void)
{
	const char *nr = getenv("ITP_MUTATION");

	if (nr)
		itp_mutation = strtoul(nr, NULL, 0);
}

/* ASan sees every octet read beyond @avail. */
static enum itp_reason parse(const u8 *data, u32 avail, u32 len,
			     struct itp_seg_in *seg)
{
	u8 *copy = malloc(avail ? avail : 1);
	enum itp_reason why;

	memcpy(copy, data, avail);
	memset(seg, 0xee, sizeof(*seg));
	why = itp_seg_parse(copy, avail, len, seg);
	free(copy);
	return why;
}

static void check_parsed(const struct itp_seg_in *seg, u32 avail, u32 len)
{
	assert(seg->hdr_len >= ITP_HDR_MIN && seg->hdr_len <= ITP_HDR_MAX);
	assert(seg->hdr_len % 4 == 0 && seg->hdr_len <= avail);
	assert(seg->len == len - seg->hdr_len);
	assert(seg->flags & ITP_SYN || !(seg->opts & SYN_ONLY));
	assert(!(seg->opts & ITP_OPT_MSS) == !seg->mss);
	assert(seg->opts & ITP_OPT_WSCALE || !seg->wscale);
	assert(seg->nsack <= ITP_SACK_MAX);
	assert(!(seg->opts & ITP_OPT_SACK) == !seg->nsack);
	assert(seg->opts & ITP_OPT_TS || (!seg->tsval && !seg->tsecr));
}

/* The options of @seg that itp_seg_write() knows, as many as fit. */
static u8 writable(const struct itp_seg_in *seg)
{
	struct itp_seg_out one;
	u8 opts = 0;
	u8 bit;

	for (bit = 1; bit < ITP_OPT_SACK; bit <<= 1) {
		memset(&one, 0, sizeof(one));
		one.opts = bit;
		if (seg->opts & bit && itp_seg_hdr_len(&one) > ITP_HDR_MIN)
			opts |= bit;
	}
	return opts;
}

static void again(const struct itp_seg_in *seg)
{
	struct itp_seg_out out = {
		.seq = seg->seq, .ack = seg->ack, .len = seg->len,
		.wnd = seg->wnd, .flags = seg->flags, .opts = writable(seg),
		.wscale = seg->wscale, .mss = seg->mss, .tsval = seg->tsval,
		.tsecr = seg->tsecr,
	};
	u32 hdr = itp_seg_hdr_len(&out);
	struct itp_seg_in two;
	u8 *p;

	assert(hdr >= ITP_HDR_MIN && hdr <= ITP_HDR_MAX && hdr % 4 == 0);
	p = malloc(hdr);
	memset(p, 0xee, hdr);
	itp_seg_write(&out, seg->sport, seg->dport, p);
	assert(parse(p, hdr, hdr + seg->len, &two) == ITP_REASON_NONE);
	free(p);
	assert(two.seq == seg->seq && two.ack == seg->ack);
	assert(two.len == seg->len && two.wnd == seg->wnd);
	assert(two.flags == seg->flags && two.opts == out.opts);
	assert(two.sport == seg->sport && two.dport == seg->dport);
	assert(two.hdr_len == hdr && !two.urp);
	assert(!(two.opts & ITP_OPT_MSS) || two.mss == seg->mss);
	assert(!(two.opts & ITP_OPT_WSCALE) || two.wscale == seg->wscale);
	assert(!(two.opts & ITP_OPT_TS) ||
	       (two.tsval == seg->tsval && two.tsecr == seg->tsecr));
}

static void answer(const struct itp_seg_in *seg)
{
	struct itp_seg_out rst;

	memset(&rst, 0xee, sizeof(rst));
	assert(itp_seg_reset(seg, &rst) == !(seg->flags & ITP_RST));
	if (seg->flags & ITP_RST)
		return;
	assert(rst.flags & ITP_RST && !rst.len);
	/* A timestamp is echoed, nothing else is said. */
	assert(rst.opts == (seg->opts & ITP_OPT_TS));
	assert(!rst.tsval && rst.tsecr == seg->tsval);
	if (seg->flags & ITP_ACK)
		assert(rst.seq == seg->ack && rst.flags == ITP_RST);
	else
		assert(rst.ack == seg->seq + itp_seg_space(seg));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct itp_seg_in seg, part;
	u32 avail = min(size, (size_t)ITP_HDR_MAX);
	u32 n;

	if (parse(data, avail, size, &seg) != ITP_REASON_NONE) {
		assert(size < ITP_HDR_MIN || data[12] >> 4 < 5 ||
		       (data[12] >> 4) * 4U > size);
		return 0;
	}
	check_parsed(&seg, avail, size);
	again(&seg);
	answer(&seg);
	itp_listen_check(&seg);
	/* Less to look at than there is: all of the header, or refused. */
	n = data[0] % (avail + 1);
	if (parse(data, n, size, &part) == ITP_REASON_NONE) {
		check_parsed(&part, n, size);
		assert(!memcmp(&part, &seg, sizeof(seg)));
	} else {
		assert(n < seg.hdr_len);
	}
	return 0;
}
