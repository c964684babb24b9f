// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks by rules that were done before. A walk is a function of the mappings, the
 * tables, the registers it begins with and the words of user memory it reads: an
 * entry keeps them all, and where they are all the same so is the stack. There is
 * no guess in it: what was read once is read again and compared.
 *
 * Its place is found by the mappings, the leaf and the stack pointer. Chains that
 * share these lie in the ways of one set and are told apart by their words, leaf
 * first, where they mostly differ.
 *
 * The walk writes its words down in the entry it is to have. One that used more
 * than WP_WALK_WORDS, could not be stored, or ended where something was missing,
 * leaves the entry empty.
 *
 * Each CPU has its own memo for each session, used with interrupts off. A probe
 * that runs within a walk (its reads may fault) finds the memo busy and does
 * without.
 *
 * Memory: 1 KiB an entry, 4 KiB * 2^bits a CPU.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/vmalloc.h>

#include "walk_memo.h"

/**
 * wp_memo_bytes() - memory of a memo
 * @bits: log2 of the number of sets
 *
 * Return: bytes.
 */
u64 wp_memo_bytes(u32 bits)
{
	BUILD_BUG_ON(sizeof(struct wp_memo_entry) != 1024);
	return (sizeof(struct wp_memo_entry) * WP_MEMO_WAYS) << bits;
}

/**
 * wp_memo_init() - allocate a memo
 * @memo: to set up, zeroed
 * @bits: log2 of the number of sets
 * @node: where
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_memo_init(struct wp_memo *memo, u32 bits, int node)
{
	memo->bits = bits;
	memo->entries = vzalloc_node(wp_memo_bytes(bits), node);
	return memo->entries ? 0 : -ENOMEM;
}

/**
 * wp_memo_exit() - free a memo
 * @memo: that no probe can reach any more
 *
 * Context: process; may sleep.
 */
void wp_memo_exit(struct wp_memo *memo)
{
	vfree(memo->entries);
	memo->entries = NULL;
}

/**
 * wp_memo_begin() - the entry a walk is to have
 * @memo: this CPU's
 * @key: where it begins
 *
 * Context: probe, interrupts off.
 * Return: the entry, whose words the walk writes; NULL within another walk.
 */
struct wp_memo_entry *wp_memo_begin(struct wp_memo *memo, const struct wp_memo_key *key)
{
	struct wp_memo_entry *entry;

	if (memo->busy)
		return NULL;
	memo->busy = true;
	entry = &wp_memo_set(memo, key)[memo->victim++ % WP_MEMO_WAYS];
	entry->id = 0;
	/* Empty before the walk changes its words: a probe within it may look. */
	barrier();
	entry->key = *key;
	entry->words.nr = 0;
	entry->words.used_bp = false;
	entry->words.used_bx = false;
	return entry;
}

/**
 * wp_memo_end() - a walk is written down
 * @memo: this CPU's
 * @entry: of wp_memo_begin()
 * @end: how the walk ended
 * @id: stack id, or 0
 *
 * Context: probe, interrupts off.
 */
void wp_memo_end(struct wp_memo *memo, struct wp_memo_entry *entry, enum wp_walk_end end, u32 id)
{
	bool final = end == WP_WALK_WHOLE || end == WP_WALK_STOP || end == WP_WALK_DEEP;

	entry->end = end;
	barrier();
	if (final && entry->words.nr <= WP_WALK_WORDS)
		entry->id = id;
	memo->busy = false;
}
