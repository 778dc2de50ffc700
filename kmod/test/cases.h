/* SPDX-License-Identifier: GPL-2.0-only */
/* What cases.S and insns.c share: the kinds of cases, and the registers. */
#ifndef MMIOTAP_TEST_CASES_H
#define MMIOTAP_TEST_CASES_H

/* The pointers of a case that lead to the device's memory. */
#define KIND_RDI	0	/* rdi; rsi leads to ordinary memory */
#define KIND_RSI	1	/* rsi; rdi leads to ordinary memory */
#define KIND_BOTH	2
#define KIND_VECTOR	3	/* as RDI, with xmm registers */
#define KIND_AVX	4	/* as RDI, with ymm registers */
#define KIND_FALLBACK	5	/* as RDI; the module is expected to step aside */

#ifndef __ASSEMBLY__
#include <linux/types.h>

struct insn_case {
	void (*run)(void);
	const char *text;
	u64 kind;
};

extern const struct insn_case insn_cases[], insn_cases_end[];

/* Registers before and after: rax rbx rcx rdx rsi rdi r8 … r15. */
enum { RAX, RBX, RCX, RDX, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, REGS };
extern u64 insn_regs[REGS];
extern u64 insn_flags;
extern u8 insn_vectors[2][32];	/* of registers 3 and 12 */
#endif

#endif
