// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load, unload and parameters. Loading arms no probe.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <waitprof/version.h>

#include "netlink.h"
#include "open.h"
#include "params.h"
#include "point.h"
#include "session.h"
#include "stack.h"
#include "wait.h"

static uint open_limit;
module_param(open_limit, uint, 0444);
MODULE_PARM_DESC(open_limit,
		 "open waits each wait point has room for (1..131072, default 0: 16000 for futex, mutex, rwsem and io, 1000 for the rest); a session needs 40 B for each");

static uint session_mbytes = 64;
module_param(session_mbytes, uint, 0444);
MODULE_PARM_DESC(session_mbytes,
		 "memory limit of a session that names none, in MiB (1..65536, default 64)");

static uint kstack_depth = 64;
module_param(kstack_depth, uint, 0444);
MODULE_PARM_DESC(kstack_depth, "frames of a kernel stack kept (1..127, default 64)");

static uint ustack_depth = 64;
module_param(ustack_depth, uint, 0444);
MODULE_PARM_DESC(ustack_depth, "frames of a user stack kept (1..127, default 64)");

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

static int __init check_parameters(void)
{
	return check_range("open_limit", open_limit, 0, 131072) ?:
	       check_range("session_mbytes", session_mbytes, 1, 65536) ?:
	       check_range("kstack_depth", kstack_depth, 1, WP_STACK_MAX) ?:
	       check_range("ustack_depth", ustack_depth, 1, WP_STACK_MAX);
}

static int __init waitprof_init(void)
{
	int ret;

	ret = check_parameters();
	if (ret)
		return ret;
	ret = wp_wait_init();
	if (ret)
		return ret;
	ret = wp_points_init();
	if (ret)
		goto err_exit_wait;
	ret = wp_open_map_init(wp_points_max_open());
	if (ret)
		goto err_exit_points;
	ret = wp_netlink_init();
	if (ret)
		goto err_exit_map;
	return 0;

err_exit_map:
	wp_open_map_exit();
err_exit_points:
	wp_points_exit();
err_exit_wait:
	wp_wait_exit();
	return ret;
}

static void __exit waitprof_exit(void)
{
	wp_netlink_exit();
	wp_sessions_exit();
	/* The map is used by the probes until they are unregistered. */
	wp_points_exit();
	wp_open_map_exit();
	wp_wait_exit();
}

module_init(waitprof_init);
module_exit(waitprof_exit);

MODULE_DESCRIPTION("Wait profiler");
MODULE_AUTHOR("The waitprof authors");
MODULE_VERSION(WAITPROF_VERSION);
MODULE_LICENSE("GPL");
