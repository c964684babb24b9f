// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a recording keeps of the followed threads for a budget: by slice, what the
 * scheduler counted of each and where it was found asleep. Looking for the latter takes
 * one part in REST of a CPU at most, but a FEW threads are looked at five times a second
 * all the same, or nothing could be said of them. So does reading the former, once a
 * second at least of a few: else it is done more seldom, and a row is for more than one
 * slice.
 */
#include <string.h>
#include <time.h>

#include "capture/capture_write_impl.h"
#include "capture/recording.h"
#include "collect/follow.h"

#define REST	  50
#define SELDOM_NS 200000000ULL
#define OFTEN_NS  900000000ULL
#define FEW	  100

static uint64_t own_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

/* Where waits are left out nothing would add up; and whose time would it be? */
static bool is_divided(const struct options *o)
{
	return (o->nr_tgids || o->nr_tids) && !o->min_wait_ns && !o->cgroup;
}

/**
 * recording_watch() - look at the followed threads for the first time
 * @r: recording, whose session has just been opened
 *
 * Return: 0 or -errno of the session.
 */
int recording_watch(struct recording *r)
{
	struct threads *t = &r->threads;
	int ret;

	if (!is_divided(r->c->options))
		return 0;
	t->collect = r->c;
	t->rest = REST;
	ret = threads_read(t);
	if (!ret)
		ret = collect_read_open(r->c);
	if (!ret)
		ret = threads_read(t);
	if (ret)
		return ret;
	threads_note_unseen(t, true);
	threads_begin(t, r->c->session.start_ns);
	r->is_watching = true;
	return 0;
}

/**
 * recording_unwatch() - give the threads up
 * @r: recording
 */
void recording_unwatch(struct recording *r)
{
	threads_free(&r->threads);
	r->is_watching = false;
}

/**
 * recording_look() - see where the threads sleep, if it is time
 * @r: recording
 *
 * Return: when to be called again, CLOCK_MONOTONIC; 0 = never.
 */
uint64_t recording_look(struct recording *r)
{
	if (!r->is_watching)
		return 0;
	/* What fails here fails at the next reading, too, and is told there. */
	r->threads.seldom_ns = r->threads.nr <= FEW ? SELDOM_NS : 0;
	threads_sample(&r->threads);
	return r->threads.next_ns;
}

/**
 * recording_before() - read the threads, before a reading of the session
 * @r: recording
 * @last: no other reading follows
 *
 * Return: whether recording_after() is to be called.
 */
bool recording_before(struct recording *r, bool last)
{
	if (!r->is_watching || (!last && follow_now() < r->next_cut_ns))
		return false;
	r->cut_cpu_ns = own_cpu_ns();
	return !threads_read(&r->threads);
}

static int put_sleeps(struct capture_writer *w, uint32_t slice, uint32_t tid,
		      enum capture_doubt doubt, const struct budget *sleeps, size_t from)
{
	int ret = 0;

	for (size_t i = from; !ret && i < sleeps->nr; i++) {
		struct capture_sleep sleep = {
			.slice = slice,
			.tid = tid,
			.doubt = doubt,
			.samples = sleeps->parts[i].samples,
		};

		memcpy(sleep.function, sleeps->parts[i].function, sizeof(sleep.function));
		ret = capture_put(w, &capture_sleeps, &sleep);
	}
	return ret;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static int put_life(const struct recording *r, const struct threads_row *row, uint64_t edge_ns)
{
	bool ended = row->end_ns && row->end_ns <= edge_ns;
	struct capture_life life = {
		.slice = r->life_slice,
		.tid = row->tid,
		.tgid = row->tgid,
		.start_ns = less(row->begin_ns, r->c->session.start_ns),
		.duration_ns = less(ended ? row->end_ns : edge_ns, row->begin_ns),
		.began = row->began,
		.ended = ended,
		.cpu_ns = less(row->final.cpu_ns, row->base.cpu_ns),
		.runqueue_ns = less(row->final.runqueue_ns, row->base.runqueue_ns),
		.samples = row->sleeps.samples,
		.wait_samples = row->sleeps.wait_samples,
	};
	int ret;

	memcpy(life.comm, row->comm, sizeof(life.comm));
	if (row->unseen_ns && row->unseen_ns <= edge_ns) {
		life.unseen = row->unseen;
		life.unseen_op = row->unseen_op;
		life.unseen_kstack = row->unseen_kstack;
		life.unseen_ustack = row->unseen_ustack;
		life.unseen_ns = less(row->unseen_ns, row->unseen_from_ns);
	}
	ret = capture_put(r->w, &capture_lives, &life);
	if (!ret)
		ret = put_sleeps(r->w, r->life_slice, row->tid, CAPTURE_ELSEWHERE, &row->sleeps, 0);
	if (!ret)
		ret = put_sleeps(r->w, r->life_slice, row->tid, CAPTURE_MAYBE, &row->maybe, 0);
	return ret ? ret :
		     put_sleeps(r->w, r->life_slice, row->tid, CAPTURE_MAYBE_WAIT, &row->maybe_wait,
				0);
}

/**
 * recording_after() - keep what was seen of the threads since the last slice
 * @r: recording, after a reading of the session
 * @last: no other reading follows
 *
 * Return: 0 or -errno of the capture.
 */
int recording_after(struct recording *r, bool last)
{
	struct threads *t = &r->threads;
	uint64_t edge_ns = r->c->edge_ns, rest_ns;
	int ret = 0;

	/* Without memory for who is new the others are as they were before. */
	threads_read(t);
	if (last)
		threads_bury(t);
	threads_cut(t, edge_ns);
	for (size_t i = 0; !ret && i < t->nr; i++)
		if (t->rows[i].begin_ns < edge_ns)
			ret = put_life(r, &t->rows[i], edge_ns);
	if (!ret)
		ret = put_sleeps(r->w, r->life_slice, 0, CAPTURE_IN_WAIT, &t->in_waits,
				 r->nr_in_waits);
	r->nr_in_waits = t->in_waits.nr;
	threads_note_unseen(t, true);
	rest_ns = REST * (own_cpu_ns() - r->cut_cpu_ns);
	if (t->nr <= FEW && rest_ns > OFTEN_NS)
		rest_ns = OFTEN_NS;
	r->next_cut_ns = follow_now() + rest_ns;
	return ret ? ret : capture_put_number(r->w, "thread_samples", t->samples);
}

/**
 * recording_between() - what to do after a reading that is none of the threads
 * @r: recording
 */
void recording_between(struct recording *r)
{
	if (r->is_watching)
		threads_note_unseen(&r->threads, false);
}

/**
 * recording_go_on() - the next slice begins
 * @r: recording, after recording_after()
 * @slice: its number
 */
void recording_go_on(struct recording *r, uint32_t slice)
{
	r->life_slice = slice;
	threads_go_on(&r->threads, r->c->edge_ns);
}
