// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is an ELF file, of which unwind rules are made. What comes out is a table
 * that the module takes.
 */
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"
#include "unwind/unwind_cfi.h"
#include "unwind/unwind_elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_memory(data, size);
	struct unwind_table table;
	struct unwind_elf elf;

	if (!unwind_elf_read(fd, &elf) && !unwind_cfi_table(&elf, &table, NULL, NULL)) {
		if (!unwind_table_is_valid(&table))
			abort();
		for (uint64_t offset = 0; offset < size + 64; offset += 1 + size / 64)
			unwind_table_find(&table, offset);
		unwind_table_free(&table);
	}
	unwind_elf_free(&elf);
	close(fd);
	return 0;
}
