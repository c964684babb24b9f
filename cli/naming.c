// SPDX-License-Identifier: GPL-2.0-only
/*
 * What rows and single waits are called, whether they come from a session or out
 * of a capture: stacks, call sites, kinds, owners, wakers.
 */
#include <stdio.h>
#include <string.h>

#include "callsite.h"
#include "names.h"
#include "naming.h"

static uint32_t class_backend(const struct naming *n, uint32_t class_id)
{
	return class_id <= WAITPROF_CLASS_MAX ? n->backends[class_id] : WAITPROF_BACKEND_NONE;
}

/**
 * naming_backends() - which backend the waits of each class come from
 * @n: naming
 * @points: wait points
 * @nr: their number
 */
void naming_backends(struct naming *n, const struct client_point *points, size_t nr)
{
	memset(n->backends, 0, sizeof(n->backends));
	for (size_t i = 0; i < nr; i++)
		if (points[i].class_id <= WAITPROF_CLASS_MAX && !n->backends[points[i].class_id])
			n->backends[points[i].class_id] = points[i].backend;
}

/**
 * naming_site() - what is shown of a wait's code
 * @n: naming
 * @to: class, object and stacks are set; @site gets set. A request to a device has
 *	no code: it is called after the device
 */
void naming_site(struct naming *n, struct report_row *to)
{
	const struct waitprof_row *row = &to->sum;

	if (row->class_id != WAITPROF_CLASS_BLOCK)
		sites_name(n->sites, row->class_id, to->kstack, to->ustack, to->site,
			   sizeof(to->site));
	else if (row->object_type == WAITPROF_OBJECT_DEV)
		names_device(to->site, sizeof(to->site), row->object);
}

static void name_waker(struct naming *n, const struct waitprof_row *row, struct report_waker *to)
{
	const struct symbol_frame *frame;

	to->flags = row->waker_flags;
	to->tid = row->waker_tid;
	to->tgid = row->waker_tgid;
	memcpy(to->comm, row->waker_comm, sizeof(to->comm));
	to->kstack = stacks_kernel(n->stacks, row->waker_kstack);
	to->ustack = stacks_user(n->stacks, row->waker_ustack, (pid_t)row->waker_tgid);
	frame = callsite_find_waker(row->class_id, to->kstack ? to->kstack->frames : NULL,
				    to->kstack ? to->kstack->nr : 0,
				    to->ustack ? to->ustack->frames : NULL,
				    to->ustack ? to->ustack->nr : 0);
	callsite_name(to->site, sizeof(to->site), frame);
}

/**
 * naming_row() - name a row of a profile; a group_name_fn
 * @from: the row
 * @to: gets stacks, call site, owner and waker
 * @naming: struct naming
 */
void naming_row(const struct profile_row *from, struct report_row *to, void *naming)
{
	struct naming *n = naming;
	const struct waitprof_row *row = &from->row;

	to->backend = from->inferred ? WAITPROF_BACKEND_NONE : class_backend(n, row->class_id);
	if (row->flags & WAITPROF_ROW_F_OVERFLOW) {
		snprintf(to->site, sizeof(to->site), "(table full: call site not kept)");
		return;
	}
	to->kstack = stacks_kernel(n->stacks, row->kstack ? row->kstack : from->seen_kstack);
	to->ustack = stacks_user(n->stacks, row->ustack ? row->ustack : from->seen_ustack,
				 (pid_t)row->tgid);
	if (row->owner_tid)
		n->comm(n->arg, row->owner_tid, to->owner_comm, sizeof(to->owner_comm));
	to->sum = *row;
	naming_site(n, to);
	if (row->waker_flags)
		name_waker(n, row, &to->waker);
}

/**
 * naming_kind() - the kind of a wait
 * @n: naming
 * @class_id: its class
 * @kstack: id of its kernel stack
 *
 * Return: KIND_NONE for a class that has none.
 */
enum kind naming_kind(struct naming *n, uint32_t class_id, uint32_t kstack)
{
	const struct stack *stack;

	if (class_id != WAITPROF_CLASS_IO)
		return KIND_NONE;
	stack = stacks_kernel(n->stacks, kstack);
	return kind_of_frames(stack ? stack->frames : NULL, stack ? stack->nr : 0);
}

/**
 * naming_left_out() - is a wait not of a kind that was asked for
 * @kinds: mask of 1 << enum kind, 0 = all
 * @kind: its kind
 */
bool naming_left_out(uint32_t kinds, enum kind kind)
{
	return kind != KIND_NONE && kinds && !(kinds & 1U << kind);
}

/**
 * naming_label() - the kinds of the rows of a window, and which are left out
 * @n: naming
 * @window: its rows are labelled
 * @kinds: mask of 1 << enum kind, 0 = all
 * @report: gets how much is left out
 */
void naming_label(struct naming *n, struct profile *window, uint32_t kinds, struct report *report)
{
	report->has_left_out = kinds;
	report->left_out = 0;
	report->left_out_ns = 0;
	for (size_t i = 0; i < window->nr; i++) {
		struct profile_row *r = &window->rows[i];

		r->kind = naming_kind(n, r->row.class_id,
				      r->row.kstack ? r->row.kstack : r->seen_kstack);
		r->left_out = naming_left_out(kinds, r->kind);
		if (!r->left_out)
			continue;
		report->left_out += r->row.count + r->open;
		report->left_out_ns += r->row.total_ns;
	}
}

/**
 * naming_report() - rows of a window, named, in no order
 * @n: naming
 * @window: must live as long as the report; its rows are labelled with their kind
 * @kinds: mask of 1 << enum kind, 0 = all
 * @by: grouping
 * @report: rows are set; to be freed whatever this returns
 *
 * Return: 0 or -ENOMEM.
 */
int naming_report(struct naming *n, struct profile *window, uint32_t kinds, enum group_by by,
		  struct report *report)
{
	naming_label(n, window, kinds, report);
	return group_profile(window, by, naming_row, n, report);
}

/**
 * naming_record() - name what a wait that has ended was
 * @n: naming
 * @record: the wait; must live as long as @to
 * @backend: WAITPROF_BACKEND_* of its wait point
 * @kinds: mask of 1 << enum kind, 0 = all
 * @to: result
 */
void naming_record(struct naming *n, const struct waitprof_record *record, uint32_t backend,
		   uint32_t kinds, struct report_record *to)
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
		n->comm(n->arg, record->owner_tid, row->owner_comm, sizeof(row->owner_comm));
	row->clipped = record->flags & WAITPROF_WAIT_F_CLIPPED;
	row->backend = backend;
	row->kstack = stacks_kernel(n->stacks, record->kstack);
	row->ustack = stacks_user(n->stacks, record->ustack, (pid_t)record->tgid);
	row->kind = naming_kind(n, record->class_id, record->kstack);
	to->left_out = naming_left_out(kinds, row->kind);
	naming_site(n, row);
	if (!record->waker_flags)
		return;
	row->sum.waker_flags = record->waker_flags;
	row->sum.waker_tid = record->waker_tid;
	row->sum.waker_tgid = record->waker_tgid;
	row->sum.waker_kstack = record->waker_kstack;
	row->sum.waker_ustack = record->waker_ustack;
	memcpy(row->sum.waker_comm, record->waker_comm, sizeof(row->sum.waker_comm));
	name_waker(n, &row->sum, &row->waker);
}
