/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_WALK_MEMO_H
#define WP_WALK_MEMO_H

#include <linux/types.h>

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
const struct wp_memo_entry *wp_memo_find(const struct wp_memo *memo,
					 const struct wp_memo_key *key);
struct wp_memo_entry *wp_memo_begin(struct wp_memo *memo, const struct wp_memo_key *key);
void wp_memo_end(struct wp_memo *memo, struct wp_memo_entry *entry, enum wp_walk_end end, u32 id);

#endif
