/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_SAVE_H
#define WAITPROF_CLI_SAVE_H

#include <limits.h>
#include <stdio.h>

/**
 * struct save - a file being written
 * @out: where to
 * @path: what it is to be called
 * @temporary: what it is called until it is whole
 */
struct save {
	FILE *out;
	const char *path;
	char temporary[PATH_MAX];
};

int save_check(const char *path);
int save_open(struct save *save, const char *path);
int save_close(struct save *save, int error);

#endif
