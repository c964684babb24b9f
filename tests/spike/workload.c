// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that wait for each other, each through functions of its own, built
 * without frame pointers. First line of input: begin; second: let all go.
 * Between the two every thread but the gate sleeps on a futex:
 *
 *	thread_one	lock_from_one		pthread_mutex_lock
 *	thread_two	lock_from_two		pthread_mutex_lock, frame of variable size
 *	thread_cond	wait_for_condition	pthread_cond_wait, realigned frame
 *	thread_sem	wait_for_semaphore	sem_wait
 *	thread_signal	signalled, handler_waits	sem_wait in a signal handler on its
 *						own stack
 *	main		main_joins		pthread_join
 */
#include <alloca.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEEP_FRAME()                                 \
	do {                                         \
		__asm__ volatile("" : : : "memory"); \
	} while (0)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t condition_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore, handler_semaphore;
static int condition_met;
static volatile size_t room = 300;

static __attribute__((noinline)) void lock_from_one(void)
{
	pthread_mutex_lock(&mutex);
	KEEP_FRAME();
	pthread_mutex_unlock(&mutex);
	KEEP_FRAME();
}

static __attribute__((noinline)) void lock_from_two(void)
{
	char *variable = alloca(room);

	memset(variable, 1, room);
	__asm__ volatile("" : : "r"(variable) : "memory");
	pthread_mutex_lock(&mutex);
	__asm__ volatile("" : : "r"(variable) : "memory");
	pthread_mutex_unlock(&mutex);
	KEEP_FRAME();
}

static __attribute__((noinline)) void wait_for_condition(void)
{
	char wide[96] __attribute__((aligned(64)));
	char *variable = alloca(room);

	__asm__ volatile("" : : "r"(wide), "r"(variable) : "memory");
	pthread_mutex_lock(&condition_mutex);
	while (!condition_met)
		pthread_cond_wait(&condition, &condition_mutex);
	pthread_mutex_unlock(&condition_mutex);
	__asm__ volatile("" : : "r"(wide), "r"(variable) : "memory");
}

static __attribute__((noinline)) void wait_for_semaphore(void)
{
	sem_wait(&semaphore);
	KEEP_FRAME();
}

static void handler_waits(int number)
{
	(void)number;
	while (sem_wait(&handler_semaphore))
		;
	KEEP_FRAME();
}

static __attribute__((noinline)) void signalled(void)
{
	raise(SIGUSR1);
	KEEP_FRAME();
}

static void *thread_one(void *arg)
{
	lock_from_one();
	KEEP_FRAME();
	return arg;
}

static void *thread_two(void *arg)
{
	lock_from_two();
	KEEP_FRAME();
	return arg;
}

static void *thread_cond(void *arg)
{
	wait_for_condition();
	KEEP_FRAME();
	return arg;
}

static void *thread_sem(void *arg)
{
	wait_for_semaphore();
	KEEP_FRAME();
	return arg;
}

static void *thread_signal(void *arg)
{
	stack_t own = { .ss_sp = malloc(65536), .ss_size = 65536 };

	sigaltstack(&own, NULL);
	signalled();
	KEEP_FRAME();
	return arg;
}

static void *thread_gate(void *arg)
{
	while (getchar() != '\n')
		;
	return arg;
}

static __attribute__((noinline)) void main_joins(pthread_t thread)
{
	pthread_join(thread, NULL);
	KEEP_FRAME();
}

int main(void)
{
	static void *(*const bodies[])(void *) = {
		thread_one, thread_two, thread_cond, thread_sem, thread_signal,
	};
	const size_t nr = sizeof(bodies) / sizeof(*bodies);
	struct sigaction action = { .sa_handler = handler_waits, .sa_flags = SA_ONSTACK };
	pthread_t threads[sizeof(bodies) / sizeof(*bodies)], gate;

	sem_init(&semaphore, 0, 0);
	sem_init(&handler_semaphore, 0, 0);
	sigaction(SIGUSR1, &action, NULL);
	pthread_mutex_lock(&mutex);
	while (getchar() != '\n')
		;
	for (size_t i = 0; i < nr; i++)
		pthread_create(&threads[i], NULL, bodies[i], NULL);
	pthread_create(&gate, NULL, thread_gate, NULL);
	main_joins(gate);
	pthread_mutex_unlock(&mutex);
	pthread_mutex_lock(&condition_mutex);
	condition_met = 1;
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&condition_mutex);
	sem_post(&semaphore);
	sem_post(&handler_semaphore);
	for (size_t i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
