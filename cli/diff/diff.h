/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two sets of recordings compared, row by row: what waits at one call site cost
 * before a change and after it. Pure; a process is another one each time, so rows
 * are matched by code, class and kind.
 */
#ifndef WAITPROF_CLI_DIFF_H
#define WAITPROF_CLI_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/kind.h"
#include "profile/report.h"
#include "diff/stats.h"

#define DIFF_MAX_RUNS 32 /* recordings on one side */

enum diff_side { DIFF_BEFORE, DIFF_AFTER, DIFF_NR_SIDES };

/* What a row adds up. Requests to devices are in their class and their rows only. */
enum diff_level {
	DIFF_ALL, /* every wait */
	DIFF_PART, /* a part of every wait: blocked, run-queue, spin */
	DIFF_CLASS, /* the waits of a class */
	DIFF_SITE, /* the waits of one kind at one call site */
};

enum diff_part { DIFF_BLOCKED, DIFF_RUNQUEUE, DIFF_SPIN, DIFF_NR_PARTS };

/* What is compared... */
enum diff_value { DIFF_TIME, DIFF_WAITS, DIFF_NR_VALUES };

/* ... and per what. */
enum diff_per { DIFF_SECOND, DIFF_UNIT, DIFF_NR_PER };

/**
 * struct diff_key - which waits go into a row
 * @level: what it adds up; the rest is 0 where it does not matter
 * @part: of a part
 * @class_id: WAITPROF_CLASS_*
 * @kind: kind of the waits
 * @op: of requests to devices
 * @site: call site; of requests to devices, the device
 */
struct diff_key {
	enum diff_level level;
	enum diff_part part;
	uint32_t class_id;
	enum kind kind;
	uint32_t op;
	char site[REPORT_SITE_LEN];
};

/* What a row had in one slice. */
struct diff_cell {
	uint32_t slice;
	double values[DIFF_NR_VALUES];
};

/**
 * struct diff_row - waits before and after
 * @key: which
 * @merged: several call sites of one function, which are not the same on both sides
 * @total: waits and nanoseconds by side, in all
 * @results: the comparison; time in seconds
 * @cells: slices in which it had something, in their order
 * @nr_cells: their number
 * @max_cells: room of @cells
 */
struct diff_row {
	struct diff_key key;
	bool merged;
	double total[DIFF_NR_SIDES][DIFF_NR_VALUES];
	struct stats_result results[DIFF_NR_PER][DIFF_NR_VALUES];
	struct diff_cell *cells;
	size_t nr_cells;
	size_t max_cells;
};

/**
 * struct diff_run - one recording
 * @side: before or after
 * @first: number of its first slice
 * @nr: its slices
 * @seconds: its length
 * @work: units of work done in it, 0 = not known
 */
struct diff_run {
	enum diff_side side;
	size_t first;
	size_t nr;
	double seconds;
	double work;
};

/**
 * struct diff - a comparison
 * @runs: recordings
 * @nr_runs: their number
 * @slices: length of each slice of each run in seconds
 * @nr_slices: their number
 * @max_slices: room of @slices
 * @rows: rows; after diff_compare() by level, the costliest first
 * @nr: their number
 * @max: room of @rows
 * @index: rows by key, see diff_get()
 * @nr_index: its size, a power of two
 * @per: what rows are compared per, above all: units of work where all runs have them
 */
struct diff {
	struct diff_run runs[DIFF_NR_SIDES * DIFF_MAX_RUNS];
	size_t nr_runs;
	double *slices;
	size_t nr_slices;
	size_t max_slices;
	struct diff_row *rows;
	size_t nr;
	size_t max;
	uint32_t *index;
	size_t nr_index;
	enum diff_per per;
};

int diff_run(struct diff *d, enum diff_side side, double work);
int diff_slice(struct diff *d, double seconds);
int diff_add(struct diff *d, const struct report_row *row);
int diff_compare(struct diff *d);
void diff_free(struct diff *d);

void diff_function(char *site);
int diff_merge_functions(struct diff *d);

#endif
