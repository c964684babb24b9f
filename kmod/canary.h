/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_CANARY_H
#define WP_CANARY_H

int wp_canary_silent(void);
void wp_canary_exit(void);

#endif
