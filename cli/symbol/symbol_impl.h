/* SPDX-License-Identifier: GPL-2.0-only */
/* What the symbol_*.c files share; nothing else includes this. */
#ifndef CLI_SYMBOL_IMPL_H
#define CLI_SYMBOL_IMPL_H

#include <elfutils/libdwfl.h>
#include <stddef.h>

#include "symbol/symbol.h"

/* Inlined functions at one address; what lies deeper replaces the last. */
#define SYMBOL_MAX_FRAMES   64
#define SYMBOL_MAX_BUILD_ID 64

struct maps_row;
struct symbol_process;
struct symbol_pool;
struct symbol_kernel;
struct symbol_user;
struct symbol_data;
struct symbol_maps;

struct symbols {
	struct symbol_pool *pool;
	struct symbol_kernel *kernel;
	struct symbol_user *user;
	struct symbol_data *data;
	struct symbol_maps *maps;
};

/**
 * struct symbol_mapping - one executable mapping of a process
 * @start: first address
 * @end: first address after it
 * @offset: offset of @start in the file
 * @module: what to show: path without its "(deleted)", or a name in brackets
 * @file: the file, shared by all processes that map it; NULL without one
 */
struct symbol_mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	const char *module;
	struct symbol_file *file;
};

/* symbol.c */
uint64_t symbol_hash(uint64_t a, uint64_t b);
const char *symbols_demangle(struct symbols *s, const char *name);
int symbol_name_rank(const char *name);

/* symbol_kernel.c */
void symbol_kernel_free(struct symbol_kernel *kernel);

/* symbol_data.c */
void symbol_data_free(struct symbol_data *data);

/* symbol_user.c */
void symbol_user_free(struct symbol_user *user);
struct symbol_file *symbol_file_get(struct symbols *s, uint64_t dev, uint64_t inode,
				    const char *path);
void symbol_file_open(struct symbol_file *file, pid_t pid, const struct maps_row *row);

const char *symbol_file_build_id(struct symbols *s, struct symbol_file *file);
int symbol_user_each(struct symbols *s,
		     int (*each)(struct symbols *s, struct symbol_process *process, void *arg),
		     void *arg);

/* symbol_process.c */
struct symbol_process *symbol_process_new(pid_t pid);
const struct symbol_mapping *symbol_process_untold(struct symbol_process *process,
						   uint32_t *generation, size_t *nr);
void symbol_process_free(struct symbol_process *process);
pid_t symbol_process_pid(const struct symbol_process *process);
int symbol_process_read(struct symbols *s, struct symbol_process *process);
const struct symbol_mapping *symbol_process_find(struct symbols *s, struct symbol_process *process,
						 uint64_t addr);

/* symbol_map.c */
void symbol_maps_free(struct symbol_maps *maps);

/* symbol_elf.c */
struct symbol_elf;
struct symbol_elf *symbol_elf_open(struct symbols *s, const char *path, int fd);
void symbol_elf_close(struct symbol_elf *elf);
bool symbol_elf_vaddr(const struct symbol_elf *elf, uint64_t offset, uint64_t *vaddr);
int symbol_elf_resolve(struct symbol_elf *elf, uint64_t vaddr, bool is_leaf,
		       struct symbol_frame *frames);

/* symbol_text.c */

/* A section of a file, as it lies in memory. */
struct symbol_section {
	const char *begin;
	const char *end;
};

const char *symbol_text(Elf *elf, struct symbol_section *section, const char *text);

/* symbol_dwarf.c */
struct symbol_dwarf;
struct symbol_dwarf *symbol_dwarf_new(struct symbols *s, Dwfl_Module *module);
void symbol_dwarf_free(struct symbol_dwarf *dwarf);
int symbol_dwarf_resolve(struct symbol_dwarf *dwarf, uint64_t pc, struct symbol_frame *frames,
			 uint64_t *start);

#endif
