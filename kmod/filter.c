// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter of a session, as far as it is known when a wait begins. A look-up
 * among ids is a binary search over at most WAITPROF_MAX_IDS words. A filter
 * never changes while its session lives, but for the set of tasks followed.
 */
#include <linux/cgroup.h>
#include <linux/glob.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "filter.h"
#include "follow.h"

#define WP_FILTER_LEVELS	64	/* from a cgroup down to its tasks, at most */

static int id_compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static bool id_in(const u32 *ids, u32 nr, u32 id)
{
	u32 low = 0, high = nr;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (ids[middle] == id)
			return true;
		if (ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/**
 * wp_filter_sort() - bring a filter into the form that look-ups need
 * @filter: filled in
 *
 * Context: process.
 */
void wp_filter_sort(struct wp_filter *filter)
{
	sort(filter->tgids, filter->nr_tgids, sizeof(u32), id_compare, NULL);
	sort(filter->tids, filter->nr_tids, sizeof(u32), id_compare, NULL);
	/* Whoever follows names tasks to begin with. */
	filter->any_task = !filter->nr_tgids && !filter->nr_tids && !filter->cgroup &&
			   !filter->comm_glob[0];
	filter->only_tgid = 0;
	if (filter->nr_tgids == 1 && !filter->nr_tids && !filter->cgroup &&
	    !filter->comm_glob[0] && filter->tgids[0] != filter->not_tgid)
		filter->only_tgid = filter->tgids[0];
}

/**
 * wp_filter_ids() - may the filter take a task of these ids?
 * @filter: the filter
 * @tgid: process
 * @tid: thread
 *
 * A filter that follows knows tasks, not ids: only wp_filter_task() is certain.
 *
 * Context: any.
 */
bool wp_filter_ids(const struct wp_filter *filter, u32 tgid, u32 tid)
{
	if (tgid == filter->not_tgid && tgid)
		return false;
	if (filter->follow || (!filter->nr_tgids && !filter->nr_tids))
		return true;
	return id_in(filter->tgids, filter->nr_tgids, tgid) ||
	       id_in(filter->tids, filter->nr_tids, tid);
}

static bool is_followed(const struct wp_filter *filter, const struct task_struct *task)
{
	const struct wp_follow *set = filter->follow;

	return !set || wp_follow_has(set, task->signal) ||
	       (set->threads && wp_follow_has(set, task));
}

static bool glob_matches(const struct wp_filter *filter, const char *name)
{
	char comm[TASK_COMM_LEN];

	/* It may be changed meanwhile: a copy ends where it should. */
	data_race(memcpy(comm, name, sizeof(comm)));
	comm[sizeof(comm) - 1] = '\0';
	return glob_match(filter->comm_glob, comm);
}

static bool comm_matches(const struct wp_filter *filter, const char *name)
{
	return !filter->comm_glob[0] || glob_matches(filter, name);
}

static bool in_cgroup(const struct wp_filter *filter, struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	struct cgroup *cgroup;
	bool found = false;
	int level;

	if (!filter->cgroup)
		return true;
	rcu_read_lock();
	cgroup = task_dfl_cgroup(task);
	for (level = 0; cgroup && !found && level <= WP_FILTER_LEVELS; level++) {
		found = cgroup_id(cgroup) == filter->cgroup;
		cgroup = cgroup_parent(cgroup);
	}
	rcu_read_unlock();
	return found;
#else
	return !filter->cgroup;
#endif
}

/**
 * wp_filter_task() - does the filter take waits of a task?
 * @filter: the filter
 * @task: the current one, or one held by RCU
 *
 * Bounded by the length of the name and of the pattern, and by WP_FILTER_LEVELS: who
 * may make cgroups may nest them as deep as he likes.
 *
 * Context: any.
 */
bool wp_filter_task(const struct wp_filter *filter, struct task_struct *task)
{
	/* A thread that execs takes over its leader's id. */
	return wp_filter_ids(filter, task->tgid, READ_ONCE(task->pid)) &&
	       is_followed(filter, task) && comm_matches(filter, task->comm) &&
	       in_cgroup(filter, task);
}

/**
 * wp_filter_ended() - would the filter have taken a task that is gone?
 * @filter: the filter
 * @tgid: process
 * @tid: thread
 * @comm: its name, TASK_COMM_LEN bytes
 *
 * In which cgroup it was, or who started it, is not known any more: a filter that
 * asks for that does not take it.
 *
 * Context: any.
 */
bool wp_filter_ended(const struct wp_filter *filter, u32 tgid, u32 tid, const char *comm)
{
	return !filter->follow && !filter->cgroup && wp_filter_ids(filter, tgid, tid) &&
	       comm_matches(filter, comm);
}
