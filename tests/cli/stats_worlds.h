/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Worlds whose truth is known: series of slices drawn from distributions that
 * waits may come from, all of mean 1 per slice, for how often stats_compare() is
 * right about them.
 */
#ifndef TESTS_CLI_STATS_WORLDS_H
#define TESTS_CLI_STATS_WORLDS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "diff/stats.h"

#define WORLDS_MAX_SLICES 2000
#define WORLDS_MAX_RUNS	  8

/* xorshift64*: small, and good enough to find a wrong interval. */
static uint64_t worlds_state = 0x9e3779b97f4a7c15ULL;

static double uniform(void)
{
	worlds_state ^= worlds_state >> 12;
	worlds_state ^= worlds_state << 25;
	worlds_state ^= worlds_state >> 27;
	return ((double)((worlds_state * 0x2545f4914f6cdd1dULL) >> 11) + 0.5) / 0x1p53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

static double poisson(double mean)
{
	double product = uniform(), n = 0, end = exp(-mean);

	for (; product > end; n++)
		product *= uniform();
	return n;
}

static void world_normal(double *to, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		to[i] = 1 + 0.1 * normal();
}

static void world_exponential(double *to, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		to[i] = -log(uniform());
}

static void autoregressive(double *to, size_t nr, double rho)
{
	double x = normal();

	for (size_t i = 0; i < nr; i++) {
		to[i] = 1 + 0.1 * x;
		x = rho * x + sqrt(1 - rho * rho) * normal();
	}
}

static void world_ar5(double *to, size_t nr)
{
	autoregressive(to, nr, 0.5);
}

static void world_ar8(double *to, size_t nr)
{
	autoregressive(to, nr, 0.8);
}

/* Three slices of bursts, nine of silence, on average, each as long as it likes. */
static void world_bursts(double *to, size_t nr)
{
	int on = uniform() < 0.25;

	for (size_t i = 0; i < nr; i++) {
		to[i] = on ? -4 * log(uniform()) : 0;
		on = on ? uniform() > 1.0 / 3 : uniform() < 1.0 / 9;
	}
}

static void world_lognormal(double *to, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		to[i] = exp(normal() - 0.5);
}

/* Few waits, each by itself. */
static void world_rare(double *to, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		to[i] = poisson(0.5) / 0.5;
}

struct world {
	const char *name;
	void (*draw)(double *to, size_t nr);
};

static const struct world worlds[] = {
	{ "normal", world_normal },	   { "exponential", world_exponential },
	{ "AR(1), 0.5", world_ar5 },	   { "AR(1), 0.8", world_ar8 },
	{ "bursts on/off", world_bursts }, { "log-normal", world_lognormal },
	{ "rare (Poisson)", world_rare },
};

#define NR_WORLDS (sizeof(worlds) / sizeof(worlds[0]))

/**
 * struct worlds_outcome - what became of many comparisons
 * @asked: comparisons
 * @tested: of these, with an interval
 * @answered: of those, with a verdict
 * @covered: the interval held the true factor
 * @changed: called changed
 */
struct worlds_outcome {
	unsigned int asked;
	unsigned int tested;
	unsigned int answered;
	unsigned int covered;
	unsigned int changed;
};

static inline double worlds_share(unsigned int part, unsigned int whole)
{
	return whole ? 100.0 * part / whole : NAN;
}

/* Another start of a program is not quite as the one before: @unlike of its rate. */
static void worlds_side(const struct world *world, size_t nr_runs, size_t nr, double factor,
			double unlike, struct stats_run *runs, struct stats_side *side)
{
	static double values[2 * WORLDS_MAX_RUNS][WORLDS_MAX_SLICES];
	static double weights[WORLDS_MAX_SLICES];
	static size_t next;

	*side = (struct stats_side){ .runs = runs, .nr_runs = nr_runs };
	for (size_t r = 0; r < nr_runs; r++) {
		double *to = values[next++ % (2 * WORLDS_MAX_RUNS)];
		double start = factor * exp(unlike * normal());

		world->draw(to, nr);
		for (size_t i = 0; i < nr; i++) {
			weights[i] = 1;
			/* In a rare world a value of 2 is one wait. */
			side->waits += world->draw == world_rare ? to[i] / 2 : 100 * to[i];
			to[i] *= start;
		}
		runs[r] = (struct stats_run){ .value = to, .weight = weights, .nr = nr };
		side->seconds += (double)nr;
	}
}

static struct worlds_outcome worlds_try(const struct world *world, size_t nr_runs, size_t nr,
					double factor, double unlike, unsigned int times)
{
	struct worlds_outcome outcome = { .asked = times };
	struct stats_run runs[2][WORLDS_MAX_RUNS];
	struct stats_side sides[2];
	struct stats_result result;

	for (unsigned int i = 0; i < times; i++) {
		worlds_side(world, nr_runs, nr, 1, unlike, runs[0], &sides[0]);
		worlds_side(world, nr_runs, nr, factor, unlike, runs[1], &sides[1]);
		if (stats_compare(&sides[0], &sides[1], &result))
			exit(2);
		if (isnan(result.p))
			continue;
		outcome.tested++;
		outcome.answered += result.verdict != STATS_TOO_LITTLE;
		outcome.changed += result.verdict == STATS_CHANGED;
		outcome.covered += result.low <= factor && factor <= result.high;
	}
	return outcome;
}

#endif
