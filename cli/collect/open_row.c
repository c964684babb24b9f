// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows of open waits: what is known of them, what it is called, and who waits for whom.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/open_row.h"

/**
 * open_row_fill() - what is known of an open wait
 * @o: the wait
 * @to: gets everything but names and @owner_by
 */
void open_row_fill(const struct window_open *o, struct report_row *to)
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
	to->inferred = w->flags & WAITPROF_WAIT_F_INFERRED;
	to->clipped = w->flags & WAITPROF_WAIT_F_CLIPPED;
	to->sum.owner_tid = w->owner_tid;
	to->sum.owner_tgid = w->owner_tgid;
	memcpy(to->owner_comm, w->owner_comm, sizeof(to->owner_comm));
	to->owner_reader = w->flags & WAITPROF_WAIT_F_OWNER_READER;
}

static const struct site *site_of(struct naming *n, const struct window_open *o)
{
	const struct waitprof_open *w = &o->wait;

	return naming_site_of(n, w->class_id, w->kstack ? w->kstack : o->seen_kstack,
			      w->ustack ? w->ustack : o->seen_ustack, w->tgid);
}

/**
 * open_row_name() - what an open wait is called
 * @n: naming
 * @o: the wait
 * @to: its row, filled; gets stacks, call site, kind, backend
 */
void open_row_name(struct naming *n, const struct window_open *o, struct report_row *to)
{
	const struct waitprof_open *w = &o->wait;

	to->kind = naming_kind(site_of(n, o), w->op);
	to->backend = to->inferred ? WAITPROF_BACKEND_NONE : n->backends[w->class_id];
	to->kstack = stacks_kernel(n->stacks, w->kstack ? w->kstack : o->seen_kstack);
	to->ustack = stacks_user(n->stacks, w->ustack ? w->ustack : o->seen_ustack, (pid_t)w->tgid);
	naming_site(n, to);
	naming_object(n, to);
	naming_ns_pid(n, to);
}

static bool is_kernel_lock(uint32_t class_id)
{
	return class_id != WAITPROF_CLASS_FUTEX && class_id != WAITPROF_CLASS_IO &&
	       class_id != WAITPROF_CLASS_JOURNAL && class_id != WAITPROF_CLASS_BLOCK;
}

/* Why nobody knows the owner, where that can be told. */
static const char *owner_note(const struct report_row *row)
{
	const char *language = NULL;

	if (row->inferred && is_kernel_lock(row->sum.class_id))
		return "object and owner unknown: the wait began before the module watched it";
	if (row->sum.class_id == WAITPROF_CLASS_FUTEX && row->ustack)
		language = owner_language(row->ustack->frames, row->ustack->nr);
	if (!language)
		return NULL;
	return strcmp(language, "Go") ? "owner unknown: locks of Rust do not record it" :
					"owner unknown: locks of Go do not record it";
}

/**
 * open_row_refine() - what the owner, or that there is none, says of a wait
 * @row: its row, named and with @owner_by
 */
void open_row_refine(struct report_row *row)
{
	/* The lock itself may tell what a stack of one frame does not. */
	if (row->kind == KIND_OTHER && row->owner_by == OWNER_BY_GLIBC)
		row->kind = KIND_LOCK;
	if (row->kind == KIND_OTHER && row->owner_by == OWNER_BY_JOIN)
		row->kind = KIND_JOIN;
	if (row->owner_by == OWNER_BY_NONE)
		row->owner_note = owner_note(row);
}

/**
 * open_row_is_left_out() - is a wait of no kind that was asked for, or called idle
 * @n: naming
 * @o: the wait
 * @row: its row
 * @kinds: mask of 1 << enum kind, 0 = all
 * @report: @left_out and @idle count it; may be NULL
 */
bool open_row_is_left_out(struct naming *n, const struct window_open *o,
			  const struct report_row *row, uint32_t kinds, struct report *report)
{
	bool other = kind_is_left_out(kinds, o->wait.class_id, row->kind);
	bool idle = !other && n->ask.idle && site_of(n, o)->is_idle;

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
 * open_row_sort() - the longest first
 * @rows: rows
 * @nr: their number
 */
void open_row_sort(struct report_row *rows, size_t nr)
{
	if (nr)
		qsort(rows, nr, sizeof(*rows), longest_first);
}

/**
 * open_row_graph() - who waits for whom
 * @report: with @rows, open waits; @graph is set, and @ends, empty ones
 *
 * Return: 0 or -ENOMEM.
 */
int open_row_graph(struct report *report)
{
	struct graph_wait *waits = calloc(report->nr_rows + 1, sizeof(*waits));
	int ret;

	if (!waits)
		return -ENOMEM;
	for (size_t i = 0; i < report->nr_rows; i++) {
		waits[i].tid = report->rows[i].sum.tid;
		waits[i].owner = report->rows[i].sum.owner_tid;
		waits[i].is_hint = report->rows[i].owner_reader;
	}
	ret = graph_find(waits, report->nr_rows, &report->graph);
	free(waits);
	if (ret)
		return ret;
	report->ends = calloc(report->graph.nr + 1, sizeof(*report->ends));
	return report->ends ? 0 : -ENOMEM;
}

/**
 * open_row_end() - the wait for a thread that is in no row itself
 * @report: with @graph
 * @path: number of a path
 *
 * Return: its row, whose owner that thread is; NULL: the path leads into a cycle, or
 * is one.
 */
const struct report_row *open_row_end(const struct report *report, size_t path)
{
	const struct graph_path *p = &report->graph.paths[path];

	return p->is_cycle || p->into != GRAPH_NONE ? NULL : &report->rows[p->waits[p->nr - 1]];
}
