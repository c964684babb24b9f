// SPDX-License-Identifier: GPL-2.0-only
/*
 * How well a series of values that follow each other in time knows its mean.
 * Slices of one recording resemble their neighbours, so that n of them say less
 * than n independent values, and what is wanted is the long-run variance: the
 * spectral density at frequency 0. Three steps, each established:
 *
 * - the likeness of neighbours is taken out first and put back at the end
 *   (prewhitening with an AR(1) model: Andrews and Monahan, "An Improved
 *   Heteroskedasticity and Autocorrelation Consistent Covariance Matrix
 *   Estimator", Econometrica 60, 1992), with the coefficient corrected for its
 *   bias in short series (Kendall, Biometrika 41, 1954);
 * - what is left is projected on the first few cosines (equal-weighted cosine
 *   estimator with 0.4 n^(2/3) terms: Lazarus, Lewis, Stock and Watson, "HAR
 *   Inference: Recommendations for Practice", Journal of Business and Economic
 *   Statistics 36, 2018);
 * - so many terms are the degrees of freedom of a t distribution (the same).
 */
#include <math.h>

#include "diff/stats.h"

#define MAX_LIKENESS 0.97

/* How much of a value's deviation its successor inherits: never less than nothing. */
static double likeness(const double *values, size_t nr)
{
	double mean = 0, square = 0, product = 0, r;

	for (size_t i = 0; i < nr; i++)
		mean += values[i];
	mean /= (double)nr;
	for (size_t i = 0; i < nr; i++)
		square += (values[i] - mean) * (values[i] - mean);
	for (size_t i = 1; i < nr; i++)
		product += (values[i] - mean) * (values[i - 1] - mean);
	if (!(square > 0))
		return 0;
	r = product / square;
	r += (1 + 3 * r) / (double)nr;
	return r < 0 ? 0 : r > MAX_LIKENESS ? MAX_LIKENESS : r;
}

/* Projection of what is new in each value on the k-th cosine, squared. */
static double power(const double *values, size_t nr, double r, size_t k)
{
	double sum = 0, n = (double)(nr - 1);

	for (size_t i = 1; i < nr; i++)
		sum += cos(M_PI * (double)k * ((double)i - 0.5) / n) *
		       (values[i] - r * values[i - 1]);
	return 2 / n * sum * sum;
}

/**
 * stats_spread_series() - how well the mean of a series is known
 * @values: the series, whatever its mean
 * @nr: its length, at least 3
 */
struct stats_spread stats_spread_series(const double *values, size_t nr)
{
	double n = (double)nr, r = likeness(values, nr), sum = 0;
	size_t terms = (size_t)lround(0.4 * pow(n, 2.0 / 3));

	if (terms < 2)
		terms = 2;
	for (size_t k = 1; k <= terms; k++)
		sum += power(values, nr, r, k);
	return (struct stats_spread){
		.variance = sum / (double)terms / ((1 - r) * (1 - r)) / n,
		.freedom = (double)terms,
	};
}
