/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_NETLINK_DUMP_H
#define WP_NETLINK_DUMP_H

#include <linux/netlink.h>
#include <linux/types.h>
#include <linux/waitprof.h>

#include "hist.h"
#include "session.h"
#include "stack.h"

/* Room for the largest message: a row with every bucket. */
#define WP_DUMP_BYTES	8192

/* The CPU's time between two chances to let others run: positions looked at. */
#define WP_DUMP_STRIDE	1024

/**
 * struct wp_cursor - how far a dump has come
 * @opened: what the request names has been checked and taken
 * @hidden: kernel addresses, from this reader
 * @session: with a reference, or NULL
 * @flags: of the request
 * @outer: point, CPU, or phase
 * @inner: slot, row, stack id, session id, task or records left
 * @tasks: those there were at the first call
 * @nr_tasks: how many
 * @in_ring: @inner counts what is left of a ring
 * @lenders: other sessions, while one buffer is filled
 * @stack: room for one that is borrowed
 * @row: of the totals
 * @hist: its histogram
 * @buckets: those of @hist that are not empty
 */
struct wp_cursor {
	bool opened;
	bool hidden;
	struct wp_session *session;
	u32 flags;
	u32 outer;
	u32 inner;
	struct waitprof_task *tasks;
	u32 nr_tasks;
	bool in_ring;
	struct wp_lenders lenders;
	struct wp_stack stack;
	struct waitprof_row row;
	struct wp_hist hist;
	struct waitprof_bucket buckets[WAITPROF_HIST_BUCKETS];
};

int wp_cursor_open(struct netlink_callback *cb, bool needs_session);
void *wp_dump_message_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int wp_dump_message_end(struct sk_buff *skb, void *header, int err);
int wp_dump_struct(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, int attr,
		   const void *data, int bytes);
int wp_dump_result(struct sk_buff *skb, int err);

/**
 * wp_cursor_of() - the cursor of a dump
 * @cb: the dump
 *
 * Context: process.
 * Return: what wp_dump_start() made, or NULL once wp_dump_done() has been called.
 */
static inline struct wp_cursor *wp_cursor_of(struct netlink_callback *cb)
{
	return (struct wp_cursor *)cb->args[0];
}

#endif
