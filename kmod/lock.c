// SPDX-License-Identifier: GPL-2.0-only
/*
 * tap_sem, and the order of all locks of the module.
 *
 * From the outermost to the innermost. While one is held, only those further down
 * are taken:
 *
 *  1. command_mutex (control.c): one write of commands at a time.
 *
 *  2. tap_sem: the list of targets (target.c), which is read and changed under
 *     it. Calls of ioremap() and iounmap() hold it for reading while they begin
 *     and end tracing, and while the area is unmapped. So where it is held for
 *     writing, no area is unmapped.
 *
 *  3. mapping_mutex (mapping.c): the tree and the lists of mappings, and whether
 *     their pages are hidden. Its holder interrupts all processors and waits for
 *     them, so it is never taken where interrupts are off.
 *
 *  4. device_mutex (device.c): the list of devices and the next number.
 *
 *  5. tap_device.lock (access.c): the accesses of one device and their numbers.
 *     It is taken in faults, which come at any place, under any lock of the
 *     kernel, with interrupts off. So nothing is called under it that takes a
 *     lock, and no memory is touched that could fault. In an NMI, in a crash and
 *     in a fault that recording caused it is only tried, as the holder may be
 *     this processor or a stopped one.
 *
 * Lookups of a mapping take no lock (see mapping.c), and neither do the counters
 * (stats.c) and parameters (options.c).
 */
#include <linux/rwsem.h>
#include <linux/sched/mm.h>

#include "mmiotap.h"

DECLARE_RWSEM(tap_sem);

/*
 * Takes tap_sem for reading, and sees to it that allocations of this task do not
 * make the kernel free memory: a driver that is asked to give some back may
 * unmap, and would wait for tap_sem. Returns what tap_unlock_maps() needs.
 */
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
