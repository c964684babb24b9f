// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the processes of a report are called. A row has the name of a thread, and
 * threads of one process have names of their own; the process is called after
 * its first thread, as in ps(1), or else after the one that waited most.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flame/flame_process.h"

static bool is_first_thread(const struct waitprof_row *row)
{
	return row->tid ? row->tid == row->tgid : row->last_tid == row->tgid;
}

/* By process, and within it the row that names it best first. */
static int compare(const void *va, const void *vb)
{
	const struct flame_process *a = va, *b = vb;
	const struct waitprof_row *x = &a->named_by->sum, *y = &b->named_by->sum;

	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (!x->comm[0] != !y->comm[0])
		return x->comm[0] ? -1 : 1;
	if (is_first_thread(x) != is_first_thread(y))
		return is_first_thread(x) ? -1 : 1;
	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return strncmp(x->comm, y->comm, WAITPROF_COMM_LEN);
}

/**
 * flame_processes_find() - the processes of a report
 * @p: result, to be freed by flame_processes_free()
 * @report: must live as long as @p
 *
 * Return: 0 or -ENOMEM.
 */
int flame_processes_find(struct flame_processes *p, const struct report *report)
{
	size_t nr = 0;

	p->nr = 0;
	p->all = calloc(report->nr_rows + 1, sizeof(*p->all));
	if (!p->all)
		return -ENOMEM;
	for (size_t i = 0; i < report->nr_rows; i++) {
		p->all[i].tgid = report->rows[i].sum.tgid;
		p->all[i].named_by = &report->rows[i];
	}
	qsort(p->all, report->nr_rows, sizeof(*p->all), compare);
	for (size_t i = 0; i < report->nr_rows; i++)
		if (!i || p->all[i].tgid != p->all[i - 1].tgid)
			p->all[nr++] = p->all[i];
	p->nr = nr;
	return 0;
}

static int compare_tgid(const void *va, const void *vb)
{
	const struct flame_process *a = va, *b = vb;

	return a->tgid < b->tgid ? -1 : a->tgid > b->tgid;
}

/**
 * flame_process_name() - what a process is called
 * @p: processes
 * @tgid: its id; 0 stands for rows of which no process is known
 * @buf: room for a name
 * @size: of @buf
 *
 * Return: @buf.
 */
const char *flame_process_name(const struct flame_processes *p, uint32_t tgid, char *buf,
			       size_t size)
{
	struct flame_process key = { .tgid = tgid };
	const struct flame_process *found = NULL;

	if (tgid)
		found = bsearch(&key, p->all, p->nr, sizeof(key), compare_tgid);
	if (found && found->named_by->sum.comm[0])
		snprintf(buf, size, "%.*s", WAITPROF_COMM_LEN, found->named_by->sum.comm);
	else if (tgid)
		snprintf(buf, size, "pid %u", tgid);
	else
		snprintf(buf, size, "(process not known)");
	return buf;
}

/**
 * flame_processes_free() - give up what flame_processes_find() made
 * @p: processes
 */
void flame_processes_free(struct flame_processes *p)
{
	free(p->all);
	memset(p, 0, sizeof(*p));
}
