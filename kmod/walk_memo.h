/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_WALK_MEMO_H
#define WP_WALK_MEMO_H

#include <linux/hash.h>
#include <linux/types.h>

#include "user_read.h"
#include "walk.h"

#define WP_MEMO_WAYS	4

/**
 * struct wp_memo_key - what a walk depends on beside the words it reads
 * @serial: of the mappings
 * @generation: of the tables
 * @regs: where it begins; rbp and rbx only if it used them
 */
struct wp_memo_key {
	u64 serial;
	u32 generation;
	struct wp_user_regs regs;
};

/**
 * struct wp_memo_entry - a walk and what came of it
 * @key: of the walk
 * @id: stack id, 0 = no walk
 * @end: how it ended
 * @words: what it read
 */
struct wp_memo_entry {
	struct wp_memo_key key;
	u32 id;
	enum wp_walk_end end;
	struct wp_walk_words words;
};

/**
 * struct wp_memo - the walks one CPU remembers for one session
 * @entries: WP_MEMO_WAYS for each set
 * @bits: log2 of the number of sets
 * @victim: which way of a set is used next
 * @busy: a walk is being written down
 */
struct wp_memo {
	struct wp_memo_entry *entries;
	u32 bits;
	u32 victim;
	bool busy;
};

int wp_memo_init(struct wp_memo *memo, u32 bits, int node);
void wp_memo_exit(struct wp_memo *memo);
u64 wp_memo_bytes(u32 bits);
struct wp_memo_entry *wp_memo_begin(struct wp_memo *memo, const struct wp_memo_key *key);
void wp_memo_end(struct wp_memo *memo, struct wp_memo_entry *entry, enum wp_walk_end end, u32 id);

static inline struct wp_memo_entry *wp_memo_set(const struct wp_memo *memo,
						const struct wp_memo_key *key)
{
	u64 hash = (key->regs.ip ^ key->regs.sp << 20 ^ key->serial << 40) * GOLDEN_RATIO_64;

	hash ^= hash >> 32;
	return &memo->entries[(hash & ((1U << memo->bits) - 1)) * WP_MEMO_WAYS];
}

static __always_inline bool wp_memo_same_key(const struct wp_memo_entry *entry,
					     const struct wp_memo_key *key)
{
	const struct wp_user_regs *now = &key->regs, *then = &entry->key.regs;

	return entry->id && now->ip == then->ip && now->sp == then->sp &&
	       entry->key.serial == key->serial && entry->key.generation == key->generation &&
	       (!entry->words.used_bp || now->bp == then->bp) &&
	       (!entry->words.used_bx || now->bx == then->bx);
}

/* The addresses were checked when the walk read them. */
static __always_inline bool wp_memo_same_words(const struct wp_walk_words *words)
{
	/* No bounds to be checked by a function. */
	const struct wp_walk_word *then = words->word, *end = then + words->nr;
	bool same = true;
	u64 word;

	if (!wp_user_begin())
		return false;
	for (; same && then < end; then++)
		same = wp_user_word(then->at, &word) && word == then->value;
	wp_user_end();
	return same;
}

/**
 * wp_memo_find() - has this walk been done before?
 * @memo: this CPU's
 * @key: where it would begin
 *
 * A part of every wait whose stack is known: here, so that the key stays in
 * registers.
 *
 * Context: probe, interrupts off.
 * Return: the walk, or NULL.
 */
static __always_inline const struct wp_memo_entry *wp_memo_find(const struct wp_memo *memo,
								const struct wp_memo_key *key)
{
	const struct wp_memo_entry *entry = wp_memo_set(memo, key), *end = entry + WP_MEMO_WAYS;

	for (; entry < end; entry++)
		if (wp_memo_same_key(entry, key) && wp_memo_same_words(&entry->words))
			return entry;
	return NULL;
}

#endif
