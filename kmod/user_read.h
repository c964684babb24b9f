/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of user memory, read in a probe: nothing faults in. Between
 * wp_user_begin() and wp_user_end() no function may be called.
 */
#ifndef WP_USER_READ_H
#define WP_USER_READ_H

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define WP_USER_END	TASK_SIZE_MAX

/*
 * Has the current task, left with @regs, a user stack to walk? Kernel threads and
 * 32-bit tasks have not; nor has a worker of io_uring, which has its creator's
 * registers, but no ip.
 */
static __always_inline bool wp_user_has_stack(const struct pt_regs *regs)
{
	return !(current->flags & PF_KTHREAD) && current->mm && regs->ip &&
	       user_64bit_mode((struct pt_regs *)regs);
}

static __always_inline bool wp_user_begin(void)
{
	pagefault_disable();
	if (user_read_access_begin((const void __user *)0, WP_USER_END))
		return true;
	pagefault_enable();
	return false;
}

static __always_inline void wp_user_end(void)
{
	user_read_access_end();
	pagefault_enable();
}

/* The caller has seen that @address + 8 <= WP_USER_END. */
static __always_inline bool wp_user_word(u64 address, u64 *word)
{
	const u64 __user *from = (const u64 __user *)(unsigned long)address;

	unsafe_get_user(*word, from, fault);
	return true;
fault:
	return false;
}

#endif
