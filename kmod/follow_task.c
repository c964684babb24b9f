// SPDX-License-Identifier: GPL-2.0-only
/*
 * Following: what the tasks of a filter start is in the session's set, too.
 *
 * A process started by a followed process is followed, and so are its threads. A
 * thread or a process started by a followed thread is followed. The set begins
 * with the tasks that the filter names and takes the place of their numbers.
 *
 * Three tracepoints feed it while a session follows. sched_process_fork comes
 * before a new task runs for the first time, so none of its waits is missed.
 * sched_process_exit tells that a task ends; what it waits for on its way out is
 * still its own. sched_process_free comes a grace period after a task has been
 * reaped and has left its CPU for good, and takes it out of the set. A process is
 * gone with its leader, which is reaped last (a thread that execs becomes the
 * leader and shares its signal_struct).
 *
 * What runs already when a session begins is found by going through all
 * processes, once the tracepoints and the session are live. A process whose
 * parent is in the set is added; parents come before their children in the list,
 * and it is gone through again until nothing is new. No child slips between: a
 * fork first makes the child visible, then looks for the parent in the set; the
 * walk first adds the parent, then goes on looking for children. Each has a full
 * barrier between, so at least one of them sees the other. Who lost its parent
 * before the session began is nobody's child, and a thread's creator is not kept.
 *
 * The probes run with interrupts off, which makes them RCU readers. Work is
 * bounded by the number of sessions and by WP_FOLLOW_SPILL.
 */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/tracepoint.h>
#include <trace/events/sched.h>

#include "cost.h"
#include "follow.h"
#include "follow_task.h"
#include "session.h"
#include "tracepoint.h"
#include "wp_sched_exit.h"

#define WP_WALKS_MAX	16

static u32 nr_armed;

/* A session that follows and has not been stopped, or NULL. */
static struct wp_session *follower(u32 index)
{
	struct wp_session *session = rcu_dereference_sched(wp_sessions[index]);

	return session && READ_ONCE(session->armed) & WP_ARMED_FOLLOW ? session : NULL;
}

static void follow_child(struct wp_follow *set, const struct task_struct *parent,
			 const struct task_struct *child)
{
	bool thread = child->signal == parent->signal;
	const void *key = child->signal;

	if (wp_follow_has(set, parent->signal)) {
		if (thread)
			return;
	} else {
		if (!set->threads || !wp_follow_has(set, parent))
			return;
		if (thread)
			key = child;
	}
	if (!wp_follow_add(set, key))
		atomic64_inc(&set->full);
}

static __always_inline void take_child(const struct task_struct *parent,
				       const struct task_struct *child)
{
	unsigned long flags;
	u32 i;

	local_irq_save(flags);
	smp_mb(); /* the child visible, then the look-up; pairs with add_children() */
	wp_cost_mark();
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = follower(i);

		if (!session)
			continue;
		follow_child(session->filter.follow, parent, child);
		wp_cost_lap(session);
	}
	local_irq_restore(flags);
}

static void on_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	bool timed = wp_cost_begin_if_due(WAITPROF_HANDLER_TASK, WP_ARMED_FOLLOW);

	take_child(parent, child);
	wp_cost_end_if(timed);
}

static __always_inline void mark_ended(const struct task_struct *task)
{
	bool last = !atomic_read(&task->signal->live);
	unsigned long flags;
	u32 i;

	local_irq_save(flags);
	wp_cost_mark();
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = follower(i);

		if (!session)
			continue;
		if (last)
			wp_follow_end(session->filter.follow, task->signal);
		if (session->filter.follow->threads)
			wp_follow_end(session->filter.follow, task);
		wp_cost_lap(session);
	}
	local_irq_restore(flags);
}

static void on_exit(void *data, WP_SCHED_EXIT_ARGS)
{
	bool timed = wp_cost_begin_if_due(WAITPROF_HANDLER_TASK, WP_ARMED_FOLLOW);

	mark_ended(task);
	wp_cost_end_if(timed);
}

static __always_inline void remove_freed(const struct task_struct *task)
{
	unsigned long flags;
	u32 i;

	local_irq_save(flags);
	wp_cost_mark();
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = follower(i);

		if (!session)
			continue;
		if (task->pid == task->tgid)
			wp_follow_remove(session->filter.follow, task->signal);
		if (session->filter.follow->threads)
			wp_follow_remove(session->filter.follow, task);
		wp_cost_lap(session);
	}
	local_irq_restore(flags);
}

static void on_free(void *data, struct task_struct *task)
{
	bool timed = wp_cost_begin_if_due(WAITPROF_HANDLER_TASK, WP_ARMED_FOLLOW);

	remove_freed(task);
	wp_cost_end_if(timed);
}

static struct {
	const char *name;
	void *probe;
	struct tracepoint *tp;
} points[] = {
	{ .name = "sched_process_fork", .probe = on_fork },
	{ .name = "sched_process_exit", .probe = on_exit },
	{ .name = "sched_process_free", .probe = on_free },
};

static void unregister(int nr)
{
	while (nr-- > 0)
		tracepoint_probe_unregister(points[nr].tp, points[nr].probe, NULL);
	tracepoint_synchronize_unregister();
}

/**
 * wp_follow_task_arm() - one more session follows
 *
 * Context: process, one at a time; may sleep.
 * Return: 0, or -errno: this kernel has no such tracepoint, or no memory.
 */
int wp_follow_task_arm(void)
{
	int i, ret;

	check_trace_callback_type_sched_process_fork(on_fork);
	check_trace_callback_type_sched_process_exit(on_exit);
	check_trace_callback_type_sched_process_free(on_free);
	if (nr_armed++)
		return 0;
	for (i = 0; i < ARRAY_SIZE(points); i++) {
		points[i].tp = wp_tracepoint_find(points[i].name);
		ret = points[i].tp ? tracepoint_probe_register(points[i].tp, points[i].probe,
							       NULL) : -ENOENT;
		if (ret)
			goto err_unregister;
	}
	return 0;

err_unregister:
	unregister(i);
	nr_armed--;
	return ret;
}

/**
 * wp_follow_task_disarm() - a session that followed is gone from wp_sessions
 *
 * When it returns for the last one, no probe runs any more.
 *
 * Context: process, one at a time; may sleep.
 */
void wp_follow_task_disarm(void)
{
	if (!--nr_armed)
		unregister(ARRAY_SIZE(points));
}

static void give(struct wp_follow *set, u32 not_tgid, u32 id, enum pid_type type)
{
	struct task_struct *task = pid_task(find_pid_ns(id, &init_pid_ns), type);

	if (!task || task->tgid == not_tgid)
		return;
	if (type == PIDTYPE_TGID)
		wp_follow_give(set, task->signal);
	else
		wp_follow_give(set, task);
}

/* Return: processes added; *refused is set to those there was no room for. */
static u32 add_children(struct wp_follow *set, u32 not_tgid, u32 *refused)
{
	struct task_struct *process;
	u32 nr = 0;

	*refused = 0;
	for_each_process(process) {
		const struct task_struct *parent = rcu_dereference(process->real_parent);

		if (process->tgid == not_tgid || wp_follow_has(set, process->signal))
			continue;
		if (!wp_follow_has(set, parent->signal) &&
		    !(set->threads && wp_follow_has(set, parent)))
			continue;
		if (!wp_follow_add(set, process->signal)) {
			(*refused)++;
			continue;
		}
		smp_mb(); /* added, then what follows; pairs with on_fork() and exit */
		if (!atomic_read(&process->signal->live))
			wp_follow_end(set, process->signal);
		nr++;
	}
	return nr;
}

/**
 * wp_follow_task_walk() - begin with the filter's tasks and their descendants
 * @filter: of a session that every probe sees
 *
 * An RCU reader throughout, so what is added has not been freed yet, and its
 * sched_process_free is still to come.
 *
 * Context: process.
 */
void wp_follow_task_walk(struct wp_filter *filter)
{
	u32 i, refused;

	rcu_read_lock();
	for (i = 0; i < filter->nr_tgids; i++)
		give(filter->follow, filter->not_tgid, filter->tgids[i], PIDTYPE_TGID);
	for (i = 0; i < filter->nr_tids; i++)
		give(filter->follow, filter->not_tgid, filter->tids[i], PIDTYPE_PID);
	smp_mb(); /* as in add_children() */
	for (i = 0; i < WP_WALKS_MAX; i++)
		if (!add_children(filter->follow, filter->not_tgid, &refused))
			break;
	atomic64_add(refused, &filter->follow->full);
	rcu_read_unlock();
}
