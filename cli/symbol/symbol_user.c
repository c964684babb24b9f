// SPDX-License-Identifier: GPL-2.0-only
/*
 * User addresses: process -> mapping -> file -> names. Links with
 * `pkg-config --libs libdw libelf` -liberty (Debian: libdw-dev, libelf-dev,
 * libiberty-dev).
 *
 * An address becomes (file, offset) first, so a hundred processes of one program
 * share one symbol table and one cache of results. A file is held open from the
 * moment its process is noted: it stays readable after the process has ended or
 * the file was replaced, and its inode number cannot be given to another file.
 * It is parsed at the first address that lies in it.
 *
 * Bounds: MAX_FILES open files, MAX_PROCESSES, and MAX_RESULTS cached addresses,
 * after which the cache starts again from empty.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbol/maps.h"
#include "symbol/symbol_impl.h"

#define MAX_FILES     4096
#define MAX_PROCESSES 4096
#define MAX_RESULTS   65536
#define NR_BUCKETS    1024
#define MIN_SLOTS     512 /* of the table of results, which is at most half full */

struct symbol_file {
	struct symbol_file *next;
	uint64_t dev;
	uint64_t inode;
	const char *path;
	int fd; /* until it is parsed; then the parser's */
	bool tried; /* parsed, with success or without */
	bool identified;
	const char *build_id; /* once it is identified */
	struct symbol_elf *elf;
};

struct process_entry {
	struct process_entry *next;
	struct symbol_process *process;
};

struct result {
	const struct symbol_file *file; /* NULL = free slot */
	uint64_t offset;
	struct symbol_frame *frames;
	int nr;
	bool is_leaf;
};

struct symbol_user {
	struct symbol_file *files[NR_BUCKETS];
	struct process_entry *processes[NR_BUCKETS];
	size_t nr_files;
	size_t nr_processes;
	size_t nr_results;
	size_t nr_slots;
	struct result *results;
};

static struct symbol_user *user_get(struct symbols *s)
{
	struct symbol_user *user = s->user;

	if (user)
		return user;
	user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	user->results = calloc(MIN_SLOTS, sizeof(*user->results));
	if (!user->results) {
		free(user);
		return NULL;
	}
	user->nr_slots = MIN_SLOTS;
	s->user = user;
	return user;
}

/**
 * symbol_file_get() - the one object for a file
 * @s: symbols object
 * @dev: its device as /proc/PID/maps shows it
 * @inode: its inode number
 * @path: its path, or a name such as "[vdso]"
 *
 * Return: the file, or NULL when there are too many or no memory.
 */
struct symbol_file *symbol_file_get(struct symbols *s, uint64_t dev, uint64_t inode,
				    const char *path)
{
	struct symbol_user *user = user_get(s);
	struct symbol_file **bucket, *file;

	if (!user)
		return NULL;
	bucket = &user->files[symbol_hash(dev, inode) % NR_BUCKETS];
	for (file = *bucket; file; file = file->next)
		if (file->dev == dev && file->inode == inode)
			return file;
	if (user->nr_files == MAX_FILES)
		return NULL;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->dev = dev;
	file->inode = inode;
	file->path = symbols_intern(s, path);
	file->fd = -1;
	file->next = *bucket;
	*bucket = file;
	user->nr_files++;
	return file;
}

/**
 * symbol_file_open() - open a file while one of its processes exists
 * @file: the file; nothing happens when it is open already
 * @pid: a process that maps it
 * @row: where it is mapped
 */
void symbol_file_open(struct symbol_file *file, pid_t pid, const struct maps_row *row)
{
	if (file->fd < 0 && !file->tried)
		file->fd = maps_open(pid, row);
}

/**
 * symbol_file_build_id() - the build id of a file that is open, or was
 * @s: symbols object
 * @file: the file
 *
 * Return: its hexadecimal digits, or NULL.
 */
const char *symbol_file_build_id(struct symbols *s, struct symbol_file *file)
{
	char digits[2 * SYMBOL_MAX_BUILD_ID + 1];

	if (!file->identified && file->fd >= 0) {
		file->identified = true;
		if (symbol_build_id(file->fd, digits, sizeof(digits)))
			file->build_id = symbols_intern(s, digits);
	}
	return file->build_id;
}

/**
 * symbol_user_each() - visit every process that was noted
 * @s: symbols object
 * @each: is called for each; not 0 ends this
 * @arg: for @each
 *
 * Return: 0, or what @each returned.
 */
int symbol_user_each(struct symbols *s,
		     int (*each)(struct symbols *s, struct symbol_process *process, void *arg),
		     void *arg)
{
	int ret = 0;

	for (int i = 0; s->user && !ret && i < NR_BUCKETS; i++)
		for (struct process_entry *entry = s->user->processes[i]; entry && !ret;
		     entry = entry->next)
			ret = each(s, entry->process, arg);
	return ret;
}

static struct symbol_process *user_process(struct symbols *s, pid_t pid)
{
	struct symbol_user *user = user_get(s);
	struct process_entry **bucket, *entry;

	if (!user || pid <= 0)
		return NULL;
	bucket = &user->processes[pid % NR_BUCKETS];
	for (entry = *bucket; entry; entry = entry->next)
		if (symbol_process_pid(entry->process) == pid)
			return entry->process;
	if (user->nr_processes == MAX_PROCESSES)
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->process = symbol_process_new(pid);
	if (!entry->process) {
		free(entry);
		return NULL;
	}
	entry->next = *bucket;
	*bucket = entry;
	user->nr_processes++;
	return entry->process;
}

/**
 * symbols_note_process() - remember a process's mappings
 * @s: symbols object
 * @pid: the process
 *
 * Its addresses can then be named after it has ended. May be called again: new
 * mappings are added, known ones stay.
 *
 * Return: 0, or -errno: no such process, not permitted.
 */
int symbols_note_process(struct symbols *s, pid_t pid)
{
	struct symbol_process *process = user_process(s, pid);

	return process ? symbol_process_read(s, process) : -ENOMEM;
}

static void results_drop(struct symbol_user *user)
{
	for (size_t i = 0; i < user->nr_slots; i++)
		free(user->results[i].frames);
	memset(user->results, 0, user->nr_slots * sizeof(*user->results));
	user->nr_results = 0;
}

static struct result *result_slot(struct symbol_user *user, const struct symbol_file *file,
				  uint64_t offset, bool is_leaf)
{
	uint64_t i = symbol_hash((uintptr_t)file, offset * 2 + is_leaf);

	for (;; i++) {
		struct result *result = &user->results[i % user->nr_slots];

		if (!result->file || (result->file == file && result->offset == offset &&
				      result->is_leaf == is_leaf))
			return result;
	}
}

/* Twice as many slots; without memory for them it starts again from empty. */
static void results_grow(struct symbol_user *user)
{
	struct result *old = user->results, *slot;
	size_t nr_old = user->nr_slots;
	struct result *results = calloc(2 * nr_old, sizeof(*results));

	if (!results) {
		results_drop(user);
		return;
	}
	user->results = results;
	user->nr_slots = 2 * nr_old;
	for (size_t i = 0; i < nr_old; i++) {
		if (!old[i].file)
			continue;
		slot = result_slot(user, old[i].file, old[i].offset, old[i].is_leaf);
		*slot = old[i];
	}
	free(old);
}

static int file_resolve(struct symbols *s, struct symbol_file *file, uint64_t offset, bool is_leaf,
			struct symbol_frame *frames)
{
	uint64_t vaddr;
	int fd;

	if (!file->tried && file->fd >= 0) {
		symbol_file_build_id(s, file);
		fd = file->fd;
		file->fd = -1;
		file->tried = true;
		file->elf = symbol_elf_open(s, file->path, fd);
	}
	if (!file->elf || !symbol_elf_vaddr(file->elf, offset, &vaddr))
		return 0;
	return symbol_elf_resolve(file->elf, vaddr, is_leaf, frames);
}

/* The frames at an offset of a file; NULL if nothing is known about it. */
static const struct result *file_result(struct symbols *s, struct symbol_file *file,
					uint64_t offset, bool is_leaf)
{
	struct symbol_frame frames[SYMBOL_MAX_FRAMES];
	struct symbol_user *user = s->user;
	struct result *result;

	result = result_slot(user, file, offset, is_leaf);
	if (result->file)
		return result;
	if (2 * user->nr_results == user->nr_slots) {
		if (user->nr_results == MAX_RESULTS)
			results_drop(user);
		else
			results_grow(user);
		result = result_slot(user, file, offset, is_leaf);
	}
	result->nr = file_resolve(s, file, offset, is_leaf, frames);
	if (!file->tried)
		return NULL; /* it may be opened through another process */
	if (result->nr) {
		result->frames = malloc(result->nr * sizeof(*frames));
		if (!result->frames)
			return NULL;
		memcpy(result->frames, frames, result->nr * sizeof(*frames));
	}
	result->offset = offset;
	result->is_leaf = is_leaf;
	result->file = file;
	user->nr_results++;
	return result;
}

static const struct symbol_map *map_of(struct symbols *s, const struct symbol_mapping *mapping)
{
	const struct symbol_map map = {
		.start = mapping->start,
		.end = mapping->end,
		.offset = mapping->offset,
		.path = mapping->module,
		.build_id = mapping->file ? symbol_file_build_id(s, mapping->file) : NULL,
	};

	return symbols_keep_map(s, &map);
}

/**
 * symbol_user() - name an address of a process
 * @s: symbols object
 * @pid: the process; it is noted if it was not yet
 * @addr: the address
 * @is_leaf: look up @addr itself; else it is a return address, look up the call
 * @emit: called for each frame, innermost first: inlined functions, then the one
 *        they were inlined into; a non-zero return ends this and is handed back
 * @arg: passed to @emit
 *
 * Return: 0, or what @emit returned.
 */
int symbol_user(struct symbols *s, pid_t pid, uint64_t addr, bool is_leaf,
		int (*emit)(const struct symbol_frame *, void *), void *arg)
{
	struct symbol_process *process = user_process(s, pid);
	const struct symbol_mapping *map = NULL;
	struct symbol_frame frame = { .addr = addr };
	const struct result *result = NULL;
	const struct symbol_map *known;
	uint64_t pc = is_leaf || !addr ? addr : addr - 1;
	int err = 0;

	if (process)
		map = symbol_process_find(s, process, pc);
	if (map && map->file)
		result = file_result(s, map->file, pc - map->start + map->offset, is_leaf);
	if (map)
		frame.map = map_of(s, map);
	if (!result || !result->nr) {
		frame.module = map ? map->module : NULL;
		frame.offset = map ? addr - map->start + map->offset : 0;
		return emit(&frame, arg);
	}
	known = frame.map;
	for (int i = 0; i < result->nr && !err; i++) {
		frame = result->frames[i];
		frame.addr = addr;
		frame.module = map->module;
		frame.map = known;
		err = emit(&frame, arg);
	}
	return err;
}

/**
 * symbol_user_free() - free the processes, the files and what is known of them
 * @user: the user side of a symbols object; NULL is allowed
 */
void symbol_user_free(struct symbol_user *user)
{
	struct process_entry *entry;
	struct symbol_file *file;

	if (!user)
		return;
	for (int i = 0; i < NR_BUCKETS; i++) {
		while ((entry = user->processes[i])) {
			user->processes[i] = entry->next;
			symbol_process_free(entry->process);
			free(entry);
		}
		while ((file = user->files[i])) {
			user->files[i] = file->next;
			symbol_elf_close(file->elf);
			if (file->fd >= 0)
				close(file->fd);
			free(file);
		}
	}
	results_drop(user);
	free(user->results);
	free(user);
}
