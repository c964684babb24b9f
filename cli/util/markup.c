// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text of anybody into XML, HTML and scripts within HTML. Names of functions,
 * files and threads are what a program makes them, and may be meant to do harm:
 * nothing of them may end the place where they stand, and what is no UTF-8 or no
 * character of XML becomes U+FFFD.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/markup.h"

#define REPLACEMENT 0xfffd

/* Characters that XML 1.0 has; no surrogates, no controls but these three. */
static bool is_character(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c < 0x7f || (c >= 0xa0 && c < 0xd800) || (c >= 0xe000 && c < 0xfffe) ||
	       (c >= 0x10000 && c < 0x110000);
}

/* The character that begins at @at, and how many bytes it has; never 0. */
static uint32_t decode(const unsigned char *at, size_t size, size_t *used)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	size_t more = at[0] < 0x80 ? 0 : at[0] >> 5 == 6 ? 1 : at[0] >> 4 == 14 ? 2 : 3;
	uint32_t c = more ? at[0] & (0x3fU >> more) : at[0];

	*used = 1;
	if ((more == 3 && at[0] >> 3 != 30) || more >= size)
		return REPLACEMENT;
	for (size_t i = 1; i <= more; i++) {
		if (at[i] >> 6 != 2)
			return REPLACEMENT;
		c = c << 6 | (at[i] & 0x3f);
	}
	if (c < least[more] || !is_character(c))
		return REPLACEMENT;
	*used = more + 1;
	return c;
}

static void put_utf8(FILE *out, uint32_t c)
{
	if (c < 0x80) {
		fputc((int)c, out);
	} else if (c < 0x800) {
		fputc((int)(0xc0 | c >> 6), out);
		fputc((int)(0x80 | (c & 0x3f)), out);
	} else if (c < 0x10000) {
		fputc((int)(0xe0 | c >> 12), out);
		fputc((int)(0x80 | (c >> 6 & 0x3f)), out);
		fputc((int)(0x80 | (c & 0x3f)), out);
	} else {
		fputc((int)(0xf0 | c >> 18), out);
		fputc((int)(0x80 | (c >> 12 & 0x3f)), out);
		fputc((int)(0x80 | (c >> 6 & 0x3f)), out);
		fputc((int)(0x80 | (c & 0x3f)), out);
	}
}

static void put_escaped(FILE *out, uint32_t c)
{
	switch (c) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		put_utf8(out, c);
	}
}

/**
 * markup_chars() - how many characters a text has
 * @text: UTF-8, or what is taken for it
 */
size_t markup_chars(const char *text)
{
	size_t left = strlen(text), used, nr = 0;

	for (; left; left -= used, text += used, nr++)
		decode((const unsigned char *)text, left, &used);
	return nr;
}

/**
 * markup_text() - put a text into XML or HTML, as content or value of an attribute
 * @out: where to
 * @text: text
 * @max_chars: a longer one is cut and ends with two dots; 0 = all of it
 */
void markup_text(FILE *out, const char *text, size_t max_chars)
{
	size_t left = strlen(text), used;
	bool is_cut = max_chars && markup_chars(text) > max_chars;
	size_t nr = is_cut ? (max_chars > 2 ? max_chars - 2 : 0) : SIZE_MAX;

	for (; left && nr; left -= used, text += used, nr--)
		put_escaped(out, decode((const unsigned char *)text, left, &used));
	if (is_cut)
		fputs("..", out);
}

/**
 * markup_json() - put JSON into a script element of HTML
 * @out: where to
 * @text: JSON
 * @size: its length
 *
 * Outside of strings JSON has none of the characters that HTML or a script
 * could take for something else; within strings each can be written as \uXXXX.
 */
void markup_json(FILE *out, const char *text, size_t size)
{
	size_t used;

	for (; size; size -= used, text += used) {
		uint32_t c = decode((const unsigned char *)text, size, &used);

		if (c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029)
			fprintf(out, "\\u%04x", c);
		else
			put_utf8(out, c);
	}
}
