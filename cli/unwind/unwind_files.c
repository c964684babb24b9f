// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files and their tables of unwind rules: a file is known by device, inode, length
 * and time of its last change, so that one that was replaced is another one though
 * its inode number came back. Its table is made, or taken from the cache, when it
 * is first met.
 *
 * Bounds: MAX_FILES; of further ones nothing is known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "unwind/unwind_cache.h"
#include "unwind/unwind_elf.h"
#include "unwind/unwind_files.h"

#define MAX_FILES  4096
#define NR_BUCKETS 512

struct unwind_files {
	struct unwind_file *buckets[NR_BUCKETS];
	uint32_t nr;
	uint32_t nr_over; /* beyond MAX_FILES, with repetitions */
	int cache;
	uint64_t until_ns; /* tables are made until then, CLOCK_MONOTONIC; 0 = no limit */
	bool has_made; /* one at least since the limit was set */
	bool is_late; /* one was not */
	bool (*on_make)(void *arg, const char *name); /* NULL = nobody wants to know */
	void *arg;
	const char *name; /* of the file at hand */
};

/**
 * unwind_files_new() - know no file yet
 *
 * Return: the files, or NULL without memory.
 */
struct unwind_files *unwind_files_new(void)
{
	struct unwind_files *files = calloc(1, sizeof(*files));

	if (files)
		files->cache = unwind_cache_open();
	return files;
}

/**
 * unwind_files_free() - forget all files
 * @files: files; NULL is allowed
 */
void unwind_files_free(struct unwind_files *files)
{
	struct unwind_file *file;

	for (int i = 0; files && i < NR_BUCKETS; i++) {
		while ((file = files->buckets[i])) {
			files->buckets[i] = file->next;
			unwind_table_free(&file->table);
			free(file);
		}
	}
	if (files && files->cache >= 0)
		close(files->cache);
	free(files);
}

static void take_name(struct unwind_file *file, const char *path)
{
	char *clean = strdup(path), *slash;

	if (!clean)
		return;
	maps_clean(clean);
	slash = strrchr(clean, '/');
	snprintf(file->name, sizeof(file->name), "%s", slash ? slash + 1 : clean);
	free(clean);
	for (char *c = file->name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

static bool is_stopped(void *arg)
{
	struct unwind_files *files = arg;

	return files->on_make && files->on_make(files->arg, files->name);
}

static void make_table(struct unwind_files *files, struct unwind_file *file, pid_t pid,
		       const struct maps_row *row)
{
	struct unwind_elf elf = { 0 };
	int fd = maps_open(pid, row);

	if (fd < 0)
		return;
	if (!unwind_elf_read(fd, &elf) && unwind_cache_load(files->cache, &elf, &file->table) &&
	    !unwind_cfi_table(&elf, &file->table, is_stopped, files))
		unwind_cache_store(files->cache, &elf, &file->table);
	unwind_elf_free(&elf);
	close(fd);
	file->is_cut = file->table.is_cut;
	if (file->table.nr_rules)
		file->state = UNWIND_FILE_READY;
}

static bool identify(struct unwind_file *file, pid_t pid, const struct maps_row *row)
{
	struct stat st;

	memset(file, 0, sizeof(*file));
	if (maps_is_vdso(row)) {
		file->size = row->end - row->start;
		return true;
	}
	if (maps_stat(pid, row, &st) || !S_ISREG(st.st_mode))
		return false;
	file->dev = st.st_dev;
	file->inode = st.st_ino;
	file->size = (uint64_t)st.st_size;
	file->changed = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
	return true;
}

static bool is_same(const struct unwind_file *a, const struct unwind_file *b)
{
	return a->dev == b->dev && a->inode == b->inode && a->size == b->size &&
	       a->changed == b->changed;
}

static bool time_is_up(const struct unwind_files *files)
{
	struct timespec now;

	if (!files->until_ns || !files->has_made)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec > files->until_ns;
}

/**
 * unwind_files_get() - the file behind a mapping
 * @files: files
 * @pid: process
 * @row: mapping with a path, or that of the vdso
 *
 * Return: the file; NULL when it cannot be reached, there are too many, or it is
 * new and the time is up.
 */
struct unwind_file *unwind_files_get(struct unwind_files *files, pid_t pid,
				     const struct maps_row *row)
{
	struct unwind_file which, *file, **bucket;

	if (!identify(&which, pid, row))
		return NULL;
	bucket = &files->buckets[(which.dev ^ which.inode * 2654435761U) % NR_BUCKETS];
	for (file = *bucket; file; file = file->next)
		if (is_same(file, &which))
			return file;
	if (time_is_up(files)) {
		files->is_late = true;
		return NULL;
	}
	if (files->nr == MAX_FILES) {
		files->nr_over++;
		return NULL;
	}
	file = malloc(sizeof(*file));
	if (!file)
		return NULL;
	*file = which;
	file->number = ++files->nr;
	file->state = UNWIND_FILE_NO_DATA;
	file->next = *bucket;
	*bucket = file;
	take_name(file, row->path);
	files->name = file->name;
	if (!is_stopped(files))
		make_table(files, file, pid, row);
	files->has_made = true;
	return file;
}

/**
 * unwind_files_on_make() - tell of each table that is made
 * @files: files
 * @on_make: called before, and again and again meanwhile, with the file's name: true =
 *	make none; NULL = nobody wants to know
 * @arg: for @on_make
 */
void unwind_files_on_make(struct unwind_files *files, bool (*on_make)(void *arg, const char *name),
			  void *arg)
{
	files->on_make = on_make;
	files->arg = arg;
}

/**
 * unwind_files_limit() - make tables for a while only
 * @files: files
 * @until_ns: CLOCK_MONOTONIC; one table is made in any case; 0 = no limit
 */
void unwind_files_limit(struct unwind_files *files, uint64_t until_ns)
{
	files->until_ns = until_ns;
	files->has_made = false;
	files->is_late = false;
}

/**
 * unwind_files_late() - was a file left out because the time was up?
 * @files: files
 *
 * Return: true if one was since unwind_files_limit().
 */
bool unwind_files_late(const struct unwind_files *files)
{
	return files->is_late;
}

#define NAMES_SHOWN 3

/* "a, b, c and 4 more", of the files for which @is_it holds. */
static uint32_t list_names(const struct unwind_files *files,
			   bool (*is_it)(const struct unwind_file *file), char *buf, size_t size)
{
	uint32_t nr = 0;
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < NR_BUCKETS; i++) {
		for (const struct unwind_file *f = files->buckets[i]; f; f = f->next) {
			if (!is_it(f) || nr++ >= NAMES_SHOWN)
				continue;
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
						 f->name);
			if (used >= size)
				used = size - 1;
		}
	}
	if (nr > NAMES_SHOWN)
		snprintf(buf + used, size - used, " and %u more", nr - NAMES_SHOWN);
	return nr;
}

static bool is_refused(const struct unwind_file *file)
{
	return file->state == UNWIND_FILE_REFUSED;
}

static bool is_without_data(const struct unwind_file *file)
{
	return file->state == UNWIND_FILE_NO_DATA;
}

static bool is_cut(const struct unwind_file *file)
{
	return file->is_cut;
}

/**
 * unwind_files_note() - which files have no rules, in words
 * @files: files
 * @buf: result; empty when all have
 * @size: its room
 */
void unwind_files_note(const struct unwind_files *files, char *buf, size_t size)
{
	static const struct {
		bool (*is_it)(const struct unwind_file *file);
		const char *why;
	} causes[] = {
		{ is_refused, "the session's memory is full" },
		{ is_without_data, "no unwind data" },
		{ is_cut, "rules for a part of it only" },
	};
	char names[256];
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]) && used < size; i++) {
		uint32_t nr = list_names(files, causes[i].is_it, names, sizeof(names));

		if (nr)
			used += (size_t)snprintf(buf + used, size - used, "%s%u %s (%s): %s",
						 used ? "; " : "", nr, nr == 1 ? "file" : "files",
						 causes[i].why, names);
	}
	if (files->nr_over && used < size)
		snprintf(buf + used, size - used, "%smore than %u files", used ? "; " : "",
			 MAX_FILES);
}
