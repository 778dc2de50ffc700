/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions carried out on the alias. All of these return 0 when the
 * instruction was done, or a string instruction came a step further: registers,
 * flags and ip are those that it would have left. Otherwise nothing was touched:
 * -EOPNOTSUPP an instruction that is not emulated, -ERANGE its operand is not wholly
 * in the mapping, -EFAULT the operand that is ordinary memory cannot be accessed.
 */
#ifndef MMIOTAP_EMULATE_H
#define MMIOTAP_EMULATE_H

#include "access.h"

int tap_emulate(struct tap_access *access);

/* readmodify.c: arithmetic and exchanges, with and without LOCK. */
int tap_read_modify_write(struct tap_access *access);

/* string.c: movs, stos, lods, scas, cmps. */
int tap_string(struct tap_access *access);

/* vector.c: moves of xmm and ymm registers. */
int tap_vector(struct tap_access *access);

/*
 * The alias of the operand at @address. NULL: it is not inside of the mapping, or
 * the processor faulted elsewhere, so that the decoder must have been wrong.
 */
static inline void *tap_operand(struct tap_access *access,
				unsigned long address, u8 width)
{
	if (access->address - address >= width)
		return NULL;
	return tap_alias(access->map, address, width);
}

#endif
