// SPDX-License-Identifier: GPL-2.0-only
/*
 * The waits that were open when a recording ended, as blocked shows them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture_impl.h"
#include "collect/collect.h"
#include "collect/open_row.h"

#define MAX_WAITS (1u << 22)

/* Waits on their way into a report. */
struct blocked {
	struct capture *c;
	const struct options *options;
	struct report *report;
	size_t room;
};

static struct report_row *add_row(struct report *report, size_t *room)
{
	struct report_row *rows;

	if (report->nr_rows == MAX_WAITS)
		return NULL;
	if (report->nr_rows == *room) {
		rows = reallocarray(report->rows, 2 * *room + 64, sizeof(*rows));
		if (!rows)
			return NULL;
		report->rows = rows;
		*room = 2 * *room + 64;
	}
	return memset(&report->rows[report->nr_rows], 0, sizeof(*rows));
}

static int add_wait(struct blocked *b, const struct capture_wait *wait)
{
	const struct options *o = b->options;
	struct window_open open = {
		.wait = wait->wait,
		.own_ns = wait->own_ns,
		.seen_kstack = wait->seen_kstack,
		.seen_ustack = wait->seen_ustack,
	};
	struct report_row *row;

	if (wait->wait.class_id > WAITPROF_CLASS_MAX || wait->owner_by > OWNER_BY_JOIN)
		return SQLITE_CORRUPT;
	if (wait->wait.since_ns < o->min_age_ns ||
	    (o->classes && !(o->classes & 1U << wait->wait.class_id)) ||
	    !capture_takes_thread(o, wait->wait.tgid, wait->wait.tid, wait->wait.comm))
		return SQLITE_OK;
	row = add_row(b->report, &b->room);
	if (!row)
		return SQLITE_NOMEM;
	open_row_fill(&open, row);
	row->owner_by = (enum owner_by)wait->owner_by;
	snprintf(row->lock.owner, sizeof(row->lock.owner), "%s",
		 capture_clean(b->c->symbols, wait->owner_in));
	row->file = capture_clean(b->c->symbols, wait->file);
	open_row_name(&b->c->naming, &open, row);
	open_row_refine(row);
	if (!open_row_is_left_out(&b->c->naming, &open, row, o->kinds ? o->kinds : b->c->kinds,
				  b->report))
		b->report->nr_rows++;
	return SQLITE_OK;
}

static int read_waits(struct blocked *b)
{
	struct capture_wait wait = { 0 };
	sqlite3_stmt *rows = NULL;
	int ret = capture_table_select(b->c->db, &capture_waits, "ORDER BY id", &rows);

	while (ret == SQLITE_OK &&
	       (ret = capture_table_get(rows, &capture_waits, &wait)) == SQLITE_ROW)
		ret = add_wait(b, &wait);
	sqlite3_finalize(rows);
	return capture_fail(b->c, ret);
}

static int find_end(struct capture *c, sqlite3_stmt *rows, uint32_t tid, struct report_end *end)
{
	struct capture_holder holder = { 0 };
	int ret;

	sqlite3_reset(rows);
	sqlite3_bind_int64(rows, 1, tid);
	ret = capture_table_get(rows, &capture_holders, &holder);
	if (ret != SQLITE_ROW)
		return capture_fail(c, ret);
	end->state = holder.state > ' ' && holder.state < 0x7f ? (char)holder.state : 0;
	end->kstack = stacks_kernel(c->stacks, holder.seen_kstack);
	return 0;
}

static int find_ends(struct capture *c, struct report *report)
{
	sqlite3_stmt *rows = NULL;
	int ret = capture_fail(c, capture_table_select(c->db, &capture_holders, "WHERE tid = ?",
						       &rows));

	for (size_t i = 0; !ret && i < report->graph.nr; i++) {
		const struct report_row *last = open_row_end(report, i);

		if (last)
			ret = find_end(c, rows, last->sum.owner_tid, &report->ends[i]);
	}
	sqlite3_finalize(rows);
	return ret;
}

/**
 * capture_blocked() - the waits that were open when the recording ended, longest first
 * @capture: an open one
 * @options: of the filter what capture_takes() looks at, --kind and --min
 * @report: rows, graph and counters; to be freed whatever this returns, before the
 *	capture is closed
 *
 * Return: 0 or -errno; -EOPNOTSUPP when it has none.
 */
int capture_blocked(struct capture *capture, const struct options *options, struct report *report)
{
	struct blocked blocked = { .c = capture, .options = options, .report = report };
	int ret;

	if (!capture->has_open)
		return capture_refuse(capture, -EOPNOTSUPP, "does not have the open waits",
				      "record it again, with this version");
	capture->naming.ask.idle = options->idle_list;
	capture_counters(capture, report);
	if (options->classes)
		report->classes &= options->classes;
	report->is_captured = true;
	report->duration_ns = capture->info.duration_ns;
	report->open_unix_ns = capture->info.begun_wall_ns + capture->open_ns;
	report->has_left_out = options->kinds || capture->kinds;
	report->has_idle = options->idle_list;
	ret = read_waits(&blocked);
	/* Of owners that wait themselves the rows tell where. */
	if (!ret && (collect_lock_owners(NULL, NULL, report->rows, report->nr_rows, false) ||
		     collect_lock_waits(report->rows, report->nr_rows)))
		ret = -ENOMEM;
	open_row_sort(report->rows, report->nr_rows);
	if (!ret && open_row_graph(report))
		ret = -ENOMEM;
	if (!ret)
		ret = find_ends(capture, report);
	return ret ? ret : capture_fail(capture, capture->failure);
}
