// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits whose stacks nobody can walk, or not to their end: code without unwind
 * data, a stack pointer that points nowhere, stacks that are gone or change while
 * they are looked at. What the program knows of each is the frames it has pushed,
 * up to where there is no way on. See truth.h.
 *
 * A line on standard input is a phase: one of cases[] below and how often.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "raw_futex.h"
#include "truth.h"

#define noinline  __attribute__((noinline, noclone))
#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE	  4096UL

static volatile int sink;

/* --- code made at run time --- */

/* sub $24,%rsp; call *%rdi; add $24,%rsp; ret */
static const unsigned char calls[] = { 0x48, 0x83, 0xec, 0x18, 0xff, 0xd7,
				       0x48, 0x83, 0xc4, 0x18, 0xc3 };
/* The same with a frame by rbp, which holds data meanwhile. */
static const unsigned char calls_by_rbp[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec,
					      0x40, 0x48, 0x31, 0xed, 0xff, 0xd7, 0x48,
					      0x83, 0xc4, 0x40, 0x5d, 0xc3 };
/* futex(%rdi, FUTEX_WAIT_PRIVATE, 0, %rsi); ret */
static const unsigned char waits[] = { 0x49, 0x89, 0xf2, 0xbe, 0x80, 0x00, 0x00, 0x00, 0x31,
				       0xd2, 0xb8, 0xca, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xc3 };
#define WAITS_IP 17 /* after its syscall */

static void *code_of(const void *code, size_t size, int fd)
{
	void *room = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	if (room == MAP_FAILED)
		abort();
	memcpy(room, code, size);
	if (mprotect(room, PAGE, PROT_READ | PROT_EXEC))
		abort();
	return room;
}

static noinline void called_by_code(void)
{
	TRUTH_ENTER();
	truth_wait_cut();
	sink++;
	TRUTH_LEAVE();
}

static noinline void under(void (*code)(void (*)(void)))
{
	const unsigned int depth = truth_depth;

	/* What is above the code is out of reach. */
	truth_depth = 0;
	code(called_by_code);
	truth_depth = depth;
	sink++;
}

static void jit(void)
{
	void *code = code_of(calls, sizeof(calls), -1);

	under((void (*)(void (*)(void)))code);
	munmap(code, PAGE);
}

static void jit_by_rbp(void)
{
	void *code = code_of(calls_by_rbp, sizeof(calls_by_rbp), -1);

	under((void (*)(void (*)(void)))code);
	munmap(code, PAGE);
}

/* Code in a file, but no ELF. */
static void jit_in_file(void)
{
	int fd = memfd_create("code", MFD_CLOEXEC);
	void *code;

	if (fd < 0 || ftruncate(fd, PAGE))
		abort();
	code = code_of(calls, sizeof(calls), fd);
	close(fd);
	under((void (*)(void (*)(void)))code);
	munmap(code, PAGE);
}

static void jit_leaf(void)
{
	static uint32_t words[512];
	static unsigned int nr;
	struct timespec ts = { .tv_nsec = truth_wait_ns };
	uint32_t *word = &words[nr++ % NR(words)];
	void *code = code_of(waits, sizeof(waits), -1);
	struct truth *t = truth_outer(word);

	t->is_outer = 0;
	t->is_cut = 1;
	t->nr = 1;
	t->nr_own = 0;
	t->frames[0] = (uint64_t)(uintptr_t)code + WAITS_IP;
	t->begin_ns = truth_now_ns();
	((long (*)(uint32_t *, struct timespec *))code)(word, &ts);
	t->end_ns = truth_now_ns();
	munmap(code, PAGE);
}

/* --- stack pointers --- */

/* Waits with another stack pointer, or another rbp: not a byte is pushed meanwhile. */
static noinline void wait_with(uint64_t sp, uint64_t bp)
{
	static uint32_t words[4096];
	static unsigned int nr;
	struct timespec ts = { .tv_nsec = truth_wait_ns };
	uint32_t *word = &words[nr++ % NR(words)];
	struct truth *t = truth_outer(word);
	uint64_t ip;
	long ret;

	t->is_outer = 0;
	t->is_cut = 1;
	t->nr = 1;
	t->nr_own = 0;
	t->begin_ns = truth_now_ns();
	/* Here, for a call may use these registers. */
	register const struct timespec *r10 asm("r10") = &ts;
	register uint64_t r12 asm("r12") = sp;
	register uint64_t r13 asm("r13") = bp;

	asm volatile("lea 1f(%%rip), %[ip]\n\t"
		     "xchg %%rsp, %[sp]\n\t"
		     "xchg %%rbp, %[bp]\n\t"
		     "syscall\n"
		     "1:\n\t"
		     "xchg %%rbp, %[bp]\n\t"
		     "xchg %%rsp, %[sp]\n\t"
		     : "=a"(ret), [ip] "=&b"(ip), [sp] "+r"(r12), [bp] "+r"(r13)
		     : "a"(SYS_futex), "D"(word), "S"(FUTEX_WAIT_PRIVATE), "d"(0), "r"(r10)
		     : "rcx", "r11", "memory");
	t->frames[0] = ip;
	t->end_ns = truth_now_ns();
	sink += (int)ret;
}

static void *gap(int protection, int fd)
{
	void *room = mmap(NULL, 16 * PAGE, protection,
			  fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	if (room == MAP_FAILED)
		abort();
	return room;
}

static void garbage_sp(void)
{
	static const uint64_t values[] = { 0,
					   8,
					   0x1000,
					   0xdead000000000000,
					   0x00007ffffffff000,
					   0x00007ffffffffff8,
					   0xffffffff81000000,
					   0xfffffffffffffff8,
					   0x0000800000000000,
					   0x123456789abcdefd };
	char *none = gap(PROT_NONE, -1), *fresh = gap(PROT_READ | PROT_WRITE, -1);
	int fd = memfd_create("short", MFD_CLOEXEC);
	char *beyond = gap(PROT_READ | PROT_WRITE, fd);

	for (size_t i = 0; i < NR(values); i++)
		wait_with(values[i], values[NR(values) - 1 - i]);
	wait_with((uint64_t)(uintptr_t)none + 8 * PAGE, 0);
	wait_with((uint64_t)(uintptr_t)fresh + 8 * PAGE, 0);
	wait_with((uint64_t)(uintptr_t)beyond + 8 * PAGE, 0);
	memset(fresh, 0xff, 16 * PAGE);
	wait_with((uint64_t)(uintptr_t)fresh + 8 * PAGE, (uint64_t)(uintptr_t)fresh + 8 * PAGE);
	wait_with((uint64_t)(uintptr_t)fresh + 8 * PAGE + 3, (uint64_t)(uintptr_t)fresh);
	munmap(none, 16 * PAGE);
	munmap(fresh, 16 * PAGE);
	munmap(beyond, 16 * PAGE);
	close(fd);
}

/* Every word leads back to where it comes from: frames without end. */
static void endless(void)
{
	uint64_t *room = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (room == MAP_FAILED)
		abort();
	for (size_t i = 0; i < (64 << 20) / sizeof(*room); i++)
		room[i] = (uint64_t)(uintptr_t)wait_with + 1;
	wait_with((uint64_t)(uintptr_t)room + 4096, (uint64_t)(uintptr_t)room + 4096);
	munmap(room, 64 << 20);
}

/* --- stacks --- */

static noinline void wait_without_callers(char *from, size_t bytes)
{
	const unsigned int depth = truth_depth;

	/* Its callers' return addresses lie there. */
	TRUTH_ENTER();
	if (mprotect(from, bytes, PROT_NONE))
		abort();
	truth_wait_cut();
	if (mprotect(from, bytes, PROT_READ | PROT_WRITE))
		abort();
	truth_depth = depth;
}

static noinline void far_below(char *top)
{
	volatile char room[4 * PAGE];
	uintptr_t from = ((uintptr_t)room + 2 * PAGE) & ~(PAGE - 1);

	TRUTH_ENTER();
	room[0] = 1;
	wait_without_callers((char *)from, (size_t)(top - (char *)from));
	sink += room[0];
	TRUTH_LEAVE();
}

static void *on_own_stack(void *arg)
{
	(void)arg;
	truth_depth = 0;
	truth_wait_ns = 1000000;
	far_below((char *)(((uintptr_t)__builtin_frame_address(0) + PAGE) & ~(PAGE - 1)));
	return NULL;
}

/* The outer part of a stack cannot be read. */
static void unreadable(void)
{
	char *stack =
		mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attr;
	pthread_t id;

	if (stack == MAP_FAILED)
		abort();
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, 64 * PAGE);
	if (pthread_create(&id, &attr, on_own_stack, NULL) || pthread_join(id, NULL))
		abort();
	pthread_attr_destroy(&attr);
	munmap(stack, 64 * PAGE);
}

static uint64_t *slot;
static volatile int is_changing, is_over;

static void *changes_it(void *arg)
{
	const uint64_t right = *slot;
	uint64_t wrong = (uint64_t)(uintptr_t)arg;

	is_changing = 1;
	/* One at a time: an emulated CPU is interrupted between two rounds only. */
	for (unsigned int i = 0; !is_over; i++) {
		__atomic_store_n(slot, i % 2 ? right : wrong, __ATOMIC_RELAXED);
		wrong = wrong * 6364136223846793005ULL + 1;
	}
	__atomic_store_n(slot, right, __ATOMIC_RELAXED);
	return NULL;
}

static noinline void wait_while_it_changes(void)
{
	TRUTH_ENTER();
	truth_wait_cut();
	sink++;
	TRUTH_LEAVE();
}

static noinline void with_changing_caller(void)
{
	pthread_t id;

	TRUTH_ENTER();
	/* Where this function returns to: above all that the waits below push. */
	slot = (uint64_t *)__builtin_dwarf_cfa() - 1;
	is_changing = 0;
	is_over = 0;
	if (pthread_create(&id, NULL, changes_it, (void *)0x1111111111111111))
		abort();
	while (!is_changing)
		;
	for (int i = 0; i < 50; i++)
		wait_while_it_changes();
	is_over = 1;
	pthread_join(id, NULL);
	sink++;
	TRUTH_LEAVE();
}

static noinline void changing(void)
{
	TRUTH_ENTER();
	truth_wait_ns = 100000;
	with_changing_caller();
	truth_wait_ns = 1000000;
	sink++;
	TRUTH_LEAVE();
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "jit", jit },
	{ "jit_by_rbp", jit_by_rbp },
	{ "jit_in_file", jit_in_file },
	{ "jit_leaf", jit_leaf },
	{ "garbage_sp", garbage_sp },
	{ "endless", endless },
	{ "unreadable", unreadable },
	{ "changing", changing },
};

static void phase(const char *what, unsigned long number)
{
	TRUTH_ENTER();
	for (size_t i = 0; i < NR(cases); i++)
		for (unsigned long n = 0; !strcmp(what, cases[i].name) && n < number; n++)
			cases[i].run();
	TRUTH_LEAVE();
}

int main(void)
{
	TRUTH_ENTER();
	truth_init(4096);
	truth_phases(phase);
	TRUTH_LEAVE();
	return 0;
}
