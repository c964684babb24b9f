// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits under call chains that the program writes down itself: each function notes
 * the address it returns to. It is built without frame pointers.
 *
 *	user_stacks [LIBRARY-A LIBRARY-B]
 *
 * A line on standard input is a phase:
 *
 *	chain NR	NR waits, each under another chain of functions
 *	deep NR		one wait under NR frames
 *	signal		waits in a signal handler: on the stack, on one of its own
 *	same NR		NR waits under one chain
 *	attack NR	NR waits whose chains take turns: same leaf, same stack pointer,
 *			and the return addresses of the one before left on the stack
 *	thread		one wait in a thread
 *	wake		a thread waits, and is woken under a chain: that one is logged
 *	fork		one wait in a child
 *	exec		the program anew; it says "ready" again
 *	load A|B	that library is loaded, with a wait under one of its functions
 *	unload		it is unloaded
 *	protect		its code is made unexecutable, and executable again
 *	wait		one wait under the loaded library's function
 *
 * Each wait is logged as its futex word's address and its stack: the leaf's
 * address, then return addresses up to and with main()'s or the thread
 * function's own; what is above those is libc's.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "raw_futex.h"

#define MAX_DEPTH 512
#define WAIT_NS	  1000000
#define noinline  __attribute__((noinline, noclone))

static uint32_t words[4096];
static uint32_t *word = words;
static char *const *arguments;
static void *library;
static void (*leaf)(void);
static volatile int sink;

static __thread uint64_t shadow[MAX_DEPTH];
static __thread unsigned int depth;

#define ENTER() (shadow[depth++] = (uint64_t)__builtin_return_address(0))
#define LEAVE() (depth--)

static void descend(unsigned long path, unsigned int nr);

static void log_wait(uint64_t ip)
{
	unsigned int i;

	printf("{\"object\": %llu, \"pid\": %d, \"sp\": %llu, \"stack\": [%llu",
	       (unsigned long long)(uintptr_t)word, getpid(),
	       (unsigned long long)(uintptr_t)__builtin_frame_address(0), (unsigned long long)ip);
	for (i = depth; i > 0; i--)
		printf(", %llu", (unsigned long long)shadow[i - 1]);
	puts("]}");
}

static noinline void wait_here(void)
{
	struct timespec ts = { .tv_nsec = WAIT_NS };
	uint64_t ip;

	ENTER();
	raw_futex(word, FUTEX_WAIT_PRIVATE, 0, &ts, 0, &ip);
	log_wait(ip);
	word++;
	LEAVE();
}

static noinline void wake_here(void)
{
	uint64_t ip;

	ENTER();
	raw_futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, 0, &ip);
	log_wait(ip);
	word++;
	LEAVE();
}

static noinline void plain(unsigned long path, unsigned int nr)
{
	ENTER();
	descend(path, nr);
	sink++;
	LEAVE();
}

static noinline void large(unsigned long path, unsigned int nr)
{
	volatile char room[3000];

	ENTER();
	room[nr] = 1;
	descend(path, nr);
	sink += room[nr];
	LEAVE();
}

/* Its frame is addressed through rbp, and old return addresses lie in its room. */
static noinline void of_any_size(unsigned long path, unsigned int nr)
{
	volatile char *room = alloca(64 + path % 7 * 512);

	ENTER();
	room[0] = 1;
	descend(path, nr);
	sink += room[0];
	LEAVE();
}

static noinline void realigned(unsigned long path, unsigned int nr)
{
	volatile char room[64] __attribute__((aligned(64)));

	ENTER();
	room[0] = 1;
	descend(path, nr);
	sink += room[0] + (int)((uintptr_t)room % 64);
	LEAVE();
}

static noinline void many_saved(unsigned long path, unsigned int nr)
{
	int a = sink, b = sink + 1, c = sink + 2, d = sink + 3, e = sink + 4, f = sink + 5;

	ENTER();
	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	descend(path, nr);
	sink += a + b + c + d + e + f;
	LEAVE();
}

/* Through @nr functions of these kinds, chosen by @path's digits to the base 5. */
static noinline void descend(unsigned long path, unsigned int nr)
{
	static void (*const kinds[])(unsigned long path, unsigned int nr) = {
		plain, large, of_any_size, realigned, many_saved,
	};

	ENTER();
	if (nr)
		kinds[path % 5](path / 5, nr - 1);
	else
		leaf();
	sink++;
	LEAVE();
}

static noinline void chains(unsigned int nr)
{
	unsigned int i;

	ENTER();
	for (i = 0; i < nr; i++)
		descend(i * 2654435761UL, 1 + i % 12);
	LEAVE();
}

static noinline void deep(unsigned int nr)
{
	ENTER();
	if (nr)
		deep(nr - 1);
	else
		wait_here();
	sink++;
	LEAVE();
}

static noinline void handler(int number, siginfo_t *info, void *context)
{
	const ucontext_t *interrupted = context;

	(void)number;
	(void)info;
	ENTER();
	/* As a stack's frames have it: the address and 1. */
	shadow[depth++] = 0;
	shadow[depth - 1] = shadow[depth - 2];
	shadow[depth - 2] = (uint64_t)interrupted->uc_mcontext.gregs[REG_RIP] + 1;
	descend(7, 3);
	depth--;
	LEAVE();
}

/* Raised without libc, so that only frames of our own are interrupted. */
static noinline void raise_here(int number)
{
	long ret;

	ENTER();
	asm volatile("syscall"
		     : "=a"(ret)
		     : "a"(SYS_tgkill), "D"(getpid()), "S"(gettid()), "d"(number)
		     : "rcx", "r11", "memory");
	sink += ret;
	LEAVE();
}

static noinline void signals(void)
{
	static char room[65536];
	stack_t other = { .ss_sp = room, .ss_size = sizeof(room) };
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	ENTER();
	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags |= SA_ONSTACK;
	sigaction(SIGUSR2, &action, NULL);
	sigaltstack(&other, NULL);
	raise_here(SIGUSR1);
	raise_here(SIGUSR2);
	LEAVE();
}

static noinline void same(void)
{
	ENTER();
	descend(123, 6);
	sink++;
	LEAVE();
}

static noinline void *thread(void *arg)
{
	(void)arg;
	ENTER();
	descend(42, 4);
	sink++;
	LEAVE();
	return NULL;
}

static noinline void in_thread(void)
{
	pthread_t id;

	ENTER();
	if (pthread_create(&id, NULL, thread, NULL) || pthread_join(id, NULL))
		exit(1);
	LEAVE();
}

/* What one leaves free of its frame the other fills: together always as much. */
static noinline void under_small(size_t rest)
{
	volatile char *room = alloca(rest);

	ENTER();
	room[0] = 1;
	wait_here();
	sink += room[0];
	LEAVE();
}

static noinline void first_caller(void)
{
	volatile char room[4096];

	ENTER();
	room[0] = 1;
	under_small(64);
	sink += room[0];
	LEAVE();
}

static noinline void second_caller(void)
{
	volatile char room[2048];

	ENTER();
	room[0] = 1;
	under_small(64 + 2048);
	sink += room[0];
	LEAVE();
}

static noinline void attack(unsigned int nr)
{
	unsigned int i;

	ENTER();
	for (i = 0; i < nr; i++) {
		if (i / 3 % 2)
			second_caller();
		else
			first_caller();
	}
	LEAVE();
}

static void *wait_for_wake(void *arg)
{
	uint64_t ip;

	(void)arg;
	raw_futex(word, FUTEX_WAIT_PRIVATE, 0, NULL, 0, &ip);
	return NULL;
}

static noinline void wake(void)
{
	pthread_t id;

	ENTER();
	if (pthread_create(&id, NULL, wait_for_wake, NULL))
		exit(1);
	usleep(50000);
	leaf = wake_here;
	descend(77, 6);
	leaf = wait_here;
	pthread_join(id, NULL);
	LEAVE();
}

static noinline void in_child(void)
{
	pid_t pid = fork();

	ENTER();
	if (!pid) {
		descend(99, 5);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	word++;
	LEAVE();
}

/* What the library calls, and the return addresses of its two functions. */
static noinline void called_back(uint64_t outer, uint64_t inner)
{
	shadow[depth++] = outer;
	shadow[depth++] = inner;
	ENTER();
	wait_here();
	LEAVE();
	depth -= 2;
}

static noinline void through_library(void)
{
	void (*enter)(void (*back)(uint64_t, uint64_t));

	*(void **)&enter = dlsym(library, "library_enter");
	if (!enter)
		exit(1);
	ENTER();
	enter(called_back);
	sink++;
	LEAVE();
}

static noinline void load(const char *which)
{
	Dl_info info;

	ENTER();
	library = dlopen(which, RTLD_NOW | RTLD_LOCAL);
	if (!library || !dladdr(dlsym(library, "library_enter"), &info)) {
		fprintf(stderr, "user_stacks: %s\n", dlerror());
		exit(1);
	}
	printf("{\"library\": \"%s\", \"base\": %llu}\n", which,
	       (unsigned long long)(uintptr_t)info.dli_fbase);
	through_library();
	LEAVE();
}

static noinline void protect(void)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *code = dlsym(library, "library_enter");

	code -= (uintptr_t)code % size;
	if (mprotect(code, size, PROT_READ) || mprotect(code, size, PROT_READ | PROT_EXEC))
		exit(1);
}

static noinline void phase(const char *line)
{
	unsigned int i, nr = 0;
	char what[16] = "", which[16] = "";

	ENTER();
	if (sscanf(line, "%15s %15s", what, which) < 1)
		which[0] = '\0';
	nr = strtoul(which, NULL, 0);
	if (!strcmp(what, "chain"))
		chains(nr);
	else if (!strcmp(what, "attack"))
		attack(nr);
	else if (!strcmp(what, "deep"))
		deep(nr);
	else if (!strcmp(what, "signal"))
		signals();
	else if (!strcmp(what, "thread"))
		in_thread();
	else if (!strcmp(what, "wake"))
		wake();
	else if (!strcmp(what, "fork"))
		in_child();
	else if (!strcmp(what, "exec"))
		execv("/proc/self/exe", arguments);
	else if (!strcmp(what, "load"))
		load(arguments[which[0] == 'B' ? 2 : 1]);
	else if (!strcmp(what, "unload"))
		dlclose(library);
	else if (!strcmp(what, "protect"))
		protect();
	else if (!strcmp(what, "wait"))
		through_library();
	for (i = 0; !strcmp(what, "same") && i < nr; i++)
		same();
	LEAVE();
}

int main(int argc, char **argv)
{
	static char line[128];

	(void)argc;
	arguments = argv;
	leaf = wait_here;
	ENTER();
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	printf("{\"state\": \"ready\", \"pid\": %d}\n", getpid());
	fflush(stdout);
	/* A byte at a time: what follows is for the program after exec. */
	setvbuf(stdin, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		phase(line);
		puts("{\"state\": \"done\"}");
		fflush(stdout);
	}
	LEAVE();
	return 0;
}
