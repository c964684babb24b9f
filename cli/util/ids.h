/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_IDS_H
#define WAITPROF_CLI_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of ids; all zero = empty. */
struct ids {
	uint32_t *slots;
	size_t size;
	size_t nr;
};

bool ids_add(struct ids *ids, uint32_t id);
void ids_free(struct ids *ids);

#endif
