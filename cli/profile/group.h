/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_GROUP_H
#define WAITPROF_CLI_GROUP_H

#include "profile/profile.h"
#include "profile/report.h"

enum group_by {
	GROUP_BY_CALLSITE,
	GROUP_BY_THREAD,
	GROUP_BY_PROCESS,
	GROUP_BY_OBJECT,
	GROUP_BY_CLASS,
	GROUP_BY_WAKER,
	GROUP_BY_NONE, /* every row by itself: for flame graphs and exports */
};

enum group_sort {
	GROUP_SORT_TOTAL,
	GROUP_SORT_COUNT,
	GROUP_SORT_MAX,
	GROUP_SORT_AVG,
};

/* Names a profile row: fills @kstack, @ustack, @site, @owner_comm and @waker. */
typedef void (*group_name_fn)(const struct profile_row *from, struct report_row *to, void *arg);

int group_by_find(const char *name);
int group_sort_find(const char *name);
const char *group_by_name(enum group_by by);
uint64_t group_count(const struct report_row *row);
uint64_t group_avg(const struct report_row *row);
int group_profile(const struct profile *p, enum group_by by, group_name_fn name, void *arg,
		  struct report *report);
size_t group_nr_waits(const struct report_row *rows, size_t nr);
void group_sort_rows(struct report_row *rows, size_t nr, enum group_sort sort);

#endif
