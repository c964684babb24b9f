// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof hist: one session, one window, the distribution of its waits.
 */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/cmd_view.h"
#include "util/format.h"
#include "options/options.h"
#include "render/render.h"
#include "util/term.h"

static const struct options_command command = {
	.name = "hist",
	.doc = "Show how long waits last: count, percentiles and a chart for each row.",
	.examples =
		"  waitprof hist --duration 10              all processes, a chart for each class\n"
		"  waitprof hist -p 4242 --by callsite      which code waits how long\n"
		"  waitprof hist -c block --duration 10     how long the devices take\n",
	.rows = OPTIONS_FILTER | OPTIONS_GUARD | OPTIONS_DURATION | OPTIONS_GROUP | OPTIONS_WAKERS |
		OPTIONS_JSON | OPTIONS_INPUT,
	.by = GROUP_BY_CLASS,
};

static int show(const struct options *options, struct report *report)
{
	char length[FORMAT_LEN], who[128], title[192];
	struct render_view view = { .width = term_width(), .title = title, .by = options->by };

	if (options->json)
		return render_json_hist(stdout, report);
	snprintf(title, sizeof(title), "waitprof hist: %s, %s by %s",
		 options->input ? options->input : options_who(options, who, sizeof(who)),
		 format_duration(length, sizeof(length), report->duration_ns),
		 group_by_name(options->by));
	render_hist(stdout, report, &view);
	return 0;
}

/**
 * cmd_hist() - run the command
 * @argc: length of @argv
 * @argv: "hist" and its options
 *
 * Return: exit status.
 */
int cmd_hist(int argc, char **argv)
{
	return cmd_view(&command, argc, argv, show);
}
