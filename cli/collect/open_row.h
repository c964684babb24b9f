/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of waits that have not ended: of a session, or as a capture has kept them. */
#ifndef WAITPROF_CLI_OPEN_ROW_H
#define WAITPROF_CLI_OPEN_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/window.h"
#include "profile/naming.h"
#include "profile/report.h"

void open_row_fill(const struct window_open *o, struct report_row *to);
void open_row_name(struct naming *n, const struct window_open *o, struct report_row *to);
void open_row_refine(struct report_row *row);
bool open_row_is_left_out(struct naming *n, const struct window_open *o,
			  const struct report_row *row, uint32_t kinds, struct report *report);
void open_row_sort(struct report_row *rows, size_t nr);
int open_row_graph(struct report *report);
const struct report_row *open_row_end(const struct report *report, size_t path);

#endif
