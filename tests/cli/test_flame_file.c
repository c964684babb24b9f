// SPDX-License-Identifier: GPL-2.0-only
/* Captures to pictures, by the command itself. */
#include "capture_made.h"

#include <sys/stat.h>

#include "cmd/cmd.h"
#include "cmd/complain.h"

static char folder[] = "/tmp/waitprof-flame-XXXXXX";

static const char *in_folder(const char *name)
{
	static char paths[8][64];
	static int nr;
	char *path = paths[nr++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static char *text_of(const char *name)
{
	FILE *file = fopen(in_folder(name), "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

static void assert_has(const char *text, const char *what)
{
	if (!strstr(text, what))
		print_message("no %s\n", what);
	assert_non_null(strstr(text, what));
}

static int flame(const char *input, const char *before, const char *output)
{
	const char *argv[8] = { "flame", "-i", in_folder(input), "-o", in_folder(output) };
	int argc = 5;

	if (before) {
		argv[argc++] = "--before";
		argv[argc++] = in_folder(before);
	}
	return cmd_flame(argc, (char **)argv);
}

static int setup(void **state)
{
	struct made made;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	made_init(&made);
	made_file(&made, in_folder("a.wp"), 0);
	/* Another one, in which one wait more was seen. */
	made_row(&made, 2, WAITPROF_CLASS_RWSEM, 40, 3, 8, 10, 700000);
	made_file(&made, in_folder("b.wp"), 0);
	made_free(&made);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "a.wp", "b.wp", "bad.wp", "a.svg", "change.html" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_folder(names[i]));
	/* Nothing else is left of any test. */
	return rmdir(folder);
}

static void one_capture(void **state)
{
	struct stat st;
	char *text;

	(void)state;
	assert_int_equal(flame("a.wp", NULL, "a.svg"), EXIT_FINE);
	text = text_of("a.svg");
	assert_has(text, "waitprof: a.wp, 3.00 s</text>");
	/* 3 * (25 futex + 10 mutex), 1 io, and 1 open */
	assert_has(text, "waited in 107 waits: ");
	assert_has(text, "21 requests to devices are no waits");
	assert_has(text, "Linux 6.1.0-made");
	assert_null(strstr(text, "before"));
	free(text);
	assert_int_equal(stat(in_folder("a.svg"), &st), 0);
	assert_int_equal(st.st_mode & 0600, 0600);
}

static void two_captures(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(flame("b.wp", "a.wp", "change.html"), EXIT_FINE);
	text = text_of("change.html");
	assert_has(text, "waitprof: what changed, a.wp, 3.00 s \u2192 b.wp, 3.00 s</title>");
	assert_has(text, "\"is_diff\":true");
	assert_has(text, "\"class_name\":\"rwsem\"");
	assert_has(text, "\"class_name\":\"io other\"");
	free(text);
}

/* A picture that is there stays, when there is none to replace it. */
static void no_capture(void **state)
{
	FILE *file = fopen(in_folder("bad.wp"), "w");
	char *text;

	(void)state;
	assert_non_null(file);
	fputs("no capture", file);
	fclose(file);
	assert_int_equal(flame("a.wp", NULL, "a.svg"), EXIT_FINE);
	assert_int_equal(flame("bad.wp", NULL, "a.svg"), EXIT_FAILED);
	assert_int_equal(flame("a.wp", "bad.wp", "a.svg"), EXIT_FAILED);
	assert_int_equal(flame("a.wp", "none.wp", "a.svg"), EXIT_USAGE);
	text = text_of("a.svg");
	assert_has(text, "waitprof: a.wp, 3.00 s</text>");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_capture),
		cmocka_unit_test(two_captures),
		cmocka_unit_test(no_capture),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
