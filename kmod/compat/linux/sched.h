/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COMPAT_LINUX_SCHED_H
#define WP_COMPAT_LINUX_SCHED_H

#include_next <linux/sched.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
#define __state state
#endif

#endif
