// SPDX-License-Identifier: GPL-2.0-only
/* Formats of other tools: what does not show in a golden file. */
#include "capture_made.h"

#include <errno.h>
#include <sys/stat.h>

#include "capture/capture.h"
#include "export/export.h"
#include "util/outfile.h"

static char path[200];

/* Left for the command itself, which tests/cli/run asks to export it. */
static void captured_mappings(void **state)
{
	const struct options options = { .by = GROUP_BY_NONE };
	struct report report = { 0 };
	struct capture *capture;
	struct made made;
	char self[200] = "";
	size_t nr = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/exported.wp", getenv("TEST_UNWIND_FOLDER"));
	unlink(path);
	made_init(&made);
	made_file(&made, path, 100);
	snprintf(path, sizeof(path), "%s/no-records.wp", getenv("TEST_UNWIND_FOLDER"));
	unlink(path);
	made_file(&made, path, 0);
	made_free(&made);
	snprintf(path, sizeof(path), "%s/exported.wp", getenv("TEST_UNWIND_FOLDER"));
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_int_equal(capture_open(&capture, path), 0);
	assert_int_equal(capture_report(capture, &options, 0, CAPTURE_ALL, &report), 0);
	assert_int_not_equal(report.begin_unix_ns, 0);
	for (size_t i = 0; i < report.nr_rows; i++) {
		const struct stack *stack = report.rows[i].ustack;
		const struct symbol_map *map = stack && stack->nr ? stack->frames[0].map : NULL;

		if (report.rows[i].kstack)
			assert_null(report.rows[i].kstack->frames[0].map);
		if (!map)
			continue;
		assert_string_equal(map->path, self);
		assert_in_range(stack->frames[0].addr, map->start, map->end - 1);
		assert_non_null(map->build_id);
		assert_true(strlen(map->build_id) >= 16);
		nr++;
	}
	assert_int_not_equal(nr, 0);
	report_free(&report);
	capture_close(capture);
}

static struct symbol_frame kernel[] = {
	{ .addr = 1, .symbol = "leaf" },
	{ .addr = 2, .symbol = "syscall" },
};

static struct symbol_frame user[] = {
	{ .addr = 0x7001, .module = "/usr/lib/libx.so", .offset = 0x1234 },
	{ .addr = 0x7002, .module = "[vdso]" },
	{ .addr = 0x7003 },
	{ .addr = 0x7004, .symbol = "main" },
};

static void steps(void **state)
{
	static const char *const want[] = {
		"[truncated]",	    "main",    "0x7003", "0x7002 [[vdso]]",
		"[libx.so+0x1234]", "syscall", "leaf"
	};
	const struct stack kstack = { .frames = kernel, .nr = 2 };
	const struct stack ustack = { .frames = user, .nr = 4, .truncated = true };
	const struct report_row row = { .kstack = &kstack, .ustack = &ustack }, none = { 0 };
	struct export_steps steps = { 0 };
	char buf[EXPORT_NAME_LEN];

	(void)state;
	assert_int_equal(export_steps_of(&steps, &row), 0);
	assert_int_equal(steps.nr, 7);
	for (size_t i = 0; i < steps.nr; i++) {
		assert_string_equal(export_step_name(buf, sizeof(buf), &steps.steps[i]), want[i]);
		assert_int_equal(steps.steps[i].is_kernel, i >= 5);
	}
	assert_int_equal(export_steps_of(&steps, &none), 0);
	assert_int_equal(steps.nr, 0);
	export_steps_free(&steps);
}

static void formats(void **state)
{
	char list[200], *save = NULL;
	size_t nr = 0;

	(void)state;
	snprintf(list, sizeof(list), "%s", export_list());
	for (char *name = strtok_r(list, ", ", &save); name; name = strtok_r(NULL, ", ", &save)) {
		assert_non_null(export_find(name));
		nr++;
	}
	assert_int_equal(nr, 7);
	assert_null(export_find("svg"));
	assert_null(export_find(""));
}

static bool holds(const char *want)
{
	char text[32] = "";
	FILE *file = fopen(path, "r");
	size_t nr;

	if (!file)
		return false;
	nr = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	return nr == strlen(want) && !strcmp(text, want);
}

static void files(void **state)
{
	struct outfile o;
	struct stat st;
	mode_t mask = umask(027);

	(void)state;
	snprintf(path, sizeof(path), "%s/outfile", getenv("TEST_UNWIND_FOLDER"));
	unlink(path);
	assert_int_equal(outfile_open(&o, path), 0);
	fputs("one", o.file);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(outfile_close(&o, true), 0);
	assert_true(holds("one"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	/* What was there stays until the new one is complete. */
	assert_int_equal(outfile_open(&o, path), 0);
	fputs("two", o.file);
	assert_int_equal(outfile_close(&o, false), 0);
	assert_true(holds("one"));
	assert_int_equal(outfile_open(&o, path), 0);
	fputs("two", o.file);
	assert_int_equal(outfile_close(&o, true), 0);
	assert_true(holds("two"));
	/* No ordinary file: it is written to, not replaced. */
	assert_int_equal(outfile_open(&o, "/dev/null"), 0);
	fputs("three", o.file);
	assert_int_equal(outfile_close(&o, true), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(outfile_open(&o, "/dev/full"), 0);
	fputs("four", o.file);
	assert_int_equal(outfile_close(&o, true), -ENOSPC);
	assert_int_equal(outfile_open(&o, "/no/such/file"), -ENOENT);
	assert_int_equal(outfile_open(&o, NULL), 0);
	assert_ptr_equal(o.file, stdout);
	assert_int_equal(outfile_close(&o, true), 0);
	umask(mask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_mappings),
		cmocka_unit_test(steps),
		cmocka_unit_test(formats),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
