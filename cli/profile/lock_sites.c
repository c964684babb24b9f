// SPDX-License-Identifier: GPL-2.0-only
/*
 * The code around a lock. Most locks lie in memory that was allocated, where the
 * address says nothing; the functions that wait for one, that its owner is in and that
 * let its waiters go say what it is for. They are no name of it, and are never shown
 * as one: other locks may be waited for in the same functions.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/lock_sites.h"
#include "profile/names.h"

/* So many of each are told in text. */
#define NR_TOLD 2

struct lock_site {
	char name[REPORT_FUNCTION_LEN];
	uint64_t ns;
};

/**
 * lock_sites_wanted() - is what a row waits for a lock, or another futex
 * @row: row
 */
bool lock_sites_wanted(const struct report_row *row)
{
	uint32_t type = row->sum.object_type;

	switch (row->sum.class_id) {
	case WAITPROF_CLASS_IO:
	case WAITPROF_CLASS_JOURNAL:
	case WAITPROF_CLASS_BLOCK:
		return false;
	default:
		return type == WAITPROF_OBJECT_KADDR || type == WAITPROF_OBJECT_UADDR;
	}
}

/**
 * lock_sites_has_waker() - did a thread let the waits of a row go
 * @row: row; an interrupt or a signal says nothing of a lock
 */
bool lock_sites_has_waker(const struct waitprof_row *row)
{
	return row->waker_flags &&
	       !(row->waker_flags & (WAITPROF_WAKER_F_HARDIRQ | WAITPROF_WAKER_F_SOFTIRQ)) &&
	       row->ended[WAITPROF_END_WAKE];
}

/**
 * lock_sites_add() - one more wait
 * @to: functions
 * @function: its function, NULL when that has no name
 * @site: then this is taken; empty = nothing is known
 * @ns: how long it took
 *
 * Return: 0 or -ENOMEM.
 */
int lock_sites_add(struct lock_sites *to, const char *function, const char *site, uint64_t ns)
{
	struct lock_site one = { .ns = ns }, *more;

	if (!function)
		function = site;
	if (!*function)
		return 0;
	snprintf(one.name, sizeof(one.name), "%s", function);
	for (size_t i = 0; i < to->nr; i++) {
		if (!strcmp(to->sites[i].name, one.name)) {
			to->sites[i].ns += ns;
			return 0;
		}
	}
	more = reallocarray(to->sites, to->nr + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	to->sites = more;
	to->sites[to->nr++] = one;
	return 0;
}

static int costliest_first(const void *va, const void *vb)
{
	const struct lock_site *a = va, *b = vb;

	if (a->ns != b->ns)
		return a->ns < b->ns ? 1 : -1;
	return strcmp(a->name, b->name);
}

/**
 * lock_sites_take() - the costliest, and how many there are
 * @from: functions, none afterwards
 * @to: result
 */
void lock_sites_take(struct lock_sites *from, struct report_sites *to)
{
	memset(to, 0, sizeof(*to));
	if (from->nr)
		qsort(from->sites, from->nr, sizeof(*from->sites), costliest_first);
	for (size_t i = 0; i < from->nr && i < REPORT_LOCK_SITES; i++)
		memcpy(to->names[i], from->sites[i].name, sizeof(to->names[i]));
	to->nr = from->nr;
	free(from->sites);
	memset(from, 0, sizeof(*from));
}

static int compare_object(const void *va, const void *vb)
{
	const struct waitprof_row *a = &(*(const struct report_row *const *)va)->sum;
	const struct waitprof_row *b = &(*(const struct report_row *const *)vb)->sum;
	bool differ = a->object_type == WAITPROF_OBJECT_UADDR && a->tgid != b->tgid;

	if (a->object_type != b->object_type)
		return a->object_type < b->object_type ? -1 : 1;
	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	return differ ? a->tgid < b->tgid ? -1 : 1 : 0;
}

/**
 * lock_sites_owners() - who holds now what rows by object are about
 * @report: with @rows and @blocked; of rows whose object somebody is blocked at right
 *	now, the owner is set
 *
 * A row knows the owner at the time of its latest wait, and none of a program's own
 * locks.
 *
 * Return: 0 or -ENOMEM.
 */
int lock_sites_owners(struct report *report)
{
	const struct report_row **held = calloc(report->nr_blocked + 1, sizeof(*held)), **found;
	size_t nr = 0;

	if (!held)
		return -ENOMEM;
	for (size_t i = 0; i < report->nr_blocked; i++)
		if (report->blocked[i].sum.owner_tid && lock_sites_wanted(&report->blocked[i]))
			held[nr++] = &report->blocked[i];
	qsort(held, nr, sizeof(*held), compare_object);
	for (size_t i = 0; nr && i < report->nr_rows; i++) {
		struct report_row *row = &report->rows[i], *key = row;

		if (!lock_sites_wanted(row))
			continue;
		found = bsearch(&key, held, nr, sizeof(*held), compare_object);
		if (!found)
			continue;
		row->sum.owner_tid = (*found)->sum.owner_tid;
		row->sum.owner_tgid = (*found)->sum.owner_tgid;
		row->owner_by = (*found)->owner_by;
		row->owner_reader = (*found)->owner_reader;
		memcpy(row->owner_comm, (*found)->owner_comm, sizeof(row->owner_comm));
		memcpy(row->lock.owner, (*found)->lock.owner, sizeof(row->lock.owner));
	}
	free(held);
	return 0;
}

static void append(char *buf, size_t size, const char *text)
{
	size_t used = strlen(buf);

	snprintf(buf + used, size - used, "%s", text);
}

/* "; woken in pipe_read, pipe_write and 3 more" */
static void append_sites(char *buf, size_t size, const char *what, const struct report_sites *sites)
{
	char more[32];

	for (size_t i = 0; i < sites->nr && i < NR_TOLD; i++) {
		append(buf, size, i ? ", " : buf[0] ? "; " : "");
		append(buf, size, i ? "" : what);
		append(buf, size, sites->names[i]);
	}
	if (sites->nr <= NR_TOLD)
		return;
	snprintf(more, sizeof(more), " and %zu more", sites->nr - NR_TOLD);
	append(buf, size, more);
}

/**
 * lock_sites_text() - a row's object and the code around it, in words
 * @buf: result, as "0xffff... (waited for in pipe_write; woken in pipe_read)"
 * @size: its room, at best LOCK_SITES_LEN
 * @row: row
 *
 * A lock in a variable has a name, and needs nothing else.
 *
 * Return: @buf, empty when there is no object.
 */
const char *lock_sites_text(char *buf, size_t size, const struct report_row *row)
{
	char code[LOCK_SITES_LEN] = "";

	if (names_row_object(buf, size, row) || names_lock(row))
		return buf;
	append_sites(code, sizeof(code), "waited for in ", &row->lock.waits);
	append_sites(code, sizeof(code), "woken in ", &row->lock.wakers);
	if (!code[0])
		return buf;
	append(buf, size, " (");
	append(buf, size, code);
	append(buf, size, ")");
	return buf;
}
