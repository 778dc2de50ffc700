// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading of mmiotap, which records what drivers do to their
 * devices' memory: each access traps, and is carried out on a second mapping.
 * See README.md.
 */
#include <linux/module.h>
#include <linux/rwsem.h>
#include <asm/cpufeature.h>

#include "mmiotap.h"

#define LIST_MAX	16

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
			pr_err("not loaded: no target: %s\n", line);
	}
	return error;
}

static bool is_any(const struct tap_mapping *map)
{
	return true;
}

/* Ends all tracing, before the hooks of iounmap() go: see tap_exit(). */
static void detach_all(void)
{
	tap_target_clear();
	down_write(&tap_sem);
	tap_mapping_remove_if(is_any);
	up_write(&tap_sem);
}

static int start_tracing(void)
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
		pr_err("not loaded: page tables belong to Xen\n");
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
		error = start_tracing();
	if (!error)
		return 0;
	tap_unhook_faults();
exit_mapping:
	tap_mapping_exit();
	tap_device_free_all();
	return error;
}

/*
 * Unloading, in the one order in which every fault on a hidden page is handled
 * and every hidden page is shown before its area is unmapped:
 *
 * 1. The debugfs files go, when the command that is under way has ended.
 * 2. The targets go: a new mapping is not traced any more.
 * 3. All mappings are shown and removed (mapping.c has the steps).
 * 4. The hooks of ioremap() and iounmap() go, when no task is in them.
 * 5. The hook of faults goes: no page is hidden, and no fault is under way.
 * 6. Mappings are freed when their grace period is over, and then the devices,
 *    which they name.
 */
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
MODULE_VERSION(MMIOTAP_VERSION);
