// SPDX-License-Identifier: GPL-2.0-only
/*
 * budget and blocked of a capture: the parts of made-up threads add up to what was
 * written of them, made-up deadlocks come back, and a capture that has neither says so.
 */
#include "capture_made.h"

#include <errno.h>
#include <stdlib.h>

#include "capture/capture.h"
#include "profile/budget.h"

static char path[200];
static struct made made;

static int begin(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/views.wp", getenv("TEST_UNWIND_FOLDER"));
	unlink(path);
	made_init(&made);
	made_file(&made, path, 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	made_free(&made);
	unlink(path);
	return 0;
}

static struct capture *open_made(void)
{
	struct capture *capture;

	assert_int_equal(capture_open(&capture, path), 0);
	return capture;
}

static uint64_t part(const struct budget *b, enum budget_type type, uint32_t class_id,
		     const char *function)
{
	for (size_t i = 0; i < b->nr; i++)
		if (b->parts[i].type == type && b->parts[i].class_id == class_id &&
		    !strcmp(b->parts[i].function, function))
			return b->parts[i].ns;
	return 0;
}

static const struct budget_thread *thread_of(const struct budget_report *report, uint32_t tid)
{
	for (size_t i = 0; i < report->nr_threads; i++)
		if (report->threads[i].tid == tid)
			return &report->threads[i];
	fail_msg("no thread %u", tid);
	return NULL;
}

static void adds_up(const struct budget *b, uint64_t wall_ns)
{
	assert_int_equal(b->wall_ns, wall_ns);
	assert_int_equal(budget_sum(b), wall_ns);
}

/* Of thread 10 each slice has 3 futex waits of 998 ns blocked. */
static void whole(void **state)
{
	const struct options options = { 0 };
	struct budget_report report = { 0 };
	struct capture *capture = open_made();
	const struct budget *b;

	(void)state;
	assert_int_equal(capture_budget(capture, &options, 0, CAPTURE_ALL, &report), 0);
	assert_int_equal(report.nr_threads, 3);
	assert_int_equal(report.samples, 300);
	assert_int_equal(report.begin_ns, 5000);
	assert_int_equal(report.report.duration_ns, 3 * MADE_SLICE_NS);
	b = &thread_of(&report, 10)->budget;
	adds_up(b, 3 * MADE_SLICE_NS);
	assert_int_equal(b->samples, 300);
	assert_int_equal(part(b, BUDGET_ON_CPU, 0, ""), 900000000);
	assert_int_equal(part(b, BUDGET_RUN_QUEUE, 0, ""), 300000000);
	assert_int_equal(part(b, BUDGET_WAIT, WAITPROF_CLASS_FUTEX, ""), 9 * 998);
	/* What was in doubt in a function that is known from waits was a wait. */
	assert_int_equal(part(b, BUDGET_SLEEP, 0, "made_wait_queue"), 0);
	assert_int_equal(b->wait_samples, 6 + 20);
	assert_true(part(b, BUDGET_SLEEP, 0, "ep_poll") > 1500000000);
	assert_true(part(b, BUDGET_SLEEP, 0, "do_nanosleep") > 50000000);
	adds_up(&thread_of(&report, 11)->budget, MADE_SLICE_NS);
	assert_true(thread_of(&report, 11)->began && thread_of(&report, 11)->ended);
	assert_int_equal(part(&thread_of(&report, 11)->budget, BUDGET_ON_CPU, 0, ""), 200000000);
	assert_false(thread_of(&report, 10)->began || thread_of(&report, 10)->ended);
	b = &thread_of(&report, 12)->budget;
	adds_up(b, 3 * MADE_SLICE_NS);
	assert_int_equal(part(b, BUDGET_WAIT, WAITPROF_CLASS_MUTEX, ""), 400000000);
	assert_int_equal(report.nr_processes, 1);
	adds_up(&report.processes[0].budget, 7 * MADE_SLICE_NS);
	/* Waits of threads that nobody looked at: 13, 14, 20, 30, 77. */
	assert_int_equal(report.unseen, 5);
	budget_ask_next(&report, " -i views.wp");
	assert_non_null(strstr(report.next[0], "unaccounted: see 'waitprof top -i views.wp'"));
	assert_non_null(strstr(report.next[1], "see 'waitprof top -i views.wp -c mutex'"));
	budget_report_free(&report);
	capture_close(capture);
}

/* A part of the slices, and of the threads. */
static void parts(void **state)
{
	struct options options = { .tids = { 10 }, .nr_tids = 1 };
	struct budget_report report = { 0 };
	struct capture *capture = open_made();

	(void)state;
	assert_int_equal(capture_budget(capture, &options, 1, 2, &report), 0);
	assert_int_equal(report.nr_threads, 1);
	assert_int_equal(report.begin_ns, 5000 + MADE_SLICE_NS);
	assert_int_equal(report.unseen, 0);
	adds_up(&report.threads[0].budget, MADE_SLICE_NS);
	assert_int_equal(part(&report.threads[0].budget, BUDGET_ON_CPU, 0, ""), 300000000);
	/* That waits are in that function was found out later, and is known all the same. */
	assert_int_equal(report.threads[0].budget.wait_samples, 2 + 10);
	budget_report_free(&report);
	capture_close(capture);
}

static void deadlock(void **state)
{
	struct options options = { 0 };
	struct report report = { 0 };
	struct capture *capture = open_made();

	(void)state;
	assert_int_equal(capture_blocked(capture, &options, &report), 0);
	assert_int_equal(report.nr_rows, 3);
	assert_int_equal(report.rows[0].sum.tid, 33);
	assert_int_equal(report.rows[0].since_ns, 3000000);
	assert_string_equal(report.rows[0].file, "/made/file");
	assert_non_null(report.rows[0].kstack);
	assert_string_equal(report.rows[1].owner_comm, "owns-1");
	assert_string_equal(report.rows[1].object_name, "");
	assert_string_equal(report.rows[2].object_name, "lock_0");
	assert_int_equal(report.open_unix_ns, 1700000000000000000 + 2 * MADE_SLICE_NS);
	assert_int_equal(report.graph.nr, 2);
	assert_int_equal(report.graph.nr_cycles, 1);
	assert_int_equal(report.graph.paths[0].nr, 2);
	assert_int_equal(report.ends[1].state, 'D');
	assert_non_null(report.ends[1].kstack);
	assert_string_equal(report.ends[1].kstack->frames[0].symbol, "vfs_made_read");
	report_free(&report);
	options.min_age_ns = 2500000;
	assert_int_equal(capture_blocked(capture, &options, &report), 0);
	assert_int_equal(report.nr_rows, 1);
	assert_int_equal(report.graph.nr_cycles, 0);
	report_free(&report);
	options.min_age_ns = 0;
	options.classes = 1U << WAITPROF_CLASS_MUTEX;
	assert_int_equal(capture_blocked(capture, &options, &report), 0);
	assert_int_equal(report.nr_rows, 2);
	report_free(&report);
	capture_close(capture);
}

static void execute(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* As it was before there were these tables. */
static void older(void **state)
{
	const struct options options = { .by = GROUP_BY_CLASS };
	struct budget_report budget = { 0 };
	struct report report = { 0 };
	struct capture *capture;

	(void)state;
	execute("DROP TABLE thread_time; DROP TABLE thread_sleep; DROP TABLE open_wait;"
		"DROP TABLE holder; DELETE FROM info WHERE name IN ('thread_samples', 'open_ns')");
	capture = open_made();
	assert_int_equal(capture_report(capture, &options, 0, CAPTURE_ALL, &report), 0);
	assert_int_equal(report.nr_rows, 5);
	assert_int_equal(capture_budget(capture, &options, 0, CAPTURE_ALL, &budget), -EOPNOTSUPP);
	assert_string_equal(capture_error(capture), "has no figures of single threads");
	assert_non_null(capture_next(capture));
	budget_report_free(&budget);
	report_free(&report);
	capture_close(capture);
	capture = open_made();
	assert_int_equal(capture_blocked(capture, &options, &report), -EOPNOTSUPP);
	assert_string_equal(capture_error(capture), "does not have the open waits");
	report_free(&report);
	capture_close(capture);
}

/* Said to be there, and not there. */
static void contradicts(void **state)
{
	static const char *const tricks[] = {
		"DROP TABLE thread_time",
		"DROP TABLE thread_sleep",
		"UPDATE thread_time SET duration_ns = -1",
		"UPDATE thread_sleep SET doubt = 4",
		"UPDATE thread_sleep SET function = ''",
		"UPDATE thread_time SET unseen_class = 99",
	};
	const struct options options = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		struct budget_report report = { 0 };
		struct capture *capture;

		made_free(&made);
		made_init(&made);
		made_file(&made, path, 0);
		execute(tricks[i]);
		capture = open_made();
		if (!capture_budget(capture, &options, 0, CAPTURE_ALL, &report))
			fail_msg("%s", tricks[i]);
		assert_string_equal(capture_error(capture),
				    "is damaged, or a part of it is missing");
		budget_report_free(&report);
		capture_close(capture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole, begin, end),
		cmocka_unit_test_setup_teardown(parts, begin, end),
		cmocka_unit_test_setup_teardown(deadlock, begin, end),
		cmocka_unit_test_setup_teardown(older, begin, end),
		cmocka_unit_test_setup_teardown(contradicts, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
