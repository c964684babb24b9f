// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads asleep in every operation of futex(2) at once, until told otherwise:
 *
 *	futex_held NR
 *
 * NR threads for each operation. A line makes them wait ("asleep"), the next one
 * ends all waits, each as its operation has it ("done", after the log). What a
 * kernel does not have ends at once and is logged with "none".
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "waitlog.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

#define MAX_EACH  64
#define FAR_AWAY  3600 /* s */
#define SETTLE_NS (100 * NSEC_PER_MSEC)

/* As the kernel has it since 5.16. */
struct waitv_entry {
	uint64_t val;
	uint64_t uaddr;
	uint32_t flags;
	uint32_t reserved;
};

/* The PI ones are held by the main thread. */
static uint32_t word, shared_word, bits_word, timed_word, vector[2], pi_word, from_word, to_word,
	moved_word, moved_to_word;
static unsigned int nr_announced;

static long futex(uint32_t *uaddr, int op, long val, const void *timeout, uint32_t *uaddr2,
		  uint32_t val3)
{
	return syscall(SYS_futex, uaddr, op, val, timeout, uaddr2, val3) < 0 ? -errno : 0;
}

static long wait_plain(void)
{
	return futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static long wait_shared(void)
{
	return futex(&shared_word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static long wait_bits(void)
{
	return futex(&bits_word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 5);
}

static long wait_timed(void)
{
	struct timespec ts = { .tv_sec = FAR_AWAY };

	return futex(&timed_word, FUTEX_WAIT_PRIVATE, 0, &ts, NULL, 0);
}

static long wait_vector(void)
{
	struct waitv_entry entries[2] = {
		{ .uaddr = (uint64_t)&vector[0], .flags = FUTEX_PRIVATE_FLAG | 2 },
		{ .uaddr = (uint64_t)&vector[1], .flags = FUTEX_PRIVATE_FLAG | 2 },
	};
	long ret = syscall(SYS_futex_waitv, entries, 2, 0, NULL, CLOCK_MONOTONIC);

	return ret == 1 ? 0 : -errno;
}

static long lock_pi(void)
{
	return futex(&pi_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) ?:
		       futex(&pi_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
}

static long requeue_pi(void)
{
	return futex(&from_word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, NULL, &to_word, 0) ?:
		       futex(&to_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
}

/* The same, and it has been moved: it waits for the lock. */
static long moved_pi(void)
{
	return futex(&moved_word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, NULL, &moved_to_word, 0) ?:
		       futex(&moved_to_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
}

static const struct {
	const char *name;
	long (*wait)(void);
} operations[] = {
	{ "wait", wait_plain },	      { "wait_shared", wait_shared }, { "wait_bitset", wait_bits },
	{ "wait_timed", wait_timed }, { "waitv", wait_vector },	      { "lock_pi", lock_pi },
	{ "requeue_pi", requeue_pi }, { "moved_pi", moved_pi },
};

#define NR_OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static void held(struct own_thread *self)
{
	struct own_wait *wait = wait_log(self);
	unsigned int i;
	long ret = 0;

	wait->kind = self->name;
	wait->sleeps = 1;
	wait_begin(wait);
	__atomic_add_fetch(&nr_announced, 1, __ATOMIC_RELEASE);
	for (i = 0; i < NR_OPERATIONS; i++)
		if (!strcmp(operations[i].name, self->name))
			ret = operations[i].wait();
	wait_end(wait);
	wait->ended = ret ? "none" : "wake";
	if (ret)
		fprintf(stderr, "futex_held: %s: %s\n", self->name, strerror(-ret));
}

static void move(uint32_t *from, uint32_t *to)
{
	if (futex(from, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void *)MAX_EACH, to, 0))
		die("FUTEX_CMP_REQUEUE_PI");
}

static void unlock(uint32_t *lock)
{
	if (futex(lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0))
		die("FUTEX_UNLOCK_PI");
}

/* In a way that makes each operation return 0. */
static void end_all(void)
{
	futex(&word, FUTEX_WAKE_PRIVATE, MAX_EACH, NULL, NULL, 0);
	futex(&shared_word, FUTEX_WAKE, MAX_EACH, NULL, NULL, 0);
	futex(&bits_word, FUTEX_WAKE_BITSET_PRIVATE, MAX_EACH, NULL, NULL, 4);
	futex(&timed_word, FUTEX_WAKE_PRIVATE, MAX_EACH, NULL, NULL, 0);
	futex(&vector[1], FUTEX_WAKE_PRIVATE, MAX_EACH, NULL, NULL, 0);
	unlock(&pi_word);
	move(&from_word, &to_word);
	unlock(&to_word);
	unlock(&moved_to_word);
}

int main(int argc, char **argv)
{
	struct own_thread threads[NR_OPERATIONS * MAX_EACH] = { 0 };
	unsigned int i, nr = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;

	if (!nr || nr > MAX_EACH) {
		fprintf(stderr, "futex_held: 1 to %d threads each\n", MAX_EACH);
		return 2;
	}
	for (i = 0; i < nr * NR_OPERATIONS; i++) {
		threads[i].name = operations[i % NR_OPERATIONS].name;
		threads[i].run = held;
	}
	pi_word = own_tid();
	to_word = own_tid();
	moved_to_word = own_tid();
	threads_start(threads, nr * NR_OPERATIONS, 1);
	say("ready");
	await_line();
	threads_release();
	while (__atomic_load_n(&nr_announced, __ATOMIC_ACQUIRE) < nr * NR_OPERATIONS)
		sleep_ns(NSEC_PER_MSEC);
	sleep_ns(SETTLE_NS);
	move(&moved_word, &moved_to_word);
	sleep_ns(SETTLE_NS);
	say("asleep");
	await_line();
	end_all();
	threads_finish(threads, nr * NR_OPERATIONS);
	threads_print(threads, nr * NR_OPERATIONS);
	say("done");
	return 0;
}
