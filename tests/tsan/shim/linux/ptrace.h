/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_PTRACE_H
#define SHIM_LINUX_PTRACE_H

/* What of a task's registers is asked for. */
struct pt_regs {
	unsigned long orig_ax;
};

#endif
