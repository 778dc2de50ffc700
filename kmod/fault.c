// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fault on a hidden page: the instruction is read, carried out on the alias,
 * and recorded. Interrupts are off all the time, so that the mapping stays (see
 * mapping.c) and the per-cpu variables are this processor's.
 */
#include <linux/hardirq.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/pgtable.h>
#include <asm/trap_pf.h>

#include "emulate.h"

/* How many faults on hidden pages this processor is in. */
static DEFINE_PER_CPU(unsigned int, depth);

/*
 * Reads the instruction's bytes and returns how many: fewer than the most where
 * the next page is not present, 0 when none can be read.
 */
static unsigned int fetch(struct tap_insn *insn, unsigned long ip)
{
	unsigned int here = PAGE_SIZE - offset_in_page(ip);

	__get_kernel_nofault(insn->bytes, (void *)ip, u64, fault);
	__get_kernel_nofault(insn->bytes + 7, (void *)(ip + 7), u64, fault);
	return TAP_INSN_MAX;
fault:
	/* They go into the event of a gap, which must not show the stack's contents. */
	memset(insn, 0, sizeof(*insn));
	if (here >= TAP_INSN_MAX ||
	    copy_from_kernel_nofault(insn->bytes, (void *)ip, here))
		return 0;
	return here;
}

/* TAP_GAP_CLOSED: it was done. Otherwise nothing was touched. */
static enum tap_gap carry_out(struct tap_access *access)
{
	unsigned int available = fetch(&access->insn, access->regs->ip);
	int error;

	if (!available)
		return TAP_GAP_FETCH;
	error = tap_decode(&access->insn, available);
	if (!error)
		error = tap_emulate(access);
	switch (error) {
	case 0:
		return TAP_GAP_CLOSED;
	case -ERANGE:
		return TAP_GAP_ADDRESS;
	case -EFAULT:
		return TAP_GAP_MEMORY;
	}
	return TAP_GAP_UNKNOWN;
}

/* Writes an event that readers of mmiotrace_rw know, and one with all details. */
static void record_gap(struct tap_access *access, struct tap_mapping *map,
		       enum tap_gap reason)
{
	const u8 *bytes = access->insn.bytes;
	struct tap_event event = {
		.phys = map->phys + (access->address - map->virt),
		.value = bytes[0] << 16 | bytes[1] << 8 | bytes[2],
		.pc = tap_pc ? access->regs->ip : 0,
		.seq = atomic64_inc_return(&map->dev->seq),
		.map_id = map->id,
		.dev = map->dev->id,
		.count = 1,
		.flags = TAP_F_UNORDERED,
		.opcode = TAP_UNKNOWN,
	};

	trace_mmiotap_rw(&event);
	trace_mmiotap_gap(&event, bytes, access->insn.len, reason);
}

/*
 * Lets the processor do what cannot be emulated, on pages that are present for a
 * while. All accesses to them are missed meanwhile, of other processors as well.
 */
static void fall_back(struct tap_access *access, struct tap_mapping *map,
		      enum tap_gap reason)
{
	if (!tap_mapping_open(map))
		return;		/* another fault began the gap, this one was under way */
	tap_count(fallbacks);
	if (!access->quiet)
		record_gap(access, map, reason);
}

/*
 * Whether recording caused the fault: it may itself access what is traced (a
 * clock). Such an access is emulated but not recorded. A fault in an NMI is
 * recorded, though it interrupts another one.
 */
static bool is_nested(unsigned int level)
{
	return level > (in_nmi() ? 2 : 1);
}

/* Apart from tap_fault(), which should be short: most faults are not the module's. */
static noinline void handle(struct tap_mapping *map, struct pt_regs *regs,
			    unsigned long address)
{
	struct tap_access access;
	enum tap_gap reason;

	/* Field by field: zeroing its room for events would cost a quarter of the time. */
	access.map = map;
	access.regs = regs;
	access.address = address;
	access.flags = 0;
	access.quiet = is_nested(this_cpu_inc_return(depth));
	if (access.quiet)
		tap_count(nested);
	reason = carry_out(&access);
	if (reason != TAP_GAP_CLOSED)
		fall_back(&access, map, reason);
	this_cpu_dec(depth);
}

/*
 * Returns whether the fault was on a hidden page and has been dealt with. Faults
 * on user addresses come with interrupts on, and must not look at the tree.
 */
bool tap_fault(struct pt_regs *regs, unsigned long error_code,
	       unsigned long address)
{
	struct tap_mapping *map;

	if (error_code & (X86_PF_PROT | X86_PF_USER | X86_PF_RSVD | X86_PF_INSTR))
		return false;
	if (address < VMALLOC_START || address > VMALLOC_END)
		return false;
	map = tap_mapping_find(address);
	if (!map)
		return false;
	tap_count(faults);
	handle(map, regs, address);
	return true;
}
