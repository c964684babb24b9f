/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_BUDGET_CAPTURE_H
#define WAITPROF_CLI_BUDGET_CAPTURE_H

#include "options/options.h"

int budget_capture(const struct options *options);

#endif
