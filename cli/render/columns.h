/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_COLUMNS_H
#define WAITPROF_CLI_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "profile/group.h"
#include "profile/report.h"

#define COLUMNS_CELL 192

/* Which tables a column is in: 1 << enum group_by, and that of open waits. */
#define COLUMNS_BLOCKED (1U << 8)
/* Or-ed to another table: with wakers. */
#define COLUMNS_WAKERS (1U << 9)
/* Requests to devices; or-ed to it: who submitted them, and by thread. */
#define COLUMNS_REQUESTS   (1U << 10)
#define COLUMNS_SUBMITTERS (1U << 11)
#define COLUMNS_THREADS	   (1U << 12)

/**
 * struct column - one column of a text table
 * @title: heading
 * @help: what it says, for the man page
 * @width: least width
 * @right: aligned to the right
 * @tables: where it is shown
 * @print: writes the cell
 */
struct column {
	const char *title;
	const char *help;
	int width;
	bool right;
	uint32_t tables;
	void (*print)(char *cell, size_t size, const struct report_row *row,
		      const struct report *report);
};

extern const struct column columns[];
extern const size_t nr_columns;

uint32_t columns_table(enum group_by by);
void columns_clean(char *cell);
void columns_class(char *cell, size_t size, const struct report_row *row);
void columns_site(char *cell, size_t size, const struct report_row *row);
void columns_waker_site(char *cell, size_t size, const struct report_row *row);

#endif
