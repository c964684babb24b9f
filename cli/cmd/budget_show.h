/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_BUDGET_SHOW_H
#define WAITPROF_CLI_BUDGET_SHOW_H

#include "capture/capture.h"
#include "options/options.h"
#include "profile/budget.h"

int budget_show(const struct options *options, const struct capture_info *info,
		struct budget_report *report);

#endif
