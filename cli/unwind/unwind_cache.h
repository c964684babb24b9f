/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of unwind rules, kept on disk for the next run. */
#ifndef WAITPROF_CLI_UNWIND_CACHE_H
#define WAITPROF_CLI_UNWIND_CACHE_H

#include "unwind/unwind_cfi.h"
#include "unwind/unwind_elf.h"

int unwind_cache_open(void);
int unwind_cache_load(int folder, const struct unwind_elf *elf, struct unwind_table *table);
int unwind_cache_store(int folder, const struct unwind_elf *elf, const struct unwind_table *table);

#endif
