/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_RULES_H
#define WP_RULES_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/waitprof.h>

#include "budget.h"

struct netlink_ext_ack;

#define WP_MAX_TABLES	65536U
#define WP_TABLE_HEADS	1024U

/**
 * struct wp_table - the unwind rules of one file; not changed once published
 * @rcu: frees it
 * @bytes: allocated
 * @nr_rules: rows of the whole table
 * @nr_filled: rows that have come
 * @nr_steps: of @steps
 * @steps: the different steps
 * @offsets: by row: from where on it holds
 * @step_of: by row: index into @steps
 */
struct wp_table {
	struct rcu_head rcu;
	u64 bytes;
	u32 nr_rules;
	u32 nr_filled;
	u32 nr_steps;
	struct waitprof_step *steps;
	u32 *offsets;
	u16 *step_of;
};

/**
 * struct wp_table_slot - a table's number; stays until the session is freed
 * @node: in wp_tables.heads
 * @number: the sender's
 * @index: counted from 0 in the order of appearance
 * @table: published, or NULL
 * @building: pieces still come
 */
struct wp_table_slot {
	struct hlist_node node;
	u32 number;
	u32 index;
	struct wp_table *table;
	struct wp_table *building;
};

/**
 * struct wp_tables - the tables of a session
 * @heads: slots by number; changed by requests only
 * @nr: slots
 * @generation: grows when a table is published or dropped
 * @budget: the session's
 * @bytes: taken from it
 */
struct wp_tables {
	struct hlist_head heads[WP_TABLE_HEADS];
	u32 nr;
	u32 generation;
	struct wp_budget *budget;
	u64 bytes;
};

/* A piece of a table, as it was sent; the arrays may lie at any address. */
struct wp_piece {
	u32 number;
	u32 total;
	u32 first;
	const void *rules;
	u32 nr_rules;
	const void *steps;
	u32 nr_steps;
};

void wp_tables_exit(struct wp_tables *tables);
struct wp_table_slot *wp_tables_slot(struct wp_tables *tables, u32 number,
				     struct netlink_ext_ack *extack);
int wp_tables_add(struct wp_tables *tables, const struct wp_piece *piece,
		  struct netlink_ext_ack *extack);

/*
 * The step that holds at an offset of the file; NULL before the first rule.
 * Takes at most 32 looks. Inlined: it is also used where user memory is open to
 * access and no function may be called.
 */
static __always_inline const struct waitprof_step *wp_table_step(const struct wp_table *table,
								 u64 offset)
{
	u32 low = 0, high = table->nr_rules;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (table->offsets[middle] <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &table->steps[table->step_of[low - 1]] : NULL;
}

#endif
