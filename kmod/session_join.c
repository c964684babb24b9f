// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open sessions and the wait points of modules that are loaded, or come again, after
 * they began; late.c says when. The lock of sessions is held all the time, so that
 * none begins, ends or is stopped in between.
 */
#include <linux/compiler.h>

#include "session.h"
#include "session_alloc.h"

static bool session_lacks(const struct wp_session *session, int point)
{
	return session && !READ_ONCE(session->dead) && !session->guard.stopped_ns &&
	       !(session->armed & (1UL << point)) &&
	       wp_filter_class(&session->filter, wp_points[point].desc->class_id);
}

/* The module came again: what is armed is a hook on code that is gone. */
static void point_leave(int point)
{
	int i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = wp_session_at(i);

		if (!session || !(session->armed & (1UL << point)))
			continue;
		/* Handlers that are timed read it: cost.c. */
		WRITE_ONCE(session->armed, session->armed & ~(1UL << point));
		wp_point_disarm(&wp_points[point]);
	}
}

/* Open sessions get a point whose module came after them. */
static void point_join(int point)
{
	unsigned int wanted = 0;
	int i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++)
		wanted |= (unsigned int)session_lacks(wp_session_at(i), point) << i;
	/* Armed and disarmed once, for no session: now its size is known. */
	if (!wanted || wp_point_arm(&wp_points[point]))
		return;
	wp_point_disarm(&wp_points[point]);
	/* All get their room first, so that none finds a wait in flight. */
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++)
		if (wanted & 1U << i && !wp_session_has_room(wp_session_at(i), point))
			wanted &= ~(1U << i);
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = wp_session_at(i);

		if (wanted & 1U << i && !wp_point_arm(&wp_points[point]))
			WRITE_ONCE(session->armed, session->armed | 1UL << point);
	}
}

/**
 * wp_sessions_join() - arm the points of a module that came late
 *
 * For the sessions that are open and want them; one without room in its memory
 * limit stays without, as if the module had not come.
 *
 * Context: process; may sleep, for some grace periods.
 */
void wp_sessions_join(void)
{
	int i;

	wp_sessions_lock();
	for (i = 0; i < wp_nr_points; i++) {
		if (!wp_points[i].desc->in_module)
			continue;
		if (wp_point_gone(&wp_points[i]))
			point_leave(i);
		/* Also where there was no memory for it the last time. */
		point_join(i);
	}
	wp_sessions_unlock();
}
