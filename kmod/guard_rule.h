/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_GUARD_RULE_H
#define WP_GUARD_RULE_H

#include <linux/types.h>

#define WP_GUARD_LOOKS	3	/* in a row above the limit, and a session is stopped */
#define WP_GUARD_ALL	1000000	/* a whole CPU, in millionths */

/**
 * struct wp_guard - how a session's cost stands to its limit
 * @limit_ppm: share of a CPU, in millionths; 0 = no guard
 * @share_ppm: at the latest look
 * @nr_over: looks in a row above the limit
 * @looked_ns: when the latest look was
 * @stopped_ns: when it was stopped; 0 = it was not
 */
struct wp_guard {
	u32 limit_ppm;
	u32 share_ppm;
	u32 nr_over;
	u64 looked_ns;
	u64 stopped_ns;
};

u32 wp_guard_share(u64 cost_ns, u64 peak_ns, u64 wall_ns);
bool wp_guard_is_over(struct wp_guard *guard, u32 share_ppm);

#endif
