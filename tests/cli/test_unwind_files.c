// SPDX-License-Identifier: GPL-2.0-only
/* Files and their tables: each once, and no new one when the time is up. */
#include "cmocka_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unwind/unwind_files.h"

#define NR_FILES 2

static struct maps_row rows[NR_FILES];
static char *lines[NR_FILES];
static size_t rooms[NR_FILES];

/* This program's own code and that of a library it uses. */
static int set_up(void **state)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int nr = 0;

	(void)state;
	while (maps && nr < NR_FILES && getline(&lines[nr], &rooms[nr], maps) > 0) {
		if (!maps_parse(lines[nr], &rows[nr]) || *rows[nr].path != '/')
			continue;
		if (!nr || strcmp(rows[nr].path, rows[0].path))
			nr++;
	}
	if (maps)
		fclose(maps);
	return nr == NR_FILES ? 0 : -1;
}

static int clear_up(void **state)
{
	(void)state;
	for (int i = 0; i < NR_FILES; i++)
		free(lines[i]);
	return 0;
}

static void each_file_once(void **state)
{
	struct unwind_files *files = unwind_files_new();
	struct unwind_file *first = unwind_files_get(files, getpid(), &rows[0]);

	(void)state;
	assert_non_null(first);
	assert_int_equal(first->state, UNWIND_FILE_READY);
	assert_ptr_equal(unwind_files_get(files, getpid(), &rows[0]), first);
	assert_ptr_not_equal(unwind_files_get(files, getpid(), &rows[1]), first);
	unwind_files_free(files);
}

/* A table, however often it is told of. */
static bool count(void *arg, const char *name)
{
	static char last[64];

	*(int *)arg += strcmp(last, name) != 0;
	snprintf(last, sizeof(last), "%s", name);
	return false;
}

static bool refuse(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return true;
}

static void whoever_waits_may_give_up(void **state)
{
	struct unwind_files *files = unwind_files_new();
	struct unwind_file *file;

	(void)state;
	unwind_files_on_make(files, refuse, NULL);
	file = unwind_files_get(files, getpid(), &rows[0]);
	assert_non_null(file);
	assert_int_equal(file->state, UNWIND_FILE_NO_DATA);
	unwind_files_free(files);
}

static void told_of_each_table(void **state)
{
	struct unwind_files *files = unwind_files_new();
	int told = 0;

	(void)state;
	unwind_files_on_make(files, count, &told);
	unwind_files_get(files, getpid(), &rows[0]);
	assert_int_equal(told, 1);
	unwind_files_get(files, getpid(), &rows[0]);
	assert_int_equal(told, 1);
	unwind_files_get(files, getpid(), &rows[1]);
	assert_int_equal(told, 2);
	unwind_files_free(files);
}

/* One is made whatever the time, so that there is an end to it. */
static void the_time_is_up(void **state)
{
	struct unwind_files *files = unwind_files_new();
	struct unwind_file *first;

	(void)state;
	unwind_files_limit(files, 1);
	first = unwind_files_get(files, getpid(), &rows[0]);
	assert_non_null(first);
	assert_false(unwind_files_late(files));
	assert_null(unwind_files_get(files, getpid(), &rows[1]));
	assert_true(unwind_files_late(files));
	assert_ptr_equal(unwind_files_get(files, getpid(), &rows[0]), first);
	unwind_files_limit(files, 0);
	assert_false(unwind_files_late(files));
	assert_non_null(unwind_files_get(files, getpid(), &rows[1]));
	unwind_files_free(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_once),
		cmocka_unit_test(told_of_each_table),
		cmocka_unit_test(whoever_waits_may_give_up),
		cmocka_unit_test(the_time_is_up),
	};

	return cmocka_run_group_tests(tests, set_up, clear_up);
}
