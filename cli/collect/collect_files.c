// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files that open waits for I/O are for: a thread that waits in a system call on
 * a file descriptor waits for that file, unless a page fault came in between. The
 * call is read from /proc after the wait was, so it counts only if the same wait is
 * still open afterwards.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "collect/collect.h"
#include "proc/task.h"

/* Their first argument is the descriptor. */
static const long calls[] = {
	SYS_read,   SYS_write,	   SYS_pread64,	  SYS_pwrite64, SYS_readv,	SYS_writev,
	SYS_preadv, SYS_pwritev,   SYS_preadv2,	  SYS_pwritev2, SYS_fsync,	SYS_fdatasync,
	SYS_syncfs, SYS_ftruncate, SYS_fallocate, SYS_getdents, SYS_getdents64, SYS_sync_file_range,
};

static bool has_descriptor(long nr)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i] == nr)
			return true;
	return false;
}

static bool is_fault(const struct stack *stack)
{
	for (size_t i = 0; stack && i < stack->nr; i++)
		if (stack->frames[i].symbol &&
		    !fnmatch("*exc_page_fault", stack->frames[i].symbol, 0))
			return true;
	return false;
}

static bool may_have_file(const struct report_row *row)
{
	uint32_t class_id = row->sum.class_id;

	return (class_id == WAITPROF_CLASS_IO || class_id == WAITPROF_CLASS_JOURNAL) &&
	       row->kstack && !is_fault(row->kstack);
}

static const char *file_of(struct collect *c, uint32_t tid)
{
	struct task_sched before, after;
	struct task_syscall call;
	char path[4096];

	if (task_sched(tid, &before) || task_syscall(tid, &call) || !has_descriptor(call.nr) ||
	    task_file(tid, (uint32_t)call.args[0], path, sizeof(path)))
		return NULL;
	if (task_sched(tid, &after) || before.runs != after.runs)
		return NULL;
	return symbols_intern(c->symbols, path);
}

static bool is_still_open(const struct waitprof_open *wait, const struct waitprof_open *now,
			  size_t nr)
{
	/* Of one that was inferred no more is known than that the thread has not run. */
	if (wait->flags & WAITPROF_WAIT_F_INFERRED)
		return true;
	for (size_t i = 0; i < nr; i++)
		if (now[i].tid == wait->tid && now[i].begin_ns == wait->begin_ns)
			return true;
	return false;
}

/**
 * collect_files() - name the files of open waits
 * @c: collect
 * @waits: the waits
 * @rows: their rows, with stacks; @file is set where it is known
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int collect_files(struct collect *c, const struct window_open **waits, struct report_row *rows,
		  size_t nr)
{
	struct waitprof_open *now = NULL;
	size_t nr_now = 0, nr_files = 0;
	int ret;

	for (size_t i = 0; i < nr; i++) {
		if (may_have_file(&rows[i]))
			rows[i].file = file_of(c, waits[i]->wait.tid);
		nr_files += !!rows[i].file;
	}
	if (!nr_files)
		return 0;
	ret = client_open_waits(c->client, c->session.id, false, &now, &nr_now);
	if (ret)
		return ret;
	for (size_t i = 0; i < nr; i++)
		if (rows[i].file && !is_still_open(&waits[i]->wait, now, nr_now))
			rows[i].file = NULL;
	free(now);
	return 0;
}
