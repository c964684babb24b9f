/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting down on this CPU, in one instruction and its flags. */
#ifndef WP_COMPAT_PERCPU_H
#define WP_COMPAT_PERCPU_H

#include <linux/percpu.h>
#include <asm/rmwcc.h>

/* Kernels before 6.8: a variable of each CPU is named as it is. */
#ifndef __my_cpu_var
#define __my_cpu_var(var)	(var)
#endif

/*
 * this_cpu_dec_return() would have to fetch the value: this takes 1 off a signed 32-bit
 * variable of this CPU and tells whether nothing, or less, is left. An interrupt comes
 * before or after it.
 */
#define wp_cpu_dec_and_test(counter)					\
	GEN_UNARY_RMWcc("decl", __my_cpu_var(counter), le, __percpu_arg([var]))

#endif
