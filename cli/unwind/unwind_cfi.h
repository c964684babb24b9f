/* SPDX-License-Identifier: GPL-2.0-only */
/* The unwind data of one file as the module takes it. */
#ifndef WAITPROF_CLI_UNWIND_CFI_H
#define WAITPROF_CLI_UNWIND_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "linux/waitprof.h"
#include "unwind/unwind_elf.h"

/* Steps travel in one attribute, whose length has 16 bits. */
#define UNWIND_MAX_STEPS 4000
#define UNWIND_MAX_RULES (1u << 21)

/**
 * struct unwind_table - rules of one file
 * @steps: different steps; the first one is STOP
 * @nr_steps: their number
 * @rules: where each begins to hold, sorted by offset in the file
 * @nr_rules: their number
 * @is_cut: there was more than a limit allows; there the rules say STOP
 */
struct unwind_table {
	struct waitprof_step *steps;
	uint32_t nr_steps;
	struct waitprof_rule *rules;
	uint32_t nr_rules;
	bool is_cut;
};

int unwind_cfi_table(const struct unwind_elf *elf, struct unwind_table *table,
		     bool (*stop)(void *arg), void *arg);
void unwind_table_free(struct unwind_table *table);
bool unwind_table_is_valid(const struct unwind_table *table);
const struct waitprof_step *unwind_table_find(const struct unwind_table *table, uint64_t offset);

#endif
