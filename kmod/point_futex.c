// SPDX-License-Identifier: GPL-2.0-only
/*
 * Futex waits: the function in which wait, wait_bitset and requeue_pi sleep, the
 * one of waitv (from 5.16 on), and the one in which PI futexes wait for their lock.
 *
 * The operation and the address come from the system call's own registers. How
 * the wait ended is decided in the kernel's own order (futex_wait()): woken if
 * the waiter was taken off its queue, else timed out if its timer has fired,
 * else a signal. struct futex_q is private, but its first members (plist node,
 * task, lock_ptr) are the same from 5.10 to 7.3, and lock_ptr is NULL once a
 * waker has taken the waiter off.
 */
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/plist.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <uapi/linux/futex.h>
#include <asm/unistd.h>

#include "point.h"

enum { ARGS_BUCKET_QUEUE_TIMER, ARGS_QUEUE_TIMER };

enum { ARG_QUEUE, ARG_TIMER };

enum { ARG_LOCK };

/* Since 5.14, with the same meaning but for the clock of its timeout. */
#define WP_FUTEX_LOCK_PI2	13

struct futex_q_head {
	struct plist_node list;
	struct task_struct *task;
	void *lock_ptr;
};

static const struct wp_symbol wait_symbols[] = {
	{ "futex_wait_queue", ARGS_BUCKET_QUEUE_TIMER },
	{ "futex_do_wait", ARGS_QUEUE_TIMER },
	{ "futex_wait_queue_me", ARGS_BUCKET_QUEUE_TIMER },
	{}
};

static const struct wp_symbol unqueue_symbols[] = { { "futex_unqueue" }, {} };
static const struct wp_symbol requeue_symbols[] = { { "futex_wait_requeue_pi" }, {} };

static const struct wp_symbol waitv_symbols[] = { { "futex_wait_multiple" }, {} };
static const struct wp_symbol pi_symbols[] = { { "rt_mutex_wait_proxy_lock" }, {} };

/* The system call's registers, if it is a futex call of a 64-bit task. */
static struct pt_regs *futex_call(int nr)
{
	struct pt_regs *user = task_pt_regs(current);

	/* 32-bit tasks number and pass things differently: left unknown. */
	if ((current->flags & PF_KTHREAD) || !user_64bit_mode(user) ||
	    (int)user->orig_ax != nr)
		return NULL;
	return user;
}

static u8 futex_op(unsigned long op)
{
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		return WAITPROF_OP_WAIT;
	case FUTEX_WAIT_BITSET:
		return WAITPROF_OP_WAIT_BITSET;
	case FUTEX_WAIT_REQUEUE_PI:
		return WAITPROF_OP_REQUEUE_PI;
	case FUTEX_LOCK_PI:
	case WP_FUTEX_LOCK_PI2:
		return WAITPROF_OP_LOCK_PI;
	}
	return WAITPROF_OP_OTHER;
}

/**
 * wp_point_in_pi_futex() - is the current task in a PI futex call?
 *
 * Context: probe of the waiting task.
 */
bool wp_point_in_pi_futex(void)
{
	struct pt_regs *user = futex_call(__NR_futex);
	u8 op = user ? futex_op(user->si) : WAITPROF_OP_NONE;

	return op == WAITPROF_OP_LOCK_PI || op == WAITPROF_OP_REQUEUE_PI;
}

static bool wait_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	const struct pt_regs *user = futex_call(__NR_futex);
	bool has_bucket = variant == ARGS_BUCKET_QUEUE_TIMER;

	args->arg[ARG_QUEUE] = has_bucket ? regs->si : regs->di;
	args->arg[ARG_TIMER] = has_bucket ? regs->dx : regs->si;
	args->op = WAITPROF_OP_OTHER;
	if (!user)
		return true;
	args->op = futex_op(user->si);
	args->object = user->di;
	args->object_type = WAITPROF_OBJECT_UADDR;
	return true;
}

/* The first of the addresses stands for all. */
static bool waitv_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
#ifdef __NR_futex_waitv
	const struct pt_regs *user = futex_call(__NR_futex_waitv);
	const struct futex_waitv __user *waiters;

	args->op = WAITPROF_OP_WAITV;
	if (!user)
		return true;
	waiters = (const void __user *)user->di;
	if (!copy_from_user_nofault(&args->object, &waiters->uaddr, sizeof(args->object)))
		args->object_type = WAITPROF_OBJECT_UADDR;
#endif
	return true;
}

/* Both lock_pi and the second half of requeue_pi wait here for the rt_mutex. */
static bool pi_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	const struct pt_regs *user = futex_call(__NR_futex);

	args->arg[ARG_LOCK] = regs->di;
	wp_owner_rtmutex(&args->owner, regs->di);
	args->op = WAITPROF_OP_OTHER;
	if (!user)
		return true;
	args->op = futex_op(user->si);
	args->object = args->op == WAITPROF_OP_REQUEUE_PI ? user->r8 : user->di;
	args->object_type = WAITPROF_OBJECT_UADDR;
	return true;
}

/*
 * Is a pointer in the frame of a caller that has not returned yet NULL? Elsewhere
 * than on the task's own stack nothing is read.
 */
static bool is_null(void *const *at)
{
	/* The kernel's timers write it plainly, as it reads it itself. */
	return object_is_on_stack(at) && !data_race(READ_ONCE(*at));
}

static u32 wait_end(const struct wp_open *wait, unsigned long return_value)
{
	const struct futex_q_head *queue = (const void *)wait->arg[ARG_QUEUE];
	const struct hrtimer_sleeper *timer = (const void *)wait->arg[ARG_TIMER];

	if (is_null(&queue->lock_ptr))
		return WAITPROF_END_WAKE;
	if (timer && is_null((void *const *)&timer->task))
		return WAITPROF_END_TIMEOUT;
	if (fatal_signal_pending(current))
		return WAITPROF_END_KILL;
	if (signal_pending(current))
		return WAITPROF_END_SIGNAL;
	return WAITPROF_END_WAKE; /* spurious: it will wait again */
}

/* Not moved to the lock's word, or moved and given the lock at once. */
static u32 requeue_result(unsigned long return_value)
{
	if ((int)return_value == -ETIMEDOUT)
		return WAITPROF_END_TIMEOUT;
	if ((int)return_value == -ERESTARTNOINTR)
		return fatal_signal_pending(current) ? WAITPROF_END_KILL : WAITPROF_END_SIGNAL;
	return WAITPROF_END_WAKE;
}

/*
 * The sleep has two callers. One, of wait and wait_bitset, always takes its queue
 * entry off next, by a function that is not inlined from 5.16 on, for it lies in
 * another file. That of requeue_pi goes on to wait for its lock (futex_lock_pi), or
 * returns.
 */
static const struct wp_ending wait_ending = {
	.symbols = unqueue_symbols,
	.arg = ARG_QUEUE,
	.around = requeue_symbols,
	.result = requeue_result,
};

const struct wp_point_desc wp_point_futex[] = {
	{
		.name = "futex_wait",
		.class_id = WAITPROF_CLASS_FUTEX,
		.limit = WP_POINT_LIMIT,
		.ending = &wait_ending,
		.symbols = wait_symbols,
		.begin = wait_begin,
		.end = wait_end,
	}, {
		.name = "futex_waitv",
		.class_id = WAITPROF_CLASS_FUTEX,
		.limit = WP_POINT_LIMIT,
		.symbols = waitv_symbols,
		.begin = waitv_begin,
		.end = wp_point_end_result,
	}, {
		.name = "futex_lock_pi",
		.class_id = WAITPROF_CLASS_FUTEX,
		.limit = WP_POINT_LIMIT,
		.goes_on = true,
		.symbols = pi_symbols,
		.begin = pi_begin,
		.end = wp_point_end_result,
		.owner = wp_owner_rtmutex,
	},
	{}
};
