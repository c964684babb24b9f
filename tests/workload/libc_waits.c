// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits on futexes the way programs make them, through libc, timed by the
 * program itself:
 *
 *	libc_waits cond|timedcond|sem|timedsem|join [ROUNDS]
 *	libc_waits mutex [ROUNDS [WAITERS]]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "waitlog.h"

#define MAX_WAITERS 16

static struct pair the_pair = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.cond = PTHREAD_COND_INITIALIZER,
};

/* libc: condition variable, semaphore, join */

NOINLINE static int cond_wait_once(struct pair *pair, struct own_wait *wait,
				   const struct timespec *deadline)
{
	int ret;

	wait_begin(wait);
	if (deadline) {
		wait->waker_ns = wait->begin_ns + base_ns;
		ret = pthread_cond_clockwait(&pair->cond, &pair->lock, CLOCK_MONOTONIC, deadline);
	} else {
		ret = pthread_cond_wait(&pair->cond, &pair->lock);
	}
	wait_end(wait);
	return ret;
}

static void cond_waiter(struct own_thread *self)
{
	struct pair *pair = self->arg;
	struct own_wait *wait;
	unsigned int i;
	int ret;

	for (i = 0; i < rounds; i++) {
		pthread_mutex_lock(&pair->lock);
		pair_announce(pair, i);
		while (pair->flag <= i) {
			wait = wait_log(self);
			ret = cond_wait_once(pair, wait, NULL);
			wait->kind = "cond_wait";
			wait->site = "cond_wait_once";
			wait->object = (uint64_t)&pair->cond;
			wait->object_bytes = sizeof(pair->cond);
			wait->waker_ns = pair->waker_ns[i];
			wait->ended = ended_by(-ret);
			wait->sleeps = 1;
		}
		pthread_mutex_unlock(&pair->lock);
	}
}

static void cond_ender(struct own_thread *self)
{
	struct pair *pair = self->arg;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		pair_await(pair, i);
		pthread_mutex_lock(&pair->lock);
		pair->flag = i + 1;
		pthread_mutex_unlock(&pair->lock);
		/* Signalled unlocked: the waiter need not wait for the mutex. */
		pair->waker_ns[i] = now_ns();
		pthread_cond_signal(&pair->cond);
	}
}

static void timedcond_waiter(struct own_thread *self)
{
	struct pair *pair = self->arg;
	struct timespec deadline;
	struct own_wait *wait;
	unsigned int i;
	int ret;

	pthread_mutex_lock(&pair->lock);
	for (i = 0; i < rounds; i++) {
		wait = wait_log(self);
		deadline = timespec_of(now_ns() + base_ns);
		ret = cond_wait_once(pair, wait, &deadline);
		wait->kind = "cond_timedwait";
		wait->site = "cond_wait_once";
		wait->object = (uint64_t)&pair->cond;
		wait->object_bytes = sizeof(pair->cond);
		wait->ended = ended_by(-ret);
		wait->sleeps = 1;
	}
	pthread_mutex_unlock(&pair->lock);
}

NOINLINE static int sem_wait_once(struct pair *pair, struct own_wait *wait, bool timed)
{
	struct timespec deadline;
	int ret;

	wait_begin(wait);
	if (timed) {
		wait->waker_ns = wait->begin_ns + base_ns;
		deadline = timespec_of(wait->waker_ns);
		ret = sem_clockwait(&pair->sem, CLOCK_MONOTONIC, &deadline);
	} else {
		ret = sem_wait(&pair->sem);
	}
	wait_end(wait);
	wait->kind = timed ? "sem_timedwait" : "sem_wait";
	wait->site = __func__;
	wait->object = (uint64_t)&pair->sem;
	wait->object_bytes = sizeof(pair->sem);
	wait->sleeps = 1;
	return ret ? -errno : 0;
}

static void sem_waiter(struct own_thread *self)
{
	struct pair *pair = self->arg;
	struct own_wait *wait;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		wait = wait_log(self);
		pair_announce(pair, i);
		wait->ended = ended_by(sem_wait_once(pair, wait, false));
		wait->waker_ns = pair->waker_ns[i];
	}
}

static void sem_ender(struct own_thread *self)
{
	struct pair *pair = self->arg;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		pair_await(pair, i);
		pair->waker_ns[i] = now_ns();
		sem_post(&pair->sem);
	}
}

static void timedsem_waiter(struct own_thread *self)
{
	struct pair *pair = self->arg;
	struct own_wait *wait;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		wait = wait_log(self);
		wait->ended = ended_by(sem_wait_once(pair, wait, true));
	}
}

static void *joined_main(void *arg)
{
	uint64_t *waker_ns = arg;

	sleep_ns(HOLD_NS);
	*waker_ns = now_ns();
	return NULL;
}

NOINLINE static int join_once(pthread_t thread, struct own_wait *wait)
{
	int ret;

	wait_begin(wait);
	ret = pthread_join(thread, NULL);
	wait_end(wait);
	return ret;
}

static void join_waiter(struct own_thread *self)
{
	struct own_wait *wait;
	uint64_t waker_ns;
	pthread_t thread;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		wait = wait_log(self);
		errno = pthread_create(&thread, NULL, joined_main, &waker_ns);
		if (errno)
			die("pthread_create");
		wait->object = (uint64_t)thread;
		wait->object_bytes = 4096;
		wait->ended = ended_by(-join_once(thread, wait));
		wait->waker_ns = waker_ns;
		wait->kind = "join";
		wait->site = "join_once";
		wait->sleeps = 1;
	}
}

/* A pthread mutex whose holder sleeps while the others queue */

static struct {
	pthread_mutex_t lock;
	unsigned int nr_waiters;
	unsigned int round;
	unsigned int done;
	pid_t holder_tid;
	uint64_t release_ns;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER, .nr_waiters = 4 };

NOINLINE static void lock_once(struct own_wait *wait)
{
	long nvcsw = own_nvcsw();

	wait->owner_tid = __atomic_load_n(&queue.holder_tid, __ATOMIC_ACQUIRE);
	wait_begin(wait);
	pthread_mutex_lock(&queue.lock);
	wait_end(wait);
	wait->sleeps = own_nvcsw() - nvcsw;
	wait->waker_ns = queue.release_ns;
}

static void unlock_once(void)
{
	queue.release_ns = now_ns();
	pthread_mutex_unlock(&queue.lock);
}

static void mutex_waiter(struct own_thread *self)
{
	struct own_wait *wait;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		while (__atomic_load_n(&queue.round, __ATOMIC_ACQUIRE) <= i)
			sleep_ns(NSEC_PER_MSEC / 2);
		wait = wait_log(self);
		lock_once(wait);
		unlock_once();
		wait->kind = "mutex_lock";
		wait->site = "lock_once";
		wait->object = (uint64_t)&queue.lock;
		wait->ended = "wake";
		__atomic_add_fetch(&queue.done, 1, __ATOMIC_RELEASE);
	}
}

static void mutex_holder(struct own_thread *self)
{
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		pthread_mutex_lock(&queue.lock);
		queue.holder_tid = self->tid;
		__atomic_store_n(&queue.round, i + 1, __ATOMIC_RELEASE);
		sleep_ns(HOLD_NS);
		unlock_once();
		while (__atomic_load_n(&queue.done, __ATOMIC_ACQUIRE) < (i + 1) * queue.nr_waiters)
			sleep_ns(NSEC_PER_MSEC / 2);
	}
}

/* The cases */

static const struct libc_case {
	const char *name;
	void (*waiter)(struct own_thread *self);
	void (*ender)(struct own_thread *self);
} cases[] = {
	{ "cond", cond_waiter, cond_ender }, { "timedcond", timedcond_waiter, NULL },
	{ "sem", sem_waiter, sem_ender },    { "timedsem", timedsem_waiter, NULL },
	{ "join", join_waiter, NULL },
};

static void run_case(const struct libc_case *one)
{
	struct own_thread threads[2] = {
		{ .name = "waiter", .run = one->waiter, .arg = &the_pair },
		{ .name = "ender", .run = one->ender, .arg = &the_pair },
	};

	phase_run(threads, one->ender ? 2 : 1, 4 * rounds);
}

static void run_mutex(void)
{
	struct own_thread threads[1 + MAX_WAITERS] = { 0 };
	unsigned int i;

	threads[0].name = "holder";
	threads[0].run = mutex_holder;
	for (i = 1; i <= queue.nr_waiters; i++) {
		threads[i].name = "waiter";
		threads[i].run = mutex_waiter;
	}
	phase_run(threads, 1 + queue.nr_waiters, rounds);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	unsigned int i;

	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 0);
	if (argc > 3)
		queue.nr_waiters = strtoul(argv[3], NULL, 0);
	if (!rounds || rounds > MAX_ROUNDS || !queue.nr_waiters || queue.nr_waiters > MAX_WAITERS) {
		fprintf(stderr, "libc_waits: 1 to %d rounds, 1 to %d waiters\n", MAX_ROUNDS,
			MAX_WAITERS);
		return 2;
	}
	sem_init(&the_pair.sem, 0, 0);
	if (!strcmp(name, "mutex")) {
		run_mutex();
		return 0;
	}
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!strcmp(name, cases[i].name)) {
			run_case(&cases[i]);
			return 0;
		}
	}
	fprintf(stderr, "libc_waits: no case \"%s\"\n", name);
	return 2;
}
