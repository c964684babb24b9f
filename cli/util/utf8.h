/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_UTF8_H
#define WAITPROF_CLI_UTF8_H

#include <stddef.h>

/* Room for what utf8_clean() makes of so many bytes. */
#define UTF8_CLEAN_LEN(nr) (3 * (nr) + 1)

size_t utf8_length(const char *text, size_t nr);
char *utf8_clean(char *buf, size_t size, const char *text, size_t nr);

#endif
