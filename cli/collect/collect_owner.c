// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds what the open waits wait for, as far as the module does not know it.
 *
 * Each futex is read once, however many threads wait for it. That they all were
 * waiting meanwhile is told by the module: the open waits are read once more
 * afterwards, and a wait that is still there, with the same begin, has been there
 * all the time. Of inferred ones the module knows no begin; /proc tells that the
 * thread is in the same call.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect.h"
#include "proc/task.h"

/* A thread that an owner was found to be: by what its process calls it. */
struct holder {
	uint32_t tgid;
	uint32_t inside;
	uint32_t anywhere;
	uint32_t tid; /* 0 = no such thread */
	uint32_t owner_tgid;
	char comm[WAITPROF_COMM_LEN];
};

#define NR_HOLDERS 1024

/**
 * struct search - looking for owners
 * @c: collect
 * @waits: what the rows were made of
 * @rows: the rows
 * @nr: their number
 * @asks: one for each futex
 * @nr_asks: their number
 * @row_asks: by row: index + 1 of its ask, 0 = none
 * @threads: the open waits, by thread
 * @again: the open waits after the futexes were read, by thread
 * @nr_again: their number
 * @holders: threads that were looked for already
 */
struct search {
	struct collect *c;
	const struct window_open **waits;
	struct report_row *rows;
	size_t nr;
	struct owner_ask *asks;
	size_t nr_asks;
	size_t *row_asks;
	const struct window_open **threads;
	struct waitprof_open *again;
	size_t nr_again;
	struct holder holders[NR_HOLDERS];
};

static bool is_asked(const struct report_row *row)
{
	return !row->sum.owner_tid && row->sum.class_id == WAITPROF_CLASS_FUTEX &&
	       row->sum.object_type == WAITPROF_OBJECT_UADDR;
}

static int by_futex(const void *va, const void *vb, void *rows)
{
	const struct waitprof_row *a = &((struct report_row *)rows)[*(const size_t *)va].sum;
	const struct waitprof_row *b = &((struct report_row *)rows)[*(const size_t *)vb].sum;

	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	return a->op < b->op ? -1 : a->op > b->op;
}

static int make_asks(struct search *s)
{
	size_t *order = calloc(s->nr + 1, sizeof(*order)), nr = 0;

	s->asks = calloc(s->nr + 1, sizeof(*s->asks));
	s->row_asks = calloc(s->nr + 1, sizeof(*s->row_asks));
	if (!order || !s->asks || !s->row_asks) {
		free(order);
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->nr; i++)
		if (is_asked(&s->rows[i]))
			order[nr++] = i;
	qsort_r(order, nr, sizeof(*order), by_futex, s->rows);
	for (size_t i = 0; i < nr; i++) {
		const struct waitprof_row *row = &s->rows[order[i]].sum;

		if (!i || by_futex(&order[i - 1], &order[i], s->rows))
			s->asks[s->nr_asks++] = (struct owner_ask){
				.tgid = row->tgid,
				.tid = row->tid,
				.op = row->op,
				.address = row->object,
			};
		s->row_asks[order[i]] = s->nr_asks;
	}
	free(order);
	return 0;
}

static bool has_answer(const struct search *s, size_t row)
{
	return s->row_asks[row] && s->asks[s->row_asks[row] - 1].by != OWNER_BY_NONE;
}

static int by_tid(const void *va, const void *vb)
{
	const struct waitprof_open *a = va, *b = vb;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static int by_thread(const void *va, const void *vb)
{
	const struct window_open *const *a = va, *const *b = vb;

	return by_tid(&(*a)->wait, &(*b)->wait);
}

/* For owners, which are blocked themselves more often than not. */
static int index_threads(struct search *s)
{
	s->threads = calloc(s->c->nr_open + 1, sizeof(*s->threads));
	if (!s->threads)
		return -ENOMEM;
	for (size_t i = 0; i < s->c->nr_open; i++)
		s->threads[i] = &s->c->open[i];
	qsort(s->threads, s->c->nr_open, sizeof(*s->threads), by_thread);
	return 0;
}

static int read_again(struct search *s)
{
	int ret;

	for (size_t i = 0; i < s->nr; i++) {
		if (!has_answer(s, i) || s->rows[i].inferred)
			continue;
		ret = client_open_waits(s->c->client, s->c->session.id, false, &s->again,
					&s->nr_again);
		if (!ret)
			qsort(s->again, s->nr_again, sizeof(*s->again), by_tid);
		return ret;
	}
	return 0;
}

/* Has it waited there all the time? */
static bool is_still_open(const struct search *s, const struct waitprof_open *wait)
{
	const struct waitprof_open *found, *end = s->again + s->nr_again;

	if (wait->flags & WAITPROF_WAIT_F_INFERRED)
		return owner_waits(wait->tid, wait->object);
	found = bsearch(wait, s->again, s->nr_again, sizeof(*wait), by_tid);
	while (found && found > s->again && found[-1].tid == wait->tid)
		found--;
	for (; found && found < end && found->tid == wait->tid; found++)
		if (found->begin_ns == wait->begin_ns && found->object == wait->object)
			return true;
	return false;
}

static bool find_here(const struct search *s, struct holder *holder)
{
	struct window_open key = { .wait.tid = holder->inside };
	const struct window_open *at = &key, **found;

	found = bsearch(&at, s->threads, s->c->nr_open, sizeof(*s->threads), by_thread);
	if (!found || (!holder->anywhere && (*found)->wait.tgid != holder->tgid))
		return false;
	holder->tid = holder->inside;
	holder->owner_tgid = (*found)->wait.tgid;
	memcpy(holder->comm, (*found)->wait.comm, sizeof(holder->comm));
	return true;
}

static const struct holder *find_holder(struct search *s, const struct owner_ask *ask, bool nested)
{
	struct holder *holder;

	holder = &s->holders[(ask->inside * 31 + ask->tgid) % NR_HOLDERS];
	if (holder->tgid == ask->tgid && holder->inside == ask->inside &&
	    holder->anywhere == ask->anywhere)
		return holder;
	*holder = (struct holder){ .tgid = ask->tgid,
				   .inside = ask->inside,
				   .anywhere = ask->anywhere };
	if (!nested && find_here(s, holder))
		return holder;
	if (task_find(ask->tgid, ask->inside, ask->anywhere, &holder->tid, &holder->owner_tgid))
		holder->tid = 0;
	else
		task_comm(holder->tid, holder->comm, sizeof(holder->comm));
	return holder;
}

static void answer(struct search *s, size_t i, bool nested)
{
	const struct owner_ask *ask = &s->asks[s->row_asks[i] - 1];
	struct report_row *row = &s->rows[i];
	const struct holder *holder = find_holder(s, ask, nested);

	if (!holder->tid || !is_still_open(s, &s->waits[i]->wait))
		return;
	row->owner_by = ask->by;
	row->sum.owner_tid = holder->tid;
	row->sum.owner_tgid = holder->owner_tgid;
	memcpy(row->owner_comm, holder->comm, sizeof(row->owner_comm));
}

static void answer_all(struct search *s)
{
	uint32_t tgid = 0;
	bool nested = false;

	for (size_t i = 0; i < s->nr; i++) {
		struct report_row *row = &s->rows[i];

		row->owner_by = row->sum.owner_tid ? OWNER_BY_KERNEL : OWNER_BY_NONE;
		if (has_answer(s, i)) {
			if (tgid != row->sum.tgid)
				nested = task_is_nested(row->sum.tgid);
			tgid = row->sum.tgid;
			answer(s, i, nested);
		}
	}
}

/**
 * collect_owners() - fill in who holds what the open waits wait for
 * @c: collect
 * @waits: by row, what it was made of: part of @c->open
 * @rows: rows with their user stacks
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int collect_owners(struct collect *c, const struct window_open **waits, struct report_row *rows,
		   size_t nr)
{
	struct search *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return -ENOMEM;
	s->c = c;
	s->waits = waits;
	s->rows = rows;
	s->nr = nr;
	ret = make_asks(s);
	if (!ret)
		owner_ask(s->asks, s->nr_asks);
	if (!ret)
		ret = read_again(s);
	if (!ret)
		ret = index_threads(s);
	if (!ret)
		answer_all(s);
	free(s->again);
	free(s->threads);
	free(s->row_asks);
	free(s->asks);
	free(s);
	return ret;
}
