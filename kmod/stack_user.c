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
 * wp_stack_user_is_there() - has the current task a user stack to walk?
 * @stack: emptied; for a 32-bit task the frame in which it entered the kernel
 *
 * Context: probe, interrupts off.
 * Return: false for kernel threads and 32-bit tasks; the latter are marked.
 */
bool wp_stack_user_is_there(struct wp_stack *stack)
{
	struct pt_regs *regs = task_pt_regs(current);

	stack->nr = 0;
	stack->flags = WAITPROF_STACK_F_USER | WAITPROF_STACK_F_TRUNCATED;
	stack->fault = false;
	stack->compat = false;
	/* A worker of io_uring has its creator's registers, but no ip. */
	if ((current->flags & PF_KTHREAD) || !current->mm || !regs->ip)
		return false;
	stack->compat = !user_64bit_mode(regs);
	/* Not to be walked, but not unknown either. */
	if (stack->compat)
		stack->frames[stack->nr++] = regs->ip;
	return !stack->compat;
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

	if (!wp_stack_user_is_there(stack))
		return;
	stack->flags |= WAITPROF_STACK_F_FP;
	stack->frames[stack->nr++] = regs->ip;
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
