// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof blocked: the waits open now. Its session lives for one reading; the
 * waits that other sessions watch come with their begin, the others with what
 * /proc can tell.
 */
#include <stdio.h>

#include "capture/capture.h"
#include "cmd/cmd.h"
#include "cmd/cmd_report.h"
#include "cmd/cmd_run.h"
#include "collect/collect.h"
#include "cmd/complain.h"
#include "options/options.h"
#include "render/render.h"
#include "util/term.h"

static const struct options_command command = {
	.name = "blocked",
	.doc = "Show every wait that has not ended: since when, on what, who holds it, its stacks.",
	.examples =
		"  waitprof blocked               every thread that waits, cycles first\n"
		"  waitprof blocked --min 10s     what hangs\n"
		"  waitprof blocked -p 4242       threads of one process\n"
		"  waitprof blocked -i hang.wp    those that had not ended when recording did\n",
	.rows = OPTIONS_FILTER | OPTIONS_MIN | OPTIONS_JSON | OPTIONS_INPUT,
	.glance = true,
};

static int print_report(const struct options *options, const struct report *report)
{
	char who[128], title[192];
	struct render_view view = { .width = term_width(), .title = title };

	if (options->json)
		return render_json_blocked(stdout, report);
	snprintf(title, sizeof(title), "waitprof blocked: %s, %zu open waits",
		 options_who(options, who, sizeof(who)), report->nr_rows);
	render_blocked(stdout, report, &view);
	return 0;
}

static int run(struct collect *c, struct options *options)
{
	struct report report = { .has_left_out = options->kinds, .has_idle = options->idle_list };
	uint64_t min_ns = options->min_age_ns;
	int ret = collect_read(c);

	if (!ret)
		ret = collect_blocked(c, min_ns, !options->classes, &report.rows, &report.nr_rows,
				      &report);
	if (!ret)
		ret = collect_graph(c, &report);
	if (ret) {
		ret = complain_collect(c, ret);
	} else {
		collect_counters(c, &report);
		ret = print_report(options, &report) ? EXIT_FAILED : EXIT_FINE;
	}
	report_free(&report);
	return ret;
}

static int print_capture(const struct options *options, const struct capture_info *info,
			 const struct report *report)
{
	const struct render_view view = { .title = NULL };
	char title[192], when[40];

	if (options->json)
		return render_json_blocked(stdout, report);
	snprintf(title, sizeof(title), "waitprof blocked: %.100s, %zu wait%s open at its end",
		 info->path, report->nr_rows, report->nr_rows == 1 ? "" : "s");
	cmd_report_header(info, title);
	printf("as of %s, when the recording ended\n\n",
	       cmd_report_time(report->open_unix_ns, when, sizeof(when)));
	render_blocked(stdout, report, &view);
	return 0;
}

static int show_capture(const struct options *options)
{
	struct capture *capture;
	struct report report = { 0 };
	int ret = capture_open(&capture, options->input), status = EXIT_FAILED;

	if (!ret)
		ret = capture_blocked(capture, options, &report);
	if (ret)
		complain_capture(options->input, capture);
	else if (!print_capture(options, capture_info(capture), &report))
		status = EXIT_FINE;
	report_free(&report);
	capture_close(capture);
	return status;
}

/**
 * cmd_blocked() - run the command
 * @argc: length of @argv
 * @argv: "blocked" and its options
 *
 * Return: exit status.
 */
int cmd_blocked(int argc, char **argv)
{
	struct options options;
	int status = cmd_options(&command, argc, argv, &options);

	if (status != CMD_GO_ON)
		return status;
	return options.input ? show_capture(&options) : cmd_session(&command, argc, argv, run);
}
