// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log: what each waiter knows about its own wait.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "log.h"

#define LOG_MAX 4096

static struct locks_wait waits[LOG_MAX];
static atomic_t nr_waits;

/**
 * wait_new() - a place in the log for a wait of the current task
 * @kind: of the lock
 * @op: how it is asked for
 * @object: address of the lock
 *
 * Return: the place; NULL when the log is full.
 */
struct locks_wait *wait_new(const char *kind, const char *op, unsigned long object)
{
	unsigned int nr = atomic_inc_return(&nr_waits);
	struct locks_wait *wait = &waits[nr - 1];

	if (nr > LOG_MAX) {
		atomic_dec(&nr_waits);
		return NULL;
	}
	memset(wait, 0, sizeof(*wait));
	wait->kind = kind;
	wait->op = op;
	wait->object = object;
	wait->tid = current->pid;
	wait->tgid = current->tgid;
	return wait;
}

static u64 own_cpu_ns(void)
{
	u64 since = 0;

	if (!IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING) && !IS_ENABLED(CONFIG_PARAVIRT_TIME_ACCOUNTING))
		since = local_clock() - current->se.exec_start;
	return current->se.sum_exec_runtime + since;
}

/**
 * wait_begin() - just before the call that waits
 * @wait: place in the log
 */
void wait_begin(struct locks_wait *wait)
{
	wait->sleeps = current->nvcsw;
	wait->cpu_ns = own_cpu_ns();
	WRITE_ONCE(wait->begin_ns, ktime_get_mono_fast_ns());
}

/**
 * wait_end() - just after it
 * @wait: place in the log
 * @ended: wake, timeout, signal, kill, none
 */
void wait_end(struct locks_wait *wait, const char *ended)
{
	u64 cpu_ns = own_cpu_ns();

	wait->end_ns = ktime_get_mono_fast_ns();
	wait->cpu_ns = cpu_ns > wait->cpu_ns ? cpu_ns - wait->cpu_ns : 0;
	wait->sleeps = current->nvcsw - wait->sleeps;
	wait->ended = ended;
}

/**
 * ended_by() - how a wait ended
 * @ret: what the locking function returned
 *
 * Return: wake, timeout, signal, kill; none for what is no end of a wait.
 */
const char *ended_by(int ret)
{
	switch (ret) {
	case 0:
		return "wake";
	case -ETIME:
		return "timeout";
	case -EINTR:
		return fatal_signal_pending(current) ? "kill" : "signal";
	default:
		return "none";
	}
}

static void log_print(struct seq_file *file, const struct locks_wait *wait)
{
	seq_printf(file, "{\"wait\": \"%s\", \"op\": \"%s\", \"tid\": %d, \"tgid\": %d, ",
		   wait->kind, wait->op, wait->tid, wait->tgid);
	seq_printf(file, "\"ended\": \"%s\", \"begin_ns\": %llu, \"end_ns\": %llu, ",
		   wait->ended ? wait->ended : "open", wait->begin_ns,
		   wait->ended ? wait->end_ns : 0);
	seq_printf(file, "\"cpu_ns\": %llu, \"waker_ns\": %llu, \"object\": %lu, ",
		   wait->ended ? wait->cpu_ns : 0, wait->waker_ns, wait->object);
	seq_printf(file, "\"asleep_ns\": %llu, ", wait->asleep_ns);
	seq_printf(file, "\"owner_tid\": %d, \"sleeps\": %lu}\n", wait->owner_tid,
		   wait->ended ? wait->sleeps : 0);
}

/**
 * log_show() - print the log
 * @file: where to
 * @unused: not looked at
 *
 * Return: 0.
 */
int log_show(struct seq_file *file, void *unused)
{
	unsigned int i, nr = min_t(unsigned int, atomic_read(&nr_waits), LOG_MAX);

	for (i = 0; i < nr; i++)
		log_print(file, &waits[i]);
	return 0;
}

/**
 * log_reset() - an empty log
 *
 * Context: nobody waits.
 */
void log_reset(void)
{
	atomic_set(&nr_waits, 0);
}
