/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COMPAT_UNWIND_H
#define WP_COMPAT_UNWIND_H

#include <linux/version.h>
#include <asm/unwind.h>

/* The unwinder does not know the return addresses that kretprobes replaced. */
#define WP_UNWIND_STOPS_AT_TRAMPOLINE	(LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0))

/* Where the return address of the unwinder's present frame lies; 0 = not known. */
static inline unsigned long wp_unwind_slot(const struct unwind_state *state)
{
#ifdef CONFIG_UNWINDER_ORC
	return state->sp ? state->sp - sizeof(long) : 0;
#else
	return 0;
#endif
}

#endif
