// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of text on the screen: split once, scrolled many times.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screen/screen.h"

#define INDENT	   "        "
#define LEAST_WRAP 20

/**
 * screen_text_free() - give the lines up
 * @t: text; how far it is scrolled stays
 */
void screen_text_free(struct screen_text *t)
{
	free(t->text);
	free(t->lines);
	t->text = NULL;
	t->lines = NULL;
	t->nr = 0;
}

/*
 * Bytes of a line that fit: whole words, or else whole characters. Each character
 * is taken for a column.
 */
static size_t fitting(const char *line, size_t width)
{
	size_t n = 0, used = 0, word = 0;

	while (line[n] && line[n] != '\n') {
		if (((unsigned char)line[n] & 0xc0) != 0x80 && used++ == width)
			return word > width / 2 ? word : n;
		if (line[n++] == ' ')
			word = n;
	}
	return n;
}

/* A chart is cut: what would go on in the next line is no bar. */
static bool is_chart(const char *line)
{
	return memmem(line, strcspn(line, "\n"), "  #", 3);
}

/* Lines that are too long go on in the next one, after INDENT. */
static char *wrap(const char *text, size_t width)
{
	char *result = NULL;
	size_t size, room = width;
	FILE *out = open_memstream(&result, &size);

	if (!out)
		return NULL;
	while (*text) {
		size_t n = fitting(text, room);

		fwrite(text, 1, n, out);
		text += is_chart(text) ? strcspn(text, "\n") : n;
		fputc('\n', out);
		room = width;
		if (*text == '\n') {
			text++;
		} else if (*text) {
			fputs(INDENT, out);
			room = width - strlen(INDENT);
		}
	}
	if (fclose(out)) {
		free(result);
		return NULL;
	}
	return result;
}

static int split(struct screen_text *t)
{
	size_t nr = 1;
	char *line = t->text;

	for (const char *c = line; *c; c++)
		nr += *c == '\n';
	t->lines = calloc(nr, sizeof(*t->lines));
	if (!t->lines)
		return -ENOMEM;
	while (*line) {
		char *end = strchrnul(line, '\n');
		bool last = !*end;

		*end = '\0';
		t->lines[t->nr++] = line;
		if (last)
			break;
		line = end + 1;
	}
	return 0;
}

/**
 * screen_text_set() - put other text into it
 * @t: text
 * @text: lines, allocated; is given up here or later. NULL = no memory
 * @width: wrap lines to it, 0 = never
 *
 * Return: 0 or -ENOMEM.
 */
int screen_text_set(struct screen_text *t, char *text, int width)
{
	int ret;

	if (text && width > LEAST_WRAP) {
		char *wrapped = wrap(text, (size_t)width);

		free(text);
		text = wrapped;
	}
	if (!text)
		return -ENOMEM;
	screen_text_free(t);
	t->text = text;
	ret = split(t);
	screen_text_fit(t, t->height);
	return ret;
}

/**
 * screen_text_fit() - say how many lines can be seen
 * @t: text
 * @height: lines
 */
void screen_text_fit(struct screen_text *t, size_t height)
{
	size_t last = t->nr > height ? t->nr - height : 0;

	t->height = height;
	if (t->first > last)
		t->first = last;
}

/**
 * screen_text_scroll() - show another part
 * @t: text
 * @by: lines further down, or up
 */
void screen_text_scroll(struct screen_text *t, long by)
{
	if (by < 0 && t->first < (size_t)-by)
		t->first = 0;
	else
		t->first += (size_t)by;
	screen_text_fit(t, t->height);
}
