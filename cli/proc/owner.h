/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_OWNER_H
#define WAITPROF_CLI_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/symbol.h"

/* Who says who holds a lock. */
enum owner_by {
	OWNER_BY_NONE,
	OWNER_BY_KERNEL, /* the lock itself, read by the module */
	OWNER_BY_FUTEX, /* the word of a PI futex */
	OWNER_BY_GLIBC, /* the lock of glibc that the futex is part of */
	OWNER_BY_JOIN, /* the thread whose end is waited for */
};

/* A mutex of glibc on x86-64, as far as it matters here. */
struct owner_words {
	uint32_t lock;
	uint32_t count;
	uint32_t owner;
	uint32_t nr_users;
	uint32_t kind;
};

/* A rwlock of glibc; a futex wait is for one of two of its words. */
struct owner_rwlock {
	uint32_t readers;
	uint32_t writers;
	uint32_t phase_futex;
	uint32_t writers_futex;
	uint32_t pad3;
	uint32_t pad4;
	uint32_t writer;
	uint32_t shared;
	uint8_t elision;
	uint8_t pad1[7];
	uint64_t pad2;
	uint32_t flags;
	uint32_t end;
};

/* The begin of what glibc keeps of a thread; both pointers are to itself. */
struct owner_thread {
	uint64_t tcb;
	uint64_t dtv;
	uint64_t self;
};

/**
 * struct owner_ask - whose is this futex?
 * @tgid: process of the waiting thread
 * @tid: the thread
 * @op: WAITPROF_OP_* of the wait
 * @address: the futex
 * @by: answer: who says so, OWNER_BY_NONE = nobody knows
 * @inside: the owner as the process itself counts threads
 * @anywhere: it may be a thread of another process
 */
struct owner_ask {
	uint32_t tgid;
	uint32_t tid;
	uint32_t op;
	uint64_t address;
	enum owner_by by;
	uint32_t inside;
	bool anywhere;
};

const char *owner_by_name(enum owner_by by);
enum owner_by owner_decode(uint32_t op, const struct owner_words *words, uint32_t *tid);
bool owner_is_shared(const struct owner_words *words);
uint32_t owner_of_rwlock(const struct owner_rwlock *lock);
bool owner_is_thread(const struct owner_thread *thread, uint64_t address);
void owner_ask(struct owner_ask *asks, size_t nr);
bool owner_waits(uint32_t tid, uint64_t address);
const char *owner_language(const struct symbol_frame *frames, size_t nr);

#endif
