// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits on futexes by raw system calls, timed by the program itself:
 *
 *	raw_waits raw|timeout|signal|restart [ROUNDS [BASE_NS [STEP_NS]]]
 *	raw_waits handover
 *	raw_waits kill [THREADS]
 *
 * Every wait has a futex word of its own, so that a session with rows by object
 * shows each of them by itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"
#include "raw_futex.h"
#include "waitlog.h"

#define MAX_WAITERS 16

static struct pair pairs[2];

/* Raw waits: where exactly each frame lies */

NOINLINE static long sleep_in(uint32_t *word, struct own_wait *wait)
{
	long ret;

	wait->frames[1] = (uint64_t)__builtin_return_address(0);
	wait->frames[2] = (uint64_t)__builtin_return_address(1);
	wait_begin(wait);
	ret = raw_futex(word, FUTEX_WAIT_PRIVATE, 0, NULL, 0, &wait->frames[0]);
	wait_end(wait);
	return ret;
}

/* The waits of this function differ in the caller of one leaf only. */
NOINLINE static long two_callers(uint32_t *word, bool second, struct own_wait *wait)
{
	wait->kind = "futex_wait";
	wait->site = __func__;
	if (second) {
		wait->line = __LINE__ + 1;
		return sleep_in(word, wait);
	}
	wait->line = __LINE__ + 1;
	return sleep_in(word, wait);
}

/* The waits of this function differ in the leaf, and in the operation. */
NOINLINE static long two_sites(uint32_t *word, bool second, struct own_wait *wait)
{
	uint64_t *ip = &wait->frames[0];
	long ret;

	wait->site = __func__;
	wait->frames[1] = (uint64_t)__builtin_return_address(0);
	wait->frames[2] = (uint64_t)__builtin_return_address(1);
	wait_begin(wait);
	if (second) {
		wait->kind = "futex_wait_bitset";
		wait->line = __LINE__ + 1;
		ret = raw_futex(word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, 1, ip);
	} else {
		wait->kind = "futex_wait";
		wait->line = __LINE__ + 1;
		ret = raw_futex(word, FUTEX_WAIT_PRIVATE, 0, NULL, 0, ip);
	}
	wait_end(wait);
	return ret;
}

NOINLINE static void raw_waiter(struct own_thread *self)
{
	struct pair *pair = self->arg;
	struct own_wait *wait;
	unsigned int i;
	uint32_t *word;
	long ret;

	for (i = 0; i < rounds; i++) {
		word = &pair->words[i];
		pair_announce(pair, i);
		while (!__atomic_load_n(word, __ATOMIC_ACQUIRE)) {
			wait = wait_log(self);
			if (i & 2)
				ret = two_callers(word, i & 1, wait);
			else
				ret = two_sites(word, i & 1, wait);
			wait->ended = ended_by(ret);
			wait->sleeps = ret != -EAGAIN;
			wait->object = (uint64_t)word;
			wait->waker_ns = pair->waker_ns[i];
		}
	}
}

static void raw_ender(struct own_thread *self)
{
	struct pair *pair = self->arg;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		pair_await(pair, i);
		pair->waker_ns[i] = now_ns();
		__atomic_store_n(&pair->words[i], 1, __ATOMIC_RELEASE);
		raw_futex_wake(&pair->words[i], 1);
	}
}

/* Waits ended by time */

static void timeout_waiter(struct own_thread *self)
{
	struct pair *pair = self->arg;
	struct own_wait *wait;
	struct timespec ts;
	uint64_t duration;
	unsigned int i;
	bool absolute;
	long ret;

	for (i = 0; i < rounds; i++) {
		absolute = i & 1;
		duration = base_ns + i * step_ns;
		wait = wait_log(self);
		wait->site = __func__;
		wait->object = (uint64_t)&pair->words[i];
		wait_begin(wait);
		wait->waker_ns = wait->begin_ns + duration;
		ts = timespec_of(absolute ? wait->waker_ns : duration);
		if (absolute) {
			wait->kind = "futex_wait_bitset";
			ret = raw_futex(&pair->words[i], FUTEX_WAIT_BITSET_PRIVATE, 0, &ts,
					FUTEX_BITSET_MATCH_ANY, &wait->frames[0]);
		} else {
			wait->kind = "futex_wait";
			ret = raw_futex(&pair->words[i], FUTEX_WAIT_PRIVATE, 0, &ts, 0,
					&wait->frames[0]);
		}
		wait_end(wait);
		wait->frames[0] = 0;
		wait->ended = ended_by(ret);
		wait->sleeps = 1;
	}
}

/* Waits ended by a signal, with and without a restart of the call */

static void on_signal(int signo)
{
	(void)signo;
}

static void signal_setup(int signo, int flags)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };

	if (sigaction(signo, &action, NULL))
		die("sigaction");
}

static void signal_waiter(struct own_thread *self)
{
	struct pair *pair = self->arg;
	struct own_wait *wait;
	unsigned int i;
	uint64_t ip;
	long ret;

	pair->waiter_tid = self->tid;
	for (i = 0; i < rounds; i++) {
		wait = wait_log(self);
		wait->kind = "futex_wait";
		wait->site = __func__;
		wait->object = (uint64_t)&pair->words[i];
		pair_announce(pair, i);
		wait_begin(wait);
		ret = raw_futex(&pair->words[i], FUTEX_WAIT_PRIVATE, 0, NULL, 0, &ip);
		wait_end(wait);
		wait->waker_ns = pair->waker_ns[i];
		wait->ended = ended_by(ret);
		/* The kernel restarts the call after SIGUSR2: two stays. */
		wait->sleeps = pair->signo == SIGUSR2 ? 2 : 1;
	}
}

static void signal_ender(struct own_thread *self)
{
	struct pair *pair = self->arg;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		pair_await(pair, i);
		pair->waker_ns[i] = now_ns();
		syscall(SYS_tgkill, getpid(), pair->waiter_tid, pair->signo);
		if (pair->signo == SIGUSR1)
			continue;
		sleep_ns(HOLD_NS);
		pair->waker_ns[i] = now_ns();
		__atomic_store_n(&pair->words[i], 1, __ATOMIC_RELEASE);
		raw_futex_wake(&pair->words[i], 1);
	}
}

/* As many handovers as possible, until the next line: load, not truth */

static bool stop;

static void handover_side(struct own_thread *self)
{
	struct pair *pair = self->arg;
	bool odd = self->name[0] == 'o';
	uint32_t *word = &pair->words[0];
	uint32_t val;
	uint64_t ip;

	/* The parity of the word says whose turn it is. */
	for (;;) {
		val = __atomic_load_n(word, __ATOMIC_ACQUIRE);
		if (__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
			break;
		if ((val & 1) == odd) {
			__atomic_store_n(word, val + 1, __ATOMIC_RELEASE);
			raw_futex_wake(word, 1);
		} else {
			raw_futex(word, FUTEX_WAIT_PRIVATE, val, NULL, 0, &ip);
		}
	}
	/*
	 * The other side may have read the word and not the order to stop, and not
	 * sleep yet: only another value keeps it from sleeping for good.
	 */
	__atomic_fetch_add(word, 2, __ATOMIC_RELEASE);
	raw_futex_wake(word, 2);
}

static void run_handover(void)
{
	struct own_thread threads[4] = { 0 };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		threads[i].name = i & 1 ? "odd" : "even";
		threads[i].run = handover_side;
		threads[i].arg = &pairs[i / 2];
	}
	threads_start(threads, 4, 1);
	say("ready");
	await_line();
	threads_release();
	say("running");
	await_line();
	/* Of each pair the side whose turn it is does not sleep, and wakes the other. */
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	threads_finish(threads, 4);
	threads_print(threads, 4);
	say("done");
}

/* Waits that SIGKILL ends: the log lives in memory the parent shares */

struct doomed {
	bool go;
	unsigned int nr;
	unsigned int ready;
	unsigned int asleep;
	pid_t tids[MAX_WAITERS];
	struct own_wait waits[MAX_WAITERS];
	uint32_t words[MAX_WAITERS];
};

static struct doomed *doomed;

static void *doomed_main(void *arg)
{
	unsigned int i = (uintptr_t)arg;
	struct own_wait *wait = &doomed->waits[i];
	uint64_t ip;

	doomed->tids[i] = own_tid();
	wait->kind = "futex_wait";
	wait->site = __func__;
	wait->object = (uint64_t)&doomed->words[i];
	wait->sleeps = 1;
	__atomic_add_fetch(&doomed->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&doomed->go, __ATOMIC_ACQUIRE))
		sleep_ns(NSEC_PER_MSEC);
	wait_begin(wait);
	__atomic_add_fetch(&doomed->asleep, 1, __ATOMIC_RELEASE);
	raw_futex(&doomed->words[i], FUTEX_WAIT_PRIVATE, 0, NULL, 0, &ip);
	return NULL;
}

static __attribute__((noreturn)) void doomed_child(void)
{
	pthread_t thread;
	uintptr_t i;

	for (i = 0; i < doomed->nr; i++) {
		errno = pthread_create(&thread, NULL, doomed_main, (void *)i);
		if (errno)
			die("pthread_create");
	}
	for (;;)
		pause();
}

static void run_kill(unsigned int nr)
{
	uint64_t gone_ns;
	unsigned int i;
	pid_t child;

	doomed = mmap(NULL, sizeof(*doomed), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (doomed == MAP_FAILED)
		die("mmap");
	doomed->nr = nr;
	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		doomed_child();
	while (__atomic_load_n(&doomed->ready, __ATOMIC_ACQUIRE) < nr)
		sleep_ns(NSEC_PER_MSEC);
	printf("{\"child\": %d}\n", child);
	say("ready");
	await_line();
	__atomic_store_n(&doomed->go, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&doomed->asleep, __ATOMIC_ACQUIRE) < nr)
		sleep_ns(NSEC_PER_MSEC);
	sleep_ns(HOLD_NS);
	for (i = 0; i < nr; i++)
		wait_end_killed(&doomed->waits[i], child, doomed->tids[i]);
	if (kill(child, SIGKILL) || waitpid(child, NULL, 0) != child)
		die("kill");
	gone_ns = now_ns();
	for (i = 0; i < nr; i++) {
		doomed->waits[i].end_ns = gone_ns;
		wait_print(doomed->tids[i], &doomed->waits[i]);
	}
	say("done");
}

/* The cases */

static const struct raw_case {
	const char *name;
	void (*waiter)(struct own_thread *self);
	void (*ender)(struct own_thread *self);
	int signo;
	int signal_flags;
} cases[] = {
	{ "raw", raw_waiter, raw_ender, 0, 0 },
	{ "timeout", timeout_waiter, NULL, 0, 0 },
	{ "signal", signal_waiter, signal_ender, SIGUSR1, 0 },
	{ "restart", signal_waiter, signal_ender, SIGUSR2, SA_RESTART },
};

static void run_case(const struct raw_case *one)
{
	struct own_thread threads[4] = { 0 };
	unsigned int i, nr = 0;

	if (one->signo)
		signal_setup(one->signo, one->signal_flags);
	for (i = 0; i < 2; i++) {
		pairs[i].signo = one->signo;
		threads[nr++] = (struct own_thread){
			.name = "waiter",
			.run = one->waiter,
			.arg = &pairs[i],
		};
		if (one->ender)
			threads[nr++] = (struct own_thread){
				.name = "ender",
				.run = one->ender,
				.arg = &pairs[i],
			};
	}
	phase_run(threads, nr, 4 * rounds);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	unsigned int i;

	if (argc > 2)
		rounds = strtoul(argv[2], NULL, 0);
	if (argc > 3)
		base_ns = strtoull(argv[3], NULL, 0);
	if (argc > 4)
		step_ns = strtoull(argv[4], NULL, 0);
	if (!rounds || rounds > MAX_ROUNDS) {
		fprintf(stderr, "raw_waits: 1 to %d rounds\n", MAX_ROUNDS);
		return 2;
	}
	if (!strcmp(name, "handover")) {
		run_handover();
		return 0;
	}
	if (!strcmp(name, "kill")) {
		run_kill(rounds < MAX_WAITERS ? rounds : MAX_WAITERS);
		return 0;
	}
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!strcmp(name, cases[i].name)) {
			run_case(&cases[i]);
			return 0;
		}
	}
	fprintf(stderr, "raw_waits: no case \"%s\"\n", name);
	return 2;
}
