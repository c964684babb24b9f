// SPDX-License-Identifier: GPL-2.0-only
/* Tables of unwind rules: what is refused, how pieces come together, the search. */
#include <kunit/test.h>

#include "../../kmod/rules.c"

#define LIMIT (1 << 20)

static struct wp_budget budget;
static struct wp_tables *tables;

static const struct waitprof_step steps[] = {
	{ .kind = WAITPROF_STEP_STOP },
	{ .kind = WAITPROF_STEP_CALL, .base = WAITPROF_BASE_RSP, .cfa_offset = 8 },
	{ .kind = WAITPROF_STEP_END },
};

static int rules_init(struct kunit *test)
{
	tables = kunit_kzalloc(test, sizeof(*tables), GFP_KERNEL);
	if (!tables)
		return -ENOMEM;
	budget = (struct wp_budget){ .limit_bytes = LIMIT };
	tables->budget = &budget;
	return 0;
}

static void rules_exit(struct kunit *test)
{
	wp_tables_exit(tables);
	KUNIT_EXPECT_EQ(test, wp_budget_used(&budget), 0ULL);
	KUNIT_EXPECT_EQ(test, tables->bytes, 0ULL);
}

static int add(u32 number, u32 total, u32 first, const struct waitprof_rule *rules, u32 nr_rules,
	       const struct waitprof_step *with_steps, u32 nr_steps)
{
	const struct wp_piece piece = {
		.number = number,
		.total = total,
		.first = first,
		.rules = rules,
		.nr_rules = nr_rules,
		.steps = with_steps,
		.nr_steps = nr_steps,
	};

	return wp_tables_add(tables, &piece, NULL);
}

/* Rows at 100, 200, 300, ...; each names the next step. */
static struct waitprof_rule *make(struct kunit *test, u32 nr)
{
	struct waitprof_rule *rules = kunit_kzalloc(test, nr * sizeof(*rules), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rules);
	for (i = 0; i < nr; i++)
		rules[i] = (struct waitprof_rule){ 100 * (i + 1), i % ARRAY_SIZE(steps) };
	return rules;
}

static void steps_refused(struct kunit *test)
{
	static const struct {
		const char *name;
		struct waitprof_step step;
		int err;
	} rows[] = {
		{ "a call", { .kind = WAITPROF_STEP_CALL, .cfa_offset = 16 }, 0 },
		{ "a call by a word",
		  { .kind = WAITPROF_STEP_CALL,
		    .base = WAITPROF_BASE_AT_RBP,
		    .cfa_offset = -8,
		    .cfa_add = 8 },
		  0 },
		{ "the last base", { .kind = WAITPROF_STEP_CALL, .base = WAITPROF_BASE_MAX }, 0 },
		{ "no such base",
		  { .kind = WAITPROF_STEP_CALL, .base = WAITPROF_BASE_MAX + 1 },
		  -EINVAL },
		{ "no such kind", { .kind = WAITPROF_STEP_MAX + 1 }, -EINVAL },
		{ "padding", { .kind = WAITPROF_STEP_STOP, .pad = 1 }, -EINVAL },
		{ "a stop with a base", { .kind = WAITPROF_STEP_STOP, .base = 1 }, -EINVAL },
		{ "an end with rbp", { .kind = WAITPROF_STEP_END, .rbp_offset = 8 }, -EINVAL },
		{ "a signal with rbx", { .kind = WAITPROF_STEP_SIGNAL, .rbx_offset = 8 }, -EINVAL },
		{ "an addition to no word", { .kind = WAITPROF_STEP_CALL, .cfa_add = 8 }, -EINVAL },
	};
	const struct waitprof_rule rule = {};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ_MSG(test, add(i + 1, 1, 0, &rule, 1, &rows[i].step, 1), rows[i].err,
				    "%s", rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, !slot_find(tables, i + 1)->table, rows[i].err != 0, "%s",
				    rows[i].name);
	}
}

static void pieces(struct kunit *test)
{
	const struct waitprof_rule *rules = make(test, 10);
	u32 generation = tables->generation;

	KUNIT_EXPECT_EQ(test, add(7, 10, 3, rules + 3, 3, NULL, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, add(7, 10, 0, rules, 3, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(7, 10, 0, rules, 3, steps, 3), 0);
	KUNIT_EXPECT_EQ(test, add(7, 10, 4, rules + 4, 3, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(7, 11, 3, rules + 3, 3, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(7, 10, 3, rules + 3, 8, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(7, 10, 3, rules + 3, 3, steps, 3), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(7, 10, 3, rules + 3, 3, NULL, 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, slot_find(tables, 7)->table, (struct wp_table *)NULL);
	KUNIT_EXPECT_EQ(test, tables->generation, generation);
	KUNIT_EXPECT_EQ(test, add(7, 10, 6, rules + 6, 4, NULL, 0), 0);
	KUNIT_EXPECT_NOT_NULL(test, slot_find(tables, 7)->table);
	KUNIT_EXPECT_EQ(test, tables->generation, generation + 1);
	KUNIT_EXPECT_EQ(test, add(7, 10, 0, rules, 3, steps, 3), -EEXIST);

	KUNIT_EXPECT_EQ(test, add(7, 0, 0, NULL, 0, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, tables->generation, generation + 2);
	KUNIT_EXPECT_EQ(test, add(7, 0, 0, NULL, 0, NULL, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, add(7, 10, 0, rules, 10, steps, 3), 0);
}

/* Begun anew, an incomplete table leaves nothing behind. */
static void begun_anew(struct kunit *test)
{
	const struct waitprof_rule *rules = make(test, 100);
	u64 used;

	KUNIT_EXPECT_EQ(test, add(1, 100, 0, rules, 3, steps, 3), 0);
	used = wp_budget_used(&budget);
	KUNIT_EXPECT_EQ(test, add(1, 100, 0, rules, 5, steps, 3), 0);
	KUNIT_EXPECT_EQ(test, wp_budget_used(&budget), used);
	KUNIT_EXPECT_EQ(test, add(1, 100, 5, rules + 4, 5, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, wp_budget_used(&budget), (u64)sizeof(struct wp_table_slot));
	KUNIT_EXPECT_EQ(test, add(1, 100, 5, rules + 5, 5, NULL, 0), -ENOENT);
}

static void search(struct kunit *test)
{
	u32 sizes[] = { 1, 2, 3, 7, 8, 1000 }, i, row;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		const struct wp_table *table;

		KUNIT_ASSERT_EQ(
			test, add(i + 1, sizes[i], 0, make(test, sizes[i]), sizes[i], steps, 3), 0);
		table = slot_find(tables, i + 1)->table;
		KUNIT_EXPECT_PTR_EQ(test, wp_table_step(table, 0),
				    (const struct waitprof_step *)NULL);
		KUNIT_EXPECT_PTR_EQ(test, wp_table_step(table, 99),
				    (const struct waitprof_step *)NULL);
		for (row = 0; row < sizes[i]; row++) {
			const struct waitprof_step *step = &table->steps[row % 3];

			KUNIT_EXPECT_PTR_EQ(test, wp_table_step(table, 100 * (row + 1)), step);
			KUNIT_EXPECT_PTR_EQ(test, wp_table_step(table, 100 * (row + 1) + 99), step);
		}
		KUNIT_EXPECT_PTR_EQ(test, wp_table_step(table, U64_MAX),
				    (const struct waitprof_step *)&table->steps[(row - 1) % 3]);
	}
}

static void memory(struct kunit *test)
{
	const struct waitprof_rule *rules = make(test, 10);
	u32 number;
	int err = 0;

	KUNIT_EXPECT_EQ(test, add(1, 10, 0, rules, 10, steps, 3), 0);
	KUNIT_EXPECT_EQ(test, wp_budget_used(&budget),
			table_bytes(10, 3) + sizeof(struct wp_table_slot));
	for (number = 2; !err && number < 1000; number++)
		err = add(number, 10000, 0, rules, 10, steps, 3);
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	KUNIT_EXPECT_LE(test, wp_budget_used(&budget), (u64)LIMIT);
	KUNIT_EXPECT_GT(test, wp_budget_used(&budget), (u64)LIMIT - table_bytes(10000, 3));
	KUNIT_EXPECT_EQ(test, add(5000, 1U << 24, 0, rules, 10, steps, 3), -ENOSPC);
	KUNIT_EXPECT_EQ(test, add(5000, U32_MAX, 0, rules, 10, steps, 3), -EINVAL);
}

static struct kunit_case rules_cases[] = {
	KUNIT_CASE(steps_refused), KUNIT_CASE(pieces), KUNIT_CASE(begun_anew),
	KUNIT_CASE(search),	   KUNIT_CASE(memory), {},
};

static struct kunit_suite rules_suite = {
	.name = "rules",
	.init = rules_init,
	.exit = rules_exit,
	.test_cases = rules_cases,
};

kunit_test_suites(&rules_suite);
