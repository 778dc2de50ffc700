// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arithmetic on memory: read, compute and write in one step. A locked instruction
 * stays atomic against accesses that are not traced as well: it becomes a locked
 * exchange, addition or compare-and-exchange on the alias.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <asm/cpufeature.h>

#include "alu.h"
#include "emulate.h"
#include "registers.h"

#define BY_WIDTH(name)							\
	case 1: name(u8, "b"); break;					\
	case 2: name(u16, "w"); break;					\
	case 4: name(u32, "l"); break;					\
	default: name(u64, "q"); break

static u64 exchange(void *alias, u8 width, u64 value)
{
#define EXCHANGE(type, suffix) do {					\
	type v = value;							\
									\
	asm volatile("xchg" suffix " %0, %1"				\
		     : "+q" (v), "+m" (*(type *)alias) : : "memory");	\
	value = v;							\
} while (0)
	switch (width) {
	BY_WIDTH(EXCHANGE);
	}
	return value;
}

static u64 locked_add(void *alias, u8 width, u64 value)
{
#define LOCKED_ADD(type, suffix) do {					\
	type v = value;							\
									\
	asm volatile("lock xadd" suffix " %0, %1"			\
		     : "+q" (v), "+m" (*(type *)alias)			\
		     : : "memory", "cc");				\
	value = v;							\
} while (0)
	switch (width) {
	BY_WIDTH(LOCKED_ADD);
	}
	return value;
}

/* Returns what was there before. */
static u64 compare_exchange(void *alias, u8 width, u64 old, u64 new)
{
#define COMPARE_EXCHANGE(type, suffix) do {				\
	type o = old;							\
									\
	asm volatile("lock cmpxchg" suffix " %2, %1"			\
		     : "+a" (o), "+m" (*(type *)alias)			\
		     : "q" ((type)new) : "memory", "cc");		\
	old = o;							\
} while (0)
	switch (width) {
	BY_WIDTH(COMPARE_EXCHANGE);
	}
	return old;
}

static u64 peek(const void *alias, u8 width)
{
	switch (width) {
	case 1:
		return *(const volatile u8 *)alias;
	case 2:
		return *(const volatile u16 *)alias;
	case 4:
		return *(const volatile u32 *)alias;
	}
	return *(const volatile u64 *)alias;
}

static void note_locked(struct tap_access *access, void *alias, u64 old, u64 new)
{
	u8 width = access->insn.width;

	tap_note(access, TAP_READ, alias, width, old, 1, TAP_F_LOCKED);
	tap_note(access, TAP_WRITE, alias, width, new, 1, TAP_F_LOCKED);
}

static void locked(struct tap_access *access, void *alias, enum tap_alu op, u64 b)
{
	unsigned long flags;
	u8 width = access->insn.width;
	u64 seen, old, new;

	tap_begin(access);
	seen = peek(alias, width);
	do {
		old = seen;
		flags = access->regs->flags;
		new = tap_alu(op, width, old, b, &flags);
		seen = compare_exchange(alias, width, old, new);
	} while (seen != old);
	note_locked(access, alias, old, new);
	tap_end(access);
	access->regs->flags = flags;
}

static void modify(struct tap_access *access, void *alias, enum tap_alu op, u64 b)
{
	unsigned long *flags = &access->regs->flags;
	u8 width = access->insn.width;
	u64 value;

	tap_begin(access);
	value = tap_load(access, alias, width);
	value = tap_alu(op, width, value, b, flags);
	if (tap_alu_writes(op))
		tap_store(access, alias, width, value);
	tap_end(access);
}

static bool can_lock(enum tap_alu op)
{
	return tap_alu_writes(op) && op != TAP_IMUL &&
	       !(op >= TAP_ROL && op <= TAP_SAR);
}

/* An operation whose result goes to memory, if it has one. */
static int to_memory(struct tap_access *access, enum tap_alu op, u64 b,
		     unsigned long at)
{
	const struct tap_insn *insn = &access->insn;
	void *alias = tap_operand(access, at, insn->width);

	if (insn->lock && !can_lock(op))
		return -EOPNOTSUPP;
	if (!alias)
		return -ERANGE;
	b = tap_truncate(b, insn->width);
	if (insn->lock)
		locked(access, alias, op, b);
	else
		modify(access, alias, op, b);
	return 0;
}

/* An operation of @a and memory whose result goes to the instruction's register. */
static int to_register(struct tap_access *access, enum tap_alu op, u64 a,
		       unsigned long at)
{
	const struct tap_insn *insn = &access->insn;
	void *alias = tap_operand(access, at, insn->width);
	u64 b;

	if (insn->lock)
		return -EOPNOTSUPP;
	if (!alias)
		return -ERANGE;
	tap_begin(access);
	b = tap_load(access, alias, insn->width);
	tap_end(access);
	a = tap_alu(op, insn->width, tap_truncate(a, insn->width), b,
		    &access->regs->flags);
	if (tap_alu_writes(op))
		tap_register_write(access->regs, insn, insn->reg, insn->width, a);
	return 0;
}

static int swap_with_register(struct tap_access *access, unsigned long at)
{
	const struct tap_insn *insn = &access->insn;
	u64 new = tap_register_read(access->regs, insn, insn->reg, insn->width);
	void *alias = tap_operand(access, at, insn->width);
	u64 old;

	if (!alias)
		return -ERANGE;
	tap_begin(access);
	old = exchange(alias, insn->width, new);
	note_locked(access, alias, old, new);
	tap_end(access);
	tap_register_write(access->regs, insn, insn->reg, insn->width, old);
	return 0;
}

static int exchange_add(struct tap_access *access, unsigned long at)
{
	const struct tap_insn *insn = &access->insn;
	u64 by = tap_register_read(access->regs, insn, insn->reg, insn->width);
	void *alias = tap_operand(access, at, insn->width);
	u64 old, new;

	if (!alias)
		return -ERANGE;
	tap_begin(access);
	old = insn->lock ? locked_add(alias, insn->width, by) :
			   tap_load(access, alias, insn->width);
	new = tap_alu(TAP_ADD, insn->width, old, by, &access->regs->flags);
	if (insn->lock)
		note_locked(access, alias, old, new);
	else
		tap_store(access, alias, insn->width, new);
	tap_end(access);
	tap_register_write(access->regs, insn, insn->reg, insn->width, old);
	return 0;
}

/* Without LOCK the processor writes even if they differ: what it had read. */
static u64 compare_and_store(struct tap_access *access, void *alias, u64 expected,
			     u64 new)
{
	u8 width = access->insn.width;
	u64 old;

	tap_begin(access);
	if (access->insn.lock) {
		old = compare_exchange(alias, width, expected, new);
		tap_note(access, TAP_READ, alias, width, old, 1, TAP_F_LOCKED);
		if (old == expected)
			tap_note(access, TAP_WRITE, alias, width, new, 1,
				 TAP_F_LOCKED);
	} else {
		old = tap_load(access, alias, width);
		tap_store(access, alias, width, old == expected ? new : old);
	}
	tap_end(access);
	return old;
}

static int compare_with_accumulator(struct tap_access *access, unsigned long at)
{
	const struct tap_insn *insn = &access->insn;
	struct pt_regs *regs = access->regs;
	void *alias = tap_operand(access, at, insn->width);
	u64 expected = tap_truncate(regs->ax, insn->width);
	u64 new = tap_register_read(regs, insn, insn->reg, insn->width);
	u64 old;

	if (!alias)
		return -ERANGE;
	old = compare_and_store(access, alias, expected, new);
	tap_alu(TAP_CMP, insn->width, expected, old, &regs->flags);
	if (old != expected)
		tap_register_write(regs, insn, 0, insn->width, old);
	return 0;
}

static void set_zero_flag(struct pt_regs *regs, bool set)
{
	regs->flags &= ~X86_EFLAGS_ZF;
	if (set)
		regs->flags |= X86_EFLAGS_ZF;
}

static int compare_8_bytes(struct tap_access *access, unsigned long at)
{
	struct pt_regs *regs = access->regs;
	void *alias = tap_operand(access, at, 8);
	u64 expected = (u32)regs->ax | regs->dx << 32;
	u64 new = (u32)regs->bx | regs->cx << 32;
	u64 old;

	if (!alias)
		return -ERANGE;
	access->insn.width = 8;
	old = compare_and_store(access, alias, expected, new);
	if (old != expected) {
		regs->ax = (u32)old;
		regs->dx = old >> 32;
	}
	set_zero_flag(regs, old == expected);
	return 0;
}

static void note_16_bytes(struct tap_access *access, u8 opcode, void *alias,
			  u64 low, u64 high)
{
	tap_note(access, opcode, alias, 8, low, 1, TAP_F_LOCKED | TAP_F_MORE);
	tap_note(access, opcode, alias + 8, 8, high, 1, TAP_F_LOCKED);
}

/* cmpxchg16b, always locked: this is the only access of 16 bytes at a time. */
static int compare_16_bytes(struct tap_access *access, unsigned long at)
{
	struct pt_regs *regs = access->regs;
	void *alias = tap_operand(access, at, 16);
	u64 low = regs->ax, high = regs->dx;
	bool same;

	if (!boot_cpu_has(X86_FEATURE_CX16) || (at & 15))
		return -EOPNOTSUPP;
	if (!alias)
		return -ERANGE;
	tap_begin(access);
	asm volatile("lock cmpxchg16b %1\n\tsete %0"
		     : "=q" (same), "+m" (*(unsigned __int128 *)alias),
		       "+a" (low), "+d" (high)
		     : "b" (regs->bx), "c" (regs->cx) : "memory", "cc");
	note_16_bytes(access, TAP_READ, alias, low, high);
	if (same)
		note_16_bytes(access, TAP_WRITE, alias, regs->bx, regs->cx);
	tap_end(access);
	regs->ax = low;
	regs->dx = high;
	set_zero_flag(regs, same);
	return 0;
}

/* A bit test: the bit that a register names may be far from the address. */
static int bit_by_register(struct tap_access *access, unsigned long at)
{
	const struct tap_insn *insn = &access->insn;
	enum tap_alu op = TAP_BT + (insn->opcode >> 3 & 3);
	u64 bit = tap_register_read(access->regs, insn, insn->reg, insn->width);
	unsigned int bits = 8 * insn->width;
	s64 word = sign_extend64(bit, bits - 1) >> ilog2(bits);

	return to_memory(access, op, bit & (bits - 1), at + word * insn->width);
}

static int modify_two_bytes(struct tap_access *access, unsigned long at)
{
	const struct tap_insn *insn = &access->insn;

	switch (insn->opcode) {
	case TAP_0F | 0xa3:
	case TAP_0F | 0xab:
	case TAP_0F | 0xb3:
	case TAP_0F | 0xbb:
		return bit_by_register(access, at);
	case TAP_0F | 0xba:
		if (!(insn->reg & 4))
			return -EOPNOTSUPP;
		return to_memory(access, TAP_BT + (insn->reg & 3),
				 insn->immediate & (8 * insn->width - 1), at);
	case TAP_0F | 0xaf:
		return to_register(access, TAP_IMUL,
				   *tap_register(access->regs, insn->reg), at);
	case TAP_0F | 0xb0:
	case TAP_0F | 0xb1:
		return compare_with_accumulator(access, at);
	case TAP_0F | 0xc0:
	case TAP_0F | 0xc1:
		return exchange_add(access, at);
	case TAP_0F | 0xc7:
		if ((insn->reg & 7) != 1 || insn->opsize)
			return -EOPNOTSUPP;
		return insn->width == 8 ? compare_16_bytes(access, at) :
					  compare_8_bytes(access, at);
	}
	return -EOPNOTSUPP;
}

static int group_3(struct tap_access *access, unsigned long at)
{
	const struct tap_insn *insn = &access->insn;

	switch (insn->reg & 7) {
	case 0:
	case 1:
		return to_memory(access, TAP_TEST, insn->immediate, at);
	case 2:
		return to_memory(access, TAP_NOT, 0, at);
	case 3:
		return to_memory(access, TAP_NEG, 0, at);
	}
	return -EOPNOTSUPP;
}

static int shift(struct tap_access *access, u64 by, unsigned long at)
{
	return to_memory(access, TAP_ROL + (access->insn.reg & 7), by, at);
}

/* Opcodes 00 to 3b have the direction in bit 1 and the operation above it. */
static int arithmetic(struct tap_access *access, unsigned long at)
{
	const struct tap_insn *insn = &access->insn;
	u64 value = tap_register_read(access->regs, insn, insn->reg, insn->width);

	if (insn->opcode & 2)
		return to_register(access, insn->opcode >> 3, value, at);
	return to_memory(access, insn->opcode >> 3, value, at);
}

static int modify_one_byte(struct tap_access *access, unsigned long at)
{
	const struct tap_insn *insn = &access->insn;

	switch (insn->opcode) {
	case 0x00 ... 0x3b:
		return arithmetic(access, at);
	case 0x69:
	case 0x6b:
		return to_register(access, TAP_IMUL, insn->immediate, at);
	case 0x80:
	case 0x81:
	case 0x83:
		return to_memory(access, insn->reg & 7, insn->immediate, at);
	case 0x84:
	case 0x85:
		return to_memory(access, TAP_TEST,
				 tap_register_read(access->regs, insn, insn->reg,
						   insn->width), at);
	case 0x86:
	case 0x87:
		return swap_with_register(access, at);
	case 0xc0:
	case 0xc1:
		return shift(access, insn->immediate & 0xff, at);
	case 0xd0:
	case 0xd1:
		return shift(access, 1, at);
	case 0xd2:
	case 0xd3:
		return shift(access, access->regs->cx & 0xff, at);
	case 0xf6:
	case 0xf7:
		return group_3(access, at);
	case 0xfe:
	case 0xff:
		if ((insn->reg & 7) > 1)
			return -EOPNOTSUPP;
		return to_memory(access, TAP_INC + (insn->reg & 1), 0, at);
	}
	return -EOPNOTSUPP;
}

int tap_read_modify_write(struct tap_access *access)
{
	unsigned long at = tap_effective_address(&access->insn, access->regs);

	return access->insn.opcode > 0xff ? modify_two_bytes(access, at) :
					    modify_one_byte(access, at);
}
