/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_HIDE_H
#define WP_HIDE_H

#include <linux/types.h>

struct sk_buff;

void wp_hide_init(void);
bool wp_hide_from(struct sk_buff *skb);
void wp_hide_addresses(void *addresses, u32 nr);
void wp_hide_object(u64 *object, u32 type);
void wp_hide_records(void *records, u32 nr);

#endif
