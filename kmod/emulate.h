/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The emulator carries out instructions on the alias. Each function here returns
 * 0 when the instruction was done, or a string instruction came a step further:
 * registers, flags and ip are those that it would have left. Otherwise nothing was
 * touched, and the reason is:
 *
 *   -EOPNOTSUPP  the instruction is not emulated
 *   -ERANGE      its operand is not wholly in the mapping
 *   -EFAULT      its operand in ordinary memory cannot be accessed
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

#endif
