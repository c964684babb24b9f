// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two rates compared: the logarithm of their ratio over its standard error is
 * held against a t distribution. On the logarithmic scale twice as much and half
 * as much are equally far away, and a rate that is merely scaled keeps its spread.
 *
 * With one run a side the slices of that run are the sample (stats_series.c).
 * With several on both, the runs themselves are: they are independent, and what
 * differs from one start of a program to the next is in them: Student's t test,
 * Welch's where the sides have not as many runs.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "diff/stats.h"

struct rate {
	double value;
	double weight;
	double busy; /* slices with something in them */
	double bursts; /* of which so many follow one without */
	size_t nr;
	size_t shortest; /* slices of a run, at least */
};

static struct rate rate_of(const struct stats_side *side)
{
	struct rate rate = { .shortest = side->runs[0].nr };

	for (size_t i = 0; i < side->nr_runs; i++) {
		const struct stats_run *run = &side->runs[i];

		for (size_t k = 0; k < run->nr; k++) {
			rate.value += run->value[k];
			rate.weight += run->weight[k];
			rate.busy += run->value[k] > 0;
			rate.bursts += run->value[k] > 0 && (!k || !(run->value[k - 1] > 0));
		}
		rate.nr += run->nr;
		if (run->nr < rate.shortest)
			rate.shortest = run->nr;
	}
	return rate;
}

/*
 * The variance of the logarithm of a rate is, to first order, that of the mean of
 * these: what a slice has more or less than its weight lets expect, relative to
 * the mean slice.
 */
static double deviation(double value, double weight, const struct rate *rate, size_t nr)
{
	return (value - rate->value / rate->weight * weight) / (rate->value / (double)nr);
}

static struct stats_spread spread_of_runs(const struct stats_side *side, const struct rate *rate)
{
	double n = (double)side->nr_runs, sum = 0;

	for (size_t i = 0; i < side->nr_runs; i++) {
		const struct stats_run *run = &side->runs[i];
		double value = 0, weight = 0, d;

		for (size_t k = 0; k < run->nr; k++) {
			value += run->value[k];
			weight += run->weight[k];
		}
		d = deviation(value, weight, rate, side->nr_runs);
		sum += d * d;
	}
	return (struct stats_spread){ .variance = sum / (n * (n - 1)), .freedom = n - 1 };
}

/* The runs of a side one after the other, each a series by itself. */
static int spread_of_slices(const struct stats_side *side, const struct rate *rate,
			    struct stats_spread *result)
{
	struct stats_spread whole = { 0 };
	double *values = malloc(rate->nr * sizeof(*values));
	double squares = 0;

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < side->nr_runs; i++) {
		const struct stats_run *run = &side->runs[i];
		struct stats_spread spread;
		double share = (double)run->nr / (double)rate->nr, part;

		for (size_t k = 0; k < run->nr; k++)
			values[k] = deviation(run->value[k], run->weight[k], rate, rate->nr);
		spread = stats_spread_series(values, run->nr);
		part = share * share * spread.variance;
		whole.variance += part;
		squares += part * part / spread.freedom;
	}
	free(values);
	whole.freedom = squares > 0 ? whole.variance * whole.variance / squares : 1;
	*result = whole;
	return 0;
}

/* Too little of something: keep what asks for the longest recording. */
static void want(struct stats_result *result, enum stats_want what, double has, double needs,
		 double seconds)
{
	/* Nothing at all says only that the recording was too short. */
	double longer = seconds * needs / (has > 0 ? has : 0.5);

	if (has >= needs || (result->want && result->seconds >= longer))
		return;
	result->want = what;
	result->has = has;
	result->seconds = longer;
}

/* There is something all the time. */
static bool is_steady(const struct rate *rate)
{
	return rate->busy == (double)rate->nr && rate->nr >= STATS_MIN_SLICES;
}

/*
 * Both sides are looked at together: to choose by what one of them has would
 * choose those that differ by chance.
 */
static void want_data(struct stats_result *result, const struct stats_side *sides[2],
		      const struct rate rates[2])
{
	double seconds = (sides[0]->seconds / (double)sides[0]->nr_runs +
			  sides[1]->seconds / (double)sides[1]->nr_runs) /
			 2;
	double busy = rates[0].busy + rates[1].busy, nr = (double)(rates[0].nr + rates[1].nr);

	bool steady = is_steady(&rates[0]) || is_steady(&rates[1]);

	/* Where most of the time nothing happens, a burst is one thing that happens. */
	if (busy < nr / 2 && !steady)
		busy = rates[0].bursts + rates[1].bursts;
	want(result, STATS_WANT_WAITS, sides[0]->waits + sides[1]->waits, STATS_MIN_WAITS, seconds);
	want(result, STATS_WANT_BUSY, busy, STATS_MIN_BUSY, seconds);
}

static void want_slices(struct stats_result *result, const struct stats_side *side,
			const struct rate *rate)
{
	want(result, STATS_WANT_SLICES, (double)rate->shortest, STATS_MIN_SLICES,
	     side->seconds * (double)rate->shortest / (double)(rate->nr ? rate->nr : 1));
}

/* A side without anything keeps a spread of all zeroes. */
static int spread_of(const struct stats_side *side, const struct rate *rate, bool by_runs,
		     struct stats_spread *spread)
{
	if (!(rate->value > 0))
		return 0;
	if (by_runs) {
		*spread = spread_of_runs(side, rate);
		return 0;
	}
	return spread_of_slices(side, rate, spread);
}

static double freedom_of(const struct stats_spread spreads[2], bool equal)
{
	double variance = spreads[0].variance + spreads[1].variance, squares = 0;

	if (equal)
		return spreads[0].freedom + spreads[1].freedom;
	for (size_t i = 0; i < 2; i++)
		if (spreads[i].freedom > 0)
			squares += spreads[i].variance * spreads[i].variance / spreads[i].freedom;
	return squares > 0 ? variance * variance / squares : 1;
}

static void test(const struct stats_spread spreads[2], bool equal, struct stats_result *result)
{
	bool both = spreads[0].freedom > 0 && spreads[1].freedom > 0;
	double error = sqrt(spreads[0].variance + spreads[1].variance);
	double freedom = freedom_of(spreads, equal && both), reach;
	/* One side without anything: how surely is the other not nothing? */
	double distance = both ? log(result->ratio) : 1;

	if (error > 0)
		result->p = stats_t_p(distance / error, freedom);
	else
		result->p = fabs(distance) > 0.000000001 ? 0 : 1;
	result->q = result->p;
	result->verdict = result->p < STATS_LEVEL ? STATS_CHANGED : STATS_NOTHING;
	if (!both) {
		result->low = result->verdict == STATS_CHANGED ? NAN : 0;
		result->high = result->verdict == STATS_CHANGED ? NAN : INFINITY;
		return;
	}
	reach = error > 0 ? error * stats_t_quantile(STATS_LEVEL, freedom) : 0;
	result->low = exp(distance - reach);
	result->high = exp(distance + reach);
}

/* An interval that holds half as much and twice as much shows nothing at all. */
static void want_width(struct stats_result *result, const struct stats_side *sides[2])
{
	double width = result->high / result->low, more;
	double seconds[2];

	if (result->verdict != STATS_NOTHING || !(width > STATS_MAX_WIDTH))
		return;
	more = isfinite(width) ? log(width) / log(STATS_MAX_WIDTH) : 2;
	/* Four times the data make half the width. */
	more *= more;
	for (size_t i = 0; i < 2; i++)
		seconds[i] = sides[i]->seconds / (double)sides[i]->nr_runs;
	result->verdict = STATS_TOO_LITTLE;
	result->want = STATS_WANT_WIDTH;
	result->has = width;
	result->seconds = seconds[0] > seconds[1] ? seconds[0] : seconds[1];
	if (result->by_runs)
		result->runs = (size_t)ceil(more * (double)sides[0]->nr_runs);
	else
		result->seconds *= more;
}

/**
 * stats_compare() - is the rate after another one than before?
 * @before: recordings before the change
 * @after: those after it
 * @result: the answer
 *
 * Return: 0 or -ENOMEM.
 */
int stats_compare(const struct stats_side *before, const struct stats_side *after,
		  struct stats_result *result)
{
	const struct stats_side *sides[2] = { before, after };
	const struct rate rates[2] = { rate_of(before), rate_of(after) };
	struct stats_spread spreads[2] = { 0 };
	int ret = 0;

	*result = (struct stats_result){
		.before = rates[0].weight > 0 ? rates[0].value / rates[0].weight : 0,
		.after = rates[1].weight > 0 ? rates[1].value / rates[1].weight : 0,
		.low = NAN,
		.high = NAN,
		.p = NAN,
		.q = NAN,
		.by_runs = before->nr_runs > 1 && after->nr_runs > 1,
	};
	result->ratio = result->after / result->before;
	for (size_t i = 0; i < 2 && !result->by_runs; i++)
		want_slices(result, sides[i], &rates[i]);
	want_data(result, sides, rates);
	for (size_t i = 0; i < 2 && !result->want && !ret; i++)
		ret = spread_of(sides[i], &rates[i], result->by_runs, &spreads[i]);
	if (!ret && !result->want && (spreads[0].freedom > 0 || spreads[1].freedom > 0))
		test(spreads, result->by_runs && before->nr_runs == after->nr_runs, result);
	if (!ret)
		want_width(result, sides);
	return ret;
}

static int by_p(const void *a, const void *b)
{
	const struct stats_result *x = *(struct stats_result *const *)a;
	const struct stats_result *y = *(struct stats_result *const *)b;

	return (x->p > y->p) - (x->p < y->p);
}

/**
 * stats_adjust() - verdicts with regard to how many questions were asked
 * @results: answers, are sorted; all have a @p
 * @nr: their number
 *
 * Of 100 rows of which none has changed 5 look changed by chance. Here at most 5 %
 * of those called changed are expected to be wrong: Benjamini and Hochberg,
 * "Controlling the False Discovery Rate", Journal of the Royal Statistical Society
 * B 57, 1995.
 */
void stats_adjust(struct stats_result **results, size_t nr)
{
	double least = 1;

	qsort(results, nr, sizeof(*results), by_p);
	for (size_t i = nr; i--;) {
		double q = results[i]->p * (double)nr / (double)(i + 1);

		least = q < least ? q : least;
		results[i]->q = least;
		if (results[i]->verdict != STATS_TOO_LITTLE)
			results[i]->verdict = least < STATS_LEVEL ? STATS_CHANGED : STATS_NOTHING;
	}
}
