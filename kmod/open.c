// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits that have not ended. Each wait point has a table of preallocated slots;
 * a wait holds one from begin to end, so the limit is exact: a begin that finds
 * no slot anywhere is counted as missed by the caller.
 *
 * Free slots hang on one lock-free list per CPU (a tag in the head's upper half
 * defeats ABA), but for a spare one that a CPU gave back last. Begin takes its own
 * CPU's spare, else pops from its list and, when that is empty, from the others' in
 * turn, their spares included; end gives to the CPU it runs on. A head is retried at
 * most WP_OPEN_TRIES times, so the work is bounded by tries * CPUs.
 *
 * Readers walk all slots up to the highest that was ever in use: each CPU notes how
 * far it has come when it takes one from a list. A slot that it gave back as a spare
 * was taken from a list before, here or on another CPU.
 *
 * Sessions keep arrays by slot whose entries are shorter than a cache line. So each
 * CPU begins with runs of WP_OPEN_RUN slots, whose entries fill whole lines, and as
 * long as tasks stay where they are no line is written by two CPUs.
 *
 * A slot's fields are written only by the task that waits. seq turns odd when
 * they stand (release, pairs with the acquire in wp_open_read()) and even when
 * the wait has ended; a reader copies and then looks whether seq moved.
 *
 * The map tells which open wait of a task is the innermost: buckets of seven
 * words (thread id << 32 | slot reference) in a cache line of their own. Only
 * the task itself adds, changes and removes its word, so a claim by
 * compare-and-swap is all the synchronisation there is. A bucket that is full
 * spills into the following ones and counts that, so a look-up goes on only
 * where something spilled.
 *
 * Memory: slots * sizeof(struct wp_open) + CPUs * 64 B for each table; the map
 * takes 64 B for every four waits of all tables.
 *
 * Also built in user space under ThreadSanitizer (tests/tsan).
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "open.h"

#define WP_OPEN_TRIES		64
#define WP_OPEN_RUN		16
#define WP_MAP_WAYS		7
#define WP_MAP_POSITIONS	8	/* numbers of a bucket's ways, rounded up */
#define WP_MAP_SPILL		64	/* buckets looked at, at most */
#define WP_MAP_TASKS_PER_BUCKET	4

struct wp_map_bucket {
	u64 word[WP_MAP_WAYS];
	atomic_t spilled;	/* words of this bucket's tasks kept elsewhere */
} ____cacheline_aligned;

static struct {
	struct wp_map_bucket *buckets;
	u32 bits;
} map;

static u32 head_slot(s64 head)
{
	return (u32)head;
}

static s64 head_next(s64 head, u32 slot)
{
	return (s64)((((u64)head >> 32) + 1) << 32 | slot);
}

static void free_push(struct wp_open_table *table, struct wp_open *wait, u32 cpu)
{
	struct wp_open_free *list = &table->free[cpu];
	u32 slot = (u32)(wait - table->slots) + 1;
	s64 head = atomic64_read(&list->head);

	/* Once probes run only this CPU pushes here; others may pop meanwhile. */
	do {
		WRITE_ONCE(wait->next_free, head_slot(head));
	} while (!atomic64_try_cmpxchg_release(&list->head, &head,
					       head_next(head, slot)));
}

static struct wp_open *free_pop(struct wp_open_table *table, u32 cpu)
{
	struct wp_open_free *list = &table->free[cpu];
	s64 head = atomic64_read_acquire(&list->head);
	int tries;

	for (tries = 0; tries < WP_OPEN_TRIES; tries++) {
		struct wp_open *wait;

		if (!head_slot(head))
			return NULL;
		wait = &table->slots[head_slot(head) - 1];
		/* May be stale if another CPU was faster: then the tag moved. */
		if (atomic64_try_cmpxchg_acquire(&list->head, &head,
						 head_next(head, READ_ONCE(wait->next_free))))
			return wait;
	}
	return NULL;
}

/**
 * wp_open_table_init() - allocate the open waits of a wait point
 * @table: to set up
 * @table_id: the wait point's id, part of the slots' references
 * @nr_slots: limit of open waits, 1..WP_OPEN_MAX_SLOTS
 * @nr_cpus: possible CPUs
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_open_table_init(struct wp_open_table *table, u32 table_id, u32 nr_slots,
		       u32 nr_cpus)
{
	u32 run = max_t(u32, min_t(u32, nr_slots / nr_cpus, WP_OPEN_RUN), 1), i;

	table->slots = vzalloc(array_size(nr_slots, sizeof(*table->slots)));
	table->free = vzalloc(array_size(nr_cpus, sizeof(*table->free)));
	if (!table->slots || !table->free) {
		wp_open_table_exit(table);
		return -ENOMEM;
	}
	table->nr_slots = nr_slots;
	table->nr_cpus = nr_cpus;
	for (i = nr_slots; i-- > 0;) {
		table->slots[i].self = wp_open_ref(table_id, i);
		free_push(table, &table->slots[i], i / run % nr_cpus);
	}
	return 0;
}

/**
 * wp_open_table_exit() - free the table of a wait point
 * @table: one that no probe can reach any more, or that failed to set up
 *
 * Context: process; may sleep.
 */
void wp_open_table_exit(struct wp_open_table *table)
{
	vfree(table->slots);
	vfree(table->free);
	*table = (struct wp_open_table){};
}

/**
 * wp_open_table_bytes() - memory of a table
 * @table: the table
 *
 * Return: bytes.
 */
u64 wp_open_table_bytes(const struct wp_open_table *table)
{
	return (u64)table->nr_slots * sizeof(*table->slots) +
	       (u64)table->nr_cpus * sizeof(*table->free);
}

/**
 * wp_open_table_end() - how far readers have to look
 * @table: the table
 *
 * Context: any.
 * Return: slots from this one on have never been in use.
 */
u32 wp_open_table_end(const struct wp_open_table *table)
{
	u32 cpu, end = 0;

	for (cpu = 0; cpu < table->nr_cpus; cpu++)
		end = max_t(u32, end, READ_ONCE(table->free[cpu].end));
	smp_rmb(); /* before the slots are read; pairs with publishing them */
	return end;
}

/**
 * wp_open_any() - is a wait open?
 * @table: the table
 *
 * Context: any.
 * Return: true if one was.
 */
bool wp_open_any(const struct wp_open_table *table)
{
	u32 slot, end = wp_open_table_end(table);

	for (slot = 0; slot < end; slot++)
		if (READ_ONCE(table->slots[slot].seq) & 1)
			return true;
	return false;
}

static struct wp_open *spare_take(struct wp_open_free *list)
{
	return READ_ONCE(list->spare) ? xchg(&list->spare, NULL) : NULL;
}

/* Its own list, then what the other CPUs have. */
static noinline struct wp_open *get_from_lists(struct wp_open_table *table, u32 cpu)
{
	struct wp_open *wait = free_pop(table, cpu);
	u32 i, end;

	for (i = 1; !wait && i < table->nr_cpus; i++) {
		u32 other = cpu + i;

		if (other >= table->nr_cpus)
			other -= table->nr_cpus;
		wait = free_pop(table, other) ?: spare_take(&table->free[other]);
	}
	if (!wait)
		return NULL;
	/* Before the wait is published; pairs with wp_open_table_end(). */
	end = (u32)(wait - table->slots) + 1;
	if (end > table->free[cpu].end)
		WRITE_ONCE(table->free[cpu].end, end);
	return wait;
}

/**
 * wp_open_get() - take a free slot
 * @table: the wait point's table
 * @cpu: this CPU
 *
 * Context: probe, interrupts off.
 * Return: a slot for the caller to fill and publish, or NULL: all are in use.
 */
struct wp_open *wp_open_get(struct wp_open_table *table, u32 cpu)
{
	struct wp_open *wait = spare_take(&table->free[cpu]);

	if (unlikely(!wait))
		wait = get_from_lists(table, cpu);
	/* A reader that still copies the last stay must see seq even first. */
	smp_wmb();
	return wait;
}

/**
 * wp_open_put() - give a slot back
 * @table: its table
 * @wait: a slot that is not published (any more)
 * @cpu: this CPU
 *
 * Context: probe, interrupts off.
 */
void wp_open_put(struct wp_open_table *table, struct wp_open *wait, u32 cpu)
{
	struct wp_open_free *list = &table->free[cpu];

	/* Others only ever take it away. */
	if (likely(!READ_ONCE(list->spare)))
		smp_store_release(&list->spare, wait); /* pairs with the xchg */
	else
		free_push(table, wait, cpu);
}

/**
 * wp_open_read() - copy an open wait
 * @slot: any slot
 * @copy: where to
 *
 * Context: any.
 * Return: true if @slot held an open wait and the copy is whole.
 */
bool wp_open_read(const struct wp_open *slot, struct wp_open *copy)
{
	u32 seq = smp_load_acquire(&slot->seq); /* pairs with publish */

	if (!(seq & 1))
		return false;
	/* The next stay may come meanwhile: then wp_open_same() says so. */
	data_race(memcpy(copy, slot, sizeof(*copy)));
	/* A block request's may change while it is open: begin_again(). */
	copy->begin_ns = READ_ONCE(slot->begin_ns);
	copy->seq = seq;
	return wp_open_same(slot, copy);
}

/**
 * wp_open_same() - is a copied wait still open?
 * @slot: the slot
 * @copy: what wp_open_read() made of it
 *
 * Context: any.
 * Return: true if the slot still holds the wait that was copied.
 */
bool wp_open_same(const struct wp_open *slot, const struct wp_open *copy)
{
	smp_rmb(); /* the copy before seq; pairs with the barrier in get */
	return READ_ONCE(slot->seq) == copy->seq;
}

/**
 * wp_open_map_init() - allocate the map of waiting tasks
 * @nr_tasks: waits that all tables together have room for
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_open_map_init(u32 nr_tasks)
{
	u32 nr = roundup_pow_of_two(max_t(u32, nr_tasks / WP_MAP_TASKS_PER_BUCKET, 64));

	map.buckets = vzalloc(array_size(nr, sizeof(*map.buckets)));
	if (!map.buckets)
		return -ENOMEM;
	map.bits = ilog2(nr);
	return 0;
}

/**
 * wp_open_map_exit() - free the map
 *
 * Context: process, no probe can run any more.
 */
void wp_open_map_exit(void)
{
	vfree(map.buckets);
	map.buckets = NULL;
}

/**
 * wp_open_map_bytes() - memory of the map
 *
 * Return: bytes.
 */
u64 wp_open_map_bytes(void)
{
	return sizeof(*map.buckets) << map.bits;
}

static u32 map_home(u32 tid)
{
	return hash_32(tid, map.bits);
}

static u64 *map_word(u32 pos)
{
	return &map.buckets[pos / WP_MAP_POSITIONS].word[pos % WP_MAP_POSITIONS];
}

static u32 map_next(u32 bucket)
{
	return (bucket + 1) & ((1U << map.bits) - 1);
}

/* Nothing in it, and nothing of its tasks elsewhere. */
static bool bucket_empty(const struct wp_map_bucket *bucket)
{
	u64 any = atomic_read(&bucket->spilled);
	int i;

#pragma GCC unroll 7
	for (i = 0; i < WP_MAP_WAYS; i++)
		any |= READ_ONCE(bucket->word[i]);
	return !any;
}

/* Looks through the bucket a task belongs to and, where it spilled, the next ones. */
static noinline u32 map_search(u32 tid, u32 home, u32 *pos)
{
	u32 bucket = home;
	int i, step;

	for (step = 0; step < WP_MAP_SPILL; step++, bucket = map_next(bucket)) {
		for (i = 0; i < WP_MAP_WAYS; i++) {
			u64 word = READ_ONCE(map.buckets[bucket].word[i]);

			if (word >> 32 == tid && word) {
				*pos = bucket * WP_MAP_POSITIONS + i;
				return (u32)word;
			}
		}
		if (!atomic_read(&map.buckets[home].spilled))
			return 0;
	}
	return 0;
}

/**
 * wp_open_map_find() - the innermost open wait of a task
 * @tid: thread id
 * @pos: set to its place in the map when found
 *
 * Exact for the current task; a moment's truth for another one.
 *
 * Context: any.
 * Return: reference of the slot, 0 = this task has no open wait.
 */
u32 wp_open_map_find(u32 tid, u32 *pos)
{
	return map_search(tid, map_home(tid), pos);
}

/**
 * wp_open_map_innermost() - the innermost open wait of the current task
 * @tid: its thread id
 *
 * Context: the task itself.
 * Return: as wp_open_map_find().
 */
u32 wp_open_map_innermost(u32 tid)
{
	u32 home = map_home(tid), pos;
	/* Most are alone in their bucket, and in its first place. */
	u64 word = READ_ONCE(map.buckets[home].word[0]);

	if (likely(word >> 32 == tid && word))
		return (u32)word;
	if (!word && bucket_empty(&map.buckets[home]))
		return 0;
	return map_search(tid, home, &pos);
}

static bool map_claim(u32 tid, u32 ref, u32 *pos)
{
	u32 home = map_home(tid), bucket = home;
	u64 word = (u64)tid << 32 | ref;
	int i, step;

	for (step = 0; step < WP_MAP_SPILL; step++, bucket = map_next(bucket)) {
		/* Counted first: a look-up by another CPU must not stop short. */
		if (step == 1)
			atomic_inc(&map.buckets[home].spilled);
		for (i = 0; i < WP_MAP_WAYS; i++) {
			u64 *at = &map.buckets[bucket].word[i];

			if (!READ_ONCE(*at) && !cmpxchg(at, 0, word)) {
				*pos = bucket * WP_MAP_POSITIONS + i;
				return true;
			}
		}
	}
	atomic_dec(&map.buckets[home].spilled);
	return false;
}

/* A free place, if all of the bucket's are in it and this task has none; else -1. */
static noinline int way_for(const struct wp_map_bucket *bucket, u32 tid)
{
	int i, way = -1;

	if (atomic_read(&bucket->spilled))
		return -1;
	for (i = WP_MAP_WAYS - 1; i >= 0; i--) {
		u64 word = READ_ONCE(bucket->word[i]);

		if (!word)
			way = i;
		else if (word >> 32 == tid)
			return -1;
	}
	return way;
}

/*
 * One look at the home bucket is all that most waits take: nothing of it lies
 * elsewhere, this task has no word in it, and there is room.
 */
static bool push_at_home(struct wp_open *wait)
{
	u32 home = map_home(wait->tid);
	struct wp_map_bucket *bucket = &map.buckets[home];
	const u32 tid = wait->tid;
	int way;

	/* Thread id 0, the idle tasks', looks like a free word's. */
	if (!tid)
		return false;
	way = bucket_empty(bucket) ? 0 : way_for(bucket, tid);
	if (way < 0)
		return false;
	if (cmpxchg(&bucket->word[way], 0, (u64)wait->tid << 32 | wait->self))
		return false;
	wait->outer = 0;
	wait->map_pos = home * WP_MAP_POSITIONS + way;
	return true;
}

/**
 * wp_open_map_push() - make a wait its task's innermost one
 * @wait: of the current task; tid and self are set. Sets outer and map_pos
 *
 * Context: probe of the waiting task, interrupts off.
 * Return: false if the map has no room.
 */
bool wp_open_map_push(struct wp_open *wait)
{
	u32 outer;

	if (push_at_home(wait))
		return true;
	outer = wp_open_map_find(wait->tid, &wait->map_pos);
	wait->outer = outer;
	if (!outer)
		return map_claim(wait->tid, wait->self, &wait->map_pos);
	WRITE_ONCE(*map_word(wait->map_pos), (u64)wait->tid << 32 | wait->self);
	return true;
}

/**
 * wp_open_map_pop() - take a wait, the innermost one, off its task
 * @wait: pushed before
 *
 * Context: probe of the waiting task, interrupts off.
 * Return: reference of the slot that was the innermost: another one's end was not
 * seen.
 */
u32 wp_open_map_pop(struct wp_open *wait)
{
	u64 *at = map_word(wait->map_pos);
	u32 innermost = READ_ONCE(*at);
	u32 home = map_home(wait->tid);

	if (unlikely(wait->outer)) {
		WRITE_ONCE(*at, (u64)wait->tid << 32 | wait->outer);
		return innermost;
	}
	WRITE_ONCE(*at, 0);
	if (unlikely(wait->map_pos / WP_MAP_POSITIONS != home))
		atomic_dec(&map.buckets[home].spilled);
	return innermost;
}
