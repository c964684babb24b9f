// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readings into rows of a report.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect.h"
#include "util/ids.h"
#include "proc/task.h"

/**
 * collect_label() - everything that a report says beside its rows
 * @c: collect
 * @window: its rows are labelled with their kind
 * @report: counters, and what is left out
 */
void collect_label(struct collect *c, struct profile *window, struct report *report)
{
	struct ids noted = { 0 };

	for (size_t i = 0; i < window->nr; i++) {
		const struct waitprof_row *row = &window->rows[i].row;

		if (row->tgid && ids_add(&noted, row->tgid))
			symbols_note_process(c->symbols, (pid_t)row->tgid);
		if (row->waker_tgid && ids_add(&noted, row->waker_tgid))
			symbols_note_process(c->symbols, (pid_t)row->waker_tgid);
	}
	ids_free(&noted);
	report->has_wakers = c->session_flags & WAITPROF_SESSION_F_WAKERS;
	collect_counters(c, report);
	naming_label(&c->naming, window, c->options->kinds, report);
}

/**
 * collect_report() - rows of a window, named, in no order
 * @c: collect
 * @window: what collect_window() gave; must live as long as the report; its rows
 *	are labelled with their kind
 * @by: grouping
 * @report: rows and counters are set; to be freed whatever this returns
 *
 * Return: 0 or -ENOMEM.
 */
int collect_report(struct collect *c, struct profile *window, enum group_by by,
		   struct report *report)
{
	collect_label(c, window, report);
	return group_profile(window, by, naming_row, &c->naming, report);
}

static uint32_t point_backend(const struct collect *c, uint32_t point)
{
	for (size_t i = 0; i < c->nr_points; i++)
		if (c->points[i].id == point)
			return c->points[i].backend;
	return WAITPROF_BACKEND_NONE;
}

/**
 * collect_record() - name what a wait that has ended was
 * @c: collect
 * @record: the wait; must live as long as @to
 * @to: result
 */
void collect_record(struct collect *c, const struct waitprof_record *record,
		    struct report_record *to)
{
	naming_record(&c->naming, record, point_backend(c, record->point), c->options->kinds, to);
}
