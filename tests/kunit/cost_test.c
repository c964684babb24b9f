// SPDX-License-Identifier: GPL-2.0-only
/*
 * What handlers cost and who is charged, by a clock of our own: it goes on only when
 * it is told to.
 */
#include <kunit/test.h>
#include <linux/ktime.h>

static u64 clock_ns;

static u64 read_clock(void)
{
	return clock_ns;
}

/* What a handler on another CPU does between two words that are read of it. */
static void (*between)(void);

static void read_barrier(void)
{
	void (*once)(void) = between;

	between = NULL;
	if (once)
		once();
	barrier();
}

#define ktime_get_mono_fast_ns read_clock
#undef smp_rmb
#define smp_rmb read_barrier
#include "../../kmod/cost.c"
#undef ktime_get_mono_fast_ns

#define CALLS 100000

struct wp_session __rcu *wp_sessions[WAITPROF_MAX_SESSIONS];
static u32 every;

u32 wp_param_cost_every(void)
{
	return every;
}

static int set_up(struct kunit *test)
{
	every = 64;
	clock_ns = 1000;
	wp_cost_look = 7;
	return wp_cost_init();
}

static void tear_down(struct kunit *test)
{
	memset(wp_sessions, 0, sizeof(wp_sessions));
	wp_cost_exit();
}

static struct wp_session *session_at(struct kunit *test, u32 index, unsigned long armed)
{
	struct wp_session *session = kunit_kzalloc(test, sizeof(*session), GFP_KERNEL);
	u32 cpu;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, session);
	session->cpu = kunit_kcalloc(test, nr_cpu_ids, sizeof(*session->cpu), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, session->cpu);
	for_each_possible_cpu(cpu) {
		session->cpu[cpu] = kunit_kzalloc(test, sizeof(**session->cpu), GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, session->cpu[cpu]);
	}
	session->index = index;
	session->armed = armed;
	RCU_INIT_POINTER(wp_sessions[index], session);
	return session;
}

static u64 charged(const struct wp_session *session)
{
	u64 sum = 0;
	u32 cpu;

	for_each_possible_cpu(cpu)
		sum += session->cpu[cpu]->charge.ns;
	return sum;
}

/* Nobody else comes between, and the CPU stays. */
#define ON_ONE_CPU(statement)      \
	do {                       \
		preempt_disable(); \
		statement;         \
		preempt_enable();  \
	} while (0)

/* A handler that takes so long. */
static void call(u32 handler, u64 hooks, u64 takes_ns)
{
	bool timed = wp_cost_begin_if_due(handler, hooks);

	clock_ns += takes_ns;
	wp_cost_end_if(timed);
}

static void many_calls(u32 nr, u64 each_ns)
{
	u32 i;

	for (i = 0; i < nr; i++)
		call(WAITPROF_HANDLER_END, 0, each_ns);
}

static void counts(struct kunit *test)
{
	struct waitprof_cost sum;
	u64 left;

	ON_ONE_CPU(many_calls(CALLS, 100));
	wp_cost_read(WAITPROF_HANDLER_END, &sum, NULL);
	KUNIT_EXPECT_EQ(test, sum.calls, (u64)CALLS);
	KUNIT_EXPECT_EQ(test, sum.timed_ns, 100 * sum.timed);
	KUNIT_EXPECT_EQ(test, sum.max_ns, 100ULL);
	/* All calls but those since the last timed one. */
	left = CALLS - sum.estimate_ns / 100;
	KUNIT_EXPECT_EQ(test, sum.estimate_ns % 100, 0ULL);
	KUNIT_EXPECT_LT(test, left, 2ULL * every);
	/* One in 64 on average: 1,563, give or take. */
	KUNIT_EXPECT_GT(test, sum.timed, (u64)CALLS / every * 9 / 10);
	KUNIT_EXPECT_LT(test, sum.timed, (u64)CALLS / every * 11 / 10);
	wp_cost_read(WAITPROF_HANDLER_BEGIN, &sum, NULL);
	KUNIT_EXPECT_EQ(test, sum.calls, 0ULL);
}

static void every_call(struct kunit *test)
{
	struct waitprof_cost sum;

	every = 1;
	wp_cost_exit();
	KUNIT_ASSERT_EQ(test, wp_cost_init(), 0);
	ON_ONE_CPU(many_calls(1000, 8));
	wp_cost_read(WAITPROF_HANDLER_END, &sum, NULL);
	KUNIT_EXPECT_EQ(test, sum.timed, 1000ULL);
	KUNIT_EXPECT_EQ(test, sum.estimate_ns, 8000ULL);
}

/* Where dear calls take turns with cheap ones none of them hides from the clock. */
static void steps_are_uneven(struct kunit *test)
{
	struct waitprof_cost sum;
	u64 buckets[WAITPROF_COST_BUCKETS] = {}, cheap, dear;
	u32 i;

	preempt_disable();
	for (i = 0; i < CALLS; i++)
		call(WAITPROF_HANDLER_END, 0, i % 2 ? 4 : 1000);
	preempt_enable();
	wp_cost_read(WAITPROF_HANDLER_END, &sum, buckets);
	cheap = buckets[wp_hist_bucket(4)];
	dear = buckets[wp_hist_bucket(1000)];
	KUNIT_EXPECT_EQ(test, cheap + dear, sum.timed);
	KUNIT_EXPECT_GT(test, cheap, sum.timed * 4 / 10);
	KUNIT_EXPECT_GT(test, dear, sum.timed * 4 / 10);
}

static void others_came_first(struct kunit *test)
{
	struct waitprof_cost sum;
	u32 i;

	/* Interrupts that decrement between the one that finds 0 and its begin. */
	preempt_disable();
	for (i = 0; i < 1000; i++) {
		while (!wp_cost_due(WAITPROF_HANDLER_TASK))
			;
		this_cpu_sub(wp_cost_left[WAITPROF_HANDLER_TASK], 1000);
		wp_cost_begin(WAITPROF_HANDLER_TASK, 0);
		clock_ns += 10;
		wp_cost_end();
	}
	preempt_enable();
	wp_cost_read(WAITPROF_HANDLER_TASK, &sum, NULL);
	KUNIT_EXPECT_EQ(test, sum.timed, 1000ULL);
	KUNIT_EXPECT_EQ(test, sum.estimate_ns, 10 * sum.calls);
	KUNIT_EXPECT_GT(test, sum.calls, 1000ULL * 1000);
	KUNIT_EXPECT_LT(test, sum.calls, 1000ULL * (1000 + 2 * every));
}

/* As plan() does, of the first possible CPU. */
static void plan_more(void)
{
	per_cpu_ptr(costs, 0)->handlers[WAITPROF_HANDLER_TASK].planned += every;
	per_cpu(wp_cost_left[WAITPROF_HANDLER_TASK], 0) += every;
}

static void only_left_more(void)
{
	per_cpu(wp_cost_left[WAITPROF_HANDLER_TASK], 0) += every;
}

/* Read on both sides of plan(), or in its middle, calls would be made up or go back. */
static void read_while_planned(struct kunit *test)
{
	struct handler *handler = &per_cpu_ptr(costs, 0)->handlers[WAITPROF_HANDLER_TASK];
	u64 calls = read_calls(WAITPROF_HANDLER_TASK, 0);

	KUNIT_EXPECT_EQ(test, calls, 0ULL);
	between = plan_more;
	KUNIT_EXPECT_EQ(test, read_calls(WAITPROF_HANDLER_TASK, 0), calls);
	/* All that were planned have been, the next ones are being planned. */
	calls = handler->planned;
	per_cpu(wp_cost_left[WAITPROF_HANDLER_TASK], 0) = 0;
	handler->planned += every;
	between = only_left_more;
	KUNIT_EXPECT_EQ(test, read_calls(WAITPROF_HANDLER_TASK, 0), calls);
}

static void none_in_an_nmi(struct kunit *test)
{
	struct waitprof_cost sum;
	u32 i, timed = 0;

	preempt_disable();
	preempt_count_add(NMI_OFFSET);
	for (i = 0; i < 10 * every; i++)
		timed += wp_cost_due_but_nmi(WAITPROF_HANDLER_BEGIN);
	preempt_count_sub(NMI_OFFSET);
	KUNIT_EXPECT_EQ(test, timed, 0U);
	/* The next call makes up for them. */
	KUNIT_EXPECT_TRUE(test, wp_cost_due_but_nmi(WAITPROF_HANDLER_BEGIN));
	wp_cost_begin(WAITPROF_HANDLER_BEGIN, 0);
	clock_ns += 10;
	wp_cost_end();
	preempt_enable();
	wp_cost_read(WAITPROF_HANDLER_BEGIN, &sum, NULL);
	KUNIT_EXPECT_EQ(test, sum.timed, 1ULL);
	KUNIT_EXPECT_EQ(test, sum.calls, 10ULL * every + 1);
	KUNIT_EXPECT_EQ(test, sum.estimate_ns, 10 * sum.calls);
}

static void went_to_another_cpu(struct kunit *test)
{
	struct waitprof_cost sum;
	u32 i;

	preempt_disable();
	for (i = 0; i < 1000; i++) {
		while (!wp_cost_due(WAITPROF_HANDLER_TASK))
			;
		/* It begins elsewhere: here the next one is timed in its place. */
		KUNIT_EXPECT_TRUE(test, wp_cost_due(WAITPROF_HANDLER_TASK));
		wp_cost_begin(WAITPROF_HANDLER_TASK, 0);
		clock_ns += 10;
		wp_cost_end();
		/* And the one that came from elsewhere before its time. */
		wp_cost_begin(WAITPROF_HANDLER_TASK, 0);
		clock_ns += 10;
		wp_cost_end();
	}
	preempt_enable();
	wp_cost_read(WAITPROF_HANDLER_TASK, &sum, NULL);
	KUNIT_EXPECT_EQ(test, sum.timed, 2000ULL);
	KUNIT_EXPECT_EQ(test, sum.estimate_ns, 10 * sum.calls);
}

/*
 *	begin  10  mark  5  lap a  7  lap b  3  end: 13 for both, 5 and 7 for one each
 */
static void charges(struct kunit *test)
{
	struct wp_session *a = session_at(test, 0, BIT(3)), *b = session_at(test, 5, BIT(3));
	struct wp_session *c = session_at(test, 6, BIT(3));

	every = 1;
	wp_cost_exit();
	KUNIT_ASSERT_EQ(test, wp_cost_init(), 0);
	preempt_disable();
	KUNIT_EXPECT_TRUE(test, wp_cost_due(WAITPROF_HANDLER_BEGIN));
	wp_cost_begin(WAITPROF_HANDLER_BEGIN, BIT(3));
	clock_ns += 10;
	wp_cost_mark();
	clock_ns += 5;
	wp_cost_lap(a);
	clock_ns += 7;
	wp_cost_lap(b);
	clock_ns += 3;
	wp_cost_end();
	preempt_enable();
	KUNIT_EXPECT_EQ(test, charged(a), 18ULL);
	KUNIT_EXPECT_EQ(test, charged(b), 20ULL);
	KUNIT_EXPECT_EQ(test, charged(c), 0ULL);
	KUNIT_EXPECT_FALSE(test, this_cpu_read(wp_cost_timing));
}

/* Who has armed the hook, and only they. */
static void nobody_took_part(struct kunit *test)
{
	struct wp_session *a = session_at(test, 0, BIT(3) | BIT(4));
	struct wp_session *b = session_at(test, 1, BIT(4)), *c = session_at(test, 7, BIT(3));
	struct wp_session *wakers = session_at(test, 2, WP_ARMED_WAKERS);

	every = 1;
	wp_cost_exit();
	KUNIT_ASSERT_EQ(test, wp_cost_init(), 0);
	ON_ONE_CPU(call(WAITPROF_HANDLER_BEGIN, BIT(3), 40));
	KUNIT_EXPECT_EQ(test, charged(a), 40ULL);
	KUNIT_EXPECT_EQ(test, charged(b), 0ULL);
	KUNIT_EXPECT_EQ(test, charged(c), 40ULL);
	ON_ONE_CPU(call(WAITPROF_HANDLER_WAKING, WP_ARMED_WAKERS, 9));
	KUNIT_EXPECT_EQ(test, charged(wakers), 9ULL);
	KUNIT_EXPECT_EQ(test, charged(a), 40ULL);
}

static void without_a_mark(struct kunit *test)
{
	struct wp_session *a = session_at(test, 0, BIT(0));

	every = 1;
	wp_cost_exit();
	KUNIT_ASSERT_EQ(test, wp_cost_init(), 0);
	preempt_disable();
	KUNIT_EXPECT_TRUE(test, wp_cost_due(WAITPROF_HANDLER_END));
	wp_cost_begin(WAITPROF_HANDLER_END, BIT(0));
	clock_ns += 11;
	wp_cost_lap(a);
	clock_ns += 2;
	wp_cost_lap(a);
	clock_ns += 1;
	wp_cost_end();
	preempt_enable();
	KUNIT_EXPECT_EQ(test, charged(a), 14ULL);
}

/* Deeper than there is room for: counted, not timed, and nothing is mixed up. */
static void nested(struct kunit *test)
{
	struct wp_session *a = session_at(test, 0, BIT(0));
	struct waitprof_cost sum;
	u32 i;

	every = 1;
	wp_cost_exit();
	KUNIT_ASSERT_EQ(test, wp_cost_init(), 0);
	preempt_disable();
	for (i = 0; i < WP_COST_NEST + 2; i++)
		if (wp_cost_due(WAITPROF_HANDLER_WAKING)) {
			wp_cost_begin(WAITPROF_HANDLER_WAKING, BIT(0));
			clock_ns += 1;
			wp_cost_mark();
			wp_cost_lap(a);
		}
	for (i = 0; i < WP_COST_NEST + 2; i++) {
		clock_ns += 10;
		wp_cost_end();
	}
	preempt_enable();
	wp_cost_read(WAITPROF_HANDLER_WAKING, &sum, NULL);
	KUNIT_EXPECT_EQ(test, sum.calls, (u64)WP_COST_NEST + 2);
	KUNIT_EXPECT_EQ(test, sum.timed, (u64)WP_COST_NEST);
	/* Of the outermost one: its own, and the time of all others. */
	KUNIT_EXPECT_EQ(test, sum.max_ns, (u64)(WP_COST_NEST + 2) * 11);
	KUNIT_EXPECT_FALSE(test, this_cpu_read(wp_cost_timing));
	KUNIT_EXPECT_FALSE(test, irqs_disabled());
}

static u64 peak_of_all(void)
{
	u64 peak_ns = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		peak_ns = max(peak_ns, wp_cost_of_cpu(cpu)->peak_ns);
	return peak_ns;
}

static void peaks(struct kunit *test)
{
	struct wp_session *a = session_at(test, 0, BIT(0));
	struct wp_charge *charge;

	every = 1;
	wp_cost_exit();
	KUNIT_ASSERT_EQ(test, wp_cost_init(), 0);
	preempt_disable();
	charge = &a->cpu[smp_processor_id()]->charge;
	call(WAITPROF_HANDLER_END, BIT(0), 5);
	call(WAITPROF_HANDLER_END, BIT(0), 500);
	call(WAITPROF_HANDLER_END, BIT(0), 50);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, charge->peak_ns, 500ULL);
	KUNIT_EXPECT_EQ(test, charge->look, 7U);
	KUNIT_EXPECT_EQ(test, peak_of_all(), 500ULL);
	wp_cost_look++;
	preempt_disable();
	charge = &a->cpu[smp_processor_id()]->charge;
	call(WAITPROF_HANDLER_END, BIT(0), 6);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, charge->peak_ns, 6ULL);
	KUNIT_EXPECT_EQ(test, charge->look, 8U);
	/* Perhaps on another CPU. */
	KUNIT_EXPECT_TRUE(test, peak_of_all() == 6 || peak_of_all() == 500);
}

static struct kunit_case cost_cases[] = {
	KUNIT_CASE(counts),
	KUNIT_CASE(every_call),
	KUNIT_CASE(steps_are_uneven),
	KUNIT_CASE(others_came_first),
	KUNIT_CASE(read_while_planned),
	KUNIT_CASE(none_in_an_nmi),
	KUNIT_CASE(went_to_another_cpu),
	KUNIT_CASE(charges),
	KUNIT_CASE(nobody_took_part),
	KUNIT_CASE(without_a_mark),
	KUNIT_CASE(nested),
	KUNIT_CASE(peaks),
	{},
};

static struct kunit_suite cost_suite = {
	.name = "cost",
	.init = set_up,
	.exit = tear_down,
	.test_cases = cost_cases,
};

kunit_test_suites(&cost_suite);
