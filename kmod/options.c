// SPDX-License-Identifier: GPL-2.0-only
/* Parameters that say how accesses are recorded, and can change at any time. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "mmiotap.h"

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
