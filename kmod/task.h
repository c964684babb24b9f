/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_TASK_H
#define WP_TASK_H

#include <linux/types.h>
#include <linux/waitprof.h>

struct wp_filter;

int wp_task_list(const struct wp_filter *filter, struct waitprof_task **tasks, u32 *nr);
bool wp_task_state(const struct wp_filter *filter, u32 tid, u64 begin_ns, u64 *state);
bool wp_task_passes(const struct wp_filter *filter, u32 tgid, u32 tid, const char *comm,
		    u64 seen_ns);
bool wp_task_asleep(const struct wp_filter *filter, u32 tid, struct waitprof_open *row);

#endif
