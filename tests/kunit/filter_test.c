// SPDX-License-Identifier: GPL-2.0-only
/* Which tasks and classes a session's filter takes. */
#include <kunit/test.h>

#include "../../kmod/filter.c"

static const struct row {
	const char *name;
	u32 not_tgid;
	u32 tgids[4], tids[4]; /* as given, up to the first 0 */
	u32 tgid, tid;
	bool passes;
} rows[] = {
	{ "no filter", 0, {}, {}, 10, 11, true },
	{ "no filter, the idle task", 0, {}, {}, 0, 0, true },
	{ "its process", 0, { 10 }, {}, 10, 11, true },
	{ "another process", 0, { 10 }, {}, 12, 10, false },
	{ "its process, unsorted", 0, { 30, 10, 20 }, {}, 20, 21, true },
	{ "its thread", 0, {}, { 11 }, 10, 11, true },
	{ "another thread of the process", 0, {}, { 11 }, 10, 12, false },
	{ "thread of either", 0, { 50 }, { 11 }, 10, 11, true },
	{ "process of either", 0, { 10 }, { 51 }, 10, 11, true },
	{ "neither", 0, { 50 }, { 51 }, 10, 11, false },
	{ "a process left out", 10, {}, {}, 10, 11, false },
	{ "left out although asked for", 10, { 10 }, { 11 }, 10, 11, false },
	{ "another one left out", 12, {}, {}, 10, 11, true },
	{ "left out is not enough to pass", 12, { 50 }, {}, 10, 11, false },
	{ "given twice", 0, { 10, 10, 10 }, {}, 10, 11, true },
};

static struct wp_filter *filter_of(struct kunit *test, const struct row *row)
{
	struct wp_filter *filter = kunit_kzalloc(test, sizeof(*filter), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, filter);
	filter->not_tgid = row->not_tgid;
	for (; filter->nr_tgids < 4 && row->tgids[filter->nr_tgids]; filter->nr_tgids++)
		filter->tgids[filter->nr_tgids] = row->tgids[filter->nr_tgids];
	for (; filter->nr_tids < 4 && row->tids[filter->nr_tids]; filter->nr_tids++)
		filter->tids[filter->nr_tids] = row->tids[filter->nr_tids];
	wp_filter_sort(filter);
	return filter;
}

static void tasks(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct wp_filter *filter = filter_of(test, &rows[i]);
		bool passes = wp_filter_ids(filter, rows[i].tgid, rows[i].tid);

		KUNIT_EXPECT_EQ_MSG(test, passes, rows[i].passes, "%s", rows[i].name);
		if (filter->only_tgid)
			KUNIT_EXPECT_EQ_MSG(test, rows[i].tgid == filter->only_tgid, rows[i].passes,
					    "%s, in short", rows[i].name);
	}
}

/* Every length up to the longest: all ids are found, and nothing between them. */
static void search(struct kunit *test)
{
	struct wp_filter *filter = kunit_kzalloc(test, sizeof(*filter), GFP_KERNEL);
	u32 nr, i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, filter);
	for (nr = 1; nr <= WAITPROF_MAX_IDS; nr++) {
		filter->nr_tids = nr;
		for (i = 0; i < nr; i++) /* falling, so that sorting has work */
			filter->tids[i] = 2 * (nr - i);
		wp_filter_sort(filter);
		for (i = 0; i <= nr; i++) {
			KUNIT_EXPECT_EQ_MSG(test, wp_filter_ids(filter, 0, 2 * i), i > 0,
					    "id %u among %u", 2 * i, nr);
			KUNIT_EXPECT_FALSE_MSG(test, wp_filter_ids(filter, 0, 2 * i + 1),
					       "id %u among %u", 2 * i + 1, nr);
		}
	}
}

static void largest_ids(struct kunit *test)
{
	struct wp_filter *filter = kunit_kzalloc(test, sizeof(*filter), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, filter);
	filter->tgids[0] = U32_MAX;
	filter->tgids[1] = 1;
	filter->tgids[2] = 0x80000000;
	filter->nr_tgids = 3;
	wp_filter_sort(filter);
	KUNIT_EXPECT_TRUE(test, wp_filter_ids(filter, 1, 5));
	KUNIT_EXPECT_TRUE(test, wp_filter_ids(filter, 0x80000000, 5));
	KUNIT_EXPECT_TRUE(test, wp_filter_ids(filter, U32_MAX, 5));
	KUNIT_EXPECT_FALSE(test, wp_filter_ids(filter, U32_MAX - 1, 5));
	KUNIT_EXPECT_FALSE(test, wp_filter_ids(filter, 0, 5));
}

static void classes(struct kunit *test)
{
	struct wp_filter *filter = kunit_kzalloc(test, sizeof(*filter), GFP_KERNEL);
	u32 class_id;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, filter);
	filter->classes = 1U << WAITPROF_CLASS_FUTEX | 1U << WAITPROF_CLASS_IO;
	for (class_id = 1; class_id <= WAITPROF_CLASS_MAX; class_id++)
		KUNIT_EXPECT_EQ_MSG(test, wp_filter_class(filter, class_id),
				    class_id == WAITPROF_CLASS_FUTEX ||
					    class_id == WAITPROF_CLASS_IO,
				    "class %u", class_id);
}

static struct kunit_case filter_cases[] = {
	KUNIT_CASE(tasks), KUNIT_CASE(search), KUNIT_CASE(largest_ids), KUNIT_CASE(classes), {},
};

static struct kunit_suite filter_suite = {
	.name = "filter",
	.test_cases = filter_cases,
};

kunit_test_suites(&filter_suite);
