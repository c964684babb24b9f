// SPDX-License-Identifier: GPL-2.0-only
/*
 * .eh_frame -> rules. The starts of the functions come from the search table in
 * .eh_frame_hdr; from each start libdw gives row after row (an address range and
 * how to find the caller's frame in it) up to the next function.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/unwind.h"

#define DWARF_RBP    6
#define DWARF_RSP    7
#define DWARF_RETURN 16

const char *const unwind_form_names[NR_FORMS] = {
	"rsp+n",	"rbp+n",	  "[rbp+n]",
	"plt",		"signal",	  "end",
	"no-cfa",	"other-register", "other-expression",
	"return-other", "rbp-undefined",  "rbp-other",
	"out-of-range",
};

/* A function's start as linked, from the binary search table (sdata4, datarel). */
struct starts {
	uint64_t *addr;
	size_t nr;
};

static int starts_read(Elf *elf, struct starts *starts)
{
	GElf_Phdr segment = { 0 };
	Elf_Data *data;
	const unsigned char *bytes;
	uint32_t nr;
	size_t nr_segments = 0;

	elf_getphdrnum(elf, &nr_segments);
	for (size_t i = 0; i < nr_segments; i++)
		if (gelf_getphdr(elf, i, &segment) && segment.p_type == PT_GNU_EH_FRAME)
			break;
	if (segment.p_type != PT_GNU_EH_FRAME)
		return -ENOENT;
	data = elf_getdata_rawchunk(elf, segment.p_offset, segment.p_filesz, ELF_T_BYTE);
	if (!data || data->d_size < 12)
		return -ENOENT;
	bytes = data->d_buf;
	if (bytes[0] != 1 || bytes[2] != DW_EH_PE_udata4 ||
	    bytes[3] != (DW_EH_PE_datarel | DW_EH_PE_sdata4))
		return -ENOENT;
	memcpy(&nr, bytes + 8, sizeof(nr));
	if (nr > (data->d_size - 12) / 8)
		return -EINVAL;
	starts->addr = calloc(nr + 1, sizeof(*starts->addr));
	if (!starts->addr)
		return -ENOMEM;
	for (starts->nr = 0; starts->nr < nr; starts->nr++) {
		int32_t at;

		memcpy(&at, bytes + 12 + 8 * starts->nr, sizeof(at));
		starts->addr[starts->nr] = segment.p_vaddr + (int64_t)at;
	}
	starts->addr[nr] = UINT64_MAX;
	return 0;
}

/* The file offset of a linked address, or -1. */
static int64_t file_offset(Elf *elf, uint64_t addr)
{
	GElf_Phdr segment;
	size_t nr = 0;

	elf_getphdrnum(elf, &nr);
	for (size_t i = 0; i < nr && gelf_getphdr(elf, i, &segment); i++)
		if (segment.p_type == PT_LOAD && addr >= segment.p_vaddr &&
		    addr - segment.p_vaddr < segment.p_filesz)
			return addr - segment.p_vaddr + segment.p_offset;
	return -1;
}

/* The expression that binutils writes for the lazy part of .plt. */
static bool is_plt(const Dwarf_Op *ops, size_t nr)
{
	static const uint8_t plt[] = {
		DW_OP_breg7, DW_OP_breg16, DW_OP_lit15, DW_OP_and,  DW_OP_lit11,
		DW_OP_ge,    DW_OP_lit3,   DW_OP_shl,	DW_OP_plus,
	};

	if (nr != sizeof(plt) || ops[0].number != 8 || ops[1].number != 0)
		return false;
	for (size_t i = 0; i < nr; i++)
		if (ops[i].atom != plt[i])
			return false;
	return true;
}

static bool is_register(const Dwarf_Op *op, unsigned int *reg, int64_t *offset)
{
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
		*reg = op->atom - DW_OP_breg0;
		*offset = op->number;
		return true;
	}
	if (op->atom == DW_OP_bregx) {
		*reg = op->number;
		*offset = op->number2;
		return true;
	}
	return false;
}

static enum unwind_form cfa_form(Dwarf_Frame *frame, struct spike_rule *rule,
				 struct unwind_table *table)
{
	unsigned int reg;
	Dwarf_Op *ops;
	int64_t offset = 0;
	size_t nr;

	if (dwarf_frame_cfa(frame, &ops, &nr) || !nr)
		return FORM_NO_CFA;
	if (is_plt(ops, nr)) {
		rule->base = SPIKE_BASE_PLT;
		rule->cfa_offset = 8;
		return FORM_PLT;
	}
	if (!is_register(ops, &reg, &offset))
		return FORM_OTHER_EXPRESSION;
	if (offset != (int32_t)offset)
		return FORM_OUT_OF_RANGE;
	rule->cfa_offset = offset;
	if (nr == 1 && reg == DWARF_RSP) {
		rule->base = SPIKE_BASE_RSP;
		return FORM_RSP;
	}
	if (nr == 1 && reg == DWARF_RBP) {
		rule->base = SPIKE_BASE_RBP;
		return FORM_RBP;
	}
	if (nr == 2 && reg == DWARF_RBP && ops[1].atom == DW_OP_deref) {
		rule->base = SPIKE_BASE_AT_RBP;
		return FORM_AT_RBP;
	}
	if (nr > 1)
		return FORM_OTHER_EXPRESSION;
	table->registers[reg < 16 ? reg : 16]++;
	return FORM_OTHER_REGISTER;
}

/* 1: saved at CFA + *offset, 0: unchanged, 2: undefined, -1: anything else */
static int saved_at(Dwarf_Frame *frame, int reg, int64_t *offset, Dwarf_Op *memory, Dwarf_Op **ops,
		    size_t *nr)
{
	*offset = 0;
	if (dwarf_frame_register(frame, reg, memory, ops, nr))
		return -1;
	if (!*nr)
		return *ops ? 2 : 0;
	if ((*ops)[0].atom != DW_OP_call_frame_cfa)
		return -1;
	if (*nr == 2 && (*ops)[1].atom == DW_OP_plus_uconst) {
		*offset = (int64_t)(*ops)[1].number;
		return 1;
	}
	return *nr == 1 ? 1 : -1;
}

static enum unwind_form rbp_form(Dwarf_Frame *frame, struct spike_rule *rule, enum unwind_form cfa)
{
	Dwarf_Op memory[3], *ops;
	unsigned int reg;
	int64_t offset;
	size_t nr;
	int how = saved_at(frame, DWARF_RBP, &offset, memory, &ops, &nr);

	rule->rbp_offset = 0;
	if (how == -1 && cfa == FORM_AT_RBP && nr >= 1) {
		/* libdw puts the CFA in front of expressions. */
		if (ops[0].atom == DW_OP_call_frame_cfa && nr == 2)
			ops++;
		if (is_register(ops, &reg, &offset) && reg == DWARF_RBP)
			how = 3;
	}
	if (offset != (int16_t)offset)
		return FORM_OUT_OF_RANGE;
	rule->rbp_offset = offset;
	switch (how) {
	case 2:
		return FORM_RBP_UNDEFINED;
	case -1:
		return FORM_RBP_OTHER;
	default:
		return (cfa == FORM_AT_RBP) == (how == 3) ? cfa : FORM_RBP_OTHER;
	}
}

static enum unwind_form convert(Dwarf_Frame *frame, bool is_signal, struct spike_rule *rule,
				struct unwind_table *table)
{
	Dwarf_Op memory[3], *ops;
	enum unwind_form form;
	int64_t offset;
	size_t nr;
	int how;

	if (is_signal) {
		rule->kind = SPIKE_KIND_SIGNAL;
		return FORM_SIGNAL;
	}
	how = saved_at(frame, DWARF_RETURN, &offset, memory, &ops, &nr);
	if (how == 2) {
		rule->kind = SPIKE_KIND_END;
		return FORM_END;
	}
	rule->kind = SPIKE_KIND_STOP;
	if (how != 1 || offset != -8)
		return FORM_RETURN_OTHER;
	form = cfa_form(frame, rule, table);
	if (form > FORM_PLT)
		return form;
	form = rbp_form(frame, rule, form);
	/* Without a value rbp is only wrong if a later frame needs it. */
	if (form <= FORM_PLT || form == FORM_RBP_UNDEFINED)
		rule->kind = SPIKE_KIND_STEP;
	return form;
}

static int table_add(struct unwind_table *table, struct spike_rule rule)
{
	struct spike_rule *last = table->nr ? &table->rules[table->nr - 1] : NULL;
	struct spike_rule *bigger;

	if (rule.kind != SPIKE_KIND_STEP) {
		rule.base = 0;
		rule.cfa_offset = 0;
		rule.rbp_offset = 0;
	}
	if (last && last->offset + last->len == rule.offset &&
	    last->cfa_offset == rule.cfa_offset && last->base == rule.base &&
	    last->rbp_offset == rule.rbp_offset && last->kind == rule.kind) {
		last->len += rule.len;
		return 0;
	}
	if (table->nr == table->room) {
		table->room = table->room ? table->room * 2 : 1024;
		bigger = realloc(table->rules, table->room * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		table->rules = bigger;
	}
	table->rules[table->nr++] = rule;
	return 0;
}

/* All rows of the function at @at, as far as the next one. */
static int function_rules(Elf *elf, Dwarf_CFI *cfi, Dwarf_Addr at, Dwarf_Addr next,
			  struct unwind_table *table)
{
	int err = 0;

	while (at < next && !err) {
		struct spike_rule rule = { 0 };
		Dwarf_Addr start, end;
		Dwarf_Frame *frame;
		int64_t offset;
		bool is_signal;

		if (dwarf_cfi_addrframe(cfi, at, &frame))
			return 0;
		dwarf_frame_info(frame, &start, &end, &is_signal);
		offset = file_offset(elf, at);
		if (offset < 0 || offset > UINT32_MAX || end <= at || end - at > UINT32_MAX) {
			free(frame);
			return 0;
		}
		rule.offset = offset;
		rule.len = (end < next ? end : next) - at;
		table->forms[convert(frame, is_signal, &rule, table)]++;
		err = table_add(table, rule);
		free(frame);
		at = end;
	}
	return err;
}

int unwind_table_make(Elf *elf, struct unwind_table *table)
{
	struct starts starts = { 0 };
	Dwarf_CFI *cfi = dwarf_getcfi_elf(elf);
	int err = cfi ? starts_read(elf, &starts) : -ENOENT;

	memset(table, 0, sizeof(*table));
	for (size_t i = 0; !err && i < starts.nr; i++)
		err = function_rules(elf, cfi, starts.addr[i], starts.addr[i + 1], table);
	table->nr_functions = starts.nr;
	free(starts.addr);
	dwarf_cfi_end(cfi);
	return err;
}
