// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of the wait points. Their open waits are counted in the table itself, so
 * that they can be held against what the counters say.
 */
#include <linux/sched.h>
#include <net/netlink.h>

#include "netlink.h"
#include "netlink_dump.h"
#include "params.h"
#include "point.h"
#include "session.h"

static u64 point_nmissed(const struct wp_point *point)
{
	return point->backend && point->backend->nmissed ? point->backend->nmissed(point) : 0;
}

static int put_point(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct wp_point *point)
{
	void *header = wp_dump_message_begin(skb, cb, WAITPROF_CMD_GET_POINTS);
	struct wp_point_stats stats;
	u32 slot, nr_open = 0, end = wp_open_table_end(&point->open);
	int err;

	if (!header)
		return -EMSGSIZE;
	wp_point_stats_read(point, &stats);
	for (slot = 0; slot < end; slot++) {
		if (!(slot % WP_DUMP_STRIDE))
			cond_resched();
		nr_open += READ_ONCE(point->open.slots[slot].seq) & 1;
	}
	err = nla_put_u32(skb, WAITPROF_A_POINT_ID, point->id + 1) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_CLASS, point->desc->class_id) ?:
	      nla_put_string(skb, WAITPROF_A_POINT_NAME, point->desc->name) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_STATE, point->state) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_BACKEND,
			  point->backend ? point->backend->id : WAITPROF_BACKEND_NONE) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_LIMIT,
			  wp_param_open_limit(point->desc->limit)) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_OPEN, nr_open) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_POINT_HITS, stats.hits, WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_POINT_MISSED, stats.missed, WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_POINT_NMISSED,
				point_nmissed(point), WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_POINT_UNPAIRED, stats.unpaired,
				WAITPROF_A_PAD);
	if (!err && point->symbol[0])
		err = nla_put_string(skb, WAITPROF_A_POINT_SYMBOL, point->symbol);
	if (!err && point->state == WAITPROF_POINT_BLIND)
		err = nla_put_u32(skb, WAITPROF_A_POINT_ERROR, -point->error) ?:
		      nla_put_string(skb, WAITPROF_A_POINT_REASON, wp_point_reason(point));
	if (!err && point->state == WAITPROF_POINT_COVERED)
		err = nla_put_string(skb, WAITPROF_A_POINT_REASON, wp_point_reason(point));
	return wp_dump_message_end(skb, header, err);
}

/**
 * wp_dump_points() - go on with a dump of the wait points
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_points(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wp_cursor *cursor = wp_cursor_of(cb);
	int err = wp_cursor_open(cb, false);

	if (err < 0)
		return err;
	err = 0;
	wp_sessions_lock();
	for (; !err && cursor->outer < wp_nr_points; cursor->outer += !err)
		err = put_point(skb, cb, &wp_points[cursor->outer]);
	wp_sessions_unlock();
	return wp_dump_result(skb, err);
}
