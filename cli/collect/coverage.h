/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_COVERAGE_H
#define WAITPROF_CLI_COVERAGE_H

#include "collect/collect.h"
#include "profile/profile.h"
#include "profile/report.h"

struct coverage;

struct coverage *coverage_new(struct collect *collect);
void coverage_free(struct coverage *coverage);
void coverage_read(struct coverage *coverage);
void coverage_mark(struct coverage *coverage);
void coverage_tell(const struct coverage *coverage, bool marked, uint64_t window_ns,
		   const struct profile *window, struct report_coverage *result);

#endif
