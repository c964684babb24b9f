// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds what the open waits wait for, as far as the module does not know
 * it, and the graph that this makes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect.h"
#include "proc/task.h"

/* What the thread does that a chain ends at: it is in no row. */
static void look_at_end(struct collect *c, const struct graph_path *path, struct report *report,
			struct report_end *end)
{
	uint32_t tid = report->rows[path->waits[path->nr - 1]].sum.owner_tid;
	char text[4096];

	end->state = task_state(tid);
	if (!task_kernel_stack(tid, text, sizeof(text)))
		end->kstack = stacks_kernel(c->stacks, stacks_add_seen(c->stacks, text, NULL));
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
