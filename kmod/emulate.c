// SPDX-License-Identifier: GPL-2.0-only
/* Plain moves, and the choice of what emulates other instructions. */
#include <linux/errno.h>
#include <linux/swab.h>
#include <asm/special_insns.h>

#include "alu.h"
#include "emulate.h"
#include "registers.h"

static inline int load(struct tap_access *access, u8 width, u64 *value)
{
	unsigned long at = tap_effective_address(&access->insn, access->regs);
	void *alias = tap_operand(access, at, width);

	if (!alias)
		return -ERANGE;
	tap_begin(access);
	*value = tap_load(access, alias, width);
	tap_end(access);
	return 0;
}

static inline int store(struct tap_access *access, u8 width, u64 value)
{
	unsigned long at = tap_effective_address(&access->insn, access->regs);
	void *alias = tap_operand(access, at, width);

	if (!alias)
		return -ERANGE;
	tap_begin(access);
	tap_store(access, alias, width, tap_truncate(value, width));
	tap_end(access);
	return 0;
}

static u64 source(struct tap_access *access)
{
	const struct tap_insn *insn = &access->insn;

	return tap_register_read(access->regs, insn, insn->reg, insn->width);
}

static u64 swapped(u64 value, u8 width)
{
	return width == 2 ? swab16(value) : width == 4 ? swab32(value) :
	       swab64(value);
}

/* Loads @from bytes of memory into the instruction's register. */
static int load_register(struct tap_access *access, u8 from, bool sign)
{
	const struct tap_insn *insn = &access->insn;
	u64 value;
	int error = load(access, from, &value);

	if (error)
		return error;
	if (sign)
		value = sign_extend64(value, 8 * from - 1);
	tap_register_write(access->regs, insn, insn->reg, insn->width, value);
	return 0;
}

static int conditional_move(struct tap_access *access)
{
	const struct tap_insn *insn = &access->insn;
	u64 value;
	int error = load(access, insn->width, &value);

	if (error)
		return error;
	if (!tap_condition(insn->opcode & 15, access->regs->flags))
		value = source(access);
	tap_register_write(access->regs, insn, insn->reg, insn->width, value);
	return 0;
}

static int swapping_move(struct tap_access *access, bool to_memory)
{
	const struct tap_insn *insn = &access->insn;
	u64 value;
	int error;

	if (to_memory)
		return store(access, insn->width, swapped(source(access), insn->width));
	error = load(access, insn->width, &value);
	if (!error)
		tap_register_write(access->regs, insn, insn->reg, insn->width,
				   swapped(value, insn->width));
	return error;
}

/* clflush is not an access that is recorded, but faults on a hidden page. */
static int flush_line(struct tap_access *access)
{
	const struct tap_insn *insn = &access->insn;
	unsigned long at = tap_effective_address(insn, access->regs);
	void *alias = tap_operand(access, at, 1);

	if (insn->reg != 7 && !(insn->reg == 6 && insn->opsize))
		return -EOPNOTSUPP;
	if (!alias)
		return -ERANGE;
	clflush(alias);
	return 0;
}

static int accumulator(struct tap_access *access, bool to_memory)
{
	struct tap_insn *insn = &access->insn;

	insn->reg = 0;
	if (to_memory)
		return store(access, insn->width, source(access));
	return load_register(access, insn->width, false);
}

static int move_one_byte(struct tap_access *access)
{
	struct tap_insn *insn = &access->insn;

	switch (insn->opcode) {
	case 0x88:
	case 0x89:
		return store(access, insn->width, source(access));
	case 0x8a:
	case 0x8b:
		return load_register(access, insn->width, false);
	case 0xa0 ... 0xa3:
		return accumulator(access, insn->opcode & 2);
	case 0xc6:
	case 0xc7:
		if (insn->reg & 7)
			return -EOPNOTSUPP;
		return store(access, insn->width, insn->immediate);
	case 0x63:
		return insn->opsize ? -EOPNOTSUPP : load_register(access, 4, true);
	}
	return -EOPNOTSUPP;
}

static int move_two_bytes(struct tap_access *access)
{
	struct tap_insn *insn = &access->insn;
	bool condition;

	switch (insn->opcode) {
	case TAP_0F | 0xb6:
	case TAP_0F | 0xb7:
		return load_register(access, 1 + (insn->opcode & 1), false);
	case TAP_0F | 0xbe:
	case TAP_0F | 0xbf:
		return load_register(access, 1 + (insn->opcode & 1), true);
	case TAP_0F | 0xc3:
	case TAP_0F38 | 0xf9:
		if (insn->opsize)
			return -EOPNOTSUPP;
		return store(access, insn->width, source(access));
	case TAP_0F | 0x40 ... TAP_0F | 0x4f:
		return conditional_move(access);
	case TAP_0F | 0x90 ... TAP_0F | 0x9f:
		condition = tap_condition(insn->opcode & 15, access->regs->flags);
		return store(access, 1, condition);
	case TAP_0F | 0xae:
		return flush_line(access);
	case TAP_0F38 | 0xf0:
	case TAP_0F38 | 0xf1:
		return swapping_move(access, insn->opcode & 1);
	}
	return -EOPNOTSUPP;
}

static int plain_move(struct tap_access *access)
{
	return access->insn.opcode > 0xff ? move_two_bytes(access) :
					    move_one_byte(access);
}

int tap_emulate(struct tap_access *access)
{
	const struct tap_insn *insn = &access->insn;
	int error;

	if (insn->segment || insn->address32)
		return -EOPNOTSUPP;
	if (insn->kind == TAP_STRING)
		return insn->lock ? -EOPNOTSUPP : tap_string(access);
	if (!insn->memory)
		return -EOPNOTSUPP;
	if (insn->lock && insn->kind != TAP_MODIFY)
		return -EOPNOTSUPP;
	if (insn->kind == TAP_VECTOR)
		error = tap_vector(access);
	else if (insn->vex || (insn->opcode > 0xff && (insn->rep || insn->repne)))
		error = -EOPNOTSUPP;
	else if (insn->kind == TAP_MOVE)
		error = plain_move(access);
	else
		error = tap_read_modify_write(access);
	if (!error)
		access->regs->ip += insn->len;
	return error;
}
