/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_BUCKETS_H
#define WAITPROF_CLI_BUCKETS_H

#include <stddef.h>
#include <stdint.h>

#include "linux/waitprof.h"

/* A line of a bar chart: several buckets made one. */
struct buckets_line {
	uint64_t low_ns;
	uint64_t high_ns; /* exclusive; UINT64_MAX: and longer */
	uint64_t count;
};

uint64_t buckets_low(unsigned int idx);
uint64_t buckets_high(unsigned int idx);
uint64_t buckets_middle(unsigned int idx);
unsigned int buckets_index(uint64_t ns);
uint64_t buckets_count(const uint64_t *buckets);
uint64_t buckets_percentile(const uint64_t *buckets, unsigned int per_mille, uint64_t max_ns);
uint64_t buckets_bound(const uint64_t *buckets);
size_t buckets_lines(const uint64_t *buckets, struct buckets_line *lines, size_t max_lines);

#endif
