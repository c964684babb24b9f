// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a part of a budget is called, and the question that the largest one leads to.
 */
#include <stdio.h>
#include <string.h>

#include "profile/budget.h"
#include "util/format.h"
#include "profile/names.h"

/* A part that a second question is worth. */
#define WORTH 0.05

/**
 * budget_part_name() - a part, as people read it: "futex lock", "sleep in ep_poll"
 * @buf: result
 * @size: its room
 * @part: part
 *
 * Return: @buf.
 */
const char *budget_part_name(char *buf, size_t size, const struct budget_part *part)
{
	const char *kind = kind_name(part->kind);

	switch (part->type) {
	case BUDGET_ON_CPU:
		snprintf(buf, size, "on-CPU");
		break;
	case BUDGET_RUN_QUEUE:
		snprintf(buf, size, "run-queue");
		break;
	case BUDGET_WAIT:
		snprintf(buf, size, "%s%s%s", names_class(part->class_id), kind ? " " : "",
			 kind ? kind : "");
		break;
	case BUDGET_SLEEP:
		snprintf(buf, size, "sleep in %s", part->function);
		break;
	case BUDGET_UNACCOUNTED:
		snprintf(buf, size, "unaccounted");
		break;
	}
	return buf;
}

static void ask(char *to, const struct budget_part *part, uint64_t wall_ns, const char *whom,
		bool is_captured)
{
	char name[BUDGET_FUNCTION_LEN + 16], share[FORMAT_LEN];
	const char *kind = part->kind != KIND_OTHER ? kind_name(part->kind) : NULL;

	budget_part_name(name, sizeof(name), part);
	format_share(share, sizeof(share), part->ns, wall_ns);
	switch (part->type) {
	case BUDGET_ON_CPU:
		snprintf(to, BUDGET_NEXT_LEN, "%s on-CPU: no wait; see 'perf record -g%s'", share,
			 is_captured ? "" : whom);
		break;
	case BUDGET_RUN_QUEUE:
		snprintf(
			to, BUDGET_NEXT_LEN,
			"%s run-queue: more to run than CPUs, or a limit; see 'waitprof budget' of "
			"what else runs",
			share);
		break;
	case BUDGET_WAIT:
		snprintf(to, BUDGET_NEXT_LEN, "%s %s: see 'waitprof top%s -c %s%s%s'", share, name,
			 whom, names_class(part->class_id), kind ? " --kind " : "",
			 kind ? kind : "");
		break;
	case BUDGET_SLEEP:
		snprintf(to, BUDGET_NEXT_LEN, "%s %s: of no wait class; what should have woken it?",
			 share, name);
		break;
	case BUDGET_UNACCOUNTED:
		snprintf(to, BUDGET_NEXT_LEN, "%s unaccounted: see 'waitprof %s%s' for losses",
			 share, is_captured ? "top" : "status", is_captured ? whom : "");
		break;
	}
}

/**
 * budget_ask_next() - the question to ask next: about the largest part
 * @report: @processes are there; @next is set
 * @whom: options that name the tasks: " -p 12", " -i FILE"
 *
 * Where no command of ours answers that one, a second is about the largest wait.
 */
void budget_ask_next(struct budget_report *report, const char *whom)
{
	struct budget sum = { 0 };
	const struct budget_part *largest = NULL, *wait = NULL;

	for (size_t i = 0; i < report->nr_processes; i++)
		if (budget_merge(&sum, &report->processes[i].budget))
			goto out;
	for (size_t i = 0; i < sum.nr; i++) {
		const struct budget_part *part = &sum.parts[i];

		if (!largest || part->ns > largest->ns)
			largest = part;
		if (!wait && part->type == BUDGET_WAIT)
			wait = part;
	}
	if (!largest || !sum.wall_ns)
		goto out;
	ask(report->next[0], largest, sum.wall_ns, whom, report->report.is_captured);
	if (wait && wait != largest && (double)wait->ns >= WORTH * (double)sum.wall_ns)
		ask(report->next[1], wait, sum.wall_ns, whom, report->report.is_captured);
out:
	budget_free(&sum);
}
