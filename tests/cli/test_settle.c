// SPDX-License-Identifier: GPL-2.0-only
/* Time charged while a wait was open, in a session with wakers. */
#include "cmocka_setup.h"

#include "collect/settle.h"

static struct waitprof_row make(uint32_t kstack, uint16_t flags, uint32_t waker, uint64_t total_ns)
{
	struct waitprof_row row = {
		.class_id = WAITPROF_CLASS_FUTEX,
		.tgid = 10,
		.kstack = kstack,
		.waker_flags = flags,
		.waker_kstack = waker,
		.count = 1,
		.total_ns = total_ns,
		.blocked_ns = total_ns,
		.comm = "t",
	};

	return row;
}

static const struct waitprof_row *put(struct profile *p, uint32_t kstack, uint32_t waker,
				      uint64_t total_ns)
{
	struct waitprof_row row = make(kstack, waker ? WAITPROF_WAKER_F_KNOWN : 0, waker, total_ns);

	assert_int_equal(profile_add(p, &row, NULL, 0), 0);
	return &profile_find(p, &row, false)->row;
}

static uint64_t total(const struct profile *p, uint32_t kstack, uint32_t waker)
{
	struct waitprof_row key = make(kstack, waker ? WAITPROF_WAKER_F_KNOWN : 0, waker, 0);
	const struct profile_row *row = profile_find(p, &key, false);

	return row ? row->row.total_ns : 0;
}

static uint64_t sum(const struct profile *p)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->nr; i++)
		n += p->rows[i].row.total_ns;
	return n;
}

/* A reading on top of the one before, which it replaces. */
static void next(struct profile *base, struct profile *now)
{
	assert_int_equal(settle_wakers(now, base), 0);
	assert_int_equal(profile_carry(now, base), 0);
	profile_free(base);
	*base = *now;
	*now = (struct profile){ 0 };
}

static void open_then_ended(void **state)
{
	struct profile base = { 0 }, now = { 0 };

	(void)state;
	put(&now, 1, 0, 2000);
	put(&now, 2, 5, 7);
	next(&base, &now);
	assert_int_equal(sum(&base), 2007);
	/* It ended after 3000: 1000 are new. */
	put(&now, 1, 5, 3000);
	put(&now, 2, 5, 7);
	next(&base, &now);
	assert_int_equal(total(&base, 1, 0), 2000);
	assert_int_equal(total(&base, 1, 5), 1000);
	assert_int_equal(total(&base, 2, 5), 7);
	/* And nothing more happens. */
	put(&now, 1, 5, 3000);
	put(&now, 2, 5, 7);
	next(&base, &now);
	assert_int_equal(sum(&base), 3007);
	/* The next one, open for 2500 and ended after 2800 by somebody else. */
	put(&now, 1, 5, 3000);
	put(&now, 1, 0, 2500);
	next(&base, &now);
	put(&now, 1, 5, 3000);
	put(&now, 1, 6, 2800);
	next(&base, &now);
	assert_int_equal(sum(&base) - 7, 5800);
	profile_free(&base);
}

static void not_in_the_totals_yet(void **state)
{
	struct profile base = { 0 }, now = { 0 };

	(void)state;
	put(&now, 1, 0, 2000);
	next(&base, &now);
	/* Ended between the readings of totals and of open waits. */
	next(&base, &now);
	assert_int_equal(sum(&base), 2000);
	put(&now, 1, 5, 2100);
	next(&base, &now);
	assert_int_equal(sum(&base), 2100);
	profile_free(&base);
}

static void other_rows_are_left_alone(void **state)
{
	struct profile base = { 0 }, now = { 0 };

	(void)state;
	put(&now, 1, 0, 100); /* never slept: there is no waker */
	put(&now, 1, 5, 10);
	next(&base, &now);
	put(&now, 1, 0, 150);
	put(&now, 1, 5, 20);
	put(&now, 2, 5, 30);
	next(&base, &now);
	assert_int_equal(total(&base, 1, 0), 150);
	assert_int_equal(total(&base, 1, 5), 20);
	assert_int_equal(total(&base, 2, 5), 30);
	profile_free(&base);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_then_ended),
		cmocka_unit_test(not_in_the_totals_yet),
		cmocka_unit_test(other_rows_are_left_alone),
	};

	return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
