// SPDX-License-Identifier: GPL-2.0-only
/*
 * Printed names of the rows of the .def tables. Only look-up is here; the names
 * are in the tables, and how they are laid out is up to who prints them.
 */
#include "names.h"

#define ITP_LOOKUP(table, nr) \
	lookup(table, sizeof(table) / sizeof((table)[0]), nr)

static const char *lookup(const char * const *table, size_t rows,
			  unsigned int nr)
{
	return nr < rows && table[nr] ? table[nr] : "?";
}

static const char * const state_names[] = {
#define ITP_STATE(name, nr, str) \
	[ITP_##name] = str,
#include "states.def"
};

static const char * const cause_names[] = {
#define ITP_CAUSE(name, str, prose) \
	[ITP_CAUSE_##name] = str,
#include "causes.def"
};

static const char * const cause_proses[] = {
#define ITP_CAUSE(name, str, prose) \
	[ITP_CAUSE_##name] = prose,
#include "causes.def"
};

static const char * const timer_names[] = {
#define ITP_TIMER(name, str, prose) \
	[ITP_TIMER_##name] = str,
#include "timers.def"
};

static const char * const timer_proses[] = {
#define ITP_TIMER(name, str, prose) \
	[ITP_TIMER_##name] = prose,
#include "timers.def"
};

static const char * const reason_names[] = {
#define ITP_REASON(name, str, prose) \
	[ITP_REASON_##name] = str,
#include "reasons.def"
};

static const char * const reason_proses[] = {
#define ITP_REASON(name, str, prose) \
	[ITP_REASON_##name] = prose,
#include "reasons.def"
};

static const char * const event_names[] = {
#define ITP_EVENT(name, low, a, b) \
	[ITP_EVENT_##name] = #low,
#include "events.def"
};

static const char * const tunable_names[] = {
#define ITP_TUNABLE(name, type, unit, def, min, max, scope, effect, help) \
	[ITP_TUN_##name] = #name,
#include "tunables.def"
};

static const char * const counter_names[] = {
#define ITP_COUNTER(name, help) \
	[ITP_CNT_##name] = #name,
#include "counters.def"
#define ITP_REASON(name, str, prose) \
	[ITP_CNT_DROP + ITP_REASON_##name] = "drop_" str,
#include "reasons.def"
};

static const char * const counter_helps[] = {
#define ITP_COUNTER(name, help) \
	[ITP_CNT_##name] = help,
#include "counters.def"
#define ITP_REASON(name, str, prose) \
	[ITP_CNT_DROP + ITP_REASON_##name] = "segments dropped: " prose,
#include "reasons.def"
};

static const struct transition {
	u8 from;
	u8 to;
	u8 cause;
	const char *rfc;
	const char *prose;
} transitions[] = {
#define ITP_TRANSITION(from, to, cause, rfc, prose) \
	{ ITP_##from, ITP_##to, ITP_CAUSE_##cause, rfc, prose },
#include "states.def"
	{ }
};

/**
 * itp_state_name - printed name of a state, as RFC 9293 writes it
 * @state: enum itp_state
 */
const char *itp_state_name(unsigned int state)
{
	return ITP_LOOKUP(state_names, state);
}

/**
 * itp_cause_name - printed name of a cause
 * @cause: enum itp_cause
 */
const char *itp_cause_name(unsigned int cause)
{
	return ITP_LOOKUP(cause_names, cause);
}

/**
 * itp_cause_prose - what a cause is
 * @cause: enum itp_cause
 */
const char *itp_cause_prose(unsigned int cause)
{
	return ITP_LOOKUP(cause_proses, cause);
}

/**
 * itp_timer_name - printed name of a timer
 * @timer: enum itp_timer
 */
const char *itp_timer_name(unsigned int timer)
{
	return ITP_LOOKUP(timer_names, timer);
}

/**
 * itp_timer_prose - what a timer waits for
 * @timer: enum itp_timer
 */
const char *itp_timer_prose(unsigned int timer)
{
	return ITP_LOOKUP(timer_proses, timer);
}

/**
 * itp_reason_name - printed name of a reason to drop a segment
 * @reason: enum itp_reason
 */
const char *itp_reason_name(unsigned int reason)
{
	return ITP_LOOKUP(reason_names, reason);
}

/**
 * itp_reason_prose - what a reason to drop a segment is
 * @reason: enum itp_reason
 */
const char *itp_reason_prose(unsigned int reason)
{
	return ITP_LOOKUP(reason_proses, reason);
}

/**
 * itp_event_name - printed name of an event
 * @event: enum itp_event
 */
const char *itp_event_name(unsigned int event)
{
	return ITP_LOOKUP(event_names, event);
}

/**
 * itp_tunable_name - name of a tunable
 * @tunable: enum itp_tunable
 */
const char *itp_tunable_name(unsigned int tunable)
{
	return ITP_LOOKUP(tunable_names, tunable);
}

/**
 * itp_counter_name - name of a counter
 * @counter: enum itp_counter, or ITP_CNT_DROP + enum itp_reason
 */
const char *itp_counter_name(unsigned int counter)
{
	return ITP_LOOKUP(counter_names, counter);
}

/**
 * itp_counter_help - what a counter counts
 * @counter: enum itp_counter, or ITP_CNT_DROP + enum itp_reason
 */
const char *itp_counter_help(unsigned int counter)
{
	return ITP_LOOKUP(counter_helps, counter);
}

static const struct transition *transition_find(unsigned int from,
						unsigned int to,
						unsigned int cause)
{
	const struct transition *t;

	for (t = transitions; t->from; t++) {
		if (t->from == from && t->to == to && t->cause == cause)
			return t;
	}
	return NULL;
}

/**
 * itp_transition_prose - why a move happens, to follow "because"
 * @from: enum itp_state
 * @to: enum itp_state
 * @cause: enum itp_cause
 */
const char *itp_transition_prose(unsigned int from, unsigned int to,
				 unsigned int cause)
{
	const struct transition *t = transition_find(from, to, cause);

	return t ? t->prose : "?";
}

/**
 * itp_transition_rfc - where a move is written down
 * @from: enum itp_state
 * @to: enum itp_state
 * @cause: enum itp_cause
 */
const char *itp_transition_rfc(unsigned int from, unsigned int to,
			       unsigned int cause)
{
	const struct transition *t = transition_find(from, to, cause);

	return t ? t->rfc : "?";
}
