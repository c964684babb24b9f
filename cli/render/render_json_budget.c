// SPDX-License-Identifier: GPL-2.0-only
/*
 * A budget as JSON: a row for each thread, and one for each process.
 */
#include <errno.h>

#include "profile/budget.h"
#include "render/keys.h"
#include "profile/names.h"
#include "render/render.h"

static const char *type_name(enum budget_type type)
{
	switch (type) {
	case BUDGET_ON_CPU:
		return "on_cpu";
	case BUDGET_RUN_QUEUE:
		return "run_queue";
	case BUDGET_WAIT:
		return "wait";
	case BUDGET_SLEEP:
		return "sleep";
	case BUDGET_UNACCOUNTED:
		break;
	}
	return "unaccounted";
}

static void put_budget(struct keys *to, const struct budget *b)
{
	keys_put_u64(to, "wall_ns", b->wall_ns);
	keys_put_u64(to, "excess_ns", b->excess_ns);
	keys_put_u64(to, "samples", b->samples);
	keys_array(to, "parts");
	for (size_t i = 0; i < b->nr; i++) {
		const struct budget_part *part = &b->parts[i];
		bool is_wait = part->type == BUDGET_WAIT, is_sleep = part->type == BUDGET_SLEEP;

		keys_object(to, NULL);
		keys_put_string(to, "part", type_name(part->type));
		keys_put_string(to, "class", is_wait ? names_class(part->class_id) : NULL);
		keys_put_string(to, "kind", is_wait ? kind_name(part->kind) : NULL);
		keys_put_string(to, "function", is_sleep ? part->function : NULL);
		keys_put_u64(to, "ns", part->ns);
		keys_put_u64(to, "inferred_ns", part->inferred_ns);
		keys_put_number(to, "samples", is_sleep, part->samples);
		keys_object_end(to);
	}
	keys_array_end(to);
}

static void put_thread(struct keys *to, const struct budget_thread *thread)
{
	keys_object(to, NULL);
	keys_put_id(to, "pid", thread->tgid);
	keys_put_id(to, "tid", thread->tid);
	keys_put_comm(to, "comm", thread->comm);
	keys_put_bool(to, "began", thread->began);
	keys_put_bool(to, "ended", thread->ended);
	put_budget(to, &thread->budget);
	keys_object_end(to);
}

static void put_process(struct keys *to, const struct budget_process *process)
{
	keys_object(to, NULL);
	keys_put_id(to, "pid", process->tgid);
	keys_put_comm(to, "comm", process->comm);
	keys_put_u64(to, "threads", process->nr_threads);
	put_budget(to, &process->budget);
	keys_object_end(to);
}

/**
 * render_json_budget() - the budgets of threads and processes
 * @out: where to
 * @report: the budget
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_json_budget(FILE *out, const struct budget_report *report)
{
	struct keys *to = keys_new(out);

	if (!to)
		return -ENOMEM;
	keys_object(to, NULL);
	keys_put_u64(to, "begin_ns", report->begin_ns);
	keys_put_u64(to, "samples", report->samples);
	keys_array(to, "rows");
	for (size_t i = 0; i < report->nr_threads; i++)
		put_thread(to, &report->threads[i]);
	keys_array_end(to);
	keys_array(to, "processes");
	for (size_t i = 0; i < report->nr_processes; i++)
		put_process(to, &report->processes[i]);
	keys_array_end(to);
	keys_object(to, "unseen");
	keys_put_u64(to, "threads", report->unseen);
	keys_put_u64(to, "blocked_ns", report->unseen_ns);
	keys_object_end(to);
	keys_put_u64(to, "unattributed_ns", report->unattributed_ns);
	keys_array(to, "next");
	for (size_t i = 0; i < 2; i++)
		if (report->next[i][0])
			keys_put_string(to, NULL, report->next[i]);
	keys_array_end(to);
	keys_put_report(to, &report->report, NULL);
	keys_object_end(to);
	return keys_finish(to);
}
