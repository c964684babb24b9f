// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of a comparison: every wait of every slice goes into the sum of all,
 * of its parts, of its class and of its call site. A row keeps the slices in
 * which it had something.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/diff.h"

static int reserve(void **array, size_t *max, size_t nr, size_t size)
{
	size_t more = *max ? 2 * *max : 16;
	void *larger;

	if (nr < *max)
		return 0;
	larger = realloc(*array, more * size);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	*max = more;
	return 0;
}

/**
 * diff_run() - begin a recording; slices and waits that follow are of it
 * @d: comparison
 * @side: before or after
 * @work: units of work done in it, 0 = not known
 *
 * Return: 0, or -E2BIG when there are %DIFF_MAX_RUNS of that side.
 */
int diff_run(struct diff *d, enum diff_side side, double work)
{
	size_t nr = 0;

	for (size_t i = 0; i < d->nr_runs; i++)
		nr += d->runs[i].side == side;
	if (nr == DIFF_MAX_RUNS)
		return -E2BIG;
	d->runs[d->nr_runs++] = (struct diff_run){
		.side = side,
		.first = d->nr_slices,
		.work = work,
	};
	return 0;
}

/**
 * diff_slice() - begin a slice of the recording; waits that follow are of it
 * @d: comparison
 * @seconds: its length
 *
 * Return: 0 or -ENOMEM.
 */
int diff_slice(struct diff *d, double seconds)
{
	struct diff_run *run = &d->runs[d->nr_runs - 1];

	if (reserve((void **)&d->slices, &d->max_slices, d->nr_slices, sizeof(*d->slices)))
		return -ENOMEM;
	d->slices[d->nr_slices++] = seconds;
	run->seconds += seconds;
	run->nr++;
	return 0;
}

static uint64_t hash_of(const struct diff_key *key)
{
	const unsigned char *bytes = (const unsigned char *)key;
	uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a */

	for (size_t i = 0; i < sizeof(*key); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
	return hash;
}

static uint32_t *slot_of(const struct diff *d, const struct diff_key *key)
{
	size_t i = hash_of(key) & (d->nr_index - 1);

	while (d->index[i] && memcmp(&d->rows[d->index[i] - 1].key, key, sizeof(*key)))
		i = (i + 1) & (d->nr_index - 1);
	return &d->index[i];
}

static int grow_index(struct diff *d)
{
	size_t nr = d->nr_index ? 2 * d->nr_index : 256;
	uint32_t *index = calloc(nr, sizeof(*index));

	if (!index)
		return -ENOMEM;
	free(d->index);
	d->index = index;
	d->nr_index = nr;
	for (size_t i = 0; i < d->nr; i++)
		*slot_of(d, &d->rows[i].key) = (uint32_t)i + 1;
	return 0;
}

/* The row of a key, whose padding is 0; NULL without memory. */
static struct diff_row *get(struct diff *d, const struct diff_key *key)
{
	uint32_t *slot;

	if (2 * d->nr >= d->nr_index && grow_index(d))
		return NULL;
	slot = slot_of(d, key);
	if (*slot)
		return &d->rows[*slot - 1];
	if (reserve((void **)&d->rows, &d->max, d->nr, sizeof(*d->rows)))
		return NULL;
	d->rows[d->nr] = (struct diff_row){ 0 };
	memcpy(&d->rows[d->nr].key, key, sizeof(*key));
	d->nr++;
	*slot = (uint32_t)d->nr;
	return &d->rows[d->nr - 1];
}

static int add_cell(struct diff_row *row, uint32_t slice, const double values[DIFF_NR_VALUES])
{
	struct diff_cell *last = row->nr_cells ? &row->cells[row->nr_cells - 1] : NULL;

	if (!last || last->slice != slice) {
		if (reserve((void **)&row->cells, &row->max_cells, row->nr_cells,
			    sizeof(*row->cells)))
			return -ENOMEM;
		last = &row->cells[row->nr_cells++];
		*last = (struct diff_cell){ .slice = slice };
	}
	for (size_t v = 0; v < DIFF_NR_VALUES; v++)
		last->values[v] += values[v];
	return 0;
}

static int add(struct diff *d, const struct diff_key *key, uint64_t ns, uint64_t waits)
{
	const double values[DIFF_NR_VALUES] = {
		[DIFF_TIME] = (double)ns / 1e9, [DIFF_WAITS] = (double)waits
	};
	enum diff_side side = d->runs[d->nr_runs - 1].side;
	struct diff_row *row;

	if (!ns && !waits)
		return 0;
	row = get(d, key);
	if (!row)
		return -ENOMEM;
	for (size_t v = 0; v < DIFF_NR_VALUES; v++)
		row->total[side][v] += values[v];
	return add_cell(row, (uint32_t)(d->nr_slices - 1), values);
}

static int add_to_all(struct diff *d, const struct waitprof_row *sum)
{
	const uint64_t parts[DIFF_NR_PARTS] = {
		[DIFF_BLOCKED] = sum->blocked_ns,
		[DIFF_RUNQUEUE] = sum->runqueue_ns,
		[DIFF_SPIN] = sum->spin_ns,
	};
	struct diff_key key;
	int ret;

	memset(&key, 0, sizeof(key));
	key.level = DIFF_ALL;
	ret = add(d, &key, sum->total_ns, sum->count);
	key.level = DIFF_PART;
	for (size_t p = 0; p < DIFF_NR_PARTS && !ret; p++) {
		key.part = (enum diff_part)p;
		ret = add(d, &key, parts[p], 0);
	}
	return ret;
}

/**
 * diff_add() - waits in the slice begun last
 * @d: comparison
 * @row: their class, kind, call site and sums
 *
 * Return: 0 or -ENOMEM.
 */
int diff_add(struct diff *d, const struct report_row *row)
{
	const struct waitprof_row *sum = &row->sum;
	bool is_request = sum->class_id == WAITPROF_CLASS_BLOCK;
	struct diff_key key;
	int ret = is_request ? 0 : add_to_all(d, sum);

	/* Compared byte by byte. */
	memset(&key, 0, sizeof(key));
	key.level = DIFF_CLASS;
	key.class_id = sum->class_id;
	if (!ret)
		ret = add(d, &key, sum->total_ns, sum->count);
	key.level = DIFF_SITE;
	key.kind = row->kind;
	key.op = is_request ? sum->op : 0;
	memcpy(key.site, row->site, strnlen(row->site, sizeof(key.site) - 1));
	return ret ? ret : add(d, &key, sum->total_ns, sum->count);
}

/**
 * diff_free() - give it up
 * @d: comparison
 */
void diff_free(struct diff *d)
{
	for (size_t i = 0; i < d->nr; i++)
		free(d->rows[i].cells);
	free(d->rows);
	free(d->index);
	free(d->slices);
	*d = (struct diff){ 0 };
}
