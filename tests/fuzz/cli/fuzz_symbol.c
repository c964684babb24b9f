// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is an ELF file, of which functions, lines and inlined calls are asked.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "symbol/symbol_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbol_frame frames[SYMBOL_MAX_FRAMES];
	struct symbols *symbols = symbols_new();
	struct symbol_elf *elf;
	uint64_t vaddr;

	if (!symbols)
		abort();
	/* Closes the file. */
	elf = symbol_elf_open(symbols, "fuzz", fuzz_memory(data, size));
	for (uint64_t offset = 0; elf && offset < size; offset += 1 + size / 48)
		if (symbol_elf_vaddr(elf, offset, &vaddr))
			symbol_elf_resolve(elf, vaddr, offset & 1, frames);
	symbol_elf_close(elf);
	symbols_free(symbols);
	return 0;
}
