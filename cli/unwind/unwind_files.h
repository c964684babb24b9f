/* SPDX-License-Identifier: GPL-2.0-only */
/* The files whose unwind rules a session wants, each once, whoever maps it. */
#ifndef WAITPROF_CLI_UNWIND_FILES_H
#define WAITPROF_CLI_UNWIND_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "symbol/maps.h"
#include "unwind/unwind_cfi.h"

enum unwind_file_state {
	UNWIND_FILE_READY, /* its table waits to be sent */
	UNWIND_FILE_SENT,
	UNWIND_FILE_NO_DATA, /* it has no unwind data, or cannot be read */
	UNWIND_FILE_REFUSED, /* the session has no memory left */
};

/**
 * struct unwind_file - one file, or the vdso
 * @next: of the same bucket
 * @dev: device; 0 = the vdso
 * @inode: inode number
 * @size: length
 * @changed: when it was changed last, ns; with the above, which file it is
 * @number: of its table, from 1 on
 * @state: what has become of it
 * @table: its rules, until they are sent
 * @is_cut: rules are missing: too many
 * @name: the last part of its path
 */
struct unwind_file {
	struct unwind_file *next;
	uint64_t dev;
	uint64_t inode;
	uint64_t size;
	int64_t changed;
	uint32_t number;
	enum unwind_file_state state;
	struct unwind_table table;
	bool is_cut;
	char name[48];
};

struct unwind_files;

struct unwind_files *unwind_files_new(void);
void unwind_files_free(struct unwind_files *files);
struct unwind_file *unwind_files_get(struct unwind_files *files, pid_t pid,
				     const struct maps_row *row);
void unwind_files_on_make(struct unwind_files *files, bool (*on_make)(void *arg, const char *name),
			  void *arg);
void unwind_files_limit(struct unwind_files *files, uint64_t until_ns);
bool unwind_files_late(const struct unwind_files *files);
void unwind_files_note(const struct unwind_files *files, char *buf, size_t size);

#endif
