// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for an rt_mutex. PI futexes are built on one but have a point of their
 * own, so their system call is left out here. On RT kernels mutexes pass the same
 * code: who called it tells which of the two was to be locked.
 */
#include <linux/kconfig.h>
#include <linux/ptrace.h>
#include <linux/rtmutex.h>

#include "lock_caller.h"
#include "point.h"

static const struct wp_symbol rtmutex_symbols[] = {
	/* First the one that is entered without the lock's own raw lock. */
	{ "rt_mutex_slowlock" },
	{ "rt_mutex_slowlock_locked" },
	{ "rt_mutex_slowlock_block" },
	{}
};

static bool rtmutex_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	if (wp_point_in_pi_futex())
		return false;
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && wp_lock_caller_entry(regs) != WP_LOCK_RTMUTEX)
		return false;
	args->object = regs->di;
	args->object_type = WAITPROF_OBJECT_KADDR;
	args->arg[0] = regs->di;
	/* A kernel with lock debugging takes every lock by its slow path. */
	return wp_owner_rtmutex(&args->owner, regs->di) ||
	       !IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC);
}

const struct wp_point_desc wp_point_rtmutex[] = {
	{
		.name = "rt_mutex_lock",
		.contention = WP_CONTENTION_RTMUTEX,
		.class_id = WAITPROF_CLASS_RTMUTEX,
		.limit = WP_POINT_LIMIT_SMALL,
		.symbols = rtmutex_symbols,
		.begin = rtmutex_begin,
		.end = wp_point_end_result,
		.owner = wp_owner_rtmutex,
	},
	{}
};
