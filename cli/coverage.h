/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_COVERAGE_H
#define WAITPROF_CLI_COVERAGE_H

#include "options.h"
#include "report.h"

struct coverage;

struct coverage *coverage_new(const struct options *options);
void coverage_free(struct coverage *coverage);
void coverage_read(struct coverage *coverage, uint64_t window_ns, const struct report *report,
		   struct report_coverage *result);

#endif
