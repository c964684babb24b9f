// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of the followed threads' wall time the waits shown explain. Wall
 * time is that of the threads alive at the end of the window, each for the part
 * of the window that it lived; on-CPU and run-queue time come from
 * /proc/TID/schedstat, read at both ends. The parts of the shown waits that were
 * spent spinning or on the run queue are in both and are taken off once. Waits of
 * threads that have ended are told apart: their wall time is not known any more.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "collect/coverage.h"
#include "collect/follow.h"
#include "proc/task.h"
#include "collect/threads.h"

struct thread {
	uint32_t tid;
	struct task_times times;
};

struct coverage {
	struct collect *collect;
	struct thread *threads; /* at the last reading, by tid */
	size_t nr;
	size_t room; /* for so many while they are read */
	uint64_t read_ns; /* when that was */
	uint64_t before_ns;
	struct thread *before; /* at the one before that */
	size_t nr_before;
	struct thread *marked; /* at the one that was marked */
	size_t nr_marked;
};

/* A thread may change its name while it is followed: the name counts as it is. */
static bool left_out(const struct options *options, uint32_t tid)
{
	char comm[WAITPROF_COMM_LEN + 1];

	if (!options->comm_glob)
		return false;
	return task_comm(tid, comm, sizeof(comm)) || fnmatch(options->comm_glob, comm, 0);
}

static int compare_threads(const void *va, const void *vb)
{
	const struct thread *a = va, *b = vb;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

/* How long a thread has lived is asked for once; that it is another one is seen. */
static int read_times(const struct coverage *c, struct thread *thread)
{
	const struct thread *before = NULL;
	struct task_sched sched;

	if (c->nr_before)
		before = bsearch(thread, c->before, c->nr_before, sizeof(*before), compare_threads);
	if (!before)
		return task_times(thread->tid, &thread->times);
	if (task_sched(thread->tid, &sched))
		return -ESRCH;
	if (sched.cpu_ns < before->times.cpu_ns)
		return task_times(thread->tid, &thread->times);
	thread->times.cpu_ns = sched.cpu_ns;
	thread->times.runqueue_ns = sched.runqueue_ns;
	thread->times.age_ns = before->times.age_ns + c->read_ns - c->before_ns;
	return 0;
}

static void add_thread(uint32_t tid, void *arg)
{
	struct coverage *c = arg;
	struct thread thread = { .tid = tid }, *more;

	if (left_out(c->collect->options, tid) || read_times(c, &thread))
		return;
	if (c->nr == c->room) {
		more = reallocarray(c->threads, 2 * c->room + 64, sizeof(*more));
		if (!more)
			return;
		c->threads = more;
		c->room = 2 * c->room + 64;
	}
	c->threads[c->nr++] = thread;
}

static void read_threads(struct coverage *c)
{
	size_t nr = 0;

	c->threads = NULL;
	c->nr = 0;
	c->room = 0;
	c->before_ns = c->read_ns;
	c->read_ns = follow_now();
	threads_list(c->collect, add_thread, c);
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
 * @collect: with an open session; outlives the result
 *
 * Return: NULL when memory is out, which coverage_tell() takes for unknown.
 */
struct coverage *coverage_new(struct collect *collect)
{
	struct coverage *c = calloc(1, sizeof(*c));

	if (c) {
		c->collect = collect;
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
	if (coverage) {
		free(coverage->marked);
		free(coverage->before);
		free(coverage->threads);
	}
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

static void add_waits(struct report_coverage *result, const struct coverage *c,
		      const struct waitprof_row *row)
{
	struct thread key = { .tid = row->tid };

	if (row->tid && c->nr && !bsearch(&key, c->threads, c->nr, sizeof(key), compare_threads)) {
		result->ended_ns += row->total_ns;
		return;
	}
	result->waits_ns += row->total_ns;
	result->cpu_ns = less(result->cpu_ns, row->spin_ns);
	result->runqueue_ns = less(result->runqueue_ns, row->runqueue_ns);
}

/**
 * coverage_read() - take a reading, where a window ends
 * @coverage: may be NULL
 */
void coverage_read(struct coverage *coverage)
{
	if (!coverage)
		return;
	free(coverage->before);
	coverage->before = coverage->threads;
	coverage->nr_before = coverage->nr;
	read_threads(coverage);
}

/**
 * coverage_mark() - keep the last reading, for a window that begins there
 * @coverage: may be NULL
 */
void coverage_mark(struct coverage *coverage)
{
	if (!coverage)
		return;
	free(coverage->marked);
	coverage->nr_marked = 0;
	coverage->marked = calloc(coverage->nr + 1, sizeof(*coverage->marked));
	if (!coverage->marked)
		return;
	if (coverage->nr)
		memcpy(coverage->marked, coverage->threads,
		       coverage->nr * sizeof(*coverage->marked));
	coverage->nr_marked = coverage->nr;
}

/**
 * coverage_tell() - the window between the last two readings
 * @coverage: may be NULL
 * @marked: that which begins at the marked reading
 * @window_ns: length of the window
 * @window: the waits shown, by thread
 * @result: on-CPU and run-queue time outside the waits shown
 */
void coverage_tell(const struct coverage *coverage, bool marked, uint64_t window_ns,
		   const struct profile *window, struct report_coverage *result)
{
	const struct thread *before;
	size_t nr_before;

	memset(result, 0, sizeof(*result));
	if (!coverage)
		return;
	before = marked ? coverage->marked : coverage->before;
	nr_before = marked ? coverage->nr_marked : coverage->nr_before;
	result->system_wide = !coverage->collect->options->nr_tgids &&
			      !coverage->collect->options->nr_tids;
	for (size_t i = 0; i < coverage->nr; i++) {
		const struct thread *b = NULL;

		if (nr_before)
			b = bsearch(&coverage->threads[i], before, nr_before, sizeof(*b),
				    compare_threads);
		add_wall(result, &coverage->threads[i], b, window_ns);
	}
	for (size_t i = 0; i < window->nr; i++)
		if (!window->rows[i].left_out &&
		    window->rows[i].row.class_id != WAITPROF_CLASS_BLOCK)
			add_waits(result, coverage, &window->rows[i].row);
}
