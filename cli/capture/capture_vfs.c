// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a recording that was cut off without writing anything: what SQLite shares
 * between the users of a log, by a file beside it, is kept in memory here. There are
 * no other users: a capture that is still being recorded is not opened. So a full
 * disk, or a folder that may not be written to, are in nobody's way.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture_vfs.h"

#define MAX_PAGES 4096

/**
 * struct shared - what is kept for a file, behind what SQLite keeps
 * @methods: the file's, but for those below
 * @real: the file's own
 * @pages: what would be shared
 * @nr: their number
 */
struct shared {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *real;
	void **pages;
	int nr;
};

static sqlite3_vfs vfs;
static sqlite3_vfs *real;
static int shared_at;

static struct shared *shared_of(sqlite3_file *file)
{
	return (void *)((char *)file + shared_at);
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
	struct shared *shared = shared_of(file);
	void **more;

	*at = NULL;
	if (page >= shared->nr && extend) {
		more = page < MAX_PAGES ?
			       reallocarray(shared->pages, (size_t)page + 1, sizeof(*more)) :
			       NULL;
		if (!more)
			return SQLITE_NOMEM;
		shared->pages = more;
		for (; shared->nr <= page; shared->nr++) {
			more[shared->nr] = calloc(1, (size_t)size);
			if (!more[shared->nr])
				return SQLITE_NOMEM;
		}
	}
	if (page < shared->nr)
		*at = shared->pages[page];
	return SQLITE_OK;
}

static int shm_lock(sqlite3_file *file, int offset, int nr, int flags)
{
	(void)file;
	(void)offset;
	(void)nr;
	(void)flags;
	return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *file)
{
	(void)file;
	__sync_synchronize();
}

static int shm_unmap(sqlite3_file *file, int remove)
{
	struct shared *shared = shared_of(file);

	(void)remove;
	while (shared->nr)
		free(shared->pages[--shared->nr]);
	free(shared->pages);
	shared->pages = NULL;
	return SQLITE_OK;
}

static int close_file(sqlite3_file *file)
{
	const sqlite3_io_methods *methods = shared_of(file)->real;

	shm_unmap(file, 0);
	return methods->xClose(file);
}

static int open_file(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct shared *shared = shared_of(file);
	int ret = real->xOpen(real, name, file, flags, out);

	(void)self;
	memset(shared, 0, sizeof(*shared));
	if (ret != SQLITE_OK || !file->pMethods || !(flags & SQLITE_OPEN_MAIN_DB))
		return ret;
	shared->real = file->pMethods;
	shared->methods = *file->pMethods;
	shared->methods.iVersion = 2;
	shared->methods.xClose = close_file;
	shared->methods.xShmMap = shm_map;
	shared->methods.xShmLock = shm_lock;
	shared->methods.xShmBarrier = shm_barrier;
	shared->methods.xShmUnmap = shm_unmap;
	file->pMethods = &shared->methods;
	return ret;
}

/**
 * capture_vfs() - make it known to SQLite
 *
 * Return: its name; NULL: SQLite's own will have to do.
 */
const char *capture_vfs(void)
{
	if (real)
		return vfs.zName;
	sqlite3_initialize();
	real = sqlite3_vfs_find(NULL);
	if (!real)
		return NULL;
	shared_at = (real->szOsFile + 15) & ~15;
	vfs = *real;
	vfs.pNext = NULL;
	vfs.zName = "waitprof-capture";
	vfs.szOsFile = shared_at + (int)sizeof(struct shared);
	vfs.xOpen = open_file;
	if (sqlite3_vfs_register(&vfs, 0) == SQLITE_OK)
		return vfs.zName;
	real = NULL;
	return NULL;
}
