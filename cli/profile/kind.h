/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_KIND_H
#define WAITPROF_CLI_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/symbol.h"

/* What an io wait waits for within the block layer, what a futex wait is for. */
enum kind {
	KIND_NONE, /* of a class without kinds, or differs */
	KIND_TAG,
	KIND_THROTTLE,
	KIND_PAGE,
	KIND_BUFFER,
	KIND_SUBMIT,
	KIND_DIRECT,
	KIND_LOCK,
	KIND_CONDITION,
	KIND_SEMAPHORE,
	KIND_JOIN,
	KIND_OTHER, /* none of these, or the stack does not tell */
	NR_KINDS
};

const char *kind_name(enum kind kind);
int kind_find(const char *name, size_t len);
const char *kind_list(void);
uint32_t kind_of_class(uint32_t class_id);
uint32_t kind_classes(uint32_t kinds);
bool kind_is_left_out(uint32_t kinds, uint32_t class_id, enum kind kind);
enum kind kind_of_io(const struct symbol_frame *frames, size_t nr);
enum kind kind_of_futex(const struct symbol_frame *frames, size_t nr);

#endif
