/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints itp:itp_*, one for each row of engine/events.def; the row says
 * what a and b mean.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM itp

#if !defined(_ITP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _ITP_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(itp_event,
	TP_PROTO(u64 id, u64 a, u64 b),
	TP_ARGS(id, a, b),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, a)
		__field(u64, b)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->a = a;
		__entry->b = b;
	),
	TP_printk("id=%llu a=%llu b=%llu", __entry->id, __entry->a, __entry->b)
);

#define ITP_EVENT(name, low, x, y)					\
DEFINE_EVENT(itp_event, itp_##low,					\
	TP_PROTO(u64 id, u64 a, u64 b),					\
	TP_ARGS(id, a, b)						\
);
#include "engine/events.def"

#endif /* _ITP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
