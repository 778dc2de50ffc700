/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic on values. The processor does each operation itself, with the flags
 * of the interrupted context, so that results and flags are its own.
 */
#ifndef MMIOTAP_ALU_H
#define MMIOTAP_ALU_H

#include <linux/types.h>

/* The first eight as bits 5:3 of the opcodes and ModRM.reg of group 1. */
enum tap_alu {
	TAP_ADD, TAP_OR, TAP_ADC, TAP_SBB, TAP_AND, TAP_SUB, TAP_XOR, TAP_CMP,
	TAP_TEST, TAP_IMUL,
	TAP_INC, TAP_DEC, TAP_NEG, TAP_NOT,
	/* As ModRM.reg of group 2; the count is the other operand. */
	TAP_ROL, TAP_ROR, TAP_RCL, TAP_RCR, TAP_SHL, TAP_SHR, TAP_SAL, TAP_SAR,
	/* As ModRM.reg - 4 of group 8. */
	TAP_BT, TAP_BTS, TAP_BTR, TAP_BTC,
};

/*
 * The result of @op on @width bytes of @a (the destination) and @b: @a itself when
 * the operation writes none. Bit operations and IMUL have no form for one byte.
 */
u64 tap_alu(enum tap_alu op, u8 width, u64 a, u64 b, unsigned long *flags);

static inline bool tap_alu_writes(enum tap_alu op)
{
	return op != TAP_CMP && op != TAP_TEST && op != TAP_BT;
}

/* Whether the condition in the low four bits of jcc, setcc and cmovcc holds. */
bool tap_condition(u8 code, unsigned long flags);

#endif
