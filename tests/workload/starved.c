// SPDX-License-Identifier: GPL-2.0-only
/*
 * Futex waits whose waiter is woken and then does not get a CPU:
 *
 *	starved fifo|fair [ROUNDS [HOG_MS]]
 *
 * The waiter has the last CPU. fifo: whoever wakes it runs there, too, with a
 * real-time priority, and keeps the CPU for HOG_MS afterwards. fair: others of
 * the usual policy keep it busy all the time; the waiter, of the batch policy and
 * a lower weight, is woken from another CPU and waits its turn. Each wait is
 * logged with the growth of the thread's own run delay.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pair.h"
#include "raw_futex.h"

#define NR_HOGS	 3
#define PRIORITY 10

static struct pair pair;
static uint64_t hog_ns = 30 * NSEC_PER_MSEC;
static bool fair;
static bool stop;

static void use_cpu(long cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static long last_cpu(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) - 1;
}

static void use_policy(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		die("sched_setscheduler");
}

/* The second figure of the file: ns spent waiting on a run queue. */
static uint64_t run_delay_ns(int fd)
{
	char text[80];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);

	if (got <= 0)
		die("schedstat");
	text[got] = '\0';
	return strtoull(strchr(text, ' '), NULL, 10);
}

NOINLINE static void wait_once(struct own_wait *wait, uint32_t *word, int fd)
{
	uint64_t delay_ns = run_delay_ns(fd), ip;
	long ret;

	wait_begin(wait);
	ret = raw_futex(word, FUTEX_WAIT_PRIVATE, 0, NULL, 0, &ip);
	wait_end(wait);
	wait->runqueue_ns = run_delay_ns(fd) - delay_ns;
	wait->kind = "futex_wait";
	wait->site = __func__;
	wait->object = (uintptr_t)word;
	wait->sleeps = 1;
	wait->ended = ended_by(ret);
}

static void waiter(struct own_thread *self)
{
	unsigned int i;
	int fd;

	use_cpu(last_cpu());
	if (fair) {
		use_policy(SCHED_BATCH, 0);
		if (setpriority(PRIO_PROCESS, 0, 5))
			die("setpriority");
	}
	fd = open("/proc/thread-self/schedstat", O_RDONLY);
	if (fd < 0)
		die("schedstat");
	for (i = 0; i < rounds; i++) {
		struct own_wait *wait = wait_log(self);

		pair_announce(&pair, i);
		wait_once(wait, &pair.words[i], fd);
		wait->waker_ns = pair.waker_ns[i];
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	close(fd);
}

static void burn_until(uint64_t end_ns)
{
	while (now_ns() < end_ns)
		__builtin_ia32_pause(); /* an emulator lets another CPU run */
}

static void waker(struct own_thread *self)
{
	unsigned int i;

	(void)self;
	use_cpu(fair ? 0 : last_cpu());
	use_policy(SCHED_FIFO, PRIORITY);
	for (i = 0; i < rounds; i++) {
		pair_await(&pair, i);
		/* Kept off its CPU, the waiter may not have come to sleep yet. */
		do {
			sleep_ns(NSEC_PER_MSEC / 2);
			pair.waker_ns[i] = now_ns();
		} while (raw_futex_wake(&pair.words[i], 1) < 1);
		if (!fair)
			burn_until(now_ns() + hog_ns);
	}
}

static void hog(struct own_thread *self)
{
	(void)self;
	use_cpu(last_cpu());
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		burn_until(now_ns() + NSEC_PER_MSEC);
}

int main(int argc, char **argv)
{
	struct own_thread threads[2 + NR_HOGS] = {
		{ .name = "waiter", .run = waiter },
		{ .name = "waker", .run = waker },
	};
	unsigned int i;

	fair = argc > 1 && !strcmp(argv[1], "fair");
	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 0);
	if (argc > 3)
		hog_ns = strtoull(argv[3], NULL, 0) * NSEC_PER_MSEC;
	if (argc < 2 || (!fair && strcmp(argv[1], "fifo")) || !rounds || rounds > MAX_ROUNDS) {
		fprintf(stderr, "starved: fifo or fair, 1 to %d rounds\n", MAX_ROUNDS);
		return 2;
	}
	for (i = 0; i < NR_HOGS; i++)
		threads[2 + i] = (struct own_thread){ .name = "hog", .run = hog };
	phase_run(threads, fair ? 2 + NR_HOGS : 2, rounds);
	return 0;
}
