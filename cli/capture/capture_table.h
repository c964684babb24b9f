/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of a capture: which column holds which member of which structure. Writer,
 * reader and the check of a foreign file all go by these rows.
 */
#ifndef WAITPROF_CLI_CAPTURE_TABLE_H
#define WAITPROF_CLI_CAPTURE_TABLE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a member is kept; all but the last two are INTEGER. */
enum capture_type {
	CAPTURE_BOOL,
	CAPTURE_U16,
	CAPTURE_U32,
	CAPTURE_U64,
	CAPTURE_CHARS, /* char[], ended by a 0 */
	CAPTURE_TEXT, /* const char *, NULL allowed; read: good until the next row */
};

/* A text that is longer is damage. */
#define CAPTURE_MAX_TEXT 4096

/**
 * struct capture_column - a column
 * @name: its name
 * @type: what the member is
 * @offset: of the member in the structure
 * @size: of a CAPTURE_CHARS
 */
struct capture_column {
	const char *name;
	enum capture_type type;
	size_t offset;
	size_t size;
};

/**
 * struct capture_table - a table
 * @name: its name
 * @key: its PRIMARY KEY, as SQL has it
 * @columns: its columns
 * @nr: their number
 * @is_later: captures made before it was invented do not have it
 */
struct capture_table {
	const char *name;
	const char *key;
	const struct capture_column *columns;
	size_t nr;
	bool is_later;
};

char *capture_table_sql(const struct capture_table *table);
int capture_table_insert(sqlite3 *db, const struct capture_table *table, sqlite3_stmt **stmt);
int capture_table_put(sqlite3_stmt *stmt, const struct capture_table *table, const void *from);
int capture_table_select(sqlite3 *db, const struct capture_table *table, const char *rest,
			 sqlite3_stmt **stmt);
int capture_table_get(sqlite3_stmt *stmt, const struct capture_table *table, void *to);

#endif
