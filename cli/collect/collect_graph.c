// SPDX-License-Identifier: GPL-2.0-only
/*
 * The graph of open waits, and what the threads do that its chains end at.
 */
#include <errno.h>

#include "collect/collect.h"
#include "collect/open_row.h"
#include "proc/task.h"

/* What the thread does that a chain ends at: it is in no row. */
static void look_at_end(struct collect *c, uint32_t tid, struct report_end *end)
{
	char text[4096];

	end->state = task_state(tid);
	if (task_kernel_stack(tid, text, sizeof(text)))
		return;
	end->seen_kstack = stacks_add_seen(c->stacks, text, NULL);
	end->kstack = stacks_kernel(c->stacks, end->seen_kstack);
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
	int ret = open_row_graph(report);

	for (size_t i = 0; !ret && i < report->graph.nr; i++) {
		const struct report_row *last = open_row_end(report, i);

		if (last)
			look_at_end(c, last->sum.owner_tid, &report->ends[i]);
	}
	return ret;
}
