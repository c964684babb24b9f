/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_OWNER_READ_H
#define WAITPROF_CLI_OWNER_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Some words to be read. */
struct owner_read {
	uint64_t address;
	void *to;
	size_t size;
	bool ok; /* the first word at least was read */
};

int owner_read(pid_t pid, struct owner_read *reads, size_t nr);

#endif
