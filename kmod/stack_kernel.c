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
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <asm/unwind.h>

#include "function.h"
#include "params.h"
#include "stack.h"
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
	};

	if (!WP_UNWIND_STOPS_AT_TRAMPOLINE || register_kretprobe(&probe))
		return;
	canary(0);
	unregister_kretprobe(&probe);
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

/* Started from registers the unwinder skips their own frame, the leaf. */
static void unwind(struct wp_stack *stack, struct pt_regs *regs, unsigned long outer_slot,
		   u32 max)
{
	struct unwind_state state;

	unwind_start(&state, current, regs, NULL);
	for (; !unwind_done(&state); unwind_next_frame(&state)) {
		unsigned long addr = unwind_get_return_address(&state);

		if (addr && addr == trampoline) {
			stack->cut = outer_slot && wp_unwind_slot(&state) == outer_slot;
			stack->flags |= WAITPROF_STACK_F_TRUNCATED;
			return;
		}
		if (!addr) {
			/* Not kernel text: user space is the end, else it is cut. */
			if (!is_user_next(&state))
				stack->flags |= WAITPROF_STACK_F_TRUNCATED;
			return;
		}
		if (stack->nr >= max) {
			stack->flags |= WAITPROF_STACK_F_TRUNCATED;
			return;
		}
		/* A leaf that is known by its return address is named by the call. */
		stack->frames[stack->nr] = stack->nr ? addr : addr - 1;
		stack->nr++;
	}
	if (unwind_error(&state))
		stack->flags |= WAITPROF_STACK_F_TRUNCATED;
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
	struct pt_regs caller = {
		.ip = ip,
		.sp = sp,
		.bp = bp,
		.cs = __KERNEL_CS,
		.ss = __KERNEL_DS,
	};

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
	struct pt_regs regs = {
		.ip = call->ip,
		.sp = call->sp,
		.bp = call->bp,
		.cs = __KERNEL_CS,
		.ss = __KERNEL_DS,
	};

	stack_begin(stack);
	if (!call->wrapped)
		stack->frames[stack->nr++] = call->ip - 1;
	unwind(stack, &regs, 0, max);
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
