// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of all commands: each is written once, in the table of its group,
 * beside what it sets; a command names the groups that it takes.
 */
#include "options/options_impl.h"

static error_t set_help(struct options *o, const char *arg)
{
	(void)arg;
	o->help = true;
	return 0;
}

static const struct options_row help_rows[] = {
	{ "help", 'h', NULL, "show this help", set_help },
	{ 0 },
};

const struct options_group options_groups[] = {
	{ OPTIONS_FILTER, 1, options_filter_rows },
	{ OPTIONS_MIN, 1, options_min_rows },
	{ OPTIONS_REFRESH, 2, options_refresh_rows },
	{ OPTIONS_GROUP, 3, options_group_rows },
	{ OPTIONS_DURATION, 2, options_duration_rows },
	{ OPTIONS_GUARD, 2, options_guard_rows },
	{ OPTIONS_SORT, 3, options_sort_rows },
	{ OPTIONS_WAKERS, 3, options_wakers_rows },
	{ OPTIONS_RECORDS, 3, options_records_rows },
	{ OPTIONS_RECORD, 3, options_record_rows },
	{ OPTIONS_INPUT, 4, options_input_rows },
	{ OPTIONS_BEFORE, 4, options_before_rows },
	{ OPTIONS_OUTPUT, 4, options_output_rows },
	{ OPTIONS_FORMAT, 4, options_format_rows },
	{ OPTIONS_DIFF, 1, options_diff_rows },
	{ OPTIONS_JSON, 3, options_json_rows },
	{ 0, -1, help_rows },
};

const size_t options_nr_groups = sizeof(options_groups) / sizeof(options_groups[0]);
