// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that wait under bad conditions, each wait logged by itself:
 *
 *	hostile_waits signals NR	two threads, sent NR signals each as fast as can be
 *	hostile_waits seccomp NR	calls that a filter refuses, or kills the thread for
 *	hostile_waits mappings NR	the stack's outer part and the code of an outer
 *		frame are protected, unmapped and mapped again all the time
 *	hostile_waits arguments NR	system calls with arguments that mean nothing
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pair.h"
#include "raw_futex.h"
#include "waitlog.h"

#define MAX_WAITS 20000
#define WAIT_NS	  NSEC_PER_MSEC
#define PAGE	  4096UL
#define REFUSED	  0xdead /* values of a futex that the filter knows */
#define DEADLY	  0xbeef

static unsigned int nr_rounds;
static uint32_t words[4];

static long wait_once(struct own_thread *self, uint32_t *word, uint32_t val, uint64_t ns)
{
	struct own_wait *wait = wait_log(self);
	struct timespec ts = timespec_of(ns);
	long ret;

	wait->kind = "futex_wait";
	wait->object = (uint64_t)(uintptr_t)word;
	wait_begin(wait);
	wait->waker_ns = ns ? wait->begin_ns + ns : 0;
	ret = raw_futex(word, FUTEX_WAIT_PRIVATE, val, ns ? &ts : NULL, 0, &wait->frames[0]);
	wait_end(wait);
	wait->ended = ended_by(ret);
	wait->sleeps = strcmp(wait->ended, "none") != 0;
	return ret;
}

/* --- signals --- */

struct target {
	uint32_t *word;
	pid_t tid;
	bool over;
};

static void on_signal(int signo)
{
	(void)signo;
}

static uint64_t own_run_delay_ns(void)
{
	unsigned long long cpu_ns, delay_ns;
	FILE *file = fopen("/proc/thread-self/schedstat", "r");

	if (!file || fscanf(file, "%llu %llu", &cpu_ns, &delay_ns) != 2)
		die("schedstat");
	fclose(file);
	return delay_ns;
}

/*
 * Each return of EINTR is one stay in the kernel, each 0 another. Handlers run before
 * the stamp, after which the thread may have to wait for a CPU: the last entry has that
 * time of all of them.
 */
static void signalled(struct own_thread *self)
{
	struct target *target = self->arg;
	uint64_t delay_ns = own_run_delay_ns();

	__atomic_store_n(&target->tid, self->tid, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&target->over, __ATOMIC_ACQUIRE))
		wait_once(self, target->word, 0, 0);
	self->waits[self->nr - 1].runqueue_ns = own_run_delay_ns() - delay_ns;
}

static void sender(struct own_thread *self)
{
	struct target *target = self->arg;
	unsigned int i;
	pid_t tid;

	while (!(tid = __atomic_load_n(&target->tid, __ATOMIC_ACQUIRE)))
		sleep_ns(NSEC_PER_MSEC);
	for (i = 0; i < nr_rounds; i++) {
		syscall(SYS_tgkill, getpid(), tid, i % 3 ? SIGUSR1 : SIGRTMIN);
		/* Sometimes it has the time to sleep, sometimes none. */
		if (!(i % 7))
			sleep_ns(NSEC_PER_MSEC / 5);
		else if (i % 2)
			sched_yield();
		if (!(i % 11))
			raw_futex_wake(target->word, 1);
	}
	sleep_ns(10 * NSEC_PER_MSEC);
	__atomic_store_n(&target->over, true, __ATOMIC_RELEASE);
	__atomic_store_n(target->word, 1, __ATOMIC_RELEASE);
	raw_futex_wake(target->word, 1);
}

static void run_signals(void)
{
	struct target targets[2] = { { .word = &words[0] }, { .word = &words[2] } };
	struct own_thread threads[4] = { 0 };
	struct sigaction action = { .sa_handler = on_signal };
	unsigned int i;

	if (sigaction(SIGUSR1, &action, NULL) || sigaction(SIGRTMIN, &action, NULL))
		die("sigaction");
	for (i = 0; i < 4; i++) {
		threads[i].name = i % 2 ? "sender" : "waiter";
		threads[i].run = i % 2 ? sender : signalled;
		threads[i].arg = &targets[i / 2];
	}
	phase_run(threads, 4, 2 * nr_rounds + 100);
}

/* --- seccomp --- */

static bool is_filtered;

static void filter_all(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, REFUSED, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DEADLY, 2, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
	};
	struct sock_fprog program = { .len = sizeof(filter) / sizeof(filter[0]), .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program))
		die("seccomp");
}

/* Waits when the filter comes, and goes on under it. */
static void met_in_its_wait(struct own_thread *self)
{
	unsigned int i;

	wait_once(self, &words[0], 0, 50 * NSEC_PER_MSEC);
	while (!__atomic_load_n(&is_filtered, __ATOMIC_ACQUIRE))
		sleep_ns(NSEC_PER_MSEC);
	for (i = 0; i < nr_rounds; i++) {
		/* Refused before the kernel looks at it: no wait. */
		wait_once(self, &words[1], REFUSED, WAIT_NS);
		wait_once(self, &words[1], 0, WAIT_NS);
	}
}

static void killed_for_it(struct own_thread *self)
{
	while (!__atomic_load_n(&is_filtered, __ATOMIC_ACQUIRE))
		sleep_ns(NSEC_PER_MSEC);
	wait_once(self, &words[2], 0, WAIT_NS);
	/* What is to be said of it: it does not come back. */
	__atomic_store_n(&words[3], DEADLY, __ATOMIC_RELEASE);
	__atomic_store_n(&self->finished, true, __ATOMIC_RELEASE);
	syscall(SYS_futex, &words[3], FUTEX_WAIT_PRIVATE, DEADLY, NULL, NULL, 0);
}

static void filters(struct own_thread *self)
{
	(void)self;
	sleep_ns(20 * NSEC_PER_MSEC);
	filter_all();
	__atomic_store_n(&is_filtered, true, __ATOMIC_RELEASE);
}

static void run_seccomp(void)
{
	static void (*const runs[])(struct own_thread *) = { met_in_its_wait, killed_for_it,
							     filters };
	struct own_thread threads[3] = { 0 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		threads[i].name = "filtered";
		threads[i].run = runs[i];
	}
	phase_run(threads, 3, 2 * nr_rounds + 4);
}

/* --- mappings --- */

/* sub $8,%rsp; call *%rdi; add $8,%rsp; ret */
static const unsigned char calls[] = { 0x48, 0x83, 0xec, 0x08, 0xff, 0xd7,
				       0x48, 0x83, 0xc4, 0x08, 0xc3 };
static char *code, *outer;
static uint32_t deep_words[MAX_WAITS]; /* one a wait */
static struct own_thread *deep_thread;
static bool deep, is_over;

static void map_code(void)
{
	char *room = mmap(code, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | (code ? MAP_FIXED : 0), -1, 0);

	if (room == MAP_FAILED)
		die("mmap");
	code = room;
	memcpy(code, calls, sizeof(calls));
	if (mprotect(code, PAGE, PROT_READ | PROT_EXEC))
		die("mprotect");
}

/* Whatever it returns through is not there most of the time, so it stays here. */
NOINLINE static void wait_deep(void)
{
	unsigned int i;

	__atomic_store_n(&deep, true, __ATOMIC_RELEASE);
	for (i = 0; i < nr_rounds; i++)
		wait_once(deep_thread, &deep_words[i], 0, WAIT_NS);
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&deep, __ATOMIC_ACQUIRE))
		sleep_ns(NSEC_PER_MSEC);
}

NOINLINE static void go_down(void)
{
	volatile char room[4 * PAGE];

	room[0] = 1;
	outer = (char *)(((uintptr_t)room + 2 * PAGE) & ~(PAGE - 1));
	((void (*)(void (*)(void)))(void *)code)(wait_deep);
	room[1] = room[0];
}

static void waits_deep(struct own_thread *self)
{
	volatile char room[2 * PAGE];

	room[0] = 1;
	deep_thread = self;
	go_down();
	room[1] = room[0];
}

static void changes_mappings(struct own_thread *self)
{
	unsigned int i;

	(void)self;
	while (!__atomic_load_n(&deep, __ATOMIC_ACQUIRE))
		sleep_ns(NSEC_PER_MSEC);
	for (i = 0; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); i++) {
		if (mprotect(outer, PAGE, i % 2 ? PROT_READ | PROT_WRITE : PROT_NONE))
			die("mprotect");
		if (i % 3 == 0 && munmap(code, PAGE))
			die("munmap");
		if (i % 3 == 0)
			map_code();
		if (i % 5 == 0)
			sched_yield();
	}
	if (mprotect(outer, PAGE, PROT_READ | PROT_WRITE))
		die("mprotect");
	__atomic_store_n(&deep, false, __ATOMIC_RELEASE);
}

static void run_mappings(void)
{
	struct own_thread threads[2] = {
		{ .name = "waiter", .run = waits_deep },
		{ .name = "changer", .run = changes_mappings },
	};

	map_code();
	phase_run(threads, 2, nr_rounds);
}

/* --- arguments --- */

static const uint64_t garbage[] = {
	0,
	1,
	0xfff,
	0x0000800000000000,
	0xdeadbeefdeadbeef,
	0xffffffffffffffff,
	0xffff888000000000,
	0xffffffff81000000,
	0x00007ffffffff000,
	0x123456789abcdefd,
};

#define NR_GARBAGE (sizeof(garbage) / sizeof(garbage[0]))

/* Each is refused before it sleeps; a wait that is none of that, between them. */
static void means_nothing(struct own_thread *self)
{
	static const int ops[] = { FUTEX_WAIT,
				   FUTEX_WAIT_BITSET,
				   FUTEX_LOCK_PI,
				   FUTEX_WAIT_REQUEUE_PI,
				   FUTEX_WAIT | FUTEX_PRIVATE_FLAG,
				   FUTEX_TRYLOCK_PI,
				   0x7f,
				   -1 };
	unsigned int i, a, b, o;

	for (i = 0; i < nr_rounds; i++) {
		for (a = 0; a < NR_GARBAGE; a++)
			for (o = 0; o < sizeof(ops) / sizeof(ops[0]); o++) {
				b = (a + o + i) % NR_GARBAGE;
				if (!syscall(SYS_futex, garbage[a], ops[o], garbage[b], garbage[b],
					     garbage[a], garbage[b]))
					die("a call without a meaning succeeded");
			}
		/* The word is right and the time is not; neither is there. */
		for (b = 1; b < NR_GARBAGE; b++)
			if (!syscall(SYS_futex, &words[1], FUTEX_WAIT_PRIVATE, 0, garbage[b],
				     garbage[b], garbage[b]))
				die("a time without a meaning succeeded");
		wait_once(self, &words[0], 0, WAIT_NS);
	}
}

static void run_arguments(void)
{
	struct own_thread thread = { .name = "waiter", .run = means_nothing };

	phase_run(&thread, 1, nr_rounds);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		{ "signals", run_signals },
		{ "seccomp", run_seccomp },
		{ "mappings", run_mappings },
		{ "arguments", run_arguments },
	};
	unsigned int i;

	nr_rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	for (i = 0; nr_rounds && nr_rounds <= MAX_WAITS && i < sizeof(cases) / sizeof(cases[0]);
	     i++)
		if (!strcmp(argv[1], cases[i].name)) {
			cases[i].run();
			return 0;
		}
	fprintf(stderr, "hostile_waits: no such case\n");
	return 2;
}
