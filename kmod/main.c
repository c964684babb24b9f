// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load and unload. Loading arms no probe.
 */
#include <linux/init.h>
#include <linux/module.h>
#include <waitprof/version.h>

#include "canary.h"
#include "cost.h"
#include "epoch.h"
#include "ftrace_hold.h"
#include "guard.h"
#include "hide.h"
#include "late.h"
#include "netlink.h"
#include "open.h"
#include "params.h"
#include "point.h"
#include "session.h"
#include "stack_cache.h"
#include "wait.h"
#include "waker.h"

static int __init waitprof_init(void)
{
	int ret;

	ret = wp_params_check();
	if (ret)
		return ret;
	wp_hide_init();
	ret = wp_guard_init();
	if (ret)
		return ret;
	ret = wp_cost_init();
	if (ret)
		goto err_exit_guard;
	ret = wp_wait_init();
	if (ret)
		goto err_exit_cost;
	ret = wp_waker_init();
	if (ret)
		goto err_exit_wait;
	ret = wp_points_init();
	if (ret)
		goto err_exit_waker;
	ret = wp_open_map_init(wp_points_max_open());
	if (ret)
		goto err_exit_points;
	ret = wp_late_init();
	if (ret)
		goto err_exit_map;
	ret = wp_netlink_init();
	if (ret)
		goto err_exit_late;
	return 0;

err_exit_late:
	wp_late_exit();
err_exit_map:
	wp_open_map_exit();
err_exit_points:
	wp_points_exit();
err_exit_waker:
	wp_waker_exit();
err_exit_wait:
	wp_wait_exit();
err_exit_cost:
	wp_ftrace_hold_exit();
	wp_cost_exit();
err_exit_guard:
	wp_guard_exit();
	return ret;
}

static void __exit waitprof_exit(void)
{
	wp_netlink_exit();
	wp_late_exit();
	wp_guard_exit();
	wp_sessions_exit();
	wp_canary_exit();
	wp_epoch_exit();
	/* The map is used by the probes until they are unregistered. */
	wp_points_exit();
	wp_ftrace_hold_exit();
	wp_open_map_exit();
	wp_waker_exit();
	wp_wait_exit();
	wp_cost_exit();
	wp_stack_cache_exit();
}

module_init(waitprof_init);
module_exit(waitprof_exit);

MODULE_DESCRIPTION("Wait profiler");
MODULE_AUTHOR("The waitprof authors");
MODULE_VERSION(WAITPROF_VERSION);
MODULE_LICENSE("GPL");
