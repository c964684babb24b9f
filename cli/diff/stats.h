/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is it another rate, or only chance? Pure: numbers in, numbers out, the same
 * ones each time.
 */
#ifndef WAITPROF_CLI_STATS_H
#define WAITPROF_CLI_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* What a verdict needs at least. */
#define STATS_MIN_SLICES 10 /* of each run, when slices are compared */
#define STATS_MIN_WAITS	 20 /* of both sides together */
#define STATS_MIN_BUSY	 10 /* slices of both in which there was one, or bursts of them */
#define STATS_MAX_WIDTH	 4 /* of an interval without a change: from half to twice as much */

#define STATS_LEVEL 0.05 /* 1 - that of the interval; rate of false discoveries */

/**
 * struct stats_run - one recording, cut into slices of time that follow each other
 * @value: by slice: what is compared, such as seconds of waiting
 * @weight: by slice: what it is compared per, such as seconds of time
 * @nr: number of slices
 */
struct stats_run {
	const double *value;
	const double *weight;
	size_t nr;
};

/**
 * struct stats_side - everything recorded before, or after
 * @runs: recordings
 * @nr_runs: their number, at least 1
 * @seconds: their length in all
 * @waits: waits in them
 */
struct stats_side {
	const struct stats_run *runs;
	size_t nr_runs;
	double seconds;
	double waits;
};

enum stats_verdict {
	STATS_TOO_LITTLE, /* no verdict: too little data */
	STATS_NOTHING, /* no change is shown, which does not show that there is none */
	STATS_CHANGED,
};

/* Of what there was too little. */
enum stats_want {
	STATS_WANT_NOTHING,
	STATS_WANT_SLICES, /* slices of a run */
	STATS_WANT_WAITS, /* waits */
	STATS_WANT_BUSY, /* slices with a wait, or bursts of them */
	STATS_WANT_WIDTH, /* slices or runs: half as much and twice as much are both possible */
};

/**
 * struct stats_result - two rates compared
 * @before: rate: value per weight
 * @after: likewise
 * @ratio: @after / @before; infinite when there was nothing before
 * @low: lower end of the 95 % interval of @ratio
 * @high: upper end; neither is known (NAN) where one side has nothing at all
 * @p: how often chance alone makes a difference as large; NAN without a verdict
 * @q: @p with regard to how many were compared, see stats_adjust()
 * @verdict: by @q, once that is known
 * @by_runs: runs were compared with each other, not their slices
 * @want: of what there was too little
 * @has: how much there was of it; or how many times @low @high is
 * @seconds: length of recordings that would have enough
 * @runs: or their number on each side, 0 = as many as there are
 */
struct stats_result {
	double before;
	double after;
	double ratio;
	double low;
	double high;
	double p;
	double q;
	enum stats_verdict verdict;
	bool by_runs;
	enum stats_want want;
	double has;
	double seconds;
	size_t runs;
};

int stats_compare(const struct stats_side *before, const struct stats_side *after,
		  struct stats_result *result);
void stats_adjust(struct stats_result **results, size_t nr);

/* How well a mean is known: its variance, and degrees of freedom of that. */
struct stats_spread {
	double variance;
	double freedom;
};

struct stats_spread stats_spread_series(const double *values, size_t nr);
double stats_t_p(double t, double freedom);
double stats_t_quantile(double p, double freedom);

#endif
