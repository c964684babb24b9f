/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_FORMAT_H
#define WAITPROF_CLI_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_LEN 32 /* room that every formatter here is content with */

const char *format_duration(char *buf, size_t size, uint64_t ns);
const char *format_count(char *buf, size_t size, uint64_t count);
const char *format_bytes(char *buf, size_t size, uint64_t bytes);
const char *format_ppm(char *buf, size_t size, uint64_t ppm);
const char *format_share(char *buf, size_t size, uint64_t part, uint64_t whole);
int format_parse_duration(const char *text, uint64_t *ns);
int format_parse_seconds(const char *text, uint64_t *ns);

#endif
