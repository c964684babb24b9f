// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two real-time threads hand a futex to each other: each handover is one
 * FUTEX_WAIT that sleeps, one FUTEX_WAKE and one context switch. Prints the
 * nanoseconds of a handover, median of the rounds; under -icount shift=3 eight
 * of them are one instruction.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 9

static int turn;
static int nr_handovers = 4000;

static void futex(int op, int value)
{
	syscall(SYS_futex, &turn, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void play(int mine)
{
	for (int i = 0; i < nr_handovers; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != mine)
			futex(FUTEX_WAIT, !mine);
		__atomic_store_n(&turn, !mine, __ATOMIC_RELEASE);
		futex(FUTEX_WAKE, 1);
	}
}

static void *second(void *arg)
{
	play(1);
	return arg;
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct sched_param priority = { .sched_priority = 10 };
	double result[ROUNDS];
	pthread_t thread;

	if (argc > 1)
		nr_handovers = atoi(argv[1]);
	if (sched_setscheduler(0, SCHED_FIFO, &priority)) {
		perror("sched_setscheduler");
		return 1;
	}
	for (int i = 0; i < ROUNDS; i++) {
		double begin = now_ns();

		pthread_create(&thread, NULL, second, NULL);
		play(0);
		pthread_join(thread, NULL);
		result[i] = (now_ns() - begin) / nr_handovers / 2;
	}
	qsort(result, ROUNDS, sizeof(result[0]), compare);
	printf("%.0f\n", result[ROUNDS / 2]);
	return 0;
}
