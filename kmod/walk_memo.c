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
#include <linux/hash.h>
#include <linux/vmalloc.h>

#include "user_read.h"
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

static struct wp_memo_entry *set_of(const struct wp_memo *memo, const struct wp_memo_key *key)
{
	u64 hash = (key->regs.ip ^ key->regs.sp << 20 ^ key->serial << 40) * GOLDEN_RATIO_64;

	hash ^= hash >> 32;
	return &memo->entries[(hash & ((1U << memo->bits) - 1)) * WP_MEMO_WAYS];
}

static bool same_key(const struct wp_memo_entry *entry, const struct wp_memo_key *key)
{
	const struct wp_user_regs *now = &key->regs, *then = &entry->key.regs;

	return entry->id && now->ip == then->ip && now->sp == then->sp &&
	       entry->key.serial == key->serial && entry->key.generation == key->generation &&
	       (!entry->words.used_bp || now->bp == then->bp) &&
	       (!entry->words.used_bx || now->bx == then->bx);
}

/* The addresses were checked when the walk read them. */
static bool same_words(const struct wp_walk_words *words)
{
	/* No bounds to be checked by a function. */
	const struct wp_walk_word *then = words->word;
	bool same = true;
	u64 word;
	u32 i;

	if (!wp_user_begin())
		return false;
	for (i = 0; same && i < words->nr; i++)
		same = wp_user_word(then[i].at, &word) && word == then[i].value;
	wp_user_end();
	return same;
}

/**
 * wp_memo_find() - has this walk been done before?
 * @memo: this CPU's
 * @key: where it would begin
 *
 * Context: probe, interrupts off.
 * Return: the walk, or NULL.
 */
const struct wp_memo_entry *wp_memo_find(const struct wp_memo *memo,
					 const struct wp_memo_key *key)
{
	const struct wp_memo_entry *set = set_of(memo, key);
	u32 i;

	for (i = 0; i < WP_MEMO_WAYS; i++)
		if (same_key(&set[i], key) && same_words(&set[i].words))
			return &set[i];
	return NULL;
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
	entry = &set_of(memo, key)[memo->victim++ % WP_MEMO_WAYS];
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
