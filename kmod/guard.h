/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_GUARD_H
#define WP_GUARD_H

#include <linux/types.h>

struct waitprof_own_cost;

int wp_guard_init(void);
void wp_guard_exit(void);
void wp_guard_watch(void);
void wp_guard_own(struct waitprof_own_cost *own);

#endif
