/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The enums and structs that the .def tables give, for kernel, tests and
 * tools alike. Needs u8..u64 from the includer. Printed names: names.c.
 */
#ifndef _ITP_TABLES_H
#define _ITP_TABLES_H

enum itp_state {
#define ITP_STATE(name, nr, str) ITP_##name = nr,
#include "states.def"
};

enum itp_cause {
#define ITP_CAUSE(name, str, prose) ITP_CAUSE_##name,
#include "causes.def"
	ITP_CAUSE_MAX
};

enum itp_timer {
#define ITP_TIMER(name, str, prose) ITP_TIMER_##name,
#include "timers.def"
	ITP_TIMER_MAX
};

enum itp_reason {
#define ITP_REASON(name, str, prose) ITP_REASON_##name,
#include "reasons.def"
	ITP_REASON_MAX
};

enum itp_event {
#define ITP_EVENT(name, low, a, b) ITP_EVENT_##name,
#include "events.def"
	ITP_EVENT_MAX
};

/* Counters: the rows of counters.def, then one per drop reason. */
enum itp_counter {
#define ITP_COUNTER(name, help) ITP_CNT_##name,
#include "counters.def"
	ITP_CNT_DROP,
	ITP_CNT_MAX = ITP_CNT_DROP + ITP_REASON_MAX
};

enum itp_tunable {
#define ITP_TUNABLE(name, type, unit, def, min, max, scope, effect, help) \
	ITP_TUN_##name,
#include "tunables.def"
	ITP_TUN_MAX
};

/**
 * struct itp_tunables - the values in force in one namespace
 *
 * Units and ranges: tunables.def. Readers use READ_ONCE() through itp_tun().
 */
struct itp_tunables {
#define ITP_TUNABLE(name, type, unit, def, min, max, scope, effect, help) \
	u32 name;
#include "tunables.def"
};

#define itp_tun(t, name) READ_ONCE((t)->name)

#endif /* _ITP_TABLES_H */
