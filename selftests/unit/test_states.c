// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every cell of the state table, selftests/states.tsv, which is read at run
 * time: one case per row, states__EVENT_STATE. The table is an oracle of its
 * own; the engine has never seen it.
 *
 * Checked are the segments that go out, the state, every variable that the
 * row says moves and that no other does, and what the program is told. An ACK
 * that the table calls CHA is given the cause again at once, and must not be
 * repeated before invalid_ratelimit has passed; one that it calls ACK must.
 *
 * Rows that only the shell can show name a test of the lab (wire:SCRIPT or
 * sock:CASE); here it is checked that it exists.
 */
#include <ctype.h>
#include "cell.h"

#define CELLS	397U

/* What must not move unless the row says so. */
static const u8 watched[] = {
	V_SND_UNA, V_SND_NXT, V_SND_WND, V_RCV_NXT, V_HELD, V_HELD_FIN,
	V_DUP_ACKS, V_2MSL, V_FW2, V_SOFT, V_BACKOFF, V_PROBES, V_MSS, V_RCV_UP,
};

static void check_moves(const char *moves, bool icmp)
{
	u32 want[V_MAX], now[V_MAX], i;
	char item[128];
	size_t len;
	int v;

	memcpy(want, w.before, sizeof(want));
	want[V_SEG_SEQ] = w.seg.seq;
	want[V_SEG_ACK] = w.seg.ack;
	cell_look(now);
	for (i = 0; cell_item(moves, i, item, sizeof(item)); i++) {
		len = strcspn(item, "=+-");
		v = cell_var(item, len);
		CHECK_GE(v, 0);
		if (!item[len])
			want[v] = 1;
		else if (item[len] == '=')
			want[v] = cell_sum(item + len + 1, want);
		else
			want[v] = cell_sum(item, want);
	}
	if (w.kind == KIND_NONE || w.kind == KIND_LISTENER) {
		CHECK_EQ(i, 0);
		return;
	}
	for (i = 0; i < sizeof(watched); i++) {
		v = watched[i];
		/* SYNs make it known, ICMP errors move it */
		if (v == V_MSS && !icmp)
			continue;
		if (now[v] != want[v])
			tap_fail(__FILE__, __LINE__,
				 "variable %d is %u (%+d), not %u (%+d)", v,
				 now[v], (s32)(now[v] - w.before[v]), want[v],
				 (s32)(want[v] - w.before[v]));
	}
	/* RFC 9293 3.8.6: the right edge never moves left. */
	if (cell_now_state() == w.state)
		CHECK_GE((s32)(now[V_RIGHT] - w.before[V_RIGHT]), 0);
}

struct form {
	const char *name;
	u8 flags;
	u32 seq, ack;
	bool text;	/* len is an argument */
};

/* The segment that @name stands for, with variables as they are now. */
static struct form form_of(const char *name)
{
	const u32 *now = w.kind == KIND_NONE || w.kind == KIND_LISTENER ?
			 w.before : w.now;
	const struct form forms[] = {
		{ "ACK", A, now[V_SND_NXT], now[V_RCV_NXT], false },
		{ "CHA", A, now[V_SND_NXT], now[V_RCV_NXT], false },
		{ "SYN", S, now[V_ISS], 0, false },
		{ "SYNACK", SA, now[V_ISS], now[V_RCV_NXT], false },
		{ "TEXT", PA, w.before[V_SND_NXT], now[V_RCV_NXT], true },
		{ "FIN", FA, now[V_SND_NXT] - 1, now[V_RCV_NXT], false },
		{ "AGAIN", A, w.before[V_SND_UNA], now[V_RCV_NXT], true },
		{ "PROBE", A, now[V_SND_UNA] - 1, now[V_RCV_NXT], false },
		{ "RSTa", R, w.seg.ack, 0, false },
		{ "RST0", RA, 0, w.seg.seq + itp_seg_space(&w.seg), false },
		{ "RSTn", RA, w.before[V_SND_NXT], w.before[V_RCV_NXT], false },
	};
	size_t len = strcspn(name, " ");
	u32 i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		if (strlen(forms[i].name) == len &&
		    !strncmp(forms[i].name, name, len))
			return forms[i];
	}
	tap_fail(__FILE__, __LINE__, "no such emission: %s", name);
}

/* NAME, TEXT LEN, AGAIN LEN, ACK wnd N; @again: octets sent again before */
static void check_emission(const char *item, u32 *again)
{
	struct form f = form_of(item);
	struct shot *s;
	u32 len = 0, wnd = 0;

	if (!strncmp(item, "AGAIN", 5))
		f.seq += *again;
	if (d.seen == d.sent)
		tap_fail(__FILE__, __LINE__, "%s was not sent", item);
	s = &d.log[d.seen++];
	if (f.text)
		CHECK_EQ(sscanf(item, "%*s %u", &len), 1);
	if (s->raw.flags != f.flags &&
	    (s->raw.flags | ITP_PSH) != (f.flags | (f.text ? ITP_PSH : 0)))
		tap_fail(__FILE__, __LINE__, "flags %#x for %s", s->raw.flags,
			 item);
	if (s->raw.seq != f.seq || s->raw.len != len ||
	    ((f.flags & A) && s->raw.ack != f.ack))
		tap_fail(__FILE__, __LINE__,
			 "seq %+d ack %+d len %u from what %s has", (s32)
			 (s->raw.seq - f.seq), (s32)(s->raw.ack - f.ack),
			 s->raw.len, item);
	if (!strncmp(item, "AGAIN", 5))
		*again += len;
	if (sscanf(item, "%*s wnd %u", &wnd) == 1)
		CHECK_EQ(s->wnd, wnd);
}

static void check_emits(const char *emits)
{
	u32 again = 0, i;
	char item[64];

	cell_look(w.now);
	for (i = 0; cell_item(emits, i, item, sizeof(item)); i++)
		check_emission(item, &again);
	NONE();
}

/* Is it limited, or is it repeated? */
static void check_limit(const char *emits)
{
	u32 n = d.sent;

	if (strcmp(emits, "CHA") && strcmp(emits, "ACK"))
		return;
	cell_give_again();
	CHECK_EQ(d.sent - n, strcmp(emits, "CHA") ? 1 : 0);
	d.env.now_us += 500 * MS;
	n = d.sent;
	cell_give_again();
	CHECK_EQ(d.sent - n, 1);
	skip();
}

static void say(char *buf, size_t size, const char *what)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s", len ? ", " : "", what);
}

/* In words, in a fixed order. */
static void check_told(const char *told)
{
	bool gone = w.kind == KIND_NONE && d.dead;
	char buf[256] = "", text[64];

	if (w.ran) {
		snprintf(text, sizeof(text), "returns %s",
			 w.ret ? cell_errname(-w.ret) : "0");
		say(buf, sizeof(buf), text);
	}
	if (d.sk_err) {
		snprintf(text, sizeof(text), "error %s", cell_errname(d.sk_err));
		say(buf, sizeof(buf), text);
	}
	if (gone) {
		CHECK(d.flags & ITP_OUT_READ);
		CHECK(d.flags & ITP_OUT_WRITE);
		CHECK(d.flags & ITP_OUT_STATE);
		if (!d.sk_err)
			say(buf, sizeof(buf), "gone");
	} else if (d.flags & ITP_OUT_WRITE) {
		say(buf, sizeof(buf), w.state == ITP_SYN_SENT ||
		    w.state == ITP_SYN_RECV ? "open" : "room");
	}
	if (w.delivered) {
		snprintf(text, sizeof(text), "data %u", w.delivered);
		say(buf, sizeof(buf), text);
	}
	if (d.eof)
		say(buf, sizeof(buf), "eof");
	if (d.flags & ITP_OUT_URGENT)
		say(buf, sizeof(buf), "urgent");
	if (!gone && w.kind != KIND_TW)
		CHECK_EQ(!!(d.flags & ITP_OUT_READ), w.delivered || d.eof);
	if (strcmp(*buf ? buf : "-", told))
		tap_fail(__FILE__, __LINE__, "the program is told: %s, not %s",
			 *buf ? buf : "-", told);
}

static void check_state(const char *next)
{
	const char *now = cell_state_code(cell_now_state());

	if (strcmp(now, next))
		tap_fail(__FILE__, __LINE__, "next state is %s, not %s", now,
			 next);
	if (w.kind == KIND_CONN && cell_now_state() != w.state)
		CHECK(d.flags & ITP_OUT_STATE || !strcmp(next, "SS"));
}

/* Nothing happened: no timer may have moved either. */
static void check_timers(char *const *row, const char *emits,
			 const char *moves)
{
	if (row[CELL_EVENT][0] == 'S' && w.kind == KIND_CONN &&
	    !strcmp(emits, "-") && !strcmp(moves, "-") &&
	    cell_now_state() == w.state)
		CHECK(!memcmp(w.timers, d.c.timers, sizeof(w.timers)));
}

/* Alternative @n of @row in one role. */
static void drive_row(char *const *row, unsigned int n,
		      const struct cell_setup *setup, const char *what)
{
	char emits[128], next[16], moves[256], told[128];

	CHECK(cell_alternative(row[CELL_EMITS], n, emits, sizeof(emits)));
	CHECK(cell_alternative(row[CELL_NEXT], n, next, sizeof(next)));
	CHECK(cell_alternative(row[CELL_MOVES], n, moves, sizeof(moves)));
	CHECK(cell_alternative(row[CELL_TOLD], n, told, sizeof(told)));
	cell_bring(cell_state(row[CELL_STATE]), setup);
	cell_give(what);
	check_state(next);
	check_emits(emits);
	check_moves(moves, !strncmp(what, "icmp", 4));
	check_told(told);
	check_timers(row, emits, moves);
	if (!strcmp(next, row[CELL_STATE]) && row[CELL_EVENT][0] == 'S' &&
	    (!strcmp(moves, "-") || w.kind == KIND_TW))
		check_limit(emits);
	drive_end();
}

static void drive_alternative(char *const *row, unsigned int n)
{
	u8 state = cell_state(row[CELL_STATE]);
	char given[256], *what = given;
	struct cell_setup setup;
	bool both;

	CHECK(cell_alternative(row[CELL_GIVEN], n, given, sizeof(given)));
	what = strstr(given, ": ");
	if (what) {
		*what = 0;
		what += 2;
		cell_setup(given, &setup);
	} else {
		what = given;
		cell_setup("", &setup);
	}
	both = !setup.role && state != ITP_CLOSED && state != ITP_LISTEN &&
	       state != ITP_SYN_SENT;
	tap_what = "alternative";
	tap_round = n + 1;
	if (both)
		setup.role = 2;
	drive_row(row, n, &setup, what);
	if (!both)
		return;
	setup.role = 1;
	drive_row(row, n, &setup, what);
}

static void check_by(char *const *row, bool *unit)
{
	char by[128];
	u32 i;

	for (i = 0; cell_item(row[CELL_BY], i, by, sizeof(by)); i++) {
		if (!strncmp(by, "open: ", 6))
			tap_skip(row[CELL_BY]);
		if (!strcmp(by, "unit"))
			*unit = true;
		else if (!cell_names_test(by))
			tap_fail(__FILE__, __LINE__, "there is no test %s", by);
	}
	CHECK_GT(i, 0);
}

static unsigned int max_alternatives(char *const *row)
{
	unsigned int most = cell_alternatives(row[CELL_GIVEN]), col, n;

	for (col = CELL_EMITS; col <= CELL_TOLD; col++) {
		n = cell_alternatives(row[col]);
		if (n != 1 && n != most)
			tap_fail(__FILE__, __LINE__,
				 "column %u has %u alternatives, given %u",
				 col, n, most);
	}
	return most;
}

static struct cell_case {
	struct tap_case tap;
	char *const *row;
	char name[64];
} cases[CELLS];

static void run_cell(void)
{
	const struct cell_case *c = (const void *)tap_running;
	unsigned int n, most = max_alternatives(c->row);
	bool unit = false;

	check_by(c->row, &unit);
	for (n = 0; unit && n < most; n++)
		drive_alternative(c->row, n);
}

__attribute__((constructor)) static void register_cells(void)
{
	char *const *row;
	u32 i;

	for (i = 0; (row = cell_row(i)) && i < CELLS; i++) {
		cases[i].row = row;
		snprintf(cases[i].name, sizeof(cases[i].name), "states__%s_%s",
			 row[CELL_EVENT], row[CELL_STATE]);
		cases[i].tap.name = cases[i].name;
		cases[i].tap.run = run_cell;
		tap_register(&cases[i].tap);
	}
}

/* No row is missing, none is there twice, each has the id that it should. */
TEST(states__table_is_whole)
{
	static const char *const order[] = {
		"CL", "LI", "SS", "SR", "ES", "F1", "F2", "CW", "CG", "LA", "TW"
	};
	char *const *row;
	char id[32];
	u32 i, j;

	for (i = 0; (row = cell_row(i)); i++) {
		snprintf(id, sizeof(id), "%s.%s", row[CELL_EVENT],
			 row[CELL_STATE]);
		if (strcmp(id, row[CELL_ID]))
			tap_fail(__FILE__, __LINE__, "%s is called %s", id,
				 row[CELL_ID]);
		for (j = 0; j < i; j++)
			CHECK(strcmp(cell_row(j)[CELL_ID], id));
		for (j = 0; j < ARRAY_SIZE(order); j++)
			if (!strcmp(order[j], row[CELL_STATE]))
				break;
		CHECK_LT(j, ARRAY_SIZE(order));
	}
	CHECK_EQ(i, CELLS);
}
