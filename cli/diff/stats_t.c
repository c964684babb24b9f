// SPDX-License-Identifier: GPL-2.0-only
/*
 * Student's t distribution, by the continued fraction of the incomplete beta
 * function (NIST Digital Library of Mathematical Functions, 8.17.22).
 */
#include <float.h>
#include <math.h>

#include "diff/stats.h"

#define TINY	  DBL_MIN
#define MAX_TERMS 10000

/* The coefficient of a term, from the first on. */
static double term(int i, double a, double b, double x)
{
	int m = i / 2;

	if (i % 2)
		return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
	return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
}

/* 1 / (1 + d1 / (1 + d2 / (1 + ...))), from the front (Lentz). */
static double fraction(double a, double b, double x)
{
	double f = 1, c = 1, d = 0;

	for (int i = 1; i < MAX_TERMS; i++) {
		double k = term(i, a, b, x), change;

		d = 1 + k * d;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = 1 + k / c;
		c = fabs(c) < TINY ? TINY : c;
		change = c * d;
		f *= change;
		if (fabs(change - 1) < 16 * DBL_EPSILON)
			break;
	}
	return 1 / f;
}

/* Regularised incomplete beta function of x and its complement y = 1 - x. */
static double beta(double a, double b, double x, double y)
{
	int sign;
	double front;

	if (x <= 0)
		return 0;
	if (y <= 0)
		return 1;
	front = exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) + a * log(x) +
		    b * log(y));
	if (x < (a + 1) / (a + b + 2))
		return front * fraction(a, b, x) / a;
	return 1 - front * fraction(b, a, y) / b;
}

/**
 * stats_t_p() - how often a value is at least so far from 0, on either side
 * @t: the value
 * @freedom: degrees of freedom, more than 0
 */
double stats_t_p(double t, double freedom)
{
	double square = t * t;

	if (isinf(square))
		return 0;
	return beta(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square));
}

/**
 * stats_t_quantile() - what is exceeded, on either side, as often as @p
 * @p: between 0 and 1
 * @freedom: degrees of freedom, more than 0
 */
double stats_t_quantile(double p, double freedom)
{
	double low = 0, high = 1;

	while (stats_t_p(high, freedom) > p && high < 1e15)
		high *= 2;
	for (int i = 0; i < 200 && high - low > 16 * DBL_EPSILON * high; i++) {
		double middle = (low + high) / 2;

		if (stats_t_p(middle, freedom) > p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}
