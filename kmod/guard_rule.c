// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a session costs too much: its share of a CPU is above its limit at
 * WP_GUARD_LOOKS looks in a row. One look says little, for a burst may fill it; what
 * goes on stays above in all of them.
 *
 * Of each look the dearest timed call is left out with all the calls it stands for: a
 * single one in which the virtual CPU stood still would weigh as sixty-four.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/math64.h>

#include "guard_rule.h"

/**
 * wp_guard_share() - which share of a CPU's time was that?
 * @cost_ns: what handlers have cost on the CPU in an interval
 * @peak_ns: of that, by the dearest timed call
 * @wall_ns: length of the interval
 *
 * Context: any.
 * Return: millionths; more than all is all.
 */
u32 wp_guard_share(u64 cost_ns, u64 peak_ns, u64 wall_ns)
{
	u64 rest_ns = cost_ns > peak_ns ? cost_ns - peak_ns : 0;

	if (!rest_ns)
		return 0;
	if (rest_ns >= wall_ns)
		return WP_GUARD_ALL;
	/* Without an overflow for 200 days. */
	return div64_u64(rest_ns * 1000, max_t(u64, wall_ns / 1000, 1));
}

/**
 * wp_guard_is_over() - one more look
 * @guard: the session's; it remembers
 * @share_ppm: on the CPU on which it costs most
 *
 * Context: any; looks are serialised by the caller.
 * Return: true if the session is to be stopped.
 */
bool wp_guard_is_over(struct wp_guard *guard, u32 share_ppm)
{
	/* Readers of statistics look at any time. */
	WRITE_ONCE(guard->share_ppm, share_ppm);
	if (!guard->limit_ppm || share_ppm <= guard->limit_ppm) {
		guard->nr_over = 0;
		return false;
	}
	guard->nr_over++;
	return guard->nr_over >= WP_GUARD_LOOKS;
}
