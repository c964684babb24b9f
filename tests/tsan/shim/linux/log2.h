/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_LOG2_H
#define SHIM_LINUX_LOG2_H

#include <linux/bitops.h>

#define ilog2(n)	      (fls64((unsigned long long)(n)) - 1)
#define roundup_pow_of_two(n) ((n) <= 1 ? 1UL : 1UL << fls64((unsigned long long)(n)-1))

#endif
