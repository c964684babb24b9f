// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait points of the user's own: insmod waitprof.ko point=CLASS:SYMBOL,... hooks
 * further functions that wait, under one of the known classes. Their object is
 * their first argument; they have no owner. They are looked up when the module
 * loads, so a wrong name is refused at once; a function in a module must be there
 * by then.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "point.h"

static char *extra[WP_MAX_EXTRA_POINTS];
static int nr_extra;
module_param_array_named(point, extra, charp, &nr_extra, 0444);
MODULE_PARM_DESC(point, "further wait points, CLASS:SYMBOL, at most 8 (class names as in waitprof(8))");

static struct {
	struct wp_point_desc desc;
	struct wp_symbol symbols[2];
} points[WP_MAX_EXTRA_POINTS];

static const char *const class_names[WAITPROF_CLASS_MAX + 1] = {
	[WAITPROF_CLASS_FUTEX] = "futex",
	[WAITPROF_CLASS_MUTEX] = "mutex",
	[WAITPROF_CLASS_RWSEM] = "rwsem",
	[WAITPROF_CLASS_RTMUTEX] = "rtmutex",
	[WAITPROF_CLASS_SEMAPHORE] = "semaphore",
	[WAITPROF_CLASS_PERCPU_RWSEM] = "percpu_rwsem",
	[WAITPROF_CLASS_IO] = "io",
	[WAITPROF_CLASS_JOURNAL] = "journal",
};

static bool extra_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	args->object = regs->di;
	args->object_type = WAITPROF_OBJECT_KADDR;
	return true;
}

/* The function may return nothing at all: believe it only if a signal is there. */
static u32 extra_end(const struct wp_open *wait, unsigned long return_value)
{
	u32 end = wp_point_end_result(wait, return_value);

	return signal_pending(current) && end != WAITPROF_END_TIMEOUT ? end : WAITPROF_END_WAKE;
}

static int class_find(const char *name, size_t len)
{
	int i;

	for (i = 1; i < ARRAY_SIZE(class_names); i++)
		if (class_names[i] && strlen(class_names[i]) == len &&
		    !strncmp(class_names[i], name, len))
			return i;
	return -EINVAL;
}

/**
 * wp_point_extra() - a wait point of the user's
 * @index: counted from 0
 * @text: set to what the user wrote
 * @desc: set to the wait point
 *
 * Context: process, when the module loads.
 * Return: 1 if there is one, 0 after the last, -EINVAL if its text is wrong.
 */
int wp_point_extra(int index, const char **text, const struct wp_point_desc **desc)
{
	const char *colon;
	int class_id;

	if (index >= nr_extra)
		return 0;
	*text = extra[index];
	colon = strchr(extra[index], ':');
	class_id = colon ? class_find(extra[index], colon - extra[index]) : -EINVAL;
	if (class_id < 0 || !colon[1] || strlen(colon + 1) >= WP_SYMBOL_LEN)
		return -EINVAL;
	points[index].symbols[0].name = colon + 1;
	points[index].desc = (struct wp_point_desc){
		.name = colon + 1,
		.class_id = class_id,
		.limit = WP_POINT_LIMIT_SMALL,
		.symbols = points[index].symbols,
		/* It may be; then it is there when the module loads, and goes and comes. */
		.in_module = true,
		.begin = extra_begin,
		.end = extra_end,
	};
	*desc = &points[index].desc;
	return 1;
}
