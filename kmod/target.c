// SPDX-License-Identifier: GPL-2.0-only
/* The targets: the list of what shall be traced, and which memory each means. */
#include <linux/list.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "mmiotap.h"
#include "parse.h"

static LIST_HEAD(targets);	/* tap_sem, the targets' fields too */

static bool is_same(const struct tap_target *a, const struct tap_target *b)
{
	return a->kind == b->kind && a->start == b->start && a->end == b->end &&
	       a->domain == b->domain && a->bdf == b->bdf;
}

static struct tap_target *find_target(const struct tap_target *wanted)
{
	struct tap_target *target;

	list_for_each_entry(target, &targets, list)
		if (is_same(target, wanted))
			return target;
	return NULL;
}

int tap_target_add(const char *text)
{
	struct tap_target *target = kzalloc(sizeof(*target), GFP_KERNEL);
	int error;

	if (!target)
		return -ENOMEM;
	error = tap_target_parse(text, target);
	if (!error) {
		down_write(&tap_sem);
		if (find_target(target))
			error = -EEXIST;
		else
			list_add_tail(&target->list, &targets);
		up_write(&tap_sem);
	}
	if (error)
		kfree(target);
	return error == -EEXIST ? 0 : error;
}

int tap_target_remove(const char *text)
{
	struct tap_target wanted = {}, *target;
	int error = tap_target_parse(text, &wanted);

	if (error)
		return error;
	down_write(&tap_sem);
	target = find_target(&wanted);
	if (target)
		list_del(&target->list);
	up_write(&tap_sem);
	kfree(target);
	return target ? 0 : -ENOENT;
}

void tap_target_clear(void)
{
	struct tap_target *target, *next;

	down_write(&tap_sem);
	list_for_each_entry_safe(target, next, &targets, list)
		kfree(target);
	INIT_LIST_HEAD(&targets);
	up_write(&tap_sem);
}

/*
 * Whether there is any target. A hint that takes no lock, so that a call of
 * ioremap() is not held up while nothing is wanted.
 */
bool tap_target_any(void)
{
	return !list_empty(&targets);
}

void tap_target_show(struct seq_file *m)
{
	struct tap_target *target;

	down_read(&tap_sem);
	list_for_each_entry(target, &targets, list)
		tap_target_print(m, target);
	up_read(&tap_sem);
}

static bool means(const struct tap_target *target, struct pci_dev *pdev,
		  bool existing)
{
	switch (target->kind) {
	case TAP_TARGET_DEVICE:
		return target->domain == pci_domain_nr(pdev->bus) &&
		       target->bdf == pci_dev_id(pdev);
	case TAP_TARGET_ID:
		return target->start == pdev->vendor &&
		       target->end == pdev->device;
	case TAP_TARGET_ALL_BARS:
		return true;
	case TAP_TARGET_BARS:
		return !existing;
	default:
		return false;
	}
}

static bool is_wanted(struct pci_dev *pdev, bool existing)
{
	struct tap_target *target;

	list_for_each_entry(target, &targets, list)
		if (means(target, pdev, existing))
			return true;
	return false;
}

/* Whether the pages from @start to @end hold the MSI-X table and nothing else. */
static bool is_msix_table(struct pci_dev *pdev, int bar, u64 start, u64 end)
{
	u64 first, last;
	u16 control;
	u32 table;

	if (!pdev->msix_cap ||
	    pci_read_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, &control) ||
	    pci_read_config_dword(pdev, pdev->msix_cap + PCI_MSIX_TABLE, &table) ||
	    (table & PCI_MSIX_TABLE_BIR) != bar)
		return false;
	first = pci_resource_start(pdev, bar) + (table & PCI_MSIX_TABLE_OFFSET);
	last = first + ((control & PCI_MSIX_FLAGS_QSIZE) + 1) *
	       PCI_MSIX_ENTRY_SIZE - 1;
	return start >= round_down(first, PAGE_SIZE) && end <= (last | ~PAGE_MASK) &&
	       start <= first && end >= last;
}

/*
 * Whether memory lies in BARs of @pdev. @match then gets the first of these BARs
 * and the addresses of all of them.
 */
static bool match_bars(struct pci_dev *pdev, u64 start, u64 end,
		       struct tap_match *match)
{
	struct resource *res;
	bool found = false;
	int bar;

	for (bar = 0; bar <= PCI_ROM_RESOURCE; bar++) {
		res = &pdev->resource[bar];
		if (!(resource_type(res) == IORESOURCE_MEM) || !res->start ||
		    res->start > end || res->end < start)
			continue;
		if (!tap_msix && is_msix_table(pdev, bar, start, end))
			return false;
		if (!found) {
			match->bar = bar;
			match->log_start = res->start;
			match->log_end = res->end;
		}
		match->log_start = min_t(u64, match->log_start, res->start);
		match->log_end = max_t(u64, match->log_end, res->end);
		found = true;
	}
	return found;
}

static bool match_pci(u64 start, u64 end, bool existing,
		      struct tap_match *match)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		if (!is_wanted(pdev, existing) ||
		    !match_bars(pdev, start, end, match))
			continue;
		match->dev = tap_device_get(pci_domain_nr(pdev->bus),
					    pci_dev_id(pdev), 0, 0);
		pci_dev_put(pdev);
		return match->dev;
	}
	return false;
}

static bool match_range(u64 start, u64 end, struct tap_match *match)
{
	struct tap_target *target;

	list_for_each_entry(target, &targets, list) {
		if (target->kind != TAP_TARGET_RANGE || target->start > end ||
		    target->end < start)
			continue;
		match->log_start = target->start;
		match->log_end = target->end;
		match->bar = TAP_NO_BAR;
		match->dev = tap_device_get(TAP_NO_DOMAIN, 0, target->start,
					    target->end);
		return match->dev;
	}
	return false;
}

/*
 * Whether a target means the memory from @start to @end; @match then gets what it
 * says. @existing: the memory is mapped already. The caller holds tap_sem, for
 * reading or writing, and lets no allocation free memory (see lock.c).
 */
bool tap_target_match(u64 start, u64 end, bool existing, struct tap_match *match)
{
	return match_pci(start, end, existing, match) ||
	       match_range(start, end, match);
}
