/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Printed names and one-sentence meanings of the rows of the .def tables, for
 * kernel, tests and tools. Each function returns "?" for a number without a row
 * (another version's, or a hole).
 */
#ifndef _ITP_NAMES_H
#define _ITP_NAMES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
#endif
#include "tables.h"

const char *itp_state_name(unsigned int state);
const char *itp_cause_name(unsigned int cause);
const char *itp_cause_prose(unsigned int cause);
const char *itp_timer_name(unsigned int timer);
const char *itp_timer_prose(unsigned int timer);
const char *itp_reason_name(unsigned int reason);
const char *itp_reason_prose(unsigned int reason);
const char *itp_event_name(unsigned int event);
const char *itp_tunable_name(unsigned int tunable);

/* Counters; those of dropped segments are called drop_<reason>. */
const char *itp_counter_name(unsigned int counter);
const char *itp_counter_help(unsigned int counter);

/* The row of states.def for a move; "?" if it has none. */
const char *itp_transition_prose(unsigned int from, unsigned int to,
				 unsigned int cause);
const char *itp_transition_rfc(unsigned int from, unsigned int to,
			       unsigned int cause);

#endif /* _ITP_NAMES_H */
