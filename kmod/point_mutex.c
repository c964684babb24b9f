// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutex waits: the slow path that lock, interruptible, killable and io share.
 * On RT a mutex is an rt_mutex, so the common slow path of those is hooked; where
 * the compiler left only the inner one (5.10, 6.1), PI futexes pass it as well
 * and the lock's raw lock is held while stacks are taken.
 */
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>

#include "point.h"

static const struct wp_symbol mutex_symbols[] = {
#ifdef CONFIG_PREEMPT_RT
	/* First the one that is entered without the lock's own raw lock. */
	{ "rt_mutex_slowlock" },
	{ "rt_mutex_slowlock_block" },
	{ "rt_mutex_slowlock_locked" },
#else
	{ "__mutex_lock" },
	{ "__mutex_lock_slowpath" },
#endif
	{}
};

static bool mutex_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	args->object = regs->di;
	args->object_type = WAITPROF_OBJECT_KADDR;
	/* A kernel with lock debugging takes every lock by its slow path. */
	return wp_owner_mutex(&args->owner, regs->di) || !IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC);
}

static u32 mutex_end(const struct wp_open *wait, unsigned long return_value)
{
	/* Only where PI futexes share the slow path, on some RT kernels. */
	if ((int)return_value == -ETIMEDOUT)
		return WAITPROF_END_TIMEOUT;
	if ((int)return_value != -EINTR)
		return WAITPROF_END_WAKE;
	return fatal_signal_pending(current) ? WAITPROF_END_KILL : WAITPROF_END_SIGNAL;
}

const struct wp_point_desc wp_point_mutex = {
	.name = "mutex_lock",
	.class_id = WAITPROF_CLASS_MUTEX,
	.limit = WP_POINT_LIMIT,
	.symbols = mutex_symbols,
	.begin = mutex_begin,
	.end = mutex_end,
};
