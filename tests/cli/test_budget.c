// SPDX-License-Identifier: GPL-2.0-only
/* Parts of wall time: they add up, whatever was measured, and none is lost in silence. */
#include "cmocka_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/budget.h"
#include "render/render.h"

static void add(struct budget *b, enum budget_type type, uint32_t class_id, const char *function,
		uint64_t ns, uint64_t samples)
{
	struct budget_part part = {
		.type = type, .class_id = class_id, .ns = ns, .samples = samples
	};

	snprintf(part.function, sizeof(part.function), "%s", function);
	assert_int_equal(budget_add(b, &part), 0);
}

static uint64_t part_ns(const struct budget *b, enum budget_type type, const char *function)
{
	for (size_t i = 0; i < b->nr; i++)
		if (b->parts[i].type == type && !strcmp(b->parts[i].function, function))
			return b->parts[i].ns;
	return UINT64_MAX;
}

static void measured_parts_stay(void **state)
{
	struct budget b = { .wall_ns = 1000, .samples = 100 };

	(void)state;
	add(&b, BUDGET_ON_CPU, 0, "", 300, 0);
	add(&b, BUDGET_WAIT, WAITPROF_CLASS_FUTEX, "", 250, 0);
	add(&b, BUDGET_WAIT, WAITPROF_CLASS_FUTEX, "", 50, 0);
	add(&b, BUDGET_SLEEP, 0, "ep_poll", 0, 30);
	add(&b, BUDGET_SLEEP, 0, "do_wait", 0, 10);
	assert_int_equal(budget_close(&b), 0);
	assert_int_equal(b.nr, 5);
	assert_int_equal(part_ns(&b, BUDGET_ON_CPU, ""), 300);
	assert_int_equal(part_ns(&b, BUDGET_WAIT, ""), 300);
	assert_int_equal(part_ns(&b, BUDGET_SLEEP, "ep_poll"), 300);
	assert_int_equal(part_ns(&b, BUDGET_SLEEP, "do_wait"), 100);
	assert_int_equal(part_ns(&b, BUDGET_UNACCOUNTED, ""), 0);
	assert_int_equal(b.parts[4].type, BUDGET_UNACCOUNTED);
	assert_int_equal(b.excess_ns, 0);
	budget_free(&b);
}

/* Who was never found asleep elsewhere has not been there. */
static void nobody_saw_it(void **state)
{
	struct budget b = { .wall_ns = 1000, .samples = 100 };

	(void)state;
	add(&b, BUDGET_WAIT, WAITPROF_CLASS_FUTEX, "", 900, 0);
	assert_int_equal(budget_close(&b), 0);
	assert_int_equal(part_ns(&b, BUDGET_UNACCOUNTED, ""), 100);
	budget_free(&b);
}

/* 10 of 1000 samples do not bear out half of the time: at most 5 % of it. */
static void few_samples_bear_little(void **state)
{
	struct budget b = { .wall_ns = 1000000, .samples = 1000 };
	uint64_t sleep_ns;

	(void)state;
	add(&b, BUDGET_ON_CPU, 0, "", 500000, 0);
	add(&b, BUDGET_SLEEP, 0, "pipe_read", 0, 10);
	assert_int_equal(budget_close(&b), 0);
	sleep_ns = part_ns(&b, BUDGET_SLEEP, "pipe_read");
	assert_in_range(sleep_ns, 10000, 50000);
	assert_int_equal(part_ns(&b, BUDGET_UNACCOUNTED, ""), 500000 - sleep_ns);
	budget_free(&b);
}

/* Found in waits 40 times of 50: what is left is not all asleep elsewhere. */
static void waits_bear_witness(void **state)
{
	struct budget b = { .wall_ns = 1000000, .samples = 100, .wait_samples = 40 };
	uint64_t sleep_ns;

	(void)state;
	add(&b, BUDGET_WAIT, WAITPROF_CLASS_FUTEX, "", 300000, 0);
	add(&b, BUDGET_SLEEP, 0, "ep_poll", 0, 10);
	assert_int_equal(budget_close(&b), 0);
	sleep_ns = part_ns(&b, BUDGET_SLEEP, "ep_poll");
	assert_in_range(sleep_ns, 200000, 450000);
	assert_int_equal(part_ns(&b, BUDGET_UNACCOUNTED, ""), 700000 - sleep_ns);
	budget_free(&b);
}

static void too_much_is_told(void **state)
{
	struct budget b = { .wall_ns = 1000, .samples = 3 };

	(void)state;
	add(&b, BUDGET_ON_CPU, 0, "", 1001, 0);
	add(&b, BUDGET_RUN_QUEUE, 0, "", 9, 0);
	add(&b, BUDGET_SLEEP, 0, "ep_poll", 0, 1);
	assert_int_equal(budget_close(&b), 0);
	assert_int_equal(b.excess_ns, 10);
	assert_int_equal(budget_sum(&b), 1000);
	assert_int_equal(part_ns(&b, BUDGET_SLEEP, "ep_poll"), 0);
	assert_int_equal(part_ns(&b, BUDGET_UNACCOUNTED, ""), 0);
	budget_free(&b);
}

static void no_time_at_all(void **state)
{
	struct budget b = { 0 };

	(void)state;
	assert_int_equal(budget_close(&b), 0);
	assert_int_equal(budget_sum(&b), 0);
	add(&b, BUDGET_ON_CPU, 0, "", 5, 0);
	assert_int_equal(budget_close(&b), 0);
	assert_int_equal(budget_sum(&b), 0);
	assert_int_equal(b.excess_ns, 5);
	budget_free(&b);
}

static uint64_t any(uint64_t limit)
{
	uint64_t value = (uint64_t)random() << 31 ^ (uint64_t)random();

	return limit ? value % limit : 0;
}

/* Of what size a random number is matters more than its digits. */
static uint64_t any_size(unsigned int bits)
{
	return any(1ULL << any(bits));
}

static void random_budget(struct budget *b)
{
	static const char *const functions[] = { "ep_poll", "do_wait", "pipe_read" };

	*b = (struct budget){ .wall_ns = any_size(46),
			      .samples = any_size(12),
			      .wait_samples = any_size(12) };
	for (uint64_t n = any(12); n; n--) {
		struct budget_part part = { .type = (enum budget_type)any(BUDGET_UNACCOUNTED) };

		if (part.type == BUDGET_SLEEP) {
			part.samples = any(b->samples + 1);
			strcpy(part.function, functions[any(3)]);
		} else {
			part.ns = any(3) ? any(b->wall_ns + 1) : any_size(46);
			part.inferred_ns = any(2) ? part.ns : 0;
		}
		if (part.type == BUDGET_WAIT)
			part.class_id = 1 + (uint32_t)any(WAITPROF_CLASS_MAX);
		assert_int_equal(budget_add(b, &part), 0);
	}
}

static void check(const struct budget *b)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < b->nr; i++) {
		/* Below zero would be above the whole. */
		assert_true(b->parts[i].ns <= b->wall_ns);
		assert_true(b->parts[i].inferred_ns <= b->parts[i].ns);
		assert_true(i < 2 || b->parts[i].type == BUDGET_UNACCOUNTED ||
			    b->parts[i].ns <= b->parts[i - 1].ns);
		sum += b->parts[i].ns;
	}
	assert_int_equal(sum, b->wall_ns);
	assert_int_equal(b->parts[b->nr - 1].type, BUDGET_UNACCOUNTED);
}

static void it_always_adds_up(void **state)
{
	(void)state;
	srandom(20261123);
	for (int i = 0; i < 20000; i++) {
		struct budget sum = { 0 }, b;
		uint64_t measured, wall_ns = 0;

		for (uint64_t n = 1 + any(4); n; n--) {
			random_budget(&b);
			measured = budget_sum(&b);
			assert_int_equal(budget_close(&b), 0);
			check(&b);
			assert_int_equal(b.excess_ns,
					 measured > b.wall_ns ? measured - b.wall_ns : 0);
			assert_int_equal(budget_merge(&sum, &b), 0);
			wall_ns += b.wall_ns;
			budget_free(&b);
		}
		assert_int_equal(sum.wall_ns, wall_ns);
		check(&sum);
		budget_free(&sum);
	}
}

static struct budget_report one_process(void)
{
	struct budget_report r = { .samples = 100, .nr_threads = 2, .nr_processes = 1 };
	struct budget *b;

	r.threads = calloc(2, sizeof(*r.threads));
	r.processes = calloc(1, sizeof(*r.processes));
	r.report.version = "0";
	r.report.kernel = "k";
	r.report.duration_ns = 1000000000;
	for (uint32_t i = 0; i < 2; i++) {
		r.threads[i].tgid = 10;
		r.threads[i].tid = 10 + i;
		strcpy(r.threads[i].comm, i ? "worker" : "main");
		b = &r.threads[i].budget;
		b->wall_ns = i ? 500000000 : 1000000000;
		b->samples = 100;
		add(b, BUDGET_ON_CPU, 0, "", 100000000, 0);
		add(b, BUDGET_WAIT, i ? WAITPROF_CLASS_FUTEX : WAITPROF_CLASS_IO, "", 400000000, 0);
		if (!i)
			add(b, BUDGET_SLEEP, 0, "ep_poll", 0, 50);
		assert_int_equal(budget_close(b), 0);
		assert_int_equal(budget_merge(&r.processes[0].budget, b), 0);
	}
	r.threads[1].began = true;
	r.threads[1].budget.parts[0].inferred_ns = 1;
	r.processes[0].tgid = 10;
	r.processes[0].nr_threads = 2;
	strcpy(r.processes[0].comm, "main");
	budget_ask_next(&r, " -p 10");
	return r;
}

static char *text_of(const struct budget_report *r, bool json)
{
	const struct render_view view = { .title = "title" };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (json)
		assert_int_equal(render_json_budget(out, r), 0);
	else
		render_budget(out, r, &view);
	fclose(out);
	return text;
}

static void as_text(void **state)
{
	static const char expected[] =
		"title\n\n"
		"process 10 main: 2 threads, 1.50 s of wall time\n"
		"  [................"
		"....FFFFFFFFFFFFFFFFIIIIIIIIIIIIIIII########]\n"
		"  .  33.3 %  500.0 ms  sleep in ep_poll (50 samples)\n"
		"  F  26.7 %  400.0 ms  futex\n"
		"  I  26.7 %  400.0 ms  io\n"
		"  #  13.3 %  200.0 ms  on-CPU\n"
		"  ?   0.0 %      0 ns  unaccounted\n"
		"\n"
		"      TID  COMM                  WALL\n"
		"       10  main                1.00 s  [..........IIIIIIII##]  sleep in ep_poll 50.0 %, "
		"io 40.0 %, on-CPU 10.0 %, unaccounted 0.0 %\n"
		"       11  worker            500.0 ms< [FFFFFFFFFFFFFFFF####]  futex* 80.0 %, on-CPU "
		"20.0 %, unaccounted 0.0 %\n"
		"\n"
		"other sleep: what is left, as far as 100 looks at each thread bear it out, and named "
		"by them\n"
		"< began or ended in the window: charged for its own life\n"
		"* begun unseen: class and time inferred from /proc\n"
		"\n"
		"33.3 % sleep in ep_poll: of no wait class; what should have woken it?\n"
		"26.7 % futex: see 'waitprof top -p 10 -c futex'\n";
	struct budget_report r = one_process();
	char *text = text_of(&r, false);

	(void)state;
	assert_string_equal(text, expected);
	free(text);
	budget_report_free(&r);
}

static void as_json(void **state)
{
	static const char part[] =
		"{\"part\":\"sleep\",\"class\":null,\"kind\":null,\"function\":\"ep_poll\","
		"\"ns\":500000000,\"inferred_ns\":0,\"samples\":50}";
	struct budget_report r = one_process();
	char *text = text_of(&r, true);

	(void)state;
	assert_non_null(strstr(text, part));
	assert_non_null(strstr(text, "\"began\":true"));
	assert_non_null(strstr(text, "\"next\":[\"33.3 % sleep in ep_poll"));
	free(text);
	budget_report_free(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(measured_parts_stay),
		cmocka_unit_test(nobody_saw_it),
		cmocka_unit_test(few_samples_bear_little),
		cmocka_unit_test(waits_bear_witness),
		cmocka_unit_test(too_much_is_told),
		cmocka_unit_test(no_time_at_all),
		cmocka_unit_test(it_always_adds_up),
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_json),
	};

	return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
