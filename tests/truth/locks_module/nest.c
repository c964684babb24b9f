// SPDX-License-Identifier: GPL-2.0-only
/*
 * A wait inside another one.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "kinds.h"
#include "log.h"
#include "nest.h"

/* A function between the two waits. */
static noinline long waitprof_locks_inner(unsigned int ms, struct locks_wait *wait)
{
	long left;

	wait_begin(wait);
	set_current_state(TASK_UNINTERRUPTIBLE);
	left = io_schedule_timeout(msecs_to_jiffies(ms));
	wait_end(wait, "timeout");
	return left;
}

/**
 * waitprof_locks_outer() - an I/O wait between two sleeps of its own
 * @lock: what a hook takes for the lock that is waited for
 * @inner_ms: length of the I/O wait
 * @own_ms: length of each sleep
 * @inner: log of the I/O wait
 *
 * Return: nothing of interest.
 */
noinline long waitprof_locks_outer(struct mutex *lock, unsigned int inner_ms, unsigned int own_ms,
				   struct locks_wait *inner)
{
	long left;

	schedule_timeout_uninterruptible(msecs_to_jiffies(own_ms));
	left = waitprof_locks_inner(inner_ms, inner);
	schedule_timeout_uninterruptible(msecs_to_jiffies(own_ms));
	return left;
}
EXPORT_SYMBOL_GPL(waitprof_locks_outer);

static noinline void outer_here(unsigned int inner_ms, unsigned int own_ms, struct locks_wait *wait,
				struct locks_wait *inner)
{
	wait_begin(wait);
	waitprof_locks_outer(&lock_sets[0].mutex, inner_ms, own_ms, inner);
	wait_end(wait, "wake");
}

static noinline void outer_there(unsigned int inner_ms, unsigned int own_ms,
				 struct locks_wait *wait, struct locks_wait *inner)
{
	wait_begin(wait);
	waitprof_locks_outer(&lock_sets[0].mutex, inner_ms, own_ms, inner);
	wait_end(wait, "wake");
	barrier();
}

/**
 * nest_outer() - log an I/O wait inside waitprof_locks_outer()
 * @inner_ms: length of the I/O wait
 * @own_ms: length of each sleep beside it
 * @site: which of two callers
 *
 * Return: 0 or -ENOSPC.
 */
noinline int nest_outer(unsigned int inner_ms, unsigned int own_ms, unsigned int site)
{
	struct locks_wait *wait, *inner;

	wait = wait_new("outer", site ? "there" : "here", (unsigned long)&lock_sets[0].mutex);
	inner = wait_new("inner", site ? "there" : "here", 0);
	if (!wait || !inner)
		return -ENOSPC;
	if (site)
		outer_there(inner_ms, own_ms, wait, inner);
	else
		outer_here(inner_ms, own_ms, wait, inner);
	return 0;
}
