// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names come from programs: a thread's may hold any bytes, and is cut after 15 of
 * them, in the middle of a character if need be. Formats that must be UTF-8 have
 * nothing else in them.
 */
#include <stdint.h>
#include <string.h>

#include "util/utf8.h"

/**
 * utf8_length() - how long the character is that a text begins with
 * @text: text
 * @nr: its length
 *
 * Return: 1 to 4; 0 = what is there is no character, or it is the end.
 */
size_t utf8_length(const char *text, size_t nr)
{
	static const struct {
		unsigned char mask, is;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t len = 1; len <= 4 && len <= nr; len++) {
		uint32_t code = bytes[0] & (unsigned char)~forms[len - 1].mask;

		if ((bytes[0] & forms[len - 1].mask) != forms[len - 1].is)
			continue;
		for (size_t i = 1; i < len; i++) {
			if ((bytes[i] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (bytes[i] & 0x3f);
		}
		if (code < forms[len - 1].least || code > 0x10ffff)
			return 0;
		return code >= 0xd800 && code <= 0xdfff ? 0 : len;
	}
	return 0;
}

/**
 * utf8_clean() - a text with U+FFFD for each byte that belongs to no character
 * @buf: result
 * @size: its room; what is longer is cut between characters
 * @text: text; ends at @nr or a null byte
 * @nr: its length
 *
 * Return: @buf.
 */
char *utf8_clean(char *buf, size_t size, const char *text, size_t nr)
{
	static const char instead[] = "\xef\xbf\xbd";
	size_t used = 0;

	nr = strnlen(text, nr);
	for (size_t i = 0; i < nr;) {
		size_t len = utf8_length(text + i, nr - i);
		const char *from = len ? text + i : instead;
		size_t more = len ? len : sizeof(instead) - 1;

		if (used + more >= size)
			break;
		memcpy(buf + used, from, more);
		used += more;
		i += len ? len : 1;
	}
	buf[used] = '\0';
	return buf;
}
