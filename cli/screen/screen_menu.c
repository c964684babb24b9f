// SPDX-License-Identifier: GPL-2.0-only
/*
 * Menus: what rows are grouped by, their order, which classes and kinds are
 * shown. A grouping that the session cannot serve stays in the menu and says
 * what it takes.
 */
#include <stdio.h>

#include "profile/names.h"
#include "screen/screen.h"

#define NR_SORTS (GROUP_SORT_AVG + 1)

static const char *const sorts[NR_SORTS] = {
	[GROUP_SORT_TOTAL] = "total",
	[GROUP_SORT_COUNT] = "count",
	[GROUP_SORT_MAX] = "max",
	[GROUP_SORT_AVG] = "avg",
};

/**
 * screen_sort_name() - an order in a word
 * @sort: order
 */
const char *screen_sort_name(enum group_sort sort)
{
	return sorts[sort];
}

/* The class of a row of the menu: those that the session follows. */
static uint32_t class_at(const struct screen *s, size_t item)
{
	uint32_t classes = s->report.classes ? s->report.classes : ~0U;

	for (uint32_t id = 1; id <= WAITPROF_CLASS_MAX; id++)
		if (classes & 1U << id && !item--)
			return id;
	return WAITPROF_CLASS_NONE;
}

/**
 * screen_menu_nr() - rows of the open menu
 * @s: screen
 */
size_t screen_menu_nr(const struct screen *s)
{
	size_t nr = 0;

	switch (s->menu) {
	case SCREEN_MENU_GROUP:
		return GROUP_BY_NONE;
	case SCREEN_MENU_SORT:
		return NR_SORTS;
	case SCREEN_MENU_KIND:
		return NR_KINDS - 1;
	case SCREEN_MENU_CLASS:
		while (class_at(s, nr))
			nr++;
		return nr;
	case SCREEN_MENU_NONE:
		break;
	}
	return 0;
}

/**
 * screen_menu_title() - heading of the open menu
 * @s: screen
 */
const char *screen_menu_title(const struct screen *s)
{
	static const char *const titles[] = {
		[SCREEN_MENU_NONE] = "",
		[SCREEN_MENU_GROUP] = "Group by",
		[SCREEN_MENU_SORT] = "Largest first",
		[SCREEN_MENU_CLASS] = "Classes: space toggles",
		[SCREEN_MENU_KIND] = "Kinds: space toggles",
	};

	return titles[s->menu];
}

static void check(char *buf, size_t size, bool shown, const char *name)
{
	snprintf(buf, size, "[%c] %s", shown ? 'x' : ' ', name);
}

/**
 * screen_menu_item() - a row of the open menu
 * @s: screen
 * @item: which
 * @buf: result
 * @size: its room
 */
void screen_menu_item(const struct screen *s, size_t item, char *buf, size_t size)
{
	uint32_t class_id;

	buf[0] = '\0';
	switch (s->menu) {
	case SCREEN_MENU_GROUP:
		snprintf(buf, size, "%c %s%s", item == s->by ? '*' : ' ',
			 group_by_name((enum group_by)item),
			 s->groups & 1U << item ? "" : " (a new session)");
		break;
	case SCREEN_MENU_SORT:
		snprintf(buf, size, "%c %s", item == s->sort ? '*' : ' ', sorts[item]);
		break;
	case SCREEN_MENU_CLASS:
		class_id = class_at(s, item);
		check(buf, size, !(s->hidden_classes & 1U << class_id), names_class(class_id));
		break;
	case SCREEN_MENU_KIND:
		check(buf, size, !(s->hidden_kinds & 1U << (item + 1)),
		      kind_name((enum kind)(item + 1)));
		break;
	case SCREEN_MENU_NONE:
		break;
	}
}

static size_t chosen(const struct screen *s, enum screen_menu menu)
{
	if (menu == SCREEN_MENU_GROUP)
		return s->by;
	return menu == SCREEN_MENU_SORT ? s->sort : 0;
}

/**
 * screen_menu_open() - open a menu, its cursor at what is chosen now
 * @s: screen
 * @menu: which
 */
void screen_menu_open(struct screen *s, enum screen_menu menu)
{
	s->menu = menu;
	s->menu_at = chosen(s, menu);
}

/**
 * screen_group() - group by something else
 * @s: screen
 * @by: grouping
 *
 * Return: SCREEN_REOPEN when it takes another session.
 */
enum screen_action screen_group(struct screen *s, enum group_by by)
{
	if (by == s->by)
		return SCREEN_DRAW;
	if (!(s->groups & 1U << by)) {
		s->wanted_by = by;
		return SCREEN_REOPEN;
	}
	s->by = by;
	/* Rows are other rows now. */
	for (int i = SCREEN_WAITS; i < SCREEN_NR_PANELS; i++)
		s->lists[i].id = 0;
	screen_arrange(s);
	return SCREEN_DRAW;
}

/**
 * screen_group_next() - the next grouping that this session can serve
 * @s: screen
 */
void screen_group_next(struct screen *s)
{
	uint32_t by = s->by;

	do {
		by = (by + 1) % GROUP_BY_NONE;
	} while (!(s->groups & 1U << by) && by != s->by);
	screen_group(s, (enum group_by)by);
}

static void toggle(struct screen *s)
{
	if (s->menu == SCREEN_MENU_CLASS)
		s->hidden_classes ^= 1U << class_at(s, s->menu_at);
	else
		s->hidden_kinds ^= 1U << (s->menu_at + 1);
	screen_arrange(s);
}

static enum screen_action choose(struct screen *s)
{
	enum screen_menu menu = s->menu;

	if (menu == SCREEN_MENU_CLASS || menu == SCREEN_MENU_KIND) {
		toggle(s);
		return SCREEN_DRAW;
	}
	s->menu = SCREEN_MENU_NONE;
	if (menu == SCREEN_MENU_GROUP)
		return screen_group(s, (enum group_by)s->menu_at);
	s->sort = (enum group_sort)s->menu_at;
	screen_arrange(s);
	return SCREEN_DRAW;
}

/**
 * screen_menu_key() - a key while a menu is open
 * @s: screen
 * @key: key
 *
 * Return: what is to be done.
 */
enum screen_action screen_menu_key(struct screen *s, int key)
{
	size_t nr = screen_menu_nr(s);

	switch (key) {
	case SCREEN_KEY_UP:
	case 'k':
		s->menu_at = s->menu_at ? s->menu_at - 1 : nr - 1;
		return SCREEN_DRAW;
	case SCREEN_KEY_DOWN:
	case 'j':
		s->menu_at = s->menu_at + 1 < nr ? s->menu_at + 1 : 0;
		return SCREEN_DRAW;
	case SCREEN_KEY_HOME:
		s->menu_at = 0;
		return SCREEN_DRAW;
	case SCREEN_KEY_END:
		s->menu_at = nr - 1;
		return SCREEN_DRAW;
	case SCREEN_KEY_ENTER:
	case ' ':
		return choose(s);
	case SCREEN_KEY_ESC:
	case 'q':
	case SCREEN_KEY_F10:
		s->menu = SCREEN_MENU_NONE;
		return SCREEN_DRAW;
	default:
		return SCREEN_NONE;
	}
}
