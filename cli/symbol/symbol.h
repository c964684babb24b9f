/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses to names. Runs after a recording or between two refreshes, never
 * while waits are being taken. Prints nothing.
 */
#ifndef CLI_SYMBOL_H
#define CLI_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct symbol_map - a mapping that an address lies in
 * @start: first address
 * @end: first address after it
 * @offset: offset of @start in the file
 * @path: what is mapped, as in @module of a frame
 * @build_id: of the file, hexadecimal; NULL = not known
 */
struct symbol_map {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	const char *path;
	const char *build_id;
};

/**
 * struct symbol_frame - one named frame; NULL and 0 mean unknown
 * @addr: the address asked for, the same in all frames that it yields
 * @symbol: function, demangled, C++ without its parameters
 * @offset: @addr minus the start of the function; 0 for inlined frames; of a user
 *          address without a function its offset in @module
 * @module: user: path of the mapped file as the process sees it, or a name such
 *          as "[vdso]"; kernel: name of the module, "kernel" for built-in code
 * @file: source file
 * @line: source line: of @addr in the innermost frame, else of the inlined call
 * @inlined: the function has no frame of its own here
 * @map: user: the mapping that @addr lies in
 *
 * Strings and mappings live as long as the symbols object.
 */
struct symbol_frame {
	uint64_t addr;
	const char *symbol;
	uint64_t offset;
	const char *module;
	const char *file;
	int line;
	bool inlined;
	const struct symbol_map *map;
};

/**
 * struct symbol_mapped - an executable mapping of a process, for keeping it elsewhere
 * @pid: the process
 * @generation: the higher, the later it was read
 * @start: first address
 * @end: first address after it
 * @offset: offset of @start in the file
 * @path: the file as the process sees it, or a name such as "[vdso]"; may be empty
 * @build_id: of the file in hexadecimal digits, NULL = none or not known
 */
struct symbol_mapped {
	pid_t pid;
	uint32_t generation;
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	const char *path;
	const char *build_id;
};

struct symbols;

struct symbols *symbols_new(void);
void symbols_free(struct symbols *s);
const struct symbol_map *symbols_keep_map(struct symbols *s, const struct symbol_map *map);
const char *symbols_intern(struct symbols *s, const char *text);

int symbol_kernel(struct symbols *s, uint64_t addr, bool is_leaf,
		  int (*emit)(const struct symbol_frame *, void *), void *arg);
int symbol_user(struct symbols *s, pid_t pid, uint64_t addr, bool is_leaf,
		int (*emit)(const struct symbol_frame *, void *), void *arg);
const char *symbol_kernel_data(struct symbols *s, uint64_t addr, char *buf, size_t size);
const char *symbol_called(struct symbols *s, pid_t pid, uint64_t return_addr);
int symbols_note_process(struct symbols *s, pid_t pid);
int symbols_tell(struct symbols *s, int (*tell)(const struct symbol_mapped *mapped, void *arg),
		 void *arg);
bool symbol_build_id(int fd, char *buf, size_t size);
bool symbols_kernel_hidden(struct symbols *s);

#endif
