// SPDX-License-Identifier: GPL-2.0-only
/* The frame that a wait is named after. */
#include "cmocka_setup.h"

#include "profile/callsite.h"
#include "linux/waitprof.h"

#define LIBC "/usr/lib/x86_64-linux-gnu/libc.so.6"

static struct symbol_frame frame(const char *symbol, const char *module)
{
	struct symbol_frame f = { .addr = 0x1000, .symbol = symbol, .offset = 4, .module = module };

	return f;
}

static const char *user_site(const struct symbol_frame *frames, size_t nr)
{
	const struct symbol_frame *f = callsite_find(WAITPROF_CLASS_FUTEX, NULL, 0, frames, nr);

	return f ? f->symbol : NULL;
}

static const char *kernel_site(uint32_t class_id, const char *const *symbols, size_t nr)
{
	struct symbol_frame frames[16];
	const struct symbol_frame *f;

	for (size_t i = 0; i < nr; i++)
		frames[i] = frame(symbols[i], "kernel");
	f = callsite_find(class_id, frames, nr, NULL, 0);
	return f ? f->symbol : NULL;
}

static void futex_through_libc(void **state)
{
	const struct symbol_frame frames[] = {
		frame("__lll_lock_wait", LIBC),
		frame("pthread_mutex_lock", LIBC),
		frame("take_order", "/opt/shop/server"),
		frame("main", "/opt/shop/server"),
	};

	(void)state;
	assert_string_equal(user_site(frames, 4), "take_order");
}

/* Who wanted the lock, not the code that every lock goes through; of that program only. */
static void futex_of_postgres(void **state)
{
	static const char postgres[] = "/usr/lib/postgresql/15/bin/postgres";
	const struct symbol_frame frames[] = {
		frame("sem_wait", LIBC),
		frame("PGSemaphoreLock", postgres),
		frame("LWLockAcquireOrWait", postgres),
		frame("XLogFlush", postgres),
	};
	const struct symbol_frame other[] = {
		frame("pthread_mutex_lock", LIBC),
		frame("LockAcquire", "/opt/shop/server"),
		frame("main", "/opt/shop/server"),
	};
	/* Functions of a file without their symbols. */
	const struct symbol_frame stripped[] = {
		frame("PGSemaphoreLock", postgres),
		frame("ProcSleep", postgres),
		frame(NULL, postgres),
		frame("LockAcquireExtended", postgres),
		frame("XactLockTableWait", postgres),
	};
	const struct symbol_frame unknown[] = {
		frame("PGSemaphoreLock", postgres),
		frame(NULL, postgres),
		frame("XactLockTableWait", postgres),
	};

	(void)state;
	assert_string_equal(user_site(frames, 4), "XLogFlush");
	assert_string_equal(user_site(other, 3), "LockAcquire");
	assert_string_equal(user_site(stripped, 5), "XactLockTableWait");
	assert_ptr_equal(callsite_find(WAITPROF_CLASS_FUTEX, NULL, 0, unknown, 3), &unknown[1]);
}

static void futex_in_a_static_program(void **state)
{
	const struct symbol_frame frames[] = {
		frame("__futex_abstimed_wait_common", "/a"),
		frame("pthread_cond_wait", "/a"),
		frame("std::condition_variable::wait", "/a"),
		frame("Queue::pop", "/a"),
	};
	const struct symbol_frame rust[] = {
		frame("std::sys::sync::mutex::futex::Mutex::lock_contended", "/a"),
		frame("<std::sync::Mutex<T>>::lock", "/a"),
		frame("shop::serve", "/a"),
	};

	(void)state;
	assert_string_equal(user_site(frames, 4), "Queue::pop");
	assert_string_equal(user_site(rust, 3), "shop::serve");
}

static void only_machinery_gives_the_outermost(void **state)
{
	const struct symbol_frame frames[] = {
		frame("__lll_lock_wait", LIBC),
		frame("pthread_mutex_lock", LIBC),
		frame("start_thread", LIBC),
		frame("clone3", LIBC),
	};
	const struct symbol_frame unknown[] = { frame("__lll_lock_wait", LIBC), frame(NULL, NULL) };

	(void)state;
	assert_string_equal(user_site(frames, 4), "pthread_mutex_lock");
	/* A walk by frame pointers can end in what is no code at all. */
	assert_string_equal(user_site(unknown, 2), "__lll_lock_wait");
	assert_null(callsite_find(WAITPROF_CLASS_FUTEX, NULL, 0, &unknown[1], 1));
}

static void futex_without_user_frames(void **state)
{
	static const char *const symbols[] = { "futex_wait_queue", "futex_wait", "do_futex",
					       "__x64_sys_futex", "do_syscall_64" };

	(void)state;
	assert_string_equal(kernel_site(WAITPROF_CLASS_FUTEX, symbols, 5), "futex_wait_queue");
	assert_null(kernel_site(WAITPROF_CLASS_FUTEX, symbols, 0));
}

static void kernel_locks(void **state)
{
	static const char *const symbols[] = { "__mutex_lock.constprop.0", "mutex_lock",
					       "do_epoll_ctl", "__x64_sys_epoll_ctl" };

	(void)state;
	assert_string_equal(kernel_site(WAITPROF_CLASS_MUTEX, symbols, 4), "do_epoll_ctl");
}

static void journals(void **state)
{
	static const char *const commit[] = { "jbd2_log_wait_commit", "jbd2_complete_transaction",
					      "ext4_fc_commit", "ext4_sync_file", "do_fsync" };
	static const char *const start[] = { "wait_transaction_locked", "add_transaction_credits",
					     "start_this_handle",	"jbd2__journal_start",
					     "__ext4_journal_start_sb", "ext4_dirty_inode" };

	(void)state;
	assert_string_equal(kernel_site(WAITPROF_CLASS_JOURNAL, commit, 5), "ext4_sync_file");
	assert_string_equal(kernel_site(WAITPROF_CLASS_JOURNAL, start, 6), "ext4_dirty_inode");
}

static void files_and_devices(void **state)
{
	static const char *const cached[] = { "io_schedule",	     "folio_wait_bit_common",
					      "filemap_get_pages",   "filemap_read",
					      "ext4_file_read_iter", "vfs_read" };
	static const char *const direct[] = { "io_schedule", "blkdev_direct_IO", "vfs_read" };
	static const char *const tags[] = {
		"io_schedule",	     "blk_mq_get_tag",	  "__blk_mq_alloc_requests",
		"blk_mq_submit_bio", "submit_bio_noacct", "submit_bio",
		"xfs_buf_submit"
	};
	static const char *const only[] = { "io_schedule", "folio_wait_bit_common" };

	(void)state;
	assert_string_equal(kernel_site(WAITPROF_CLASS_IO, cached, 6), "ext4_file_read_iter");
	assert_string_equal(kernel_site(WAITPROF_CLASS_IO, direct, 3), "blkdev_direct_IO");
	assert_string_equal(kernel_site(WAITPROF_CLASS_IO, tags, 7), "xfs_buf_submit");
	assert_string_equal(kernel_site(WAITPROF_CLASS_IO, only, 2), "folio_wait_bit_common");
}

static const char *waker_site(uint32_t class_id, const char *const *symbols, size_t nr,
			      const struct symbol_frame *user, size_t nr_user)
{
	struct symbol_frame frames[16];
	const struct symbol_frame *f;

	for (size_t i = 0; i < nr; i++)
		frames[i] = frame(symbols[i], "kernel");
	f = callsite_find_waker(class_id, frames, nr, user, nr_user);
	return f ? f->symbol : NULL;
}

static void wakers(void **state)
{
	static const char *const futex[] = { "wake_up_q", "futex_wake", "do_futex",
					     "__x64_sys_futex", "do_syscall_64" };
	static const char *const unlock[] = { "wake_up_q", "__mutex_unlock_slowpath.constprop.0",
					      "pipe_write", "vfs_write" };
	static const char *const disk[] = { "submit_bio_wait_endio", "blk_update_request",
					    "blk_mq_end_request", "null_cmd_timer_expired",
					    "__hrtimer_run_queues" };
	static const char *const timer[] = { "hrtimer_wakeup", "__hrtimer_run_queues" };
	static const char *const joined[] = { "wake_up_q", "futex_wake", "do_futex", "mm_release",
					      "do_exit" };
	const struct symbol_frame user[] = {
		frame("pthread_cond_signal", LIBC),
		frame("give_order", "/opt/shop/server"),
	};

	(void)state;
	assert_string_equal(waker_site(WAITPROF_CLASS_FUTEX, futex, 5, user, 2), "give_order");
	assert_string_equal(waker_site(WAITPROF_CLASS_MUTEX, unlock, 4, user, 2), "pipe_write");
	assert_string_equal(waker_site(WAITPROF_CLASS_IO, disk, 5, NULL, 0),
			    "null_cmd_timer_expired");
	assert_string_equal(waker_site(WAITPROF_CLASS_FUTEX, timer, 2, NULL, 0), "hrtimer_wakeup");
	assert_string_equal(waker_site(WAITPROF_CLASS_FUTEX, joined, 5, NULL, 0), "mm_release");
	/* Nothing but machinery: its innermost frame. */
	assert_string_equal(waker_site(WAITPROF_CLASS_MUTEX, unlock, 2, NULL, 0), "wake_up_q");
	assert_null(waker_site(WAITPROF_CLASS_IO, NULL, 0, NULL, 0));
}

static void names(void **state)
{
	struct symbol_frame f = frame("work", "/opt/shop/server");
	char buf[64];

	(void)state;
	assert_string_equal(callsite_name(buf, sizeof(buf), &f), "work+0x4 [server]");
	f.file = "src/work.c";
	f.line = 12;
	assert_string_equal(callsite_name(buf, sizeof(buf), &f), "work work.c:12 [server]");
	f = frame("ep_poll", "kernel");
	assert_string_equal(callsite_name(buf, sizeof(buf), &f), "ep_poll+0x4");
	f = frame("ext4_sync", "ext4");
	assert_string_equal(callsite_name(buf, sizeof(buf), &f), "ext4_sync+0x4 [ext4]");
	f = frame(NULL, "[vdso]");
	assert_string_equal(callsite_name(buf, sizeof(buf), &f), "[vdso]+0x4");
	f = frame(NULL, NULL);
	assert_string_equal(callsite_name(buf, sizeof(buf), &f), "0x1000");
	assert_string_equal(callsite_name(buf, sizeof(buf), NULL), "");
	f = frame("a_very_long_name_that_does_not_fit", "/x/y");
	assert_string_equal(callsite_name(buf, 10, &f), "a_very_lo");
}

/* What only waits is no function that a lock could be told by. */
static void functions(void **state)
{
	struct symbol_frame frame = { .symbol = "pipe_write", .module = "kernel" };

	(void)state;
	assert_null(callsite_function(WAITPROF_CLASS_MUTEX, NULL));
	assert_string_equal(callsite_function(WAITPROF_CLASS_MUTEX, &frame), "pipe_write");
	frame.symbol = "__mutex_lock.constprop.0";
	assert_string_equal(callsite_function(WAITPROF_CLASS_MUTEX, &frame), "");
	frame.symbol = NULL;
	assert_null(callsite_function(WAITPROF_CLASS_MUTEX, &frame));
	frame.symbol = "take_order";
	frame.module = "/opt/shop";
	assert_string_equal(callsite_function(WAITPROF_CLASS_FUTEX, &frame), "take_order");
	frame.module = "/usr/lib/libc.so.6";
	assert_string_equal(callsite_function(WAITPROF_CLASS_FUTEX, &frame), "");
	frame.symbol = "futex_wait_queue";
	frame.module = "kernel";
	assert_string_equal(callsite_function(WAITPROF_CLASS_FUTEX, &frame), "");
}

/* Where somebody sleeps who holds others up: not in what sleeps for it. */
static void sleepers(void **state)
{
	static const struct symbol_frame frames[] = {
		{ .symbol = "schedule_timeout" },
		{ .symbol = "msleep" },
		{ .symbol = "fifo_open" },
	};

	(void)state;
	assert_ptr_equal(callsite_find_sleeper(0, frames, 3), &frames[2]);
	assert_null(callsite_find_sleeper(0, frames, 2));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions),
		cmocka_unit_test(sleepers),
		cmocka_unit_test(futex_through_libc),
		cmocka_unit_test(futex_of_postgres),
		cmocka_unit_test(futex_in_a_static_program),
		cmocka_unit_test(only_machinery_gives_the_outermost),
		cmocka_unit_test(futex_without_user_frames),
		cmocka_unit_test(kernel_locks),
		cmocka_unit_test(journals),
		cmocka_unit_test(files_and_devices),
		cmocka_unit_test(wakers),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("callsite", tests, NULL, NULL);
}
