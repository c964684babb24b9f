// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readings into rows of a report: names for stacks, owners and call sites.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "callsite.h"
#include "collect.h"
#include "ids.h"
#include "names.h"
#include "task.h"

static uint32_t class_backend(const struct collect *c, uint32_t class_id)
{
	for (size_t i = 0; i < c->nr_points; i++)
		if (c->points[i].class_id == class_id && c->points[i].backend)
			return c->points[i].backend;
	return WAITPROF_BACKEND_NONE;
}

/* What is shown of a wait's code; a request to a device has none. */
static void name_site(struct collect *c, struct report_row *to)
{
	const struct waitprof_row *row = &to->sum;

	if (row->class_id != WAITPROF_CLASS_BLOCK)
		sites_name(c->sites, row->class_id, to->kstack, to->ustack, to->site,
			   sizeof(to->site));
	else if (row->object_type == WAITPROF_OBJECT_DEV)
		names_device(to->site, sizeof(to->site), row->object);
}

static void name_waker(struct collect *c, const struct waitprof_row *row, struct report_waker *to)
{
	const struct symbol_frame *frame;

	to->flags = row->waker_flags;
	to->tid = row->waker_tid;
	to->tgid = row->waker_tgid;
	memcpy(to->comm, row->waker_comm, sizeof(to->comm));
	to->kstack = stacks_kernel(c->stacks, row->waker_kstack);
	to->ustack = stacks_user(c->stacks, row->waker_ustack, (pid_t)row->waker_tgid);
	frame = callsite_find_waker(row->class_id, to->kstack ? to->kstack->frames : NULL,
				    to->kstack ? to->kstack->nr : 0,
				    to->ustack ? to->ustack->frames : NULL,
				    to->ustack ? to->ustack->nr : 0);
	callsite_name(to->site, sizeof(to->site), frame);
}

static void name_row(const struct profile_row *from, struct report_row *to, void *arg)
{
	struct collect *c = arg;
	const struct waitprof_row *row = &from->row;

	to->backend = from->inferred ? WAITPROF_BACKEND_NONE : class_backend(c, row->class_id);
	if (row->flags & WAITPROF_ROW_F_OVERFLOW) {
		snprintf(to->site, sizeof(to->site), "(table full: call site not kept)");
		return;
	}
	to->kstack = stacks_kernel(c->stacks, row->kstack ? row->kstack : from->seen_kstack);
	to->ustack = stacks_user(c->stacks, row->ustack ? row->ustack : from->seen_ustack,
				 (pid_t)row->tgid);
	if (row->owner_tid)
		task_comm(row->owner_tid, to->owner_comm, sizeof(to->owner_comm));
	to->sum = *row;
	name_site(c, to);
	if (row->waker_flags)
		name_waker(c, row, &to->waker);
}

static enum kind kind_of(struct collect *c, uint32_t class_id, uint32_t kstack)
{
	const struct stack *stack;

	if (class_id != WAITPROF_CLASS_IO)
		return KIND_NONE;
	stack = stacks_kernel(c->stacks, kstack);
	return kind_of_frames(stack ? stack->frames : NULL, stack ? stack->nr : 0);
}

static bool is_left_out(const struct collect *c, enum kind kind)
{
	return kind != KIND_NONE && c->options->kinds && !(c->options->kinds & 1U << kind);
}

static void label_rows(struct collect *c, struct profile *window, struct report *report)
{
	report->has_left_out = c->options->kinds;
	for (size_t i = 0; i < window->nr; i++) {
		struct profile_row *r = &window->rows[i];

		r->kind =
			kind_of(c, r->row.class_id, r->row.kstack ? r->row.kstack : r->seen_kstack);
		r->left_out = is_left_out(c, r->kind);
		if (!r->left_out)
			continue;
		report->left_out += r->row.count + r->open;
		report->left_out_ns += r->row.total_ns;
	}
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
	label_rows(c, window, report);
	return group_profile(window, by, name_row, c, report);
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
	to->kind = kind_of(c, w->class_id, w->kstack ? w->kstack : o->seen_kstack);
	to->inferred = w->flags & WAITPROF_WAIT_F_INFERRED;
	to->clipped = w->flags & WAITPROF_WAIT_F_CLIPPED;
	to->backend = to->inferred ? WAITPROF_BACKEND_NONE : class_backend(c, w->class_id);
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
	name_site(c, to);
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
	struct report_row *row = &to->row;

	memset(to, 0, sizeof(*to));
	to->record = record;
	row->sum.class_id = record->class_id;
	row->sum.op = record->op;
	row->sum.tgid = record->tgid;
	row->sum.tid = record->tid;
	row->sum.object = record->object;
	row->sum.object_type = record->object_type;
	row->sum.size_log2 = record->size_log2;
	row->sum.owner_tid = record->owner_tid;
	row->sum.owner_tgid = record->owner_tgid;
	memcpy(row->sum.comm, record->comm, sizeof(row->sum.comm));
	if (record->owner_tid)
		task_comm(record->owner_tid, row->owner_comm, sizeof(row->owner_comm));
	row->clipped = record->flags & WAITPROF_WAIT_F_CLIPPED;
	row->backend = point_backend(c, record->point);
	row->kstack = stacks_kernel(c->stacks, record->kstack);
	row->ustack = stacks_user(c->stacks, record->ustack, (pid_t)record->tgid);
	row->kind = kind_of(c, record->class_id, record->kstack);
	to->left_out = is_left_out(c, row->kind);
	name_site(c, row);
	if (!record->waker_flags)
		return;
	row->sum.waker_flags = record->waker_flags;
	row->sum.waker_tid = record->waker_tid;
	row->sum.waker_tgid = record->waker_tgid;
	row->sum.waker_kstack = record->waker_kstack;
	row->sum.waker_ustack = record->waker_ustack;
	memcpy(row->sum.waker_comm, record->waker_comm, sizeof(row->sum.waker_comm));
	name_waker(c, &row->sum, &row->waker);
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
 * @left_out: number of those of other kinds than asked for; may be NULL
 *
 * Return: 0 or -errno.
 */
int collect_blocked(struct collect *c, uint64_t min_ns, bool unknown, struct report_row **rows,
		    size_t *nr, uint64_t *left_out)
{
	struct report_row *r = calloc(c->nr_open + 1, sizeof(*r));
	const struct window_open **from = calloc(c->nr_open + 1, sizeof(*from));
	struct ids noted = { 0 };
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
		fill_blocked(c, o, &r[*nr]);
		from[*nr] = o;
		if (!is_left_out(c, r[*nr].kind))
			(*nr)++;
		else if (left_out)
			(*left_out)++;
	}
	ret = collect_owners(c, from, r, *nr);
	if (!ret)
		qsort(r, *nr, sizeof(*r), longest_first);
out:
	ids_free(&noted);
	free(from);
	return ret;
}
