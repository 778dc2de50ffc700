// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs each instruction of cases.S on ordinary memory and on the memory of
 * QEMU's ivshmem device, which mmiotap traces, and compares registers, flags and
 * memory. Loading maps the device once, untraced, to look at its memory. Then
 * tracing is to be switched on for new mappings, and a number written to the
 * parameter "run": 1 what is emulated, 2 what is left to the processor.
 */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <asm/fpu/api.h>

#include "cases.h"

#define SIZE		8192	/* of the memory that is compared */
#define OPERAND		2048	/* where rdi leads to: room on both sides */
#define ROUNDS		24
#define ARITHMETIC	0x8d5	/* CF PF AF ZF SF OF */

u64 insn_regs[REGS];
u64 insn_flags;
u8 insn_vectors[2][32];

/* Registers and memory before or after an instruction. */
struct state {
	u64 regs[REGS];
	u64 flags;
	u8 vectors[2][32];
	u8 memory[SIZE];	/* the device's, or what stands for it */
	u8 other[SIZE];		/* ordinary memory of string instructions */
};

static struct pci_dev *device;
static u8 __iomem *inspect;
static struct state *initial, *native, *traced;
static u8 *stand_in, *other;
static struct rnd_state random;

static u64 any_value(void)
{
	static const u64 special[] = { 0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000,
		0x7fffffff, 0x80000000, 0xffffffff, 0x8000000000000000, ~0ULL };
	u32 choice = prandom_u32_state(&random) % 24;

	if (choice < ARRAY_SIZE(special))
		return special[choice];
	return (u64)prandom_u32_state(&random) << 32 | prandom_u32_state(&random);
}

static void choose_state(void)
{
	u64 operand;
	int i;

	prandom_bytes_state(&random, initial, sizeof(*initial));
	for (i = 0; i < REGS; i++)
		initial->regs[i] = any_value();
	initial->regs[RCX] = prandom_u32_state(&random) % 40;
	initial->regs[R9] = (s64)(prandom_u32_state(&random) % 4000) - 2000;
	initial->flags &= ARITHMETIC;
	operand = any_value();
	memcpy(initial->memory + OPERAND, &operand, 8);
	/* Some comparisons are to be equal, and some bytes in a row the same. */
	if (prandom_u32_state(&random) % 2) {
		memcpy(initial->memory + OPERAND, &initial->regs[RAX], 8);
		memcpy(initial->memory + OPERAND + 8, &initial->regs[RDX], 8);
	}
	if (prandom_u32_state(&random) % 2) {
		memset(initial->memory + OPERAND - 64, initial->regs[RAX], 150);
		memset(initial->other + OPERAND - 64, initial->regs[RAX], 120);
	}
	/* cmpxchg8b compares halves. */
	if (prandom_u32_state(&random) % 4 == 0)
		memcpy(initial->memory + OPERAND + 4, &initial->regs[RDX], 4);
}

static void call(const struct insn_case *c)
{
	bool vectors = c->kind == KIND_VECTOR || c->kind == KIND_AVX;

	if (vectors)
		kernel_fpu_begin();
	c->run();
	if (vectors)
		kernel_fpu_end();
}

/* Runs a case with @memory in the device's place. @end has pointers as offsets. */
static void run_on(const struct insn_case *c, u8 *memory, struct state *end)
{
	u8 *at_rdi = c->kind == KIND_RSI ? other : memory;
	u8 *at_rsi = c->kind == KIND_RSI || c->kind == KIND_BOTH ? memory : other;
	int i;

	memcpy(other, initial->other, SIZE);
	memcpy(insn_regs, initial->regs, sizeof(insn_regs));
	memcpy(insn_vectors, initial->vectors, sizeof(insn_vectors));
	insn_regs[RDI] = (u64)at_rdi + OPERAND;
	insn_regs[RSI] = (u64)at_rsi + OPERAND + (c->kind == KIND_BOTH ? 1024 : 0);
	insn_flags = initial->flags | X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	call(c);
	/* An instruction may have copied a pointer to another register. */
	for (i = 0; i < REGS; i++)
		if (insn_regs[i] - (u64)at_rdi < SIZE)
			insn_regs[i] -= (u64)at_rdi;
		else if (insn_regs[i] - (u64)at_rsi < SIZE)
			insn_regs[i] -= (u64)at_rsi;
	memcpy(end->regs, insn_regs, sizeof(insn_regs));
	memcpy(end->vectors, insn_vectors, sizeof(insn_vectors));
	memcpy(end->other, other, SIZE);
	end->flags = insn_flags & ARITHMETIC;
}

static bool same(const struct insn_case *c)
{
	bool good = true;
	int i;

	for (i = 0; i < REGS; i++)
		if (native->regs[i] != traced->regs[i]) {
			pr_err("%s: register %d is %llx, not %llx\n", c->text, i,
			       traced->regs[i], native->regs[i]);
			good = false;
		}
	if (native->flags != traced->flags) {
		pr_err("%s: flags are %llx, not %llx\n", c->text, traced->flags,
		       native->flags);
		good = false;
	}
	for (i = 0; i < SIZE && good; i++)
		if (native->memory[i] != traced->memory[i] ||
		    native->other[i] != traced->other[i]) {
			pr_err("%s: memory differs at %d\n", c->text, i - OPERAND);
			good = false;
		}
	if (memcmp(native->vectors, traced->vectors, sizeof(native->vectors))) {
		pr_err("%s: vectors differ\n", c->text);
		good = false;
	}
	return good;
}

static bool runs_alike(const struct insn_case *c, u8 *mapped)
{
	choose_state();
	memcpy(stand_in, initial->memory, SIZE);
	run_on(c, stand_in, native);
	memcpy(native->memory, stand_in, SIZE);
	memcpy_toio(inspect, initial->memory, SIZE);
	run_on(c, mapped, traced);
	memcpy_fromio(traced->memory, inspect, SIZE);
	return same(c);
}

static bool wanted(const struct insn_case *c, int which)
{
	if (c->kind == KIND_AVX && !boot_cpu_has(X86_FEATURE_AVX))
		return false;
	return (c->kind == KIND_FALLBACK) == (which == 2);
}

static int run_cases(int which, u8 *mapped)
{
	const struct insn_case *c;
	int round, cases = 0, failed = 0;

	for (c = insn_cases; c < insn_cases_end; c++) {
		if (!wanted(c, which))
			continue;
		cases++;
		for (round = 0; round < ROUNDS; round++)
			if (!runs_alike(c, mapped)) {
				failed++;
				break;
			}
		cond_resched();
	}
	pr_info("mmiotap_insns: %d instructions, %d wrong\n", cases, failed);
	return failed ? -EIO : 0;
}

static int insns_run_set(const char *text, const struct kernel_param *kp)
{
	u8 __iomem *mapped;
	int which, error = kstrtoint(text, 0, &which);

	if (error)
		return error;
	mapped = ioremap_cache(pci_resource_start(device, 2), SIZE);
	if (!mapped)
		return -ENOMEM;
	error = run_cases(which, (u8 __force *)mapped);
	iounmap(mapped);
	return error;
}

static const struct kernel_param_ops insns_run_ops = { .set = insns_run_set };
module_param_cb(run, &insns_run_ops, NULL, 0200);

static void free_all(void)
{
	kfree(initial);
	kfree(native);
	kfree(traced);
	kfree(stand_in);
	kfree(other);
	if (inspect)
		iounmap(inspect);
	pci_dev_put(device);
}

static int __init insns_init(void)
{
	prandom_seed_state(&random, 1);
	device = pci_get_device(0x1af4, 0x1110, NULL);
	if (!device || pci_enable_device(device))
		return -ENODEV;
	inspect = ioremap_cache(pci_resource_start(device, 2), SIZE);
	initial = kzalloc(sizeof(*initial), GFP_KERNEL);
	native = kzalloc(sizeof(*native), GFP_KERNEL);
	traced = kzalloc(sizeof(*traced), GFP_KERNEL);
	stand_in = kzalloc(SIZE, GFP_KERNEL);
	other = kzalloc(SIZE, GFP_KERNEL);
	if (inspect && initial && native && traced && stand_in && other)
		return 0;
	free_all();
	return -ENOMEM;
}
module_init(insns_init);

static void __exit insns_exit(void)
{
	free_all();
}
module_exit(insns_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Compares instructions on traced and on ordinary memory");
