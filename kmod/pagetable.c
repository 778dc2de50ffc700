// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's page tables: what is mapped at an address, hiding and showing it.
 *
 * Hiding clears the present bit of the entries that map a range and leaves all
 * other bits, atomically, since the processor may set the accessed and dirty bits
 * at any time. Entries of 2 MB and 1 GB are hidden whole. Showing needs no flush:
 * a processor never remembers that a page was not present.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/tlbflush.h>

#include "mmiotap.h"

#define NOT_COMPARED	(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY)

/*
 * The entry that maps @address, and how much it maps. NULL: nothing is mapped
 * for @size. An entry that is hidden still has its bit for a large page.
 */
static unsigned long *entry_of(unsigned long address, unsigned long *size)
{
	pgd_t *pgd = pgd_offset(current->active_mm, address);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;
	pte_t *pte;

	*size = PGDIR_SIZE;
	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, address);
	*size = P4D_SIZE;
	if (p4d_none(*p4d) || !p4d_present(*p4d))
		return NULL;
	pud = pud_offset(p4d, address);
	*size = PUD_SIZE;
	if (pud_val(*pud) & _PAGE_PSE)
		return (unsigned long *)pud;
	if (!(pud_val(*pud) & _PAGE_PRESENT))
		return NULL;
	pmd = pmd_offset(pud, address);
	*size = PMD_SIZE;
	if (pmd_val(*pmd) & _PAGE_PSE)
		return (unsigned long *)pmd;
	if (!(pmd_val(*pmd) & _PAGE_PRESENT))
		return NULL;
	pte = pte_offset_kernel(pmd, address);
	*size = PAGE_SIZE;
	return pte_none(*pte) ? NULL : (unsigned long *)pte;
}

/*
 * Reads what is mapped at @address. The tables stay while interrupts are off, as
 * the kernel interrupts every processor for a flush before it frees one.
 */
void tap_page_at(unsigned long address, struct tap_page *page)
{
	unsigned long *entry, value, irq, mask, inside;

	local_irq_save(irq);
	entry = entry_of(address, &page->size);
	value = entry ? READ_ONCE(*entry) : 0;
	local_irq_restore(irq);
	page->none = !entry || !value;
	page->present = value & _PAGE_PRESENT;
	mask = page->size == PAGE_SIZE ? PTE_PFN_MASK :
	       PTE_PFN_MASK & ~(page->size - 1);
	inside = address & (page->size - 1) & PAGE_MASK;
	page->phys = (value & mask) + inside;
	value &= ~mask;
	if (page->size != PAGE_SIZE)
		value = protval_large_2_4k(value & ~_PAGE_PSE);
	page->flags = value & ~NOT_COMPARED;
}

/* The end of the area at @start: an unmapped page, not a hidden one, follows each. */
unsigned long tap_pages_end(unsigned long start)
{
	struct tap_page page;
	unsigned long at = start;

	while (at >= VMALLOC_START && at < VMALLOC_END) {
		tap_page_at(at, &page);
		if (page.none)
			break;
		at = (at & ~(page.size - 1)) + page.size;
	}
	return at;
}

/* Whether all of @virt is present, leads to @phys and has the same flags. */
int tap_pages_check(unsigned long virt, unsigned long len, u64 phys, u64 *flags)
{
	struct tap_page page;
	unsigned long done, step;

	for (done = 0; done < len; done += step) {
		tap_page_at(virt + done, &page);
		if (page.none || !page.present || page.phys != phys + done)
			return -ENOENT;
		if (!done)
			*flags = page.flags;
		else if (*flags != page.flags)
			return -EINVAL;
		step = page.size - ((virt + done) & (page.size - 1));
	}
	return 0;
}

static void set_present(unsigned long virt, unsigned long len, bool present)
{
	unsigned long at, size, *entry;

	for (at = virt; at < virt + len; at = (at & ~(size - 1)) + size) {
		entry = entry_of(at, &size);
		if (!entry)
			continue;
		if (present)
			set_bit(_PAGE_BIT_PRESENT, entry);
		else
			clear_bit(_PAGE_BIT_PRESENT, entry);
	}
}

void tap_pages_hide(unsigned long virt, unsigned long len)
{
	set_present(virt, len, false);
}

void tap_pages_show(unsigned long virt, unsigned long len)
{
	set_present(virt, len, true);
}

static void flush_here(void *unused)
{
	__flush_tlb_all();
}

/*
 * Flushes the translations of all processors, with all PCIDs, as each of them may
 * have the kernel's entries. The caller has interrupts on.
 */
void tap_flush_all(void)
{
	on_each_cpu(flush_here, NULL, 1);
}

static void nothing(void *unused)
{
}

/*
 * Faults that began before are over when this returns: they are handled with
 * interrupts off, so a processor that answers an interrupt is not in one. The
 * caller has interrupts on.
 */
void tap_wait_for_faults(void)
{
	on_each_cpu(nothing, NULL, 1);
}
