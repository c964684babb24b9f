// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unwind rules of a session: made for the followed processes before it opens, sent
 * before it begins, and told on demand while it lasts. Where the module takes none,
 * user stacks are walked by frame pointers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "collect/collect.h"
#include "collect/follow.h"
#include "proc/task.h"

#define SLOW_NS 2000000000ULL

/**
 * collect_processes() - visit the followed processes, those of followed threads, too
 * @c: collect
 * @visit: called for each
 */
void collect_processes(struct collect *c, void (*visit)(struct collect *c, pid_t pid))
{
	for (uint32_t i = 0; i < c->options->nr_tgids; i++)
		visit(c, (pid_t)c->options->tgids[i]);
	for (uint32_t i = 0; i < c->options->nr_tids; i++) {
		uint32_t tgid;

		if (!task_tgid(c->options->tids[i], &tgid))
			visit(c, (pid_t)tgid);
	}
}

/**
 * collect_rules_give_up() - the module has refused: go on without
 * @c: collect; @c->no_rules gets the module's sentence
 */
void collect_rules_give_up(struct collect *c)
{
	const char *why = client_message(c->client);

	snprintf(c->no_rules, sizeof(c->no_rules), "%s",
		 *why ? why : "the module takes no unwind rules");
	unwind_free(c->unwind);
	c->unwind = NULL;
}

/* Nobody shall wait for long without being told for what. */
static void note_slow(struct collect *c)
{
	if (!c->options->note || !c->rules_begin_ns || follow_now() < c->rules_begin_ns + SLOW_NS)
		return;
	c->options->note(
		"making unwind rules of the files in use; they are kept for the next time");
	c->rules_begin_ns = 0;
}

static bool on_make(void *arg, const struct unwind_progress *progress)
{
	struct collect *c = arg;
	char text[160];

	if (!c->options->busy) {
		note_slow(c);
		return false;
	}
	snprintf(text, sizeof(text), "making unwind rules of pid %d: %s (%u of %u files)",
		 progress->pid, progress->file, progress->nr, progress->of);
	return c->options->busy(c->options->busy_arg, text);
}

static void prepare(struct collect *c, pid_t pid)
{
	if (!c->interrupted && unwind_prepare(c->unwind, pid, on_make, c))
		c->interrupted = true;
}

/**
 * collect_rules_begin() - make the tables that are known to be wanted
 * @c: collect, connected
 *
 * It takes long, and the session would be open meanwhile without them.
 *
 * Return: 0, -ENOMEM, or -EINTR when the user wants to end.
 */
int collect_rules_begin(struct collect *c)
{
	c->unwind = unwind_new(c->client);
	if (!c->unwind)
		return -ENOMEM;
	c->rules_begin_ns = follow_now();
	collect_processes(c, prepare);
	return c->interrupted ? -EINTR : 0;
}

static void teach(struct collect *c, pid_t pid)
{
	unwind_teach(c->unwind, pid);
}

/* Those that live already: nobody has to ask for them. */
static void teach_descendants(struct collect *c)
{
	struct waitprof_task *tasks;
	uint32_t last = 0;
	size_t nr;

	if (client_tasks(c->client, c->session.id, &tasks, &nr))
		return;
	for (size_t i = 0; i < nr; i++) {
		/* The threads of a process come together. */
		if (tasks[i].tgid != last)
			teach(c, (pid_t)tasks[i].tgid);
		last = tasks[i].tgid;
	}
	free(tasks);
}

/**
 * collect_rules_start() - send these tables
 * @c: collect, with its session made but not begun
 */
void collect_rules_start(struct collect *c)
{
	if (unwind_start(c->unwind, c->session.id)) {
		collect_rules_give_up(c);
		return;
	}
	if (c->options->follow)
		teach_descendants(c);
	else
		collect_processes(c, teach);
}

/**
 * collect_teach() - answer what the module asks about user stacks
 * @arg: collect
 *
 * Return: when to call again, CLOCK_MONOTONIC; 0 = never.
 */
uint64_t collect_teach(void *arg)
{
	struct collect *c = arg;

	return c->unwind ? unwind_poll(c->unwind) : 0;
}
