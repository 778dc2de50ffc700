/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace events. The first fields of mmiotap_rw and mmiotap_map have the
 * names, types and places of those of mmiotrace_rw and mmiotrace_map, so that one
 * reader takes both.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mmiotap

#if !defined(MMIOTAP_TRACE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define MMIOTAP_TRACE_EVENTS_H

#include <linux/tracepoint.h>
#include "mmiotap.h"

#ifndef TRACE_HEADER_MULTI_READ
struct tap_event {
	u64 phys;
	u64 value;
	u64 pc;
	u64 seq;
	s32 map_id;
	u32 dev;
	u32 count;
	u16 flags;
	u8 opcode;
	u8 width;
};
#endif

TRACE_EVENT(mmiotap_rw,

	TP_PROTO(const struct tap_event *event),

	TP_ARGS(event),

	TP_STRUCT__entry(
		__field(u64, phys)
		__field(u64, value)
		__field(u64, pc)
		__field(s32, map_id)
		__field(u8, opcode)
		__field(u8, width)
		__field(u16, flags)
		__field(u32, count)
		__field(u32, dev)
		__field(u64, seq)
	),

	TP_fast_assign(
		__entry->phys = event->phys;
		__entry->value = event->value;
		__entry->pc = event->pc;
		__entry->map_id = event->map_id;
		__entry->opcode = event->opcode;
		__entry->width = event->width;
		__entry->flags = event->flags;
		__entry->count = event->count;
		__entry->dev = event->dev;
		__entry->seq = event->seq;
	),

	TP_printk("%s %u %d 0x%llx 0x%llx 0x%llx count=%u flags=0x%x dev=%u seq=%llu",
		  __print_symbolic(__entry->opcode, { 1, "R" }, { 2, "W" },
				   { 5, "UNKNOWN" }),
		  __entry->width, __entry->map_id, __entry->phys,
		  __entry->value, __entry->pc, __entry->count,
		  __entry->flags, __entry->dev, __entry->seq)
);

TRACE_EVENT(mmiotap_map,

	TP_PROTO(const struct tap_mapping *map, u8 opcode),

	TP_ARGS(map, opcode),

	TP_STRUCT__entry(
		__field(u64, phys)
		__field(u64, virt)
		__field(u64, len)
		__field(s32, map_id)
		__field(u8, opcode)
		__field(u8, bar)
		__field(u16, bdf)
		__field(u32, domain)
		__field(u32, dev)
	),

	TP_fast_assign(
		__entry->phys = map->event_phys;
		__entry->virt = map->event_virt;
		__entry->len = map->event_len;
		__entry->map_id = map->id;
		__entry->opcode = opcode;
		__entry->bar = map->bar;
		__entry->bdf = map->dev->bdf;
		__entry->domain = map->dev->domain;
		__entry->dev = map->dev->id;
	),

	TP_printk("%s %d 0x%llx 0x%llx 0x%llx dev=%u %x:%02x:%02x.%u bar=%u",
		  __print_symbolic(__entry->opcode, { 3, "MAP" },
				   { 4, "UNMAP" }),
		  __entry->map_id, __entry->phys, __entry->virt, __entry->len,
		  __entry->dev, __entry->domain, __entry->bdf >> 8,
		  (__entry->bdf >> 3) & 0x1f, __entry->bdf & 7, __entry->bar)
);

TRACE_EVENT(mmiotap_gap,

	TP_PROTO(const struct tap_event *event, const u8 *insn, u8 len,
		 u8 reason),

	TP_ARGS(event, insn, len, reason),

	TP_STRUCT__entry(
		__field(u64, phys)
		__field(u64, pc)
		__field(u64, seq)
		__field(s32, map_id)
		__field(u32, dev)
		__field(u8, reason)
		__field(u8, len)
		__array(u8, insn, TAP_INSN_MAX)
	),

	TP_fast_assign(
		__entry->phys = event->phys;
		__entry->pc = event->pc;
		__entry->seq = event->seq;
		__entry->map_id = event->map_id;
		__entry->dev = event->dev;
		__entry->reason = reason;
		__entry->len = len;
		memset(__entry->insn, 0, TAP_INSN_MAX);
		memcpy(__entry->insn, insn, len);
	),

	TP_printk("%s %d 0x%llx 0x%llx dev=%u seq=%llu insn=%s",
		  __print_symbolic(__entry->reason, TAP_GAP_NAMES),
		  __entry->map_id, __entry->phys, __entry->pc, __entry->dev,
		  __entry->seq,
		  __print_hex(__entry->insn, __entry->len))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE mmiotap_trace
#include <trace/define_trace.h>
