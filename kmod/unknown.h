/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_UNKNOWN_H
#define WP_UNKNOWN_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/waitprof.h>

#define WP_UNKNOWN_BITS		8
#define WP_UNKNOWN_WAYS		4
#define WP_UNKNOWN_PLACES	(WP_UNKNOWN_WAYS << WP_UNKNOWN_BITS)

/**
 * struct wp_place - where walks stopped
 * @key: what is packed in it, see unknown.c; 0 = free
 * @ip: the first address met since last told
 * @count: walks since last told
 * @tgid: of the latest one
 * @table: number of the table, or 0
 * @told: has been told since the last walk that stopped there
 */
struct wp_place {
	u64 key;
	u64 ip;
	atomic_t count;
	u32 tgid;
	u32 table;
	bool told;
};

struct wp_unknown {
	struct wp_place places[WP_UNKNOWN_PLACES];
};

/* One walk that stopped. */
struct wp_unknown_at {
	u64 space;
	u64 ip;
	u32 tgid;
	u32 reason;	/* WAITPROF_UNKNOWN_* */
	u32 table;
	u32 table_index;
};

bool wp_unknown_note(struct wp_unknown *unknown, const struct wp_unknown_at *at);
bool wp_unknown_look(struct wp_unknown *unknown, u32 index, struct waitprof_unknown *row);
void wp_unknown_told(struct wp_unknown *unknown, u32 index, u64 count);

#endif
