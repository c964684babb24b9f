// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what was measured of each thread and the waits of all of them to the budgets
 * of threads and processes: the same for a session and for a capture.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/budget.h"
#include "util/ids.h"

static int by_tid(const void *va, const void *vb)
{
	const struct budget_thread *a = va, *b = vb;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static struct budget_thread *find_thread(const struct budget_report *to, uint32_t tid)
{
	const struct budget_thread key = { .tid = tid };

	if (!to->nr_threads)
		return NULL;
	return bsearch(&key, to->threads, to->nr_threads, sizeof(key), by_tid);
}

/* The waits of the window to their threads. */
static int add_waits(struct budget_report *to)
{
	struct ids unseen = { 0 };
	int ret = 0;

	for (size_t i = 0; !ret && i < to->report.nr_rows; i++) {
		const struct report_row *row = &to->report.rows[i];
		struct budget_thread *thread = find_thread(to, row->sum.tid);
		struct budget_part part = { .type = BUDGET_WAIT,
					    .class_id = row->sum.class_id,
					    .kind = row->kind,
					    .ns = row->sum.blocked_ns };

		if (row->sum.class_id == WAITPROF_CLASS_BLOCK || !part.ns)
			continue;
		part.inferred_ns = row->inferred ? part.ns : 0;
		if (thread) {
			ret = budget_add(&thread->budget, &part);
		} else if (row->sum.flags & WAITPROF_ROW_F_OVERFLOW || !row->sum.tid) {
			to->unattributed_ns += part.ns;
		} else {
			to->unseen += ids_add(&unseen, row->sum.tid);
			to->unseen_ns += part.ns;
		}
	}
	ids_free(&unseen);
	return ret;
}

static int by_process(const void *va, const void *vb)
{
	const struct budget_thread *a = va, *b = vb;

	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (a->budget.wall_ns != b->budget.wall_ns)
		return a->budget.wall_ns < b->budget.wall_ns ? 1 : -1;
	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static int add_processes(struct budget_report *to)
{
	int ret = 0;

	to->processes = calloc(to->nr_threads ? to->nr_threads : 1, sizeof(*to->processes));
	if (!to->processes)
		return -ENOMEM;
	for (size_t i = 0; !ret && i < to->nr_threads; i++) {
		const struct budget_thread *thread = &to->threads[i];
		struct budget_process *process;

		if (!i || thread->tgid != to->threads[i - 1].tgid)
			to->nr_processes++;
		process = &to->processes[to->nr_processes - 1];
		if (!process->nr_threads++ || thread->tid == thread->tgid)
			memcpy(process->comm, thread->comm, sizeof(process->comm));
		process->tgid = thread->tgid;
		ret = budget_merge(&process->budget, &thread->budget);
	}
	return ret;
}

/**
 * budget_finish() - divide the wall time of threads and processes
 * @report: has the waits of the window as rows of @report, and @threads by tid with
 *	their wall time, what the scheduler counted and their samples
 *
 * Return: 0 or -ENOMEM.
 */
int budget_finish(struct budget_report *report)
{
	int ret = add_waits(report);

	for (size_t i = 0; !ret && i < report->nr_threads; i++)
		ret = budget_close(&report->threads[i].budget);
	if (ret)
		return ret;
	if (report->nr_threads)
		qsort(report->threads, report->nr_threads, sizeof(*report->threads), by_process);
	return add_processes(report);
}

/**
 * budget_report_free() - give up what a report owns
 * @report: report
 */
void budget_report_free(struct budget_report *report)
{
	for (size_t i = 0; i < report->nr_threads; i++)
		budget_free(&report->threads[i].budget);
	for (size_t i = 0; i < report->nr_processes; i++)
		budget_free(&report->processes[i].budget);
	free(report->threads);
	free(report->processes);
	report_free(&report->report);
	memset(report, 0, sizeof(*report));
}
