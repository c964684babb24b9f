// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions: their memory, their life, their counters.
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
 * Locking: session_lock serialises all of that and the wait points' state.
 * Probes take no lock: they read wp_sessions under RCU.
 *
 * Memory, within the session's limit L on n possible CPUs: sizeof(struct wp_side)
 * = 40 B for each slot of the open waits of the points it wants, and with wakers
 * sizeof(struct wp_waker_entry) = 44 B more; the stack table,
 * L/8; rows L/4/n and histograms L/4/n for each CPU, each with an upper bound;
 * one that follows: 128 KiB, see wp_follow_bytes() and follow_limit.
 * With 64 MiB and all 18 points of the classes on by default: 29 MiB at 4 CPUs,
 * 43 MiB at 64 and at 256.
 * With unwind rules: 89 KiB, a memo of L/16/n a CPU, at most 256 KiB, and tables and
 * mappings as they come, out of what is left of L; by default, 1 MiB at 4 CPUs and
 * 4 MiB at 64 and at 256, and that much less than the limit is left for rules.
 * With records: 168 B for each, as many as were asked for or L/8/n a CPU, again
 * with an upper bound; by default, 8 MiB more than the above.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "canary.h"
#include "follow.h"
#include "follow_task.h"
#include "guard.h"
#include "params.h"
#include "session.h"
#include "session_rules.h"
#include "stack_cache.h"

#define WP_MAX_ROWS	8192U		/* a CPU */
#define WP_MIN_ROWS	64U
#define WP_MAX_HISTS	1024U		/* a CPU, class fallbacks included */
#define WP_MIN_HISTS	(WAITPROF_CLASS_MAX + 2)
#define WP_MAX_STACKS	32768U
#define WP_MIN_STACKS	256U
#define WP_MAX_RECORDS	16384U		/* a CPU, unless asked for more */
#define WP_MIN_RECORDS	16U
#define WP_MAX_MEMO_SETS 64U		/* a CPU */
#define WP_STACK_WORDS	24		/* frames a stack, on average */

struct wp_session __rcu *wp_sessions[WAITPROF_MAX_SESSIONS];
/* One past the last session: what probes look at. Lags behind on its way down only. */
u32 wp_sessions_end;

static DEFINE_MUTEX(session_lock);
static u32 last_id;

/* What a session's memory limit buys. */
struct plan {
	u32 nr_rows;
	u32 nr_hists;
	u32 nr_stacks;
	u32 nr_records;
	bool has_memo;
	u32 memo_bits;
	u64 cpu_bytes;
	u64 stack_bytes;
};

static struct wp_session *session_at(u32 index)
{
	return rcu_dereference_protected(wp_sessions[index], lockdep_is_held(&session_lock));
}

static u32 fit(u64 bytes, size_t each, u32 low, u32 high)
{
	return clamp_t(u64, div_u64(bytes, each), low, high);
}

static void plan_make(struct plan *plan, u64 limit_bytes, const struct wp_session_spec *spec)
{
	u64 share = div_u64(limit_bytes / 4, num_possible_cpus());

	BUILD_BUG_ON(sizeof(struct wp_side) != 40);
	BUILD_BUG_ON(sizeof(struct wp_waker_entry) != 44);
	BUILD_BUG_ON(sizeof(struct wp_row) != 232);
	BUILD_BUG_ON(sizeof(struct waitprof_record) != 168);
	plan->nr_rows = rounddown_pow_of_two(fit(share, sizeof(struct wp_row),
						 WP_MIN_ROWS, WP_MAX_ROWS));
	plan->nr_hists = fit(share, sizeof(struct wp_hist), WP_MIN_HISTS, WP_MAX_HISTS);
	plan->nr_stacks = rounddown_pow_of_two(fit(limit_bytes / 8,
						   sizeof(struct wp_stack_entry) + sizeof(u32) +
						   WP_STACK_WORDS * sizeof(u64),
						   WP_MIN_STACKS, WP_MAX_STACKS));
	plan->nr_records = 0;
	if (spec->flags & WAITPROF_SESSION_F_RECORDS)
		plan->nr_records = spec->nr_records ?:
				   fit(share / 2, sizeof(struct waitprof_record),
				       WP_MIN_RECORDS, WP_MAX_RECORDS);
	plan->has_memo = spec->flags & WAITPROF_SESSION_F_RULES;
	plan->memo_bits = ilog2(fit(share / 4, wp_memo_bytes(0), 1, WP_MAX_MEMO_SETS));
	plan->cpu_bytes = sizeof(struct wp_session_cpu) - sizeof(struct wp_totals) +
			  wp_totals_bytes(plan->nr_rows, plan->nr_hists) +
			  wp_ring_bytes(plan->nr_records) +
			  (plan->has_memo ? wp_memo_bytes(plan->memo_bits) : 0);
	plan->stack_bytes = wp_stack_table_bytes(plan->nr_stacks,
						 plan->nr_stacks * WP_STACK_WORDS);
}

static void session_free(struct kref *ref)
{
	struct wp_session *session = container_of(ref, struct wp_session, ref);
	int cpu, i;

	if (session->cpu) {
		for_each_possible_cpu(cpu) {
			if (!session->cpu[cpu])
				continue;
			wp_memo_exit(&session->cpu[cpu]->memo);
			wp_ring_exit(&session->cpu[cpu]->ring);
			wp_totals_exit(&session->cpu[cpu]->totals);
			vfree(session->cpu[cpu]);
		}
		kvfree(session->cpu);
	}
	wp_session_rules_free(session->rules);
	wp_follow_free(session->filter.follow);
	wp_stack_table_exit(&session->stacks);
	for (i = 0; i < wp_nr_points; i++) {
		vfree(session->side[i]);
		vfree(session->wakers[i]);
	}
	kvfree(session);
}

static int session_alloc_cpus(struct wp_session *session, const struct plan *plan)
{
	int cpu, ret;

	session->cpu = kvcalloc(nr_cpu_ids, sizeof(*session->cpu), GFP_KERNEL);
	if (!session->cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		int node = cpu_to_node(cpu);

		session->cpu[cpu] = vzalloc_node(sizeof(*session->cpu[cpu]), node);
		if (!session->cpu[cpu])
			return -ENOMEM;
		ret = wp_totals_init(&session->cpu[cpu]->totals, plan->nr_rows,
				     plan->nr_hists, node);
		if (!ret && plan->nr_records)
			ret = wp_ring_init(&session->cpu[cpu]->ring, plan->nr_records, cpu, node);
		if (!ret && plan->has_memo)
			ret = wp_memo_init(&session->cpu[cpu]->memo, plan->memo_bits, node);
		if (ret)
			return ret;
	}
	return 0;
}

static u32 nr_given(const struct wp_session *session)
{
	return session->filter.nr_tgids + session->filter.nr_tids;
}

static int session_alloc_follow(struct wp_session *session)
{
	if (!(session->flags & WAITPROF_SESSION_F_FOLLOW))
		return 0;
	session->filter.follow = wp_follow_new(wp_param_follow_limit(), nr_given(session),
					       session->filter.nr_tids);
	session->filter.only_tgid = 0;
	return session->filter.follow ? 0 : -ENOMEM;
}

static int session_alloc_rules(struct wp_session *session)
{
	if (!(session->flags & WAITPROF_SESSION_F_RULES))
		return 0;
	session->rules = wp_session_rules_new(&session->budget);
	return session->rules ? 0 : -ENOMEM;
}

static u64 side_bytes(u32 point)
{
	return (u64)wp_points[point].open.nr_slots * sizeof(struct wp_side);
}

static u64 waker_bytes(const struct wp_session *session, u32 point)
{
	if (!(session->flags & WAITPROF_SESSION_F_WAKERS))
		return 0;
	return (u64)wp_points[point].open.nr_slots * sizeof(struct wp_waker_entry);
}

/* What the session keeps for each open wait of a point. */
static int session_alloc_point(struct wp_session *session, u32 point)
{
	struct wp_waker_entry *wakers = NULL;
	u64 bytes = waker_bytes(session, point);
	struct wp_side *side;

	if (bytes) {
		wakers = vzalloc(bytes);
		if (!wakers)
			return -ENOMEM;
	}
	side = vzalloc(side_bytes(point));
	if (!side) {
		vfree(wakers);
		return -ENOMEM;
	}
	session->wakers[point] = wakers;
	/*
	 * Of an open session, readers look at all of it once they see the side.
	 * Pairs with is_followed() in waker.c; a wait is recorded only once the
	 * point is armed for the session, which comes later.
	 */
	smp_store_release(&session->side[point], side);
	return 0;
}

/* Allocates for the points that are armed already. */
static int session_alloc(struct wp_session *session, const struct wp_session_spec *spec,
			 struct netlink_ext_ack *extack)
{
	struct plan plan;
	u64 bytes;
	int i, ret;

	u64 limit_bytes = session->budget.limit_bytes;

	plan_make(&plan, limit_bytes, spec);
	bytes = sizeof(*session) + nr_cpu_ids * sizeof(*session->cpu) +
		plan.cpu_bytes * num_possible_cpus() + plan.stack_bytes;
	for_each_set_bit(i, &session->armed, wp_nr_points)
		bytes += side_bytes(i) + waker_bytes(session, i);
	if (session->flags & WAITPROF_SESSION_F_FOLLOW)
		bytes += wp_follow_bytes(wp_param_follow_limit(), nr_given(session));
	if (session->flags & WAITPROF_SESSION_F_RULES)
		bytes += sizeof(*session->rules);
	if (!wp_budget_take(&session->budget, bytes)) {
		if (spec->nr_records &&
		    bytes - wp_ring_bytes(plan.nr_records) * num_possible_cpus() <=
		    limit_bytes)
			NL_SET_ERR_MSG(extack, "memory limit too small for this many records a CPU");
		else
			NL_SET_ERR_MSG(extack,
				       "memory limit too small for this many CPUs and wait points");
		return -EINVAL;
	}

	ret = session_alloc_cpus(session, &plan) ?: session_alloc_follow(session) ?:
	      session_alloc_rules(session);
	if (!ret)
		ret = wp_stack_table_init(&session->stacks, plan.nr_stacks,
					  plan.nr_stacks * WP_STACK_WORDS);
	for_each_set_bit(i, &session->armed, wp_nr_points) {
		if (ret)
			break;
		ret = session_alloc_point(session, i);
	}
	if (ret)
		NL_SET_ERR_MSG(extack, "not enough memory for a session");
	return ret;
}

static int free_index(void)
{
	int i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++)
		if (!session_at(i))
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
	strscpy(session->owner_comm, current->comm, sizeof(session->owner_comm));
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

	while (end && !session_at(end - 1))
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
		struct wp_session *session = session_at(i);

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
		ret = session_alloc(session, spec, extack);
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
	session_free(&session->ref);
err_unlock:
	mutex_unlock(&session_lock);
	return ERR_PTR(ret);
}

static struct wp_session *session_find(u32 id, u32 portid, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = session_at(i);

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
		struct wp_session *session = session_at(i);

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
	kref_put(&session->ref, session_free);
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

/* Room for a wait point that was not there when the session began. */
static bool session_has_room(struct wp_session *session, int point)
{
	u64 bytes = side_bytes(point) + waker_bytes(session, point);

	if (session->side[point])
		return true;
	if (!wp_budget_take(&session->budget, bytes))
		return false;
	if (!session_alloc_point(session, point))
		return true;
	wp_budget_give_back(&session->budget, bytes);
	return false;
}

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
		struct wp_session *session = session_at(i);

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
		wanted |= (unsigned int)session_lacks(session_at(i), point) << i;
	/* Armed and disarmed once, for no session: now its size is known. */
	if (!wanted || wp_point_arm(&wp_points[point]))
		return;
	wp_point_disarm(&wp_points[point]);
	/* All get their room first, so that none finds a wait in flight. */
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++)
		if (wanted & 1U << i && !session_has_room(session_at(i), point))
			wanted &= ~(1U << i);
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = session_at(i);

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

	mutex_lock(&session_lock);
	for (i = 0; i < wp_nr_points; i++) {
		if (!wp_points[i].desc->in_module)
			continue;
		if (wp_point_gone(&wp_points[i]))
			point_leave(i);
		/* Also where there was no memory for it the last time. */
		point_join(i);
	}
	mutex_unlock(&session_lock);
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
		struct wp_session *session = session_at(i);

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
		if (session_at(i))
			session_end(session_at(i));
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
		if (session->side[i])
			mask |= 1U << wp_points[i].desc->class_id;
	return mask;
}
