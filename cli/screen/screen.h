/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The full screen of top as data: what it shows, and what a key does to that.
 * Pure: no terminal, no kernel. Rows are made by group.c from the window that
 * was read last, so another grouping, order or filter needs no new reading.
 */
#ifndef WAITPROF_CLI_SCREEN_H
#define WAITPROF_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/group.h"
#include "profile/profile.h"
#include "profile/report.h"

#define SCREEN_FILTER_LEN  48
#define SCREEN_MESSAGE_LEN 160

/* Keys that are no characters. */
enum screen_key {
	SCREEN_KEY_ENTER = '\n',
	SCREEN_KEY_ESC = 27,
	SCREEN_KEY_UP = 0x1000,
	SCREEN_KEY_DOWN,
	SCREEN_KEY_PAGE_UP,
	SCREEN_KEY_PAGE_DOWN,
	SCREEN_KEY_HOME,
	SCREEN_KEY_END,
	SCREEN_KEY_LEFT,
	SCREEN_KEY_RIGHT,
	SCREEN_KEY_BACKSPACE,
	SCREEN_KEY_F1, /* the others follow */
	SCREEN_KEY_F10 = SCREEN_KEY_F1 + 9,
};

/* What the owner of the screen has to do after a key. */
enum screen_action {
	SCREEN_NONE,
	SCREEN_DRAW,
	SCREEN_QUIT,
	SCREEN_READ, /* a window ends now */
	SCREEN_SWITCH, /* the other span: see @since */
	SCREEN_BASELINE, /* sums begin now */
	SCREEN_SAVE,
	SCREEN_REOPEN, /* a session that can group by @wanted_by */
};

enum screen_panel {
	SCREEN_BLOCKED, /* the upper part */
	SCREEN_WAITS, /* the lower part */
	SCREEN_REQUESTS, /* the lower part, too, when devices are followed */
	SCREEN_NR_PANELS,
};

enum screen_page {
	SCREEN_PAGE_MAIN,
	SCREEN_PAGE_DETAIL,
	SCREEN_PAGE_HELP,
	SCREEN_PAGE_FOOT,
};

enum screen_menu {
	SCREEN_MENU_NONE,
	SCREEN_MENU_GROUP,
	SCREEN_MENU_SORT,
	SCREEN_MENU_CLASS,
	SCREEN_MENU_KIND,
};

/**
 * struct screen_list - the rows of a panel
 * @rows: those that pass the filter
 * @nr: their number
 * @total: number of those there are
 * @selected: index of the cursor
 * @first: index of the uppermost row to be seen
 * @height: rows that there is room for, as last drawn
 * @id: of the row under the cursor, which stays with it; 0 = stay at the top
 */
struct screen_list {
	const struct report_row **rows;
	size_t nr;
	size_t total;
	size_t selected;
	size_t first;
	size_t height;
	uint64_t id;
};

/* Lines of text that can be scrolled. */
struct screen_text {
	char *text;
	const char **lines;
	size_t nr;
	size_t first;
	size_t height; /* as last drawn */
};

/**
 * struct screen - everything that is shown
 * @name: names a row, for group_profile()
 * @name_arg: for @name
 * @who: what is followed
 * @doing: what takes long before there is a session; empty = there is one
 * @delay_ns: from one refresh to the next
 * @groups: mask of the groupings that the session can serve
 * @by: what rows are grouped by
 * @wanted_by: with SCREEN_REOPEN
 * @sort: order
 * @hidden_classes: mask of the classes that are left out
 * @hidden_kinds: mask of the kinds that are left out
 * @filter: text that rows must have, empty = all
 * @typing: keys go into the filter
 * @paused: no refresh
 * @since: show sums since the baseline, not the last window
 * @page: what fills the screen
 * @menu: what is open above it
 * @menu_at: row of the menu under the cursor
 * @focus: panel that the cursor is in
 * @lower: panel in the lower part
 * @lists: panels
 * @window: the window shown; the owner's, NULL before the first one
 * @report: what is shown of it
 * @detail: of one row
 * @detail_id: of which
 * @detail_panel: in which panel
 * @help: page of keys, or of losses
 * @foot: coverage and losses
 * @message: for the user, until the next key
 * @width: columns, as last drawn
 */
struct screen {
	group_name_fn name;
	void *name_arg;
	const char *who;
	char doing[SCREEN_MESSAGE_LEN];
	uint64_t delay_ns;
	uint32_t groups;
	enum group_by by;
	enum group_by wanted_by;
	enum group_sort sort;
	uint32_t hidden_classes;
	uint32_t hidden_kinds;
	char filter[SCREEN_FILTER_LEN];
	bool typing;
	bool paused;
	bool since;
	enum screen_page page;
	enum screen_menu menu;
	size_t menu_at;
	enum screen_panel focus;
	enum screen_panel lower;
	struct screen_list lists[SCREEN_NR_PANELS];
	const struct profile *window;
	struct report report;
	struct screen_text detail;
	uint64_t detail_id;
	enum screen_panel detail_panel;
	struct screen_text help;
	struct screen_text foot;
	char message[SCREEN_MESSAGE_LEN];
	int width;
};

/* screen.c */
int screen_take(struct screen *s, const struct profile *window, struct report *report);
int screen_arrange(struct screen *s);
void screen_drop(struct screen *s);
void screen_free(struct screen *s);
uint64_t screen_row_id(const struct report_row *row, enum screen_panel panel, enum group_by by);

/* screen_filter.c */
bool screen_match(const struct report_row *row, const char *text);
bool screen_hidden(const struct screen *s, uint32_t class_id, enum kind kind);

/* screen_list.c */
int screen_list_fill(struct screen *s, enum screen_panel panel, const struct report_row *rows,
		     size_t nr);
void screen_list_select(struct screen *s, enum screen_panel panel, size_t to);
void screen_list_fit(struct screen_list *list, size_t height);
const struct report_row *screen_list_row(const struct screen_list *list);

/* screen_key.c, screen_menu.c */
enum screen_action screen_key(struct screen *s, int key);
void screen_message(struct screen *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void screen_menu_open(struct screen *s, enum screen_menu menu);
enum screen_action screen_menu_key(struct screen *s, int key);
size_t screen_menu_nr(const struct screen *s);
const char *screen_menu_title(const struct screen *s);
void screen_menu_item(const struct screen *s, size_t item, char *buf, size_t size);
enum screen_action screen_group(struct screen *s, enum group_by by);
void screen_group_next(struct screen *s);
const char *screen_sort_name(enum group_sort sort);

/* screen_text.c, screen_detail.c, screen_help.c */
int screen_text_set(struct screen_text *t, char *text, int width);
void screen_text_free(struct screen_text *t);
void screen_text_scroll(struct screen_text *t, long by);
void screen_text_fit(struct screen_text *t, size_t height);
int screen_detail(struct screen *s);
int screen_help(struct screen *s);
int screen_foot(struct screen *s);
int screen_losses(struct screen *s);
int screen_resize(struct screen *s, int width);

#endif
