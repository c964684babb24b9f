// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who ended a wait: a probe on the tracepoint sched_waking, there only while a
 * session asks for wakers. It runs where the waking is done, mostly with the
 * woken task's pi_lock held and interrupts off, so it takes no lock, prints
 * nothing and does bounded work: a look-up of the woken task's innermost open
 * wait and, if there is one, a stack or two and an entry for each session.
 *
 * The last waking before a wait's end counts: a task may be woken, find the lock
 * taken again and sleep on. A waking that only hands the task a spinlock of a RT
 * kernel does not end its wait and is passed over.
 *
 * An entry belongs to a slot of the open waits. While the waker writes, the woken
 * task may go its way (it need not be asleep yet), end the wait and begin another
 * one in the same slot, and another waker may come. So:
 *
 *	writer				reader: the task that waited
 *	version even -> odd (cmpxchg)	version (acquire), not odd
 *	slot's seq still the same?	gen and the rest
 *	gen = seq, the rest		smp_rmb()
 *	version + 1 (release)		version still the same, gen = own seq?
 *
 * The cmpxchg is a full barrier, so that nobody sees the rest change before the
 * odd version; it pairs with smp_rmb(). The release pairs with the acquire. Two
 * writers do not mix: the second one gives up. An entry that was being written,
 * or is about another stay of the slot, tells the reader nothing: the waker is
 * then unknown, never a wrong one.
 *
 * Interrupts run our other probes not at all (they have interrupts off), but the
 * scratch stacks are separate from theirs all the same: a begin or end that
 * faults in the middle may wake somebody.
 *
 * Memory: sizeof(struct wp_waker_entry) = 44 B for each slot of the open waits of the
 * points that a session with SESSION_F_WAKERS wants.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "cost.h"
#include "function.h"
#include "resolve.h"
#include "session.h"
#include "session_rules.h"
#include "tracepoint.h"
#include "waker.h"

#define WP_WAKING	"sched_waking"

/* One waking, before it is told to any session. */
struct waking {
	struct wp_stack kernel;
	struct wp_user_stacks user;
	struct wp_waker waker;
	const unsigned long *frame;
	bool have_kernel;
};

static struct waking __percpu *scratch;
static struct tracepoint *waking_tp;
static u32 nr_users;
static bool have_text;
static struct wp_function wake_up_text;
static struct wp_function softirq_text;

/**
 * wp_waker_init() - allocate the CPUs' scratch
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_waker_init(void)
{
	scratch = alloc_percpu(struct waking);
	return scratch ? 0 : -ENOMEM;
}

/**
 * wp_waker_exit() - free the scratch
 *
 * Context: process; no session is left.
 */
void wp_waker_exit(void)
{
	free_percpu(scratch);
}

static void identify(struct wp_waker *waker)
{
	*waker = (struct wp_waker){ .flags = WAITPROF_WAKER_F_KNOWN };
	/* What the idle task does before it sleeps is work of interrupts, too. */
	if (hardirq_count() || (!current->pid && !in_serving_softirq())) {
		waker->flags |= WAITPROF_WAKER_F_HARDIRQ;
	} else if (in_serving_softirq()) {
		waker->flags |= WAITPROF_WAKER_F_SOFTIRQ;
	} else {
		waker->tid = current->pid;
		waker->tgid = current->tgid;
		/* Other threads may change it meanwhile: any mix of names will do. */
		data_race(memcpy(waker->comm, current->comm, WAITPROF_COMM_LEN));
	}
}

static __always_inline void capture_kernel(struct waking *waking)
{
	enum wp_stack_end end = WP_STACK_END_TASK;

	if (waking->waker.flags & WAITPROF_WAKER_F_HARDIRQ)
		end = WP_STACK_END_HARDIRQ;
	else if (waking->waker.flags & WAITPROF_WAKER_F_SOFTIRQ)
		end = WP_STACK_END_SOFTIRQ;
	wp_stack_kernel_here(&waking->kernel, waking->frame, &wake_up_text, end, &softirq_text);
}

/* The kernel stack is captured once, however many sessions keep it. */
static __always_inline void add_stacks(struct waking *waking, struct wp_session *session)
{
	struct wp_waker *waker = &waking->waker;

	waker->kstack = 0;
	waker->ustack = 0;
	if (session->flags & WAITPROF_SESSION_F_KSTACK) {
		if (!waking->have_kernel)
			capture_kernel(waking);
		waking->have_kernel = true;
		waker->kstack = wp_session_stack_put(session, &waking->kernel);
	}
	if (session->flags & WAITPROF_SESSION_F_USTACK && waker->tid)
		waker->ustack = wp_session_user_stack(session, &waking->user);
}

static void entry_write(struct wp_waker_entry *entry, const struct wp_open *wait,
			const struct wp_waker *waker)
{
	u32 version = READ_ONCE(entry->version);

	if (version & 1 || cmpxchg(&entry->version, version, version + 1) != version)
		return;
	/* Too late for this stay: what the entry says may be of the next one. */
	if (READ_ONCE(wait->seq) == waker->gen)
		entry->waker = *waker;
	smp_store_release(&entry->version, version + 2); /* see the top of this file */
}

static bool entry_read(const struct wp_waker_entry *entry, u32 gen, struct wp_waker *waker)
{
	u32 version = smp_load_acquire(&entry->version); /* see the top of this file */

	if (version & 1)
		return false;
	/* Thrown away if it was being written: then the version has moved. */
	data_race(memcpy(waker, &entry->waker, sizeof(*waker)));
	smp_rmb(); /* the same */
	return READ_ONCE(entry->version) == version && waker->gen == gen;
}

/* Has the session recorded this wait, or may it be charged with it at its end? */
static bool is_followed(const struct wp_session *session, u32 point, u32 slot,
			const struct wp_open *wait, u32 seq)
{
	/* Pairs with session_alloc_point(): who sees the side sees the wakers. */
	const struct wp_side *side = smp_load_acquire(&session->side[point]);

	if (!side || !session->wakers[point])
		return false;
	return READ_ONCE(side[slot].gen) == seq ||
	       /* Of a later stay if this one is over: then entry_write() does not write. */
	       wp_session_came_later(session, data_race(READ_ONCE(wait->begin_ns)));
}

/*
 * Inlined with what captures stacks: each frame of ours that lies between the unwinder
 * and the tracepoint is one more that it has to walk.
 */
static __always_inline void note_waking(struct task_struct *task, u32 ref,
					const unsigned long *frame)
{
	u32 point = wp_open_ref_table(ref), slot = wp_open_ref_slot(ref), seq, i;
	struct waking *waking = NULL;
	const struct wp_open *wait;

	/* A task that died in a wait may have left a reference to what is gone. */
	if (slot >= wp_points[point].open.nr_slots)
		return;
	wait = &wp_points[point].open.slots[slot];
	seq = smp_load_acquire(&wait->seq); /* pairs with wp_open_publish() */
	/* Likewise of a later stay: see is_followed(). */
	if (!(seq & 1) || data_race(READ_ONCE(wait->tid)) != task->pid)
		return;
	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		struct wp_session *session = rcu_dereference_sched(wp_sessions[i]);

		if (!session || !is_followed(session, point, slot, wait, seq))
			continue;
		if (!waking) {
			waking = this_cpu_ptr(scratch);
			waking->frame = frame;
			waking->have_kernel = false;
			waking->user.have_fp = false;
			identify(&waking->waker);
			waking->waker.gen = seq;
			wp_cost_mark();
		}
		add_stacks(waking, session);
		entry_write(&session->wakers[point][slot], wait, &waking->waker);
		wp_cost_lap(session);
	}
}

static __always_inline void look_at(struct task_struct *task, const unsigned long *frame)
{
	unsigned long flags;
	u32 ref, pos;

	local_irq_save(flags);
	ref = wp_open_map_find(task->pid, &pos);
	if (ref && !wp_task_waits_for_spinlock(task))
		note_waking(task, ref, frame);
	local_irq_restore(flags);
}

/*
 * Its address is the tracepoint's: it is never inlined and has a frame. A timed call is
 * made here as well, for the frame that another function would have.
 */
static void wp_waker_waking(void *data, struct task_struct *task)
{
	const unsigned long *frame = __builtin_frame_address(0);
	bool timed = wp_cost_begin_if_due(WAITPROF_HANDLER_WAKING, WP_ARMED_WAKERS);

	look_at(task, frame);
	wp_cost_end_if(timed);
}

/* One that is not there stays nowhere. */
static int find_texts(void)
{
	static const struct wp_symbol wake_up[] = { { "try_to_wake_up" }, {} };
	static const struct wp_symbol softirq[] = { { "handle_softirqs" }, { "__do_softirq" }, {} };
	char symbol[WP_SYMBOL_LEN];
	u8 variant;

	if (have_text)
		return 0;
	if (wp_point_resolve(wake_up, symbol, &variant, wp_kretprobe_try,
			     &wake_up_text) == -ENOMEM ||
	    wp_point_resolve(softirq, symbol, &variant, wp_kretprobe_try,
			     &softirq_text) == -ENOMEM)
		return -ENOMEM;
	have_text = true;
	return 0;
}

/**
 * wp_waker_arm() - a session begins to want wakers
 * @extack: told why not
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 0, -EOPNOTSUPP, or -errno of the registration.
 */
int wp_waker_arm(struct netlink_ext_ack *extack)
{
	int ret;

	if (!nr_users) {
		waking_tp = wp_tracepoint_find(WP_WAKING);
		if (!waking_tp) {
			NL_SET_ERR_MSG(extack, "wakers: this kernel has no tracepoint " WP_WAKING);
			return -EOPNOTSUPP;
		}
		ret = find_texts() ?:
		      tracepoint_probe_register(waking_tp, wp_waker_waking, NULL);
		if (ret == -ENOMEM)
			NL_SET_ERR_MSG(extack, "not enough memory for wakers");
		else if (ret)
			NL_SET_ERR_MSG(extack, "wakers: the kernel refuses a probe on " WP_WAKING);
		if (ret)
			return ret;
	}
	nr_users++;
	return 0;
}

/**
 * wp_waker_disarm() - a session does not want wakers any more
 *
 * After the last one's no probe of ours runs.
 *
 * Context: process; may sleep, for grace periods; serialised by the caller.
 */
void wp_waker_disarm(void)
{
	if (--nr_users)
		return;
	tracepoint_probe_unregister(waking_tp, wp_waker_waking, NULL);
	tracepoint_synchronize_unregister();
}

/**
 * wp_waker_tell() - add to a finished wait who ended it
 * @session: whose eyes it is looked at with
 * @wait: the wait, not retired yet
 * @sample: its key and its sample of the waker are filled in when he is known
 *
 * Context: probe of the task that waited, interrupts off.
 */
void wp_waker_tell(const struct wp_session *session, const struct wp_open *wait,
		   struct wp_sample *sample)
{
	const struct wp_waker_entry *entries =
		READ_ONCE(session->wakers[wp_open_ref_table(wait->self)]);
	struct wp_waker waker;

	if (!entries || !entry_read(&entries[wp_open_ref_slot(wait->self)], wait->seq, &waker))
		return;
	sample->key.waker_kstack = waker.kstack;
	sample->key.waker_ustack = waker.ustack;
	sample->key.waker_tgid = waker.tgid;
	sample->key.waker_flags = waker.flags;
	sample->waker_tid = waker.tid;
	memcpy(sample->waker_comm, waker.comm, WAITPROF_COMM_LEN);
}
