/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_RECORDING_H
#define WAITPROF_CLI_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_write.h"
#include "collect/collect.h"

/**
 * struct recording - a session that goes into a capture
 * @c: the session
 * @w: the capture
 * @command: what was started, for the file; NULL = nothing
 * @ends_with_pid: it ends with the first process given, whoever else is followed
 * @progress: called after each reading; may be NULL
 * @nr_waits: waits recorded so far
 * @nr_rows: rows in the last reading
 * @nr_lost: waits lost so far
 * @duration_ns: how long so far
 */
struct recording {
	struct collect *c;
	struct capture_writer *w;
	const char *command;
	bool ends_with_pid;
	void (*progress)(const struct recording *recording);
	uint64_t nr_waits;
	size_t nr_rows;
	uint64_t nr_lost;
	uint64_t duration_ns;
};

int recording_begin(struct recording *r);
int recording_run(struct recording *r, int *session_error);
int recording_finish(struct recording *r);
int recording_window(struct recording *r, const struct profile *window, const struct report *report,
		     uint64_t begin_ns);

#endif
