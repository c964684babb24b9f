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

/*
 * The registers of the unwinder's present frame, to learn what it does at a frame
 * by doing it again with another frame register.
 */
#ifdef CONFIG_UNWINDER_ORC
#define WP_UNWIND_LEARNS	true
#define wp_unwind_sp(state)	((state)->sp)
#define wp_unwind_bp(state)	((state)->bp)
#define wp_unwind_set_bp(state, value)	((state)->bp = (value))
#else
#define WP_UNWIND_LEARNS	false
#define wp_unwind_sp(state)	0UL
#define wp_unwind_bp(state)	0UL
#define wp_unwind_set_bp(state, value)	((void)(value))
#endif

#endif
