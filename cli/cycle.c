// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deadlocks among open waits: thread -> owner of what it waits for -> ... back
 * to the thread. A thread waits for one owner at most, so each chain is walked
 * once and a cycle is told from its lowest thread id.
 */
#include <errno.h>
#include <stdlib.h>

#include "cycle.h"

static const struct report_row *wait_of(const struct report_row *rows, size_t nr, uint32_t tid)
{
	/* With several open waits of a thread it sleeps in the youngest. */
	for (size_t i = nr; i > 0; i--)
		if (rows[i - 1].sum.tid == tid)
			return &rows[i - 1];
	return NULL;
}

static bool is_lowest_of_cycle(const struct report_row *rows, size_t nr, uint32_t tid)
{
	const struct report_row *w = wait_of(rows, nr, tid);

	for (size_t steps = 0; w && steps < nr; steps++) {
		uint32_t owner = w->sum.owner_tid;

		if (owner == tid)
			return true;
		if (!owner || owner < tid)
			return false;
		w = wait_of(rows, nr, owner);
	}
	return false;
}

static int add(uint32_t **tids, size_t *nr, uint32_t tid)
{
	uint32_t *more = reallocarray(*tids, *nr + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	*tids = more;
	more[(*nr)++] = tid;
	return 0;
}

/**
 * cycle_find() - threads that wait for each other
 * @rows: open waits, longest first
 * @nr: their number
 * @tids: result: thread ids, a 0 after each cycle; to be freed
 * @nr_tids: length of @tids
 *
 * Return: 0 or -ENOMEM.
 */
int cycle_find(const struct report_row *rows, size_t nr, uint32_t **tids, size_t *nr_tids)
{
	*tids = NULL;
	*nr_tids = 0;
	for (size_t i = 0; i < nr; i++) {
		uint32_t first = rows[i].sum.tid, tid = first;
		int ret = 0;

		if (!rows[i].sum.owner_tid || wait_of(rows, nr, first) != &rows[i])
			continue;
		if (!is_lowest_of_cycle(rows, nr, first))
			continue;
		do {
			ret = add(tids, nr_tids, tid);
			tid = wait_of(rows, nr, tid)->sum.owner_tid;
		} while (!ret && tid != first);
		if (!ret)
			ret = add(tids, nr_tids, 0);
		if (ret)
			return ret;
	}
	return 0;
}
