// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exercises for edu, QEMU's device for teaching (docs/specs/edu.txt there). Each does the same accesses whenever it
 * is run, apart from how often a poll asks. They are done while the module loads, named by its parameter:
 *
 *	basics		identification, the inverting scratch register, interrupts raised and acknowledged
 *	factorial	numbers whose factorial takes longer and longer, the status polled until it is there
 *	dma		a buffer copied to the device and back, the command polled with pauses
 *	load		the identification read `times` times; other processes may run after every `yield_every` of them
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>

#define EDU_ID		0x00	/* 0xMMmm00ed: version and "edu" */
#define EDU_INVERT	0x04	/* gives back the complement of what was written */
#define EDU_FACTORIAL	0x08	/* a number is written, its factorial modulo 2^32 is read */
#define EDU_STATUS	0x20
#define EDU_COMPUTING	BIT(0)
#define EDU_SIGNAL	BIT(7)	/* an interrupt when the factorial is there */
#define EDU_IRQ_STATUS	0x24
#define EDU_IRQ_RAISE	0x60
#define EDU_IRQ_ACK	0x64
#define EDU_DMA_FROM	0x80
#define EDU_DMA_TO	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_COMMAND	0x98
#define EDU_DMA_START	BIT(0)
#define EDU_DMA_TO_RAM	BIT(1)
#define EDU_BUFFER	0x40000	/* the device's own memory, as its DMA addresses it */
#define EDU_BUFFER_SIZE	4096

static char *exercise = "basics";
module_param(exercise, charp, 0444);
static unsigned int times = 1000;
module_param(times, uint, 0444);
static unsigned int yield_every;
module_param(yield_every, uint, 0444);

struct edu {
	struct pci_dev *pci;
	void __iomem *bar;
	struct completion interrupted;
};

static irqreturn_t edu_interrupt(int irq, void *data)
{
	struct edu *edu = data;
	u32 cause = readl(edu->bar + EDU_IRQ_STATUS);

	if (!cause)
		return IRQ_NONE;
	writel(cause, edu->bar + EDU_IRQ_ACK);
	complete(&edu->interrupted);
	return IRQ_HANDLED;
}

static int edu_await_interrupt(struct edu *edu)
{
	return wait_for_completion_timeout(&edu->interrupted, HZ) ? 0 : -ETIMEDOUT;
}

static int edu_basics(struct edu *edu)
{
	static const u32 patterns[] = { 0, 1, 0x12345678, 0x80000000, 0xffffffff };
	int i, error;

	if ((readl(edu->bar + EDU_ID) & 0xff) != 0xed)
		return -ENODEV;
	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		writel(patterns[i], edu->bar + EDU_INVERT);
		if (readl(edu->bar + EDU_INVERT) != ~patterns[i])
			return -EIO;
	}
	for (i = 0; i < 8; i++) {
		writel(BIT(i), edu->bar + EDU_IRQ_RAISE);
		error = edu_await_interrupt(edu);
		if (error)
			return error;
		if (readl(edu->bar + EDU_IRQ_STATUS))
			return -EIO;
	}
	return 0;
}

static int edu_factorial(struct edu *edu)
{
	/* Of 34 and more the factorial is 0 modulo 2^32. */
	static const struct { u32 number, factorial; } tasks[] = {
		{ 5, 120 }, { 10, 3628800 }, { 12, 479001600 }, { 1000, 0 }, { 1000000, 0 }, { 3000000, 0 }, { 9000000, 0 },
	};
	int i, asked, error;

	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		writel(tasks[i].number, edu->bar + EDU_FACTORIAL);
		for (asked = 0; readl(edu->bar + EDU_STATUS) & EDU_COMPUTING; asked++)
			if (asked > 1000000)
				return -ETIMEDOUT;
		if (readl(edu->bar + EDU_FACTORIAL) != tasks[i].factorial)
			return -EIO;
	}
	/* The same, told by an interrupt. */
	writel(EDU_SIGNAL, edu->bar + EDU_STATUS);
	writel(10, edu->bar + EDU_FACTORIAL);
	error = edu_await_interrupt(edu);
	writel(0, edu->bar + EDU_STATUS);
	if (!error && readl(edu->bar + EDU_FACTORIAL) != 3628800)
		error = -EIO;
	return error;
}

static int edu_copy(struct edu *edu, u64 from, u64 to, u32 command)
{
	int asked;

	writeq(from, edu->bar + EDU_DMA_FROM);
	writeq(to, edu->bar + EDU_DMA_TO);
	writeq(EDU_BUFFER_SIZE / 2, edu->bar + EDU_DMA_COUNT);
	writeq(command | EDU_DMA_START, edu->bar + EDU_DMA_COMMAND);
	for (asked = 0; readq(edu->bar + EDU_DMA_COMMAND) & EDU_DMA_START; asked++) {
		if (asked > 1000)
			return -ETIMEDOUT;
		usleep_range(2000, 3000);
	}
	return 0;
}

static int edu_dma(struct edu *edu)
{
	dma_addr_t address;
	u32 half = EDU_BUFFER_SIZE / 2;
	u8 *buffer = dma_alloc_coherent(&edu->pci->dev, EDU_BUFFER_SIZE, &address, GFP_KERNEL);
	int error;

	if (!buffer)
		return -ENOMEM;
	memset(buffer, 0x5a, half);
	memset(buffer + half, 0, half);
	error = edu_copy(edu, address, EDU_BUFFER, 0);
	if (!error)
		error = edu_copy(edu, EDU_BUFFER, address + half, EDU_DMA_TO_RAM);
	if (!error && memcmp(buffer, buffer + half, half))
		error = -EIO;
	dma_free_coherent(&edu->pci->dev, EDU_BUFFER_SIZE, buffer, address);
	return error;
}

static int edu_load(struct edu *edu)
{
	ktime_t start = ktime_get();
	unsigned int i;

	for (i = 0; i < times; i++) {
		readl(edu->bar + EDU_ID);
		if (yield_every && i % yield_every == 0)
			cond_resched();
	}
	pr_info("edu_exercise: %u reads in %lld us\n", times, ktime_us_delta(ktime_get(), start));
	return 0;
}

static int edu_run(struct edu *edu)
{
	if (!strcmp(exercise, "basics"))
		return edu_basics(edu);
	if (!strcmp(exercise, "factorial"))
		return edu_factorial(edu);
	if (!strcmp(exercise, "dma"))
		return edu_dma(edu);
	if (!strcmp(exercise, "load"))
		return edu_load(edu);
	return -EINVAL;
}

static int edu_use(struct pci_dev *pci)
{
	struct edu edu = { .pci = pci };
	int error;

	init_completion(&edu.interrupted);
	error = pci_enable_device(pci);
	if (error)
		return error;
	pci_set_master(pci);
	error = dma_set_mask_and_coherent(&pci->dev, DMA_BIT_MASK(28));
	if (error)
		goto disable;
	error = -ENOMEM;
	edu.bar = pci_iomap(pci, 0, 0);
	if (!edu.bar)
		goto disable;
	error = pci_alloc_irq_vectors(pci, 1, 1, PCI_IRQ_MSI);
	if (error < 0)
		goto unmap;
	error = request_irq(pci_irq_vector(pci, 0), edu_interrupt, 0, "edu_exercise", &edu);
	if (!error) {
		error = edu_run(&edu);
		free_irq(pci_irq_vector(pci, 0), &edu);
	}
	pci_free_irq_vectors(pci);
unmap:
	pci_iounmap(pci, edu.bar);
disable:
	pci_disable_device(pci);
	return error;
}

/* Not a driver that stays: whoever loads the module wants to know whether the exercise succeeded. */
static int __init edu_init(void)
{
	struct pci_dev *pci = pci_get_device(0x1234, 0x11e8, NULL);
	int error;

	if (!pci)
		return -ENODEV;
	error = edu_use(pci);
	pci_dev_put(pci);
	return error;
}
module_init(edu_init);

static void __exit edu_exit(void)
{
}
module_exit(edu_exit);

MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("Exercises for QEMU's edu device, to be traced");
