// SPDX-License-Identifier: GPL-2.0-only
/* The stack table: identity, order, limits. Writers at once: tests/tsan. */
#include <kunit/test.h>

#include "../../kmod/stack.c"

static struct wp_stack_table table;
static struct wp_stack *stack;

/* A stack whose frames follow from its number; flags and length as given. */
static const struct wp_stack *make(u64 number, u32 nr, u32 flags)
{
	u32 i;

	memset(stack, 0xa5, sizeof(*stack)); /* frames beyond nr do not count */
	stack->nr = nr;
	stack->flags = flags;
	for (i = 0; i < nr; i++)
		stack->frames[i] = number * 1000 + i;
	return stack;
}

static u32 put(struct kunit *test, const struct wp_stack *what, enum wp_stack_error want)
{
	enum wp_stack_error error = 99;
	u32 id = wp_stack_put(&table, what, &error);

	KUNIT_EXPECT_EQ(test, (int)error, (int)want);
	KUNIT_EXPECT_EQ(test, !id, want != WP_STACK_OK);
	return id;
}

static void expect_frames(struct kunit *test, u32 id, const struct wp_stack *what)
{
	u32 nr = 0, flags = 0, i;
	const u64 *frames = wp_stack_get(&table, id, &nr, &flags);

	KUNIT_ASSERT_NOT_NULL(test, frames);
	KUNIT_ASSERT_EQ(test, nr, (u32)what->nr);
	KUNIT_EXPECT_EQ(test, flags, (u32)what->flags);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, frames[i], what->frames[i], "id %u, frame %u", id, i);
}

static void use_table(struct kunit *test, u32 nr_entries, u32 nr_words)
{
	wp_stack_table_exit(&table);
	KUNIT_ASSERT_EQ(test, wp_stack_table_init(&table, nr_entries, nr_words), 0);
}

static int stack_init(struct kunit *test)
{
	stack = kunit_kzalloc(test, sizeof(*stack), GFP_KERNEL);
	if (!stack)
		return -ENOMEM;
	return wp_stack_table_init(&table, 256, 256 * 24);
}

static void stack_exit(struct kunit *test)
{
	wp_stack_table_exit(&table);
}

static void equal_stacks(struct kunit *test)
{
	u32 first = put(test, make(1, 20, 0), WP_STACK_OK);
	u32 second = put(test, make(2, 20, 0), WP_STACK_OK);

	KUNIT_EXPECT_EQ(test, first, 1u);
	KUNIT_EXPECT_EQ(test, second, 2u);
	KUNIT_EXPECT_EQ(test, put(test, make(1, 20, 0), WP_STACK_OK), first);
	KUNIT_EXPECT_EQ(test, put(test, make(2, 20, 0), WP_STACK_OK), second);
	KUNIT_EXPECT_EQ(test, wp_stack_used(&table), 2u);
	expect_frames(test, first, make(1, 20, 0));
	expect_frames(test, second, make(2, 20, 0));
}

static void different_stacks(struct kunit *test)
{
	u32 ids[5], i, j;

	ids[0] = put(test, make(1, 20, 0), WP_STACK_OK);
	make(1, 20, 0);
	stack->frames[19]++;
	ids[1] = put(test, stack, WP_STACK_OK);
	make(1, 20, 0);
	stack->frames[0]++;
	ids[2] = put(test, stack, WP_STACK_OK);
	ids[3] = put(test, make(1, 19, 0), WP_STACK_OK);
	ids[4] = put(test, make(1, 20, WAITPROF_STACK_F_USER), WP_STACK_OK);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE_MSG(test, ids[i], ids[j], "stacks %u and %u", i, j);
}

/* Stacks of one hash are compared frame by frame: give one the other's. */
static void equal_hashes(struct kunit *test)
{
	u32 other, hash;

	KUNIT_ASSERT_EQ(test, put(test, make(1, 20, 0), WP_STACK_OK), 1u);
	make(1, 20, 0);
	stack->frames[19]++;
	hash = stack_hash(stack);
	table.entries[0].hash = hash;
	table.buckets[hash >> (32 - table.bits)] = 1;
	other = put(test, stack, WP_STACK_OK);
	KUNIT_EXPECT_EQ(test, other, 2u);
	KUNIT_EXPECT_EQ(test, put(test, stack, WP_STACK_OK), other);
	expect_frames(test, other, stack);
}

static void sizes(struct kunit *test)
{
	u32 shortest = put(test, make(1, 1, 0), WP_STACK_OK);
	u32 longest = put(test, make(2, WP_STACK_MAX, WAITPROF_STACK_F_TRUNCATED), WP_STACK_OK);

	expect_frames(test, shortest, make(1, 1, 0));
	expect_frames(test, longest, make(2, WP_STACK_MAX, WAITPROF_STACK_F_TRUNCATED));
	KUNIT_EXPECT_EQ(test,
			put(test, make(2, WP_STACK_MAX, WAITPROF_STACK_F_TRUNCATED), WP_STACK_OK),
			longest);
}

static void no_such_id(struct kunit *test)
{
	static const u32 ids[] = { 0, 2, 255, 256, 257, 0x80000000, U32_MAX };
	u32 nr, flags, i;

	put(test, make(1, 5, 0), WP_STACK_OK);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		KUNIT_EXPECT_NULL_MSG(test, wp_stack_get(&table, ids[i], &nr, &flags), "id %u",
				      ids[i]);
}

static void entries_full(struct kunit *test)
{
	u32 i;

	use_table(test, 8, 1000);
	for (i = 1; i <= 8; i++)
		KUNIT_EXPECT_EQ(test, put(test, make(i, 3, 0), WP_STACK_OK), i);
	for (i = 9; i <= 1000; i++)
		put(test, make(i, 3, 0), WP_STACK_FULL);
	KUNIT_EXPECT_EQ(test, wp_stack_used(&table), 8u);
	for (i = 1; i <= 8; i++) {
		KUNIT_EXPECT_EQ(test, put(test, make(i, 3, 0), WP_STACK_OK), i);
		expect_frames(test, i, make(i, 3, 0));
	}
}

static void words_full(struct kunit *test)
{
	u32 i, last;

	use_table(test, 64, 50);
	put(test, make(1, 20, 0), WP_STACK_OK);
	put(test, make(2, 20, 0), WP_STACK_OK);
	for (i = 3; i <= 100; i++)
		put(test, make(i, 11, 0), WP_STACK_FULL);
	/* Exactly what is left fits; then nothing does. */
	last = put(test, make(101, 10, 0), WP_STACK_OK);
	put(test, make(102, 1, 0), WP_STACK_FULL);
	KUNIT_EXPECT_EQ(test, wp_stack_used(&table), 3u);
	expect_frames(test, 1, make(1, 20, 0));
	expect_frames(test, 2, make(2, 20, 0));
	expect_frames(test, last, make(101, 10, 0));
}

static void nothing_fits(struct kunit *test)
{
	use_table(test, 4, 2);
	put(test, make(1, WP_STACK_MAX, 0), WP_STACK_FULL);
	KUNIT_EXPECT_EQ(test, wp_stack_used(&table), 0u);
}

/* Many stacks on few chains: each is found again, as long as it can be stored. */
static void chains(struct kunit *test)
{
	u32 *ids = kunit_kcalloc(test, 1024, sizeof(*ids), GFP_KERNEL);
	enum wp_stack_error error;
	u32 i, stored = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ids);
	use_table(test, 1024, 4096);
	table.bits = 1;
	for (i = 0; i < 1024; i++) {
		ids[i] = wp_stack_put(&table, make(i, 2, 0), &error);
		stored += !!ids[i];
		KUNIT_EXPECT_EQ(test, (int)error, (int)(ids[i] ? WP_STACK_OK : WP_STACK_FULL));
	}
	KUNIT_EXPECT_GE(test, stored, 2u * WP_STACK_CHAIN);
	KUNIT_EXPECT_LE(test, stored, 2u * WP_STACK_CHAIN + 2);
	for (i = 0; i < 1024; i++) {
		if (!ids[i])
			continue;
		KUNIT_EXPECT_EQ_MSG(test, wp_stack_put(&table, make(i, 2, 0), &error), ids[i],
				    "stack %u", i);
		expect_frames(test, ids[i], make(i, 2, 0));
	}
}

static void bytes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, wp_stack_table_bytes(256, 6144), 256ull * 20 + 256 * 4 + 6144 * 8);
	KUNIT_EXPECT_EQ(test, wp_stack_table_bytes(300, 100), 300ull * 20 + 512 * 4 + 100 * 8);
}

static struct kunit_case stack_cases[] = {
	KUNIT_CASE(equal_stacks),
	KUNIT_CASE(different_stacks),
	KUNIT_CASE(equal_hashes),
	KUNIT_CASE(sizes),
	KUNIT_CASE(no_such_id),
	KUNIT_CASE(entries_full),
	KUNIT_CASE(words_full),
	KUNIT_CASE(nothing_fits),
	KUNIT_CASE(chains),
	KUNIT_CASE(bytes),
	{},
};

static struct kunit_suite stack_suite = {
	.name = "stack",
	.init = stack_init,
	.exit = stack_exit,
	.test_cases = stack_cases,
};

kunit_test_suites(&stack_suite);
