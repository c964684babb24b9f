/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the client only: they alone know of attributes. */
#ifndef WAITPROF_CLI_CLIENT_CALL_H
#define WAITPROF_CLI_CLIENT_CALL_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

/* One message of a reply; a negative value ends the call with that error. */
typedef int (*client_reply_fn)(struct nlattr **attrs, void *arg);

/* Makes the request of a dump; NULL when memory is out. */
typedef struct nl_msg *(*client_make_fn)(struct client *client, uint32_t id, uint32_t value);

/* Rows gathered from a dump: what @arg of the reply function points to. */
struct client_rows {
	void *rows;
	size_t nr;
	size_t row_size;
};

struct nl_msg *client_prepare(struct client *client, int cmd, bool dump);
struct nl_msg *client_prepare_large(struct client *client, int cmd, uint32_t id);
int client_call(struct client *client, struct nl_msg *msg, client_reply_fn reply, void *arg);
struct nl_msg *client_prepare_id(struct client *client, int cmd, bool is_dump, uint32_t id);
struct nl_msg *client_prepare_u32(struct client *client, int cmd, uint32_t id, int attr,
				  uint32_t value);

void client_attr_u32(struct nlattr *attr, uint32_t *to);
void client_attr_u64(struct nlattr *attr, uint64_t *to);
void client_attr_string(struct nlattr *attr, char *to, size_t size);
void client_attr_struct(struct nlattr *attr, void *to, size_t size);

void *client_gather_row(struct client_rows *rows);
int client_gather(struct client *client, client_make_fn make, uint32_t id, uint32_t value,
		  client_reply_fn reply, size_t row_size, void **rows, size_t *nr);
int client_dump(struct client *client, client_make_fn make, uint32_t id, uint32_t value,
		client_reply_fn reply, void (*restart)(void *arg), void *arg);

#endif
