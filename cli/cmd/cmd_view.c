// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the commands that show one window have in common: a session, the wait for
 * its end, one exact reading; or, of a capture, the sum of its slices.
 */
#include "capture/capture.h"
#include "cmd/cmd_report.h"
#include "cmd/cmd_run.h"
#include "cmd/cmd_view.h"
#include "cmd/complain.h"
#include "collect/follow.h"

typedef int (*show_fn)(const struct options *options, struct report *report);

/**
 * struct kept - what is left when the module is removed before the end
 * @c: collect
 * @profile: the last reading
 * @duration_ns: its window
 * @next_ns: when to take the next one
 */
struct kept {
	struct collect *c;
	struct profile profile;
	uint64_t duration_ns;
	uint64_t next_ns;
};

/* A reading now and then, so seldom that it takes 2 % of the time at most. */
static int keep(void *arg)
{
	struct kept *kept = arg;
	uint64_t begin_ns = follow_now(), duration_ns;
	struct profile profile = { 0 };
	int ret = collect_tick(kept->c);

	int failed;

	if (ret < 0 || begin_ns < kept->next_ns)
		return ret;
	failed = collect_whole(kept->c, false, &profile, &duration_ns);
	if (failed) {
		profile_free(&profile);
		return failed;
	}
	profile_free(&kept->profile);
	kept->profile = profile;
	kept->duration_ns = duration_ns;
	kept->next_ns = begin_ns + 50 * (follow_now() - begin_ns);
	return ret;
}

static int show_window(struct collect *c, const struct options *options, struct profile *window,
		       uint64_t duration_ns, show_fn show)
{
	struct report report = { .duration_ns = duration_ns };
	int ret = collect_report(c, window, options->by, &report);

	if (!ret) {
		group_sort_rows(report.rows, report.nr_rows, options->sort);
		ret = show(options, &report);
	}
	report_free(&report);
	return ret;
}

static int run_session(struct collect *c, struct options *options, show_fn show)
{
	struct kept kept = { .c = c };
	const struct follow_watch watch = {
		.tick = keep,
		.tick_arg = &kept,
		.poll = collect_teach,
		.poll_arg = c,
	};
	struct profile window = { 0 };
	uint64_t duration_ns, end_ns = 0;
	int ret;

	if (options->duration_ns)
		end_ns = c->session.start_ns + options->duration_ns;
	follow_until(end_ns, options, false, &watch);
	ret = collect_whole(c, true, &window, &duration_ns);
	if (!ret) {
		ret = show_window(c, options, &window, duration_ns, show) ? EXIT_FAILED : EXIT_FINE;
	} else {
		if (kept.duration_ns)
			show_window(c, options, &kept.profile, kept.duration_ns, show);
		ret = complain_collect(c, ret);
	}
	profile_free(&kept.profile);
	profile_free(&window);
	return ret;
}

static int view_capture(const struct options *options, show_fn show)
{
	struct capture *capture;
	struct report report = { 0 };
	int status = cmd_report_read(options, &capture, &report);

	if (status == EXIT_FINE && show(options, &report))
		status = EXIT_FAILED;
	report_free(&report);
	capture_close(capture);
	return status;
}

/**
 * cmd_view() - run a command that shows one window
 * @command: the command
 * @argc: length of @argv
 * @argv: the command's name and its options
 * @show: called once with the whole window, its rows grouped by @options->by and
 *	sorted, the largest time first (by --sort, if the command takes it); returns 0 or
 *	what is not 0 when it failed and has said so
 *
 * With -i the window is that of a capture.
 *
 * Return: exit status.
 */
int cmd_view(const struct options_command *command, int argc, char **argv, show_fn show)
{
	struct options options;
	struct collect c;
	int ret, status = cmd_options(command, argc, argv, &options);

	if (status != CMD_GO_ON)
		return status;
	if (options.input)
		return view_capture(&options, show);
	follow_catch_signals();
	ret = collect_open(&c, &options, command->glance);
	if (!ret)
		cmd_tell(&c);
	status = ret ? complain_collect(&c, ret) : run_session(&c, &options, show);
	collect_close(&c);
	return status;
}
