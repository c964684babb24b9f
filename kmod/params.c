// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module parameters: every limit that a session does not choose itself. They are
 * checked when the module loads and never change.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>

#include "params.h"
#include "stack.h"

static uint open_limit;
module_param(open_limit, uint, 0444);
MODULE_PARM_DESC(open_limit,
		 "open waits each wait point has room for (1..131072, default 0: 16000 for futex, mutex, rwsem, io and block, 1000 for the rest); a session needs 40 B for each");

static uint session_mbytes = 64;
module_param(session_mbytes, uint, 0444);
MODULE_PARM_DESC(session_mbytes,
		 "memory limit of a session that names none, in MiB (1..65536, default 64)");

static uint session_max_mbytes = 64;
module_param(session_max_mbytes, uint, 0444);
MODULE_PARM_DESC(session_max_mbytes,
		 "memory a session may ask for at most, in MiB, or session_mbytes if that is more (1..65536, default 64)");

static uint follow_limit = 4096;
module_param(follow_limit, uint, 0444);
MODULE_PARM_DESC(follow_limit,
		 "tasks a session that follows has room for, beside those it was given (1..1048576, default 4096)");

static uint kstack_depth = 64;
module_param(kstack_depth, uint, 0444);
MODULE_PARM_DESC(kstack_depth, "frames of a kernel stack kept (1..127, default 64)");

static uint ustack_depth = 64;
module_param(ustack_depth, uint, 0444);
MODULE_PARM_DESC(ustack_depth, "frames of a user stack kept (1..127, default 64)");

static bool kprobes_only;
module_param(kprobes_only, bool, 0444);
MODULE_PARM_DESC(kprobes_only,
		 "hook all by kretprobes, even where the kernel has tracepoints or ftrace can do it (default N)");

static bool stack_cache = true;
module_param(stack_cache, bool, 0444);
MODULE_PARM_DESC(stack_cache,
		 "recognise kernel stacks seen before instead of unwinding them again (default Y)");

static uint stack_check;
module_param(stack_check, uint, 0444);
MODULE_PARM_DESC(stack_check,
		 "unwind every N-th kernel stack that was recognised all the same, to compare (default 0: none)");

static uint guard_percent = 5;
module_param(guard_percent, uint, 0444);
MODULE_PARM_DESC(guard_percent,
		 "a session whose hooks take more than this share of a CPU is stopped, unless it says otherwise (0: never, ..100, default 5)");

static uint cost_every = 64;
module_param(cost_every, uint, 0444);
MODULE_PARM_DESC(cost_every,
		 "one call of each handler in so many is timed (1..65536, default 64); 1 slows all down");

/**
 * wp_param_guard_ppm() - at what share of a CPU a session is stopped by default
 *
 * Return: millionths; 0 = never.
 */
u32 wp_param_guard_ppm(void)
{
	return guard_percent * 10000;
}

/**
 * wp_param_cost_every() - one call of a handler in how many is timed
 *
 * Return: 1..65536.
 */
u32 wp_param_cost_every(void)
{
	return cost_every;
}

/**
 * wp_param_stack_cache() - shall kernel stacks be cached?
 *
 * Return: true if they shall.
 */
bool wp_param_stack_cache(void)
{
	return stack_cache;
}

/**
 * wp_param_stack_check() - which hits of the cache are checked
 *
 * Return: every so many; 0 = none.
 */
u32 wp_param_stack_check(void)
{
	return stack_check;
}

/**
 * wp_param_kprobes_only() - shall tracepoints be left alone?
 *
 * Return: true if wait points are to be hooked by kretprobes only.
 */
bool wp_param_kprobes_only(void)
{
	return kprobes_only;
}

/**
 * wp_param_open_limit() - open waits that a wait point has room for
 * @default_limit: the point's own
 *
 * Return: 1..WP_OPEN_MAX_SLOTS.
 */
u32 wp_param_open_limit(u32 default_limit)
{
	return open_limit ?: default_limit;
}

/**
 * wp_param_session_bytes() - default memory limit of a session
 *
 * Return: bytes.
 */
u64 wp_param_session_bytes(void)
{
	return (u64)session_mbytes << 20;
}

/**
 * wp_param_session_max_bytes() - memory that a session may ask for at most
 *
 * Return: bytes.
 */
u64 wp_param_session_max_bytes(void)
{
	return (u64)max(session_max_mbytes, session_mbytes) << 20;
}

/**
 * wp_param_follow_limit() - tasks a session follows beside those it was given
 *
 * Return: 1..2^20.
 */
u32 wp_param_follow_limit(void)
{
	return follow_limit;
}

/**
 * wp_param_kstack_depth() - frames of a kernel stack kept
 *
 * Return: 1..WP_STACK_MAX.
 */
u32 wp_param_kstack_depth(void)
{
	return kstack_depth;
}

/**
 * wp_param_ustack_depth() - frames of a user stack kept
 *
 * Return: 1..WP_STACK_MAX.
 */
u32 wp_param_ustack_depth(void)
{
	return ustack_depth;
}

static int __init check_range(const char *name, uint value, uint low, uint high)
{
	if (value >= low && value <= high)
		return 0;
	pr_err("parameter %s=%u is not in %u..%u\n", name, value, low, high);
	return -EINVAL;
}

/**
 * wp_params_check() - are the parameters within their bounds?
 *
 * Context: process, when the module loads.
 * Return: 0, or -EINVAL and a line in the log.
 */
int __init wp_params_check(void)
{
	return check_range("open_limit", open_limit, 0, 131072) ?:
	       check_range("session_mbytes", session_mbytes, 1, 65536) ?:
	       check_range("session_max_mbytes", session_max_mbytes, 1, 65536) ?:
	       check_range("follow_limit", follow_limit, 1, 1 << 20) ?:
	       check_range("guard_percent", guard_percent, 0, 100) ?:
	       check_range("cost_every", cost_every, 1, 65536) ?:
	       check_range("kstack_depth", kstack_depth, 1, WP_STACK_MAX) ?:
	       check_range("ustack_depth", ustack_depth, 1, WP_STACK_MAX);
}
