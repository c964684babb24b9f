// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks that sleep without an open wait: they fell asleep before any probe was
 * armed, or in something that is no wait point. Since when is the age of the
 * last time the scheduler saw them run (se.exec_start), which holds for fair and
 * real-time tasks; it is read without the run queue's lock, for a task that does
 * not run.
 */
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "filter.h"
#include "open.h"
#include "task.h"

#define WP_TASKS_MAX	BIT(20)

static u32 collect(const struct wp_filter *filter, u32 *tids, u32 room)
{
	struct task_struct *process, *thread;
	u32 nr = 0;

	rcu_read_lock();
	for_each_process(process) {
		for_each_thread(process, thread) {
			if ((thread->flags & PF_KTHREAD) ||
			    !wp_filter_task(filter, thread->tgid, thread->pid))
				continue;
			if (nr < room)
				tids[nr] = thread->pid;
			nr++;
		}
	}
	rcu_read_unlock();
	return nr;
}

/**
 * wp_task_list() - the threads a filter takes, kernel threads left out
 * @filter: the filter
 * @tids: set to an array for the caller to kvfree()
 * @nr_tids: its size
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_task_list(const struct wp_filter *filter, u32 **tids, u32 *nr_tids)
{
	u32 room = collect(filter, NULL, 0);

	/* Some for those that come meanwhile; later ones began in our sight. */
	room = min(room + room / 8 + 64, WP_TASKS_MAX);
	*tids = kvmalloc_array(room, sizeof(u32), GFP_KERNEL);
	if (!*tids)
		return -ENOMEM;
	*nr_tids = min(collect(filter, *tids, room), room);
	return 0;
}

/**
 * wp_task_state() - what state a thread is in
 * @tid: thread id in the initial pid namespace
 *
 * Context: process.
 * Return: TASK_* bits, 0 = running or gone.
 */
u64 wp_task_state(u32 tid)
{
	struct task_struct *task;
	u64 state = 0;

	rcu_read_lock();
	task = pid_task(find_pid_ns(tid, &init_pid_ns), PIDTYPE_PID);
	if (task)
		state = READ_ONCE(task->__state);
	rcu_read_unlock();
	return state;
}

/**
 * wp_task_asleep() - is a thread asleep outside every open wait?
 * @tid: thread id in the initial pid namespace
 * @row: filled in, but for times nothing is known of the wait
 *
 * Context: process.
 * Return: true if so.
 */
bool wp_task_asleep(u32 tid, struct waitprof_open *row)
{
	struct task_struct *task;
	bool asleep = false;
	u32 pos;
	s64 age;

	memset(row, 0, sizeof(*row));
	rcu_read_lock();
	task = pid_task(find_pid_ns(tid, &init_pid_ns), PIDTYPE_PID);
	if (!task)
		goto out;
	row->state = READ_ONCE(task->__state);
	if (!(row->state & (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)) ||
	    wp_open_map_find(tid, &pos))
		goto out;
	age = (s64)(local_clock() - READ_ONCE(task->se.exec_start));
	row->since_ns = age > 0 ? age : 0;
	row->tid = task->pid;
	row->tgid = task->tgid;
	row->flags = WAITPROF_WAIT_F_INFERRED;
	strscpy_pad(row->comm, task->comm, sizeof(row->comm));
	asleep = true;
out:
	rcu_read_unlock();
	return asleep;
}
