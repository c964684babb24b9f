// SPDX-License-Identifier: GPL-2.0-only
/*
 * Renders comparisons of recordings that are made up here, for comparison with
 * golden files.
 * usage: render_diff CASE text|json
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/diff_report.h"

#define MAX_RUNS 6

static struct diff diff;
static struct capture_info infos[MAX_RUNS];
static struct report counters[MAX_RUNS];
static struct diff_recording recordings[MAX_RUNS];
static size_t nr_recordings;

/* Between 0.9 and 1.1, the same ones each time. */
static double about_one(void)
{
	static uint32_t state = 12345;

	state = state * 1664525 + 1013904223;
	return 0.9 + 0.2 * (state >> 8) / (1 << 24);
}

static void begin(enum diff_side side, const char *path, uint64_t work)
{
	static const struct client_point points[] = {
		{ .class_id = WAITPROF_CLASS_FUTEX,
		  .symbol = "futex_wait_queue",
		  .backend = WAITPROF_BACKEND_KRETPROBE },
		{ .class_id = WAITPROF_CLASS_MUTEX,
		  .symbol = "contention_begin",
		  .backend = WAITPROF_BACKEND_TRACEPOINT },
	};
	struct capture_info *info = &infos[nr_recordings];

	*info = (struct capture_info){
		.path = path,
		.module_version = "0.1.0",
		.kernel = "6.1.0-1-test",
		.nr_cpus = 4,
		.classes = 1U << WAITPROF_CLASS_FUTEX | 1U << WAITPROF_CLASS_MUTEX,
		.filter = "pid ",
		.user_stacks = "rules",
		.slice_ns = 1000000000,
		.work = work,
		.is_finished = true,
		.points = (struct client_point *)points,
		.nr_points = 2,
	};
	snprintf(info->filter + 4, 8, "%zu", 100 + nr_recordings);
	strcat(info->filter, " and descendants");
	recordings[nr_recordings] = (struct diff_recording){ side, info, &counters[nr_recordings] };
	nr_recordings++;
	if (diff_run(&diff, side, (double)work))
		exit(2);
}

static void add(uint32_t class_id, enum kind kind, const char *site, double waits, double us)
{
	struct report_row row = { .kind = kind };

	row.sum.class_id = class_id;
	row.sum.op = class_id == WAITPROF_CLASS_FUTEX ? WAITPROF_OP_WAIT : WAITPROF_OP_NONE;
	row.sum.count = (uint64_t)waits;
	row.sum.total_ns = (uint64_t)(us * 1000);
	row.sum.runqueue_ns = row.sum.total_ns / 8;
	row.sum.blocked_ns = row.sum.total_ns - row.sum.runqueue_ns;
	snprintf(row.site, sizeof(row.site), "%s", site);
	if (diff_add(&diff, &row))
		exit(2);
}

static void slice(void)
{
	struct capture_info *info = &infos[nr_recordings - 1];

	if (diff_slice(&diff, 1))
		exit(2);
	info->nr_slices++;
	info->duration_ns += info->slice_ns;
}

/* A lock is held for half as long, what waited there now waits for the CPU and a mutex. */
static void record(enum diff_side side, size_t nr)
{
	double half = side == DIFF_AFTER ? 0.5 : 1;

	for (size_t i = 0; i < nr; i++) {
		slice();
		add(WAITPROF_CLASS_FUTEX, KIND_NONE, "take_order shop.c:42 [shop]",
		    1000 * about_one(), half * 800000 * about_one());
		add(WAITPROF_CLASS_FUTEX, KIND_NONE,
		    side == DIFF_AFTER ? "log_line log.c:12 [shop]" : "log_line log.c:10 [shop]",
		    200 * about_one(), 40000 * about_one());
		add(WAITPROF_CLASS_IO, KIND_PAGE, "ext4_file_read_iter+0x5a [ext4]",
		    50 * about_one(), 30000 * about_one() / half);
		if (i % 9 == 3)
			add(WAITPROF_CLASS_MUTEX, KIND_NONE, "do_epoll_ctl+0x403", 3, 15);
		if (side == DIFF_AFTER)
			add(WAITPROF_CLASS_MUTEX, KIND_NONE, "pipe_write+0x1c", 1500 * about_one(),
			    90000 * about_one());
		if (side == DIFF_BEFORE)
			add(WAITPROF_CLASS_RWSEM, KIND_NONE, "do_user_addr_fault+0x1a",
			    1500 * about_one(), 700 * about_one());
		add(WAITPROF_CLASS_BLOCK, KIND_NONE, "vda", 60 * about_one(), 20000 * about_one());
	}
}

static void two(void)
{
	begin(DIFF_BEFORE, "before.wp", 0);
	record(DIFF_BEFORE, 30);
	begin(DIFF_AFTER, "after.wp", 0);
	record(DIFF_AFTER, 40);
}

static void equal(void)
{
	begin(DIFF_BEFORE, "one.wp", 0);
	record(DIFF_BEFORE, 20);
	begin(DIFF_AFTER, "two.wp", 0);
	record(DIFF_BEFORE, 20);
}

static void work(void)
{
	begin(DIFF_BEFORE, "before.wp", 50000);
	record(DIFF_BEFORE, 20);
	begin(DIFF_AFTER, "after.wp", 100000);
	record(DIFF_AFTER, 20);
}

/* Made in turn, and differently. */
static void runs(void)
{
	static const char *const paths[] = { "a1.wp", "b1.wp", "a2.wp", "b2.wp", "a3.wp", "b3.wp" };

	for (size_t i = 0; i < 6; i++) {
		begin((enum diff_side)(i % 2), paths[i], i == 2 ? 10 : 0);
		record((enum diff_side)(i % 2), 5);
	}
	strcpy(infos[1].kernel, "6.12.0-1-test");
	infos[1].nr_cpus = 8;
	infos[3].min_wait_ns = 10000;
	strcat(infos[3].filter, ", threads worker*");
	infos[5].points = NULL;
	infos[5].nr_points = 0;
	infos[5].is_finished = false;
	counters[5].counters[WAITPROF_CLASS_FUTEX].counters.begun = 900;
	counters[5].counters[WAITPROF_CLASS_FUTEX].counters.lost = 10;
	counters[5].counters[WAITPROF_CLASS_FUTEX].missed = 100;
	counters[5].counters[WAITPROF_CLASS_FUTEX].counters.unattributed = 9;
}

static void brief(void)
{
	begin(DIFF_BEFORE, "before.wp", 0);
	record(DIFF_BEFORE, 3);
	begin(DIFF_AFTER, "after.wp", 0);
	record(DIFF_AFTER, 3);
}

static void quiet(void)
{
	begin(DIFF_BEFORE, "before.wp", 0);
	slice();
	begin(DIFF_AFTER, "after.wp", 0);
	slice();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(void);
	} cases[] = {
		{ "two", two },	  { "equal", equal }, { "work", work },
		{ "runs", runs }, { "brief", brief }, { "quiet", quiet },
	};
	struct diff_report report = { .diff = &diff, .recordings = recordings };
	int ret = 2;

	for (size_t i = 0; argc == 3 && i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!strcmp(argv[1], cases[i].name))
			cases[i].make();
	report.nr_recordings = nr_recordings;
	if (!nr_recordings || diff_compare(&diff))
		return 2;
	if (!strcmp(argv[2], "json"))
		ret = render_json_diff(stdout, &report) ? 1 : 0;
	if (!strcmp(argv[2], "text")) {
		render_diff(stdout, &report);
		ret = 0;
	}
	diff_free(&diff);
	return ret;
}
