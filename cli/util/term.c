// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal: its size, its colours by role. Nothing here gives an escape
 * sequence to anything but a terminal, nor a colour under NO_COLOR.
 */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/term.h"

static struct {
	bool tty;
	bool colour;
	bool held;
} term;

static const char *const colours[] = {
	[TERM_PLAIN] = "\033[0m",    [TERM_TITLE] = "\033[1m", [TERM_HEADER] = "\033[7m",
	[TERM_WARNING] = "\033[33m", [TERM_BAR] = "\033[36m",
};

/**
 * term_init() - find out what stdout is
 */
void term_init(void)
{
	const char *type = getenv("TERM");
	const char *no_colour = getenv("NO_COLOR");

	term.tty = isatty(STDOUT_FILENO);
	term.colour = term.tty && !(no_colour && no_colour[0]) && type && type[0];
}

/**
 * term_is_tty() - does stdout go to a terminal
 */
bool term_is_tty(void)
{
	return term.tty;
}

/**
 * term_width() - columns, 0 = without limit
 */
int term_width(void)
{
	struct winsize size;

	if (!term.tty)
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

/**
 * term_height() - lines
 */
int term_height(void)
{
	struct winsize size;

	if (!term.tty || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row)
		return 24;
	return size.ws_row;
}

/**
 * term_colour() - the sequence that begins a role, empty without colours
 * @role: TERM_PLAIN ends every other
 */
const char *term_colour(enum term_role role)
{
	return term.colour && !term.held ? colours[role] : "";
}

/**
 * term_hold_colour() - no colours for a while: the screen has its own
 * @held: from here on, or no longer
 */
void term_hold_colour(bool held)
{
	term.held = held;
}
