/* SPDX-License-Identifier: GPL-2.0-only */
/* All that commands do with a capture. */
#ifndef FUZZ_CLI_FUZZ_COMMANDS_H
#define FUZZ_CLI_FUZZ_COMMANDS_H

void fuzz_show(const char *path, unsigned int which);

#endif
