/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_FTRACE_HOLD_H
#define WP_FTRACE_HOLD_H

int wp_ftrace_hold(void);
void wp_ftrace_release(void);
void wp_ftrace_hold_exit(void);

#endif
