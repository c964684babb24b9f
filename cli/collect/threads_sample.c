// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the followed threads sleep when looked at.
 *
 * A sample asks /proc for the function that each thread sleeps in, then the module for
 * the open waits. Who has not run meanwhile is in a wait if it is in one then, or was
 * from the start; else it sleeps elsewhere. Who has run, because a sample takes longer
 * than it sleeps at a time, is judged by the function, if that is known from waits or
 * only from other sleep, and if not by whether it is in a wait then.
 *
 * Samples are 5 to 15 ms apart, at random so as not to keep step with anybody, and more
 * seldom where they would take more of a CPU than they may.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collect/follow.h"
#include "collect/infer.h"
#include "collect/threads.h"
#include "util/ids.h"

#define SAMPLE_NS 10000000ULL
#define NAMED	  20 /* so many samples ask for the name, too */

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

	if (threads_counted(row, &now))
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

static void name(struct threads_row *row)
{
	char comm[WAITPROF_COMM_LEN + 1];

	if (task_comm(row->tid, comm, sizeof(comm)))
		return;
	memcpy(row->comm, comm, sizeof(row->comm));
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
		/* A thread gets its name after it has begun. */
		if (t->rows[i].sleeps.samples < NAMED)
			name(&t->rows[i]);
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

	if (ns < t->rest * cost_ns)
		ns = t->rest * cost_ns;
	return t->seldom_ns && ns > t->seldom_ns ? t->seldom_ns : ns;
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

/**
 * threads_bury() - see who has ended though nobody has fetched it
 * @t: threads, after a reading
 */
void threads_bury(struct threads *t)
{
	for (size_t i = 0; i < t->nr; i++)
		if (!t->rows[i].end_ns)
			bury(&t->rows[i]);
}

static bool has(const struct budget *b, const char *function)
{
	for (size_t i = 0; i < b->nr; i++)
		if (!strcmp(b->parts[i].function, function))
			return true;
	return false;
}

static bool is_in_waits(const struct budget *in_waits, const struct client_point *points, size_t nr,
			const char *function)
{
	struct symbol_frame frame = { .symbol = function };
	const struct stack stack = { .frames = &frame, .nr = 1 };

	return has(in_waits, function) || infer_class(&stack, points, nr) != WAITPROF_CLASS_NONE;
}

/* Without memory it stays without a name. */
static void decide_part(struct budget *sleeps, const struct budget_part *part, bool is_wait)
{
	if (is_wait)
		sleeps->wait_samples += part->samples;
	else
		budget_add(sleeps, part);
}

/**
 * threads_decide() - where was it that slept, and had run before it was asked for its wait
 * @sleeps: where it slept outside of waits; is added to
 * @doubt: where it was found
 * @points: wait points
 * @nr: their number
 */
void threads_decide(struct budget *sleeps, const struct threads_doubt *doubt,
		    const struct client_point *points, size_t nr)
{
	for (size_t i = 0; i < doubt->maybe->nr; i++) {
		const struct budget_part *part = &doubt->maybe->parts[i];

		decide_part(sleeps, part, is_in_waits(doubt->in_waits, points, nr, part->function));
	}
	for (size_t i = 0; i < doubt->maybe_wait->nr; i++) {
		const struct budget_part *part = &doubt->maybe_wait->parts[i];

		decide_part(sleeps, part,
			    is_in_waits(doubt->in_waits, points, nr, part->function) ||
				    !has(doubt->elsewhere, part->function));
	}
}
