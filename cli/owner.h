/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_OWNER_H
#define WAITPROF_CLI_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol.h"

/* Who says who holds a lock. */
enum owner_by {
	OWNER_BY_NONE,
	OWNER_BY_KERNEL, /* the lock itself, read by the module */
	OWNER_BY_FUTEX, /* the word of a PI futex */
	OWNER_BY_GLIBC, /* the mutex of glibc that the futex is part of */
};

/* A mutex of glibc on x86-64, as far as it matters here. */
struct owner_words {
	uint32_t lock;
	uint32_t count;
	uint32_t owner;
	uint32_t nr_users;
	uint32_t kind;
};

/**
 * struct owner - who holds a futex
 * @by: who says so, OWNER_BY_NONE = nobody knows
 * @tid: thread
 * @tgid: its process
 */
struct owner {
	enum owner_by by;
	uint32_t tid;
	uint32_t tgid;
};

const char *owner_by_name(enum owner_by by);
enum owner_by owner_decode(uint32_t op, const struct owner_words *words, uint32_t *tid);
bool owner_is_shared(const struct owner_words *words);
void owner_find(uint32_t tgid, uint32_t tid, uint32_t op, uint64_t address, struct owner *owner);
const char *owner_language(const struct symbol_frame *frames, size_t nr);

#endif
