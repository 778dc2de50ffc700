// SPDX-License-Identifier: GPL-2.0-only
/*
 * A self-test: faults reach the module, before it touches any page of a device.
 * A page of the module's own is hidden and accessed. The accesses are guarded,
 * so when the hook does not fire, they just fail.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/asm.h>

#include "mmiotap.h"

#define PATTERN	0x5ca1ab1e0ddba115ULL

static int read_at(void *from, u64 *value)
{
	__get_kernel_nofault(value, from, u64, fault);
	return 0;
fault:
	return -EFAULT;
}

static int write_at(void *to, u64 value)
{
	__put_kernel_nofault(to, &value, u64, fault);
	return 0;
fault:
	return -EFAULT;
}

/* Three times *@by, by an instruction that is not emulated. */
static u64 multiply_at(u64 *by)
{
	u64 low = 3, high = 0;

	asm volatile("1: mulq (%[by])\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+a" (low), "+d" (high) : [by] "r" (by) : "memory", "cc");
	return low;
}

/* Returns what went wrong, or NULL. */
static const char *check_accesses(struct tap_mapping *map, u64 *page)
{
	u64 *alias = (u64 *)map->alias;
	u64 value = 0;

	alias[1] = PATTERN;
	if (read_at(&page[1], &value))
		return "the hook of fixup_exception() does not fire";
	if (value != PATTERN)
		return "a read gave a wrong value";
	if (write_at(&page[2], ~PATTERN) || alias[2] != ~PATTERN)
		return "a write went wrong";
	if (atomic64_read(&map->accesses) != 2)
		return "accesses are counted wrongly";
	alias[3] = 7;
	if (multiply_at(&page[3]) != 21 || !map->open)
		return "the processor could not do what is not emulated";
	return NULL;
}

static const char *check_page(struct tap_mapping *map, struct tap_device *dev,
			      u64 *page)
{
	struct page *pages[1] = { vmalloc_to_page(page) };
	const char *wrong;

	raw_spin_lock_init(&dev->lock);
	map->dev = dev;
	map->virt = (unsigned long)page;
	map->len = PAGE_SIZE;
	map->phys = page_to_phys(pages[0]);
	map->log_end = ~0ULL;
	map->id = -1;
	map->alias = vmap(pages, 1, VM_MAP, PAGE_KERNEL);
	if (!map->alias)
		return "no memory";
	tap_mapping_test(map, true);
	wrong = check_accesses(map, page);
	tap_mapping_test(map, false);
	vunmap(map->alias);
	return wrong;
}

int tap_selftest_faults(void)
{
	struct tap_mapping *map = kzalloc(sizeof(*map), GFP_KERNEL);
	struct tap_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	u64 *page = vmalloc(PAGE_SIZE);
	const char *wrong = "no memory";

	if (map && dev && page)
		wrong = check_page(map, dev, page);
	vfree(page);
	kfree(dev);
	kfree(map);
	if (!wrong) {
		tap_stats_reset();
		return 0;
	}
	pr_err("not loaded: %s\n", wrong);
	return -ENODEV;
}
