// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds a futex: the kernel knows it of PI futexes only, but locks of glibc
 * have their owner in memory. A mutex, behind the lock word:
 *
 *	0 lock   4 count   8 owner   12 nusers   16 kind
 *
 * A rwlock has its writer there; readers leave no name. pthread_join() waits for
 * a word in the thread's own descriptor to become 0, and until then it is the
 * thread's id: no lock, but who is waited for all the same.
 *
 * A futex may be anything, so what lies there counts only if it looks like a
 * contended mutex, a rwlock with a writer or a thread in every word, twice; the
 * caller looks whether the owner lives and can hold it, and whether the thread
 * that waits still does so once all of that has been read.
 */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "linux/waitprof.h"
#include "proc/owner.h"
#include "proc/owner_read.h"
#include "proc/task.h"

/* The lock word of a mutex that somebody waits for; robust ones hold the tid. */
#define LOCK_CONTENDED 2

/* Bits of the kind: type, robust, shared, elision; what else is set is no mutex. */
#define KIND_TYPE    0x3U
#define KIND_ROBUST  0x10U
#define KIND_SHARED  0x80U
#define KIND_ELISION 0x300U
#define KIND_ALL     (KIND_TYPE | KIND_ROBUST | KIND_SHARED | KIND_ELISION)

/* A futex word of a rwlock: held, and somebody sleeps on it. */
#define RWLOCK_AWAITED 3

/* Of the readers' word: a writer has it, and the phase is a writer's. */
#define RWLOCK_WRITER 3U

/* From a thread's descriptor to its id. */
#define THREAD_TID 0x2d0

#define MAX_TID (1U << 22)

/* Places looked at together. */
#define ASKS 256

static const char *const by_names[] = {
	[OWNER_BY_NONE] = NULL,	    [OWNER_BY_KERNEL] = "kernel",     [OWNER_BY_FUTEX] = "futex",
	[OWNER_BY_GLIBC] = "glibc", [OWNER_BY_JOIN] = "pthread_join",
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

/**
 * owner_of_rwlock() - the writer that has a rwlock
 * @l: what may be one
 *
 * Return: thread id, 0: no writer has it, or it is something else.
 */
uint32_t owner_of_rwlock(const struct owner_rwlock *l)
{
	for (size_t i = 0; i < sizeof(l->pad1); i++)
		if (l->pad1[i])
			return 0;
	if (l->pad2 || l->pad3 || l->pad4 || l->elision || l->shared > 1 || l->flags > 2)
		return 0;
	if ((l->readers & RWLOCK_WRITER) != RWLOCK_WRITER || !(l->phase_futex & 1) ||
	    !(l->writers_futex & 1))
		return 0;
	return l->writer <= MAX_TID ? l->writer : 0;
}

/**
 * owner_is_thread() - is this the descriptor of a thread
 * @thread: its begin
 * @address: where it lies
 */
bool owner_is_thread(const struct owner_thread *thread, uint64_t address)
{
	return thread->tcb == address && thread->self == address;
}

/* A few places of one process. */
struct look {
	struct owner_words words[ASKS];
	struct owner_read reads[ASKS];
	struct owner_rwlock locks[2][ASKS]; /* the word is their phase_futex, writers_futex */
	struct owner_thread threads[ASKS];
	struct owner_read more[2 * ASKS];
	size_t nr_more;
};

static bool is_plain_wait(uint32_t op)
{
	return op == WAITPROF_OP_WAIT || op == WAITPROF_OP_WAIT_BITSET;
}

static void read_more(struct look *look, uint64_t address, void *to, size_t size)
{
	look->more[look->nr_more++] = (struct owner_read){ address, to, size, false };
}

/* What is no mutex may be a word of a rwlock, or of a thread. */
static void plan_more(struct look *look, const struct owner_ask *ask, size_t i)
{
	uint32_t word = look->words[i].lock;
	const size_t size = sizeof(struct owner_rwlock);

	if (!look->reads[i].ok || !is_plain_wait(ask->op) || ask->by != OWNER_BY_NONE)
		return;
	if (word == RWLOCK_AWAITED) {
		read_more(look, ask->address - offsetof(struct owner_rwlock, phase_futex),
			  &look->locks[0][i], size);
		read_more(look, ask->address - offsetof(struct owner_rwlock, writers_futex),
			  &look->locks[1][i], size);
	} else if (word && word <= MAX_TID && ask->address % 16 == 0) {
		read_more(look, ask->address - THREAD_TID, &look->threads[i],
			  sizeof(look->threads[i]));
	}
}

static void decode_more(struct look *look, struct owner_ask *ask, size_t i)
{
	for (int k = 0; k < 2 && ask->by == OWNER_BY_NONE; k++) {
		ask->inside = owner_of_rwlock(&look->locks[k][i]);
		ask->anywhere = look->locks[k][i].shared;
		if (ask->inside)
			ask->by = OWNER_BY_GLIBC;
	}
	if (ask->by == OWNER_BY_NONE &&
	    owner_is_thread(&look->threads[i], ask->address - THREAD_TID)) {
		ask->inside = look->words[i].lock;
		ask->anywhere = false;
		ask->by = OWNER_BY_JOIN;
	}
}

/* The first thread may have ended meanwhile: then another one's eyes. */
static int read_with(const struct owner_ask *asks, size_t nr, struct owner_read *reads,
		     size_t nr_reads)
{
	int ret = owner_read((pid_t)asks[0].tid, reads, nr_reads);

	if (ret && asks[nr - 1].tid != asks[0].tid)
		ret = owner_read((pid_t)asks[nr - 1].tid, reads, nr_reads);
	return ret;
}

static void look_once(struct look *look, struct owner_ask *asks, size_t nr)
{
	memset(look, 0, sizeof(*look));
	for (size_t i = 0; i < nr; i++) {
		asks[i].by = OWNER_BY_NONE;
		look->reads[i] = (struct owner_read){ asks[i].address, &look->words[i],
						      sizeof(look->words[i]), false };
	}
	if (read_with(asks, nr, look->reads, nr))
		return;
	for (size_t i = 0; i < nr; i++) {
		if (look->reads[i].ok)
			asks[i].by = owner_decode(asks[i].op, &look->words[i], &asks[i].inside);
		asks[i].anywhere = asks[i].by == OWNER_BY_FUTEX || owner_is_shared(&look->words[i]);
		plan_more(look, &asks[i], i);
	}
	if (!look->nr_more || read_with(asks, nr, look->more, look->nr_more))
		return;
	for (size_t i = 0; i < nr; i++)
		decode_more(look, &asks[i], i);
}

/* Words that change while they are read make an owner that never was. */
static void look_twice(struct look *look, struct owner_ask *asks, size_t nr)
{
	struct owner_ask first[ASKS];
	bool some = false;

	look_once(look, asks, nr);
	for (size_t i = 0; i < nr; i++)
		some |= asks[i].by != OWNER_BY_NONE;
	if (!some)
		return;
	memcpy(first, asks, nr * sizeof(*asks));
	look_once(look, asks, nr);
	for (size_t i = 0; i < nr; i++)
		if (asks[i].by != first[i].by || asks[i].inside != first[i].inside)
			asks[i].by = OWNER_BY_NONE;
}

/**
 * owner_ask() - read who holds futexes
 * @asks: sorted by process; their answers are set
 * @nr: how many
 *
 * An answer holds if the thread waits there from before this call until after
 * it, and if the owner is a living thread.
 */
void owner_ask(struct owner_ask *asks, size_t nr)
{
	struct look *look = malloc(sizeof(*look));
	size_t n;

	for (size_t i = 0; i < nr; i++)
		asks[i].by = OWNER_BY_NONE;
	for (size_t at = 0; look && at < nr; at += n) {
		for (n = 1; n < ASKS && at + n < nr && asks[at + n].tgid == asks[at].tgid; n++)
			;
		look_twice(look, &asks[at], n);
	}
	free(look);
}

/**
 * owner_waits() - is a thread in a futex call for an address
 * @tid: thread
 * @address: futex
 */
bool owner_waits(uint32_t tid, uint64_t address)
{
	struct task_syscall syscall;

	return !task_syscall(tid, &syscall) && syscall.nr == SYS_futex &&
	       syscall.args[0] == address;
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
