// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a wait in the books of one session: it is no longer open, then it has
 * ended, then it has become something. wait.c says in which order readers look.
 *
 * Everything here runs in a probe with interrupts off, so this CPU is the only
 * writer of the counters, totals and records it touches.
 */
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include "point.h"
#include "report.h"
#include "session.h"

static struct wp_session_cpu *this_cpu_of(const struct wp_session *session)
{
	return session->cpu[smp_processor_id()];
}

/**
 * wp_report_lost() - what sessions recorded of a wait whose end nobody saw
 * @point: its point
 * @wait: still open
 *
 * Context: probe, interrupts off.
 */
void wp_report_lost(const struct wp_point *point, const struct wp_open *wait)
{
	u32 i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = rcu_dereference_sched(wp_sessions[i]);
		struct wp_counters *counters;
		struct wp_side *sides, *side;

		if (!session)
			continue;
		sides = wp_session_sides(session, point->id);
		if (!sides)
			continue;
		side = &sides[wp_open_ref_slot(wait->self)];
		if (side->gen != wait->seq)
			continue;
		counters = &this_cpu_of(session)->counters[wait->class_id];
		wp_report_ended(side, counters);
		WRITE_ONCE(counters->lost, counters->lost + 1);
	}
}

/**
 * wp_report_sample() - add an ended wait to a session's totals and records
 * @session: the session
 * @sample: the wait
 * @clamped: a part of it had to be clamped
 *
 * Context: probe, interrupts off.
 */
void wp_report_sample(struct wp_session *session, const struct wp_sample *sample, bool clamped)
{
	struct wp_session_cpu *cpu = this_cpu_of(session);
	struct wp_counters *counters = &cpu->counters[sample->key.class_id];

	switch (wp_totals_add(&cpu->totals, sample)) {
	case WP_TOTALS_NO_ROW:
		WRITE_ONCE(counters->unattributed, counters->unattributed + 1);
		break;
	case WP_TOTALS_NO_HIST:
		WRITE_ONCE(counters->nohist, counters->nohist + 1);
		break;
	case WP_TOTALS_OK:
		break;
	}
	if (clamped)
		WRITE_ONCE(counters->clamped, counters->clamped + 1);
	if (sample->clipped)
		WRITE_ONCE(counters->clipped, counters->clipped + 1);
	if ((session->flags & WAITPROF_SESSION_F_RECORDS) && !wp_ring_put(&cpu->ring, sample))
		WRITE_ONCE(counters->lost, counters->lost + 1);
	else
		WRITE_ONCE(counters->reported, counters->reported + 1);
}
