/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_PARTS_H
#define WP_PARTS_H

#include <linux/types.h>

/**
 * struct wp_mark - what the scheduler has on a task at one moment
 * @switches: context switches, voluntary and not
 * @run_delay_ns: time spent runnable but not running
 * @sum_exec_ns: time spent running, as of the scheduler's last update
 * @since_exec_ns: age of that update, signed: clocks of two CPUs may disagree
 */
struct wp_mark {
	u64 switches;
	u64 run_delay_ns;
	u64 sum_exec_ns;
	s64 since_exec_ns;
};

/**
 * struct wp_parts - what a duration was spent on; the parts add up to it
 * @blocked_ns: off the CPU and not runnable
 * @runqueue_ns: runnable, waiting for a CPU
 * @spin_ns: on a CPU
 */
struct wp_parts {
	u64 blocked_ns;
	u64 runqueue_ns;
	u64 spin_ns;
};

void wp_mark_read(struct wp_mark *mark, u64 now_ns);
bool wp_parts_split(struct wp_parts *parts, u64 duration_ns,
		    const struct wp_mark *begin, const struct wp_mark *end);
bool wp_parts_subtract(struct wp_parts *parts, u64 duration_ns, u64 inner_ns,
		       u64 inner_runqueue_ns, u64 inner_spin_ns);

#endif
