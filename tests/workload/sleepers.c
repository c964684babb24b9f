// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads asleep in one futex wait each, until told otherwise:
 *
 *	sleepers NR
 *
 * Lines on stdin: "sleep" makes the threads and answers when all of them sleep;
 * "wake N" ends the waits of the next N and logs them; end of input ends the
 * program, whatever sleeps. No thread polls: thousands of them would leave no
 * time for anything else.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "raw_futex.h"
#include "waitlog.h"

#define STACK_BYTES (16 * 1024)
#define SETTLE_NS   (50 * NSEC_PER_MSEC)
#define NOINLINE    __attribute__((noinline, noclone))

struct sleeper {
	uint32_t word;
	pid_t tid;
	struct own_wait wait;
	pthread_t pthread;
};

static struct sleeper *sleepers;
static unsigned int nr_sleepers;
static unsigned int nr_asleep;
static unsigned int nr_woken;
static unsigned int nr_awake;

NOINLINE static void sleep_once(struct sleeper *self)
{
	struct own_wait *wait = &self->wait;
	uint64_t ip;
	long ret;

	wait->kind = "futex_wait";
	wait->site = __func__;
	wait->object = (uint64_t)&self->word;
	wait->sleeps = 1;
	wait_begin(wait);
	__atomic_add_fetch(&nr_asleep, 1, __ATOMIC_RELEASE);
	do {
		ret = raw_futex(&self->word, FUTEX_WAIT_PRIVATE, 0, NULL, 0, &ip);
	} while (ret == -EINTR);
	wait_end(wait);
	wait->ended = ret ? "none" : "wake";
}

static void *sleeper_main(void *arg)
{
	struct sleeper *self = arg;

	self->tid = own_tid();
	sleep_once(self);
	__atomic_add_fetch(&nr_awake, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void sleepers_start(void)
{
	size_t bytes = (size_t)nr_sleepers * STACK_BYTES;
	pthread_attr_t attr;
	unsigned int i;
	char *stacks;

	stacks = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK,
		      -1, 0);
	if (stacks == MAP_FAILED)
		die("mmap");
	pthread_attr_init(&attr);
	for (i = 0; i < nr_sleepers; i++) {
		pthread_attr_setstack(&attr, stacks + (size_t)i * STACK_BYTES, STACK_BYTES);
		errno = pthread_create(&sleepers[i].pthread, &attr, sleeper_main, &sleepers[i]);
		if (errno)
			die("pthread_create");
	}
	pthread_attr_destroy(&attr);
	while (__atomic_load_n(&nr_asleep, __ATOMIC_ACQUIRE) < nr_sleepers)
		sleep_ns(NSEC_PER_MSEC);
	sleep_ns(SETTLE_NS);
}

static void sleepers_wake(unsigned int nr)
{
	unsigned int i, first = nr_woken;

	if (nr > nr_sleepers - nr_woken)
		nr = nr_sleepers - nr_woken;
	for (i = first; i < first + nr; i++) {
		sleepers[i].wait.waker_ns = now_ns();
		__atomic_store_n(&sleepers[i].word, 1, __ATOMIC_RELEASE);
		raw_futex_wake(&sleepers[i].word, 1);
	}
	nr_woken += nr;
	while (__atomic_load_n(&nr_awake, __ATOMIC_ACQUIRE) < nr_woken)
		sleep_ns(NSEC_PER_MSEC);
	for (i = first; i < first + nr; i++)
		wait_print(sleepers[i].tid, &sleepers[i].wait);
}

int main(int argc, char **argv)
{
	char line[32];
	unsigned int i;

	nr_sleepers = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	sleepers = calloc(nr_sleepers, sizeof(*sleepers));
	if (!nr_sleepers || !sleepers) {
		fprintf(stderr, "sleepers: how many threads?\n");
		return 2;
	}
	say("ready");
	for (;;) {
		read_line(line, sizeof(line));
		if (!strcmp(line, "sleep")) {
			sleepers_start();
			for (i = 0; i < nr_sleepers; i++)
				wait_print(sleepers[i].tid, &sleepers[i].wait);
			say("asleep");
		} else if (!strncmp(line, "wake ", 5)) {
			sleepers_wake(strtoul(line + 5, NULL, 0));
			say("done");
		} else {
			fprintf(stderr, "sleepers: no command \"%s\"\n", line);
			return 2;
		}
	}
}
