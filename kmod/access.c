// SPDX-License-Identifier: GPL-2.0-only
/* Accesses to the alias, their numbers and their events. */
#include <linux/hardirq.h>
#include <linux/io.h>
#include <linux/kernel.h>

#include "access.h"

/*
 * In an NMI and in a fault that recording caused this processor may hold the lock
 * already, in a crash a stopped one. Then the access is made without it, and its
 * event says so.
 */
void tap_begin(struct tap_access *access)
	__acquires(&access->map->dev->lock)
{
	raw_spinlock_t *lock = &access->map->dev->lock;

	access->events = 0;
	access->ordered = true;
	if (likely(!in_nmi() && !oops_in_progress && !access->quiet)) {
		raw_spin_lock(lock);
	} else if (!raw_spin_trylock(lock)) {
		__acquire(lock);
		access->ordered = false;
	}
}

void tap_end(struct tap_access *access)
	__releases(&access->map->dev->lock)
{
	unsigned int i;

	if (likely(access->ordered)) {
		raw_spin_unlock(&access->map->dev->lock);
	} else {
		__release(&access->map->dev->lock);
		tap_count(unordered);
	}
	if (unlikely(access->quiet || !trace_mmiotap_rw_enabled())) {
		this_cpu_add(tap_stats.unrecorded, access->events);
		return;
	}
	for (i = 0; i < access->events; i++)
		trace_mmiotap_rw(&access->event[i]);
}

void tap_note(struct tap_access *access, u8 opcode, const void *alias, u8 width,
	      u64 value, u32 count, u16 flags)
{
	struct tap_mapping *map = access->map;
	u64 phys = map->phys + ((const u8 *)alias - map->alias);
	struct tap_event *event = &access->event[access->events];

	if (phys + width <= map->log_start || phys > map->log_end)
		return;
	if (WARN_ON_ONCE(access->events == TAP_EVENTS_MAX))
		return;
	access->events++;
	event->phys = phys;
	event->value = value;
	event->pc = tap_pc ? access->regs->ip : 0;
	event->seq = atomic64_inc_return(&map->dev->seq);
	event->map_id = map->id;
	event->dev = map->dev->id;
	event->count = count;
	event->flags = access->flags | flags |
		       (access->ordered ? 0 : TAP_F_UNORDERED);
	event->opcode = opcode;
	event->width = width;
	atomic64_inc(&map->accesses);
	if (opcode == TAP_READ)
		tap_count(reads);
	else
		tap_count(writes);
}

u64 tap_load(struct tap_access *access, void *alias, u8 width)
{
	volatile void __iomem *from = (volatile void __iomem __force *)alias;
	u64 value;

	switch (width) {
	case 1:
		value = __raw_readb(from);
		break;
	case 2:
		value = __raw_readw(from);
		break;
	case 4:
		value = __raw_readl(from);
		break;
	default:
		value = __raw_readq(from);
	}
	tap_note(access, TAP_READ, alias, width, value, 1, 0);
	return value;
}

void tap_poke(void *alias, u8 width, u64 value)
{
	volatile void __iomem *to = (volatile void __iomem __force *)alias;

	switch (width) {
	case 1:
		__raw_writeb(value, to);
		break;
	case 2:
		__raw_writew(value, to);
		break;
	case 4:
		__raw_writel(value, to);
		break;
	default:
		__raw_writeq(value, to);
	}
}

void tap_store(struct tap_access *access, void *alias, u8 width, u64 value)
{
	tap_poke(alias, width, value);
	tap_note(access, TAP_WRITE, alias, width, value, 1, 0);
}
