/* SPDX-License-Identifier: GPL-2.0-only */
/* How to tell from a few words of a stack that it is one seen before. */
#ifndef WP_STACK_RECIPE_H
#define WP_STACK_RECIPE_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "stack.h"

#define WP_RECIPE_WORDS		44	/* return addresses of a recipe, at most */
#define WP_RECIPE_PARTS		5	/* of it, that are addressed on their own */
#define WP_STACK_CALLS		8	/* open waits of a task looked at */

/**
 * struct wp_stack_at - a task's kernel stack where a hook stands
 * @ip: code there
 * @sp: stack pointer there
 * @bp: frame register there
 * @top: the registers user space was left with, above all frames
 * @cut_slot: where an outer wait's function has its return address, if the walk
 *	ends there; 0 = no such
 * @leaf: the frame that stands for @ip; 0 = it is left out and its caller's is
 *	named by the call
 * @nr_calls: the task's open waits that a kretprobe began; none where an unwinder
 *	stops at a kretprobe's trampoline
 * @slot: where their functions have their return addresses
 * @return_addr: those addresses, as they were before the kretprobe
 */
struct wp_stack_at {
	unsigned long ip;
	unsigned long sp;
	unsigned long bp;
	unsigned long top;
	unsigned long cut_slot;
	unsigned long leaf;
	u32 nr_calls;
	unsigned long slot[WP_STACK_CALLS];
	unsigned long return_addr[WP_STACK_CALLS];
};

/* Where a caller's frame register is kept, if not so many words above a part's base. */
#define WP_RECIPE_BP_HOOK	0xffff	/* in the register, where the hook stands */
#define WP_RECIPE_BP_LAST	0xfffe	/* where the last part's one points to */

/**
 * struct wp_recipe - a stack as its return addresses and where they lie
 * @ip: of the hook
 * @leaf: wp_stack_at.leaf
 * @nr_words: return addresses
 * @nr_parts: parts
 * @cut: it ends where the outer wait's function returns to, not at the top
 * @end_off: words from the last part's base to the end
 * @part_end: by part: its first return address that is the next part's
 * @part_bp: by part: where the frame register that leads to the next one is kept
 * @part_cfa: by part: words below that frame register, there the end of its frame
 *	is kept (a function that aligns its stack); 0 = it ends two words above
 * @off: by return address: words from its part's base
 * @word: the return addresses, lower halves
 *
 * The first part's base is the hook's sp. The other ones' is two words below the
 * end of the frame, which is what a frame register mostly points to.
 */
struct wp_recipe {
	unsigned long ip;
	unsigned long leaf;
	u8 nr_words;
	u8 nr_parts;
	bool cut;
	u8 part_end[WP_RECIPE_PARTS];
	u8 part_cfa[WP_RECIPE_PARTS];
	u16 end_off;
	u16 part_bp[WP_RECIPE_PARTS];
	u16 off[WP_RECIPE_WORDS];
	u32 word[WP_RECIPE_WORDS];
};

/**
 * struct wp_recipe_maker - a recipe under construction
 * @recipe: where to; NULL = this stack can have none
 * @at: the hook
 * @base: of the present part
 * @last_bp: frame register that led to it; the hook's at first
 * @bp_at: WP_RECIPE_BP_* of the present frame register; 0 = not known
 * @bp_slot: where it is kept, if that is a part of the stack
 */
struct wp_recipe_maker {
	struct wp_recipe *recipe;
	const struct wp_stack_at *at;
	unsigned long base;
	unsigned long last_bp;
	u32 bp_at;
	unsigned long bp_slot;
};

/* How an unwinder found the end of a frame. */
enum wp_recipe_by {
	WP_RECIPE_BY_SP,	/* by the stack pointer */
	WP_RECIPE_BY_BP,	/* it lies two words above the frame register */
	WP_RECIPE_AT_BP,	/* it is kept in a word a little below that */
};

/**
 * struct wp_recipe_step - from a frame to its caller's, as an unwinder did it
 * @sp: before
 * @bp: before
 * @next_ip: return address
 * @next_sp: after: the end of the frame
 * @next_bp: after
 * @by: WP_RECIPE_*
 * @bp_kept: the frame register was left alone, else restored; only told when @bp
 *	points into the stack
 * @cfa_slot: AT_BP: that word
 */
struct wp_recipe_step {
	unsigned long sp;
	unsigned long bp;
	unsigned long next_ip;
	unsigned long next_sp;
	unsigned long next_bp;
	enum wp_recipe_by by;
	bool bp_kept;
	unsigned long cfa_slot;
};

extern unsigned long wp_recipe_trampoline;

/* Kernel text lies in the last 2 GiB: the lower half of an address tells all. */
static inline unsigned long wp_text_addr(u32 low)
{
	return (unsigned long)(long)(s32)low;
}

/* A word of the task's own stack, which KASAN may know for somebody's variable. */
static inline unsigned long wp_recipe_read(unsigned long addr)
{
	return READ_ONCE_NOCHECK(*(unsigned long *)addr);
}

/* Does an address lie in the stack, from the hook up, and can it be read there? */
static inline bool wp_stack_has(const struct wp_stack_at *at, unsigned long addr)
{
	return addr >= at->sp && addr < at->top && !(addr % sizeof(long));
}

unsigned long wp_recipe_find_word(unsigned long from, unsigned long to, unsigned long value);
void wp_recipe_begin(struct wp_recipe_maker *maker, struct wp_recipe *recipe,
		     const struct wp_stack_at *at);
void wp_recipe_add(struct wp_recipe_maker *maker, const struct wp_recipe_step *step);
void wp_recipe_end(struct wp_recipe_maker *maker, unsigned long where);
bool wp_recipe_match(const struct wp_recipe *recipe, const struct wp_stack_at *at);
u32 wp_recipe_nr(const struct wp_recipe *recipe);
unsigned long wp_recipe_frame(const struct wp_recipe *recipe, u32 i);
void wp_recipe_expand(const struct wp_recipe *recipe, struct wp_stack *stack);

#endif
