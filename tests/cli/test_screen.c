// SPDX-License-Identifier: GPL-2.0-only
/* The full screen of top as data: rows, cursor, keys. */
#include "cmocka_setup.h"

#include <stdio.h>

#include "profile/buckets.h"
#include "screen/screen.h"

#define ALL_GROUPS ((1U << GROUP_BY_NONE) - 1)

static struct profile window;
static struct screen screen;

static struct profile_row *add(uint32_t tgid, uint32_t tid, uint32_t class_id, uint32_t kstack,
			       uint64_t count, uint64_t total_ns)
{
	struct waitprof_row row = {
		.class_id = class_id,
		.tgid = tgid,
		.tid = tid,
		.kstack = kstack,
		.count = count,
		.total_ns = total_ns,
		.max_ns = count ? total_ns / count : 0,
		.ended = { count },
	};
	const struct waitprof_bucket bucket = { .idx = 100, .count = (uint32_t)count };

	snprintf(row.comm, sizeof(row.comm), "t%u", tid);
	assert_int_equal(profile_add(&window, &row, &bucket, 1), 0);
	return profile_get(&window, &row, false);
}

static void name(const struct profile_row *from, struct report_row *to, void *arg)
{
	(void)arg;
	snprintf(to->site, sizeof(to->site), "site_%u", from->row.kstack);
}

static void take(void)
{
	struct report report = { .duration_ns = 1000000000 };

	report.classes = 1U << WAITPROF_CLASS_FUTEX | 1U << WAITPROF_CLASS_IO;
	report.nr_blocked = 3;
	report.blocked = calloc(3, sizeof(*report.blocked));
	assert_non_null(report.blocked);
	for (uint32_t i = 0; i < 3; i++) {
		report.blocked[i].sum.class_id = i ? WAITPROF_CLASS_FUTEX : WAITPROF_CLASS_IO;
		report.blocked[i].sum.tgid = 10;
		report.blocked[i].sum.tid = 11 + i;
		report.blocked[i].since_ns = 1000 - i;
	}
	assert_int_equal(screen_take(&screen, &window, &report), 0);
}

static int fill(void **state)
{
	(void)state;
	memset(&screen, 0, sizeof(screen));
	screen.name = name;
	screen.who = "pid 10";
	screen.groups = ALL_GROUPS;
	screen.focus = SCREEN_WAITS;
	screen.lower = SCREEN_WAITS;
	screen.width = 80;
	add(10, 11, WAITPROF_CLASS_FUTEX, 1, 5, 500);
	add(10, 12, WAITPROF_CLASS_FUTEX, 2, 1, 300);
	add(10, 12, WAITPROF_CLASS_FUTEX, 3, 9, 90);
	add(10, 12, WAITPROF_CLASS_IO, 3, 2, 50)->kind = KIND_PAGE;
	add(10, 13, WAITPROF_CLASS_IO, 4, 1, 40)->kind = KIND_TAG;
	add(20, 21, WAITPROF_CLASS_FUTEX, 1, 1, 10);
	take();
	return 0;
}

static int empty(void **state)
{
	(void)state;
	screen_free(&screen);
	profile_free(&window);
	return 0;
}

static struct screen_list *waits(void)
{
	return &screen.lists[SCREEN_WAITS];
}

static uint64_t total_at(size_t i)
{
	assert_true(i < waits()->nr);
	return waits()->rows[i]->sum.total_ns;
}

static void keys(const char *text)
{
	for (; *text; text++)
		screen_key(&screen, *text);
}

static void test_order(void **state)
{
	(void)state;
	assert_int_equal(waits()->nr, 6);
	assert_int_equal(total_at(0), 500);
	assert_int_equal(screen_key(&screen, '>'), SCREEN_DRAW);
	assert_int_equal(screen.sort, GROUP_SORT_COUNT);
	assert_int_equal(total_at(0), 90);
	screen_key(&screen, '<');
	screen_key(&screen, '<');
	assert_int_equal(screen.sort, GROUP_SORT_AVG);
	assert_int_equal(total_at(0), 300);
}

static void test_cursor(void **state)
{
	(void)state;
	screen_list_fit(waits(), 2);
	assert_int_equal(waits()->selected, 0);
	screen_key(&screen, SCREEN_KEY_UP);
	assert_int_equal(waits()->selected, 0);
	screen_key(&screen, SCREEN_KEY_DOWN);
	screen_key(&screen, SCREEN_KEY_PAGE_DOWN);
	assert_int_equal(waits()->selected, 3);
	assert_int_equal(waits()->first, 2);
	screen_key(&screen, SCREEN_KEY_END);
	screen_key(&screen, SCREEN_KEY_DOWN);
	screen_key(&screen, SCREEN_KEY_PAGE_DOWN);
	assert_int_equal(waits()->selected, 5);
	assert_int_equal(waits()->first, 4);
	screen_key(&screen, SCREEN_KEY_PAGE_UP);
	assert_int_equal(waits()->selected, 3);
	screen_key(&screen, SCREEN_KEY_HOME);
	assert_int_equal(waits()->first, 0);
	/* More room than rows: they begin at the top. */
	screen_key(&screen, SCREEN_KEY_END);
	screen_list_fit(waits(), 20);
	assert_int_equal(waits()->first, 0);
}

/* The cursor stays with its row, but at the top with what is first. */
static void test_cursor_follows(void **state)
{
	(void)state;
	screen_key(&screen, SCREEN_KEY_DOWN);
	assert_int_equal(total_at(waits()->selected), 300);
	profile_get(&window, &window.rows[5].row, false)->row.total_ns = 10000;
	take();
	assert_int_equal(total_at(0), 10000);
	assert_int_equal(waits()->selected, 2);
	assert_int_equal(total_at(waits()->selected), 300);
	screen_key(&screen, SCREEN_KEY_HOME);
	window.rows[1].row.total_ns = 20000;
	take();
	assert_int_equal(waits()->selected, 0);
	assert_int_equal(total_at(0), 20000);
}

static void test_cursor_of_gone_row(void **state)
{
	(void)state;
	screen_key(&screen, SCREEN_KEY_END);
	window.rows[5].left_out = true;
	take();
	assert_int_equal(waits()->nr, 5);
	assert_int_equal(waits()->selected, 4);
}

static void test_filter(void **state)
{
	(void)state;
	keys("/SITE_1");
	assert_true(screen.typing);
	assert_int_equal(waits()->nr, 2);
	assert_int_equal(waits()->total, 6);
	/* Keys are text now. */
	keys("q");
	assert_string_equal(screen.filter, "SITE_1q");
	assert_int_equal(waits()->nr, 0);
	assert_int_equal(screen_key(&screen, SCREEN_KEY_BACKSPACE), SCREEN_DRAW);
	screen_key(&screen, SCREEN_KEY_ENTER);
	assert_false(screen.typing);
	assert_int_equal(waits()->nr, 2);
	take();
	assert_int_equal(waits()->nr, 2);
	screen_key(&screen, SCREEN_KEY_ESC);
	assert_int_equal(waits()->nr, 6);
	keys("/21");
	assert_int_equal(waits()->nr, 1);
	screen_key(&screen, SCREEN_KEY_ESC);
	assert_string_equal(screen.filter, "");
	assert_int_equal(waits()->nr, 6);
}

static void test_filter_bytes(void **state)
{
	(void)state;
	keys("/a");
	screen_key(&screen, 0xc3);
	screen_key(&screen, 0xa4);
	assert_string_equal(screen.filter, "a\xc3\xa4");
	screen_key(&screen, SCREEN_KEY_BACKSPACE);
	assert_string_equal(screen.filter, "a");
	for (int i = 0; i < 200; i++)
		keys("x");
	assert_int_equal(strlen(screen.filter), SCREEN_FILTER_LEN - 1);
	for (int i = 0; i < 200; i++)
		screen_key(&screen, SCREEN_KEY_BACKSPACE);
	assert_string_equal(screen.filter, "");
	/* A key that is no character is no text. */
	screen_key(&screen, SCREEN_KEY_F1);
	assert_string_equal(screen.filter, "");
}

static void test_classes(void **state)
{
	(void)state;
	keys("c");
	assert_int_equal(screen.menu, SCREEN_MENU_CLASS);
	assert_int_equal(screen_menu_nr(&screen), 2);
	keys(" ");
	assert_int_equal(screen.hidden_classes, 1U << WAITPROF_CLASS_FUTEX);
	assert_int_equal(waits()->nr, 2);
	/* Shares are those of what is seen. */
	assert_int_equal(screen.report.total_ns, 90);
	assert_int_equal(screen.lists[SCREEN_BLOCKED].nr, 1);
	keys(" j ");
	assert_int_equal(screen.hidden_classes, 1U << WAITPROF_CLASS_IO);
	assert_int_equal(waits()->nr, 4);
	screen_key(&screen, SCREEN_KEY_ESC);
	assert_int_equal(screen.menu, SCREEN_MENU_NONE);
	screen_key(&screen, SCREEN_KEY_ESC);
	assert_int_equal(waits()->nr, 6);
}

static void test_kinds(void **state)
{
	char item[64];

	(void)state;
	keys("i");
	for (size_t i = 0; i + 1 < KIND_PAGE; i++)
		keys("j");
	screen_menu_item(&screen, screen.menu_at, item, sizeof(item));
	assert_string_equal(item, "[x] page");
	keys(" ");
	screen_menu_item(&screen, screen.menu_at, item, sizeof(item));
	assert_string_equal(item, "[ ] page");
	assert_int_equal(waits()->nr, 5);
}

static void test_group(void **state)
{
	(void)state;
	keys("g");
	assert_int_equal(screen.by, GROUP_BY_THREAD);
	assert_int_equal(waits()->nr, 5);
	keys("g");
	assert_int_equal(screen.by, GROUP_BY_PROCESS);
	assert_int_equal(waits()->nr, 3);
	/* What this session cannot do is passed over, but stays in the menu. */
	screen.groups = 1U << GROUP_BY_PROCESS | 1U << GROUP_BY_CLASS;
	keys("g");
	assert_int_equal(screen.by, GROUP_BY_CLASS);
	assert_int_equal(waits()->nr, 2);
	keys("Gk");
	assert_int_equal(screen.menu_at, GROUP_BY_OBJECT);
	assert_int_equal(screen_key(&screen, SCREEN_KEY_ENTER), SCREEN_REOPEN);
	assert_int_equal(screen.wanted_by, GROUP_BY_OBJECT);
	assert_int_equal(screen.by, GROUP_BY_CLASS);
}

static void test_group_menu(void **state)
{
	char item[64];

	(void)state;
	screen.groups = 1U << GROUP_BY_CALLSITE;
	keys("G");
	assert_int_equal(screen_menu_nr(&screen), GROUP_BY_NONE);
	screen_menu_item(&screen, 0, item, sizeof(item));
	assert_string_equal(item, "* callsite");
	screen_menu_item(&screen, GROUP_BY_WAKER, item, sizeof(item));
	assert_string_equal(item, "  waker (a new session)");
	/* Round at both ends. */
	keys("k");
	assert_int_equal(screen.menu_at, GROUP_BY_WAKER);
	keys("j");
	assert_int_equal(screen.menu_at, 0);
}

static void test_detail(void **state)
{
	bool histogram = false, stack = false;

	(void)state;
	assert_int_equal(screen_key(&screen, SCREEN_KEY_ENTER), SCREEN_DRAW);
	assert_int_equal(screen.page, SCREEN_PAGE_DETAIL);
	assert_string_equal(screen.detail.lines[0], "futex  pid 10 t11  at site_1");
	for (size_t i = 0; i < screen.detail.nr; i++) {
		histogram |= !!strstr(screen.detail.lines[i], "  ###");
		stack |= !!strstr(screen.detail.lines[i], "no stack was kept");
	}
	assert_true(histogram);
	assert_true(stack);
	/* It stays with its row ... */
	window.rows[1].row.total_ns = 20000;
	take();
	assert_string_equal(screen.detail.lines[0], "futex  pid 10 t11  at site_1");
	assert_string_equal(screen.message, "");
	/* ... also when that has gone. */
	window.rows[0].left_out = true;
	take();
	assert_string_equal(screen.detail.lines[0], "futex  pid 10 t11  at site_1");
	assert_non_null(strstr(screen.message, "no such row"));
	assert_int_equal(screen_key(&screen, 'q'), SCREEN_DRAW);
	assert_int_equal(screen.page, SCREEN_PAGE_MAIN);
	assert_int_equal(screen_key(&screen, 'q'), SCREEN_QUIT);
}

static void test_detail_of_blocked(void **state)
{
	(void)state;
	keys("\t");
	assert_int_equal(screen.focus, SCREEN_BLOCKED);
	screen_key(&screen, SCREEN_KEY_DOWN);
	screen_key(&screen, SCREEN_KEY_ENTER);
	assert_memory_equal(screen.detail.lines[0], "futex  pid 10  tid 12", 21);
	screen_key(&screen, SCREEN_KEY_ESC);
	keys("\t");
	assert_int_equal(screen.focus, SCREEN_WAITS);
}

static void test_nothing_there(void **state)
{
	(void)state;
	keys("/nonsense");
	screen_key(&screen, SCREEN_KEY_ENTER);
	for (int key = SCREEN_KEY_UP; key <= SCREEN_KEY_END; key++)
		screen_key(&screen, key);
	screen_key(&screen, SCREEN_KEY_ENTER);
	assert_int_equal(screen.page, SCREEN_PAGE_MAIN);
	assert_string_equal(screen.message, "no row to look at");
	screen_drop(&screen);
	assert_int_equal(screen_arrange(&screen), 0);
	for (int key = SCREEN_KEY_UP; key <= SCREEN_KEY_F10; key++)
		screen_key(&screen, key);
	keys("ggGj\nojj\nc \ni \n");
}

static void test_requests(void **state)
{
	struct report report = { 0 };

	(void)state;
	add(10, 11, WAITPROF_CLASS_BLOCK, 0, 3, 7000);
	report.classes = 1U << WAITPROF_CLASS_BLOCK | 1U << WAITPROF_CLASS_FUTEX;
	assert_int_equal(screen_take(&screen, &window, &report), 0);
	assert_int_equal(waits()->nr, 6);
	assert_int_equal(screen.lists[SCREEN_REQUESTS].nr, 1);
	keys("\t");
	assert_int_equal(screen.focus, SCREEN_REQUESTS);
	assert_int_equal(screen.lower, SCREEN_REQUESTS);
	keys("\t\t");
	assert_int_equal(screen.lower, SCREEN_WAITS);
	/* Nothing but requests. */
	report.classes = 1U << WAITPROF_CLASS_BLOCK;
	assert_int_equal(screen_take(&screen, &window, &report), 0);
	assert_int_equal(screen.focus, SCREEN_REQUESTS);
	keys("\t");
	assert_int_equal(screen.focus, SCREEN_REQUESTS);
}

static void test_actions(void **state)
{
	(void)state;
	assert_int_equal(screen_key(&screen, 'p'), SCREEN_DRAW);
	assert_true(screen.paused);
	assert_int_equal(screen_key(&screen, 'p'), SCREEN_READ);
	assert_false(screen.paused);
	assert_int_equal(screen_key(&screen, 'r'), SCREEN_BASELINE);
	assert_int_equal(screen_key(&screen, 'w'), SCREEN_SWITCH);
	assert_int_equal(screen_key(&screen, 's'), SCREEN_SAVE);
	assert_int_equal(screen_key(&screen, SCREEN_KEY_F10), SCREEN_QUIT);
	assert_int_equal(screen_key(&screen, 'Z'), SCREEN_NONE);
	keys("h");
	assert_int_equal(screen.page, SCREEN_PAGE_HELP);
	keys("qx");
	assert_int_equal(screen.page, SCREEN_PAGE_MAIN);
	keys("l");
	assert_int_equal(screen.page, SCREEN_PAGE_FOOT);
}

static void test_text(void **state)
{
	struct screen_text t = { 0 };

	(void)state;
	assert_int_equal(screen_text_set(&t, strdup("one\n\nthree\n"), 0), 0);
	assert_int_equal(t.nr, 3);
	assert_string_equal(t.lines[2], "three");
	screen_text_fit(&t, 2);
	screen_text_scroll(&t, 100);
	assert_int_equal(t.first, 1);
	screen_text_scroll(&t, -100);
	assert_int_equal(t.first, 0);
	assert_int_equal(
		screen_text_set(&t, strdup("some words that do not fit into one line"), 24), 0);
	assert_int_equal(t.nr, 3);
	assert_string_equal(t.lines[0], "some words that do not ");
	assert_string_equal(t.lines[1], "        fit into one ");
	assert_string_equal(t.lines[2], "        line");
	assert_int_equal(screen_text_set(&t, strdup("0123456789012345678901234567890"), 24), 0);
	assert_string_equal(t.lines[1], "        4567890");
	assert_int_equal(screen_text_set(&t, strdup("0 1  ########################"), 24), 0);
	assert_int_equal(t.nr, 1);
	assert_int_equal(screen_text_set(&t, strdup(""), 24), 0);
	assert_int_equal(t.nr, 0);
	screen_text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, fill, empty),
		cmocka_unit_test_setup_teardown(test_cursor, fill, empty),
		cmocka_unit_test_setup_teardown(test_cursor_follows, fill, empty),
		cmocka_unit_test_setup_teardown(test_cursor_of_gone_row, fill, empty),
		cmocka_unit_test_setup_teardown(test_filter, fill, empty),
		cmocka_unit_test_setup_teardown(test_filter_bytes, fill, empty),
		cmocka_unit_test_setup_teardown(test_classes, fill, empty),
		cmocka_unit_test_setup_teardown(test_kinds, fill, empty),
		cmocka_unit_test_setup_teardown(test_group, fill, empty),
		cmocka_unit_test_setup_teardown(test_group_menu, fill, empty),
		cmocka_unit_test_setup_teardown(test_detail, fill, empty),
		cmocka_unit_test_setup_teardown(test_detail_of_blocked, fill, empty),
		cmocka_unit_test_setup_teardown(test_nothing_there, fill, empty),
		cmocka_unit_test_setup_teardown(test_requests, fill, empty),
		cmocka_unit_test_setup_teardown(test_actions, fill, empty),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
