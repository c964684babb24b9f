// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of futex waits: what the program did, told by its user frames. Frames
 * are looked at from the leaf on, first against the table of runtimes, which build
 * their locks from libc's and know better what they wait for, then against that of
 * libc and its like. What is inside of a wait on a condition to get the lock back is
 * a lock, where the frames still show it.
 *
 * Patterns serve both a libc with debug information and one that has only the
 * names it exports. Some of those functions end in a jump, so that no frame is
 * left of them: then the name of what the first frame outside called is asked for
 * (symbol_call.c) and comes here by itself.
 */
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

#include "profile/kind.h"

struct row {
	const char *symbol;
	enum kind kind;
};

/* These decide wherever they stand in the stack. */
static const struct row runtimes[] = {
	/* CPython: the lock around the interpreter; all of threading.* is one function */
	{ "take_gil", KIND_LOCK },
	{ "PyEval_RestoreThread", KIND_LOCK },
	{ "PyEval_AcquireThread", KIND_LOCK },
	{ "PyThread_acquire_lock*", KIND_OTHER },
	/* HotSpot: monitors; park() serves locks, queues and pools alike */
	{ "ObjectMonitor::enter*", KIND_LOCK },
	{ "ObjectMonitor::EnterI", KIND_LOCK },
	{ "ObjectMonitor::ReenterI", KIND_LOCK },
	{ "ObjectMonitor::wait", KIND_CONDITION },
	{ "Unsafe_Park", KIND_OTHER },
	{ "Parker::park", KIND_OTHER },
	/* Go: the runtime's own locks; a goroutine that waits leaves its thread */
	{ "runtime.lock2", KIND_LOCK },
	{ "runtime.lock", KIND_LOCK },
	{ "runtime.lockWithRank", KIND_LOCK },
	{ "runtime.notesleep", KIND_OTHER },
	{ "runtime.notetsleep*", KIND_OTHER },
	/* PostgreSQL: a lock made of a semaphore */
	{ "LWLockAcquire*", KIND_LOCK },
	{ "LWLockWaitForVar", KIND_LOCK },
	{ "ProcSleep", KIND_LOCK },
};

static const struct row libraries[] = {
	/* glibc, musl; of a condition variable before its mutex */
	{ "*pthread_mutex_*", KIND_LOCK },
	{ "*lll_lock_*", KIND_LOCK },
	{ "__lll_*lock*", KIND_LOCK },
	{ "mtx_*lock", KIND_LOCK },
	{ "*pthread_rwlock_*", KIND_LOCK },
	{ "*pthread_once*", KIND_LOCK },
	{ "*pthread_spin_*", KIND_LOCK },
	{ "call_once", KIND_LOCK },
	{ "*pthread_cond_*", KIND_CONDITION },
	{ "cnd_*wait", KIND_CONDITION },
	{ "*pthread_barrier_*", KIND_CONDITION },
	{ "sem_wait", KIND_SEMAPHORE },
	{ "sem_timedwait*", KIND_SEMAPHORE },
	{ "sem_clockwait*", KIND_SEMAPHORE },
	{ "*_new_sem_*", KIND_SEMAPHORE },
	{ "*pthread_join", KIND_JOIN },
	{ "*pthread_timedjoin*", KIND_JOIN },
	{ "*pthread_clockjoin*", KIND_JOIN },
	{ "thrd_join", KIND_JOIN },
	/* C++ */
	{ "std::*mutex::*lock*", KIND_LOCK },
	{ "std::call_once*", KIND_LOCK },
	{ "*std::__atomic_semaphore*", KIND_SEMAPHORE },
	{ "*std::*counting_semaphore*", KIND_SEMAPHORE },
	{ "std::*condition_variable*", KIND_CONDITION },
	{ "*std::latch*", KIND_CONDITION },
	{ "*std::__tree_barrier*", KIND_CONDITION },
	{ "*std::barrier*", KIND_CONDITION },
	{ "std::__atomic_futex_unsigned_base*", KIND_CONDITION },
	{ "std::*future*", KIND_CONDITION },
	{ "std::*thread::join", KIND_JOIN },
	/* Rust: its standard library, parking_lot */
	{ "*std::sys*::lock_contended*", KIND_LOCK },
	{ "*std::sys*::read_contended*", KIND_LOCK },
	{ "*std::sys*::write_contended*", KIND_LOCK },
	{ "*std::sys*Once*::call*", KIND_LOCK },
	{ "*std::sys*Once*::wait*", KIND_LOCK },
	{ "*std::sys*Condvar*::wait*", KIND_CONDITION },
	{ "*std::thread::*join*", KIND_JOIN },
	{ "*parking_lot*Mutex*lock*", KIND_LOCK },
	{ "*parking_lot*RwLock*lock*", KIND_LOCK },
	{ "*parking_lot*Condvar*wait*", KIND_CONDITION },
	/* GLib */
	{ "g_mutex_lock*", KIND_LOCK },
	{ "g_rw_lock_*", KIND_LOCK },
	{ "g_rec_mutex_lock*", KIND_LOCK },
	{ "g_cond_wait*", KIND_CONDITION },
	{ "g_thread_join", KIND_JOIN },
};

static enum kind search(const struct row *rows, size_t nr, const char *symbol)
{
	for (size_t i = 0; i < nr; i++)
		if (!fnmatch(rows[i].symbol, symbol, 0))
			return rows[i].kind;
	return KIND_NONE;
}

static enum kind search_frames(const struct row *rows, size_t nr_rows,
			       const struct symbol_frame *frames, size_t nr)
{
	enum kind kind = KIND_NONE;

	for (size_t i = 0; i < nr && kind == KIND_NONE; i++)
		if (frames[i].symbol)
			kind = search(rows, nr_rows, frames[i].symbol);
	return kind;
}

/**
 * kind_of_futex() - the kind that a user stack speaks of
 * @frames: user stack of a futex wait, leaf first
 * @nr: its length
 *
 * Return: a kind; KIND_OTHER when a frame says that it may be anything; KIND_NONE
 * when no frame says a thing.
 */
enum kind kind_of_futex(const struct symbol_frame *frames, size_t nr)
{
	enum kind kind;

	kind = search_frames(runtimes, sizeof(runtimes) / sizeof(runtimes[0]), frames, nr);
	if (kind != KIND_NONE)
		return kind;
	return search_frames(libraries, sizeof(libraries) / sizeof(libraries[0]), frames, nr);
}
