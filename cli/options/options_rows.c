// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of all commands: each is written once, in the table of its group,
 * beside what it sets; a command names the groups that it takes.
 */
#include <string.h>

#include "export/export.h"
#include "profile/kind.h"
#include "profile/names.h"
#include "options/options_impl.h"

/* --- which waits --- */

static error_t set_pid(struct options *o, const char *arg)
{
	return options_ids(o, "--pid", arg, o->tgids, &o->nr_tgids);
}

static error_t set_tid(struct options *o, const char *arg)
{
	return options_ids(o, "--tid", arg, o->tids, &o->nr_tids);
}

static error_t set_follow(struct options *o, const char *arg)
{
	(void)arg;
	o->follow = true;
	return 0;
}

static error_t set_class(struct options *o, const char *arg)
{
	return options_names(o, "class", arg, names_class_find, names_class_list(), &o->classes);
}

static error_t set_kind(struct options *o, const char *arg)
{
	return options_names(o, "kind", arg, kind_find, kind_list(), &o->kinds);
}

static error_t set_idle(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "--idle: empty; give a file of functions");
	o->idle = arg;
	return 0;
}

static error_t set_comm(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "--comm: empty; give a name, such as 'worker*'");
	if (strlen(arg) > WAITPROF_GLOB_LEN)
		return options_fail(o,
				    "--comm %.30s...: longer than %d bytes; names have 15 at most",
				    arg, WAITPROF_GLOB_LEN);
	o->comm_glob = arg;
	return 0;
}

static error_t set_cgroup(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "--cgroup: empty; give a path");
	o->cgroup = arg;
	return 0;
}

static error_t set_min_wait(struct options *o, const char *arg)
{
	return options_duration(o, "--min-wait", arg, &o->min_wait_ns);
}

static error_t set_user_stacks(struct options *o, const char *arg)
{
	static const char *const names[] = {
		[OPTIONS_STACKS_FP] = "fp",
		[OPTIONS_STACKS_RULES] = "rules",
		[OPTIONS_STACKS_NONE] = "none",
	};
	int found = -1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], arg))
			found = (int)i;
	if (found >= 0)
		o->user_stacks = (enum options_stacks)found;
	return options_choice(o, "--user-stacks", arg, found, "rules, fp, none");
}

static error_t set_min(struct options *o, const char *arg)
{
	return options_duration(o, "--min", arg, &o->min_age_ns);
}

static const struct options_row filter_rows[] = {
	{ NULL, 0, NULL, "Which waits:", NULL },
	{ "pid", 'p', "P[,P]", "processes, all their threads", set_pid },
	{ "tid", 't', "T[,T]", "single threads", set_tid },
	{ "follow", 0, NULL, "what these start, too: children, threads, and their children",
	  set_follow },
	{ "class", 'c', "LIST", "wait classes, such as futex,mutex,io", set_class },
	{ "kind", 0, "LIST",
	  "kinds of waits: of futex such as lock,condition, of io such as tag,page", set_kind },
	{ "idle", 0, "FILE", "leave waits out whose stack has a function that FILE lists",
	  set_idle },
	{ "comm", 0, "GLOB", "threads whose name matches, as 'worker*' (* ? [...])", set_comm },
	{ "cgroup", 0, "PATH", "tasks of this cgroup v2 and those below it", set_cgroup },
	{ "min-wait", 0, "DUR", "leave out waits shorter than DUR (500ns 20us 3ms 1s)",
	  set_min_wait },
	{ "user-stacks", 0, "HOW",
	  "user stacks by unwind rules (rules, the default), by frame pointers (fp) or none",
	  set_user_stacks },
	{ 0 },
};

static const struct options_row min_rows[] = {
	{ "min", 0, "DUR", "only waits that have lasted DUR or longer", set_min },
	{ 0 },
};

/* --- when --- */

static error_t set_delay(struct options *o, const char *arg)
{
	error_t err = options_seconds(o, "-d", arg, &o->delay_ns);

	if (!err && o->delay_ns < 10000000)
		return options_fail(o, "-d %.40s: too short; take 0.01 or more", arg);
	return err;
}

static error_t set_iterations(struct options *o, const char *arg)
{
	return options_count(o, "-n", arg, "refreshes", &o->nr_refreshes);
}

static error_t set_batch(struct options *o, const char *arg)
{
	(void)arg;
	o->batch = true;
	return 0;
}

static error_t set_length(struct options *o, const char *arg)
{
	error_t err = options_seconds(o, "--duration", arg, &o->duration_ns);

	if (!err && !o->duration_ns)
		return options_fail(
			o, "--duration %.40s: nothing to see in no time; take more than 0", arg);
	return err;
}

static const struct options_row refresh_rows[] = {
	{ NULL, 0, NULL, "When:", NULL },
	{ "delay", 'd', "SEC", "seconds from one refresh to the next (default 2)", set_delay },
	{ "iterations", 'n', "N", "stop after N refreshes", set_iterations },
	{ "batch", 'b', NULL, "print one report after another (default when not a terminal)",
	  set_batch },
	{ 0 },
};

static const struct options_row duration_rows[] = {
	{ "duration", 0, "SEC",
	  "stop after SEC seconds (default: at Ctrl-C, or when every followed process has ended)",
	  set_length },
	{ 0 },
};

/* --- what is shown --- */

static error_t set_by(struct options *o, const char *arg)
{
	int found = group_by_find(arg);
	error_t err = options_choice(o, "--by", arg, found,
				     "callsite, thread, process, object, class, waker");

	if (!err)
		o->by = (enum group_by)found;
	if (!err && o->by == GROUP_BY_WAKER)
		o->wakers = true;
	return err;
}

static error_t set_wakers(struct options *o, const char *arg)
{
	(void)arg;
	o->wakers = true;
	return 0;
}

static error_t set_sort(struct options *o, const char *arg)
{
	int found = group_sort_find(arg);
	error_t err = options_choice(o, "--sort", arg, found, "total, count, max, avg");

	if (!err)
		o->sort = (enum group_sort)found;
	return err;
}

static error_t set_records(struct options *o, const char *arg)
{
	error_t err = options_count(o, "--records", arg, "waits", &o->nr_records);

	if (!err && o->nr_records > WAITPROF_MAX_RECORDS)
		return options_fail(o, "--records %.40s: too many; take %d or less", arg,
				    WAITPROF_MAX_RECORDS);
	return err;
}

static error_t set_every_wait(struct options *o, const char *arg)
{
	(void)arg;
	o->records = true;
	return 0;
}

static error_t set_objects(struct options *o, const char *arg)
{
	(void)arg;
	o->objects = true;
	return 0;
}

static error_t set_slice(struct options *o, const char *arg)
{
	error_t err = options_seconds(o, "--slice", arg, &o->slice_ns);

	if (!err && (o->slice_ns < 10000000 || o->slice_ns > 3600000000000))
		return options_fail(o, "--slice %.40s: out of range; take 0.01 to 3600", arg);
	return err;
}

static error_t set_work(struct options *o, const char *arg)
{
	return options_count(o, "--work", arg, "units of work", &o->work);
}

static error_t set_input(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "-i: empty; give a capture made by 'waitprof record'");
	o->input = arg;
	return 0;
}

static error_t set_output(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "-o: empty; give a file to be written");
	o->output = arg;
	return 0;
}

/* Divides the argument at its commas. */
static error_t set_captures(struct options *o, size_t side, const char *option, const char *arg)
{
	/* argp gives arguments as const that are not: they are argv's. */
	char *rest = (char *)arg;

	for (char *path; (path = strsep(&rest, ","));) {
		if (!*path)
			return options_fail(o, "%s: an empty name; give captures, as a.wp,b.wp",
					    option);
		if (o->nr_diff[side] == OPTIONS_MAX_DIFF)
			return options_fail(o, "%s: too many captures; %d a side can be compared",
					    option, OPTIONS_MAX_DIFF);
		o->diff[side][o->nr_diff[side]++] = path;
		o->input = path;
	}
	return 0;
}

static error_t set_diff_before(struct options *o, const char *arg)
{
	return set_captures(o, 0, "--before", arg);
}

static error_t set_diff_after(struct options *o, const char *arg)
{
	return set_captures(o, 1, "--after", arg);
}

static error_t set_format(struct options *o, const char *arg)
{
	o->format = export_find(arg);
	return options_choice(o, "--format", arg, o->format ? 0 : -1, export_list());
}

static error_t set_json(struct options *o, const char *arg)
{
	(void)arg;
	o->json = true;
	return 0;
}

static error_t set_help(struct options *o, const char *arg)
{
	(void)arg;
	o->help = true;
	return 0;
}

static const struct options_row group_rows[] = {
	{ NULL, 0, NULL, "What is shown:", NULL },
	{ "by", 0, "WHAT",
	  "one row per callsite, thread, process, object, class, or pair of callsite and waker",
	  set_by },
	{ 0 },
};

static const struct options_row wakers_rows[] = {
	{ "wakers", 0, NULL, "who ended the waits, too, and through which code", set_wakers },
	{ 0 },
};

static const struct options_row sort_rows[] = {
	{ "sort", 0, "KEY", "total, count, max or avg; largest first", set_sort },
	{ 0 },
};

static const struct options_row records_rows[] = {
	{ "records", 0, "N",
	  "room for N waits on each CPU until they are read (default: an eighth of the "
	  "session's memory)",
	  set_records },
	{ 0 },
};

static const struct options_row record_rows[] = {
	{ NULL, 0, NULL, "What is kept:", NULL },
	{ "records", 0, NULL, "every single wait, too", set_every_wait },
	{ "objects", 0, NULL, "rows for each object waited for, for --by object", set_objects },
	{ "slice", 0, "SEC", "length of a slice (default 1)", set_slice },
	{ "work", 0, "N", "so many units of work are done meanwhile: diff compares per unit",
	  set_work },
	{ 0 },
};

static const struct options_row json_rows[] = {
	{ "json", 0, NULL, "print JSON, one object per refresh (trace: per wait)", set_json },
	{ 0 },
};

static const struct options_row input_rows[] = {
	{ NULL, 0, NULL, "Files:", NULL },
	{ "input", 'i', "FILE", "show what 'waitprof record' has captured, not what happens now",
	  set_input },
	{ 0 },
};

static error_t set_before(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "--before: empty; give a capture made by 'waitprof record'");
	o->before = arg;
	return 0;
}

static const struct options_row before_rows[] = {
	{ "before", 0, "FILE", "show what has changed since this capture", set_before },
	{ 0 },
};

static const struct options_row output_rows[] = {
	{ "output", 'o', "FILE", "file to be written", set_output },
	{ 0 },
};

static const struct options_row diff_rows[] = {
	{ NULL, 0, NULL, "Several recordings a side, each of a start of its own:", NULL },
	{ "before", 0, "FILE[,FILE]", "captures made before the change", set_diff_before },
	{ "after", 0, "FILE[,FILE]", "captures made after it", set_diff_after },
	{ 0 },
};

static const struct options_row format_rows[] = {
	{ "format", 0, "FORMAT",
	  "folded, pprof, json, csv, speedscope, perfetto (every wait by itself) or openmetrics",
	  set_format },
	{ 0 },
};

static const struct options_row help_rows[] = {
	{ "help", 'h', NULL, "show this help", set_help },
	{ 0 },
};

const struct options_group options_groups[] = {
	{ OPTIONS_FILTER, 1, filter_rows },	{ OPTIONS_MIN, 1, min_rows },
	{ OPTIONS_REFRESH, 2, refresh_rows },	{ OPTIONS_GROUP, 3, group_rows },
	{ OPTIONS_DURATION, 2, duration_rows }, { OPTIONS_SORT, 3, sort_rows },
	{ OPTIONS_WAKERS, 3, wakers_rows },	{ OPTIONS_RECORDS, 3, records_rows },
	{ OPTIONS_RECORD, 3, record_rows },	{ OPTIONS_INPUT, 4, input_rows },
	{ OPTIONS_BEFORE, 4, before_rows },	{ OPTIONS_OUTPUT, 4, output_rows },
	{ OPTIONS_FORMAT, 4, format_rows },	{ OPTIONS_DIFF, 1, diff_rows },
	{ OPTIONS_JSON, 3, json_rows },		{ 0, -1, help_rows },
};

const size_t options_nr_groups = sizeof(options_groups) / sizeof(options_groups[0]);
