// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal under the full screen: ncurses, its keys, its colours by role.
 * Whatever ends the program gives the terminal back: an orderly end through
 * endwin(), a crash or a second request to end through screen_crash.c.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <ncursesw/curses.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "screen/screen.h"
#include "screen/screen_crash.h"
#include "screen/screen_tty.h"

/* How long the rest of a key's sequence may take, ms. */
#define ESC_DELAY 50

static struct {
	SCREEN *screen;
	bool keys;
	bool utf8;
	bool colour;
} tty;

/* Cyan, blue and yellow are told apart with any kind of colour vision. */
static const struct {
	attr_t attr; /* says it all without colours */
	short front, back; /* -1 = the terminal's own */
} roles[SCREEN_NR_ROLES] = {
	[SCREEN_ROLE_PLAIN] = { A_NORMAL, -1, -1 },
	[SCREEN_ROLE_TITLE] = { A_BOLD, -1, -1 },
	[SCREEN_ROLE_HEADER] = { A_UNDERLINE, -1, -1 },
	[SCREEN_ROLE_SORTED] = { A_UNDERLINE | A_BOLD, -1, -1 },
	[SCREEN_ROLE_SELECTED] = { A_REVERSE, -1, -1 },
	[SCREEN_ROLE_WARNING] = { A_BOLD, COLOR_YELLOW, -1 },
	[SCREEN_ROLE_BAR] = { A_NORMAL, COLOR_CYAN, -1 },
	[SCREEN_ROLE_KEY] = { A_BOLD, -1, -1 },
	[SCREEN_ROLE_LABEL] = { A_REVERSE, -1, -1 },
};

static void start_colours(void)
{
	const char *no_colour = getenv("NO_COLOR");

	tty.colour = false;
	if ((no_colour && no_colour[0]) || !has_colors() || start_color() == ERR ||
	    use_default_colors() == ERR)
		return;
	for (short i = 0; i < SCREEN_NR_ROLES; i++)
		if (roles[i].front >= 0)
			init_pair((short)(i + 1), roles[i].front, roles[i].back);
	tty.colour = true;
}

/**
 * screen_tty_start() - take the terminal
 *
 * Return: 0, or -ENOTTY when it is none or cannot be drawn on.
 */
int screen_tty_start(void)
{
	if (!isatty(STDOUT_FILENO) || screen_crash_save())
		return -ENOTTY;
	setlocale(LC_CTYPE, "");
	tty.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	tty.keys = isatty(STDIN_FILENO);
	tty.screen = newterm(NULL, stdout, stdin);
	if (!tty.screen)
		return -ENOTTY;
	screen_crash_catch();
	start_colours();
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESC_DELAY);
	curs_set(0);
	return 0;
}

/**
 * screen_tty_stop() - give the terminal back; nothing if it was not taken
 */
void screen_tty_stop(void)
{
	if (!tty.screen)
		return;
	screen_crash_release();
	endwin();
	delscreen(tty.screen);
	tty.screen = NULL;
	setlocale(LC_CTYPE, "C");
}

static int translate(int key)
{
	static const struct {
		int from, to;
	} keys[] = {
		{ KEY_UP, SCREEN_KEY_UP },
		{ KEY_DOWN, SCREEN_KEY_DOWN },
		{ KEY_PPAGE, SCREEN_KEY_PAGE_UP },
		{ KEY_NPAGE, SCREEN_KEY_PAGE_DOWN },
		{ KEY_HOME, SCREEN_KEY_HOME },
		{ KEY_END, SCREEN_KEY_END },
		{ KEY_LEFT, SCREEN_KEY_LEFT },
		{ KEY_RIGHT, SCREEN_KEY_RIGHT },
		{ KEY_BACKSPACE, SCREEN_KEY_BACKSPACE },
		{ 0x7f, SCREEN_KEY_BACKSPACE },
		{ 8, SCREEN_KEY_BACKSPACE },
		{ KEY_ENTER, SCREEN_KEY_ENTER },
		{ '\r', SCREEN_KEY_ENTER },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].from == key)
			return keys[i].to;
	if (key >= KEY_F(1) && key <= KEY_F(10))
		return SCREEN_KEY_F1 + key - KEY_F(1);
	return key;
}

/* Without keys nobody else notices another size. */
static void look_at_size(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row &&
	    is_term_resized(size.ws_row, size.ws_col))
		resizeterm(size.ws_row, size.ws_col);
}

/**
 * screen_tty_key() - the next key that has been hit
 *
 * Return: enum screen_key or a character, 0 when the screen must be drawn anew
 * (another size, or the program had been stopped), -1 when there is none.
 */
int screen_tty_key(void)
{
	int key;

	if (screen_crash_continued()) {
		reset_prog_mode();
		clearok(curscr, TRUE);
		return 0;
	}
	if (!tty.keys) {
		look_at_size();
		return -1;
	}
	key = getch();
	if (key == ERR)
		return -1;
	if (key == KEY_RESIZE) {
		clearok(curscr, TRUE);
		return 0;
	}
	return translate(key);
}

/**
 * screen_tty_utf8() - can it show more than ASCII
 */
bool screen_tty_utf8(void)
{
	return tty.utf8;
}

/**
 * screen_tty_role() - what the next text is
 * @role: role
 */
void screen_tty_role(enum screen_role role)
{
	short pair = tty.colour && roles[role].front >= 0 ? (short)(role + 1) : 0;

	attr_set(roles[role].attr, pair, NULL);
}

/* The next character as one that can be shown; *width is 1 or 2. */
static wchar_t next_char(const char **text, int *width)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, *text, strlen(*text), &state);

	if (n == (size_t)-1 || n == (size_t)-2 || !n) {
		(*text)++;
		*width = 1;
		return L'?';
	}
	*text += n;
	*width = wcwidth(c);
	if (*width > 0)
		return c;
	*width = 1;
	return L'?';
}

/**
 * screen_tty_width() - columns that a text takes
 * @text: text
 */
int screen_tty_width(const char *text)
{
	int width = 0, one;

	while (*text) {
		next_char(&text, &one);
		width += one;
	}
	return width;
}

/**
 * screen_tty_put() - write a text; one that is too long is cut, and that is marked
 * @y: line
 * @x: column
 * @width: room for it
 * @text: text of any bytes
 *
 * Return: columns written.
 */
int screen_tty_put(int y, int x, int width, const char *text)
{
	wchar_t out[512];
	size_t nr = 0;
	int used = 0, one;

	if (width <= 0)
		return 0;
	while (*text && nr + 2 < sizeof(out) / sizeof(out[0])) {
		wchar_t c = next_char(&text, &one);

		if (used + one > width) {
			/* What was cut gives the last column to the mark. */
			while (nr && used >= width)
				used -= wcwidth(out[--nr]);
			out[nr++] = tty.utf8 ? L'\u2026' : L'+';
			used++;
			break;
		}
		out[nr++] = c;
		used += one;
	}
	out[nr] = L'\0';
	mvaddnwstr(y, x, out, (int)nr);
	return used;
}
