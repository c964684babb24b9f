/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_RECORDING_H
#define WAITPROF_CLI_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_write.h"
#include "collect/collect.h"
#include "collect/open_row.h"
#include "collect/threads.h"

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
 * @stopped_ns: its age when its guard stopped the session, 0 = it did not
 * @is_watching: the followed threads are looked at, for a budget
 * @threads: these
 * @life_slice: in which slice their rows stand: that in which what they tell begins
 * @nr_in_waits: of the functions in which threads wait so many are written
 * @next_cut_ns: when to read the threads again at the earliest
 * @cut_cpu_ns: what had been used when that began
 * @next_open_ns: when to write the open waits again at the earliest
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
	uint64_t stopped_ns;
	bool is_watching;
	struct threads threads;
	uint32_t life_slice;
	size_t nr_in_waits;
	uint64_t next_cut_ns;
	uint64_t cut_cpu_ns;
	uint64_t next_open_ns;
};

int recording_begin(struct recording *r);
int recording_run(struct recording *r, int *session_error);
int recording_finish(struct recording *r);
int recording_window(struct recording *r, const struct profile *window, const struct report *report,
		     uint64_t begin_ns);

/* recording_threads.c */
int recording_watch(struct recording *r);
void recording_unwatch(struct recording *r);
uint64_t recording_look(struct recording *r);
bool recording_before(struct recording *r, bool last);
int recording_after(struct recording *r, bool last);
void recording_between(struct recording *r);
void recording_go_on(struct recording *r, uint32_t slice);

/* recording_open.c */
int recording_open(struct recording *r, uint64_t begin_ns, bool last);

#endif
