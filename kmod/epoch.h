/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_EPOCH_H
#define WP_EPOCH_H

#include <linux/types.h>

int wp_epoch_arm(void);
void wp_epoch_disarm(void);
void wp_epoch_exit(void);
bool wp_epoch_blind(void);
u32 wp_epoch(u64 space);
u64 wp_epoch_bytes(void);

#endif
