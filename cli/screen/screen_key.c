// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a key does, on the page or in the menu that is open.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "screen/screen.h"

/**
 * screen_message() - a line for the user, until the next key
 * @s: screen
 * @format: as of printf()
 */
void screen_message(struct screen *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->message, sizeof(s->message), format, args);
	va_end(args);
}

/* Where a key of movement leads to; false: it is none. */
static bool move(int key, size_t at, size_t nr, size_t page, size_t *to)
{
	size_t last = nr ? nr - 1 : 0;

	page = page ? page : 1;
	switch (key) {
	case SCREEN_KEY_UP:
	case 'k':
		*to = at ? at - 1 : 0;
		return true;
	case SCREEN_KEY_DOWN:
	case 'j':
		*to = at < last ? at + 1 : last;
		return true;
	case SCREEN_KEY_PAGE_UP:
		*to = at > page ? at - page : 0;
		return true;
	case SCREEN_KEY_PAGE_DOWN:
		*to = last - at > page ? at + page : last;
		return true;
	case SCREEN_KEY_HOME:
		*to = 0;
		return true;
	case SCREEN_KEY_END:
		*to = last;
		return true;
	default:
		return false;
	}
}

static void set_filter(struct screen *s, size_t len)
{
	s->filter[len] = '\0';
	screen_arrange(s);
}

/* A character may be several bytes. */
static size_t without_last(const char *text)
{
	size_t len = strlen(text);

	while (len && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
		len--;
	return len ? len - 1 : 0;
}

static enum screen_action type(struct screen *s, int key)
{
	size_t len = strlen(s->filter);

	if (key == SCREEN_KEY_ENTER) {
		s->typing = false;
	} else if (key == SCREEN_KEY_ESC) {
		s->typing = false;
		set_filter(s, 0);
	} else if (key == SCREEN_KEY_BACKSPACE) {
		set_filter(s, without_last(s->filter));
	} else if (key >= ' ' && key < 0x100 && key != 0x7f && len + 1 < sizeof(s->filter)) {
		s->filter[len] = (char)key;
		set_filter(s, len + 1);
	}
	return SCREEN_DRAW;
}

static enum screen_action open_detail(struct screen *s)
{
	const struct report_row *row = screen_list_row(&s->lists[s->focus]);

	if (!row) {
		screen_message(s, "no row to look at");
		return SCREEN_DRAW;
	}
	s->detail_id = screen_row_id(row, s->focus, s->by);
	s->detail_panel = s->focus;
	s->detail.first = 0;
	if (!screen_detail(s))
		s->page = SCREEN_PAGE_DETAIL;
	return SCREEN_DRAW;
}

static enum screen_action open_help(struct screen *s)
{
	s->help.first = 0;
	if (!screen_help(s))
		s->page = SCREEN_PAGE_HELP;
	return SCREEN_DRAW;
}

static enum screen_action open_losses(struct screen *s)
{
	s->help.first = 0;
	if (!screen_losses(s))
		s->page = SCREEN_PAGE_FOOT;
	return SCREEN_DRAW;
}

static enum screen_action text_key(struct screen *s, struct screen_text *t, int key)
{
	size_t last = t->nr > t->height ? t->nr - t->height : 0, to;

	if (move(key, t->first, last + 1, t->height, &to)) {
		t->first = to;
		return SCREEN_DRAW;
	}
	switch (key) {
	case SCREEN_KEY_F10:
	case 'q':
	case SCREEN_KEY_ESC:
	case SCREEN_KEY_LEFT:
	case SCREEN_KEY_ENTER:
		s->page = SCREEN_PAGE_MAIN;
		return SCREEN_DRAW;
	case 'p':
		s->paused = !s->paused;
		return s->paused ? SCREEN_DRAW : SCREEN_READ;
	case ' ':
		screen_text_scroll(t, (long)t->height);
		return SCREEN_DRAW;
	default:
		return SCREEN_NONE;
	}
}

/* Blocked, then what is below it. */
static void next_panel(struct screen *s)
{
	bool requests = s->report.classes & 1U << WAITPROF_CLASS_BLOCK;
	bool waits = !requests || s->report.classes != 1U << WAITPROF_CLASS_BLOCK;

	if (!waits)
		return;
	if (s->focus == SCREEN_BLOCKED)
		s->focus = SCREEN_WAITS;
	else if (s->focus == SCREEN_WAITS && requests)
		s->focus = SCREEN_REQUESTS;
	else
		s->focus = SCREEN_BLOCKED;
	if (s->focus != SCREEN_BLOCKED)
		s->lower = s->focus;
}

static enum screen_action sort_by(struct screen *s, int step)
{
	s->sort = (enum group_sort)(((int)s->sort + step + GROUP_SORT_AVG + 1) %
				    (GROUP_SORT_AVG + 1));
	screen_arrange(s);
	return SCREEN_DRAW;
}

static enum screen_action forget_filter(struct screen *s)
{
	s->hidden_classes = 0;
	s->hidden_kinds = 0;
	set_filter(s, 0);
	return SCREEN_DRAW;
}

static enum screen_action open_menu(struct screen *s, enum screen_menu menu)
{
	screen_menu_open(s, menu);
	return SCREEN_DRAW;
}

static enum screen_action main_key(struct screen *s, int key)
{
	struct screen_list *list = &s->lists[s->focus];
	size_t to;

	if (move(key, list->selected, list->nr, list->height, &to)) {
		screen_list_select(s, s->focus, to);
		return SCREEN_DRAW;
	}
	switch (key) {
	case 'q':
	case SCREEN_KEY_F10:
		return SCREEN_QUIT;
	case 'h':
	case '?':
	case SCREEN_KEY_F1:
		return open_help(s);
	case 's':
	case SCREEN_KEY_F1 + 1:
		return SCREEN_SAVE;
	case '/':
	case SCREEN_KEY_F1 + 2:
		s->typing = true;
		return SCREEN_DRAW;
	case 'c':
	case SCREEN_KEY_F1 + 3:
		return open_menu(s, SCREEN_MENU_CLASS);
	case 'i':
	case SCREEN_KEY_F1 + 6:
		return open_menu(s, SCREEN_MENU_KIND);
	case 'g':
		screen_group_next(s);
		return SCREEN_DRAW;
	case 'G':
	case SCREEN_KEY_F1 + 4:
		return open_menu(s, SCREEN_MENU_GROUP);
	case 'o':
	case SCREEN_KEY_F1 + 5:
		return open_menu(s, SCREEN_MENU_SORT);
	case '<':
		return sort_by(s, -1);
	case '>':
		return sort_by(s, 1);
	case 'r':
	case SCREEN_KEY_F1 + 7:
		return SCREEN_BASELINE;
	case 'w':
		return SCREEN_SWITCH;
	case 'p':
	case SCREEN_KEY_F1 + 8:
		s->paused = !s->paused;
		return s->paused ? SCREEN_DRAW : SCREEN_READ;
	case 'l':
		return open_losses(s);
	case '\t':
		next_panel(s);
		return SCREEN_DRAW;
	case SCREEN_KEY_ENTER:
	case SCREEN_KEY_RIGHT:
		return open_detail(s);
	case SCREEN_KEY_ESC:
		return forget_filter(s);
	default:
		return SCREEN_NONE;
	}
}

/**
 * screen_key() - a key has been hit
 * @s: screen
 * @key: enum screen_key, or a character
 *
 * Return: what is to be done.
 */
enum screen_action screen_key(struct screen *s, int key)
{
	s->message[0] = '\0';
	if (key == '\r')
		key = SCREEN_KEY_ENTER;
	if (s->typing)
		return type(s, key);
	if (s->menu)
		return screen_menu_key(s, key);
	if (s->page == SCREEN_PAGE_DETAIL)
		return text_key(s, &s->detail, key);
	if (s->page != SCREEN_PAGE_MAIN)
		return text_key(s, &s->help, key);
	return main_key(s, key);
}
