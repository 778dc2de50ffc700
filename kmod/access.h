/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One faulting instruction, and its accesses to the alias.
 *
 * tap_begin() … tap_end() is one step, under the device's lock: a step of another
 * processor on the same device comes before or after it. Accesses get their
 * numbers in the step. Their events are written at its end, when the lock is free.
 */
#ifndef MMIOTAP_ACCESS_H
#define MMIOTAP_ACCESS_H

#include <linux/types.h>
#include <asm/ptrace.h>

#include "decode.h"
#include "mmiotap.h"
#include "mmiotap_trace.h"

#define TAP_EVENTS_MAX	4	/* accesses of a step, of 8 bytes at most */

/* It lives on the stack of the fault, which alone uses it. */
struct tap_access {
	struct tap_mapping *map;
	struct pt_regs *regs;
	unsigned long address;	/* the one that faulted */
	struct tap_insn insn;
	u16 flags;
	bool quiet;		/* recording another fault caused this one */
	bool ordered;		/* the lock is held */
	u8 events;
	struct tap_event event[TAP_EVENTS_MAX];
};

/* The alias of @width bytes at @address. NULL: not all are in the mapping. */
static inline void *tap_alias(const struct tap_mapping *map,
			      unsigned long address, u8 width)
{
	unsigned long offset = address - map->virt;

	if (offset >= map->len || map->len - offset < width)
		return NULL;
	return map->alias + offset;
}

/*
 * The alias of the operand at @address. NULL: it is not wholly in the mapping, or
 * the processor faulted elsewhere, so that the decoder must have been wrong.
 */
static inline void *tap_operand(struct tap_access *access,
				unsigned long address, u8 width)
{
	if (access->address - address >= width)
		return NULL;
	return tap_alias(access->map, address, width);
}

void tap_begin(struct tap_access *access);
void tap_end(struct tap_access *access);

/* An access in a step, and its note. Widths are 1, 2, 4 and 8. */
u64 tap_load(struct tap_access *access, void *alias, u8 width);
void tap_store(struct tap_access *access, void *alias, u8 width, u64 value);

/* A store without a note, for which tap_note() is called apart. */
void tap_poke(void *alias, u8 width, u64 value);

/* The note of an access that was made in another way: its number and its event. */
void tap_note(struct tap_access *access, u8 opcode, const void *alias, u8 width,
	      u64 value, u32 count, u16 flags);

#endif
