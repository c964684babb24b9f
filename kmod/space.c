// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address spaces of a session: which table of rules holds where.
 *
 * A space is known by mm->context.ctx_id, which is unique, never reused and new
 * after fork and exec. Its mappings are replaced as a whole; walks that still use
 * the old ones have them until a grace period later. Nobody tells when a process
 * ends, so a session keeps the WAITPROF_MAX_SPACES that walks met last.
 *
 * Requests are serialised by the caller; probes, which are RCU readers, take no
 * lock.
 *
 * Memory, out of the session's limit: 72 B a space, 32 B a mapping.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "space.h"

static struct hlist_head *head_of(struct wp_spaces *spaces, u64 id)
{
	return &spaces->heads[id % WP_SPACE_HEADS];
}

/* Requests only; readers of statistics look at any time. */
static void account(struct wp_spaces *spaces, const struct wp_space *space, int sign)
{
	if (sign < 0)
		wp_budget_give_back(spaces->budget, space->bytes);
	WRITE_ONCE(spaces->bytes, spaces->bytes + sign * (s64)space->bytes);
	WRITE_ONCE(spaces->nr, spaces->nr + sign);
}

static void space_drop(struct wp_spaces *spaces, struct wp_space *space)
{
	hlist_del_rcu(&space->node);
	account(spaces, space, -1);
	kvfree_rcu(space, rcu);
}

/**
 * wp_spaces_exit() - free the spaces of a session
 * @spaces: that no probe can reach any more
 *
 * Context: process; may sleep.
 */
void wp_spaces_exit(struct wp_spaces *spaces)
{
	struct wp_space *space;
	struct hlist_node *next;
	u32 i;

	for (i = 0; i < WP_SPACE_HEADS; i++) {
		hlist_for_each_entry_safe(space, next, &spaces->heads[i], node) {
			hlist_del(&space->node);
			account(spaces, space, -1);
			kvfree(space);
		}
	}
}

/**
 * wp_spaces_find() - the mappings of an address space
 * @spaces: the session's
 * @id: of the address space
 *
 * Context: probe, interrupts off; or a request, serialised by the caller.
 * Return: what the session knows, or NULL.
 */
struct wp_space *wp_spaces_find(struct wp_spaces *spaces, u64 id)
{
	struct wp_space *space;

	hlist_for_each_entry_rcu(space, head_of(spaces, id), node, true)
		if (space->id == id)
			return space;
	return NULL;
}

/* Which space no walk has met for the longest time? */
static struct wp_space *space_idle(struct wp_spaces *spaces, const struct wp_space *except)
{
	struct wp_space *space, *found = NULL;
	u32 now = jiffies, i;

	for (i = 0; i < WP_SPACE_HEADS; i++)
		hlist_for_each_entry(space, &spaces->heads[i], node)
			if (space != except && (!found || now - READ_ONCE(space->met) >
							  now - READ_ONCE(found->met)))
				found = space;
	return found;
}

static bool forget_one(struct wp_spaces *spaces, const struct wp_space *except)
{
	struct wp_space *space = space_idle(spaces, except);

	if (!space)
		return false;
	space_drop(spaces, space);
	WRITE_ONCE(spaces->forgotten, spaces->forgotten + 1);
	return true;
}

static struct wp_space *space_new(struct wp_spaces *spaces, u32 nr, const struct wp_space *old,
				  struct netlink_ext_ack *extack)
{
	u64 bytes = sizeof(struct wp_space) + (u64)nr * sizeof(struct wp_mapping);
	struct wp_space *space;

	while (!wp_budget_take(spaces->budget, bytes)) {
		if (!forget_one(spaces, old)) {
			NL_SET_ERR_MSG(extack,
				       "no room for these mappings in the session's memory limit");
			return ERR_PTR(-ENOSPC);
		}
		cond_resched();
	}
	space = kvmalloc(bytes, GFP_KERNEL);
	if (!space) {
		wp_budget_give_back(spaces->budget, bytes);
		return ERR_PTR(-ENOMEM);
	}
	space->bytes = bytes;
	space->nr = nr;
	return space;
}

static int take_mapping(struct wp_mapping *to, const struct waitprof_mapping *from,
			u64 previous_end, struct wp_tables *tables,
			struct netlink_ext_ack *extack)
{
	struct wp_table_slot *slot = NULL;

	if (from->start < previous_end || from->end <= from->start)
		NL_SET_ERR_MSG(extack, "mappings are empty, not sorted or overlap");
	else if (from->end > TASK_SIZE_MAX)
		NL_SET_ERR_MSG(extack, "a mapping lies beyond user memory");
	else if (from->offset + (from->end - from->start) < from->offset)
		NL_SET_ERR_MSG(extack, "a mapping reaches beyond any file");
	else if (from->pad)
		NL_SET_ERR_MSG(extack, "a mapping whose padding is not 0");
	else
		goto take;
	return -EINVAL;
take:
	if (from->table) {
		slot = wp_tables_slot(tables, from->table, extack);
		if (IS_ERR(slot))
			return PTR_ERR(slot);
	}
	to->start = from->start;
	to->end = from->end;
	to->offset = from->offset;
	to->slot = slot;
	return 0;
}

static int take_mappings(struct wp_space *space, struct wp_tables *tables, const void *rows,
			 struct netlink_ext_ack *extack)
{
	struct waitprof_mapping row;
	u64 previous_end = 0;
	int err;
	u32 i;

	for (i = 0; i < space->nr; i++) {
		memcpy(&row, rows + i * sizeof(row), sizeof(row));
		err = take_mapping(&space->mappings[i], &row, previous_end, tables, extack);
		if (err)
			return err;
		previous_end = row.end;
	}
	return 0;
}

/**
 * wp_spaces_put() - replace the mappings of an address space
 * @spaces: the session's
 * @tables: the session's
 * @id: of the address space
 * @epoch: up to which they hold
 * @rows: struct waitprof_mapping[], at any address
 * @nr: of @rows; 0 = forget the space
 * @extack: told why not
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 0, -EINVAL, -ENOSPC or -ENOMEM; then nothing has changed, but that
 * other spaces may be forgotten.
 */
int wp_spaces_put(struct wp_spaces *spaces, struct wp_tables *tables, u64 id, u32 epoch,
		  const void *rows, u32 nr, struct netlink_ext_ack *extack)
{
	struct wp_space *old = wp_spaces_find(spaces, id), *space;
	int err;

	if (!nr) {
		if (old)
			space_drop(spaces, old);
		return 0;
	}
	space = space_new(spaces, nr, old, extack);
	if (IS_ERR(space))
		return PTR_ERR(space);
	err = take_mappings(space, tables, rows, extack);
	if (err) {
		wp_budget_give_back(spaces->budget, space->bytes);
		kvfree(space);
		return err;
	}
	if (!old && spaces->nr >= WAITPROF_MAX_SPACES)
		forget_one(spaces, NULL);
	space->id = id;
	space->serial = ++spaces->serial;
	space->epoch = epoch;
	space->met = jiffies;
	account(spaces, space, 1);
	/* Found first, so that no walk finds neither. */
	hlist_add_head_rcu(&space->node, head_of(spaces, id));
	if (old)
		space_drop(spaces, old);
	return 0;
}
