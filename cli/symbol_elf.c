// SPDX-License-Identifier: GPL-2.0-only
/*
 * One ELF file, independent of the processes that map it: file offset -> virtual
 * address -> function. libdwfl finds the symbols (.symtab, .dynsym, those of a
 * separate debug file by build id or link, of .gnu_debugdata); they are sorted
 * once, because its own look-up walks the whole table for each address. Whether
 * DWARF is present, and inlined frames and lines, is symbol_dwarf.c's.
 *
 * Nothing in the file is trusted: libelf and libdw check what they read, counts
 * are bounded here.
 */
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbol_impl.h"

#define MAX_SYMBOLS (8u << 20)
/* How far back to look for a function that another one lies in. */
#define MAX_NESTED 32

struct elf_symbol {
	uint64_t start;
	uint64_t end;
	const char *name;
	uint8_t bind; /* rank: global, weak, local */
};

struct symbol_elf {
	struct symbols *s;
	Dwfl *dwfl;
	Dwfl_Module *module;
	Elf *elf;
	GElf_Addr bias; /* of libdwfl's addresses to the file's */
	struct symbol_dwarf *dwarf;
	struct elf_symbol *symbols;
	size_t nr;
	bool sorted;
};

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf, /* required, not used: we bring it */
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static bool elf_is_mappable(Elf *elf)
{
	GElf_Ehdr header;

	return elf && gelf_getehdr(elf, &header) &&
	       (header.e_type == ET_EXEC || header.e_type == ET_DYN);
}

/**
 * symbol_elf_open() - begin to read symbols from an open file
 * @s: symbols object
 * @path: where a debug link of the file is relative to
 * @fd: the file; closed with the object, also on failure
 *
 * Return: the object, or NULL: not ELF, damaged, no memory.
 */
struct symbol_elf *symbol_elf_open(struct symbols *s, const char *path, int fd)
{
	struct symbol_elf *elf = calloc(1, sizeof(*elf));

	if (!elf)
		goto err_close;
	elf->s = s;
	elf->dwfl = dwfl_begin(&callbacks);
	if (!elf->dwfl)
		goto err_free;
	dwfl_report_begin(elf->dwfl);
	elf->module = dwfl_report_elf(elf->dwfl, path, path, fd, 0, true);
	if (!elf->module)
		goto err_end;
	dwfl_report_end(elf->dwfl, NULL, NULL);
	elf->elf = dwfl_module_getelf(elf->module, &elf->bias);
	if (!elf_is_mappable(elf->elf)) {
		symbol_elf_close(elf);
		return NULL;
	}
	return elf;

err_end:
	dwfl_end(elf->dwfl);
err_free:
	free(elf);
err_close:
	close(fd);
	return NULL;
}

/**
 * symbol_elf_close() - free all that is known of a file
 * @elf: the file; NULL is allowed
 */
void symbol_elf_close(struct symbol_elf *elf)
{
	if (!elf)
		return;
	symbol_dwarf_free(elf->dwarf);
	free(elf->symbols);
	dwfl_end(elf->dwfl);
	free(elf);
}

/**
 * symbol_elf_vaddr() - where a part of the file is linked to
 * @elf: the file
 * @offset: offset in the file
 * @vaddr: receives the virtual address
 *
 * Return: false when no loadable segment holds the offset.
 */
bool symbol_elf_vaddr(const struct symbol_elf *elf, uint64_t offset, uint64_t *vaddr)
{
	size_t nr;
	GElf_Phdr segment;

	if (elf_getphdrnum(elf->elf, &nr))
		return false;
	for (size_t i = 0; i < nr && gelf_getphdr(elf->elf, i, &segment); i++) {
		if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X) ||
		    offset < segment.p_offset || offset - segment.p_offset >= segment.p_filesz)
			continue;
		*vaddr = offset - segment.p_offset + segment.p_vaddr;
		return true;
	}
	return false;
}

/* Fills in the end of a symbol without a size: for now, that of its section. */
static bool symbol_take(const GElf_Sym *sym, GElf_Addr value, Elf *elf, GElf_Word section,
			GElf_Addr bias, struct elf_symbol *symbol)
{
	int type = GELF_ST_TYPE(sym->st_info);
	GElf_Shdr header = { 0 };

	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return false;
	if (section == SHN_UNDEF || section == SHN_ABS || section == SHN_COMMON || !value)
		return false;
	if (type == STT_NOTYPE || !sym->st_size) {
		if (!elf || !gelf_getshdr(elf_getscn(elf, section), &header) ||
		    !(header.sh_flags & SHF_EXECINSTR))
			return false;
	}
	symbol->start = value;
	symbol->end = value + sym->st_size;
	if (!sym->st_size)
		symbol->end = header.sh_addr + bias + header.sh_size;
	symbol->bind = GELF_ST_BIND(sym->st_info) == STB_GLOBAL ? 0 :
		       GELF_ST_BIND(sym->st_info) == STB_WEAK	? 1 :
								  2;
	return symbol->end > symbol->start;
}

static int by_start(const void *a, const void *b)
{
	const struct elf_symbol *x = a, *y = b;
	int rank;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	rank = symbol_name_rank(x->name) - symbol_name_rank(y->name);
	if (rank)
		return rank;
	if (x->bind != y->bind)
		return x->bind - y->bind;
	return strcmp(x->name, y->name);
}

/* One symbol an address: the best name, and the greatest extent of the aliases. */
static void symbols_sort(struct symbol_elf *elf)
{
	struct elf_symbol *symbols = elf->symbols;
	size_t kept = 0;

	qsort(symbols, elf->nr, sizeof(*symbols), by_start);
	for (size_t i = 0; i < elf->nr; i++) {
		if (kept && symbols[kept - 1].start == symbols[i].start) {
			if (symbols[i].end > symbols[kept - 1].end)
				symbols[kept - 1].end = symbols[i].end;
			continue;
		}
		symbols[kept++] = symbols[i];
	}
	elf->nr = kept;
}

static void symbols_read(struct symbol_elf *elf)
{
	int count = dwfl_module_getsymtab(elf->module);
	GElf_Addr value, bias;
	GElf_Word section;
	const char *name;
	GElf_Sym sym;
	Elf *file;

	elf->sorted = true;
	if (count <= 0 || (unsigned int)count > MAX_SYMBOLS)
		return;
	elf->symbols = calloc(count, sizeof(*elf->symbols));
	if (!elf->symbols)
		return;
	for (int i = 1; i < count; i++) {
		struct elf_symbol *symbol = &elf->symbols[elf->nr];

		name = dwfl_module_getsym_info(elf->module, i, &sym, &value, &section, &file,
					       &bias);
		if (!name || !*name || !symbol_take(&sym, value, file, section, bias, symbol))
			continue;
		symbol->name = name;
		elf->nr++;
	}
	symbols_sort(elf);
}

static const struct elf_symbol *symbols_find(const struct symbol_elf *elf, uint64_t pc)
{
	size_t low = 0, high = elf->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (elf->symbols[middle].start <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i > 0 && low - i < MAX_NESTED; i--)
		if (pc < elf->symbols[i - 1].end)
			return &elf->symbols[i - 1];
	return NULL;
}

/*
 * A signal handler returns to the first byte of the trampoline: the byte before
 * belongs to nothing, or to another function.
 */
static const struct elf_symbol *trampoline_find(const struct symbol_elf *elf, uint64_t addr)
{
	const struct elf_symbol *symbol = symbols_find(elf, addr);

	if (!symbol || symbol->start != addr ||
	    strncmp(symbol->name, "__restore", strlen("__restore")))
		return NULL;
	return symbol;
}

/**
 * symbol_elf_resolve() - the functions at a virtual address
 * @elf: the file
 * @vaddr: the address to look up, already moved into the call
 * @is_leaf: whether it was not moved
 * @frames: SYMBOL_MAX_FRAMES frames, innermost first, without addr and module
 *
 * The function that has a frame is named by the symbol table, which knows parts
 * such as "f.cold"; inlined ones and the rest by DWARF.
 *
 * Return: number of frames; 0 when nothing is known.
 */
int symbol_elf_resolve(struct symbol_elf *elf, uint64_t vaddr, bool is_leaf,
		       struct symbol_frame *frames)
{
	const struct elf_symbol *symbol;
	uint64_t pc = vaddr + elf->bias, start = 0;
	struct symbol_frame *outer;
	int nr;

	if (!elf->sorted)
		symbols_read(elf);
	if (!elf->dwarf)
		elf->dwarf = symbol_dwarf_new(elf->s, elf->module);
	symbol = is_leaf ? NULL : trampoline_find(elf, pc + 1);
	if (symbol)
		pc++;
	else
		symbol = symbols_find(elf, pc);
	nr = elf->dwarf ? symbol_dwarf_resolve(elf->dwarf, pc, frames, &start) : 0;
	if (!nr) {
		if (!symbol)
			return 0;
		frames[0] = (struct symbol_frame){ 0 };
		nr = 1;
	}
	outer = &frames[nr - 1];
	if (symbol) {
		outer->symbol = symbols_demangle(elf->s, symbol->name);
		start = symbol->start;
	}
	/* The reported address, not the one inside the call, counts. */
	outer->offset = start ? vaddr + elf->bias + !is_leaf - start : 0;
	return nr;
}
