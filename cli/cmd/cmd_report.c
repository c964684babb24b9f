// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof report: a capture as one table, the one that top prints.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "capture/capture.h"
#include "cmd/cmd.h"
#include "cmd/cmd_report.h"
#include "cmd/cmd_run.h"
#include "cmd/complain.h"
#include "util/format.h"
#include "options/options.h"
#include "render/render.h"
#include "util/term.h"

#define ROWS 40

static const struct options_command command = {
	.name = "report",
	.args = "FILE",
	.max_args = 1,
	.doc = "Show what 'waitprof record' has captured: which waits cost most.",
	.examples = "  waitprof report before.wp                  the costly call sites\n"
		    "  waitprof report before.wp --by thread      which thread waited how long\n"
		    "  waitprof report before.wp -c io --json     for scripts\n",
	.rows = OPTIONS_FILTER | OPTIONS_GROUP | OPTIONS_WAKERS | OPTIONS_SORT | OPTIONS_JSON,
	.by = GROUP_BY_CALLSITE,
};

/**
 * cmd_report_time() - a point in time, as people read it
 * @unix_ns: CLOCK_REALTIME
 * @buf: result
 * @size: its room
 *
 * Return: @buf.
 */
const char *cmd_report_time(uint64_t unix_ns, char *buf, size_t size)
{
	time_t seconds = (time_t)(unix_ns / 1000000000);
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm))
		buf[0] = '\0';
	return buf;
}

/**
 * cmd_report_header() - print what a capture is
 * @info: the capture
 * @title: first line
 */
void cmd_report_header(const struct capture_info *info, const char *title)
{
	char begun[40];

	printf("%s%s%s\n", term_colour(TERM_TITLE), title, term_colour(TERM_PLAIN));
	printf("recorded %s on %s, %u CPUs: %s\n",
	       cmd_report_time(info->begun_wall_ns, begun, sizeof(begun)), info->kernel,
	       info->nr_cpus, info->filter);
	if (info->command[0])
		printf("command: %s\n", info->command);
	if (info->work)
		printf("work: %llu units\n", (unsigned long long)info->work);
	if (!info->is_finished)
		printf("%sthe recording was cut off: its last second may be missing%s\n",
		       term_colour(TERM_WARNING), term_colour(TERM_PLAIN));
}

static int print_report(const struct options *options, const struct capture_info *info,
			const struct report *report)
{
	char length[FORMAT_LEN], title[192];
	struct render_view view = {
		.width = term_width(),
		.max_rows = ROWS,
		.by = options->by,
	};

	if (options->json)
		return render_json_top(stdout, report);
	snprintf(title, sizeof(title), "waitprof report: %.100s, %s in %zu slices", info->path,
		 format_duration(length, sizeof(length), report->duration_ns), info->nr_slices);
	cmd_report_header(info, title);
	putchar('\n');
	render_top(stdout, report, &view);
	return 0;
}

/**
 * cmd_report_read() - read all of a capture, the costly rows first; what is wrong is said
 * @options: @input is the capture
 * @capture: result; to be given to capture_close() whatever this returns
 * @report: an empty report, gets the rows
 *
 * Return: exit status.
 */
int cmd_report_read(const struct options *options, struct capture **capture, struct report *report)
{
	int ret = capture_open(capture, options->input);

	if (!ret)
		ret = capture_report(*capture, options, 0, CAPTURE_ALL, report);
	if (ret)
		return complain_capture(options->input, *capture);
	group_sort_rows(report->rows, report->nr_rows, options->sort);
	return EXIT_FINE;
}

/**
 * cmd_report_show() - print the table of a capture
 * @options: @input is the capture
 *
 * Return: exit status.
 */
int cmd_report_show(const struct options *options)
{
	struct capture *capture;
	struct report report = { 0 };
	int status = cmd_report_read(options, &capture, &report);

	if (status == EXIT_FINE && print_report(options, capture_info(capture), &report))
		status = EXIT_FAILED;
	report_free(&report);
	capture_close(capture);
	return status;
}

/**
 * cmd_report() - run the command
 * @argc: length of @argv
 * @argv: "report", a capture and options
 *
 * Return: exit status.
 */
int cmd_report(int argc, char **argv)
{
	struct options options;
	int status = cmd_capture_options(&command, argc, argv, &options);

	return status == CMD_GO_ON ? cmd_report_show(&options) : status;
}
