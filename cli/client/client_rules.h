/* SPDX-License-Identifier: GPL-2.0-only */
/* Unwind rules over netlink; as client.h. */
#ifndef WAITPROF_CLI_CLIENT_RULES_H
#define WAITPROF_CLI_CLIENT_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "linux/waitprof.h"

struct client;

/* An address space, as the module told it last. */
struct client_space {
	uint64_t id;
	uint32_t epoch;
};

int client_space(struct client *client, uint32_t session, uint32_t tgid,
		 struct client_space *space);
int client_mappings(struct client *client, uint32_t session, struct client_space *space,
		    const struct waitprof_mapping *rows, size_t nr);
int client_table(struct client *client, uint32_t session, uint32_t table,
		 const struct waitprof_step *steps, uint32_t nr_steps,
		 const struct waitprof_rule *rules, uint32_t nr_rules);
int client_unknown(struct client *client, uint32_t session, struct waitprof_unknown **rows,
		   size_t *nr);

#endif
