/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CMD_VIEW_H
#define WAITPROF_CLI_CMD_VIEW_H

#include "options/options.h"
#include "profile/report.h"

int cmd_view(const struct options_command *command, int argc, char **argv,
	     int (*show)(const struct options *options, struct report *report));

#endif
