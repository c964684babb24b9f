/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_KIND_H
#define WAITPROF_CLI_KIND_H

#include <stddef.h>

#include "symbol.h"

/* What within the block layer an io wait waits for. */
enum kind {
	KIND_NONE, /* not an io wait, or nobody knows */
	KIND_TAG,
	KIND_THROTTLE,
	KIND_PAGE,
	KIND_BUFFER,
	KIND_SUBMIT,
	KIND_DIRECT,
	KIND_OTHER, /* an io wait whose stack names none of these */
	NR_KINDS
};

const char *kind_name(enum kind kind);
int kind_find(const char *name, size_t len);
const char *kind_list(void);
enum kind kind_of_frames(const struct symbol_frame *frames, size_t nr);

#endif
