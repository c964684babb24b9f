// SPDX-License-Identifier: GPL-2.0-only
/* What options say, and the sentence when they say nothing. */
#include "cmocka_setup.h"

#include <errno.h>
#include <stdio.h>

#include "options/options.h"

static const struct options_command all = {
	.name = "all",
	.rows = ~0U,
	.by = GROUP_BY_CLASS,
};

static const struct options_command json_only = { .name = "json", .rows = OPTIONS_JSON };

static int parse(const struct options_command *command, struct options *o, const char *line)
{
	/* Some options are kept as they are in argv. */
	static char text[2048];
	char *argv[64], *save = NULL;
	int argc = 0;

	snprintf(text, sizeof(text), "%s %s", command->name, line);
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(command, argc, argv, o);
}

static void defaults(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&all, &o, ""), 0);
	assert_int_equal(o.nr_tgids, 0);
	assert_int_equal(o.classes, 0);
	assert_int_equal(o.by, GROUP_BY_CLASS);
	assert_int_equal(o.sort, GROUP_SORT_TOTAL);
	assert_int_equal(o.delay_ns, 2000000000);
	assert_int_equal(o.nr_refreshes, 0);
	assert_int_equal(o.duration_ns, 0);
	assert_false(o.batch || o.json || o.help || o.follow);
	assert_int_equal(o.user_stacks, OPTIONS_STACKS_RULES);
}

static void everything(void **state)
{
	static const char line[] =
		"-p 12,34 --pid=56 --tid 7 --follow -c futex,io --min-wait 20us -d 0.5 -n 3 -b "
		"--json --kind tag,other --comm w*r --cgroup /a/b --user-stacks none "
		"--by thread --sort max --duration 5 --min 1s --guard 0.5";
	struct options o;

	(void)state;
	assert_int_equal(parse(&all, &o, line), 0);
	assert_int_equal(o.nr_tgids, 3);
	assert_int_equal(o.tgids[2], 56);
	assert_int_equal(o.nr_tids, 1);
	assert_true(o.follow);
	assert_int_equal(o.classes, 1U << WAITPROF_CLASS_FUTEX | 1U << WAITPROF_CLASS_IO);
	assert_int_equal(o.kinds, 1U << KIND_TAG | 1U << KIND_OTHER);
	assert_string_equal(o.comm_glob, "w*r");
	assert_string_equal(o.cgroup, "/a/b");
	assert_int_equal(o.cgroup_id, 0);
	assert_int_equal(o.min_wait_ns, 20000);
	assert_int_equal(o.user_stacks, OPTIONS_STACKS_NONE);
	assert_int_equal(o.delay_ns, 500000000);
	assert_int_equal(o.nr_refreshes, 3);
	assert_true(o.batch && o.json);
	assert_int_equal(o.by, GROUP_BY_THREAD);
	assert_int_equal(o.sort, GROUP_SORT_MAX);
	assert_int_equal(o.duration_ns, 5000000000);
	assert_int_equal(o.min_age_ns, 1000000000);
	assert_true(o.has_guard);
	assert_int_equal(o.guard_ppm, 5000);
}

static void guards(void **state)
{
	static const struct {
		const char *line;
		bool has;
		uint32_t ppm;
	} rows[] = {
		{ "", false, 0 },
		{ "--guard off", true, 0 },
		{ "--guard 5", true, 50000 },
		{ "--guard 5%", true, 50000 },
		{ "--guard 100", true, 1000000 },
		{ "--guard 0.0001", true, 1 },
		{ "--guard off --guard 33.3", true, 333000 },
		{ "--guard 33.3 --guard off", true, 0 },
	};
	struct options o;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(&all, &o, rows[i].line), 0);
		assert_int_equal(o.has_guard, rows[i].has);
		assert_int_equal(o.guard_ppm, rows[i].ppm);
	}
}

static void a_kind_is_of_a_class(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&all, &o, "--kind page"), 0);
	assert_int_equal(o.classes, 1U << WAITPROF_CLASS_IO);
	assert_int_equal(parse(&all, &o, "--kind lock,page"), 0);
	assert_int_equal(o.classes, 1U << WAITPROF_CLASS_FUTEX | 1U << WAITPROF_CLASS_IO);
	assert_int_equal(parse(&all, &o, "--kind page -c futex,io"), 0);
	assert_int_equal(o.classes, 1U << WAITPROF_CLASS_IO | 1U << WAITPROF_CLASS_FUTEX);
}

static void help_wins(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&all, &o, "--help --class nonsense"), 0);
	assert_true(o.help);
}

static void bad_input(void **state)
{
	static const struct {
		const char *line;
		const char *says;
	} rows[] = {
		{ "--pid x", "--pid x: not a list of ids" },
		{ "--pid 0", "--pid 0: not a list of ids" },
		{ "--pid -5", "--pid -5: not a list of ids" },
		{ "--pid 12,", "--pid 12,: ends with a comma" },
		{ "--pid 12,,13", "--pid 12,,13: not a list of ids" },
		{ "--pid 99999999999", "--pid 99999999999: not a list of ids" },
		{ "--tid 1x", "--tid 1x: not a list of ids" },
		{ "--class futex,foo", "--class foo: unknown class; take some of futex, mutex" },
		{ "--class none", "--class none: unknown class" },
		{ "--class futex,", "--class : unknown class" },
		{ "--min-wait 5", "--min-wait 5: not a duration; write 500ns" },
		{ "--user-stacks dwarf",
		  "--user-stacks dwarf: not known; take one of rules, fp, none" },
		{ "--duration abc", "--duration abc: not a duration; write 5" },
		{ "--duration 0", "--duration 0: nothing to see" },
		{ "--duration -1", "--duration -1: not a duration" },
		{ "--guard 0", "--guard 0: not a share of a CPU; write 5, 0.5 or off" },
		{ "--guard 101", "--guard 101: not a share of a CPU" },
		{ "--guard -5", "--guard -5: not a share of a CPU" },
		{ "--guard 5x", "--guard 5x: not a share of a CPU" },
		{ "--guard nan", "--guard nan: not a share of a CPU" },
		{ "--guard 5 -i x", "--guard: not for a capture" },
		{ "-d 0", "-d 0: too short" },
		{ "-n 0", "-n 0: not a number of refreshes" },
		{ "-n 2x", "-n 2x: not a number of refreshes" },
		{ "-n -2", "-n -2: not a number of refreshes" },
		{ "--by colour", "--by colour: not known; take one of callsite" },
		{ "--sort age", "--sort age: not known; take one of total" },
		{ "--nonsense", "--nonsense: no such option" },
		{ "-Z", "-Z: no such option" },
		{ "--pid", "--pid: no such option, or its value is missing" },
		{ "extra", "extra: an argument too many" },
		{ "--kind tag,foo", "--kind foo: unknown kind; take some of tag, throttle" },
		{ "--kind tag -c futex",
		  "--kind tag: waits of a class that --class leaves out have it" },
		{ "--comm=", "--comm: empty; give a name" },
		{ "--cgroup=", "--cgroup: empty; give a path" },
		{ "--comm 0123456789012345678901234567890123456789012345678901234567890123",
		  "--comm 012345678901234567890123456789...: longer than 63 bytes" },
		{ "--json=yes", "--json=yes: no such option" },
	};
	struct options o;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(&all, &o, rows[i].line), -EINVAL);
		if (strncmp(o.error, rows[i].says, strlen(rows[i].says)))
			fail_msg("%s says: %s", rows[i].line, o.error);
		assert_null(strchr(o.error, '\n'));
		assert_non_null(strstr(o.error, "; "));
	}
}

static void a_command_takes_only_its_own(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&json_only, &o, "--json"), 0);
	assert_int_equal(parse(&json_only, &o, "--pid 5"), -EINVAL);
}

static void ids_are_bounded(void **state)
{
	char line[2048] = "--pid 1";
	struct options o;

	(void)state;
	for (int i = 1; i < WAITPROF_MAX_IDS; i++)
		strcat(line, ",1");
	assert_int_equal(parse(&all, &o, line), 0);
	assert_int_equal(o.nr_tgids, WAITPROF_MAX_IDS);
	strcat(line, ",1");
	assert_int_equal(parse(&all, &o, line), -EINVAL);
}

static void who(void **state)
{
	struct options o;
	char buf[64];

	(void)state;
	parse(&all, &o, "");
	assert_string_equal(options_who(&o, buf, sizeof(buf)), "all processes");
	parse(&all, &o, "-p 1,2");
	assert_string_equal(options_who(&o, buf, sizeof(buf)), "pid 1, 2");
	parse(&all, &o, "-t 1,2,3,4");
	assert_string_equal(options_who(&o, buf, sizeof(buf)), "tid 1, 2, 3, ...");
	parse(&all, &o, "-p 1 --comm w* --cgroup a/b");
	assert_string_equal(options_who(&o, buf, sizeof(buf)), "pid 1, threads w*, cgroup a/b");
	/* Too long for its room it is cut. */
	assert_string_equal(options_who(&o, buf, 12), "pid 1, thre");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(everything),
		cmocka_unit_test(guards),
		cmocka_unit_test(a_kind_is_of_a_class),
		cmocka_unit_test(help_wins),
		cmocka_unit_test(bad_input),
		cmocka_unit_test(a_command_takes_only_its_own),
		cmocka_unit_test(ids_are_bounded),
		cmocka_unit_test(who),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
