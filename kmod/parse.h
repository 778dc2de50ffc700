/* SPDX-License-Identifier: GPL-2.0-only */
/* One target, and its text. */
#ifndef MMIOTAP_PARSE_H
#define MMIOTAP_PARSE_H

#include <linux/list.h>
#include <linux/types.h>

struct seq_file;

enum tap_target_kind {
	TAP_TARGET_DEVICE,	/* one PCI function */
	TAP_TARGET_ID,		/* all PCI functions of a vendor and device id */
	TAP_TARGET_RANGE,	/* physical addresses, the last one included */
	TAP_TARGET_BARS,	/* each BAR that is mapped from now on */
	TAP_TARGET_ALL_BARS,	/* those that are mapped already as well */
};

/* A target in the list is guarded by tap_sem. */
struct tap_target {
	struct list_head list;
	enum tap_target_kind kind;
	u32 domain;
	u16 bdf;
	u64 start, end;		/* addresses, or vendor and device id */
};

/*
 * @text is "device 0000:02:00.0", "device 8086:10d3", "range 0x…-0x…", "bars" or
 * "all-bars". Returns 0 or -EINVAL.
 */
int tap_target_parse(const char *text, struct tap_target *target);
void tap_target_print(struct seq_file *m, const struct tap_target *target);

#endif
