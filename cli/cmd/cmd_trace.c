// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof trace: one line per wait, as it ends.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/cmd_run.h"
#include "cmd/complain.h"
#include "util/format.h"
#include "render/render.h"
#include "collect/stream.h"
#include "util/term.h"
#include "cmd/trace_capture.h"

static const struct options_command command = {
	.name = "trace",
	.doc = "Show every wait by itself, one line each, as it ends.\v"
	       "What does not fit the terminal's width is left out; a file or a pipe gets every "
	       "column.",
	.examples = "  waitprof trace -p 4242 --min-wait 10ms   the long waits of a process\n"
		    "  waitprof trace -c futex --wakers         and who ended them\n"
		    "  waitprof trace --duration 5 --json       one object a line, for 5 seconds\n",
	.rows = OPTIONS_FILTER | OPTIONS_GUARD | OPTIONS_DURATION | OPTIONS_WAKERS |
		OPTIONS_RECORDS | OPTIONS_JSON | OPTIONS_INPUT,
	.records = true,
};

/* How lines are printed. */
struct trace {
	bool json;
	struct render_view view;
};

static int print_wait(const struct report_record *record, void *arg)
{
	const struct trace *t = arg;

	if (t->json)
		return render_json_record(stdout, record);
	render_record(stdout, record, &t->view);
	return 0;
}

static int flush(void *arg)
{
	(void)arg;
	return output_flush();
}

static int print_end(struct stream *s)
{
	char length[FORMAT_LEN];

	collect_counters(s->c, &s->report);
	s->report.has_left_out = s->options->kinds;
	s->report.has_idle = s->options->idle_list;
	if (s->options->json)
		return render_json_counters(stdout, &s->report);
	fprintf(stderr, "%" PRIu64 " waits in %s\n",
		s->nr_read - s->report.left_out - s->report.idle,
		format_duration(length, sizeof(length), s->report.duration_ns));
	render_losses(stderr, &s->report);
	return 0;
}

static int run(struct collect *c, struct options *options)
{
	struct trace t = { .json = options->json,
			   .view = { .width = term_width(), .wakers = options->wakers } };
	struct stream s = {
		.c = c, .options = options, .each = print_wait, .flush = flush, .arg = &t
	};
	int ret;

	if (!options->json)
		render_record_header(stdout, &t.view);
	s.output = output_flush();
	ret = stream_run(&s);
	if (!ret)
		ret = print_end(&s);
	if (!s.output)
		s.output = output_flush();
	if (s.output)
		return complain_output(s.output);
	return ret ? complain_collect(c, ret) : EXIT_FINE;
}

/**
 * cmd_trace() - run the command
 * @argc: length of @argv
 * @argv: "trace" and its options
 *
 * Return: exit status.
 */
int cmd_trace(int argc, char **argv)
{
	struct options options;
	int status = cmd_options(&command, argc, argv, &options);

	if (status != CMD_GO_ON)
		return status;
	if (options.input)
		return trace_capture(&options);
	return cmd_session(&command, argc, argv, run);
}
