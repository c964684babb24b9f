// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of all sessions: what their readers asked for, what they counted and lost.
 */
#include <net/netlink.h>

#include "netlink.h"
#include "netlink_dump.h"
#include "session.h"

static int put_ids(struct sk_buff *skb, int attr, const u32 *ids, u32 nr)
{
	return nr ? nla_put(skb, attr, nr * sizeof(*ids), ids) : 0;
}

static int put_task_filter(struct sk_buff *skb, const struct wp_filter *filter)
{
	int err = 0;

	if (filter->comm_glob[0])
		err = nla_put_string(skb, WAITPROF_A_SESSION_COMM_GLOB, filter->comm_glob);
	if (!err && filter->cgroup)
		err = nla_put_u64_64bit(skb, WAITPROF_A_SESSION_CGROUP, filter->cgroup,
					WAITPROF_A_PAD);
	return err;
}

static int put_session(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct wp_session *session)
{
	void *header = wp_dump_message_begin(skb, cb, WAITPROF_CMD_SESSION_GET);
	const struct wp_filter *filter = &session->filter;
	int err;

	if (!header)
		return -EMSGSIZE;
	err = nla_put_u32(skb, WAITPROF_A_SESSION_ID, session->id) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_PORTID, session->portid) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_OWNER, session->owner_tgid) ?:
	      nla_put_string(skb, WAITPROF_A_SESSION_COMM, session->owner_comm) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_CLASSES, wp_session_classes(session)) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_FLAGS, session->flags) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_SESSION_MIN_NS, filter->min_ns,
				WAITPROF_A_PAD) ?:
	      put_ids(skb, WAITPROF_A_SESSION_TGIDS, filter->tgids, filter->nr_tgids) ?:
	      put_ids(skb, WAITPROF_A_SESSION_TIDS, filter->tids, filter->nr_tids) ?:
	      put_task_filter(skb, filter) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_NOT_TGID, filter->not_tgid) ?:
	      nla_put_u8(skb, WAITPROF_A_SESSION_PAUSED, READ_ONCE(session->paused)) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_SESSION_START_NS, READ_ONCE(session->start_ns),
				WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_SESSION_USED_BYTES,
				wp_budget_used(&session->budget), WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_SESSION_BYTES, session->budget.limit_bytes,
				WAITPROF_A_PAD) ?:
	      wp_netlink_put_stats(skb, session);
	return wp_dump_message_end(skb, header, err);
}

/**
 * wp_dump_sessions() - go on with a dump of all sessions
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_sessions(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wp_cursor *cursor = wp_cursor_of(cb);
	struct wp_session *session;
	int err = wp_cursor_open(cb, false);

	if (err < 0)
		return err;
	err = 0;
	while (!err) {
		session = wp_session_get_next(cursor->inner);
		if (!session)
			break;
		err = put_session(skb, cb, session);
		if (!err)
			cursor->inner = session->id;
		wp_session_put(session);
	}
	return wp_dump_result(skb, err);
}
