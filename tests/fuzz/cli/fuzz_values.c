// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input changes values in a capture that SQLite finds nothing wrong with: first byte,
 * which command shows it; then, again and again: table, column, which rows, kind of
 * value, and for numbers and texts the value itself (8 bytes, or a length and the text).
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "capture_made.h"

#include "capture/capture_schema.h"
#include "fuzz.h"
#include "fuzz_commands.h"

#define MAX_BYTES   (1 << 20)
#define MAX_CHANGES 64

static uint8_t original[MAX_BYTES];
static size_t original_size;

struct input {
	const uint8_t *at;
	size_t left;
};

static uint8_t byte_of(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static uint64_t number_of(struct input *in)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value |= (uint64_t)byte_of(in) << 8 * i;
	return value;
}

static void bind_value(sqlite3_stmt *stmt, struct input *in)
{
	static const int64_t edges[] = { 0,	     -1,	1,	   INT32_MAX,
					 UINT32_MAX, INT64_MAX, INT64_MIN, 4294967296 };
	size_t size;

	switch (byte_of(in) % 7) {
	case 0:
		sqlite3_bind_null(stmt, 1);
		break;
	case 1:
		sqlite3_bind_double(stmt, 1, -1e300);
		break;
	case 2:
	case 3:
		size = byte_of(in);
		if (size > in->left)
			size = in->left;
		if (size % 2)
			sqlite3_bind_blob(stmt, 1, in->at, (int)size, SQLITE_STATIC);
		else
			sqlite3_bind_text(stmt, 1, (const char *)in->at, (int)size, SQLITE_STATIC);
		in->at += size;
		in->left -= size;
		break;
	case 4:
		sqlite3_bind_int64(stmt, 1, edges[byte_of(in) % 8]);
		break;
	case 5:
		sqlite3_bind_int64(stmt, 1, byte_of(in));
		break;
	default:
		sqlite3_bind_int64(stmt, 1, (int64_t)number_of(in));
		break;
	}
}

static void change(sqlite3 *db, struct input *in)
{
	const struct capture_table *table = capture_tables[byte_of(in) % capture_nr_tables];
	const char *column = table->columns[byte_of(in) % table->nr].name;
	uint8_t rows = byte_of(in);
	sqlite3_stmt *stmt;
	char *sql;

	if (rows == 255)
		sql = sqlite3_mprintf("DELETE FROM %s WHERE %s = ?", table->name, column);
	else
		sql = sqlite3_mprintf("UPDATE OR REPLACE %s SET %s = ? WHERE %s %% %d = %d",
				      table->name, column, table->columns[0].name, 1 + rows % 5,
				      rows / 5 % (1 + rows % 5));
	if (!sql || sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		abort();
	bind_value(stmt, in);
	sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	sqlite3_free(sql);
}

static void make_original(void)
{
	const char *path = fuzz_path("original.wp");
	struct made made;
	FILE *file;

	made_init(&made);
	made_file(&made, path, 20);
	made_free(&made);
	file = fopen(path, "r");
	if (file)
		original_size = fread(original, 1, sizeof(original), file);
	if (!original_size || original_size == sizeof(original))
		abort();
	fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	const char *path = fuzz_path("x.wp");
	unsigned int which = byte_of(&in);
	sqlite3 *db;

	if (!original_size)
		make_original();
	fuzz_write(path, original, original_size);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		abort();
	sqlite3_exec(db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; BEGIN", NULL, NULL,
		     NULL);
	/* As a recording leaves it that was cut off. */
	if (which & 0x80)
		sqlite3_exec(db, "DELETE FROM info WHERE name = 'finished'; DELETE FROM name", NULL,
			     NULL, NULL);
	for (int i = 0; in.left && i < MAX_CHANGES; i++)
		change(db, &in);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
	fuzz_show(path, which & 0x7f);
	return 0;
}
