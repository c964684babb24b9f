/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a lock that a slow path got as its first argument keeps its owner. */
#ifndef WP_COMPAT_LOCK_H
#define WP_COMPAT_LOCK_H

#include <linux/mutex.h>
#include <linux/rtmutex.h>
#include <linux/version.h>

#ifdef CONFIG_PREEMPT_RT
/* A mutex is an rt_mutex there: bit 0 says it has waiters. */
#define WP_LOCK_OWNER_FLAGS	1UL
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0)
#define wp_lock_owner_word(lock) (&((struct rt_mutex_base *)(lock))->owner)
#else
#define wp_lock_owner_word(lock) (&((struct rt_mutex *)(lock))->owner)
#endif
#else
/* struct mutex: waiters, handoff, pickup. */
#define WP_LOCK_OWNER_FLAGS	7UL
#define wp_lock_owner_word(lock) (&((struct mutex *)(lock))->owner)
#endif

#endif
