// SPDX-License-Identifier: GPL-2.0-only
/*
 * The set of tasks that a session follows, filled by follow_task.c.
 *
 * A process is known by the address of its signal_struct, a thread by that of
 * its task_struct. Both last until the task is out of the set, so a number that
 * is used again, or a thread that takes over its leader's when it execs, cannot
 * be mistaken for another task. When nobody tells of their end any more, the set is
 * closed, and has nobody.
 *
 * The set is a hash table of words, seven to a cache line; the eighth counts the
 * words that found no room there and lie in the following buckets, so that a
 * look-up goes on only where some do. A word is claimed by compare-and-swap. The
 * same key may be added by two CPUs at once: look-ups take any copy, removing
 * takes all, and the count looks for earlier copies.
 *
 * Memory: 64 B for every two to four tasks; see wp_follow_bytes().
 *
 * Also built in user space under ThreadSanitizer (tests/tsan).
 */
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "follow.h"

#define WP_FOLLOW_WAYS		7
#define WP_FOLLOW_SPILL		64	/* buckets looked at, at most */
#define WP_FOLLOW_TASKS_PER_BUCKET 4

/* Keys are aligned to 8 bytes at least. */
#define WORD_ENDED	1ULL	/* its last thread exits or has exited */
#define WORD_GIVEN	2ULL	/* named by the filter */
#define WORD_FLAGS	7ULL

struct wp_follow_bucket {
	u64 word[WP_FOLLOW_WAYS];
	atomic_t spilled;	/* words of this bucket kept in others */
} ____cacheline_aligned;

/* Goes through the places that a key may be in, up to its @limit-th bucket. */
struct places {
	u32 home;
	u32 step;
	u32 way;
};

static u32 bits_for(u32 limit, u32 nr_given)
{
	u32 nr = (limit + nr_given) / WP_FOLLOW_TASKS_PER_BUCKET + 2;

	return ilog2(roundup_pow_of_two(nr));
}

/**
 * wp_follow_bytes() - memory of a set
 * @limit: as for wp_follow_new()
 * @nr_given: likewise
 *
 * Return: bytes.
 */
u64 wp_follow_bytes(u32 limit, u32 nr_given)
{
	return sizeof(struct wp_follow) +
	       ((u64)sizeof(struct wp_follow_bucket) << bits_for(limit, nr_given));
}

/**
 * wp_follow_new() - allocate an empty set
 * @limit: tasks to have room for
 * @nr_given: given ones to have room for beside them
 * @threads: threads may be in it, too
 *
 * Context: process; may sleep.
 * Return: the set or NULL.
 */
struct wp_follow *wp_follow_new(u32 limit, u32 nr_given, bool threads)
{
	struct wp_follow *set = kzalloc(sizeof(*set), GFP_KERNEL);

	if (!set)
		return NULL;
	set->bits = bits_for(limit, nr_given);
	set->limit = limit;
	set->threads = threads;
	set->buckets = vzalloc(array_size(1U << set->bits, sizeof(*set->buckets)));
	if (set->buckets)
		return set;
	kfree(set);
	return NULL;
}

/**
 * wp_follow_close() - from here on nobody is in the set
 * @set: the set
 *
 * Its keys are addresses, which last until the task is taken out: when nobody tells of
 * the end of tasks any more, another task may come to have one.
 *
 * Context: any.
 */
void wp_follow_close(struct wp_follow *set)
{
	WRITE_ONCE(set->closed, true);
}

/**
 * wp_follow_free() - free a set
 * @set: one that no probe can reach any more, or NULL
 *
 * Context: process; may sleep.
 */
void wp_follow_free(struct wp_follow *set)
{
	if (!set)
		return;
	vfree(set->buckets);
	kfree(set);
}

static struct places places_of(const struct wp_follow *set, const void *key)
{
	return (struct places){ .home = hash_64((u64)(unsigned long)key >> 3, set->bits) };
}

static u64 *place(const struct wp_follow *set, const struct places *at)
{
	u32 bucket = (at->home + at->step) & ((1U << set->bits) - 1);

	return &set->buckets[bucket].word[at->way];
}

static atomic_t *spilled(const struct wp_follow *set, const struct places *at)
{
	return &set->buckets[at->home].spilled;
}

/* The next place; false: there is none where the key may be. */
static bool places_next(const struct wp_follow *set, struct places *at)
{
	if (++at->way < WP_FOLLOW_WAYS)
		return true;
	at->way = 0;
	return ++at->step < WP_FOLLOW_SPILL && at->step < 1U << set->bits &&
	       atomic_read(spilled(set, at));
}

/* From @at on; @at is where it was found. Return: its word, 0 = it is not there. */
static u64 find(const struct wp_follow *set, const void *key, struct places *at)
{
	do {
		u64 word = READ_ONCE(*place(set, at));

		if ((word & ~WORD_FLAGS) == (unsigned long)key)
			return word;
	} while (places_next(set, at));
	return 0;
}

/**
 * wp_follow_has() - is a task followed?
 * @set: the set
 * @key: the task's task_struct, or signal_struct for its process
 *
 * Context: any.
 */
bool wp_follow_has(const struct wp_follow *set, const void *key)
{
	struct places at = places_of(set, key);

	return !READ_ONCE(set->closed) && find(set, key, &at);
}

static bool claim(struct wp_follow *set, u64 word, struct places at)
{
	for (; at.step < WP_FOLLOW_SPILL && at.step < 1U << set->bits; at.step++) {
		/* Counted first: a look-up by another CPU must not stop short. */
		if (at.step == 1)
			atomic_inc(spilled(set, &at));
		for (at.way = 0; at.way < WP_FOLLOW_WAYS; at.way++) {
			u64 *to = place(set, &at);

			if (!READ_ONCE(*to) && !cmpxchg(to, 0, word))
				return true;
		}
	}
	if (at.step > 1)
		atomic_dec(spilled(set, &at));
	return false;
}

/**
 * wp_follow_give() - add a task that the filter names
 * @set: the set
 * @key: see wp_follow_has()
 *
 * Context: any.
 * Return: false if it is in the set already, or for want of room.
 */
bool wp_follow_give(struct wp_follow *set, const void *key)
{
	struct places at = places_of(set, key);

	return !wp_follow_has(set, key) && claim(set, (unsigned long)key | WORD_GIVEN, at);
}

/**
 * wp_follow_add() - follow one more task
 * @set: the set
 * @key: see wp_follow_has()
 *
 * Context: any.
 * Return: false for want of room, to be counted by the caller.
 */
bool wp_follow_add(struct wp_follow *set, const void *key)
{
	if (wp_follow_has(set, key))
		return true;
	if (atomic_inc_return(&set->nr) <= (int)set->limit &&
	    claim(set, (unsigned long)key, places_of(set, key)))
		return true;
	atomic_dec(&set->nr);
	return false;
}

/**
 * wp_follow_end() - a task ends; its last waits are still taken
 * @set: the set
 * @key: see wp_follow_has()
 *
 * Context: any.
 */
void wp_follow_end(struct wp_follow *set, const void *key)
{
	struct places at = places_of(set, key);

	do {
		u64 word = find(set, key, &at);

		if (!word)
			return;
		/* If it has changed, another thread has said the same. */
		cmpxchg(place(set, &at), word, word | WORD_ENDED);
	} while (places_next(set, &at));
}

/**
 * wp_follow_remove() - a task is gone for good
 * @set: the set
 * @key: see wp_follow_has(); may name something else from now on
 *
 * Context: any.
 */
void wp_follow_remove(struct wp_follow *set, const void *key)
{
	struct places at = places_of(set, key);

	do {
		u64 word = find(set, key, &at);

		if (!word)
			return;
		WRITE_ONCE(*place(set, &at), 0);
		if (at.step)
			atomic_dec(spilled(set, &at));
		if (!(word & WORD_GIVEN))
			atomic_dec(&set->nr);
	} while (places_next(set, &at));
}

/**
 * wp_follow_count() - tasks followed that live, beside those given
 * @set: the set
 *
 * Context: any.
 * Return: their number.
 */
u32 wp_follow_count(const struct wp_follow *set)
{
	u32 bucket, way, nr = 0;

	for (bucket = 0; bucket < 1U << set->bits; bucket++) {
		for (way = 0; way < WP_FOLLOW_WAYS; way++) {
			const u64 *here = &set->buckets[bucket].word[way];
			u64 word = READ_ONCE(*here);
			const void *key = (const void *)(unsigned long)(word & ~WORD_FLAGS);
			struct places at = places_of(set, key);

			if (word && !(word & (WORD_ENDED | WORD_GIVEN)))
				nr += find(set, key, &at) && place(set, &at) == here;
		}
	}
	return nr;
}
