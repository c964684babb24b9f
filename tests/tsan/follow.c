// SPDX-License-Identifier: GPL-2.0-only
/*
 * The set of followed tasks: each thread adds, ends and removes tasks of its own,
 * which fall into few buckets, and two of them add the same ones, as a fork and
 * the walk at a session's start do. A task added is found until it is removed,
 * also by others; those that stay are counted; and in the end the set is as empty
 * as it was.
 */
#include <stdio.h>
#include <string.h>

#include "../../kmod/follow.c"

#include "stress.h"

#define NR_WRITERS     4
#define NR_TASKS       60 /* of a writer; together more than the limit */
#define NR_LASTING     (3 * WP_FOLLOW_WAYS)
#define NR_HOMES       4
#define LIMIT	       120
#define KEYS_LOOKED_AT 1000000

struct task {
	const void *key;
	bool in;
};

static struct wp_follow *set;
static struct task tasks[NR_WRITERS][NR_TASKS];
static struct task lasting[NR_LASTING];
static const void *both; /* the key that two threads add at once */
static u64 nr_added, nr_refused, nr_found, nr_none, nr_copies;

static const void *next_key(u32 nr_homes)
{
	static u64 number = 1000;

	do
		number++;
	while (places_of(set, (const void *)(number << 6)).home >= nr_homes);
	if (number > KEYS_LOOKED_AT)
		stress_fail("keys ran out");
	return (const void *)(number << 6);
}

static void choose_keys(void)
{
	u32 i;

	for (i = 0; i < NR_LASTING; i++)
		lasting[i].key = next_key(1);
	for (i = 0; i < NR_WRITERS * NR_TASKS; i++)
		tasks[i % NR_WRITERS][i / NR_WRITERS].key = next_key(NR_HOMES);
	both = next_key(NR_HOMES);
}

static void writer(u32 id)
{
	struct task *task = &tasks[id][stress_random() % NR_TASKS];

	if (task->in) {
		wp_follow_end(set, task->key);
		if (!wp_follow_has(set, task->key))
			stress_fail("gone when it ended");
		wp_follow_remove(set, task->key);
		task->in = false;
	} else {
		task->in = wp_follow_add(set, task->key);
		__atomic_fetch_add(task->in ? &nr_added : &nr_refused, 1, __ATOMIC_RELAXED);
	}
	if (wp_follow_has(set, task->key) != task->in)
		stress_fail("a task is %sthere", task->in ? "not " : "");
}

static void reader(u32 id)
{
	const struct task *task = &tasks[stress_random() % NR_WRITERS][stress_random() % NR_TASKS];
	u32 nr;

	__atomic_fetch_add(wp_follow_has(set, task->key) ? &nr_found : &nr_none, 1,
			   __ATOMIC_RELAXED);
	if (!wp_follow_has(set, lasting[stress_random() % NR_LASTING].key))
		stress_fail("a task that stays was not found");
	nr = wp_follow_count(set);
	/* Some may come and go while it counts. */
	if (nr > NR_LASTING / 2 + NR_WRITERS * NR_TASKS || nr < NR_LASTING / 2)
		stress_fail("%u tasks counted", nr);
}

static void check_empty(void)
{
	u32 i, bucket;

	for (i = 0; i < NR_WRITERS * NR_TASKS; i++)
		wp_follow_remove(set, tasks[i % NR_WRITERS][i / NR_WRITERS].key);
	if (wp_follow_count(set) != NR_LASTING / 2)
		stress_fail("%u of %u left", wp_follow_count(set), NR_LASTING / 2);
	for (i = 0; i < NR_LASTING; i++)
		wp_follow_remove(set, lasting[i].key);
	for (bucket = 0; bucket < 1U << set->bits; bucket++) {
		for (i = 0; i < WP_FOLLOW_WAYS; i++)
			if (set->buckets[bucket].word[i])
				stress_fail("bucket %u is not empty", bucket);
		if (atomic_read(&set->buckets[bucket].spilled))
			stress_fail("bucket %u still counts %d spilled", bucket,
				    atomic_read(&set->buckets[bucket].spilled));
	}
	if (atomic_read(&set->nr))
		stress_fail("%d tasks in an empty set", atomic_read(&set->nr));
}

/* Two add one task: one copy or two, but found, counted once, and all gone. */
static void add_both(u32 id)
{
	if (!wp_follow_add(set, both))
		stress_fail("no room for the one that two add");
	if (!wp_follow_has(set, both))
		stress_fail("added, and not found");
}

static void round_begin(u64 round)
{
	u32 i;

	/* Half of the time the nearest places are taken. */
	for (i = 0; round % 2 && i < 10; i++)
		wp_follow_add(set, tasks[0][i].key);
}

static void round_end(u64 round)
{
	u32 others = round % 2 ? 10 : 0, i;

	if (wp_follow_count(set) != others + 1)
		stress_fail("%u tasks counted, not %u", wp_follow_count(set), others + 1);
	nr_copies += atomic_read(&set->nr) - others - 1;
	wp_follow_remove(set, both);
	if (wp_follow_has(set, both))
		stress_fail("a copy was left");
	for (i = 0; i < others; i++)
		wp_follow_remove(set, tasks[0][i].key);
	if (atomic_read(&set->nr))
		stress_fail("%d tasks in an empty set", atomic_read(&set->nr));
}

int main(int argc, char **argv)
{
	static const struct stress_role roles[] = {
		{ writer, 0 }, { writer, 1 }, { writer, 2 },
		{ writer, 3 }, { reader, 0 }, { reader, 1 },
	};
	static const struct stress_role two[] = { { add_both, 0 }, { add_both, 1 } };
	double seconds = stress_seconds(argc, argv);
	u32 i;

	set = wp_follow_new(LIMIT, NR_LASTING, true);
	if (!set)
		return 2;
	choose_keys();
	stress_pause(8);
	stress_rounds(two, 2, seconds / 5, round_begin, round_end);
	stress_pause(0);
	for (i = 0; i < NR_LASTING; i++)
		if (!(i % 2 ? wp_follow_add(set, lasting[i].key) :
			      wp_follow_give(set, lasting[i].key)))
			stress_fail("no room in an empty set");
	stress_run(roles, 6, seconds * 4 / 5);
	check_empty();
	wp_follow_free(set);
	return stress_end("follow",
			  "%llu added, %llu refused, %llu found, %llu not there, %llu copies",
			  nr_added, nr_refused, nr_found, nr_none, nr_copies);
}
