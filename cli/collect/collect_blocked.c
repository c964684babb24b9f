// SPDX-License-Identifier: GPL-2.0-only
/*
 * The open waits of a reading as rows, with who holds what they wait for.
 */
#include <errno.h>
#include <stdlib.h>

#include "collect/collect.h"
#include "collect/open_row.h"
#include "proc/task.h"
#include "util/ids.h"

/* Who held it when the wait began may be known where nobody can be asked now. */
static void find_first_owner(const struct window_open *o, struct report_row *to)
{
	if (to->sum.owner_tid || !o->wait.owner_begin_tid)
		return;
	to->sum.owner_tid = o->wait.owner_begin_tid;
	task_tgid(to->sum.owner_tid, &to->sum.owner_tgid);
	task_comm(to->sum.owner_tid, to->owner_comm, sizeof(to->owner_comm));
}

static bool is_told(const struct window_open *o, uint64_t min_ns, bool unknown)
{
	if (o->wait.since_ns < min_ns)
		return false;
	/* Uninterruptible, but not the idle sleep of kernel threads. */
	if (!o->wait.class_id)
		return unknown && (o->wait.state & 0x402) == 0x2;
	return unknown || o->wait.class_id != WAITPROF_CLASS_BLOCK;
}

/**
 * collect_open_rows() - the open waits of the last reading, with their owners
 * @c: collect
 * @min_ns: leave out those that have lasted less
 * @unknown: keep uninterruptible sleepers whose class is not known, and requests
 *	to devices
 * @named: give names to stacks, too
 * @rows: result, in no order, to be freed by report_free_rows()
 * @from: what each was made of, to be freed
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int collect_open_rows(struct collect *c, uint64_t min_ns, bool unknown, bool named,
		      struct report_row **rows, const struct window_open ***from, size_t *nr)
{
	struct report_row *r = calloc(c->nr_open + 1, sizeof(*r));
	const struct window_open **f = calloc(c->nr_open + 1, sizeof(*f));
	struct ids noted = { 0 };

	*rows = r;
	*from = f;
	*nr = 0;
	if (!r || !f)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr_open; i++) {
		const struct window_open *o = &c->open[i];

		if (!is_told(o, min_ns, unknown))
			continue;
		open_row_fill(o, &r[*nr]);
		find_first_owner(o, &r[*nr]);
		if (named && ids_add(&noted, o->wait.tgid))
			symbols_note_process(c->symbols, (pid_t)o->wait.tgid);
		if (named)
			open_row_name(&c->naming, o, &r[*nr]);
		f[(*nr)++] = o;
	}
	ids_free(&noted);
	return collect_owners(c, f, r, *nr);
}

/**
 * collect_blocked() - the open waits of the last reading, longest first
 * @c: collect
 * @min_ns: as collect_open_rows()
 * @unknown: likewise
 * @rows: likewise
 * @nr: their number
 * @report: @left_out and @idle are set; may be NULL
 *
 * Return: 0 or -errno.
 */
int collect_blocked(struct collect *c, uint64_t min_ns, bool unknown, struct report_row **rows,
		    size_t *nr, struct report *report)
{
	const struct window_open **from;
	struct report_row *r;
	size_t nr_found;
	int ret = collect_open_rows(c, min_ns, unknown, true, rows, &from, &nr_found);

	r = *rows;
	*nr = 0;
	if (!ret && report)
		ret = collect_files(c, from, r, nr_found);
	if (!ret)
		ret = collect_lock_owners(c, from, r, nr_found, report);
	for (size_t i = 0; !ret && i < nr_found; i++) {
		open_row_refine(&r[i]);
		if (!open_row_is_left_out(&c->naming, from[i], &r[i], c->options->kinds, report))
			r[(*nr)++] = r[i];
	}
	if (!ret)
		ret = collect_lock_waits(r, *nr);
	if (!ret)
		open_row_sort(r, *nr);
	free(from);
	return ret;
}
