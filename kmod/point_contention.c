// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait points hooked by the kernel's tracepoints contention_begin and
 * contention_end, where it has them (6.1): cheaper than kretprobes, on RT too, and
 * they know no compiler's suffixes. One pair of tracepoints serves all kernel
 * locks; which point a wait belongs to is told by the flags of its begin.
 *
 * One wait may begin several times: a mutex before it spins, before it sleeps and
 * each time it wakes and does so again; a reader's of an RT kernel's rwsem once
 * more for the rt_mutex inside. While a wait for the lock is open, such a begin is
 * part of it. The end is matched by the lock: it ends the innermost open wait if
 * that is one for this lock. An RT kernel's writer that waits for another one and
 * then for readers ends in between, so that point is left to a kretprobe.
 *
 * Spinning locks report contention as well and are left out: by their flags, on
 * RT kernels by the task state of one who waits for a spinlock_t or, for an
 * rwlock_t, by the function that locks it. A raw spinlock may be the first member
 * of the lock that is waited for (a semaphore, an rt_mutex) and so have its address:
 * then its begin marks the open wait, and its end takes the mark away instead of
 * ending the wait. Between the two the task cannot sleep, so they are never apart.
 *
 * While a session wants a point both tracepoints are hooked. Afterwards the end
 * stays hooked until no open wait is left, so that waits in flight are followed
 * to their end. That it can go is looked at once a second.
 *
 * Flags: enum in trace/events/lock.h, whose names are printed by the tracepoint
 * (6.1 to 7.3 alike): SPIN 1, READ 2, WRITE 4, RT 8, PERCPU 16, MUTEX 32.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "cost.h"
#include "function.h"
#include "lock_caller.h"
#include "params.h"
#include "point.h"
#include "stack.h"
#include "tracepoint.h"
#include "wait.h"
#include "wp_lock.h"

#define LCB_SPIN	1U
#define LCB_READ	2U
#define LCB_WRITE	4U
#define LCB_RT		8U
#define LCB_PERCPU	16U
#define LCB_MUTEX	32U
#define LCB_ALL		63U

/* What is kept of a wait from its begin to its end. */
enum {
	ARG_OWNER_LOCK,	/* wait->arg[0]: what the owner is read from */
	ARG_LOCK,	/* wait->arg[1]: what the tracepoints name, and IN_SPIN */
};

/* In an address of a lock: its task spins for a raw spinlock at that address. */
#define IN_SPIN		1UL

static struct {
	struct tracepoint *begin;
	struct tracepoint *end;
	struct wp_function begin_loop;	/* the tracepoints' own, over their probes */
	struct wp_function end_loop;
	bool end_hooked;
	u32 users;
	u32 attached;
	bool claimed[WP_NR_CONTENTIONS];
	struct wp_point *points[WP_NR_CONTENTIONS];
} contention;

/* Serialises hooking with the work that unhooks. */
static DEFINE_MUTEX(hook_lock);

static struct wp_point *point_for(enum wp_contention what)
{
	return READ_ONCE(contention.points[what]);
}

/* By flags; the others are no wait of a point. */
static const u8 contentions[LCB_ALL + 1] = {
	[0] = WP_CONTENTION_SEMAPHORE,
	[LCB_MUTEX] = WP_CONTENTION_MUTEX,
	[LCB_MUTEX | LCB_SPIN] = WP_CONTENTION_MUTEX,
	[LCB_READ] = WP_CONTENTION_RWSEM_READ,
	[LCB_WRITE] = WP_CONTENTION_RWSEM_WRITE,
	[LCB_RT] = WP_CONTENTION_RTMUTEX,
	[LCB_RT | LCB_READ] = WP_CONTENTION_RTMUTEX,
	[LCB_RT | LCB_WRITE] = WP_CONTENTION_RTMUTEX,
	[LCB_PERCPU | LCB_READ] = WP_CONTENTION_PERCPU_READ,
	[LCB_PERCPU | LCB_WRITE] = WP_CONTENTION_PERCPU_WRITE,
};

static enum wp_contention contention_of(u32 flags)
{
	return contentions[flags & LCB_ALL];
}

/* The innermost open wait of the current task, if it was begun here. */
static __always_inline struct wp_open *innermost(void)
{
	u32 ref = wp_open_map_innermost(current->pid);
	struct wp_point *point;

	if (!ref)
		return NULL;
	point = &wp_points[wp_open_ref_table(ref)];
	/* It is set before the first wait; of a hook that is gone any value will do. */
	if (data_race(point->backend) != &wp_backend_contention)
		return NULL;
	return &point->open.slots[wp_open_ref_slot(ref)];
}

#ifdef CONFIG_PREEMPT_RT
/* What an RT lock is used as; the lock's address becomes that of the whole lock. */
static enum wp_contention rt_contention(const struct wp_call *call, u32 flags,
					unsigned long *lock)
{
	struct wp_stack *stack = wp_wait_scratch();

	if (wp_task_waits_for_spinlock(current))
		return WP_CONTENTION_NONE;
	wp_stack_kernel_call(stack, call, WP_LOCK_CALLER_DEPTH);
	switch (wp_lock_caller(stack)) {
	case WP_LOCK_SPIN:
	case WP_LOCK_TAKEN:
		return WP_CONTENTION_NONE;
	case WP_LOCK_RTMUTEX:
		return WP_CONTENTION_RTMUTEX;
	case WP_LOCK_RWSEM_READ:
		if (!(flags & LCB_READ))
			*lock -= WP_RWSEM_RTMUTEX_OFFSET;
		return WP_CONTENTION_RWSEM_READ;
	case WP_LOCK_RWSEM_WRITE:
		if (!(flags & LCB_WRITE))
			*lock -= WP_RWSEM_RTMUTEX_OFFSET;
		return WP_CONTENTION_RWSEM_WRITE;
	case WP_LOCK_MUTEX:
		break;
	}
	return WP_CONTENTION_MUTEX;
}
#else
static enum wp_contention rt_contention(const struct wp_call *call, u32 flags,
					unsigned long *lock)
{
	return WP_CONTENTION_RTMUTEX;
}
#endif

static bool any_point_for(enum wp_contention what)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return what == WP_CONTENTION_RTMUTEX || point_for(what);
	return point_for(what);
}

/* The same wait goes on, unless the frame it began in is gone. */
static bool goes_on(const struct wp_open *open, unsigned long lock, unsigned long sp)
{
	return open && data_race(open->arg[ARG_LOCK]) == lock && open->sp >= sp; /* mark_spin() */
}

/* How the code that called a probe goes on; @frame is the probe's. */
static struct wp_call call_of(const unsigned long *frame, const struct wp_function *loop)
{
	return (struct wp_call){
		.ip = frame[1],
		.sp = (unsigned long)(frame + 2),
		.bp = frame[0],
		.wrapped = wp_function_has(loop, frame[1]),
	};
}

/* @open is the innermost open wait, if it was begun here. */
static void begin(const struct wp_call *call, unsigned long lock, u32 flags,
		  const struct wp_open *open)
{
	enum wp_contention what = contention_of(flags);
	struct wp_point_args args = {
		.object_type = WAITPROF_OBJECT_KADDR,
	};
	struct wp_hit hit = { .call = call, .args = &args };
	unsigned long whole = lock;
	struct wp_point *point;

	if (what == WP_CONTENTION_RTMUTEX)
		what = rt_contention(call, flags, &whole);
	point = point_for(what);
	if (!point)
		return;
	/* The rt_mutex inside an rwsem that is being waited for. */
	if (open && open->object == whole && whole != lock)
		return;
	args.object = whole;
	args.op = point->desc->contention_op;
	args.arg[ARG_OWNER_LOCK] = whole;
	args.arg[ARG_LOCK] = lock;
	/* A kernel with lock debugging says that it spins for every mutex. */
	if (IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) && flags & LCB_SPIN && point->desc->owner &&
	    !point->desc->owner(&args.owner, whole))
		return;
	wp_wait_begin(point, &hit);
}

/*
 * What begins and ends waits, apart from the probes, which mostly find that a wait
 * goes on or is none of ours: their frames shall be small.
 */
static noinline void begin_at(const unsigned long *frame, unsigned long lock, u32 flags,
			      const struct wp_open *open)
{
	struct wp_call call = call_of(frame, &contention.begin_loop);
	unsigned long irq_flags;

	local_irq_save(irq_flags);
	begin(&call, lock, flags, open);
	local_irq_restore(irq_flags);
}

static noinline void end_at(const unsigned long *frame, struct wp_open *open, int result)
{
	struct wp_call call = call_of(frame, &contention.end_loop);
	struct wp_hit hit = {
		.call = &call,
		.ended = wp_point_end_result(open, result),
	};
	unsigned long irq_flags;

	local_irq_save(irq_flags);
	wp_wait_end(&wp_points[wp_open_ref_table(open->self)], open, open->seq, &hit);
	local_irq_restore(irq_flags);
}

/* The points for which the tracepoints are hooked. */
static u64 hooks_of_points(void)
{
	u64 hooks = 0;
	int what;

	for (what = 0; what < WP_NR_CONTENTIONS; what++) {
		const struct wp_point *point = point_for(what);

		if (point)
			hooks |= BIT(point->id);
	}
	return hooks;
}

/*
 * An interrupt that spins for such a lock finds the open wait of the task it came into. It
 * takes its mark away before the task goes on, so a reader of either may look plainly: but
 * for one bit all values are the same.
 */
static void mark_spin(unsigned long lock)
{
	struct wp_open *open = innermost();

	/* See above. */
	if (open && data_race(open->arg[ARG_LOCK]) == lock)
		WRITE_ONCE(open->arg[ARG_LOCK], lock | IN_SPIN);
}

/*
 * The probes' own frame pointers lead to the code that called them at no cost, while
 * unwinding from inside would walk our frames first. A task's own waits change by
 * itself only: to look at them there is no need to keep interrupts away.
 */
static __always_inline void look_at_begin(const unsigned long *frame, unsigned long lock,
					  u32 flags)
{
	struct wp_open *open;

	if (flags == LCB_SPIN) {
		mark_spin(lock);
		return;
	}
	if (!any_point_for(contention_of(flags)))
		return;
	open = innermost();
	if (!goes_on(open, lock, (unsigned long)(frame + 2)))
		begin_at(frame, lock, flags, open);
}

static noinline void begin_timed(const unsigned long *frame, unsigned long lock, u32 flags)
{
	wp_cost_begin(WAITPROF_HANDLER_BEGIN, hooks_of_points());
	look_at_begin(frame, lock, flags);
	wp_cost_end();
}

static noinline void wp_contention_begin(void *data, void *lock, unsigned int flags)
{
	const unsigned long *frame = __builtin_frame_address(0);

	if (wp_cost_due_but_nmi(WAITPROF_HANDLER_BEGIN))
		begin_timed(frame, (unsigned long)lock, flags);
	else
		look_at_begin(frame, (unsigned long)lock, flags);
	/* Its frame must be there meanwhile. */
	barrier();
}

static __always_inline void look_at_end(const unsigned long *frame, unsigned long lock,
					int result)
{
	struct wp_open *open = innermost();
	unsigned long waits_for;

	if (!open)
		return;
	waits_for = READ_ONCE(open->arg[ARG_LOCK]);
	if ((waits_for & ~IN_SPIN) != lock)
		return;
	if (waits_for & IN_SPIN)
		WRITE_ONCE(open->arg[ARG_LOCK], lock);
	else
		end_at(frame, open, result);
}

static noinline void end_timed(const unsigned long *frame, unsigned long lock, int result)
{
	wp_cost_begin(WAITPROF_HANDLER_END, hooks_of_points());
	look_at_end(frame, lock, result);
	wp_cost_end();
}

static noinline void wp_contention_end(void *data, void *lock, int result)
{
	const unsigned long *frame = __builtin_frame_address(0);

	if (wp_cost_due_but_nmi(WAITPROF_HANDLER_END))
		end_timed(frame, (unsigned long)lock, result);
	else
		look_at_end(frame, (unsigned long)lock, result);
	barrier();
}

static bool any_open(void)
{
	int what;

	for (what = 0; what < WP_NR_CONTENTIONS; what++) {
		/* Looked up once: it may go while we look, its table stays. */
		const struct wp_point *point = point_for(what);

		if (point && wp_open_any(&point->open))
			return true;
	}
	return false;
}

static void unhook_end(void)
{
	if (contention.end_hooked)
		tracepoint_probe_unregister(contention.end, wp_contention_end, NULL);
	contention.end_hooked = false;
}

static void contention_quiet(struct work_struct *work);
static DECLARE_DELAYED_WORK(quiet_work, contention_quiet);

/* No new waits come; once none is left in flight the end can go, too. */
static void contention_quiet(struct work_struct *work)
{
	mutex_lock(&hook_lock);
	if (!contention.users && any_open())
		schedule_delayed_work(&quiet_work, HZ);
	else if (!contention.users)
		unhook_end();
	mutex_unlock(&hook_lock);
}

static int contention_find(void)
{
	if (!contention.begin || !contention.end) {
		contention.begin = wp_tracepoint_find("contention_begin");
		contention.end = wp_tracepoint_find("contention_end");
		if (!contention.begin || !contention.end)
			return -ENOENT;
		wp_function_at(&contention.begin_loop, (unsigned long)contention.begin->iterator);
		wp_function_at(&contention.end_loop, (unsigned long)contention.end->iterator);
	}
	return IS_ENABLED(CONFIG_PREEMPT_RT) ? wp_lock_caller_init() : 0;
}

static int contention_attach(struct wp_point *point)
{
	enum wp_contention what = point->desc->contention;
	int ret;

	if (what == WP_CONTENTION_NONE || wp_param_kprobes_only())
		return -ENOENT;
	ret = contention_find();
	if (ret)
		return ret;
	if (contention.claimed[what])
		return -EEXIST;
	contention.claimed[what] = true;
	contention.attached++;
	strscpy(point->symbol, contention.begin->name, sizeof(point->symbol));
	return 0;
}

static int hook(void)
{
	int ret;

	if (!contention.end_hooked) {
		ret = tracepoint_probe_register(contention.end, wp_contention_end, NULL);
		if (ret)
			return ret;
		contention.end_hooked = true;
	}
	if (contention.users)
		return 0;
	ret = tracepoint_probe_register(contention.begin, wp_contention_begin, NULL);
	if (ret)
		schedule_delayed_work(&quiet_work, 0);
	return ret;
}

static int contention_enable(struct wp_point *point)
{
	int ret;

	WRITE_ONCE(contention.points[point->desc->contention], point);
	mutex_lock(&hook_lock);
	ret = hook();
	contention.users += !ret;
	mutex_unlock(&hook_lock);
	return ret;
}

static void contention_disable(struct wp_point *point)
{
	mutex_lock(&hook_lock);
	if (!--contention.users) {
		tracepoint_probe_unregister(contention.begin, wp_contention_begin, NULL);
		schedule_delayed_work(&quiet_work, HZ);
	}
	mutex_unlock(&hook_lock);
}

static void contention_detach(struct wp_point **points, int nr)
{
	enum wp_contention what;
	int i;

	for (i = 0; i < nr; i++) {
		what = points[i]->desc->contention;
		contention.claimed[what] = false;
		WRITE_ONCE(contention.points[what], NULL);
	}
	contention.attached -= nr;
	if (contention.attached)
		return;
	cancel_delayed_work_sync(&quiet_work);
	unhook_end();
	tracepoint_synchronize_unregister();
}

static u64 contention_bytes(const struct wp_point *point)
{
	return 0;
}

const struct wp_backend wp_backend_contention = {
	.id = WAITPROF_BACKEND_TRACEPOINT,
	.attach = contention_attach,
	.detach = contention_detach,
	.enable = contention_enable,
	.disable = contention_disable,
	.bytes = contention_bytes,
};
