// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof hist: one session, one window, the distribution of its waits.
 */
#include <stdio.h>

#include "cmd.h"
#include "collect.h"
#include "complain.h"
#include "follow.h"
#include "format.h"
#include "options.h"
#include "render.h"
#include "term.h"

static const struct options_command command = {
	.name = "hist",
	.doc = "Show how long waits last: count, percentiles and a chart for each row.",
	.rows = OPTIONS_FILTER | OPTIONS_DURATION | OPTIONS_GROUP | OPTIONS_JSON,
	.by = GROUP_BY_CLASS,
};

static void note_processes(void *arg)
{
	collect_note_processes(arg);
}

static int print_report(const struct options *options, const struct report *report)
{
	char length[FORMAT_LEN], who[64], title[128];
	struct render_view view = { .width = term_width(), .title = title, .by = options->by };

	if (options->json)
		return render_json_hist(stdout, report);
	snprintf(title, sizeof(title), "waitprof hist: %s, %s by %s",
		 options_who(options, who, sizeof(who)),
		 format_duration(length, sizeof(length), report->duration_ns),
		 group_by_name(options->by));
	render_hist(stdout, report, &view);
	return 0;
}

static int run(struct collect *c, const struct options *options)
{
	bool threads = options->by == GROUP_BY_THREAD || options->nr_tgids || options->nr_tids;
	struct profile window = { 0 };
	struct report report = { 0 };
	int ret = collect_open(c, options, threads);

	if (ret)
		return complain_collect(c, ret);
	follow_catch_signals();
	follow_until(options->duration_ns ? c->session.start_ns + options->duration_ns : 0, options,
		     false, note_processes, c);
	ret = collect_window(c, true, &window, &report.duration_ns);
	if (!ret)
		ret = collect_report(c, &window, options->by, &report);
	if (ret) {
		ret = complain_collect(c, ret);
	} else {
		group_sort_rows(report.rows, report.nr_rows, GROUP_SORT_TOTAL);
		ret = print_report(options, &report) ? EXIT_FAILED : EXIT_FINE;
	}
	report_free(&report);
	profile_free(&window);
	return ret;
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
	struct options options;
	struct collect c;
	int ret;

	if (options_parse(&command, argc, argv, &options))
		return complain_options(&options);
	if (options.help) {
		options_help(&command);
		return EXIT_FINE;
	}
	ret = complain_no_task(&options);
	if (ret)
		return ret;
	ret = run(&c, &options);
	collect_close(&c);
	return ret;
}
