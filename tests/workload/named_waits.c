// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads with names of their own, each in a few timed futex waits:
 *
 *	named_waits ROUNDS NAME...
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "raw_futex.h"
#include "waitlog.h"

#define MAX_THREADS 16
#define WAIT_NS	    (10 * NSEC_PER_MSEC)

static unsigned int rounds;
static uint32_t words[MAX_THREADS];

static void named_thread(struct own_thread *self)
{
	struct timespec ts = { .tv_nsec = WAIT_NS };
	struct own_wait *wait;
	unsigned int i;
	uint64_t ip;
	long ret;

	if (prctl(PR_SET_NAME, self->name))
		die("prctl");
	for (i = 0; i < rounds; i++) {
		wait = wait_log(self);
		wait->kind = "futex_wait";
		wait->site = __func__;
		wait->object = (uint64_t)self->arg;
		wait->sleeps = 1;
		wait_begin(wait);
		wait->waker_ns = wait->begin_ns + WAIT_NS;
		ret = raw_futex(self->arg, FUTEX_WAIT_PRIVATE, 0, &ts, 0, &ip);
		wait_end(wait);
		wait->ended = ret == -ETIMEDOUT ? "timeout" : "none";
	}
}

int main(int argc, char **argv)
{
	struct own_thread threads[MAX_THREADS] = { 0 };
	unsigned int i, nr = argc - 2;

	rounds = argc > 2 ? strtoul(argv[1], NULL, 0) : 0;
	if (!rounds || nr > MAX_THREADS) {
		fprintf(stderr, "named_waits: rounds, then 1 to %d names\n", MAX_THREADS);
		return 2;
	}
	for (i = 0; i < nr; i++) {
		threads[i].name = argv[2 + i];
		threads[i].run = named_thread;
		threads[i].arg = &words[i];
	}
	phase_run(threads, nr, rounds);
	return 0;
}
