/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <linux/types.h>

#define U8_MAX		 0xff
#define IS_ALIGNED(x, a) (!((x) & ((a)-1)))

#endif
