// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moves of xmm and ymm registers. The kernel uses them only between
 * kernel_fpu_begin() and kernel_fpu_end(), and no code from the fault to here
 * touches them, so their values are still the faulting code's.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/cpufeature.h>

#include "emulate.h"
#include "registers.h"

#define EACH(insn, to_reg, kind)					\
	CASE(insn, to_reg, kind, 0) CASE(insn, to_reg, kind, 1)		\
	CASE(insn, to_reg, kind, 2) CASE(insn, to_reg, kind, 3)		\
	CASE(insn, to_reg, kind, 4) CASE(insn, to_reg, kind, 5)		\
	CASE(insn, to_reg, kind, 6) CASE(insn, to_reg, kind, 7)		\
	CASE(insn, to_reg, kind, 8) CASE(insn, to_reg, kind, 9)		\
	CASE(insn, to_reg, kind, 10) CASE(insn, to_reg, kind, 11)	\
	CASE(insn, to_reg, kind, 12) CASE(insn, to_reg, kind, 13)	\
	CASE(insn, to_reg, kind, 14) CASE(insn, to_reg, kind, 15)

#define CASE(insn, to_reg, kind, n) CASE_##to_reg(insn, kind, n)
#define CASE_0(insn, kind, n)						\
	case n:								\
		asm volatile(insn " %%" kind #n ", (%0)"		\
			     : : "r" (memory) : "memory");		\
		break;
#define CASE_1(insn, kind, n)						\
	case n:								\
		asm volatile(insn " (%0), %%" kind #n			\
			     : : "r" (memory) : "memory");		\
		break;

#define VECTOR_MOVE(name, insn, to_reg, kind)				\
static void name(u8 number, void *memory)				\
{									\
	switch (number) {						\
	EACH(insn, to_reg, kind)					\
	}								\
}

VECTOR_MOVE(xmm_store, "movups", 0, "xmm")
VECTOR_MOVE(xmm_load, "movups", 1, "xmm")
VECTOR_MOVE(vex_xmm_load, "vmovups", 1, "xmm")
VECTOR_MOVE(ymm_store, "vmovups", 0, "ymm")
VECTOR_MOVE(ymm_load, "vmovups", 1, "ymm")

struct move {
	u8 size;	/* 0: not emulated */
	bool to_register;
	bool aligned;
};

/* The four forms of an opcode that no prefix, 66, F3 and F2 select, as bits. */
#define NONE	1
#define P66	2
#define PF3	4
#define PF2	8

static const struct form {
	u16 opcode;
	u8 prefixes;
	struct move move;	/* size 16: 32 with VEX.L; 0: 4, or 8 with REX.W */
} forms[] = {
	{ TAP_0F | 0x10, NONE | P66, { 16, true, false } },
	{ TAP_0F | 0x10, PF3, { 4, true, false } },
	{ TAP_0F | 0x10, PF2, { 8, true, false } },
	{ TAP_0F | 0x11, NONE | P66, { 16, false, false } },
	{ TAP_0F | 0x11, PF3, { 4, false, false } },
	{ TAP_0F | 0x11, PF2, { 8, false, false } },
	{ TAP_0F | 0x28, NONE | P66, { 16, true, true } },
	{ TAP_0F | 0x29, NONE | P66, { 16, false, true } },
	{ TAP_0F | 0x2b, NONE | P66, { 16, false, true } },
	{ TAP_0F | 0x6e, P66, { 0, true, false } },
	{ TAP_0F | 0x6f, P66, { 16, true, true } },
	{ TAP_0F | 0x6f, PF3, { 16, true, false } },
	{ TAP_0F | 0x7e, P66, { 0, false, false } },
	{ TAP_0F | 0x7e, PF3, { 8, true, false } },
	{ TAP_0F | 0x7f, P66, { 16, false, true } },
	{ TAP_0F | 0x7f, PF3, { 16, false, false } },
	{ TAP_0F | 0xd6, P66, { 8, false, false } },
	{ TAP_0F | 0xe7, P66, { 16, false, true } },
	{ TAP_0F | 0xf0, PF2, { 16, true, false } },
	{ TAP_0F38 | 0x2a, P66, { 16, true, true } },
};

static const struct form *find_form(const struct tap_insn *insn)
{
	u8 prefix = insn->rep ? PF3 : insn->repne ? PF2 : insn->opsize ? P66 : NONE;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(forms); i++)
		if (forms[i].opcode == insn->opcode &&
		    (forms[i].prefixes & prefix))
			return &forms[i];
	return NULL;
}

/* 4 or 8 bytes: an access like any other, the rest of the register zero. */
static void small_move(struct tap_access *access, struct move move, void *alias)
{
	const struct tap_insn *insn = &access->insn;
	u64 bytes[2] = {};

	if (!move.to_register)
		xmm_store(insn->reg, bytes);
	tap_begin(access);
	if (move.to_register)
		bytes[0] = tap_load(access, alias, move.size);
	else
		tap_store(access, alias, move.size, bytes[0] &
			  (move.size == 8 ? ~0ULL : 0xffffffff));
	tap_end(access);
	if (!move.to_register)
		return;
	if (insn->vex)
		vex_xmm_load(insn->reg, bytes);
	else
		xmm_load(insn->reg, bytes);
}

/* 16 or 32 bytes: one access of that width to the alias, noted in parts. */
static void wide_move(struct tap_access *access, struct move move, void *alias)
{
	u8 reg = access->insn.reg;
	u64 bytes[4] = {};
	unsigned int i, parts = move.size / 8;

	tap_begin(access);
	if (move.to_register && move.size == 32)
		ymm_load(reg, alias);
	else if (move.to_register && access->insn.vex)
		vex_xmm_load(reg, alias);
	else if (move.to_register)
		xmm_load(reg, alias);
	else if (move.size == 32)
		ymm_store(reg, alias);
	else
		xmm_store(reg, alias);
	if (move.size == 32)
		ymm_store(reg, bytes);
	else
		xmm_store(reg, bytes);
	for (i = 0; i < parts; i++)
		tap_note(access, move.to_register ? TAP_READ : TAP_WRITE,
			 alias + 8 * i, 8, bytes[i], 1,
			 i + 1 < parts ? TAP_F_MORE : 0);
	tap_end(access);
}

int tap_vector(struct tap_access *access)
{
	const struct tap_insn *insn = &access->insn;
	const struct form *form = find_form(insn);
	unsigned long at = tap_effective_address(insn, access->regs);
	struct move move;
	void *alias;

	if (!form || insn->vvvv || (insn->vex && !boot_cpu_has(X86_FEATURE_AVX)))
		return -EOPNOTSUPP;
	move = form->move;
	if (!move.size)
		move.size = insn->rex & 8 ? 8 : 4;
	else if (move.size == 16 && insn->wide)
		move.size = 32;
	if (move.size < 16 && insn->wide)
		return -EOPNOTSUPP;
	/* The processor refuses this address: it is left to the processor. */
	if (move.aligned && (at & (move.size - 1)))
		return -EOPNOTSUPP;
	alias = tap_operand(access, at, move.size);
	if (!alias)
		return -ERANGE;
	if (move.size < 16)
		small_move(access, move, alias);
	else
		wide_move(access, move, alias);
	return 0;
}
