// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of the open waits: those in the tables of the points, and on request what
 * is known of tasks that sleep since before anybody looked.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <net/genetlink.h>

#include "hide.h"
#include "netlink.h"
#include "netlink_dump.h"
#include "owner.h"
#include "point.h"
#include "session.h"
#include "task.h"

static int open_waits_begin(struct wp_cursor *cursor, struct nlattr **attrs)
{
	if (attrs[WAITPROF_A_OPEN_FLAGS])
		cursor->flags = nla_get_u32(attrs[WAITPROF_A_OPEN_FLAGS]);
	if (!(cursor->flags & WAITPROF_OPEN_F_UNSEEN))
		return 0;
	return wp_task_list(&cursor->session->filter, &cursor->tasks, &cursor->nr_tasks);
}

static void open_owner(struct waitprof_open *row, const struct wp_open *wait,
		       const struct wp_point_desc *desc)
{
	struct wp_owner owner;

	row->owner_begin_tid = wait->owner_tid;
	if (!desc->owner || !wait->arg[0])
		return;
	rcu_read_lock();
	if (desc->owner(&owner, wait->arg[0])) {
		row->owner_tid = owner.tid;
		row->owner_tgid = owner.tgid;
		wp_owner_comm(&owner, row->owner_comm);
		if (owner.reader)
			row->flags |= WAITPROF_WAIT_F_OWNER_READER;
	}
	rcu_read_unlock();
}

/* A block request may outlive the thread that submitted it. */
static bool open_passes(const struct wp_filter *filter, const struct wp_open *wait, u64 *state)
{
	return wp_task_state(filter, wait->tid, wait->begin_ns, state) ||
	       (wait->class_id == WAITPROF_CLASS_BLOCK &&
		wp_task_passes(filter, wait->tgid, wait->tid, wait->comm, wait->begin_ns));
}

/* Fills a row from a slot; false: no open wait there that the session takes. */
static bool open_row(struct waitprof_open *row, struct wp_cursor *cursor, u32 point, u32 slot)
{
	const struct wp_open *from = &wp_points[point].open.slots[slot];
	struct wp_session *session = cursor->session;
	const struct wp_side *side = &wp_session_sides(session, point)[slot];
	struct wp_borrowed borrowed;
	struct wp_open wait;
	u64 now, state;
	u32 pos;

	if (!wp_open_read(from, &wait) ||
	    !wp_filter_ids(&session->filter, wait.tgid, wait.tid) ||
	    !open_passes(&session->filter, &wait, &state))
		return false;
	now = ktime_get_mono_fast_ns();
	memset(row, 0, sizeof(*row));
	row->begin_ns = wait.begin_ns;
	row->since_ns = now > wait.begin_ns ? now - wait.begin_ns : 0;
	row->tgid = wait.tgid;
	row->tid = wait.tid;
	row->class_id = wait.class_id;
	row->op = wait.op;
	row->object = wait.object;
	row->object_type = wait.object_type;
	row->point = point + 1;
	row->state = state;
	memcpy(row->comm, wait.comm, sizeof(row->comm));
	if (READ_ONCE(side->gen) == wait.seq) {
		/* Of a later stay, or half written, if the wait is not the same below. */
		row->kstack = data_race(READ_ONCE(side->kstack));
		/* The same. */
		row->ustack = data_race(READ_ONCE(side->ustack));
	} else if (wp_session_came_later(session, wait.begin_ns)) {
		row->flags |= WAITPROF_WAIT_F_CLIPPED;
		wp_session_borrow(session, &cursor->lenders, point, slot, wait.seq,
				  &cursor->stack, &borrowed);
		row->kstack = borrowed.kstack;
		row->ustack = borrowed.ustack;
	} else {
		/* Begun while the session was paused, or ending this moment. */
		return false;
	}
	if (smp_load_acquire(&side->inner_gen) == wait.seq)	/* pairs with charge_outer() */
		/* The time of another stay is thrown away below. */
		row->inner_ns = data_race(READ_ONCE(side->inner_ns));
	if (wait.class_id != WAITPROF_CLASS_BLOCK &&
	    wp_open_map_find(wait.tid, &pos) != wait.self)
		row->flags |= WAITPROF_WAIT_F_OUTER;
	open_owner(row, &wait, wp_points[point].desc);
	if (cursor->hidden)
		wp_hide_object(&row->object, row->object_type);
	/* Still the same wait: so was all that was read about it. */
	return wp_open_same(from, &wait);
}

static int dump_point(struct sk_buff *skb, struct netlink_callback *cb,
		      struct wp_cursor *cursor, u32 point)
{
	u32 end = wp_open_table_end(&wp_points[point].open);
	struct waitprof_open row;
	int err;

	if (!wp_session_sides(cursor->session, point))
		return 0;
	for (; cursor->inner < end; cursor->inner++) {
		if (!(cursor->inner % WP_DUMP_STRIDE))
			cond_resched();
		if (!open_row(&row, cursor, point, cursor->inner))
			continue;
		err = wp_dump_struct(skb, cb, WAITPROF_CMD_GET_OPEN, WAITPROF_A_OPEN_WAIT, &row,
				     sizeof(row));
		if (err)
			return err;
	}
	cursor->inner = 0;
	return 0;
}

static int dump_asleep(struct sk_buff *skb, struct netlink_callback *cb, struct wp_cursor *cursor)
{
	struct waitprof_open row;
	int err;

	for (; cursor->inner < cursor->nr_tasks; cursor->inner++) {
		if (!(cursor->inner % WP_DUMP_STRIDE))
			cond_resched();
		if (!wp_task_asleep(&cursor->session->filter,
				    cursor->tasks[cursor->inner].tid, &row))
			continue;
		err = wp_dump_struct(skb, cb, WAITPROF_CMD_GET_OPEN, WAITPROF_A_OPEN_WAIT, &row,
				     sizeof(row));
		if (err)
			return err;
	}
	return 0;
}

/**
 * wp_dump_open() - go on with a dump of the open waits
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_open(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wp_cursor *cursor = wp_cursor_of(cb);
	int err = wp_cursor_open(cb, true);

	if (err > 0)
		err = open_waits_begin(cursor, wp_genl_dump_attrs(cb));
	if (!err && cursor->outer < wp_nr_points) {
		wp_session_lenders_get(&cursor->lenders, cursor->session);
		for (; !err && cursor->outer < wp_nr_points; cursor->outer += !err)
			err = dump_point(skb, cb, cursor, cursor->outer);
		wp_session_lenders_put(&cursor->lenders);
	}
	if (!err)
		err = dump_asleep(skb, cb, cursor);
	return wp_dump_result(skb, err);
}
