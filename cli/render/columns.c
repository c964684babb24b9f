// SPDX-License-Identifier: GPL-2.0-only
/*
 * Columns of the text tables as data: what a person reads first comes first.
 * A table is a bit; a column is shown in the tables whose bit it has.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render/columns.h"
#include "util/format.h"
#include "profile/lock_sites.h"
#include "profile/names.h"

#define CALLSITE (1U << GROUP_BY_CALLSITE)
#define THREAD	 (1U << GROUP_BY_THREAD)
#define PROCESS	 (1U << GROUP_BY_PROCESS)
#define OBJECT	 (1U << GROUP_BY_OBJECT)
#define CLASS	 (1U << GROUP_BY_CLASS)
#define WAKER	 (1U << GROUP_BY_WAKER)
#define TOTALS	 (CALLSITE | THREAD | PROCESS | OBJECT | CLASS | WAKER)

static void print_total(char *cell, size_t size, const struct report_row *row,
			const struct report *report)
{
	(void)report;
	format_duration(cell, size, row->sum.total_ns);
	if (row->inferred)
		strncat(cell, "*", size - strlen(cell) - 1);
}

static void print_share(char *cell, size_t size, const struct report_row *row,
			const struct report *report)
{
	format_share(cell, size, row->sum.total_ns,
		     row->sum.class_id == WAITPROF_CLASS_BLOCK ? report->requests_ns :
								 report->total_ns);
}

static void print_count(char *cell, size_t size, const struct report_row *row,
			const struct report *report)
{
	(void)report;
	format_count(cell, size, group_count(row));
}

static void print_avg(char *cell, size_t size, const struct report_row *row,
		      const struct report *report)
{
	(void)report;
	format_duration(cell, size, group_avg(row));
}

static void print_max(char *cell, size_t size, const struct report_row *row,
		      const struct report *report)
{
	(void)report;
	cell[0] = row->max_bound ? '~' : '\0';
	format_duration(cell + row->max_bound, size - row->max_bound, row->sum.max_ns);
}

static void print_since(char *cell, size_t size, const struct report_row *row,
			const struct report *report)
{
	(void)report;
	format_duration(cell, size, row->since_ns);
	if (row->inferred)
		strncat(cell, "*", size - strlen(cell) - 1);
}

/* How most futex waits come: not worth the room. */
static bool is_plain(uint32_t op)
{
	return op == WAITPROF_OP_WAIT || op == WAITPROF_OP_WAIT_BITSET;
}

/**
 * columns_class() - the class, with what makes it special
 * @cell: result
 * @size: its room
 * @row: row
 */
void columns_class(char *cell, size_t size, const struct report_row *row)
{
	const char *op = is_plain(row->sum.op) ? NULL : names_op(row->sum.op);

	if (!op && row->kind != KIND_OTHER)
		op = kind_name(row->kind);
	snprintf(cell, size, "%s%s%s", row->sum.class_id ? names_class(row->sum.class_id) : "?",
		 op ? " " : "", op ? op : "");
}

static void print_class(char *cell, size_t size, const struct report_row *row,
			const struct report *report)
{
	(void)report;
	columns_class(cell, size, row);
}

static void print_id(char *cell, size_t size, uint32_t id)
{
	if (id)
		snprintf(cell, size, "%u", id);
	else
		snprintf(cell, size, "-");
}

static void print_pid(char *cell, size_t size, const struct report_row *row,
		      const struct report *report)
{
	(void)report;
	names_pid(cell, size, &row->sum);
}

static void print_tid(char *cell, size_t size, const struct report_row *row,
		      const struct report *report)
{
	(void)report;
	print_id(cell, size, row->sum.tid);
}

static void print_comm(char *cell, size_t size, const struct report_row *row,
		       const struct report *report)
{
	(void)report;
	snprintf(cell, size, "%.*s", WAITPROF_COMM_LEN, row->sum.comm[0] ? row->sum.comm : "-");
}

static void print_object(char *cell, size_t size, const struct report_row *row,
			 const struct report *report)
{
	(void)report;
	if (names_row_object(cell, size, row))
		snprintf(cell, size, "-");
}

static void print_lock(char *cell, size_t size, const struct report_row *row,
		       const struct report *report)
{
	(void)report;
	if (!*lock_sites_text(cell, size, row))
		snprintf(cell, size, "-");
}

static void print_owner(char *cell, size_t size, const struct report_row *row,
			const struct report *report)
{
	const char *in = row->lock.owner;

	(void)report;
	if (row->sum.owner_tid)
		snprintf(cell, size, "%u %.*s%s%s%s", row->sum.owner_tid, WAITPROF_COMM_LEN,
			 row->owner_comm, row->owner_reader ? " (reader)" : "", *in ? " in " : "",
			 in);
	else
		snprintf(cell, size, "-");
}

/**
 * columns_site() - the call site, marked when frames may be missing
 * @cell: result
 * @size: its room
 * @row: row
 */
void columns_site(char *cell, size_t size, const struct report_row *row)
{
	snprintf(cell, size, "%s%s", row->site[0] ? row->site : "-",
		 row->ustack && row->ustack->truncated ? " ?" : "");
}

static void print_site(char *cell, size_t size, const struct report_row *row,
		       const struct report *report)
{
	(void)report;
	columns_site(cell, size, row);
}

static void print_waker(char *cell, size_t size, const struct report_row *row,
			const struct report *report)
{
	(void)report;
	names_waker(cell, size, &row->waker);
}

/**
 * columns_waker_site() - through which code a wait was ended, marked where that is in doubt
 * @cell: result
 * @size: its room
 * @row: the row
 */
void columns_waker_site(char *cell, size_t size, const struct report_row *row)
{
	const struct report_waker *w = &row->waker;

	snprintf(cell, size, "%s%s", w->site[0] ? w->site : "-",
		 w->ustack && w->ustack->truncated ? " ?" : "");
}

static void print_waker_site(char *cell, size_t size, const struct report_row *row,
			     const struct report *report)
{
	(void)report;
	columns_waker_site(cell, size, row);
}

static void print_device(char *cell, size_t size, const struct report_row *row,
			 const struct report *report)
{
	(void)report;
	snprintf(cell, size, "%s", row->site[0] ? row->site : "-");
}

static void print_op(char *cell, size_t size, const struct report_row *row,
		     const struct report *report)
{
	const char *op = names_op(row->sum.op);

	(void)report;
	snprintf(cell, size, "%s", op ? op : "-");
}

static void print_size(char *cell, size_t size, const struct report_row *row,
		       const struct report *report)
{
	(void)report;
	names_size(cell, size, row->sum.size_log2);
}

const struct column columns[] = {
	{ "TOTAL", "own time of all waits of the row", 9, true, TOTALS | COLUMNS_REQUESTS,
	  print_total },
	{ "SHARE", "of the time of all rows", 7, true, TOTALS | COLUMNS_REQUESTS, print_share },
	{ "COUNT", "sleeps", 8, true, TOTALS | COLUMNS_REQUESTS, print_count },
	{ "AVG", "TOTAL / COUNT", 9, true, TOTALS | COLUMNS_REQUESTS, print_avg },
	{ "MAX", "longest whole wait; ~ at most", 9, true, TOTALS | COLUMNS_REQUESTS, print_max },
	{ "SINCE", "how long the wait has lasted", 9, true, COLUMNS_BLOCKED, print_since },
	{ "DEVICE", "block device", 6, false, COLUMNS_REQUESTS, print_device },
	{ "OP", "what it was asked for", 2, false, COLUMNS_REQUESTS, print_op },
	{ "SIZE", "of a request: at most, and more than half of it", 4, false, COLUMNS_REQUESTS,
	  print_size },
	{ "CLASS", "wait class", 5, false, TOTALS | COLUMNS_BLOCKED, print_class },
	{ "PID", "process; after / its id in its own pid namespace", 5, true,
	  CALLSITE | THREAD | PROCESS | OBJECT | WAKER | COLUMNS_BLOCKED | COLUMNS_SUBMITTERS,
	  print_pid },
	{ "TID", "thread", 5, true, THREAD | COLUMNS_BLOCKED | COLUMNS_THREADS, print_tid },
	{ "COMM", "name of the thread", 4, false,
	  CALLSITE | THREAD | PROCESS | OBJECT | WAKER | COLUMNS_BLOCKED | COLUMNS_SUBMITTERS,
	  print_comm },
	{ "OBJECT", "what is waited on", 6, false, COLUMNS_BLOCKED, print_object },
	{ "OBJECT", "what is waited on", 6, false, OBJECT, print_lock },
	{ "OWNER", "who holds it", 5, false, OBJECT | COLUMNS_BLOCKED, print_owner },
	{ "CALL SITE", "first frame outside the lock machinery", 9, false,
	  CALLSITE | THREAD | PROCESS | OBJECT | WAKER | COLUMNS_BLOCKED, print_site },
	{ "WAKER", "who ended the waits", 5, false, COLUMNS_WAKERS, print_waker },
	{ "WOKEN AT", "first frame outside what lets waiters go", 8, false, COLUMNS_WAKERS,
	  print_waker_site },
};

const size_t nr_columns = sizeof(columns) / sizeof(columns[0]);

/**
 * columns_clean() - take what would move the cursor out of a cell
 * @cell: the cell
 */
void columns_clean(char *cell)
{
	for (; *cell; cell++)
		if ((unsigned char)*cell < ' ' || *cell == 0x7f)
			*cell = '?';
}

/**
 * columns_table() - the bit of the table for a grouping
 * @by: grouping
 */
uint32_t columns_table(enum group_by by)
{
	return 1U << by;
}
