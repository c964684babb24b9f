// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a thread waits for whose wait began before anybody looked: told by its
 * kernel stack and system call, read from /proc after the fact. An inference,
 * and marked as one wherever it is shown.
 *
 * /proc/TID/stack leaves out the functions in the kernel's scheduler section,
 * among them io_schedule and the mutex slow path, so the functions that call
 * them are listed here; a mutex wait often has no name of its own left and then
 * stays without a class.
 */
#include <fnmatch.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

#include "collect/infer.h"

/* Frames from the leaf that can be the sleep itself; outer ones are callers. */
#define NEAR_LEAF 4

static const struct {
	const char *symbol;
	uint32_t class_id;
} well_known[] = {
	{ "futex_wait_queue*", WAITPROF_CLASS_FUTEX },
	{ "futex_do_wait", WAITPROF_CLASS_FUTEX },
	{ "futex_wait_multiple*", WAITPROF_CLASS_FUTEX },
	{ "futex_wait_requeue_pi*", WAITPROF_CLASS_FUTEX },
	{ "futex_lock_pi*", WAITPROF_CLASS_FUTEX },
	{ "__futex_wait", WAITPROF_CLASS_FUTEX },
	{ "futex_wait", WAITPROF_CLASS_FUTEX },
	{ "__mutex_lock*", WAITPROF_CLASS_MUTEX },
	{ "mutex_lock*", WAITPROF_CLASS_MUTEX },
	{ "rwsem_down_*", WAITPROF_CLASS_RWSEM },
	{ "down_read*", WAITPROF_CLASS_RWSEM },
	{ "down_write*", WAITPROF_CLASS_RWSEM },
	{ "rt_mutex_slow*", WAITPROF_CLASS_RTMUTEX },
	{ "__down", WAITPROF_CLASS_SEMAPHORE },
	{ "__down_*", WAITPROF_CLASS_SEMAPHORE },
	{ "percpu_rwsem_wait*", WAITPROF_CLASS_PERCPU_RWSEM },
	{ "io_schedule*", WAITPROF_CLASS_IO },
	{ "folio_wait_*", WAITPROF_CLASS_IO },
	{ "__folio_lock*", WAITPROF_CLASS_IO },
	{ "wait_on_page_*", WAITPROF_CLASS_IO },
	{ "__lock_page*", WAITPROF_CLASS_IO },
	{ "bit_wait_io*", WAITPROF_CLASS_IO },
	{ "__wait_on_buffer", WAITPROF_CLASS_IO },
	{ "__lock_buffer", WAITPROF_CLASS_IO },
	{ "blk_mq_get_tag", WAITPROF_CLASS_IO },
	{ "blk_io_schedule", WAITPROF_CLASS_IO },
	{ "submit_bio_wait", WAITPROF_CLASS_IO },
	{ "bio_await", WAITPROF_CLASS_IO },
	{ "rq_qos_wait", WAITPROF_CLASS_IO },
	{ "wbt_wait", WAITPROF_CLASS_IO },
	{ "__iomap_dio_rw", WAITPROF_CLASS_IO },
	{ "iomap_dio_rw", WAITPROF_CLASS_IO },
	{ "__blkdev_direct_IO*", WAITPROF_CLASS_IO },
	{ "blkdev_direct_IO*", WAITPROF_CLASS_IO },
	{ "balance_dirty_pages*", WAITPROF_CLASS_IO },
	{ "jbd2_log_wait_commit", WAITPROF_CLASS_JOURNAL },
	{ "wait_transaction_*", WAITPROF_CLASS_JOURNAL },
	{ "add_transaction_credits", WAITPROF_CLASS_JOURNAL },
};

/* "f" and "f.constprop.0" are one function. */
static bool same_function(const char *a, const char *b)
{
	size_t len = strcspn(a, ".");

	return len && len == strcspn(b, ".") && !strncmp(a, b, len);
}

static uint32_t frame_class(const char *symbol, const struct client_point *points, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (same_function(symbol, points[i].symbol))
			return points[i].class_id;
	for (size_t i = 0; i < sizeof(well_known) / sizeof(well_known[0]); i++)
		if (!fnmatch(well_known[i].symbol, symbol, 0))
			return well_known[i].class_id;
	return WAITPROF_CLASS_NONE;
}

/**
 * infer_class() - the wait class that a stack speaks of
 * @stack: kernel stack of a sleeping thread, may be NULL
 * @points: wait points of the module; their symbols count first
 * @nr: number of points
 *
 * Return: WAITPROF_CLASS_*, WAITPROF_CLASS_NONE when it speaks of none.
 */
uint32_t infer_class(const struct stack *stack, const struct client_point *points, size_t nr)
{
	for (size_t i = 0; stack && i < stack->nr && i < NEAR_LEAF; i++) {
		uint32_t class_id = WAITPROF_CLASS_NONE;

		if (stack->frames[i].symbol)
			class_id = frame_class(stack->frames[i].symbol, points, nr);
		if (class_id != WAITPROF_CLASS_NONE)
			return class_id;
	}
	return WAITPROF_CLASS_NONE;
}

static uint32_t futex_op(uint64_t op)
{
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		return WAITPROF_OP_WAIT;
	case FUTEX_WAIT_BITSET:
		return WAITPROF_OP_WAIT_BITSET;
	case FUTEX_LOCK_PI:
	case 13: /* FUTEX_LOCK_PI2, not in every libc's headers */
		return WAITPROF_OP_LOCK_PI;
	case FUTEX_WAIT_REQUEUE_PI:
		return WAITPROF_OP_REQUEUE_PI;
	default:
		return WAITPROF_OP_OTHER;
	}
}

/**
 * infer_syscall() - operation and address of a futex wait
 * @wait: changed only when it is inferred and its class is futex
 * @syscall: what the thread called
 */
void infer_syscall(struct waitprof_open *wait, const struct task_syscall *syscall)
{
	if (wait->class_id != WAITPROF_CLASS_FUTEX || !(wait->flags & WAITPROF_WAIT_F_INFERRED))
		return;
	if (syscall->nr == SYS_futex) {
		wait->op = futex_op(syscall->args[1]);
		wait->object = syscall->args[0];
		wait->object_type = WAITPROF_OBJECT_UADDR;
	} else if (syscall->nr == 449) { /* futex_waitv */
		wait->op = WAITPROF_OP_WAITV;
	}
}
