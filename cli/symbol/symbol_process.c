// SPDX-License-Identifier: GPL-2.0-only
/*
 * The executable mappings of one process, kept beyond its end. They are read as
 * sets, newest first: a set is pushed when the mappings differ from the newest
 * one, because of exec, dlopen, dlclose or a process id used again. An address is
 * looked up in the newest set first, so that one recorded before an exec is
 * still found. Bound: MAX_SETS sets of MAX_MAPPINGS rows of 40 bytes a process.
 *
 * A new image behind the same pid is noticed by start time, start of the code
 * and start of the arguments (one small read, at most every CHECK_NS). A library
 * loaded later is noticed by an address that no set knows.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "symbol/maps.h"
#include "symbol/symbol_impl.h"

#define MAX_SETS     8
#define MAX_MAPPINGS 65536
#define CHECK_NS     20000000ull
#define REREAD_NS    200000000ull

struct mapping_set {
	struct mapping_set *older;
	uint32_t generation;
	bool told;
	size_t nr;
	struct symbol_mapping map[];
};

/* All zero: not known (no permission, or the process is a zombie). */
struct image {
	uint64_t start_time;
	uint64_t start_code;
	uint64_t start_args;
};

struct symbol_process {
	pid_t pid;
	struct image image;
	struct mapping_set *sets;
	uint64_t checked_ns;
	uint64_t read_ns;
	uint32_t generations;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* The thread's file, not the process's: that one sums up all threads. */
static struct image image_read(pid_t pid)
{
	struct image image = { 0 };
	char path[64], text[2048], *at, *save;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return image;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	at = strrchr(text, ')'); /* a name may hold blanks and brackets */
	if (!at)
		return image;
	at = strtok_r(at + 1, " ", &save);
	for (int field = 3; at; field++, at = strtok_r(NULL, " ", &save)) {
		if (field == 22)
			image.start_time = strtoull(at, NULL, 10);
		else if (field == 26)
			image.start_code = strtoull(at, NULL, 10);
		else if (field == 48)
			image.start_args = strtoull(at, NULL, 10);
	}
	/* Without an address space there is nothing to compare. */
	return image.start_code > 1 ? image : (struct image){ 0 };
}

static bool image_equal(const struct image *a, const struct image *b)
{
	return a->start_time == b->start_time && a->start_code == b->start_code &&
	       a->start_args == b->start_args;
}

static void mapping_attach(struct symbols *s, pid_t pid, struct symbol_mapping *map,
			   const struct maps_row *row)
{
	char *path;

	if (!*row->path)
		return;
	if (*row->path != '/' && !maps_is_vdso(row)) {
		map->module = symbols_intern(s, row->path);
		return;
	}
	path = strdup(row->path);
	if (!path)
		return;
	maps_clean(path);
	map->module = symbols_intern(s, path);
	map->file = symbol_file_get(s, row->dev, row->inode, path);
	if (map->file)
		symbol_file_open(map->file, pid, row);
	free(path);
}

static struct mapping_set *set_read(struct symbols *s, pid_t pid, FILE *maps)
{
	struct mapping_set *set = calloc(1, sizeof(*set)), *bigger;
	size_t room = 0, line_room = 0;
	struct maps_row row;
	char *line = NULL;

	while (set && set->nr < MAX_MAPPINGS && getline(&line, &line_room, maps) > 0) {
		struct symbol_mapping map = { 0 };

		if (!maps_parse(line, &row))
			continue;
		map.start = row.start;
		map.end = row.end;
		map.offset = row.offset;
		if (set->nr == room) {
			room = room ? room * 2 : 32;
			bigger = realloc(set, sizeof(*set) + room * sizeof(map));
			if (!bigger) {
				free(set);
				set = NULL;
				break;
			}
			set = bigger;
		}
		mapping_attach(s, pid, &map, &row);
		set->map[set->nr++] = map;
	}
	free(line);
	return set;
}

static bool set_equal(const struct mapping_set *a, const struct mapping_set *b)
{
	return a && a->nr == b->nr && !memcmp(a->map, b->map, a->nr * sizeof(*a->map));
}

static void set_push(struct symbol_process *process, struct mapping_set *set)
{
	struct mapping_set **end = &process->sets;

	if (!set->nr || set_equal(process->sets, set)) {
		free(set);
		return;
	}
	set->generation = ++process->generations;
	set->older = process->sets;
	process->sets = set;
	for (int i = 0; i < MAX_SETS && *end; i++)
		end = &(*end)->older;
	free(*end);
	*end = NULL;
}

/**
 * symbol_process_read() - read the mappings that a process has now
 * @s: symbols object
 * @process: the process
 *
 * Return: 0, or -errno when they cannot be read; what is known stays.
 */
int symbol_process_read(struct symbols *s, struct symbol_process *process)
{
	struct image before, after;
	struct mapping_set *set;
	char path[64];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", process->pid);
	/* An exec in between would mix two images: then once more. */
	for (int tries = 0; tries < 3; tries++) {
		before = image_read(process->pid);
		maps = fopen(path, "re");
		if (!maps)
			return -errno;
		set = set_read(s, process->pid, maps);
		fclose(maps);
		if (!set)
			return -ENOMEM;
		after = image_read(process->pid);
		if (image_equal(&before, &after))
			break;
		if (tries < 2)
			free(set);
	}
	if (after.start_time)
		process->image = after;
	process->read_ns = now_ns();
	process->checked_ns = process->read_ns;
	set_push(process, set);
	return process->sets ? 0 : -ESRCH;
}

static const struct symbol_mapping *set_find(const struct mapping_set *set, uint64_t addr)
{
	size_t low = 0, high = set->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->map[middle].start <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || addr >= set->map[low - 1].end)
		return NULL;
	return &set->map[low - 1];
}

static void process_check(struct symbols *s, struct symbol_process *process)
{
	uint64_t now = now_ns();
	struct image image;

	if (process->sets && now - process->checked_ns < CHECK_NS)
		return;
	process->checked_ns = now;
	image = image_read(process->pid);
	if (image.start_time && !image_equal(&image, &process->image))
		symbol_process_read(s, process);
}

/**
 * symbol_process_find() - the mapping that an address lies in
 * @s: symbols object
 * @process: the process
 * @addr: the address
 *
 * Return: the mapping, valid until the process is read again, or NULL.
 */
const struct symbol_mapping *symbol_process_find(struct symbols *s, struct symbol_process *process,
						 uint64_t addr)
{
	const struct symbol_mapping *map;

	process_check(s, process);
	for (int tries = 0; tries < 2; tries++) {
		for (struct mapping_set *set = process->sets; set; set = set->older) {
			map = set_find(set, addr);
			if (map)
				return map;
		}
		if (now_ns() - process->read_ns < REREAD_NS || symbol_process_read(s, process))
			break;
	}
	return NULL;
}

/**
 * symbol_process_untold() - mappings that nobody has been told about
 * @process: the process
 * @generation: of these mappings
 * @nr: their number
 *
 * Return: the mappings, which count as told from now on; NULL when there are none.
 */
const struct symbol_mapping *symbol_process_untold(struct symbol_process *process,
						   uint32_t *generation, size_t *nr)
{
	for (struct mapping_set *set = process->sets; set; set = set->older) {
		if (set->told)
			continue;
		set->told = true;
		*generation = set->generation;
		*nr = set->nr;
		return set->map;
	}
	return NULL;
}

/**
 * symbol_process_new() - make a process without mappings yet
 * @pid: its id
 *
 * Return: the process, or NULL without memory.
 */
struct symbol_process *symbol_process_new(pid_t pid)
{
	struct symbol_process *process = calloc(1, sizeof(*process));

	if (process)
		process->pid = pid;
	return process;
}

/**
 * symbol_process_pid() - the id of a process
 * @process: the process
 *
 * Return: its id.
 */
pid_t symbol_process_pid(const struct symbol_process *process)
{
	return process->pid;
}

/**
 * symbol_process_free() - forget a process
 * @process: the process; NULL is allowed
 */
void symbol_process_free(struct symbol_process *process)
{
	struct mapping_set *set;

	if (!process)
		return;
	while ((set = process->sets)) {
		process->sets = set->older;
		free(set);
	}
	free(process);
}
