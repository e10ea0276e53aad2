/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cells of the state table, selftests/states.tsv: one event in one state, and all that follows from it.
 *
 * A cell is driven in three steps: bring a connection (or what stands for one:
 * a listener, a half-open entry, a TIME-WAIT record, nothing) into the state,
 * give it the event, compare everything that can be seen with what the row
 * says; what the row does not name must not have changed.
 */
#ifndef _ITP_CELL_H
#define _ITP_CELL_H

#include "drive.h"

enum cell_col {
	CELL_ID, CELL_EVENT, CELL_STATE, CELL_GIVEN, CELL_EMITS, CELL_NEXT,
	CELL_MOVES, CELL_TOLD, CELL_BY, CELL_WHY, CELL_COLS
};

/* What stands for the connection. */
enum cell_kind {
	KIND_NONE, KIND_LISTENER, KIND_REQ, KIND_CONN, KIND_TW
};

/* The variables that sums in a row may name, and those that may move. */
enum cell_var {
	V_ISS, V_SND_UNA, V_SND_NXT, V_SND_WND, V_MAX_WND, V_IRS, V_RCV_NXT,
	V_RIGHT, V_HELD, V_HELD_FIN, V_DUP_ACKS, V_2MSL, V_FW2, V_SOFT, V_MSS,
	V_BACKOFF, V_PROBES, V_RCV_UP, V_SEG_SEQ, V_SEG_ACK, V_MAX,
};

struct cell_world {
	enum cell_kind kind;
	u8 state;		/* when it was reached */
	bool passive;
	bool stamps;
	bool listener;		/* behind it is one */
	bool ran;		/* a call returned something: in ret */
	int ret;
	u64 began;
	u32 delivered;		/* octets of text, in order */
	struct itp_req req;
	struct itp_tw tw;
	struct itp_seg_in seg;	/* given last */
	u64 timers[ITP_TIMER_MAX];
	u32 before[V_MAX];
	u32 now[V_MAX];
};

extern struct cell_world w;

/* The words before the colon of what is given. */
struct cell_setup {
	int role;		/* 0 both, 1 active, 2 passive */
	bool orphan;		/* close() instead of shutdown() */
	bool full;		/* our receive buffer is */
	bool shut;		/* the peer's window is */
	bool keepalive;
	bool owed;		/* an ACK is, delayed */
	bool stamps;		/* timestamps are in force, the peer's at 1000 */
	bool linger2;		/* ITP_LINGER2 is -1 */
	u32 flight;		/* octets written; on their way, if not shut */
	const char *tunables;	/* NAME=VALUE ...; last */
};

/* cell_read.c: lines of the table; NULL at the end. */
char *const *cell_row(unsigned int nr);
/* Alternative @n of a field ("a | b"), or the only one; false: none. */
bool cell_alternative(const char *field, unsigned int n, char *buf,
		      size_t size);
unsigned int cell_alternatives(const char *field);
/* Item @n of a list ("a, b"); false: no more. */
bool cell_item(const char *list, unsigned int n, char *buf, size_t size);
/* RCV.NXT+10, 5, SND.UNA-1 ... */
u32 cell_sum(const char *expr, const u32 *vars);
/* -1: no such variable. */
int cell_var(const char *name, size_t len);
int cell_errno(const char *name);
const char *cell_errname(int err);
u8 cell_state(const char *code);
const char *cell_state_code(u8 state);
/* Does the test that "wire:NAME" or "sock:NAME" names exist? */
bool cell_names_test(const char *by);

/* cell_bring.c */
void cell_setup(const char *words, struct cell_setup *s);
void cell_bring(u8 state, const struct cell_setup *s);
/* Variables as they are now. */
void cell_look(u32 *vars);
u8 cell_now_state(void);
void cell_req_make(const struct itp_seg_in *syn, u32 iss);

/* cell_give.c */
void cell_give(const char *what);
void cell_give_again(void);

#endif /* _ITP_CELL_H */
