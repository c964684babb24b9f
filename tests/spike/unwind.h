/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_SPIKE_UNWIND_H
#define TESTS_SPIKE_UNWIND_H

#include <libelf.h>
#include <stddef.h>

#include "spike.h"

enum unwind_form {
	FORM_RSP,
	FORM_RBP,
	FORM_AT_RBP,
	FORM_PLT,
	FORM_SIGNAL,
	FORM_END,
	FORM_NO_CFA,
	FORM_OTHER_REGISTER,
	FORM_OTHER_EXPRESSION,
	FORM_RETURN_OTHER, /* return address not at CFA - 8 */
	FORM_RBP_UNDEFINED,
	FORM_RBP_OTHER,
	FORM_OUT_OF_RANGE,
	NR_FORMS
};

extern const char *const unwind_form_names[NR_FORMS];

/* The rules of one file, sorted by file offset, equal neighbours merged. */
struct unwind_table {
	struct spike_rule *rules;
	size_t nr;
	size_t room;
	size_t nr_functions;
	size_t forms[NR_FORMS]; /* rows of the unwind table, before merging */
	size_t registers[17]; /* FORM_OTHER_REGISTER: which */
};

/**
 * unwind_table_make() - turn a file's .eh_frame into rules
 * @elf: the file
 * @table: receives the rules; free @table->rules
 *
 * Return: 0, or -errno: -ENOENT without unwind data.
 */
int unwind_table_make(Elf *elf, struct unwind_table *table);

#endif
