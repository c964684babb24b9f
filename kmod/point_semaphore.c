// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for a counting semaphore. The functions are entered with the semaphore's
 * raw lock held, so it stays held while stacks are taken. It has no owner.
 */
#include <linux/ptrace.h>

#include "point.h"

static const struct wp_symbol down_symbols[] = { { "__down" }, {} };
static const struct wp_symbol interruptible_symbols[] = { { "__down_interruptible" }, {} };
static const struct wp_symbol killable_symbols[] = { { "__down_killable" }, {} };
static const struct wp_symbol timeout_symbols[] = { { "__down_timeout" }, {} };

static bool semaphore_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	args->object = regs->di;
	args->object_type = WAITPROF_OBJECT_KADDR;
	return true;
}

#define SEMAPHORE_POINT(verb, candidates, how) {	\
	.name = (verb),					\
	.class_id = WAITPROF_CLASS_SEMAPHORE,		\
	.limit = WP_POINT_LIMIT_SMALL,			\
	.contention = WP_CONTENTION_SEMAPHORE,		\
	.symbols = (candidates),			\
	.begin = semaphore_begin,			\
	.end = (how),					\
}

const struct wp_point_desc wp_point_semaphore[] = {
	SEMAPHORE_POINT("down", down_symbols, wp_point_end_woken),
	SEMAPHORE_POINT("down_interruptible", interruptible_symbols, wp_point_end_result),
	SEMAPHORE_POINT("down_killable", killable_symbols, wp_point_end_result),
	SEMAPHORE_POINT("down_timeout", timeout_symbols, wp_point_end_result),
	{}
};
