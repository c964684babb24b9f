/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CMD_REPORT_H
#define WAITPROF_CLI_CMD_REPORT_H

#include "options/options.h"

int cmd_report_show(const struct options *options);

#endif
