// SPDX-License-Identifier: GPL-2.0-only
/* Bounds of buckets, percentiles and the lines of a chart. */
#include "cmocka_setup.h"

#include "profile/buckets.h"

static void bounds_meet(void **state)
{
	(void)state;
	assert_int_equal(buckets_low(0), 0);
	for (unsigned int i = 0; i + 1 < WAITPROF_HIST_BUCKETS; i++)
		assert_int_equal(buckets_high(i), buckets_low(i + 1));
	assert_true(buckets_high(WAITPROF_HIST_BUCKETS - 1) == UINT64_MAX);
	/* "from 4.1e12 ns", as the uapi header has it */
	assert_int_equal(buckets_low(WAITPROF_HIST_BUCKETS - 1), 4123168604160);
}

static void a_duration_is_in_its_bucket(void **state)
{
	static const uint64_t ns[] = { 0,
				       1,
				       7,
				       8,
				       9,
				       15,
				       16,
				       17,
				       18,
				       1000,
				       999999,
				       1000000,
				       123456789,
				       4123168604159,
				       4123168604160,
				       UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		unsigned int idx = buckets_index(ns[i]);

		assert_true(buckets_low(idx) <= ns[i]);
		assert_true(ns[i] < buckets_high(idx) || buckets_high(idx) == UINT64_MAX);
	}
}

static void the_middle_is_at_most_6_percent_off(void **state)
{
	(void)state;
	for (uint64_t ns = 8; ns < 4000000000000; ns += ns / 7 + 1) {
		double middle = (double)buckets_middle(buckets_index(ns));

		assert_true(middle / (double)ns < 1.0626 && middle / (double)ns > 0.94);
	}
}

static void percentiles_are_ranks(void **state)
{
	uint64_t b[WAITPROF_HIST_BUCKETS] = { 0 };

	(void)state;
	assert_int_equal(buckets_percentile(b, 500, 0), 0);
	/* 1..7 have a bucket each, so these are exact. */
	for (int i = 1; i <= 5; i++)
		b[i] = 1;
	assert_int_equal(buckets_percentile(b, 0, 0), 1);
	assert_int_equal(buckets_percentile(b, 200, 0), 1);
	assert_int_equal(buckets_percentile(b, 201, 0), 2);
	assert_int_equal(buckets_percentile(b, 500, 0), 3);
	assert_int_equal(buckets_percentile(b, 900, 0), 5);
	assert_int_equal(buckets_percentile(b, 1000, 0), 5);
}

static void percentiles_of_many(void **state)
{
	uint64_t b[WAITPROF_HIST_BUCKETS] = { 0 };

	(void)state;
	b[1] = 999;
	b[2] = 1;
	assert_int_equal(buckets_percentile(b, 999, 0), 1);
	assert_int_equal(buckets_percentile(b, 1000, 0), 2);
	/* 1000 * n does not fit 64 bits */
	b[1] = UINT64_MAX / 4;
	b[2] = b[1];
	assert_int_equal(buckets_percentile(b, 500, 0), 1);
	assert_int_equal(buckets_percentile(b, 501, 0), 2);
}

static void no_percentile_is_above_the_maximum(void **state)
{
	uint64_t b[WAITPROF_HIST_BUCKETS] = { 0 };

	(void)state;
	b[buckets_index(1000)] = 1;
	assert_true(buckets_percentile(b, 500, 0) > 965);
	assert_int_equal(buckets_percentile(b, 500, 965), 965);
}

static void lines_fit_and_lose_nothing(void **state)
{
	uint64_t b[WAITPROF_HIST_BUCKETS] = { 0 };
	struct buckets_line lines[20];
	uint64_t sum = 0;
	size_t nr;

	(void)state;
	assert_int_equal(buckets_lines(b, lines, 20), 0);
	b[3] = 5;
	assert_int_equal(buckets_lines(b, lines, 20), 1);
	assert_int_equal(lines[0].low_ns, 3);
	assert_int_equal(lines[0].high_ns, 4);
	b[250] = 7;
	b[WAITPROF_HIST_BUCKETS - 1] = 1;
	nr = buckets_lines(b, lines, 20);
	assert_in_range(nr, 10, 20);
	for (size_t i = 0; i < nr; i++) {
		sum += lines[i].count;
		if (i)
			assert_int_equal(lines[i].low_ns, lines[i - 1].high_ns);
	}
	assert_int_equal(sum, 13);
	assert_true(lines[nr - 1].high_ns == UINT64_MAX);
	/* No more than it takes: 40 buckets are 20 pairs. */
	memset(b, 0, sizeof(b));
	b[100] = 1;
	b[139] = 1;
	assert_int_equal(buckets_lines(b, lines, 20), 20);
}

/* Buckets @first and @last in use, @max lines: the chart fits and holds both. */
static void chart(unsigned int first, unsigned int last, size_t max, size_t want)
{
	struct buckets_line *lines = calloc(max, sizeof(*lines));
	uint64_t b[WAITPROF_HIST_BUCKETS] = { 0 };
	size_t nr;

	assert_non_null(lines);
	b[first] += 3;
	b[last] += 4;
	nr = buckets_lines(b, lines, max);
	assert_int_equal(nr, want);
	assert_true(lines[0].low_ns <= buckets_low(first) && lines[0].count >= 3);
	assert_true(lines[nr - 1].high_ns >= buckets_high(last) && lines[nr - 1].count >= 4);
	for (size_t i = 0; i + 1 < nr; i++)
		assert_int_equal(lines[i].high_ns, lines[i + 1].low_ns);
	free(lines);
}

static void lines_are_merged_until_they_fit(void **state)
{
	(void)state;
	chart(100, 119, 20, 20);
	chart(100, 120, 20, 11);
	/* By twos, 101 to 122 begin at 100: a first line that is not cut. */
	chart(101, 122, 20, 12);
	chart(0, WAITPROF_HIST_BUCKETS - 1, 1, 1);
	chart(0, WAITPROF_HIST_BUCKETS - 1, 2, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_merged_until_they_fit),
		cmocka_unit_test(bounds_meet),
		cmocka_unit_test(a_duration_is_in_its_bucket),
		cmocka_unit_test(the_middle_is_at_most_6_percent_off),
		cmocka_unit_test(percentiles_are_ranks),
		cmocka_unit_test(percentiles_of_many),
		cmocka_unit_test(no_percentile_is_above_the_maximum),
		cmocka_unit_test(lines_fit_and_lose_nothing),
	};

	return cmocka_run_group_tests_name("buckets", tests, NULL, NULL);
}
