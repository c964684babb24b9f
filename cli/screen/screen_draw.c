// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole screen from what it is to show, top to bottom: title, threads
 * blocked now, costly rows, coverage and losses, keys. Everything is drawn each
 * time; ncurses sends what has changed.
 */
#include <ncursesw/curses.h>
#include <stdio.h>
#include <string.h>

#include "screen/screen_draw.h"
#include "screen/screen_table.h"
#include "screen/screen_tty.h"

#define LEAST_WIDTH  30
#define LEAST_HEIGHT 8
#define NARROW_WIDTH 60

/* From this height on every part has lines of its own. */
#define ROOMY_HEIGHT 16

static void head(const struct screen *s, enum screen_panel panel, char *buf, size_t size)
{
	bool narrow = s->width < NARROW_WIDTH;
	const struct screen_list *list = &s->lists[panel];
	size_t last = list->first + list->height;
	char what[96], of[48] = "";

	if (panel == SCREEN_BLOCKED)
		snprintf(what, sizeof(what), "Blocked right now");
	else if (panel == SCREEN_WAITS)
		snprintf(what, sizeof(what),
			 narrow ? "Waits by %s, %s" : "Waits by %s, largest %s first",
			 group_by_name(s->by), screen_sort_name(s->sort));
	else
		snprintf(what, sizeof(what), "Requests to devices%s",
			 narrow ? "" : ", from issue to completion");
	if (list->nr != list->total)
		snprintf(of, sizeof(of), " of %zu", list->total);
	if (list->nr > list->height && list->height)
		snprintf(buf, size, "%s: %zu%s (%zu-%zu)", what, list->nr, of, list->first + 1,
			 last < list->nr ? last : list->nr);
	else
		snprintf(buf, size, "%s: %zu%s", what, list->nr, of);
}

static int draw_panel(struct screen *s, enum screen_panel panel, int y, int rows, int width,
		      bool header)
{
	char title[192];

	screen_list_fit(&s->lists[panel], (size_t)rows);
	head(s, panel, title, sizeof(title));
	screen_frame_rule(y++, width, title);
	screen_table_draw(s, panel, y, rows + header, width, header);
	return y + rows + header;
}

static bool is_coverage(const char *line)
{
	return !strncmp(line, "coverage:", 9) || line[0] == ' ';
}

/* Coverage, then as many losses as there is room for. */
static void draw_foot(const struct screen *s, int y, int lines, int width)
{
	const struct screen_text *t = &s->foot;
	char more[64];

	for (int i = 0; i < lines && (size_t)i < t->nr; i++) {
		bool plain = is_coverage(t->lines[i]);

		screen_tty_role(plain ? SCREEN_ROLE_PLAIN : SCREEN_ROLE_WARNING);
		if (i && i == lines - 1 && (size_t)lines < t->nr) {
			snprintf(more, sizeof(more), "! %zu more lines: l shows them",
				 t->nr - (size_t)i);
			screen_tty_put(y + i, 0, width, more);
			break;
		}
		if (!plain)
			screen_tty_put(y + i, 0, width, "! ");
		screen_tty_put(y + i, plain ? 0 : 2, width - (plain ? 0 : 2), t->lines[i]);
	}
	screen_tty_role(SCREEN_ROLE_PLAIN);
}

/* Rows for the threads that are blocked: a share, and what the other panel leaves. */
static int blocked_rows(const struct screen *s, int rows)
{
	size_t most = (size_t)(s->focus == SCREEN_BLOCKED ? rows * 2 / 3 : rows * 2 / 5);
	size_t lower = s->lists[s->lower].nr, nr = s->lists[SCREEN_BLOCKED].nr;

	if (lower + most < (size_t)rows)
		most = (size_t)rows - (lower ? lower : 1);
	if (nr > most)
		nr = most;
	return nr ? (int)nr : 1;
}

static void draw_main(struct screen *s, int height, int width)
{
	bool roomy = height >= ROOMY_HEIGHT;
	bool waits = s->report.classes != 1U << WAITPROF_CLASS_BLOCK;
	int foot = roomy ? height / 6 : 1, y = 0, rows, upper = 0;

	if (s->foot.nr < (size_t)foot)
		foot = (int)s->foot.nr;
	screen_frame_title(s, y++, width, false);
	if (roomy)
		screen_frame_title(s, y++, width, true);
	/* Heads and headers of the tables, and the bar. */
	rows = height - y - foot - 1 - 2 - (waits && roomy ? 1 : 0) - (waits ? 1 : 0);
	if (waits) {
		upper = blocked_rows(s, rows);
		y = draw_panel(s, SCREEN_BLOCKED, y, upper, width, roomy);
	}
	draw_panel(s, s->lower, y, rows - upper, width, true);
	draw_foot(s, height - 1 - foot, foot, width);
}

static void draw_text(struct screen_text *t, int height, int width, const char *title)
{
	char head[160];

	screen_text_fit(t, (size_t)(height - 2));
	if (t->nr > t->height)
		snprintf(head, sizeof(head), "%s (%zu-%zu of %zu)", title, t->first + 1,
			 t->first + t->height < t->nr ? t->first + t->height : t->nr, t->nr);
	else
		snprintf(head, sizeof(head), "%s", title);
	screen_frame_rule(0, width, head);
	for (size_t i = 0; i < t->height && t->first + i < t->nr; i++) {
		const char *line = t->lines[t->first + i];

		screen_tty_role(strstr(line, "  #") ? SCREEN_ROLE_BAR : SCREEN_ROLE_PLAIN);
		screen_tty_put(1 + (int)i, 0, width, line);
	}
	screen_tty_role(SCREEN_ROLE_PLAIN);
}

/**
 * screen_draw() - draw everything
 * @s: screen; what is to be seen of its lists and texts is set
 */
void screen_draw(struct screen *s)
{
	int height, width;

	getmaxyx(stdscr, height, width);
	screen_tty_role(SCREEN_ROLE_PLAIN);
	erase();
	if (height < LEAST_HEIGHT || width < LEAST_WIDTH) {
		screen_tty_put(0, 0, width, "window too small");
		refresh();
		return;
	}
	screen_resize(s, width);
	if (s->page == SCREEN_PAGE_DETAIL)
		draw_text(&s->detail, height, width, "One row");
	else if (s->page == SCREEN_PAGE_HELP)
		draw_text(&s->help, height, width, "waitprof top: help");
	else if (s->page == SCREEN_PAGE_FOOT)
		draw_text(&s->help, height, width, "Coverage and losses");
	else
		draw_main(s, height, width);
	screen_frame_bar(s, height - 1, width);
	if (s->menu)
		screen_frame_menu(s, height, width);
	screen_tty_role(SCREEN_ROLE_PLAIN);
	refresh();
}
