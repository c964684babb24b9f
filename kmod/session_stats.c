// SPDX-License-Identifier: GPL-2.0-only
/*
 * The books of a session, read while its waits go on: what each CPU has counted,
 * added up, and the open waits, counted by walking them.
 */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "follow.h"
#include "session.h"
#include "session_rules.h"

#define WP_COUNTER_READS	8

static u64 count_open(const struct wp_session *session, u32 class_id)
{
	u32 slot, end;
	u64 nr = 0;
	int i;

	for (i = 0; i < wp_nr_points; i++) {
		const struct wp_side *sides = wp_session_sides(session, i);

		if (!sides || wp_points[i].desc->class_id != class_id)
			continue;
		end = wp_open_table_end(&wp_points[i].open);
		for (slot = 0; slot < end; slot++) {
			u32 gen = READ_ONCE(sides[slot].gen);

			if (!(slot % 1024))
				cond_resched();
			nr += gen && gen == READ_ONCE(wp_points[i].open.slots[slot].seq);
		}
	}
	return nr;
}

static u64 sum_settled(const struct waitprof_counters *sum)
{
	return sum->reported + sum->filtered + sum->lost;
}

static void sum_counters(const struct wp_session *session, u32 class_id,
			 struct waitprof_counters *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	sum->class_id = class_id;
	for_each_possible_cpu(cpu) {
		const struct wp_counters *counters = &session->cpu[cpu]->counters[class_id];

		/* What a wait becomes, before that it ended: never more than ended. */
		sum->reported += READ_ONCE(counters->reported);
		sum->filtered += READ_ONCE(counters->filtered);
		sum->lost += READ_ONCE(counters->lost);
		sum->unattributed += READ_ONCE(counters->unattributed);
		sum->nohist += READ_ONCE(counters->nohist);
		sum->clamped += READ_ONCE(counters->clamped);
		sum->clipped += READ_ONCE(counters->clipped);
	}
	smp_rmb(); /* before ended; pairs with wp_report_ended() */
	for_each_possible_cpu(cpu)
		sum->ended += READ_ONCE(session->cpu[cpu]->counters[class_id].ended);
	smp_rmb(); /* ended before open; pairs with wp_report_ended() */
	sum->open = count_open(session, class_id);
	smp_rmb(); /* open before begun; pairs with publishing in wait.c */
	for_each_possible_cpu(cpu)
		sum->begun += READ_ONCE(session->cpu[cpu]->counters[class_id].begun);
}

/**
 * wp_session_counters() - the conservation counters of a class
 * @session: the session
 * @class_id: WAITPROF_CLASS_*
 * @sum: over all CPUs; open is counted by walking the open waits
 *
 * Taken in the order ended, open, begun, so begun - ended - open is never
 * negative: it is the number of waits that ended between the first two readings
 * plus those that began between the last two. Read again, WP_COUNTER_READS times
 * at most, while the sums do not agree: a session that takes no waits at the
 * moment, a paused one above all, shows exact figures.
 *
 * Context: process; may sleep.
 */
void wp_session_counters(const struct wp_session *session, u32 class_id,
			 struct waitprof_counters *sum)
{
	int tries;

	for (tries = 0; tries < WP_COUNTER_READS; tries++) {
		sum_counters(session, class_id, sum);
		if (sum->begun == sum->ended + sum->open && sum->ended == sum_settled(sum))
			break;
		cond_resched();
	}
}

static void sum_walks(const struct wp_losses *losses, struct waitprof_losses *sum)
{
	sum->ustack_walks += READ_ONCE(losses->ustack_walks);
	sum->ustack_memo += READ_ONCE(losses->ustack_memo);
	sum->ustack_space += READ_ONCE(losses->ustack_space);
	sum->ustack_stale += READ_ONCE(losses->ustack_stale);
	sum->ustack_address += READ_ONCE(losses->ustack_address);
	sum->ustack_table += READ_ONCE(losses->ustack_table);
	sum->ustack_stop += READ_ONCE(losses->ustack_stop);
	sum->ustack_bad += READ_ONCE(losses->ustack_bad);
	sum->ustack_deep += READ_ONCE(losses->ustack_deep);
	sum->unknown_full += READ_ONCE(losses->unknown_full);
}

static void sum_cost(const struct wp_session *session, struct waitprof_losses *sum)
{
	const struct wp_guard *guard = &session->guard;
	u64 stopped_ns = READ_ONCE(guard->stopped_ns), start_ns = READ_ONCE(session->start_ns);
	int cpu;

	for_each_possible_cpu(cpu)
		sum->cost_ns += READ_ONCE(session->cpu[cpu]->charge.ns);
	sum->cost_share = READ_ONCE(guard->share_ppm);
	sum->guard_limit = guard->limit_ppm;
	if (!stopped_ns)
		return;
	sum->stopped_share = sum->cost_share;
	/* One that was held has no start. */
	sum->stopped_ns = start_ns && stopped_ns > start_ns ? stopped_ns - start_ns : 1;
}

/**
 * wp_session_losses() - what a session could not keep
 * @session: the session
 * @sum: over all CPUs
 *
 * Context: any.
 */
void wp_session_losses(const struct wp_session *session, struct waitprof_losses *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct wp_losses *losses = &session->cpu[cpu]->losses;
		const struct wp_totals *totals = &session->cpu[cpu]->totals;

		sum->stack_full += READ_ONCE(losses->stack_full);
		sum->stack_busy += READ_ONCE(losses->stack_busy);
		sum->kstack_truncated += READ_ONCE(losses->kstack_truncated);
		sum->ustack_truncated += READ_ONCE(losses->ustack_truncated);
		sum->ustack_fault += READ_ONCE(losses->ustack_fault);
		sum->ustack_compat += READ_ONCE(losses->ustack_compat);
		sum->nest_deep += READ_ONCE(losses->nest_deep);
		sum_walks(losses, sum);
		sum->rows_used += READ_ONCE(totals->rows_used);
		sum->rows_limit += totals->nr_rows;
		sum->hists_used += READ_ONCE(totals->hists_used);
		sum->hists_limit += totals->nr_hists;
		sum->records_pending += wp_ring_pending(&session->cpu[cpu]->ring);
		sum->records_limit += session->cpu[cpu]->ring.nr_records;
	}
	sum_cost(session, sum);
	sum->stacks_used = wp_stack_used(&session->stacks);
	sum->stacks_limit = session->stacks.nr_entries;
	if (session->filter.follow) {
		sum->follow_full = atomic64_read(&session->filter.follow->full);
		sum->followed = wp_follow_count(session->filter.follow);
	}
	if (session->rules) {
		sum->rules_bytes = READ_ONCE(session->rules->tables.bytes) +
				   READ_ONCE(session->rules->spaces.bytes);
		sum->spaces = READ_ONCE(session->rules->spaces.nr);
		sum->spaces_forgotten = READ_ONCE(session->rules->spaces.forgotten);
	}
}
