// SPDX-License-Identifier: GPL-2.0-only
/*
 * The traced mappings.
 *
 * Faults find a mapping without locks, in NMIs too: hence a latched tree, whose
 * lookup never waits and whose changes allocate nothing. Mappings go away after
 * an RCU grace period; a fault is a reader as long as its interrupts are off.
 *
 * Adding: into the tree, then hide the pages. Removing: show the pages, wait for
 * faults that were under way, then out of the tree. So each fault on a hidden
 * page finds its mapping.
 */
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "compat.h"
#include "mmiotap.h"
#include "mmiotap_trace.h"

/* How long a gap lasts: twice as long each time. */
#define GAP_FIRST	msecs_to_jiffies(20)
#define GAP_DOUBLINGS	9

static struct latch_tree_root tree;
static LIST_HEAD(mappings);	/* those in the tree */
static LIST_HEAD(aliases);	/* all that have an alias */
static DEFINE_MUTEX(mutex);	/* of the tree's writers and of the lists */
static struct workqueue_struct *queue;
static s32 next_id;

static struct tap_mapping *of(struct latch_tree_node *node)
{
	return container_of(node, struct tap_mapping, node);
}

static bool less(struct latch_tree_node *a, struct latch_tree_node *b)
{
	return of(a)->virt < of(b)->virt;
}

static int compare(void *key, struct latch_tree_node *node)
{
	unsigned long address = (unsigned long)key;
	struct tap_mapping *map = of(node);

	if (address < map->virt)
		return -1;
	return address - map->virt >= map->len;
}

static const struct latch_tree_ops ops = { .less = less, .comp = compare };

/* The caller has interrupts off, or is a reader of RCU otherwise. */
struct tap_mapping *tap_mapping_find(unsigned long address)
{
	struct latch_tree_node *node;

	node = latch_tree_find((void *)address, &tree, &ops);
	return node ? of(node) : NULL;
}

/* The same memory mapped once more, with the same cache mode, or nothing. */
static u8 *make_alias(unsigned long virt, unsigned long len, u64 phys)
{
	u64 flags, alias_flags;
	void __iomem *alias;

	if (tap_pages_check(virt, len, phys, &flags))
		return NULL;
	alias = tap_ioremap_prot(phys, len, __pgprot(flags | _PAGE_PRESENT));
	if (!alias)
		return NULL;
	if (tap_pages_check((unsigned long)alias, len, phys, &alias_flags) ||
	    flags != alias_flags) {
		pr_warn_ratelimited("mmiotap: %#llx is not traced: no second mapping with the same flags\n",
				    phys);
		iounmap(alias);
		return NULL;
	}
	return (u8 __force *)alias;
}

/* Not known to anybody yet. NULL: this mapping cannot be traced. */
struct tap_mapping *tap_mapping_new(unsigned long virt, unsigned long len,
				    u64 phys, const struct tap_match *match)
{
	struct tap_mapping *map = kzalloc(sizeof(*map), GFP_KERNEL);

	if (!map)
		return NULL;
	map->alias = make_alias(virt, len, phys);
	if (!map->alias) {
		kfree(map);
		return NULL;
	}
	map->virt = virt;
	map->len = len;
	map->phys = phys;
	map->log_start = match->log_start;
	map->log_end = match->log_end;
	map->event_phys = phys;
	map->event_virt = virt;
	map->event_len = len;
	map->dev = match->dev;
	map->bar = match->bar;
	mutex_lock(&mutex);
	list_add(&map->aliases, &aliases);
	mutex_unlock(&mutex);
	return map;
}

void tap_mapping_discard(struct tap_mapping *map)
{
	mutex_lock(&mutex);
	iounmap((void __iomem __force *)map->alias);
	list_del(&map->aliases);
	mutex_unlock(&mutex);
	kfree(map);
}

/* Whether this is a second mapping of our own. */
bool tap_is_alias(unsigned long address)
{
	struct tap_mapping *map;
	bool found = false;

	mutex_lock(&mutex);
	list_for_each_entry(map, &aliases, aliases)
		if (address - (unsigned long)map->alias < map->len)
			found = true;
	mutex_unlock(&mutex);
	return found;
}

static void hide(struct tap_mapping *map)
{
	WRITE_ONCE(map->open, false);
	tap_pages_hide(map->virt, map->len);
	tap_flush_all();
}

static void insert(struct tap_mapping *map)
{
	latch_tree_insert(&map->node, &tree, &ops);
	hide(map);
}

/* -EEXIST: somebody else added it. -ENOENT: it is not what it was. */
int tap_mapping_add(struct tap_mapping *map)
{
	struct tap_mapping *other;
	u64 flags;
	int error = 0;

	mutex_lock(&mutex);
	list_for_each_entry(other, &mappings, list)
		if (other->virt < map->virt + map->len &&
		    map->virt < other->virt + other->len)
			error = -EEXIST;
	if (!error)
		error = tap_pages_check(map->virt, map->len, map->phys, &flags);
	if (!error) {
		map->id = next_id++;
		list_add_tail(&map->list, &mappings);
		trace_mmiotap_map(map, TAP_MAP);
		insert(map);
	}
	mutex_unlock(&mutex);
	return error;
}

static void free_later(struct work_struct *work)
{
	tap_mapping_discard(container_of(to_rcu_work(work), struct tap_mapping,
					 free));
}

/* Its pages are shown, and no fault is under way. */
static void forget(struct tap_mapping *map)
{
	latch_tree_erase(&map->node, &tree, &ops);
	list_del(&map->list);
	trace_mmiotap_map(map, TAP_UNMAP);
	INIT_RCU_WORK(&map->free, free_later);
	queue_rcu_work(queue, &map->free);
}

/*
 * Its owner is about to unmap the area that begins at @start, and has made its
 * last access. Pieces of it may be traced for different targets.
 */
void tap_mapping_remove_area(unsigned long start)
{
	struct tap_mapping *map, *next;
	unsigned long end;

	mutex_lock(&mutex);
	end = list_empty(&mappings) ? start : tap_pages_end(start);
	list_for_each_entry_safe(map, next, &mappings, list) {
		if (map->virt < start || map->virt >= end)
			continue;
		tap_pages_show(map->virt, map->len);
		forget(map);
	}
	mutex_unlock(&mutex);
}

void tap_mapping_remove_if(bool (*which)(const struct tap_mapping *map))
{
	struct tap_mapping *map, *next;
	LIST_HEAD(leaving);

	mutex_lock(&mutex);
	list_for_each_entry_safe(map, next, &mappings, list) {
		if (!which(map))
			continue;
		tap_pages_show(map->virt, map->len);
		list_move_tail(&map->list, &leaving);
	}
	if (!list_empty(&leaving))
		tap_wait_for_faults();
	list_for_each_entry_safe(map, next, &leaving, list)
		forget(map);
	mutex_unlock(&mutex);
}

/* A mapping that is on no list and that its owner frees: of the self-test. */
void tap_mapping_test(struct tap_mapping *map, bool begin)
{
	mutex_lock(&mutex);
	if (begin) {
		insert(map);
	} else {
		tap_pages_show(map->virt, map->len);
		tap_wait_for_faults();
		latch_tree_erase(&map->node, &tree, &ops);
	}
	mutex_unlock(&mutex);
	if (!begin)
		synchronize_rcu();
}

static void rearm(struct work_struct *work);
static DECLARE_DELAYED_WORK(rearm_work, rearm);

static void rearm(struct work_struct *work)
{
	struct tap_event event = {};
	struct tap_mapping *map;
	bool more = false;

	mutex_lock(&mutex);
	list_for_each_entry(map, &mappings, list) {
		if (!READ_ONCE(map->open))
			continue;
		if (time_before(jiffies, READ_ONCE(map->reopen))) {
			more = true;
			continue;
		}
		hide(map);
		/*
		 * A fault that had found the gap open may have shown them again.
		 * It is over now, but new ones may have begun another gap.
		 */
		tap_pages_hide(map->virt, map->len);
		tap_flush_all();
		if (READ_ONCE(map->open)) {
			more = true;
			continue;
		}
		event.phys = map->phys;
		event.map_id = map->id;
		event.dev = map->dev->id;
		event.seq = atomic64_read(&map->dev->seq);
		trace_mmiotap_gap(&event, NULL, 0, TAP_GAP_CLOSED);
	}
	mutex_unlock(&mutex);
	if (more)
		queue_delayed_work(queue, &rearm_work, GAP_FIRST);
}

/* A fault may not queue work, it may be inside of the queue's locks. */
static void from_fault(struct irq_work *work)
{
	queue_delayed_work(queue, &rearm_work, GAP_FIRST);
}

static DEFINE_IRQ_WORK(irq_work, from_fault);

/*
 * Out of a fault: lets the processor access the pages itself, for a while. The
 * mapping stays in the tree, for faults that are under way on other processors.
 * Returns whether this began a gap; otherwise there was one.
 */
bool tap_mapping_open(struct tap_mapping *map)
{
	unsigned int gaps = min_t(unsigned int, map->gaps, GAP_DOUBLINGS);
	bool begins;

	if (!READ_ONCE(map->open))
		WRITE_ONCE(map->reopen, jiffies + (GAP_FIRST << gaps));
	begins = !xchg(&map->open, true);
	if (begins)
		map->gaps++;
	tap_pages_show(map->virt, map->len);
	irq_work_queue(&irq_work);
	return begins;
}

/* Tells a reader that came later what is traced. */
void tap_mapping_announce(void)
{
	struct tap_mapping *map;

	mutex_lock(&mutex);
	list_for_each_entry(map, &mappings, list)
		trace_mmiotap_map(map, TAP_MAP);
	mutex_unlock(&mutex);
}

void tap_mapping_show(struct seq_file *m)
{
	struct tap_mapping *map;

	seq_puts(m, "# id dev device bar phys virt len accesses gaps state\n");
	mutex_lock(&mutex);
	list_for_each_entry(map, &mappings, list) {
		seq_printf(m, "%d %u %s ", map->id, map->dev->id, map->dev->name);
		if (map->bar == TAP_NO_BAR)
			seq_puts(m, "-");
		else
			seq_printf(m, "%u", map->bar);
		seq_printf(m, " 0x%llx 0x%llx 0x%llx %lld %u %s\n",
			   map->event_phys, map->event_virt, map->event_len,
			   (long long)atomic64_read(&map->accesses), map->gaps,
			   READ_ONCE(map->open) ? "open" : "traced");
	}
	mutex_unlock(&mutex);
}

int tap_mapping_init(void)
{
	queue = alloc_workqueue("mmiotap", WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

/* No mapping is left, and none is added any more. */
void tap_mapping_exit(void)
{
	irq_work_sync(&irq_work);
	cancel_delayed_work_sync(&rearm_work);
	rcu_barrier();
	destroy_workqueue(queue);
}
