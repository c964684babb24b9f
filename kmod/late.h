/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_LATE_H
#define WP_LATE_H

int wp_late_init(void);
void wp_late_exit(void);

#endif
