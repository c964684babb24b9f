// SPDX-License-Identifier: GPL-2.0-only
/* Waits that were read CPU by CPU come out in the order of their ends, once. */
#include "cmocka_setup.h"

#include "collect/records.h"

static void add(struct records *r, uint32_t cpu, uint64_t end_ns)
{
	struct waitprof_record record = { .end_ns = end_ns, .cpu = cpu, .tid = cpu + 100 };

	assert_int_equal(records_add(r, &record), 0);
}

static void take(struct records *r, uint64_t until_ns, const uint64_t *ends, size_t nr)
{
	assert_int_equal(records_due(r, until_ns), nr);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(r->rows[i].end_ns, ends[i]);
	records_drop(r, nr);
}

static void held_back_until_nothing_can_come_before(void **state)
{
	struct records r = { 0 };

	(void)state;
	/* The first reading: CPU 0, then CPU 1. */
	add(&r, 0, 10);
	add(&r, 0, 30);
	add(&r, 1, 20);
	take(&r, 5, NULL, 0);
	take(&r, 25, (const uint64_t[]){ 10, 20 }, 2);
	/* The next one brings what ended before the last of the first. */
	add(&r, 1, 29);
	add(&r, 0, 40);
	add(&r, 1, 30);
	take(&r, 30, (const uint64_t[]){ 29, 30, 30 }, 3);
	take(&r, UINT64_MAX, (const uint64_t[]){ 40 }, 1);
	take(&r, UINT64_MAX, NULL, 0);
	records_free(&r);
}

static void equal_ends_in_a_fixed_order(void **state)
{
	struct records r = { 0 };

	(void)state;
	add(&r, 2, 10);
	add(&r, 0, 10);
	add(&r, 1, 10);
	assert_int_equal(records_due(&r, 10), 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(r.rows[i].cpu, i);
	records_free(&r);
}

static void many(void **state)
{
	struct records r = { 0 };
	uint64_t next = 0;
	size_t nr;

	(void)state;
	for (uint32_t round = 0; round < 10; round++) {
		for (uint32_t cpu = 0; cpu < 4; cpu++)
			for (uint64_t i = 0; i < 100; i++)
				add(&r, cpu, round * 1000 + i * 4 + cpu);
		nr = records_due(&r, round * 1000 + 199);
		for (size_t i = 0; i < nr; i++) {
			assert_true(r.rows[i].end_ns >= next);
			next = r.rows[i].end_ns;
		}
		records_drop(&r, nr);
	}
	assert_int_equal(r.nr, 200);
	records_free(&r);
	assert_int_equal(r.nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(held_back_until_nothing_can_come_before),
		cmocka_unit_test(equal_ends_in_a_fixed_order),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
