// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions: their list and their life. Their memory is in session_alloc.c, their hooks
 * in session_arm.c.
 *
 * Life. A new session arms its points and is put into wp_sessions; after a grace
 * period every probe sees it (settled_ns). One that is held is seen, paused, as one
 * that settled before any wait began, so it is charged with none, until it is told
 * to begin. It ends by request, by its socket's
 * release, or with the module: it leaves the array, its points are disarmed, a
 * grace period later nobody writes to it any more, and the last reference (a dump
 * may hold one) frees it. A socket's release only
 * marks it dead; a work item does the rest. One that its guard stops (guard.c) is
 * paused and disarmed, and waits in the array for its end.
 *
 * Locking: session_lock serialises all of that and the wait points' state; other files
 * take it by wp_sessions_lock().
 * Probes take no lock: they read wp_sessions under RCU.
 */
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "canary.h"
#include "follow_task.h"
#include "guard.h"
#include "params.h"
#include "session.h"
#include "session_alloc.h"
#include "stack_cache.h"

struct wp_session __rcu *wp_sessions[WAITPROF_MAX_SESSIONS];
/* One past the last session: what probes look at. Lags behind on its way down only. */
u32 wp_sessions_end;

static DEFINE_MUTEX(session_lock);
static u32 last_id;

/**
 * wp_session_at() - the session at a place of the list
 * @index: below WAITPROF_MAX_SESSIONS
 *
 * Context: process; under wp_sessions_lock().
 * Return: the session, or NULL.
 */
struct wp_session *wp_session_at(u32 index)
{
	return rcu_dereference_protected(wp_sessions[index], lockdep_is_held(&session_lock));
}

static int free_index(void)
{
	int i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++)
		if (!wp_session_at(i))
			return i;
	return -ENOSPC;
}

static struct wp_session *session_create(const struct wp_session_spec *spec, int index)
{
	struct wp_session *session = kvzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return NULL;
	session->index = index;
	session->id = ++last_id;
	session->portid = spec->portid;
	session->owner_tgid = current->tgid;
	/* Other threads may change it meanwhile: any mix of names will do. */
	data_race(strscpy(session->owner_comm, current->comm, sizeof(session->owner_comm)));
	session->flags = spec->flags;
	session->filter = *spec->filter;
	session->budget.limit_bytes = spec->limit_bytes ?: wp_param_session_bytes();
	session->guard.limit_ppm = spec->guard_ppm;
	session->guard.looked_ns = ktime_get_mono_fast_ns();
	session->held = spec->held;
	session->paused = spec->held;
	session->settled_ns = spec->held ? 0 : U64_MAX;
	kref_init(&session->ref);
	return session;
}

static void sessions_end_set(void)
{
	u32 end = WAITPROF_MAX_SESSIONS;

	while (end && !wp_session_at(end - 1))
		end--;
	WRITE_ONCE(wp_sessions_end, end);
}

static void session_end(struct wp_session *session)
{
	lockdep_assert_held(&session_lock);
	RCU_INIT_POINTER(wp_sessions[session->index], NULL);
	sessions_end_set();
	wp_session_disarm(session);
	/* No probe that has seen it runs any more. */
	synchronize_rcu();
	wp_session_put(session);
}

static void sessions_reap(void)
{
	int i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = wp_session_at(i);

		if (session && READ_ONCE(session->dead))
			session_end(session);
	}
}

/**
 * wp_session_new() - open a session
 * @spec: what the reader asks for
 * @extack: told why not
 *
 * Context: process; may sleep, for some grace periods.
 * Return: the session, with a reference for the caller, or an error pointer:
 * -ENOSPC, -ENOMEM, -EINVAL, -ENODEV, -EOPNOTSUPP.
 */
struct wp_session *wp_session_new(const struct wp_session_spec *spec,
				  struct netlink_ext_ack *extack)
{
	struct wp_session *session;
	int index, ret;

	mutex_lock(&session_lock);
	sessions_reap();
	index = free_index();
	if (index < 0) {
		NL_SET_ERR_MSG(extack, "too many sessions are open");
		ret = index;
		goto err_unlock;
	}
	ret = wp_canary_silent();
	if (ret < 0) {
		NL_SET_ERR_MSG(extack, "the kernel refuses a probe, or has no memory for it");
		goto err_unlock;
	}
	if (ret) {
		NL_SET_ERR_MSG(extack,
			       "probes do not fire: debugfs kprobes/enabled or sysctl kernel.ftrace_enabled is 0");
		ret = -EOPNOTSUPP;
		goto err_unlock;
	}
	session = session_create(spec, index);
	if (!session) {
		NL_SET_ERR_MSG(extack, "not enough memory for a session");
		ret = -ENOMEM;
		goto err_unlock;
	}
	ret = wp_session_arm(session, extack);
	if (!ret && session->flags & WAITPROF_SESSION_F_KSTACK) {
		ret = wp_stack_cache_get();
		if (ret)
			NL_SET_ERR_MSG(extack, "not enough memory for the cache of kernel stacks");
	}
	if (!ret)
		ret = wp_session_alloc(session, spec, extack);
	if (!ret)
		ret = wp_session_arm_wakers(session, extack);
	if (ret)
		goto err_disarm;

	if (!session->held)
		session->start_ns = ktime_get_mono_fast_ns();
	rcu_assign_pointer(wp_sessions[index], session);
	sessions_end_set();
	/* Afterwards every probe sees it: the top of wait.c says why. */
	synchronize_rcu();
	if (session->armed & WP_ARMED_FOLLOW) {
		wp_follow_task_walk(&session->filter);
		/* And afterwards those found, too. */
		synchronize_rcu();
	}
	if (!session->held)
		WRITE_ONCE(session->settled_ns, ktime_get_mono_fast_ns());
	wp_guard_watch();
	kref_get(&session->ref);
	mutex_unlock(&session_lock);
	return session;

err_disarm:
	wp_session_disarm(session);
	wp_session_free(&session->ref);
err_unlock:
	mutex_unlock(&session_lock);
	return ERR_PTR(ret);
}

static struct wp_session *session_find(u32 id, u32 portid, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = wp_session_at(i);

		if (session && session->id == id && session->portid == portid &&
		    !READ_ONCE(session->dead))
			return session;
	}
	NL_SET_ERR_MSG(extack, "no such session of this socket");
	return NULL;
}

/**
 * wp_session_get() - find a session of a socket
 * @id: session id
 * @portid: the socket
 * @extack: told when there is none
 *
 * Context: process; may sleep.
 * Return: the session with a reference, or NULL.
 */
struct wp_session *wp_session_get(u32 id, u32 portid, struct netlink_ext_ack *extack)
{
	struct wp_session *session;

	mutex_lock(&session_lock);
	session = session_find(id, portid, extack);
	if (session)
		kref_get(&session->ref);
	mutex_unlock(&session_lock);
	return session;
}

/**
 * wp_session_get_next() - go through all sessions
 * @after_id: id of the one before, 0 = from the first
 *
 * Context: process; may sleep.
 * Return: the session with the next larger id, with a reference, or NULL.
 */
struct wp_session *wp_session_get_next(u32 after_id)
{
	struct wp_session *next = NULL;
	int i;

	mutex_lock(&session_lock);
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = wp_session_at(i);

		if (session && session->id > after_id && (!next || session->id < next->id))
			next = session;
	}
	if (next)
		kref_get(&next->ref);
	mutex_unlock(&session_lock);
	return next;
}

/**
 * wp_session_put() - drop a reference
 * @session: the session
 *
 * Context: process; may sleep.
 */
void wp_session_put(struct wp_session *session)
{
	kref_put(&session->ref, wp_session_free);
}

/**
 * wp_session_del() - end a session
 * @id: session id
 * @portid: its socket
 * @extack: told when there is none
 *
 * Context: process; may sleep, for some grace periods.
 * Return: 0 or -ENOENT.
 */
int wp_session_del(u32 id, u32 portid, struct netlink_ext_ack *extack)
{
	struct wp_session *session;

	mutex_lock(&session_lock);
	session = session_find(id, portid, extack);
	if (session)
		session_end(session);
	mutex_unlock(&session_lock);
	return session ? 0 : -ENOENT;
}

/* From here on it is what wp_session_new() makes of one that is not held. */
static void session_begin(struct wp_session *session)
{
	WRITE_ONCE(session->start_ns, ktime_get_mono_fast_ns());
	/* Whom it charges it charges from there on: pairs with
	 * wp_session_came_later().
	 */
	smp_store_release(&session->settled_ns, U64_MAX);
	WRITE_ONCE(session->paused, false);
	synchronize_rcu();
	WRITE_ONCE(session->settled_ns, ktime_get_mono_fast_ns());
	WRITE_ONCE(session->held, false);
}

/**
 * wp_session_pause() - stop or go on taking new waits
 * @session: the session; one that is held begins when it is to go on
 * @paused: stop
 *
 * When it returns, no probe takes a wait for a paused session any more; open
 * ones are still followed to their end.
 *
 * Context: process; may sleep.
 * Return: 0, or -ECANCELED: its guard has stopped it, it does not go on.
 */
int wp_session_pause(struct wp_session *session, bool paused)
{
	int ret = 0;

	mutex_lock(&session_lock);
	if (session->guard.stopped_ns && !paused)
		ret = -ECANCELED;
	else if (session->held && !paused)
		session_begin(session);
	else if (!session->held)
		WRITE_ONCE(session->paused, paused);
	mutex_unlock(&session_lock);
	synchronize_rcu();
	return ret;
}

static void reap_dead(struct work_struct *work)
{
	mutex_lock(&session_lock);
	sessions_reap();
	mutex_unlock(&session_lock);
}

static DECLARE_WORK(reap_work, reap_dead);

/**
 * wp_session_release_portid() - a netlink socket is gone
 * @portid: the socket
 *
 * Context: process (netlink's release notifier); only marks and schedules.
 */
void wp_session_release_portid(u32 portid)
{
	bool found = false;
	int i;

	rcu_read_lock();
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = rcu_dereference(wp_sessions[i]);

		if (session && session->portid == portid) {
			WRITE_ONCE(session->dead, true);
			WRITE_ONCE(session->paused, true);
			found = true;
		}
	}
	rcu_read_unlock();
	if (found)
		schedule_work(&reap_work);
}

/**
 * wp_sessions_count() - open sessions
 *
 * Return: how many.
 */
u32 wp_sessions_count(void)
{
	u32 i, nr = 0;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++)
		nr += !!rcu_access_pointer(wp_sessions[i]);
	return nr;
}

/**
 * wp_sessions_visit() - do something with each session
 * @visit: called for each that has not been given up by its reader
 *
 * Context: process; may sleep; under wp_sessions_lock().
 */
void wp_sessions_visit(void (*visit)(struct wp_session *session))
{
	int i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = wp_session_at(i);

		if (session && !READ_ONCE(session->dead))
			visit(session);
	}
}

/**
 * wp_sessions_lock() - keep sessions and wait points as they are
 *
 * Context: process; may sleep.
 */
void wp_sessions_lock(void)
{
	mutex_lock(&session_lock);
}

/**
 * wp_sessions_unlock() - undo wp_sessions_lock()
 */
void wp_sessions_unlock(void)
{
	mutex_unlock(&session_lock);
}

/**
 * wp_sessions_exit() - end all sessions
 *
 * Context: process; may sleep; no request and no notifier can come any more.
 */
void wp_sessions_exit(void)
{
	int i;

	cancel_work_sync(&reap_work);
	mutex_lock(&session_lock);
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++)
		if (wp_session_at(i))
			session_end(wp_session_at(i));
	mutex_unlock(&session_lock);
}

/**
 * wp_session_classes() - the classes a session really gets
 * @session: the session
 *
 * Return: mask of 1 << WAITPROF_CLASS_* with at least one armed point.
 */
u32 wp_session_classes(const struct wp_session *session)
{
	u32 mask = 0;
	int i;

	for (i = 0; i < wp_nr_points; i++)
		if (wp_session_sides(session, i))
			mask |= 1U << wp_points[i].desc->class_id;
	return mask;
}
