// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of the places where walks by rules stopped (unknown.c): one counts as told once
 * it is in a message that fits.
 */
#include <linux/netlink.h>
#include <net/netlink.h>

#include "epoch.h"
#include "netlink.h"
#include "netlink_dump.h"
#include "session.h"
#include "session_rules.h"

/**
 * wp_dump_unknown() - go on with a dump of the places where walks by rules stopped
 * @skb: buffer to fill
 * @cb: the dump
 *
 * A session has one socket and a socket one dump at a time, so the places have
 * one reader.
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_unknown(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wp_cursor *cursor = wp_cursor_of(cb);
	int err = wp_cursor_open(cb, true);
	struct waitprof_unknown row;
	struct wp_unknown *unknown;

	if (err < 0)
		return err;
	if (!cursor->session->rules) {
		NL_SET_ERR_MSG(cb->extack, "this session does not walk by rules");
		return -EOPNOTSUPP;
	}
	unknown = &cursor->session->rules->unknown;
	for (; cursor->inner < WP_UNKNOWN_PLACES; cursor->inner++) {
		if (!wp_unknown_look(unknown, cursor->inner, &row))
			continue;
		/* Read before the reader reads the mappings. */
		row.epoch = wp_epoch(row.space);
		err = wp_dump_struct(skb, cb, WAITPROF_CMD_GET_UNKNOWN, WAITPROF_A_UNKNOWN, &row,
				     sizeof(row));
		if (err)
			return wp_dump_result(skb, err);
		wp_unknown_told(unknown, cursor->inner, row.count);
	}
	return wp_dump_result(skb, 0);
}
