// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that wait, each below functions of a kind of its own; built without frame
 * pointers. Prints "ready" when all do, ends when its input does.
 */
#include <alloca.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH 20

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t nobody;
static char alternate[65536];
volatile int sink;

__attribute__((noinline)) static int wait_lock(void)
{
	pthread_mutex_lock(&held);
	return ++sink;
}

__attribute__((noinline)) static int wait_condition(void)
{
	pthread_mutex_lock(&lock);
	pthread_cond_wait(&never, &lock);
	return ++sink;
}

__attribute__((noinline)) static int wait_semaphore(void)
{
	sem_wait(&nobody);
	return ++sink;
}

/* Recursion, with a frame of a size that only it knows. */
__attribute__((noinline)) static int recurse(int depth)
{
	char *room = alloca((size_t)(depth * 40 + 16));
	int got;

	memset(room, depth, 16);
	got = depth ? recurse(depth - 1) : wait_condition();
	return got + room[got & 15];
}

static int compare(const void *a, const void *b)
{
	if (!sink)
		wait_lock();
	return *(const int *)a - *(const int *)b;
}

/* A vector that must be aligned better than the stack is. */
__attribute__((noinline)) static int realigned(int n)
{
	volatile int v __attribute__((vector_size(64))) = { n, n + 1, n + 2 };
	char *room = alloca((size_t)n);

	memset(room, n, (size_t)n);
	return v[n & 1] + wait_semaphore() + room[0];
}

static void handler(int signal)
{
	sink += signal + wait_semaphore();
}

static void *thread_recursion(void *arg)
{
	return (void *)(intptr_t)recurse((int)(intptr_t)arg);
}

static void *thread_callback(void *arg)
{
	int numbers[] = { 5, 4, 3, 2, 1 };

	qsort(numbers, 5, sizeof(numbers[0]), compare);
	return (void *)((intptr_t)arg + numbers[0]);
}

static void *thread_realigned(void *arg)
{
	return (void *)(intptr_t)realigned((int)(intptr_t)arg);
}

static void *thread_signal(void *arg)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	struct sigaction action = { .sa_handler = handler, .sa_flags = arg ? SA_ONSTACK : 0 };

	if (arg)
		sigaltstack(&stack, NULL);
	sigaction(arg ? SIGUSR2 : SIGUSR1, &action, NULL);
	pthread_kill(pthread_self(), arg ? SIGUSR2 : SIGUSR1);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	char byte;

	sem_init(&nobody, 0, 0);
	pthread_mutex_lock(&held);
	pthread_create(&thread, NULL, thread_recursion, (void *)DEPTH);
	pthread_create(&thread, NULL, thread_callback, NULL);
	pthread_create(&thread, NULL, thread_realigned, (void *)40);
	pthread_create(&thread, NULL, thread_signal, NULL);
	pthread_create(&thread, NULL, thread_signal, (void *)1);
	usleep(300000);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
