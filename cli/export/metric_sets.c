// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows as sets of metrics: one for each class of each process, and for each
 * operation on each device. Histograms are made coarser: their bounds are edges of
 * the module's own buckets, so that no count is split by guessing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/buckets.h"
#include "export/export.h"
#include "export/metric_sets.h"
#include "profile/profile.h"

static void add_buckets(struct metric_set *to, const uint64_t *buckets)
{
	for (unsigned int i = 0; buckets && i < WAITPROF_HIST_BUCKETS; i++) {
		int bound = METRIC_FIRST_BOUND;

		while (bound <= METRIC_LAST_BOUND && buckets_high(i) > 1ULL << bound)
			bound++;
		if (bound <= METRIC_LAST_BOUND)
			to->under[bound - METRIC_FIRST_BOUND] += buckets[i];
	}
}

static void name_set(struct metric_set *to, const struct waitprof_row *row)
{
	bool is_main = row->tid && row->tid == row->tgid;

	if (to->name[0] && (to->is_main || !is_main))
		return;
	utf8_clean(to->name, sizeof(to->name), row->comm, WAITPROF_COMM_LEN);
	to->is_main = is_main;
}

/**
 * metric_sets_add() - add a row to the set that it belongs to
 * @to: sets
 * @row: row
 *
 * Return: 0 or -ENOMEM.
 */
int metric_sets_add(struct metric_sets *to, const struct report_row *row)
{
	struct metric_key key = { .class_id = row->sum.class_id, .tgid = row->sum.tgid };
	struct metric_set *set;
	int64_t number;
	bool is_new;

	if (!export_is_wait(row)) {
		key.device = row->sum.object;
		key.op = row->sum.op;
	}
	number = intern_get(&to->keys, &key, sizeof(key), &is_new);
	if (number < 0)
		return -ENOMEM;
	if (is_new) {
		struct metric_set *sets = reallocarray(to->sets, to->keys.nr, sizeof(*sets));

		if (!sets)
			return -ENOMEM;
		to->sets = sets;
		memset(&sets[number], 0, sizeof(*sets));
		sets[number].key = key;
	}
	set = &to->sets[number];
	name_set(set, &row->sum);
	profile_sum(&set->sum, &row->sum);
	set->open += row->open;
	add_buckets(set, row->buckets);
	return 0;
}

/**
 * metric_sets_free() - give them up
 * @sets: sets
 */
void metric_sets_free(struct metric_sets *sets)
{
	intern_free(&sets->keys);
	free(sets->sets);
	memset(sets, 0, sizeof(*sets));
}
