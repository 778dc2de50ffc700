// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which mappings there are: new ones as ioremap() returns them, existing ones
 * out of the page tables. A run of pages that lead to one piece of memory is what
 * somebody mapped at once, as there is an unmapped page behind each area.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "mmiotap.h"

struct run {
	unsigned long virt, len;
	u64 phys, flags;
};

/* Only the part that shall be recorded, in whole pages of the page tables. */
static struct tap_mapping *mapping_of(const struct run *run,
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

static bool in_run(const struct run *run, unsigned long address,
		   const struct tap_page *page)
{
	return run->len && !page->none && page->present &&
	       address == run->virt + run->len &&
	       page->phys == run->phys + run->len && page->flags == run->flags;
}

/* Memory of the system is cached and has a struct page: never a device's. */
static bool may_be_device(const struct run *run)
{
	return run->len && (!pfn_valid(run->phys >> PAGE_SHIFT) ||
			    (run->flags & (_PAGE_PCD | _PAGE_PWT | _PAGE_PAT)));
}

static void consider(const struct run *run, struct list_head *found)
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
	struct run run = {};
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
				run = (struct run){ address, next - address,
						    page.phys, page.flags };
		}
		address = next;
		if (!(++steps % 4096))
			cond_resched();
	}
	consider(&run, found);
}

/*
 * Traces what is mapped already. Nobody unmaps while mappings are added: who
 * does holds tap_sem for reading. Returns how many there are, and no more than
 * that is known of those that could not be traced.
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
	struct run run = {
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

/* @mapped was just made for @phys and is not known to anybody else yet. */
void tap_attach_new(void __iomem *mapped, u64 phys, unsigned long size)
{
	unsigned int saved;

	if (!mapped || !tap_target_any() || irqs_disabled())
		return;
	saved = tap_lock_maps();
	attach(mapped, phys, size);
	tap_unlock_maps(saved);
}
