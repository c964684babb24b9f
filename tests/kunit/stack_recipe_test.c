// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks that are recognised, on stacks made up here: what matches, and each
 * single thing that must not. Whether recipes are made rightly of what the
 * unwinder does: tests/truth, with stack_check=1.
 */
#include <kunit/test.h>

#include "../../kmod/params.h"

/* The module's parameters. */
#define wp_param_stack_cache() true
#define wp_param_stack_check() 0
#include "../../kmod/stack_recipe.c"
#include "../../kmod/stack_cache.c"

#define WORDS	   96
#define TOP	   64 /* the registers of user space begin there */
#define TEXT(n)	   (0xffffffff81000000UL + 0x100 * (n))
#define TRAMPOLINE TEXT(0xdead)

static unsigned long words[WORDS];
static struct wp_recipe recipe;
static struct wp_stack_at at;

static unsigned long addr(u32 i)
{
	return (unsigned long)&words[i];
}

/*
 * As a futex wait's: a leaf, two frames by sp, the second of which saves the frame
 * register at word 6, and one that is found by it: gap is what the system call's
 * entry left free. Returns where the frame register points.
 */
static u32 build(u32 from, u32 gap)
{
	u32 i, bp = from + 12 + gap;

	for (i = 0; i < WORDS; i++)
		words[i] = 0x1000 + i;
	words[from] = TEXT(1);
	words[from + 5] = TEXT(2);
	words[from + 6] = addr(bp);
	words[from + 9] = TEXT(3);
	words[bp] = 0;
	words[bp + 1] = TEXT(4);
	at = (struct wp_stack_at){
		.ip = TEXT(0),
		.leaf = TEXT(0),
		.sp = addr(from),
		.bp = 0x77,
		.top = addr(bp + 2),
	};
	return bp;
}

static struct wp_recipe_step step_to(u32 sp, unsigned long bp, u32 next_sp, unsigned long next_bp)
{
	return (struct wp_recipe_step){
		.sp = addr(sp),
		.bp = bp,
		.next_ip = words[next_sp - 1],
		.next_sp = addr(next_sp),
		.next_bp = next_bp,
	};
}

/* What an unwinder that goes through such a stack tells; false: no recipe. */
static bool learn(u32 from, u32 bp)
{
	struct wp_recipe_maker maker;
	struct wp_recipe_step step;

	wp_recipe_begin(&maker, &recipe, &at);
	step = step_to(from, at.bp, from + 1, at.bp);
	wp_recipe_add(&maker, &step);
	step = step_to(from + 1, at.bp, from + 6, at.bp);
	wp_recipe_add(&maker, &step);
	step = step_to(from + 6, at.bp, from + 10, addr(bp));
	wp_recipe_add(&maker, &step);
	step = step_to(from + 10, addr(bp), bp + 2, 0);
	step.by = WP_RECIPE_BY_BP;
	wp_recipe_add(&maker, &step);
	wp_recipe_end(&maker, at.top);
	return maker.recipe;
}

static int recipe_init(struct kunit *test)
{
	wp_recipe_trampoline = TRAMPOLINE;
	KUNIT_EXPECT_TRUE(test, learn(8, build(8, 4)));
	return 0;
}

static void the_same_stack(struct kunit *test)
{
	struct wp_stack *stack = kunit_kzalloc(test, sizeof(*stack), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, stack);
	KUNIT_EXPECT_TRUE(test, wp_recipe_match(&recipe, &at));
	wp_recipe_expand(&recipe, stack);
	KUNIT_ASSERT_EQ(test, (u32)stack->nr, 5u);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, (unsigned long)stack->frames[i], TEXT(i));
	KUNIT_EXPECT_EQ(test, (u32)stack->flags, 0u);
}

/* Words that are no return addresses do not count. */
static void other_variables(struct kunit *test)
{
	static const u32 slots[] = { 8, 13, 14, 17, 24, 25 };
	u32 i, j, skip;

	for (i = 0; i < TOP; i++) {
		build(8, 4);
		for (j = 0, skip = 0; j < ARRAY_SIZE(slots); j++)
			skip |= slots[j] == i;
		words[i] = 0xdddd;
		KUNIT_EXPECT_EQ_MSG(test, wp_recipe_match(&recipe, &at), !skip || i == 24,
				    "word %u", i);
	}
}

/* The entry of a system call leaves a gap of random size; depth does not matter. */
static void another_gap_and_depth(struct kunit *test)
{
	u32 gap, from;

	for (from = 0; from < 16; from++) {
		for (gap = 0; gap < 32; gap++) {
			build(from, gap);
			KUNIT_EXPECT_TRUE_MSG(test, wp_recipe_match(&recipe, &at), "gap %u", gap);
		}
	}
}

static void a_changed_frame(struct kunit *test)
{
	static const u32 slots[] = { 8, 13, 17, 25 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		build(8, 4);
		words[slots[i]] += 1;
		KUNIT_EXPECT_FALSE_MSG(test, wp_recipe_match(&recipe, &at), "word %u", slots[i]);
		build(8, 4);
		words[slots[i]] &= 0xffffffff;
		KUNIT_EXPECT_FALSE_MSG(test, wp_recipe_match(&recipe, &at), "upper half, word %u",
				       slots[i]);
	}
	build(8, 4);
	at.ip++;
	KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
}

/* The same frames, but the stack does not end after them. */
static void a_shifted_top(struct kunit *test)
{
	int shift;

	for (shift = -20; shift <= 20; shift++) {
		build(8, 4);
		at.top += shift * (long)sizeof(long);
		KUNIT_EXPECT_EQ_MSG(test, wp_recipe_match(&recipe, &at), !shift, "%d words", shift);
	}
}

/* Old words look like the outer frames, but the frame register leads elsewhere. */
static void another_frame_register(struct kunit *test)
{
	static const long values[] = { 0, 1, -1, 0x1000, LONG_MAX, LONG_MIN };
	u32 i;

	for (i = 0; i < WORDS; i++) {
		u32 bp = build(8, 4);

		words[14] = addr(i);
		KUNIT_EXPECT_EQ_MSG(test, wp_recipe_match(&recipe, &at), i == bp, "word %u", i);
		words[14] = addr(i) + 4;
		KUNIT_EXPECT_FALSE_MSG(test, wp_recipe_match(&recipe, &at), "word %u and a half",
				       i);
	}
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		build(8, 4);
		words[14] = values[i];
		KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
	}
}

static void a_trampoline(struct kunit *test)
{
	/* Nobody's. */
	words[13] = TRAMPOLINE;
	KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
	/* Of an open wait, which knows the real address. */
	at.nr_calls = 2;
	at.slot[1] = addr(13);
	at.return_addr[1] = TEXT(2);
	KUNIT_EXPECT_TRUE(test, wp_recipe_match(&recipe, &at));
	/* It was called from elsewhere. */
	at.return_addr[1] = TEXT(7);
	KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
	/* Its function has returned; something else lies there. */
	at.return_addr[1] = TEXT(2);
	words[13] = TEXT(8);
	KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
}

/* What the unwinder saw at a slot is not what lies there. */
static void a_trampoline_is_not_learnt(struct kunit *test)
{
	u32 bp = build(8, 4);
	struct wp_recipe_maker maker;
	struct wp_recipe_step step = step_to(8, 0, 9, 0);

	words[8] = TEXT(99);
	wp_recipe_begin(&maker, &recipe, &at);
	wp_recipe_add(&maker, &step);
	KUNIT_EXPECT_NULL(test, maker.recipe);
	/* Unless it is ours: this is how trampolines look here. */
	at.nr_calls = 1;
	at.slot[0] = addr(8);
	at.return_addr[0] = TEXT(1);
	wp_recipe_begin(&maker, &recipe, &at);
	wp_recipe_add(&maker, &step);
	KUNIT_EXPECT_NOT_NULL(test, maker.recipe);
	KUNIT_EXPECT_EQ(test, wp_recipe_trampoline, TEXT(99));
	KUNIT_EXPECT_TRUE(test, bp > 8);
}

/* The walk ended where an outer wait's function returns to. */
static void a_cut_stack(struct kunit *test)
{
	struct wp_recipe_maker maker;
	struct wp_recipe_step step;

	build(8, 4);
	words[17] = TRAMPOLINE;
	at.cut_slot = addr(17);
	wp_recipe_begin(&maker, &recipe, &at);
	step = step_to(8, 0, 9, 0);
	wp_recipe_add(&maker, &step);
	step = step_to(9, 0, 14, 0);
	wp_recipe_add(&maker, &step);
	wp_recipe_end(&maker, at.cut_slot);
	KUNIT_ASSERT_NOT_NULL(test, maker.recipe);
	KUNIT_EXPECT_TRUE(test, wp_recipe_match(&recipe, &at));
	at.cut_slot = addr(18);
	KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
	at.cut_slot = 0;
	KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
	at.cut_slot = addr(17);
	words[17] = TEXT(3);
	KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
}

/* A function that aligns its stack keeps the end of its frame in a word. */
static void an_aligned_frame(struct kunit *test)
{
	struct wp_recipe_maker maker;
	struct wp_recipe_step step;
	u32 end;

	for (end = 14; end < 20; end++) {
		build(0, 0);
		words[10] = addr(30); /* saved frame register */
		words[8] = addr(end);
		words[end - 1] = TEXT(5);
		at.bp = addr(10);
		at.top = addr(end + 5);
		step = step_to(0, at.bp, end, addr(30));
		step.by = WP_RECIPE_AT_BP;
		step.cfa_slot = addr(8);
		wp_recipe_begin(&maker, &recipe, &at);
		wp_recipe_add(&maker, &step);
		wp_recipe_end(&maker, at.top);
		KUNIT_ASSERT_NOT_NULL(test, maker.recipe);
		KUNIT_EXPECT_TRUE(test, wp_recipe_match(&recipe, &at));
		words[end - 1] = TEXT(6);
		KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
		words[end] = TEXT(5);
		words[8] = addr(end + 1);
		KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
		at.top = addr(end + 6);
		KUNIT_EXPECT_TRUE(test, wp_recipe_match(&recipe, &at));
		words[8] = 0;
		KUNIT_EXPECT_FALSE(test, wp_recipe_match(&recipe, &at));
	}
}

/* What cannot be recognised for certain has no recipe. */
static void no_recipe(struct kunit *test)
{
	struct wp_recipe_maker maker;
	struct wp_recipe_step step;
	u32 bp, i;

	/* Two words hold the frame register: nobody knows which one it is from. */
	bp = build(8, 4);
	words[15] = words[14];
	KUNIT_EXPECT_FALSE(test, learn(8, bp));
	/* None does. */
	bp = build(8, 4);
	words[14] = 0;
	KUNIT_EXPECT_FALSE(test, learn(8, bp));
	/* Not kernel text. */
	bp = build(8, 4);
	words[13] = 0x12345678;
	KUNIT_EXPECT_TRUE(test, learn(8, bp));
	words[13] = 0x123456789abc;
	KUNIT_EXPECT_FALSE(test, learn(8, bp));
	/* Too deep. */
	build(0, 0);
	at.top = addr(WORDS);
	wp_recipe_begin(&maker, &recipe, &at);
	for (i = 0; i <= WP_RECIPE_WORDS; i++) {
		KUNIT_EXPECT_TRUE(test, maker.recipe);
		words[i] = TEXT(i);
		step = step_to(i, 0, i + 1, 0);
		wp_recipe_add(&maker, &step);
	}
	KUNIT_EXPECT_NULL(test, maker.recipe);
}

static struct wp_cached *remember(struct kunit *test, unsigned long ip)
{
	u32 bp = build(8, 4);

	at.ip = ip;
	at.leaf = ip;
	KUNIT_EXPECT_TRUE(test, learn(8, bp));
	return wp_stack_cache_add(&at, &recipe);
}

static struct wp_cached *find(bool readable)
{
	bool check;

	return wp_stack_cache_find(&at, readable, &check);
}

static struct waitprof_stack_cache stats_of(struct cache *cache)
{
	return cache->stats;
}

static void cache_of_stacks(struct kunit *test)
{
	struct wp_cached *first, *found;
	struct waitprof_stack_cache now;
	struct cache *cache;
	unsigned long flags;
	u32 i;

	KUNIT_ASSERT_EQ(test, wp_stack_cache_get(), 0);
	local_irq_save(flags);
	cache = this_cache();
	first = remember(test, TEXT(0));
	wp_cached_set_id(first, 2, 77, 5);
	found = find(true);
	KUNIT_EXPECT_PTR_EQ(test, found, first);
	KUNIT_EXPECT_EQ(test, wp_cached_id(first, 2, 77), 5u);
	KUNIT_EXPECT_EQ(test, wp_cached_id(first, 2, 78), 0u);
	KUNIT_EXPECT_EQ(test, wp_cached_id(first, 1, 77), 0u);
	KUNIT_EXPECT_NULL(test, find(false));
	words[13]++;
	KUNIT_EXPECT_NULL(test, find(true));
	now = stats_of(cache);
	KUNIT_EXPECT_EQ(test, (u64)now.hits, 1ULL);
	KUNIT_EXPECT_EQ(test, (u64)now.misses, 2ULL);

	/* Other code: all of it is forgotten. */
	build(8, 4);
	wp_stack_cache_flush();
	KUNIT_EXPECT_NULL(test, find(true));
	first = remember(test, TEXT(0));
	KUNIT_EXPECT_PTR_EQ(test, find(true), first);
	KUNIT_EXPECT_EQ(test, wp_cached_id(first, 2, 77), 0u);

	/* Found wrong: forgotten. */
	wp_stack_cache_disagree(first);
	KUNIT_EXPECT_NULL(test, find(true));

	/* Four ways of a set: the fifth stack of a key takes the first one's. */
	KUNIT_EXPECT_EQ(test, (u64)stats_of(cache).evictions, 0ULL);
	for (i = 0; i < 5; i++) {
		u32 bp = build(8, 4);

		words[13] = TEXT(100 + i);
		KUNIT_EXPECT_TRUE(test, learn(8, bp));
		wp_stack_cache_add(&at, &recipe);
	}
	KUNIT_EXPECT_TRUE(test, stats_of(cache).evictions >= 1);
	for (i = 0; i < 5; i++) {
		build(8, 4);
		words[13] = TEXT(100 + i);
		KUNIT_EXPECT_EQ(test, !find(true), i == 0);
	}
	KUNIT_EXPECT_NULL(test, wp_stack_cache_add(&at, NULL));
	KUNIT_EXPECT_EQ(test, (u64)stats_of(cache).uncacheable, 1ULL);
	local_irq_restore(flags);
	wp_stack_cache_exit();
}

static struct kunit_case recipe_cases[] = {
	KUNIT_CASE(the_same_stack),
	KUNIT_CASE(other_variables),
	KUNIT_CASE(another_gap_and_depth),
	KUNIT_CASE(a_changed_frame),
	KUNIT_CASE(a_shifted_top),
	KUNIT_CASE(another_frame_register),
	KUNIT_CASE(a_trampoline),
	KUNIT_CASE(a_trampoline_is_not_learnt),
	KUNIT_CASE(a_cut_stack),
	KUNIT_CASE(an_aligned_frame),
	KUNIT_CASE(no_recipe),
	KUNIT_CASE(cache_of_stacks),
	{},
};

static struct kunit_suite recipe_suite = {
	.name = "stack_recipe",
	.init = recipe_init,
	.test_cases = recipe_cases,
};

kunit_test_suite(recipe_suite);
