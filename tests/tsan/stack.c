// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stack table: all threads put stacks of one pool, so most puts meet an equal
 * one under way. Equal stacks must get equal ids and every id must give back the
 * frames that were put. A round uses up one table; the kinds of rounds differ in
 * what runs out: nothing, entries, or words, which then are taken in pieces of
 * different size. Every other time around, the table has but two hash chains.
 */
#include <sched.h>
#include <string.h>

#include "../../kmod/stack.c"

#include "stress.h"

#define NR_THREADS 4
#define NR_STACKS  96
#define MAX_FRAMES 40
#define AMPLE	   (4 * NR_STACKS * MAX_FRAMES)

/* Rounds in which something runs out are short: the race is at the end. */
static const struct kind {
	u32 nr_entries, nr_words;
	u32 puts; /* of each thread */
	u32 pause_one_in;
} kinds[] = {
	{ 4 * NR_STACKS, AMPLE, 2 * NR_STACKS, 0 },
	{ 8, AMPLE, 8, 16 },
	{ 4 * NR_STACKS, 250, 12, 8 },
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct wp_stack_table table;
static const struct kind *kind;
static struct wp_stack pool[NR_STACKS];
static u32 ids[NR_STACKS];
static u64 nr_puts, nr_full, all_full;

/* Stacks that differ in their last frame only come in pairs. */
static void pool_fill(void)
{
	u32 i, j;

	for (i = 0; i < NR_STACKS; i++) {
		pool[i].nr = 1 + stress_random() % MAX_FRAMES;
		pool[i].flags = stress_random() % 4;
		for (j = 0; j < pool[i].nr; j++)
			pool[i].frames[j] = stress_random();
		if (!(i % 2))
			continue;
		pool[i] = pool[i - 1];
		pool[i].frames[pool[i].nr - 1]++;
	}
}

/* Nobody but the one who put it first may find it not ready yet. */
static void check_frames(u32 number, u32 id, bool all_done)
{
	const struct wp_stack *stack = &pool[number];
	u32 nr = 0, flags = 0;
	const u64 *frames = wp_stack_get(&table, id, &nr, &flags);

	if (!frames) {
		if (all_done)
			stress_fail("id %u of stack %u is not to be had", id, number);
		return;
	}
	if (nr != stack->nr || flags != stack->flags ||
	    memcmp(frames, stack->frames, nr * sizeof(*frames)))
		stress_fail("id %u: %u frames, not the %u of stack %u", id, nr, stack->nr, number);
}

static void put_one(u32 number)
{
	enum wp_stack_error error;
	u32 id = wp_stack_put(&table, &pool[number], &error);
	u32 known = 0;

	__atomic_fetch_add(&nr_puts, 1, __ATOMIC_RELAXED);
	if (error == WP_STACK_FULL)
		__atomic_fetch_add(&nr_full, 1, __ATOMIC_RELAXED);
	if (id ? error != WP_STACK_OK : error == WP_STACK_OK)
		stress_fail("id %u with error %d", id, error);
	if (!id)
		return;
	if (!__atomic_compare_exchange_n(&ids[number], &known, id, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED) &&
	    known != id)
		stress_fail("stack %u has ids %u and %u", number, known, id);
	check_frames(number, id, false);
}

/* Whatever can be read under an id is one of the stacks, whole. */
static void check_any(u32 id)
{
	u32 nr, flags, i;
	const u64 *frames = wp_stack_get(&table, id, &nr, &flags);

	if (!frames)
		return;
	for (i = 0; i < NR_STACKS; i++)
		if (pool[i].nr == nr && pool[i].flags == flags &&
		    !memcmp(pool[i].frames, frames, nr * sizeof(*frames)))
			return;
	stress_fail("id %u: %u frames that nobody put", id, nr);
}

static void begin_round(u64 round)
{
	kind = &kinds[round % NR_KINDS];
	stress_pause(kind->pause_one_in);
	pool_fill();
	memset(ids, 0, sizeof(ids));
	if (wp_stack_table_init(&table, kind->nr_entries, kind->nr_words))
		stress_fail("no memory");
	if (round / NR_KINDS % 2)
		table.bits = 1;
}

static void turn(u32 id)
{
	u32 i;

	for (i = 0; i < kind->puts; i++) {
		put_one(stress_random() % NR_STACKS);
		check_any(1 + stress_random() % (wp_stack_used(&table) + 1));
	}
}

static void end_round(u64 round)
{
	u32 i, j;

	if (kind == kinds && nr_full)
		stress_fail("a stack was refused, nothing was full");
	for (i = 0; i < NR_STACKS; i++) {
		if (!ids[i])
			continue;
		check_frames(i, ids[i], true);
		for (j = 0; j < i; j++)
			if (ids[i] == ids[j])
				stress_fail("stacks %u and %u have id %u", i, j, ids[i]);
	}
	all_full += nr_full;
	nr_full = 0;
	wp_stack_table_exit(&table);
}

/*
 * The counters alone, at their end, where a piece that does not fit must not
 * disturb those that do: no word may be handed out twice. The threads go from
 * one counter to the next together.
 */
#define NR_TAKERS   3
#define NR_COUNTERS 500
#define NR_WORDS    20

static struct {
	atomic_t next;
	u32 arrived;
	u8 taken[NR_WORDS];
} pieces[NR_COUNTERS];
static u64 nr_pieces;

static void begin_pieces(u64 round)
{
	memset(pieces, 0, sizeof(pieces));
	stress_pause(3);
}

static void take_pieces(u32 number)
{
	u32 refused = 0, first, nr, i;

	while (refused < 4) {
		nr = 1 + stress_random() % 5;
		if (!take(&pieces[number].next, nr, NR_WORDS, &first)) {
			refused++;
			continue;
		}
		__atomic_fetch_add(&nr_pieces, 1, __ATOMIC_RELAXED);
		for (i = first; i < first + nr; i++)
			if (i >= NR_WORDS ||
			    __atomic_exchange_n(&pieces[number].taken[i], 1, __ATOMIC_RELAXED))
				stress_fail("word %u of %u was handed out twice", i, NR_WORDS);
	}
}

static void turn_pieces(u32 id)
{
	u32 number;

	for (number = 0; number < NR_COUNTERS && !stress_failed(); number++) {
		__atomic_fetch_add(&pieces[number].arrived, 1, __ATOMIC_RELAXED);
		while (__atomic_load_n(&pieces[number].arrived, __ATOMIC_RELAXED) < NR_TAKERS &&
		       !stress_failed())
			sched_yield();
		take_pieces(number);
	}
}

static void end_pieces(u64 round)
{
}

int main(int argc, char **argv)
{
	static const struct stress_role putters[NR_THREADS] = {
		{ turn, 0 },
		{ turn, 1 },
		{ turn, 2 },
		{ turn, 3 },
	};
	static const struct stress_role takers[NR_TAKERS] = {
		{ turn_pieces, 0 },
		{ turn_pieces, 1 },
		{ turn_pieces, 2 },
	};
	double seconds = stress_seconds(argc, argv);
	u64 rounds;

	rounds = stress_rounds(takers, NR_TAKERS, seconds / 3, begin_pieces, end_pieces);
	rounds += stress_rounds(putters, NR_THREADS, seconds * 2 / 3, begin_round, end_round);
	if (!all_full && !stress_failed())
		stress_fail("no table was ever full");
	return stress_end("stack", "%llu pieces, %llu stacks in %llu rounds, %llu met a full table",
			  nr_pieces, nr_puts, rounds, all_full);
}
