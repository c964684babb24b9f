/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CAPTURE_FILE_H
#define WAITPROF_CLI_CAPTURE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum capture_file_kind {
	CAPTURE_FILE_ABSENT,
	CAPTURE_FILE_EMPTY,
	CAPTURE_FILE_CAPTURE,
	CAPTURE_FILE_BUSY, /* being recorded */
	CAPTURE_FILE_FOREIGN, /* a file, but not of ours */
	CAPTURE_FILE_NO_FILE, /* a folder, a device, ... */
	CAPTURE_FILE_ERROR, /* cannot be looked at: -errno */
};

/**
 * struct capture_file - what lies at a path
 * @kind: in short
 * @error: -errno, of CAPTURE_FILE_ERROR
 * @version: of the format, of a capture
 * @pid: who records it
 */
struct capture_file {
	enum capture_file_kind kind;
	int error;
	uint32_t version;
	pid_t pid;
};

void capture_file_look(struct capture_file *file, const char *path);
void capture_boot_id(char *buf, size_t size);

#endif
