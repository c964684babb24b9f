// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads that wait under many stacks at once, for as long as they are told.
 * See truth.h for how they know them.
 *
 *	stack_many [THREADS [CHAINS]]
 *
 * A line on standard input is a phase:
 *
 *	run	the threads wait until the next line, each under one chain after the
 *		other; all of CHAINS are come across
 *	tree BITS	1 << BITS waits, each under another chain of BITS functions. Logged
 *		are "path" for each and, once, "edges": the return addresses in a
 *		function of kind 0 or 1 behind its calls of kind 0, 1 and the wait
 *	forks NR	NR children, one after the other, wait thrice each
 *	vforks NR	NR children that share the address space wait thrice each
 *	exec	the program anew; it says "ready" again
 *	waits	three waits
 *	quit	ends at once, its threads still waiting
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw_futex.h"
#include "truth.h"

#define noinline      __attribute__((noinline, noclone))
#define NSEC_PER_MSEC 1000000ULL
#define MAX_THREADS   1024

static volatile int sink;
static char *const *arguments;
static unsigned int nr_threads = 64, nr_chains = 600;
static volatile int is_over;

static noinline void chain(unsigned long path, unsigned int depth);

static noinline void small(unsigned long path, unsigned int depth)
{
	TRUTH_ENTER();
	chain(path, depth);
	sink++;
	TRUTH_LEAVE();
}

static noinline void large(unsigned long path, unsigned int depth)
{
	volatile char room[700];

	TRUTH_ENTER();
	room[depth] = 1;
	chain(path, depth);
	sink += room[depth];
	TRUTH_LEAVE();
}

static noinline void of_any_size(unsigned long path, unsigned int depth)
{
	volatile char room[8 + path % 100];

	TRUTH_ENTER();
	room[0] = 1;
	chain(path, depth);
	sink += room[0];
	TRUTH_LEAVE();
}

static noinline void realigned(unsigned long path, unsigned int depth)
{
	volatile char room[64] __attribute__((aligned(64)));

	TRUTH_ENTER();
	room[depth % 64] = 1;
	chain(path, depth);
	sink += room[depth % 64];
	TRUTH_LEAVE();
}

static noinline void chain(unsigned long path, unsigned int depth)
{
	static void (*const kinds[])(unsigned long path,
				     unsigned int depth) = { small, large, of_any_size, realigned };

	TRUTH_ENTER();
	if (depth)
		kinds[path % 4](path / 4, depth - 1);
	else
		truth_wait();
	sink++;
	TRUTH_LEAVE();
}

/* Chains of 5 to 13 functions; the lower digits of @nr to the base 4 tell them apart. */
static noinline void one_chain(unsigned int nr)
{
	TRUTH_ENTER();
	chain(nr, 5 + nr % 9);
	sink++;
	TRUTH_LEAVE();
}

static void *thread(void *arg)
{
	unsigned int number = (unsigned int)(uintptr_t)arg;

	TRUTH_ENTER();
	/* About seven waits of all threads a millisecond, at different times. */
	for (unsigned int i = 0; !is_over; i++) {
		truth_wait_ns = (long)(60 + (number * 7 + i * 13) % 90) * (long)NSEC_PER_MSEC;
		one_chain((number + i * nr_threads) % nr_chains);
	}
	TRUTH_LEAVE();
	return NULL;
}

static void run(void)
{
	static pthread_t ids[MAX_THREADS];
	static char line[128];

	is_over = 0;
	for (unsigned int i = 0; i < nr_threads; i++)
		if (pthread_create(&ids[i], NULL, thread, (void *)(uintptr_t)i))
			abort();
	puts("{\"state\": \"running\"}");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		line[0] = '\0';
	is_over = 1;
	for (unsigned int i = 0; i < nr_threads; i++)
		pthread_join(ids[i], NULL);
}

static uint64_t edges[2][3];
static uint32_t tree_words[1 << 15];

static noinline void tree_wait(unsigned int parent, unsigned long path)
{
	const struct timespec ts = { .tv_nsec = 1000 };
	uint64_t ip;

	edges[parent][2] = (uint64_t)__builtin_return_address(0);
	raw_futex(&tree_words[path], FUTEX_WAIT_PRIVATE, 0, &ts, 0, &ip);
	truth_own[0] = ip;
}

static noinline void tree_one(unsigned int parent, unsigned long path, unsigned int bits);

static noinline void tree_zero(unsigned int parent, unsigned long path, unsigned int bits)
{
	edges[parent][0] = (uint64_t)__builtin_return_address(0);
	if (!bits)
		tree_wait(0, path);
	else if (path >> (bits - 1) & 1)
		tree_one(0, path, bits - 1);
	else
		tree_zero(0, path, bits - 1);
	sink++;
}

static noinline void tree_one(unsigned int parent, unsigned long path, unsigned int bits)
{
	volatile char room[64];

	edges[parent][1] = (uint64_t)__builtin_return_address(0);
	room[bits] = 1;
	if (!bits)
		tree_wait(1, path);
	else if (path >> (bits - 1) & 1)
		tree_one(1, path, bits - 1);
	else
		tree_zero(1, path, bits - 1);
	sink += room[bits];
}

static void print_tree(unsigned int bits)
{
	for (unsigned long path = 0; path < 1UL << bits; path++)
		tree_zero(0, path, bits);
	/* The first call overwrote what the same call inside would have left. */
	tree_zero(0, 0, bits);
	printf("{\"tree\": %u, \"object\": %llu, \"leaf\": %llu, \"edges\": "
	       "[[%llu, %llu, %llu], [%llu, %llu, %llu]]}\n",
	       bits, (unsigned long long)(uintptr_t)tree_words, (unsigned long long)truth_own[0],
	       (unsigned long long)edges[0][0], (unsigned long long)edges[0][1],
	       (unsigned long long)edges[0][2], (unsigned long long)edges[1][0],
	       (unsigned long long)edges[1][1], (unsigned long long)edges[1][2]);
}

static noinline void three_waits(void)
{
	TRUTH_ENTER();
	for (unsigned int i = 0; i < 3; i++)
		one_chain(i * 11 + 5);
	sink++;
	TRUTH_LEAVE();
}

static void forks(unsigned long nr)
{
	truth_print();
	for (unsigned long i = 0; i < nr; i++) {
		pid_t pid = fork();

		if (!pid) {
			three_waits();
			truth_print();
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

/* The child has its parent's memory, this log too. */
static noinline void vfork_once(void)
{
	const unsigned int depth = truth_depth;
	pid_t pid = vfork();

	if (!pid) {
		three_waits();
		_exit(0);
	}
	truth_depth = depth;
	waitpid(pid, NULL, 0);
}

static void quit(void)
{
	pthread_t id;

	for (unsigned int i = 0; i < nr_threads; i++)
		if (pthread_create(&id, NULL, thread, (void *)(uintptr_t)i))
			abort();
	usleep(200000);
	_exit(0);
}

static void phase(const char *what, unsigned long number)
{
	TRUTH_ENTER();
	if (!strcmp(what, "run"))
		run();
	else if (!strcmp(what, "tree"))
		print_tree((unsigned int)number);
	else if (!strcmp(what, "forks"))
		forks(number);
	else if (!strcmp(what, "waits"))
		three_waits();
	for (unsigned long i = 0; !strcmp(what, "vforks") && i < number; i++)
		vfork_once();
	if (!strcmp(what, "exec"))
		execv("/proc/self/exe", arguments);
	else if (!strcmp(what, "quit"))
		quit();
	TRUTH_LEAVE();
}

int main(int argc, char **argv)
{
	TRUTH_ENTER();
	arguments = argv;
	if (argc > 1)
		nr_threads = (unsigned int)strtoul(argv[1], NULL, 0);
	if (argc > 2)
		nr_chains = (unsigned int)strtoul(argv[2], NULL, 0);
	if (!nr_threads || nr_threads > MAX_THREADS || !nr_chains)
		return 2;
	truth_init(16384);
	truth_phases(phase);
	TRUTH_LEAVE();
	return 0;
}
