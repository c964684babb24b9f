// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks of a session: its wait points, and what tells it of wakers, of tasks and
 * of code that is unmapped. A session has them from its beginning until it ends or its
 * guard stops it.
 *
 * Everything here is called under the lock of sessions.
 */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>

#include "epoch.h"
#include "follow.h"
#include "follow_task.h"
#include "heir.h"
#include "session.h"

static bool take(struct wp_session *session, unsigned long what)
{
	bool has = session->armed & what;

	WRITE_ONCE(session->armed, session->armed & ~what);
	return has;
}

static void arm(struct wp_session *session, unsigned long what)
{
	WRITE_ONCE(session->armed, session->armed | what);
}

/**
 * wp_session_disarm() - give up the hooks of a session
 * @session: in wp_sessions no more, or paused
 *
 * Context: process; may sleep, for some grace periods.
 */
void wp_session_disarm(struct wp_session *session)
{
	int i;

	for (i = 0; i < wp_nr_points; i++)
		if (take(session, BIT(i)))
			wp_point_disarm(&wp_points[i]);
	/* Before it is told of the last task's end; one that could not be made has none. */
	if (session->filter.follow)
		wp_follow_close(session->filter.follow);
	if (take(session, WP_ARMED_FOLLOW))
		wp_follow_task_disarm();
	if (take(session, WP_ARMED_RULES)) {
		wp_heir_disarm();
		wp_epoch_disarm();
	}
	if (take(session, WP_ARMED_WAKERS))
		wp_waker_disarm();
}

static int arm_rules(void)
{
	int ret = wp_epoch_arm();

	if (ret)
		return ret;
	ret = wp_heir_arm();
	if (ret)
		wp_epoch_disarm();
	return ret;
}

/**
 * wp_session_arm() - the hooks a session wants, but that for wakers
 * @session: not in wp_sessions yet
 * @extack: told why not
 *
 * Context: process; may sleep.
 * Return: 0; or -errno, and some are armed.
 */
int wp_session_arm(struct wp_session *session, struct netlink_ext_ack *extack)
{
	int i, ret;

	BUILD_BUG_ON(WP_MAX_POINTS > 32);
	if (session->flags & WAITPROF_SESSION_F_FOLLOW) {
		ret = wp_follow_task_arm();
		if (ret == -ENOMEM)
			NL_SET_ERR_MSG(extack, "not enough memory to follow tasks");
		else if (ret)
			NL_SET_ERR_MSG(extack, "this kernel does not tell of new tasks");
		if (ret)
			return ret == -ENOENT ? -ENXIO : ret;
		arm(session, WP_ARMED_FOLLOW);
	}
	if (session->flags & WAITPROF_SESSION_F_RULES) {
		ret = arm_rules();
		if (ret) {
			NL_SET_ERR_MSG(extack, "not enough memory to walk user stacks by rules");
			return ret;
		}
		arm(session, WP_ARMED_RULES);
	}
	for (i = 0; i < wp_nr_points; i++) {
		if (!wp_filter_class(&session->filter, wp_points[i].desc->class_id))
			continue;
		ret = wp_point_arm(&wp_points[i]);
		if (ret == -ENOMEM) {
			NL_SET_ERR_MSG(extack, "not enough memory for a wait point");
			return ret;
		}
		if (!ret)
			arm(session, BIT(i));
	}
	if (!(session->armed & WP_ARMED_POINTS)) {
		NL_SET_ERR_MSG(extack, "no wait point of these classes exists on this kernel");
		return -ENODEV;
	}
	return 0;
}

/**
 * wp_session_arm_wakers() - the hook for wakers, if a session wants it
 * @session: all else is ready
 * @extack: told why not
 *
 * Context: process; may sleep.
 * Return: 0 or -errno.
 */
int wp_session_arm_wakers(struct wp_session *session, struct netlink_ext_ack *extack)
{
	int ret;

	if (!(session->flags & WAITPROF_SESSION_F_WAKERS))
		return 0;
	ret = wp_waker_arm(extack);
	if (!ret)
		arm(session, WP_ARMED_WAKERS);
	return ret;
}

/**
 * wp_session_stop() - a session costs too much: it takes nothing any more
 * @session: in wp_sessions
 *
 * Context: process; may sleep, for some grace periods.
 */
void wp_session_stop(struct wp_session *session)
{
	WRITE_ONCE(session->guard.stopped_ns, ktime_get_mono_fast_ns());
	WRITE_ONCE(session->paused, true);
	/* No probe takes a wait for it any more. */
	synchronize_rcu();
	wp_session_disarm(session);
}
