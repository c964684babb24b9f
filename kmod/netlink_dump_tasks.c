// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of the threads that a session's filter takes, as they are at its first call.
 */
#include <linux/kernel.h>
#include <net/netlink.h>

#include "netlink.h"
#include "netlink_dump.h"
#include "session.h"
#include "task.h"

/* Tasks in one message. */
#define WP_DUMP_TASKS	256

static int put_tasks(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct waitprof_task *tasks, u32 nr)
{
	void *header = wp_dump_message_begin(skb, cb, WAITPROF_CMD_GET_TASKS);

	if (!header)
		return -EMSGSIZE;
	return wp_dump_message_end(skb, header,
				   nla_put(skb, WAITPROF_A_TASKS, nr * sizeof(*tasks), tasks));
}

/**
 * wp_dump_tasks() - go on with a dump of the threads that a session's filter takes
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_tasks(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wp_cursor *cursor = wp_cursor_of(cb);
	int err = wp_cursor_open(cb, true);

	if (err > 0)
		err = wp_task_list(&cursor->session->filter, &cursor->tasks,
				   &cursor->nr_tasks);
	while (!err && cursor->inner < cursor->nr_tasks) {
		u32 nr = min_t(u32, cursor->nr_tasks - cursor->inner, WP_DUMP_TASKS);

		err = put_tasks(skb, cb, cursor->tasks + cursor->inner, nr);
		if (!err)
			cursor->inner += nr;
	}
	return wp_dump_result(skb, err);
}
