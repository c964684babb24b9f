/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_SPACE_H
#define WP_SPACE_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/waitprof.h>

#include "rules.h"

#define WP_SPACE_HEADS	1024U

/* struct waitprof_mapping, with its table's slot; NULL = no rules for it. */
struct wp_mapping {
	u64 start;
	u64 end;
	u64 offset;
	struct wp_table_slot *slot;
};

/**
 * struct wp_space - the executable mappings of an address space
 * @node: in wp_spaces.heads
 * @rcu: frees it
 * @id: of the address space
 * @serial: another one each time mappings are sent
 * @bytes: allocated
 * @epoch: up to which they hold
 * @met: when a walk last met it (jiffies)
 * @nr: of @mappings
 * @mappings: sorted
 */
struct wp_space {
	struct hlist_node node;
	struct rcu_head rcu;
	u64 id;
	u64 serial;
	u64 bytes;
	u32 epoch;
	u32 met;
	u32 nr;
	struct wp_mapping mappings[];
};

/**
 * struct wp_spaces - the address spaces that a session knows
 * @heads: by id; read by probes
 * @nr: of them
 * @serial: the latest one given
 * @forgotten: dropped to make room for others
 * @budget: the session's
 * @bytes: taken from it
 */
struct wp_spaces {
	struct hlist_head heads[WP_SPACE_HEADS];
	u32 nr;
	u64 serial;
	u64 forgotten;
	struct wp_budget *budget;
	u64 bytes;
};

void wp_spaces_exit(struct wp_spaces *spaces);
int wp_spaces_put(struct wp_spaces *spaces, struct wp_tables *tables, u64 id, u32 epoch,
		  const void *rows, u32 nr, struct netlink_ext_ack *extack);
struct wp_space *wp_spaces_find(struct wp_spaces *spaces, u64 id);

/* The mapping of an address, or NULL. Inlined for the same reason as wp_table_step(). */
static __always_inline const struct wp_mapping *wp_space_mapping(const struct wp_space *space,
								 u64 address)
{
	u32 low = 0, high = space->nr;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (space->mappings[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address >= space->mappings[low - 1].end)
		return NULL;
	return &space->mappings[low - 1];
}

#endif
