/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log-linear histogram of durations: 8 steps an octave, so the middle of a
 * bucket is at most 1/17 (5.9 %) off. The formula is part of the uapi header.
 */
#ifndef WP_HIST_H
#define WP_HIST_H

#include <linux/bitops.h>
#include <linux/types.h>
#include <linux/waitprof.h>

struct wp_hist {
	u64 buckets[WAITPROF_HIST_BUCKETS];
};

/**
 * wp_hist_bucket() - the bucket of a duration
 * @ns: duration in nanoseconds
 *
 * Context: any.
 * Return: bucket index, below WAITPROF_HIST_BUCKETS.
 */
static inline u32 wp_hist_bucket(u64 ns)
{
	u32 exponent, idx;

	if (ns < WAITPROF_HIST_STEPS)
		return ns;
	exponent = fls64(ns) - 1;
	idx = (exponent - 2) * WAITPROF_HIST_STEPS +
	      ((ns >> (exponent - 3)) & (WAITPROF_HIST_STEPS - 1));
	return idx < WAITPROF_HIST_BUCKETS ? idx : WAITPROF_HIST_BUCKETS - 1;
}

#endif
