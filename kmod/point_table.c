// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wait points of this kernel, as everybody may read them, and their counters.
 * point.c fills the table when the module loads; afterwards only the state of a
 * point changes, under the lock of session.c.
 */
#include <linux/cpumask.h>
#include <linux/string.h>

#include "params.h"
#include "point.h"

struct wp_point wp_points[WP_MAX_POINTS];
u32 wp_nr_points;

/**
 * wp_point_stats_read() - the counters of a point
 * @point: the point
 * @sum: over all CPUs
 *
 * Context: any.
 */
void wp_point_stats_read(const struct wp_point *point, struct wp_point_stats *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct wp_point_stats *stats = per_cpu_ptr(point->stats, cpu);

		sum->hits += READ_ONCE(stats->hits);
		sum->missed += READ_ONCE(stats->missed);
		sum->unpaired += READ_ONCE(stats->unpaired);
	}
}

/**
 * wp_points_max_open() - open waits of tasks that all points together have room for
 *
 * Return: waits.
 */
u32 wp_points_max_open(void)
{
	u32 sum = 0;
	int i;

	for (i = 0; i < wp_nr_points; i++)
		if (wp_points[i].desc->class_id != WAITPROF_CLASS_BLOCK)
			sum += wp_param_open_limit(wp_points[i].desc->limit);
	return sum;
}
