/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One faulting instruction, and its accesses to the alias.
 *
 * tap_begin() … tap_end() is one step that no other processor's step on the same
 * device comes between. Accesses in it get their numbers in it, and are written
 * to the trace behind it, when the lock is free again.
 */
#ifndef MMIOTAP_ACCESS_H
#define MMIOTAP_ACCESS_H

#include <linux/types.h>
#include <asm/ptrace.h>

#include "decode.h"
#include "mmiotap.h"
#include "mmiotap_trace.h"

#define TAP_EVENTS_MAX	4	/* accesses of a step, of 8 bytes at most */

struct tap_access {
	struct tap_mapping *map;
	struct pt_regs *regs;
	unsigned long address;	/* that faulted */
	struct tap_insn insn;
	u16 flags;
	bool quiet;		/* the fault came out of recording another one */
	bool ordered;		/* the lock is held */
	u8 events;
	struct tap_event event[TAP_EVENTS_MAX];
};

/* Place in the alias of @width bytes at @address; NULL: not all are inside. */
static inline void *tap_alias(const struct tap_mapping *map,
			      unsigned long address, u8 width)
{
	unsigned long offset = address - map->virt;

	if (offset >= map->len || map->len - offset < width)
		return NULL;
	return map->alias + offset;
}

void tap_begin(struct tap_access *access);
void tap_end(struct tap_access *access);

/* Inside of a step. Widths are 1, 2, 4 and 8. */
u64 tap_load(struct tap_access *access, void *alias, u8 width);
void tap_store(struct tap_access *access, void *alias, u8 width, u64 value);

/* A store that is noted otherwise. */
void tap_poke(void *alias, u8 width, u64 value);

/* Notes an access that was made otherwise. */
void tap_note(struct tap_access *access, u8 opcode, const void *alias, u8 width,
	      u64 value, u32 count, u16 flags);

#endif
