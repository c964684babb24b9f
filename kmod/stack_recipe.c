// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recipes: how to tell, from as many words of a kernel stack as it has frames,
 * that a full unwind would give the same frames as one before.
 *
 * Why a match is exact. What the unwinder does at a frame follows from the
 * frame's code address: where its caller's return address lies, relative to the
 * stack pointer or to the frame register, and whether and where the frame
 * register was saved. So, with the same code at the hook, the slot of the first
 * return address is where it was, relative to sp. If it holds the same address,
 * the next frame is of the same code, and so on to the end. A frame whose end was
 * found by the frame register (a system call's first one, which moves its stack
 * by a random amount, or a function that aligns its stack) begins a new part of
 * the recipe: the register's value is read from where it is kept, which is known
 * in the same way, and the part's slots are relative to the end of that frame.
 * The walk's end must lie at the same distance from the registers of user space,
 * at the top of the stack.
 *
 * What cannot be proved so has no recipe and is unwound each time: stacks that are
 * truncated or too deep, those with an exception on the way, frames found by
 * anything else, a frame register of which nobody knows where it was saved, and
 * return addresses that somebody has replaced. Of those our own kretprobes put
 * their trampolines in place of, the open wait knows the real one; it is looked at
 * where the unwinder finds it, too (5.15 and later).
 *
 * Addresses are those of a task's own stack, between its stack pointer and its
 * top: reading them does not fault. Reads are not checked by KASAN, as those of an
 * unwinder.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>

#include "stack_recipe.h"

#define WORD		sizeof(unsigned long)
#define BELOW_CFA	(2 * WORD)	/* a saved frame register, the return address */

/* What our kretprobes put in place of return addresses; 0 = not seen yet. */
unsigned long wp_recipe_trampoline;

/* The real address of a slot that a kretprobe of ours has changed; 0 = not ours. */
static unsigned long call_at(const struct wp_stack_at *at, unsigned long slot)
{
	u32 i;

	for (i = 0; i < at->nr_calls; i++)
		if (at->slot[i] == slot)
			return at->return_addr[i];
	return 0;
}

/**
 * wp_recipe_begin() - begin a recipe
 * @maker: to set up
 * @recipe: where to
 * @at: the hook
 *
 * Context: probe, interrupts off.
 */
void wp_recipe_begin(struct wp_recipe_maker *maker, struct wp_recipe *recipe,
		     const struct wp_stack_at *at)
{
	*maker = (struct wp_recipe_maker){
		.recipe = recipe,
		.at = at,
		.base = at->sp,
		.last_bp = at->bp,
		.bp_at = WP_RECIPE_BP_HOOK,
	};
	recipe->ip = at->ip;
	recipe->leaf = at->leaf;
	recipe->nr_words = 0;
	recipe->nr_parts = 1;
}

/**
 * wp_recipe_find_word() - where a value is kept
 * @from: in the task's own stack
 * @to: not looked at any more
 * @value: the value
 *
 * Context: probe.
 * Return: the only word that holds it; 0 = none does, or several.
 */
unsigned long wp_recipe_find_word(unsigned long from, unsigned long to, unsigned long value)
{
	unsigned long found = 0;

	for (; from < to; from += WORD) {
		if (wp_recipe_read(from) != value)
			continue;
		if (found)
			return 0;
		found = from;
	}
	return found;
}

/* The frame register leads on: to a part of its own. */
static bool begin_part(struct wp_recipe_maker *maker, const struct wp_recipe_step *step)
{
	struct wp_recipe *recipe = maker->recipe;
	unsigned long base = step->next_sp - BELOW_CFA, cfa = 0;
	u32 part = recipe->nr_parts - 1;

	if (recipe->nr_parts == WP_RECIPE_PARTS || !maker->bp_at ||
	    !wp_stack_has(maker->at, step->bp) || step->bp < maker->base || base < step->bp)
		return false;
	if (step->by == WP_RECIPE_AT_BP)
		cfa = (step->bp - step->cfa_slot) / WORD;
	if (cfa > U8_MAX)
		return false;
	recipe->part_bp[part] = maker->bp_at;
	if (maker->bp_slot)
		recipe->part_bp[part] = (maker->bp_slot - maker->base) / WORD;
	recipe->part_cfa[part] = cfa;
	recipe->part_end[part] = recipe->nr_words;
	recipe->nr_parts++;
	maker->base = base;
	maker->last_bp = step->bp;
	return true;
}

/* Where the caller's frame register is kept now that a frame has been left. */
static void follow_bp(struct wp_recipe_maker *maker, const struct wp_recipe_step *step)
{
	if (step->by == WP_RECIPE_BY_SP && wp_stack_has(maker->at, step->bp) && step->bp_kept)
		return;
	maker->bp_at = 0;
	maker->bp_slot = 0;
	if (!wp_stack_has(maker->at, step->next_bp))
		return;
	if (step->by != WP_RECIPE_BY_SP) {
		if (wp_recipe_read(step->bp) == step->next_bp)
			maker->bp_at = WP_RECIPE_BP_LAST;
		return;
	}
	maker->bp_slot = wp_recipe_find_word(step->sp, step->next_sp - WORD, step->next_bp);
	maker->bp_at = !!maker->bp_slot;
}

static bool add(struct wp_recipe_maker *maker, const struct wp_recipe_step *step)
{
	struct wp_recipe *recipe = maker->recipe;
	unsigned long slot = step->next_sp - WORD, word;

	if (!wp_stack_has(maker->at, step->sp) || !wp_stack_has(maker->at, slot) ||
	    slot < step->sp)
		return false;
	if (step->by != WP_RECIPE_BY_SP && !begin_part(maker, step))
		return false;
	if (recipe->nr_words == WP_RECIPE_WORDS ||
	    wp_text_addr((u32)step->next_ip) != step->next_ip)
		return false;
	word = wp_recipe_read(slot);
	if (word != step->next_ip) {
		if (call_at(maker->at, slot) != step->next_ip)
			return false;
		/* The unwinder looked through it, so that is how it looks. */
		WRITE_ONCE(wp_recipe_trampoline, word);
	}
	recipe->off[recipe->nr_words] = (slot - maker->base) / WORD;
	recipe->word[recipe->nr_words] = (u32)step->next_ip;
	recipe->nr_words++;
	follow_bp(maker, step);
	return true;
}

/**
 * wp_recipe_add() - the unwinder has gone from a frame to its caller's
 * @maker: begun
 * @step: what it did
 *
 * Context: probe of the task whose stack it is, interrupts off.
 */
void wp_recipe_add(struct wp_recipe_maker *maker, const struct wp_recipe_step *step)
{
	if (maker->recipe && !add(maker, step))
		maker->recipe = NULL;
}

/**
 * wp_recipe_end() - the unwinder has come to an end
 * @maker: begun; its recipe is whole afterwards, or there is none
 * @where: the top, or the slot at which it is cut
 *
 * Context: probe, interrupts off.
 */
void wp_recipe_end(struct wp_recipe_maker *maker, unsigned long where)
{
	struct wp_recipe *recipe = maker->recipe;

	if (!recipe)
		return;
	if (!recipe->nr_words || where < maker->base || where > maker->at->top ||
	    !IS_ALIGNED(where - maker->base, WORD)) {
		maker->recipe = NULL;
		return;
	}
	recipe->part_end[recipe->nr_parts - 1] = recipe->nr_words;
	recipe->cut = where != maker->at->top;
	recipe->end_off = (where - maker->base) / WORD;
}

/* Has a kretprobe of ours put its trampoline in place of a return address? */
static noinline bool is_replaced(const struct wp_recipe *recipe, const struct wp_stack_at *at,
				 unsigned long base, u32 i)
{
	unsigned long slot = base + recipe->off[i] * WORD;

	return wp_recipe_read(slot) == READ_ONCE(wp_recipe_trampoline) &&
	       call_at(at, slot) == wp_text_addr(recipe->word[i]);
}

/* Slots grow within a part, so the last one tells whether all are in the stack. */
static bool match_part(const struct wp_recipe *recipe, const struct wp_stack_at *at,
		       unsigned long base, u32 first, u32 end)
{
	const unsigned long *slots = (const unsigned long *)base;
	u32 i;

	if (first < end && at->top - base <= recipe->off[end - 1] * WORD)
		return false;
	for (i = first; i < end; i++)
		if (unlikely(READ_ONCE_NOCHECK(slots[recipe->off[i]]) !=
			     wp_text_addr(recipe->word[i])) &&
		    !is_replaced(recipe, at, base, i))
			return false;
	return true;
}

static bool match_end(const struct wp_recipe *recipe, const struct wp_stack_at *at,
		      unsigned long base)
{
	unsigned long where = base + recipe->end_off * WORD;

	if (recipe->cut)
		return at->cut_slot && where == at->cut_slot &&
		       wp_recipe_read(where) == READ_ONCE(wp_recipe_trampoline);
	return where == at->top;
}

/* The base of the next part; 0 = there is no such place in this stack. */
static unsigned long match_bp(const struct wp_recipe *recipe, const struct wp_stack_at *at,
			      u32 part, unsigned long base, unsigned long *bp)
{
	unsigned long slot = base + recipe->part_bp[part] * WORD;

	if (recipe->part_bp[part] != WP_RECIPE_BP_HOOK) {
		if (recipe->part_bp[part] == WP_RECIPE_BP_LAST)
			slot = *bp;
		if (!wp_stack_has(at, slot))
			return 0;
		*bp = wp_recipe_read(slot);
	}
	if (!wp_stack_has(at, *bp) || *bp < base)
		return 0;
	if (!recipe->part_cfa[part])
		return *bp;
	slot = *bp - recipe->part_cfa[part] * WORD;
	return wp_stack_has(at, slot) ? wp_recipe_read(slot) - BELOW_CFA : 0;
}

/**
 * wp_recipe_match() - would an unwind give the recipe's frames?
 * @recipe: whole
 * @at: a hook; its sp is below its top
 *
 * Context: probe of the task whose stack it is, interrupts off.
 * Return: true if it would, for certain.
 */
bool wp_recipe_match(const struct wp_recipe *recipe, const struct wp_stack_at *at)
{
	unsigned long base = at->sp, bp = at->bp, above = at->sp;
	u32 part, first = 0;

	if (recipe->ip != at->ip || recipe->leaf != at->leaf)
		return false;
	for (part = 0;; part++) {
		u32 end = recipe->part_end[part];

		if (!match_part(recipe, at, base, first, end))
			return false;
		if (part + 1 == recipe->nr_parts)
			return match_end(recipe, at, base);
		if (first < end)
			above = base + (recipe->off[end - 1] + 1) * WORD;
		base = match_bp(recipe, at, part, base, &bp);
		/* Stacks grow down: callers lie above. */
		if (!wp_stack_has(at, base) || base < above)
			return false;
		first = end;
	}
}

/**
 * wp_recipe_nr() - frames of a recipe's stack
 * @recipe: whole
 *
 * Return: frames.
 */
u32 wp_recipe_nr(const struct wp_recipe *recipe)
{
	return recipe->nr_words + !!recipe->leaf;
}

/**
 * wp_recipe_frame() - a frame of a recipe's stack
 * @recipe: whole
 * @i: which one, leaf first
 *
 * Return: its address.
 */
unsigned long wp_recipe_frame(const struct wp_recipe *recipe, u32 i)
{
	if (i)
		return wp_text_addr(recipe->word[i - !!recipe->leaf]);
	/* A leaf that is known by its return address is named by the call. */
	return recipe->leaf ?: wp_text_addr(recipe->word[0]) - 1;
}

/**
 * wp_recipe_expand() - the stack of a recipe that matched
 * @recipe: whole
 * @stack: result
 *
 * Context: any.
 */
void wp_recipe_expand(const struct wp_recipe *recipe, struct wp_stack *stack)
{
	u32 i;

	stack->cut = recipe->cut;
	stack->flags = stack->cut ? WAITPROF_STACK_F_TRUNCATED : 0;
	stack->nr = wp_recipe_nr(recipe);
	for (i = 0; i < stack->nr; i++)
		stack->frames[i] = wp_recipe_frame(recipe, i);
}
