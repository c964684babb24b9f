/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_HEIR_H
#define WP_HEIR_H

#include <linux/types.h>

#define WP_HEIRS	1024U

/**
 * struct wp_heir - an address space made by a fork
 * @id: the child's; 0 = none
 * @from: of which space the mappings are its own, too
 * @serial: of those mappings
 * @epoch: of the child, when it was made
 * @pad: unused
 */
struct wp_heir {
	u64 id;
	u64 from;
	u64 serial;
	u32 epoch;
	u32 pad;
};

/**
 * struct wp_heirs - those that a session knows
 * @slots: by id
 */
struct wp_heirs {
	struct wp_heir slots[WP_HEIRS];
};

struct wp_space;
struct wp_session_rules;

struct wp_space *wp_heir_space(struct wp_session_rules *rules, u64 id);
int wp_heir_arm(void);
void wp_heir_disarm(void);

#endif
