/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COMPAT_LINUX_SCHED_H
#define WP_COMPAT_LINUX_SCHED_H

#include_next <linux/sched.h>
#include <linux/version.h>

/* Only RT kernels from 5.15 on have tasks in this state. */
#ifndef TASK_RTLOCK_WAIT
#define TASK_RTLOCK_WAIT	0
#endif

static inline unsigned long wp_task_state_bits(const struct task_struct *task)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
	return READ_ONCE(task->__state);
#else
	return READ_ONCE(task->state);
#endif
}

/* On RT a task that waits for a spinlock keeps its other state meanwhile. */
static inline bool wp_task_waits_for_spinlock(const struct task_struct *task)
{
	return wp_task_state_bits(task) & TASK_RTLOCK_WAIT;
}

#endif
