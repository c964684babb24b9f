// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk of a user stack by unwind rules: from each frame's address to its
 * mapping, from there to the rule of the file, which says where the canonical
 * frame address (CFA) lies and with it the return address.
 *
 * A return address is looked up one byte earlier: a call may be the last
 * instruction of its function. The leaf, and a frame that a signal interrupted,
 * is looked up as it is.
 *
 * rbp and rbx are fetched from where they were saved only when a frame needs
 * them: most frames do not.
 *
 * A walk takes at most as many frames as are asked for; each of them takes two
 * binary searches and three words at most. The CFA grows, is aligned and lies in
 * user memory; behind a signal frame the stack may go on anywhere. Wrong rules or a
 * damaged stack can only give a wrong or a shorter stack.
 *
 * While user memory is open to access no function may be called, so all of it is
 * inlined into wp_walk().
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/nospec.h>

#include "user_read.h"
#include "walk.h"

/* Where a signal handler's caller keeps the interrupted registers, from rsp on. */
#define SIGNAL_RBP	120
#define SIGNAL_RBX	128
#define SIGNAL_RSP	160
#define SIGNAL_RIP	168

/* A register's value in a frame, or where it was saved. */
struct saved {
	u64 value;
	u64 at;		/* 0 = it is @value */
};

struct frame {
	u64 ip;
	u64 sp;
	struct saved bp;
	struct saved bx;
	bool exact;
};

static __always_inline enum wp_walk_end word_at(struct wp_walk_words *words, u64 address,
						u64 *word)
{
	unsigned long end = WP_USER_END - sizeof(*word) + 1;

	if (address % sizeof(*word) || address >= end)
		return WP_WALK_BAD;
	/* Not even for a processor that goes on before it knows that. */
	OPTIMIZER_HIDE_VAR(end);
	address = array_index_nospec(address, end);
	if (!wp_user_word(address, word))
		return WP_WALK_FAULT;
	if (words && words->nr < WP_WALK_WORDS) {
		/* As in wp_walk(): no bounds to be checked. */
		struct wp_walk_word *to = words->word;

		to[words->nr].at = address;
		to[words->nr].value = *word;
	}
	if (words && words->nr <= WP_WALK_WORDS)
		words->nr++;
	return WP_WALK_ON;
}

static __always_inline enum wp_walk_end fetch(struct wp_walk_words *words, struct saved *reg,
					      bool *used)
{
	enum wp_walk_end end;

	if (!reg->at) {
		if (used)
			*used = true;
		return WP_WALK_ON;
	}
	end = word_at(words, reg->at, &reg->value);
	reg->at = 0;
	return end;
}

static __always_inline enum wp_walk_end find_step(const struct wp_space *space,
						  const struct frame *frame,
						  struct wp_walk_result *result,
						  const struct waitprof_step **step)
{
	u64 address = frame->exact ? frame->ip : frame->ip - 1;
	const struct wp_mapping *mapping = wp_space_mapping(space, address);
	const struct wp_table *table;

	result->ip = frame->ip;
	if (!mapping)
		return WP_WALK_ADDRESS;
	if (!mapping->slot)
		return WP_WALK_STOP;
	table = smp_load_acquire(&mapping->slot->table); /* pairs with wp_tables_add() */
	if (!table) {
		result->slot = mapping->slot;
		return WP_WALK_TABLE;
	}
	*step = wp_table_step(table, address - mapping->start + mapping->offset);
	return *step ? WP_WALK_ON : WP_WALK_STOP;
}

static __always_inline enum wp_walk_end find_cfa(const struct waitprof_step *step,
						 struct wp_walk_words *words,
						 struct frame *frame, u64 *cfa)
{
	enum wp_walk_end end = WP_WALK_ON;

	switch (step->base) {
	case WAITPROF_BASE_RSP:
	case WAITPROF_BASE_AT_RSP:
		*cfa = frame->sp;
		break;
	case WAITPROF_BASE_PLT:
		*cfa = frame->sp + (frame->ip % 16 >= 11 ? 8 : 0);
		break;
	case WAITPROF_BASE_RBX:
		end = fetch(words, &frame->bx, words ? &words->used_bx : NULL);
		*cfa = frame->bx.value;
		break;
	default:
		end = fetch(words, &frame->bp, words ? &words->used_bp : NULL);
		*cfa = frame->bp.value;
		break;
	}
	*cfa += (s64)step->cfa_offset;
	if (end == WP_WALK_ON &&
	    (step->base == WAITPROF_BASE_AT_RSP || step->base == WAITPROF_BASE_AT_RBP)) {
		end = word_at(words, *cfa, cfa);
		*cfa += (s64)step->cfa_add;
	}
	if (end != WP_WALK_ON)
		return end;
	return *cfa <= frame->sp || *cfa % 8 || *cfa >= WP_USER_END ? WP_WALK_BAD : WP_WALK_ON;
}

/* The base AT_RBP has offsets from rbp, where 0 is one; all others from the CFA. */
static __always_inline void find_saved(const struct waitprof_step *step, struct frame *frame,
				       u64 cfa)
{
	u64 from = cfa;

	if (step->base == WAITPROF_BASE_AT_RBP) {
		from = frame->bp.value;
		frame->bp.at = from + (s64)step->rbp_offset;
	} else if (step->rbp_offset) {
		frame->bp.at = from + (s64)step->rbp_offset;
	}
	if (step->rbx_offset)
		frame->bx.at = from + (s64)step->rbx_offset;
}

static __always_inline enum wp_walk_end step_call(const struct waitprof_step *step,
						  struct wp_walk_words *words,
						  struct frame *frame)
{
	enum wp_walk_end end;
	u64 cfa;

	end = find_cfa(step, words, frame, &cfa);
	if (end == WP_WALK_ON)
		end = word_at(words, cfa - sizeof(u64), &frame->ip);
	if (end != WP_WALK_ON)
		return end;
	find_saved(step, frame, cfa);
	frame->sp = cfa;
	frame->exact = false;
	return WP_WALK_ON;
}

static __always_inline enum wp_walk_end step_signal(struct wp_walk_words *words,
						    struct frame *frame)
{
	u64 sp = frame->sp;
	enum wp_walk_end end;

	end = word_at(words, sp + SIGNAL_RIP, &frame->ip);
	if (end == WP_WALK_ON)
		end = word_at(words, sp + SIGNAL_RSP, &frame->sp);
	frame->bp.at = sp + SIGNAL_RBP;
	frame->bx.at = sp + SIGNAL_RBX;
	frame->exact = true;
	return end;
}

/**
 * wp_walk() - walk a user stack of the current task by rules
 * @stack: result
 * @space: its address space
 * @regs: where to begin
 * @max: frames at most, not 0
 * @words: told what it reads; NULL = not asked
 * @result: how it ended
 *
 * Context: probe, interrupts off.
 */
void wp_walk(struct wp_stack *stack, const struct wp_space *space,
	     const struct wp_user_regs *regs, u32 max, struct wp_walk_words *words,
	     struct wp_walk_result *result)
{
	struct frame frame = {
		.ip = regs->ip,
		.sp = regs->sp,
		.bp.value = regs->bp,
		.bx.value = regs->bx,
		.exact = true,
	};
	const struct waitprof_step *step = NULL;
	u64 *frames = stack->frames;	/* no bounds to be checked by a function */
	enum wp_walk_end end;
	u32 nr = 1;

	frames[0] = frame.ip;
	if (!wp_user_begin()) {
		end = WP_WALK_FAULT;
		goto out;
	}
	for (;;) {
		end = find_step(space, &frame, result, &step);
		if (end != WP_WALK_ON)
			break;
		if (step->kind == WAITPROF_STEP_END)
			end = WP_WALK_WHOLE;
		else if (step->kind == WAITPROF_STEP_STOP)
			end = WP_WALK_STOP;
		else if (nr == max)
			end = WP_WALK_DEEP;
		else if (step->kind == WAITPROF_STEP_SIGNAL)
			end = step_signal(words, &frame);
		else
			end = step_call(step, words, &frame);
		if (end == WP_WALK_ON && (!frame.ip || frame.ip >= WP_USER_END))
			end = WP_WALK_BAD;
		if (end != WP_WALK_ON)
			break;
		frames[nr++] = frame.ip + frame.exact;
	}
	wp_user_end();
out:
	stack->nr = nr;
	stack->flags = WAITPROF_STACK_F_USER |
		       (end == WP_WALK_WHOLE ? 0 : WAITPROF_STACK_F_TRUNCATED);
	stack->fault = end == WP_WALK_FAULT;
	stack->compat = false;
	result->end = end;
}
