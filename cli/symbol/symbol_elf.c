// SPDX-License-Identifier: GPL-2.0-only
/*
 * One ELF file, independent of the processes that map it: file offset -> virtual
 * address -> function. libdwfl finds the symbols (.symtab, .dynsym, those of a
 * separate debug file by build id or link, of .gnu_debugdata); they are sorted
 * once, because its own look-up walks the whole table for each address. Whether
 * DWARF is present, and inlined frames and lines, is symbol_dwarf.c's.
 *
 * Nothing in the file is trusted: libelf and libdw check what they read, counts
 * are bounded here. Nor is it mapped: whoever installs a library over the one in
 * use truncates it, and touching a page behind the end would be the end of us.
 * libelf reads it instead, section by section; a separate debug file, which
 * libdwfl opens by itself and maps, is copied before.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbol/symbol_impl.h"

#define MAX_SYMBOLS (8u << 20)
/* How far back to look for a function that another one lies in. */
#define MAX_NESTED 32

/* Debug information is read as a whole; of larger files there is none. */
#define MAX_DEBUG_BYTES (1LL << 30)

/* Where a file without an address of its own is put; 0 is no address. */
#define RELOCATED 0x10000

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
	int fd;
	bool is_huge;
	GElf_Addr bias; /* of libdwfl's addresses to the file's */
	struct symbol_dwarf *dwarf;
	struct elf_symbol *symbols;
	size_t nr;
	bool sorted;
};

/* libdwfl asks for what it was told about: the file as it is read here. */
static int bring_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		     char **path, Elf **file)
{
	struct symbol_elf *elf = *userdata;

	(void)module;
	(void)base;
	*path = strdup(name);
	*file = elf->elf;
	elf->elf = NULL; /* theirs from now on */
	return -1;
}

static int copy_of(int fd)
{
	struct stat st;
	int copy = -1;

	if (fstat(fd, &st) || st.st_size > MAX_DEBUG_BYTES)
		return -1;
	copy = memfd_create("debug", MFD_CLOEXEC);
	while (copy >= 0) {
		char buf[65536];
		ssize_t n = read(fd, buf, sizeof(buf));

		if (!n)
			break;
		if (n < 0 || write(copy, buf, (size_t)n) != n) {
			close(copy);
			copy = -1;
		}
	}
	return copy;
}

static int find_debug(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		      const char *path, const char *link, GElf_Word crc, char **found)
{
	int fd = dwfl_standard_find_debuginfo(module, userdata, name, base, path, link, crc, found);
	int copy;

	if (fd < 0)
		return fd;
	copy = copy_of(fd);
	close(fd);
	return copy;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = bring_elf,
	.find_debuginfo = find_debug,
	.section_address = dwfl_offline_section_address,
};

static bool elf_is_mappable(Elf *elf)
{
	GElf_Ehdr header;

	return elf && gelf_getehdr(elf, &header) &&
	       (header.e_type == ET_EXEC || header.e_type == ET_DYN);
}

/* The addresses that a file is linked to; false: it has none. */
static bool elf_extent(Elf *elf, uint64_t *low, uint64_t *high)
{
	GElf_Phdr segment;
	size_t nr;

	*low = UINT64_MAX;
	*high = 0;
	if (elf_getphdrnum(elf, &nr))
		return false;
	for (size_t i = 0; i < nr && gelf_getphdr(elf, (int)i, &segment); i++) {
		uint64_t align = segment.p_align ? segment.p_align : 1;
		uint64_t end = segment.p_vaddr + segment.p_memsz;

		if (segment.p_type != PT_LOAD || end < segment.p_vaddr)
			continue;
		if ((segment.p_vaddr & -align) < *low)
			*low = segment.p_vaddr & -align;
		if (end > *high)
			*high = end;
	}
	return *low < *high;
}

static bool report(struct symbol_elf *elf, const char *path)
{
	uint64_t low, high, moved;
	void **userdata;

	if (!elf_extent(elf->elf, &low, &high))
		return false;
	moved = low ? 0 : RELOCATED;
	if (high + moved < high)
		return false;
	dwfl_report_begin(elf->dwfl);
	elf->module = dwfl_report_module(elf->dwfl, path, low + moved, high + moved);
	if (elf->module)
		dwfl_module_info(elf->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	if (elf->module)
		*userdata = elf;
	dwfl_report_end(elf->dwfl, NULL, NULL);
	return elf->module;
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
	struct stat st;

	if (!elf) {
		close(fd);
		return NULL;
	}
	elf->s = s;
	elf->fd = fd;
	elf->is_huge = fstat(fd, &st) || st.st_size > MAX_DEBUG_BYTES;
	elf_version(EV_CURRENT);
	elf->elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf_is_mappable(elf->elf))
		goto err_elf;
	elf->dwfl = dwfl_begin(&callbacks);
	if (!elf->dwfl)
		goto err_elf;
	if (!report(elf, path))
		goto err_dwfl;
	elf->elf = dwfl_module_getelf(elf->module, &elf->bias);
	if (elf->elf)
		return elf;
	symbol_elf_close(elf);
	return NULL;

err_dwfl:
	dwfl_end(elf->dwfl);
err_elf:
	elf_end(elf->elf);
	close(fd);
	free(elf);
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
	close(elf->fd);
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
	struct symbol_section texts = { 0 };
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
		name = symbol_text(file, &texts, name);
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
	if (!elf->dwarf && !elf->is_huge)
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
