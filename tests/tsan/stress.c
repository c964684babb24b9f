// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the threads of a stress program and keeps its verdict. A part is judged
 * twice: by ThreadSanitizer, whose reports make the program end with a status of
 * their own, and by what the threads find when they look (stress_fail()).
 */
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stress.h"

#define PAUSE_ONE_IN 512 /* accesses, usually */
#define SPIN_MAX     2000
#define SHOWN_MAX    5

struct thread {
	pthread_t thread;
	struct stress_role role;
	bool once;
	u64 turns;
	u64 seed;
};

static bool gate, stop;
static u32 failures;
static u32 pause_one_in = PAUSE_ONE_IN;
static __thread u64 state;

static u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/**
 * stress_random() - pseudo-random number, each thread with a seed of its own
 */
u64 stress_random(void)
{
	if (!state)
		state = 0x9e3779b97f4a7c15ULL;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dULL;
}

/**
 * stress_point() - now and then, hold a thread between two shared accesses
 */
void stress_point(void)
{
	u64 random = stress_random() >> 20;
	u32 i;

	if (random % pause_one_in)
		return;
	random /= pause_one_in;
	if (random & 3) {
		for (i = 0; i < random % SPIN_MAX; i++)
			__asm__ __volatile__("pause");
		return;
	}
	sched_yield();
}

/**
 * stress_pause() - choose how often threads are held
 * @one_in: accesses; 0 = as usual
 *
 * Between rounds only.
 */
void stress_pause(u32 one_in)
{
	pause_one_in = one_in ? one_in : PAUSE_ONE_IN;
}

/**
 * stress_failed() - has anything been found wrong?
 */
bool stress_failed(void)
{
	return __atomic_load_n(&failures, __ATOMIC_RELAXED);
}

/**
 * stress_fail() - something is wrong; all threads stop
 * @format: what, in words
 */
void stress_fail(const char *format, ...)
{
	char text[400];
	va_list arguments;

	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	if (__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED) >= SHOWN_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printf("    %s\n", text);
}

static void *run(void *argument)
{
	struct thread *thread = argument;

	state = thread->seed;
	while (!__atomic_load_n(&gate, __ATOMIC_ACQUIRE))
		sched_yield();
	do {
		thread->role.turn(thread->role.id);
		thread->turns++;
	} while (!thread->once && !__atomic_load_n(&stop, __ATOMIC_RELAXED));
	return NULL;
}

/* Starts the threads, all at once, and ends them when the time is up. */
static u64 run_threads(const struct stress_role *roles, u32 nr, double seconds)
{
	u64 until = now_ns() + (u64)(seconds * 1e9), turns = 0;
	struct thread threads[STRESS_MAX_THREADS];
	u32 i;

	__atomic_store_n(&gate, false, __ATOMIC_RELAXED);
	__atomic_store_n(&stop, stress_failed(), __ATOMIC_RELAXED);
	for (i = 0; i < nr; i++) {
		threads[i].role = roles[i];
		threads[i].once = seconds == 0;
		threads[i].turns = 0;
		threads[i].seed = (stress_random() ^ now_ns()) | 1;
		if (pthread_create(&threads[i].thread, NULL, run, &threads[i]))
			abort();
	}
	__atomic_store_n(&gate, true, __ATOMIC_RELEASE);
	while (now_ns() < until && !__atomic_load_n(&stop, __ATOMIC_RELAXED))
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < nr; i++) {
		pthread_join(threads[i].thread, NULL);
		turns += threads[i].turns;
	}
	return turns;
}

/**
 * stress_run() - run threads for a time, or until something is wrong
 * @roles: what each does
 * @nr: threads, at most STRESS_MAX_THREADS
 * @seconds: how long
 *
 * Return: turns of all threads together.
 */
u64 stress_run(const struct stress_role *roles, u32 nr, double seconds)
{
	return run_threads(roles, nr, seconds);
}

/**
 * stress_rounds() - let threads take one turn each, side by side, again and again
 * @roles: what each does
 * @nr: threads, at most STRESS_MAX_THREADS
 * @seconds: how long
 * @begin: called before each round, alone
 * @end: called after each round, alone
 *
 * Return: rounds.
 */
u64 stress_rounds(const struct stress_role *roles, u32 nr, double seconds, void (*begin)(u64 round),
		  void (*end)(u64 round))
{
	u64 until = now_ns() + (u64)(seconds * 1e9), round = 0;

	while (now_ns() < until && !stress_failed()) {
		begin(round);
		run_threads(roles, nr, 0);
		end(round++);
	}
	return round;
}

/**
 * stress_seconds() - how long to run: the first argument, or 5
 * @argc: as main()'s
 * @argv: as main()'s
 */
double stress_seconds(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 5;

	if (seconds > 0)
		return seconds;
	fprintf(stderr, "usage: %s [SECONDS]\n", argv[0]);
	exit(2);
}

/**
 * stress_end() - print the verdict
 * @name: what was tested
 * @format: how much of it
 *
 * Return: exit status.
 */
int stress_end(const char *name, const char *format, ...)
{
	char text[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printf("%s - %s: %s\n", stress_failed() ? "not ok" : "ok", name, text);
	return stress_failed();
}
