/* SPDX-License-Identifier: GPL-2.0-only */
/* What mprotect_fixup() is told, found in the registers at its entry. */
#ifndef WP_COMPAT_MPROTECT_H
#define WP_COMPAT_MPROTECT_H

#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/version.h>

static inline struct vm_area_struct *wp_mprotect_vma(const struct pt_regs *regs)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return (struct vm_area_struct *)regs->dx;
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
	return (struct vm_area_struct *)regs->si;
#else
	return (struct vm_area_struct *)regs->di;
#endif
}

static inline unsigned long wp_mprotect_flags(const struct pt_regs *regs)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	/* The seventh argument, above the return address. */
	return ((const unsigned long *)regs->sp)[1];
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
	return regs->r9;
#else
	return regs->r8;
#endif
}

#endif
