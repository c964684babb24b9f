// SPDX-License-Identifier: GPL-2.0-only
/* Rows of equal key, differences of readings. */
#include "cmocka_setup.h"

#include "profile/profile.h"

static struct waitprof_row make(uint32_t tid, uint64_t count, uint64_t each_ns)
{
	struct waitprof_row row = {
		.class_id = WAITPROF_CLASS_FUTEX,
		.op = WAITPROF_OP_WAIT,
		.tgid = 10,
		.tid = tid,
		.count = count,
		.total_ns = count * each_ns,
		.blocked_ns = count * each_ns,
		.max_ns = each_ns,
		.ended = { count },
		.comm = "worker",
	};

	return row;
}

static void rows_of_equal_key_are_added(void **state)
{
	struct waitprof_bucket bucket = { .idx = 5, .count = 3 };
	struct waitprof_bucket outside = { .idx = WAITPROF_HIST_BUCKETS, .count = 3 };
	struct waitprof_row one = make(1, 3, 5), two = make(1, 2, 9);
	const struct profile_row *row;
	struct profile p = { 0 };

	(void)state;
	/* A bit that is no part of the key. */
	two.flags = WAITPROF_ROW_F_OWN_HIST;
	assert_int_equal(profile_add(&p, &one, &bucket, 1), 0);
	assert_int_equal(profile_add(&p, &two, &bucket, 1), 0);
	assert_int_equal(profile_add(&p, &two, &outside, 1), 0);
	assert_int_equal(p.nr, 1);
	row = profile_find(&p, &one, false);
	assert_int_equal(row->row.count, 7);
	assert_int_equal(row->row.total_ns, 15 + 18 + 18);
	assert_int_equal(row->row.max_ns, 9);
	assert_int_equal(row->row.ended[WAITPROF_END_WAKE], 7);
	assert_int_equal(row->buckets[5], 6);
	assert_string_equal(row->row.comm, "worker");
	profile_free(&p);
}

static void every_part_of_the_key_tells_rows_apart(void **state)
{
	struct waitprof_row rows[10];
	struct profile p = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++)
		rows[i] = make(1, 1, 1);
	rows[1].class_id = WAITPROF_CLASS_IO;
	rows[2].op = WAITPROF_OP_LOCK_PI;
	rows[3].tgid = 11;
	rows[4].tid = 2;
	rows[5].kstack = 1;
	rows[6].ustack = 1;
	rows[7].object = 1;
	rows[8].object_type = WAITPROF_OBJECT_UADDR;
	rows[9].flags = WAITPROF_ROW_F_OVERFLOW;
	for (int i = 0; i < 10; i++)
		assert_int_equal(profile_add(&p, &rows[i], NULL, 0), 0);
	assert_int_equal(p.nr, 10);
	assert_non_null(profile_get(&p, &rows[0], true));
	assert_int_equal(p.nr, 11);
	profile_free(&p);
}

/* One part of the key is @i, so that rows collide that differ only there. */
static struct waitprof_row make_part(int part, uint32_t i)
{
	struct waitprof_row row = make(1, i, 1);
	uint32_t *parts[] = { &row.class_id, &row.op,	  &row.tgid,	   &row.tid,
			      &row.kstack,   &row.ustack, &row.object_type };

	if (part < 7)
		*parts[part] = 100000 + i;
	else
		row.object = 100000 + i;
	return row;
}

static void many_rows_are_found_again(void **state)
{
	struct profile p = { 0 };

	(void)state;
	for (int part = 0; part < 8; part++) {
		for (uint32_t i = 1; i <= 3000; i++) {
			struct waitprof_row row = make_part(part, i);

			assert_int_equal(profile_add(&p, &row, NULL, 0), 0);
		}
	}
	assert_int_equal(p.nr, 8 * 3000);
	for (int part = 0; part < 8; part++) {
		for (uint32_t i = 1; i <= 3000; i++) {
			struct waitprof_row row = make_part(part, i);

			assert_int_equal(profile_find(&p, &row, false)->row.count, i);
		}
	}
	profile_free(&p);
}

static void difference_of_readings(void **state)
{
	struct waitprof_bucket old = { .idx = 5, .count = 3 }, new[] = { { 5, 0, 3 }, { 9, 0, 2 } };
	struct waitprof_row one = make(1, 3, 5), two = make(1, 5, 9);
	struct profile p = { 0 }, base = { 0 };

	(void)state;
	profile_add(&base, &one, &old, 1);
	two.runqueue_ns = 4;
	two.spin_ns = 1;
	profile_add(&p, &two, new, 2);
	profile_subtract(&p, &base);
	assert_int_equal(p.rows[0].row.count, 2);
	assert_int_equal(p.rows[0].row.total_ns, 45 - 15);
	assert_int_equal(p.rows[0].row.blocked_ns, 45 - 15 - 4 - 1);
	assert_int_equal(p.rows[0].row.ended[WAITPROF_END_WAKE], 2);
	assert_int_equal(p.rows[0].buckets[5], 0);
	assert_int_equal(p.rows[0].buckets[9], 2);
	/* Longer than all before: it was in the window. */
	assert_int_equal(p.rows[0].row.max_ns, 9);
	assert_false(p.rows[0].max_bound);
	profile_free(&p);
	profile_free(&base);
}

static void maximum_of_a_difference_is_a_bound(void **state)
{
	struct waitprof_bucket old = { .idx = 20, .count = 1 },
			       new[] = { { 5, 0, 2 }, { 20, 0, 1 } };
	struct waitprof_row one = make(1, 1, 24), two = make(1, 3, 24), three = make(2, 1, 24);
	struct waitprof_row four = make(2, 2, 24);
	struct profile p = { 0 }, base = { 0 };

	(void)state;
	profile_add(&base, &one, &old, 1);
	profile_add(&base, &three, NULL, 0);
	profile_add(&p, &two, new, 2);
	profile_add(&p, &four, NULL, 0);
	profile_subtract(&p, &base);
	/* By its highest bucket... */
	assert_int_equal(p.rows[0].row.max_ns, 5);
	assert_true(p.rows[0].max_bound);
	/* ... and without a histogram by the maximum since the start. */
	assert_int_equal(p.rows[1].row.max_ns, 24);
	assert_true(p.rows[1].max_bound);
	profile_free(&p);
	profile_free(&base);
}

static void nothing_new_leaves_nothing(void **state)
{
	struct waitprof_row one = make(1, 3, 5);
	struct profile p = { 0 }, base = { 0 };

	(void)state;
	profile_add(&base, &one, NULL, 0);
	profile_copy(&p, &base);
	profile_subtract(&p, &base);
	assert_int_equal(p.rows[0].row.count, 0);
	assert_int_equal(p.rows[0].row.total_ns, 0);
	assert_int_equal(p.rows[0].row.max_ns, 0);
	assert_false(p.rows[0].max_bound);
	profile_free(&p);
	profile_free(&base);
}

static void time_never_goes_back(void **state)
{
	struct waitprof_row one = make(1, 0, 0), two = make(2, 1, 7);
	struct profile now = { 0 }, base = { 0 };

	(void)state;
	one.total_ns = 100;
	profile_add(&base, &one, NULL, 0);
	profile_add(&now, &two, NULL, 0);
	assert_int_equal(profile_carry(&now, &base), 0);
	assert_int_equal(now.nr, 2);
	assert_int_equal(profile_find(&now, &one, false)->row.total_ns, 100);
	assert_int_equal(profile_find(&now, &two, false)->row.total_ns, 7);
	profile_free(&now);
	profile_free(&base);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_equal_key_are_added),
		cmocka_unit_test(every_part_of_the_key_tells_rows_apart),
		cmocka_unit_test(many_rows_are_found_again),
		cmocka_unit_test(difference_of_readings),
		cmocka_unit_test(maximum_of_a_difference_is_a_bound),
		cmocka_unit_test(nothing_new_leaves_nothing),
		cmocka_unit_test(time_never_goes_back),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
