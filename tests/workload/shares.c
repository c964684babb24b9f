// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads whose wall time goes where they say:
 *
 *	shares FILE
 *
 * spinner: on a CPU; napper: asleep in a timer; poller: in one epoll_wait();
 * sitter: in one futex wait, begun before anybody looks, to the end; early: the
 * same, woken in the middle, then as napper; mixer: CPU, timer and condition
 * variable in turn; short: as mixer, ends in the middle; reader: reads FILE, on a
 * slow device, by its position; seeker: asks for that position, which is locked
 * meanwhile. Every stay is logged with its CPU time and run delay. The phase
 * begins with a line, the next one is its middle, the last one its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pair.h"
#include "raw_futex.h"
#include "waitlog.h"

#define READ_BYTES 4096
#define SPIN_NS	   (30 * NSEC_PER_MSEC)
#define NAP_NS	   (40 * NSEC_PER_MSEC)
#define COND_NS	   (30 * NSEC_PER_MSEC)
#define MAX_STAYS  20000
#define NR(a)	   (sizeof(a) / sizeof((a)[0]))

static volatile bool middle, end;
static int bell;
static uint32_t sitter_word, early_word;
static int file;
static void *buffer;

/* The second figure of the file: ns spent waiting on a run queue. */
static uint64_t run_delay_ns(void)
{
	int fd = open("/proc/thread-self/schedstat", O_RDONLY);
	char text[80];
	ssize_t got;

	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got <= 0)
		die("schedstat");
	close(fd);
	text[got] = '\0';
	return strtoull(strchr(text, ' '), NULL, 10);
}

static struct own_wait *stay_begin(struct own_thread *self, const char *kind)
{
	struct own_wait *stay = wait_log(self);

	stay->kind = kind;
	stay->ended = "none";
	stay->runqueue_ns = run_delay_ns();
	wait_begin(stay);
	return stay;
}

static void stay_end(struct own_wait *stay)
{
	wait_end(stay);
	stay->runqueue_ns = run_delay_ns() - stay->runqueue_ns;
}

static void spin(struct own_thread *self, uint64_t ns)
{
	struct own_wait *stay = stay_begin(self, "spin");
	uint64_t until = now_ns() + ns;

	while (now_ns() < until)
		;
	stay_end(stay);
}

static void nap(struct own_thread *self, uint64_t ns)
{
	struct own_wait *stay = stay_begin(self, "nap");

	sleep_ns(ns);
	stay_end(stay);
}

static void wait_cond(struct own_thread *self, uint64_t ns)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec deadline = timespec_of(now_ns() + ns);
	struct own_wait *stay = stay_begin(self, "cond");

	pthread_mutex_lock(&lock);
	pthread_cond_clockwait(&cond, &lock, CLOCK_MONOTONIC, &deadline);
	pthread_mutex_unlock(&lock);
	stay_end(stay);
}

static void sit(struct own_thread *self, uint32_t *word)
{
	struct own_wait *stay = stay_begin(self, "futex");
	uint64_t ip;

	while (!__atomic_load_n(word, __ATOMIC_ACQUIRE))
		raw_futex(word, FUTEX_WAIT_PRIVATE, 0, NULL, 0, &ip);
	stay_end(stay);
}

static void let_go(uint32_t *word)
{
	uint64_t ip;

	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
	raw_futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, 0, &ip);
}

static void spinner(struct own_thread *self)
{
	while (!end)
		spin(self, SPIN_NS);
}

static void napper(struct own_thread *self)
{
	while (!end)
		nap(self, 7 * NSEC_PER_MSEC);
}

static void poller(struct own_thread *self)
{
	struct own_wait *stay = stay_begin(self, "poll");
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(0);

	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, bell, &event) ||
	    epoll_wait(fd, &event, 1, -1) != 1)
		die("epoll_wait");
	stay_end(stay);
}

static void sitter(struct own_thread *self)
{
	sit(self, &sitter_word);
}

static void early(struct own_thread *self)
{
	sit(self, &early_word);
	while (!end)
		nap(self, NAP_NS);
}

static void mixer(struct own_thread *self)
{
	while (!end) {
		spin(self, SPIN_NS);
		nap(self, NAP_NS);
		wait_cond(self, COND_NS);
	}
}

static void shorter(struct own_thread *self)
{
	while (!middle) {
		spin(self, SPIN_NS);
		nap(self, NAP_NS);
		wait_cond(self, COND_NS);
	}
}

static void reader(struct own_thread *self)
{
	while (!end) {
		struct own_wait *stay = stay_begin(self, "read");

		if (lseek(file, 0, SEEK_SET) || read(file, buffer, READ_BYTES) != READ_BYTES)
			die("read");
		stay_end(stay);
	}
}

static void seeker(struct own_thread *self)
{
	while (!end) {
		struct own_wait *stay = stay_begin(self, "seek");

		if (lseek(file, 0, SEEK_CUR) < 0)
			die("lseek");
		stay_end(stay);
		nap(self, NSEC_PER_MSEC);
	}
}

int main(int argc, char **argv)
{
	struct own_thread threads[] = {
		{ .name = "spinner", .run = spinner }, { .name = "napper", .run = napper },
		{ .name = "poller", .run = poller },   { .name = "sitter", .run = sitter },
		{ .name = "early", .run = early },     { .name = "mixer", .run = mixer },
		{ .name = "short", .run = shorter },   { .name = "reader", .run = reader },
		{ .name = "seeker", .run = seeker },
	};
	const uint64_t one = 1;
	unsigned int i;

	if (argc != 2) {
		fprintf(stderr, "shares: FILE\n");
		return 2;
	}
	file = open(argv[1], O_RDONLY | O_DIRECT);
	if (file < 0)
		die(argv[1]);
	if (posix_memalign(&buffer, READ_BYTES, READ_BYTES))
		die("posix_memalign");
	memset(buffer, 0, READ_BYTES);
	bell = eventfd(0, 0);
	if (bell < 0)
		die("eventfd");
	threads_start(threads, NR(threads), MAX_STAYS);
	for (i = 0; i < NR(threads); i++)
		printf("{\"tid\": %d, \"name\": \"%s\"}\n", threads[i].tid, threads[i].name);
	say("ready");
	await_line();
	threads_release();
	await_line();
	middle = true;
	let_go(&early_word);
	await_line();
	end = true;
	let_go(&sitter_word);
	if (write(bell, &one, sizeof(one)) != sizeof(one))
		die("eventfd");
	threads_finish(threads, NR(threads));
	threads_print(threads, NR(threads));
	say("done");
	return 0;
}
