// SPDX-License-Identifier: GPL-2.0-only
/*
 * Totals: what a session knows about the waits that have ended, one table a
 * CPU, so writers never meet. A table is open-addressed with linear probing
 * over WP_TOTALS_PROBES rows and never shrinks; a wait that finds no row goes
 * to its class's overflow row, so count and time are kept and only the
 * attribution is lost. Histograms come from a pool; a row that got none puts its
 * waits into the class's fallback histogram.
 *
 * The only writer of a table is its CPU with interrupts off. A new row's key is
 * published by a release store of `used`; its value is read under the row's
 * sequence count, so count, sums and buckets of one reading agree.
 *
 * Memory a CPU: rows * sizeof(struct wp_row) + histograms *
 * sizeof(struct wp_hist) (232 and 2,560 bytes) + sizeof(struct wp_totals).
 *
 * Also built in user space under ThreadSanitizer (tests/tsan).
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/barrier.h>

#include "totals.h"

#define WP_TOTALS_PROBES	64
#define WP_TOTALS_READS		1000

/**
 * wp_totals_init() - allocate one CPU's totals
 * @totals: to set up, zeroed
 * @nr_rows: rows, a power of two
 * @nr_hists: histograms, more than WAITPROF_CLASS_MAX
 * @node: memory node
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_totals_init(struct wp_totals *totals, u32 nr_rows, u32 nr_hists, int node)
{
	u32 i;

	totals->rows = vzalloc_node(array_size(nr_rows, sizeof(*totals->rows)), node);
	totals->hists = vzalloc_node(array_size(nr_hists, sizeof(*totals->hists)), node);
	if (!totals->rows || !totals->hists) {
		wp_totals_exit(totals);
		return -ENOMEM;
	}
	for (i = 0; i <= WAITPROF_CLASS_MAX; i++)
		totals->overflow[i].row.class_id = i;
	totals->nr_rows = nr_rows;
	totals->nr_hists = nr_hists;
	totals->hists_used = WAITPROF_CLASS_MAX + 1;
	return 0;
}

/**
 * wp_totals_exit() - free one CPU's totals
 * @totals: not reachable by probes
 *
 * Context: process; may sleep.
 */
void wp_totals_exit(struct wp_totals *totals)
{
	vfree(totals->rows);
	vfree(totals->hists);
	totals->rows = NULL;
	totals->hists = NULL;
}

/**
 * wp_totals_bytes() - memory of one CPU's totals
 * @nr_rows: rows
 * @nr_hists: histograms
 *
 * Return: bytes.
 */
u64 wp_totals_bytes(u32 nr_rows, u32 nr_hists)
{
	return sizeof(struct wp_totals) + (u64)nr_rows * sizeof(struct wp_row) +
	       (u64)nr_hists * sizeof(struct wp_hist);
}

#define WP_KEY_WORDS	(sizeof(struct wp_key) / sizeof(u64))

/* Sums of products do not wait for each other; the factors are odd and random. */
static u32 key_hash(const struct wp_key *key)
{
	const u64 *word = (const u64 *)key;
	u64 hash;

	BUILD_BUG_ON(WP_KEY_WORDS != 7);
	hash = word[0] * 0x9e3779b97f4a7c15ULL + word[1] * 0xc2b2ae3d27d4eb4fULL +
	       word[2] * 0x165667b19e3779f9ULL + word[3] * 0xd6e8feb86659fd93ULL +
	       word[4] * 0xff51afd7ed558ccdULL + word[5] * 0xc4ceb9fe1a85ec53ULL +
	       word[6] * 0xbf58476d1ce4e5b9ULL;
	return hash ^ hash >> 32;
}

static bool key_equal(const struct wp_row *row, const struct wp_key *key)
{
	const u64 *a = (const u64 *)&row->row, *b = (const u64 *)key;

	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) |
		 (a[4] ^ b[4]) | (a[5] ^ b[5]) | (a[6] ^ b[6]));
}

/* Mostly one of a few rows: then its place need not be computed. */
static struct wp_row **recent_of(struct wp_totals *totals, const struct wp_key *key)
{
	u32 mixed = key->kstack + (key->ustack << 2) + key->tid + (key->tgid << 1);

	return &totals->recent[mixed % WP_TOTALS_RECENT];
}

static noinline struct wp_row *row_search(struct wp_totals *totals, const struct wp_key *key)
{
	u32 hash = key_hash(key);
	u32 mask = totals->nr_rows - 1;
	struct wp_row *row;
	u32 i;

	for (i = 0; i < WP_TOTALS_PROBES && i < totals->nr_rows; i++) {
		row = &totals->rows[(hash + i) & mask];
		if (!row->used)
			goto create;
		if (row->hash == hash && key_equal(row, key))
			return row;
	}
	return NULL;

create:
	BUILD_BUG_ON(offsetof(struct waitprof_row, count) != sizeof(*key));
	BUILD_BUG_ON(offsetof(struct waitprof_row, object) != offsetof(struct wp_key, object));
	memcpy(&row->row, key, sizeof(*key));
	row->hash = hash;
	if (totals->hists_used < totals->nr_hists) {
		WRITE_ONCE(totals->hists_used, totals->hists_used + 1);
		row->hist = totals->hists_used;
	}
	WRITE_ONCE(totals->rows_used, totals->rows_used + 1);
	smp_store_release(&row->used, 1); /* pairs with wp_totals_read() */
	return row;
}

static struct wp_row *row_find(struct wp_totals *totals, const struct wp_key *key)
{
	struct wp_row **recent = recent_of(totals, key);
	struct wp_row *row = *recent;

	if (likely(row) && likely(key_equal(row, key)))
		return row;
	row = row_search(totals, key);
	if (row)
		*recent = row;
	return row;
}

static void add(u64 *to, u64 what)
{
	WRITE_ONCE(*to, *to + what);
}

static void row_add(struct waitprof_row *row, const struct wp_sample *sample)
{
	add(&row->count, 1);
	add(&row->total_ns, sample->own_ns);
	add(&row->blocked_ns, sample->parts.blocked_ns);
	add(&row->runqueue_ns, sample->parts.runqueue_ns);
	add(&row->spin_ns, sample->parts.spin_ns);
	add(&row->inner_ns, sample->duration_ns - sample->own_ns);
	add(&row->ended[sample->ended], 1);
	if (sample->clipped)
		add(&row->clipped, 1);
	if (sample->duration_ns > row->max_ns)
		WRITE_ONCE(row->max_ns, sample->duration_ns);
	row->owner_tid = sample->owner_tid;
	row->owner_tgid = sample->owner_tgid;
	row->last_object = sample->object;
	row->last_object_type = sample->object_type;
	row->last_tid = sample->tid;
	row->ns_tgid = sample->ns_tgid;
	memcpy(row->comm, sample->comm, WAITPROF_COMM_LEN);
	row->waker_tid = sample->waker_tid;
	memcpy(row->waker_comm, sample->waker_comm, WAITPROF_COMM_LEN);
}

static void value_begin(struct wp_row *row)
{
	WRITE_ONCE(row->seq, row->seq + 1);
	smp_wmb(); /* seq before the value; pairs with value_read_retry() */
}

static void value_end(struct wp_row *row)
{
	smp_wmb(); /* the value before seq; pairs with wp_totals_read() */
	WRITE_ONCE(row->seq, row->seq + 1);
}

/**
 * wp_totals_add() - add a finished wait
 * @totals: this CPU's
 * @sample: the wait
 *
 * Context: probe, interrupts off, on the CPU that owns @totals.
 * Return: where it went.
 */
enum wp_totals_result wp_totals_add(struct wp_totals *totals,
				    const struct wp_sample *sample)
{
	u32 class_id = sample->key.class_id;
	struct wp_row *row = row_find(totals, &sample->key);
	enum wp_totals_result result = WP_TOTALS_OK;
	struct wp_row *hist_row;
	struct wp_hist *hist;

	if (!row) {
		row = &totals->overflow[class_id];
		result = WP_TOTALS_NO_ROW;
	} else if (!row->hist && !sample->clipped) {
		result = WP_TOTALS_NO_HIST;
	}
	/* A fallback's buckets are guarded by its class's overflow row. */
	hist_row = row->hist ? row : &totals->overflow[class_id];
	hist = &totals->hists[row->hist ? row->hist - 1 : class_id];

	value_begin(row);
	row_add(&row->row, sample);
	if (row == hist_row && !sample->clipped)
		add(&hist->buckets[wp_hist_bucket(sample->duration_ns)], 1);
	value_end(row);
	if (row != hist_row && !sample->clipped) {
		value_begin(hist_row);
		add(&hist->buckets[wp_hist_bucket(sample->duration_ns)], 1);
		value_end(hist_row);
	}
	return result;
}

static bool hist_empty(const struct wp_hist *hist)
{
	int i;

	for (i = 0; i < WAITPROF_HIST_BUCKETS; i++)
		if (hist->buckets[i])
			return false;
	return true;
}

static void copy_words(void *to, const void *from, size_t bytes)
{
	const u64 *src = from;
	u64 *dst = to;
	size_t i;

	for (i = 0; i < bytes / sizeof(u64); i++)
		/* Thrown away if it was being written: then seq has moved. */
		dst[i] = data_race(READ_ONCE(src[i]));
}

/* Copies a row, its histogram or both, all of one moment; false: too busy. */
static bool value_read(const struct wp_row *from, struct waitprof_row *row,
		       const struct wp_hist *from_hist, struct wp_hist *hist)
{
	int tries;

	for (tries = 0; tries < WP_TOTALS_READS; tries++) {
		u32 seq = smp_load_acquire(&from->seq); /* pairs with value_end() */

		if (seq & 1) {
			cpu_relax();
			continue;
		}
		if (row)
			copy_words(row, &from->row, sizeof(*row));
		if (hist)
			copy_words(hist, from_hist, sizeof(*hist));
		smp_rmb(); /* the value before seq; pairs with value_begin() */
		if (READ_ONCE(from->seq) == seq)
			return true;
	}
	return false;
}

/**
 * wp_totals_read() - read one position of a CPU's totals
 * @totals: any CPU's
 * @index: below WP_TOTALS_FIRST_ROW: first the overflow rows, then the fallback
 *	histograms of the classes; then the rows
 * @row: filled in, with row.flags, when there is something
 * @hist: filled in when row.flags says that there are buckets
 *
 * Context: process; takes no lock, never disturbs the writer.
 * Return: 1 if there is something at @index, 0 if not, -EAGAIN if its writer
 * was inside all the time (a virtual CPU that is not running, say).
 */
int wp_totals_read(const struct wp_totals *totals, u32 index,
		   struct waitprof_row *row, struct wp_hist *hist)
{
	const u32 nr_classes = WAITPROF_CLASS_MAX + 1;
	const struct wp_row *from;

	if (index < nr_classes) {
		from = &totals->overflow[index];
		if (!value_read(from, row, NULL, NULL))
			return -EAGAIN;
		row->flags = WAITPROF_ROW_F_OVERFLOW;
		return row->count != 0;
	}
	if (index < WP_TOTALS_FIRST_ROW) {
		memset(row, 0, sizeof(*row));
		row->class_id = index - nr_classes;
		row->flags = WAITPROF_ROW_F_FALLBACK_HIST;
		from = &totals->overflow[row->class_id];
		if (!value_read(from, NULL, &totals->hists[row->class_id], hist))
			return -EAGAIN;
		return !hist_empty(hist);
	}
	from = &totals->rows[index - WP_TOTALS_FIRST_ROW];
	if (!smp_load_acquire(&from->used)) /* pairs with row_find() */
		return 0;
	if (!value_read(from, row, from->hist ? &totals->hists[from->hist - 1] : NULL,
			from->hist ? hist : NULL))
		return -EAGAIN;
	row->flags = from->hist ? WAITPROF_ROW_F_OWN_HIST : 0;
	return row->count != 0;
}
