// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is what /proc tells of a process: its mappings; by another first byte, the
 * kernel stack of a thread of it. No file that it names is opened.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "linux/waitprof.h"
#include "profile/callsite.h"
#include "profile/stacks.h"
#include "symbol/maps.h"
#include "symbol/symbol.h"
#include "unwind/unwind.h"

#define PID	  2147480000
#define PROCESSES 50

static const uint8_t *text;
static size_t text_size;

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	const char *last = strrchr(path, '/');

	if (last && !strcmp(last, "/maps"))
		/* (an empty one cannot be opened everywhere) */
		return fmemopen(text_size ? (void *)text : "\n", text_size ? text_size : 1, "r");
	return __real_fopen(path, mode);
}

int __wrap_maps_open(pid_t pid, const struct maps_row *row);

int __wrap_maps_open(pid_t pid, const struct maps_row *row)
{
	char path[4096];

	/* As its own does it, but for the opening. */
	snprintf(path, sizeof(path), "/proc/%d/root%s", pid, row->path);
	maps_clean(path);
	return -1;
}

static int look(const struct symbol_frame *frame, void *arg)
{
	size_t *length = arg;

	*length += frame->module ? strlen(frame->module) : 0;
	return 0;
}

static bool go_on(void *arg, const struct unwind_progress *progress)
{
	(void)arg;
	(void)progress;
	return false;
}

/* To begin and to end takes much longer than a process does, so it is done for some. */
static void read_maps(void)
{
	static const uint64_t addresses[] = { 0, 1, 0x1000, 0x400123, 0x7f0000000001, UINT64_MAX };
	static struct symbols *symbols;
	static pid_t pid;
	struct unwind *unwind = unwind_new(NULL);
	size_t length = 0;

	if (pid++ % PROCESSES == 0) {
		symbols_free(symbols);
		symbols = symbols_new();
	}
	if (!symbols || !unwind)
		abort();
	symbols_note_process(symbols, PID + pid % PROCESSES);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		symbol_user(symbols, PID + pid % PROCESSES, addresses[i], i % 2, look, &length);
	unwind_prepare(unwind, PID, go_on, NULL);
	unwind_free(unwind);
}

static void read_stack(const uint8_t *data, size_t size)
{
	struct symbols *symbols = symbols_new();
	struct stacks *stacks = stacks_new(symbols);
	char *string = malloc(size + 1);
	const struct stack *stack;
	char name[160];

	if (!symbols || !stacks || !string)
		abort();
	memcpy(string, data, size);
	string[size] = '\0';
	stack = stacks_kernel(stacks, stacks_add_seen(stacks, string, "futex_wait"));
	if (stack)
		callsite_name(name, sizeof(name),
			      callsite_find_waker(WAITPROF_CLASS_MUTEX, stack->frames, stack->nr,
						  NULL, 0));
	stacks_add_seen(stacks, string, NULL);
	free(string);
	stacks_free(stacks);
	symbols_free(symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && data[0] == '[') {
		read_stack(data, size);
		return 0;
	}
	text = data;
	text_size = size;
	read_maps();
	return 0;
}
