// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof hist: one session, one window, the distribution of its waits.
 */
#include <stdio.h>

#include "cmd.h"
#include "cmd_run.h"
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
	.rows = OPTIONS_FILTER | OPTIONS_DURATION | OPTIONS_GROUP | OPTIONS_WAKERS | OPTIONS_JSON,
	.by = GROUP_BY_CLASS,
};

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

static int print_report(const struct options *options, const struct report *report)
{
	char length[FORMAT_LEN], who[128], title[192];
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

static int show(struct collect *c, const struct options *options, struct profile *window,
		uint64_t duration_ns)
{
	struct report report = { .duration_ns = duration_ns };
	int ret = collect_report(c, window, options->by, &report);

	if (!ret) {
		group_sort_rows(report.rows, report.nr_rows, GROUP_SORT_TOTAL);
		ret = print_report(options, &report);
	}
	report_free(&report);
	return ret;
}

static int run(struct collect *c, struct options *options)
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
		ret = show(c, options, &window, duration_ns) ? EXIT_FAILED : EXIT_FINE;
	} else {
		if (kept.duration_ns)
			show(c, options, &kept.profile, kept.duration_ns);
		ret = complain_collect(c, ret);
	}
	profile_free(&kept.profile);
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
	return cmd_session(&command, argc, argv, run);
}
