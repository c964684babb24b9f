// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stack table of a session: equal stack, equal id, compared frame by frame.
 * Entries and frame words are handed out by bounded counters and never taken
 * back while the session lives, so an id, once seen, stays true.
 *
 * Writers are probes on any CPU with interrupts off; they take no lock. A new
 * entry is filled, then put at the head of its chain by compare-and-swap
 * (release; pairs with the acquire loads of the chain). A writer that loses the
 * race looks at what came in between and tries again, WP_STACK_TRIES times;
 * then the stack is not stored and that is counted. An entry given up for an
 * equal one stays unused (its words too): at most one per lost race.
 *
 * Memory: entries * 20 B + buckets * 4 B (as many, rounded up to a power of two)
 * + words * 8 B.
 *
 * Also built in user space under ThreadSanitizer (tests/tsan).
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "stack.h"

#define WP_STACK_TRIES	32
#define WP_STACK_CHAIN	128	/* entries of a chain looked at, at most */

/**
 * wp_stack_table_init() - allocate a stack table
 * @table: to set up, zeroed
 * @nr_entries: stacks
 * @nr_words: frames of all stacks together
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_stack_table_init(struct wp_stack_table *table, u32 nr_entries, u32 nr_words)
{
	u32 nr_buckets = roundup_pow_of_two(nr_entries);

	table->entries = vzalloc(array_size(nr_entries, sizeof(*table->entries)));
	table->buckets = vzalloc(array_size(nr_buckets, sizeof(*table->buckets)));
	table->words = vzalloc(array_size(nr_words, sizeof(*table->words)));
	if (!table->entries || !table->buckets || !table->words) {
		wp_stack_table_exit(table);
		return -ENOMEM;
	}
	table->nr_entries = nr_entries;
	table->nr_words = nr_words;
	table->bits = ilog2(nr_buckets);
	return 0;
}

/**
 * wp_stack_table_exit() - free a stack table
 * @table: not reachable by probes
 *
 * Context: process; may sleep.
 */
void wp_stack_table_exit(struct wp_stack_table *table)
{
	vfree(table->entries);
	vfree(table->buckets);
	vfree(table->words);
	*table = (struct wp_stack_table){};
}

/**
 * wp_stack_table_bytes() - memory of a table
 * @nr_entries: stacks
 * @nr_words: frames
 *
 * Return: bytes.
 */
u64 wp_stack_table_bytes(u32 nr_entries, u32 nr_words)
{
	return (u64)nr_entries * sizeof(struct wp_stack_entry) +
	       (u64)roundup_pow_of_two(nr_entries) * sizeof(u32) +
	       (u64)nr_words * sizeof(u64);
}

static u32 stack_hash(const struct wp_stack *stack)
{
	u64 hash = stack->flags;
	u32 i;

	for (i = 0; i < stack->nr; i++) {
		hash = (hash ^ stack->frames[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}
	return (u32)(hash >> 32);
}

static bool stack_equal(const struct wp_stack_table *table,
			const struct wp_stack_entry *entry,
			const struct wp_stack *stack, u32 hash)
{
	const u64 *words = &table->words[entry->first];
	u32 i;

	if (entry->hash != hash || entry->nr != stack->nr || entry->flags != stack->flags)
		return false;
	for (i = 0; i < stack->nr; i++)
		if (words[i] != stack->frames[i])
			return false;
	return true;
}

/* Looks from @id up to, not including, @stop. */
static u32 chain_find(const struct wp_stack_table *table, u32 id, u32 stop,
		      const struct wp_stack *stack, u32 hash, bool *too_long)
{
	int i;

	for (i = 0; i < WP_STACK_CHAIN && id != stop; i++) {
		const struct wp_stack_entry *entry = &table->entries[id - 1];

		if (stack_equal(table, entry, stack, hash))
			return id;
		id = entry->next;
	}
	*too_long = id != stop || i == WP_STACK_CHAIN;
	return 0;
}

/*
 * Takes @nr of a counter that ends at @limit; false: not enough left, or too
 * many others at it. Never gives back: pieces taken meanwhile lie above.
 */
static bool take(atomic_t *counter, u32 nr, u32 limit, u32 *first)
{
	int old = atomic_read(counter), tries;

	for (tries = 0; tries < WP_STACK_TRIES; tries++) {
		if ((u32)old + nr > limit)
			return false;
		*first = old;
		if (atomic_try_cmpxchg_relaxed(counter, &old, old + nr))
			return true;
	}
	return false;
}

static u32 entry_new(struct wp_stack_table *table, const struct wp_stack *stack, u32 hash)
{
	struct wp_stack_entry *entry;
	u32 id, first;

	/* Words first: an id without words could not be given back. */
	if (!take(&table->next_word, stack->nr, table->nr_words, &first))
		return 0;
	if (!take(&table->next_entry, 1, table->nr_entries, &id))
		return 0;
	entry = &table->entries[id];
	entry->hash = hash;
	entry->first = first;
	entry->nr = stack->nr;
	entry->flags = stack->flags;
	memcpy(&table->words[first], stack->frames, stack->nr * sizeof(u64));
	return id + 1;
}

/**
 * wp_stack_put() - the id of a stack
 * @table: the session's
 * @stack: captured
 * @error: why the id is 0
 *
 * Context: probe, interrupts off.
 * Return: stack id, or 0.
 */
u32 wp_stack_put(struct wp_stack_table *table, const struct wp_stack *stack,
		 enum wp_stack_error *error)
{
	u32 hash = stack_hash(stack);
	u32 *bucket = &table->buckets[hash >> (32 - table->bits)];
	u32 head = smp_load_acquire(bucket), stop = 0; /* pairs with the cmpxchg */
	u32 id = 0, found, seen;
	bool too_long;
	int tries;

	*error = WP_STACK_OK;
	for (tries = 0; tries < WP_STACK_TRIES; tries++) {
		found = chain_find(table, head, stop, stack, hash, &too_long);
		if (found)
			return found;
		if (!id)
			id = too_long ? 0 : entry_new(table, stack, hash);
		if (!id) {
			*error = WP_STACK_FULL;
			return 0;
		}
		WRITE_ONCE(table->entries[id - 1].next, head);
		seen = cmpxchg_release(bucket, head, id);
		if (seen == head) {
			/* Pairs with wp_stack_get(). */
			smp_store_release(&table->entries[id - 1].ready, 1);
			return id;
		}
		stop = head;
		head = smp_load_acquire(bucket); /* pairs with the cmpxchg */
	}
	*error = WP_STACK_BUSY;
	return 0;
}

/**
 * wp_stack_get() - the frames of a stack id
 * @table: the session's
 * @id: stack id
 * @nr: set to the number of frames
 * @flags: set to WAITPROF_STACK_F_*
 *
 * Context: any.
 * Return: the frames, leaf first, or NULL if there is no such stack.
 */
const u64 *wp_stack_get(const struct wp_stack_table *table, u32 id, u32 *nr, u32 *flags)
{
	const struct wp_stack_entry *entry;

	if (!id || id > table->nr_entries)
		return NULL;
	entry = &table->entries[id - 1];
	if (!smp_load_acquire(&entry->ready)) /* pairs with wp_stack_put() */
		return NULL;
	*nr = entry->nr;
	*flags = entry->flags;
	return &table->words[entry->first];
}

/**
 * wp_stack_used() - highest stack id handed out
 * @table: the session's
 *
 * Return: stack id; some below it may be unused.
 */
u32 wp_stack_used(const struct wp_stack_table *table)
{
	return atomic_read(&table->next_entry);
}
