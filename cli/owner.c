// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds a futex: the kernel knows it of PI futexes only, but a mutex of
 * glibc has its owner in memory, behind the lock word:
 *
 *	0 lock   4 count   8 owner   12 nusers   16 kind
 *
 * A futex may be anything, so what lies there counts only if it looks like a
 * contended mutex in every word, its owner is a living thread that can hold it,
 * and the thread that waits still does so once all of that has been read.
 */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "linux/waitprof.h"
#include "owner.h"
#include "task.h"

/* The lock word of a mutex that somebody waits for; robust ones hold the tid. */
#define LOCK_CONTENDED 2

/* Bits of the kind: type, robust, shared, elision; what else is set is no mutex. */
#define KIND_TYPE    0x3U
#define KIND_ROBUST  0x10U
#define KIND_SHARED  0x80U
#define KIND_ELISION 0x300U
#define KIND_ALL     (KIND_TYPE | KIND_ROBUST | KIND_SHARED | KIND_ELISION)

#define MAX_TID (1U << 22)

static const char *const by_names[] = {
	[OWNER_BY_NONE] = NULL,
	[OWNER_BY_KERNEL] = "kernel",
	[OWNER_BY_FUTEX] = "futex",
	[OWNER_BY_GLIBC] = "glibc",
};

/**
 * owner_by_name() - who says who the owner is, NULL for nobody
 * @by: enum owner_by
 */
const char *owner_by_name(enum owner_by by)
{
	return by_names[by];
}

/**
 * owner_is_shared() - may another process hold this mutex
 * @words: a mutex
 */
bool owner_is_shared(const struct owner_words *words)
{
	return words->kind & KIND_SHARED;
}

static bool is_mutex(const struct owner_words *w)
{
	if (w->kind & ~KIND_ALL || !w->nr_users || w->nr_users > MAX_TID)
		return false;
	if (!w->owner || w->owner > MAX_TID)
		return false;
	if (w->kind & KIND_ROBUST)
		return w->lock & FUTEX_WAITERS && (w->lock & FUTEX_TID_MASK) == w->owner;
	return w->lock == LOCK_CONTENDED;
}

/**
 * owner_decode() - what the words at a futex say of its owner
 * @op: WAITPROF_OP_* of the wait
 * @words: from the address of the futex on
 * @tid: result, as the process itself counts threads
 *
 * Return: OWNER_BY_FUTEX, OWNER_BY_GLIBC, or OWNER_BY_NONE.
 */
enum owner_by owner_decode(uint32_t op, const struct owner_words *words, uint32_t *tid)
{
	switch (op) {
	case WAITPROF_OP_LOCK_PI:
		*tid = words->lock & FUTEX_TID_MASK;
		return *tid ? OWNER_BY_FUTEX : OWNER_BY_NONE;
	case WAITPROF_OP_WAIT:
	case WAITPROF_OP_WAIT_BITSET:
		*tid = words->owner;
		return is_mutex(words) ? OWNER_BY_GLIBC : OWNER_BY_NONE;
	default:
		return OWNER_BY_NONE;
	}
}

static bool read_words(uint32_t tid, uint64_t address, struct owner_words *words)
{
	struct iovec to = { words, sizeof(*words) };
	struct iovec from = { (void *)(uintptr_t)address, sizeof(*words) };
	ssize_t n;

	memset(words, 0, sizeof(*words));
	n = process_vm_readv((pid_t)tid, &to, 1, &from, 1, 0);
	/* A bare word may be the last one of its page. */
	if (n < (ssize_t)sizeof(words->lock)) {
		to.iov_len = sizeof(words->lock);
		from.iov_len = sizeof(words->lock);
		n = process_vm_readv((pid_t)tid, &to, 1, &from, 1, 0);
	}
	return n >= (ssize_t)sizeof(words->lock);
}

static bool still_waits(uint32_t tid, uint64_t address)
{
	struct task_syscall syscall;

	return !task_syscall(tid, &syscall) && syscall.nr == SYS_futex &&
	       syscall.args[0] == address;
}

/**
 * owner_find() - read who holds the futex that a thread waits for
 * @tgid: process of the thread
 * @tid: the thread
 * @op: WAITPROF_OP_* of the wait
 * @address: the futex
 * @owner: result
 */
void owner_find(uint32_t tgid, uint32_t tid, uint32_t op, uint64_t address, struct owner *owner)
{
	struct owner_words words, again;
	uint32_t inside = 0, again_inside = 0;
	enum owner_by by;
	bool anywhere;

	memset(owner, 0, sizeof(*owner));
	if (!read_words(tid, address, &words))
		return;
	by = owner_decode(op, &words, &inside);
	if (by == OWNER_BY_NONE)
		return;
	anywhere = by == OWNER_BY_FUTEX || owner_is_shared(&words);
	if (task_find(tgid, inside, anywhere, &owner->tid, &owner->tgid))
		return;
	if (still_waits(tid, address) && read_words(tid, address, &again) &&
	    owner_decode(op, &again, &again_inside) == by && again_inside == inside)
		owner->by = by;
}

/**
 * owner_language() - whose locks do not say who holds them
 * @frames: user stack of a futex wait without an owner
 * @nr: its length
 *
 * Return: name of a language, NULL when the stack names none.
 */
const char *owner_language(const struct symbol_frame *frames, size_t nr)
{
	static const struct {
		const char *symbol;
		const char *language;
	} rows[] = {
		{ "runtime.*", "Go" },
		{ "internal/runtime/*", "Go" },
		{ "std::sys::*", "Rust" },
		{ "<std::sys::*", "Rust" },
		{ "std::sync::mutex::*", "Rust" },
		{ "parking_lot*", "Rust" },
		{ "<parking_lot*", "Rust" },
	};

	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; frames[i].symbol && k < sizeof(rows) / sizeof(rows[0]); k++)
			if (!fnmatch(rows[k].symbol, frames[i].symbol, 0))
				return rows[k].language;
	return NULL;
}
