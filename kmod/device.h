/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_DEVICE_H
#define WP_DEVICE_H

#include <linux/types.h>

u32 wp_device_of_syscall(void);

#endif
