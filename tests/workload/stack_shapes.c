// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits under every shape of frame that a C compiler and libc make, without frame
 * pointers. See truth.h for how it knows them.
 *
 *	stack_shapes
 *
 * A line on standard input is a phase, the name of one of shapes[] below, with a
 * number that most do not use; "all NR" goes through all of them NR times, each
 * under others.
 */
#include <alloca.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "truth.h"

#define noinline  __attribute__((noinline, noclone))
#define NR(array) (sizeof(array) / sizeof((array)[0]))

typedef void (*then_fn)(unsigned long path);

static volatile int sink;
static unsigned long path_now;
static __thread then_fn inner;

/* What comes under a shape: the wait, or another shape. */
static noinline void go_on(unsigned long path)
{
	TRUTH_ENTER();
	if (inner)
		inner(path);
	else
		truth_wait();
	sink++;
	TRUTH_LEAVE();
}

static noinline int compare(const void *a, const void *b)
{
	TRUTH_ENTER();
	if (*(const int *)a != *(const int *)b && path_now) {
		path_now = 0;
		go_on(1);
	}
	sink++;
	TRUTH_LEAVE();
	return *(const int *)a - *(const int *)b;
}

static noinline void in_qsort(unsigned long path)
{
	int numbers[40];

	TRUTH_ENTER();
	for (size_t i = 0; i < NR(numbers); i++)
		numbers[i] = (int)((i * 7919 + path) % 101);
	path_now = 1;
	qsort(numbers, NR(numbers), sizeof(numbers[0]), compare);
	sink += numbers[0];
	TRUTH_LEAVE();
}

static noinline void in_bsearch(unsigned long path)
{
	static const int numbers[] = { 1, 5, 9, 13, 17 };
	int wanted = (int)(path % 4) * 4 + 2;

	TRUTH_ENTER();
	path_now = 1;
	sink += !!bsearch(&wanted, numbers, NR(numbers), sizeof(numbers[0]), compare);
	TRUTH_LEAVE();
}

static noinline void with_alloca(unsigned long path)
{
	volatile char *room = alloca(16 + path % 13 * 48);

	TRUTH_ENTER();
	room[0] = 1;
	go_on(path);
	sink += room[0];
	TRUTH_LEAVE();
}

static noinline void with_array(unsigned long path)
{
	volatile char room[1 + path % 999];

	TRUTH_ENTER();
	room[path % 999] = 1;
	go_on(path);
	sink += room[path % 999];
	TRUTH_LEAVE();
}

static noinline void realigned(unsigned long path)
{
	volatile char room[128] __attribute__((aligned(128)));

	TRUTH_ENTER();
	room[path % 128] = 1;
	go_on(path);
	sink += room[path % 128] + (int)((uintptr_t)room % 128);
	TRUTH_LEAVE();
}

/* Both at once: gcc keeps the old stack pointer in another register. */
static noinline void realigned_array(unsigned long path)
{
	volatile char aligned[64] __attribute__((aligned(64)));
	volatile char room[1 + path % 300];

	TRUTH_ENTER();
	aligned[path % 64] = 1;
	room[path % 300] = 1;
	go_on(path);
	sink += aligned[path % 64] + room[path % 300];
	TRUTH_LEAVE();
}

static noinline void large(unsigned long path)
{
	volatile char room[20000];

	TRUTH_ENTER();
	room[path] = 1;
	go_on(path);
	sink += room[path];
	TRUTH_LEAVE();
}

/* Arguments on the stack are pushed, so the frame changes from call to call. */
static noinline long many_arguments(long a, long b, long c, long d, long e, long f, long g, long h,
				    unsigned long path)
{
	TRUTH_ENTER();
	go_on(path);
	sink++;
	TRUTH_LEAVE();
	return a + b + c + d + e + f + g + h;
}

static noinline void pushes(unsigned long path)
{
	TRUTH_ENTER();
	sink += (int)many_arguments(1, 2, 3, 4, 5, 6, sink, sink + 1, path);
	TRUTH_LEAVE();
}

static noinline void saves_registers(unsigned long path)
{
	int a = sink, b = sink + 1, c = sink + 2, d = sink + 3, e = sink + 4, f = sink + 5;

	TRUTH_ENTER();
	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	go_on(path);
	sink += a + b + c + d + e + f;
	TRUTH_LEAVE();
}

/* rbp is in use for something else than a frame. */
static noinline void rbp_is_data(unsigned long path)
{
	long data = (long)path;

	TRUTH_ENTER();
	asm volatile("mov %[data], %%rbp\n\t" : : [data] "r"(data) : "rbp");
	go_on(path);
	asm volatile("" : : : "rbp");
	sink++;
	TRUTH_LEAVE();
}

static noinline void recurse(unsigned long path, unsigned long nr)
{
	TRUTH_ENTER();
	if (nr)
		recurse(path, nr - 1);
	else
		go_on(path);
	sink++;
	TRUTH_LEAVE();
}

static noinline void recursion(unsigned long path)
{
	TRUTH_ENTER();
	recurse(path, 1 + path % 9);
	sink++;
	TRUTH_LEAVE();
}

static noinline void after_longjmp(unsigned long path)
{
	jmp_buf place;

	TRUTH_ENTER();
	if (!setjmp(place)) {
		volatile char room[512];

		room[0] = 1;
		sink += room[0];
		longjmp(place, 1);
	}
	go_on(path);
	sink++;
	TRUTH_LEAVE();
}

static ucontext_t back_there, coroutine_here;

static void coroutine_body(void)
{
	TRUTH_ENTER();
	go_on(3);
	sink++;
	TRUTH_LEAVE();
}

/* A stack of its own, whose outermost frame is libc's __start_context(). */
static noinline void in_coroutine(unsigned long path)
{
	static char room[65536] __attribute__((aligned(16)));
	uint64_t own[TRUTH_FRAMES];
	unsigned int depth = truth_depth;

	memcpy(own, truth_own, sizeof(own));
	truth_depth = 0;
	getcontext(&coroutine_here);
	coroutine_here.uc_stack.ss_sp = room;
	coroutine_here.uc_stack.ss_size = sizeof(room);
	coroutine_here.uc_link = &back_there;
	makecontext(&coroutine_here, coroutine_body, 0);
	swapcontext(&back_there, &coroutine_here);
	memcpy(truth_own, own, sizeof(own));
	truth_depth = depth;
	sink += (int)path;
}

static void handler(int number)
{
	(void)number;
	TRUTH_ENTER();
	go_on(5);
	sink++;
	TRUTH_LEAVE();
}

static noinline void in_handler(int number, int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	TRUTH_ENTER();
	sigaction(number, &action, NULL);
	raise(number);
	sink++;
	TRUTH_LEAVE();
}

static noinline void in_signal(unsigned long path)
{
	TRUTH_ENTER();
	in_handler(SIGUSR1, 0);
	sink += (int)path;
	TRUTH_LEAVE();
}

static noinline void on_alternate_stack(unsigned long path)
{
	static char room[65536];
	stack_t other = { .ss_sp = room, .ss_size = sizeof(room) };

	TRUTH_ENTER();
	sigaltstack(&other, NULL);
	in_handler(SIGUSR2, SA_ONSTACK);
	sink += (int)path;
	TRUTH_LEAVE();
}

static volatile sig_atomic_t has_fired;

static void fired(int number)
{
	handler(number);
	has_fired = 1;
}

/* Wherever it hits: in a prologue, in an epilogue, in libc. */
static noinline void any_time(unsigned long path)
{
	const struct itimerval soon = { .it_value.tv_usec = 300 + (long)(path % 700) };
	struct sigaction action = { .sa_handler = fired };
	char text[64];

	TRUTH_ENTER();
	sigaction(SIGALRM, &action, NULL);
	has_fired = 0;
	setitimer(ITIMER_REAL, &soon, NULL);
	for (long i = 0; !has_fired; i++) {
		snprintf(text, sizeof(text), "%ld %s", i, "words");
		sink += (int)strtol(text, NULL, 10) + (int)strlen(text);
	}
	TRUTH_LEAVE();
}

/* What libc waits for: the callers must be right, whatever lies between. */
static noinline void in_libc(unsigned long path)
{
	static sem_t semaphores[4096];
	static unsigned int nr;
	sem_t *semaphore = &semaphores[nr++ % NR(semaphores)];
	struct timespec until;
	struct truth *t;

	TRUTH_ENTER();
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += truth_wait_ns;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	t = truth_outer(semaphore);
	t->begin_ns = truth_now_ns();
	sem_timedwait(semaphore, &until);
	t->end_ns = truth_now_ns();
	sink += (int)path;
	TRUTH_LEAVE();
}

static then_fn given;

static noinline void *thread(void *arg)
{
	unsigned long path = (unsigned long)arg;

	TRUTH_ENTER();
	inner = given;
	go_on(path);
	inner = NULL;
	sink++;
	TRUTH_LEAVE();
	return NULL;
}

static noinline void small_thread(unsigned long path)
{
	pthread_attr_t attr;
	pthread_t id;

	given = NULL;
	pthread_attr_init(&attr);
	/* As small as they get, beside what the unwinder of the log itself needs. */
	pthread_attr_setstacksize(&attr, (size_t)sysconf(_SC_THREAD_STACK_MIN) + 8192);
	if (pthread_create(&id, &attr, thread, (void *)path) || pthread_join(id, NULL))
		abort();
	pthread_attr_destroy(&attr);
}

static const struct {
	const char *name;
	then_fn run;
} shapes[] = {
	{ "plain", go_on },
	{ "qsort", in_qsort },
	{ "bsearch", in_bsearch },
	{ "alloca", with_alloca },
	{ "array", with_array },
	{ "realigned", realigned },
	{ "realigned_array", realigned_array },
	{ "large", large },
	{ "pushes", pushes },
	{ "registers", saves_registers },
	{ "rbp", rbp_is_data },
	{ "recursion", recursion },
	{ "longjmp", after_longjmp },
	{ "signal", in_signal },
	{ "altstack", on_alternate_stack },
	{ "any_time", any_time },
	{ "coroutine", in_coroutine },
	{ "libc", in_libc },
	{ "small_thread", small_thread },
};

static then_fn under;

static noinline void through(unsigned long path)
{
	then_fn run = under;

	TRUTH_ENTER();
	/* Only once: what it calls goes on to the wait. */
	inner = NULL;
	run(path);
	sink++;
	TRUTH_LEAVE();
}

static noinline void deep(unsigned long nr, unsigned long path)
{
	static const then_fn kinds[] = { with_alloca, realigned, saves_registers, pushes };

	TRUTH_ENTER();
	if (nr > 3) {
		volatile char room[64];

		room[0] = 1;
		deep(nr - 1, path * 31 + 7);
		sink += room[0];
	} else {
		kinds[path % NR(kinds)](path);
	}
	sink++;
	TRUTH_LEAVE();
}

static void phase(const char *what, unsigned long number)
{
	TRUTH_ENTER();
	for (size_t i = 0; i < NR(shapes); i++)
		if (!strcmp(what, shapes[i].name))
			shapes[i].run(number);
	for (unsigned long i = 0; !strcmp(what, "deep") && i < number; i++)
		deep(1 + i, i);
	for (unsigned long n = 0; !strcmp(what, "all") && n < number; n++) {
		for (size_t i = 0; i < NR(shapes); i++) {
			for (size_t k = 1; k < 12; k++) {
				under = shapes[i].run;
				inner = through;
				shapes[k].run(n * 13 + i);
				inner = NULL;
			}
		}
	}
	TRUTH_LEAVE();
}

int main(void)
{
	TRUTH_ENTER();
	truth_init(8192);
	truth_phases(phase);
	TRUTH_LEAVE();
	return 0;
}
