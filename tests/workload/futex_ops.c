// SPDX-License-Identifier: GPL-2.0-only
/*
 * The futex operations beside the plain wait, timed by the program itself:
 *
 *	futex_ops waitv|lock_pi|requeue_pi [ROUNDS]
 *	futex_ops waitv_timeout|lock_pi_timeout|requeue_pi_timeout [ROUNDS]
 *	futex_ops waitv_signal|lock_pi_signal [ROUNDS]
 *
 * One thread waits, another ends its waits; a round has words of its own.
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pair.h"
#include "waitlog.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

/* As the kernel has it since 5.16. */
struct waitv_entry {
	uint64_t val;
	uint64_t uaddr;
	uint32_t flags;
	uint32_t reserved;
};

static struct pair pair;
/* Where requeue_pi moves its waiter. */
static uint32_t targets[MAX_ROUNDS];
static bool ends_by_time;
static pid_t holder_tid;

static long futex(uint32_t *uaddr, int op, uint32_t val, const void *timeout, uint32_t *uaddr2,
		  uint32_t val3)
{
	return syscall(SYS_futex, uaddr, op | FUTEX_PRIVATE_FLAG, val, timeout, uaddr2, val3);
}

static struct timespec deadline(clockid_t clock, struct own_wait *wait)
{
	struct timespec now;

	clock_gettime(clock, &now);
	wait->waker_ns = now_ns() + base_ns;
	return timespec_of(now.tv_sec * NSEC_PER_SEC + now.tv_nsec + base_ns);
}

static struct own_wait *round_log(struct own_thread *self, const char *kind, uint32_t *word)
{
	struct own_wait *wait = wait_log(self);

	wait->kind = kind;
	wait->object = (uint64_t)word;
	wait->sleeps = 1;
	return wait;
}

static void round_logged(struct own_wait *wait, long ret, unsigned int round)
{
	wait_end(wait);
	wait->ended = ended_by(ret < 0 ? -errno : 0);
	if (!ends_by_time)
		wait->waker_ns = pair.waker_ns[round];
}

/* Two words, of which the second is woken; the first stands for both. */

static void waitv_waiter(struct own_thread *self)
{
	struct waitv_entry entries[2] = { 0 };
	struct own_wait *wait;
	struct timespec ts;
	unsigned int i;
	long ret;

	for (i = 0; i < rounds; i++) {
		wait = round_log(self, "futex_waitv", &pair.words[i]);
		entries[0].uaddr = (uint64_t)&pair.words[i];
		entries[1].uaddr = (uint64_t)&targets[i];
		entries[0].flags = FUTEX_PRIVATE_FLAG | 2;
		entries[1].flags = FUTEX_PRIVATE_FLAG | 2;
		pair.waiter_tid = self->tid;
		pair_announce(&pair, i);
		wait_begin(wait);
		ts = deadline(CLOCK_MONOTONIC, wait);
		ret = syscall(SYS_futex_waitv, entries, 2, 0, ends_by_time ? &ts : NULL,
			      CLOCK_MONOTONIC);
		round_logged(wait, ret, i);
	}
}

static void waitv_ender(struct own_thread *self)
{
	unsigned int i;

	(void)self;
	for (i = 0; i < rounds && !ends_by_time; i++) {
		pair_await(&pair, i);
		pair.waker_ns[i] = now_ns();
		if (pair.signo)
			syscall(SYS_tgkill, getpid(), pair.waiter_tid, pair.signo);
		else
			futex(&targets[i], FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}

/* A lock whose word holds its owner: the ender, until it lets go */

static void pi_unlock(uint32_t *word)
{
	if (futex(word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0))
		die("FUTEX_UNLOCK_PI");
}

static void lock_pi_waiter(struct own_thread *self)
{
	struct own_wait *wait;
	struct timespec ts;
	unsigned int i;
	long ret;

	pair.waiter_tid = self->tid;
	for (i = 0; i < rounds; i++) {
		while (!__atomic_load_n(&pair.words[i], __ATOMIC_ACQUIRE))
			sleep_ns(NSEC_PER_MSEC);
		wait = round_log(self, "futex_lock_pi", &pair.words[i]);
		wait->owner_tid = holder_tid;
		/* The call is restarted after a signal, always: two stays. */
		wait->sleeps = pair.signo ? 2 : 1;
		pair_announce(&pair, i);
		wait_begin(wait);
		ts = deadline(CLOCK_REALTIME, wait);
		ret = futex(&pair.words[i], FUTEX_LOCK_PI, 0, ends_by_time ? &ts : NULL, NULL, 0);
		round_logged(wait, ret, i);
		if (!ret)
			pi_unlock(&pair.words[i]);
	}
	pair_announce(&pair, rounds);
}

static void lock_pi_ender(struct own_thread *self)
{
	unsigned int i;

	holder_tid = self->tid;
	for (i = 0; i < rounds; i++) {
		__atomic_store_n(&pair.words[i], self->tid, __ATOMIC_RELEASE);
		if (ends_by_time)
			continue;
		pair_await(&pair, i);
		if (pair.signo) {
			syscall(SYS_tgkill, getpid(), pair.waiter_tid, pair.signo);
			sleep_ns(HOLD_NS);
		}
		pair.waker_ns[i] = now_ns();
		pi_unlock(&pair.words[i]);
	}
	/* Whoever ends gives up its locks. */
	while (ends_by_time && __atomic_load_n(&pair.at, __ATOMIC_ACQUIRE) <= rounds)
		sleep_ns(NSEC_PER_MSEC);
}

/* Waits for a word, then, moved by the ender, for the lock that it holds */

static void requeue_pi_waiter(struct own_thread *self)
{
	struct own_wait *wait;
	struct timespec ts;
	unsigned int i;
	long ret;

	for (i = 0; i < rounds; i++) {
		wait = round_log(self, "futex_wait_requeue_pi", &pair.words[i]);
		/* The second stay is where it takes the lock that it is handed. */
		wait->sleeps = ends_by_time ? 1 : 2;
		pair_announce(&pair, i);
		wait_begin(wait);
		ts = deadline(CLOCK_MONOTONIC, wait);
		ret = futex(&pair.words[i], FUTEX_WAIT_REQUEUE_PI, 0, ends_by_time ? &ts : NULL,
			    &targets[i], 0);
		round_logged(wait, ret, i);
		wait->owner_tid = holder_tid;
		if (!ret)
			pi_unlock(&targets[i]);
	}
}

static void requeue_pi_ender(struct own_thread *self)
{
	unsigned int i;

	holder_tid = self->tid;
	for (i = 0; i < rounds && !ends_by_time; i++) {
		pair_await(&pair, i);
		__atomic_store_n(&targets[i], self->tid, __ATOMIC_RELEASE);
		if (futex(&pair.words[i], FUTEX_CMP_REQUEUE_PI, 1, NULL, &targets[i], 0) != 1)
			die("FUTEX_CMP_REQUEUE_PI");
		sleep_ns(HOLD_NS);
		pair.waker_ns[i] = now_ns();
		pi_unlock(&targets[i]);
	}
}

static void on_signal(int signo)
{
	(void)signo;
}

static void run(const char *name, void (*waiter)(struct own_thread *self),
		void (*ender)(struct own_thread *self))
{
	struct own_thread threads[2] = {
		{ .name = "waiter", .run = waiter },
		{ .name = "ender", .run = ender },
	};
	struct sigaction action = { .sa_handler = on_signal };

	ends_by_time = strstr(name, "_timeout");
	if (strstr(name, "_signal"))
		pair.signo = SIGUSR1;
	if (sigaction(SIGUSR1, &action, NULL))
		die("sigaction");
	printf("{\"targets\": %lu}\n", (unsigned long)targets);
	phase_run(threads, 2, rounds);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 0);
	if (!rounds || rounds > MAX_ROUNDS) {
		fprintf(stderr, "futex_ops: 1 to %d rounds\n", MAX_ROUNDS);
		return 2;
	}
	if (!strncmp(name, "waitv", strlen("waitv"))) {
		run(name, waitv_waiter, waitv_ender);
	} else if (!strncmp(name, "lock_pi", strlen("lock_pi"))) {
		run(name, lock_pi_waiter, lock_pi_ender);
	} else if (!strncmp(name, "requeue_pi", strlen("requeue_pi"))) {
		run(name, requeue_pi_waiter, requeue_pi_ender);
	} else {
		fprintf(stderr, "futex_ops: no case \"%s\"\n", name);
		return 2;
	}
	return 0;
}
