/* SPDX-License-Identifier: GPL-2.0-only */
/* Module parameters, as the rest of the module sees them. */
#ifndef WP_PARAMS_H
#define WP_PARAMS_H

#include <linux/types.h>

int wp_params_check(void);
bool wp_param_kprobes_only(void);
u32 wp_param_open_limit(u32 default_limit);
u64 wp_param_session_bytes(void);
u64 wp_param_session_max_bytes(void);
u32 wp_param_follow_limit(void);
u32 wp_param_kstack_depth(void);
bool wp_param_stack_cache(void);
u32 wp_param_stack_check(void);
u32 wp_param_ustack_depth(void);
u32 wp_param_guard_ppm(void);
u32 wp_param_cost_every(void);

#endif
