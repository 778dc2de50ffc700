// SPDX-License-Identifier: GPL-2.0-only
/* The registers of the interrupted context. */
#include <linux/stddef.h>
#include <asm/ptrace.h>

#include "registers.h"

const u8 tap_register_place[16] = {
	offsetof(struct pt_regs, ax), offsetof(struct pt_regs, cx),
	offsetof(struct pt_regs, dx), offsetof(struct pt_regs, bx),
	offsetof(struct pt_regs, sp), offsetof(struct pt_regs, bp),
	offsetof(struct pt_regs, si), offsetof(struct pt_regs, di),
	offsetof(struct pt_regs, r8), offsetof(struct pt_regs, r9),
	offsetof(struct pt_regs, r10), offsetof(struct pt_regs, r11),
	offsetof(struct pt_regs, r12), offsetof(struct pt_regs, r13),
	offsetof(struct pt_regs, r14), offsetof(struct pt_regs, r15),
};

static bool is_high_byte(const struct tap_insn *insn, u8 number, u8 width)
{
	return width == 1 && !insn->rex && number >= 4 && number < 8;
}

u64 tap_register_read(struct pt_regs *regs, const struct tap_insn *insn,
		      u8 number, u8 width)
{
	if (is_high_byte(insn, number, width))
		return *tap_register(regs, number - 4) >> 8 & 0xff;
	return tap_truncate(*tap_register(regs, number), width);
}

void tap_register_write(struct pt_regs *regs, const struct tap_insn *insn,
			u8 number, u8 width, u64 value)
{
	unsigned int shift = 0;
	unsigned long *reg;
	u64 mask;

	if (width >= 4) {
		*tap_register(regs, number) = tap_truncate(value, width);
		return;
	}
	if (is_high_byte(insn, number, width)) {
		number -= 4;
		shift = 8;
	}
	reg = tap_register(regs, number);
	mask = (width == 1 ? 0xffULL : 0xffff) << shift;
	*reg = (*reg & ~mask) | (value << shift & mask);
}
