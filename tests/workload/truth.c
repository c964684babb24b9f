// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits whose whole stack is known in advance: see truth.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#include "raw_futex.h"
#include "truth.h"

#define NSEC_PER_SEC 1000000000ULL

__thread uint64_t truth_own[TRUTH_FRAMES];
__thread unsigned int truth_depth;
__thread long truth_wait_ns = 1000000;

static uint32_t words[TRUTH_WORDS];
static unsigned int nr_words;
static struct truth *truths;
static unsigned int nr_truths, max_truths;

uint64_t truth_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

void truth_init(unsigned int nr)
{
	max_truths = nr;
	truths = calloc(nr, sizeof(*truths));
	if (!truths)
		abort();
}

static struct truth *truth_new(void)
{
	unsigned int nr = __atomic_fetch_add(&nr_truths, 1, __ATOMIC_RELAXED);
	struct truth *t;

	if (nr >= max_truths) {
		fprintf(stderr, "truth: more than %u waits\n", max_truths);
		abort();
	}
	t = &truths[nr];
	t->pid = getpid();
	t->tid = gettid();
	for (t->nr_own = 0; t->nr_own < truth_depth; t->nr_own++)
		t->own[t->nr_own] = truth_own[truth_depth - 1 - t->nr_own];
	return t;
}

static _Unwind_Reason_Code note(struct _Unwind_Context *context, void *arg)
{
	struct truth *t = arg;
	int is_before = 0;
	uint64_t ip = _Unwind_GetIPInfo(context, &is_before);

	if (!ip || t->nr == TRUTH_FRAMES)
		return _URC_END_OF_STACK;
	/* A frame that a signal interrupted is given as its address and 1. */
	t->frames[t->nr] = ip + (t->nr && is_before);
	t->nr++;
	return _URC_NO_REASON;
}

static inline __attribute__((always_inline)) void wait_on(struct truth *t)
{
	unsigned int nr = __atomic_fetch_add(&nr_words, 1, __ATOMIC_RELAXED);
	struct timespec ts = { .tv_sec = truth_wait_ns / (long)NSEC_PER_SEC,
			       .tv_nsec = truth_wait_ns % (long)NSEC_PER_SEC };
	uint32_t *word = &words[nr % TRUTH_WORDS];

	t->object = (uint64_t)(uintptr_t)word;
	t->begin_ns = truth_now_ns();
	raw_futex(word, FUTEX_WAIT_PRIVATE, 0, &ts, 0, &t->frames[0]);
	t->end_ns = truth_now_ns();
}

__attribute__((noinline, noclone)) void truth_wait(void)
{
	struct truth *t;

	TRUTH_ENTER();
	t = truth_new();
	_Unwind_Backtrace(note, t);
	wait_on(t);
	TRUTH_LEAVE();
}

__attribute__((noinline, noclone)) void truth_wait_cut(void)
{
	struct truth *t;

	TRUTH_ENTER();
	t = truth_new();
	t->is_cut = 1;
	t->nr = 1;
	wait_on(t);
	TRUTH_LEAVE();
}

__attribute__((noinline, noclone)) struct truth *truth_outer(const void *object)
{
	struct truth *t = truth_new();

	t->is_outer = 1;
	t->object = (uint64_t)(uintptr_t)object;
	_Unwind_Backtrace(note, t);
	/* This function's, and the place in its caller, which is not where that waits. */
	t->nr -= 2;
	memmove(t->frames, t->frames + 2, t->nr * sizeof(t->frames[0]));
	return t;
}

static void print_list(const char *name, const uint64_t *list, unsigned int nr)
{
	unsigned int i;

	printf(", \"%s\": [", name);
	for (i = 0; i < nr; i++)
		printf("%s%llu", i ? ", " : "", (unsigned long long)list[i]);
	putchar(']');
}

void truth_print(void)
{
	unsigned int i;

	for (i = 0; i < nr_truths; i++) {
		const struct truth *t = &truths[i];

		printf("{\"object\": %llu, \"pid\": %d, \"tid\": %d, \"begin_ns\": %llu, "
		       "\"end_ns\": %llu, \"outer\": %d, \"cut\": %d",
		       (unsigned long long)t->object, t->pid, t->tid,
		       (unsigned long long)t->begin_ns, (unsigned long long)t->end_ns, t->is_outer,
		       t->is_cut);
		print_list("stack", t->frames, t->nr);
		print_list("own", t->own, t->nr_own);
		puts("}");
	}
	memset(truths, 0, nr_truths * sizeof(*truths));
	nr_truths = 0;
	fflush(stdout);
}

void truth_phases(void (*phase)(const char *what, unsigned long number))
{
	static char line[128];

	printf("{\"state\": \"ready\", \"pid\": %d}\n", getpid());
	fflush(stdout);
	/* A byte at a time: what follows is for the program after exec. */
	setvbuf(stdin, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		char what[32] = "";
		unsigned long number = 0;

		if (sscanf(line, "%31s %lu", what, &number) > 0)
			phase(what, number);
		truth_print();
		puts("{\"state\": \"done\"}");
		fflush(stdout);
	}
}
