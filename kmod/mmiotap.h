/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types and functions that the parts of the module share.
 *
 * A mapping is what one ioremap() of a driver gave, or a piece of it, that is
 * traced: its pages are not present, so that every access faults. A second
 * mapping of the same memory, the alias, serves the accesses. A device groups
 * mappings: its accesses are numbered in the order in which they were made.
 *
 * A letter in the comment of a field says what guards it:
 *
 *   c  nothing: it is constant once the mapping is in the tree, or the device
 *      in its list
 *   d  device_mutex in device.c
 *   m  mapping_mutex in mapping.c
 *   l  the device's own lock
 *   f  faults use it without a lock; the comment says how
 *
 * The order in which locks are taken is in lock.c.
 */
#ifndef MMIOTAP_H
#define MMIOTAP_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rbtree_latch.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/* Each message begins with the module's name. The headers above have a default. */
#undef pr_fmt
#define pr_fmt(fmt)	KBUILD_MODNAME ": " fmt

struct pt_regs;
struct seq_file;

/* Opcodes of events, as include/linux/mmiotrace.h numbers them. */
enum {
	TAP_READ = 1,
	TAP_WRITE = 2,
	TAP_MAP = 3,
	TAP_UNMAP = 4,
	TAP_UNKNOWN = 5,
};

/* Flags of mmiotap_rw. */
#define TAP_F_UNORDERED	0x1	/* made without the lock: seq is near the order */
#define TAP_F_MORE	0x2	/* a part of a wider access, the next part follows */
#define TAP_F_LOCKED	0x4	/* by a locked instruction */
#define TAP_F_REP	0x8	/* by a string instruction with rep */
#define TAP_F_DOWN	0x10	/* a block that runs to lower addresses */

/* The longest instruction of x86, in bytes. */
#define TAP_INSN_MAX	15

/* Why an instruction was left to the processor. */
enum tap_gap {
	TAP_GAP_CLOSED,		/* the gap is over: tracing goes on */
	TAP_GAP_FETCH,		/* its bytes could not be read */
	TAP_GAP_UNKNOWN,	/* an instruction that is not emulated */
	TAP_GAP_ADDRESS,	/* it crosses the mapping's end or leads elsewhere */
	TAP_GAP_MEMORY,		/* its other operand is not accessible */
};

#define TAP_GAP_NAMES \
	{ TAP_GAP_CLOSED, "CLOSED" }, { TAP_GAP_FETCH, "FETCH" }, \
	{ TAP_GAP_UNKNOWN, "UNKNOWN" }, { TAP_GAP_ADDRESS, "ADDRESS" }, \
	{ TAP_GAP_MEMORY, "MEMORY" }

/* A PCI function or a range of addresses. It lives until the module goes. */
struct tap_device {
	struct list_head list;	/* d */
	char name[48];		/* c */
	u32 id;			/* c */
	u32 domain;		/* c  TAP_NO_DOMAIN: a range */
	u16 bdf;		/* c  bus, device and function */
	u64 start, end;		/* c  of a range, the last address included */
	raw_spinlock_t lock;	/* orders accesses with their numbers */
	/*
	 * l  The number of the last access. Atomic, as an access that cannot
	 * have the lock (see tap_begin() in access.c) and a gap count it up as
	 * well, and as it is read without the lock.
	 */
	atomic64_t seq;
};

#define TAP_NO_DOMAIN	0xffffffffU
#define TAP_NO_BAR	0xff

struct tap_mapping {
	struct latch_tree_node node; /* m  lookups in the tree take no lock */
	struct list_head list;	/* m  of traced mappings; its maker's list before */
	struct list_head aliases; /* m  of all that have an alias */
	unsigned long virt;	/* c  first of the pages that are hidden */
	unsigned long len;	/* c  of the hidden pages and of the alias */
	u64 phys;		/* c  physical address of virt */
	u8 *alias;		/* c  the same memory, present */
	u64 log_start, log_end;	/* c  physical addresses that are recorded */
	u64 event_phys, event_virt, event_len; /* c  as the driver mapped it */
	struct tap_device *dev;	/* c */
	s32 id;			/* c */
	u8 bar;			/* c */
	/*
	 * f  Its pages are present: a gap. Faults set it, with xchg(), so that
	 * one of them begins the gap. It is cleared under mapping_mutex.
	 */
	bool open;
	/*
	 * f  The jiffies at which the gap shall end. Faults write it before they
	 * set open; where several do at once, their values are nearly the same.
	 */
	unsigned long reopen;
	/*
	 * f  How many gaps there were. The fault that began the gap counts it;
	 * others read it as a hint.
	 */
	unsigned int gaps;
	atomic64_t accesses;	/* f  counted up, read at any time */
	struct rcu_work free;	/* m  used once, when it has left the tree */
};

/* What a target says about a piece of physical memory. */
struct tap_match {
	struct tap_device *dev;
	u64 log_start, log_end;	/* addresses that shall be recorded */
	u8 bar;
};

/* lock.c */
extern struct rw_semaphore tap_sem;

unsigned int tap_lock_maps(void);
void tap_unlock_maps(unsigned int saved);

/* options.c: parameters that can change at any time, and are read without a lock. */
extern bool tap_pc;
extern bool tap_msix;
enum tap_rep { TAP_REP_BLOCK, TAP_REP_EACH };
extern enum tap_rep tap_rep;

/*
 * stats.c: counters of each processor, which changes its own with one instruction,
 * so that an NMI cannot come between reading and writing.
 */
struct tap_stats {
	u64 faults, reads, writes, blocks;
	u64 unrecorded;		/* the event was off, or recording made the access */
	u64 unordered;		/* made without the device's lock */
	u64 fallbacks;		/* instructions left to the processor */
	u64 nested;		/* faults that recording another one caused */
};

DECLARE_PER_CPU(struct tap_stats, tap_stats);
#define tap_count(field)	this_cpu_inc(tap_stats.field)

void tap_stats_show(struct seq_file *m);
void tap_stats_reset(void);

/* hook.c */
int tap_hook_faults(void);
void tap_unhook_faults(void);
int tap_hook_mappers(void);
void tap_unhook_mappers(void);
int tap_test_mappers(void);

/* fault.c */
bool tap_fault(struct pt_regs *regs, unsigned long error_code,
	       unsigned long address);

/* mapping.c */
bool tap_mapping_open(struct tap_mapping *map);
struct tap_mapping *tap_mapping_find(unsigned long address);
struct tap_mapping *tap_mapping_new(unsigned long virt, unsigned long len,
				    u64 phys, const struct tap_match *match);
int tap_mapping_add(struct tap_mapping *map);
void tap_mapping_discard(struct tap_mapping *map);
void tap_mapping_remove_area(unsigned long start);
void tap_mapping_remove_if(bool (*which)(const struct tap_mapping *map));
void tap_mapping_test(struct tap_mapping *map, bool begin);
bool tap_is_alias(unsigned long address);
void tap_mapping_announce(void);
void tap_mapping_show(struct seq_file *m);
int tap_mapping_init(void);
void tap_mapping_exit(void);

/* pagetable.c */
struct tap_page {
	u64 phys;
	u64 flags;		/* as of a small page, without present, accessed, dirty */
	unsigned long size;	/* of the entry; how much is unmapped when none is set */
	bool none;		/* no entry at all, not even a hidden one */
	bool present;
};

void tap_page_at(unsigned long address, struct tap_page *page);
unsigned long tap_pages_end(unsigned long start);
int tap_pages_check(unsigned long virt, unsigned long len, u64 phys,
		    u64 *flags);
void tap_pages_hide(unsigned long virt, unsigned long len);
void tap_pages_show(unsigned long virt, unsigned long len);
void tap_flush_all(void);
void tap_wait_for_faults(void);

/* scan.c */
int tap_attach_existing(void);
void tap_attach_new(void __iomem *mapped, u64 phys, unsigned long size);

/* target.c */
bool tap_target_match(u64 start, u64 end, bool existing,
		      struct tap_match *match);
int tap_target_add(const char *text);
int tap_target_remove(const char *text);
void tap_target_clear(void);
bool tap_target_any(void);
void tap_target_show(struct seq_file *m);

/* device.c */
struct tap_device *tap_device_get(u32 domain, u16 bdf, u64 start, u64 end);
void tap_device_show(struct seq_file *m);
void tap_device_free_all(void);

/* control.c */
int tap_command(const char *line);
int tap_control_init(void);
void tap_control_exit(void);

/* selftest.c */
int tap_selftest_faults(void);

#endif
