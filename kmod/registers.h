/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupted context's registers, by the numbers that instructions use. */
#ifndef MMIOTAP_REGISTERS_H
#define MMIOTAP_REGISTERS_H

#include <linux/types.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include "decode.h"

/* The flags that arithmetic leaves. */
#define TAP_ARITHMETIC	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
			 X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF)

extern const u8 tap_register_place[16];

static inline unsigned long *tap_register(struct pt_regs *regs, u8 number)
{
	return (void *)regs + tap_register_place[number & 15];
}

/* The register's value: without REX numbers 4 to 7 of one byte are ah, ch, dh, bh. */
u64 tap_register_read(struct pt_regs *regs, const struct tap_insn *insn,
		      u8 number, u8 width);

/* A write of 4 bytes clears the upper half, a narrower one leaves the rest. */
void tap_register_write(struct pt_regs *regs, const struct tap_insn *insn,
			u8 number, u8 width, u64 value);

/* The lower @width bytes of @value. */
static inline u64 tap_truncate(u64 value, u8 width)
{
	return width == 8 ? value : value & ((1ULL << (8 * width)) - 1);
}

/* The address of the memory operand. */
static inline unsigned long tap_effective_address(const struct tap_insn *insn,
						  struct pt_regs *regs)
{
	unsigned long address = insn->displacement;

	if (likely(insn->base < TAP_RIP))
		address += *tap_register(regs, insn->base);
	else if (insn->base == TAP_RIP)
		address += regs->ip + insn->len;
	if (insn->index != TAP_NO_REG)
		address += *tap_register(regs, insn->index) << insn->scale;
	return address;
}

#endif
