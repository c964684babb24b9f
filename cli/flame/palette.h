/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_PALETTE_H
#define WAITPROF_CLI_PALETTE_H

#include <stddef.h>
#include <stdint.h>

#define PALETTE_LEN 8 /* "#rrggbb" and its end */

const char *palette_class(char *buf, size_t size, uint32_t class_id, double strength);
const char *palette_change(char *buf, size_t size, double change);

#endif
