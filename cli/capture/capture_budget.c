// SPDX-License-Identifier: GPL-2.0-only
/*
 * The budget of some slices of a capture: what they have of each thread is summed up
 * and then divided as that of a session is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture_impl.h"
#include "collect/threads.h"

#define MAX_THREADS (1u << 20)
/* Different ones that threads sleep in; they are looked for one by one. */
#define MAX_FUNCTIONS 2048

/**
 * struct lives - the threads of some slices
 * @c: capture
 * @options: the filter
 * @from: the first slice's number
 * @to: the number behind the last one's
 * @threads: by tid; an id that was used again is there again
 * @maybe: by thread: where it was found asleep, in doubt
 * @maybe_wait: likewise, and in a wait
 * @nr: their number
 * @room: for so many
 * @in_waits: functions that threads were in while they waited
 * @elsewhere: functions that they were in while they did not
 * @functions: all of them
 */
struct lives {
	struct capture *c;
	const struct options *options;
	size_t from;
	size_t to;
	struct budget_thread *threads;
	struct budget *maybe;
	struct budget *maybe_wait;
	size_t nr;
	size_t room;
	struct budget in_waits;
	struct budget elsewhere;
	struct budget functions;
};

static int grow(void **array, size_t nr, size_t size)
{
	void *more = reallocarray(*array, nr, size);

	if (more)
		*array = more;
	return more ? 0 : -ENOMEM;
}

static struct budget_thread *add_thread(struct lives *l)
{
	size_t room = 2 * l->room + 64;

	if (l->nr == MAX_THREADS ||
	    (l->nr == l->room && (grow((void **)&l->threads, room, sizeof(*l->threads)) ||
				  grow((void **)&l->maybe, room, sizeof(*l->maybe)) ||
				  grow((void **)&l->maybe_wait, room, sizeof(*l->maybe_wait)))))
		return NULL;
	if (l->nr == l->room)
		l->room = room;
	memset(&l->threads[l->nr], 0, sizeof(*l->threads));
	memset(&l->maybe[l->nr], 0, sizeof(*l->maybe));
	memset(&l->maybe_wait[l->nr], 0, sizeof(*l->maybe_wait));
	return &l->threads[l->nr++];
}

static int add_unseen(struct lives *l, struct budget_thread *to, const struct capture_life *life)
{
	const struct site *site;

	if (life->unseen > WAITPROF_CLASS_MAX)
		return SQLITE_CORRUPT;
	if (!life->unseen || !life->unseen_ns)
		return SQLITE_OK;
	site = naming_site_of(&l->c->naming, life->unseen, life->unseen_kstack, life->unseen_ustack,
			      life->tgid);
	return budget_add_unseen(&to->budget, life->unseen, naming_kind(site, life->unseen_op),
				 life->unseen_ns) ?
		       SQLITE_NOMEM :
		       SQLITE_OK;
}

/* They come by thread and then by slice. */
static int add_life(struct lives *l, const struct capture_life *life)
{
	struct budget_thread *to = l->nr ? &l->threads[l->nr - 1] : NULL;

	if (life->duration_ns > INT64_MAX / CAPTURE_MAX_SLICES ||
	    life->cpu_ns > INT64_MAX / CAPTURE_MAX_SLICES ||
	    life->runqueue_ns > INT64_MAX / CAPTURE_MAX_SLICES)
		return SQLITE_CORRUPT;
	if (!capture_takes_thread(l->options, life->tgid, life->tid, life->comm))
		return SQLITE_OK;
	if (!to || to->tid != life->tid || to->ended) {
		to = add_thread(l);
		if (!to)
			return SQLITE_NOMEM;
		to->tid = life->tid;
		to->tgid = life->tgid;
		to->began = life->began;
	}
	memcpy(to->comm, life->comm, sizeof(to->comm));
	to->ended = life->ended;
	to->budget.wall_ns += life->duration_ns;
	to->budget.samples += life->samples;
	to->budget.wait_samples += life->wait_samples;
	if (budget_add_measured(&to->budget, life->cpu_ns, life->runqueue_ns))
		return SQLITE_NOMEM;
	return add_unseen(l, to, life);
}

static int compare_tids(const void *va, const void *vb)
{
	const struct budget_thread *a = va, *b = vb;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

/* Where a sample belongs; NULL: it is left out with its thread. */
static struct budget *budget_of(const struct lives *l, const struct capture_sleep *sleep)
{
	const struct budget_thread key = { .tid = sleep->tid }, *found = NULL;
	size_t i;

	if (l->nr)
		found = bsearch(&key, l->threads, l->nr, sizeof(key), compare_tids);
	if (!found)
		return NULL;
	i = (size_t)(found - l->threads);
	if (sleep->doubt == CAPTURE_ELSEWHERE)
		return &l->threads[i].budget;
	return sleep->doubt == CAPTURE_MAYBE ? &l->maybe[i] : &l->maybe_wait[i];
}

static int add_sleep(struct lives *l, const struct capture_sleep *sleep)
{
	struct budget_part part = { .type = BUDGET_SLEEP, .samples = sleep->samples };
	const char *function = capture_clean(l->c->symbols, sleep->function);
	struct budget *to = &l->in_waits;

	if (sleep->doubt > CAPTURE_IN_WAIT || !function || !function[0])
		return function ? SQLITE_CORRUPT : SQLITE_NOMEM;
	snprintf(part.function, sizeof(part.function), "%s", function);
	if (budget_add(&l->functions, &part))
		return SQLITE_NOMEM;
	if (l->functions.nr > MAX_FUNCTIONS)
		return SQLITE_CORRUPT;
	if (sleep->doubt == CAPTURE_ELSEWHERE && budget_add(&l->elsewhere, &part))
		return SQLITE_NOMEM;
	if (sleep->doubt != CAPTURE_IN_WAIT)
		to = sleep->slice >= l->from && sleep->slice < l->to ? budget_of(l, sleep) : NULL;
	return to && budget_add(to, &part) ? SQLITE_NOMEM : SQLITE_OK;
}

static int read_lives(struct lives *l)
{
	struct capture_life life;
	sqlite3_stmt *rows = NULL;
	int ret = capture_table_select(l->c->db, &capture_lives,
				       "WHERE slice >= ? AND slice < ? ORDER BY tid, slice", &rows);

	sqlite3_bind_int64(rows, 1, (sqlite3_int64)l->from);
	sqlite3_bind_int64(rows, 2, (sqlite3_int64)l->to);
	while (ret == SQLITE_OK &&
	       (ret = capture_table_get(rows, &capture_lives, &life)) == SQLITE_ROW)
		ret = add_life(l, &life);
	sqlite3_finalize(rows);
	return ret;
}

/* What any slice knows of a function holds for all. */
static int read_sleeps(struct lives *l)
{
	struct capture_sleep sleep;
	sqlite3_stmt *rows = NULL;
	int ret = capture_table_select(l->c->db, &capture_sleeps, "", &rows);

	while (ret == SQLITE_OK &&
	       (ret = capture_table_get(rows, &capture_sleeps, &sleep)) == SQLITE_ROW)
		ret = add_sleep(l, &sleep);
	sqlite3_finalize(rows);
	return ret;
}

static int read_threads(struct lives *l)
{
	int ret = read_lives(l);

	if (ret == SQLITE_DONE)
		ret = read_sleeps(l);
	if (ret != SQLITE_DONE)
		return capture_fail(l->c, ret);
	for (size_t i = 0; i < l->nr; i++) {
		const struct threads_doubt doubt = {
			.maybe = &l->maybe[i],
			.maybe_wait = &l->maybe_wait[i],
			.in_waits = &l->in_waits,
			.elsewhere = &l->elsewhere,
		};

		threads_decide(&l->threads[i].budget, &doubt, l->c->info.points,
			       l->c->info.nr_points);
	}
	return 0;
}

static void lives_free(struct lives *l)
{
	for (size_t i = 0; i < l->nr; i++) {
		budget_free(&l->maybe[i]);
		budget_free(&l->maybe_wait[i]);
	}
	free(l->maybe);
	free(l->maybe_wait);
	budget_free(&l->in_waits);
	budget_free(&l->elsewhere);
	budget_free(&l->functions);
}

/**
 * capture_budget() - where the wall time of the recorded threads went
 * @capture: an open one
 * @options: of the filter what capture_takes() looks at
 * @from: as capture_window()
 * @to: likewise
 * @report: all but @next; to be freed whatever this returns, before the capture is closed
 *
 * Return: 0 or -errno; -EOPNOTSUPP when it has no figures of threads.
 */
int capture_budget(struct capture *capture, const struct options *options, size_t from, size_t to,
		   struct budget_report *report)
{
	struct lives lives = { .c = capture, .options = options, .from = from, .to = to };
	const struct capture_info *info = &capture->info;
	int ret;

	if (!capture->has_threads)
		return capture_refuse(capture, -EOPNOTSUPP, "has no figures of single threads",
				      "record it again, with --pid, --tid or a command, and "
				      "without --min-wait and --cgroup");
	if (to == CAPTURE_ALL)
		lives.to = info->nr_slices;
	report->samples = capture->thread_samples;
	report->begin_ns =
		info->begun_ns + (from < info->nr_slices ? info->slices[from].start_ns : 0);
	ret = capture_rows(capture, options, from, to, &report->report);
	if (!ret)
		ret = read_threads(&lives);
	report->threads = lives.threads;
	report->nr_threads = lives.nr;
	if (!ret && budget_finish(report))
		ret = -ENOMEM;
	lives_free(&lives);
	return ret;
}
