// SPDX-License-Identifier: GPL-2.0-only
/*
 * String instructions. A fault does a bounded number of iterations, so that
 * interrupts come through; the instruction then faults again and goes on.
 *
 * Either side can be the device's memory, or both. The other side is kernel or
 * user memory, and may fault: then the iterations done so far count, and the
 * next fault, which does none, reports it.
 */
#include <linux/errno.h>
#include <linux/uaccess.h>

#include "alu.h"
#include "emulate.h"
#include "registers.h"

#define ITERATIONS	256

struct string {
	struct tap_access *access;
	struct tap_mapping *from_map, *to_map;	/* NULL: ordinary memory */
	unsigned long from, to;
	u64 left;
	s64 step;
	u8 width;
	bool repeats;
};

static int memory_read(unsigned long at, u8 width, u64 *value)
{
	*value = 0;
	if (at < TASK_SIZE_MAX)
		return copy_from_user_nofault(value, (void __user *)at, width);
	return copy_from_kernel_nofault(value, (void *)at, width);
}

static int write_kernel(unsigned long at, u8 width, u64 value)
{
	switch (width) {
	case 1:
		__put_kernel_nofault((void *)at, &value, u8, fault);
		break;
	case 2:
		__put_kernel_nofault((void *)at, &value, u16, fault);
		break;
	case 4:
		__put_kernel_nofault((void *)at, &value, u32, fault);
		break;
	default:
		__put_kernel_nofault((void *)at, &value, u64, fault);
	}
	return 0;
fault:
	return -EFAULT;
}

static int memory_write(unsigned long at, u8 width, u64 value)
{
	if (at < TASK_SIZE_MAX)
		return copy_to_user_nofault((void __user *)at, &value, width);
	return write_kernel(at, width, value);
}

static int get(struct string *s, struct tap_mapping *map, unsigned long at,
	       u64 *value)
{
	void *alias;

	if (!map)
		return memory_read(at, s->width, value) ? -EFAULT : 0;
	alias = tap_alias(map, at, s->width);
	if (!alias)
		return -ERANGE;
	s->access->map = map;
	tap_begin(s->access);
	*value = tap_load(s->access, alias, s->width);
	tap_end(s->access);
	return 0;
}

static int put(struct string *s, u64 value)
{
	void *alias;

	if (!s->to_map)
		return memory_write(s->to, s->width, value) ? -EFAULT : 0;
	alias = tap_alias(s->to_map, s->to, s->width);
	if (!alias)
		return -ERANGE;
	s->access->map = s->to_map;
	tap_begin(s->access);
	tap_store(s->access, alias, s->width, value);
	tap_end(s->access);
	return 0;
}

/* Whether the second operand can be read, before the device is read. */
static int check_target(struct string *s)
{
	u64 value;

	if (s->to_map)
		return tap_alias(s->to_map, s->to, s->width) ? 0 : -ERANGE;
	return memory_read(s->to, s->width, &value) ? -EFAULT : 0;
}

/*
 * Whether the destination can be written. User memory may be readable and not
 * writable yet, until the kernel has copied the page.
 */
static int check_writable(struct string *s)
{
	u64 value;

	if (s->to_map || s->to >= TASK_SIZE_MAX)
		return check_target(s);
	return memory_read(s->to, s->width, &value) ||
	       memory_write(s->to, s->width, value) ? -EFAULT : 0;
}

/* One iteration. Returns 1 when a comparison ends the repetition. */
static int iterate(struct string *s)
{
	struct pt_regs *regs = s->access->regs;
	const struct tap_insn *insn = &s->access->insn;
	u64 a, b;
	int error = 0;

	switch (insn->opcode & ~1) {
	case 0xa4:	/* movs */
		error = check_writable(s);
		if (!error)
			error = get(s, s->from_map, s->from, &a);
		return error ? error : put(s, a);
	case 0xaa:	/* stos */
		return put(s, tap_truncate(regs->ax, s->width));
	case 0xac:	/* lods */
		error = get(s, s->from_map, s->from, &a);
		if (!error)
			tap_register_write(regs, insn, 0, s->width, a);
		return error;
	case 0xae:	/* scas */
		a = tap_truncate(regs->ax, s->width);
		break;
	default:	/* cmps */
		error = check_target(s);
		if (!error)
			error = get(s, s->from_map, s->from, &a);
	}
	if (!error)
		error = get(s, s->to_map, s->to, &b);
	if (error)
		return error;
	tap_alu(TAP_CMP, s->width, a, b, &regs->flags);
	return s->repeats && insn->repne == (a == b);
}

static bool moves_source(u16 opcode)
{
	return (opcode & ~1) != 0xaa && (opcode & ~1) != 0xae;
}

static bool moves_target(u16 opcode)
{
	return (opcode & ~1) != 0xac;
}

static void advance(struct string *s, u64 count)
{
	struct pt_regs *regs = s->access->regs;
	s64 by = s->step * (s64)count;

	if (moves_source(s->access->insn.opcode)) {
		s->from += by;
		regs->si = s->from;
	}
	if (moves_target(s->access->insn.opcode)) {
		s->to += by;
		regs->di = s->to;
	}
	s->left -= count;
	if (s->repeats)
		regs->cx = s->left;
}

/* Stores of one value, which become one event with their count. */
static int fill_block(struct string *s)
{
	struct tap_access *access = s->access;
	u64 value = tap_truncate(access->regs->ax, s->width);
	u64 count = min_t(u64, s->left, ITERATIONS);
	void *alias = tap_alias(s->to_map, s->to, s->width);
	u64 i;

	while (count && !tap_alias(s->to_map, s->to + s->step * (s64)(count - 1),
				   s->width))
		count--;
	if (!count || !alias)
		return -ERANGE;
	access->map = s->to_map;
	tap_begin(access);
	for (i = 0; i < count; i++)
		tap_poke(alias + s->step * (s64)i, s->width, value);
	tap_note(access, TAP_WRITE, alias, s->width, value, count, 0);
	tap_end(access);
	tap_count(blocks);
	advance(s, count);
	return 0;
}

static int repeat(struct string *s)
{
	unsigned int done;
	int result = 0;

	for (done = 0; s->left && done < ITERATIONS && !result; done++) {
		result = iterate(s);
		if (result < 0)
			break;
		advance(s, 1);
	}
	if (result < 0 && !done)
		return result;
	if (result == 1 || !s->left)
		s->left = 0;
	return 0;
}

static void set_up(struct string *s, struct tap_access *access)
{
	const struct tap_insn *insn = &access->insn;
	struct pt_regs *regs = access->regs;

	s->access = access;
	s->from = regs->si;
	s->to = regs->di;
	s->width = insn->width;
	s->step = regs->flags & X86_EFLAGS_DF ? -(s64)s->width : s->width;
	s->repeats = insn->rep || insn->repne;
	s->left = s->repeats ? regs->cx : 1;
	if (moves_source(insn->opcode))
		s->from_map = tap_mapping_find(s->from);
	if (moves_target(insn->opcode))
		s->to_map = tap_mapping_find(s->to);
	if (s->repeats)
		access->flags |= TAP_F_REP;
	if (s->step < 0)
		access->flags |= TAP_F_DOWN;
}

int tap_string(struct tap_access *access)
{
	struct string s = {};
	bool block;
	int error;

	set_up(&s, access);
	if (!s.from_map && !s.to_map)
		return -ERANGE;
	block = (access->insn.opcode & ~1) == 0xaa && s.repeats &&
		READ_ONCE(tap_rep) == TAP_REP_BLOCK;
	error = block ? fill_block(&s) : repeat(&s);
	if (!error && !s.left)
		access->regs->ip += access->insn.len;
	return error;
}
