// SPDX-License-Identifier: GPL-2.0-only
/*
 * Captures opened for reading. A file may come from anybody: SQLite is told so, is
 * kept from writing and from running anything that the file brings along, and its
 * tables have to be the very ones that a recording makes; every value is checked
 * where it is read (capture_table.c), every count is bounded.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "capture/capture_impl.h"
#include "capture/capture_vfs.h"

/* Looking at every page for its own sake may take that long. */
#define CHECK_S 3

static const char again[] = "record it again";

/**
 * capture_refuse() - keep what is wrong, in words
 * @c: capture
 * @error: -errno
 * @why: what is wrong
 * @next: what to do about it, or NULL
 *
 * Return: @error.
 */
int capture_refuse(struct capture *c, int error, const char *why, const char *next)
{
	if (!c->why[0]) {
		snprintf(c->why, sizeof(c->why), "%s", why);
		c->next = next;
	}
	return error;
}

/**
 * capture_fail() - what an error of SQLite means for a capture
 * @c: capture
 * @code: of SQLite
 *
 * Return: 0 when it is none, else -errno.
 */
int capture_fail(struct capture *c, int code)
{
	int error = c->db ? sqlite3_system_errno(c->db) : 0;

	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return capture_refuse(c, -ENOMEM, strerror(ENOMEM), NULL);
	case SQLITE_BUSY:
		return capture_refuse(c, -EBUSY, "is in use by another program", "try again");
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
		return capture_refuse(c, -EACCES, "was cut off, and cannot be put together again",
				      "copy it and the file ending in -wal to another folder");
	case SQLITE_IOERR:
		if (error)
			return capture_refuse(c, -error, strerror(error), NULL);
		break;
	default:
		break;
	}
	return capture_refuse(c, -EBADMSG, "is damaged, or a part of it is missing", again);
}

/**
 * capture_clean() - keep a text of the file
 * @symbols: keeps it
 * @text: the text; NULL allowed
 *
 * Return: the text without characters that could move a terminal's cursor.
 */
const char *capture_clean(struct symbols *symbols, const char *text)
{
	char clean[CAPTURE_MAX_TEXT];
	size_t len = text ? strnlen(text, sizeof(clean) - 1) : 0;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++)
		clean[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
	clean[len] = '\0';
	return symbols_intern(symbols, clean);
}

static int check_kind(struct capture *c)
{
	struct capture_file file;
	char why[100];

	capture_file_look(&file, c->path);
	switch (file.kind) {
	case CAPTURE_FILE_CAPTURE:
		break;
	case CAPTURE_FILE_ABSENT:
		return capture_refuse(c, -ENOENT, "no such file",
				      "'waitprof record -o FILE' makes a capture");
	case CAPTURE_FILE_EMPTY:
		return capture_refuse(c, -EBADMSG, "is empty", again);
	case CAPTURE_FILE_BUSY:
		snprintf(why, sizeof(why), "is still being recorded, by process %d", file.pid);
		return capture_refuse(c, -EBUSY, why, "end that first");
	case CAPTURE_FILE_FOREIGN:
	case CAPTURE_FILE_NO_FILE:
		return capture_refuse(c, -EBADMSG, "is no capture",
				      "'waitprof record -o FILE' makes one");
	case CAPTURE_FILE_ERROR:
		return capture_refuse(
			c, file.error, strerror(-file.error),
			file.error == -EACCES ? "only its owner and root may read it" : NULL);
	}
	if (file.version <= CAPTURE_VERSION && file.version)
		return 0;
	snprintf(why, sizeof(why), "is of format %u, this program knows those up to %u",
		 file.version, CAPTURE_VERSION);
	return capture_refuse(c, -EPROTO, why, "use the waitprof that recorded it, or a newer one");
}

/* A '?' or '%' in a name is not for SQLite to interpret. */
static char *uri_of(const char *path, const char *query)
{
	char *uri = malloc(3 * strlen(path) + strlen(query) + 16), *at;

	if (!uri)
		return NULL;
	at = stpcpy(uri, *path == '/' ? "file://" : "file:");
	for (; *path; path++)
		at += sprintf(at, strchr("?#%", *path) ? "%%%02x" : "%c", (unsigned char)*path);
	strcpy(at, query);
	return uri;
}

static bool is_there(const char *path, const char *suffix)
{
	char name[PATH_MAX + 16];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return !access(name, F_OK);
}

static int open_database(struct capture *c)
{
	bool cut_off = is_there(c->path, "-wal") || is_there(c->path, "-journal");
	char *uri = uri_of(c->path, cut_off ? "?mode=ro" : "?mode=ro&immutable=1");
	int ret =
		uri ? sqlite3_open_v2(uri, &c->db,
				      SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
				      capture_vfs()) :
		      SQLITE_NOMEM;

	free(uri);
	return capture_fail(c, ret);
}

static void distrust(sqlite3 *db)
{
	static const struct {
		int id;
		int value;
	} limits[] = {
		{ SQLITE_LIMIT_LENGTH, 1 << 20 },
		{ SQLITE_LIMIT_SQL_LENGTH, 1 << 14 },
		{ SQLITE_LIMIT_COLUMN, 100 },
		{ SQLITE_LIMIT_EXPR_DEPTH, 20 },
		{ SQLITE_LIMIT_COMPOUND_SELECT, 3 },
		{ SQLITE_LIMIT_VDBE_OP, 25000 },
		{ SQLITE_LIMIT_FUNCTION_ARG, 8 },
		{ SQLITE_LIMIT_ATTACHED, 0 },
		{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50 },
		{ SQLITE_LIMIT_VARIABLE_NUMBER, 10 },
		{ SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
		{ SQLITE_LIMIT_WORKER_THREADS, 0 },
	};

	sqlite3_extended_result_codes(db, 1);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(db, limits[i].id, limits[i].value);
	sqlite3_exec(db,
		     "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA query_only = ON;"
		     "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF",
		     NULL, NULL, NULL);
}

/* Whether one that may be missing had to be there is told by what is said about it. */
static bool same_table(sqlite3_stmt *find, const struct capture_table *table)
{
	char *sql = capture_table_sql(table);
	const char *found = NULL;
	bool same;

	sqlite3_reset(find);
	sqlite3_bind_text(find, 1, table->name, -1, SQLITE_STATIC);
	if (sqlite3_step(find) == SQLITE_ROW)
		found = (const char *)sqlite3_column_text(find, 0);
	same = sql && (found ? !strcmp(sql, found) : table->is_later);
	sqlite3_free(sql);
	return same;
}

static int check_tables(struct capture *c)
{
	sqlite3_stmt *find;
	int ret = sqlite3_prepare_v2(
		c->db, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", -1, &find,
		NULL);

	for (size_t i = 0; ret == SQLITE_OK && i < capture_nr_tables; i++)
		if (!same_table(find, capture_tables[i]))
			ret = SQLITE_CORRUPT;
	sqlite3_finalize(find);
	return capture_fail(c, ret);
}

static int is_late(void *until)
{
	return time(NULL) > *(time_t *)until;
}

static int check_pages(struct capture *c)
{
	time_t until = time(NULL) + CHECK_S;
	sqlite3_stmt *check;
	const char *found = NULL;
	int ret = sqlite3_prepare_v2(c->db, "PRAGMA quick_check(1)", -1, &check, NULL);

	if (ret == SQLITE_OK) {
		sqlite3_progress_handler(c->db, 10000, is_late, &until);
		ret = sqlite3_step(check);
		if (ret == SQLITE_ROW)
			found = (const char *)sqlite3_column_text(check, 0);
		if (ret == SQLITE_ROW && (!found || strcmp(found, "ok")))
			ret = SQLITE_CORRUPT;
	}
	sqlite3_finalize(check);
	sqlite3_progress_handler(c->db, 0, NULL, NULL);
	/* A large one is looked at as it is read. */
	return (ret & 0xff) == SQLITE_INTERRUPT ? 0 : capture_fail(c, ret);
}

/**
 * capture_open() - open a capture and see that it is one
 * @capture: result, to be closed by capture_close() whatever this returns; NULL
 *	without memory
 * @path: the file
 *
 * Return: 0 or -errno; capture_error() and capture_next() have the words.
 */
int capture_open(struct capture **capture, const char *path)
{
	struct capture *c = calloc(1, sizeof(*c));
	int ret;

	*capture = c;
	if (!c)
		return -ENOMEM;
	c->path = strdup(path);
	c->info.path = c->path;
	if (!c->path)
		return -ENOMEM;
	ret = check_kind(c);
	if (!ret)
		ret = open_database(c);
	if (ret)
		return ret;
	distrust(c->db);
	ret = check_tables(c);
	if (!ret)
		ret = check_pages(c);
	if (!ret)
		ret = capture_load(c);
	return ret;
}

/**
 * capture_close() - give a capture up, and all that was handed out of it
 * @capture: may be NULL
 */
void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	sqlite3_finalize(capture->names);
	sqlite3_finalize(capture->calls);
	sqlite3_finalize(capture->objects);
	sqlite3_finalize(capture->maps);
	capture_resolver_free(capture->resolver);
	sqlite3_close(capture->db);
	sites_free(capture->naming.sites);
	stacks_free(capture->stacks);
	symbols_free(capture->symbols);
	free(capture->keys);
	free(capture->threads);
	free(capture->processes);
	free(capture->info.points);
	free(capture->info.slices);
	free(capture->path);
	free(capture);
}

/**
 * capture_error() - what is wrong, in words
 * @capture: after a function failed; NULL: there was no memory for it
 */
const char *capture_error(const struct capture *capture)
{
	return capture && capture->why[0] ? capture->why : strerror(ENOMEM);
}

/**
 * capture_next() - what to do about it, or NULL
 * @capture: as capture_error()
 */
const char *capture_next(const struct capture *capture)
{
	return capture ? capture->next : NULL;
}

/**
 * capture_info() - what and how was recorded
 * @capture: an open one
 */
const struct capture_info *capture_info(const struct capture *capture)
{
	return &capture->info;
}

/**
 * capture_naming() - who names the rows of a capture's slices
 * @capture: an open one
 */
struct naming *capture_naming(struct capture *capture)
{
	return &capture->naming;
}
