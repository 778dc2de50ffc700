// SPDX-License-Identifier: GPL-2.0-only
/* Targets from text, and as text. */
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "parse.h"

/*
 * 0000:02:00.0, 02:00.0 without the domain, or 8086:10d3. The end that %n gives
 * proves that nothing follows.
 */
static int parse_device(const char *text, struct tap_target *target)
{
	unsigned int domain = 0, bus, slot, function, vendor, device;
	int end = 0;

	target->kind = TAP_TARGET_DEVICE;
	if (sscanf(text, "%x:%x:%x.%u%n", &domain, &bus, &slot, &function,
		   &end) < 4 || text[end]) {
		domain = 0;
		end = 0;
		if (sscanf(text, "%x:%x.%u%n", &bus, &slot, &function, &end) < 3 ||
		    text[end])
			goto id;
	}
	if (bus > 0xff || slot > 0x1f || function > 7)
		return -EINVAL;
	target->domain = domain;
	target->bdf = bus << 8 | PCI_DEVFN(slot, function);
	return 0;
id:
	end = 0;
	if (sscanf(text, "%x:%x%n", &vendor, &device, &end) < 2 || text[end] ||
	    vendor > 0xffff || device > 0xffff)
		return -EINVAL;
	target->kind = TAP_TARGET_ID;
	target->start = vendor;
	target->end = device;
	return 0;
}

static int parse_range(const char *text, struct tap_target *target)
{
	int end = 0;

	target->kind = TAP_TARGET_RANGE;
	if (sscanf(text, "%llx-%llx%n", &target->start, &target->end, &end) < 2 ||
	    text[end] || target->start > target->end)
		return -EINVAL;
	return 0;
}

int tap_target_parse(const char *text, struct tap_target *target)
{
	if (!strncmp(text, "device ", 7))
		return parse_device(text + 7, target);
	if (!strncmp(text, "range ", 6))
		return parse_range(text + 6, target);
	if (!strcmp(text, "bars"))
		target->kind = TAP_TARGET_BARS;
	else if (!strcmp(text, "all-bars"))
		target->kind = TAP_TARGET_ALL_BARS;
	else
		return -EINVAL;
	return 0;
}

void tap_target_print(struct seq_file *m, const struct tap_target *target)
{
	switch (target->kind) {
	case TAP_TARGET_DEVICE:
		seq_printf(m, "device %04x:%02x:%02x.%u\n", target->domain,
			   target->bdf >> 8, PCI_SLOT(target->bdf & 0xff),
			   PCI_FUNC(target->bdf & 0xff));
		break;
	case TAP_TARGET_ID:
		seq_printf(m, "device %04llx:%04llx\n", target->start,
			   target->end);
		break;
	case TAP_TARGET_RANGE:
		seq_printf(m, "range 0x%llx-0x%llx\n", target->start,
			   target->end);
		break;
	case TAP_TARGET_BARS:
		seq_puts(m, "bars\n");
		break;
	case TAP_TARGET_ALL_BARS:
		seq_puts(m, "all-bars\n");
		break;
	}
}
