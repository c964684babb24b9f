// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inlined functions, files and lines from DWARF. The compilation unit of an
 * address comes from libdwfl's table (.debug_aranges) or, for compilers that
 * write none, from an index of all units' ranges that is built once. From the unit
 * the walk goes down through what contains the address: the concrete function
 * first, then each function inlined there. Split DWARF is followed. Depth and
 * number of entries per walk are bounded against damaged files.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/symbol_impl.h"

#define MAX_DEPTH   256
#define MAX_ENTRIES (1u << 22)
#define MAX_RANGES  (1u << 22)

struct unit_range {
	Dwarf_Addr low;
	Dwarf_Addr high;
	Dwarf_Off unit;
};

struct symbol_dwarf {
	struct symbols *s;
	Dwfl_Module *module;
	Dwarf *dwarf; /* NULL: no debug information */
	Dwarf_Addr bias;
	struct unit_range *ranges;
	size_t nr, room;
	bool indexed;
};

/* The functions that contain an address, outermost first. */
struct chain {
	Dwarf_Die die[SYMBOL_MAX_FRAMES];
	int nr;
	unsigned int entries;
};

/* libdw looks for the end of names in line tables; damaged, they may have none. */
static bool line_names_end(Dwarf *dwarf)
{
	Elf *elf = dwarf_getelf(dwarf);
	Elf_Scn *section = NULL;
	const Elf_Data *data;
	const char *name;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			return false;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name || (strcmp(name, ".debug_line_str") && strcmp(name, ".zdebug_line_str")))
			continue;
		data = elf_rawdata(section, NULL);
		if (data && data->d_size && ((const char *)data->d_buf)[data->d_size - 1])
			return false;
	}
	return true;
}

/**
 * symbol_dwarf_new() - look for a module's debug information
 * @s: symbols object
 * @module: libdwfl's module; must outlive the object
 *
 * Return: an object, also when there is none, or NULL without memory.
 */
struct symbol_dwarf *symbol_dwarf_new(struct symbols *s, Dwfl_Module *module)
{
	struct symbol_dwarf *dwarf = calloc(1, sizeof(*dwarf));

	if (!dwarf)
		return NULL;
	dwarf->s = s;
	dwarf->module = module;
	dwarf->dwarf = dwfl_module_getdwarf(module, &dwarf->bias);
	if (dwarf->dwarf && !line_names_end(dwarf->dwarf))
		dwarf->dwarf = NULL;
	return dwarf;
}

/**
 * symbol_dwarf_free() - free the object
 * @dwarf: the object; NULL is allowed
 */
void symbol_dwarf_free(struct symbol_dwarf *dwarf)
{
	if (!dwarf)
		return;
	free(dwarf->ranges);
	free(dwarf);
}

static bool range_add(struct symbol_dwarf *dwarf, Dwarf_Addr low, Dwarf_Addr high, Dwarf_Off unit)
{
	struct unit_range *bigger;
	size_t room;

	if (low >= high || !low) /* 0: code that the linker threw away */
		return true;
	if (dwarf->nr == dwarf->room) {
		room = dwarf->room ? dwarf->room * 2 : 256;
		if (room > MAX_RANGES)
			return false;
		bigger = realloc(dwarf->ranges, room * sizeof(*bigger));
		if (!bigger)
			return false;
		dwarf->ranges = bigger;
		dwarf->room = room;
	}
	dwarf->ranges[dwarf->nr++] = (struct unit_range){ low, high, unit };
	return true;
}

static int by_low(const void *a, const void *b)
{
	const struct unit_range *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

static void index_units(struct symbol_dwarf *dwarf)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	bool room = true;

	dwarf->indexed = true;
	while (room && dwarf_get_units(dwarf->dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
		Dwarf_Addr base, low, high;
		ptrdiff_t at = 0;

		while (room && (at = dwarf_ranges(&die, at, &base, &low, &high)) > 0)
			room = range_add(dwarf, low, high, dwarf_dieoffset(&die));
	}
	if (dwarf->nr)
		qsort(dwarf->ranges, dwarf->nr, sizeof(*dwarf->ranges), by_low);
}

static bool find_indexed(struct symbol_dwarf *dwarf, Dwarf_Addr pc, Dwarf_Die *unit)
{
	size_t low = 0, high;

	if (!dwarf->indexed)
		index_units(dwarf);
	for (high = dwarf->nr; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (dwarf->ranges[middle].low <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || pc >= dwarf->ranges[low - 1].high)
		return false;
	return dwarf_offdie(dwarf->dwarf, dwarf->ranges[low - 1].unit, unit);
}

static bool find_unit(struct symbol_dwarf *dwarf, uint64_t pc, Dwarf_Die *unit)
{
	Dwarf_Addr bias;
	Dwarf_Die *found = dwfl_module_addrdie(dwarf->module, pc, &bias);

	if (!found)
		return find_indexed(dwarf, pc - dwarf->bias, unit);
	*unit = *found;
	return true;
}

static bool walk(struct chain *chain, Dwarf_Die *parent, Dwarf_Addr pc, int depth);

static void chain_push(struct chain *chain, const Dwarf_Die *die, bool concrete)
{
	if (concrete)
		chain->nr = 0;
	if (chain->nr == SYMBOL_MAX_FRAMES)
		chain->nr--;
	chain->die[chain->nr++] = *die;
}

/* True when @die contains the address: its siblings cannot. */
static bool walk_die(struct chain *chain, Dwarf_Die *die, Dwarf_Addr pc, int depth)
{
	int tag = dwarf_tag(die);

	switch (tag) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
		if (dwarf_haspc(die, pc) <= 0)
			return false;
		chain_push(chain, die, tag == DW_TAG_subprogram);
		walk(chain, die, pc, depth + 1);
		return true;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		if (dwarf_hasattr(die, DW_AT_low_pc) || dwarf_hasattr(die, DW_AT_ranges)) {
			if (dwarf_haspc(die, pc) <= 0)
				return false;
			walk(chain, die, pc, depth + 1);
			return true;
		}
		return walk(chain, die, pc, depth + 1);
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_enumeration_type:
		return walk(chain, die, pc, depth + 1);
	default:
		return false;
	}
}

static bool walk(struct chain *chain, Dwarf_Die *parent, Dwarf_Addr pc, int depth)
{
	Dwarf_Die child;

	if (depth > MAX_DEPTH || dwarf_child(parent, &child))
		return false;
	do {
		if (chain->entries++ > MAX_ENTRIES)
			return false;
		if (walk_die(chain, &child, pc, depth))
			return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

/* The text may lie in the file of the entry's unit, or in one that several share. */
static const char *text_of(Dwarf_Die *die, unsigned int name)
{
	struct symbol_section section = { 0 };
	Dwarf_Attribute attr;
	const char *text, *found;
	Dwarf *dwarf;

	if (!dwarf_attr_integrate(die, name, &attr))
		return NULL;
	text = dwarf_formstring(&attr);
	dwarf = dwarf_cu_getdwarf(attr.cu);
	found = symbol_text(dwarf_getelf(dwarf), &section, text);
	if (!found && text && dwarf_getalt(dwarf))
		found = symbol_text(dwarf_getelf(dwarf_getalt(dwarf)), &section, text);
	return found;
}

/* libdw looks for the end of these as if there had to be one. */
static bool texts_end(Dwarf_Die *unit)
{
	static const unsigned int names[] = {
		DW_AT_comp_dir,
		DW_AT_dwo_name,
		DW_AT_GNU_dwo_name,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (dwarf_hasattr(unit, names[i]) && !text_of(unit, names[i]))
			return false;
	return true;
}

/* The entries of a skeleton unit are in the file that it points to. */
static void follow_split(Dwarf_Die *unit)
{
	uint8_t type = 0;
	Dwarf_Die split = { 0 };

	if (!dwarf_cu_info(unit->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) &&
	    type == DW_UT_skeleton && split.cu)
		*unit = split;
}

static const char *die_name(struct symbols *s, Dwarf_Die *die)
{
	static const unsigned int mangled[] = {
		DW_AT_linkage_name,
		DW_AT_MIPS_linkage_name,
	};
	const char *name;

	for (size_t i = 0; i < sizeof(mangled) / sizeof(*mangled); i++) {
		name = text_of(die, mangled[i]);
		if (name)
			return symbols_demangle(s, name);
	}
	return symbols_intern(s, text_of(die, DW_AT_name));
}

static void set_call_site(struct symbols *s, Dwarf_Die *unit, Dwarf_Die *inlined,
			  struct symbol_frame *frame)
{
	Dwarf_Word file = 0, line = 0;
	Dwarf_Files *files;
	Dwarf_Attribute attr;
	size_t nr;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attr), &line) == 0)
		frame->line = line;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attr), &file) == 0 &&
	    dwarf_getsrcfiles(unit, &files, &nr) == 0 && file < nr)
		frame->file = symbols_intern(s, dwarf_filesrc(files, file, NULL, NULL));
}

static void set_line(struct symbols *s, Dwarf_Die *unit, Dwarf_Addr pc, struct symbol_frame *frame)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, pc);

	if (!line)
		return;
	frame->file = symbols_intern(s, dwarf_linesrc(line, NULL, NULL));
	dwarf_lineno(line, &frame->line);
}

/**
 * symbol_dwarf_resolve() - the functions that contain an address
 * @dwarf: the module's debug information
 * @pc: the address, as libdwfl counts it
 * @frames: SYMBOL_MAX_FRAMES frames, innermost first
 * @start: receives the start of the outermost function, if it is known
 *
 * Return: number of frames. 0: nothing is known; a single frame can have a line
 * without a name.
 */
int symbol_dwarf_resolve(struct symbol_dwarf *dwarf, uint64_t pc, struct symbol_frame *frames,
			 uint64_t *start)
{
	Dwarf_Addr at = pc - dwarf->bias, entry;
	Dwarf_Die unit, entries;
	struct chain chain;
	int nr;

	if (!dwarf->dwarf || !find_unit(dwarf, pc, &unit) || !texts_end(&unit))
		return 0;
	chain.nr = 0;
	chain.entries = 0;
	entries = unit;
	follow_split(&entries);
	if (!texts_end(&entries))
		return 0;
	walk(&chain, &entries, at, 0);
	nr = chain.nr ? chain.nr : 1;
	for (int i = 0; i < nr; i++) {
		Dwarf_Die *die = &chain.die[nr - 1 - i];

		frames[i] = (struct symbol_frame){ 0 };
		if (i == 0)
			set_line(dwarf->s, &unit, at, &frames[i]);
		else
			set_call_site(dwarf->s, &entries, die + 1, &frames[i]);
		if (!chain.nr)
			break;
		frames[i].symbol = die_name(dwarf->s, die);
		frames[i].inlined = i < nr - 1;
	}
	if (chain.nr && !dwarf_entrypc(&chain.die[0], &entry))
		*start = entry + dwarf->bias;
	return chain.nr || frames[0].file ? nr : 0;
}
