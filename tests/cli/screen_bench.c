// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much CPU time one refresh of the full screen takes, part by part, on a
 * made-up profile: as many rows as threads, each with a histogram, stacks and an
 * owner. The threads are there, for what is read from /proc. It prints what it
 * measures and fails only if it cannot.
 * usage: screen_bench [THREADS]
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "collect/collect.h"
#include "collect/coverage.h"
#include "screen/screen.h"
#include "screen/screen_draw.h"
#include "screen/screen_tty.h"
#include "proc/task.h"

#define NR_STACKS  4000
#define NR_FRAMES  12
#define NR_ROUNDS  5
#define NR_BUCKETS 6

static size_t nr_threads = 10000;
static pthread_barrier_t barrier;
static uint32_t *tids;
static size_t nr_tids;

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double told;

static void tell(const char *what, double begin)
{
	double took = cpu_ms() - begin;

	told += took;
	fprintf(stderr, "  %-44s %8.1f ms\n", what, took);
}

static void *sleep_forever(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&barrier);
	pause();
	return NULL;
}

static int start_threads(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	pthread_attr_setguardsize(&attr, 0);
	for (size_t i = 0; i < nr_threads; i++) {
		int ret;

		pthread_barrier_init(&barrier, NULL, 2);
		ret = pthread_create(&thread, &attr, sleep_forever, NULL);
		if (ret) {
			fprintf(stderr, "only %zu threads: %s\n", i, strerror(ret));
			return -1;
		}
		pthread_barrier_wait(&barrier);
	}
	return task_threads((uint32_t)getpid(), &tids, &nr_tids);
}

static int now(void *arg, uint32_t tid, char *buf, size_t size)
{
	(void)arg;
	return task_comm(tid, buf, size);
}

/* Stacks of real code, so that names are looked for as ever. */
static int add_stacks(struct stacks *stacks)
{
	uint64_t frames[NR_FRAMES];

	for (uint32_t id = 1; id <= NR_STACKS; id++) {
		for (uint64_t i = 0; i < NR_FRAMES; i++)
			frames[i] = (uint64_t)(uintptr_t)screen_key + id + i * 4096;
		if (stacks_add(stacks, id, 0, frames, NR_FRAMES))
			return -1;
	}
	return 0;
}

/* What the module says: rows that grow, or one in ten of them. */
static int read_totals(struct profile *p, uint64_t round)
{
	for (size_t i = 0; i < nr_tids; i++) {
		uint64_t n = i % 10 ? 1 : round;
		struct waitprof_row row = {
			.class_id = i % 3 ? WAITPROF_CLASS_FUTEX : WAITPROF_CLASS_IO,
			.tgid = (uint32_t)getpid(),
			.tid = tids[i],
			.ustack = (uint32_t)(i % NR_STACKS) + 1,
			.owner_tid = tids[(i + 1) % nr_tids],
			.count = n,
			.total_ns = n * (1000000 + i),
			.max_ns = 1000000 + i,
		};
		struct waitprof_bucket buckets[NR_BUCKETS];

		for (uint32_t k = 0; k < NR_BUCKETS; k++)
			buckets[k] = (struct waitprof_bucket){ .idx = 100 + 7 * k,
							       .count = (uint32_t)n };
		snprintf(row.comm, sizeof(row.comm), "thread");
		if (profile_add(p, &row, buckets, NR_BUCKETS))
			return -1;
	}
	return 0;
}

static int make_blocked(struct naming *names, struct report *report)
{
	report->blocked = calloc(nr_tids, sizeof(*report->blocked));
	if (!report->blocked)
		return -ENOMEM;
	for (size_t i = 0; i < nr_tids; i++) {
		struct report_row *row = &report->blocked[i];

		row->sum.class_id = WAITPROF_CLASS_FUTEX;
		row->sum.tgid = (uint32_t)getpid();
		row->sum.tid = tids[i];
		row->since_ns = 1000 * (nr_tids - i);
		row->ustack = stacks_user(names->stacks, (uint32_t)(i % NR_STACKS) + 1, getpid());
		naming_site(names, row);
	}
	report->nr_blocked = nr_tids;
	return 0;
}

static int window_of(struct profile *window, struct profile *base)
{
	struct profile next = { 0 };

	if (profile_carry(window, base) || profile_copy(&next, window))
		return -1;
	profile_subtract(window, base);
	profile_free(base);
	*base = next;
	return 0;
}

static int refresh(struct screen *s, struct naming *names, struct coverage *coverage,
		   struct profile *base, struct profile *window, uint64_t round)
{
	struct report report = { .duration_ns = 1000000000,
				 .classes = 1U << WAITPROF_CLASS_FUTEX | 1U << WAITPROF_CLASS_IO };
	double begin = cpu_ms();

	profile_free(window);
	if (read_totals(window, round))
		return -1;
	tell("totals into a profile", begin);
	begin = cpu_ms();
	if (window_of(window, base))
		return -1;
	tell("difference of two readings", begin);
	begin = cpu_ms();
	coverage_read(coverage);
	tell("coverage: /proc of all threads", begin);
	begin = cpu_ms();
	if (make_blocked(names, &report))
		return -1;
	tell("blocked rows", begin);
	begin = cpu_ms();
	naming_label(names, window, 0, &report);
	coverage_tell(coverage, false, report.duration_ns, window, &report.coverage);
	tell("labels, coverage", begin);
	begin = cpu_ms();
	if (screen_take(s, window, &report))
		return -1;
	tell("grouping, naming, sorting, filter", begin);
	begin = cpu_ms();
	if (isatty(STDOUT_FILENO))
		screen_draw(s);
	tell("drawing", begin);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = { .nr_tgids = 1, .tgids = { (uint32_t)getpid() } };
	struct collect collect = { .options = &options };
	struct symbols *symbols = symbols_new();
	struct naming names = { .stacks = stacks_new(symbols), .sites = sites_new(), .comm = now };
	struct screen s = { .name = naming_row, .name_arg = &names, .who = "bench" };
	struct profile base = { 0 }, window = { 0 };
	struct coverage *coverage;
	bool tty;

	if (argc > 1)
		nr_threads = strtoul(argv[1], NULL, 10);
	symbols_note_process(symbols, getpid());
	if (add_stacks(names.stacks) || start_threads())
		return 1;
	coverage = coverage_new(&collect);
	s.groups = (1U << GROUP_BY_NONE) - 1;
	s.focus = SCREEN_WAITS;
	s.lower = SCREEN_WAITS;
	tty = !screen_tty_start();
	for (uint64_t round = 1; round <= NR_ROUNDS; round++) {
		s.by = round < NR_ROUNDS ? GROUP_BY_CALLSITE : GROUP_BY_THREAD;
		told = 0;
		fprintf(stderr, "refresh %ju of %zu threads, by %s\n", (uintmax_t)round, nr_tids,
			group_by_name(s.by));
		if (refresh(&s, &names, coverage, &base, &window, round))
			return 1;
		fprintf(stderr, "  %-44s %8.1f ms\n", "all of it", told);
	}
	if (tty)
		screen_tty_stop();
	screen_free(&s);
	profile_free(&window);
	profile_free(&base);
	coverage_free(coverage);
	sites_free(names.sites);
	stacks_free(names.stacks);
	symbols_free(symbols);
	free(tids);
	/* Exit ends the threads. */
	return 0;
}
