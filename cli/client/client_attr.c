// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes to values, and dumps to arrays. Every attribute is optional here,
 * and one that is longer than we know (a newer module) is taken as far as we
 * know it, so that only a changed ABI number makes a reader refuse.
 *
 * A dump that was interrupted is thrown away and read again, DUMP_TRIES times.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "client/client_call.h"

#define DUMP_TRIES 8

/**
 * client_attr_u32() - take a value, or leave @to as it is
 * @attr: attribute, NULL when there is none
 * @to: result
 */
void client_attr_u32(struct nlattr *attr, uint32_t *to)
{
	if (attr && nla_len(attr) >= (int)sizeof(*to))
		*to = nla_get_u32(attr);
}

/**
 * client_attr_u64() - take a value, or leave @to as it is
 * @attr: attribute, NULL when there is none
 * @to: result
 */
void client_attr_u64(struct nlattr *attr, uint64_t *to)
{
	if (attr && nla_len(attr) >= (int)sizeof(*to))
		*to = nla_get_u64(attr);
}

/**
 * client_attr_string() - take a string, or leave @to as it is
 * @attr: attribute, NULL when there is none
 * @to: result, always terminated
 * @size: its room
 */
void client_attr_string(struct nlattr *attr, char *to, size_t size)
{
	if (attr)
		nla_strlcpy(to, attr, size);
}

/**
 * client_attr_struct() - take a structure, as far as it goes
 * @attr: attribute, NULL when there is none
 * @to: result
 * @size: its size
 */
void client_attr_struct(struct nlattr *attr, void *to, size_t size)
{
	if (attr)
		nla_memcpy(to, attr, (int)size);
}

/**
 * client_gather_row() - room for one more row
 * @g: rows so far
 *
 * Return: the row, zeroed, good until the next; NULL when memory is out.
 */
void *client_gather_row(struct client_rows *g)
{
	void *rows = g->rows;

	/* Room doubles: it is full at each power of two. */
	if (!(g->nr & (g->nr - 1))) {
		rows = reallocarray(g->rows, g->nr ? g->nr * 2 : 1, g->row_size);
		if (!rows)
			return NULL;
		g->rows = rows;
	}
	return memset((char *)rows + g->nr++ * g->row_size, 0, g->row_size);
}

static void forget_rows(void *arg)
{
	struct client_rows *g = arg;

	free(g->rows);
	g->rows = NULL;
	g->nr = 0;
}

/**
 * client_dump() - make a request until its answer was not interrupted
 * @c: client
 * @make: makes the request
 * @id: for @make
 * @value: for @make
 * @reply: called for each message
 * @restart: forgets what @reply took so far; may be NULL
 * @arg: for @reply and @restart
 *
 * Return: 0, -EINTR after too many tries, another -errno.
 */
int client_dump(struct client *c, client_make_fn make, uint32_t id, uint32_t value,
		client_reply_fn reply, void (*restart)(void *), void *arg)
{
	int ret = -EINTR;

	for (int i = 0; i < DUMP_TRIES && ret == -EINTR; i++) {
		if (i && restart)
			restart(arg);
		ret = client_call(c, make(c, id, value), reply, arg);
	}
	return ret;
}

/**
 * client_gather() - a dump into an array
 * @c: client
 * @make: makes the request
 * @id: for @make
 * @value: for @make
 * @reply: takes a row from client_gather_row() for each message
 * @row_size: size of a row
 * @rows: result, to be freed; NULL on failure
 * @nr: number of rows
 *
 * Return: 0 or -errno.
 */
int client_gather(struct client *c, client_make_fn make, uint32_t id, uint32_t value,
		  client_reply_fn reply, size_t row_size, void **rows, size_t *nr)
{
	struct client_rows g = { .row_size = row_size };
	int ret = client_dump(c, make, id, value, reply, forget_rows, &g);

	if (ret)
		forget_rows(&g);
	*rows = g.rows;
	*nr = g.nr;
	return ret;
}

/**
 * client_prepare_id() - begin a request about a session
 * @c: client
 * @cmd: WAITPROF_CMD_*
 * @is_dump: many replies
 * @id: session
 *
 * Return: as client_prepare().
 */
struct nl_msg *client_prepare_id(struct client *c, int cmd, bool is_dump, uint32_t id)
{
	struct nl_msg *msg = client_prepare(c, cmd, is_dump);

	if (msg && nla_put_u32(msg, WAITPROF_A_SESSION_ID, id)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/**
 * client_prepare_u32() - begin a dump about a session, with one value
 * @c: client
 * @cmd: WAITPROF_CMD_*
 * @id: session
 * @attr: WAITPROF_A_*
 * @value: its value
 *
 * Return: as client_prepare().
 */
struct nl_msg *client_prepare_u32(struct client *c, int cmd, uint32_t id, int attr, uint32_t value)
{
	struct nl_msg *msg = client_prepare_id(c, cmd, true, id);

	if (msg && nla_put_u32(msg, attr, value)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}
