// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits that were charged while they were open, in a session with wakers. An
 * open wait has no waker, so its time so far stands in a row without one; when
 * it ends, all of its time goes to another row, that of its waker. What the
 * first row has been charged stays charged (profile_carry()), so as much must be
 * taken from the rows that differ from it in the waker only:
 *
 *	reading	row without waker	row of the waker	charged by both
 *	1	2 s, open		-			2 s
 *	2	-, 2 s carried		3 s - 2 s		3 s
 *
 * What is taken is found anew at each reading, from what the module says now and
 * what the first row has been charged; nothing is taken that did not grow.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "collect/settle.h"

/* Rows of one key but for the waker: the one without a waker comes first. */
struct entry {
	struct waitprof_row key;
	uint32_t row;
};

static void key_of(const struct profile_row *row, struct waitprof_row *key)
{
	memset(key, 0, sizeof(*key));
	key->class_id = row->row.class_id;
	key->op = row->row.op;
	key->tgid = row->row.tgid;
	key->tid = row->row.tid;
	key->kstack = row->row.kstack;
	key->ustack = row->row.ustack;
	key->object = row->row.object;
	key->object_type = row->row.object_type;
	key->flags = row->row.flags;
	/* Not a part of the key here: for the order. */
	key->waker_flags = row->row.waker_flags != 0;
}

static int compare_entries(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;
	int c = memcmp(&a->key, &b->key, offsetof(struct waitprof_row, waker_kstack));

	if (!c)
		c = (int)a->key.waker_flags - (int)b->key.waker_flags;
	return c ? c : (a->row > b->row) - (a->row < b->row);
}

static bool same_group(const struct entry *a, const struct entry *b)
{
	return !memcmp(&a->key, &b->key, offsetof(struct waitprof_row, waker_kstack));
}

static uint64_t charged_before(const struct profile *base, const struct profile_row *row)
{
	const struct profile_row *b = profile_find(base, &row->row, row->inferred);

	return b ? b->row.total_ns : 0;
}

/* What the row without a waker was charged beyond what the module knows of it. */
static uint64_t excess(const struct profile *now, const struct profile *base,
		       const struct entry *entry)
{
	const struct profile_row *row = &now->rows[entry->row];
	uint64_t before = entry->key.waker_flags ? 0 : charged_before(base, row);

	return before > row->row.total_ns ? before - row->row.total_ns : 0;
}

static uint64_t take(struct profile_row *row, uint64_t before, uint64_t left)
{
	uint64_t grown = row->row.total_ns > before ? row->row.total_ns - before : 0;
	uint64_t taken = grown < left ? grown : left;

	row->row.total_ns -= taken;
	row->row.blocked_ns = row->row.blocked_ns > taken ? row->row.blocked_ns - taken : 0;
	return taken;
}

/* Nothing may be open any more where something was. */
static int add_rows(struct profile *now, const struct profile *base)
{
	for (size_t i = 0; i < base->nr; i++)
		if (!base->rows[i].row.waker_flags &&
		    !profile_get(now, &base->rows[i].row, base->rows[i].inferred))
			return -ENOMEM;
	return 0;
}

/**
 * settle_wakers() - take from waits that ended what they were charged while open
 * @now: a reading as the module gave it, with its open waits
 * @base: the earlier reading, carried and settled itself
 *
 * Return: 0 or -ENOMEM.
 */
int settle_wakers(struct profile *now, const struct profile *base)
{
	struct entry *entries;
	uint64_t left = 0;

	if (add_rows(now, base))
		return -ENOMEM;
	entries = calloc(now->nr ? now->nr : 1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < now->nr; i++) {
		key_of(&now->rows[i], &entries[i].key);
		entries[i].row = (uint32_t)i;
	}
	qsort(entries, now->nr, sizeof(*entries), compare_entries);
	for (size_t i = 0; i < now->nr; i++) {
		struct profile_row *row = &now->rows[entries[i].row];

		if (!i || !same_group(&entries[i - 1], &entries[i]))
			left = 0;
		if (!entries[i].key.waker_flags)
			left += row->inferred ? 0 : excess(now, base, &entries[i]);
		else
			left -= take(row, charged_before(base, row), left);
	}
	free(entries);
	return 0;
}
