// SPDX-License-Identifier: GPL-2.0-only
/* Rows of two sides matched, merged and compared. */
#include "cmocka_setup.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "diff/diff_report.h"

static struct diff diff;

static int forget(void **state)
{
	(void)state;
	diff_free(&diff);
	return 0;
}

static void add(uint32_t class_id, uint32_t tgid, const char *site, uint64_t count, uint64_t ns)
{
	struct report_row row = { .site[0] = '\0' };

	row.sum.class_id = class_id;
	row.sum.tgid = tgid;
	row.sum.object = 0x1000 + tgid;
	row.sum.count = count;
	row.sum.total_ns = ns;
	row.sum.blocked_ns = ns / 2;
	row.sum.spin_ns = ns - ns / 2;
	snprintf(row.site, sizeof(row.site), "%s", site);
	assert_int_equal(diff_add(&diff, &row), 0);
}

static void run(enum diff_side side)
{
	assert_int_equal(diff_run(&diff, side, 0), 0);
}

static void slice(double seconds)
{
	assert_int_equal(diff_slice(&diff, seconds), 0);
}

static const struct diff_row *find(enum diff_level level, uint32_t class_id, const char *site)
{
	for (size_t i = 0; i < diff.nr; i++)
		if (diff.rows[i].key.level == level && diff.rows[i].key.class_id == class_id &&
		    (!site || !strcmp(diff.rows[i].key.site, site)))
			return &diff.rows[i];
	return NULL;
}

static void test_function(void **state)
{
	static const struct {
		const char *site, *function;
	} rows[] = {
		{ "worker main.c:42 [prog]", "worker [prog]" },
		{ "worker main.c:42", "worker" },
		{ "do_exit+0x1a", "do_exit" },
		{ "ext4_sync+0x5a [ext4]", "ext4_sync [ext4]" },
		{ "std::vector<int, a b>::at(int) v.h:9 [libv.so]",
		  "std::vector<int, a b>::at(int) [libv.so]" },
		{ "inlined [prog]", "inlined [prog]" },
		{ "0x7f001234 [anon]", "0x7f001234 [anon]" },
		{ "0x7f001234", "0x7f001234" },
		{ "operator[]", "operator[]" },
		{ "", "" },
		{ "]", "]" },
		{ ":12", ":12" },
		{ "+0x1", "+0x1" },
	};
	char text[REPORT_SITE_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "%s", rows[i].site);
		diff_function(text);
		assert_string_equal(text, rows[i].function);
	}
}

/* Another process, another address, another order, several rows of a slice: one row. */
static void test_match(void **state)
{
	const struct diff_row *row;

	(void)state;
	for (size_t side = 0; side < 2; side++) {
		run((enum diff_side)side);
		for (size_t i = 0; i < 12; i++) {
			slice(0.5);
			add(WAITPROF_CLASS_FUTEX, side ? 10 : 20, side ? "a+0x1" : "b+0x1", 10,
			    100000000 + i * 1000000);
			add(WAITPROF_CLASS_FUTEX, side ? 11 : 21, side ? "b+0x1" : "a+0x1", 10,
			    100000000 + i * 1000000);
			add(WAITPROF_CLASS_FUTEX, 12, "a+0x1", 5, 0);
			add(WAITPROF_CLASS_MUTEX, 12, "a+0x1", side ? 8 : 4, 1000);
			add(WAITPROF_CLASS_BLOCK, 12, "vda", 1, 5000);
		}
	}
	assert_int_equal(diff_compare(&diff), 0);
	row = find(DIFF_SITE, WAITPROF_CLASS_FUTEX, "a+0x1");
	assert_non_null(row);
	assert_true(fabs(row->results[DIFF_SECOND][DIFF_WAITS].before - 30) < 0.000001);
	assert_true(fabs(row->results[DIFF_SECOND][DIFF_WAITS].after - 30) < 0.000001);
	assert_true(fabs(row->results[DIFF_SECOND][DIFF_TIME].before - 0.211) < 0.000001);
	assert_int_equal(row->results[DIFF_SECOND][DIFF_TIME].verdict, STATS_NOTHING);
	row = find(DIFF_SITE, WAITPROF_CLASS_MUTEX, "a+0x1");
	assert_int_equal(row->results[DIFF_SECOND][DIFF_WAITS].verdict, STATS_CHANGED);
	assert_true(fabs(row->results[DIFF_SECOND][DIFF_WAITS].ratio - 2) < 0.000001);
	/* Sums: without requests to devices, parts as the waits have them. */
	row = find(DIFF_ALL, 0, NULL);
	assert_true(fabs(row->total[0][DIFF_WAITS] - 12 * 29) < 0.000001);
	assert_true(fabs(find(DIFF_CLASS, WAITPROF_CLASS_BLOCK, NULL)->total[1][DIFF_WAITS] - 12) <
		    0.000001);
	assert_true(fabs(row->total[0][DIFF_TIME] - 2.532012) < 0.000001);
	assert_int_equal(diff.rows[0].key.level, DIFF_ALL);
	assert_int_equal(diff.rows[1].key.part, DIFF_BLOCKED);
	assert_int_equal(diff.rows[2].key.part, DIFF_SPIN);
	assert_true(fabs(diff.rows[1].total[0][DIFF_TIME] - 1.266006) < 0.000001);
	/* Three sums, three classes, four call sites. */
	assert_int_equal(diff.nr, 3 + 3 + 4);
}

static void test_merge(void **state)
{
	const struct diff_row *row;

	(void)state;
	for (size_t side = 0; side < 2; side++) {
		run((enum diff_side)side);
		for (size_t i = 0; i < 10; i++) {
			slice(1);
			/* Lines moved by eight: 50 is another lock than before. */
			add(WAITPROF_CLASS_FUTEX, 1, side ? "f x.c:50 [p]" : "f x.c:42 [p]", 4, 40);
			add(WAITPROF_CLASS_FUTEX, 1, side ? "f x.c:58 [p]" : "f x.c:50 [p]", 6, 60);
			/* One of two locks is gone: the other is as it was. */
			add(WAITPROF_CLASS_FUTEX, 1, "g x.c:70 [p]", 1, 10);
			if (!side)
				add(WAITPROF_CLASS_FUTEX, 1, "g x.c:71 [p]", 2, 20);
			/* The same function, another class. */
			add(WAITPROF_CLASS_MUTEX, 1, side ? "h+0x1" : "h+0x1", 3, 30);
			add(WAITPROF_CLASS_RWSEM, 1, side ? "h+0x2" : "h+0x1", 3, 30);
		}
	}
	assert_int_equal(diff_compare(&diff), 0);
	row = find(DIFF_SITE, WAITPROF_CLASS_FUTEX, "f [p]");
	assert_non_null(row);
	assert_true(row->merged);
	assert_int_equal(row->nr_cells, 20);
	assert_true(row->total[0][DIFF_WAITS] == 100 && row->total[1][DIFF_WAITS] == 100);
	assert_int_equal(row->results[DIFF_SECOND][DIFF_WAITS].verdict, STATS_NOTHING);
	assert_null(find(DIFF_SITE, WAITPROF_CLASS_FUTEX, "f x.c:50 [p]"));
	assert_false(find(DIFF_SITE, WAITPROF_CLASS_FUTEX, "g x.c:70 [p]")->merged);
	row = find(DIFF_SITE, WAITPROF_CLASS_FUTEX, "g x.c:71 [p]");
	assert_int_equal(row->results[DIFF_SECOND][DIFF_WAITS].verdict, STATS_CHANGED);
	assert_true(row->results[DIFF_SECOND][DIFF_WAITS].ratio == 0);
	assert_false(find(DIFF_SITE, WAITPROF_CLASS_MUTEX, "h+0x1")->merged);
	assert_true(find(DIFF_SITE, WAITPROF_CLASS_RWSEM, "h")->merged);
}

static void test_runs(void **state)
{
	const struct stats_result *r;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(diff_run(&diff, (enum diff_side)(i % 2), i % 2 ? 200 : 100), 0);
		for (size_t s = 0; s < 3; s++) {
			slice(1);
			add(WAITPROF_CLASS_FUTEX, 1, "a", 100 + 2 * i, 1000000);
		}
	}
	assert_int_equal(diff_compare(&diff), 0);
	assert_int_equal(diff.per, DIFF_UNIT);
	r = find(DIFF_SITE, WAITPROF_CLASS_FUTEX, "a")->results[DIFF_SECOND];
	assert_true(r[DIFF_WAITS].by_runs);
	assert_true(r[DIFF_WAITS].before == 102 && r[DIFF_WAITS].after == 104);
	assert_int_equal(r[DIFF_WAITS].verdict, STATS_NOTHING);
	/* Twice the work in the same time. */
	r = find(DIFF_SITE, WAITPROF_CLASS_FUTEX, "a")->results[DIFF_UNIT];
	assert_true(fabs(r[DIFF_WAITS].before - 3.06) < 0.000001);
	assert_true(fabs(r[DIFF_WAITS].ratio - 104.0 / 204) < 0.000001);
	assert_int_equal(r[DIFF_WAITS].verdict, STATS_CHANGED);
}

static void test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < DIFF_MAX_RUNS; i++)
		run(DIFF_AFTER);
	assert_int_equal(diff_run(&diff, DIFF_AFTER, 0), -E2BIG);
	/* One side has no slices at all. */
	slice(1);
	add(WAITPROF_CLASS_FUTEX, 1, "a", 1, 1);
	assert_int_equal(diff_compare(&diff), -ENODATA);
}

static void test_many_rows(void **state)
{
	char site[32];

	(void)state;
	for (size_t side = 0; side < 2; side++) {
		run((enum diff_side)side);
		for (size_t i = 0; i < 10; i++) {
			slice(1);
			for (size_t s = 0; s < 2000; s++) {
				size_t n = side ? s : 1999 - s;

				snprintf(site, sizeof(site), "f%zu+0x1", n);
				add(WAITPROF_CLASS_FUTEX, 1, site, 3, n + 1);
			}
		}
	}
	assert_int_equal(diff_compare(&diff), 0);
	assert_int_equal(diff.nr, 3 + 1 + 2000);
	/* The costliest call site first. */
	assert_string_equal(diff.rows[4].key.site, "f1999+0x1");
	for (size_t i = 0; i < diff.nr; i++)
		assert_true(fabs(diff.rows[i].total[0][DIFF_TIME] -
				 diff.rows[i].total[1][DIFF_TIME]) < 0.000001);
}

static void test_words(void **state)
{
	static const struct {
		double ratio;
		const char *text;
	} percents[] = {
		{ 0.5, "-50.0 %" },   { 1, "0.0 %" },  { 0.99999, "0.0 %" }, { 2.5, "+150 %" },
		{ 1.999, "+99.9 %" }, { 0, "-100 %" }, { 12.34, "x 12.3" },  { 1e6, "x 1000000" },
	};
	static const struct {
		double rate;
		enum diff_value value;
		const char *text;
	} rates[] = {
		{ 0, DIFF_TIME, "0 ns" },
		{ 0.0012345, DIFF_TIME, "1.23 ms" },
		{ 0.00000000042, DIFF_TIME, "0.42 ns" },
		{ 1.5, DIFF_TIME, "1.50 s" },
		{ 0, DIFF_WAITS, "0.00" },
		{ 99.99, DIFF_WAITS, "99.99" },
		{ 1234.56, DIFF_WAITS, "1234.6" },
		{ 2500000, DIFF_WAITS, "2.50M" },
	};
	struct stats_result r = { .want = STATS_WANT_WAITS, .has = 7, .seconds = 14.3 };
	char text[DIFF_WORDS_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		assert_string_equal(diff_percent(text, sizeof(text), percents[i].ratio),
				    percents[i].text);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		assert_string_equal(diff_rate(text, sizeof(text), rates[i].value, rates[i].rate),
				    rates[i].text);
	assert_string_equal(diff_too_little(text, sizeof(text), &r),
			    "not enough data: 7 waits; record about 15 s");
	r = (struct stats_result){ .want = STATS_WANT_SLICES, .has = 1, .seconds = 10 };
	assert_string_equal(diff_too_little(text, sizeof(text), &r),
			    "not enough data: 1 slice; record about 10 s");
	r = (struct stats_result){ .want = STATS_WANT_WIDTH, .has = 9, .seconds = 20, .runs = 6 };
	assert_string_equal(diff_too_little(text, sizeof(text), &r),
			    "not enough data: half or twice as much, both possible; make about 6 "
			    "recordings a side");
	r = (struct stats_result){ .want = STATS_WANT_WAITS, .has = 1, .seconds = 1e6 };
	assert_string_equal(diff_too_little(text, sizeof(text), &r),
			    "not enough data: 1 wait; record longer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_function),
		cmocka_unit_test_teardown(test_match, forget),
		cmocka_unit_test_teardown(test_merge, forget),
		cmocka_unit_test_teardown(test_runs, forget),
		cmocka_unit_test_teardown(test_limits, forget),
		cmocka_unit_test_teardown(test_many_rows, forget),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
