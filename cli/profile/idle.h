/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_IDLE_H
#define WAITPROF_CLI_IDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "symbol/symbol.h"

struct idle;

int idle_read(const char *path, struct idle **idle, size_t *line);
bool idle_matches(const struct idle *idle, const struct symbol_frame *frames, size_t nr);
void idle_free(struct idle *idle);

#endif
