// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of a session's totals: a row is read at one moment (totals.c), rows of one
 * dump at different ones.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/sched.h>
#include <net/genetlink.h>

#include "hide.h"
#include "netlink.h"
#include "netlink_dump.h"
#include "session.h"

/* Sleeps of 0.1 ms while a row is being written, before a dump gives up. */
#define WP_DUMP_TRIES	10000

static u32 pack_buckets(struct wp_cursor *cursor)
{
	u32 i, nr = 0;

	if (!(cursor->flags & WAITPROF_TOTALS_F_BUCKETS) ||
	    !(cursor->row.flags & (WAITPROF_ROW_F_OWN_HIST | WAITPROF_ROW_F_FALLBACK_HIST)))
		return 0;
	for (i = 0; i < WAITPROF_HIST_BUCKETS; i++)
		if (cursor->hist.buckets[i])
			cursor->buckets[nr++] = (struct waitprof_bucket){
				.idx = i,
				.count = cursor->hist.buckets[i],
			};
	return nr;
}

static int put_row(struct sk_buff *skb, struct netlink_callback *cb, struct wp_cursor *cursor)
{
	u32 nr = pack_buckets(cursor);
	void *header;
	int err;

	header = wp_dump_message_begin(skb, cb, WAITPROF_CMD_GET_TOTALS);
	if (!header)
		return -EMSGSIZE;
	err = nla_put_64bit(skb, WAITPROF_A_TOTALS_ROW, sizeof(cursor->row), &cursor->row,
			    WAITPROF_A_PAD);
	if (!err && nr)
		err = nla_put_64bit(skb, WAITPROF_A_TOTALS_BUCKETS,
				    nr * sizeof(cursor->buckets[0]), cursor->buckets,
				    WAITPROF_A_PAD);
	return wp_dump_message_end(skb, header, err);
}

/* A writer is only inside for instants, but its virtual CPU may be stopped. */
static int read_row(struct wp_cursor *cursor, const struct wp_totals *totals)
{
	int ret, tries;

	for (tries = 0; tries < WP_DUMP_TRIES; tries++) {
		ret = wp_totals_read(totals, cursor->inner, &cursor->row, &cursor->hist);
		if (ret != -EAGAIN)
			break;
		usleep_range(100, 200);
	}
	return ret;
}

static int dump_cpu(struct sk_buff *skb, struct netlink_callback *cb,
		    struct wp_cursor *cursor, const struct wp_totals *totals)
{
	u32 end = WP_TOTALS_FIRST_ROW + totals->nr_rows;
	int ret;

	for (; cursor->inner < end; cursor->inner++) {
		if (!(cursor->inner % WP_DUMP_STRIDE))
			cond_resched();
		ret = read_row(cursor, totals);
		if (ret > 0 && cursor->hidden) {
			wp_hide_object(&cursor->row.object, cursor->row.object_type);
			wp_hide_object(&cursor->row.last_object, cursor->row.last_object_type);
		}
		if (ret > 0)
			ret = put_row(skb, cb, cursor);
		if (ret)
			return ret;
	}
	cursor->inner = 0;
	return 0;
}

/**
 * wp_dump_totals() - go on with a dump of a session's totals
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_totals(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = wp_genl_dump_attrs(cb);
	struct wp_cursor *cursor = wp_cursor_of(cb);
	int err = wp_cursor_open(cb, true);

	if (err < 0)
		return err;
	if (err && attrs[WAITPROF_A_TOTALS_FLAGS])
		cursor->flags = nla_get_u32(attrs[WAITPROF_A_TOTALS_FLAGS]);
	err = 0;
	for (; !err && cursor->outer < nr_cpu_ids; cursor->outer += !err) {
		const struct wp_session_cpu *cpu = cursor->session->cpu[cursor->outer];

		if (cpu)
			err = dump_cpu(skb, cb, cursor, &cpu->totals);
	}
	return wp_dump_result(skb, err);
}
