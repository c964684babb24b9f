// SPDX-License-Identifier: GPL-2.0-only
/*
 * The call site of a wait: the first frame outside the machinery that makes
 * tasks wait. Which frames are machinery is data: patterns of symbols and
 * modules below, matched with fnmatch(3). Futex waits are named by a user
 * frame, the other classes by a kernel frame.
 */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "profile/callsite.h"
#include "linux/waitprof.h"

/* Everything of these files is machinery: nobody looks for a fault in libc. */
static const char *const user_modules[] = {
	"libc.so*",   "libc-*.so*",  "libpthread*.so*", "ld-linux*.so*",
	"ld-*.so*",   "[vdso]",	     "ld-musl-*.so*",	"libstdc++.so*",
	"libc++.so*", "libgomp.so*", "libjemalloc.so*", NULL,
};

/* The same in static programs, and lock code that is compiled into programs. */
static const char *const user_symbols[] = {
	"syscall",
	"*futex*",
	"*lll_lock_*",
	"__GI_*",
	"*pthread_mutex_*",
	"*pthread_cond_*",
	"*pthread_rwlock_*",
	"*pthread_barrier_*",
	"*pthread_join*",
	"*pthread_clockjoin*",
	"*pthread_timedjoin*",
	"*pthread_spin_*",
	"*pthread_once*",
	"sem_wait*",
	"sem_timedwait*",
	"sem_clockwait*",
	"*__new_sem_*",
	"__gthread_*",
	"__gthrw_*",
	"std::*",
	"__gnu_cxx::*",
	"void std::*",
	"bool std::*",
	"core::*",
	"alloc::*",
	"<std::*",
	"<core::*",
	"<alloc::*",
	"parking_lot*",
	"<parking_lot*",
	"lock_api::*",
	"__rust_*",
	"runtime.notesleep*",
	"runtime.notetsleep*",
	"runtime.semasleep*",
	"runtime.lock*",
	"runtime.sem*",
	"runtime.gopark*",
	"runtime.mPark*",
	"runtime.stopm*",
	"sync.*",
	"internal/sync.*",
	"g_mutex_*",
	"g_cond_*",
	"g_rw_lock_*",
	"PyThread_acquire_lock*",
	NULL,
};

/*
 * Lock code of single programs, which passes everybody's waits through one place: only
 * in files of that name, as others may call their own work the same.
 */
static const struct {
	const char *module;
	const char *symbol;
} program_symbols[] = {
	{ "postgres*", "PGSemaphoreLock" },  { "postgres*", "LWLockAcquire*" },
	{ "postgres*", "LWLockWaitForVar" }, { "postgres*", "LWLockDequeueSelf" },
	{ "postgres*", "ProcSleep" },	     { "postgres*", "WaitOnLock" },
	{ "postgres*", "LockAcquire*" },
};

/* Where every thread begins: says nothing about a wait. */
static const char *const user_entries[] = {
	"_start",   "__libc_start_*", "start_thread",	 "clone",	    "__clone", "clone3",
	"__clone3", "thread_start",   "runtime.goexit*", "runtime.mstart*", NULL,
};

static const char *const kernel_locks[] = {
	"*mutex_lock*",
	"rt_mutex*",
	"__rt_mutex*",
	"*rtmutex*",
	"rwbase_*",
	"__rwbase_*",
	"schedule*",
	"__schedule*",
	"preempt_schedule*",
	"rwsem_*",
	"down_read*",
	"down_write*",
	"__down*",
	"___down*",
	"down",
	"down_interruptible",
	"down_killable",
	"down_timeout",
	"percpu_rwsem_*",
	"__percpu_*",
	"percpu_down_*",
	"wait_for_completion*",
	"__wait_for_common",
	"_raw_*",
	"asm_*",
	"ret_from_fork*",
	NULL,
};

static const char *const kernel_io[] = {
	"schedule*",
	"__schedule*",
	"io_schedule*",
	"folio_wait*",
	"__folio_*",
	"folio_lock*",
	"wait_on_*",
	"__wait_on_*",
	"*bit_wait*",
	"out_of_line_wait_*",
	"__lock_page*",
	"__lock_buffer",
	"__bread*",
	"bread*",
	"__wait_for_common*",
	"wait_for_completion*",
	"blk_*",
	"__blk_*",
	"bio_await*",
	"submit_bio*",
	"__submit_bio*",
	"rq_qos_*",
	"wbt_*",
	"__bio_queue_enter",
	"bio_queue_enter",
	"__filemap_*",
	"filemap_*",
	"page_cache_*",
	"generic_file_*",
	"generic_perform_*",
	"iomap_*",
	"__iomap_*",
	"mpage_*",
	"do_mpage_*",
	"write_cache_pages",
	"writeback_*",
	"do_writepages",
	"balance_dirty_pages*",
	"file_write_and_wait*",
	"file_fdatawait_*",
	"sync_filesystem*",
	"truncate_*",
	"read_cache_*",
	"do_read_cache_*",
	"ondemand_readahead",
	"force_page_cache_*",
	"block_read_*",
	"block_write_*",
	"__block_write_*",
	"__sync_dirty_buffer",
	"sync_dirty_buffer",
	"blkdev_issue_flush",
	"do_iter_*",
	"throttle_*",
	NULL,
};

static const char *const kernel_futex[] = {
	"futex_*",	 "__futex_*",	 "do_futex",	      "__*_sys_futex*",
	"do_syscall_64", "x64_sys_call", "entry_SYSCALL_64*", "schedule*",
	"__schedule*",	 "rt_mutex*",	 "__rt_mutex*",	      NULL,
};

/* How code sleeps that waits for nothing but time, or for whatever it is told. */
static const char *const kernel_sleeps[] = {
	"msleep*",
	"usleep_range*",
	"do_nanosleep",
	"hrtimer_nanosleep*",
	"common_nsleep*",
	"wait_woken",
	"do_wait_intr*",
	"wait_for_completion*",
	NULL,
};

/* From the code that lets a waiter go to the scheduler; in some lists above, too. */
static const char *const kernel_wakers[] = {
	"__traceiter_*",
	"try_to_wake_up",
	"ttwu_*",
	"wake_*",
	"__wake_*",
	"default_wake_function",
	"autoremove_wake_function",
	"woken_wake_function",
	"var_wake_function",
	"percpu_rwsem_wake_function",
	"rq_qos_wake_function",
	"blk_mq_dispatch_wake",
	"sbitmap_queue_*",
	"__sbitmap_queue_*",
	"sbq_*",
	"swake_*",
	"rcuwait_*",
	"complete",
	"complete_all",
	"complete_with_flags",
	"complete_on_current_cpu",
	"mutex_unlock",
	"__mutex_unlock*",
	"ww_mutex_unlock",
	"rt_mutex*",
	"__rt_mutex*",
	"rt_spin_unlock",
	"mark_wakeup*",
	"rwsem_*",
	"rwbase_*",
	"__rwbase_*",
	"up",
	"up_read",
	"up_write",
	"__up*",
	"__percpu_up_read",
	"percpu_up_*",
	"signal_wake_up*",
	"complete_signal",
	"send_signal*",
	"__send_signal*",
	"do_send_sig_info",
	"do_send_specific",
	"do_tkill",
	"group_send_sig_info",
	"__kill_pgrp_info",
	"kill_pid_info*",
	"kill_something_info",
	"folio_wake*",
	"folio_end_*",
	"folio_unlock",
	"unlock_page",
	"end_page_*",
	"unlock_buffer",
	"end_buffer_*",
	"end_bio_*",
	"bio_*",
	"blk_*",
	"__blk_*",
	"blkdev_bio_end_io*",
	"submit_bio_wait_endio",
	"mpage_*",
	"iomap_*",
	"mempool_free*",
	NULL,
};

static const char *const kernel_journal[] = {
	"schedule*",
	"__schedule*",
	"io_schedule*",
	"jbd2_*",
	"__jbd2_*",
	"wait_transaction_*",
	"add_transaction_credits",
	"start_this_handle",
	"ext4_journal_*",
	"__ext4_journal_*",
	"ext4_fc_commit",
	"ext4_fsync_journal*",
	"ext4_force_commit",
	NULL,
};

static const char *const *kernel_list(uint32_t class_id)
{
	switch (class_id) {
	case WAITPROF_CLASS_FUTEX:
		return kernel_futex;
	case WAITPROF_CLASS_IO:
	case WAITPROF_CLASS_BLOCK:
		return kernel_io;
	case WAITPROF_CLASS_JOURNAL:
		return kernel_journal;
	default:
		return kernel_locks;
	}
}

static bool match(const char *const *list, const char *name)
{
	for (; name && *list; list++)
		if (!fnmatch(*list, name, 0))
			return true;
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

static bool known(const struct symbol_frame *f)
{
	return f->symbol || f->module;
}

static bool is_program_lock(const struct symbol_frame *f)
{
	const char *module = base_name(f->module);

	if (!f->symbol || !module)
		return false;
	for (size_t i = 0; i < sizeof(program_symbols) / sizeof(program_symbols[0]); i++)
		if (!fnmatch(program_symbols[i].module, module, 0) &&
		    !fnmatch(program_symbols[i].symbol, f->symbol, 0))
			return true;
	return false;
}

static bool is_machinery(const struct symbol_frame *f)
{
	return match(user_symbols, f->symbol) || match(user_modules, base_name(f->module)) ||
	       is_program_lock(f);
}

/* A function without a symbol that a lock of the program calls is a part of that lock. */
static bool is_part_of_lock(const struct symbol_frame *f, const struct symbol_frame *caller)
{
	return !f->symbol && is_program_lock(caller) && f->module &&
	       !strcmp(f->module, caller->module);
}

static const struct symbol_frame *find_user(const struct symbol_frame *frames, size_t nr)
{
	const struct symbol_frame *outermost = NULL;

	for (size_t i = 0; i < nr; i++) {
		const struct symbol_frame *f = &frames[i];

		/* What lies in no file is more often a wrong frame than code. */
		if (!known(f) || match(user_entries, f->symbol))
			continue;
		if (!is_machinery(f) && (i + 1 == nr || !is_part_of_lock(f, &frames[i + 1])))
			return f;
		outermost = f;
	}
	return outermost;
}

static const struct symbol_frame *find_kernel(uint32_t class_id, const struct symbol_frame *frames,
					      size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!match(kernel_list(class_id), frames[i].symbol))
			return &frames[i];
	if (!nr)
		return NULL;
	return class_id == WAITPROF_CLASS_FUTEX ? &frames[0] : &frames[nr - 1];
}

/**
 * callsite_find() - the frame that a wait is named after
 * @class_id: WAITPROF_CLASS_*
 * @kframes: kernel stack, leaf first
 * @nr_kframes: its length
 * @uframes: user stack, leaf first
 * @nr_uframes: its length
 *
 * When every user frame that can be named is machinery, the outermost of them is
 * taken; a futex wait without any is named by its kernel stack.
 *
 * Return: one of the frames, or NULL when there is none.
 */
const struct symbol_frame *callsite_find(uint32_t class_id, const struct symbol_frame *kframes,
					 size_t nr_kframes, const struct symbol_frame *uframes,
					 size_t nr_uframes)
{
	const struct symbol_frame *f = NULL;

	if (class_id == WAITPROF_CLASS_FUTEX)
		f = find_user(uframes, nr_uframes);
	return f ? f : find_kernel(class_id, kframes, nr_kframes);
}

/**
 * callsite_function() - the function of a call site
 * @class_id: WAITPROF_CLASS_*
 * @frame: what callsite_find() gave, may be NULL
 *
 * Return: its name, NULL when it has none; empty when it is a part of the machinery,
 * of which no more is known than that there was a wait.
 */
const char *callsite_function(uint32_t class_id, const struct symbol_frame *frame)
{
	if (!frame || !frame->symbol)
		return NULL;
	if (match(kernel_list(class_id), frame->symbol))
		return "";
	return class_id == WAITPROF_CLASS_FUTEX && is_machinery(frame) ? "" : frame->symbol;
}

/**
 * callsite_find_waker() - the frame that a waking is named after
 * @class_id: WAITPROF_CLASS_* of the wait it ended
 * @kframes: the waker's kernel stack, leaf first
 * @nr_kframes: its length
 * @uframes: the waker's user stack, leaf first
 * @nr_uframes: its length
 *
 * A futex is let go by a user's frame, everything else by a kernel's: the first
 * one outside of what lets waiters go.
 *
 * Return: one of the frames, or NULL when there is none.
 */
const struct symbol_frame *
callsite_find_waker(uint32_t class_id, const struct symbol_frame *kframes, size_t nr_kframes,
		    const struct symbol_frame *uframes, size_t nr_uframes)
{
	const struct symbol_frame *f = NULL;

	if (class_id == WAITPROF_CLASS_FUTEX)
		f = find_user(uframes, nr_uframes);
	for (size_t i = 0; !f && i < nr_kframes; i++)
		if (!match(kernel_wakers, kframes[i].symbol) &&
		    !match(kernel_futex, kframes[i].symbol))
			f = &kframes[i];
	return f || !nr_kframes ? f : &kframes[0];
}

/**
 * callsite_find_sleeper() - the frame that says what a thread does which holds others up
 * @class_id: WAITPROF_CLASS_* of the wait that its stack speaks of, 0 = of none
 * @frames: its kernel stack, leaf first
 * @nr: its length
 *
 * Return: one of the frames, or NULL when there is none outside of what waits and sleeps.
 */
const struct symbol_frame *callsite_find_sleeper(uint32_t class_id,
						 const struct symbol_frame *frames, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!match(kernel_list(class_id), frames[i].symbol) &&
		    !match(kernel_sleeps, frames[i].symbol))
			return &frames[i];
	return NULL;
}

/**
 * callsite_name() - a frame in one line: "worker main.c:42 (prog)"
 * @buf: result
 * @size: its room; a longer name is cut
 * @frame: the frame, NULL gives an empty string
 *
 * Without a line the offset tells two call sites of one function apart, and without
 * a function those of one file.
 *
 * Return: @buf.
 */
const char *callsite_name(char *buf, size_t size, const struct symbol_frame *frame)
{
	const char *module;
	int n;

	buf[0] = '\0';
	if (!frame)
		return buf;
	module = base_name(frame->module);
	/* Its address differs each time the program is started. */
	if (!frame->symbol && module && frame->offset) {
		snprintf(buf, size, "%s+0x%" PRIx64, module, frame->offset);
		return buf;
	}
	if (frame->symbol && frame->file && frame->line > 0)
		n = snprintf(buf, size, "%s %s:%d", frame->symbol, base_name(frame->file),
			     frame->line);
	else if (frame->symbol && !frame->inlined)
		n = snprintf(buf, size, "%s+0x%" PRIx64, frame->symbol, frame->offset);
	else if (frame->symbol)
		n = snprintf(buf, size, "%s", frame->symbol);
	else
		n = snprintf(buf, size, "0x%" PRIx64, frame->addr);
	/* Built-in kernel code needs no module behind its name. */
	if (module && strcmp(module, "kernel") && n > 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, module[0] == '[' ? " %s" : " [%s]", module);
	return buf;
}
