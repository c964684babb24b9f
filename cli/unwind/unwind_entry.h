/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_UNWIND_ENTRY_H
#define WAITPROF_CLI_UNWIND_ENTRY_H

#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct unwind_entries - .eh_frame, to be looked at entry by entry
 * @data: the section
 * @cie: where the entry begins that was looked at last of those that functions share
 * @encoding: of its functions' addresses
 * @has_more: its functions have data of their own between address and program
 * @is_sound: may it be run
 * @looked: bytes of entries looked through so far
 */
struct unwind_entries {
	Elf_Data data;
	uint64_t cie;
	uint8_t encoding;
	bool has_more;
	bool is_sound;
	uint64_t looked;
};

void unwind_entries_init(struct unwind_entries *entries, void *bytes, size_t size);
uint32_t unwind_entry_next(const struct unwind_entries *entries, uint64_t offset);
uint32_t unwind_entry_size(struct unwind_entries *entries, uint64_t offset);
bool unwind_entry_start(const struct unwind_entries *entries, uint64_t offset, uint64_t vaddr,
			uint64_t *start);

#endif
