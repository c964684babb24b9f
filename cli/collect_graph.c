// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds what the open waits wait for, as far as the module does not know
 * it, and the graph that this makes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "task.h"

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
 * collect_owner() - fill in who holds what an open wait waits for
 * @row: row of an open wait with its user stack
 */
void collect_owner(struct report_row *row)
{
	struct waitprof_row *sum = &row->sum;
	struct owner owner = { 0 };

	if (sum->owner_tid) {
		row->owner_by = OWNER_BY_KERNEL;
		return;
	}
	if (sum->class_id == WAITPROF_CLASS_FUTEX && sum->object_type == WAITPROF_OBJECT_UADDR)
		owner_find(sum->tgid, sum->tid, sum->op, sum->object, &owner);
	if (owner.by == OWNER_BY_NONE) {
		row->owner_note = owner_note(row);
		return;
	}
	row->owner_by = owner.by;
	sum->owner_tid = owner.tid;
	sum->owner_tgid = owner.tgid;
	task_comm(owner.tid, row->owner_comm, sizeof(row->owner_comm));
}

/* What the thread does that a chain ends at: it is in no row. */
static void look_at_end(struct collect *c, const struct graph_path *path, struct report *report,
			struct report_end *end)
{
	uint32_t tid = report->rows[path->waits[path->nr - 1]].sum.owner_tid;
	char text[4096];

	end->state = task_state(tid);
	if (!task_kernel_stack(tid, text, sizeof(text)))
		end->kstack = stacks_kernel(c->stacks, stacks_add_seen(c->stacks, text));
}

/**
 * collect_graph() - who waits for whom
 * @c: collect
 * @report: with @rows, open waits; @graph and @ends are set
 *
 * Return: 0 or -ENOMEM.
 */
int collect_graph(struct collect *c, struct report *report)
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
	if (!report->ends)
		return -ENOMEM;
	for (size_t i = report->graph.nr_cycles; i < report->graph.nr; i++)
		if (report->graph.paths[i].into == GRAPH_NONE)
			look_at_end(c, &report->graph.paths[i], report, &report->ends[i]);
	return 0;
}
