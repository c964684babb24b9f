// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutex waits: the slow path that lock, interruptible, killable and io share,
 * and that of wait/wound mutexes.
 *
 * On RT a mutex is an rt_mutex, so the common slow path of those is hooked. Waits
 * for an rt_mutex, or for the one inside an rwsem, pass it as well and are told
 * apart by who called it; PI futexes, which have a point of their own, by their
 * system call.
 * Where the compiler left only the inner path (6.1) the lock's raw lock is held
 * while stacks are taken.
 */
#include <linux/kconfig.h>
#include <linux/mutex.h>
#include <linux/ptrace.h>

#include "lock_caller.h"
#include "point.h"

#ifdef CONFIG_PREEMPT_RT
static const struct wp_symbol mutex_symbols[] = {
	/* First the one that is entered without the lock's own raw lock. */
	{ "rt_mutex_slowlock" },
	{ "rt_mutex_slowlock_locked" },
	{ "rt_mutex_slowlock_block" },
	{}
};

/* Not a slow path: it is entered for every lock. */
static const struct wp_symbol ww_mutex_symbols[] = {
	{ "__ww_rt_mutex_lock.constprop.0" },
	{ "__ww_rt_mutex_lock" },
	{}
};
#else
static const struct wp_symbol mutex_symbols[] = {
	{ "__mutex_lock.constprop.0" },
	{ "__mutex_lock" },
	{ "__mutex_lock_slowpath" },
	{}
};

static const struct wp_symbol ww_mutex_symbols[] = {
	{ "__ww_mutex_lock.constprop.0" },
	{ "__ww_mutex_lock" },
	{}
};
#endif

static bool mutex_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT) &&
	    (wp_point_in_pi_futex() || wp_lock_caller_entry(regs) != WP_LOCK_MUTEX))
		return false;
	args->object = regs->di;
	args->object_type = WAITPROF_OBJECT_KADDR;
	args->arg[0] = regs->di;
	/* A kernel with lock debugging takes every lock by its slow path. */
	return wp_owner_mutex(&args->owner, regs->di) || !IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC);
}

static bool ww_mutex_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	return mutex_begin(args, regs, variant) &&
	       (args->owner.tid || !IS_ENABLED(CONFIG_PREEMPT_RT));
}

const struct wp_point_desc wp_point_mutex[] = {
	{
		.name = "mutex_lock",
		.contention = WP_CONTENTION_MUTEX,
		.class_id = WAITPROF_CLASS_MUTEX,
		.limit = WP_POINT_LIMIT,
		.symbols = mutex_symbols,
		.begin = mutex_begin,
		.end = wp_point_end_result,
		.owner = wp_owner_mutex,
	}, {
		.name = "ww_mutex_lock",
		.contention = WP_CONTENTION_MUTEX,
		.class_id = WAITPROF_CLASS_MUTEX,
		.limit = WP_POINT_LIMIT_SMALL,
		.symbols = ww_mutex_symbols,
		.begin = ww_mutex_begin,
		.end = wp_point_end_result,
		.owner = wp_owner_mutex,
	},
	{}
};
