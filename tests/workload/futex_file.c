// SPDX-License-Identifier: GPL-2.0-only
/*
 * Futex waits whose word has to be read from disk first:
 *
 *	futex_file wait|waitv FILE [ROUNDS]
 *
 * The words lie in a mapped file, a page each, none of them in memory: the
 * kernel's look at the word is a page fault that waits for I/O, then the thread
 * sleeps on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pair.h"
#include "raw_futex.h"

#define PAGE_BYTES     4096
#define NR_FUTEX_WAITV 449
#define WAITV_FLAGS    (0x02 | 0x80) /* 32 bits, private */

struct waitv {
	uint64_t val;
	uint64_t uaddr;
	uint32_t flags;
	uint32_t reserved;
};

static struct pair pair;
static bool vector;
static char *map;
static int fd;

static uint32_t *word_of(unsigned int round)
{
	return (uint32_t *)(map + round * PAGE_BYTES);
}

NOINLINE static void wait_once(struct own_wait *wait, uint32_t *word)
{
	struct waitv one = { .uaddr = (uintptr_t)word, .flags = WAITV_FLAGS };
	long nvcsw = own_nvcsw(), ret;
	uint64_t ip;

	wait_begin(wait);
	if (vector) {
		ret = syscall(NR_FUTEX_WAITV, &one, 1, 0, NULL, 0);
		ret = ret < 0 ? -errno : 0; /* which of the words */
	} else {
		ret = raw_futex(word, FUTEX_WAIT_PRIVATE, 0, NULL, 0, &ip);
	}
	wait_end(wait);
	wait->sleeps = own_nvcsw() - nvcsw;
	wait->kind = vector ? "waitv" : "futex_wait";
	wait->site = __func__;
	wait->object = (uintptr_t)word;
	wait->ended = ended_by(ret);
}

static void waiter(struct own_thread *self)
{
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		struct own_wait *wait = wait_log(self);

		pair_announce(&pair, i);
		wait_once(wait, word_of(i));
		wait->waker_ns = pair.waker_ns[i];
	}
}

static void waker(struct own_thread *self)
{
	unsigned int i;
	uint64_t ip;

	(void)self;
	for (i = 0; i < rounds; i++) {
		pair_await(&pair, i);
		for (;;) {
			pair.waker_ns[i] = now_ns();
			if (raw_futex(word_of(i), FUTEX_WAKE_PRIVATE, 1, NULL, 0, &ip) > 0)
				break;
			sleep_ns(NSEC_PER_MSEC);
		}
	}
}

int main(int argc, char **argv)
{
	struct own_thread threads[2] = {
		{ .name = "waiter", .run = waiter },
		{ .name = "waker", .run = waker },
	};

	vector = argc > 1 && !strcmp(argv[1], "waitv");
	if (argc > 3)
		rounds = strtoul(argv[3], NULL, 0);
	if (argc < 3 || (!vector && strcmp(argv[1], "wait")) || !rounds || rounds > MAX_ROUNDS) {
		fprintf(stderr, "futex_file: wait or waitv, a file, 1 to %d rounds\n", MAX_ROUNDS);
		return 2;
	}
	fd = open(argv[2], O_RDWR);
	if (fd < 0)
		die(argv[2]);
	threads_start(threads, 2, rounds);
	/* Only now: what was mapped before is locked in memory. */
	map = mmap(NULL, rounds * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	/* One page a fault, and none of them before its turn. */
	if (madvise(map, rounds * PAGE_BYTES, MADV_RANDOM) ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		die("madvise");
	say("ready");
	await_line();
	threads_release();
	threads_finish(threads, 2);
	threads_print(threads, 2);
	say("done");
	return 0;
}
