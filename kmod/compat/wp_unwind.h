/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COMPAT_UNWIND_H
#define WP_COMPAT_UNWIND_H

#include <linux/version.h>

/* The unwinder does not know the return addresses that kretprobes replaced. */
#define WP_UNWIND_STOPS_AT_TRAMPOLINE	(LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0))

#endif
