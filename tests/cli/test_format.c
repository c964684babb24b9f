// SPDX-License-Identifier: GPL-2.0-only
/* Durations, counts and shares to text, durations back. */
#include "cmocka_setup.h"

#include <errno.h>

#include "util/format.h"

static void durations(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0 ns" },
		{ 999, "999 ns" },
		{ 1000, "1.00 us" },
		{ 1234, "1.23 us" },
		{ 99994, "99.99 us" },
		{ 99999, "100.0 us" },
		{ 999949, "999.9 us" },
		{ 999999, "1.00 ms" },
		{ 10000000, "10.00 ms" },
		{ 2000000000, "2.00 s" },
		{ 119000000000, "119.0 s" },
		{ 120000000000, "2.00 min" },
		{ 7200000000000, "2.00 h" },
		{ UINT64_MAX, "213504.0 d" },
	};
	char buf[FORMAT_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(format_duration(buf, sizeof(buf), rows[i].ns), rows[i].text);
}

static void counts_bytes_shares(void **state)
{
	char buf[FORMAT_LEN];

	(void)state;
	assert_string_equal(format_count(buf, sizeof(buf), 999999), "999999");
	assert_string_equal(format_count(buf, sizeof(buf), 1234567), "1.23M");
	assert_string_equal(format_count(buf, sizeof(buf), 12345678901), "12.35G");
	assert_string_equal(format_bytes(buf, sizeof(buf), 512), "512 B");
	assert_string_equal(format_bytes(buf, sizeof(buf), 67108864), "64.0 MiB");
	assert_string_equal(format_share(buf, sizeof(buf), 1, 3), "33.3 %");
	assert_string_equal(format_share(buf, sizeof(buf), 0, 0), "-");
}

static void parse_good(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{ "500ns", 500 },	  { "20us", 20000 },
		{ "3ms", 3000000 },	  { "1s", 1000000000 },
		{ "1.5s", 1500000000 },	  { ".5 ms", 500000 },
		{ "2min", 120000000000 }, { "0", 0 },
		{ "1h", 3600000000000 },
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(format_parse_duration(rows[i].text, &ns), 0);
		assert_int_equal(ns, rows[i].ns);
	}
	assert_int_equal(format_parse_seconds("5", &ns), 0);
	assert_int_equal(ns, 5000000000);
	assert_int_equal(format_parse_seconds("0.25", &ns), 0);
	assert_int_equal(ns, 250000000);
	assert_int_equal(format_parse_seconds("5ms", &ns), 0);
	assert_int_equal(ns, 5000000);
}

static void parse_bad(void **state)
{
	static const char *const texts[] = { "",    "5",    "ms",  "-1s",    "5 parsecs", "inf",
					     "nan", "0x5s", "5s5", "1e400s", "5m",	  "+3s" };
	uint64_t ns = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(format_parse_duration(texts[i], &ns), -EINVAL);
	assert_int_equal(format_parse_duration("1000000d", &ns), -ERANGE);
	assert_int_equal(ns, 7);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(counts_bytes_shares),
		cmocka_unit_test(parse_good),
		cmocka_unit_test(parse_bad),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
