// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all netlink dumps have in common; each fills its messages in a file of its own.
 * A dump fills one buffer after the other and may stop anywhere: its cursor (struct
 * wp_cursor, at cb->args[0]) holds a reference to the session from start to done, so the
 * session's tables stay although it may end meanwhile, and remembers the next position.
 * A message that does not fit is cancelled whole and comes first in the next buffer.
 *
 * The tables only grow, so a dump cannot be torn.
 */
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "hide.h"
#include "netlink.h"
#include "netlink_dump.h"
#include "session.h"

/**
 * wp_dump_start() - begin any dump
 * @cb: the dump
 *
 * Permission is decided here, where the current task is sure to be the sender: a
 * later call may run for whoever reads from the socket. All other refusals wait
 * for the first call of the dump (wp_cursor_open()): 6.1 and older have no extended
 * ack here to say why.
 *
 * Context: process; may sleep.
 * Return: 0, -EPERM or -ENOMEM.
 */
int wp_dump_start(struct netlink_callback *cb)
{
	struct wp_cursor *cursor;
	int err;

	err = wp_netlink_permit(cb->skb, cb->extack);
	if (err)
		return err;
	cursor = kvzalloc(sizeof(*cursor), GFP_KERNEL);
	if (!cursor)
		return -ENOMEM;
	cursor->hidden = wp_hide_from(cb->skb);
	cb->args[0] = (long)cursor;
	cb->min_dump_alloc = WP_DUMP_BYTES;
	return 0;
}

/**
 * wp_cursor_open() - check and take what the request names, at a dump's first call
 * @cb: the dump
 * @needs_session: it is one of a session
 *
 * Context: process; may sleep.
 * Return: 1 if this was the first call, 0 later, -errno.
 */
int wp_cursor_open(struct netlink_callback *cb, bool needs_session)
{
	struct nlattr **attrs = wp_genl_dump_attrs(cb);
	struct wp_cursor *cursor = wp_cursor_of(cb);

	if (cursor->opened)
		return 0;
	if (needs_session) {
		if (!attrs[WAITPROF_A_SESSION_ID]) {
			NL_SET_ERR_MSG(cb->extack, "session id missing");
			return -EINVAL;
		}
		cursor->session = wp_session_get(nla_get_u32(attrs[WAITPROF_A_SESSION_ID]),
						 NETLINK_CB(cb->skb).portid, cb->extack);
		if (!cursor->session)
			return -ENOENT;
	}
	cursor->opened = true;
	return 1;
}

/**
 * wp_dump_done() - a dump has ended, or its reader is gone
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: 0.
 */
int wp_dump_done(struct netlink_callback *cb)
{
	struct wp_cursor *cursor = wp_cursor_of(cb);

	if (!cursor)
		return 0;
	if (cursor->session)
		wp_session_put(cursor->session);
	kvfree(cursor->tasks);
	kvfree(cursor);
	cb->args[0] = 0;
	return 0;
}

/**
 * wp_dump_message_begin() - begin one message of a dump
 * @skb: buffer to fill
 * @cb: the dump
 * @cmd: WAITPROF_CMD_*
 *
 * Context: process.
 * Return: for wp_dump_message_end(), or NULL: the buffer is full.
 */
void *wp_dump_message_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &wp_netlink_family, NLM_F_MULTI, cmd);
}

/**
 * wp_dump_message_end() - end a message, or take it back if it did not fit
 * @skb: buffer to fill
 * @header: what wp_dump_message_begin() returned
 * @err: of what was put into it
 *
 * Context: process.
 * Return: @err.
 */
int wp_dump_message_end(struct sk_buff *skb, void *header, int err)
{
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

/**
 * wp_dump_struct() - a message that holds one structure
 * @skb: buffer to fill
 * @cb: the dump
 * @cmd: WAITPROF_CMD_*
 * @attr: WAITPROF_A_*
 * @data: the structure, of whole u64
 * @bytes: its size
 *
 * Context: process.
 * Return: 0, or -EMSGSIZE: it did not fit.
 */
int wp_dump_struct(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, int attr,
		   const void *data, int bytes)
{
	void *header = wp_dump_message_begin(skb, cb, cmd);

	if (!header)
		return -EMSGSIZE;
	return wp_dump_message_end(skb, header,
				   nla_put_64bit(skb, attr, bytes, data, WAITPROF_A_PAD));
}

/**
 * wp_dump_result() - what a dump callback returns
 * @skb: buffer that was filled
 * @err: what the dump stopped at, or 0 at its end
 *
 * Context: process.
 * Return: bytes written; if nothing fits, @err.
 */
int wp_dump_result(struct sk_buff *skb, int err)
{
	return skb->len ? skb->len : err;
}
