// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search for mappings that targets mean: new ones as ioremap() returns them,
 * existing ones in the page tables. Pages in a row that lead to one piece of
 * memory were mapped at once, as an unmapped page follows each area.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "mmiotap.h"

/* Present pages in a row that lead to one piece of memory with the same flags. */
struct page_run {
	unsigned long virt, len;
	u64 phys, flags;
};

/*
 * A mapping for the part of @run that shall be recorded, in whole pages of the
 * page tables. NULL: it cannot be traced.
 */
static struct tap_mapping *mapping_of(const struct page_run *run,
				      const struct tap_match *match)
{
	u64 last = run->phys + run->len - 1;
	struct tap_page page;
	unsigned long from, to;

	from = run->virt + (max(match->log_start, run->phys) - run->phys);
	to = run->virt + (min(match->log_end, last) - run->phys);
	tap_page_at(from, &page);
	from = max(from & ~(page.size - 1), run->virt);
	tap_page_at(to, &page);
	to = min((to | (page.size - 1)) + 1, run->virt + run->len);
	return tap_mapping_new(from, to - from, run->phys + (from - run->virt),
			       match);
}

/* Whether the page at @address continues @run. */
static bool in_run(const struct page_run *run, unsigned long address,
		   const struct tap_page *page)
{
	return run->len && !page->none && page->present &&
	       address == run->virt + run->len &&
	       page->phys == run->phys + run->len && page->flags == run->flags;
}

/* Whether @run may be a device's memory: RAM is cached and has a struct page. */
static bool may_be_device(const struct page_run *run)
{
	return run->len && (!pfn_valid(run->phys >> PAGE_SHIFT) ||
			    (run->flags & (_PAGE_PCD | _PAGE_PWT | _PAGE_PAT)));
}

/* Puts a mapping for @run on the list @found when a target means it. */
static void consider(const struct page_run *run, struct list_head *found)
{
	struct tap_match match;
	struct tap_mapping *map;
	unsigned int saved;
	bool wanted;

	if (!may_be_device(run) || tap_is_alias(run->virt))
		return;
	saved = tap_lock_maps();
	wanted = tap_target_match(run->phys, run->phys + run->len - 1, true,
				  &match);
	tap_unlock_maps(saved);
	map = wanted ? mapping_of(run, &match) : NULL;
	if (map)
		list_add_tail(&map->list, found);
}

static void scan(struct list_head *found)
{
	unsigned long address = VMALLOC_START, next;
	struct page_run run = {};
	struct tap_page page;
	unsigned int steps = 0;

	while (address >= VMALLOC_START && address < VMALLOC_END) {
		tap_page_at(address, &page);
		next = (address & ~(page.size - 1)) + page.size;
		if (in_run(&run, address, &page)) {
			run.len += next - address;
		} else {
			consider(&run, found);
			run.len = 0;
			if (!page.none && page.present)
				run = (struct page_run){ address, next - address,
							 page.phys, page.flags };
		}
		address = next;
		if (!(++steps % 4096))
			cond_resched();
	}
	consider(&run, found);
}

/*
 * Traces what is mapped already. No area is unmapped while its mapping is added,
 * as iounmap() waits for tap_sem. What was unmapped since the search does not
 * lead where it did, and is not added. Returns the number of new mappings.
 */
int tap_attach_existing(void)
{
	struct tap_mapping *map, *next;
	LIST_HEAD(found);
	LIST_HEAD(failed);
	int count = 0;

	scan(&found);
	down_write(&tap_sem);
	list_for_each_entry_safe(map, next, &found, list) {
		list_del(&map->list);
		if (tap_is_alias(map->virt) || tap_mapping_add(map))
			list_add(&map->list, &failed);
		else
			count++;
	}
	up_write(&tap_sem);
	list_for_each_entry_safe(map, next, &failed, list)
		tap_mapping_discard(map);
	return count;
}

static void attach(void __iomem *mapped, u64 phys, unsigned long size)
{
	unsigned long virt = (unsigned long __force)mapped;
	struct page_run run = {
		.virt = virt & PAGE_MASK,
		.len = PAGE_ALIGN((virt & ~PAGE_MASK) + size),
		.phys = phys & PAGE_MASK,
	};
	struct tap_mapping *map;
	struct tap_match match;

	if (!tap_target_match(phys, phys + size - 1, false, &match))
		return;
	map = mapping_of(&run, &match);
	if (!map)
		return;
	map->event_phys = phys;
	map->event_virt = virt;
	map->event_len = size;
	if (tap_mapping_add(map))
		tap_mapping_discard(map);
}

/* Traces @mapped, which ioremap() made for @phys and has not returned yet. */
void tap_attach_new(void __iomem *mapped, u64 phys, unsigned long size)
{
	unsigned int saved;

	if (!mapped || !tap_target_any() || irqs_disabled())
		return;
	saved = tap_lock_maps();
	attach(mapped, phys, size);
	tap_unlock_maps(saved);
}
