/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_SCREEN_TABLE_H
#define WAITPROF_CLI_SCREEN_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "screen/screen.h"

void screen_table_draw(const struct screen *s, enum screen_panel panel, int y, int height,
		       int width, bool header);

#endif
