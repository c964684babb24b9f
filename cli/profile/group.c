// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows of a profile into rows of a report: those that are equal in what the
 * user groups by become one, named after the costliest of them. Pure: names
 * come from a callback. A row of a report is always of one class and either
 * measured or inferred, never both.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/buckets.h"
#include "profile/group.h"
#include "profile/lock_sites.h"

static const char *const by_names[] = {
	"callsite", "thread", "process", "object", "class", "waker", "none",
};

static const char *const sort_names[] = { "total", "count", "max", "avg" };

static int find(const char *const *names, int nr, const char *name)
{
	for (int i = 0; i < nr; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

/**
 * group_by_find() - enum group_by of a name, or -EINVAL
 * @name: as the user types it
 */
int group_by_find(const char *name)
{
	return find(by_names, GROUP_BY_NONE, name);
}

/**
 * group_sort_find() - enum group_sort of a name, or -EINVAL
 * @name: as the user types it
 */
int group_sort_find(const char *name)
{
	return find(sort_names, 4, name);
}

/**
 * group_by_name() - what rows are grouped by, as the user types it
 * @by: grouping
 */
const char *group_by_name(enum group_by by)
{
	return by_names[by];
}

/**
 * group_count() - sleeps of a row: those that ended and those still open
 * @row: row
 */
uint64_t group_count(const struct report_row *row)
{
	return row->sum.count + row->open;
}

/**
 * group_avg() - own time of a row per sleep, ns
 * @row: row
 */
uint64_t group_avg(const struct report_row *row)
{
	return group_count(row) ? row->sum.total_ns / group_count(row) : 0;
}

/**
 * report_free_rows() - give up rows
 * @rows: rows, may be NULL
 * @nr: their number
 */
void report_free_rows(struct report_row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(rows[i].buckets);
	free(rows);
}

/**
 * report_free() - give up what a report owns; the strings are not its own
 * @report: report
 */
void report_free(struct report *report)
{
	report_free_rows(report->rows, report->nr_rows);
	report_free_rows(report->blocked, report->nr_blocked);
	graph_free(&report->graph);
	free(report->ends);
	memset(report, 0, sizeof(*report));
}

static bool is_request(const struct waitprof_row *row)
{
	return row->class_id == WAITPROF_CLASS_BLOCK;
}

/**
 * group_nr_waits() - rows before the first of class block
 * @rows: sorted by group_sort_rows()
 * @nr: their number
 */
size_t group_nr_waits(const struct report_row *rows, size_t nr)
{
	while (nr && is_request(&rows[nr - 1].sum))
		nr--;
	return nr;
}

/* A profile row on its way into a group. */
struct item {
	const struct profile_row *from;
	struct report_row named;
	enum group_by by;
};

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_object(const struct waitprof_row *a, const struct waitprof_row *b)
{
	int c = compare(a->object, b->object);

	/* A futex address means something only within its process. */
	if (!c && a->object_type == WAITPROF_OBJECT_UADDR)
		c = compare(a->tgid, b->tgid);
	return c ? c : compare(a->object_type, b->object_type);
}

/* Do all rows need names: to tell which are equal, or to say who waits for a lock? */
static bool is_named(enum group_by by)
{
	return by == GROUP_BY_CALLSITE || by == GROUP_BY_WAKER || by == GROUP_BY_OBJECT;
}

static int compare_site(const struct item *a, const struct item *b)
{
	int c = compare(a->from->row.tgid, b->from->row.tgid);

	if (!c)
		c = compare(a->from->kind, b->from->kind);
	return c ? c : strcmp(a->named.site, b->named.site);
}

static int compare_waker(const struct item *a, const struct item *b)
{
	int c = compare(a->from->row.waker_flags, b->from->row.waker_flags);

	if (!c)
		c = compare(a->from->row.waker_tgid, b->from->row.waker_tgid);
	return c ? c : strcmp(a->named.waker.site, b->named.waker.site);
}

/* A request to a device is no wait: it has no call site, but a device and a size. */
static int compare_requests(const struct item *a, const struct item *b)
{
	const struct waitprof_row *x = &a->from->row, *y = &b->from->row;
	int c = compare(x->object, y->object);

	if (!c)
		c = compare(x->op, y->op);
	if (!c)
		c = compare(x->size_log2, y->size_log2);
	if (!c && a->by != GROUP_BY_OBJECT)
		c = compare(x->tgid, y->tgid);
	if (!c && a->by == GROUP_BY_THREAD)
		c = compare(x->tid, y->tid);
	return c;
}

static int compare_key(const struct item *a, const struct item *b)
{
	const struct waitprof_row *x = &a->from->row, *y = &b->from->row;
	int c = compare(x->class_id, y->class_id);

	if (!c)
		c = compare(a->from->inferred, b->from->inferred);
	if (!c && a->by != GROUP_BY_CLASS)
		c = compare(x->flags, y->flags);
	if (c)
		return c;
	if (a->by == GROUP_BY_NONE)
		return compare((uintptr_t)a->from, (uintptr_t)b->from);
	if (is_request(x) && a->by != GROUP_BY_CLASS)
		return compare_requests(a, b);
	switch (a->by) {
	case GROUP_BY_CALLSITE:
		return compare_site(a, b);
	case GROUP_BY_WAKER:
		c = compare_site(a, b);
		return c ? c : compare_waker(a, b);
	case GROUP_BY_THREAD:
		c = compare(x->tgid, y->tgid);
		return c ? c : compare(x->tid, y->tid);
	case GROUP_BY_PROCESS:
		return compare(x->tgid, y->tgid);
	case GROUP_BY_OBJECT:
		return compare_object(x, y);
	case GROUP_BY_CLASS:
	case GROUP_BY_NONE:
		break;
	}
	return 0;
}

/* By key, and within a group the costliest first: it names the group. */
static int compare_items(const void *va, const void *vb)
{
	const struct item *a = va, *b = vb;
	int c = compare_key(a, b);

	if (!c)
		c = -compare(a->from->row.total_ns, b->from->row.total_ns);
	if (!c)
		c = compare(a->from->row.kstack, b->from->row.kstack);
	if (!c)
		c = compare(a->from->row.ustack, b->from->row.ustack);
	if (!c)
		c = compare(a->from->row.waker_kstack, b->from->row.waker_kstack);
	return c ? c : compare(a->from->row.waker_ustack, b->from->row.waker_ustack);
}

static bool is_empty(const struct profile_row *r)
{
	if (r->row.flags & WAITPROF_ROW_F_FALLBACK_HIST)
		return !r->buckets || !buckets_count(r->buckets);
	return !r->row.count && !r->open && !r->row.total_ns;
}

static int add_to_group(struct report_row *to, const struct profile_row *from)
{
	uint64_t old_max = to->sum.max_ns;

	/* What differs within the group cannot be said of the group. */
	if (to->sum.op != from->row.op)
		to->sum.op = 0;
	if (to->sum.size_log2 != from->row.size_log2)
		to->sum.size_log2 = 0;
	if (to->kind != from->kind)
		to->kind = KIND_NONE;
	if (to->sum.tgid != from->row.tgid)
		to->sum.tgid = 0;
	if (to->sum.tid != from->row.tid)
		to->sum.tid = 0;
	if (from->row.max_ns > old_max)
		to->max_bound = from->max_bound;
	else if (from->row.max_ns == old_max)
		to->max_bound &= from->max_bound;
	profile_sum(&to->sum, &from->row);
	to->open += from->open;
	return profile_add_buckets(&to->buckets, from->buckets);
}

static void start_group(struct report_row *to, const struct item *item, group_name_fn name,
			void *arg)
{
	*to = item->named;
	if (!is_named(item->by) && name)
		name(item->from, to, arg);
	to->sum = (struct waitprof_row){ 0 };
	to->sum.class_id = item->from->row.class_id;
	to->sum.op = item->from->row.op;
	to->sum.tgid = item->from->row.tgid;
	to->sum.tid = item->from->row.tid;
	to->sum.kstack = item->from->row.kstack;
	to->sum.ustack = item->from->row.ustack;
	to->sum.object = item->from->row.object;
	to->sum.object_type = item->from->row.object_type;
	to->sum.size_log2 = item->from->row.size_log2;
	to->sum.flags = item->from->row.flags;
	to->kind = item->from->kind;
	to->inferred = item->from->inferred;
	to->buckets = NULL;
}

/* The code around the lock that @nr items waited for, if it is one. */
static int name_lock(struct report_row *to, const struct item *items, size_t nr)
{
	struct lock_sites waits = { 0 }, wakers = { 0 };
	int ret = 0;

	if (!lock_sites_wanted(to))
		return 0;
	for (size_t i = 0; !ret && i < nr; i++) {
		const struct waitprof_row *row = &items[i].from->row;
		const struct report_row *named = &items[i].named;

		ret = lock_sites_add(&waits, named->function, named->site, row->total_ns);
		if (!ret && lock_sites_has_waker(row))
			ret = lock_sites_add(&wakers, named->waker.function, named->waker.site,
					     row->total_ns);
	}
	lock_sites_take(&waits, &to->lock.waits);
	lock_sites_take(&wakers, &to->lock.wakers);
	return ret;
}

static int make_groups(const struct item *items, size_t nr, group_name_fn name, void *arg,
		       struct report *report)
{
	size_t first = 0;
	int ret;

	for (size_t i = 0; i < nr; i++) {
		bool new = !i || compare_key(&items[i - 1], &items[i]);

		if (new) {
			start_group(&report->rows[report->nr_rows++], &items[i], name, arg);
			first = i;
		}
		ret = add_to_group(&report->rows[report->nr_rows - 1], items[i].from);
		if (!ret && items[i].by == GROUP_BY_OBJECT &&
		    (i + 1 == nr || compare_key(&items[i], &items[i + 1])))
			ret = name_lock(&report->rows[report->nr_rows - 1], &items[first],
					i + 1 - first);
		if (ret)
			return ret;
		*(is_request(&items[i].from->row) ? &report->requests_ns : &report->total_ns) +=
			items[i].from->row.total_ns;
	}
	return 0;
}

/**
 * group_profile() - make the rows of a report
 * @p: profile of the window
 * @by: what makes rows equal
 * @name: names one row, may be NULL
 * @arg: for @name
 * @report: @rows, @nr_rows, @total_ns and @requests_ns are set, in no useful order
 *
 * Histograms that belong to no row (the module ran out of them) count only
 * where a whole class is one row.
 *
 * Return: 0 or -ENOMEM; the report is to be freed either way.
 */
int group_profile(const struct profile *p, enum group_by by, group_name_fn name, void *arg,
		  struct report *report)
{
	struct item *items = calloc(p->nr ? p->nr : 1, sizeof(*items));
	size_t nr = 0;
	int ret = -ENOMEM;

	report->rows = calloc(p->nr ? p->nr : 1, sizeof(*report->rows));
	report->nr_rows = 0;
	report->total_ns = 0;
	report->requests_ns = 0;
	if (!items || !report->rows)
		goto out;
	for (size_t i = 0; i < p->nr; i++) {
		const struct profile_row *r = &p->rows[i];

		if (r->left_out || r->idle || is_empty(r))
			continue;
		if (r->row.flags & WAITPROF_ROW_F_FALLBACK_HIST && by != GROUP_BY_CLASS)
			continue;
		items[nr].from = r;
		items[nr].by = by;
		/* Naming is dear: only a group's first row needs it, unless the
		 * name is what makes the group.
		 */
		if (is_named(by) && name)
			name(r, &items[nr].named, arg);
		nr++;
	}
	qsort(items, nr, sizeof(*items), compare_items);
	ret = make_groups(items, nr, name, arg, report);
out:
	free(items);
	return ret;
}

static uint64_t sort_value(const struct report_row *row, enum group_sort sort)
{
	switch (sort) {
	case GROUP_SORT_COUNT:
		return group_count(row);
	case GROUP_SORT_MAX:
		return row->sum.max_ns;
	case GROUP_SORT_AVG:
		return group_avg(row);
	case GROUP_SORT_TOTAL:
		break;
	}
	return row->sum.total_ns;
}

static int compare_rows(const void *va, const void *vb, void *arg)
{
	const struct report_row *a = va, *b = vb;
	enum group_sort sort = *(enum group_sort *)arg;
	int c = compare(is_request(&a->sum), is_request(&b->sum));

	if (!c)
		c = -compare(sort_value(a, sort), sort_value(b, sort));
	/* A full order, so that equal input gives equal output. */
	if (!c)
		c = -compare(a->sum.total_ns, b->sum.total_ns);
	if (!c)
		c = compare(a->sum.class_id, b->sum.class_id);
	if (!c)
		c = compare(a->sum.tgid, b->sum.tgid);
	if (!c)
		c = compare(a->sum.tid, b->sum.tid);
	if (!c)
		c = strcmp(a->site, b->site);
	if (!c)
		c = compare(a->waker.tgid, b->waker.tgid);
	return c ? c : strcmp(a->waker.site, b->waker.site);
}

/**
 * group_sort_rows() - waits, then requests to devices, of each the largest first
 * @rows: rows
 * @nr: their number
 * @sort: by what
 */
void group_sort_rows(struct report_row *rows, size_t nr, enum group_sort sort)
{
	qsort_r(rows, nr, sizeof(*rows), compare_rows, &sort);
}
