/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_WEB_H
#define WAITPROF_CLI_WEB_H

#include <stddef.h>

/* A file of cli/web, as it was when the program was built. */
struct web_file {
	const char *name;
	const char *text;
	const char *end;
};

const struct web_file *web_find(const char *name, size_t len);

#endif
