// SPDX-License-Identifier: GPL-2.0-only
/* What an io wait waits for, by its kernel stack; what a futex wait is for, by its user's. */
#include "cmocka_setup.h"

#include "profile/kind.h"
#include "linux/waitprof.h"

/* @stack: symbols divided by spaces, leaf first; "?" has no name */
static enum kind ask(const char *stack, enum kind (*of)(const struct symbol_frame *, size_t))
{
	struct symbol_frame frames[16] = { 0 };
	char text[512], *save = NULL;
	size_t nr = 0;

	strcpy(text, stack);
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		frames[nr++].symbol = strcmp(word, "?") ? word : NULL;
	return of(frames, nr);
}

static const char *kind_of(const char *stack)
{
	return kind_name(ask(stack, kind_of_io));
}

/* Stacks as Debian's kernels have them. */
static void stacks(void **state)
{
	static const struct {
		const char *stack;
		const char *kind;
	} rows[] = {
		{ "io_schedule folio_wait_bit_common filemap_get_pages filemap_read vfs_read",
		  "page" },
		{ "io_schedule wait_on_page_bit_common generic_file_buffered_read vfs_read",
		  "page" },
		{ "io_schedule __lock_page pagecache_get_page", "page" },
		{ "io_schedule folio_wait_writeback __filemap_fdatawait_range file_write_and_wait",
		  "page" },
		{ "io_schedule bit_wait_io __wait_on_bit out_of_line_wait_on_bit __bread_gfp",
		  "buffer" },
		{ "__wait_on_buffer ext4_read_bh", "buffer" },
		{ "io_schedule_timeout wait_for_completion_io_timeout submit_bio_wait "
		  "blkdev_issue_flush ext4_sync_file",
		  "submit" },
		{ "io_schedule_timeout bio_await blkdev_issue_flush", "submit" },
		{ "io_schedule __blkdev_direct_IO_simple blkdev_direct_IO vfs_read", "direct" },
		{ "blk_io_schedule __iomap_dio_rw iomap_dio_rw ext4_file_read_iter", "direct" },
		{ "io_schedule dio_await_completion __blockdev_direct_IO", "direct" },
		{ "io_schedule blk_mq_get_tag __blk_mq_alloc_requests blk_mq_submit_bio", "tag" },
		{ "io_schedule rq_qos_wait wbt_wait __rq_qos_throttle blk_mq_submit_bio",
		  "throttle" },
		{ "io_schedule_timeout balance_dirty_pages balance_dirty_pages_ratelimited_flags",
		  "throttle" },
		{ "io_schedule mempool_alloc bio_alloc_bioset", "other" },
		{ "", "other" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(kind_of(rows[i].stack), rows[i].kind);
}

static void the_innermost_wins(void **state)
{
	(void)state;
	assert_string_equal(kind_of("io_schedule blk_mq_get_tag submit_bio_wait "
				    "__blkdev_direct_IO_simple"),
			    "tag");
	assert_string_equal(kind_of("io_schedule submit_bio_wait __blkdev_direct_IO_simple"),
			    "submit");
}

static void suffixes_and_unknown_frames(void **state)
{
	(void)state;
	assert_string_equal(kind_of("? blk_mq_get_tag.constprop.0"), "tag");
	/* A part of a name is not the name. */
	assert_string_equal(kind_of("my_blk_mq_get_tag submit_bio_wait_all"), "other");
}

/* As libc, libraries and runtimes have them, with debug information and stripped. */
static void futexes(void **state)
{
	static const struct {
		const char *stack;
		enum kind kind;
	} rows[] = {
		{ "futex_wait __lll_lock_wait lll_mutex_lock_optimized pthread_mutex_lock f",
		  KIND_LOCK },
		{ "? pthread_mutex_lock f", KIND_LOCK },
		{ "___lll_lock_wait_private malloc f", KIND_LOCK },
		{ "__GI___lll_lock_wait __pthread_mutex_lock f", KIND_LOCK },
		{ "__futex_abstimed_wait_common __futex_clocklock64 "
		  "__pthread_mutex_clocklock_common f",
		  KIND_LOCK },
		{ "? pthread_rwlock_rdlock f", KIND_LOCK },
		{ "futex_wait_simple __pthread_once_slow f", KIND_LOCK },
		{ "__futex_abstimed_wait_common64 __pthread_cond_wait_common pthread_cond_wait f",
		  KIND_CONDITION },
		{ "? pthread_cond_timedwait@@GLIBC_2.3.2 f", KIND_CONDITION },
		{ "? cnd_wait f", KIND_CONDITION },
		{ "pthread_barrier_wait f", KIND_CONDITION },
		/* to get the lock back, after the condition */
		{ "__lll_lock_wait __pthread_mutex_cond_lock __pthread_cond_wait_common f",
		  KIND_LOCK },
		{ "__futex_abstimed_wait_common __new_sem_wait_slow64.constprop.0 f",
		  KIND_SEMAPHORE },
		{ "? sem_clockwait f", KIND_SEMAPHORE },
		{ "__futex_abstimed_wait_common __pthread_clockjoin_ex f", KIND_JOIN },
		{ "? ? std::thread::join f", KIND_JOIN },
		{ "syscall std::__atomic_futex_unsigned_base::_M_futex_wait_until f",
		  KIND_CONDITION },
		{ "syscall std::__detail::__platform_wait<int> f", KIND_NONE },
		{ "syscall std::__atomic_wait_address<int,std::latch::wait()> f", KIND_CONDITION },
		{ "syscall std::__atomic_wait_address_bare<std::__atomic_semaphore::_M_acquire()> f",
		  KIND_SEMAPHORE },
		{ "syscall std::sys::pal::unix::futex::futex_wait "
		  "<std::sys::sync::mutex::futex::Mutex>::lock_contended f",
		  KIND_LOCK },
		{ "syscall std::sys::unix::locks::futex_mutex::Mutex::lock_contended::h0123 f",
		  KIND_LOCK },
		{ "syscall <std::sys::sync::rwlock::futex::RwLock>::write_contended f", KIND_LOCK },
		{ "syscall <std::sys::sync::condvar::futex::Condvar>::wait_optional_timeout f",
		  KIND_CONDITION },
		{ "syscall <std::sys::sync::thread_parking::futex::Parker>::park "
		  "<std::thread::thread::Thread>::park f",
		  KIND_NONE },
		{ "syscall parking_lot::raw_mutex::RawMutex::lock_slow f", KIND_LOCK },
		/* a goroutine that waits for sync.Mutex has left this thread */
		{ "runtime.futex.abi0 runtime.futexsleep runtime.notesleep runtime.stopm",
		  KIND_OTHER },
		{ "runtime.futex.abi0 runtime.futexsleep runtime.lock2 runtime.mallocgc",
		  KIND_LOCK },
		/* runtimes build what they need of libc's condition variables and semaphores */
		{ "? pthread_cond_timedwait take_gil PyEval_RestoreThread", KIND_LOCK },
		{ "? pthread_cond_timedwait PyEval_RestoreThread", KIND_LOCK },
		{ "? sem_clockwait PyThread_acquire_lock_timed acquire_timed", KIND_OTHER },
		{ "? pthread_cond_wait os::PlatformEvent::park ObjectMonitor::enter f", KIND_LOCK },
		{ "? pthread_cond_wait os::PlatformEvent::park ObjectMonitor::wait JVM_MonitorWait",
		  KIND_CONDITION },
		{ "? pthread_cond_wait Parker::park Unsafe_Park", KIND_OTHER },
		{ "? sem_wait PGSemaphoreLock LWLockAcquire XLogFlush", KIND_LOCK },
		{ "my_pthread_cond f", KIND_NONE },
		{ "", KIND_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ask(rows[i].stack, kind_of_futex) != rows[i].kind)
			fail_msg("%s", rows[i].stack);
}

static void of_which_class(void **state)
{
	const uint32_t futex = 1U << WAITPROF_CLASS_FUTEX, io = 1U << WAITPROF_CLASS_IO;

	(void)state;
	assert_int_equal(kind_classes(1U << KIND_LOCK | 1U << KIND_JOIN), futex);
	assert_int_equal(kind_classes(1U << KIND_TAG), io);
	assert_int_equal(kind_classes(1U << KIND_OTHER), futex | io);
	assert_int_equal(kind_classes(0), 0);
	assert_false(kind_is_left_out(0, WAITPROF_CLASS_IO, KIND_TAG));
	assert_true(kind_is_left_out(1U << KIND_PAGE, WAITPROF_CLASS_IO, KIND_TAG));
	assert_false(kind_is_left_out(1U << KIND_PAGE, WAITPROF_CLASS_FUTEX, KIND_LOCK));
	assert_true(kind_is_left_out(1U << KIND_LOCK, WAITPROF_CLASS_FUTEX, KIND_OTHER));
	assert_false(kind_is_left_out(1U << KIND_LOCK, WAITPROF_CLASS_MUTEX, KIND_NONE));
}

static void words(void **state)
{
	(void)state;
	for (int i = KIND_NONE + 1; i < NR_KINDS; i++) {
		const char *name = kind_name((enum kind)i);

		assert_int_equal(kind_find(name, strlen(name)), i);
		assert_non_null(strstr(kind_list(), name));
	}
	assert_null(kind_name(KIND_NONE));
	assert_true(kind_find("tagged", 6) < 0 && kind_find("ta", 2) < 0 && kind_find("", 0) < 0);
	assert_int_equal(kind_find("tag,page", 3), KIND_TAG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks),
		cmocka_unit_test(the_innermost_wins),
		cmocka_unit_test(suffixes_and_unknown_frames),
		cmocka_unit_test(futexes),
		cmocka_unit_test(of_which_class),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
