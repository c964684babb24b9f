// SPDX-License-Identifier: GPL-2.0-only
/*
 * The unwind rules of a session: tables that its reader sends in pieces.
 *
 * A table is built aside, each piece checked, and published whole (release; pairs
 * with the acquire in walk.c); from then on it does not change. Dropped, it is
 * freed a grace period later. Its number stays: mappings point to the number's
 * slot, so a table may come after the mappings that name it.
 *
 * Requests are serialised by the caller; probes take no lock.
 *
 * Memory, all out of the session's limit: 6 B a rule, 16 B a step, 72 B a table,
 * 40 B a number.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rules.h"

#define WP_MAX_RULES	16777216U	/* of one table */

static u64 table_bytes(u32 nr_rules, u32 nr_steps)
{
	return sizeof(struct wp_table) + (u64)nr_steps * sizeof(struct waitprof_step) +
	       (u64)nr_rules * (sizeof(u32) + sizeof(u16));
}

/* Requests only; readers of statistics look at any time. */
static void account(struct wp_tables *tables, s64 bytes)
{
	WRITE_ONCE(tables->bytes, tables->bytes + bytes);
}

static void table_free(struct wp_tables *tables, struct wp_table *table)
{
	if (!table)
		return;
	wp_budget_give_back(tables->budget, table->bytes);
	account(tables, -(s64)table->bytes);
	kvfree(table);
}

static void table_retire(struct wp_tables *tables, struct wp_table *table)
{
	wp_budget_give_back(tables->budget, table->bytes);
	account(tables, -(s64)table->bytes);
	kvfree_rcu(table, rcu);
}

static struct wp_table *table_new(struct wp_tables *tables, u32 nr_rules, u32 nr_steps,
				  struct netlink_ext_ack *extack, int *err)
{
	u64 bytes = table_bytes(nr_rules, nr_steps);
	struct wp_table *table;

	if (!wp_budget_take(tables->budget, bytes)) {
		NL_SET_ERR_MSG(extack, "no room for this table in the session's memory limit");
		*err = -ENOSPC;
		return NULL;
	}
	table = kvmalloc(bytes, GFP_KERNEL);
	if (!table) {
		wp_budget_give_back(tables->budget, bytes);
		*err = -ENOMEM;
		return NULL;
	}
	account(tables, bytes);
	table->bytes = bytes;
	table->nr_rules = nr_rules;
	table->nr_filled = 0;
	table->nr_steps = nr_steps;
	table->steps = (void *)(table + 1);
	table->offsets = (void *)(table->steps + nr_steps);
	table->step_of = (void *)(table->offsets + nr_rules);
	return table;
}

/**
 * wp_tables_exit() - free the tables of a session
 * @tables: that no probe can reach any more
 *
 * Context: process; may sleep.
 */
void wp_tables_exit(struct wp_tables *tables)
{
	struct wp_table_slot *slot;
	struct hlist_node *next;
	u32 i;

	for (i = 0; i < WP_TABLE_HEADS; i++) {
		hlist_for_each_entry_safe(slot, next, &tables->heads[i], node) {
			table_free(tables, slot->table);
			table_free(tables, slot->building);
			hlist_del(&slot->node);
			wp_budget_give_back(tables->budget, sizeof(*slot));
			account(tables, -(s64)sizeof(*slot));
			kfree(slot);
		}
	}
	tables->nr = 0;
}

static struct wp_table_slot *slot_find(const struct wp_tables *tables, u32 number)
{
	struct wp_table_slot *slot;

	hlist_for_each_entry(slot, &tables->heads[number % WP_TABLE_HEADS], node)
		if (slot->number == number)
			return slot;
	return NULL;
}

/**
 * wp_tables_slot() - the slot of a table's number, made if it is new
 * @tables: the session's
 * @number: not 0
 * @extack: told why not
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: the slot or an error pointer: -ENOSPC, -ENOMEM.
 */
struct wp_table_slot *wp_tables_slot(struct wp_tables *tables, u32 number,
				     struct netlink_ext_ack *extack)
{
	struct wp_table_slot *slot = slot_find(tables, number);

	if (slot)
		return slot;
	if (tables->nr == WP_MAX_TABLES) {
		NL_SET_ERR_MSG(extack, "too many numbers of tables");
		return ERR_PTR(-ENOSPC);
	}
	if (!wp_budget_take(tables->budget, sizeof(*slot))) {
		NL_SET_ERR_MSG(extack, "no room for this table in the session's memory limit");
		return ERR_PTR(-ENOSPC);
	}
	slot = kzalloc(sizeof(*slot), GFP_KERNEL);
	if (!slot) {
		wp_budget_give_back(tables->budget, sizeof(*slot));
		return ERR_PTR(-ENOMEM);
	}
	account(tables, sizeof(*slot));
	slot->number = number;
	slot->index = tables->nr++;
	hlist_add_head(&slot->node, &tables->heads[number % WP_TABLE_HEADS]);
	return slot;
}

static int check_step(const struct waitprof_step *step, struct netlink_ext_ack *extack)
{
	bool at = step->base == WAITPROF_BASE_AT_RSP || step->base == WAITPROF_BASE_AT_RBP;

	if (step->kind > WAITPROF_STEP_MAX)
		NL_SET_ERR_MSG(extack, "a step of unknown kind");
	else if (step->base > WAITPROF_BASE_MAX)
		NL_SET_ERR_MSG(extack, "a step of unknown base");
	else if (step->pad)
		NL_SET_ERR_MSG(extack, "a step whose padding is not 0");
	else if (step->kind != WAITPROF_STEP_CALL &&
		 (step->base || step->cfa_offset || step->cfa_add || step->rbp_offset ||
		  step->rbx_offset))
		NL_SET_ERR_MSG(extack, "a step that is no call has a base or offsets");
	else if (step->cfa_add && !at)
		NL_SET_ERR_MSG(extack, "a step adds to a word that its base does not read");
	else
		return 0;
	return -EINVAL;
}

static int take_steps(struct wp_table *table, const void *steps, struct netlink_ext_ack *extack)
{
	int err = 0;
	u32 i;

	memcpy(table->steps, steps, table->nr_steps * sizeof(*table->steps));
	for (i = 0; !err && i < table->nr_steps; i++)
		err = check_step(&table->steps[i], extack);
	return err;
}

static int take_rules(struct wp_table *table, const struct wp_piece *piece,
		      struct netlink_ext_ack *extack)
{
	u32 i, row = table->nr_filled;
	struct waitprof_rule rule;

	for (i = 0; i < piece->nr_rules; i++, row++) {
		memcpy(&rule, piece->rules + i * sizeof(rule), sizeof(rule));
		if (row && rule.offset <= table->offsets[row - 1]) {
			NL_SET_ERR_MSG(extack, "offsets of rules do not grow");
			return -EINVAL;
		}
		if (rule.step >= table->nr_steps) {
			NL_SET_ERR_MSG(extack, "a rule names a step that the table does not have");
			return -EINVAL;
		}
		table->offsets[row] = rule.offset;
		table->step_of[row] = rule.step;
	}
	table->nr_filled = row;
	return 0;
}

static int drop(struct wp_tables *tables, struct wp_table_slot *slot,
		struct netlink_ext_ack *extack)
{
	struct wp_table *table = slot ? slot->table : NULL;

	if (!slot || (!table && !slot->building)) {
		NL_SET_ERR_MSG(extack, "no such table");
		return -ENOENT;
	}
	table_free(tables, slot->building);
	slot->building = NULL;
	if (table) {
		WRITE_ONCE(slot->table, NULL);
		WRITE_ONCE(tables->generation, tables->generation + 1);
		table_retire(tables, table);
	}
	return 0;
}

static int begin(struct wp_tables *tables, struct wp_table_slot *slot,
		 const struct wp_piece *piece, struct netlink_ext_ack *extack)
{
	int err = 0;

	if (!piece->nr_steps) {
		NL_SET_ERR_MSG(extack, "the first piece of a table has no steps");
		return -EINVAL;
	}
	table_free(tables, slot->building);
	slot->building = table_new(tables, piece->total, piece->nr_steps, extack, &err);
	if (!slot->building)
		return err;
	return take_steps(slot->building, piece->steps, extack);
}

static int check_piece(const struct wp_piece *piece, struct netlink_ext_ack *extack)
{
	if (!piece->number)
		NL_SET_ERR_MSG(extack, "0 is no number of a table");
	else if (piece->total > WP_MAX_RULES)
		NL_SET_ERR_MSG(extack, "too many rules for one table");
	else if (!piece->nr_rules)
		NL_SET_ERR_MSG(extack, "a piece of a table without rules");
	else if (piece->first && piece->nr_steps)
		NL_SET_ERR_MSG(extack, "steps come with the first piece only");
	else if (piece->first > piece->total || piece->nr_rules > piece->total - piece->first)
		NL_SET_ERR_MSG(extack, "more rules than the table is said to have");
	else
		return 0;
	return -EINVAL;
}

/**
 * wp_tables_add() - take one more piece of a table, or drop a table
 * @tables: the session's
 * @piece: what was sent
 * @extack: told why not
 *
 * A piece that is refused also drops what had come before it of an incomplete
 * table, unless it is out of order.
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 0, -EINVAL, -EEXIST, -ENOENT, -ENOSPC or -ENOMEM.
 */
int wp_tables_add(struct wp_tables *tables, const struct wp_piece *piece,
		  struct netlink_ext_ack *extack)
{
	struct wp_table_slot *slot = slot_find(tables, piece->number);
	int err;

	if (piece->number && !piece->total && !piece->first && !piece->nr_rules)
		return drop(tables, slot, extack);
	err = check_piece(piece, extack);
	if (err)
		return err;
	if (!slot && piece->first) {
		NL_SET_ERR_MSG(extack, "no such table: its first piece has not come");
		return -ENOENT;
	}
	slot = wp_tables_slot(tables, piece->number, extack);
	if (IS_ERR(slot))
		return PTR_ERR(slot);
	if (slot->table) {
		NL_SET_ERR_MSG(extack, "the table is complete");
		return -EEXIST;
	}
	if (piece->first && (!slot->building || piece->first != slot->building->nr_filled ||
			     piece->total != slot->building->nr_rules)) {
		NL_SET_ERR_MSG(extack, "this piece does not follow the one before");
		return slot->building ? -EINVAL : -ENOENT;
	}
	if (!piece->first)
		err = begin(tables, slot, piece, extack);
	if (!err)
		err = take_rules(slot->building, piece, extack);
	if (err) {
		table_free(tables, slot->building);
		slot->building = NULL;
		return err;
	}
	if (slot->building->nr_filled < slot->building->nr_rules)
		return 0;
	/* Pairs with the acquire in walk.c. */
	smp_store_release(&slot->table, slot->building);
	slot->building = NULL;
	WRITE_ONCE(tables->generation, tables->generation + 1);
	return 0;
}
