// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel stacks, taken when a wait begins (a return handler of 5.10 cannot
 * unwind). The unwinder starts from the probe's registers, so the probe's own
 * machinery is never part of a stack and costs nothing to walk. The function
 * probed is the leaf. A stack whose end the unwinder is not sure of, or that
 * has more than the allowed frames, is marked truncated.
 *
 * Where a kretprobe, ours or anybody's, has put its trampoline in place of a
 * return address, newer kernels find the real one. Before 5.15 the walk ends
 * there: at the outer wait's function it can go on with what that one recorded,
 * elsewhere the stack is truncated. Trampolines are never frames.
 *
 * A stack seen before is recognised instead (stack_cache.c). To make that exact, an
 * unwind that is to be remembered also finds out, frame by frame, by which register
 * the unwinder went on: it does each step again with another frame register.
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <asm/unwind.h>

#include "ftrace_hold.h"
#include "function.h"
#include "params.h"
#include "stack.h"
#include "stack_cache.h"
#include "unhook.h"
#include "wp_unwind.h"

/* Frames of a tracepoint before the function it stands in. */
#define WP_STACK_MACHINERY	3

static bool is_user_next(struct unwind_state *state)
{
	struct pt_regs *entry = unwind_get_entry_regs(state, NULL);

	return entry && user_mode(entry);
}

/* What a kretprobe makes a function return to; 0 = not known, or of no interest. */
static unsigned long trampoline;

static noinline __noclone int canary(int value)
{
	barrier();
	return value;
}

static int canary_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	trampoline = regs->ip;
	return 0;
}

/**
 * wp_stack_kernel_init() - learn how trampolines look, where that matters
 *
 * Context: process; may sleep.
 */
void wp_stack_kernel_init(void)
{
	struct kretprobe probe = {
		.kp.addr = (kprobe_opcode_t *)canary,
		.handler = canary_return,
		.maxactive = 1,
	}, *registered = &probe;

	if (!WP_UNWIND_STOPS_AT_TRAMPOLINE || wp_ftrace_hold())
		return;
	if (!register_kretprobe(&probe)) {
		canary(0);
		wp_kretprobes_unregister(&registered, 1);
		wp_recipe_trampoline = trampoline;
	}
	wp_ftrace_release();
}

/**
 * wp_stack_kernel_is_hooked() - does a function return to a kretprobe?
 * @regs: of a probe at its entry
 *
 * Context: probe.
 * Return: true if it does; false, too, where the unwinder finds the real address.
 */
bool wp_stack_kernel_is_hooked(const struct pt_regs *regs)
{
	return trampoline && *(const unsigned long *)regs->sp == trampoline;
}

/* The unwinder's last step once more, with another frame register. */
static void again(struct unwind_state *state, const struct unwind_state *before,
		  const struct pt_regs *regs, unsigned long bp)
{
	struct pt_regs moved;

	if (before) {
		*state = *before;
		wp_unwind_set_bp(state, bp);
		unwind_next_frame(state);
		return;
	}
	moved = *regs;
	moved.bp = bp;
	unwind_start(state, current, &moved, NULL);
}

/*
 * Was the end of the frame read from a word near the frame register? The only one
 * in the frame that holds it, if the moved registers have led to what its neighbours
 * hold (or, where those hold no place in the stack, nowhere).
 */
static unsigned long cfa_slot(const struct wp_recipe_step *step, const struct wp_stack_at *at,
			      const unsigned long *moved_sp)
{
	unsigned long slot = wp_recipe_find_word(step->sp, step->bp, step->next_sp);
	u32 i;

	for (i = 0; slot && i < 2; i++) {
		unsigned long word = wp_recipe_read(slot + (i + 1) * sizeof(long));

		if (moved_sp[i] != (wp_stack_has(at, word - sizeof(long)) ? word : step->sp))
			return 0;
	}
	return slot;
}

/*
 * Did the unwinder find the end of the frame by the stack pointer or by the frame
 * register? It does not tell, but it does the same again for a register that is 8
 * and 16 bytes higher. One that does not point into the stack leads nowhere.
 * Returns false for what is found in yet another way.
 */
static bool learn_step(struct wp_recipe_step *step, const struct wp_stack_at *at,
		       const struct unwind_state *before, const struct pt_regs *regs,
		       const struct unwind_state *after)
{
	u32 i, by_bp = 0, by_sp = 0, kept = 0;
	struct unwind_state moved;
	unsigned long moved_sp[2];

	*step = (struct wp_recipe_step){
		.sp = before ? wp_unwind_sp(before) : regs->sp,
		.bp = before ? wp_unwind_bp(before) : regs->bp,
		.next_sp = wp_unwind_sp(after),
		.next_bp = wp_unwind_bp(after),
	};
	if (!wp_stack_has(at, step->bp) || step->bp < step->sp)
		return true;
	for (i = 0; i < 2; i++) {
		unsigned long shift = (i + 1) * sizeof(long);

		again(&moved, before, regs, step->bp + shift);
		moved_sp[i] = wp_unwind_sp(&moved);
		by_sp += moved_sp[i] == step->next_sp;
		by_bp += moved_sp[i] == step->next_sp + shift;
		kept += wp_unwind_bp(&moved) == step->bp + shift;
	}
	if (by_sp == 2) {
		step->bp_kept = kept == 2;
		return true;
	}
	if (by_bp == 2 && step->next_sp == step->bp + 2 * sizeof(long)) {
		step->by = WP_RECIPE_BY_BP;
		return true;
	}
	step->by = WP_RECIPE_AT_BP;
	step->cfa_slot = cfa_slot(step, at, moved_sp);
	return step->cfa_slot;
}

/* Tells the recipe about the unwinder's last step. */
static void learn(struct wp_recipe_maker *maker, struct unwind_state *before,
		  const struct pt_regs *regs, struct unwind_state *state, unsigned long addr)
{
	struct pt_regs *entry = unwind_get_entry_regs(state, NULL);
	struct wp_recipe_step step;

	if (entry && (unsigned long)entry == maker->at->top && user_mode(entry))
		return;
	if (entry || !learn_step(&step, maker->at, before, regs, state)) {
		maker->recipe = NULL;
		return;
	}
	step.next_ip = addr;
	if (!trampoline || addr != trampoline)
		wp_recipe_add(maker, &step);
	else if (step.by != WP_RECIPE_BY_SP)
		maker->recipe = NULL;
}

/*
 * Started from registers the unwinder skips their own frame, the leaf. Returns
 * false for a stack that is cut or that may not be whole.
 */
static bool walk(struct wp_stack *stack, struct pt_regs *regs, unsigned long outer_slot,
		 u32 max, struct wp_recipe_maker *maker)
{
	struct unwind_state state, before, *last = NULL;

	unwind_start(&state, current, regs, NULL);
	while (!unwind_done(&state)) {
		unsigned long addr = unwind_get_return_address(&state);

		if (maker && maker->recipe)
			learn(maker, last, regs, &state, addr);
		if (addr && addr == trampoline) {
			stack->cut = outer_slot && wp_unwind_slot(&state) == outer_slot;
			if (maker && stack->cut)
				wp_recipe_end(maker, outer_slot);
			return false;
		}
		/* Not kernel text: user space is the end, else it is cut. */
		if (!addr)
			return is_user_next(&state);
		if (stack->nr >= max)
			return false;
		/* A leaf that is known by its return address is named by the call. */
		stack->frames[stack->nr] = stack->nr ? addr : addr - 1;
		stack->nr++;
		if (maker && maker->recipe) {
			before = state;
			last = &before;
		}
		unwind_next_frame(&state);
	}
	return !unwind_error(&state);
}

static void unwind(struct wp_stack *stack, struct pt_regs *regs, unsigned long outer_slot,
		   u32 max)
{
	if (!walk(stack, regs, outer_slot, max, NULL))
		stack->flags |= WAITPROF_STACK_F_TRUNCATED;
}

static struct pt_regs regs_of(unsigned long ip, unsigned long sp, unsigned long bp)
{
	return (struct pt_regs){
		.ip = ip,
		.sp = sp,
		.bp = bp,
		.cs = __KERNEL_CS,
		.ss = __KERNEL_DS,
	};
}

static void stack_begin(struct wp_stack *stack)
{
	stack->nr = 0;
	stack->flags = 0;
	stack->cut = false;
}

/**
 * wp_stack_kernel() - the kernel stack at a wait's begin
 * @stack: result
 * @regs: the probe's registers, at the entry of the probed function
 * @outer_slot: where the outer wait's function has its return address; 0 = no such
 * @max: frames wanted
 *
 * Context: probe, interrupts off.
 */
void wp_stack_kernel(struct wp_stack *stack, struct pt_regs *regs,
		     unsigned long outer_slot, u32 max)
{
	stack_begin(stack);
	stack->frames[stack->nr++] = regs->ip;
	unwind(stack, regs, outer_slot, max);
}

/**
 * wp_stack_kernel_caller() - the kernel stack at a wait's end
 * @stack: result
 * @leaf: address in the probed function, which has returned
 * @ip: its return address
 * @sp: stack pointer after the return
 * @bp: frame register after the return
 * @outer_slot: as for wp_stack_kernel()
 *
 * For a wait whose stack was not to be had at its begin.
 *
 * Context: return probe, interrupts off.
 */
void wp_stack_kernel_caller(struct wp_stack *stack, unsigned long leaf,
			    unsigned long ip, unsigned long sp, unsigned long bp,
			    unsigned long outer_slot)
{
	struct pt_regs caller = regs_of(ip, sp, bp);

	stack_begin(stack);
	stack->frames[stack->nr++] = leaf;
	stack->frames[stack->nr++] = ip;
	unwind(stack, &caller, outer_slot, wp_param_kstack_depth());
}

/**
 * wp_stack_kernel_call() - the kernel stack of code that called a hook of ours
 * @stack: result
 * @call: where the code goes on
 * @max: frames wanted
 *
 * The tracepoint's own frame, if there is one, is left out: the leaf is the
 * function that waits, at the call.
 *
 * Context: probe, interrupts off.
 */
void wp_stack_kernel_call(struct wp_stack *stack, const struct wp_call *call, u32 max)
{
	struct pt_regs regs = regs_of(call->ip, call->sp, call->bp);

	stack_begin(stack);
	if (!call->wrapped)
		stack->frames[stack->nr++] = call->ip - 1;
	unwind(stack, &regs, 0, max);
}

/* On an interrupt's stack, say, there is no knowing what is readable. */
static bool on_own_stack(const struct wp_stack_at *at)
{
	return at->sp < at->top && at->sp >= (unsigned long)task_stack_page(current);
}

/* A full unwind, and how to recognise its stack. */
static noinline struct wp_recipe *unwind_recipe(struct wp_stack *stack, struct pt_regs *regs,
						const struct wp_stack_at *at)
{
	struct pt_regs call = regs_of(at->ip, at->sp, at->bp);
	struct wp_recipe_maker maker;

	wp_recipe_begin(&maker, wp_stack_cache_room(), at);
	if (!WP_UNWIND_LEARNS || !on_own_stack(at))
		maker.recipe = NULL;
	stack_begin(stack);
	if (at->leaf)
		stack->frames[stack->nr++] = at->leaf;
	if (walk(stack, regs ?: &call, at->cut_slot, wp_param_kstack_depth(), &maker)) {
		wp_recipe_end(&maker, at->top);
		return maker.recipe;
	}
	stack->flags |= WAITPROF_STACK_F_TRUNCATED;
	return stack->cut ? maker.recipe : NULL;
}

static bool stacks_equal(const struct wp_stack *stack, const struct wp_recipe *recipe)
{
	u32 i;

	if (stack->nr != wp_recipe_nr(recipe) || stack->cut != recipe->cut ||
	    !stack->cut != !(stack->flags & WAITPROF_STACK_F_TRUNCATED))
		return false;
	for (i = 0; i < stack->nr; i++)
		if (stack->frames[i] != wp_recipe_frame(recipe, i))
			return false;
	return true;
}

static noinline struct wp_cached *unwind_cached(struct wp_stack *stack,
						const struct wp_stack_at *at,
						struct pt_regs *regs, struct wp_cached *cached)
{
	struct wp_recipe *recipe = unwind_recipe(stack, regs, at);

	if (cached && stacks_equal(stack, &cached->recipe))
		return cached;
	if (cached)
		wp_stack_cache_disagree(cached);
	return wp_stack_cache_add(at, recipe);
}

/**
 * wp_stack_kernel_cached() - the kernel stack at a wait's begin, seen before or not
 * @stack: result; without frames if they are those of what is returned
 * @at: the hook, on the task's own stack
 * @regs: the probe's registers, if that is a kretprobe; NULL = a call
 *
 * Context: probe, interrupts off; what is returned is good until the next call.
 * Return: what the cache has of it, or NULL.
 */
struct wp_cached *wp_stack_kernel_cached(struct wp_stack *stack, const struct wp_stack_at *at,
					 struct pt_regs *regs)
{
	bool check;
	struct wp_cached *cached = wp_stack_cache_find(at, on_own_stack(at), &check);

	stack->nr = 0;
	if (cached && likely(!check))
		return cached;
	return unwind_cached(stack, at, regs, cached);
}

/**
 * wp_stack_kernel_here() - the kernel stack of whoever runs now
 * @stack: result
 * @frame: frame address of the caller; frames from there inwards are left out
 * @leaf: so is everything up to a frame of this function, if it is one of the
 *	first few
 * @end: task: the whole stack. Hard interrupt: up to where it came in; the code
 *	it came into is somebody else's. Soft interrupt: up to the loop that runs
 *	them, which is called by whoever happens to be there
 * @softirq: that loop; when it is not known, a soft interrupt's stack is its leaf
 *
 * Context: probe, interrupts off.
 */
void wp_stack_kernel_here(struct wp_stack *stack, const unsigned long *frame,
			  const struct wp_function *leaf, enum wp_stack_end end,
			  const struct wp_function *softirq)
{
	u32 max = wp_param_kstack_depth(), machinery = WP_STACK_MACHINERY;
	struct unwind_state state;

	stack_begin(stack);
	unwind_start(&state, current, NULL, (unsigned long *)frame);
	for (; !unwind_done(&state); unwind_next_frame(&state)) {
		unsigned long addr = unwind_get_return_address(&state);

		if (end != WP_STACK_END_TASK && unwind_get_entry_regs(&state, NULL))
			return;
		if (!addr && is_user_next(&state))
			return;
		if (!addr || addr == trampoline)
			break;
		if (machinery && machinery-- && wp_function_has(leaf, addr)) {
			stack->nr = 0;
			machinery = 0;
			continue;
		}
		if (stack->nr >= max)
			break;
		stack->frames[stack->nr++] = addr;
		if (end == WP_STACK_END_SOFTIRQ && wp_function_has(softirq, addr))
			return;
		if (end == WP_STACK_END_SOFTIRQ && !softirq->end)
			break;
	}
	if (!unwind_done(&state) || unwind_error(&state))
		stack->flags |= WAITPROF_STACK_F_TRUNCATED;
}

/**
 * wp_stack_append() - go on with a stack that was cut at the outer wait
 * @stack: cut
 * @frames: callers of the outer wait's function
 * @nr: how many
 * @flags: of the outer wait's stack
 *
 * Context: probe, interrupts off.
 */
void wp_stack_append(struct wp_stack *stack, const u64 *frames, u32 nr, u32 flags)
{
	u32 i, max = wp_param_kstack_depth();

	stack->flags = flags;
	for (i = 0; i < nr; i++) {
		if (stack->nr >= max) {
			stack->flags |= WAITPROF_STACK_F_TRUNCATED;
			return;
		}
		stack->frames[stack->nr++] = frames[i];
	}
}
