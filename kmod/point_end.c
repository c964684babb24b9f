// SPDX-License-Identifier: GPL-2.0-only
/* How a wait ended, for the kinds of functions that most wait points hook. */
#include <linux/errno.h>
#include <linux/sched/signal.h>

#include "point.h"

/**
 * wp_point_end_woken() - how a wait ended that only a wake-up can end
 * @wait: unused
 * @return_value: unused
 *
 * Context: return probe.
 * Return: WAITPROF_END_WAKE.
 */
u32 wp_point_end_woken(const struct wp_open *wait, unsigned long return_value)
{
	return WAITPROF_END_WAKE;
}

/**
 * wp_point_end_result() - how a wait ended whose function returns an int
 * @wait: unused
 * @return_value: an error, or anything else for success
 *
 * Context: return probe of the waiting task.
 * Return: WAITPROF_END_*.
 */
u32 wp_point_end_result(const struct wp_open *wait, unsigned long return_value)
{
	switch ((int)return_value) {
	case -ETIME:
	case -ETIMEDOUT:
		return WAITPROF_END_TIMEOUT;
	case -EINTR:
	case -ERESTARTSYS:
		return fatal_signal_pending(current) ? WAITPROF_END_KILL : WAITPROF_END_SIGNAL;
	}
	return WAITPROF_END_WAKE;
}
