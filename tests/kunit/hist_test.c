// SPDX-License-Identifier: GPL-2.0-only
/* Buckets, against the formula in the uapi header. */
#include <kunit/test.h>

#include "../../kmod/hist.h"

#define LAST (WAITPROF_HIST_BUCKETS - 1)

/* From the header's other form: the bounds of a bucket. */
static u64 low(u32 idx)
{
	if (idx < 8)
		return idx;
	return (8ULL + idx % 8) << (idx / 8 - 1);
}

static u64 high(u32 idx)
{
	if (idx < 8)
		return idx + 1;
	return (9ULL + idx % 8) << (idx / 8 - 1);
}

static void bounds(struct kunit *test)
{
	u32 idx;

	for (idx = 0; idx < WAITPROF_HIST_BUCKETS; idx++) {
		KUNIT_EXPECT_EQ_MSG(test, wp_hist_bucket(low(idx)), idx, "lower bound of %u", idx);
		KUNIT_EXPECT_EQ_MSG(test, wp_hist_bucket(high(idx) - 1), idx, "upper bound of %u",
				    idx);
		KUNIT_EXPECT_EQ_MSG(test, wp_hist_bucket(high(idx)), min_t(u32, idx + 1, LAST),
				    "above %u", idx);
		if (idx < LAST)
			KUNIT_EXPECT_EQ_MSG(test, high(idx), low(idx + 1), "gap after %u", idx);
	}
}

/* A percentile is the middle of its bucket: at most 7 % off what was measured. */
static void error(struct kunit *test)
{
	u32 idx;

	for (idx = 8; idx < WAITPROF_HIST_BUCKETS; idx++) {
		u64 half = (high(idx) - low(idx)) / 2;

		KUNIT_EXPECT_LE_MSG(test, half * 100, low(idx) * 7, "bucket %u", idx);
	}
}

static void everything_longer(struct kunit *test)
{
	static const u64 durations[] = {
		4123168604160ULL, /* the lower bound that the header promises */
		1ULL << 42,	  1ULL << 43, 1ULL << 62, 1ULL << 63, U64_MAX - 1, U64_MAX,
	};
	u32 i;

	KUNIT_EXPECT_EQ(test, low(LAST), durations[0]);
	KUNIT_EXPECT_EQ(test, wp_hist_bucket(durations[0] - 1), (u32)LAST - 1);
	for (i = 0; i < ARRAY_SIZE(durations); i++)
		KUNIT_EXPECT_EQ_MSG(test, wp_hist_bucket(durations[i]), (u32)LAST, "%llu ns",
				    durations[i]);
}

static struct kunit_case hist_cases[] = {
	KUNIT_CASE(bounds),
	KUNIT_CASE(error),
	KUNIT_CASE(everything_longer),
	{},
};

static struct kunit_suite hist_suite = {
	.name = "hist",
	.test_cases = hist_cases,
};

kunit_test_suites(&hist_suite);
