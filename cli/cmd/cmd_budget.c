// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof budget: where the wall time of each thread went. The window lies
 * between two readings of the session, with the scheduler's figures read on both
 * sides of each; between them threads are looked at now and then, to name what
 * they sleep in outside of waits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/budget.h"
#include "cmd/budget_capture.h"
#include "cmd/budget_show.h"
#include "cmd/cmd.h"
#include "cmd/cmd_run.h"
#include "cmd/complain.h"
#include "collect/follow.h"
#include "util/format.h"
#include "util/ids.h"
#include "render/render.h"
#include "util/term.h"
#include "collect/threads.h"

#define BASE_TRIES 5
#define REST	   10 /* looking may take one part in so many of a CPU, */
#define SELDOM_NS  200000000ULL /* but is done that often */

static const struct options_command command = {
	.name = "budget",
	.doc = "Show where the wall time of each thread went: on a CPU, on the run-queue, in each "
	       "class of waits, in other sleep. It adds up to 100 %.",
	.examples =
		"  waitprof budget -p 4242 --duration 10             ten seconds of one process\n"
		"  waitprof budget -p 4242 --follow --duration 1min  with its children\n"
		"  waitprof budget -i before.wp                      of what was recorded\n",
	.rows = OPTIONS_FILTER | OPTIONS_GUARD | OPTIONS_DURATION | OPTIONS_INPUT | OPTIONS_JSON,
	.by = GROUP_BY_NONE,
};

/* What is left out cannot add up; and whose time is it that is to be divided? */
static int complain_sense(const struct options *o)
{
	if (!o->input && !o->nr_tgids && !o->nr_tids) {
		complain("budget", "whose time? give --pid or --tid", NULL);
		return EXIT_USAGE;
	}
	if (o->kinds || o->min_wait_ns || o->cgroup || o->idle) {
		complain(o->kinds	? "--kind" :
			 o->min_wait_ns ? "--min-wait" :
			 o->cgroup	? "--cgroup" :
					  "--idle",
			 "leaves out waits, so that nothing would add up", "leave it out");
		return EXIT_USAGE;
	}
	return EXIT_FINE;
}

/* A reading during which no wait ended is exact. */
static int begin(struct collect *c, struct threads *t)
{
	struct client_stats before;
	uint64_t duration_ns;
	int ret = 0;

	for (int i = 0; !ret && i < BASE_TRIES; i++) {
		struct profile nothing = { 0 };

		ret = client_stats(c->client, c->session.id, &before);
		if (!ret)
			ret = threads_read(t);
		if (!ret)
			ret = collect_window(c, &nothing, &duration_ns);
		if (!ret)
			ret = threads_read(t);
		profile_free(&nothing);
		if (!ret && client_nr_ended(&before) == client_nr_ended(&c->stats))
			break;
	}
	if (ret)
		return ret;
	threads_note_unseen(t, true);
	threads_begin(t, c->base_ns);
	return 0;
}

/* During the window: the module's questions, then ours. */
static uint64_t poll_all(void *arg)
{
	struct threads *t = arg;
	uint64_t teach_ns = collect_teach(t->collect);

	/* What fails here fails at the end, too, and is told there. */
	threads_sample(t);
	return teach_ns && teach_ns < t->next_ns ? teach_ns : t->next_ns;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static int fill_thread(struct naming *naming, const struct threads_row *row, uint64_t edge_ns,
		       struct budget_thread *to)
{
	struct budget *b = &to->budget;
	int ret;

	to->tid = row->tid;
	to->tgid = row->tgid;
	memcpy(to->comm, row->comm, sizeof(to->comm));
	to->began = row->began;
	to->ended = row->end_ns;
	b->wall_ns = less(row->end_ns ? row->end_ns : edge_ns, row->begin_ns);
	b->samples = row->sleeps.samples;
	b->wait_samples = row->sleeps.wait_samples;
	ret = budget_add_measured(b, less(row->final.cpu_ns, row->base.cpu_ns),
				  less(row->final.runqueue_ns, row->base.runqueue_ns));
	for (size_t i = 0; !ret && i < row->sleeps.nr; i++)
		ret = budget_add(b, &row->sleeps.parts[i]);
	if (!ret && row->unseen_ns)
		ret = budget_add_unseen(b, row->unseen,
					naming_kind(naming_site_of(naming, row->unseen,
								   row->unseen_kstack,
								   row->unseen_ustack, row->tgid),
						    row->unseen_op),
					less(row->unseen_ns, row->unseen_from_ns));
	return ret;
}

static int make_budget(struct collect *c, const struct threads *t, struct profile *window,
		       struct budget_report *to)
{
	int ret = collect_report(c, window, GROUP_BY_NONE, &to->report);

	to->samples = t->samples;
	to->begin_ns = c->edge_ns - to->report.duration_ns;
	to->threads = calloc(t->nr ? t->nr : 1, sizeof(*to->threads));
	if (!ret && !to->threads)
		ret = -ENOMEM;
	for (size_t i = 0; !ret && i < t->nr; i++) {
		to->nr_threads++;
		ret = fill_thread(&c->naming, &t->rows[i], c->edge_ns, &to->threads[i]);
	}
	return ret ? ret : budget_finish(to);
}

static int measure(struct collect *c, struct options *options, struct threads *t,
		   struct budget_report *report)
{
	const struct follow_watch watch = {
		.tick = collect_tick,
		.tick_arg = c,
		.poll = poll_all,
		.poll_arg = t,
	};
	struct profile window = { 0 };
	int ret = begin(c, t);

	if (ret)
		return ret;
	follow_until(options->duration_ns ? c->base_ns + options->duration_ns : 0, options, false,
		     &watch);
	ret = threads_read(t);
	if (!ret)
		ret = collect_last_window(c, &window, &report->report.duration_ns);
	if (!ret)
		ret = threads_read(t);
	if (!ret) {
		threads_end(t, c->edge_ns);
		ret = make_budget(c, t, &window, report);
	}
	if (!ret)
		ret = budget_show(options, NULL, report);
	profile_free(&window);
	return ret;
}

static int run(struct collect *c, struct options *options)
{
	struct threads threads = { .collect = c, .rest = REST, .seldom_ns = SELDOM_NS };
	struct budget_report report = { 0 };
	int ret = measure(c, options, &threads, &report);

	budget_report_free(&report);
	threads_free(&threads);
	return ret ? complain_collect(c, ret) : EXIT_FINE;
}

/**
 * cmd_budget() - run the command
 * @argc: length of @argv
 * @argv: "budget" and its options
 *
 * Return: exit status.
 */
int cmd_budget(int argc, char **argv)
{
	struct options options;
	struct collect c;
	int ret, status = cmd_options(&command, argc, argv, &options);

	if (status == CMD_GO_ON)
		status = complain_sense(&options) == EXIT_FINE ? CMD_GO_ON : EXIT_USAGE;
	if (status != CMD_GO_ON)
		return status;
	if (options.input)
		return budget_capture(&options);
	follow_catch_signals();
	ret = collect_open(&c, &options, false);
	if (!ret)
		cmd_tell(&c);
	status = ret ? complain_collect(&c, ret) : run(&c, &options);
	collect_close(&c);
	return status;
}
