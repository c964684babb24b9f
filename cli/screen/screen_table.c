// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table on the screen: the columns of the text tables, as many as there is
 * room for. Only rows that can be seen are formatted. Where the room is short,
 * columns go in a fixed order, and what names code is cut before that; the column
 * that rows are sorted by stays.
 */
#include <ncursesw/curses.h>
#include <string.h>

#include "render/columns.h"
#include "screen/screen_table.h"
#include "screen/screen_tty.h"

#define MAX_COLUMNS 32

/* A long name of code is cut down to this before another column goes. */
#define FLEXIBLE_WIDTH 26

struct layout {
	const struct column *columns[MAX_COLUMNS];
	int wanted[MAX_COLUMNS];
	int widths[MAX_COLUMNS];
	size_t nr;
};

/* What can be done without, first what is missed least. */
static const char *const waits_order[] = {
	"AVG", "MAX", "SHARE", "WOKEN AT", "OWNER", "PID", "COUNT", "COMM", "TID", "OBJECT", NULL,
};

static const char *const blocked_order[] = { "PID", "OBJECT", "OWNER", "COMM", "TID", NULL };

static bool is_flexible(const struct column *column)
{
	return !strcmp(column->title, "CALL SITE") || !strcmp(column->title, "WOKEN AT") ||
	       !strcmp(column->title, "OBJECT") || !strcmp(column->title, "OWNER");
}

/* In the grouping of threads and processes these are what a row is about. */
static bool is_about(const struct screen *s, const char *title)
{
	switch (s->by) {
	case GROUP_BY_THREAD:
		return !strcmp(title, "TID") || !strcmp(title, "COMM");
	case GROUP_BY_PROCESS:
		return !strcmp(title, "PID") || !strcmp(title, "COMM");
	case GROUP_BY_OBJECT:
		return !strcmp(title, "OBJECT");
	default:
		return false;
	}
}

static bool is_sorted_by(const struct screen *s, const char *title)
{
	return !strcasecmp(title, screen_sort_name(s->sort));
}

static uint32_t table_of(const struct screen *s, enum screen_panel panel)
{
	uint32_t table = columns_table(s->by);

	if (panel == SCREEN_BLOCKED)
		return COLUMNS_BLOCKED;
	if (panel == SCREEN_WAITS)
		return s->report.has_wakers ? table | COLUMNS_WAKERS : table;
	table = COLUMNS_REQUESTS;
	if (s->by != GROUP_BY_OBJECT && s->by != GROUP_BY_CLASS)
		table |= COLUMNS_SUBMITTERS;
	if (s->by == GROUP_BY_THREAD)
		table |= COLUMNS_THREADS;
	return table;
}

static void print_cell(char *cell, const struct column *column, const struct report_row *row,
		       const struct report *report)
{
	column->print(cell, COLUMNS_CELL, row, report);
	columns_clean(cell);
}

static int cell_width(const struct column *column, const struct screen *s,
		      const struct screen_list *list, size_t height)
{
	int width = (int)strlen(column->title), one;
	char cell[COLUMNS_CELL];

	if (column->right && column->width > width)
		width = column->width;
	for (size_t i = list->first; i < list->nr && i < list->first + height; i++) {
		print_cell(cell, column, list->rows[i], &s->report);
		one = screen_tty_width(cell);
		if (one > width)
			width = one;
	}
	return width;
}

static int least(const struct layout *l, size_t i)
{
	bool cut = is_flexible(l->columns[i]) && l->wanted[i] > FLEXIBLE_WIDTH;

	return cut ? FLEXIBLE_WIDTH : l->wanted[i];
}

static int least_width(const struct layout *l)
{
	int width = 0;

	for (size_t i = 0; i < l->nr; i++)
		width += 1 + least(l, i);
	return width;
}

static void drop(struct layout *l, size_t at)
{
	l->nr--;
	for (size_t i = at; i < l->nr; i++) {
		l->columns[i] = l->columns[i + 1];
		l->wanted[i] = l->wanted[i + 1];
	}
}

static void drop_titled(struct layout *l, const char *title)
{
	for (size_t i = 0; i < l->nr; i++) {
		if (!strcmp(l->columns[i]->title, title)) {
			drop(l, i);
			return;
		}
	}
}

/* Columns that fit; what room is left goes to those that were cut. */
static void fit(struct layout *l, const struct screen *s, enum screen_panel panel, int width)
{
	const char *const *order = panel == SCREEN_BLOCKED ? blocked_order : waits_order;
	int left;

	for (; *order && least_width(l) > width; order++)
		if (panel == SCREEN_BLOCKED || !(is_sorted_by(s, *order) || is_about(s, *order)))
			drop_titled(l, *order);
	left = width - least_width(l);
	for (size_t i = 0; i < l->nr; i++) {
		int more = l->wanted[i] - least(l, i);

		if (more > left)
			more = left > 0 ? left : 0;
		l->widths[i] = least(l, i) + more;
		left -= more;
	}
}

static void put(const struct layout *l, size_t i, int y, int x, int width, const char *text)
{
	int room = width - x < l->widths[i] ? width - x : l->widths[i];
	int pad = l->columns[i]->right ? l->widths[i] - screen_tty_width(text) : 0;

	if (pad > 0 && pad < room)
		screen_tty_put(y, x + pad, room - pad, text);
	else
		screen_tty_put(y, x, room, text);
}

static void draw_header(const struct layout *l, const struct screen *s, enum screen_panel panel,
			int y, int width)
{
	int x = 1;

	screen_tty_role(SCREEN_ROLE_HEADER);
	mvhline(y, 0, ' ', width);
	for (size_t i = 0; i < l->nr && x < width; i++) {
		bool sorted = panel != SCREEN_BLOCKED && is_sorted_by(s, l->columns[i]->title);

		screen_tty_role(sorted ? SCREEN_ROLE_SORTED : SCREEN_ROLE_HEADER);
		put(l, i, y, x, width, l->columns[i]->title);
		x += l->widths[i] + 1;
	}
}

static void draw_row(const struct layout *l, const struct screen *s, const struct report_row *row,
		     bool selected, int y, int width)
{
	char cell[COLUMNS_CELL];
	int x = 1;

	screen_tty_role(selected ? SCREEN_ROLE_SELECTED : SCREEN_ROLE_PLAIN);
	mvhline(y, 0, ' ', width);
	if (selected)
		mvaddch(y, 0, '>');
	for (size_t i = 0; i < l->nr && x < width; i++) {
		print_cell(cell, l->columns[i], row, &s->report);
		put(l, i, y, x, width, cell);
		x += l->widths[i] + 1;
	}
}

/**
 * screen_table_draw() - draw the rows of a panel that can be seen
 * @s: screen
 * @panel: which
 * @y: first line
 * @height: lines, that of the header included
 * @width: columns of the terminal
 * @header: with a line of titles
 */
void screen_table_draw(const struct screen *s, enum screen_panel panel, int y, int height,
		       int width, bool header)
{
	const struct screen_list *list = &s->lists[panel];
	size_t rows = (size_t)(height - header), nr = 0;
	struct layout l = { 0 };

	for (size_t i = 0; i < nr_columns && l.nr < MAX_COLUMNS; i++) {
		if (!(columns[i].tables & table_of(s, panel)))
			continue;
		l.columns[l.nr] = &columns[i];
		l.wanted[l.nr++] = cell_width(&columns[i], s, list, rows);
	}
	fit(&l, s, panel, width - 1);
	if (header)
		draw_header(&l, s, panel, y++, width);
	for (size_t i = list->first; i < list->nr && nr < rows; i++, nr++)
		draw_row(&l, s, list->rows[i], s->focus == panel && i == list->selected,
			 y + (int)nr, width);
	screen_tty_role(SCREEN_ROLE_PLAIN);
	if (!list->nr && rows)
		screen_tty_put(y, 1, width - 1, list->total ? "none passes the filter" : "none");
}
