// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a recording: made, filled in transactions, and at the end turned
 * from a database with a log beside it into a single file. Until then the log
 * (FILE-wal) holds what was committed last, so that the end of this process by
 * any means takes no more than the transaction that is open.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "capture/capture_write_impl.h"

/**
 * capture_write_fail() - keep what went wrong, in words
 * @w: writer
 * @code: of SQLite
 *
 * Return: 0 for SQLITE_OK and its like, else -errno.
 */
int capture_write_fail(struct capture_writer *w, int code)
{
	/* SQLite forgets what failed where a transaction ends. */
	int error = w->db && sqlite3_system_errno(w->db) ? sqlite3_system_errno(w->db) : errno;

	if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
		return 0;
	/* The first failure is the reason for those that follow. */
	if (w->why[0])
		return -EIO;
	if ((code & 0xff) == SQLITE_FULL)
		error = ENOSPC;
	else if ((code & 0xff) != SQLITE_IOERR && (code & 0xff) != SQLITE_CANTOPEN)
		error = 0;
	snprintf(w->why, sizeof(w->why), "%s", error ? strerror(error) : sqlite3_errstr(code));
	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		w->next = "make room, or narrow the filter";
	return error ? -error : -EIO;
}

/**
 * capture_execute() - run SQL that has no result
 * @w: writer
 * @sql: the text
 *
 * Return: 0 or -errno.
 */
int capture_execute(struct capture_writer *w, const char *sql)
{
	errno = 0;
	return capture_write_fail(w, sqlite3_exec(w->db, sql, NULL, NULL, NULL));
}

/**
 * capture_put() - write a row
 * @w: writer
 * @table: where to
 * @from: its values
 *
 * Return: 0 or -errno.
 */
int capture_put(struct capture_writer *w, const struct capture_table *table, const void *from)
{
	size_t i = 0;
	int ret;

	while (capture_tables[i] != table)
		i++;
	if (!w->inserts[i]) {
		ret = capture_table_insert(w->db, table, &w->inserts[i]);
		if (ret != SQLITE_OK)
			return capture_write_fail(w, ret);
	}
	errno = 0;
	return capture_write_fail(w, capture_table_put(w->inserts[i], table, from));
}

static int refuse(struct capture_writer *w, int error, const char *why, const char *next)
{
	snprintf(w->why, sizeof(w->why), "%s", why);
	w->next = next;
	return error;
}

static int check_place(struct capture_writer *w)
{
	struct capture_file file;

	capture_file_look(&file, w->path);
	switch (file.kind) {
	case CAPTURE_FILE_ABSENT:
	case CAPTURE_FILE_EMPTY:
		return 0;
	case CAPTURE_FILE_CAPTURE:
		w->replaced = true;
		return 0;
	case CAPTURE_FILE_BUSY:
		return refuse(w, -EBUSY, "another recording writes it", "give another name to -o");
	case CAPTURE_FILE_FOREIGN:
		return refuse(w, -EEXIST, "exists and is no capture",
			      "remove it, or give another name to -o");
	case CAPTURE_FILE_NO_FILE:
		return refuse(w, -EEXIST, "is not a regular file", "give another name to -o");
	case CAPTURE_FILE_ERROR:
		break;
	}
	return refuse(w, file.error, strerror(-file.error), "give another name to -o");
}

static int remove_old(struct capture_writer *w)
{
	static const char *const parts[] = { "", "-wal", "-shm", "-journal" };
	char part[PATH_MAX + 16];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(part, sizeof(part), "%s%s", w->path, parts[i]);
		if (unlink(part) && errno != ENOENT)
			return refuse(w, -errno, strerror(errno), "give another name to -o");
	}
	return 0;
}

/* Who waits for what is nobody else's business until the owner says so. */
static int make_file(struct capture_writer *w)
{
	int fd = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return refuse(w, -errno, strerror(errno), "give another name to -o");
	close(fd);
	return 0;
}

static int make_tables(struct capture_writer *w)
{
	char sql[160];
	int ret;

	/* An empty capture is nothing to wait for the disk for. */
	snprintf(sql, sizeof(sql),
		 "PRAGMA synchronous = OFF; PRAGMA application_id = %d; PRAGMA user_version = %d;"
		 "BEGIN",
		 CAPTURE_APPLICATION, CAPTURE_VERSION);
	ret = capture_execute(w, sql);
	for (size_t i = 0; !ret && i < capture_nr_tables; i++) {
		char *table = capture_table_sql(capture_tables[i]);

		ret = table ? capture_execute(w, table) : -ENOMEM;
		sqlite3_free(table);
	}
	/*
	 * Locked by us alone, the log needs no memory shared with readers, which
	 * not every file system can give.
	 */
	if (!ret)
		ret = capture_execute(w, "COMMIT; PRAGMA locking_mode = EXCLUSIVE;"
					 "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
					 "BEGIN");
	return ret;
}

static int open_writer(struct capture_writer *w, const char *path)
{
	int ret;

	/* What a symbolic link names is replaced, not the link. */
	w->path = realpath(path, NULL);
	if (!w->path)
		w->path = strdup(path);
	if (!w->path)
		return -ENOMEM;
	ret = check_place(w);
	if (!ret)
		ret = remove_old(w);
	if (!ret)
		ret = make_file(w);
	if (ret)
		return ret;
	ret = capture_write_fail(w, sqlite3_open_v2(w->path, &w->db,
						    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
						    NULL));
	sqlite3_extended_result_codes(w->db, 1);
	return ret ? ret : make_tables(w);
}

/**
 * capture_writer_new() - begin a capture
 * @writer: result, to be freed by capture_writer_free() whatever this returns; NULL
 *	without memory
 * @path: the file; a capture that is there is replaced, anything else is not
 *
 * Return: 0 or -errno.
 */
int capture_writer_new(struct capture_writer **writer, const char *path)
{
	struct capture_writer *w = calloc(1, sizeof(*w));

	*writer = w;
	if (!w)
		return -ENOMEM;
	w->next_stack = 1;
	return open_writer(w, path);
}

/**
 * capture_writer_ask() - who knows names of threads, of objects, and more
 * @w: writer
 * @naming: outlives @w
 */
void capture_writer_ask(struct capture_writer *w, struct naming *naming)
{
	w->naming = naming;
}

/**
 * capture_writer_replaced() - was there another capture
 * @w: writer
 */
bool capture_writer_replaced(const struct capture_writer *w)
{
	return w->replaced;
}

/**
 * capture_write_error() - what went wrong
 * @w: writer; NULL: there was no memory for it
 */
const char *capture_write_error(const struct capture_writer *w)
{
	return w && w->why[0] ? w->why : strerror(ENOMEM);
}

/**
 * capture_write_next() - what to do about it, or NULL
 * @w: writer, may be NULL
 */
const char *capture_write_next(const struct capture_writer *w)
{
	return w ? w->next : NULL;
}

static uint64_t bytes_of(const char *path, const char *suffix)
{
	char name[PATH_MAX + 16];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &st) ? 0 : (uint64_t)st.st_size;
}

/**
 * capture_writer_bytes() - what the capture takes on the disk by now
 * @w: writer
 */
uint64_t capture_writer_bytes(const struct capture_writer *w)
{
	return bytes_of(w->path, "") + bytes_of(w->path, "-wal");
}

/**
 * capture_commit() - what was put so far is to last
 * @w: writer
 *
 * Return: 0 or -errno.
 */
int capture_commit(struct capture_writer *w)
{
	return capture_execute(w, "COMMIT; BEGIN");
}

/**
 * capture_writer_finish() - make a single file of it
 * @w: writer
 *
 * Return: 0 or -errno; the capture can be read either way.
 */
int capture_writer_finish(struct capture_writer *w)
{
	int ret = capture_put_number(w, "finished", 1);

	if (!ret)
		ret = capture_execute(w, "COMMIT");
	if (!ret)
		ret = capture_execute(w, "PRAGMA wal_checkpoint(TRUNCATE);"
					 "PRAGMA journal_mode = DELETE");
	return ret;
}

/**
 * capture_writer_free() - close the file
 * @w: writer, may be NULL; what is not committed is not kept
 */
void capture_writer_free(struct capture_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < CAPTURE_NR_TABLES; i++)
		sqlite3_finalize(w->inserts[i]);
	sqlite3_close(w->db);
	profile_free(&w->keys);
	ids_free(&w->threads);
	ids_free(&w->processes);
	free(w->is_written);
	free(w->path);
	free(w);
}
