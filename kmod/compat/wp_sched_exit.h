/* SPDX-License-Identifier: GPL-2.0-only */
/* What probes of the tracepoint sched_process_exit are told. */
#ifndef WP_COMPAT_SCHED_EXIT_H
#define WP_COMPAT_SCHED_EXIT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define WP_SCHED_EXIT_ARGS	struct task_struct *task, bool group_dead
#else
#define WP_SCHED_EXIT_ARGS	struct task_struct *task
#endif

#endif
