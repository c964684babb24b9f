/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_MARKUP_H
#define WAITPROF_CLI_MARKUP_H

#include <stddef.h>
#include <stdio.h>

void markup_text(FILE *out, const char *text, size_t max_chars);
size_t markup_chars(const char *text);
void markup_json(FILE *out, const char *text, size_t size);

#endif
