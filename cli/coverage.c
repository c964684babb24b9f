// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of the followed threads' wall time the waits shown explain. Wall
 * time is that of the threads alive at the end of the window, each for the part
 * of the window that it lived; on-CPU and run-queue time come from
 * /proc/TID/schedstat, read at both ends. The parts of the shown waits that were
 * spent spinning or on the run queue are in both and are taken off once.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "task.h"

struct thread {
	uint32_t tid;
	struct task_times times;
};

struct coverage {
	const struct options *options;
	struct thread *threads; /* at the last reading, by tid */
	size_t nr;
};

/* A thread may change its name while it is followed: the name counts as it is. */
static bool left_out(const struct options *options, uint32_t tid)
{
	char comm[WAITPROF_COMM_LEN + 1];

	if (!options->comm_glob)
		return false;
	return task_comm(tid, comm, sizeof(comm)) || fnmatch(options->comm_glob, comm, 0);
}

static void add_thread(struct coverage *c, uint32_t tid)
{
	struct thread thread = { .tid = tid }, *more;

	if (left_out(c->options, tid) || task_times(tid, &thread.times))
		return;
	more = reallocarray(c->threads, c->nr + 1, sizeof(*more));
	if (!more)
		return;
	c->threads = more;
	more[c->nr++] = thread;
}

static int compare_threads(const void *va, const void *vb)
{
	const struct thread *a = va, *b = vb;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static void read_threads(struct coverage *c)
{
	size_t nr = 0;

	c->threads = NULL;
	c->nr = 0;
	for (uint32_t i = 0; i < c->options->nr_tgids; i++) {
		uint32_t *tids;
		size_t nr_tids;

		task_threads(c->options->tgids[i], &tids, &nr_tids);
		for (size_t k = 0; k < nr_tids; k++)
			add_thread(c, tids[k]);
		free(tids);
	}
	for (uint32_t i = 0; i < c->options->nr_tids; i++)
		add_thread(c, c->options->tids[i]);
	if (c->nr)
		qsort(c->threads, c->nr, sizeof(*c->threads), compare_threads);
	/* A thread may be named by its process and by itself. */
	for (size_t i = 0; i < c->nr; i++)
		if (!nr || c->threads[i].tid != c->threads[nr - 1].tid)
			c->threads[nr++] = c->threads[i];
	c->nr = nr;
}

/**
 * coverage_new() - take the first reading
 * @options: whose threads are followed; outlives the result
 *
 * Return: NULL when memory is out, which coverage_read() takes for unknown.
 */
struct coverage *coverage_new(const struct options *options)
{
	struct coverage *c = calloc(1, sizeof(*c));

	if (c) {
		c->options = options;
		read_threads(c);
	}
	return c;
}

/**
 * coverage_free() - give up
 * @coverage: may be NULL
 */
void coverage_free(struct coverage *coverage)
{
	if (coverage)
		free(coverage->threads);
	free(coverage);
}

static void add_wall(struct report_coverage *result, const struct thread *now,
		     const struct thread *before, uint64_t window_ns)
{
	struct task_times zero = { 0 };
	const struct task_times *b = before ? &before->times : &zero;

	result->nr_threads++;
	result->wall_ns += now->times.age_ns < window_ns ? now->times.age_ns : window_ns;
	result->cpu_ns += now->times.cpu_ns - b->cpu_ns;
	result->runqueue_ns += now->times.runqueue_ns - b->runqueue_ns;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/**
 * coverage_read() - take a reading and tell the window since the last one
 * @coverage: may be NULL
 * @window_ns: length of the window
 * @report: the waits shown
 * @result: on-CPU and run-queue time outside the waits shown
 */
void coverage_read(struct coverage *coverage, uint64_t window_ns, const struct report *report,
		   struct report_coverage *result)
{
	struct coverage before;

	memset(result, 0, sizeof(*result));
	if (!coverage)
		return;
	result->system_wide = !coverage->options->nr_tgids && !coverage->options->nr_tids;
	before = *coverage;
	read_threads(coverage);
	for (size_t i = 0; i < coverage->nr; i++) {
		const struct thread *b = NULL;

		if (before.nr)
			b = bsearch(&coverage->threads[i], before.threads, before.nr, sizeof(*b),
				    compare_threads);
		add_wall(result, &coverage->threads[i], b, window_ns);
	}
	free(before.threads);
	for (size_t i = 0; i < report->nr_rows; i++) {
		const struct waitprof_row *sum = &report->rows[i].sum;

		if (sum->class_id == WAITPROF_CLASS_BLOCK)
			continue;
		result->waits_ns += sum->total_ns;
		result->cpu_ns = less(result->cpu_ns, sum->spin_ns);
		result->runqueue_ns = less(result->runqueue_ns, sum->runqueue_ns);
	}
}
