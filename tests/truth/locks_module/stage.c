// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holders and waiters: they meet by flags and timers, never in another lock.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

#include "kinds.h"
#include "log.h"
#include "stage.h"

#define PATIENCE_MS 20000
#define GATE_MS	    100000 /* the kernel complains of who is blocked for 120 s */

/* A waiter, on its own stack. */
struct locks_waiter {
	struct list_head link;
	struct task_struct *task;
	bool signalled;
};

/* Raw, so that on RT it is no lock that waitprof could see. */
static DEFINE_RAW_SPINLOCK(stage_lock);
static int gate_shut;

/* Sleep until a value lies in a range; it is no wait of any class. */
static int await_for(const int *value, int low, int high, unsigned int ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(ms);

	while (READ_ONCE(*value) < low || READ_ONCE(*value) > high) {
		if (signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, deadline))
			return -ETIMEDOUT;
		usleep_range(1000, 2000);
	}
	return 0;
}

static int await(const int *value, int low, int high)
{
	return await_for(value, low, high, PATIENCE_MS);
}

static void count(int *value, int change)
{
	raw_spin_lock(&stage_lock);
	*value += change;
	raw_spin_unlock(&stage_lock);
}

/* A waiter that has not had its signal yet, with a reference. */
static struct task_struct *next_waiter(struct lock_stage *stage)
{
	struct task_struct *task = NULL;
	struct locks_waiter *waiter;

	raw_spin_lock(&stage_lock);
	list_for_each_entry(waiter, &stage->waiters, link) {
		if (waiter->signalled)
			continue;
		waiter->signalled = true;
		task = waiter->task;
		get_task_struct(task);
		break;
	}
	raw_spin_unlock(&stage_lock);
	return task;
}

/* Whoever waits for this task's lock sees its owner running all the time. */
static int await_busy(const int *value, int low, unsigned int ms)
{
	u64 end_ns, patience_ns = ktime_get_mono_fast_ns() + PATIENCE_MS * NSEC_PER_MSEC;

	while (READ_ONCE(*value) < low) {
		if (signal_pending(current))
			return -EINTR;
		if (ktime_get_mono_fast_ns() > patience_ns)
			return -ETIMEDOUT;
		cond_resched();
		cpu_relax();
	}
	end_ns = ktime_get_mono_fast_ns() + ms * NSEC_PER_MSEC;
	while (ktime_get_mono_fast_ns() < end_ns)
		cpu_relax();
	return 0;
}

/**
 * stage_gate() - whether holders keep their locks although it is time
 * @shut: they do
 */
void stage_gate(bool shut)
{
	WRITE_ONCE(gate_shut, shut);
}

/**
 * stage_hold() - take a lock, let waiters come, end their waits
 * @kind: of the lock
 * @op: the way to take it
 * @nr: waiters to wait for
 * @ms: time to pass when all have come
 * @end: 0 release; a signal to send them; -1 leave them to their timeouts
 * @busy_ms: not 0: keep the CPU until they have come and so long
 *
 * Return: 0, or why not.
 */
int stage_hold(struct lock_kind *kind, const struct lock_op *op, unsigned int nr, unsigned int ms,
	       int end, unsigned int busy_ms)
{
	struct lock_stage *stage = &kind->stage;
	struct task_struct *task;
	int ret;

	WRITE_ONCE(stage->ended_ns, 0);
	ret = op->lock(&lock_sets[0], PATIENCE_MS);
	if (ret)
		return ret;
	WRITE_ONCE(stage->holder_tid, current->pid);
	if (busy_ms)
		ret = await_busy(&stage->nr_waiters, nr, busy_ms);
	else
		ret = await(&stage->nr_waiters, nr, INT_MAX);
	WRITE_ONCE(stage->asleep_ns, busy_ms ? ktime_get_mono_fast_ns() : 0);
	if (!ret)
		msleep(ms);
	if (!ret)
		ret = await_for(&gate_shut, 0, 0, GATE_MS);
	WRITE_ONCE(stage->holder_tid, 0);
	WRITE_ONCE(stage->ended_ns, ktime_get_mono_fast_ns());
	while (end > 0 && (task = next_waiter(stage)) != NULL) {
		send_sig(end, task, 0);
		put_task_struct(task);
	}
	if (!ret && end)
		ret = await(&stage->nr_waiters, 0, 0);
	op->unlock(&lock_sets[0]);
	return ret ? ret : await(&stage->nr_waiters, 0, 0);
}

/* Not inlined: one frame that all waits have in common. */
static noinline int take_once(struct locks_wait *wait, const struct lock_op *op,
			      struct lock_set *set, unsigned int ms)
{
	int ret;

	wait_begin(wait);
	ret = op->lock(set, ms);
	wait_end(wait, ended_by(ret));
	if (!ret)
		op->unlock(set);
	return ret;
}

/**
 * stage_take() - wait for a holder, then for its lock
 * @kind: of the lock
 * @op: the way to take it
 * @ms: for those with a timeout
 *
 * Return: 0, or why there was no wait.
 */
int stage_take(struct lock_kind *kind, const struct lock_op *op, unsigned int ms)
{
	struct locks_waiter waiter = { .task = current };
	struct lock_stage *stage = &kind->stage;
	struct locks_wait *wait;
	int ret;

	ret = await(&stage->holder_tid, 1, INT_MAX);
	if (ret)
		return ret;
	wait = wait_new(kind->name, op->name, (unsigned long)&lock_sets[0] + kind->offset);
	if (!wait)
		return -ENOSPC;
	wait->owner_tid = READ_ONCE(stage->holder_tid);
	raw_spin_lock(&stage_lock);
	list_add_tail(&waiter.link, &stage->waiters);
	stage->nr_waiters++;
	raw_spin_unlock(&stage_lock);
	ret = take_once(wait, op, &lock_sets[0], ms);
	wait->waker_ns = ret == -ETIME ? wait->begin_ns + ms * NSEC_PER_MSEC :
					 READ_ONCE(stage->ended_ns);
	wait->asleep_ns = READ_ONCE(stage->asleep_ns);
	raw_spin_lock(&stage_lock);
	list_del(&waiter.link);
	stage->nr_waiters--;
	raw_spin_unlock(&stage_lock);
	return 0;
}

/**
 * stage_cross() - one side of a deadlock
 * @kind: of the locks
 * @op: the way to take them
 * @first: the lock to hold
 *
 * Return: 0, or why not.
 */
int stage_cross(struct lock_kind *kind, const struct lock_op *op, unsigned int first)
{
	struct lock_set *mine = &lock_sets[first], *other = &lock_sets[!first];
	struct locks_wait *wait;
	int ret;

	wait = wait_new(kind->name, op->name, (unsigned long)other + kind->offset);
	if (!wait)
		return -ENOSPC;
	ret = op->lock(mine, PATIENCE_MS);
	if (ret)
		return ret;
	count(&kind->stage.crossed, 1);
	ret = await(&kind->stage.crossed, NR_SETS, NR_SETS);
	if (!ret)
		ret = take_once(wait, op, other, PATIENCE_MS);
	op->unlock(mine);
	count(&kind->stage.crossed, -1);
	return ret;
}
