// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows of a capture's tables to structures and back. What is read may come from
 * anybody: a value of another type, or too large for its member, is damage.
 *
 * SQLite knows no unsigned 64-bit numbers: addresses of the kernel are negative
 * there. Functions return SQLite's codes.
 */
#include <string.h>

#include "capture/capture_table.h"

static const char *sql_type(enum capture_type type)
{
	return type == CAPTURE_CHARS || type == CAPTURE_TEXT ? "TEXT" : "INTEGER";
}

/**
 * capture_table_sql() - what makes a table
 * @table: the table
 *
 * Return: its CREATE TABLE, to be freed by sqlite3_free(); NULL without memory.
 */
char *capture_table_sql(const struct capture_table *table)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);

	sqlite3_str_appendf(sql, "CREATE TABLE %s(", table->name);
	for (size_t i = 0; i < table->nr; i++)
		sqlite3_str_appendf(sql, "%s %s, ", table->columns[i].name,
				    sql_type(table->columns[i].type));
	sqlite3_str_appendf(sql, "PRIMARY KEY(%s)) WITHOUT ROWID", table->key);
	return sqlite3_str_finish(sql);
}

static int prepare(sqlite3 *db, sqlite3_str *sql, sqlite3_stmt **stmt)
{
	char *text = sqlite3_str_finish(sql);
	int ret = text ? sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL) :
			 SQLITE_NOMEM;

	sqlite3_free(text);
	return ret;
}

/**
 * capture_table_insert() - prepare to write rows
 * @db: database
 * @table: the table
 * @stmt: result, for capture_table_put()
 */
int capture_table_insert(sqlite3 *db, const struct capture_table *table, sqlite3_stmt **stmt)
{
	sqlite3_str *sql = sqlite3_str_new(db);

	sqlite3_str_appendf(sql, "INSERT OR REPLACE INTO %s VALUES(", table->name);
	for (size_t i = 0; i < table->nr; i++)
		sqlite3_str_appendall(sql, i ? ",?" : "?");
	sqlite3_str_appendall(sql, ")");
	return prepare(db, sql, stmt);
}

static int bind(sqlite3_stmt *stmt, int i, const struct capture_column *column, const void *from)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (column->type) {
	case CAPTURE_BOOL:
		return sqlite3_bind_int(stmt, i, *(const bool *)from);
	case CAPTURE_U16:
		memcpy(&u16, from, sizeof(u16));
		return sqlite3_bind_int(stmt, i, u16);
	case CAPTURE_U32:
		memcpy(&u32, from, sizeof(u32));
		return sqlite3_bind_int64(stmt, i, u32);
	case CAPTURE_U64:
		memcpy(&u64, from, sizeof(u64));
		return sqlite3_bind_int64(stmt, i, (sqlite3_int64)u64);
	case CAPTURE_CHARS:
		return sqlite3_bind_text(stmt, i, from, (int)strnlen(from, column->size),
					 SQLITE_STATIC);
	case CAPTURE_TEXT:
		return sqlite3_bind_text(stmt, i, *(const char *const *)from, -1, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

/**
 * capture_table_put() - write a row; one of the same key is replaced
 * @stmt: from capture_table_insert()
 * @table: the table
 * @from: structure with its values
 */
int capture_table_put(sqlite3_stmt *stmt, const struct capture_table *table, const void *from)
{
	int ret = SQLITE_OK;

	for (size_t i = 0; ret == SQLITE_OK && i < table->nr; i++)
		ret = bind(stmt, (int)i + 1, &table->columns[i],
			   (const char *)from + table->columns[i].offset);
	if (ret == SQLITE_OK) {
		sqlite3_step(stmt);
		ret = sqlite3_reset(stmt);
	}
	return ret;
}

/**
 * capture_table_select() - prepare to read rows
 * @db: database
 * @table: the table
 * @rest: WHERE, ORDER BY and so on
 * @stmt: result, for capture_table_get()
 */
int capture_table_select(sqlite3 *db, const struct capture_table *table, const char *rest,
			 sqlite3_stmt **stmt)
{
	sqlite3_str *sql = sqlite3_str_new(db);

	for (size_t i = 0; i < table->nr; i++)
		sqlite3_str_appendf(sql, "%s%s", i ? ", " : "SELECT ", table->columns[i].name);
	sqlite3_str_appendf(sql, " FROM %s %s", table->name, rest);
	return prepare(db, sql, stmt);
}

static bool get_number(uint64_t value, enum capture_type type, void *to)
{
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;

	switch (type) {
	case CAPTURE_BOOL:
		*(bool *)to = value;
		return value <= 1;
	case CAPTURE_U16:
		memcpy(to, &u16, sizeof(u16));
		return value <= UINT16_MAX;
	case CAPTURE_U32:
		memcpy(to, &u32, sizeof(u32));
		return value <= UINT32_MAX;
	default:
		memcpy(to, &value, sizeof(value));
		return true;
	}
}

static bool get_text(const char *text, size_t len, const struct capture_column *column, void *to)
{
	if (text && (len >= CAPTURE_MAX_TEXT || strlen(text) != len))
		return false;
	if (column->type == CAPTURE_TEXT) {
		*(const char **)to = text;
		return true;
	}
	if (!text || len >= column->size)
		return false;
	memset(to, 0, column->size);
	memcpy(to, text, len);
	return true;
}

/**
 * capture_table_get() - read the next row
 * @stmt: from capture_table_select()
 * @table: the table
 * @to: structure that gets the values; what has no column is left as it is
 *
 * Return: SQLITE_ROW; SQLITE_DONE: there is none; SQLITE_CORRUPT, also for values
 * that cannot be; another error.
 */
int capture_table_get(sqlite3_stmt *stmt, const struct capture_table *table, void *to)
{
	int ret = sqlite3_step(stmt);

	for (size_t i = 0; ret == SQLITE_ROW && i < table->nr; i++) {
		const struct capture_column *column = &table->columns[i];
		void *at = (char *)to + column->offset;
		int type = sqlite3_column_type(stmt, (int)i);
		const char *text;

		if (column->type == CAPTURE_CHARS || column->type == CAPTURE_TEXT) {
			if (type != SQLITE_TEXT && type != SQLITE_NULL)
				return SQLITE_CORRUPT;
			text = (const char *)sqlite3_column_text(stmt, (int)i);
			if (!get_text(text, (size_t)sqlite3_column_bytes(stmt, (int)i), column, at))
				return SQLITE_CORRUPT;
		} else if (type != SQLITE_INTEGER ||
			   !get_number((uint64_t)sqlite3_column_int64(stmt, (int)i), column->type,
				       at)) {
			return SQLITE_CORRUPT;
		}
	}
	return ret;
}
