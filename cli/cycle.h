/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CYCLE_H
#define WAITPROF_CLI_CYCLE_H

#include "report.h"

int cycle_find(const struct report_row *rows, size_t nr, uint32_t **tids, size_t *nr_tids);

#endif
