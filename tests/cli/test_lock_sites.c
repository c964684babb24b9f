// SPDX-License-Identifier: GPL-2.0-only
/* The code around a lock. */
#include "cmocka_setup.h"

#include <stdio.h>

#include "profile/lock_sites.h"

static struct report_row row;
static char text[LOCK_SITES_LEN];

static void add(struct report_sites *to, const char *const *names, size_t nr)
{
	struct lock_sites sites = { 0 };

	for (size_t i = 0; i < nr; i++)
		assert_int_equal(lock_sites_add(&sites, names[i], "", 100 - i), 0);
	lock_sites_take(&sites, to);
}

static int fresh(void **state)
{
	(void)state;
	memset(&row, 0, sizeof(row));
	row.sum.class_id = WAITPROF_CLASS_MUTEX;
	row.sum.object = 0xffff9d0000001000;
	row.sum.object_type = WAITPROF_OBJECT_KADDR;
	return 0;
}

static void times_of_a_function_are_added(void **state)
{
	struct lock_sites sites = { 0 };
	struct report_sites found;

	(void)state;
	assert_int_equal(lock_sites_add(&sites, "small", "small+0x1", 50), 0);
	assert_int_equal(lock_sites_add(&sites, "often", "often+0x1", 30), 0);
	assert_int_equal(lock_sites_add(&sites, "often", "often+0x2", 30), 0);
	/* without a symbol the site, without a site nothing */
	assert_int_equal(lock_sites_add(&sites, NULL, "shop+0x1234", 10), 0);
	assert_int_equal(lock_sites_add(&sites, NULL, "", 90), 0);
	lock_sites_take(&sites, &found);
	assert_int_equal(found.nr, 3);
	assert_string_equal(found.names[0], "often");
	assert_string_equal(found.names[1], "small");
	assert_string_equal(found.names[2], "shop+0x1234");
	assert_null(sites.sites);
}

static void more_than_there_is_room_for_are_counted(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	char long_name[3 * REPORT_FUNCTION_LEN];
	const char *one = long_name;

	(void)state;
	add(&row.lock.waits, names, 6);
	assert_int_equal(row.lock.waits.nr, 6);
	assert_string_equal(row.lock.waits.names[3], "d");
	assert_string_equal(lock_sites_text(text, sizeof(text), &row),
			    "0xffff9d0000001000 (waited for in a, b and 4 more)");
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	add(&row.lock.waits, &one, 1);
	assert_int_equal(strlen(row.lock.waits.names[0]), REPORT_FUNCTION_LEN - 1);
}

static void who_waits_and_who_lets_go(void **state)
{
	static const char *const names[] = { "pipe_write", "pipe_read" };

	(void)state;
	assert_string_equal(lock_sites_text(text, sizeof(text), &row), "0xffff9d0000001000");
	add(&row.lock.wakers, names + 1, 1);
	assert_string_equal(lock_sites_text(text, sizeof(text), &row),
			    "0xffff9d0000001000 (woken in pipe_read)");
	add(&row.lock.waits, names, 2);
	assert_string_equal(lock_sites_text(text, sizeof(text), &row),
			    "0xffff9d0000001000 (waited for in pipe_write, pipe_read;"
			    " woken in pipe_read)");
	/* one in a variable has a name */
	snprintf(row.object_name, sizeof(row.object_name), "all_mutex");
	row.named_object = row.sum.object;
	assert_string_equal(lock_sites_text(text, sizeof(text), &row), "all_mutex");
	/* no room: cut, not overrun */
	row.object_name[0] = '\0';
	assert_int_equal(strlen(lock_sites_text(text, 30, &row)), 29);
}

static void no_object(void **state)
{
	(void)state;
	row.sum.object_type = WAITPROF_OBJECT_NONE;
	assert_string_equal(lock_sites_text(text, sizeof(text), &row), "");
	assert_false(lock_sites_wanted(&row));
}

static void only_locks_have_code(void **state)
{
	(void)state;
	assert_true(lock_sites_wanted(&row));
	row.sum.object_type = WAITPROF_OBJECT_UADDR;
	row.sum.class_id = WAITPROF_CLASS_FUTEX;
	assert_true(lock_sites_wanted(&row));
	row.sum.class_id = WAITPROF_CLASS_JOURNAL;
	assert_false(lock_sites_wanted(&row));
	row.sum.class_id = WAITPROF_CLASS_IO;
	row.sum.object_type = WAITPROF_OBJECT_DEV;
	assert_false(lock_sites_wanted(&row));
}

static void interrupts_and_signals_let_no_lock_go(void **state)
{
	(void)state;
	assert_false(lock_sites_has_waker(&row.sum));
	row.sum.waker_flags = WAITPROF_WAKER_F_KNOWN;
	assert_false(lock_sites_has_waker(&row.sum));
	row.sum.ended[WAITPROF_END_WAKE] = 1;
	assert_true(lock_sites_has_waker(&row.sum));
	row.sum.waker_flags = WAITPROF_WAKER_F_SOFTIRQ;
	assert_false(lock_sites_has_waker(&row.sum));
}

static void row_on(struct report_row *to, uint32_t tgid, uint64_t object, uint32_t type)
{
	memset(to, 0, sizeof(*to));
	to->sum.class_id = type == WAITPROF_OBJECT_UADDR ? WAITPROF_CLASS_FUTEX :
							   WAITPROF_CLASS_MUTEX;
	to->sum.tgid = tgid;
	to->sum.object = object;
	to->sum.object_type = type;
}

static void owners_of_now(void **state)
{
	struct report_row rows[4], blocked[3];
	struct report report = { .rows = rows, .nr_rows = 4, .blocked = blocked, .nr_blocked = 3 };

	(void)state;
	row_on(&rows[0], 1, 0x1000, WAITPROF_OBJECT_UADDR);
	row_on(&rows[1], 2, 0x1000, WAITPROF_OBJECT_UADDR);
	row_on(&rows[2], 0, 0x2000, WAITPROF_OBJECT_KADDR);
	row_on(&rows[3], 0, 0x3000, WAITPROF_OBJECT_KADDR);
	rows[2].sum.owner_tid = 5;
	rows[3].sum.owner_tid = 5;
	row_on(&blocked[0], 2, 0x1000, WAITPROF_OBJECT_UADDR);
	blocked[0].sum.owner_tid = 21;
	blocked[0].owner_by = OWNER_BY_GLIBC;
	snprintf(blocked[0].lock.owner, sizeof(blocked[0].lock.owner), "give_back");
	row_on(&blocked[1], 7, 0x2000, WAITPROF_OBJECT_KADDR);
	blocked[1].sum.owner_tid = 6;
	row_on(&blocked[2], 7, 0x3000, WAITPROF_OBJECT_KADDR);
	assert_int_equal(lock_sites_owners(&report), 0);
	/* the same address in another process is another futex */
	assert_int_equal(rows[0].sum.owner_tid, 0);
	assert_int_equal(rows[1].sum.owner_tid, 21);
	assert_int_equal(rows[1].owner_by, OWNER_BY_GLIBC);
	assert_string_equal(rows[1].lock.owner, "give_back");
	assert_int_equal(rows[2].sum.owner_tid, 6);
	/* who holds this one now is not known */
	assert_int_equal(rows[3].sum.owner_tid, 5);
	report.nr_blocked = 0;
	assert_int_equal(lock_sites_owners(&report), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(times_of_a_function_are_added, fresh),
		cmocka_unit_test_setup(more_than_there_is_room_for_are_counted, fresh),
		cmocka_unit_test_setup(who_waits_and_who_lets_go, fresh),
		cmocka_unit_test_setup(no_object, fresh),
		cmocka_unit_test_setup(only_locks_have_code, fresh),
		cmocka_unit_test(owners_of_now),
		cmocka_unit_test_setup(interrupts_and_signals_let_no_lock_go, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
