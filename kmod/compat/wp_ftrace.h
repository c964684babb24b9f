/* SPDX-License-Identifier: GPL-2.0-only */
/* What a function's entry leaves of the registers for a callback of ftrace. */
#ifndef WP_COMPAT_FTRACE_H
#define WP_COMPAT_FTRACE_H

#include <linux/ftrace.h>

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
#endif

#endif
