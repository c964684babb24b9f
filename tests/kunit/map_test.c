// SPDX-License-Identifier: GPL-2.0-only
/* The map of waiting tasks: nesting, full buckets, many tasks. */
#include <kunit/test.h>

#include "../../kmod/open.c"

#define NR_TIDS 10000

/* The waits of the test's tasks, reference i + 1. */
static struct wp_open *waits;

static struct wp_open *wait_of(u32 number, u32 tid)
{
	waits[number].self = number + 1;
	waits[number].tid = tid;
	return &waits[number];
}

static u32 find(u32 tid)
{
	u32 pos;

	return wp_open_map_find(tid, &pos);
}

/* Was it the innermost? */
static bool pop(struct wp_open *wait)
{
	return wp_open_map_pop(wait) == wait->self;
}

static void expect_empty(struct kunit *test)
{
	u32 bucket, i;

	for (bucket = 0; bucket < 1U << map.bits; bucket++) {
		for (i = 0; i < WP_MAP_WAYS; i++)
			KUNIT_EXPECT_EQ_MSG(test, map.buckets[bucket].word[i], 0ull, "bucket %u",
					    bucket);
		KUNIT_EXPECT_EQ_MSG(test, atomic_read(&map.buckets[bucket].spilled), 0, "bucket %u",
				    bucket);
	}
}

static int map_init(struct kunit *test)
{
	waits = kunit_kcalloc(test, NR_TIDS, sizeof(*waits), GFP_KERNEL);
	if (!waits)
		return -ENOMEM;
	return wp_open_map_init(256);
}

static void map_exit(struct kunit *test)
{
	wp_open_map_exit();
}

static void nesting(struct kunit *test)
{
	struct wp_open *outer = wait_of(0, 50), *middle = wait_of(1, 50), *inner = wait_of(2, 50);

	KUNIT_EXPECT_EQ(test, find(50), 0u);
	KUNIT_EXPECT_TRUE(test, wp_open_map_push(outer));
	KUNIT_EXPECT_EQ(test, outer->outer, 0u);
	KUNIT_EXPECT_TRUE(test, wp_open_map_push(middle));
	KUNIT_EXPECT_EQ(test, middle->outer, outer->self);
	KUNIT_EXPECT_TRUE(test, wp_open_map_push(inner));
	KUNIT_EXPECT_EQ(test, inner->outer, middle->self);
	KUNIT_EXPECT_EQ(test, find(50), inner->self);
	KUNIT_EXPECT_EQ(test, find(51), 0u);

	KUNIT_EXPECT_TRUE(test, pop(inner));
	KUNIT_EXPECT_EQ(test, find(50), middle->self);
	KUNIT_EXPECT_TRUE(test, pop(middle));
	KUNIT_EXPECT_EQ(test, find(50), outer->self);
	KUNIT_EXPECT_TRUE(test, pop(outer));
	KUNIT_EXPECT_EQ(test, find(50), 0u);
	expect_empty(test);
}

/* Ends that nobody saw go with the wait that they lay in. */
static void unseen_ends(struct kunit *test)
{
	struct wp_open *outer = wait_of(0, 50), *middle = wait_of(1, 50), *inner = wait_of(2, 50);

	wp_open_map_push(outer);
	wp_open_map_push(middle);
	wp_open_map_push(inner);
	KUNIT_EXPECT_FALSE(test, pop(middle));
	KUNIT_EXPECT_EQ(test, find(50), outer->self);
	wp_open_map_push(inner);
	KUNIT_EXPECT_EQ(test, inner->outer, outer->self);
	KUNIT_EXPECT_FALSE(test, pop(outer));
	KUNIT_EXPECT_EQ(test, find(50), 0u);
	expect_empty(test);
}

/* Thread ids of one bucket, one after the other. */
static u32 next_tid(u32 home, u32 after)
{
	do
		after++;
	while (map_home(after) != home);
	return after;
}

/* The last bucket, so that what spills over goes on at the first. */
static void full_bucket(struct kunit *test)
{
	const u32 last = (1U << map.bits) - 1;
	u32 tids[20], i, tid = 0;

	for (i = 0; i < ARRAY_SIZE(tids); i++) {
		tid = next_tid(last, tid);
		tids[i] = tid;
		KUNIT_EXPECT_TRUE(test, wp_open_map_push(wait_of(i, tid)));
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&map.buckets[last].spilled),
			(int)ARRAY_SIZE(tids) - WP_MAP_WAYS);
	for (i = 0; i < ARRAY_SIZE(tids); i++)
		KUNIT_EXPECT_EQ_MSG(test, find(tids[i]), i + 1, "tid %u", tids[i]);
	KUNIT_EXPECT_EQ(test, find(next_tid(last, tid)), 0u);

	/* A place nearer home becomes free: the others are found all the same. */
	KUNIT_EXPECT_TRUE(test, pop(&waits[0]));
	for (i = 1; i < ARRAY_SIZE(tids); i++)
		KUNIT_EXPECT_EQ_MSG(test, find(tids[i]), i + 1, "tid %u", tids[i]);
	/* A nested wait of one that spilled stays in its place. */
	wait_of(100, tids[19]);
	KUNIT_EXPECT_TRUE(test, wp_open_map_push(&waits[100]));
	KUNIT_EXPECT_EQ(test, find(tids[19]), 101u);
	KUNIT_EXPECT_TRUE(test, pop(&waits[100]));
	for (i = 1; i < ARRAY_SIZE(tids); i++)
		KUNIT_EXPECT_TRUE(test, pop(&waits[i]));
	expect_empty(test);
}

static void full_map(struct kunit *test)
{
	const u32 room = WP_MAP_WAYS << map.bits;
	u32 i;

	for (i = 0; i < room; i++)
		KUNIT_EXPECT_TRUE_MSG(test, wp_open_map_push(wait_of(i, i + 1)), "task %u", i);
	KUNIT_EXPECT_FALSE(test, wp_open_map_push(wait_of(room, room + 1)));
	KUNIT_EXPECT_EQ(test, find(room + 1), 0u);
	/* Who is in may still nest. */
	KUNIT_EXPECT_TRUE(test, wp_open_map_push(wait_of(room, 1)));
	KUNIT_EXPECT_TRUE(test, pop(&waits[room]));
	for (i = 0; i < room; i++)
		KUNIT_EXPECT_TRUE(test, pop(&waits[i]));
	expect_empty(test);
}

static void many_tasks(struct kunit *test)
{
	u32 i;

	wp_open_map_exit();
	KUNIT_ASSERT_EQ(test, wp_open_map_init(NR_TIDS), 0);
	KUNIT_EXPECT_LE(test, wp_open_map_bytes(), (u64)NR_TIDS / 4 * 2 * 64);
	for (i = 0; i < NR_TIDS; i++)
		KUNIT_EXPECT_TRUE_MSG(test, wp_open_map_push(wait_of(i, 3000000 + i)), "task %u",
				      i);
	for (i = 0; i < NR_TIDS; i++)
		KUNIT_EXPECT_EQ_MSG(test, find(3000000 + i), i + 1, "task %u", i);
	for (i = 0; i < NR_TIDS; i++)
		KUNIT_EXPECT_TRUE_MSG(test, pop(&waits[i]), "task %u", i);
	expect_empty(test);
}

/* The idle tasks have thread id 0, and an empty word is no wait of theirs. */
static void thread_zero(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, find(0), 0u);
	KUNIT_EXPECT_TRUE(test, wp_open_map_push(wait_of(0, 0)));
	KUNIT_EXPECT_EQ(test, find(0), 1u);
	KUNIT_EXPECT_TRUE(test, pop(&waits[0]));
	expect_empty(test);
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE(nesting),
	KUNIT_CASE(unseen_ends),
	KUNIT_CASE(full_bucket),
	KUNIT_CASE(full_map),
	KUNIT_CASE(many_tasks),
	KUNIT_CASE(thread_zero),
	{},
};

static struct kunit_suite map_suite = {
	.name = "map",
	.init = map_init,
	.exit = map_exit,
	.test_cases = map_cases,
};

kunit_test_suites(&map_suite);
