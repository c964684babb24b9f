// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof diff: captures made before a change and after it. Needs no module.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "capture/capture.h"
#include "cmd/cmd.h"
#include "cmd/cmd_run.h"
#include "cmd/complain.h"
#include "diff/diff_report.h"
#include "util/term.h"

/* More slices than that say no more: neighbours are taken together. */
#define MAX_SLICES 600
#define MAX_ROWS   20

static const struct options_command command = {
	.name = "diff",
	.args = "BEFORE AFTER",
	.max_args = 2,
	.doc = "Compare captures: what changed, and whether chance alone would explain it.",
	.examples =
		"  waitprof diff old.wp new.wp             two recordings\n"
		"  waitprof diff -c futex old.wp new.wp    one class of them\n"
		"  waitprof diff --before a1.wp,a2.wp,a3.wp --after b1.wp,b2.wp,b3.wp\n"
		"                                          several, made in turn: A B A B A B\n",
	.rows = OPTIONS_DIFF | OPTIONS_FILTER | OPTIONS_JSON,
	.by = GROUP_BY_CALLSITE,
};

/* Everything that one run of the command holds. */
struct run {
	const struct options *options;
	struct capture *captures[2 * DIFF_MAX_RUNS];
	struct report counters[2 * DIFF_MAX_RUNS];
	struct diff_recording recordings[2 * DIFF_MAX_RUNS];
	size_t nr;
	struct diff diff;
};

static int add_window(struct run *run, struct capture *capture, size_t from, size_t to)
{
	struct report *all = &run->counters[run->nr], report = { 0 };
	int ret = capture_report(capture, run->options, from, to, &report);

	all->has_left_out = report.has_left_out;
	all->left_out += report.left_out;
	all->left_out_ns += report.left_out_ns;
	all->has_idle = report.has_idle;
	all->idle += report.idle;
	all->idle_ns += report.idle_ns;
	if (!ret && report.duration_ns) {
		ret = diff_slice(&run->diff, (double)report.duration_ns / 1e9);
		for (size_t i = 0; i < report.nr_rows && !ret; i++)
			ret = diff_add(&run->diff, &report.rows[i]);
	}
	report_free(&report);
	return ret;
}

/* A slice that was cut short by the end goes to the one before it. */
static size_t nr_whole(const struct capture_info *info)
{
	size_t nr = info->nr_slices;

	if (nr > 1 && info->slices[nr - 1].duration_ns < info->slice_ns / 2)
		nr--;
	return nr;
}

static int add_capture(struct run *run, struct capture *capture, enum diff_side side)
{
	const struct capture_info *info = capture_info(capture);
	size_t nr = nr_whole(info), step = (nr + MAX_SLICES - 1) / MAX_SLICES, last;
	int ret = diff_run(&run->diff, side, (double)info->work);

	for (size_t from = 0; from < nr && !ret; from += step) {
		last = from + step >= nr ? info->nr_slices : from + step;
		ret = add_window(run, capture, from, last);
	}
	return ret;
}

static int read_capture(struct run *run, const char *path, enum diff_side side)
{
	struct capture *capture = NULL;
	int ret = capture_open(&capture, path);

	if (!ret)
		ret = add_capture(run, capture, side);
	if (ret) {
		complain_capture(path, capture);
		capture_close(capture);
		return EXIT_FAILED;
	}
	capture_counters(capture, &run->counters[run->nr]);
	run->captures[run->nr] = capture;
	run->recordings[run->nr] = (struct diff_recording){
		.side = side,
		.info = capture_info(capture),
		.counters = &run->counters[run->nr],
	};
	run->nr++;
	return EXIT_FINE;
}

/* --before and --after, or two arguments. */
static int check_files(struct options *options)
{
	if (options->nr_args) {
		if (options->nr_args != 2 || options->nr_diff[0] || options->nr_diff[1]) {
			complain("diff", "compares two captures, BEFORE and AFTER",
				 "for several a side give --before FILE,FILE --after FILE,FILE");
			return EXIT_USAGE;
		}
		for (size_t s = 0; s < 2; s++)
			options->diff[s][options->nr_diff[s]++] = options->args[s];
	}
	if (options->nr_diff[0] && options->nr_diff[1])
		return EXIT_FINE;
	complain("diff", "nothing to compare",
		 "give two captures, BEFORE and AFTER, made by 'waitprof record'");
	return EXIT_USAGE;
}

static int show(struct run *run, bool json)
{
	const struct diff_report report = {
		.diff = &run->diff,
		.recordings = run->recordings,
		.nr_recordings = run->nr,
		.width = term_width(),
		.max_rows = MAX_ROWS,
	};
	int ret = diff_compare(&run->diff);

	if (ret) {
		complain("diff",
			 ret == -ENODATA ? "a recording without any slice of time" : strerror(-ret),
			 ret == -ENODATA ? "record longer" : NULL);
		return EXIT_FAILED;
	}
	if (json)
		return render_json_diff(stdout, &report) ? EXIT_FAILED : EXIT_FINE;
	render_diff(stdout, &report);
	return EXIT_FINE;
}

/**
 * cmd_diff() - run the command
 * @argc: length of @argv
 * @argv: "diff" and its options
 *
 * Return: exit status.
 */
int cmd_diff(int argc, char **argv)
{
	static struct run run;
	struct options options;
	int status = cmd_options(&command, argc, argv, &options);

	if (status != CMD_GO_ON)
		return status;
	memset(&run, 0, sizeof(run));
	run.options = &options;
	status = check_files(&options);
	for (size_t s = 0; s < DIFF_NR_SIDES; s++)
		for (size_t i = 0; i < options.nr_diff[s] && status == EXIT_FINE; i++)
			status = read_capture(&run, options.diff[s][i], (enum diff_side)s);
	if (status == EXIT_FINE)
		status = show(&run, options.json);
	for (size_t i = 0; i < run.nr; i++) {
		report_free(&run.counters[i]);
		capture_close(run.captures[i]);
	}
	diff_free(&run.diff);
	return status;
}
