// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads that wait for each other, for ever:
 *
 *	deadlock plain|pi|rwlock|join [BURN_MS]
 *
 * plain: two pthread mutexes. pi: one of them inherits priority, so that the
 * kernel knows its owner. rwlock: one of them is a rwlock held for writing, which
 * the other thread wants to read. join: the second thread does not want the
 * first one's lock, but its end. Each thread holds one, spends BURN_MS on a CPU,
 * stamps the time and takes the other. The log is written while they sleep; end of
 * input ends them.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waitlog.h"

#define SETTLE_NS (100 * NSEC_PER_MSEC)

static struct side {
	pthread_mutex_t lock;
	pthread_rwlock_t rwlock;
	pthread_t thread;
	struct own_wait *wait;
	unsigned int held;
	pid_t tid;
} sides[2];
static uint64_t burn_ns;
static bool is_rwlock, is_join;

/* The first one's lock is what the cases differ in. */
static void hold(struct side *mine)
{
	mine->thread = pthread_self();
	if (is_rwlock && mine == &sides[0])
		pthread_rwlock_wrlock(&mine->rwlock);
	else
		pthread_mutex_lock(&mine->lock);
}

static void wait_for(struct side *other)
{
	if (other == &sides[0] && is_rwlock)
		pthread_rwlock_rdlock(&other->rwlock);
	else if (other == &sides[0] && is_join)
		pthread_join(other->thread, NULL);
	else
		pthread_mutex_lock(&other->lock);
}

static void burn(void)
{
	uint64_t until = now_ns() + burn_ns;

	while (now_ns() < until)
		;
}

static void side_thread(struct own_thread *self)
{
	struct side *mine = self->arg, *other = &sides[mine == &sides[0]];
	struct own_wait *wait = wait_log(self);

	mine->tid = self->tid;
	hold(mine);
	__atomic_store_n(&mine->held, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&other->held, __ATOMIC_ACQUIRE))
		sleep_ns(NSEC_PER_MSEC);
	wait->kind = "pthread_mutex_lock";
	wait->site = __func__;
	/* What of a rwlock or a thread is waited for is libc's own business. */
	wait->object = (uint64_t)&other->lock;
	if (other == &sides[0] && (is_rwlock || is_join))
		wait->object = 0;
	wait->owner_tid = other->tid;
	wait->sleeps = 1;
	burn();
	wait_begin(wait);
	__atomic_store_n(&mine->wait, wait, __ATOMIC_RELEASE);
	wait_for(other);
	die("both locks");
}

static void lock_init(pthread_mutex_t *lock, int protocol)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	errno = pthread_mutexattr_setprotocol(&attr, protocol);
	if (errno)
		die("pthread_mutexattr_setprotocol");
	pthread_mutex_init(lock, &attr);
}

int main(int argc, char **argv)
{
	struct own_thread threads[2] = { 0 };
	const char *name = argc > 1 ? argv[1] : "";
	unsigned int i;

	is_rwlock = !strcmp(name, "rwlock");
	is_join = !strcmp(name, "join");
	if (strcmp(name, "plain") && strcmp(name, "pi") && !is_rwlock && !is_join) {
		fprintf(stderr, "deadlock: no case \"%s\"\n", name);
		return 2;
	}
	if (argc > 2)
		burn_ns = strtoull(argv[2], NULL, 0) * NSEC_PER_MSEC;
	pthread_rwlock_init(&sides[0].rwlock, NULL);
	lock_init(&sides[0].lock, PTHREAD_PRIO_NONE);
	lock_init(&sides[1].lock, strcmp(name, "pi") ? PTHREAD_PRIO_NONE : PTHREAD_PRIO_INHERIT);
	for (i = 0; i < 2; i++) {
		threads[i].name = "side";
		threads[i].run = side_thread;
		threads[i].arg = &sides[i];
	}
	threads_start(threads, 2, 1);
	say("ready");
	threads_release();
	for (i = 0; i < 2; i++)
		while (!__atomic_load_n(&sides[i].wait, __ATOMIC_ACQUIRE))
			sleep_ns(NSEC_PER_MSEC);
	sleep_ns(SETTLE_NS);
	for (i = 0; i < 2; i++)
		wait_print(threads[i].tid, sides[i].wait);
	say("asleep");
	await_line();
	return 0;
}
