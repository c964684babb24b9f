// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who wakes whom: two threads wait in a function each, two wake in a function
 * each, and every pair of them meets as often as it is told to:
 *
 *	wakers HERE_ONE HERE_OTHER THERE_ONE THERE_OTHER
 *
 * "here" and "there" wait, "one" and "other" wake. A wait's log has its waker's
 * thread as owner_tid and his function as site.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"
#include "raw_futex.h"
#include "waitlog.h"

static struct pair pairs[2];
static unsigned int counts[2][2]; /* by waiter and waker */
static pid_t waker_tids[2];

static long wait_on(uint32_t *word)
{
	uint64_t ip;

	return raw_futex(word, FUTEX_WAIT_PRIVATE, 0, NULL, 0, &ip);
}

NOINLINE static long wait_here(uint32_t *word)
{
	return wait_on(word);
}

NOINLINE static long wait_there(uint32_t *word)
{
	return wait_on(word);
}

NOINLINE static void wake_one(uint32_t *word)
{
	raw_futex_wake(word, 1);
}

NOINLINE static void wake_other(uint32_t *word)
{
	raw_futex_wake(word, 1);
}

/* The waker of a round: the first ones first, then the others. */
static unsigned int waker_of(unsigned int waiter, unsigned int round)
{
	return round >= counts[waiter][0];
}

static unsigned int rounds_of(unsigned int waiter)
{
	return counts[waiter][0] + counts[waiter][1];
}

static void waiter_thread(struct own_thread *self)
{
	struct pair *pair = self->arg;
	unsigned int waiter = pair - pairs, i;
	struct own_wait *wait;
	long ret;

	for (i = 0; i < rounds_of(waiter); i++) {
		unsigned int waker = waker_of(waiter, i);

		wait = wait_log(self);
		pair_announce(pair, i);
		wait_begin(wait);
		ret = waiter ? wait_there(&pair->words[i]) : wait_here(&pair->words[i]);
		wait_end(wait);
		wait->kind = waiter ? "wait_there" : "wait_here";
		wait->site = waker ? "wake_other" : "wake_one";
		wait->owner_tid = waker_tids[waker];
		wait->waker_ns = pair->waker_ns[i];
		wait->ended = ended_by(ret);
		wait->object = (uint64_t)&pair->words[i];
		wait->sleeps = 1;
	}
}

static void waker_thread(struct own_thread *self)
{
	unsigned int waker = self->arg != &pairs[0], waiter, i;
	struct pair *pair;

	waker_tids[waker] = self->tid;
	/* Here first, then there: the waiters do not wait for each other. */
	for (waiter = 0; waiter < 2; waiter++) {
		pair = &pairs[waiter];
		for (i = 0; i < rounds_of(waiter); i++) {
			if (waker_of(waiter, i) != waker)
				continue;
			pair_await(pair, i);
			pair->waker_ns[i] = now_ns();
			__atomic_store_n(&pair->words[i], 1, __ATOMIC_RELEASE);
			if (waker)
				wake_other(&pair->words[i]);
			else
				wake_one(&pair->words[i]);
		}
	}
}

int main(int argc, char **argv)
{
	struct own_thread threads[4] = {
		{ .name = "here", .run = waiter_thread, .arg = &pairs[0] },
		{ .name = "there", .run = waiter_thread, .arg = &pairs[1] },
		{ .name = "one", .run = waker_thread, .arg = &pairs[0] },
		{ .name = "other", .run = waker_thread, .arg = &pairs[1] },
	};
	unsigned int i;

	for (i = 0; i < 4; i++)
		counts[i / 2][i % 2] = argc == 5 ? strtoul(argv[1 + i], NULL, 0) : 0;
	if (argc != 5 || rounds_of(0) > MAX_ROUNDS || rounds_of(1) > MAX_ROUNDS) {
		fprintf(stderr, "wakers: four counts, at most %d a waiter\n", MAX_ROUNDS);
		return 2;
	}
	phase_run(threads, 4, MAX_ROUNDS);
	return 0;
}
