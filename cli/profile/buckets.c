// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arithmetic of the log-linear histograms that the uapi header defines. Pure.
 * A histogram here is always a full array of WAITPROF_HIST_BUCKETS counts.
 */
#include "profile/buckets.h"

#define LAST (WAITPROF_HIST_BUCKETS - 1)

/**
 * buckets_low() - shortest duration of a bucket, ns
 * @idx: bucket
 */
uint64_t buckets_low(unsigned int idx)
{
	if (idx < WAITPROF_HIST_STEPS)
		return idx;
	return (uint64_t)(WAITPROF_HIST_STEPS + idx % WAITPROF_HIST_STEPS)
	       << (idx / WAITPROF_HIST_STEPS - 1);
}

/**
 * buckets_high() - end of a bucket, ns, exclusive
 * @idx: bucket
 *
 * Return: UINT64_MAX for the last one, which takes everything longer.
 */
uint64_t buckets_high(unsigned int idx)
{
	return idx >= LAST ? UINT64_MAX : buckets_low(idx + 1);
}

/**
 * buckets_middle() - what a wait in a bucket is said to have lasted, ns
 * @idx: bucket
 */
uint64_t buckets_middle(unsigned int idx)
{
	uint64_t low = buckets_low(idx);

	return low + (buckets_low(idx + 1) - low) / 2;
}

/**
 * buckets_index() - the bucket of a duration
 * @ns: duration
 */
unsigned int buckets_index(uint64_t ns)
{
	unsigned int e, idx;

	if (ns < WAITPROF_HIST_STEPS)
		return (unsigned int)ns;
	e = 63 - (unsigned int)__builtin_clzll(ns);
	idx = (e - 2) * WAITPROF_HIST_STEPS + ((ns >> (e - 3)) & (WAITPROF_HIST_STEPS - 1));
	return idx > LAST ? LAST : idx;
}

/**
 * buckets_count() - waits in a histogram
 * @buckets: histogram
 */
uint64_t buckets_count(const uint64_t *buckets)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < WAITPROF_HIST_BUCKETS; i++)
		n += buckets[i];
	return n;
}

/**
 * buckets_percentile() - the duration that per_mille of 1000 waits do not exceed
 * @buckets: histogram
 * @per_mille: 500 is the median
 * @max_ns: the longest wait, an upper bound of the result; 0 = unknown
 *
 * Return: the middle of the bucket that holds the wait of that rank, ns; 0 when
 * the histogram is empty.
 */
uint64_t buckets_percentile(const uint64_t *buckets, unsigned int per_mille, uint64_t max_ns)
{
	uint64_t n = buckets_count(buckets), rank, seen = 0, ns;
	unsigned int i;

	if (!n)
		return 0;
	/* The wait of rank ceil(n * per_mille / 1000), without an overflow. */
	rank = n / 1000 * per_mille + (n % 1000 * per_mille + 999) / 1000;
	if (!rank)
		rank = 1;
	for (i = 0; i < LAST; i++) {
		seen += buckets[i];
		if (seen >= rank)
			break;
	}
	ns = buckets_middle(i);
	return max_ns && ns > max_ns ? max_ns : ns;
}

/**
 * buckets_bound() - an upper bound of the longest wait, ns
 * @buckets: histogram
 *
 * Return: the largest duration that fits the highest bucket in use, or 0.
 */
uint64_t buckets_bound(const uint64_t *buckets)
{
	for (unsigned int i = WAITPROF_HIST_BUCKETS; i > 0; i--)
		if (buckets[i - 1])
			return buckets_high(i - 1) - 1;
	return 0;
}

/**
 * buckets_lines() - merge neighbours until the chart fits
 * @buckets: histogram
 * @lines: result, shortest first, from the first to the last bucket in use
 * @max_lines: room of @lines
 *
 * Every line spans the same number of buckets, a power of two, so the ranges
 * stay evenly spaced on a log scale.
 *
 * Return: number of lines, 0 for an empty histogram.
 */
size_t buckets_lines(const uint64_t *buckets, struct buckets_line *lines, size_t max_lines)
{
	unsigned int first = 0, last = LAST, step = 1, i;
	size_t nr = 0;

	while (first < LAST && !buckets[first])
		first++;
	while (last > first && !buckets[last])
		last--;
	if (!buckets[first] || !max_lines)
		return 0;
	while (last / step - first / step + 1 > max_lines)
		step *= 2;
	for (i = first / step * step; i <= last; i += step) {
		struct buckets_line *line = &lines[nr++];
		unsigned int end = i + step - 1 > LAST ? LAST : i + step - 1;

		line->low_ns = buckets_low(i);
		line->high_ns = buckets_high(end);
		line->count = 0;
		for (unsigned int k = i; k <= end; k++)
			line->count += buckets[k];
	}
	return nr;
}
