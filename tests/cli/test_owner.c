// SPDX-License-Identifier: GPL-2.0-only
/* Who holds a futex, by what lies behind its word. */
#include "cmocka_setup.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux/waitprof.h"
#include "proc/owner.h"
#include "proc/task.h"

static enum owner_by decode(uint32_t op, struct owner_words words)
{
	uint32_t tid = 0;
	enum owner_by by = owner_decode(op, &words, &tid);

	if (by != OWNER_BY_NONE)
		assert_int_equal(tid, 4711);
	return by;
}

static void mutexes(void **state)
{
	struct owner_words m = { .lock = 2, .owner = 4711, .nr_users = 1 }, w;

	(void)state;
	assert_int_equal(decode(WAITPROF_OP_WAIT, m), OWNER_BY_GLIBC);
	assert_int_equal(decode(WAITPROF_OP_WAIT_BITSET, m), OWNER_BY_GLIBC);
	m.kind = 0x81; /* recursive, shared */
	assert_int_equal(decode(WAITPROF_OP_WAIT, m), OWNER_BY_GLIBC);
	assert_true(owner_is_shared(&m));
	m.kind = 0x10;
	assert_int_equal(decode(WAITPROF_OP_WAIT, m), OWNER_BY_NONE);
	m.lock = FUTEX_WAITERS | 4711;
	assert_int_equal(decode(WAITPROF_OP_WAIT, m), OWNER_BY_GLIBC);
	assert_false(owner_is_shared(&m));
	/* Whatever does not fit is something else. */
	m = (struct owner_words){ .lock = 2, .owner = 4711, .nr_users = 1 };
	w = m;
	w.lock = 1;
	assert_int_equal(decode(WAITPROF_OP_WAIT, w), OWNER_BY_NONE);
	w = m;
	w.owner = 0;
	assert_int_equal(decode(WAITPROF_OP_WAIT, w), OWNER_BY_NONE);
	w = m;
	w.owner = 0x7fffffff;
	assert_int_equal(decode(WAITPROF_OP_WAIT, w), OWNER_BY_NONE);
	w = m;
	w.nr_users = 0;
	assert_int_equal(decode(WAITPROF_OP_WAIT, w), OWNER_BY_NONE);
	w = m;
	w.kind = 0x1000;
	assert_int_equal(decode(WAITPROF_OP_WAIT, w), OWNER_BY_NONE);
	assert_int_equal(decode(WAITPROF_OP_WAITV, m), OWNER_BY_NONE);
	assert_int_equal(decode(WAITPROF_OP_REQUEUE_PI, m), OWNER_BY_NONE);
}

static void pi_futexes(void **state)
{
	(void)state;
	assert_int_equal(decode(WAITPROF_OP_LOCK_PI,
				(struct owner_words){ .lock = FUTEX_WAITERS | 4711 }),
			 OWNER_BY_FUTEX);
	assert_int_equal(decode(WAITPROF_OP_LOCK_PI, (struct owner_words){ .lock = 0 }),
			 OWNER_BY_NONE);
}

struct waiter {
	pthread_mutex_t *mutex;
	atomic_uint tid;
};

static void *wait_for(void *arg)
{
	struct waiter *w = arg;

	w->tid = (uint32_t)syscall(SYS_gettid);
	pthread_mutex_lock(w->mutex);
	pthread_mutex_unlock(w->mutex);
	return NULL;
}

static bool sleeps_on(uint32_t tid, const void *address)
{
	return owner_waits(tid, (uint64_t)(uintptr_t)address);
}

/* A real mutex of this libc, held by this thread. */
static void find_in(pthread_mutex_t *mutex)
{
	uint32_t pid = (uint32_t)getpid(), self = (uint32_t)syscall(SYS_gettid);
	struct waiter w = { .mutex = mutex };
	struct owner_ask asks[] = {
		{ .tgid = pid, .op = WAITPROF_OP_WAIT, .address = 8 },
		{ .tgid = pid, .op = WAITPROF_OP_WAIT, .address = (uintptr_t)mutex },
		{ .tgid = pid, .op = WAITPROF_OP_WAIT, .address = (uintptr_t)&w.tid },
	};
	pthread_t thread;

	pthread_mutex_lock(mutex);
	assert_int_equal(pthread_create(&thread, NULL, wait_for, &w), 0);
	for (int i = 0; i < 5000 && !(w.tid && sleeps_on(w.tid, mutex)); i++)
		usleep(1000);
	assert_true(sleeps_on(w.tid, mutex));
	for (size_t i = 0; i < 3; i++)
		asks[i].tid = w.tid;
	owner_ask(asks, 3);
	assert_int_equal(asks[1].by, OWNER_BY_GLIBC);
	assert_int_equal(asks[1].inside, self);
	/* Neither what is not there nor a number that is a thread's id is a lock. */
	assert_int_equal(asks[0].by, OWNER_BY_NONE);
	assert_int_equal(asks[2].by, OWNER_BY_NONE);
	assert_false(sleeps_on(self, mutex));
	pthread_mutex_unlock(mutex);
	pthread_join(thread, NULL);
}

static void a_mutex_of_this_libc(void **state)
{
	pthread_mutex_t *mutex =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attr;

	(void)state;
	assert_true(mutex != MAP_FAILED);
	pthread_mutex_init(mutex, NULL);
	find_in(mutex);
	pthread_mutex_destroy(mutex);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(mutex, &attr);
	find_in(mutex);
	pthread_mutex_destroy(mutex);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(mutex, &attr);
	find_in(mutex);
	munmap(mutex, 4096);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_t joined;
static atomic_uint waiter_tid;

static void *read_lock(void *arg)
{
	(void)arg;
	waiter_tid = (uint32_t)syscall(SYS_gettid);
	pthread_rwlock_rdlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	return NULL;
}

static void *write_lock(void *arg)
{
	(void)arg;
	waiter_tid = (uint32_t)syscall(SYS_gettid);
	pthread_rwlock_wrlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	return NULL;
}

static void *join(void *arg)
{
	(void)arg;
	waiter_tid = (uint32_t)syscall(SYS_gettid);
	pthread_join(joined, NULL);
	return NULL;
}

static void *sleep_on(void *arg)
{
	atomic_uint *tid = arg;

	*tid = (uint32_t)syscall(SYS_gettid);
	pthread_rwlock_rdlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	return NULL;
}

/* Starts a thread, waits until it sleeps in a futex, asks whose that is. */
static struct owner_ask ask_about(void *(*run)(void *), pthread_t *thread)
{
	struct owner_ask ask = { .tgid = (uint32_t)getpid(), .op = WAITPROF_OP_WAIT_BITSET };
	struct task_syscall call;
	int seen = 0;

	waiter_tid = 0;
	assert_int_equal(pthread_create(thread, NULL, run, NULL), 0);
	for (int i = 0; i < 5000; i++, usleep(1000)) {
		if (!waiter_tid || task_syscall(waiter_tid, &call) || call.nr != SYS_futex)
			continue;
		/* Not in passing, on a lock of the runtime's own. */
		if (ask.address == call.args[0] && ++seen == 20) {
			ask.tid = waiter_tid;
			break;
		}
		if (ask.address != call.args[0])
			seen = 0;
		ask.address = call.args[0];
	}
	assert_true(ask.tid);
	owner_ask(&ask, 1);
	return ask;
}

static void writers_of_rwlocks_and_joined_threads(void **state)
{
	uint32_t self = (uint32_t)syscall(SYS_gettid);
	pthread_t reader, writer, joiner;
	atomic_uint tid = 0;
	struct owner_ask ask;

	(void)state;
	pthread_rwlock_wrlock(&rwlock);
	ask = ask_about(read_lock, &reader);
	assert_int_equal(ask.by, OWNER_BY_GLIBC);
	assert_int_equal(ask.inside, self);
	ask = ask_about(write_lock, &writer);
	assert_int_equal(ask.by, OWNER_BY_GLIBC);
	assert_int_equal(ask.inside, self);
	assert_int_equal(pthread_create(&joined, NULL, sleep_on, &tid), 0);
	ask = ask_about(join, &joiner);
	assert_int_equal(ask.by, OWNER_BY_JOIN);
	assert_int_equal(ask.inside, tid);
	pthread_rwlock_unlock(&rwlock);
	pthread_join(joiner, NULL);
	pthread_join(writer, NULL);
	pthread_join(reader, NULL);
	/* Readers leave no name: nobody is accused. */
	pthread_rwlock_rdlock(&rwlock);
	ask = ask_about(write_lock, &writer);
	assert_int_equal(ask.by, OWNER_BY_NONE);
	pthread_rwlock_unlock(&rwlock);
	pthread_join(writer, NULL);
}

static void what_is_no_rwlock(void **state)
{
	static const struct owner_rwlock held = {
		.readers = 7, .phase_futex = 3, .writers_futex = 1, .writer = 4711
	};
	struct owner_rwlock l = held;
	struct owner_thread t = { .tcb = 0x7f0000001640, .self = 0x7f0000001640 };

	(void)state;
	assert_int_equal(owner_of_rwlock(&l), 4711);
	l.readers = 4;
	assert_int_equal(owner_of_rwlock(&l), 0);
	l = held;
	l.writers_futex = 2;
	assert_int_equal(owner_of_rwlock(&l), 0);
	l = held;
	l.pad3 = 1;
	assert_int_equal(owner_of_rwlock(&l), 0);
	l = held;
	l.shared = 0x80;
	assert_int_equal(owner_of_rwlock(&l), 0);
	l = held;
	l.writer = 0x7fffffff;
	assert_int_equal(owner_of_rwlock(&l), 0);
	assert_true(owner_is_thread(&t, 0x7f0000001640));
	t.self++;
	assert_false(owner_is_thread(&t, 0x7f0000001640));
}

static void threads_that_may_own(void **state)
{
	uint32_t pid = (uint32_t)getpid(), tid, tgid;

	(void)state;
	assert_int_equal(task_find(pid, pid, false, &tid, &tgid), 0);
	assert_int_equal(tid, pid);
	assert_int_equal(tgid, pid);
	assert_int_not_equal(task_find(pid, 0x3ffff0, true, &tid, &tgid), 0);
	/* Process 1 is alive, but no thread of ours. */
	if (pid != 1)
		assert_int_not_equal(task_find(pid, 1, false, &tid, &tgid), 0);
}

static void languages(void **state)
{
	struct symbol_frame go[] = { { .symbol = "runtime.futex.abi0" },
				     { .symbol = "main.main" } };
	struct symbol_frame rust[] = {
		{ .symbol = NULL },
		{ .symbol = "std::sys::sync::mutex::futex::Mutex::lock_contended" },
	};
	struct symbol_frame c[] = { { .symbol = "std::mutex::lock" }, { .symbol = "runtime_x" } };

	(void)state;
	assert_string_equal(owner_language(go, 2), "Go");
	assert_string_equal(owner_language(rust, 2), "Rust");
	assert_null(owner_language(c, 2));
	assert_null(owner_language(NULL, 0));
	assert_string_equal(owner_by_name(OWNER_BY_GLIBC), "glibc");
	assert_null(owner_by_name(OWNER_BY_NONE));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutexes),
		cmocka_unit_test(pi_futexes),
		cmocka_unit_test(a_mutex_of_this_libc),
		cmocka_unit_test(writers_of_rwlocks_and_joined_threads),
		cmocka_unit_test(what_is_no_rwlock),
		cmocka_unit_test(threads_that_may_own),
		cmocka_unit_test(languages),
	};

	return cmocka_run_group_tests_name("owner", tests, NULL, NULL);
}
