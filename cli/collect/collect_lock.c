// SPDX-License-Identifier: GPL-2.0-only
/*
 * The code around the locks of open waits: where their waiters wait, and where their
 * owners are. An owner that waits itself is found among the open waits, all read at
 * once. Of one that does not, /proc tells what it does later on; that counts only if
 * the same wait for the same owner is still open afterwards. What an owner of a futex
 * does in the kernel says nothing of the program's lock.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect.h"
#include "collect/infer.h"
#include "profile/callsite.h"
#include "profile/lock_sites.h"
#include "proc/task.h"

/* Rows in the order that a step needs. */
struct order {
	size_t *rows;
	size_t nr;
};

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static bool is_futex(const struct report_row *row)
{
	return row->sum.class_id == WAITPROF_CLASS_FUTEX;
}

static int by_object(const void *va, const void *vb, void *rows)
{
	const struct waitprof_row *a = &((struct report_row *)rows)[*(const size_t *)va].sum;
	const struct waitprof_row *b = &((struct report_row *)rows)[*(const size_t *)vb].sum;
	int c = compare(a->object, b->object);

	if (!c)
		c = compare(a->object_type, b->object_type);
	/* A futex address means something only within its process. */
	if (!c && a->object_type == WAITPROF_OBJECT_UADDR)
		c = compare(a->tgid, b->tgid);
	return c;
}

static int by_owner(const void *va, const void *vb, void *rows)
{
	const struct report_row *a = &((struct report_row *)rows)[*(const size_t *)va];
	const struct report_row *b = &((struct report_row *)rows)[*(const size_t *)vb];
	int c = compare(a->sum.owner_tid, b->sum.owner_tid);

	return c ? c : compare(is_futex(a), is_futex(b));
}

/* Of several open waits of a thread it sleeps in the youngest. */
static int by_thread(const void *va, const void *vb, void *rows)
{
	const struct report_row *a = &((struct report_row *)rows)[*(const size_t *)va];
	const struct report_row *b = &((struct report_row *)rows)[*(const size_t *)vb];
	int c = compare(a->sum.tid, b->sum.tid);

	return c ? c : compare(a->since_ns, b->since_ns);
}

static bool has_owner(const struct report_row *row)
{
	return row->sum.owner_tid;
}

static bool is_wait(const struct report_row *row)
{
	return row->sum.class_id && row->sum.class_id != WAITPROF_CLASS_BLOCK;
}

static int make_order(struct order *order, const struct report_row *rows, size_t nr,
		      bool (*takes)(const struct report_row *row),
		      int (*compare_rows)(const void *, const void *, void *))
{
	order->nr = 0;
	order->rows = calloc(nr + 1, sizeof(*order->rows));
	if (!order->rows)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		if (takes(&rows[i]))
			order->rows[order->nr++] = i;
	qsort_r(order->rows, order->nr, sizeof(*order->rows), compare_rows, (void *)rows);
	return 0;
}

static const struct report_row *wait_of(const struct order *threads, const struct report_row *rows,
					uint32_t tid)
{
	size_t low = 0, high = threads->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rows[threads->rows[middle]].sum.tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == threads->nr || rows[threads->rows[low]].sum.tid != tid)
		return NULL;
	return &rows[threads->rows[low]];
}

/* Where an owner waits: for a lock of a program in the program's own code. */
static const char *waiting_in(const struct report_row *wait, bool futex)
{
	const struct stack *u = wait->ustack;
	const struct symbol_frame *frame;

	if (!futex)
		return wait->function;
	if (!u)
		return NULL;
	frame = callsite_find(WAITPROF_CLASS_FUTEX, NULL, 0, u->frames, u->nr);
	return callsite_function(WAITPROF_CLASS_FUTEX, frame);
}

static const char *sleeping_in(struct collect *c, uint32_t tid)
{
	const struct symbol_frame *frame;
	const struct stack *stack;
	char text[4096];

	if (task_kernel_stack(tid, text, sizeof(text)))
		return NULL;
	stack = stacks_kernel(c->stacks, stacks_add_seen(c->stacks, text, NULL));
	if (!stack)
		return NULL;
	frame = callsite_find_sleeper(infer_class(stack, c->points, c->nr_points), stack->frames,
				      stack->nr);
	return frame ? frame->symbol : NULL;
}

static int by_begin(const void *va, const void *vb)
{
	const struct waitprof_open *a = va, *b = vb;
	int c = compare(a->tid, b->tid);

	return c ? c : compare(a->begin_ns, b->begin_ns);
}

static bool is_still_held(const struct report_row *row, const struct waitprof_open *wait,
			  const struct waitprof_open *now, size_t nr)
{
	const struct waitprof_open *found = nr ? bsearch(wait, now, nr, sizeof(*now), by_begin) :
						 NULL;

	return found && found->owner_tid == row->sum.owner_tid;
}

/* Owners that /proc was asked about; @looked by row. */
static int check_owners(struct collect *c, const struct window_open **waits,
			struct report_row *rows, size_t nr, const bool *looked)
{
	struct waitprof_open *now = NULL;
	size_t nr_now = 0;
	int ret = client_open_waits(c->client, c->session.id, false, &now, &nr_now);

	if (!ret && nr_now)
		qsort(now, nr_now, sizeof(*now), by_begin);
	for (size_t i = 0; !ret && i < nr; i++)
		if (looked[i] && !is_still_held(&rows[i], &waits[i]->wait, now, nr_now))
			rows[i].lock.owner[0] = '\0';
	free(now);
	return ret;
}

static bool may_look(const struct report_row *row)
{
	return !is_futex(row) && !row->inferred && row->owner_by == OWNER_BY_KERNEL;
}

/**
 * collect_lock_owners() - in which code the owners of what open waits wait for are
 * @c: collect
 * @waits: by row, what it was made of
 * @rows: rows with their stacks and owners; @lock.owner is set where it is known
 * @nr: their number
 * @look: ask /proc, too
 *
 * Return: 0 or -errno.
 */
int collect_lock_owners(struct collect *c, const struct window_open **waits,
			struct report_row *rows, size_t nr, bool look)
{
	struct order owners = { 0 }, threads = { 0 };
	bool *looked = calloc(nr + 1, sizeof(*looked)), has_looked = false, is_looked_at = false;
	const char *function = NULL;
	int ret = looked ? 0 : -ENOMEM;

	if (!ret)
		ret = make_order(&owners, rows, nr, has_owner, by_owner);
	if (!ret)
		ret = make_order(&threads, rows, nr, is_wait, by_thread);
	for (size_t i = 0; !ret && i < owners.nr; i++) {
		struct report_row *row = &rows[owners.rows[i]];

		/* Thousands may wait for one owner. */
		if (!i || by_owner(&owners.rows[i - 1], &owners.rows[i], rows)) {
			const struct report_row *wait = wait_of(&threads, rows, row->sum.owner_tid);

			is_looked_at = !wait && look && may_look(row);
			function = wait		? waiting_in(wait, is_futex(row)) :
				   is_looked_at ? sleeping_in(c, row->sum.owner_tid) :
						  NULL;
		}
		if (!function)
			continue;
		snprintf(row->lock.owner, sizeof(row->lock.owner), "%s", function);
		looked[owners.rows[i]] = is_looked_at;
		has_looked |= is_looked_at;
	}
	if (!ret && has_looked)
		ret = check_owners(c, waits, rows, nr, looked);
	free(looked);
	free(owners.rows);
	free(threads.rows);
	return ret;
}

/**
 * collect_lock_waits() - in which code open waits wait for the same lock
 * @rows: rows with their call sites; @lock.waits is set
 * @nr: their number
 *
 * Return: 0 or -ENOMEM.
 */
int collect_lock_waits(struct report_row *rows, size_t nr)
{
	struct lock_sites waits = { 0 };
	struct report_sites found;
	struct order locks = { 0 };
	size_t first = 0;
	int ret = make_order(&locks, rows, nr, lock_sites_wanted, by_object);

	for (size_t i = 0; !ret && i < locks.nr; i++) {
		const struct report_row *row = &rows[locks.rows[i]];

		ret = lock_sites_add(&waits, row->function, row->site, row->since_ns);
		if (ret ||
		    (i + 1 < locks.nr && !by_object(&locks.rows[i], &locks.rows[i + 1], rows)))
			continue;
		lock_sites_take(&waits, &found);
		for (; first <= i; first++)
			rows[locks.rows[first]].lock.waits = found;
	}
	free(waits.sites);
	free(locks.rows);
	return ret;
}
