// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for a recording that was cut off before it could look them up: if the very
 * files are here, told by their build ids, and for the kernel, if the machine has
 * not been started since. Else an address is a file and an offset.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "capture/capture_impl.h"
#include "profile/names.h"
#include "symbol/symbol_impl.h"

#define MAX_FILES 4096

struct resolved_file {
	struct resolved_file *next;
	const char *path; /* kept texts: equal ones are the same */
	const char *build_id;
	struct symbol_elf *elf; /* NULL: it is not here */
};

struct capture_resolver {
	sqlite3_stmt *mapping;
	struct resolved_file *files;
	size_t nr_files;
	bool same_boot;
};

static bool is_same_boot(const char *boot)
{
	char now[40];

	capture_boot_id(now, sizeof(now));
	return boot[0] && !strcmp(boot, now);
}

static struct capture_resolver *resolver_get(struct capture *c)
{
	struct capture_resolver *r = c->resolver;

	if (r)
		return r;
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	if (capture_table_select(c->db, &capture_mappings,
				 "WHERE pid = ? AND start <= ? AND stop > ?"
				 " ORDER BY generation DESC LIMIT 1",
				 &r->mapping) != SQLITE_OK) {
		free(r);
		return NULL;
	}
	r->same_boot = is_same_boot(c->boot);
	c->resolver = r;
	return r;
}

/**
 * capture_resolver_free() - give it up
 * @resolver: may be NULL
 */
void capture_resolver_free(struct capture_resolver *resolver)
{
	if (!resolver)
		return;
	sqlite3_finalize(resolver->mapping);
	while (resolver->files) {
		struct resolved_file *file = resolver->files;

		resolver->files = file->next;
		symbol_elf_close(file->elf);
		free(file);
	}
	free(resolver);
}

/* The file with that build id, or -1. */
static int open_file(const char *path, const char *build_id)
{
	char digits[2 * SYMBOL_MAX_BUILD_ID + 1];
	struct stat st;
	int fd;

	if (path[0] != '/' || stat(path, &st) || !S_ISREG(st.st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && symbol_build_id(fd, digits, sizeof(digits)) &&
	    !strcmp(digits, build_id))
		return fd;
	close(fd);
	return -1;
}

static struct symbol_elf *find_file(struct capture *c, const char *path, const char *build_id)
{
	struct capture_resolver *r = c->resolver;
	struct resolved_file *file;
	int fd;

	for (file = r->files; file; file = file->next)
		if (file->path == path && file->build_id == build_id)
			return file->elf;
	if (r->nr_files == MAX_FILES)
		return NULL;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->path = path;
	file->build_id = build_id;
	file->next = r->files;
	r->files = file;
	r->nr_files++;
	fd = open_file(path, build_id);
	if (fd >= 0)
		file->elf = symbol_elf_open(c->symbols, path, fd);
	return file->elf;
}

static int resolve_in(struct capture *c, const struct capture_mapping *map, uint64_t pc,
		      bool is_leaf, struct symbol_frame *frames)
{
	const char *path = capture_clean(c->symbols, map->path);
	const char *build_id = capture_clean(c->symbols, map->build_id);
	struct symbol_elf *elf = NULL;
	uint64_t vaddr;

	if (path && build_id)
		elf = find_file(c, path, build_id);
	if (!elf || !symbol_elf_vaddr(elf, pc - map->start + map->offset, &vaddr))
		return 0;
	return symbol_elf_resolve(elf, vaddr, is_leaf, frames);
}

static int resolve_user(struct capture *c, pid_t pid, uint64_t addr, bool is_leaf,
			int (*emit)(const struct symbol_frame *, void *), void *arg)
{
	struct symbol_frame frames[SYMBOL_MAX_FRAMES], bare = { .addr = addr };
	sqlite3_stmt *mapping = c->resolver->mapping;
	struct capture_mapping map = { 0 };
	uint64_t pc = is_leaf || !addr ? addr : addr - 1;
	int ret = 0, nr = 0;

	sqlite3_reset(mapping);
	sqlite3_bind_int64(mapping, 1, pid);
	sqlite3_bind_int64(mapping, 2, (sqlite3_int64)pc);
	sqlite3_bind_int64(mapping, 3, (sqlite3_int64)pc);
	if (capture_table_get(mapping, &capture_mappings, &map) == SQLITE_ROW) {
		bare.module = map.path && map.path[0] ? capture_clean(c->symbols, map.path) : NULL;
		bare.offset = addr - map.start + map.offset;
		nr = resolve_in(c, &map, pc, is_leaf, frames);
	}
	sqlite3_reset(mapping);
	for (int i = 0; i < nr && !ret; i++) {
		frames[i].addr = addr;
		frames[i].module = bare.module;
		ret = emit(&frames[i], arg);
	}
	return nr ? ret : emit(&bare, arg);
}

/**
 * capture_resolve() - name an address that the recording has not named
 * @c: capture
 * @pid: the process, 0 = the kernel
 * @addr: the address
 * @is_leaf: as symbol_user()
 * @emit: likewise
 * @arg: for @emit
 *
 * Return: 0, or what @emit returned.
 */
int capture_resolve(struct capture *c, pid_t pid, uint64_t addr, bool is_leaf,
		    int (*emit)(const struct symbol_frame *, void *), void *arg)
{
	const struct symbol_frame bare = { .addr = addr };
	struct capture_resolver *r = resolver_get(c);

	if (r && pid)
		return resolve_user(c, pid, addr, is_leaf, emit, arg);
	if (r && r->same_boot)
		return symbol_kernel(c->symbols, addr, is_leaf, emit, arg);
	return emit(&bare, arg);
}

/**
 * capture_resolve_object() - name a lock or a device that the recording has not named
 * @c: capture
 * @type: WAITPROF_OBJECT_*
 * @object: its address in the kernel, or its number
 * @buf: result, empty when it has no name
 * @size: its room
 */
void capture_resolve_object(struct capture *c, uint32_t type, uint64_t object, char *buf,
			    size_t size)
{
	struct capture_resolver *r = resolver_get(c);

	buf[0] = '\0';
	if (!r || !r->same_boot)
		return;
	if (type != WAITPROF_OBJECT_DEV)
		symbol_kernel_data(c->symbols, object, buf, size);
	else if (names_device(buf, size, object))
		buf[0] = '\0';
}
