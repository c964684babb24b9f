/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the capture_write*.c files. */
#ifndef WAITPROF_CLI_CAPTURE_WRITE_IMPL_H
#define WAITPROF_CLI_CAPTURE_WRITE_IMPL_H

#include "capture/capture_schema.h"
#include "capture/capture_write.h"
#include "util/ids.h"

#define CAPTURE_NR_TABLES 24 /* or fewer */

/**
 * struct capture_writer - a capture being written
 * @path: the file
 * @db: the database
 * @inserts: by table, in the order of capture_tables[]
 * @replaced: there was another capture before
 * @keys: keys of rows; their numbers in the file are their places here, from 1 on
 * @is_written: by stack id: is it in the file
 * @nr_is_written: room of it
 * @next_stack: all before are in the file
 * @nr_seen: stacks from /proc that are
 * @threads: whose names are
 * @processes: whose ids in their own namespaces are
 * @naming: who knows names; may be NULL
 * @nr_records: written so far
 * @why: what went wrong
 * @next: what to do about it
 */
struct capture_writer {
	char *path;
	sqlite3 *db;
	struct sqlite3_stmt *inserts[CAPTURE_NR_TABLES];
	bool replaced;
	struct profile keys;
	uint8_t *is_written;
	uint32_t nr_is_written;
	uint32_t next_stack;
	uint32_t nr_seen;
	struct ids threads;
	struct ids processes;
	struct naming *naming;
	uint64_t nr_records;
	char why[200];
	const char *next;
};

int capture_write_fail(struct capture_writer *w, int code);
int capture_put_process(struct capture_writer *w, uint32_t pid, uint32_t ns_pid);
int capture_put(struct capture_writer *w, const struct capture_table *table, const void *from);
int capture_execute(struct capture_writer *w, const char *sql);

#endif
