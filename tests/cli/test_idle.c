// SPDX-License-Identifier: GPL-2.0-only
/* Functions that a user calls idle: what the file may hold, what it matches. */
#include "cmocka_setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/idle.h"

static int read_text(const char *text, size_t len, struct idle **idle, size_t *line)
{
	char path[] = "/tmp/test_idle.XXXXXX";
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
	ret = idle_read(path, idle, line);
	unlink(path);
	return ret;
}

static bool matches(const struct idle *idle, const char *a, const char *b)
{
	const struct symbol_frame frames[] = { { .symbol = a }, { 0 }, { .symbol = b } };

	return idle_matches(idle, frames, 3);
}

static void a_list(void **state)
{
	static const char text[] = "# comment\n\n  worker_wait  \r\n\tPool::pop*\nlast?";
	struct idle *idle;
	size_t line;

	(void)state;
	assert_int_equal(read_text(text, strlen(text), &idle, &line), 0);
	assert_true(matches(idle, "futex", "worker_wait"));
	assert_true(matches(idle, "Pool::pop<int>", "main"));
	assert_true(matches(idle, "main", "last1"));
	assert_false(matches(idle, "main", "my_worker_wait"));
	assert_false(matches(idle, "main", "# comment"));
	assert_false(matches(NULL, "main", "worker_wait"));
	idle_free(idle);
}

static void no_list(void **state)
{
	struct idle *idle;
	size_t line;

	(void)state;
	assert_int_equal(idle_read("/no/such/file", &idle, &line), -ENOENT);
	assert_int_equal(idle_read("/", &idle, &line), -EISDIR);
	assert_int_equal(read_text("# none\n\n", 8, &idle, &line), -ENODATA);
	assert_int_equal(line, 0);
	assert_int_equal(read_text("a\nb\0c\n", 6, &idle, &line), -EINVAL);
	assert_int_equal(line, 2);
	assert_null(idle);
}

/* The one that is installed can be read. */
static void the_example(void **state)
{
	struct idle *idle;
	size_t line;

	(void)state;
	assert_int_equal(idle_read("docs/idle.example", &idle, &line), 0);
	assert_true(matches(idle, "futex", "runtime.sysmon"));
	assert_false(matches(idle, "futex", "main"));
	idle_free(idle);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list),
		cmocka_unit_test(no_list),
		cmocka_unit_test(the_example),
	};

	return cmocka_run_group_tests_name("idle", tests, NULL, NULL);
}
