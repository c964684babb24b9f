// SPDX-License-Identifier: GPL-2.0-only
/*
 * The places where walks by rules stopped for want of mappings or tables, until
 * the session's reader asks for them.
 *
 * A place is the space, the reason and, where a table is missing, that one,
 * packed into one word. The table has buckets of WP_UNKNOWN_WAYS words, claimed
 * by compare-and-swap by probes on any CPU; a place that finds its bucket full is
 * not kept and that is counted. One that was told and that no walk has met until
 * the next time of telling is free again; a probe that counts into it at that
 * very moment counts for whatever comes there next.
 *
 * Memory: 40 B for each of WP_UNKNOWN_PLACES.
 *
 * Also built in user space under ThreadSanitizer (tests/tsan).
 */
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/string.h>

#include "unknown.h"

#define KEY_TABLE_BITS	17	/* index + 1 */
#define KEY_REASON_BITS	3

/* Spaces are counted from 1, so 44 bits of them are never used up. */
static u64 key_of(const struct wp_unknown_at *at)
{
	return at->space << (KEY_TABLE_BITS + KEY_REASON_BITS) |
	       (u64)at->reason << KEY_TABLE_BITS |
	       (at->reason == WAITPROF_UNKNOWN_TABLE ? at->table_index + 1 : 0);
}

static struct wp_place *place_find(struct wp_unknown *unknown, u64 key)
{
	struct wp_place *bucket = &unknown->places[hash_64(key, WP_UNKNOWN_BITS) *
						   WP_UNKNOWN_WAYS];
	u64 seen;
	u32 i;

	for (i = 0; i < WP_UNKNOWN_WAYS; i++)
		if (READ_ONCE(bucket[i].key) == key)
			return &bucket[i];
	for (i = 0; i < WP_UNKNOWN_WAYS; i++) {
		if (READ_ONCE(bucket[i].key))
			continue;
		seen = cmpxchg(&bucket[i].key, 0, key);
		if (!seen || seen == key)
			return &bucket[i];
	}
	return NULL;
}

/**
 * wp_unknown_note() - a walk stopped
 * @unknown: the session's places
 * @at: where
 *
 * Context: probe, interrupts off.
 * Return: false if there is no room for this place.
 */
bool wp_unknown_note(struct wp_unknown *unknown, const struct wp_unknown_at *at)
{
	struct wp_place *place = place_find(unknown, key_of(at));

	if (!place)
		return false;
	if (!atomic_read(&place->count))
		WRITE_ONCE(place->ip, at->ip);
	WRITE_ONCE(place->tgid, at->tgid);
	WRITE_ONCE(place->table, at->table);
	/* Last: what has a count has the rest; pairs with wp_unknown_look(). */
	smp_mb__before_atomic();
	atomic_inc(&place->count);
	return true;
}

/**
 * wp_unknown_look() - a place that has not been told
 * @unknown: the session's places
 * @index: below WP_UNKNOWN_PLACES
 * @row: filled in but for the epoch
 *
 * Context: process; one reader at a time.
 * Return: false if there is nothing to tell of this one.
 */
bool wp_unknown_look(struct wp_unknown *unknown, u32 index, struct waitprof_unknown *row)
{
	struct wp_place *place = &unknown->places[index];
	u64 key = READ_ONCE(place->key);
	u32 count = atomic_read(&place->count);

	if (!count) {
		if (key && place->told)
			WRITE_ONCE(place->key, 0);
		place->told = false;
		return false;
	}
	smp_rmb(); /* pairs with wp_unknown_note() */
	*row = (struct waitprof_unknown){
		.space = key >> (KEY_TABLE_BITS + KEY_REASON_BITS),
		.ip = READ_ONCE(place->ip),
		.count = count,
		.tgid = READ_ONCE(place->tgid),
		.reason = key >> KEY_TABLE_BITS & GENMASK(KEY_REASON_BITS - 1, 0),
		.table = READ_ONCE(place->table),
	};
	return key;
}

/**
 * wp_unknown_told() - a place has been told
 * @unknown: the session's places
 * @index: as in wp_unknown_look()
 * @count: likewise; walks since then are told the next time
 *
 * Context: process; one reader at a time.
 */
void wp_unknown_told(struct wp_unknown *unknown, u32 index, u64 count)
{
	unknown->places[index].told = true;
	atomic_sub(count, &unknown->places[index].count);
}
