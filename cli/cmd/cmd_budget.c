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

static const struct options_command command = {
	.name = "budget",
	.doc = "Show where the wall time of each thread went: on a CPU, on the run-queue, in each "
	       "class of waits, in other sleep. It adds up to 100 %.",
	.examples =
		"  waitprof budget -p 4242 --duration 10             ten seconds of one process\n"
		"  waitprof budget -p 4242 --follow --duration 1min  with its children\n",
	.rows = OPTIONS_FILTER | OPTIONS_DURATION | OPTIONS_INPUT | OPTIONS_JSON,
	.by = GROUP_BY_NONE,
};

/* What is left out cannot add up; and whose time is it that is to be divided? */
static int complain_sense(const struct options *o)
{
	if (o->input) {
		complain(
			"-i", "a capture has no figures of the scheduler for each thread",
			"leave it out and give the --pid of what runs now; 'waitprof report' shows "
			"captures");
		return EXIT_USAGE;
	}
	if (!o->nr_tgids && !o->nr_tids) {
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

static uint64_t nr_ended(const struct client_stats *stats)
{
	uint64_t n = 0;

	for (size_t i = 0; i < stats->nr_counters; i++)
		n += stats->counters[i].ended;
	return n;
}

/* Of these nobody will tell when they end: it shows in that the thread has run. */
static void note_unseen(struct threads *t)
{
	const struct collect *c = t->collect;

	for (size_t i = 0; i < c->nr_open; i++) {
		const struct window_open *o = &c->open[i];
		struct threads_row *row = threads_find(t, o->wait.tid);

		if (!row || !o->wait.class_id || !(o->wait.flags & WAITPROF_WAIT_F_INFERRED) ||
		    row->before.sched.runs != row->last.sched.runs)
			continue;
		row->unseen = o->wait.class_id;
		row->unseen_kind =
			naming_kind(naming_site_of(&t->collect->naming, o->wait.class_id,
						   o->seen_kstack, o->seen_ustack, o->wait.tgid),
				    o->wait.op);
		row->unseen_runs = row->last.sched.runs;
	}
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
		if (!ret && nr_ended(&before) == nr_ended(&c->stats))
			break;
	}
	if (ret)
		return ret;
	note_unseen(t);
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

static int add_measured(struct budget *b, enum budget_type type, uint64_t ns)
{
	const struct budget_part part = { .type = type, .ns = ns };

	return budget_add(b, &part);
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static int fill_thread(const struct threads_row *row, uint64_t edge_ns, struct budget_thread *to)
{
	struct budget *b = &to->budget;
	int ret;

	to->tid = row->tid;
	to->tgid = row->tgid;
	memcpy(to->comm, row->comm, sizeof(to->comm));
	to->began = row->began;
	to->ended = row->end_ns;
	b->wall_ns = less(row->end_ns ? row->end_ns : edge_ns, row->begin_ns);
	ret = add_measured(b, BUDGET_ON_CPU, less(row->final.cpu_ns, row->base.cpu_ns));
	if (!ret)
		ret = add_measured(b, BUDGET_RUN_QUEUE,
				   less(row->final.runqueue_ns, row->base.runqueue_ns));
	b->samples = row->sleeps.samples;
	b->wait_samples = row->sleeps.wait_samples;
	for (size_t i = 0; !ret && i < row->sleeps.nr; i++)
		ret = budget_add(b, &row->sleeps.parts[i]);
	if (!ret && row->unseen_ns) {
		struct budget_part part = { .type = BUDGET_WAIT,
					    .class_id = row->unseen,
					    .kind = row->unseen_kind };

		part.ns = less(row->unseen_ns, row->begin_ns);
		part.inferred_ns = part.ns;
		ret = budget_add(b, &part);
	}
	return ret;
}

/* The waits of the window to their threads. */
static int add_waits(const struct threads *t, struct budget_report *to)
{
	struct ids unseen = { 0 };
	int ret = 0;

	for (size_t i = 0; !ret && i < to->report.nr_rows; i++) {
		const struct report_row *row = &to->report.rows[i];
		const struct threads_row *thread = threads_find(t, row->sum.tid);
		struct budget_part part = { .type = BUDGET_WAIT,
					    .class_id = row->sum.class_id,
					    .kind = row->kind,
					    .ns = row->sum.blocked_ns };

		if (row->sum.class_id == WAITPROF_CLASS_BLOCK || !part.ns)
			continue;
		part.inferred_ns = row->inferred ? part.ns : 0;
		if (thread) {
			ret = budget_add(&to->threads[thread - t->rows].budget, &part);
		} else if (row->sum.flags & WAITPROF_ROW_F_OVERFLOW || !row->sum.tid) {
			to->unattributed_ns += part.ns;
		} else {
			to->unseen += ids_add(&unseen, row->sum.tid);
			to->unseen_ns += part.ns;
		}
	}
	ids_free(&unseen);
	return ret;
}

static int by_process(const void *va, const void *vb)
{
	const struct budget_thread *a = va, *b = vb;

	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (a->budget.wall_ns != b->budget.wall_ns)
		return a->budget.wall_ns < b->budget.wall_ns ? 1 : -1;
	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static int add_processes(struct budget_report *to)
{
	int ret = 0;

	to->processes = calloc(to->nr_threads ? to->nr_threads : 1, sizeof(*to->processes));
	if (!to->processes)
		return -ENOMEM;
	for (size_t i = 0; !ret && i < to->nr_threads; i++) {
		const struct budget_thread *thread = &to->threads[i];
		struct budget_process *process;

		if (!i || thread->tgid != to->threads[i - 1].tgid)
			to->nr_processes++;
		process = &to->processes[to->nr_processes - 1];
		if (!process->nr_threads++ || thread->tid == thread->tgid)
			memcpy(process->comm, thread->comm, sizeof(process->comm));
		process->tgid = thread->tgid;
		ret = budget_merge(&process->budget, &thread->budget);
	}
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
		ret = fill_thread(&t->rows[i], c->edge_ns, &to->threads[i]);
	}
	if (!ret)
		ret = add_waits(t, to);
	for (size_t i = 0; !ret && i < to->nr_threads; i++)
		ret = budget_close(&to->threads[i].budget);
	if (ret)
		return ret;
	qsort(to->threads, to->nr_threads, sizeof(*to->threads), by_process);
	return add_processes(to);
}

/* " -p 12,34 --follow": for the commands that are shown. */
static void same_tasks(const struct options *o, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (uint32_t i = 0; i < o->nr_tgids + o->nr_tids && used < size; i++) {
		bool is_tid = i >= o->nr_tgids;
		uint32_t k = is_tid ? i - o->nr_tgids : i;
		uint32_t id = is_tid ? o->tids[k] : o->tgids[k];

		if (k)
			used += (size_t)snprintf(buf + used, size - used, ",%u", id);
		else
			used += (size_t)snprintf(buf + used, size - used, " -%c %u",
						 is_tid ? 't' : 'p', id);
	}
	/* Cut ids are other ids. */
	if (used >= size)
		snprintf(buf, size, " ...");
}

static int print(const struct options *options, const struct budget_report *report)
{
	char length[FORMAT_LEN], who[128], title[192];
	struct render_view view = { .width = term_width(), .title = title };

	if (options->json)
		return render_json_budget(stdout, report);
	snprintf(title, sizeof(title), "waitprof budget: %s, %s",
		 options_who(options, who, sizeof(who)),
		 format_duration(length, sizeof(length), report->report.duration_ns));
	render_budget(stdout, report, &view);
	return 0;
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
	char whom[128];
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
	if (!ret) {
		same_tasks(options, whom, sizeof(whom));
		budget_ask_next(report, whom);
		ret = print(options, report);
	}
	profile_free(&window);
	return ret;
}

static int run(struct collect *c, struct options *options)
{
	struct threads threads = { .collect = c };
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
	follow_catch_signals();
	ret = collect_open(&c, &options, false);
	if (!ret)
		cmd_tell(&c);
	status = ret ? complain_collect(&c, ret) : run(&c, &options);
	collect_close(&c);
	return status;
}
