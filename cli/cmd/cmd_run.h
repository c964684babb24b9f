/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CMD_RUN_H
#define WAITPROF_CLI_CMD_RUN_H

#include "collect/collect.h"
#include "options/options.h"

#define CMD_GO_ON (-1) /* no exit status */

int cmd_options(const struct options_command *command, int argc, char **argv,
		struct options *options);
int cmd_capture_options(const struct options_command *command, int argc, char **argv,
			struct options *options);
void cmd_tell(const struct collect *c);
int cmd_session(const struct options_command *command, int argc, char **argv,
		int (*run)(struct collect *c, struct options *options));

#endif
