// SPDX-License-Identifier: GPL-2.0-only
/* The counters, and their sums since the module was loaded. */
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "mmiotap.h"

DEFINE_PER_CPU(struct tap_stats, tap_stats);

/* The processors go on counting: sums of different counters need not agree. */
void tap_stats_show(struct seq_file *m)
{
	struct tap_stats sum = {}, *one;
	int cpu;

	for_each_possible_cpu(cpu) {
		one = per_cpu_ptr(&tap_stats, cpu);
		sum.faults += one->faults;
		sum.reads += one->reads;
		sum.writes += one->writes;
		sum.blocks += one->blocks;
		sum.unrecorded += one->unrecorded;
		sum.unordered += one->unordered;
		sum.fallbacks += one->fallbacks;
		sum.nested += one->nested;
	}
	seq_printf(m, "faults %llu\nreads %llu\nwrites %llu\nblocks %llu\n",
		   sum.faults, sum.reads, sum.writes, sum.blocks);
	seq_printf(m, "unrecorded %llu\nunordered %llu\nfallbacks %llu\nnested %llu\n",
		   sum.unrecorded, sum.unordered, sum.fallbacks, sum.nested);
}

/* No page of a device is hidden: nothing counts meanwhile. */
void tap_stats_reset(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&tap_stats, cpu), 0, sizeof(tap_stats));
}
