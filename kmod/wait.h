/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_WAIT_H
#define WP_WAIT_H

#include <linux/types.h>

struct pt_regs;
struct wp_open;
struct wp_point;

int wp_wait_init(void);
void wp_wait_exit(void);
struct wp_open *wp_wait_begin(struct wp_point *point, struct pt_regs *regs);
void wp_wait_end(struct wp_point *point, struct wp_open *wait, u32 seq,
		 struct pt_regs *regs, unsigned long return_addr);

#endif
