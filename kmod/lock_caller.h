/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_LOCK_CALLER_H
#define WP_LOCK_CALLER_H

#include <linux/types.h>

/* What the code that met a contended rt_mutex on an RT kernel wanted to lock. */
enum wp_lock_caller {
	WP_LOCK_MUTEX,		/* nothing else: a mutex or ww_mutex */
	WP_LOCK_RTMUTEX,
	WP_LOCK_RWSEM_READ,
	WP_LOCK_RWSEM_WRITE,
	WP_LOCK_SPIN,		/* rwlock_t, spinlock_t */
	WP_LOCK_TAKEN,		/* another point has begun this very wait */
};

#define WP_LOCK_CALLER_DEPTH	5	/* frames looked at, the waiting one included */

struct pt_regs;
struct wp_stack;

enum wp_lock_caller wp_lock_caller_entry(const struct pt_regs *regs);
int wp_lock_caller_init(void);
enum wp_lock_caller wp_lock_caller(const struct wp_stack *stack);

#endif
