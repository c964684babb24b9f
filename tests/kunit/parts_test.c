// SPDX-License-Identifier: GPL-2.0-only
/* The parts of a wait: what they are, what is clamped, and that they add up. */
#include <kunit/test.h>

#include "../../kmod/parts.c"

#define MS 1000000LL

/* Readings as growth: of switches, run_delay, sum_exec and since_exec. */
static const struct split {
	const char *name;
	u64 duration;
	u64 switches;
	s64 run_delay, sum_exec, since_exec;
	u64 blocked, runqueue, spin;
	bool clamped;
} splits[] = {
	{ "never left the CPU", 5 * MS, 0, 0, 0, 0, 0, 0, 5 * MS, false },
	{ "never left, whatever else", 5 * MS, 0, 2 * MS, MS, -MS, 0, 0, 5 * MS, false },
	{ "slept", 5 * MS, 1, 0, 0, 0, 5 * MS, 0, 0, false },
	{ "slept and queued", 5 * MS, 2, 2 * MS, 0, 0, 3 * MS, 2 * MS, 0, false },
	{ "all three", 5 * MS, 2, 2 * MS, MS, 0, 2 * MS, 2 * MS, MS, false },
	{ "spun since the update", 5 * MS, 1, 0, 2 * MS, -MS, 4 * MS, 0, MS, false },
	{ "clocks of two CPUs", 5 * MS, 1, 0, MS, -2 * MS, 5 * MS, 0, 0, true },
	{ "queued for all of it", 5 * MS, 1, 5 * MS, 0, 0, 0, 5 * MS, 0, false },
	{ "queued for longer", 5 * MS, 1, 6 * MS, 0, 0, 0, 5 * MS, 0, true },
	{ "queued and spun for all", 5 * MS, 1, 3 * MS, 2 * MS, 0, 0, 3 * MS, 2 * MS, false },
	{ "queued and spun for more", 5 * MS, 1, 3 * MS, 3 * MS, 0, 0, 3 * MS, 2 * MS, true },
	{ "spun for longer", 5 * MS, 1, 0, 6 * MS, 0, 0, 0, 5 * MS, true },
	{ "run_delay went back", 5 * MS, 1, -1, 0, 0, 0, 5 * MS, 0, true },
	{ "no time at all", 0, 1, 0, 0, 0, 0, 0, 0, false },
	{ "no time, all clamped", 0, 1, 1, 1, 0, 0, 0, 0, true },
	{ "one nanosecond", 1, 1, 0, 0, 0, 1, 0, 0, false },
	{ "a year", 31536000000LL * MS, 1, MS, 0, 0, 31535999999LL * MS, MS, 0, false },
};

static void split(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(splits); i++) {
		const struct split *row = &splits[i];
		const struct wp_mark begin = { 7, 3 * MS, 40 * MS, 5 * MS };
		const struct wp_mark end = {
			begin.switches + row->switches,
			begin.run_delay_ns + row->run_delay,
			begin.sum_exec_ns + row->sum_exec,
			begin.since_exec_ns + row->since_exec,
		};
		struct wp_parts parts;

		KUNIT_EXPECT_EQ_MSG(test, wp_parts_split(&parts, row->duration, &begin, &end),
				    row->clamped, "%s", row->name);
		KUNIT_EXPECT_EQ_MSG(test, parts.blocked_ns, row->blocked, "%s", row->name);
		KUNIT_EXPECT_EQ_MSG(test, parts.runqueue_ns, row->runqueue, "%s", row->name);
		KUNIT_EXPECT_EQ_MSG(test, parts.spin_ns, row->spin, "%s", row->name);
	}
}

static const struct subtraction {
	const char *name;
	u64 blocked, runqueue, spin;
	u64 inner, inner_runqueue, inner_spin;
	u64 want_blocked, want_runqueue, want_spin;
	bool clamped;
} subtractions[] = {
	{ "nothing inside", 10, 5, 3, 0, 0, 0, 10, 5, 3, false },
	{ "blocked inside", 10, 5, 3, 4, 0, 0, 6, 5, 3, false },
	{ "some of each", 10, 5, 3, 6, 2, 1, 7, 3, 2, false },
	{ "all of it", 10, 5, 3, 18, 5, 3, 0, 0, 0, false },
	{ "more run-queue inside than there was", 10, 5, 3, 8, 6, 0, 7, 0, 3, true },
	{ "more spin inside than there was", 10, 5, 3, 8, 0, 4, 5, 5, 0, true },
	{ "run-queue larger than the own time", 0, 9, 0, 5, 0, 0, 0, 4, 0, true },
	{ "spin larger than what is left", 2, 2, 6, 5, 1, 0, 0, 1, 4, true },
	{ "whole, yet parts left", 5, 5, 5, 15, 0, 0, 0, 0, 0, true },
};

static void subtract(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(subtractions); i++) {
		const struct subtraction *row = &subtractions[i];
		struct wp_parts parts = { row->blocked, row->runqueue, row->spin };
		u64 duration = row->blocked + row->runqueue + row->spin;

		KUNIT_EXPECT_EQ_MSG(test,
				    wp_parts_subtract(&parts, duration, row->inner,
						      row->inner_runqueue, row->inner_spin),
				    row->clamped, "%s", row->name);
		KUNIT_EXPECT_EQ_MSG(test, parts.blocked_ns, row->want_blocked, "%s", row->name);
		KUNIT_EXPECT_EQ_MSG(test, parts.runqueue_ns, row->want_runqueue, "%s", row->name);
		KUNIT_EXPECT_EQ_MSG(test, parts.spin_ns, row->want_spin, "%s", row->name);
	}
}

/* Whatever the scheduler says: the parts add up, first and after a subtraction. */
static void add_up(struct kunit *test)
{
	static const s64 growths[] = { -3 * MS, -1, 0, 1, MS, 5 * MS, 9 * MS, S64_MAX / 2 };
	static const u64 inners[] = { 0, 1, 2 * MS, 5 * MS };
	const u64 duration = 5 * MS;
	u32 i;

	/* Every combination: three growths, three times a bit of what lay inside. */
	for (i = 0; i < 8 * 8 * 8 * 4; i++) {
		u32 delay = i % 8, exec = i / 8 % 8, since = i / 64 % 8;
		const struct wp_mark begin = {};
		const struct wp_mark end = { 1, growths[delay], growths[exec], growths[since] };
		u64 inner = inners[i / 512];
		struct wp_parts p;

		wp_parts_split(&p, duration, &begin, &end);
		KUNIT_EXPECT_EQ(test, p.blocked_ns + p.runqueue_ns + p.spin_ns, duration);
		wp_parts_subtract(&p, duration, inner, inners[delay % 4], inners[exec % 4]);
		KUNIT_EXPECT_EQ(test, p.blocked_ns + p.runqueue_ns + p.spin_ns, duration - inner);
	}
}

static void mark_read(struct kunit *test)
{
	struct wp_mark before, after;

	local_irq_disable();
	wp_mark_read(&before, ktime_get_mono_fast_ns());
	local_irq_enable();
	schedule_timeout_uninterruptible(2);
	local_irq_disable();
	wp_mark_read(&after, ktime_get_mono_fast_ns());
	local_irq_enable();
	KUNIT_EXPECT_GT(test, after.switches, before.switches);
	KUNIT_EXPECT_GE(test, after.run_delay_ns, before.run_delay_ns);
	KUNIT_EXPECT_GE(test, after.sum_exec_ns, before.sum_exec_ns);
}

static struct kunit_case parts_cases[] = {
	KUNIT_CASE(split), KUNIT_CASE(subtract), KUNIT_CASE(add_up), KUNIT_CASE(mark_read), {},
};

static struct kunit_suite parts_suite = {
	.name = "parts",
	.test_cases = parts_cases,
};

kunit_test_suites(&parts_suite);
