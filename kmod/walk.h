/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_WALK_H
#define WP_WALK_H

#include <linux/types.h>

#include "space.h"
#include "stack.h"

/* What a walk ended at. */
enum wp_walk_end {
	WP_WALK_ON,		/* not yet */
	WP_WALK_WHOLE,
	WP_WALK_STOP,		/* no rule leads on */
	WP_WALK_ADDRESS,	/* in no mapping */
	WP_WALK_TABLE,		/* the table is not complete */
	WP_WALK_FAULT,		/* unreadable word */
	WP_WALK_BAD,		/* a rule led nowhere */
	WP_WALK_DEEP,		/* too many frames */
};

/**
 * struct wp_user_regs - where a user stack begins
 * @ip: leaf
 * @sp: stack pointer
 * @bp: rbp
 * @bx: rbx
 */
struct wp_user_regs {
	u64 ip;
	u64 sp;
	u64 bp;
	u64 bx;
};

/**
 * struct wp_walk_result - how a walk ended
 * @end: at what
 * @ip: of the frame it ended at
 * @slot: WP_WALK_TABLE: of its table
 */
struct wp_walk_result {
	enum wp_walk_end end;
	u64 ip;
	const struct wp_table_slot *slot;
};

#define WP_WALK_WORDS	60

/* A word of user memory: where it lay and what it was. */
struct wp_walk_word {
	u64 at;
	u64 value;
};

/**
 * struct wp_walk_words - the words of user memory that a walk read
 * @nr: how many; WP_WALK_WORDS + 1 = more than there is room for
 * @used_bp: it used the rbp it began with
 * @used_bx: it used the rbx it began with
 * @word: their addresses and values, in the order of reading
 */
struct wp_walk_words {
	u32 nr;
	bool used_bp;
	bool used_bx;
	struct wp_walk_word word[WP_WALK_WORDS];
};

void wp_walk(struct wp_stack *stack, const struct wp_space *space,
	     const struct wp_user_regs *regs, u32 max, struct wp_walk_words *words,
	     struct wp_walk_result *result);

#endif
