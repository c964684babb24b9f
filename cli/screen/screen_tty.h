/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal under the full screen. No other file starts or ends ncurses.
 */
#ifndef WAITPROF_CLI_SCREEN_TTY_H
#define WAITPROF_CLI_SCREEN_TTY_H

#include <stdbool.h>

/* What a text is, not how it looks: without colours roles differ all the same. */
enum screen_role {
	SCREEN_ROLE_PLAIN,
	SCREEN_ROLE_TITLE,
	SCREEN_ROLE_HEADER,
	SCREEN_ROLE_SORTED, /* heading of the column that rows are sorted by */
	SCREEN_ROLE_SELECTED,
	SCREEN_ROLE_WARNING,
	SCREEN_ROLE_BAR,
	SCREEN_ROLE_KEY,
	SCREEN_ROLE_LABEL, /* what a key does */
	SCREEN_NR_ROLES,
};

int screen_tty_start(void);
void screen_tty_stop(void);
int screen_tty_key(void);
bool screen_tty_utf8(void);
void screen_tty_role(enum screen_role role);
int screen_tty_put(int y, int x, int width, const char *text);
int screen_tty_width(const char *text);

#endif
