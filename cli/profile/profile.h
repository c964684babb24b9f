/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_PROFILE_H
#define WAITPROF_CLI_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/kind.h"
#include "linux/waitprof.h"

/**
 * struct profile_row - totals of one key, all CPUs added
 * @row: key and sums; @row.count are waits that have ended
 * @open: waits of this key that have not ended; their time so far is in @row
 * @inferred: known from /proc only (part of the key)
 * @max_bound: @row.max_ns is only an upper bound
 * @seen_kstack: stack read from /proc, for a row whose key has none; 0 = none
 * @seen_ustack: likewise
 * @kind: of the waits, once somebody has looked at their stacks
 * @left_out: not of a kind that is wanted in a report
 * @idle: in a function that the user calls idle
 * @buckets: histogram of whole durations, NULL when there is none
 */
struct profile_row {
	struct waitprof_row row;
	uint64_t open;
	bool inferred;
	bool max_bound;
	uint32_t seen_kstack;
	uint32_t seen_ustack;
	enum kind kind;
	bool left_out;
	bool idle;
	uint64_t *buckets;
};

/* Rows by key. Pointers to rows are good until the next row is added. */
struct profile {
	struct profile_row *rows;
	size_t nr;
	size_t size;
	uint32_t *slots; /* row number + 1, 0 = free */
	size_t nr_slots; /* a power of two, or 0 */
};

void profile_free(struct profile *p);
const struct profile_row *profile_find(const struct profile *p, const struct waitprof_row *key,
				       bool inferred);
struct profile_row *profile_get(struct profile *p, const struct waitprof_row *key, bool inferred);
int profile_add(struct profile *p, const struct waitprof_row *row,
		const struct waitprof_bucket *buckets, size_t nr_buckets);
struct profile_row *profile_add_row(struct profile *to, const struct profile_row *from);
void profile_forget_open(struct profile *p);
int profile_copy(struct profile *to, const struct profile *from);
int profile_carry(struct profile *now, const struct profile *base);
void profile_subtract(struct profile *p, const struct profile *base);
void profile_sum(struct waitprof_row *to, const struct waitprof_row *from);
int profile_add_buckets(uint64_t **to, const uint64_t *from);

#endif
