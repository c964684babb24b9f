// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two locks, each with a thread that holds it now and then and one that wants it:
 *
 *	two_locks HOLD_US
 *
 * The first, hot_wait(), is held for HOLD_US, the second, other_wait(), for 3 ms,
 * from one line on standard input to the next.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "waitlog.h"

#define GAP_NS	  (12 * NSEC_PER_MSEC)
#define MAX_WAITS 200000

struct lock {
	pthread_mutex_t mutex;
	uint64_t hold_ns;
};

static struct lock hot = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static struct lock other = { .mutex = PTHREAD_MUTEX_INITIALIZER, .hold_ns = 3 * NSEC_PER_MSEC };
static volatile bool stopped;

static void hold(struct own_thread *self)
{
	struct lock *lock = self->arg;

	while (!stopped) {
		pthread_mutex_lock(&lock->mutex);
		sleep_ns(lock->hold_ns);
		pthread_mutex_unlock(&lock->mutex);
		sleep_ns(GAP_NS);
	}
}

/* Each with its own call, which is what names it. */
static __attribute__((noinline)) void hot_wait(void)
{
	pthread_mutex_lock(&hot.mutex);
	pthread_mutex_unlock(&hot.mutex);
}

static __attribute__((noinline)) void other_wait(void)
{
	pthread_mutex_lock(&other.mutex);
	pthread_mutex_unlock(&other.mutex);
}

static void want(struct own_thread *self)
{
	while (!stopped && self->nr < MAX_WAITS) {
		struct own_wait *wait = wait_log(self);

		wait->kind = "mutex_lock";
		wait->site = self->arg == &hot ? "hot_wait" : "other_wait";
		wait_begin(wait);
		if (self->arg == &hot)
			hot_wait();
		else
			other_wait();
		wait_end(wait);
		sleep_ns(NSEC_PER_MSEC);
	}
}

int main(int argc, char **argv)
{
	struct own_thread threads[] = {
		{ .name = "hot_hold", .run = hold, .arg = &hot },
		{ .name = "hot_want", .run = want, .arg = &hot },
		{ .name = "other_hold", .run = hold, .arg = &other },
		{ .name = "other_want", .run = want, .arg = &other },
	};

	if (argc != 2) {
		fprintf(stderr, "usage: two_locks HOLD_US\n");
		return 2;
	}
	hot.hold_ns = strtoull(argv[1], NULL, 0) * 1000;
	threads_start(threads, 4, MAX_WAITS);
	say("ready");
	await_line();
	threads_release();
	await_line();
	stopped = true;
	threads_finish(threads, 4);
	threads_print(threads, 4);
	say("done");
	return 0;
}
