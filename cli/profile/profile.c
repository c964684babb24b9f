// SPDX-License-Identifier: GPL-2.0-only
/*
 * A profile in memory: rows found by their key through an open-addressed index.
 * Pure: no I/O, no clock. The module only ever adds, so what a window saw is
 * the difference of two profiles; the charge of waits that are still open
 * (window.c) can shrink when such a wait ends, and profile_carry() keeps the
 * sum from going back, so that no time is charged twice.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/buckets.h"
#include "profile/profile.h"

/* Of the flags only these are a matter of the key. */
#define KEY_FLAGS (WAITPROF_ROW_F_OVERFLOW | WAITPROF_ROW_F_FALLBACK_HIST)

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash ^= value;
	hash *= 0x9e3779b97f4a7c15ULL;
	return hash ^ (hash >> 29);
}

static uint64_t key_hash(const struct waitprof_row *k, bool inferred)
{
	uint64_t h = mix(0, (uint64_t)k->class_id << 32 | k->op);

	h = mix(h, (uint64_t)k->tgid << 32 | k->tid);
	h = mix(h, (uint64_t)k->kstack << 32 | k->ustack);
	h = mix(h, k->object);
	h = mix(h, (uint64_t)k->waker_kstack << 32 | k->waker_ustack);
	h = mix(h, (uint64_t)k->waker_tgid << 32 | k->waker_flags);
	h = mix(h, k->size_log2);
	return mix(h, (uint64_t)k->object_type << 32 | (k->flags & KEY_FLAGS) << 1 | inferred);
}

static bool key_equal(const struct profile_row *r, const struct waitprof_row *k, bool inferred)
{
	return r->row.class_id == k->class_id && r->row.op == k->op && r->row.tgid == k->tgid &&
	       r->row.tid == k->tid && r->row.kstack == k->kstack && r->row.ustack == k->ustack &&
	       r->row.object == k->object && r->row.object_type == k->object_type &&
	       r->row.waker_kstack == k->waker_kstack && r->row.waker_ustack == k->waker_ustack &&
	       r->row.waker_tgid == k->waker_tgid && r->row.waker_flags == k->waker_flags &&
	       r->row.size_log2 == k->size_log2 &&
	       (r->row.flags & KEY_FLAGS) == (k->flags & KEY_FLAGS) && r->inferred == inferred;
}

/* The slot of a key, or the free one where it belongs. nr_slots > 0. */
static size_t find_slot(const struct profile *p, const struct waitprof_row *key, bool inferred)
{
	size_t i = key_hash(key, inferred) & (p->nr_slots - 1);

	while (p->slots[i] && !key_equal(&p->rows[p->slots[i] - 1], key, inferred))
		i = (i + 1) & (p->nr_slots - 1);
	return i;
}

static int grow(struct profile *p)
{
	size_t size = p->size ? p->size * 2 : 64, i;
	struct profile_row *rows;
	uint32_t *slots;

	rows = realloc(p->rows, size * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	p->rows = rows;
	slots = calloc(size * 2, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(p->slots);
	p->slots = slots;
	p->nr_slots = size * 2;
	p->size = size;
	for (i = 0; i < p->nr; i++)
		p->slots[find_slot(p, &p->rows[i].row, p->rows[i].inferred)] = (uint32_t)i + 1;
	return 0;
}

/**
 * profile_free() - give up all rows; the profile is empty and usable again
 * @p: profile
 */
void profile_free(struct profile *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free(p->rows[i].buckets);
	free(p->rows);
	free(p->slots);
	memset(p, 0, sizeof(*p));
}

/**
 * profile_find() - the row of a key
 * @p: profile
 * @key: only the key part is looked at
 * @inferred: the last part of the key
 *
 * Return: the row, or NULL.
 */
const struct profile_row *profile_find(const struct profile *p, const struct waitprof_row *key,
				       bool inferred)
{
	uint32_t row;

	if (!p->nr_slots)
		return NULL;
	row = p->slots[find_slot(p, key, inferred)];
	return row ? &p->rows[row - 1] : NULL;
}

/**
 * profile_get() - the row of a key, made if need be
 * @p: profile
 * @key: only the key part is looked at
 * @inferred: the last part of the key
 *
 * Return: the row, or NULL when memory is out.
 */
struct profile_row *profile_get(struct profile *p, const struct waitprof_row *key, bool inferred)
{
	struct profile_row *row = (struct profile_row *)profile_find(p, key, inferred);

	if (row)
		return row;
	if (p->nr == p->size && grow(p))
		return NULL;
	row = &p->rows[p->nr++];
	memset(row, 0, sizeof(*row));
	row->row.class_id = key->class_id;
	row->row.op = key->op;
	row->row.tgid = key->tgid;
	row->row.tid = key->tid;
	row->row.kstack = key->kstack;
	row->row.ustack = key->ustack;
	row->row.object = key->object;
	row->row.object_type = key->object_type;
	row->row.waker_kstack = key->waker_kstack;
	row->row.waker_ustack = key->waker_ustack;
	row->row.waker_tgid = key->waker_tgid;
	row->row.waker_flags = key->waker_flags;
	row->row.size_log2 = key->size_log2;
	row->row.flags = key->flags & KEY_FLAGS;
	row->inferred = inferred;
	p->slots[find_slot(p, key, inferred)] = (uint32_t)p->nr;
	return row;
}

/**
 * profile_sum() - add the values of one row to another's
 * @to: gets the sums; its samples (owner, object, comm, waker) are those of the row
 *	with the longest wait
 * @from: row to add
 */
void profile_sum(struct waitprof_row *to, const struct waitprof_row *from)
{
	if (!to->comm[0] || from->max_ns > to->max_ns) {
		to->owner_tid = from->owner_tid;
		to->owner_tgid = from->owner_tgid;
		to->last_object = from->last_object;
		to->last_object_type = from->last_object_type;
		to->last_tid = from->last_tid;
		memcpy(to->comm, from->comm, sizeof(to->comm));
		to->waker_tid = from->waker_tid;
		memcpy(to->waker_comm, from->waker_comm, sizeof(to->waker_comm));
	}
	if (from->ns_tgid)
		to->ns_tgid = from->ns_tgid;
	to->count += from->count;
	to->total_ns += from->total_ns;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
	to->blocked_ns += from->blocked_ns;
	to->runqueue_ns += from->runqueue_ns;
	to->spin_ns += from->spin_ns;
	to->inner_ns += from->inner_ns;
	for (int i = 0; i < WAITPROF_NR_ENDS; i++)
		to->ended[i] += from->ended[i];
	to->clipped += from->clipped;
}

/**
 * profile_add_buckets() - add one histogram to another
 * @to: histogram, made when NULL
 * @from: histogram, NULL adds nothing
 *
 * Return: 0 or -ENOMEM.
 */
int profile_add_buckets(uint64_t **to, const uint64_t *from)
{
	if (!from)
		return 0;
	if (!*to)
		*to = calloc(WAITPROF_HIST_BUCKETS, sizeof(**to));
	if (!*to)
		return -ENOMEM;
	for (int i = 0; i < WAITPROF_HIST_BUCKETS; i++)
		(*to)[i] += from[i];
	return 0;
}

/**
 * profile_add() - add a row as the module sent it
 * @p: profile
 * @row: one CPU's totals of a key
 * @buckets: its histogram, non-empty buckets only
 * @nr_buckets: their number
 *
 * Return: 0, or -ENOMEM.
 */
int profile_add(struct profile *p, const struct waitprof_row *row,
		const struct waitprof_bucket *buckets, size_t nr_buckets)
{
	struct profile_row *to = profile_get(p, row, false);

	if (!to)
		return -ENOMEM;
	profile_sum(&to->row, row);
	if (!nr_buckets)
		return 0;
	if (!to->buckets)
		to->buckets = calloc(WAITPROF_HIST_BUCKETS, sizeof(*to->buckets));
	if (!to->buckets)
		return -ENOMEM;
	for (size_t i = 0; i < nr_buckets; i++)
		if (buckets[i].idx < WAITPROF_HIST_BUCKETS)
			to->buckets[buckets[i].idx] += buckets[i].count;
	return 0;
}

/**
 * profile_copy() - make a copy
 * @to: an empty profile, gets all rows
 * @from: profile to copy
 *
 * Return: 0, or -ENOMEM.
 */
int profile_copy(struct profile *to, const struct profile *from)
{
	for (size_t i = 0; i < from->nr; i++) {
		const struct profile_row *r = &from->rows[i];
		struct profile_row *n = profile_get(to, &r->row, r->inferred);

		if (!n)
			return -ENOMEM;
		*n = *r;
		n->buckets = NULL;
		if (profile_add_buckets(&n->buckets, r->buckets))
			return -ENOMEM;
	}
	return 0;
}

/**
 * profile_add_row() - add one row of one window to a sum of windows
 * @to: the sum
 * @from: the row; its key, too
 *
 * What is open is a state: that of the window added last counts, see
 * profile_forget_open().
 *
 * Return: the row of the sum, or NULL when memory is out.
 */
struct profile_row *profile_add_row(struct profile *to, const struct profile_row *from)
{
	size_t before = to->nr;
	struct profile_row *row = profile_get(to, &from->row, from->inferred);

	if (!row)
		return NULL;
	if (to->nr > before || from->row.max_ns > row->row.max_ns)
		row->max_bound = from->max_bound;
	else if (from->row.max_ns == row->row.max_ns)
		row->max_bound &= from->max_bound;
	profile_sum(&row->row, &from->row);
	row->open = from->open;
	if (from->seen_kstack)
		row->seen_kstack = from->seen_kstack;
	if (from->seen_ustack)
		row->seen_ustack = from->seen_ustack;
	return profile_add_buckets(&row->buckets, from->buckets) ? NULL : row;
}

/**
 * profile_forget_open() - before the next window is added to a sum
 * @p: the sum
 */
void profile_forget_open(struct profile *p)
{
	for (size_t i = 0; i < p->nr; i++)
		p->rows[i].open = 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/**
 * profile_carry() - keep time from going back between two readings
 * @now: the later reading, corrected: no total is below that of @base
 * @base: the earlier reading
 *
 * Time that was charged for a wait while it was open stays charged although the
 * wait has left the table of open waits and is not in the totals yet (or never
 * will be, when it was inferred). What is still missing is made up for when the
 * totals have grown past it.
 *
 * Return: 0, or -ENOMEM.
 */
int profile_carry(struct profile *now, const struct profile *base)
{
	for (size_t i = 0; i < base->nr; i++) {
		const struct profile_row *b = &base->rows[i];
		struct profile_row *n = profile_get(now, &b->row, b->inferred);

		if (!n)
			return -ENOMEM;
		n->row.count = larger(n->row.count, b->row.count);
		n->row.total_ns = larger(n->row.total_ns, b->row.total_ns);
		n->row.max_ns = larger(n->row.max_ns, b->row.max_ns);
		n->row.runqueue_ns = larger(n->row.runqueue_ns, b->row.runqueue_ns);
		n->row.spin_ns = larger(n->row.spin_ns, b->row.spin_ns);
		n->row.inner_ns = larger(n->row.inner_ns, b->row.inner_ns);
		if (!n->seen_kstack)
			n->seen_kstack = b->seen_kstack;
		if (!n->seen_ustack)
			n->seen_ustack = b->seen_ustack;
		if (!n->row.ns_tgid)
			n->row.ns_tgid = b->row.ns_tgid;
		if (!n->row.comm[0])
			memcpy(n->row.comm, b->row.comm, sizeof(n->row.comm));
	}
	return 0;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* The maximum of a difference is exact only if it was met in the window. */
static void subtract_max(struct profile_row *r, const struct profile_row *b)
{
	uint64_t bound = r->buckets ? buckets_bound(r->buckets) : r->row.max_ns;

	if (r->row.max_ns > b->row.max_ns)
		return;
	if (!r->row.count && !r->open) {
		r->row.max_ns = 0;
	} else if (bound && bound < r->row.max_ns) {
		r->row.max_ns = bound;
		r->max_bound = true;
	} else {
		r->max_bound = true;
	}
}

/**
 * profile_subtract() - leave what was added since an earlier reading
 * @p: the later reading, becomes the difference
 * @base: the earlier reading
 *
 * Waits still open stay counted in full: @open is a state, not a sum.
 */
void profile_subtract(struct profile *p, const struct profile *base)
{
	for (size_t i = 0; i < p->nr; i++) {
		struct profile_row *r = &p->rows[i];
		const struct profile_row *b = profile_find(base, &r->row, r->inferred);

		if (!b)
			continue;
		for (int k = 0; r->buckets && b->buckets && k < WAITPROF_HIST_BUCKETS; k++)
			r->buckets[k] = less(r->buckets[k], b->buckets[k]);
		r->row.count = less(r->row.count, b->row.count);
		subtract_max(r, b);
		r->row.total_ns = less(r->row.total_ns, b->row.total_ns);
		r->row.runqueue_ns = less(r->row.runqueue_ns, b->row.runqueue_ns);
		r->row.spin_ns = less(r->row.spin_ns, b->row.spin_ns);
		r->row.inner_ns = less(r->row.inner_ns, b->row.inner_ns);
		r->row.clipped = less(r->row.clipped, b->row.clipped);
		for (int k = 0; k < WAITPROF_NR_ENDS; k++)
			r->row.ended[k] = less(r->row.ended[k], b->row.ended[k]);
		/* Time charged while open was taken for blocked; keep the sum. */
		r->row.blocked_ns = less(less(r->row.total_ns, r->row.runqueue_ns), r->row.spin_ns);
	}
}
