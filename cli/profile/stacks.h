/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_STACKS_H
#define WAITPROF_CLI_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "symbol/symbol.h"

/* Ids from here on are stacks read from /proc, named already. */
#define STACKS_SEEN 0x80000000U

/**
 * struct stack - a named stack
 * @frames: leaf first, inlined frames before the one they are inlined in
 * @nr: number of frames
 * @truncated: outer frames are missing, or frames may be missing anywhere
 * @from_proc: read from /proc after the fact, not taken when the wait began
 */
struct stack {
	struct symbol_frame *frames;
	size_t nr;
	bool truncated;
	bool from_proc;
};

/**
 * struct stacks_raw - a stack without its names
 * @flags: WAITPROF_STACK_F_* of one of the module
 * @pid: process of a user stack from /proc
 * @truncated: likewise: outer frames are missing
 * @addrs: leaf first
 * @nr: their number
 * @named: a kernel stack from /proc has names only; else NULL
 */
struct stacks_raw {
	uint32_t flags;
	pid_t pid;
	bool truncated;
	const uint64_t *addrs;
	size_t nr;
	const struct stack *named;
};

/* Names an address of a process, 0 = of the kernel; as symbol_user(). */
typedef int (*stacks_name_fn)(void *who, pid_t pid, uint64_t addr, bool is_leaf,
			      int (*emit)(const struct symbol_frame *, void *), void *arg);

struct stacks;

struct stacks *stacks_new(struct symbols *symbols);
void stacks_name_by(struct stacks *s, stacks_name_fn name, void *arg);
void stacks_free(struct stacks *s);
uint32_t stacks_next(const struct stacks *s);
bool stacks_has(const struct stacks *s, uint32_t id);
int stacks_add(struct stacks *s, uint32_t id, uint32_t flags, const void *frames, size_t nr);
uint32_t stacks_add_seen(struct stacks *s, const char *text, const char *probed);
uint32_t stacks_add_pc(struct stacks *s, pid_t pid, uint64_t pc);
uint32_t stacks_add_frames(struct stacks *s, const struct symbol_frame *frames, size_t nr,
			   bool truncated);
bool stacks_raw(const struct stacks *s, uint32_t id, struct stacks_raw *raw);
const struct stack *stacks_kernel(struct stacks *s, uint32_t id);
const struct stack *stacks_user(struct stacks *s, uint32_t id, pid_t pid);

#endif
