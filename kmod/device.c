// SPDX-License-Identifier: GPL-2.0-only
/* Devices: what accesses are ordered and numbered by. */
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "mmiotap.h"

static LIST_HEAD(devices);
static DEFINE_MUTEX(mutex);
static u32 next_id;

static struct tap_device *find(u32 domain, u16 bdf, u64 start, u64 end)
{
	struct tap_device *dev;

	list_for_each_entry(dev, &devices, list)
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

/* The one that there is, or a new one. A PCI function has no start and end. */
struct tap_device *tap_device_get(u32 domain, u16 bdf, u64 start, u64 end)
{
	struct tap_device *dev;

	mutex_lock(&mutex);
	dev = find(domain, bdf, start, end);
	if (!dev)
		dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (dev && !dev->name[0]) {
		dev->id = next_id++;
		dev->domain = domain;
		dev->bdf = bdf;
		dev->start = start;
		dev->end = end;
		raw_spin_lock_init(&dev->lock);
		set_name(dev);
		list_add_tail(&dev->list, &devices);
	}
	mutex_unlock(&mutex);
	return dev;
}

void tap_device_show(struct seq_file *m)
{
	struct tap_device *dev;

	mutex_lock(&mutex);
	list_for_each_entry(dev, &devices, list)
		seq_printf(m, "device %u %s seq %lld\n", dev->id, dev->name,
			   (long long)atomic64_read(&dev->seq));
	mutex_unlock(&mutex);
}

void tap_device_free_all(void)
{
	struct tap_device *dev, *next;

	list_for_each_entry_safe(dev, next, &devices, list)
		kfree(dev);
	INIT_LIST_HEAD(&devices);
}
