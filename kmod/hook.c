// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's hooks in the kernel, set by ftrace:
 *
 * fixup_exception() is called for each page fault of the kernel that nothing
 * else has dealt with, with interrupts off if the address is the kernel's. When
 * the fault was on a hidden page, the call becomes one of handled(), which
 * returns what a successful fixup does.
 *
 * Calls of the ioremap() family and of iounmap() become calls of functions here,
 * which call the real one and do their part. Calls from this module are let
 * through, so that these reach it. (They must never become tail calls: their
 * return address shows where they come from.)
 */
#include <linux/ftrace.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/wait_bit.h>
#include <asm/trapnr.h>

#include "compat.h"
#include "mmiotap.h"

/* How many tasks are in one of the functions below, perhaps asleep. */
static atomic_t inside;

static void enter(void)
{
	atomic_inc(&inside);
}

static void leave(void)
{
	if (atomic_dec_and_test(&inside))
		wake_up_var(&inside);
}

#define IOREMAP(name)							\
static void __iomem *tap_##name(resource_size_t phys, unsigned long size) \
{									\
	void __iomem *mapped;						\
									\
	enter();							\
	mapped = name(phys, size);					\
	tap_attach_new(mapped, phys, size);				\
	leave();							\
	return mapped;							\
}

IOREMAP(ioremap)
IOREMAP(ioremap_uc)
IOREMAP(ioremap_wc)
IOREMAP(ioremap_wt)
IOREMAP(ioremap_cache)
IOREMAP(ioremap_encrypted)

static void __iomem *tap_hooked_ioremap_prot(resource_size_t phys,
					     unsigned long size, tap_prot_t prot)
{
	void __iomem *mapped;

	enter();
	mapped = ioremap_prot(phys, size, prot);
	tap_attach_new(mapped, phys, size);
	leave();
	return mapped;
}

static void tap_iounmap(volatile void __iomem *mapped)
{
	unsigned int saved;

	enter();
	saved = tap_lock_maps();
	tap_mapping_remove_area((unsigned long __force)mapped & PAGE_MASK);
	iounmap(mapped);
	tap_unlock_maps(saved);
	leave();
}

#define TEST_ADDRESS	0x7a9000UL

static void __iomem *test_ioremap(void)
{
	return (void __iomem *)TEST_ADDRESS;
}

static void test_iounmap(void)
{
}

static struct hook {
	void *function, *replacement, *test;
	bool tested;		/* the tester alone writes and reads it */
} hooks[] = {
	{ ioremap, tap_ioremap, test_ioremap },
	{ ioremap_uc, tap_ioremap_uc, test_ioremap },
	{ ioremap_wc, tap_ioremap_wc, test_ioremap },
	{ ioremap_wt, tap_ioremap_wt, test_ioremap },
	{ ioremap_cache, tap_ioremap_cache, test_ioremap },
	{ ioremap_encrypted, tap_ioremap_encrypted, test_ioremap },
	{ ioremap_prot, tap_hooked_ioremap_prot, test_ioremap },
	{ iounmap, tap_iounmap, test_iounmap },
};

/* The task that calls the hooked functions for a test, and reaches harmless ones. */
static struct task_struct *tester;

static int handled(void)
{
	return 1;
}

static void on_fixup(unsigned long ip, unsigned long parent,
		     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct pt_regs *regs = (struct pt_regs *)tap_hook_argument(fregs, 0);

	if (tap_hook_argument(fregs, 1) == X86_TRAP_PF &&
	    tap_fault(regs, tap_hook_argument(fregs, 2),
		      tap_hook_argument(fregs, 3)))
		tap_hook_redirect(fregs, handled);
}

/* The place that ftrace names is up to 8 bytes after the function's start. */
static struct hook *hook_at(unsigned long ip)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (ip - (unsigned long)hooks[i].function <= 8)
			return &hooks[i];
	return NULL;
}

static void on_mapper(unsigned long ip, unsigned long parent,
		      struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct hook *hook = hook_at(ip);

	if (!hook)
		return;
	if (!within_module(parent, THIS_MODULE)) {
		tap_hook_redirect(fregs, hook->replacement);
	} else if (READ_ONCE(tester) == current) {
		hook->tested = true;
		tap_hook_redirect(fregs, hook->test);
	}
}

/* PERMANENT: kernel.ftrace_enabled cannot be cleared while the hooks are there. */
static struct ftrace_ops fault_ops = {
	.func = on_fixup,
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT,
};

static struct ftrace_ops mapper_ops = {
	.func = on_mapper,
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT,
};

int tap_hook_faults(void)
{
	static char name[] = "fixup_exception";
	int error = ftrace_set_filter(&fault_ops, name, strlen(name), 1);

	if (!error)
		error = register_ftrace_function(&fault_ops);
	if (error)
		pr_err("fixup_exception() cannot be hooked (%d)\n", error);
	return error;
}

/* Called when no page is hidden any more. */
void tap_unhook_faults(void)
{
	unregister_ftrace_function(&fault_ops);
}

int tap_hook_mappers(void)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE(hooks) && !error; i++)
		error = ftrace_set_filter_ip(&mapper_ops,
					     (unsigned long)hooks[i].function,
					     0, 0);
	if (!error)
		error = register_ftrace_function(&mapper_ops);
	if (error) {
		pr_err("ioremap() and iounmap() cannot be hooked (%d)\n", error);
		return error;
	}
	/* A task that was in iounmap() before leaves it: see tap_attach_existing(). */
	synchronize_rcu_tasks();
	return 0;
}

/*
 * A task on its way in or out is in the trampoline or in this module, and not
 * asleep: synchronize_rcu_tasks() waits for it. Tasks that may sleep are counted.
 */
void tap_unhook_mappers(void)
{
	unregister_ftrace_function(&mapper_ops);
	synchronize_rcu_tasks();
	wait_var_event(&inside, !atomic_read(&inside));
	synchronize_rcu_tasks();
}

/* Whether each hook fires. The calls here become calls of harmless functions. */
int tap_test_mappers(void)
{
	void __iomem *test = (void __iomem *)TEST_ADDRESS;
	unsigned int i;
	bool good;

	WRITE_ONCE(tester, current);
	good = ioremap(0, 0) == test && ioremap_uc(0, 0) == test &&
	       ioremap_wc(0, 0) == test && ioremap_wt(0, 0) == test &&
	       ioremap_cache(0, 0) == test && ioremap_encrypted(0, 0) == test &&
	       tap_ioremap_prot(0, 0, __pgprot(0)) == test;
	if (good)
		iounmap(test);
	WRITE_ONCE(tester, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		good = good && hooks[i].tested;
	if (good)
		return 0;
	pr_err("the hooks of ioremap() and iounmap() do not fire\n");
	return -ENODEV;
}
