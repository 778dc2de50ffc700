// SPDX-License-Identifier: GPL-2.0-only
/* Arithmetic by the processor itself. */
#include <linux/bug.h>
#include <asm/irqflags.h>

#include "alu.h"
#include "registers.h"

/*
 * Only the arithmetic flags of the interrupted context are loaded; everything
 * else, above all IF, stays what it is here.
 */
#define WITH_FLAGS(text) "pushq %[flags]\n\tpopfq\n\t" text \
			 "\n\tpushfq\n\tpopq %[flags]"

#define TWO(name, type, text)						\
static u64 name(u64 a, u64 b, unsigned long *flags)			\
{									\
	type to = a;							\
									\
	asm volatile(WITH_FLAGS(text)					\
		     : [to] "+q" (to), [flags] "+r" (*flags)		\
		     : [by] "q" ((type)b) : "cc", "memory");		\
	return to;							\
}

#define ONE(name, type, text)						\
static u64 name(u64 a, u64 b, unsigned long *flags)			\
{									\
	type to = a;							\
									\
	asm volatile(WITH_FLAGS(text)					\
		     : [to] "+q" (to), [flags] "+r" (*flags)		\
		     : : "cc", "memory");				\
	return to;							\
}

#define SHIFT(name, type, text)						\
static u64 name(u64 a, u64 b, unsigned long *flags)			\
{									\
	type to = a;							\
									\
	asm volatile(WITH_FLAGS(text)					\
		     : [to] "+q" (to), [flags] "+r" (*flags)		\
		     : "c" ((u8)b) : "cc", "memory");			\
	return to;							\
}

#define WIDTHS(kind, name, op, operands)				\
	kind(name##_2, u16, op "w " operands)				\
	kind(name##_4, u32, op "l " operands)				\
	kind(name##_8, u64, op "q " operands)

#define ALL_WIDTHS(kind, name, op, operands)				\
	kind(name##_1, u8, op "b " operands)				\
	WIDTHS(kind, name, op, operands)

ALL_WIDTHS(TWO, add, "add", "%[by], %[to]")
ALL_WIDTHS(TWO, or, "or", "%[by], %[to]")
ALL_WIDTHS(TWO, adc, "adc", "%[by], %[to]")
ALL_WIDTHS(TWO, sbb, "sbb", "%[by], %[to]")
ALL_WIDTHS(TWO, and, "and", "%[by], %[to]")
ALL_WIDTHS(TWO, sub, "sub", "%[by], %[to]")
ALL_WIDTHS(TWO, xor, "xor", "%[by], %[to]")
ALL_WIDTHS(TWO, cmp, "cmp", "%[by], %[to]")
ALL_WIDTHS(TWO, test, "test", "%[by], %[to]")
WIDTHS(TWO, imul, "imul", "%[by], %[to]")
ALL_WIDTHS(ONE, inc, "inc", "%[to]")
ALL_WIDTHS(ONE, dec, "dec", "%[to]")
ALL_WIDTHS(ONE, neg, "neg", "%[to]")
ALL_WIDTHS(ONE, not, "not", "%[to]")
ALL_WIDTHS(SHIFT, rol, "rol", "%%cl, %[to]")
ALL_WIDTHS(SHIFT, ror, "ror", "%%cl, %[to]")
ALL_WIDTHS(SHIFT, rcl, "rcl", "%%cl, %[to]")
ALL_WIDTHS(SHIFT, rcr, "rcr", "%%cl, %[to]")
ALL_WIDTHS(SHIFT, shl, "shl", "%%cl, %[to]")
ALL_WIDTHS(SHIFT, shr, "shr", "%%cl, %[to]")
ALL_WIDTHS(SHIFT, sar, "sar", "%%cl, %[to]")
WIDTHS(TWO, bt, "bt", "%[by], %[to]")
WIDTHS(TWO, bts, "bts", "%[by], %[to]")
WIDTHS(TWO, btr, "btr", "%[by], %[to]")
WIDTHS(TWO, btc, "btc", "%[by], %[to]")

u64 tap_alu(enum tap_alu op, u8 width, u64 a, u64 b, unsigned long *flags)
{
	unsigned long all = (native_save_fl() & ~TAP_ARITHMETIC) |
			    (*flags & TAP_ARITHMETIC);
	u64 result;

#define AT(name, upper, size)						\
	case TAP_##upper * 16 + size:					\
		result = name##_##size(a, b, &all);			\
		break;
#define AT3(name, upper) AT(name, upper, 2) AT(name, upper, 4) AT(name, upper, 8)
#define AT4(name, upper) AT(name, upper, 1) AT3(name, upper)

	switch (op * 16 + width) {
	AT4(add, ADD)
	AT4(or, OR)
	AT4(adc, ADC)
	AT4(sbb, SBB)
	AT4(and, AND)
	AT4(sub, SUB)
	AT4(xor, XOR)
	AT4(cmp, CMP)
	AT4(test, TEST)
	AT3(imul, IMUL)
	AT4(inc, INC)
	AT4(dec, DEC)
	AT4(neg, NEG)
	AT4(not, NOT)
	AT4(rol, ROL)
	AT4(ror, ROR)
	AT4(rcl, RCL)
	AT4(rcr, RCR)
	AT4(shl, SHL)
	AT4(shr, SHR)
	AT4(shl, SAL)
	AT4(sar, SAR)
	AT3(bt, BT)
	AT3(bts, BTS)
	AT3(btr, BTR)
	AT3(btc, BTC)
	default:
		WARN_ON_ONCE(1);
		return a;
	}
	*flags = (*flags & ~TAP_ARITHMETIC) | (all & TAP_ARITHMETIC);
	return result;
}

bool tap_condition(u8 code, unsigned long flags)
{
	bool less = !(flags & X86_EFLAGS_SF) != !(flags & X86_EFLAGS_OF);
	bool holds;

	switch (code >> 1 & 7) {
	case 0:
		holds = flags & X86_EFLAGS_OF;
		break;
	case 1:
		holds = flags & X86_EFLAGS_CF;
		break;
	case 2:
		holds = flags & X86_EFLAGS_ZF;
		break;
	case 3:
		holds = flags & (X86_EFLAGS_CF | X86_EFLAGS_ZF);
		break;
	case 4:
		holds = flags & X86_EFLAGS_SF;
		break;
	case 5:
		holds = flags & X86_EFLAGS_PF;
		break;
	case 6:
		holds = less;
		break;
	default:
		holds = less || (flags & X86_EFLAGS_ZF);
	}
	return holds != (code & 1);
}
