// SPDX-License-Identifier: GPL-2.0-only
/* Numbers for things that are equal. */
#include "cmocka_setup.h"

#include "util/intern.h"

static void numbers(void **state)
{
	struct intern t = { 0 };
	bool is_new;

	(void)state;
	assert_int_equal(intern_get(&t, "a", 1, &is_new), 0);
	assert_true(is_new);
	assert_int_equal(intern_get(&t, "a\0", 2, &is_new), 1);
	assert_true(is_new);
	assert_int_equal(intern_get(&t, "", 0, &is_new), 2);
	assert_true(is_new);
	assert_int_equal(intern_get(&t, "a", 1, &is_new), 0);
	assert_false(is_new);
	assert_int_equal(intern_get(&t, "", 0, NULL), 2);
	intern_free(&t);
	assert_int_equal(intern_get(&t, "b", 1, &is_new), 0);
	assert_true(is_new);
	intern_free(&t);
}

static void many(void **state)
{
	struct intern t = { 0 };
	bool is_new;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100000; i++) {
			assert_int_equal(intern_get(&t, &i, sizeof(i), &is_new), i);
			assert_int_equal(is_new, !round);
		}
	}
	assert_int_equal(t.nr, 100000);
	assert_int_equal(*(int *)t.keys[777].bytes, 777);
	intern_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
