// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where an address of a recorded process lay.
 */
#include <string.h>

#include "capture/capture_impl.h"

/**
 * capture_map() - the mapping that an address lies in
 * @c: capture
 * @pid: the process
 * @pc: the address
 *
 * Return: the mapping, good until @c is closed; NULL when it is not known.
 */
const struct symbol_map *capture_map(struct capture *c, pid_t pid, uint64_t pc)
{
	const struct symbol_map *kept = NULL;
	struct capture_mapping row;

	if (pid <= 0)
		return NULL;
	if (!c->maps && capture_table_select(c->db, &capture_mappings,
					     "WHERE pid = ? AND start <= ? AND stop > ?"
					     " ORDER BY generation DESC LIMIT 1",
					     &c->maps) != SQLITE_OK)
		return NULL;
	sqlite3_reset(c->maps);
	sqlite3_bind_int64(c->maps, 1, pid);
	sqlite3_bind_int64(c->maps, 2, (sqlite3_int64)pc);
	sqlite3_bind_int64(c->maps, 3, (sqlite3_int64)pc);
	if (capture_table_get(c->maps, &capture_mappings, &row) == SQLITE_ROW) {
		const struct symbol_map map = {
			.start = row.start,
			.end = row.end,
			.offset = row.offset,
			.path = capture_clean(c->symbols, row.path),
			.build_id = row.build_id && row.build_id[0] ?
					    capture_clean(c->symbols, row.build_id) :
					    NULL,
		};

		kept = symbols_keep_map(c->symbols, &map);
	}
	sqlite3_reset(c->maps);
	return kept;
}
