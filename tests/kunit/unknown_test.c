// SPDX-License-Identifier: GPL-2.0-only
/* The places where walks stopped: told once, told again, room. */
#include <kunit/test.h>

#include "../../kmod/unknown.c"

static struct wp_unknown *unknown;
static struct waitprof_unknown row;

static int unknown_init(struct kunit *test)
{
	unknown = kunit_kzalloc(test, sizeof(*unknown), GFP_KERNEL);
	return unknown ? 0 : -ENOMEM;
}

static bool note(u64 space, u32 reason, u32 table, u64 ip)
{
	const struct wp_unknown_at at = {
		.space = space,
		.ip = ip,
		.tgid = 42,
		.reason = reason,
		.table = table,
		.table_index = table - 1,
	};

	return wp_unknown_note(unknown, &at);
}

/* Tells all; the last one is in row. */
static u32 tell(void)
{
	u32 i, nr = 0;

	for (i = 0; i < WP_UNKNOWN_PLACES; i++) {
		if (!wp_unknown_look(unknown, i, &row))
			continue;
		wp_unknown_told(unknown, i, row.count);
		nr++;
	}
	return nr;
}

static void told_once(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tell(), 0U);
	KUNIT_EXPECT_TRUE(test, note(7, WAITPROF_UNKNOWN_TABLE, 3, 1000));
	KUNIT_EXPECT_TRUE(test, note(7, WAITPROF_UNKNOWN_TABLE, 3, 2000));
	KUNIT_EXPECT_EQ(test, tell(), 1U);
	KUNIT_EXPECT_EQ(test, row.space, 7ULL);
	KUNIT_EXPECT_EQ(test, row.reason, (u32)WAITPROF_UNKNOWN_TABLE);
	KUNIT_EXPECT_EQ(test, row.table, 3U);
	KUNIT_EXPECT_EQ(test, row.ip, 1000ULL);
	KUNIT_EXPECT_EQ(test, row.count, 2ULL);
	KUNIT_EXPECT_EQ(test, row.tgid, 42U);
	KUNIT_EXPECT_EQ(test, tell(), 0U);
	KUNIT_EXPECT_TRUE(test, note(7, WAITPROF_UNKNOWN_TABLE, 3, 3000));
	KUNIT_EXPECT_EQ(test, tell(), 1U);
	KUNIT_EXPECT_EQ(test, row.ip, 3000ULL);
}

static void places_apart(struct kunit *test)
{
	note(7, WAITPROF_UNKNOWN_TABLE, 1, 1);
	note(7, WAITPROF_UNKNOWN_TABLE, 65536, 1);
	note(7, WAITPROF_UNKNOWN_SPACE, 0, 1);
	note(7, WAITPROF_UNKNOWN_STALE, 0, 1);
	note(7, WAITPROF_UNKNOWN_ADDRESS, 0, 1);
	note(8, WAITPROF_UNKNOWN_ADDRESS, 0, 1);
	note(1ULL << 43, WAITPROF_UNKNOWN_ADDRESS, 0, 1);
	KUNIT_EXPECT_EQ(test, tell(), 7U);
}

/* A full table frees what was told and not met again. */
static void room(struct kunit *test)
{
	u32 i, stored = 0;

	for (i = 1; i <= 4 * WP_UNKNOWN_PLACES; i++)
		stored += note(i, WAITPROF_UNKNOWN_SPACE, 0, 1);
	KUNIT_EXPECT_LT(test, stored, 4U * WP_UNKNOWN_PLACES);
	KUNIT_EXPECT_GT(test, stored, WP_UNKNOWN_PLACES / 2U);
	KUNIT_EXPECT_EQ(test, tell(), stored);
	KUNIT_EXPECT_EQ(test, tell(), 0U);
	for (i = 0; i < WP_UNKNOWN_PLACES; i++)
		KUNIT_EXPECT_EQ(test, unknown->places[i].key, 0ULL);
	KUNIT_EXPECT_TRUE(test, note(99999, WAITPROF_UNKNOWN_SPACE, 0, 1));
}

static struct kunit_case unknown_cases[] = {
	KUNIT_CASE(told_once),
	KUNIT_CASE(places_apart),
	KUNIT_CASE(room),
	{},
};

static struct kunit_suite unknown_suite = {
	.name = "unknown",
	.init = unknown_init,
	.test_cases = unknown_cases,
};

kunit_test_suites(&unknown_suite);
