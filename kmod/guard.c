// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guard: while there are sessions a work item looks once a second at what each of
 * them has cost since (cost.c) and stops one that costs too much (guard_rule.c).
 *
 * What counts is the share of a CPU's time on the CPU where a session costs most: a
 * limit of 5 % is 5 % of any single CPU, be there two or two hundred. The sum of all
 * would stop sessions on a large machine that nobody notices there, the mean would let
 * one thread be slowed down by any factor. A task that moves from CPU to CPU all the
 * time spreads its cost, and is caught that much later.
 *
 * A session that is stopped gives up its hooks as at its end and is paused for good:
 * waits that it has begun are followed to their end, or counted as lost where the hook
 * goes with them (requests of block devices). It stays until its reader ends it, and
 * all that it has kept can be read, with when it was stopped and at what share.
 *
 * A look is as long as what lies between it and the last one, for the work item may
 * come late; of a session that has just begun, half a second at least. The item is bound
 * to no CPU: one that is never idle for others must not keep the guard waiting.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/workqueue.h>

#include "cost.h"
#include "guard.h"
#include "params.h"
#include "session.h"

#define WP_GUARD_SHORT_NS	500000000

static void guard_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, guard_look);
static struct workqueue_struct *queue;

/* The module's own cost; under the lock of sessions. */
static struct {
	u64 loaded_ns;
	u64 looked_ns;	/* 0 = no look lies behind us */
	u64 length_ns;	/* of the latest look; 0 = there is none */
	u32 share_ppm;
	u32 busiest_ppm;
} own;

/* Of the time since the last look. */
static u32 share_of(struct wp_charge *charge, u64 wall_ns)
{
	u64 seen_ns = charge->seen_ns, peak_ns = 0;

	charge->seen_ns = READ_ONCE(charge->ns);
	if (READ_ONCE(charge->look) == wp_cost_look)
		peak_ns = READ_ONCE(charge->peak_ns);
	return wp_guard_share(charge->seen_ns - seen_ns, peak_ns, wall_ns);
}

static u32 session_share(struct wp_session *session, u64 wall_ns)
{
	u32 most_ppm = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		most_ppm = max(most_ppm, share_of(&session->cpu[cpu]->charge, wall_ns));
	return most_ppm;
}

static void look_at_session(struct wp_session *session)
{
	struct wp_guard *guard = &session->guard;
	u64 now_ns = ktime_get_mono_fast_ns(), wall_ns = now_ns - guard->looked_ns;

	if (guard->stopped_ns || wall_ns < WP_GUARD_SHORT_NS)
		return;
	guard->looked_ns = now_ns;
	if (wp_guard_is_over(guard, session_share(session, wall_ns)))
		wp_session_stop(session);
}

static void look_at_own(void)
{
	u64 now_ns = ktime_get_mono_fast_ns(), wall_ns = now_ns - own.looked_ns;
	u32 sum_ppm = 0, most_ppm = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		u32 share_ppm = share_of(wp_cost_of_cpu(cpu), wall_ns);

		most_ppm = max(most_ppm, share_ppm);
		sum_ppm += share_ppm;
	}
	own.length_ns = own.looked_ns ? wall_ns : 0;
	own.looked_ns = now_ns;
	own.share_ppm = sum_ppm;
	own.busiest_ppm = most_ppm;
}

/* The next one begins anew. */
static void forget_look(void)
{
	own.looked_ns = 0;
	own.length_ns = 0;
}

static void guard_look(struct work_struct *work)
{
	wp_sessions_lock();
	look_at_own();
	wp_sessions_visit(look_at_session);
	/* Last: what is charged now is of the next look. */
	WRITE_ONCE(wp_cost_look, wp_cost_look + 1);
	if (wp_sessions_count())
		queue_delayed_work(queue, &look_work, HZ);
	else
		forget_look();
	wp_sessions_unlock();
}

/**
 * wp_guard_init() - get ready to look
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_guard_init(void)
{
	own.loaded_ns = ktime_get_mono_fast_ns();
	queue = alloc_workqueue("waitprof", WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

/**
 * wp_guard_exit() - look no more
 *
 * Context: process; may sleep; no session can begin any more.
 */
void wp_guard_exit(void)
{
	cancel_delayed_work_sync(&look_work);
	destroy_workqueue(queue);
}

/**
 * wp_guard_watch() - there is a session to look at
 *
 * Context: process; under the lock of sessions.
 */
void wp_guard_watch(void)
{
	if (!own.looked_ns)
		look_at_own();
	queue_delayed_work(queue, &look_work, HZ);
}

/**
 * wp_guard_own() - what the module costs
 * @to: filled in
 *
 * Context: process; under the lock of sessions.
 */
void wp_guard_own(struct waitprof_own_cost *to)
{
	*to = (struct waitprof_own_cost){
		.loaded_ns = ktime_get_mono_fast_ns() - own.loaded_ns,
		.look_ns = own.length_ns,
		.share = own.length_ns ? own.share_ppm : 0,
		.busiest = own.length_ns ? own.busiest_ppm : 0,
		.guard_limit = wp_param_guard_ppm(),
		.every = wp_param_cost_every(),
	};
}
