// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options: captures that are read, files that are written.
 */
#include <string.h>

#include "export/export.h"
#include "options/options_impl.h"

static error_t set_input(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "-i: empty; give a capture made by 'waitprof record'");
	o->input = arg;
	return 0;
}

const struct options_row options_input_rows[] = {
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

const struct options_row options_before_rows[] = {
	{ "before", 0, "FILE", "show what has changed since this capture", set_before },
	{ 0 },
};

static error_t set_output(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "-o: empty; give a file to be written");
	o->output = arg;
	return 0;
}

const struct options_row options_output_rows[] = {
	{ "output", 'o', "FILE", "file to be written", set_output },
	{ 0 },
};

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

const struct options_row options_diff_rows[] = {
	{ NULL, 0, NULL, "Several recordings a side, each of a start of its own:", NULL },
	{ "before", 0, "FILE[,FILE]", "captures made before the change", set_diff_before },
	{ "after", 0, "FILE[,FILE]", "captures made after it", set_diff_after },
	{ 0 },
};

static error_t set_format(struct options *o, const char *arg)
{
	o->format = export_find(arg);
	return options_choice(o, "--format", arg, o->format ? 0 : -1, export_list());
}

const struct options_row options_format_rows[] = {
	{ "format", 0, "FORMAT",
	  "folded, pprof, json, csv, speedscope, perfetto (every wait by itself) or openmetrics",
	  set_format },
	{ 0 },
};
