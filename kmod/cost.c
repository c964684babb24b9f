// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the handlers of our hooks cost, measured while they run: of each kind of
 * handler one call in cost_every (64) is timed on each CPU, from its first instruction
 * to its last. Calls are counted down, one instruction and a jump; by how many is drawn
 * anew each time, from 1 to twice as many less one, so that no load that goes in steps
 * keeps its dear calls away from the clock. A timed call stands for itself and for
 * those since the one before, so calls are exact and times are estimates. Not in them is
 * what the kernel does to get to a handler, nor what readers cost; one reading of the
 * clock is.
 *
 * Each call belongs to the sessions that took part in it, who are charged what it
 * would have cost with none but them: all of it, less what was done for single other
 * ones (laps: a session's stacks, rows and records; the kernel stack they share counts
 * as the first one's). So sessions do not change each other's figures, and those of
 * several add up to more than there is. A call in which no session took part, a hook
 * that found that nobody wants the task, is charged in full to all sessions that have
 * armed that hook.
 *
 * A timed call runs with interrupts off, so nothing but itself is in its time, but for
 * what stops a virtual CPU. It is an RCU reader: sessions stay until it is over. One
 * within another, a handler that wakes a task, say, is timed by itself, and is in the
 * outer one's time, too.
 *
 * Each CPU writes its own figures; readers look at any time.
 *
 * Memory: sizeof(struct cost) = 4,216 B for each possible CPU.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/smp.h>

#include "cost.h"
#include "hist.h"
#include "params.h"
#include "session.h"

#define WP_COST_NEST	4	/* timed calls within each other; deeper ones are not */
#define WP_COST_READS	8

/* Of one kind of handler. */
struct handler {
	u64 planned;		/* calls until the next timed one is over */
	u64 covered;		/* calls that the timed ones stand for */
	u64 timed;
	u64 timed_ns;
	u64 estimate_ns;
	u64 max_ns;
	u32 buckets[WAITPROF_COST_BUCKETS];
};

/* What was done for one session in a timed call. */
struct lap {
	struct wp_session *session;
	u64 ns;
};

/* A timed call while it runs. */
struct call {
	struct handler *handler;
	u64 hooks;
	u64 weight;
	u64 begin_ns;
	u64 lap_ns;		/* when the latest lap began */
	unsigned long irq_flags;
	unsigned long took;	/* by index: sessions that took part */
	struct lap laps[WAITPROF_MAX_SESSIONS];
};

struct cost {
	struct handler handlers[WAITPROF_NR_HANDLERS];
	struct call calls[WP_COST_NEST];
	u32 depth;
	u32 random;
	struct wp_charge all;
};

DEFINE_PER_CPU(s32, wp_cost_left[WAITPROF_NR_HANDLERS]);
DEFINE_PER_CPU(bool, wp_cost_timing);
/* Which interval of the guard this is. */
u32 wp_cost_look;

static struct cost __percpu *costs;

/* In how many calls the next one is timed: 1 to 2 * every - 1, every on average. */
static u32 draw(struct cost *cost)
{
	u32 most = 2 * wp_param_cost_every() - 1;

	cost->random = cost->random * 1664525 + 1013904223;
	return 1 + (u32)(((u64)cost->random * most) >> 32);
}

/**
 * wp_cost_init() - allocate the figures and plan the first timed calls
 *
 * Context: process; may sleep; no handler runs yet.
 * Return: 0 or -ENOMEM.
 */
int wp_cost_init(void)
{
	int cpu, i;

	BUILD_BUG_ON(sizeof(struct cost) != 4216);
	costs = alloc_percpu(struct cost);
	if (!costs)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct cost *cost = per_cpu_ptr(costs, cpu);

		cost->random = cpu + 1;
		for (i = 0; i < WAITPROF_NR_HANDLERS; i++) {
			cost->handlers[i].planned = draw(cost);
			per_cpu(wp_cost_left[i], cpu) = cost->handlers[i].planned;
		}
	}
	return 0;
}

/**
 * wp_cost_exit() - free the figures
 *
 * Context: process; no handler can run any more.
 */
void wp_cost_exit(void)
{
	free_percpu(costs);
}

/**
 * wp_cost_bytes() - memory of the figures
 *
 * Return: bytes.
 */
u64 wp_cost_bytes(void)
{
	return (u64)num_possible_cpus() * sizeof(struct cost);
}

/* Only this CPU adds; readers on others look at any time. */
static void add(u64 *to, u64 what)
{
	WRITE_ONCE(*to, *to + what);
}

/*
 * Plans the next timed call. Return: the calls since the one before, this one included:
 * more than were planned if others came before interrupts were off, none if they have
 * been timed in its place. Where tracepoints can be preempted (7.3 does that) its task may
 * have changed the CPU meanwhile: then this CPU's comes before its time, and on the one
 * it left the next call is due.
 */
static u64 plan(struct cost *cost, u32 i)
{
	struct handler *handler = &cost->handlers[i];
	s32 left = this_cpu_read(wp_cost_left[i]), ahead;
	u64 calls = handler->planned - left, weight = calls - handler->covered;

	/* At most as often as others came. */
	for (ahead = left; ahead <= 0;) {
		u32 step = draw(cost);

		ahead += step;
		add(&handler->planned, step);
	}
	smp_wmb(); /* what is planned before what is left of it; pairs with read_calls() */
	this_cpu_add(wp_cost_left[i], ahead - left);
	WRITE_ONCE(handler->covered, calls);
	return weight;
}

/**
 * wp_cost_begin() - a call that is to be timed begins
 * @i: WAITPROF_HANDLER_*
 * @hooks: mask of the wait points, or of WP_ARMED_*, for which the hook is there
 *
 * Interrupts stay off until wp_cost_end().
 *
 * Context: probe.
 */
void wp_cost_begin(u32 i, u64 hooks)
{
	unsigned long irq_flags;
	struct cost *cost;
	struct call *call;
	u64 weight;

	local_irq_save(irq_flags);
	cost = this_cpu_ptr(costs);
	weight = plan(cost, i);
	/* They were off before. */
	if (cost->depth++ >= WP_COST_NEST)
		return;
	call = &cost->calls[cost->depth - 1];
	call->handler = &cost->handlers[i];
	call->hooks = hooks;
	call->weight = weight;
	call->irq_flags = irq_flags;
	call->took = 0;
	this_cpu_write(wp_cost_timing, true);
	call->begin_ns = ktime_get_mono_fast_ns();
	call->lap_ns = call->begin_ns;
}

static struct call *innermost(void)
{
	struct cost *cost = this_cpu_ptr(costs);

	return cost->depth <= WP_COST_NEST ? &cost->calls[cost->depth - 1] : NULL;
}

/**
 * wp_cost_mark_now() - wp_cost_mark() of a timed call
 *
 * Context: probe, interrupts off.
 */
void wp_cost_mark_now(void)
{
	struct call *call = innermost();

	if (call)
		call->lap_ns = ktime_get_mono_fast_ns();
}

/**
 * wp_cost_lap_now() - wp_cost_lap() of a timed call
 * @session: the session
 *
 * Context: probe, interrupts off.
 */
void wp_cost_lap_now(struct wp_session *session)
{
	u64 now_ns = ktime_get_mono_fast_ns();
	struct call *call = innermost();
	struct lap *lap;

	if (!call)
		return;
	lap = &call->laps[session->index];
	if (!(call->took & BIT(session->index)))
		*lap = (struct lap){ .session = session };
	call->took |= BIT(session->index);
	lap->ns += now_ns - call->lap_ns;
	call->lap_ns = now_ns;
}

static void charge_to(struct wp_charge *to, u64 ns)
{
	u32 look = READ_ONCE(wp_cost_look);

	if (to->look != look) {
		WRITE_ONCE(to->peak_ns, 0);
		WRITE_ONCE(to->look, look);
	}
	if (ns > to->peak_ns)
		WRITE_ONCE(to->peak_ns, ns);
	add(&to->ns, ns);
}

static void charge(const struct wp_session *session, u64 ns)
{
	charge_to(&session->cpu[smp_processor_id()]->charge, ns);
}

static void charge_all(const struct call *call, u64 ns)
{
	u32 i;

	for (i = 0; i < WAITPROF_MAX_SESSIONS; i++) {
		const struct wp_session *session = rcu_dereference_sched(wp_sessions[i]);

		if (session && READ_ONCE(session->armed) & call->hooks)
			charge(session, ns * call->weight);
	}
}

static void charge_those(const struct call *call, u64 ns)
{
	u64 single_ns = 0, rest_ns;
	u32 i;

	for_each_set_bit(i, &call->took, WAITPROF_MAX_SESSIONS)
		single_ns += call->laps[i].ns;
	rest_ns = ns > single_ns ? ns - single_ns : 0;
	for_each_set_bit(i, &call->took, WAITPROF_MAX_SESSIONS)
		charge(call->laps[i].session, (rest_ns + call->laps[i].ns) * call->weight);
}

/**
 * wp_cost_end() - a call that is timed ends
 *
 * Context: probe, interrupts off since wp_cost_begin().
 */
void wp_cost_end(void)
{
	u64 now_ns = ktime_get_mono_fast_ns(), ns;
	struct cost *cost = this_cpu_ptr(costs);
	struct handler *handler;
	struct call *call;
	u32 bucket;

	if (--cost->depth >= WP_COST_NEST)
		return;
	call = &cost->calls[cost->depth];
	handler = call->handler;
	/* Their clocks may be told apart by a correction of the time. */
	ns = now_ns > call->begin_ns ? now_ns - call->begin_ns : 0;
	bucket = min_t(u32, wp_hist_bucket(ns), WAITPROF_COST_BUCKETS - 1);
	WRITE_ONCE(handler->buckets[bucket], handler->buckets[bucket] + 1);
	add(&handler->timed, 1);
	add(&handler->timed_ns, ns);
	add(&handler->estimate_ns, ns * call->weight);
	if (ns > handler->max_ns)
		WRITE_ONCE(handler->max_ns, ns);
	charge_to(&cost->all, ns * call->weight);
	if (call->took)
		charge_those(call, ns);
	else
		charge_all(call, ns);
	this_cpu_write(wp_cost_timing, cost->depth);
	local_irq_restore(call->irq_flags);
}

/*
 * The calls on a CPU: what is planned less what is left of it. plan() raises both, one
 * after the other, and in between nothing is left. Read then, or one before and one after,
 * they would tell of up to twice cost_every calls too many, or too few, less than none
 * even; so they are read again. Where nothing is left for longer (a task has taken the due
 * call with it to another CPU) they agree.
 */
static u64 read_calls(u32 i, int cpu)
{
	const struct handler *handler = &per_cpu_ptr(costs, cpu)->handlers[i];
	u64 planned, before;
	int tries;
	s32 left;

	for (tries = 0; tries < WP_COST_READS; tries++) {
		before = READ_ONCE(handler->planned);
		smp_rmb(); /* pairs with plan() */
		left = READ_ONCE(per_cpu(wp_cost_left[i], cpu));
		smp_rmb(); /* the same */
		planned = READ_ONCE(handler->planned);
		if (left > 0 && planned == before)
			break;
	}
	return planned - left;
}

/**
 * wp_cost_read() - what one kind of handler has cost since the module was loaded
 * @i: WAITPROF_HANDLER_*
 * @sum: over all CPUs
 * @buckets: WAITPROF_COST_BUCKETS of timed calls, by duration; NULL = not asked
 *
 * Context: process.
 */
void wp_cost_read(u32 i, struct waitprof_cost *sum, u64 *buckets)
{
	int cpu, bucket;

	*sum = (struct waitprof_cost){ .handler = i };
	for_each_possible_cpu(cpu) {
		const struct handler *handler = &per_cpu_ptr(costs, cpu)->handlers[i];

		sum->calls += read_calls(i, cpu);
		sum->timed += READ_ONCE(handler->timed);
		sum->timed_ns += READ_ONCE(handler->timed_ns);
		sum->estimate_ns += READ_ONCE(handler->estimate_ns);
		sum->max_ns = max(sum->max_ns, READ_ONCE(handler->max_ns));
		for (bucket = 0; buckets && bucket < WAITPROF_COST_BUCKETS; bucket++)
			buckets[bucket] += READ_ONCE(handler->buckets[bucket]);
	}
}

/**
 * wp_cost_of_cpu() - what all handlers have cost on a CPU
 * @cpu: possible CPU
 *
 * Context: any.
 * Return: its charge, whose @seen_ns is the guard's.
 */
struct wp_charge *wp_cost_of_cpu(int cpu)
{
	return &per_cpu_ptr(costs, cpu)->all;
}
