// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long an access takes: each of the first processors reads the register of
 * an edu device of its own, again and again. Writing "READS PROCESSORS" to the
 * parameter "run" maps the devices, reads, and prints the nanoseconds of a read.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pci.h>

#define EDU_ID		0x00
#define MOST		4

static struct reader {
	struct pci_dev *pci;
	void __iomem *bar;
	struct task_struct *task;
	s64 took;		/* nanoseconds */
} readers[MOST];

static unsigned int reads;
static atomic_t ready, readers_running;
static DECLARE_COMPLETION(readers_done);

/* Each waits for the last one to come, so that all read at the same time. */
static int read_on(void *data)
{
	struct reader *reader = data;
	ktime_t began;
	unsigned int i;

	atomic_dec(&ready);
	while (atomic_read(&ready) > 0)
		cpu_relax();
	began = ktime_get();
	for (i = 0; i < reads; i++)
		readl(reader->bar + EDU_ID);
	reader->took = ktime_to_ns(ktime_sub(ktime_get(), began));
	if (atomic_dec_and_test(&readers_running))
		complete(&readers_done);
	return 0;
}

static void unmap(void)
{
	int i;

	for (i = 0; i < MOST; i++) {
		if (readers[i].bar)
			iounmap(readers[i].bar);
		readers[i].bar = NULL;
	}
}

static int prepare(int processors)
{
	struct reader *reader;
	int i;

	for (i = 0; i < processors; i++) {
		reader = &readers[i];
		if (!reader->pci || !cpu_online(i))
			return -ENODEV;
		reader->bar = pci_ioremap_bar(reader->pci, 0);
		if (!reader->bar)
			return -ENOMEM;
	}
	return 0;
}

static int start_readers(int processors)
{
	struct reader *reader;
	int i;

	for (i = 0; i < processors; i++) {
		reader = &readers[i];
		reader->task = kthread_create(read_on, reader, "load/%d", i);
		if (IS_ERR(reader->task))
			break;
		kthread_bind(reader->task, i);
	}
	if (i < processors) {
		while (i--)
			kthread_stop(readers[i].task);
		return -ENOMEM;
	}
	for (i = 0; i < processors; i++)
		wake_up_process(readers[i].task);
	return 0;
}

static void print_longest(int processors)
{
	s64 longest = 0;
	int i;

	for (i = 0; i < processors; i++)
		longest = max(longest, readers[i].took);
	pr_info("mmiotap_load: %d processors, %lld ns a read\n", processors,
		div_s64(longest, reads));
}

static int load_run_set(const char *text, const struct kernel_param *kp)
{
	int error, processors;

	if (sscanf(text, "%u %d", &reads, &processors) != 2 || !reads ||
	    processors < 1 || processors > MOST)
		return -EINVAL;
	reinit_completion(&readers_done);
	atomic_set(&ready, processors);
	atomic_set(&readers_running, processors);
	error = prepare(processors);
	if (!error)
		error = start_readers(processors);
	if (!error) {
		wait_for_completion(&readers_done);
		print_longest(processors);
	}
	unmap();
	return error;
}

static const struct kernel_param_ops load_run_ops = { .set = load_run_set };
module_param_cb(run, &load_run_ops, NULL, 0200);

static int __init load_init(void)
{
	struct pci_dev *pci = NULL;
	int i;

	for (i = 0; i < MOST; i++) {
		pci = pci_get_device(0x1234, 0x11e8, pci);
		if (!pci)
			break;
		/* The search goes on from this one, and drops a reference to it. */
		readers[i].pci = pci_dev_get(pci);
		if (pci_enable_device(pci))
			return -ENODEV;
	}
	pci_dev_put(pci);
	return i ? 0 : -ENODEV;
}
module_init(load_init);

static void __exit load_exit(void)
{
	int i;

	for (i = 0; i < MOST; i++)
		pci_dev_put(readers[i].pci);
}
module_exit(load_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Nanoseconds of an access, on one processor and on several");
