/* SPDX-License-Identifier: GPL-2.0-only */
/* What a function's entry leaves of the registers for a callback of ftrace. */
#ifndef WP_COMPAT_FTRACE_H
#define WP_COMPAT_FTRACE_H

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/version.h>
#ifdef CONFIG_KMSAN
#include <linux/kmsan-checks.h>
#endif

/* The last argument of a callback; how to give back the filter of an ops. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define wp_ftrace_arg	ftrace_regs
#define wp_ftrace_free_filter(ops)	ftrace_free_filter(ops)
#else
#define wp_ftrace_arg	pt_regs

/* ftrace_free_filter() is not exported. This takes memory, for a moment. */
static inline void wp_ftrace_free_filter(struct ftrace_ops *ops)
{
	while (ftrace_set_filter(ops, NULL, 0, 1) == -ENOMEM)
		msleep(20);
}
#endif

/*
 * Without saving all registers: ip, sp, bp and the arguments are there. That is so
 * on x86 from 5.11 on; before, a callback has no registers unless all are saved,
 * which costs as much as a kprobe.
 */
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#define WP_FTRACE_HAS_ARGS	1

static __always_inline struct pt_regs *wp_ftrace_regs(struct ftrace_regs *fregs)
{
#ifdef arch_ftrace_regs
	return &arch_ftrace_regs(fregs)->regs;
#else
	return &fregs->regs;
#endif
}

/*
 * Of a callback: assembler calls it, which passes arguments and has saved registers that
 * KMSAN (tests/torture/50-kmsan) would take for memory that nobody has written.
 */
#ifdef CONFIG_KMSAN
#define __wp_ftrace_callback	__no_kmsan_checks

static __always_inline void wp_ftrace_known(struct ftrace_regs *fregs)
{
	kmsan_unpoison_memory(wp_ftrace_regs(fregs), sizeof(struct pt_regs));
}
#else
#define __wp_ftrace_callback

static __always_inline void wp_ftrace_known(struct ftrace_regs *fregs)
{
}
#endif
#endif

#endif
