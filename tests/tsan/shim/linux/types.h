/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define min_t(type, a, b)                          \
	({                                         \
		type min_a_ = (a), min_b_ = (b);   \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define max_t(type, a, b)                          \
	({                                         \
		type max_a_ = (a), max_b_ = (b);   \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})

#endif
