// SPDX-License-Identifier: GPL-2.0-only
/* Text of anybody into XML, HTML and scripts. */
#include "cmocka_setup.h"

#include "util/markup.h"

static void assert_text(const char *text, size_t max_chars, const char *want)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	markup_text(out, text, max_chars);
	fclose(out);
	assert_string_equal(got, want);
	free(got);
}

static void assert_json(const char *text, const char *want)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	markup_json(out, text, strlen(text));
	fclose(out);
	assert_string_equal(got, want);
	free(got);
}

static void escapes(void **state)
{
	(void)state;
	assert_text("plain", 0, "plain");
	assert_text("</title><script>x & \"y\" 'z'", 0,
		    "&lt;/title&gt;&lt;script&gt;x &amp; &quot;y&quot; &#39;z&#39;");
	assert_text("]]>", 0, "]]&gt;");
	assert_text("gr\xc3\xbc\xc3\x9f \xe2\x86\x92 \xf0\x9f\x94\xa5", 0,
		    "gr\xc3\xbc\xc3\x9f \xe2\x86\x92 \xf0\x9f\x94\xa5");
}

#define BAD "\xef\xbf\xbd"

static void no_characters(void **state)
{
	(void)state;
	assert_text("a\001b\033[1mc\177", 0, "a" BAD "b" BAD "[1mc" BAD);
	assert_text("\xff\xfe", 0, BAD BAD);
	/* too long a form of '<', half a surrogate pair, beyond Unicode, no character */
	assert_text("\xc0\xbc", 0, BAD BAD);
	assert_text("\xed\xa0\x80", 0, BAD BAD BAD);
	assert_text("\xf4\x90\x80\x80", 0, BAD BAD BAD BAD);
	assert_text("\xef\xbf\xbf", 0, BAD BAD BAD);
	/* ends too early */
	assert_text("x\xe2\x80", 0, "x" BAD BAD);
	assert_text("x\xc3", 0, "x" BAD);
	assert_text("\x80z", 0, BAD "z");
}

static void cut(void **state)
{
	(void)state;
	assert_text("abcdef", 6, "abcdef");
	assert_text("abcdef", 5, "abc..");
	assert_text("<<<<", 3, "&lt;..");
	assert_text("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 3, "\xc3\xbc..");
	assert_int_equal(markup_chars("\xc3\xbc\xe2\x86\x92x"), 3);
}

static void scripts(void **state)
{
	(void)state;
	assert_json("{\"a\":\"</script><!--\"}", "{\"a\":\"\\u003c/script\\u003e\\u003c!--\"}");
	assert_json("\"\xe2\x80\xa8\xe2\x80\xa9&\"", "\"\\u2028\\u2029\\u0026\"");
	assert_json("\"\xff\"", "\"" BAD "\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(no_characters),
		cmocka_unit_test(cut),
		cmocka_unit_test(scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
