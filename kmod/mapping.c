// SPDX-License-Identifier: GPL-2.0-only
/*
 * The traced mappings: how they come, how a fault finds its mapping, how they go.
 *
 * A fault looks its mapping up without locks, in an NMI too: hence a latched
 * tree, whose lookups never wait and whose changes allocate nothing. The order of
 * these steps sees to it that every fault on a hidden page finds its mapping, and
 * that it can use it to its end.
 *
 * Adding:
 * 1. The alias is made, without a lock, and joins the list of aliases.
 * 2. Under mapping_mutex, like the rest: the pages still lead to the memory of
 *    the alias, and no piece of them is traced already.
 * 3. The mapping gets its number, joins the list, and the event is written.
 * 4. It goes into the tree.
 * 5. Its pages are hidden, and all processors forget their translations. Each
 *    access from here on faults.
 *
 * Removing, the first three under mapping_mutex:
 * 1. The pages are shown: no access from here on faults.
 * 2. Faults that were under way are waited for. Only an owner that unmaps its
 *    area needs no waiting: it has made its last access.
 * 3. The mapping leaves the tree and the list, and the event is written.
 * 4. After an RCU grace period the alias is unmapped and the memory freed. A
 *    fault is a reader of RCU as long as its interrupts are off.
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

static DEFINE_MUTEX(mapping_mutex);
static struct latch_tree_root tree;	/* mapping_mutex for changes, no lock for lookups */
static LIST_HEAD(mappings);	/* mapping_mutex: those in the tree */
static LIST_HEAD(aliases);	/* mapping_mutex: all mappings that have an alias */
static s32 next_map_id;		/* mapping_mutex */
static struct workqueue_struct *queue;

static struct tap_mapping *of(struct latch_tree_node *node)
{
	return container_of(node, struct tap_mapping, node);
}

static bool less(struct latch_tree_node *a, struct latch_tree_node *b)
{
	return of(a)->virt < of(b)->virt;
}

static int compare_address(void *key, struct latch_tree_node *node)
{
	unsigned long address = (unsigned long)key;
	struct tap_mapping *map = of(node);

	if (address < map->virt)
		return -1;
	return address - map->virt >= map->len;
}

static const struct latch_tree_ops ops = { .less = less, .comp = compare_address };

/* The caller has interrupts off, or is a reader of RCU in another way. */
struct tap_mapping *tap_mapping_find(unsigned long address)
{
	struct latch_tree_node *node;

	node = latch_tree_find((void *)address, &tree, &ops);
	return node ? of(node) : NULL;
}

/* A second mapping of the same memory with the same cache mode, or NULL. */
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
		pr_warn_ratelimited("%#llx is not traced: no second mapping with the same flags\n",
				    phys);
		iounmap(alias);
		return NULL;
	}
	return (u8 __force *)alias;
}

/*
 * A mapping with its alias, not traced yet: for tap_mapping_add() or
 * tap_mapping_discard(). NULL: it cannot be traced.
 */
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
	mutex_lock(&mapping_mutex);
	list_add(&map->aliases, &aliases);
	mutex_unlock(&mapping_mutex);
	return map;
}

/* Frees a mapping that is not in the tree, and its alias. */
void tap_mapping_discard(struct tap_mapping *map)
{
	mutex_lock(&mapping_mutex);
	iounmap((void __iomem __force *)map->alias);
	list_del(&map->aliases);
	mutex_unlock(&mapping_mutex);
	kfree(map);
}

/* Whether @address is in an alias. */
bool tap_is_alias(unsigned long address)
{
	struct tap_mapping *map;
	bool found = false;

	mutex_lock(&mapping_mutex);
	list_for_each_entry(map, &aliases, aliases)
		if (address - (unsigned long)map->alias < map->len)
			found = true;
	mutex_unlock(&mapping_mutex);
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

/*
 * Begins to trace @map. The caller holds tap_sem. Returns -EEXIST when a piece of
 * it is traced already, -ENOENT when its pages do not lead to its memory any more.
 */
int tap_mapping_add(struct tap_mapping *map)
{
	struct tap_mapping *other;
	u64 flags;
	int error = 0;

	mutex_lock(&mapping_mutex);
	list_for_each_entry(other, &mappings, list)
		if (other->virt < map->virt + map->len &&
		    map->virt < other->virt + other->len)
			error = -EEXIST;
	if (!error)
		error = tap_pages_check(map->virt, map->len, map->phys, &flags);
	if (!error) {
		map->id = next_map_id++;
		list_add_tail(&map->list, &mappings);
		trace_mmiotap_map(map, TAP_MAP);
		insert(map);
	}
	mutex_unlock(&mapping_mutex);
	return error;
}

static void free_later(struct work_struct *work)
{
	tap_mapping_discard(container_of(to_rcu_work(work), struct tap_mapping,
					 free));
}

/* Steps 3 and 4 of removing. */
static void forget_mapping(struct tap_mapping *map)
{
	latch_tree_erase(&map->node, &tree, &ops);
	list_del(&map->list);
	trace_mmiotap_map(map, TAP_UNMAP);
	INIT_RCU_WORK(&map->free, free_later);
	queue_rcu_work(queue, &map->free);
}

/*
 * Ends the tracing of the area that begins at @start, which its owner is about to
 * unmap. Several pieces of it may be traced, for different targets.
 */
void tap_mapping_remove_area(unsigned long start)
{
	struct tap_mapping *map, *next;
	unsigned long end;

	mutex_lock(&mapping_mutex);
	end = list_empty(&mappings) ? start : tap_pages_end(start);
	list_for_each_entry_safe(map, next, &mappings, list) {
		if (map->virt < start || map->virt >= end)
			continue;
		tap_pages_show(map->virt, map->len);
		forget_mapping(map);
	}
	mutex_unlock(&mapping_mutex);
}

/* Ends the tracing of all mappings for which @which is true. */
void tap_mapping_remove_if(bool (*which)(const struct tap_mapping *map))
{
	struct tap_mapping *map, *next;
	LIST_HEAD(leaving);

	mutex_lock(&mapping_mutex);
	list_for_each_entry_safe(map, next, &mappings, list) {
		if (!which(map))
			continue;
		tap_pages_show(map->virt, map->len);
		list_move_tail(&map->list, &leaving);
	}
	if (!list_empty(&leaving))
		tap_wait_for_faults();
	list_for_each_entry_safe(map, next, &leaving, list)
		forget_mapping(map);
	mutex_unlock(&mapping_mutex);
}

/*
 * Begins and ends the tracing of the self-test's mapping, which is in the tree
 * only, and which the self-test frees.
 */
void tap_mapping_test(struct tap_mapping *map, bool begin)
{
	mutex_lock(&mapping_mutex);
	if (begin) {
		insert(map);
	} else {
		tap_pages_show(map->virt, map->len);
		tap_wait_for_faults();
		latch_tree_erase(&map->node, &tree, &ops);
	}
	mutex_unlock(&mapping_mutex);
	if (!begin)
		synchronize_rcu();
}

/* Hides the pages again whose gap has lasted long enough, until no gap is open. */
static void rearm(struct work_struct *work);
static DECLARE_DELAYED_WORK(rearm_work, rearm);

static void rearm(struct work_struct *work)
{
	struct tap_event event = {};
	struct tap_mapping *map;
	bool more = false;

	mutex_lock(&mapping_mutex);
	list_for_each_entry(map, &mappings, list) {
		if (!READ_ONCE(map->open))
			continue;
		if (time_before(jiffies, READ_ONCE(map->reopen))) {
			more = true;
			continue;
		}
		hide(map);
		/*
		 * A fault that had found the gap open may have shown the pages
		 * again. It ended before the flush did, so they are hidden once
		 * more. New faults may have begun another gap since.
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
	mutex_unlock(&mapping_mutex);
	if (more)
		queue_delayed_work(queue, &rearm_work, GAP_FIRST);
}

/* A fault cannot queue the work itself: it may have come under the queue's locks. */
static void from_fault(struct irq_work *work)
{
	queue_delayed_work(queue, &rearm_work, GAP_FIRST);
}

static DEFINE_IRQ_WORK(irq_work, from_fault);

/*
 * Called in a fault: lets the processor access the pages itself for a while. The
 * mapping stays in the tree, for faults that are under way on other processors.
 * Returns whether this began a gap. If not, a gap was open already.
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

/* Writes the event of each mapping once more, for a reader that came later. */
void tap_mapping_announce(void)
{
	struct tap_mapping *map;

	mutex_lock(&mapping_mutex);
	list_for_each_entry(map, &mappings, list)
		trace_mmiotap_map(map, TAP_MAP);
	mutex_unlock(&mapping_mutex);
}

void tap_mapping_show(struct seq_file *m)
{
	struct tap_mapping *map;

	seq_puts(m, "# id dev device bar phys virt len accesses gaps state\n");
	mutex_lock(&mapping_mutex);
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
	mutex_unlock(&mapping_mutex);
}

int tap_mapping_init(void)
{
	queue = alloc_workqueue("mmiotap", WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

/* Called when no mapping is left, and none is added any more. */
void tap_mapping_exit(void)
{
	irq_work_sync(&irq_work);
	cancel_delayed_work_sync(&rearm_work);
	rcu_barrier();
	destroy_workqueue(queue);
}
