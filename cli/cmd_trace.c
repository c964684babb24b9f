// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof trace: one line per wait, as it ends. Every tenth of a second what the
 * module has recorded is read; a wait is printed once a whole reading lies between
 * its end and now, so that lines come in the order of the ends although each CPU
 * records by itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "cmd.h"
#include "cmd_run.h"
#include "collect.h"
#include "complain.h"
#include "follow.h"
#include "format.h"
#include "options.h"
#include "records.h"
#include "render.h"
#include "term.h"
#include "trace_capture.h"

#define POLL_NS	   100000000ULL
#define TICK_NS	   1000000000ULL
#define LAST_TRIES 5

static const struct options_command command = {
	.name = "trace",
	.doc = "Show every wait by itself, one line each, as it ends.\v"
	       "What does not fit the terminal's width is left out; a file or a pipe gets every "
	       "column.",
	.examples = "  waitprof trace -p 4242 --min-wait 10ms   the long waits of a process\n"
		    "  waitprof trace -c futex --wakers         and who ended them\n"
		    "  waitprof trace --duration 5 --json       one object a line, for 5 seconds\n",
	.rows = OPTIONS_FILTER | OPTIONS_DURATION | OPTIONS_WAKERS | OPTIONS_RECORDS |
		OPTIONS_JSON | OPTIONS_INPUT,
	.records = true,
};

/**
 * struct trace - the state of the command
 * @c: collect
 * @options: options
 * @others: --follow: somebody lives beside the processes and threads given
 * @view: how lines are printed
 * @records: read and not printed yet
 * @nr_read: waits read in all
 * @nr_lost: waits lost, as last told to the user
 * @polled_ns: when the last reading began
 * @told_ns: when it was last looked for losses
 * @report: for the counters at the end
 */
struct trace {
	struct collect *c;
	const struct options *options;
	bool others;
	struct render_view view;
	struct records records;
	uint64_t nr_read;
	uint64_t nr_lost;
	uint64_t polled_ns;
	uint64_t told_ns;
	struct report report;
};

/* From the clock of the records to that on the wall, which may be set any time. */
static int64_t wall_offset(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - (int64_t)follow_now();
}

static int print_due(struct trace *t, uint64_t until_ns)
{
	size_t nr = records_due(&t->records, until_ns);
	int64_t offset = wall_offset();
	int stacks = collect_record_stacks(t->c, t->records.rows, nr), ret = 0;

	for (size_t i = 0; !ret && i < nr; i++) {
		struct report_record to;

		collect_record(t->c, &t->records.rows[i], &to);
		to.wall_ns = (uint64_t)((int64_t)to.record->end_ns + offset);
		if (to.left_out) {
			t->report.left_out++;
			t->report.left_out_ns += to.record->duration_ns - to.record->inner_ns;
		} else if (to.idle) {
			t->report.idle++;
			t->report.idle_ns += to.record->duration_ns - to.record->inner_ns;
		} else if (t->options->json) {
			ret = render_json_record(stdout, &to);
		} else {
			render_record(stdout, &to, &t->view);
		}
	}
	records_drop(&t->records, nr);
	/* Without a stack a wait is a wait all the same. */
	if (!ret)
		ret = output_flush();
	return ret ? ret : stacks;
}

static int read_records(struct trace *t)
{
	size_t before = t->records.nr;
	int ret = collect_records(t->c, &t->records);

	t->nr_read += t->records.nr - before;
	return ret;
}

static uint64_t sum_lost(const struct client_stats *stats, uint64_t *reported)
{
	uint64_t lost = 0;

	*reported = 0;
	for (size_t i = 0; i < stats->nr_counters; i++) {
		lost += stats->counters[i].lost;
		*reported += stats->counters[i].reported;
	}
	return lost;
}

/* A hole in the lines is told while it is young, not only at the end. */
static int tell_lost(struct trace *t)
{
	uint64_t lost, reported;
	int ret = collect_tick(t->c);

	if (ret < 0)
		return ret;
	t->others = t->options->follow && !ret;
	lost = sum_lost(&t->c->stats, &reported);
	if (lost > t->nr_lost)
		fprintf(stderr,
			"waitprof: trace: %" PRIu64
			" waits lost in the last second, no room; narrow the filter or give --records\n",
			lost - t->nr_lost);
	t->nr_lost = lost;
	t->told_ns = follow_now();
	return 0;
}

static int poll_once(struct trace *t)
{
	uint64_t now = follow_now(), until_ns = t->polled_ns;
	int ret = read_records(t);

	t->polled_ns = now;
	if (!ret)
		ret = print_due(t, until_ns);
	if (!ret && now >= t->told_ns + TICK_NS)
		ret = tell_lost(t);
	return ret;
}

/* Paused, only waits that are open can still end; then the books are closed. */
static int poll_last(struct trace *t)
{
	uint64_t reported;
	int ret = client_session_pause(t->c->client, t->c->session.id, true);

	t->report.duration_ns = follow_now() - t->c->session.start_ns;
	for (int i = 0; !ret && i < LAST_TRIES; i++) {
		ret = read_records(t);
		if (!ret)
			ret = client_stats(t->c->client, t->c->session.id, &t->c->stats);
		sum_lost(&t->c->stats, &reported);
		if (reported == t->nr_read)
			break;
	}
	return ret;
}

/* This sleep is too short to be told in it who is left. */
static enum follow_end sleep_until(const struct trace *t, uint64_t deadline_ns)
{
	const struct follow_watch watch = { .poll = collect_teach, .poll_arg = t->c };
	struct options options = *t->options;

	options.follow = t->others;
	return follow_until(deadline_ns, &options, false, &watch);
}

static int loop(struct trace *t)
{
	uint64_t end_ns = 0;
	enum follow_end end = FOLLOW_TIME;
	int ret = 0;

	if (t->options->duration_ns)
		end_ns = t->c->session.start_ns + t->options->duration_ns;
	t->polled_ns = t->c->session.start_ns;
	t->told_ns = follow_now();
	while (!ret && end == FOLLOW_TIME && (!end_ns || t->polled_ns < end_ns)) {
		uint64_t next = t->polled_ns + POLL_NS;

		if (next < follow_now())
			next = follow_now();
		if (end_ns && next > end_ns)
			next = end_ns;
		end = sleep_until(t, next);
		ret = poll_once(t);
	}
	return ret;
}

static int print_end(struct trace *t)
{
	char length[FORMAT_LEN];

	collect_counters(t->c, &t->report);
	t->report.has_left_out = t->options->kinds;
	t->report.has_idle = t->options->idle_list;
	if (t->options->json)
		return render_json_counters(stdout, &t->report);
	fprintf(stderr, "%" PRIu64 " waits in %s\n",
		t->nr_read - t->report.left_out - t->report.idle,
		format_duration(length, sizeof(length), t->report.duration_ns));
	render_losses(stderr, &t->report);
	return 0;
}

static int run(struct collect *c, struct options *options)
{
	struct trace t = { .c = c,
			   .options = options,
			   .others = options->follow,
			   .view = { .width = term_width(), .wakers = options->wakers } };
	int ret, left, output;

	if (!options->json)
		render_record_header(stdout, &t.view);
	ret = output_flush();
	if (!ret)
		ret = loop(&t);
	output = output_flush();
	if (!output && !ret)
		ret = poll_last(&t);
	/* What has been read is printed whatever became of the module. */
	left = output ? 0 : print_due(&t, UINT64_MAX);
	if (!ret && !left && !output)
		ret = print_end(&t);
	records_free(&t.records);
	if (!output)
		output = output_flush();
	if (output)
		return complain_output(output);
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
