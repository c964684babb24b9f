// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof top: one session, a window per refresh, as a screen, as a stream of
 * tables or as a stream of JSON objects.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/cmd_report.h"
#include "cmd/cmd_run.h"
#include "collect/collect.h"
#include "cmd/complain.h"
#include "collect/coverage.h"
#include "collect/follow.h"
#include "util/format.h"
#include "options/options.h"
#include "profile/lock_sites.h"
#include "render/render.h"
#include "util/term.h"
#include "screen/top_live.h"

#define BATCH_ROWS    40
#define BATCH_BLOCKED 10

static const struct options_command command = {
	.name = "top",
	.doc = "Show who is blocked right now and which waits cost most, again and again.\v"
	       "On the screen, h shows the keys; q or Ctrl-C ends.",
	.examples =
		"  waitprof top -p 4242              a process: who is blocked, what costs most\n"
		"  waitprof top -b -n 1 -d 10        one table after 10 seconds\n"
		"  waitprof top -c io --by process   whose I/O is waited for\n"
		"  waitprof top -p 4242 --by waker   who makes it wait\n",
	.rows = OPTIONS_FILTER | OPTIONS_GUARD | OPTIONS_REFRESH | OPTIONS_GROUP | OPTIONS_WAKERS |
		OPTIONS_SORT | OPTIONS_JSON | OPTIONS_INPUT,
	.by = GROUP_BY_CALLSITE,
};

/* @span: "last" for a window, "in all" for the whole run. */
static int print_report(const struct options *options, const struct report *report,
			const char *span)
{
	char length[FORMAT_LEN], who[128], title[192];
	const struct render_view view = {
		.by = options->by,
		.width = term_width(),
		.max_rows = BATCH_ROWS,
		.max_blocked = BATCH_BLOCKED,
		.title = title,
	};
	int ret;

	if (options->json) {
		ret = render_json_top(stdout, report);
		return ret ? ret : output_flush();
	}
	snprintf(title, sizeof(title), "waitprof top: %s, %s %s",
		 options_who(options, who, sizeof(who)), span,
		 format_duration(length, sizeof(length), report->duration_ns));
	render_top(stdout, report, &view);
	return output_flush();
}

static int make_report(struct collect *c, const struct options *options, struct coverage *coverage,
		       struct profile *profile, struct report *report)
{
	int ret;

	/* First: to name frames may take long, and threads go meanwhile. */
	coverage_read(coverage);
	ret = collect_report(c, profile, options->by, report);
	if (!ret)
		ret = collect_blocked(c, 0, false, &report->blocked, &report->nr_blocked, NULL);
	if (!ret && options->by == GROUP_BY_OBJECT)
		ret = lock_sites_owners(report);
	if (ret)
		return ret;
	group_sort_rows(report->rows, report->nr_rows, options->sort);
	coverage_tell(coverage, false, report->duration_ns, profile, &report->coverage);
	return 0;
}

static int refresh(struct collect *c, const struct options *options, struct coverage *coverage)
{
	struct profile window = { 0 };
	struct report report = { 0 };
	int ret = collect_window(c, &window, &report.duration_ns);

	if (!ret)
		ret = make_report(c, options, coverage, &window, &report);
	if (!ret)
		ret = print_report(options, &report, "last");
	report_free(&report);
	profile_free(&window);
	return ret;
}

/* The module is gone, and with it whom to ask: the sum of what was read before. */
static int print_last(struct collect *c, const struct options *options, struct coverage *coverage)
{
	struct report report = { .duration_ns = c->base_ns - c->session.start_ns };
	struct profile whole = { 0 };
	int ret = profile_copy(&whole, &c->base);

	coverage_read(coverage);
	if (!ret)
		ret = collect_report(c, &whole, options->by, &report);
	if (!ret) {
		/* Nobody knows who is blocked now. */
		report.is_captured = true;
		group_sort_rows(report.rows, report.nr_rows, options->sort);
		coverage_tell(coverage, false, report.duration_ns, &whole, &report.coverage);
		ret = print_report(options, &report, "in all");
	}
	report_free(&report);
	profile_free(&whole);
	return ret;
}

/* What the screen has shown is gone with it: leave the sum of it behind. */
static int print_whole(struct collect *c, const struct options *options, struct coverage *coverage)
{
	struct profile whole = { 0 };
	struct report report = { 0 };
	int ret = collect_whole(c, false, &whole, &report.duration_ns);

	if (!ret)
		ret = make_report(c, options, coverage, &whole, &report);
	if (!ret)
		ret = print_report(options, &report, "in all");
	report_free(&report);
	profile_free(&whole);
	return ret;
}

/* Windows until something ends them; the last one is shown, too. */
static int loop(struct collect *c, const struct options *options, struct coverage *coverage)
{
	const struct follow_watch watch = {
		.tick = collect_tick,
		.tick_arg = c,
		.poll = collect_teach,
		.poll_arg = c,
	};
	uint64_t deadline = c->session.start_ns;
	bool last = false;
	int ret = 0;

	for (uint64_t n = 1; !ret && !last; n++) {
		enum follow_end end;

		deadline += options->delay_ns;
		end = follow_until(deadline, options, false, &watch);
		last = end != FOLLOW_TIME || n == options->nr_refreshes;
		ret = refresh(c, options, coverage);
		/* Behind by whole windows (stopped, suspended): do not catch up. */
		if (deadline + options->delay_ns < follow_now())
			deadline = follow_now();
		if (!options->json && !last)
			fputc('\n', stdout);
	}
	return ret;
}

static int batch(struct collect *c, const struct options *options)
{
	struct coverage *coverage = coverage_new(c);
	int ret = loop(c, options, coverage);

	coverage_free(coverage);
	return ret;
}

static int screen(struct collect *c, struct options *options)
{
	struct top_live live = { .c = c, .options = options };
	int ret = top_live(&live);

	if (live.is_open)
		cmd_tell(c);
	if (!ret)
		ret = print_whole(c, options, live.whole);
	else if (ret == -ENOENT && live.is_open && c->base_ns > c->session.start_ns)
		print_last(c, options, live.whole);
	top_live_free(&live);
	/* Ended before there was anything to be shown. */
	return ret == -EINTR ? 0 : ret;
}

static int open_and_batch(struct collect *c, const struct options *options)
{
	int ret = collect_begin(c, false);

	if (ret)
		return ret;
	cmd_tell(c);
	return batch(c, options);
}

/* The screen opens its session itself: to get ready for it may take long. */
static int run(struct collect *c, struct options *options)
{
	int ret = collect_connect(c, options), output;

	if (ret)
		return complain_collect(c, ret);
	if (options->json || !term_is_tty())
		options->batch = true;
	ret = options->batch ? -ENOTTY : screen(c, options);
	/* A terminal that is none for a screen, such as TERM=dumb. */
	if (ret == -ENOTTY)
		ret = open_and_batch(c, options);
	output = output_flush();
	if (output)
		return complain_output(output);
	return ret ? complain_collect(c, ret) : EXIT_FINE;
}

/**
 * cmd_top() - run the command
 * @argc: length of @argv
 * @argv: "top" and its options
 *
 * Return: exit status.
 */
int cmd_top(int argc, char **argv)
{
	struct options options;
	struct collect c;
	int status = cmd_options(&command, argc, argv, &options);

	if (status != CMD_GO_ON)
		return status;
	if (options.input)
		return cmd_report_show(&options);
	follow_catch_signals();
	status = run(&c, &options);
	collect_close(&c);
	return status;
}
