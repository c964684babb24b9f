/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_SESSION_H
#define WP_SESSION_H

#include <linux/bits.h>
#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/waitprof.h>

#include "budget.h"
#include "cost.h"
#include "filter.h"
#include "guard_rule.h"
#include "point.h"
#include "ring.h"
#include "stack.h"
#include "totals.h"
#include "waker.h"
#include "walk_memo.h"

struct netlink_ext_ack;
struct wp_session_rules;

/**
 * struct wp_side - what one session keeps for one open wait
 * @gen: seq of the stay of the slot that the session took; 0 = none
 * @inner_gen: seq of the stay that the inner times belong to
 * @kstack: stack id
 * @ustack: stack id
 * @inner_ns: time of the session's waits inside this one
 * @inner_runqueue_ns: of that, run-queue
 * @inner_spin_ns: of that, spin
 */
struct wp_side {
	u32 gen;
	u32 inner_gen;
	u32 kstack;
	u32 ustack;
	u64 inner_ns;
	u64 inner_runqueue_ns;
	u64 inner_spin_ns;
};

/* One CPU's counters of one class; see struct waitprof_counters. */
struct wp_counters {
	u64 begun;
	u64 ended;
	u64 reported;
	u64 filtered;
	u64 lost;
	u64 unattributed;
	u64 nohist;
	u64 clamped;
	u64 clipped;
};

/* One CPU's losses; see struct waitprof_losses. */
struct wp_losses {
	u64 stack_full;
	u64 stack_busy;
	u64 kstack_truncated;
	u64 ustack_truncated;
	u64 ustack_fault;
	u64 ustack_compat;
	u64 nest_deep;
	u64 ustack_walks;
	u64 ustack_memo;
	u64 ustack_space;
	u64 ustack_stale;
	u64 ustack_address;
	u64 ustack_table;
	u64 ustack_stop;
	u64 ustack_bad;
	u64 ustack_deep;
	u64 unknown_full;
};

/**
 * struct wp_session_cpu - what one CPU writes for one session
 * @totals: its totals
 * @ring: its records, with WAITPROF_SESSION_F_RECORDS
 * @counters: by class
 * @losses: what could not be kept
 * @charge: what its handlers cost
 * @memo: its walks by rules, with WAITPROF_SESSION_F_RULES
 */
struct wp_session_cpu {
	struct wp_totals totals;
	struct wp_ring ring;
	struct wp_counters counters[WAITPROF_CLASS_MAX + 1];
	struct wp_losses losses;
	struct wp_charge charge;
	struct wp_memo memo;
};

/* Hooks of a session that are no wait points, beside these in a mask. */
#define WP_ARMED_POINTS	GENMASK(31, 0)
#define WP_ARMED_WAKERS	BIT(32)
#define WP_ARMED_FOLLOW	BIT(33)	/* tells of tasks */
#define WP_ARMED_RULES	BIT(34)	/* tells of code that is unmapped, and of forks */

/**
 * struct wp_session - one reader's session
 * @id: never reused
 * @index: place in wp_sessions
 * @portid: netlink socket that owns it
 * @owner_tgid: process that made it
 * @owner_comm: its name
 * @flags: WAITPROF_SESSION_F_*
 * @filter: which waits it takes
 * @armed: mask of the points it armed, and of WP_ARMED_*
 * @paused: takes no new waits
 * @dead: its socket is gone
 * @held: it has not begun yet
 * @guard: what it costs, and whether it was stopped for that
 * @start_ns: when it began, 0 = not yet
 * @settled_ns: from then on every probe has seen it; U64_MAX before, 0 while held
 * @budget: what it may allocate and what it has allocated
 * @side: by point: entries for its open waits, NULL = not wanted
 * @wakers: by point: with SESSION_F_WAKERS, who woke the tasks of its open waits
 * @cpu: by possible CPU
 * @stacks: its stacks
 * @rules: with SESSION_F_RULES: how it walks user stacks
 * @ref: the list's and each dump's
 */
struct wp_session {
	u32 id;
	u32 index;
	u32 portid;
	u32 owner_tgid;
	char owner_comm[WAITPROF_COMM_LEN];
	u32 flags;
	struct wp_filter filter;
	unsigned long armed;
	bool paused;
	bool dead;
	bool held;
	struct wp_guard guard;
	u64 start_ns;
	u64 settled_ns;
	struct wp_budget budget;
	struct wp_side *side[WP_MAX_POINTS];
	struct wp_waker_entry *wakers[WP_MAX_POINTS];
	struct wp_session_cpu **cpu;
	struct wp_stack_table stacks;
	struct wp_session_rules *rules;
	struct kref ref;
};

/**
 * struct wp_session_spec - what a reader asks for
 * @portid: its socket
 * @flags: WAITPROF_SESSION_F_*
 * @limit_bytes: memory, 0 = the default
 * @nr_records: each CPU has room for, 0 = the default
 * @held: it does not begin yet
 * @guard_ppm: share of a CPU it may cost, in millionths; 0 = any
 * @filter: sorted
 */
struct wp_session_spec {
	u32 portid;
	u32 flags;
	u64 limit_bytes;
	u32 nr_records;
	bool held;
	u32 guard_ppm;
	const struct wp_filter *filter;
};

/* The other sessions, while a buffer of a dump is filled. */
struct wp_lenders {
	struct wp_session *session[WAITPROF_MAX_SESSIONS];
	u32 nr;
};

/* Stack ids of what another session kept. */
struct wp_borrowed {
	u32 kstack;
	u32 ustack;
};

extern struct wp_session __rcu *wp_sessions[WAITPROF_MAX_SESSIONS];
extern u32 wp_sessions_end;

struct wp_session *wp_session_new(const struct wp_session_spec *spec,
				  struct netlink_ext_ack *extack);
struct wp_session *wp_session_get(u32 id, u32 portid, struct netlink_ext_ack *extack);
struct wp_session *wp_session_get_next(u32 after_id);
void wp_session_put(struct wp_session *session);
int wp_session_del(u32 id, u32 portid, struct netlink_ext_ack *extack);
int wp_session_pause(struct wp_session *session, bool paused);
void wp_session_release_portid(u32 portid);
void wp_sessions_join(void);
u32 wp_sessions_count(void);
struct wp_session *wp_session_at(u32 index);
void wp_sessions_visit(void (*visit)(struct wp_session *session));
void wp_sessions_lock(void);
void wp_sessions_unlock(void);
void wp_sessions_exit(void);
void wp_session_lenders_get(struct wp_lenders *lenders, const struct wp_session *session);
void wp_session_lenders_put(struct wp_lenders *lenders);
void wp_session_borrow(struct wp_session *session, const struct wp_lenders *lenders, u32 point,
		       u32 slot, u32 seq, struct wp_stack *buffer,
		       struct wp_borrowed *stacks);
int wp_session_arm(struct wp_session *session, struct netlink_ext_ack *extack);
int wp_session_arm_wakers(struct wp_session *session, struct netlink_ext_ack *extack);
void wp_session_disarm(struct wp_session *session);
void wp_session_stop(struct wp_session *session);
u32 wp_session_classes(const struct wp_session *session);
void wp_session_counters(const struct wp_session *session, u32 class_id,
			 struct waitprof_counters *sum);
u32 wp_session_stack_put(struct wp_session *session, const struct wp_stack *stack);
void wp_session_losses(const struct wp_session *session, struct waitprof_losses *sum);

/**
 * wp_session_sides() - what a session keeps for the open waits of a point
 * @session: the session
 * @point: wait point
 *
 * Context: any.
 * Return: entries by slot, or NULL: it does not want the point, or the point's module
 * has not come yet. They stay while the session does.
 */
static inline struct wp_side *wp_session_sides(const struct wp_session *session, u32 point)
{
	/* Set once, when they are zeroed: pairs with session_alloc_point(). */
	return READ_ONCE(session->side[point]);
}

/**
 * wp_session_came_later() - is a wait that a session has not recorded its own?
 * @session: the session
 * @begin_ns: of the wait
 *
 * Context: any.
 * Return: true if it began before the session did, and is to be charged to it from
 * its start on; false if it began in a pause, or the session has not begun.
 */
static inline bool wp_session_came_later(const struct wp_session *session, u64 begin_ns)
{
	/* Before start_ns is read; pairs with session_begin(). */
	return begin_ns < smp_load_acquire(&session->settled_ns);
}

#endif
