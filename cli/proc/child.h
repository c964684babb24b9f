/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CHILD_H
#define WAITPROF_CLI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* As env(1) and its like have it. */
#define CHILD_NOT_RUNNABLE 126
#define CHILD_NOT_FOUND	   127

/**
 * struct child - a command that is started
 * @pid: its process; 0 = none, or it has been waited for
 * @go: written to when it may begin
 * @trouble: what it could not begin for
 * @status: exit status, 128 + number of the signal that ended it
 */
struct child {
	pid_t pid;
	int go;
	int trouble;
	int status;
};

int child_prepare(struct child *child, char **argv);
int child_begin(struct child *child);
int child_wait(struct child *child);
void child_give_up(struct child *child);

#endif
