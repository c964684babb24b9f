// SPDX-License-Identifier: GPL-2.0-only
/*
 * The comparison of all rows: their slices spread out in time, a test for each of
 * the values, verdicts with regard to how many rows there are.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diff/diff.h"

/**
 * struct sample - room for one row's slices
 * @values: by slice
 * @weights: by slice: seconds, or units of work
 * @runs: which slices are one run, by side
 */
struct sample {
	double *values;
	double *weights[DIFF_NR_PER];
	struct stats_run runs[DIFF_NR_SIDES][DIFF_MAX_RUNS];
};

static void sample_free(struct sample *sample)
{
	free(sample->values);
	for (size_t p = 0; p < DIFF_NR_PER; p++)
		free(sample->weights[p]);
}

/* Work is done as time passes: nobody knows more than how much it was in the end. */
static int sample_new(const struct diff *d, struct sample *sample)
{
	size_t nr = d->nr_slices ? d->nr_slices : 1;

	sample->values = calloc(nr, sizeof(double));
	for (size_t p = 0; p < DIFF_NR_PER; p++)
		sample->weights[p] = calloc(nr, sizeof(double));
	if (!sample->values || !sample->weights[DIFF_SECOND] || !sample->weights[DIFF_UNIT])
		return -ENOMEM;
	for (size_t r = 0; r < d->nr_runs; r++) {
		const struct diff_run *run = &d->runs[r];

		for (size_t i = run->first; i < run->first + run->nr; i++) {
			sample->weights[DIFF_SECOND][i] = d->slices[i];
			sample->weights[DIFF_UNIT][i] = run->work * d->slices[i] / run->seconds;
		}
	}
	return 0;
}

static int compare(const struct diff *d, struct sample *sample, struct diff_row *row,
		   enum diff_per per, enum diff_value value)
{
	struct stats_side sides[DIFF_NR_SIDES] = { 0 };

	memset(sample->values, 0, d->nr_slices * sizeof(*sample->values));
	for (size_t i = 0; i < row->nr_cells; i++)
		sample->values[row->cells[i].slice] = row->cells[i].values[value];
	for (size_t r = 0; r < d->nr_runs; r++) {
		const struct diff_run *run = &d->runs[r];
		struct stats_side *side = &sides[run->side];

		if (!run->nr)
			continue;
		sample->runs[run->side][side->nr_runs++] = (struct stats_run){
			.value = sample->values + run->first,
			.weight = sample->weights[per] + run->first,
			.nr = run->nr,
		};
		side->seconds += run->seconds;
	}
	for (size_t s = 0; s < DIFF_NR_SIDES; s++) {
		sides[s].runs = sample->runs[s];
		sides[s].waits = row->total[s][DIFF_WAITS];
		if (!sides[s].nr_runs)
			return -ENODATA;
	}
	return stats_compare(&sides[DIFF_BEFORE], &sides[DIFF_AFTER], &row->results[per][value]);
}

/* Parts of waits have no count of their own: that of all waits is theirs. */
static void count_parts(struct diff *d)
{
	const struct diff_row *all = NULL;

	for (size_t i = 0; i < d->nr; i++)
		if (d->rows[i].key.level == DIFF_ALL)
			all = &d->rows[i];
	for (size_t i = 0; all && i < d->nr; i++)
		for (size_t s = 0; s < DIFF_NR_SIDES; s++)
			if (d->rows[i].key.level == DIFF_PART)
				d->rows[i].total[s][DIFF_WAITS] = all->total[s][DIFF_WAITS];
}

/* Call sites are one family of questions, the sums above them another. */
static void adjust(struct diff *d, struct stats_result **family, enum diff_per per, bool sites)
{
	size_t nr = 0;

	for (size_t i = 0; i < d->nr; i++) {
		struct diff_row *row = &d->rows[i];

		if ((row->key.level == DIFF_SITE) != sites)
			continue;
		for (size_t v = 0; v < DIFF_NR_VALUES; v++) {
			if (row->key.level == DIFF_PART && v == DIFF_WAITS)
				continue;
			if (!isnan(row->results[per][v].p))
				family[nr++] = &row->results[per][v];
		}
	}
	stats_adjust(family, nr);
}

static double cost(const struct diff_row *row, enum diff_per per)
{
	const struct stats_result *r = &row->results[per][DIFF_TIME];

	return r->before > r->after ? r->before : r->after;
}

static int by_level(const void *a, const void *b)
{
	const struct diff_row *x = a, *y = b;
	double costs[2] = { cost(x, DIFF_SECOND), cost(y, DIFF_SECOND) };

	if (x->key.level != y->key.level)
		return x->key.level > y->key.level ? 1 : -1;
	if (x->key.part != y->key.part)
		return x->key.part > y->key.part ? 1 : -1;
	if (costs[0] != costs[1])
		return costs[0] < costs[1] ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static void drop_empty(struct diff *d)
{
	size_t nr = 0;

	for (size_t i = 0; i < d->nr; i++) {
		if (d->rows[i].nr_cells)
			d->rows[nr++] = d->rows[i];
		else
			free(d->rows[i].cells);
	}
	d->nr = nr;
}

static bool has_work(const struct diff *d)
{
	for (size_t i = 0; i < d->nr_runs; i++)
		if (!(d->runs[i].work > 0))
			return false;
	return d->nr_runs;
}

/**
 * diff_compare() - compare all rows; none may be added any more
 * @d: comparison
 *
 * Return: 0, -ENOMEM, or -ENODATA when one side has no slice.
 */
int diff_compare(struct diff *d)
{
	size_t nr_per = has_work(d) ? DIFF_NR_PER : DIFF_UNIT;
	struct stats_result **family;
	struct sample sample = { 0 };
	int ret = diff_merge_functions(d);

	drop_empty(d);
	count_parts(d);
	d->per = has_work(d) ? DIFF_UNIT : DIFF_SECOND;
	family = calloc(DIFF_NR_VALUES * d->nr + 1, sizeof(*family));
	if (!ret)
		ret = family ? sample_new(d, &sample) : -ENOMEM;
	for (size_t i = 0; i < d->nr; i++)
		for (size_t p = 0; p < nr_per; p++)
			for (size_t v = 0; v < DIFF_NR_VALUES && !ret; v++)
				ret = compare(d, &sample, &d->rows[i], (enum diff_per)p,
					      (enum diff_value)v);
	for (size_t p = 0; p < nr_per && !ret; p++) {
		adjust(d, family, (enum diff_per)p, false);
		adjust(d, family, (enum diff_per)p, true);
	}
	if (!ret && d->nr)
		qsort(d->rows, d->nr, sizeof(*d->rows), by_level);
	free(family);
	sample_free(&sample);
	return ret;
}
