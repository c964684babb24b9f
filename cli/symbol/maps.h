/* SPDX-License-Identifier: GPL-2.0-only */
/* Executable mappings of a process, and the files behind them. */
#ifndef WAITPROF_CLI_MAPS_H
#define WAITPROF_CLI_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/**
 * struct maps_row - one executable mapping
 * @start: first address
 * @end: first address after it
 * @offset: offset of @start in the file
 * @dev: device of the file, as maps shows it
 * @inode: its inode number
 * @path: as maps spells it: a path, a name in brackets, or empty; part of the line
 */
struct maps_row {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint64_t dev;
	uint64_t inode;
	char *path;
};

bool maps_parse(char *line, struct maps_row *row);
void maps_clean(char *path);
bool maps_any_deleted(pid_t pid);
bool maps_is_vdso(const struct maps_row *row);
int maps_stat(pid_t pid, const struct maps_row *row, struct stat *st);
int maps_open(pid_t pid, const struct maps_row *row);

#endif
