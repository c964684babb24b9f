// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits in the order of their ends. The module hands them out CPU by CPU, so a
 * wait that was read may be overtaken by one that ended earlier elsewhere and
 * comes with the next reading: what is not old enough waits here for it. Pure.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/records.h"

/**
 * records_free() - give everything up
 * @r: records
 */
void records_free(struct records *r)
{
	free(r->rows);
	memset(r, 0, sizeof(*r));
}

/**
 * records_add() - keep a wait that has been read
 * @r: records
 * @record: the wait
 *
 * Return: 0 or -ENOMEM.
 */
int records_add(struct records *r, const struct waitprof_record *record)
{
	if (r->nr == r->size) {
		size_t size = r->size ? 2 * r->size : 256;
		struct waitprof_record *rows = reallocarray(r->rows, size, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		r->rows = rows;
		r->size = size;
	}
	r->rows[r->nr++] = *record;
	return 0;
}

static int earliest_first(const void *va, const void *vb)
{
	const struct waitprof_record *a = va, *b = vb;

	if (a->end_ns != b->end_ns)
		return a->end_ns < b->end_ns ? -1 : 1;
	/* Any order will do, as long as it is the same each time. */
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu ? -1 : 1;
	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

/**
 * records_due() - the waits whose turn it is, first ones in @r->rows, in order
 * @r: records
 * @until_ns: those that ended until then
 *
 * Return: how many.
 */
size_t records_due(struct records *r, uint64_t until_ns)
{
	size_t nr = 0;

	if (r->nr)
		qsort(r->rows, r->nr, sizeof(*r->rows), earliest_first);
	while (nr < r->nr && r->rows[nr].end_ns <= until_ns)
		nr++;
	return nr;
}

/**
 * records_drop() - forget the first waits
 * @r: records
 * @nr: how many
 */
void records_drop(struct records *r, size_t nr)
{
	r->nr -= nr;
	if (r->nr && nr)
		memmove(r->rows, r->rows + nr, r->nr * sizeof(*r->rows));
}
