/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits whose whole stack is known in advance, twice: by the unwinder of the C
 * runtime, called right before the wait in the same frame, and by what the functions
 * on the way have pushed themselves. For programs in any language.
 */
#ifndef WAITPROF_WORKLOAD_TRUTH_H
#define WAITPROF_WORKLOAD_TRUTH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRUTH_FRAMES 128
#define TRUTH_WORDS  65536

/**
 * struct truth - one wait
 * @object: futex word
 * @begin_ns: just before the call
 * @end_ns: just after it
 * @pid: process
 * @tid: thread
 * @is_outer: @frames lacks the leaf and libc's part above the function that waits
 * @is_cut: the program's own frames are all that is known, there may be others between
 * @nr: of @frames
 * @nr_own: of @own
 * @frames: as a stack of waitprof has them
 * @own: what the functions pushed, innermost first; all of it is in @frames
 */
struct truth {
	uint64_t object;
	uint64_t begin_ns;
	uint64_t end_ns;
	int pid;
	int tid;
	int is_outer;
	int is_cut;
	unsigned int nr;
	unsigned int nr_own;
	uint64_t frames[TRUTH_FRAMES];
	uint64_t own[TRUTH_FRAMES];
};

extern __thread uint64_t truth_own[TRUTH_FRAMES];
extern __thread unsigned int truth_depth;
extern __thread long truth_wait_ns; /* how long the thread's waits last */

#define TRUTH_ENTER() (truth_own[truth_depth++] = (uint64_t)__builtin_return_address(0))
#define TRUTH_LEAVE() (truth_depth--)

uint64_t truth_now_ns(void);

/* How many waits may be logged in all; call it first. */
void truth_init(unsigned int nr);

/* Waits on a word of its own, and logs it. */
void truth_wait(void);

/* The same where the unwinder is not to be asked: own frames only. */
void truth_wait_cut(void);

/* For a wait that libc makes: the caller's callers. Returns where to put its times. */
struct truth *truth_outer(const void *object);

/* Prints what was logged since the last time, and forgets it. */
void truth_print(void);

/* Phases by lines on standard input, "ready" before the first, "done" after each. */
void truth_phases(void (*phase)(const char *what, unsigned long number));

#ifdef __cplusplus
}
#endif

#endif /* WAITPROF_WORKLOAD_TRUTH_H */
