// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map of waiting tasks: each thread plays many tasks whose waits nest and
 * whose ends are sometimes not seen. The thread ids are chosen so that they fall
 * into few buckets, which spill over all the time, and the map is sometimes full.
 * A task must always find its own innermost wait; another thread finds a wait of
 * that task or none, and a wait that lasts, kept outside its own bucket, always.
 */
#include <stdio.h>
#include <string.h>

#include "../../kmod/open.c"

#include "stress.h"

#define NR_WRITERS     4
#define NR_TASKS       200 /* of a thread; together more than the map holds */
#define NR_HOMES       6 /* buckets that all tasks belong to */
#define DEPTH	       3
#define TIDS_LOOKED_AT 100000
#define NR_LASTING     (2 * WP_MAP_WAYS)

struct task {
	u32 tid;
	u32 depth;
	struct wp_open waits[DEPTH];
};

static struct task tasks[NR_WRITERS][NR_TASKS];
static struct task lasting[NR_LASTING];
static u64 nr_waits, nr_refused, nr_unseen, nr_found, nr_none;

static void choose_tids(void)
{
	u32 tid, nr = 0;

	for (tid = 1; nr < NR_WRITERS * NR_TASKS; tid++) {
		if (tid > TIDS_LOOKED_AT) {
			stress_fail("thread ids ran out");
			return;
		}
		if (map_home(tid) < NR_HOMES) {
			tasks[nr % NR_WRITERS][nr / NR_WRITERS].tid = tid;
			nr++;
		}
	}
	/* All in one bucket, and there first: half of them lie elsewhere. */
	for (nr = 0; nr < NR_LASTING; tid++)
		if (map_home(tid) == 0)
			lasting[nr++].tid = tid;
}

static bool push(struct task *task)
{
	struct wp_open *wait = &task->waits[task->depth];

	wait->tid = task->tid;
	wait->self = wp_open_ref(task->depth, task->tid);
	if (!wp_open_map_push(wait))
		return false;
	if (wait->outer != (task->depth ? task->waits[task->depth - 1].self : 0))
		stress_fail("tid %u: outer is %x at depth %u", task->tid, wait->outer, task->depth);
	task->depth++;
	return true;
}

static void pop(struct task *task)
{
	struct wp_open *wait = &task->waits[task->depth - 1];
	bool unseen = task->depth > 1 && stress_random() % 4 == 0;

	/* The end of the innermost wait is not seen: the next one's is. */
	if (unseen)
		wait--;
	if ((wp_open_map_pop(wait) == wait->self) == unseen)
		stress_fail("tid %u: depth %u of %u was%s the innermost", task->tid,
			    (u32)(wait - task->waits) + 1, task->depth, unseen ? "" : " not");
	__atomic_fetch_add(&nr_unseen, unseen, __ATOMIC_RELAXED);
	task->depth = wait - task->waits;
}

static void check_own(const struct task *task)
{
	u32 want = task->depth ? task->waits[task->depth - 1].self : 0;
	u32 pos, ref = wp_open_map_find(task->tid, &pos);

	if (ref != want)
		stress_fail("tid %u finds its wait %x, not %x", task->tid, ref, want);
}

static void writer(u32 id)
{
	struct task *task = &tasks[id][stress_random() % NR_TASKS];

	if (task->depth && (task->depth == DEPTH || stress_random() % 2)) {
		pop(task);
	} else if (push(task)) {
		__atomic_fetch_add(&nr_waits, 1, __ATOMIC_RELAXED);
	} else {
		__atomic_fetch_add(&nr_refused, 1, __ATOMIC_RELAXED);
		if (task->depth)
			stress_fail("tid %u is in the map and was refused", task->tid);
	}
	check_own(task);
}

static void reader(u32 id)
{
	const struct task *task = &tasks[stress_random() % NR_WRITERS][stress_random() % NR_TASKS];
	u32 pos, ref = wp_open_map_find(task->tid, &pos);

	if (ref && (wp_open_ref_slot(ref) != task->tid || wp_open_ref_table(ref) >= DEPTH))
		stress_fail("tid %u: found %x", task->tid, ref);
	__atomic_fetch_add(ref ? &nr_found : &nr_none, 1, __ATOMIC_RELAXED);

	task = &lasting[stress_random() % NR_LASTING];
	if (wp_open_map_find(task->tid, &pos) != task->waits[0].self)
		stress_fail("tid %u waits all the time and was not found", task->tid);
}

static void check_empty(void)
{
	u32 i, j, bucket;

	for (i = 0; i < NR_WRITERS; i++)
		for (j = 0; j < NR_TASKS; j++)
			while (tasks[i][j].depth)
				pop(&tasks[i][j]);
	for (i = 0; i < NR_LASTING; i++)
		pop(&lasting[i]);
	for (bucket = 0; bucket < 1U << map.bits; bucket++) {
		for (i = 0; i < WP_MAP_WAYS; i++)
			if (map.buckets[bucket].word[i])
				stress_fail("bucket %u still holds tid %llu", bucket,
					    map.buckets[bucket].word[i] >> 32);
		if (atomic_read(&map.buckets[bucket].spilled))
			stress_fail("bucket %u still counts %d spilled", bucket,
				    atomic_read(&map.buckets[bucket].spilled));
	}
}

int main(int argc, char **argv)
{
	static const struct stress_role roles[] = {
		{ writer, 0 }, { writer, 1 }, { writer, 2 },
		{ writer, 3 }, { reader, 0 }, { reader, 1 },
	};
	double seconds = stress_seconds(argc, argv);
	u32 i;

	if (wp_open_map_init(1))
		return 2;
	choose_tids();
	for (i = 0; i < NR_LASTING; i++)
		if (!push(&lasting[i]))
			stress_fail("no room in an empty map");
	stress_run(roles, 6, seconds);
	check_empty();
	wp_open_map_exit();
	return stress_end("map",
			  "%llu waits, %llu refused, %llu ends unseen, %llu found, %llu not there",
			  nr_waits, nr_refused, nr_unseen, nr_found, nr_none);
}
