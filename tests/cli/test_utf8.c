// SPDX-License-Identifier: GPL-2.0-only
/* Bytes that are characters, and those that are not. */
#include "cmocka_setup.h"

#include "util/utf8.h"

static void lengths(void **state)
{
	static const struct {
		const char *text;
		size_t nr, length;
	} cases[] = {
		{ "a", 1, 1 },
		{ "\x7f", 1, 1 },
		{ "\xc3\xa4", 2, 2 },
		{ "\xe2\x82\xac", 3, 3 },
		{ "\xf0\x9f\x90\xa7", 4, 4 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 },
		{ "", 0, 0 },
		{ "\xc3", 1, 0 }, /* cut */
		{ "\xe2\x82", 2, 0 },
		{ "\xc3\x61", 2, 0 },
		{ "\x80", 1, 0 }, /* a rest of one */
		{ "\xc0\x80", 2, 0 }, /* longer than need be */
		{ "\xe0\x80\xaf", 3, 0 },
		{ "\xed\xa0\x80", 3, 0 }, /* half of a pair */
		{ "\xf4\x90\x80\x80", 4, 0 }, /* beyond the last one */
		{ "\xff", 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(utf8_length(cases[i].text, cases[i].nr), cases[i].length);
}

static void cleaning(void **state)
{
	char buf[12];

	(void)state;
	assert_string_equal(utf8_clean(buf, sizeof(buf), "a\xff\xc3\xa4z", 6),
			    "a\xef\xbf\xbd\xc3\xa4z");
	/* The name of a thread that is cut in a character. */
	assert_string_equal(utf8_clean(buf, sizeof(buf), "abc\xe2\x82", 5),
			    "abc\xef\xbf\xbd\xef\xbf\xbd");
	/* No room: it ends before a character that does not fit as a whole. */
	assert_string_equal(utf8_clean(buf, 4, "ab\xe2\x82\xac", 5), "ab");
	assert_string_equal(utf8_clean(buf, sizeof(buf), "ab\0cd", 5), "ab");
	assert_string_equal(utf8_clean(buf, 1, "ab", 2), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),
		cmocka_unit_test(cleaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
