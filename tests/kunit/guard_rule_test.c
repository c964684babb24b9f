// SPDX-License-Identifier: GPL-2.0-only
/* When a session costs too much. */
#include <kunit/test.h>

#include "../../kmod/guard_rule.c"

#define SECOND 1000000000ULL

static void shares(struct kunit *test)
{
	static const struct {
		const char *name;
		u64 cost_ns, peak_ns, wall_ns;
		u32 ppm;
	} rows[] = {
		{ "nothing", 0, 0, SECOND, 0 },
		{ "a twentieth", SECOND / 20, 0, SECOND, 50000 },
		{ "a millionth", 1000, 0, SECOND, 1 },
		{ "less than a millionth", 999, 0, SECOND, 0 },
		{ "all", SECOND, 0, SECOND, WP_GUARD_ALL },
		{ "more than all", 3 * SECOND, 0, SECOND, WP_GUARD_ALL },
		{ "the dearest call left out", SECOND / 10, SECOND / 20, SECOND, 50000 },
		{ "a single call", SECOND / 2, SECOND / 2, SECOND, 0 },
		{ "one call, read a moment too late", SECOND / 2, SECOND, SECOND, 0 },
		{ "a late look", SECOND, 0, 10 * SECOND, 100000 },
		{ "a month", 1296000 * SECOND, 0, 2592000 * SECOND, 500000 },
		{ "no time at all", 1, 0, 0, WP_GUARD_ALL },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(
			test, wp_guard_share(rows[i].cost_ns, rows[i].peak_ns, rows[i].wall_ns),
			rows[i].ppm, "%s", rows[i].name);
}

/* After each look: is it to be stopped? */
static void looks(struct kunit *test)
{
	static const struct {
		const char *name;
		u32 limit_ppm;
		u32 share_ppm[6];
		int stops_at; /* -1 = never */
	} rows[] = {
		{ "below", 50000, { 1, 2, 3, 4, 5, 6 }, -1 },
		{ "at the limit", 50000, { 50000, 50000, 50000, 50000, 50000, 50000 }, -1 },
		{ "just above", 50000, { 50001, 50001, 50001 }, 2 },
		{ "a burst", 50000, { 900000, 900000, 0, 900000, 900000, 0 }, -1 },
		{ "later", 50000, { 0, 60000, 0, 60000, 60000, 60000 }, 5 },
		{ "without a guard", 0, { 1000000, 1000000, 1000000, 1000000 }, -1 },
		{ "a whole CPU", 1000000, { 1000000, 1000000, 1000000, 1000000 }, -1 },
		{ "next to nothing", 1, { 2, 2, 2 }, 2 },
	};
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wp_guard guard = { .limit_ppm = rows[i].limit_ppm };
		int stops_at = -1;

		for (k = 0; k < ARRAY_SIZE(rows[i].share_ppm) && stops_at < 0; k++) {
			if (wp_guard_is_over(&guard, rows[i].share_ppm[k]))
				stops_at = k;
			KUNIT_EXPECT_EQ_MSG(test, guard.share_ppm, rows[i].share_ppm[k], "%s",
					    rows[i].name);
		}
		KUNIT_EXPECT_EQ_MSG(test, stops_at, rows[i].stops_at, "%s", rows[i].name);
	}
}

static struct kunit_case guard_rule_cases[] = {
	KUNIT_CASE(shares),
	KUNIT_CASE(looks),
	{},
};

static struct kunit_suite guard_rule_suite = {
	.name = "guard_rule",
	.test_cases = guard_rule_cases,
};

kunit_test_suites(&guard_rule_suite);
