// SPDX-License-Identifier: GPL-2.0-only
/* Rows of a profile into rows of a report. */
#include "cmocka_setup.h"

#include <stdio.h>

#include "profile/group.h"

static struct profile profile;

static struct profile_row *add(uint32_t tgid, uint32_t tid, uint32_t class_id, uint32_t kstack,
			       uint64_t count, uint64_t total_ns)
{
	struct waitprof_row row = {
		.class_id = class_id,
		.op = class_id == WAITPROF_CLASS_FUTEX ? WAITPROF_OP_WAIT : WAITPROF_OP_NONE,
		.tgid = tgid,
		.tid = tid,
		.kstack = kstack,
		.count = count,
		.total_ns = total_ns,
		.max_ns = count ? total_ns / count : 0,
		.ended = { count },
	};

	snprintf(row.comm, sizeof(row.comm), "t%u", tid);
	assert_int_equal(profile_add(&profile, &row, NULL, 0), 0);
	return profile_get(&profile, &row, false);
}

/* Stacks 1 and 2 have the call site "a", all others "b". */
static void name(const struct profile_row *from, struct report_row *to, void *arg)
{
	(*(int *)arg)++;
	snprintf(to->site, sizeof(to->site), "%s", from->row.kstack <= 2 ? "a" : "b");
	to->waker.flags = from->row.waker_flags;
	to->waker.tgid = from->row.waker_tgid;
	snprintf(to->waker.site, sizeof(to->waker.site), "w%u", from->row.waker_kstack);
}

static int group(enum group_by by, enum group_sort sort, struct report *report)
{
	int nr_named = 0;

	memset(report, 0, sizeof(*report));
	assert_int_equal(group_profile(&profile, by, name, &nr_named, report), 0);
	group_sort_rows(report->rows, report->nr_rows, sort);
	return nr_named;
}

static int fill(void **state)
{
	(void)state;
	profile_free(&profile);
	add(10, 11, WAITPROF_CLASS_FUTEX, 1, 2, 100);
	add(10, 12, WAITPROF_CLASS_FUTEX, 2, 1, 300);
	add(10, 12, WAITPROF_CLASS_FUTEX, 3, 9, 90);
	add(10, 12, WAITPROF_CLASS_IO, 3, 1, 50);
	add(20, 21, WAITPROF_CLASS_FUTEX, 1, 1, 10);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	profile_free(&profile);
	return 0;
}

static void by_callsite(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(group(GROUP_BY_CALLSITE, GROUP_SORT_TOTAL, &r), 5);
	assert_int_equal(r.nr_rows, 4);
	assert_int_equal(r.total_ns, 550);
	assert_string_equal(r.rows[0].site, "a");
	assert_int_equal(r.rows[0].sum.tgid, 10);
	assert_int_equal(r.rows[0].sum.tid, 0); /* two threads */
	assert_int_equal(r.rows[0].sum.op, WAITPROF_OP_WAIT);
	assert_int_equal(r.rows[0].sum.count, 3);
	assert_int_equal(r.rows[0].sum.total_ns, 400);
	assert_int_equal(r.rows[0].sum.max_ns, 300);
	assert_int_equal(r.rows[0].sum.kstack, 2); /* the costliest */
	assert_string_equal(r.rows[0].sum.comm, "t12");
	report_free(&r);
}

static void by_the_others(void **state)
{
	struct report r;

	(void)state;
	/* Only a group's first row is named. */
	assert_int_equal(group(GROUP_BY_THREAD, GROUP_SORT_TOTAL, &r), 4);
	assert_int_equal(r.nr_rows, 4);
	assert_int_equal(r.rows[0].sum.tid, 12);
	assert_int_equal(r.rows[0].sum.total_ns, 390);
	report_free(&r);
	group(GROUP_BY_PROCESS, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 3);
	assert_int_equal(r.rows[0].sum.total_ns, 490);
	report_free(&r);
	group(GROUP_BY_CLASS, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 2);
	assert_int_equal(r.rows[0].sum.total_ns, 500);
	assert_int_equal(r.rows[0].sum.tgid, 0);
	report_free(&r);
}

static void sorted(void **state)
{
	struct report r;

	(void)state;
	group(GROUP_BY_CALLSITE, GROUP_SORT_COUNT, &r);
	assert_int_equal(r.rows[0].sum.count, 9);
	report_free(&r);
	group(GROUP_BY_CALLSITE, GROUP_SORT_MAX, &r);
	assert_int_equal(r.rows[0].sum.max_ns, 300);
	assert_int_equal(r.rows[1].sum.max_ns, 50);
	report_free(&r);
	group(GROUP_BY_CALLSITE, GROUP_SORT_AVG, &r);
	assert_int_equal(group_avg(&r.rows[0]), 133);
	assert_int_equal(group_avg(&r.rows[1]), 50);
	report_free(&r);
}

static void futexes_of_two_processes_are_two_objects(void **state)
{
	struct report r;

	(void)state;
	for (size_t i = 0; i < profile.nr; i++) {
		profile.rows[i].row.object = 0x1000;
		profile.rows[i].row.object_type =
			profile.rows[i].row.class_id == WAITPROF_CLASS_IO ? WAITPROF_OBJECT_DEV :
									    WAITPROF_OBJECT_UADDR;
	}
	group(GROUP_BY_OBJECT, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 3);
	report_free(&r);
}

/* What a lock is waited for in, and let go in, is told of the lock as a whole. */
static void a_lock_has_the_code_around_it(void **state)
{
	struct report r;

	(void)state;
	profile_free(&profile);
	add(10, 11, WAITPROF_CLASS_MUTEX, 1, 2, 100);
	add(10, 12, WAITPROF_CLASS_MUTEX, 3, 9, 70);
	add(10, 13, WAITPROF_CLASS_MUTEX, 4, 9, 70);
	for (size_t i = 0; i < profile.nr; i++) {
		profile.rows[i].row.object = 0xffff000000001000;
		profile.rows[i].row.object_type = WAITPROF_OBJECT_KADDR;
		profile.rows[i].row.waker_flags = i ? WAITPROF_WAKER_F_KNOWN : 0;
		profile.rows[i].row.waker_kstack = (uint32_t)i;
	}
	add(10, 13, WAITPROF_CLASS_IO, 5, 1, 1);
	group(GROUP_BY_OBJECT, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 2);
	assert_int_equal(r.rows[0].lock.waits.nr, 2);
	assert_string_equal(r.rows[0].lock.waits.names[0], "b");
	assert_string_equal(r.rows[0].lock.waits.names[1], "a");
	assert_int_equal(r.rows[0].lock.wakers.nr, 2);
	assert_string_equal(r.rows[0].lock.wakers.names[0], "w1");
	assert_int_equal(r.rows[1].lock.waits.nr, 0);
	report_free(&r);
	group(GROUP_BY_CLASS, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.rows[0].lock.waits.nr, 0);
	report_free(&r);
}

static void idle_rows_are_left_out_and_open_ones_count(void **state)
{
	struct report r;

	(void)state;
	add(30, 31, WAITPROF_CLASS_FUTEX, 1, 0, 0);
	add(40, 41, WAITPROF_CLASS_FUTEX, 1, 0, 0)->open = 2;
	group(GROUP_BY_PROCESS, GROUP_SORT_COUNT, &r);
	assert_int_equal(r.nr_rows, 4);
	assert_int_equal(r.rows[1].sum.tgid, 40);
	assert_int_equal(group_count(&r.rows[1]), 2);
	report_free(&r);
}

static void inferred_and_measured_stay_apart(void **state)
{
	struct waitprof_row key = { .class_id = WAITPROF_CLASS_FUTEX, .tgid = 10, .tid = 11 };
	struct report r;

	(void)state;
	profile_get(&profile, &key, true)->open = 1;
	group(GROUP_BY_CLASS, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 3);
	assert_true(r.rows[2].inferred);
	report_free(&r);
}

static void a_classs_own_histogram_counts_by_class_only(void **state)
{
	struct waitprof_row row = { .class_id = WAITPROF_CLASS_FUTEX,
				    .flags = WAITPROF_ROW_F_FALLBACK_HIST };
	struct waitprof_bucket bucket = { .idx = 3, .count = 7 };
	struct report r;

	(void)state;
	profile_add(&profile, &row, &bucket, 1);
	group(GROUP_BY_CLASS, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 2);
	assert_int_equal(r.rows[0].buckets[3], 7);
	report_free(&r);
	group(GROUP_BY_PROCESS, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 3);
	report_free(&r);
}

static void kinds(void **state)
{
	struct report r;

	(void)state;
	profile_free(&profile);
	add(10, 11, WAITPROF_CLASS_IO, 1, 1, 100)->kind = KIND_TAG;
	add(10, 11, WAITPROF_CLASS_IO, 2, 1, 200)->kind = KIND_PAGE;
	add(10, 12, WAITPROF_CLASS_IO, 2, 1, 50)->kind = KIND_PAGE;
	/* One call site, two kinds: two things to look into. */
	group(GROUP_BY_CALLSITE, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 2);
	assert_int_equal(r.rows[0].kind, KIND_PAGE);
	assert_int_equal(r.rows[0].sum.total_ns, 250);
	assert_int_equal(r.rows[1].kind, KIND_TAG);
	report_free(&r);
	group(GROUP_BY_THREAD, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 2);
	assert_int_equal(r.rows[0].kind, KIND_NONE);
	assert_int_equal(r.rows[1].kind, KIND_PAGE);
	report_free(&r);
}

static void add_woken(uint32_t kstack, uint32_t waker_tgid, uint32_t waker_kstack, uint16_t flags,
		      uint64_t total_ns)
{
	struct waitprof_row row = {
		.class_id = WAITPROF_CLASS_FUTEX,
		.tgid = 10,
		.kstack = kstack,
		.waker_tgid = waker_tgid,
		.waker_kstack = waker_kstack,
		.waker_flags = flags,
		.count = 1,
		.total_ns = total_ns,
		.max_ns = total_ns,
		.comm = "t",
	};

	assert_int_equal(profile_add(&profile, &row, NULL, 0), 0);
}

static void pairs_of_sites(void **state)
{
	const uint16_t task = WAITPROF_WAKER_F_KNOWN;
	const uint16_t hard = WAITPROF_WAKER_F_KNOWN | WAITPROF_WAKER_F_HARDIRQ;
	struct report r;

	(void)state;
	profile_free(&profile);
	add_woken(1, 20, 1, task, 100);
	add_woken(2, 20, 1, task, 200); /* the same two sites */
	add_woken(3, 20, 1, task, 40); /* another one that waits */
	add_woken(1, 30, 1, task, 30); /* of another process */
	add_woken(1, 20, 2, task, 20); /* from elsewhere */
	add_woken(1, 0, 1, hard, 10); /* an interrupt */
	add_woken(1, 0, 0, 0, 5); /* nobody */
	group(GROUP_BY_WAKER, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 6);
	assert_int_equal(r.rows[0].sum.total_ns, 300);
	assert_string_equal(r.rows[0].waker.site, "w1");
	assert_int_equal(r.rows[0].waker.tgid, 20);
	assert_int_equal(r.rows[4].waker.flags, hard);
	assert_int_equal(r.rows[5].waker.flags, 0);
	report_free(&r);
	/* Else the costliest part says who. */
	group(GROUP_BY_CALLSITE, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 2);
	assert_int_equal(r.rows[0].sum.count, 6);
	assert_int_equal(r.rows[0].waker.tgid, 20);
	report_free(&r);
}

static void left_out(void **state)
{
	struct report r;

	(void)state;
	for (size_t i = 0; i < profile.nr; i++)
		profile.rows[i].left_out = profile.rows[i].row.class_id == WAITPROF_CLASS_IO;
	group(GROUP_BY_CLASS, GROUP_SORT_TOTAL, &r);
	assert_int_equal(r.nr_rows, 1);
	assert_int_equal(r.total_ns, 500);
	report_free(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(by_callsite, fill, drop),
		cmocka_unit_test_setup_teardown(by_the_others, fill, drop),
		cmocka_unit_test_setup_teardown(sorted, fill, drop),
		cmocka_unit_test_setup_teardown(kinds, fill, drop),
		cmocka_unit_test_setup_teardown(pairs_of_sites, fill, drop),
		cmocka_unit_test_setup_teardown(left_out, fill, drop),
		cmocka_unit_test_setup_teardown(futexes_of_two_processes_are_two_objects, fill,
						drop),
		cmocka_unit_test_setup_teardown(a_lock_has_the_code_around_it, fill, drop),
		cmocka_unit_test_setup_teardown(idle_rows_are_left_out_and_open_ones_count, fill,
						drop),
		cmocka_unit_test_setup_teardown(inferred_and_measured_stay_apart, fill, drop),
		cmocka_unit_test_setup_teardown(a_classs_own_histogram_counts_by_class_only, fill,
						drop),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
