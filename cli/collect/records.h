/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_RECORDS_H
#define WAITPROF_CLI_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "linux/waitprof.h"

/**
 * struct records - waits that have been read, until it is their turn
 * @rows: the waits; the first ones in order after records_due()
 * @nr: how many
 * @size: room
 */
struct records {
	struct waitprof_record *rows;
	size_t nr;
	size_t size;
};

void records_free(struct records *r);
int records_add(struct records *r, const struct waitprof_record *record);
size_t records_due(struct records *r, uint64_t until_ns);
void records_drop(struct records *r, size_t nr);

#endif
