// SPDX-License-Identifier: GPL-2.0-only
/* The devices, each of which has its own lock, order and numbers of accesses. */
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "mmiotap.h"

static DEFINE_MUTEX(device_mutex);
static LIST_HEAD(known_devices);	/* device_mutex */
static u32 next_device_id;		/* device_mutex */

static struct tap_device *find_device(u32 domain, u16 bdf, u64 start, u64 end)
{
	struct tap_device *dev;

	list_for_each_entry(dev, &known_devices, list)
		if (dev->domain == domain && dev->bdf == bdf &&
		    dev->start == start && dev->end == end)
			return dev;
	return NULL;
}

static void set_name(struct tap_device *dev)
{
	if (dev->domain == TAP_NO_DOMAIN)
		snprintf(dev->name, sizeof(dev->name), "0x%llx-0x%llx",
			 dev->start, dev->end);
	else
		snprintf(dev->name, sizeof(dev->name), "%04x:%02x:%02x.%u",
			 dev->domain, dev->bdf >> 8, PCI_SLOT(dev->bdf & 0xff),
			 PCI_FUNC(dev->bdf & 0xff));
}

/*
 * The device that has been made for this function or range, or a new one. @start
 * and @end are 0 for a PCI function, @domain is TAP_NO_DOMAIN for a range. NULL:
 * there is no memory for it.
 */
struct tap_device *tap_device_get(u32 domain, u16 bdf, u64 start, u64 end)
{
	struct tap_device *dev;

	mutex_lock(&device_mutex);
	dev = find_device(domain, bdf, start, end);
	if (!dev)
		dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (dev && !dev->name[0]) {
		dev->id = next_device_id++;
		dev->domain = domain;
		dev->bdf = bdf;
		dev->start = start;
		dev->end = end;
		raw_spin_lock_init(&dev->lock);
		set_name(dev);
		list_add_tail(&dev->list, &known_devices);
	}
	mutex_unlock(&device_mutex);
	return dev;
}

void tap_device_show(struct seq_file *m)
{
	struct tap_device *dev;

	mutex_lock(&device_mutex);
	list_for_each_entry(dev, &known_devices, list)
		seq_printf(m, "device %u %s seq %lld\n", dev->id, dev->name,
			   (long long)atomic64_read(&dev->seq));
	mutex_unlock(&device_mutex);
}

/* No mapping is left that names one of them, and none is added any more. */
void tap_device_free_all(void)
{
	struct tap_device *dev, *next;

	list_for_each_entry_safe(dev, next, &known_devices, list)
		kfree(dev);
	INIT_LIST_HEAD(&known_devices);
}
