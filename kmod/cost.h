/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COST_H
#define WP_COST_H

#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/types.h>
#include <linux/waitprof.h>

#include "wp_percpu.h"

struct wp_session;

/**
 * struct wp_charge - what one CPU's handlers have cost one session, or all
 * @ns: estimate, since there is a session, or a module
 * @peak_ns: the most that a single timed call has added since the look
 * @look: which look that is
 * @seen_ns: @ns at the latest look; the guard's
 */
struct wp_charge {
	u64 ns;
	u64 peak_ns;
	u32 look;
	u64 seen_ns;
};

DECLARE_PER_CPU(s32, wp_cost_left[WAITPROF_NR_HANDLERS]);
DECLARE_PER_CPU(bool, wp_cost_timing);
extern u32 wp_cost_look;

/*
 * Is this call of a handler one to be timed? Hooks that come often have the timed call
 * in a function of its own, which costs the others no register.
 */
#define wp_cost_due(handler)	unlikely(wp_cpu_dec_and_test(wp_cost_left[handler]))

/*
 * The same in a hook that an NMI may reach. It is not timed there: it might come when
 * another timed call of this CPU has given its place back and is about to end, and take
 * that. The call stays due.
 */
#define wp_cost_due_but_nmi(handler)	(wp_cost_due(handler) && !in_nmi())

int wp_cost_init(void);
void wp_cost_exit(void);
u64 wp_cost_bytes(void);
void wp_cost_begin(u32 handler, u64 hooks);
void wp_cost_end(void);
void wp_cost_mark_now(void);
void wp_cost_lap_now(struct wp_session *session);
void wp_cost_read(u32 handler, struct waitprof_cost *sum, u64 *buckets);
struct wp_charge *wp_cost_of_cpu(int cpu);

/**
 * wp_cost_begin_if_due() - a handler that comes seldom begins
 * @handler: WAITPROF_HANDLER_*, constant
 * @hooks: as of wp_cost_begin()
 *
 * Context: probe.
 * Return: whether this call is timed, for wp_cost_end_if().
 */
static __always_inline bool wp_cost_begin_if_due(u32 handler, u64 hooks)
{
	if (!wp_cost_due(handler))
		return false;
	wp_cost_begin(handler, hooks);
	return true;
}

/**
 * wp_cost_end_if() - and ends
 * @timed: what wp_cost_begin_if_due() returned
 *
 * Context: probe; interrupts off since then if it is timed.
 */
static __always_inline void wp_cost_end_if(bool timed)
{
	if (unlikely(timed))
		wp_cost_end();
}

/**
 * wp_cost_mark() - what follows is done for single sessions
 *
 * Context: probe, interrupts off.
 */
static __always_inline void wp_cost_mark(void)
{
	if (unlikely(this_cpu_read(wp_cost_timing)))
		wp_cost_mark_now();
}

/**
 * wp_cost_lap() - what was done since wp_cost_mark() or the last lap was for a session
 * @session: the session
 *
 * Context: probe, interrupts off.
 */
static __always_inline void wp_cost_lap(struct wp_session *session)
{
	if (unlikely(this_cpu_read(wp_cost_timing)))
		wp_cost_lap_now(session);
}

#endif
