// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof export: a window, or the waits in it one by one, in the format of
 * another tool.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/cmd_run.h"
#include "cmd/cmd_view.h"
#include "cmd/complain.h"
#include "export/export.h"
#include "util/outfile.h"
#include "render/render.h"
#include "collect/stream.h"

#define ROWS                                                                                  \
	(OPTIONS_FILTER | OPTIONS_GUARD | OPTIONS_DURATION | OPTIONS_WAKERS | OPTIONS_INPUT | \
	 OPTIONS_OUTPUT | OPTIONS_FORMAT)

static const struct options_command command = {
	.name = "export",
	.doc = "Write waits in the format of another tool.",
	.examples =
		"  waitprof export -p 4242 --duration 10 --format pprof -o waits.pb.gz\n"
		"                                           then: go tool pprof -top waits.pb.gz\n"
		"  waitprof export -i before.wp --format folded | flamegraph.pl --countname ns > waits.svg\n"
		"  waitprof export -p 4242 --duration 5 --format perfetto -o waits.pftrace\n"
		"                                           every wait, for ui.perfetto.dev\n",
	.rows = ROWS,
	.by = GROUP_BY_NONE,
};

/* The same for a format that is made of single waits. */
static const struct options_command of_records = {
	.name = "export",
	.rows = ROWS,
	.by = GROUP_BY_NONE,
	.records = true,
};

/* Where the document goes; who is called back has no room for it. */
static struct outfile output;

static int complain_written(int ret)
{
	/* A closed pipe is the reader's way to say that it has seen enough. */
	if (!ret || (ret == -EPIPE && !output.path))
		return EXIT_FINE;
	complain(output.path ? output.path : "export", strerror(-ret), "nothing was exported");
	return EXIT_FAILED;
}

static int show(const struct options *options, struct report *report)
{
	struct timespec now;
	int ret;

	/* The window has just ended. */
	if (!options->input && !clock_gettime(CLOCK_REALTIME, &now))
		report->begin_unix_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec -
					report->duration_ns;
	ret = complain_written(options->format->write(output.file, report));
	/* Most formats have no room for it. */
	render_losses(stderr, report);
	return ret;
}

/* --- single waits --- */

static int add_record(const struct report_record *record, void *arg)
{
	return record->left_out || record->idle ? 0 : export_perfetto_add(arg, record);
}

static int export_stream(struct collect *c, struct options *options)
{
	struct export_perfetto *trace = export_perfetto_new(output.file);
	struct stream s = { .c = c, .options = options, .each = add_record, .arg = trace };
	int ret, written;

	if (!trace)
		return complain_written(-ENOMEM);
	ret = stream_run(&s);
	written = export_perfetto_finish(trace);
	if (written)
		return complain_written(written);
	if (ret)
		return complain_collect(c, ret);
	collect_counters(c, &s.report);
	s.report.has_left_out = options->kinds;
	s.report.has_idle = options->idle_list;
	render_losses(stderr, &s.report);
	return EXIT_FINE;
}

/* Recorded with --records it may hold none because there was none. */
static bool has_records(const struct capture_info *info)
{
	return info->session_flags & WAITPROF_SESSION_F_RECORDS || info->nr_records;
}

static int tell_captured(struct capture *capture)
{
	struct report report = { 0 };

	capture_counters(capture, &report);
	render_losses(stderr, &report);
	return EXIT_FINE;
}

static int export_capture(const struct options *options)
{
	struct capture *capture;
	struct export_perfetto *trace = export_perfetto_new(output.file);
	int ret = capture_open(&capture, options->input), written, status = EXIT_FAILED;

	if (!trace) {
		status = complain_written(-ENOMEM);
	} else if (ret) {
		complain_capture(options->input, capture);
	} else if (!has_records(capture_info(capture))) {
		complain(options->input, "has no single waits, which this format is made of",
			 "give --records to 'waitprof record'");
	} else {
		ret = capture_records(capture, options, add_record, trace);
		written = export_perfetto_finish(trace);
		trace = NULL;
		if (written)
			status = complain_written(written);
		else if (ret)
			complain_capture(options->input, capture);
		else
			status = tell_captured(capture);
	}
	if (trace)
		export_perfetto_finish(trace);
	capture_close(capture);
	return status;
}

/* --- the command --- */

static int check(const struct options *options)
{
	char next[128];

	if (!options->format) {
		snprintf(next, sizeof(next), "take one of %s", export_list());
		complain("--format", "not given", next);
		return EXIT_USAGE;
	}
	if (options->format->is_binary && !options->output && isatty(STDOUT_FILENO)) {
		complain(options->format->name, "is nothing for a terminal", "give -o FILE");
		return EXIT_USAGE;
	}
	return EXIT_FINE;
}

static int run(const struct options *options, int argc, char **argv)
{
	if (options->format->write)
		return cmd_view(&command, argc, argv, show);
	if (options->input)
		return export_capture(options);
	return cmd_session(&of_records, argc, argv, export_stream);
}

/**
 * cmd_export() - run the command
 * @argc: length of @argv
 * @argv: "export" and its options
 *
 * Return: exit status.
 */
int cmd_export(int argc, char **argv)
{
	struct options options;
	int ret, status = cmd_options(&command, argc, argv, &options);

	if (status != CMD_GO_ON)
		return status;
	status = check(&options);
	if (status != EXIT_FINE)
		return status;
	ret = outfile_open(&output, options.output);
	if (ret) {
		complain(options.output, strerror(-ret), "give another file to -o");
		return EXIT_FAILED;
	}
	status = run(&options, argc, argv);
	ret = outfile_close(&output, status == EXIT_FINE);
	if (ret && status == EXIT_FINE) {
		complain(options.output, strerror(-ret), "nothing was exported");
		status = EXIT_FAILED;
	}
	return status;
}
