// SPDX-License-Identifier: GPL-2.0-only
/*
 * What -v prints of a world, and the summary of all worlds with its proof that
 * the worlds were rich enough.
 */
#include "sim.h"

static const char * const whys[ITP_WHY_MAX] = {
	[ITP_WHY_NEW] = "new", [ITP_WHY_ACK] = "ack",
	[ITP_WHY_CHALLENGE] = "challenge", [ITP_WHY_RTO] = "rto",
	[ITP_WHY_FAST] = "fast", [ITP_WHY_SYN] = "syn",
	[ITP_WHY_PROBE] = "probe", [ITP_WHY_KEEPALIVE] = "keepalive",
	[ITP_WHY_RST] = "rst", [ITP_WHY_PMTU] = "pmtu",
	[ITP_WHY_MTU_PROBE] = "mtu-probe",
};

const char *why_str(unsigned int n)
{
	return n < ITP_WHY_MAX ? whys[n] : "?";
}

void vlog(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	printf("# %12.6f ", w->now / 1e6);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void log_seg(struct world *w, const char *what, u8 host,
	     const struct itp_seg_in *in)
{
	u8 f = in->flags;

	vlog(w, "%c %s %s%s%s%s%s seq %u len %u ack %u wnd %u", "AB"[host],
	     what, f & ITP_SYN ? "S" : "", f & ITP_FIN ? "F" : "",
	     f & ITP_RST ? "R" : "", f & ITP_PSH ? "P" : "",
	     f & ITP_ACK ? "A" : "", in->seq, in->len, in->ack, in->wnd);
}

static void list(const char *what, const char *(*name)(unsigned int),
		 const u64 *v, u32 n)
{
	u32 i;

	printf("# %s:", what);
	for (i = 0; i < n; i++) {
		if (v[i])
			printf(" %s %" PRIu64, name(i), v[i]);
	}
	putchar('\n');
}

#define N(field)	tally.field

void summary(double seconds)
{
	u32 i, j;

	printf("# %" PRIu64 " worlds (%" PRIu64 " fair), %" PRIu64
	       " connections, %" PRIu64 " simultaneous opens, %.0f connections/s\n",
	       N(worlds), N(fair), N(conns), N(sim_opens),
	       N(conns) / (seconds > 0 ? seconds : 1));
	printf("# %" PRIu64 " segments, %" PRIu64 " octets read and compared; "
	       "lost %" PRIu64 ", repeated %" PRIu64 ", reordered %" PRIu64
	       ", corrupted %" PRIu64 " (caught %" PRIu64 "), too big %" PRIu64
	       " (silently %" PRIu64 "), forged %" PRIu64 "\n", N(segs), N(octets), N(lost), N(dupped),
	       N(reordered), N(corrupted), N(checksum_caught), N(too_big),
	       N(holes), N(forged));
	printf("# refused by the host %" PRIu64 ", congested %" PRIu64
	       ", allocations failed %" PRIu64 ", receive buffer full %" PRIu64
	       ", pruned %" PRIu64 ", bursts %" PRIu64 ", across the wrap %"
	       PRIu64 "\n", N(send_failed), N(congested), N(alloc_failed),
	       N(rcv_full), N(pruned), N(bursts), N(wrap_tx));
	printf("# programs: completed %" PRIu64 ", aborts %" PRIu64
	       ", resets seen %" PRIu64 ", time-outs seen %" PRIu64
	       "; reboots %" PRIu64 ", dead links %" PRIu64 "\n", N(completed),
	       N(aborts), N(resets_seen), N(timeouts), N(reboots),
	       N(dead_links));
	printf("# half-open: made %" PRIu64 ", SYN repeated %" PRIu64
	       ", claimed %" PRIu64 "; TIME-WAIT: made %" PRIu64 ", answered %"
	       PRIu64 ", killed %" PRIu64 ", reused %" PRIu64 "\n",
	       N(req_made), N(req_repeat), N(req_claim), N(tw_made),
	       N(tw_reply), N(tw_kill), N(tw_new));
	printf("# SACK on %" PRIu64 " segments, D-SACK on %" PRIu64 "\n",
	       N(sacks), N(dsacks));
	list("sent because", why_str, tally.why, ITP_WHY_MAX);
	list("states entered", itp_state_name, tally.states, 16);
	list("causes", itp_cause_name, tally.causes, ITP_CAUSE_MAX);
	list("timers due", itp_timer_name, tally.timers, ITP_TIMER_MAX);
	list("segments by reason", itp_reason_name, tally.reasons, ITP_REASON_MAX);
	list("events", itp_event_name, tally.events, ITP_EVENT_MAX);
	printf("# moves:");
	for (i = 0; i < 16; i++) {
		for (j = 0; j < 16; j++) {
			if (tally.moves[i][j])
				printf(" %s>%s %" PRIu64, itp_state_name(i),
				       itp_state_name(j),
				       tally.moves[i][j]);
		}
	}
	putchar('\n');
}

struct cover {
	const char *what;
	const u64 *v;
};

#define MOVE(a, b)	{ #a " -> " #b, &tally.moves[ITP_##a][ITP_##b] }
#define WHY(a)		{ "sent: " #a, &tally.why[ITP_WHY_##a] }
#define TIMER(a)	{ "timer: " #a, &tally.timers[ITP_TIMER_##a] }
#define CAUSE(a)	{ "cause: " #a, &tally.causes[ITP_CAUSE_##a] }
#define REASON(a)	{ "reason: " #a, &tally.reasons[ITP_REASON_##a] }
#define PMTU(a)		{ "search for the path MTU: " #a, &tally.pmtu[ITP_PMTU_##a] }
#define COUNT(a)	{ "count: " #a, &tally.a }

static const struct cover covers[] = {
	MOVE(CLOSED, LISTEN), MOVE(CLOSED, SYN_SENT), MOVE(LISTEN, SYN_RECV),
	MOVE(SYN_SENT, SYN_RECV), MOVE(SYN_SENT, ESTABLISHED),
	MOVE(SYN_RECV, ESTABLISHED), MOVE(ESTABLISHED, FIN_WAIT1),
	MOVE(ESTABLISHED, CLOSE_WAIT), MOVE(FIN_WAIT1, FIN_WAIT2),
	MOVE(FIN_WAIT1, CLOSING), MOVE(FIN_WAIT2, TIME_WAIT),
	MOVE(CLOSING, TIME_WAIT), MOVE(CLOSE_WAIT, LAST_ACK),
	MOVE(LAST_ACK, CLOSED), MOVE(TIME_WAIT, CLOSED), MOVE(LISTEN, CLOSED),
	MOVE(SYN_SENT, CLOSED), MOVE(SYN_RECV, CLOSED),
	MOVE(ESTABLISHED, CLOSED), MOVE(FIN_WAIT1, CLOSED),
	MOVE(FIN_WAIT2, CLOSED), MOVE(CLOSE_WAIT, CLOSED),
	MOVE(CLOSING, CLOSED),
	WHY(NEW), WHY(ACK), WHY(CHALLENGE), WHY(RTO), WHY(FAST), WHY(SYN),
	WHY(PROBE), WHY(KEEPALIVE), WHY(RST), WHY(PMTU), WHY(MTU_PROBE),
	PMTU(PASSED), PMTU(LOST), PMTU(UNSURE), PMTU(HOLE), PMTU(DONE),
	TIMER(RTO), TIMER(PERSIST), TIMER(DELACK), TIMER(KEEPALIVE),
	TIMER(FIN_WAIT2), TIMER(LOCAL),
	CAUSE(TIMEOUT_SYN), CAUSE(TIMEOUT_SYNACK), CAUSE(TIMEOUT_RTO),
	CAUSE(TIMEOUT_PROBE), CAUSE(TIMEOUT_KEEPALIVE),
	CAUSE(TIMEOUT_FIN_WAIT2), CAUSE(TIMEOUT_TIME_WAIT), CAUSE(RCV_RST),
	CAUSE(ICMP_ERROR), CAUSE(UNREAD_DATA), CAUSE(DATA_AFTER_CLOSE),
	CAUSE(LISTENER_CLOSED), CAUSE(OVERFLOW), CAUSE(USER_ABORT),
	CAUSE(TW_LIMIT), CAUSE(TW_REUSED), CAUSE(ORPHAN_LIMIT),
	CAUSE(NETNS_EXIT),
	REASON(WINDOW), REASON(OLD_DATA), REASON(RST_SEQ),
	REASON(SYN_CHALLENGE), REASON(ACK_OLD), REASON(ACK_FUTURE),
	REASON(RCVBUF), REASON(NO_MEMORY), REASON(NO_CONN), REASON(DUP_SYN),
	REASON(PAWS),
	COUNT(lost), COUNT(dupped), COUNT(reordered), COUNT(checksum_caught),
	COUNT(too_big), COUNT(holes), COUNT(forged), COUNT(send_failed), COUNT(congested),
	COUNT(alloc_failed), COUNT(rcv_full), COUNT(pruned), COUNT(bursts),
	COUNT(wrap_tx), COUNT(sim_opens), COUNT(tw_reply), COUNT(tw_kill),
	COUNT(urgent_out), COUNT(urgent_in), COUNT(urgent_far),
	COUNT(urgent_right), COUNT(reboots), COUNT(dead_links), COUNT(completed),
	COUNT(sacks), COUNT(dsacks), COUNT(tw_taken),
};

/* Prints a TAP line for each of these that must have happened. */
int coverage(bool run)
{
	int n = ARRAY_SIZE(covers);
	int nr = 1;
	int i;

	if (!run)
		return n;
	for (i = 0; i < n; i++)
		printf("%s %d - happened: %s %" PRIu64 "\n",
		       *covers[i].v ? "ok" : "not ok", ++nr, covers[i].what,
		       *covers[i].v);
	n = 0;
	for (i = 0; i < nr - 1; i++)
		n += !*covers[i].v;
	return n;
}
