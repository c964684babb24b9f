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

static const struct site *site_of(struct collect *c, const struct window_open *o)
{
	const struct waitprof_open *w = &o->wait;

	return naming_site_of(&c->naming, w->class_id, w->kstack ? w->kstack : o->seen_kstack,
			      w->ustack ? w->ustack : o->seen_ustack, w->tgid);
}

static void fill_blocked(struct collect *c, const struct window_open *o, struct report_row *to)
{
	const struct waitprof_open *w = &o->wait;

	to->sum.class_id = w->class_id;
	to->sum.op = w->op;
	to->sum.tgid = w->tgid;
	to->sum.tid = w->tid;
	to->sum.kstack = w->kstack;
	to->sum.ustack = w->ustack;
	to->sum.object = w->object;
	to->sum.last_object = w->object;
	to->sum.object_type = w->object_type;
	to->sum.last_object_type = w->object_type;
	to->sum.inner_ns = w->inner_ns;
	to->sum.total_ns = o->own_ns;
	memcpy(to->sum.comm, w->comm, sizeof(to->sum.comm));
	to->since_ns = w->since_ns;
	to->state = w->state;
	to->open = 1;
	to->kind = naming_kind(site_of(c, o), w->op);
	to->inferred = w->flags & WAITPROF_WAIT_F_INFERRED;
	to->clipped = w->flags & WAITPROF_WAIT_F_CLIPPED;
	to->backend = to->inferred ? WAITPROF_BACKEND_NONE : c->naming.backends[w->class_id];
	to->sum.owner_tid = w->owner_tid;
	to->sum.owner_tgid = w->owner_tgid;
	memcpy(to->owner_comm, w->owner_comm, sizeof(to->owner_comm));
	to->owner_reader = w->flags & WAITPROF_WAIT_F_OWNER_READER;
	if (!w->owner_tid && w->owner_begin_tid) {
		to->sum.owner_tid = w->owner_begin_tid;
		task_tgid(w->owner_begin_tid, &to->sum.owner_tgid);
		task_comm(w->owner_begin_tid, to->owner_comm, sizeof(to->owner_comm));
	}
	to->kstack = stacks_kernel(c->stacks, w->kstack ? w->kstack : o->seen_kstack);
	to->ustack = stacks_user(c->stacks, w->ustack ? w->ustack : o->seen_ustack, (pid_t)w->tgid);
	naming_site(&c->naming, to);
	naming_object(&c->naming, to);
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

/* The lock itself may tell what a stack of one frame does not. */
static void refine_kind(struct report_row *row)
{
	if (row->kind == KIND_OTHER && row->owner_by == OWNER_BY_GLIBC)
		row->kind = KIND_LOCK;
	if (row->kind == KIND_OTHER && row->owner_by == OWNER_BY_JOIN)
		row->kind = KIND_JOIN;
}

static bool is_left_out(struct collect *c, const struct window_open *o,
			const struct report_row *row, struct report *report)
{
	bool other = kind_is_left_out(c->options->kinds, o->wait.class_id, row->kind);
	bool idle = !other && c->naming.ask.idle && site_of(c, o)->is_idle;

	if (report)
		report->left_out += other;
	if (report)
		report->idle += idle;
	return other || idle;
}

static int longest_first(const void *va, const void *vb)
{
	const struct report_row *a = va, *b = vb;

	if (a->since_ns != b->since_ns)
		return a->since_ns < b->since_ns ? 1 : -1;
	return a->sum.tid < b->sum.tid ? -1 : a->sum.tid > b->sum.tid;
}

/**
 * collect_blocked() - the open waits of the last reading, longest first
 * @c: collect
 * @min_ns: leave out those that have lasted less
 * @unknown: keep uninterruptible sleepers whose class is not known, and requests
 *	to devices
 * @rows: result, to be freed by report_free_rows()
 * @nr: their number
 * @report: @left_out and @idle are set; may be NULL
 *
 * Return: 0 or -errno.
 */
int collect_blocked(struct collect *c, uint64_t min_ns, bool unknown, struct report_row **rows,
		    size_t *nr, struct report *report)
{
	struct report_row *r = calloc(c->nr_open + 1, sizeof(*r));
	const struct window_open **from = calloc(c->nr_open + 1, sizeof(*from));
	struct ids noted = { 0 };
	size_t nr_found = 0;
	int ret = -ENOMEM;

	*rows = r;
	*nr = 0;
	if (!r || !from)
		goto out;
	for (size_t i = 0; i < c->nr_open; i++) {
		const struct window_open *o = &c->open[i];

		if (o->wait.since_ns < min_ns)
			continue;
		/* Uninterruptible, but not the idle sleep of kernel threads. */
		if (!o->wait.class_id && (!unknown || (o->wait.state & 0x402) != 0x2))
			continue;
		if (o->wait.class_id == WAITPROF_CLASS_BLOCK && !unknown)
			continue;
		if (ids_add(&noted, o->wait.tgid))
			symbols_note_process(c->symbols, (pid_t)o->wait.tgid);
		fill_blocked(c, o, &r[nr_found]);
		from[nr_found] = o;
		nr_found++;
	}
	ret = collect_owners(c, from, r, nr_found);
	if (!ret && report)
		ret = collect_files(c, from, r, nr_found);
	if (!ret)
		ret = collect_lock_owners(c, from, r, nr_found, report);
	for (size_t i = 0; !ret && i < nr_found; i++) {
		refine_kind(&r[i]);
		if (!is_left_out(c, from[i], &r[i], report))
			r[(*nr)++] = r[i];
	}
	if (!ret)
		ret = collect_lock_waits(r, *nr);
	if (!ret)
		qsort(r, *nr, sizeof(*r), longest_first);
out:
	ids_free(&noted);
	free(from);
	return ret;
}
