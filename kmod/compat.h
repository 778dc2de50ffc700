/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel must have, and the differences between kernels. */
#ifndef MMIOTAP_COMPAT_H
#define MMIOTAP_COMPAT_H

#include <linux/ftrace.h>
#include <linux/io.h>
#include <linux/version.h>
#include <asm/pgtable.h>

/* The same is in dkms.conf, so that dkms does not try. */
#ifndef CONFIG_X86_64
#error "mmiotap is for x86-64"
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "mmiotap is written for Linux 6.1 and later"
#endif
#ifndef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#error "mmiotap needs CONFIG_DYNAMIC_FTRACE_WITH_ARGS: its hooks are set by ftrace"
#endif
#ifndef CONFIG_EVENT_TRACING
#error "mmiotap needs CONFIG_EVENT_TRACING: it records trace events"
#endif
#ifndef CONFIG_DEBUG_FS
#error "mmiotap needs CONFIG_DEBUG_FS: it is controlled by files there"
#endif
#ifndef CONFIG_PCI
#error "mmiotap needs CONFIG_PCI: its targets are PCI devices"
#endif

/* 6.2 gave ftrace_regs accessors, 6.13 made it opaque. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define tap_hook_argument(fregs, n)	ftrace_regs_get_argument(fregs, n)
#define tap_hook_redirect(fregs, to) \
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)(to))
#else
#define tap_hook_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#define tap_hook_redirect(fregs, to) \
	ftrace_instruction_pointer_set(fregs, (unsigned long)(to))
#endif

/* 6.16 passes the protection in its own type. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define tap_ioremap_prot(phys, size, prot)	ioremap_prot(phys, size, prot)
typedef pgprot_t tap_prot_t;
#else
#define tap_ioremap_prot(phys, size, prot) \
	ioremap_prot(phys, size, pgprot_val(prot))
typedef unsigned long tap_prot_t;
#endif

#endif
