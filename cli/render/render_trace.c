// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single waits as text, one line each. Lines come one by one and should line up
 * all the same, so columns have a fixed width. A column is shown from a width of
 * the terminal on, and always where there is none; the call site comes last and is
 * cut to what is left. Cells are cut for a terminal only.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "render/columns.h"
#include "util/format.h"
#include "profile/names.h"
#include "render/render.h"
#include "util/term.h"

#define LINE_LEN 1024

static void print_time(char *cell, size_t size, const struct report_record *r)
{
	time_t seconds = (time_t)(r->wall_ns / 1000000000);
	struct tm tm;
	size_t used;

	localtime_r(&seconds, &tm);
	used = strftime(cell, size, "%H:%M:%S", &tm);
	snprintf(cell + used, size - used, ".%03u",
		 (unsigned int)(r->wall_ns % 1000000000 / 1000000));
}

static void print_duration(char *cell, size_t size, const struct report_record *r)
{
	bool clipped = r->record->flags & WAITPROF_WAIT_F_CLIPPED;

	cell[0] = '>';
	format_duration(cell + clipped, size - clipped, r->record->duration_ns);
}

static void print_blocked(char *cell, size_t size, const struct report_record *r)
{
	format_duration(cell, size, r->record->blocked_ns);
}

static void print_runqueue(char *cell, size_t size, const struct report_record *r)
{
	format_duration(cell, size, r->record->runqueue_ns);
}

static void print_spin(char *cell, size_t size, const struct report_record *r)
{
	format_duration(cell, size, r->record->spin_ns);
}

static void print_inner(char *cell, size_t size, const struct report_record *r)
{
	if (r->record->inner_ns)
		format_duration(cell, size, r->record->inner_ns);
	else
		snprintf(cell, size, "-");
}

static void print_class(char *cell, size_t size, const struct report_record *r)
{
	columns_class(cell, size, &r->row);
}

static void print_ended(char *cell, size_t size, const struct report_record *r)
{
	snprintf(cell, size, "%s", names_end(r->record->ended));
}

static void print_pid(char *cell, size_t size, const struct report_record *r)
{
	names_pid(cell, size, &r->row.sum);
}

static void print_tid(char *cell, size_t size, const struct report_record *r)
{
	snprintf(cell, size, "%u", r->record->tid);
}

static void print_comm(char *cell, size_t size, const struct report_record *r)
{
	snprintf(cell, size, "%.*s", WAITPROF_COMM_LEN, r->record->comm);
}

static void print_object(char *cell, size_t size, const struct report_record *r)
{
	if (names_lock(&r->row))
		snprintf(cell, size, "%s", names_lock(&r->row));
	else if (names_object(cell, size, r->record->object_type, r->record->object))
		snprintf(cell, size, "-");
}

static void print_owner(char *cell, size_t size, const struct report_record *r)
{
	if (r->row.sum.owner_tid)
		snprintf(cell, size, "%u %.*s", r->row.sum.owner_tid, WAITPROF_COMM_LEN,
			 r->row.owner_comm);
	else
		snprintf(cell, size, "-");
}

static void print_site(char *cell, size_t size, const struct report_record *r)
{
	char length[FORMAT_LEN];

	if (r->record->class_id != WAITPROF_CLASS_BLOCK)
		columns_site(cell, size, &r->row);
	else
		snprintf(cell, size, "%s %s", r->row.site[0] ? r->row.site : "-",
			 names_size(length, sizeof(length), r->record->size_log2));
}

static void print_waker(char *cell, size_t size, const struct report_record *r)
{
	names_waker(cell, size, &r->row.waker);
}

static void print_waker_site(char *cell, size_t size, const struct report_record *r)
{
	columns_waker_site(cell, size, &r->row);
}

/* A width of 0: as long as it is. */
static const struct {
	const char *title;
	int width;
	bool right;
	int from; /* columns of the terminal; of others than wakers: those left by them */
	bool wakers; /* only with them */
	void (*print)(char *cell, size_t size, const struct report_record *r);
} cells[] = {
	{ "TIME", 12, false, 0, false, print_time },
	{ "DURATION", 9, true, 0, false, print_duration },
	{ "BLOCKED", 9, true, 180, false, print_blocked },
	{ "RUN-QUEUE", 9, true, 120, false, print_runqueue },
	{ "SPIN", 9, true, 150, false, print_spin },
	{ "INNER", 9, true, 200, false, print_inner },
	{ "CLASS", 14, false, 0, false, print_class },
	{ "ENDED", 7, false, 60, false, print_ended },
	{ "PID", 7, true, 100, false, print_pid },
	{ "TID", 7, true, 0, false, print_tid },
	{ "COMM", 15, false, 90, false, print_comm },
	{ "OBJECT", 18, false, 140, false, print_object },
	{ "OWNER", 22, false, 170, false, print_owner },
	{ "WAKER", 22, false, 0, true, print_waker },
	{ "WOKEN AT", 32, false, 160, true, print_waker_site },
	{ "CALL SITE", 0, false, 0, false, print_site },
};

#define NR_CELLS (sizeof(cells) / sizeof(cells[0]))

static void append(char *line, size_t i, const char *cell, bool cut)
{
	size_t used = strlen(line);
	int width = cells[i].width;

	if (!width)
		snprintf(line + used, LINE_LEN - used, "%s", cell);
	else if (cells[i].right)
		snprintf(line + used, LINE_LEN - used, "%*s ", width, cell);
	else
		snprintf(line + used, LINE_LEN - used, "%-*.*s ", width, cut ? width : LINE_LEN,
			 cell);
}

static bool is_shown(size_t i, const struct render_view *view)
{
	int room = view->width;

	if (cells[i].wakers && !view->wakers)
		return false;
	if (!room)
		return true;
	for (size_t k = 0; view->wakers && !cells[i].wakers && k < NR_CELLS; k++)
		if (cells[k].wakers && view->width >= cells[k].from)
			room -= cells[k].width + 1;
	return room >= cells[i].from;
}

static void print_line(FILE *out, const struct report_record *r, const struct render_view *view)
{
	char line[LINE_LEN] = "", cell[COLUMNS_CELL];
	size_t len;

	for (size_t i = 0; i < NR_CELLS; i++) {
		if (!is_shown(i, view))
			continue;
		if (r)
			cells[i].print(cell, sizeof(cell), r);
		else
			snprintf(cell, sizeof(cell), "%s", cells[i].title);
		columns_clean(cell);
		append(line, i, cell, view->width);
	}
	len = strlen(line);
	if (view->width > 0 && len > (size_t)view->width)
		len = (size_t)view->width;
	while (len && line[len - 1] == ' ')
		len--;
	line[len] = '\0';
	if (r)
		fprintf(out, "%s\n", line);
	else
		fprintf(out, "%s%s%s\n", term_colour(TERM_HEADER), line, term_colour(TERM_PLAIN));
}

/**
 * render_record_header() - what the columns of render_record() are
 * @out: where to
 * @view: @width and @wakers only
 */
void render_record_header(FILE *out, const struct render_view *view)
{
	print_line(out, NULL, view);
}

/**
 * render_record() - one wait that has ended
 * @out: where to
 * @record: the wait
 * @view: @width and @wakers only
 */
void render_record(FILE *out, const struct report_record *record, const struct render_view *view)
{
	print_line(out, record, view);
}
