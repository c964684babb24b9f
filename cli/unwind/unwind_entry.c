// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is an entry of .eh_frame one that libdw can be asked to run? libdw checks that it
 * reads no further than the entry goes, but allocates as an entry tells it to: an
 * array up to the highest register named (gigabytes, for a made-up number), a copy
 * of the row for each one remembered. So the programs are looked through first, not
 * run: operations known, registers that x86-64 has, few rows remembered at a time.
 */
#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <string.h>

#include "unwind/unwind_entry.h"

#define MAX_BYTES      65536 /* of one entry */
#define MAX_LOOKED     (256u << 20) /* functions may name shared entries by turns */
#define MAX_REGISTER   128
#define MAX_REMEMBERED 64

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

static bool skip(struct cursor *c, uint64_t nr)
{
	if ((uint64_t)(c->end - c->at) < nr)
		return false;
	c->at += nr;
	return true;
}

static bool number(struct cursor *c, uint64_t *value)
{
	*value = 0;
	for (int shift = 0; c->at < c->end && shift < 64; shift += 7) {
		*value |= (uint64_t)(*c->at & 0x7f) << shift;
		if (!(*c->at++ & 0x80))
			return true;
	}
	return false;
}

static bool skip_number(struct cursor *c)
{
	uint64_t value;

	return number(c, &value);
}

static bool skip_register(struct cursor *c)
{
	uint64_t value;

	return number(c, &value) && value < MAX_REGISTER;
}

static bool skip_block(struct cursor *c)
{
	uint64_t size;

	return number(c, &size) && skip(c, size);
}

/* Bytes of an address in an encoding; 0 = of none that is known. */
static uint32_t address_bytes(uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case DW_EH_PE_udata2:
	case DW_EH_PE_sdata2:
		return 2;
	case DW_EH_PE_udata4:
	case DW_EH_PE_sdata4:
		return 4;
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return 8;
	default:
		return 0;
	}
}

static bool skip_operands(struct cursor *c, uint8_t op, uint8_t encoding)
{
	switch (op) {
	case DW_CFA_nop:
	case DW_CFA_remember_state:
	case DW_CFA_restore_state:
		return true;
	case DW_CFA_set_loc:
		return skip(c, address_bytes(encoding));
	case DW_CFA_advance_loc1:
		return skip(c, 1);
	case DW_CFA_advance_loc2:
		return skip(c, 2);
	case DW_CFA_advance_loc4:
		return skip(c, 4);
	case DW_CFA_def_cfa_offset:
	case DW_CFA_def_cfa_offset_sf:
	case DW_CFA_GNU_args_size:
		return skip_number(c);
	case DW_CFA_restore_extended:
	case DW_CFA_undefined:
	case DW_CFA_same_value:
	case DW_CFA_def_cfa_register:
		return skip_register(c);
	case DW_CFA_register:
		return skip_register(c) && skip_register(c);
	case DW_CFA_offset_extended:
	case DW_CFA_offset_extended_sf:
	case DW_CFA_def_cfa:
	case DW_CFA_def_cfa_sf:
	case DW_CFA_val_offset:
	case DW_CFA_val_offset_sf:
	case DW_CFA_GNU_negative_offset_extended:
		return skip_register(c) && skip_number(c);
	case DW_CFA_def_cfa_expression:
		return skip_block(c);
	case DW_CFA_expression:
	case DW_CFA_val_expression:
		return skip_register(c) && skip_block(c);
	default:
		return false;
	}
}

static bool is_program_sound(const uint8_t *begin, const uint8_t *end, uint8_t encoding)
{
	struct cursor c = { begin, end };
	int remembered = 0;

	while (c.at < c.end) {
		uint8_t op = *c.at++;

		if ((op & 0xc0) == DW_CFA_offset) {
			if (!skip_number(&c))
				return false;
			continue;
		}
		if (op & 0xc0)
			continue;
		if (!skip_operands(&c, op, encoding))
			return false;
		remembered += (op == DW_CFA_remember_state) - (op == DW_CFA_restore_state);
		if (remembered < 0 || remembered > MAX_REMEMBERED)
			return false;
	}
	return true;
}

/* How the functions that share an entry give their addresses. */
static bool find_encoding(const Dwarf_CIE *cie, uint8_t *encoding, bool *has_more)
{
	const uint8_t *data = cie->augmentation_data;
	struct cursor c = { data, data + (data ? cie->augmentation_data_size : 0) };

	*encoding = DW_EH_PE_absptr;
	*has_more = *cie->augmentation == 'z';
	if (!*has_more)
		return !*cie->augmentation;
	for (const char *letter = cie->augmentation + 1; *letter; letter++) {
		const uint8_t *at = c.at;

		if (*letter == 'S' || *letter == 'B')
			continue;
		if (!skip(&c, 1))
			return false;
		if (*letter == 'R')
			*encoding = *at;
		else if (*letter == 'P' ? !skip(&c, address_bytes(*at)) : *letter != 'L')
			return false;
	}
	return address_bytes(*encoding);
}

static bool next_entry(const struct unwind_entries *entries, uint64_t offset, uint64_t *next,
		       Dwarf_CFI_Entry *entry)
{
	static const unsigned char ident[EI_NIDENT] = {
		[EI_CLASS] = ELFCLASS64,
		[EI_DATA] = ELFDATA2LSB,
		[EI_VERSION] = EV_CURRENT,
	};

	return offset < entries->data.d_size &&
	       !dwarf_next_cfi(ident, (Elf_Data *)&entries->data, true, offset, next, entry) &&
	       *next > offset && *next - offset <= MAX_BYTES;
}

static bool is_cie_sound(struct unwind_entries *entries, uint64_t offset)
{
	Dwarf_CFI_Entry entry;
	uint64_t next;

	if (offset == entries->cie)
		return entries->is_sound;
	entries->cie = offset;
	entries->is_sound = false;
	if (!next_entry(entries, offset, &next, &entry))
		return false;
	entries->looked += next - offset;
	entries->is_sound = entries->looked <= MAX_LOOKED && dwarf_cfi_cie_p(&entry) &&
			    find_encoding(&entry.cie, &entries->encoding, &entries->has_more) &&
			    is_program_sound(entry.cie.initial_instructions,
					     entry.cie.initial_instructions_end, entries->encoding);
	return entries->is_sound;
}

/**
 * unwind_entries_init() - begin to look at a section
 * @entries: result
 * @bytes: the section; outlives @entries
 * @size: its length
 */
void unwind_entries_init(struct unwind_entries *entries, void *bytes, size_t size)
{
	memset(entries, 0, sizeof(*entries));
	entries->data.d_buf = bytes;
	entries->data.d_size = size;
	entries->data.d_type = ELF_T_BYTE;
	entries->data.d_version = EV_CURRENT;
	entries->cie = UINT64_MAX;
}

/**
 * unwind_entry_size() - how long the entry of a function is
 * @entries: section
 * @offset: where the entry begins
 *
 * Return: its length; 0 when it, or the one that it shares with others, is not
 * sound.
 */
uint32_t unwind_entry_size(struct unwind_entries *entries, uint64_t offset)
{
	Dwarf_CFI_Entry entry;
	struct cursor c;
	uint64_t next;

	if (entries->looked > MAX_LOOKED || !next_entry(entries, offset, &next, &entry))
		return 0;
	entries->looked += next - offset;
	if (dwarf_cfi_cie_p(&entry) || !is_cie_sound(entries, entry.fde.CIE_pointer))
		return 0;
	c = (struct cursor){ entry.fde.start, entry.fde.end };
	if (!skip(&c, 2 * address_bytes(entries->encoding)))
		return 0;
	if (entries->has_more && !skip_block(&c))
		return 0;
	return is_program_sound(c.at, c.end, entries->encoding) ? (uint32_t)(next - offset) : 0;
}

/**
 * unwind_entry_next() - how far it is to the next entry
 * @entries: section
 * @offset: where an entry begins, of whatever kind
 *
 * Return: bytes; 0 when there is none.
 */
uint32_t unwind_entry_next(const struct unwind_entries *entries, uint64_t offset)
{
	Dwarf_CFI_Entry entry;
	uint64_t next;

	return next_entry(entries, offset, &next, &entry) ? (uint32_t)(next - offset) : 0;
}

/**
 * unwind_entry_start() - the first address of a function
 * @entries: section
 * @offset: where its entry begins; unwind_entry_size() has just found it sound
 * @vaddr: what the section is linked to
 * @start: result
 *
 * Return: false when it is given in a rare form.
 */
bool unwind_entry_start(const struct unwind_entries *entries, uint64_t offset, uint64_t vaddr,
			uint64_t *start)
{
	const uint8_t *section = entries->data.d_buf;
	Dwarf_CFI_Entry entry;
	uint64_t next, base = 0;
	int32_t distance;

	if (!next_entry(entries, offset, &next, &entry))
		return false;
	if ((entries->encoding & 0xf0) == DW_EH_PE_pcrel)
		base = vaddr + (uint64_t)(entry.fde.start - section);
	else if (entries->encoding & 0xf0)
		return false;
	switch (entries->encoding & 0x0f) {
	case DW_EH_PE_sdata4:
		memcpy(&distance, entry.fde.start, sizeof(distance));
		*start = base + (uint64_t)(int64_t)distance;
		return true;
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		memcpy(start, entry.fde.start, sizeof(*start));
		*start += base;
		return true;
	default:
		return false;
	}
}
