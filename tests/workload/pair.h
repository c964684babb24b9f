/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A waiter and its "ender", which lets it fall asleep, stamps the time and ends
 * the wait. The waiter raises @at before each wait; the ender polls it with
 * short sleeps of its own, so the two never meet in a lock.
 */
#ifndef WAITPROF_WORKLOAD_PAIR_H
#define WAITPROF_WORKLOAD_PAIR_H

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "waitlog.h"

#define MAX_ROUNDS 256
#define HOLD_NS	   (40 * NSEC_PER_MSEC)
#define NOINLINE   __attribute__((noinline, noclone))

struct pair {
	uint32_t words[MAX_ROUNDS];
	uint64_t waker_ns[MAX_ROUNDS];
	unsigned int at;
	int signo;
	pid_t waiter_tid;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	sem_t sem;
	unsigned int flag;
};

/* Rounds of a case; the length of a timed wait and what each round adds. */
extern unsigned int rounds;
extern uint64_t base_ns;
extern uint64_t step_ns;

const char *ended_by(long ret);
struct timespec timespec_of(uint64_t ns);
void pair_announce(struct pair *pair, unsigned int round);
void pair_await(struct pair *pair, unsigned int round);

#endif /* WAITPROF_WORKLOAD_PAIR_H */
