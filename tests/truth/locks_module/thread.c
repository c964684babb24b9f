// SPDX-License-Identifier: GPL-2.0-only
/*
 * A line carried out by a kernel thread: its waits are those of a task that has no
 * program. Whoever asked waits for it in a completion, which is of no class.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>

#include "thread.h"

/* On the stack of who asked. */
struct errand {
	const char *line;
	int (*carry_out)(const char *line);
	struct completion done;
	int ret;
};

static int run_errand(void *data)
{
	struct errand *errand = data;

	errand->ret = errand->carry_out(errand->line);
	complete(&errand->done);
	return 0;
}

/**
 * thread_carry_out() - have a kernel thread do it, and wait for that
 * @line: what
 * @carry_out: how
 *
 * Return: what it returned, or why there is no thread.
 */
int thread_carry_out(const char *line, int (*carry_out)(const char *line))
{
	struct errand errand = { .line = line, .carry_out = carry_out };
	struct task_struct *task;

	init_completion(&errand.done);
	task = kthread_run(run_errand, &errand, "waitprof_errand");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wait_for_completion(&errand.done);
	return errand.ret;
}
