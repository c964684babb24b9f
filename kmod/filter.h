/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_FILTER_H
#define WP_FILTER_H

#include <linux/types.h>
#include <linux/waitprof.h>

struct task_struct;
struct wp_follow;

/**
 * struct wp_filter - which waits a session takes
 * @classes: mask of 1 << WAITPROF_CLASS_*
 * @not_tgid: a process left out, 0 = none
 * @nr_tgids: size of @tgids; with no tgid and no tid every task passes
 * @nr_tids: size of @tids
 * @min_ns: shorter waits are counted as filtered when they end
 * @cgroup: id of a cgroup v2; tasks in it or below pass, 0 = all
 * @comm_glob: what a thread's name must match, "" = anything
 * @tgids: sorted
 * @tids: sorted
 * @follow: tasks that pass instead of those of @tgids and @tids, NULL = none
 * @any_task: nothing is asked of a task but that it is not of @not_tgid
 * @only_tgid: nothing but that it is of this process; 0 = something else, or @follow
 */
struct wp_filter {
	u32 classes;
	u32 not_tgid;
	u32 nr_tgids;
	u32 nr_tids;
	u64 min_ns;
	u64 cgroup;
	char comm_glob[WAITPROF_GLOB_LEN + 1];
	u32 tgids[WAITPROF_MAX_IDS];
	u32 tids[WAITPROF_MAX_IDS];
	struct wp_follow *follow;
	bool any_task;
	u32 only_tgid;
};

void wp_filter_sort(struct wp_filter *filter);
bool wp_filter_ids(const struct wp_filter *filter, u32 tgid, u32 tid);
bool wp_filter_ended(const struct wp_filter *filter, u32 tgid, u32 tid, const char *comm);
bool wp_filter_task(const struct wp_filter *filter, struct task_struct *task);

/**
 * wp_filter_class() - does the filter take waits of a class?
 * @filter: the filter
 * @class_id: WAITPROF_CLASS_*
 */
static inline bool wp_filter_class(const struct wp_filter *filter, u32 class_id)
{
	return filter->classes & (1U << class_id);
}

#endif
