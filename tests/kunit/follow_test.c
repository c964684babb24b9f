// SPDX-License-Identifier: GPL-2.0-only
/* The set of followed tasks: room, full buckets, copies, and what a filter makes of it. */
#include <kunit/test.h>
#include <linux/sched.h>

#include "../../kmod/follow.c"
#include "../../kmod/filter.h"

#define LIMIT	 40
#define NR_GIVEN 4

static struct wp_follow *set;

static const void *key(u64 number)
{
	return (const void *)(unsigned long)(number << 6);
}

static int follow_init(struct kunit *test)
{
	set = wp_follow_new(LIMIT, NR_GIVEN, true);
	return set ? 0 : -ENOMEM;
}

static void follow_exit(struct kunit *test)
{
	wp_follow_free(set);
}

static void closed(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, wp_follow_add(set, key(1)));
	wp_follow_close(set);
	KUNIT_EXPECT_FALSE(test, wp_follow_has(set, key(1)));
	KUNIT_EXPECT_EQ(test, wp_follow_count(set), 1u);
}

static void expect_empty(struct kunit *test)
{
	u32 bucket, i;

	KUNIT_EXPECT_EQ(test, atomic_read(&set->nr), 0);
	KUNIT_EXPECT_EQ(test, wp_follow_count(set), 0u);
	for (bucket = 0; bucket < 1U << set->bits; bucket++) {
		KUNIT_EXPECT_EQ(test, atomic_read(&set->buckets[bucket].spilled), 0);
		for (i = 0; i < WP_FOLLOW_WAYS; i++)
			KUNIT_EXPECT_EQ(test, set->buckets[bucket].word[i], 0ull);
	}
}

static void life(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, wp_follow_has(set, key(1)));
	KUNIT_EXPECT_TRUE(test, wp_follow_add(set, key(1)));
	KUNIT_EXPECT_TRUE(test, wp_follow_has(set, key(1)));
	KUNIT_EXPECT_EQ(test, wp_follow_count(set), 1u);
	/* Again: as it was. */
	KUNIT_EXPECT_TRUE(test, wp_follow_add(set, key(1)));
	KUNIT_EXPECT_EQ(test, atomic_read(&set->nr), 1);
	/* Ends: its last waits are still taken, and it keeps its place. */
	wp_follow_end(set, key(1));
	KUNIT_EXPECT_TRUE(test, wp_follow_has(set, key(1)));
	KUNIT_EXPECT_EQ(test, wp_follow_count(set), 0u);
	KUNIT_EXPECT_EQ(test, atomic_read(&set->nr), 1);
	wp_follow_end(set, key(1));
	wp_follow_remove(set, key(1));
	KUNIT_EXPECT_FALSE(test, wp_follow_has(set, key(1)));
	/* Unknown ones, as most are. */
	wp_follow_end(set, key(2));
	wp_follow_remove(set, key(2));
	expect_empty(test);
}

static void given(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, wp_follow_give(set, key(1)));
	KUNIT_EXPECT_FALSE(test, wp_follow_give(set, key(1)));
	KUNIT_EXPECT_TRUE(test, wp_follow_has(set, key(1)));
	KUNIT_EXPECT_EQ(test, wp_follow_count(set), 0u);
	KUNIT_EXPECT_EQ(test, atomic_read(&set->nr), 0);
	/* A given one that another given one starts is in already. */
	KUNIT_EXPECT_TRUE(test, wp_follow_add(set, key(1)));
	KUNIT_EXPECT_EQ(test, atomic_read(&set->nr), 0);
	wp_follow_remove(set, key(1));
	expect_empty(test);
}

static void limit(struct kunit *test)
{
	u32 i;

	for (i = 1; i <= NR_GIVEN; i++)
		KUNIT_EXPECT_TRUE(test, wp_follow_give(set, key(1000 + i)));
	for (i = 1; i <= LIMIT; i++)
		KUNIT_EXPECT_TRUE_MSG(test, wp_follow_add(set, key(i)), "task %u", i);
	KUNIT_EXPECT_FALSE(test, wp_follow_add(set, key(LIMIT + 1)));
	KUNIT_EXPECT_FALSE(test, wp_follow_has(set, key(LIMIT + 1)));
	KUNIT_EXPECT_TRUE(test, wp_follow_add(set, key(LIMIT)));
	KUNIT_EXPECT_EQ(test, wp_follow_count(set), (u32)LIMIT);
	wp_follow_remove(set, key(3));
	KUNIT_EXPECT_TRUE(test, wp_follow_add(set, key(LIMIT + 1)));
	for (i = 1; i <= LIMIT + 1; i++)
		wp_follow_remove(set, key(i));
	for (i = 1; i <= NR_GIVEN; i++)
		wp_follow_remove(set, key(1000 + i));
	expect_empty(test);
}

static u64 next_of_bucket(u32 bucket, u64 after)
{
	do
		after++;
	while (places_of(set, key(after)).home != bucket);
	return after;
}

/* The last bucket, so that what spills over goes on at the first. */
static void full_bucket(struct kunit *test)
{
	const u32 last = (1U << set->bits) - 1;
	u64 numbers[20], number = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		number = next_of_bucket(last, number);
		numbers[i] = number;
		KUNIT_EXPECT_TRUE(test, wp_follow_add(set, key(number)));
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&set->buckets[last].spilled),
			(int)ARRAY_SIZE(numbers) - WP_FOLLOW_WAYS);
	KUNIT_EXPECT_EQ(test, wp_follow_count(set), (u32)ARRAY_SIZE(numbers));
	KUNIT_EXPECT_FALSE(test, wp_follow_has(set, key(next_of_bucket(last, number))));
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		KUNIT_EXPECT_TRUE_MSG(test, wp_follow_has(set, key(numbers[i])), "task %u", i);
		wp_follow_end(set, key(numbers[i]));
		wp_follow_remove(set, key(numbers[i]));
		KUNIT_EXPECT_FALSE_MSG(test, wp_follow_has(set, key(numbers[i])), "task %u", i);
	}
	expect_empty(test);
}

/* Two CPUs add one task: each looked before the other had put it there. */
static void copies(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, wp_follow_add(set, key(1)));
	atomic_inc(&set->nr);
	KUNIT_EXPECT_TRUE(test, claim(set, (unsigned long)key(1), places_of(set, key(1))));
	KUNIT_EXPECT_EQ(test, wp_follow_count(set), 1u);
	wp_follow_end(set, key(1));
	KUNIT_EXPECT_EQ(test, wp_follow_count(set), 0u);
	wp_follow_remove(set, key(1));
	KUNIT_EXPECT_FALSE(test, wp_follow_has(set, key(1)));
	expect_empty(test);
}

static void smallest(struct kunit *test)
{
	wp_follow_free(set);
	set = wp_follow_new(1, 1, false);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, set);
	KUNIT_EXPECT_TRUE(test, wp_follow_give(set, key(1)));
	KUNIT_EXPECT_TRUE(test, wp_follow_add(set, key(2)));
	KUNIT_EXPECT_FALSE(test, wp_follow_add(set, key(3)));
	KUNIT_EXPECT_LE(test, wp_follow_bytes(4096, 512), 150000ull);
}

/* A filter that follows takes the tasks of the set, whatever their numbers. */
static void filter(struct kunit *test)
{
	struct wp_filter *filter = kunit_kzalloc(test, sizeof(*filter), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, filter);
	filter->follow = set;
	filter->tgids[0] = current->tgid;
	filter->nr_tgids = 1;
	KUNIT_EXPECT_TRUE(test, wp_filter_ids(filter, current->tgid + 1, 1));
	KUNIT_EXPECT_FALSE(test, wp_filter_task(filter, current));
	wp_follow_give(set, current->signal);
	KUNIT_EXPECT_TRUE(test, wp_filter_task(filter, current));
	filter->not_tgid = current->tgid;
	KUNIT_EXPECT_FALSE(test, wp_filter_task(filter, current));
	filter->not_tgid = 0;
	wp_follow_remove(set, current->signal);
	KUNIT_EXPECT_FALSE(test, wp_filter_task(filter, current));
	wp_follow_add(set, current);
	KUNIT_EXPECT_TRUE(test, wp_filter_task(filter, current));
	set->threads = false;
	KUNIT_EXPECT_FALSE(test, wp_filter_task(filter, current));
	wp_follow_remove(set, current);
	expect_empty(test);
}

static struct kunit_case follow_cases[] = {
	KUNIT_CASE(life),	 KUNIT_CASE(given),  KUNIT_CASE(limit),
	KUNIT_CASE(full_bucket), KUNIT_CASE(closed), KUNIT_CASE(copies),
	KUNIT_CASE(smallest),	 KUNIT_CASE(filter), {},
};

static struct kunit_suite follow_suite = {
	.name = "follow",
	.init = follow_init,
	.exit = follow_exit,
	.test_cases = follow_cases,
};

kunit_test_suites(&follow_suite);
