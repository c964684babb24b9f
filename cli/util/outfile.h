/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_OUTFILE_H
#define WAITPROF_CLI_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct outfile - a document on its way into a file
 * @file: where to write
 * @path: its name; NULL = standard output
 * @part: its name until it is complete; NULL = it has no other
 */
struct outfile {
	FILE *file;
	const char *path;
	char *part;
};

int outfile_open(struct outfile *o, const char *path);
int outfile_close(struct outfile *o, bool complete);

#endif
