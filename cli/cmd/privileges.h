/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_PRIVILEGES_H
#define WAITPROF_CLI_PRIVILEGES_H

#include "options/options.h"

/* What a command does that takes capabilities; for struct cmd. */
#define PRIVILEGES_ASK	 (1U << 0) /* ask the module */
#define PRIVILEGES_LOOK	 (1U << 1) /* look at other processes and at kernel symbols */
#define PRIVILEGES_STACK (1U << 2) /* read /proc/PID/stack */
#define PRIVILEGES_READ	 (1U << 3) /* read a file that it is given */
#define PRIVILEGES_WRITE (1U << 4) /* write a file that it is told to */
#define PRIVILEGES_KILL	 (1U << 5) /* end a command that it has started */

void privileges_keep(unsigned int use);
void privileges_tell(const struct options *options);

#endif
