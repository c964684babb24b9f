// SPDX-License-Identifier: GPL-2.0-only
/* What an open wait is charged, and that its parts add up to the whole. */
#include "cmocka_setup.h"

#include "collect/window.h"

#define START	   1000
#define UNRECORDED (WAITPROF_WAIT_F_CLIPPED | WAITPROF_WAIT_F_INFERRED)

static struct window_open make(uint64_t begin, uint64_t since, uint32_t flags)
{
	struct window_open open = {
		.wait = {
			.begin_ns = begin,
			.since_ns = since,
			.tgid = 10,
			.tid = 11,
			.class_id = WAITPROF_CLASS_FUTEX,
			.op = WAITPROF_OP_WAIT,
			.kstack = flags & UNRECORDED ? 0 : 3,
			.flags = flags,
		},
	};

	return open;
}

static uint64_t charge(struct window_open open, uint64_t age)
{
	window_own(&open, 1);
	return window_charge(&open, age);
}

static void seen_clipped_inferred(void **state)
{
	(void)state;
	/* Begun 300 ns into the session of 500 ns. */
	assert_int_equal(charge(make(START + 300, 200, 0), 500), 200);
	/* Begun before it: only the part inside. */
	assert_int_equal(charge(make(START - 900, 1400, WAITPROF_WAIT_F_CLIPPED), 500), 500);
	assert_int_equal(charge(make(0, 1400, WAITPROF_WAIT_F_INFERRED), 500), 500);
	assert_int_equal(charge(make(0, 100, WAITPROF_WAIT_F_INFERRED), 500), 100);
}

static void waits_inside_are_taken_off(void **state)
{
	struct window_open open[3] = {
		make(START, 500, WAITPROF_WAIT_F_OUTER),
		make(START + 100, 400, WAITPROF_WAIT_F_OUTER),
		make(START + 450, 50, 0),
	};

	(void)state;
	open[1].wait.inner_ns = 30; /* one that has ended */
	window_own(open, 3);
	assert_int_equal(open[0].own_ns, 100);
	assert_int_equal(open[1].own_ns, 400 - 30 - 50);
	assert_int_equal(open[2].own_ns, 50);
	/* Another thread's wait is not inside. */
	open[1].wait.tid = 12;
	window_own(open, 3);
	assert_int_equal(open[0].own_ns, 450);
	assert_int_equal(open[1].own_ns, 370);
}

static void cut_at_the_edge(void **state)
{
	struct window_open seen = make(START, 510, 0), late = make(START + 505, 5, 0);
	struct window_open unseen = make(0, 900000000, WAITPROF_WAIT_F_INFERRED);
	struct window_open young = make(0, 4000000, WAITPROF_WAIT_F_INFERRED);

	(void)state;
	assert_true(window_cut(&seen, START + 500, START + 520));
	assert_int_equal(seen.wait.since_ns, 500);
	assert_false(window_cut(&late, START + 500, START + 520));
	assert_true(window_cut(&unseen, START + 500, START + 520));
	assert_int_equal(unseen.wait.since_ns, 900000000 - 20);
	/* A wait that began while the session was paused was never to be seen. */
	assert_false(window_cut(&young, START + 500, START + 520));
}

/* A reading: what ended so far, and one open wait or none. */
static void read_at(struct profile *p, uint64_t ended_ns, struct window_open *open, uint64_t age)
{
	struct waitprof_row row = {
		.class_id = WAITPROF_CLASS_FUTEX,
		.op = WAITPROF_OP_WAIT,
		.tgid = 10,
		.tid = 11,
		.kstack = 3,
		.count = ended_ns ? 1 : 0,
		.total_ns = ended_ns,
		.blocked_ns = ended_ns,
		.max_ns = ended_ns,
		.ended = { ended_ns ? 1 : 0 },
	};

	if (ended_ns)
		assert_int_equal(profile_add(p, &row, NULL, 0), 0);
	if (open)
		window_own(open, 1);
	assert_int_equal(window_add(p, open, open ? 1 : 0, age, WAITPROF_SESSION_F_THREADS), 0);
}

static const struct profile_row *step(struct profile *now, struct profile *base,
				      struct profile *window)
{
	profile_free(window);
	assert_int_equal(profile_carry(now, base), 0);
	assert_int_equal(profile_copy(window, now), 0);
	profile_subtract(window, base);
	profile_free(base);
	*base = *now;
	memset(now, 0, sizeof(*now));
	assert_int_equal(window->nr, 1);
	return &window->rows[0];
}

static void a_wait_over_three_windows_is_charged_once(void **state)
{
	struct window_open at1 = make(START + 60, 40, 0), at2 = make(START + 60, 140, 0);
	struct profile now = { 0 }, base = { 0 }, window = { 0 };
	const struct profile_row *row;

	(void)state;
	read_at(&now, 0, &at1, 100);
	row = step(&now, &base, &window);
	assert_int_equal(row->row.total_ns, 40);
	assert_int_equal(row->open, 1);
	assert_int_equal(row->row.count, 0);
	read_at(&now, 0, &at2, 200);
	row = step(&now, &base, &window);
	assert_int_equal(row->row.total_ns, 100);
	assert_int_equal(row->row.max_ns, 140);
	/* Ends 50 ns into the third: 190 in all. */
	read_at(&now, 190, NULL, 300);
	row = step(&now, &base, &window);
	assert_int_equal(row->row.total_ns, 50);
	assert_int_equal(row->row.blocked_ns, 50);
	assert_int_equal(row->row.count, 1);
	assert_int_equal(row->open, 0);
	profile_free(&window);
	profile_free(&base);
}

static void a_wait_that_ends_between_two_questions_is_made_up_for(void **state)
{
	struct window_open at1 = make(START, 100, 0);
	struct profile now = { 0 }, base = { 0 }, window = { 0 };
	const struct profile_row *row;

	(void)state;
	read_at(&now, 0, &at1, 100);
	row = step(&now, &base, &window);
	assert_int_equal(row->row.total_ns, 100);
	/* Ended after the totals were read and before the open waits were. */
	read_at(&now, 0, NULL, 200);
	row = step(&now, &base, &window);
	assert_int_equal(row->row.total_ns, 0);
	read_at(&now, 195, NULL, 300);
	row = step(&now, &base, &window);
	assert_int_equal(row->row.total_ns, 95);
	profile_free(&window);
	profile_free(&base);
}

static void keys_follow_the_session(void **state)
{
	struct window_open open[2] = { make(START, 5, 0), make(START, 7, 0) };
	struct profile p = { 0 };

	(void)state;
	open[1].wait.tid = 12;
	open[1].wait.object = 0x1000;
	open[1].wait.object_type = WAITPROF_OBJECT_UADDR;
	window_own(open, 2);
	assert_int_equal(window_add(&p, open, 2, 100, 0), 0);
	assert_int_equal(p.nr, 1);
	assert_int_equal(p.rows[0].row.tid, 0);
	assert_int_equal(p.rows[0].open, 2);
	assert_int_equal(p.rows[0].row.last_object, 0x1000);
	profile_free(&p);
	assert_int_equal(window_add(&p, open, 2, 100, WAITPROF_SESSION_F_OBJECTS), 0);
	assert_int_equal(p.nr, 2);
	profile_free(&p);
	/* Without a class it is no wait of ours. */
	open[0].wait.class_id = WAITPROF_CLASS_NONE;
	assert_int_equal(window_add(&p, open, 1, 100, 0), 0);
	assert_int_equal(p.nr, 0);
	profile_free(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(seen_clipped_inferred),
		cmocka_unit_test(waits_inside_are_taken_off),
		cmocka_unit_test(cut_at_the_edge),
		cmocka_unit_test(a_wait_over_three_windows_is_charged_once),
		cmocka_unit_test(a_wait_that_ends_between_two_questions_is_made_up_for),
		cmocka_unit_test(keys_follow_the_session),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
