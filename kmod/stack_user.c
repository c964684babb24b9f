// SPDX-License-Identifier: GPL-2.0-only
/*
 * User stacks by frame pointers, for programs that keep them. A program or
 * library built without loses frames anywhere, even in the middle, so such a
 * stack is always marked as of frame pointers and as truncated.
 *
 * Reads never fault in pages: page faults are disabled, an unreadable word ends
 * the walk. A frame must lie above the one before it and be aligned, so the walk
 * ends; it takes at most the allowed number of frames.
 */
#include <linux/kernel.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include "params.h"
#include "stack.h"
#include "user_read.h"

struct user_frame {
	unsigned long next_fp;
	unsigned long return_addr;
};

static bool read_frame(struct user_frame *frame, unsigned long fp)
{
	const struct user_frame __user *from = (const void __user *)fp;

	if (!user_read_access_begin(from, sizeof(*from)))
		return false;
	unsafe_get_user(frame->next_fp, &from->next_fp, fault);
	unsafe_get_user(frame->return_addr, &from->return_addr, fault);
	user_read_access_end();
	return true;
fault:
	user_read_access_end();
	return false;
}

/**
 * wp_stack_user_none() - the user stack of a task that has none to walk
 * @stack: emptied; for a 32-bit task the frame in which it entered the kernel
 *
 * Context: probe, interrupts off.
 */
void wp_stack_user_none(struct wp_stack *stack)
{
	struct pt_regs *regs = task_pt_regs(current);

	stack->nr = 0;
	stack->flags = WAITPROF_STACK_F_USER | WAITPROF_STACK_F_TRUNCATED;
	stack->fault = false;
	stack->compat = !(current->flags & PF_KTHREAD) && current->mm && regs->ip;
	/* Not to be walked, but not unknown either. */
	if (stack->compat)
		stack->frames[stack->nr++] = regs->ip;
}

/**
 * wp_stack_user() - the user stack of the current task by frame pointers
 * @stack: result; no frames for kernel threads, one for 32-bit tasks
 *
 * Context: probe, interrupts off.
 */
void wp_stack_user(struct wp_stack *stack)
{
	struct pt_regs *regs = task_pt_regs(current);
	u32 max = wp_param_ustack_depth();
	unsigned long fp, below;

	if (unlikely(!wp_user_has_stack(regs))) {
		wp_stack_user_none(stack);
		return;
	}
	stack->flags = WAITPROF_STACK_F_USER | WAITPROF_STACK_F_TRUNCATED | WAITPROF_STACK_F_FP;
	stack->fault = false;
	stack->compat = false;
	stack->frames[0] = regs->ip;
	stack->nr = 1;
	below = regs->sp;
	fp = regs->bp;
	pagefault_disable();
	while (stack->nr < max) {
		struct user_frame frame;

		if (fp < below || (fp & (sizeof(long) - 1)) || fp >= TASK_SIZE_MAX)
			break;
		if (!read_frame(&frame, fp)) {
			stack->fault = true;
			break;
		}
		if (!frame.return_addr || frame.return_addr >= TASK_SIZE_MAX)
			break;
		stack->frames[stack->nr++] = frame.return_addr;
		below = fp + sizeof(frame);
		fp = frame.next_fp;
	}
	pagefault_enable();
}
