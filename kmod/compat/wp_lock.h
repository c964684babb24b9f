/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a lock that a slow path got as its first argument keeps its owner. */
#ifndef WP_COMPAT_LOCK_H
#define WP_COMPAT_LOCK_H

#include <linux/mutex.h>
#include <linux/rtmutex.h>
#include <linux/rwsem.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0)
#define wp_rtmutex_owner_word(lock) (&((struct rt_mutex_base *)(lock))->owner)
#define wp_rwsem_of_rt rwbase_rt
#else
#define wp_rwsem_of_rt rw_semaphore
#define wp_rtmutex_owner_word(lock) (&((struct rt_mutex *)(lock))->owner)
#endif

#ifdef CONFIG_PREEMPT_RT
/* A mutex is an rt_mutex, an rwsem a counter of readers with one inside. */
#define WP_MUTEX_OWNER_FLAGS	1UL
#define wp_mutex_owner_word(lock) wp_rtmutex_owner_word(lock)
#define WP_RWSEM_OWNER_FLAGS	1UL
#define WP_RWSEM_READER		0UL
#define WP_RWSEM_RTMUTEX_OFFSET	offsetof(struct wp_rwsem_of_rt, rtmutex)
#define wp_rwsem_owner_word(lock) wp_rtmutex_owner_word(&((struct wp_rwsem_of_rt *)(lock))->rtmutex)
#else
/* struct mutex: waiters, handoff, pickup. */
#define WP_MUTEX_OWNER_FLAGS	7UL
#define wp_mutex_owner_word(lock) (&((struct mutex *)(lock))->owner)
/* struct rw_semaphore: reader-owned, not to be spun on. */
#define WP_RWSEM_OWNER_FLAGS	7UL
#define WP_RWSEM_READER		1UL
#define wp_rwsem_owner_word(lock) (&((struct rw_semaphore *)(lock))->owner)
#endif

#endif
