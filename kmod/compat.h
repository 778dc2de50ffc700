/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences between kernels, all of them in one place. */
#ifndef MMIOTAP_COMPAT_H
#define MMIOTAP_COMPAT_H

#include <linux/ftrace.h>
#include <linux/io.h>
#include <linux/version.h>
#include <asm/pgtable.h>

#ifndef CONFIG_X86_64
#error "mmiotap is for x86-64"
#endif
#ifndef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
#error "mmiotap needs CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS (5.11 or later)"
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "mmiotap is written for Linux 6.1 and later"
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
