// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses whose result is known, from all processors at once: to a register of
 * QEMU's edu device that they share, which gives back the complement of what was
 * written last, and to words of ivshmem's memory, one for each processor. Writing
 * a number to the parameter "run" makes so many rounds on each. Writing anything
 * to "copy" copies 64 bytes of ivshmem's memory to user memory that was only read
 * so far: it leads to the page of zeros, which cannot be written to.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

#define EDU_ID		0x00
#define EDU_INVERT	0x04

static struct pci_dev *edu, *memory;
static void __iomem *edu_bar, *memory_bar;
static unsigned int rounds;
static atomic_t hammers_running, wrong;
static DECLARE_COMPLETION(hammers_done);

/* Only the trace can say which processor wrote the shared register last. */
static void one_round(unsigned int cpu, u32 i)
{
	void __iomem *word = memory_bar + 64 * cpu;
	u64 value = (u64)cpu << 56 | i;

	writel(cpu << 28 | i, edu_bar + EDU_INVERT);
	readl(edu_bar + EDU_INVERT);
	writeq(value, word);
	if (readq(word) != value || (readl(edu_bar + EDU_ID) & 0xff) != 0xed)
		atomic_inc(&wrong);
}

static int hammer(void *data)
{
	unsigned int cpu = (unsigned long)data;
	u32 i;

	for (i = 0; i < rounds; i++) {
		one_round(cpu, i);
		if (i % 256 == 0)
			cond_resched();
	}
	if (atomic_dec_and_test(&hammers_running))
		complete(&hammers_done);
	return 0;
}

static int hammer_run_set(const char *text, const struct kernel_param *kp)
{
	struct task_struct *task;
	ktime_t began;
	unsigned int cpu;
	int error = kstrtouint(text, 0, &rounds);

	if (error)
		return error;
	reinit_completion(&hammers_done);
	atomic_set(&wrong, 0);
	atomic_set(&hammers_running, 1);
	began = ktime_get();
	for_each_online_cpu(cpu) {
		task = kthread_create(hammer, (void *)(unsigned long)cpu,
				      "hammer/%u", cpu);
		if (IS_ERR(task))
			continue;
		kthread_bind(task, cpu);
		atomic_inc(&hammers_running);
		wake_up_process(task);
	}
	if (atomic_dec_and_test(&hammers_running))
		complete(&hammers_done);
	wait_for_completion(&hammers_done);
	pr_info("mmiotap_hammer: %u rounds on %u processors in %lld us, %d wrong\n",
		rounds, num_online_cpus(), ktime_us_delta(ktime_get(), began),
		atomic_read(&wrong));
	return atomic_read(&wrong) ? -EIO : 0;
}

static const struct kernel_param_ops hammer_run_ops = { .set = hammer_run_set };
module_param_cb(run, &hammer_run_ops, NULL, 0200);

static int copy(unsigned long to, unsigned long from, unsigned long count)
{
	__uaccess_begin();
	asm volatile("1: rep movsb\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+c" (count), "+S" (from), "+D" (to) : : "memory");
	__uaccess_end();
	return count ? -EFAULT : 0;
}

static int copy_set(const char *text, const struct kernel_param *kp)
{
	u8 bytes[64];
	unsigned long user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, 0);

	if (IS_ERR_VALUE(user))
		return user;
	if (copy_from_user(bytes, (void __user *)user, sizeof(bytes)) ||
	    copy(user, (unsigned long __force)memory_bar, sizeof(bytes)) ||
	    copy_from_user(bytes, (void __user *)user, sizeof(bytes)))
		return -EFAULT;
	return memcmp(bytes, (void __force *)memory_bar, sizeof(bytes)) ? -EIO : 0;
}

static const struct kernel_param_ops copy_ops = { .set = copy_set };
module_param_cb(copy, &copy_ops, NULL, 0200);

static void free_devices(void)
{
	if (edu_bar)
		iounmap(edu_bar);
	if (memory_bar)
		iounmap(memory_bar);
	pci_dev_put(edu);
	pci_dev_put(memory);
}

static int __init hammer_init(void)
{
	edu = pci_get_device(0x1234, 0x11e8, NULL);
	memory = pci_get_device(0x1af4, 0x1110, NULL);
	if (edu && memory && !pci_enable_device(edu) && !pci_enable_device(memory)) {
		edu_bar = pci_ioremap_bar(edu, 0);
		memory_bar = ioremap_cache(pci_resource_start(memory, 2), 4096);
	}
	if (edu_bar && memory_bar)
		return 0;
	free_devices();
	return -ENODEV;
}
module_init(hammer_init);

static void __exit hammer_exit(void)
{
	free_devices();
}
module_exit(hammer_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Accesses with known results from all processors");
