// SPDX-License-Identifier: GPL-2.0-only
/*
 * The followed threads over a window: what the scheduler has counted of each, and
 * where they sleep when looked at. The figures are read one thread after the other,
 * before and after each edge of the window; what they were at the edge itself lies
 * on the line between. Of a thread that ends the last reading counts, and its end
 * is taken to lie in the middle between that and the first one without it.
 *
 * A sample asks /proc for the function that each thread sleeps in, then the module for
 * the open waits. Who has not run meanwhile is in a wait if it is in one then, or was
 * from the start; else it sleeps elsewhere. Who has run, because a sample takes longer
 * than it sleeps at a time, is judged by the function, if that is known from waits or
 * only from other sleep, and if not by whether it is in a wait then.
 *
 * Samples are 5 to 15 ms apart, at random so as not to keep step with anybody, and more
 * seldom, down to five a second, where they would take more than a tenth of a CPU.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collect/follow.h"
#include "util/ids.h"
#include "collect/infer.h"
#include "collect/threads.h"

#define SAMPLE_NS 10000000ULL
#define REST	  10 /* a sample may take one part in so many of a CPU */
#define SELDOM_NS 200000000ULL
#define MAX_FDS	  256 /* threads that are read without a search for their file */

static void visit_followed(const struct collect *collect, void (*visit)(uint32_t tid, void *arg),
			   void *arg)
{
	struct waitprof_task *tasks;
	size_t nr;

	if (client_tasks(collect->client, collect->session.id, &tasks, &nr))
		return;
	for (size_t i = 0; i < nr; i++)
		visit(tasks[i].tid, arg);
	free(tasks);
}

static void visit_given(const struct options *options, void (*visit)(uint32_t tid, void *arg),
			void *arg)
{
	for (uint32_t i = 0; i < options->nr_tgids; i++) {
		uint32_t *tids;
		size_t nr;

		task_threads(options->tgids[i], &tids, &nr);
		for (size_t k = 0; k < nr; k++)
			visit(tids[k], arg);
		free(tids);
	}
	for (uint32_t i = 0; i < options->nr_tids; i++)
		visit(options->tids[i], arg);
}

/**
 * threads_list() - the followed threads that live
 * @collect: with an open session
 * @visit: called for each, twice for one that is named by its process and by itself
 * @arg: for @visit
 */
void threads_list(const struct collect *collect, void (*visit)(uint32_t tid, void *arg), void *arg)
{
	if (collect->options->follow)
		visit_followed(collect, visit, arg);
	else
		visit_given(collect->options, visit, arg);
}

static int compare_rows(const void *va, const void *vb)
{
	const struct threads_row *a = va, *b = vb;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

/**
 * threads_find() - the row of a thread, or NULL
 * @t: threads
 * @tid: thread
 */
struct threads_row *threads_find(const struct threads *t, uint32_t tid)
{
	struct threads_row key = { .tid = tid };

	return t->nr ? bsearch(&key, t->rows, t->nr, sizeof(key), compare_rows) : NULL;
}

struct found {
	uint32_t *tids;
	size_t nr;
	int error;
};

static void add_found(uint32_t tid, void *arg)
{
	struct found *found = arg;
	uint32_t *more = reallocarray(found->tids, found->nr + 1, sizeof(*more));

	if (!more) {
		found->error = -ENOMEM;
		return;
	}
	found->tids = more;
	more[found->nr++] = tid;
}

static int compare_tids(const void *va, const void *vb)
{
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;

	return a < b ? -1 : a > b;
}

static bool is_left_out(const struct options *options, const char *comm)
{
	return options->comm_glob && fnmatch(options->comm_glob, comm, 0);
}

/* A thread that comes within the window has counted from nothing. */
static int start_row(struct threads *t, uint32_t tid, struct threads_row *row)
{
	char comm[WAITPROF_COMM_LEN + 1];
	struct task_times times;
	uint64_t now_ns;

	memset(row, 0, sizeof(*row));
	row->tid = tid;
	if (task_tgid(tid, &row->tgid) || task_comm(tid, comm, sizeof(comm)) ||
	    is_left_out(t->collect->options, comm))
		return -ESRCH;
	memcpy(row->comm, comm, sizeof(row->comm));
	if (t->read_ns && task_times(tid, &times))
		return -ESRCH;
	row->fd = t->nr_fds < MAX_FDS ? task_sched_open(tid) : -1;
	t->nr_fds += row->fd >= 0;
	if (!t->read_ns)
		return 0;
	now_ns = follow_now();
	row->began = true;
	/* /proc has its start in clock ticks of 10 ms: the middle of one. */
	row->begin_ns = now_ns - times.age_ns + 5000000;
	if (row->begin_ns < t->read_ns)
		row->begin_ns = t->read_ns;
	if (row->begin_ns > now_ns)
		row->begin_ns = now_ns;
	row->last.at_ns = row->begin_ns;
	return 0;
}

static void forget_row(struct threads *t, struct threads_row *row)
{
	budget_free(&row->sleeps);
	budget_free(&row->maybe);
	budget_free(&row->maybe_wait);
	if (row->fd >= 0) {
		close(row->fd);
		t->nr_fds--;
	}
	row->fd = -1;
}

static int add_new(struct threads *t, const struct found *found)
{
	size_t nr = t->nr;

	for (size_t i = 0; i < found->nr; i++) {
		const struct threads known = { .rows = t->rows, .nr = nr };
		struct threads_row *more, row;

		if ((i && found->tids[i] == found->tids[i - 1]) ||
		    threads_find(&known, found->tids[i]) || start_row(t, found->tids[i], &row))
			continue;
		more = reallocarray(t->rows, t->nr + 1, sizeof(*more));
		if (!more) {
			forget_row(t, &row);
			return -ENOMEM;
		}
		t->rows = more;
		more[t->nr++] = row;
	}
	if (t->nr > nr)
		qsort(t->rows, t->nr, sizeof(*t->rows), compare_rows);
	return 0;
}

static int counted(const struct threads_row *row, struct task_sched *sched)
{
	return row->fd < 0 ? task_sched(row->tid, sched) : task_sched_at(row->fd, sched);
}

static void read_row(struct threads_row *row)
{
	struct threads_reading now = { 0 };
	int ret = counted(row, &now.sched);

	now.at_ns = follow_now();
	/* Its id may be another thread's by now, which has counted less. */
	if (ret || now.sched.runs < row->last.sched.runs) {
		row->end_ns = row->last.at_ns + (now.at_ns - row->last.at_ns) / 2;
		return;
	}
	row->before = row->last;
	row->last = now;
	if (row->unseen && !row->unseen_ns && now.sched.runs != row->unseen_runs)
		row->unseen_ns = row->before.at_ns + (now.at_ns - row->before.at_ns) / 2;
}

/**
 * threads_read() - read what the scheduler has counted
 * @t: threads; those that are new are added
 *
 * Return: 0 or -ENOMEM.
 */
int threads_read(struct threads *t)
{
	struct found found = { 0 };
	uint64_t now_ns = follow_now();
	int ret;

	threads_list(t->collect, add_found, &found);
	if (found.nr)
		qsort(found.tids, found.nr, sizeof(*found.tids), compare_tids);
	ret = found.error ? found.error : add_new(t, &found);
	for (size_t i = 0; !ret && i < t->nr; i++)
		if (!t->rows[i].end_ns)
			read_row(&t->rows[i]);
	t->read_ns = now_ns;
	free(found.tids);
	return ret;
}

static uint64_t between(uint64_t a, uint64_t b, uint64_t part, uint64_t whole)
{
	return b > a ? a + (uint64_t)((__uint128_t)(b - a) * part / whole) : a;
}

/* What the scheduler had counted at a moment between, or near, two readings. */
static void counted_at(const struct threads_reading *a, const struct threads_reading *b,
		       uint64_t at_ns, struct task_sched *sched)
{
	*sched = b->sched;
	if (!a->at_ns || at_ns >= b->at_ns || b->at_ns <= a->at_ns)
		return;
	if (at_ns <= a->at_ns) {
		*sched = a->sched;
		return;
	}
	sched->cpu_ns =
		between(a->sched.cpu_ns, b->sched.cpu_ns, at_ns - a->at_ns, b->at_ns - a->at_ns);
	sched->runqueue_ns = between(a->sched.runqueue_ns, b->sched.runqueue_ns, at_ns - a->at_ns,
				     b->at_ns - a->at_ns);
}

/**
 * threads_begin() - the window begins
 * @t: threads, read before and after the edge
 * @edge_ns: where it begins, CLOCK_MONOTONIC
 */
void threads_begin(struct threads *t, uint64_t edge_ns)
{
	size_t nr = 0;

	for (size_t i = 0; i < t->nr; i++) {
		struct threads_row *row = &t->rows[i];

		/* Between the two readings: not worth a row. */
		if (row->end_ns) {
			forget_row(t, row);
			continue;
		}
		if (!row->began || row->begin_ns < edge_ns) {
			counted_at(&row->before, &row->last, edge_ns, &row->base);
			row->begin_ns = edge_ns;
			row->began = false;
		}
		t->rows[nr++] = *row;
	}
	t->nr = nr;
	t->next_ns = follow_now();
	t->seed = (uint32_t)edge_ns | 1;
}

static int collect_waiting(struct threads *t, struct ids *waiting)
{
	struct waitprof_open *waits;
	size_t nr;
	int ret = client_open_waits(t->collect->client, t->collect->session.id, false, &waits, &nr);

	if (ret)
		return ret;
	for (size_t i = 0; i < nr; i++)
		if (waits[i].class_id != WAITPROF_CLASS_BLOCK)
			ids_add(waiting, waits[i].tid);
	free(waits);
	return 0;
}

static bool is_unseen(const struct threads_row *row)
{
	return row->unseen && row->last.sched.runs == row->unseen_runs;
}

/* What does not sleep and does not run has ended, and nobody has fetched it yet. */
static void bury(struct threads_row *row)
{
	if (row->last.sched.cpu_ns == row->before.sched.cpu_ns && !task_alive(row->tid))
		row->end_ns = row->before.at_ns + (row->last.at_ns - row->before.at_ns) / 2;
}

static int note_sleep(struct threads *t, struct threads_row *row, const struct budget_part *part,
		      struct ids *waiting)
{
	/* An id is new to those who wait. */
	bool is_elsewhere = ids_add(waiting, row->tid);
	struct task_sched now;
	int ret;

	if (counted(row, &now))
		return 0;
	if (now.runs != row->last.sched.runs)
		return budget_add(is_elsewhere ? &row->maybe : &row->maybe_wait, part);
	if (!is_elsewhere) {
		row->sleeps.wait_samples++;
		return budget_add(&t->in_waits, part);
	}
	ret = budget_add(&row->sleeps, part);
	return ret ? ret : budget_add(&t->elsewhere, part);
}

/* Where each sleeps, and then who waits. */
static int sample(struct threads *t, struct budget_part *parts)
{
	struct ids waiting = { 0 };
	int ret = 0;

	for (size_t i = 0; !ret && i < t->nr; i++) {
		parts[i].type = BUDGET_SLEEP;
		if (t->rows[i].end_ns || is_unseen(&t->rows[i]))
			continue;
		task_sleeps_in(t->rows[i].tid, parts[i].function, sizeof(parts[i].function));
		if (!parts[i].function[0])
			bury(&t->rows[i]);
	}
	if (!ret)
		ret = collect_waiting(t, &waiting);
	for (size_t i = 0; !ret && i < t->nr; i++) {
		if (t->rows[i].end_ns)
			continue;
		t->rows[i].sleeps.samples++;
		t->rows[i].sleeps.wait_samples += is_unseen(&t->rows[i]);
		parts[i].samples = 1;
		if (parts[i].function[0])
			ret = note_sleep(t, &t->rows[i], &parts[i], &waiting);
	}
	ids_free(&waiting);
	return ret;
}

static uint64_t own_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* At random, within what a sample may cost. */
static uint64_t pause_ns(struct threads *t, uint64_t cost_ns)
{
	uint64_t ns = SAMPLE_NS / 2 + (uint64_t)next_random(&t->seed) % SAMPLE_NS;

	if (ns < REST * cost_ns)
		ns = REST * cost_ns;
	return ns < SELDOM_NS ? ns : SELDOM_NS;
}

/**
 * threads_sample() - look where the threads sleep, if it is time
 * @t: threads
 *
 * Return: 0 or -errno.
 */
int threads_sample(struct threads *t)
{
	uint64_t cpu_ns = own_cpu_ns();
	struct budget_part *parts;
	int ret;

	if (follow_now() < t->next_ns)
		return 0;
	ret = threads_read(t);
	if (ret)
		return ret;
	parts = calloc(t->nr ? t->nr : 1, sizeof(*parts));
	ret = parts ? sample(t, parts) : -ENOMEM;
	free(parts);
	t->samples++;
	t->next_ns = follow_now() + pause_ns(t, own_cpu_ns() - cpu_ns);
	return ret;
}

static bool has(const struct budget *b, const char *function)
{
	for (size_t i = 0; i < b->nr; i++)
		if (!strcmp(b->parts[i].function, function))
			return true;
	return false;
}

static bool is_in_waits(const struct threads *t, const char *function)
{
	struct symbol_frame frame = { .symbol = function };
	const struct stack stack = { .frames = &frame, .nr = 1 };

	return has(&t->in_waits, function) ||
	       infer_class(&stack, t->collect->points, t->collect->nr_points) !=
		       WAITPROF_CLASS_NONE;
}

/* Without memory it stays without a name. */
static void decide_part(struct threads_row *row, const struct budget_part *part, bool is_wait)
{
	if (is_wait)
		row->sleeps.wait_samples += part->samples;
	else
		budget_add(&row->sleeps, part);
}

static void decide(const struct threads *t, struct threads_row *row)
{
	for (size_t i = 0; i < row->maybe.nr; i++) {
		const struct budget_part *part = &row->maybe.parts[i];

		decide_part(row, part, is_in_waits(t, part->function));
	}
	for (size_t i = 0; i < row->maybe_wait.nr; i++) {
		const struct budget_part *part = &row->maybe_wait.parts[i];

		decide_part(row, part,
			    is_in_waits(t, part->function) || !has(&t->elsewhere, part->function));
	}
}

/**
 * threads_end() - the window ends
 * @t: threads, read before and after the edge
 * @edge_ns: where it ends
 */
void threads_end(struct threads *t, uint64_t edge_ns)
{
	size_t nr = 0;

	for (size_t i = 0; i < t->nr; i++) {
		struct threads_row *row = &t->rows[i];

		if (row->began && row->begin_ns >= edge_ns) {
			forget_row(t, row);
			continue;
		}
		counted_at(&row->before, &row->last, edge_ns, &row->final);
		if (row->end_ns >= edge_ns)
			row->end_ns = 0;
		decide(t, row);
		t->rows[nr++] = *row;
	}
	t->nr = nr;
}

/**
 * threads_free() - give them up
 * @t: threads
 */
void threads_free(struct threads *t)
{
	for (size_t i = 0; i < t->nr; i++)
		forget_row(t, &t->rows[i]);
	budget_free(&t->in_waits);
	budget_free(&t->elsewhere);
	free(t->rows);
	t->rows = NULL;
	t->nr = 0;
}
