// SPDX-License-Identifier: GPL-2.0-only
/*
 * The followed threads over a window: what the scheduler has counted of each. The
 * figures are read one thread after the other, before and after each edge of the
 * window; what they were at the edge itself lies on the line between. Of a thread
 * that ends the last reading counts, and its end is taken to lie in the middle
 * between that and the first one without it.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/follow.h"
#include "collect/threads.h"

#define MAX_FDS 256 /* threads that are read without a search for their file */

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
	/* One that was told to have ended may still be listed. */
	if (t->read_ns && (task_times(tid, &times) || !task_alive(tid)))
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

/**
 * threads_counted() - what the scheduler has counted of a thread by now
 * @row: thread
 * @sched: result
 *
 * Return: 0, or -ESRCH.
 */
int threads_counted(const struct threads_row *row, struct task_sched *sched)
{
	return row->fd < 0 ? task_sched(row->tid, sched) : task_sched_at(row->fd, sched);
}

static void read_row(struct threads_row *row)
{
	struct threads_reading now = { 0 };
	int ret = threads_counted(row, &now.sched);

	now.at_ns = follow_now();
	/* Its id may be another thread's by now, which has counted less. */
	if (ret || now.sched.runs < row->last.sched.runs) {
		row->end_ns = row->last.at_ns + (now.at_ns - row->last.at_ns) / 2;
		/* It has run, if only to its end. */
		if (row->unseen && !row->unseen_ns)
			row->unseen_ns = row->end_ns;
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

/**
 * threads_note_unseen() - note who is in a wait that nobody saw begin
 * @t: threads
 * @bracketed: they were read before and after that reading of the session; else only
 *	those that are noted already are looked at
 *
 * Of these nobody will tell when they end: it shows in that the thread has run.
 */
void threads_note_unseen(struct threads *t, bool bracketed)
{
	const struct collect *c = t->collect;

	for (size_t i = 0; i < c->nr_open; i++) {
		const struct window_open *o = &c->open[i];
		struct threads_row *row = threads_find(t, o->wait.tid);

		if (!row || row->unseen_ns || !o->wait.class_id ||
		    !(o->wait.flags & WAITPROF_WAIT_F_INFERRED))
			continue;
		if (!row->unseen && (!bracketed || row->before.sched.runs != row->last.sched.runs))
			continue;
		row->unseen_from_ns = c->edge_ns;
		if (row->unseen)
			continue;
		row->unseen = o->wait.class_id;
		row->unseen_op = o->wait.op;
		row->unseen_kstack = o->seen_kstack;
		row->unseen_ustack = o->seen_ustack;
		row->unseen_runs = row->last.sched.runs;
	}
}

/**
 * threads_cut() - what the scheduler had counted where a window ends, or may end
 * @t: threads, read before and after the edge; @final of each is set
 * @edge_ns: where that is
 */
void threads_cut(struct threads *t, uint64_t edge_ns)
{
	for (size_t i = 0; i < t->nr; i++)
		counted_at(&t->rows[i].before, &t->rows[i].last, edge_ns, &t->rows[i].final);
}

/**
 * threads_go_on() - let the next window begin where this one was cut
 * @t: threads, after threads_cut(); those that have ended are given up
 * @edge_ns: as threads_cut()
 */
void threads_go_on(struct threads *t, uint64_t edge_ns)
{
	size_t nr = 0;

	for (size_t i = 0; i < t->nr; i++) {
		struct threads_row *row = &t->rows[i];

		if (row->end_ns && row->end_ns <= edge_ns) {
			forget_row(t, row);
			continue;
		}
		if (row->begin_ns < edge_ns) {
			row->base = row->final;
			row->begin_ns = edge_ns;
			row->began = false;
		}
		if (row->unseen_ns && row->unseen_ns <= edge_ns) {
			row->unseen = WAITPROF_CLASS_NONE;
			row->unseen_ns = 0;
		}
		budget_free(&row->sleeps);
		budget_free(&row->maybe);
		budget_free(&row->maybe_wait);
		t->rows[nr++] = *row;
	}
	t->nr = nr;
}

/**
 * threads_end() - the window ends
 * @t: threads, read before and after the edge
 * @edge_ns: where it ends
 */
void threads_end(struct threads *t, uint64_t edge_ns)
{
	struct threads_doubt doubt = { .in_waits = &t->in_waits, .elsewhere = &t->elsewhere };
	size_t nr = 0;

	threads_cut(t, edge_ns);
	for (size_t i = 0; i < t->nr; i++) {
		struct threads_row *row = &t->rows[i];

		if (row->began && row->begin_ns >= edge_ns) {
			forget_row(t, row);
			continue;
		}
		if (row->end_ns >= edge_ns)
			row->end_ns = 0;
		doubt.maybe = &row->maybe;
		doubt.maybe_wait = &row->maybe_wait;
		threads_decide(&row->sleeps, &doubt, t->collect->points, t->collect->nr_points);
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
