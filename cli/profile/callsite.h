/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CALLSITE_H
#define WAITPROF_CLI_CALLSITE_H

#include <stddef.h>
#include <stdint.h>

#include "symbol/symbol.h"

const struct symbol_frame *callsite_find(uint32_t class_id, const struct symbol_frame *kframes,
					 size_t nr_kframes, const struct symbol_frame *uframes,
					 size_t nr_uframes);
const struct symbol_frame *
callsite_find_waker(uint32_t class_id, const struct symbol_frame *kframes, size_t nr_kframes,
		    const struct symbol_frame *uframes, size_t nr_uframes);
const char *callsite_function(uint32_t class_id, const struct symbol_frame *frame);
const struct symbol_frame *callsite_find_sleeper(uint32_t class_id,
						 const struct symbol_frame *frames, size_t nr);
const char *callsite_name(char *buf, size_t size, const struct symbol_frame *frame);

#endif
