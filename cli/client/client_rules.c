// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unwind rules over netlink: tables in pieces, mappings of address spaces, and
 * what walks of user stacks did not know.
 */
#include <errno.h>
#include <string.h>

#include "client/client_call.h"
#include "client/client_rules.h"

#define PIECE_RULES 4096

static int read_space(struct nlattr **a, void *arg)
{
	struct client_space *space = arg;

	client_attr_u64(a[WAITPROF_A_SPACE_ID], &space->id);
	client_attr_u32(a[WAITPROF_A_SPACE_EPOCH], &space->epoch);
	return 0;
}

/**
 * client_space() - which address space a process has now
 * @client: client
 * @session: its id
 * @tgid: process
 * @space: result
 *
 * Return: 0 or -errno; -ESRCH there is no such process.
 */
int client_space(struct client *client, uint32_t session, uint32_t tgid, struct client_space *space)
{
	struct nl_msg *msg = client_prepare_id(client, WAITPROF_CMD_ADD_RULES, false, session);

	memset(space, 0, sizeof(*space));
	if (msg && nla_put_u32(msg, WAITPROF_A_SPACE_TGID, tgid)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return client_call(client, msg, read_space, space);
}

/**
 * client_mappings() - tell the executable mappings of an address space
 * @client: client
 * @session: its id
 * @space: space, with the epoch from before the mappings were read; becomes what
 *	the module says now
 * @rows: all of them, sorted
 * @nr: their number
 *
 * Return: 0 or -errno; -ESTALE they have changed meanwhile.
 */
int client_mappings(struct client *client, uint32_t session, struct client_space *space,
		    const struct waitprof_mapping *rows, size_t nr)
{
	struct nl_msg *msg = client_prepare_large(client, WAITPROF_CMD_ADD_RULES, session);

	if (msg && (nla_put_u64(msg, WAITPROF_A_SPACE_ID, space->id) ||
		    nla_put_u32(msg, WAITPROF_A_SPACE_EPOCH, space->epoch) ||
		    nla_put(msg, WAITPROF_A_SPACE_MAPPINGS, (int)(nr * sizeof(*rows)), rows))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return client_call(client, msg, read_space, space);
}

/**
 * client_table() - send a table of rules, piece by piece
 * @client: client
 * @session: its id
 * @table: number of the table
 * @steps: its steps
 * @nr_steps: their number
 * @rules: its rules
 * @nr_rules: their number
 *
 * Return: 0 or -errno; -ENOSPC the session has no memory left for it.
 */
int client_table(struct client *client, uint32_t session, uint32_t table,
		 const struct waitprof_step *steps, uint32_t nr_steps,
		 const struct waitprof_rule *rules, uint32_t nr_rules)
{
	int ret = 0;

	for (uint32_t first = 0; !ret && first < nr_rules; first += PIECE_RULES) {
		uint32_t nr = nr_rules - first < PIECE_RULES ? nr_rules - first : PIECE_RULES;
		struct nl_msg *msg = client_prepare_large(client, WAITPROF_CMD_ADD_RULES, session);

		if (msg &&
		    (nla_put_u32(msg, WAITPROF_A_RULES_TABLE, table) ||
		     nla_put_u32(msg, WAITPROF_A_RULES_TOTAL, nr_rules) ||
		     nla_put_u32(msg, WAITPROF_A_RULES_FIRST, first) ||
		     (!first && nla_put(msg, WAITPROF_A_RULES_STEPS,
					(int)(nr_steps * sizeof(*steps)), steps)) ||
		     nla_put(msg, WAITPROF_A_RULES, (int)(nr * sizeof(*rules)), rules + first))) {
			nlmsg_free(msg);
			msg = NULL;
		}
		ret = client_call(client, msg, NULL, NULL);
	}
	return ret;
}

static struct nl_msg *make_unknown(struct client *c, uint32_t id, uint32_t value)
{
	(void)value;
	return client_prepare_id(c, WAITPROF_CMD_GET_UNKNOWN, true, id);
}

static int read_unknown(struct nlattr **a, void *arg)
{
	struct waitprof_unknown *row;

	if (!a[WAITPROF_A_UNKNOWN])
		return 0;
	row = client_gather_row(arg);
	if (!row)
		return -ENOMEM;
	client_attr_struct(a[WAITPROF_A_UNKNOWN], row, sizeof(*row));
	return 0;
}

/**
 * client_unknown() - where walks of user stacks stopped since last told
 * @client: client
 * @session: its id
 * @rows: result, to be freed
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int client_unknown(struct client *client, uint32_t session, struct waitprof_unknown **rows,
		   size_t *nr)
{
	return client_gather(client, make_unknown, session, 0, read_unknown, sizeof(**rows),
			     (void **)rows, nr);
}
