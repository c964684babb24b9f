// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands around the tables: title, rules, the bar of keys, menus.
 */
#include <ncursesw/curses.h>
#include <stdio.h>
#include <string.h>

#include "util/format.h"
#include "screen/screen_draw.h"
#include "screen/screen_tty.h"

/* From this width on the bar has room for all function keys. */
#define WIDE 76

static void fill(int y, int x, int width, const char *utf8, const char *ascii)
{
	while (x < width)
		x += screen_tty_put(y, x, 1, screen_tty_utf8() ? utf8 : ascii);
}

/**
 * screen_frame_rule() - a line with a heading
 * @y: line
 * @width: columns of the terminal
 * @title: heading
 */
void screen_frame_rule(int y, int width, const char *title)
{
	int x;

	screen_tty_role(SCREEN_ROLE_BAR);
	fill(y, 0, 2, "\u2500", "-");
	screen_tty_role(SCREEN_ROLE_TITLE);
	x = 3 + screen_tty_put(y, 3, width - 3, title);
	screen_tty_role(SCREEN_ROLE_BAR);
	fill(y, x + 1, width, "\u2500", "-");
	screen_tty_role(SCREEN_ROLE_PLAIN);
}

static void first_title(const struct screen *s, char *buf, size_t size)
{
	char span[FORMAT_LEN], delay[FORMAT_LEN];

	format_duration(span, sizeof(span), s->report.duration_ns);
	format_duration(delay, sizeof(delay), s->delay_ns);
	if (s->doing[0])
		snprintf(buf, size, "waitprof top: %s", s->doing);
	else if (!s->window)
		snprintf(buf, size, "waitprof top: %s, the first figures come in %s", s->who,
			 delay);
	else
		snprintf(buf, size, "waitprof top: %s, %s %s%s", s->who,
			 s->since ? "since the baseline" : "last", span,
			 s->paused ? "  PAUSED" : "");
}

static void second_title(const struct screen *s, char *buf, size_t size)
{
	char delay[FORMAT_LEN];

	snprintf(buf, size, "every %s | by %s | filter: %s%s%s%s",
		 format_duration(delay, sizeof(delay), s->delay_ns), group_by_name(s->by),
		 s->filter[0] ? "\"" : "", s->filter[0] ? s->filter : "none",
		 s->filter[0] ? "\"" : "", s->hidden_classes ? " | some classes hidden" : "");
	if (s->hidden_kinds)
		strncat(buf, " | some kinds hidden", size - strlen(buf) - 1);
}

/**
 * screen_frame_title() - what is shown, in words
 * @s: screen
 * @y: line
 * @width: columns of the terminal
 * @second: the line of what is selected
 */
void screen_frame_title(const struct screen *s, int y, int width, bool second)
{
	char title[256];

	if (second)
		second_title(s, title, sizeof(title));
	else
		first_title(s, title, sizeof(title));
	screen_tty_role(second ? SCREEN_ROLE_PLAIN : SCREEN_ROLE_TITLE);
	screen_tty_put(y, 0, width, title);
	screen_tty_role(SCREEN_ROLE_PLAIN);
}

struct bar {
	const char *key;
	const char *label;
};

static const struct bar wide_bar[] = {
	{ "F1", "Help" },  { "F2", "Save" },  { "F3", "Filter" },   { "F4", "Class" },
	{ "F5", "Group" }, { "F6", "Sort" },  { "F7", "Kind" },	    { "F8", "Base" },
	{ "F9", "Pause" }, { "F10", "Quit" }, { "Enter", "Stack" }, { NULL, NULL },
};

static const struct bar narrow_bar[] = {
	{ "h", "Help" }, { "q", "Quit" },  { "/", "Filter" }, { "g", "Group" },
	{ ">", "Sort" }, { "p", "Pause" }, { NULL, NULL },
};

static const struct bar text_bar[] = { { "q", "Back" },
				       { "Up/Down", "Scroll" },
				       { "p", "Pause" },
				       { NULL, NULL } };

static const struct bar menu_bar[] = { { "Enter", "Choose" }, { "Esc", "Back" }, { NULL, NULL } };

static void draw_bar(const struct bar *bar, int y, int width)
{
	int x = 0;

	for (; bar->key; bar++) {
		int need = (int)(strlen(bar->key) + strlen(bar->label)) + 1;

		if (x + need > width)
			return;
		screen_tty_role(SCREEN_ROLE_KEY);
		x += screen_tty_put(y, x, width - x, bar->key);
		screen_tty_role(SCREEN_ROLE_LABEL);
		x += screen_tty_put(y, x, width - x, bar->label);
		screen_tty_role(SCREEN_ROLE_PLAIN);
		x++;
	}
}

/**
 * screen_frame_bar() - the last line: a message, the filter, or keys
 * @s: screen
 * @y: line
 * @width: columns of the terminal
 */
void screen_frame_bar(const struct screen *s, int y, int width)
{
	char line[SCREEN_FILTER_LEN + 64];

	if (s->typing) {
		snprintf(line, sizeof(line), "Filter: %s_  (Enter keeps it, Esc forgets it)",
			 s->filter);
		screen_tty_put(y, 0, width, line);
	} else if (s->message[0]) {
		screen_tty_role(SCREEN_ROLE_WARNING);
		screen_tty_put(y, 0, width, s->message);
	} else if (s->menu) {
		draw_bar(menu_bar, y, width);
	} else if (s->page != SCREEN_PAGE_MAIN) {
		draw_bar(text_bar, y, width);
	} else {
		draw_bar(width < WIDE ? narrow_bar : wide_bar, y, width);
	}
	screen_tty_role(SCREEN_ROLE_PLAIN);
}

static int menu_width(const struct screen *s, int most)
{
	int width = screen_tty_width(screen_menu_title(s)), one;
	char item[64];

	for (size_t i = 0; i < screen_menu_nr(s); i++) {
		screen_menu_item(s, i, item, sizeof(item));
		one = screen_tty_width(item);
		if (one > width)
			width = one;
	}
	return width + 5 < most ? width + 5 : most;
}

static void edge(int y, int x, int width, const char *left, const char *right)
{
	bool utf8 = screen_tty_utf8();

	screen_tty_put(y, x, 1, utf8 ? left : "+");
	fill(y, x + 1, x + width - 1, "\u2500", "-");
	screen_tty_put(y, x + width - 1, 1, utf8 ? right : "+");
}

/* A line of a menu, empty; @inside is the role of what it will hold. */
static void blank(int y, int x, int width, enum screen_role inside)
{
	const char *side = screen_tty_utf8() ? "\u2502" : "|";

	screen_tty_put(y, x, 1, side);
	screen_tty_put(y, x + width - 1, 1, side);
	screen_tty_role(inside);
	mvhline(y, x + 1, ' ', width - 2);
}

/**
 * screen_frame_menu() - the open menu, above what is there
 * @s: screen
 * @height: lines of the terminal
 * @width: its columns
 */
void screen_frame_menu(const struct screen *s, int height, int width)
{
	int inner = menu_width(s, width), nr = (int)screen_menu_nr(s);
	int rows = nr < height - 4 ? nr : height - 4;
	int y = (height - rows - 3) / 2, x = (width - inner) / 2;
	int first = (int)s->menu_at < rows ? 0 : (int)s->menu_at - rows + 1;
	char item[64];

	edge(y++, x, inner, "\u250c", "\u2510");
	blank(y, x, inner, SCREEN_ROLE_TITLE);
	screen_tty_put(y++, x + 2, inner - 4, screen_menu_title(s));
	screen_tty_role(SCREEN_ROLE_PLAIN);
	for (int i = 0; i < rows; i++) {
		bool at = first + i == (int)s->menu_at;

		blank(y, x, inner, at ? SCREEN_ROLE_SELECTED : SCREEN_ROLE_PLAIN);
		if (at)
			mvaddch(y, x + 1, '>');
		screen_menu_item(s, (size_t)(first + i), item, sizeof(item));
		screen_tty_put(y++, x + 3, inner - 5, item);
		screen_tty_role(SCREEN_ROLE_PLAIN);
	}
	edge(y, x, inner, "\u2514", "\u2518");
}
