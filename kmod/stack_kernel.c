// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel stacks, taken when a wait begins (a return handler of 5.10 cannot
 * unwind). The unwinder starts from the probe's registers, so the probe's own
 * machinery is never part of a stack and costs nothing to walk. The function
 * probed is the leaf. A stack whose end the unwinder is not sure of, or that
 * has more than the allowed frames, is marked truncated.
 */
#include <linux/kernel.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <asm/unwind.h>

#include "params.h"
#include "stack.h"

static void unwind(struct wp_stack *stack, struct pt_regs *regs)
{
	u32 max = wp_param_kstack_depth();
	struct unwind_state state;

	/* Started from registers the unwinder skips their own frame. */
	stack->frames[stack->nr++] = regs->ip;
	unwind_start(&state, current, regs, NULL);
	for (; !unwind_done(&state); unwind_next_frame(&state)) {
		unsigned long addr = unwind_get_return_address(&state);

		/* No address: not kernel text, so the rest is not known. */
		if (!addr || stack->nr >= max) {
			stack->flags |= WAITPROF_STACK_F_TRUNCATED;
			return;
		}
		stack->frames[stack->nr++] = addr;
	}
	if (unwind_error(&state))
		stack->flags |= WAITPROF_STACK_F_TRUNCATED;
}

/**
 * wp_stack_kernel() - the kernel stack at a wait's begin
 * @stack: result
 * @regs: the probe's registers, at the entry of the probed function
 *
 * Context: probe, interrupts off.
 */
void wp_stack_kernel(struct wp_stack *stack, struct pt_regs *regs)
{
	stack->nr = 0;
	stack->flags = 0;
	unwind(stack, regs);
}

/**
 * wp_stack_kernel_caller() - the kernel stack at a wait's end
 * @stack: result
 * @leaf: address in the probed function, which has returned
 * @ip: its return address
 * @sp: stack pointer after the return
 * @bp: frame register after the return
 *
 * For a wait whose begin the session did not see.
 *
 * Context: return probe, interrupts off.
 */
void wp_stack_kernel_caller(struct wp_stack *stack, unsigned long leaf,
			    unsigned long ip, unsigned long sp, unsigned long bp)
{
	struct pt_regs caller = {
		.ip = ip,
		.sp = sp,
		.bp = bp,
		.cs = __KERNEL_CS,
		.ss = __KERNEL_DS,
	};

	stack->nr = 0;
	stack->flags = 0;
	stack->frames[stack->nr++] = leaf;
	unwind(stack, &caller);
}
