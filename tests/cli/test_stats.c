// SPDX-License-Identifier: GPL-2.0-only
/* Two rates compared: against tables of the t distribution and worlds with a known truth. */
#include "cmocka_setup.h"

#include "stats_worlds.h"

#define EXACT 0.000000001 /* but for rounding */

static void assert_near(double value, double wanted, double within)
{
	if (!(fabs(value - wanted) <= within))
		print_error("%.9g is not within %g of %.9g\n", value, within, wanted);
	assert_true(fabs(value - wanted) <= within);
}

/* Against a printed table of the distribution. */
static void test_student(void **state)
{
	static const struct {
		double freedom, p, t;
	} rows[] = {
		{ 1, 0.05, 12.7062 },  { 2, 0.05, 4.3027 },  { 3, 0.01, 5.8409 },
		{ 5, 0.05, 2.5706 },   { 10, 0.05, 2.2281 }, { 10, 0.5, 0.6998 },
		{ 30, 0.001, 3.6460 }, { 120, 0.1, 1.6577 }, { 1e6, 0.05, 1.95997 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_near(stats_t_quantile(rows[i].p, rows[i].freedom), rows[i].t, 0.00006);
		assert_near(stats_t_p(rows[i].t, rows[i].freedom), rows[i].p, 0.00001);
		assert_near(stats_t_p(-rows[i].t, rows[i].freedom), rows[i].p, 0.00001);
	}
	assert_near(stats_t_p(0, 3), 1, EXACT);
	assert_true(stats_t_p(1e9, 5) < EXACT);
	assert_true(stats_t_p(INFINITY, 5) == 0);
	/* With one degree of freedom it is Cauchy's, with two it is elementary. */
	for (double t = 0.1; t < 50; t *= 1.7) {
		assert_near(stats_t_p(t, 1), 1 - 2 * atan(t) / M_PI, EXACT);
		assert_near(stats_t_p(t, 2), 1 - t / sqrt(2 + t * t), EXACT);
	}
}

static double values[2][WORLDS_MAX_SLICES], weights[2][WORLDS_MAX_SLICES];

static struct stats_result compare_slices(size_t before, size_t after, double waits_before,
					  double waits_after)
{
	struct stats_run runs[2] = { { values[0], weights[0], before },
				     { values[1], weights[1], after } };
	struct stats_side a = { &runs[0], 1, (double)before, waits_before };
	struct stats_side b = { &runs[1], 1, (double)after, waits_after };
	struct stats_result result;

	assert_int_equal(stats_compare(&a, &b, &result), 0);
	return result;
}

static void fill(double *to, size_t nr, double mean, double spread)
{
	for (size_t i = 0; i < nr; i++) {
		to[i] = mean * (1 + spread * normal());
		weights[0][i] = 1;
		weights[1][i] = 1;
	}
}

static void test_verdicts(void **state)
{
	struct stats_result r, again;

	(void)state;
	fill(values[0], 30, 2, 0.1);
	fill(values[1], 60, 1, 0.1);
	r = compare_slices(30, 60, 1000, 1000);
	assert_int_equal(r.verdict, STATS_CHANGED);
	assert_near(r.before, 2, 0.2);
	assert_near(r.ratio, 0.5, 0.05);
	assert_true(r.low < 0.5 && 0.5 < r.high && r.low < r.ratio && r.ratio < r.high);
	assert_true(r.p < 0.001 && r.p == r.q && !r.by_runs);
	again = compare_slices(30, 60, 1000, 1000);
	assert_memory_equal(&r, &again, sizeof(r));
	/* The other way round it is the reciprocal. */
	memcpy(values[1] + 100, values[0], sizeof(values[0]) / 2);
	memcpy(values[0], values[1], 60 * sizeof(double));
	memcpy(values[1], values[1] + 100, 30 * sizeof(double));
	again = compare_slices(60, 30, 1000, 1000);
	assert_near(again.ratio * r.ratio, 1, EXACT);
	assert_near(again.low * r.high, 1, EXACT);
	assert_near(again.p, r.p, EXACT);

	memcpy(values[1], values[0], sizeof(values[0]));
	r = compare_slices(60, 60, 1000, 1000);
	assert_int_equal(r.verdict, STATS_NOTHING);
	assert_near(r.p, 1, EXACT);
	assert_true(r.low < 1 && 1 < r.high);
}

/* What is heavier counts more: a slice of two seconds, or of twice the work. */
static void test_weights(void **state)
{
	struct stats_result r;

	(void)state;
	fill(values[0], 20, 2, 0);
	fill(values[1], 20, 2, 0);
	for (size_t i = 0; i < 20; i++) {
		weights[1][i] = i % 2 ? 2 : 1;
		values[1][i] *= weights[1][i];
	}
	r = compare_slices(20, 20, 1000, 1000);
	assert_near(r.after, 2, EXACT);
	assert_int_equal(r.verdict, STATS_NOTHING);
	assert_near(r.high, 1, EXACT);
}

static void test_nothing_on_one_side(void **state)
{
	struct stats_result r;

	(void)state;
	fill(values[0], 20, 0, 0);
	fill(values[1], 20, 3, 0.2);
	r = compare_slices(20, 20, 0, 600);
	assert_int_equal(r.verdict, STATS_CHANGED);
	assert_true(isinf(r.ratio) && isnan(r.low) && isnan(r.high) && r.p < 0.01);
	memset(values[1], 0, sizeof(values[1]));
	/* One burst may just as well have fallen into the other recording. */
	for (size_t i = 0; i < 12; i++)
		values[1][i] = i < 11 ? 0.1 : 100;
	r = compare_slices(20, 20, 0, 600);
	assert_int_equal(r.verdict, STATS_TOO_LITTLE);
	memset(values[1], 0, sizeof(values[1]));
	r = compare_slices(20, 20, 0, 0);
	assert_int_equal(r.verdict, STATS_TOO_LITTLE);
	assert_true(r.before == 0 && r.after == 0 && isnan(r.p));
}

static void test_too_little(void **state)
{
	struct stats_result r;

	(void)state;
	fill(values[0], 60, 1, 0.1);
	fill(values[1], 60, 9, 0.1);
	r = compare_slices(4, 60, 1000, 1000);
	assert_int_equal(r.verdict, STATS_TOO_LITTLE);
	assert_int_equal(r.want, STATS_WANT_SLICES);
	assert_near(r.has, 4, 0);
	assert_near(r.seconds, 10, EXACT);
	assert_true(isnan(r.p) && isnan(r.low));
	r = compare_slices(10, 10, 1, 6);
	assert_int_equal(r.want, STATS_WANT_WAITS);
	assert_near(r.has, 7, 0);
	assert_near(r.seconds, 10.0 * 20 / 7, EXACT);
	/* Seven waits of a second each in two of twenty slices. */
	for (size_t i = 0; i < 20; i++)
		values[0][i] = i == 3 || i == 4 ? 7 : 0;
	memcpy(values[1], values[0], sizeof(values[0]));
	r = compare_slices(20, 20, 20, 20);
	assert_int_equal(r.want, STATS_WANT_BUSY);
	assert_near(r.has, 2, 0);
	assert_near(r.seconds, 100, EXACT);
	/* All that is known: neither half nor twice as much can be told. */
	world_lognormal(values[0], 12);
	for (size_t i = 0; i < 12; i++)
		values[1][11 - i] = values[0][i] *= i % 3 ? 1 : 30;
	r = compare_slices(12, 12, 1000, 1000);
	assert_int_equal(r.want, STATS_WANT_WIDTH);
	assert_true(r.high / r.low > 4 && r.seconds > 12);
}

static void test_adjust(void **state)
{
	/* The example of the paper's section 3.1: four of fifteen. */
	static const double p[] = { 0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
				    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000 };
	struct stats_result results[15], *pointers[15];
	size_t nr = sizeof(p) / sizeof(p[0]), nr_changed = 0;

	(void)state;
	for (size_t i = 0; i < nr; i++) {
		results[i] =
			(struct stats_result){ .p = p[(i * 7) % nr], .verdict = STATS_NOTHING };
		pointers[i] = &results[i];
	}
	stats_adjust(pointers, nr);
	for (size_t i = 0; i < nr; i++) {
		nr_changed += pointers[i]->verdict == STATS_CHANGED;
		assert_near(pointers[i]->p, p[i], 0);
		assert_int_equal(pointers[i]->verdict == STATS_CHANGED, i < 4);
	}
	assert_int_equal(nr_changed, 4);
	assert_near(pointers[3]->q, 0.0095 * 15 / 4, EXACT);
	assert_near(pointers[14]->q, 1, EXACT);
}

/* So many pairs find an interval that covers 85 %, and take a second. */
#define TIMES 400

static void test_worlds(void **state)
{
	(void)state;
	for (size_t w = 0; w < NR_WORLDS; w++) {
		for (size_t runs = 1; runs <= 4; runs += 3) {
			size_t nr = runs > 1 ? 10 : worlds[w].draw == world_bursts ? 300 : 60;
			double unlike = runs > 1 ? 0.05 : 0;
			struct worlds_outcome equal =
				worlds_try(&worlds[w], runs, nr, 1, unlike, TIMES);
			struct worlds_outcome other =
				worlds_try(&worlds[w], runs, nr, 1.7, unlike, TIMES);
			double covered = worlds_share(other.covered, other.tested);
			double changed = worlds_share(equal.changed, equal.tested);

			print_message("%s, %zu runs: covered %.1f %%, equal called changed "
				      "%.1f %%\n",
				      worlds[w].name, runs, covered, changed);
			assert_true(equal.tested > TIMES / 10 && other.tested > TIMES / 10);
			assert_true(covered > 90 && covered < 99.5);
			assert_true(changed > 0.5 && changed < 10);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_student),	   cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_weights),	   cmocka_unit_test(test_nothing_on_one_side),
		cmocka_unit_test(test_too_little), cmocka_unit_test(test_adjust),
		cmocka_unit_test(test_worlds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
