// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmiotap: records what drivers do to their devices' memory, by trapping each
 * access and carrying it out on a second mapping. See README.md.
 */
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <asm/cpufeature.h>

#include "mmiotap.h"

#define LIST_MAX	16

DECLARE_RWSEM(tap_sem);

unsigned int tap_lock_maps(void)
{
	down_read(&tap_sem);
	return memalloc_noreclaim_save();
}

void tap_unlock_maps(unsigned int saved)
{
	memalloc_noreclaim_restore(saved);
	up_read(&tap_sem);
}

bool tap_pc;
module_param_named(pc, tap_pc, bool, 0600);
MODULE_PARM_DESC(pc, "record the address of the instruction (default: 0)");

bool tap_msix;
module_param_named(msix, tap_msix, bool, 0600);
MODULE_PARM_DESC(msix, "trace MSI-X tables that the kernel maps by themselves (default: 0)");

enum tap_rep tap_rep;
static const char *const rep_names[] = { "block", "each" };

static int rep_set(const char *text, const struct kernel_param *kp)
{
	int found = sysfs_match_string(rep_names, text);

	if (found < 0)
		return found;
	WRITE_ONCE(tap_rep, found);
	return 0;
}

static int rep_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", rep_names[READ_ONCE(tap_rep)]);
}

static const struct kernel_param_ops rep_ops = { .set = rep_set, .get = rep_get };
module_param_cb(rep, &rep_ops, NULL, 0600);
MODULE_PARM_DESC(rep, "events of rep stos: one a block with its count, or each (default: block)");

static char *devices[LIST_MAX];
static int device_count;
module_param_array(devices, charp, &device_count, 0400);
MODULE_PARM_DESC(devices, "PCI functions to trace: 0000:02:00.0 or vendor:device, commas between");

static char *ranges[LIST_MAX];
static int range_count;
module_param_array(ranges, charp, &range_count, 0400);
MODULE_PARM_DESC(ranges, "physical addresses to trace: first-last, commas between");

static int add_all(const char *kind, char **list, int count)
{
	char line[80];
	int i, error = 0;

	for (i = 0; i < count && !error; i++) {
		snprintf(line, sizeof(line), "%s %s", kind, list[i]);
		error = tap_command(line);
		if (error)
			pr_err("mmiotap: not loaded: no target: %s\n", line);
	}
	return error;
}

static bool is_any(const struct tap_mapping *map)
{
	return true;
}

/* Before the hooks go: who unmaps a hidden page unhooked would be in trouble. */
static void detach_all(void)
{
	tap_target_clear();
	down_write(&tap_sem);
	tap_mapping_remove_if(is_any);
	up_write(&tap_sem);
}

static int start(void)
{
	int error = tap_hook_mappers();

	if (error)
		return error;
	error = tap_test_mappers();
	if (!error)
		error = tap_control_init();
	if (error)
		goto unhook;
	error = add_all("device", devices, device_count);
	if (!error)
		error = add_all("range", ranges, range_count);
	if (!error)
		return 0;
	tap_control_exit();
	detach_all();
unhook:
	tap_unhook_mappers();
	return error;
}

static int __init tap_init(void)
{
	int error;

	if (boot_cpu_has(X86_FEATURE_XENPV)) {
		pr_err("mmiotap: not loaded: page tables belong to Xen\n");
		return -ENODEV;
	}
	error = tap_mapping_init();
	if (error)
		return error;
	error = tap_hook_faults();
	if (error)
		goto exit_mapping;
	error = tap_selftest_faults();
	if (!error)
		error = start();
	if (!error)
		return 0;
	tap_unhook_faults();
exit_mapping:
	tap_mapping_exit();
	tap_device_free_all();
	return error;
}

static void __exit tap_exit(void)
{
	tap_control_exit();
	detach_all();
	tap_unhook_mappers();
	tap_unhook_faults();
	tap_mapping_exit();
	tap_device_free_all();
}

module_init(tap_init);
module_exit(tap_exit);

MODULE_DESCRIPTION("Traces memory-mapped I/O by trapping and emulating accesses");
MODULE_AUTHOR("The mmioscope authors");
MODULE_LICENSE("GPL");
