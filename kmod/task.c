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

static bool task_passes(const struct wp_filter *filter, struct task_struct *task)
{
	/* Others of its flags may change meanwhile, this one does not. */
	return !(data_race(task->flags) & PF_KTHREAD) && wp_filter_task(filter, task);
}

static u32 collect(const struct wp_filter *filter, struct waitprof_task *tasks, u32 room)
{
	struct task_struct *process, *thread;
	u32 nr = 0;

	rcu_read_lock();
	for_each_process(process) {
		for_each_thread(process, thread) {
			if (!task_passes(filter, thread))
				continue;
			if (nr < room)
				tasks[nr] = (struct waitprof_task){
					thread->tgid, READ_ONCE(thread->pid)
				};
			nr++;
		}
	}
	rcu_read_unlock();
	return nr;
}

/**
 * wp_task_list() - the threads a filter takes, kernel threads left out
 * @filter: the filter
 * @tasks: set to an array for the caller to kvfree()
 * @nr: its size
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_task_list(const struct wp_filter *filter, struct waitprof_task **tasks, u32 *nr)
{
	u32 room = collect(filter, NULL, 0);

	/* Some for those that come meanwhile; later ones began in our sight. */
	room = min(room + room / 8 + 64, WP_TASKS_MAX);
	*tasks = kvmalloc_array(room, sizeof(**tasks), GFP_KERNEL);
	if (!*tasks)
		return -ENOMEM;
	*nr = min(collect(filter, *tasks, room), room);
	return 0;
}

static struct task_struct *task_find(u32 tid)
{
	return pid_task(find_pid_ns(tid, &init_pid_ns), PIDTYPE_PID);
}

static u64 started_ns(const struct task_struct *task)
{
	/* A thread that execs takes over when its leader began: either will do. */
	return data_race(READ_ONCE(task->start_time));
}

/**
 * wp_task_state() - the state of a thread that is in a wait
 * @filter: it must pass, too
 * @tid: thread id in the initial pid namespace
 * @begin_ns: when the wait began
 * @state: set to its TASK_* bits, 0 = running
 *
 * Context: process.
 * Return: false if the filter does not take it, or no such thread is old enough:
 * the one that began the wait died inside it.
 */
bool wp_task_state(const struct wp_filter *filter, u32 tid, u64 begin_ns, u64 *state)
{
	struct task_struct *task;
	bool found;

	rcu_read_lock();
	task = task_find(tid);
	found = task && started_ns(task) <= begin_ns && wp_filter_task(filter, task);
	*state = found ? wp_task_state_bits(task) : 0;
	rcu_read_unlock();
	return found;
}

/**
 * wp_task_passes() - does a filter take a thread, which may be gone?
 * @filter: the filter
 * @tgid: process
 * @tid: thread id in the initial pid namespace
 * @comm: its name
 * @seen_ns: when it was there
 *
 * Context: any.
 */
bool wp_task_passes(const struct wp_filter *filter, u32 tgid, u32 tid, const char *comm,
		    u64 seen_ns)
{
	struct task_struct *task;
	bool passes;

	rcu_read_lock();
	task = tid ? task_find(tid) : NULL;
	if (task && started_ns(task) <= seen_ns)
		passes = wp_filter_task(filter, task);
	else
		passes = wp_filter_ended(filter, tgid, tid, comm);
	rcu_read_unlock();
	return passes;
}

/**
 * wp_task_asleep() - is a thread asleep outside every open wait?
 * @filter: it must pass, too
 * @tid: thread id in the initial pid namespace
 * @row: filled in, but for times nothing is known of the wait
 *
 * Context: process.
 * Return: true if so.
 */
bool wp_task_asleep(const struct wp_filter *filter, u32 tid, struct waitprof_open *row)
{
	struct task_struct *task;
	bool asleep = false;
	u32 pos;
	s64 age;

	memset(row, 0, sizeof(*row));
	rcu_read_lock();
	task = task_find(tid);
	if (!task || !task_passes(filter, task))
		goto out;
	row->state = wp_task_state_bits(task);
	if (!(row->state & (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)) ||
	    wp_open_map_find(tid, &pos))
		goto out;
	/* Of one that wakes up this moment the age is about 0. */
	age = (s64)(local_clock() - data_race(READ_ONCE(task->se.exec_start)));
	row->since_ns = age > 0 ? age : 0;
	row->tid = READ_ONCE(task->pid);
	row->tgid = task->tgid;
	row->flags = WAITPROF_WAIT_F_INFERRED;
	/* It may be changed meanwhile: any mix of names will do. */
	data_race(strscpy_pad(row->comm, task->comm, sizeof(row->comm)));
	asleep = true;
out:
	rcu_read_unlock();
	return asleep;
}
