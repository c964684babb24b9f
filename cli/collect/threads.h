/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_THREADS_H
#define WAITPROF_CLI_THREADS_H

#include "profile/budget.h"
#include "collect/collect.h"
#include "proc/task.h"

/* What the scheduler had counted of a thread at a moment. */
struct threads_reading {
	uint64_t at_ns; /* CLOCK_MONOTONIC */
	struct task_sched sched;
};

/**
 * struct threads_row - a followed thread and what is known of it within the window
 * @tid: thread
 * @tgid: its process
 * @comm: its name
 * @begin_ns: when its part of the window begins
 * @end_ns: when it ends; 0 = the thread lives
 * @began: it was started within the window
 * @fd: of task_sched_open(), negative = none
 * @before: the reading before the last one
 * @last: the last reading
 * @base: at @begin_ns
 * @final: at the end of its part of the window
 * @unseen: it was found in a wait that nobody saw begin: its class; else 0
 * @unseen_op: WAITPROF_OP_* of that wait
 * @unseen_kstack: its stacks, from /proc
 * @unseen_ustack: likewise
 * @unseen_runs: as long as it has not run it is still in it
 * @unseen_from_ns: up to then the waits of the window have it
 * @unseen_ns: when it was found to have run, or 0
 * @sleeps: where it was found asleep, outside of waits; @samples of each, and of all
 * @maybe: the same, but it has run before it was looked whether it waits
 * @maybe_wait: as @maybe, and then it was in a wait
 */
struct threads_row {
	uint32_t tid;
	uint32_t tgid;
	char comm[WAITPROF_COMM_LEN];
	uint64_t begin_ns;
	uint64_t end_ns;
	bool began;
	int fd;
	struct threads_reading before;
	struct threads_reading last;
	struct task_sched base;
	struct task_sched final;
	uint32_t unseen;
	uint32_t unseen_op;
	uint32_t unseen_kstack;
	uint32_t unseen_ustack;
	uint64_t unseen_runs;
	uint64_t unseen_from_ns;
	uint64_t unseen_ns;
	struct budget sleeps;
	struct budget maybe;
	struct budget maybe_wait;
};

/**
 * struct threads - the followed threads
 * @collect: the session
 * @rest: a sample may take one part in so many of a CPU
 * @seldom_ns: but samples are not further apart than this; 0 = as far as need be
 * @rows: by tid; those that have ended within the window, too
 * @nr: their number
 * @nr_fds: of these so many are open
 * @read_ns: when the last reading began
 * @samples: how many were taken
 * @next_ns: when to take the next one
 * @seed: of chance
 * @in_waits: where threads were found while they waited
 * @elsewhere: where they were found while they did not
 */
struct threads {
	struct collect *collect;
	unsigned int rest;
	uint64_t seldom_ns;
	struct threads_row *rows;
	size_t nr;
	size_t nr_fds;
	uint64_t read_ns;
	uint64_t samples;
	uint64_t next_ns;
	uint32_t seed;
	struct budget in_waits;
	struct budget elsewhere;
};

/**
 * struct threads_doubt - samples that do not say by themselves whether a thread waited
 * @maybe: of a thread, as in struct threads_row
 * @maybe_wait: likewise
 * @in_waits: as in struct threads
 * @elsewhere: likewise
 */
struct threads_doubt {
	const struct budget *maybe;
	const struct budget *maybe_wait;
	const struct budget *in_waits;
	const struct budget *elsewhere;
};

void threads_list(const struct collect *collect, void (*visit)(uint32_t tid, void *arg), void *arg);
int threads_read(struct threads *t);
void threads_begin(struct threads *t, uint64_t edge_ns);
void threads_note_unseen(struct threads *t, bool bracketed);
void threads_cut(struct threads *t, uint64_t edge_ns);
void threads_go_on(struct threads *t, uint64_t edge_ns);
void threads_end(struct threads *t, uint64_t edge_ns);
struct threads_row *threads_find(const struct threads *t, uint32_t tid);
void threads_free(struct threads *t);

/* threads_sample.c */
int threads_counted(const struct threads_row *row, struct task_sched *sched);
int threads_sample(struct threads *t);
void threads_bury(struct threads *t);
void threads_decide(struct budget *sleeps, const struct threads_doubt *doubt,
		    const struct client_point *points, size_t nr);

#endif
