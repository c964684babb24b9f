// SPDX-License-Identifier: GPL-2.0-only
/*
 * I/O waits: every sleep that the kernel marks as waiting for block I/O goes
 * through io_schedule() or io_schedule_timeout() (kernels 5.10 to 7.3).
 *
 * Both return when something woke the task, without saying what. A sleeper that
 * allowed a signal to end its sleep and has one pending counts as ended by it,
 * even if the I/O completed at the same moment.
 */
#include <linux/ptrace.h>
#include <linux/sched/signal.h>

#include "device.h"
#include "point.h"

enum { ARG_TASK_STATE };

static const struct wp_symbol io_schedule_symbols[] = {
	{ "io_schedule" },
	{}
};

static const struct wp_symbol io_schedule_timeout_symbols[] = {
	{ "io_schedule_timeout" },
	{}
};

static bool io_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	args->arg[ARG_TASK_STATE] = wp_task_state_bits(current);
	args->object = wp_device_of_syscall();
	args->object_type = args->object ? WAITPROF_OBJECT_DEV : WAITPROF_OBJECT_NONE;
	return true;
}

static u32 io_end(const struct wp_open *wait, unsigned long return_value)
{
	unsigned long state = wait->arg[ARG_TASK_STATE];

	if ((state & (TASK_WAKEKILL | TASK_INTERRUPTIBLE)) && fatal_signal_pending(current))
		return WAITPROF_END_KILL;
	if ((state & TASK_INTERRUPTIBLE) && signal_pending(current))
		return WAITPROF_END_SIGNAL;
	return WAITPROF_END_WAKE;
}

static u32 io_timeout_end(const struct wp_open *wait, unsigned long return_value)
{
	u32 end = io_end(wait, return_value);

	if (end == WAITPROF_END_WAKE && !return_value)
		return WAITPROF_END_TIMEOUT;
	return end;
}

const struct wp_point_desc wp_point_io[] = {
	{
		.name = "io_schedule",
		.class_id = WAITPROF_CLASS_IO,
		.limit = WP_POINT_LIMIT,
		.symbols = io_schedule_symbols,
		.begin = io_begin,
		.end = io_end,
	}, {
		.name = "io_schedule_timeout",
		.class_id = WAITPROF_CLASS_IO,
		.limit = WP_POINT_LIMIT,
		.symbols = io_schedule_timeout_symbols,
		.begin = io_begin,
		.end = io_timeout_end,
	},
	{}
};
