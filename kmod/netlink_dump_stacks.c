// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of a session's stacks, from the id that the reader has come to: they stay,
 * so it asks for each once.
 */
#include <linux/skbuff.h>
#include <net/genetlink.h>

#include "hide.h"
#include "netlink.h"
#include "netlink_dump.h"
#include "session.h"

static int put_stack(struct sk_buff *skb, struct netlink_callback *cb, u32 id,
		     const u64 *frames, u32 nr, u32 flags)
{
	bool hidden = wp_cursor_of(cb)->hidden && !(flags & WAITPROF_STACK_F_USER);
	void *header = wp_dump_message_begin(skb, cb, WAITPROF_CMD_GET_STACKS);
	int err;

	if (!header)
		return -EMSGSIZE;
	err = nla_put_u32(skb, WAITPROF_A_STACK_ID, id) ?:
	      nla_put_u32(skb, WAITPROF_A_STACK_FLAGS, flags) ?:
	      nla_put_64bit(skb, WAITPROF_A_STACK_FRAMES, nr * sizeof(*frames), frames,
			    WAITPROF_A_PAD);
	if (!err && hidden)
		wp_hide_addresses(skb_tail_pointer(skb) - nr * sizeof(*frames), nr);
	return wp_dump_message_end(skb, header, err);
}

/**
 * wp_dump_stacks() - go on with a dump of a session's stacks
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_stacks(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = wp_genl_dump_attrs(cb);
	struct wp_cursor *cursor = wp_cursor_of(cb);
	int err = wp_cursor_open(cb, true);
	struct wp_stack_table *stacks;
	u32 last;

	if (err < 0)
		return err;
	if (err)
		cursor->inner = attrs[WAITPROF_A_STACK_FROM] ?
				nla_get_u32(attrs[WAITPROF_A_STACK_FROM]) : 1;
	stacks = &cursor->session->stacks;
	last = wp_stack_used(stacks);
	err = 0;
	for (; cursor->inner <= last; cursor->inner++) {
		u32 nr, flags;
		const u64 *frames = wp_stack_get(stacks, cursor->inner, &nr, &flags);

		if (!frames)
			continue;
		err = put_stack(skb, cb, cursor->inner, frames, nr, flags);
		if (err)
			break;
	}
	return wp_dump_result(skb, err);
}
