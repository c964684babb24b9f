// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal: its size, its colours by role, and a screen of our own that is
 * given back whatever ends the program in an orderly way. Nothing here writes
 * an escape sequence to anything but a terminal, nor a colour under NO_COLOR.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "term.h"

static struct {
	bool tty;
	bool colour;
	bool screen;
	bool keys;
	struct termios saved;
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
	return term.colour ? colours[role] : "";
}

/**
 * term_enter_screen() - take the whole terminal, keys come unbuffered
 *
 * Return: 0, or -ENOTTY.
 */
int term_enter_screen(void)
{
	struct termios raw;

	if (!term.tty)
		return -ENOTTY;
	if (isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &term.saved)) {
		raw = term.saved;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VMIN] = 0;
		raw.c_cc[VTIME] = 0;
		term.keys = !tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	term.screen = true;
	/* Suspended, it would leave the shell with our screen. */
	signal(SIGTSTP, SIG_IGN);
	/* No cursor, and long lines are cut rather than folded. */
	fputs("\033[?1049h\033[?25l\033[?7l\033[2J\033[H", stdout);
	fflush(stdout);
	return 0;
}

/**
 * term_has_keys() - does standard input give single keys
 */
bool term_has_keys(void)
{
	return term.keys;
}

/**
 * term_draw() - draw the screen anew, over the old one and so without a flicker
 * @text: lines; those that do not fit the height are left out
 */
void term_draw(const char *text)
{
	int height = term_height();

	fputs("\033[H", stdout);
	for (int line = 1; *text && line <= height; line++) {
		const char *end = strchrnul(text, '\n');

		fwrite(text, 1, (size_t)(end - text), stdout);
		fputs("\033[K", stdout);
		text = *end ? end + 1 : end;
		/* A newline in the last line would scroll. */
		if (line < height)
			fputc('\n', stdout);
	}
	fputs("\033[J", stdout);
}

/**
 * term_leave_screen() - give the terminal back as it was
 */
void term_leave_screen(void)
{
	if (!term.screen)
		return;
	term.screen = false;
	signal(SIGTSTP, SIG_DFL);
	fputs("\033[?7h\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	if (term.keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &term.saved);
	term.keys = false;
}
