// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of a session's records: they are taken out of their ring once they are in a
 * message that fits, so that none is lost between two buffers.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <net/genetlink.h>

#include "hide.h"
#include "netlink.h"
#include "netlink_dump.h"
#include "session.h"

/* Records that go into one message of at most WP_DUMP_BYTES. */
#define WP_DUMP_RECORDS							\
	((u32)((WP_DUMP_BYTES - NLMSG_HDRLEN - GENL_HDRLEN -		\
		nla_total_size_64bit(0)) / sizeof(struct waitprof_record)))

/* Return: how many of the records found their way into a message, or -EMSGSIZE. */
static int put_records(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct waitprof_record *records, u32 nr)
{
	void *header = wp_dump_message_begin(skb, cb, WAITPROF_CMD_GET_RECORDS);
	u32 room, each = sizeof(*records);
	int err;

	if (!header)
		return -EMSGSIZE;
	room = skb_tailroom(skb);
	room = room > nla_total_size_64bit(0) ? room - nla_total_size_64bit(0) : 0;
	nr = min3(nr, room / each, WP_DUMP_RECORDS);
	err = nr ? nla_put_64bit(skb, WAITPROF_A_RECORDS, nr * each, records, WAITPROF_A_PAD) :
		   -EMSGSIZE;
	if (!err && wp_cursor_of(cb)->hidden)
		wp_hide_records(skb_tail_pointer(skb) - nr * each, nr);
	return wp_dump_message_end(skb, header, err) ?: nr;
}

/*
 * What a ring held when the dump came to it, no more: its CPU may fill it as fast
 * as it is emptied.
 */
static int dump_ring(struct sk_buff *skb, struct netlink_callback *cb,
		     struct wp_cursor *cursor, struct wp_ring *ring)
{
	const struct waitprof_record *records;
	u32 nr;
	int ret;

	if (!cursor->in_ring)
		cursor->inner = wp_ring_pending(ring);
	cursor->in_ring = true;
	while (cursor->inner) {
		nr = min(wp_ring_peek(ring, &records), cursor->inner);
		ret = put_records(skb, cb, records, nr);
		if (ret < 0)
			return ret;
		wp_ring_take(ring, ret);
		cursor->inner -= ret;
	}
	cursor->in_ring = false;
	return 0;
}

/**
 * wp_dump_records() - go on with a dump of a session's records
 * @skb: buffer to fill
 * @cb: the dump
 *
 * A session has one socket and a socket one dump at a time, so the rings have one
 * reader.
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_records(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wp_cursor *cursor = wp_cursor_of(cb);
	int err = wp_cursor_open(cb, true);

	if (err < 0)
		return err;
	if (!(cursor->session->flags & WAITPROF_SESSION_F_RECORDS)) {
		NL_SET_ERR_MSG(cb->extack, "this session keeps no records");
		return -EOPNOTSUPP;
	}
	err = 0;
	for (; !err && cursor->outer < nr_cpu_ids; cursor->outer += !err) {
		struct wp_session_cpu *cpu = cursor->session->cpu[cursor->outer];

		if (cpu)
			err = dump_ring(skb, cb, cursor, &cpu->ring);
	}
	return wp_dump_result(skb, err);
}
