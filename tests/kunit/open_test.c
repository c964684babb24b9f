// SPDX-License-Identifier: GPL-2.0-only
/* Open waits: the limit is exact, and readers see what stands. */
#include <kunit/test.h>

/* open.c itself is in map_test.c. */
#include "../../kmod/open.h"

#define NR_SLOTS 100
#define TABLE_ID 3

static struct wp_open_table table;

static int open_init(struct kunit *test)
{
	return wp_open_table_init(&table, TABLE_ID, NR_SLOTS, 3);
}

static void open_exit(struct kunit *test)
{
	wp_open_table_exit(&table);
}

static void references(struct kunit *test)
{
	static const u32 tables[] = { 0, 1, 3, 4094 };
	static const u32 slots[] = { 0, 1, 16383, WP_OPEN_MAX_SLOTS - 1 };
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (j = 0; j < ARRAY_SIZE(slots); j++) {
			u32 ref = wp_open_ref(tables[i], slots[j]);

			KUNIT_EXPECT_NE(test, ref, 0u);
			KUNIT_EXPECT_EQ(test, wp_open_ref_table(ref), tables[i]);
			KUNIT_EXPECT_EQ(test, wp_open_ref_slot(ref), slots[j]);
		}
	}
}

/* All slots, each once, whichever CPU asks; then none; then all again. */
static void exhaust(struct kunit *test)
{
	struct wp_open *held[NR_SLOTS];
	u32 cpu, i, j;

	for (cpu = 0; cpu < 3; cpu++) {
		for (i = 0; i < NR_SLOTS; i++) {
			held[i] = wp_open_get(&table, cpu);
			KUNIT_ASSERT_NOT_NULL_MSG(test, held[i], "slot %u of CPU %u", i, cpu);
			KUNIT_EXPECT_EQ(test, held[i]->self,
					wp_open_ref(TABLE_ID, held[i] - table.slots));
			for (j = 0; j < i; j++)
				KUNIT_ASSERT_PTR_NE(test, held[j], held[i]);
		}
		for (i = 0; i < 3; i++)
			KUNIT_EXPECT_NULL(test, wp_open_get(&table, i));
		/* Back to the lists of all CPUs, so the next one must look there. */
		for (i = 0; i < NR_SLOTS; i++)
			wp_open_put(&table, held[i], i % 3);
	}
}

static void one_slot(struct kunit *test)
{
	struct wp_open *wait;
	u32 i;

	wp_open_table_exit(&table);
	KUNIT_ASSERT_EQ(test, wp_open_table_init(&table, 0, 1, 3), 0);
	for (i = 0; i < 30; i++) {
		wait = wp_open_get(&table, i % 3);
		KUNIT_ASSERT_NOT_NULL(test, wait);
		KUNIT_EXPECT_NULL(test, wp_open_get(&table, (i + 1) % 3));
		wp_open_put(&table, wait, (i + 2) % 3);
	}
}

/* Readers stop behind the last slot that was ever used, by whichever CPU. */
static void looked_at(struct kunit *test)
{
	struct wp_open *first, *other;
	u32 i, end = 0;

	KUNIT_EXPECT_EQ_MSG(test, wp_open_table_end(&table), 0u, "nothing was used");
	KUNIT_EXPECT_FALSE(test, wp_open_any(&table));
	first = wp_open_get(&table, 1);
	KUNIT_ASSERT_NOT_NULL(test, first);
	end = (u32)(first - table.slots) + 1;
	KUNIT_EXPECT_EQ(test, wp_open_table_end(&table), end);
	KUNIT_EXPECT_FALSE_MSG(test, wp_open_any(&table), "not published");
	wp_open_publish(first);
	KUNIT_EXPECT_TRUE(test, wp_open_any(&table));
	other = wp_open_get(&table, 0);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_EXPECT_LT_MSG(test, (u32)(other - table.slots), end, "CPU 0 has the lowest ones");
	KUNIT_EXPECT_EQ(test, wp_open_table_end(&table), end);
	wp_open_retire(first);
	wp_open_put(&table, first, 0);
	wp_open_put(&table, other, 0);
	KUNIT_EXPECT_FALSE(test, wp_open_any(&table));
	KUNIT_EXPECT_EQ_MSG(test, wp_open_table_end(&table), end, "it may be used again");
	/* The spare, another CPU's, too, was noted by who took it from its list. */
	KUNIT_EXPECT_PTR_EQ(test, wp_open_get(&table, 0), first);
	KUNIT_EXPECT_EQ(test, wp_open_table_end(&table), end);
	for (i = 1; i < NR_SLOTS; i++)
		KUNIT_EXPECT_NOT_NULL(test, wp_open_get(&table, 2));
	KUNIT_EXPECT_EQ(test, wp_open_table_end(&table), (u32)NR_SLOTS);
}

static void reading(struct kunit *test)
{
	struct wp_open *wait = wp_open_get(&table, 0);
	struct wp_open *copy = kunit_kzalloc(test, sizeof(*copy), GFP_KERNEL);
	struct wp_open *later = kunit_kzalloc(test, sizeof(*copy), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, wait);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, copy);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, later);
	wait->tid = 77;
	wait->object = 0x1234;
	KUNIT_EXPECT_FALSE_MSG(test, wp_open_read(wait, copy), "not published");
	wp_open_publish(wait);
	KUNIT_ASSERT_TRUE_MSG(test, wp_open_read(wait, copy), "published");
	KUNIT_EXPECT_EQ(test, copy->tid, 77u);
	KUNIT_EXPECT_EQ(test, copy->object, 0x1234ull);
	KUNIT_EXPECT_EQ(test, copy->seq & 1, 1u);
	KUNIT_EXPECT_TRUE(test, wp_open_same(wait, copy));
	wp_open_retire(wait);
	KUNIT_EXPECT_FALSE_MSG(test, wp_open_same(wait, copy), "has ended");
	KUNIT_EXPECT_FALSE_MSG(test, wp_open_read(wait, later), "has ended");
	wp_open_put(&table, wait, 0);

	/* The slot put last is taken first: the same slot, another stay. */
	KUNIT_ASSERT_PTR_EQ(test, wp_open_get(&table, 0), wait);
	wp_open_publish(wait);
	KUNIT_ASSERT_TRUE(test, wp_open_read(wait, later));
	KUNIT_EXPECT_NE(test, later->seq, copy->seq);
	KUNIT_EXPECT_FALSE_MSG(test, wp_open_same(wait, copy), "an earlier stay");
	wp_open_retire(wait);
	wp_open_put(&table, wait, 0);
}

/* Entries of @size bytes by slot: is none of two CPUs' in one cache line? */
static void lines_of_two_cpus(struct kunit *test, const struct wp_open_table *of, size_t size)
{
	u32 owner[NR_SLOTS], nr = 0, cpu, i;

	for (cpu = 0; cpu < of->nr_cpus; cpu++) {
		u32 slot = (u32)atomic64_read(&of->free[cpu].head);

		for (; slot; slot = of->slots[slot - 1].next_free, nr++)
			owner[slot - 1] = cpu;
	}
	KUNIT_ASSERT_EQ(test, nr, (u32)NR_SLOTS);
	for (i = 1; i < NR_SLOTS; i++) {
		if (i * size / L1_CACHE_BYTES != (i * size - 1) / L1_CACHE_BYTES)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, owner[i], owner[i - 1], "slots %u and %u, %zu B each",
				    i - 1, i, size);
	}
}

/* What is written for each wait, on CPUs whose tasks stay there. */
static void layout(struct kunit *test)
{
	/* struct wp_side, struct wp_waker_entry; session_alloc.c checks these sizes. */
	lines_of_two_cpus(test, &table, sizeof(struct wp_open));
	lines_of_two_cpus(test, &table, 40);
	lines_of_two_cpus(test, &table, 44);
	KUNIT_EXPECT_EQ(test, (unsigned long)table.slots % L1_CACHE_BYTES, 0ul);
	KUNIT_EXPECT_EQ(test, (unsigned long)table.free % L1_CACHE_BYTES, 0ul);
	KUNIT_EXPECT_EQ(test, sizeof(struct wp_open_free) % L1_CACHE_BYTES, (size_t)0);
}

static void bytes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, wp_open_table_bytes(&table),
			(u64)NR_SLOTS * sizeof(struct wp_open) + 3ull * L1_CACHE_BYTES);
	KUNIT_EXPECT_EQ(test, sizeof(struct wp_open) % L1_CACHE_BYTES, (size_t)0);
}

static struct kunit_case open_cases[] = {
	KUNIT_CASE(references), KUNIT_CASE(exhaust), KUNIT_CASE(one_slot), KUNIT_CASE(looked_at),
	KUNIT_CASE(reading),	KUNIT_CASE(layout),  KUNIT_CASE(bytes),	   {},
};

static struct kunit_suite open_suite = {
	.name = "open",
	.init = open_init,
	.exit = open_exit,
	.test_cases = open_cases,
};

kunit_test_suites(&open_suite);
