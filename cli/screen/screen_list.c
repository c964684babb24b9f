// SPDX-License-Identifier: GPL-2.0-only
/*
 * A panel: rows that pass the filter, a cursor, and what part of them is to be
 * seen. The cursor stays with its row when rows change places, unless it is at
 * the top: there it shows whatever is first.
 */
#include <errno.h>
#include <stdlib.h>

#include "screen/screen.h"

/* The cursor is always to be seen, and no room is left empty. */
static void show_selected(struct screen_list *list)
{
	if (list->selected >= list->nr)
		list->selected = list->nr ? list->nr - 1 : 0;
	if (!list->height)
		return;
	if (list->first > list->selected)
		list->first = list->selected;
	if (list->selected - list->first >= list->height)
		list->first = list->selected - list->height + 1;
	if (list->nr - list->first < list->height)
		list->first = list->nr > list->height ? list->nr - list->height : 0;
}

static void find_selected(struct screen *s, enum screen_panel panel)
{
	struct screen_list *list = &s->lists[panel];

	if (!list->id) {
		list->selected = 0;
		return;
	}
	for (size_t i = 0; i < list->nr; i++) {
		if (screen_row_id(list->rows[i], panel, s->by) == list->id) {
			list->selected = i;
			return;
		}
	}
	/* Gone: the row that stands there now is as good as any. */
}

/**
 * screen_list_fill() - put rows into a panel
 * @s: screen, with the filter
 * @panel: which
 * @rows: all rows of it, sorted
 * @nr: their number
 *
 * Return: 0 or -ENOMEM.
 */
int screen_list_fill(struct screen *s, enum screen_panel panel, const struct report_row *rows,
		     size_t nr)
{
	struct screen_list *list = &s->lists[panel];
	const struct report_row **chosen = calloc(nr ? nr : 1, sizeof(*chosen));

	if (!chosen)
		return -ENOMEM;
	free(list->rows);
	list->rows = chosen;
	list->nr = 0;
	list->total = nr;
	for (size_t i = 0; i < nr; i++)
		if (!screen_hidden(s, rows[i].sum.class_id, rows[i].kind) &&
		    screen_match(&rows[i], s->filter))
			chosen[list->nr++] = &rows[i];
	find_selected(s, panel);
	show_selected(list);
	return 0;
}

/**
 * screen_list_select() - move the cursor
 * @s: screen
 * @panel: in which panel
 * @to: index of the row
 */
void screen_list_select(struct screen *s, enum screen_panel panel, size_t to)
{
	struct screen_list *list = &s->lists[panel];

	list->selected = to;
	show_selected(list);
	list->id = 0;
	if (list->selected)
		list->id = screen_row_id(list->rows[list->selected], panel, s->by);
}

/**
 * screen_list_fit() - say how many rows can be seen
 * @list: panel
 * @height: rows
 */
void screen_list_fit(struct screen_list *list, size_t height)
{
	list->height = height;
	show_selected(list);
}

/**
 * screen_list_row() - the row under the cursor
 * @list: panel
 *
 * Return: the row, NULL in an empty panel.
 */
const struct report_row *screen_list_row(const struct screen_list *list)
{
	return list->selected < list->nr ? list->rows[list->selected] : NULL;
}
