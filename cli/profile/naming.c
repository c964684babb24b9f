// SPDX-License-Identifier: GPL-2.0-only
/*
 * What rows and single waits are called, whether they come from a session or out
 * of a capture: stacks, call sites, kinds, owners, wakers.
 */
#include <stdio.h>
#include <string.h>

#include "profile/callsite.h"
#include "profile/names.h"
#include "profile/naming.h"

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

static void name_device(struct naming *n, uint64_t device, char *buf, size_t size)
{
	buf[0] = '\0';
	if (n->object)
		n->object(n->arg, WAITPROF_OBJECT_DEV, device, buf, size);
	if (!buf[0])
		names_object(buf, size, WAITPROF_OBJECT_DEV, device);
}

/**
 * naming_site() - what is shown of a wait's code
 * @n: naming
 * @to: class, object and stacks are set; @site and @function get set. A request to
 *	a device has no code: it is called after the device
 */
void naming_site(struct naming *n, struct report_row *to)
{
	const struct waitprof_row *row = &to->sum;
	const struct site *site;

	to->function = NULL;
	if (row->class_id == WAITPROF_CLASS_BLOCK) {
		if (row->object_type == WAITPROF_OBJECT_DEV)
			name_device(n, row->object, to->site, sizeof(to->site));
		return;
	}
	site = sites_find(n->sites, &n->ask, row->class_id, to->kstack, to->ustack,
			  (pid_t)row->tgid);
	snprintf(to->site, sizeof(to->site), "%s", site->name);
	to->function = site->function;
}

/**
 * naming_ns_pid() - the process's id in its own pid namespace, where a row has none
 * @n: naming
 * @to: process is set
 */
void naming_ns_pid(struct naming *n, struct report_row *to)
{
	if (to->sum.tgid && !to->sum.ns_tgid && n->ns_pid)
		to->sum.ns_tgid = n->ns_pid(n->arg, to->sum.tgid);
}

static bool has_name(uint32_t type)
{
	return type == WAITPROF_OBJECT_KADDR || type == WAITPROF_OBJECT_DEV;
}

/**
 * naming_object() - the name of a device, or of a lock in the kernel's own data
 * @n: naming
 * @to: object is set; @object_name gets set
 */
void naming_object(struct naming *n, struct report_row *to)
{
	const struct waitprof_row *row = &to->sum;

	uint32_t type = row->object_type ? row->object_type : row->last_object_type;

	to->object_name[0] = '\0';
	if (!has_name(type))
		return;
	to->named_object = row->object_type ? row->object : row->last_object;
	if (n->object)
		n->object(n->arg, type, to->named_object, to->object_name, sizeof(to->object_name));
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
	to->function = frame ? frame->symbol : NULL;
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
	naming_object(n, to);
	if (row->waker_flags)
		name_waker(n, row, &to->waker);
}

/**
 * naming_site_of() - what the stacks of a wait say of it
 * @n: naming
 * @class_id: its class
 * @kstack: id of its kernel stack
 * @ustack: id of its user stack
 * @tgid: its process
 *
 * Return: good until another one is asked for.
 */
const struct site *naming_site_of(struct naming *n, uint32_t class_id, uint32_t kstack,
				  uint32_t ustack, uint32_t tgid)
{
	return sites_find(n->sites, &n->ask, class_id, stacks_kernel(n->stacks, kstack),
			  stacks_user(n->stacks, ustack, (pid_t)tgid), (pid_t)tgid);
}

/**
 * naming_kind() - the kind of a wait
 * @site: what its stacks say
 * @op: WAITPROF_OP_*
 */
enum kind naming_kind(const struct site *site, uint32_t op)
{
	/* There is nothing else to be had by this operation. */
	if (op == WAITPROF_OP_LOCK_PI)
		return KIND_LOCK;
	return site->kind;
}

static void leave_out(const struct profile_row *r, bool idle, struct report *report)
{
	uint64_t count = r->row.count + r->open;

	if (idle) {
		report->idle += count;
		report->idle_ns += r->row.total_ns;
	} else {
		report->left_out += count;
		report->left_out_ns += r->row.total_ns;
	}
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
	report->has_idle = n->ask.idle;
	report->idle = 0;
	report->idle_ns = 0;
	for (size_t i = 0; i < window->nr; i++) {
		struct profile_row *r = &window->rows[i];
		const struct site *site;

		if (!n->ask.idle && !kind_of_class(r->row.class_id))
			continue;
		site = naming_site_of(n, r->row.class_id,
				      r->row.kstack ? r->row.kstack : r->seen_kstack,
				      r->row.ustack ? r->row.ustack : r->seen_ustack, r->row.tgid);
		r->kind = naming_kind(site, r->row.op);
		r->left_out = kind_is_left_out(kinds, r->row.class_id, r->kind);
		r->idle = !r->left_out && site->is_idle;
		if (r->left_out || r->idle)
			leave_out(r, r->idle, report);
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
	int ret;

	naming_label(n, window, kinds, report);
	ret = group_profile(window, by, naming_row, n, report);
	for (size_t i = 0; !ret && i < report->nr_rows; i++)
		naming_ns_pid(n, &report->rows[i]);
	return ret;
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
	const struct site *site;

	memset(to, 0, sizeof(*to));
	to->record = record;
	row->sum.class_id = record->class_id;
	row->sum.op = record->op;
	row->sum.tgid = record->tgid;
	row->sum.tid = record->tid;
	row->sum.ns_tgid = record->ns_tgid;
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
	site = naming_site_of(n, record->class_id, record->kstack, record->ustack, record->tgid);
	row->kind = naming_kind(site, record->op);
	to->left_out = kind_is_left_out(kinds, record->class_id, row->kind);
	to->idle = !to->left_out && site->is_idle;
	naming_site(n, row);
	naming_object(n, row);
	naming_ns_pid(n, row);
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
