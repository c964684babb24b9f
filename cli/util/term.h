/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_TERM_H
#define WAITPROF_CLI_TERM_H

#include <stdbool.h>

enum term_role {
	TERM_PLAIN,
	TERM_TITLE,
	TERM_HEADER,
	TERM_WARNING,
	TERM_BAR,
};

void term_init(void);
bool term_is_tty(void);
int term_width(void);
int term_height(void);
const char *term_colour(enum term_role role);
void term_hold_colour(bool held);

#endif
