// SPDX-License-Identifier: GPL-2.0-only
/*
 * A block request in the hands of its device, from issue to completion. It takes a
 * slot among the open waits of its point and appears in the books of sessions as
 * a wait does, but it is no task's wait: it is not in the map of waiting tasks,
 * has no stack, lies in no other wait and is all "blocked". It belongs to the task
 * that submitted it, which is not the one that runs when it completes and may be
 * gone by then.
 *
 * A request that its driver gives back (requeue) stays open and begins anew when
 * it is issued again: reported is the time of its last issue, once.
 *
 * Everything here runs in a probe with interrupts off, in any context; as in
 * wait.c that makes it the only writer of its CPU's counters and totals and an RCU
 * reader, and the order of counters is that of wait.c. Events of one request come
 * one after the other.
 */
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "cost.h"
#include "point.h"
#include "report.h"
#include "request.h"
#include "request_map.h"
#include "session.h"
#include "task.h"

/* What is kept of a request from its issue to its completion. */
enum {
	ARG_SIZE,	/* wait->arg[0]: log2 */
	ARG_REQUEUED,	/* wait->arg[1]: given back, not issued again */
};

static bool takes(const struct wp_session *session, const struct wp_point *point,
		  const struct wp_submitter *by)
{
	if (!wp_session_sides(session, point->id) ||
	    !wp_filter_class(&session->filter, WAITPROF_CLASS_BLOCK))
		return false;
	if (by->tid == current->pid && in_task())
		return wp_filter_task(&session->filter, current);
	return wp_task_passes(&session->filter, by->tgid, by->tid, by->comm, by->when_ns);
}

static u32 sessions_that_take(const struct wp_point *point, const struct wp_submitter *by,
			      struct wp_session **taken)
{
	u32 i, nr = 0;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = rcu_dereference_sched(wp_sessions[i]);

		if (session && !READ_ONCE(session->paused) && takes(session, point, by))
			taken[nr++] = session;
	}
	return nr;
}

static void session_begin(struct wp_session *session, const struct wp_point *point,
			  const struct wp_open *wait)
{
	struct wp_side *side =
		&wp_session_sides(session, point->id)[wp_open_ref_slot(wait->self)];
	struct wp_counters *counters =
		&session->cpu[smp_processor_id()]->counters[WAITPROF_CLASS_BLOCK];

	side->kstack = 0;
	side->ustack = 0;
	side->inner_ns = 0;
	side->inner_runqueue_ns = 0;
	side->inner_spin_ns = 0;
	WRITE_ONCE(side->inner_gen, wait->seq + 1);
	WRITE_ONCE(side->gen, wait->seq + 1);
	WRITE_ONCE(counters->begun, counters->begun + 1);
}

static void fill(struct wp_open *wait, const struct wp_request *request)
{
	wait->class_id = WAITPROF_CLASS_BLOCK;
	wait->op = request->op;
	wait->object = request->device;
	wait->object_type = request->device ? WAITPROF_OBJECT_DEV : WAITPROF_OBJECT_NONE;
	wait->tid = request->by->tid;
	wait->tgid = request->by->tgid;
	memcpy(wait->comm, request->by->comm, WAITPROF_COMM_LEN);
	wait->outer = 0;
	wait->owner_tid = 0;
	wait->owner_tgid = 0;
	wait->arg[ARG_SIZE] = request->size_log2;
	wait->arg[ARG_REQUEUED] = false;
}

static struct wp_open *find(struct wp_point *point, unsigned long id)
{
	u32 ref = wp_request_map_find(id);

	return ref ? &point->open.slots[wp_open_ref_slot(ref)] : NULL;
}

static void close(struct wp_point *point, struct wp_open *wait, unsigned long id)
{
	wp_request_map_remove(id);
	wp_open_retire(wait);
	wp_open_put(&point->open, wait, smp_processor_id());
}

/* Return: true if the request is in flight already and was given back. */
static bool begin_again(struct wp_point *point, unsigned long id)
{
	struct wp_open *wait = find(point, id);
	struct wp_point_stats *stats = this_cpu_ptr(point->stats);

	if (!wait)
		return false;
	if (wait->arg[ARG_REQUEUED]) {
		wait->arg[ARG_REQUEUED] = false;
		WRITE_ONCE(wait->begin_ns, ktime_get_mono_fast_ns());
		return true;
	}
	/* Another request at the same address: nobody told of the end of the first. */
	wp_report_lost(point, wait);
	close(point, wait, id);
	WRITE_ONCE(stats->unpaired, stats->unpaired + 1);
	return false;
}

/**
 * wp_request_begin() - a request is issued to its device
 * @point: the point
 * @request: the request
 *
 * One that finds no room has been counted as missed.
 *
 * Context: probe, interrupts off.
 */
void wp_request_begin(struct wp_point *point, const struct wp_request *request)
{
	struct wp_session *taken[WAITPROF_MAX_SESSIONS];
	struct wp_point_stats *stats = this_cpu_ptr(point->stats);
	struct wp_open *wait;
	u32 i, nr;

	if (begin_again(point, request->id))
		return;
	nr = sessions_that_take(point, request->by, taken);
	if (!nr)
		return;
	WRITE_ONCE(stats->hits, stats->hits + 1);
	wait = wp_open_get(&point->open, smp_processor_id());
	if (!wait)
		goto missed;
	if (!wp_request_map_add(request->id, wait->self))
		goto missed_put;
	fill(wait, request);
	wp_cost_mark();
	for (i = 0; i < nr; i++) {
		session_begin(taken[i], point, wait);
		wp_cost_lap(taken[i]);
	}
	wait->begin_ns = ktime_get_mono_fast_ns();
	wp_open_publish(wait);
	return;

missed_put:
	wp_open_put(&point->open, wait, smp_processor_id());
missed:
	WRITE_ONCE(stats->missed, stats->missed + 1);
}

/**
 * wp_request_requeue() - a request is given back by its driver
 * @point: the point
 * @id: its address
 *
 * Context: probe, interrupts off.
 */
void wp_request_requeue(struct wp_point *point, unsigned long id)
{
	struct wp_open *wait = find(point, id);

	if (wait)
		wait->arg[ARG_REQUEUED] = true;
}

static void report(struct wp_session *session, const struct wp_point *point,
		   const struct wp_open *wait, u64 now_ns, bool clipped)
{
	u64 from_ns = clipped ? max(READ_ONCE(session->start_ns), wait->begin_ns) : wait->begin_ns;
	u64 duration_ns = now_ns > from_ns ? now_ns - from_ns : 0;
	struct wp_counters *counters =
		&session->cpu[smp_processor_id()]->counters[WAITPROF_CLASS_BLOCK];
	struct wp_sample sample = {
		.key = {
			.class_id = WAITPROF_CLASS_BLOCK,
			.op = wait->op,
			.tgid = wait->tgid,
			.tid = session->flags & WAITPROF_SESSION_F_THREADS ? wait->tid : 0,
			.object = wait->object,
			.object_type = wait->object_type,
			.size_log2 = wait->arg[ARG_SIZE],
		},
		.end_ns = now_ns,
		.duration_ns = duration_ns,
		.own_ns = duration_ns,
		.parts.blocked_ns = duration_ns,
		.ended = WAITPROF_END_WAKE,
		.clipped = clipped,
		.tid = wait->tid,
		.point = point->id + 1,
		.object = wait->object,
		.object_type = wait->object_type,
		.comm = wait->comm,
	};

	if (duration_ns < session->filter.min_ns)
		WRITE_ONCE(counters->filtered, counters->filtered + 1);
	else
		wp_report_sample(session, &sample, false);
}

static const struct wp_submitter *submitter(struct wp_submitter *by, const struct wp_open *wait)
{
	by->tgid = wait->tgid;
	by->tid = wait->tid;
	by->when_ns = wait->begin_ns;
	memcpy(by->comm, wait->comm, sizeof(by->comm));
	return by;
}

static void session_end(struct wp_session *session, const struct wp_point *point,
			const struct wp_open *wait, u64 now_ns)
{
	struct wp_counters *counters =
		&session->cpu[smp_processor_id()]->counters[WAITPROF_CLASS_BLOCK];
	struct wp_side *sides = wp_session_sides(session, point->id);
	struct wp_submitter by;
	struct wp_side *side;
	bool recorded;

	if (!sides)
		return;
	side = &sides[wp_open_ref_slot(wait->self)];
	recorded = side->gen == wait->seq;
	if (!recorded) {
		if (!wp_session_came_later(session, wait->begin_ns) ||
		    !takes(session, point, submitter(&by, wait)))
			return;
		WRITE_ONCE(counters->begun, counters->begun + 1);
	}
	wp_report_ended(side, counters);
	report(session, point, wait, now_ns, !recorded);
	wp_cost_lap(session);
}

/**
 * wp_request_end() - a request has completed, whole
 * @point: the point
 * @id: its address
 *
 * Context: probe, interrupts off.
 */
void wp_request_end(struct wp_point *point, unsigned long id)
{
	u64 now_ns = ktime_get_mono_fast_ns();
	struct wp_open *wait = find(point, id);
	u32 i;

	if (!wait)
		return;
	wp_cost_mark();
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = rcu_dereference_sched(wp_sessions[i]);

		if (session)
			session_end(session, point, wait, now_ns);
	}
	close(point, wait, id);
}

/**
 * wp_request_forget() - no session wants requests any more
 * @point: the point
 *
 * What is in flight is lost to sessions that were stopped and are read still.
 *
 * Context: process; no probe runs.
 */
void wp_request_forget(struct wp_point *point)
{
	u32 slot, end = wp_open_table_end(&point->open);
	unsigned long flags;

	for (slot = 0; slot < end; slot++) {
		struct wp_open *wait = &point->open.slots[slot];

		if (!(READ_ONCE(wait->seq) & 1))
			continue;
		local_irq_save(flags);
		wp_report_lost(point, wait);
		wp_open_retire(wait);
		wp_open_put(&point->open, wait, smp_processor_id());
		local_irq_restore(flags);
	}
	wp_request_map_clear();
}
