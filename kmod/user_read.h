/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of user memory, read in a probe: nothing faults in. Between
 * wp_user_begin() and wp_user_end() no function may be called.
 */
#ifndef WP_USER_READ_H
#define WP_USER_READ_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define WP_USER_END	TASK_SIZE_MAX

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
