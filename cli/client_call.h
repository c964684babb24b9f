/* SPDX-License-Identifier: GPL-2.0-only */
/* Between client.c and client_read.c only. */
#ifndef WAITPROF_CLI_CLIENT_CALL_H
#define WAITPROF_CLI_CLIENT_CALL_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>

struct client;

/* One message of a reply; a negative value ends the call with that error. */
typedef int (*client_reply_fn)(struct nlattr **attrs, void *arg);

struct nl_msg *client_prepare(struct client *client, int cmd, bool dump);
int client_call(struct client *client, struct nl_msg *msg, client_reply_fn reply, void *arg);

#endif
