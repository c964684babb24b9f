// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a wait: blocked, run-queue and spin, told apart without a hook
 * in the scheduler by the difference of what the kernel keeps for the task
 * anyway. Both readings are taken by the task itself with interrupts off. An
 * unchanged switch count means the task never left the CPU; that is exact. The
 * run-queue part is a lower bound (a task that runs at once after its wake-up
 * is not charged), the spin part is approximate (the run queue's lock is not
 * taken, so an update of the two figures by another CPU can fall in between),
 * blocked is the rest, so the parts always add up; where one had to be cut to make
 * them, it is counted.
 */
#include <linux/kconfig.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>

#include "parts.h"

/*
 * The scheduler's clock goes as fast as the monotonic one, but for what time is
 * adjusted by, at most half a microsecond in WP_CLOCK_NS. So it is read that often
 * and what has passed since is taken from the other, which was read anyway.
 */
#define WP_CLOCK_NS	1000000

struct clocks {
	u64 mono_ns;
	u64 local_ns;
};

static DEFINE_PER_CPU(struct clocks, clocks);

static u64 local_clock_at(u64 now_ns)
{
	struct clocks *last = this_cpu_ptr(&clocks);
	u64 passed_ns = now_ns - last->mono_ns;

	if (unlikely(passed_ns >= WP_CLOCK_NS)) {
		last->mono_ns = now_ns;
		last->local_ns = local_clock();
		passed_ns = 0;
	}
	return last->local_ns + passed_ns;
}

/**
 * wp_mark_read() - read the scheduler's figures of the current task
 * @mark: where to
 * @now_ns: ktime_get_mono_fast_ns(), just read on this CPU
 *
 * Context: the task itself, interrupts off.
 */
void wp_mark_read(struct wp_mark *mark, u64 now_ns)
{
	mark->switches = current->nvcsw + current->nivcsw;
#ifdef CONFIG_SCHED_INFO
	/* This and the next two another CPU may update: what comes of it is clamped. */
	mark->run_delay_ns = data_race(current->sched_info.run_delay);
#else
	mark->run_delay_ns = 0;
#endif
	/* As above. */
	mark->sum_exec_ns = data_race(current->se.sum_exec_runtime);
	/* Where interrupt time is accounted exec_start is on a clock of the CPU's. */
	if (IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING) ||
	    IS_ENABLED(CONFIG_PARAVIRT_TIME_ACCOUNTING))
		mark->since_exec_ns = 0;
	else
		mark->since_exec_ns = (s64)(local_clock_at(now_ns) - /* as above */
					     data_race(current->se.exec_start));
}

/**
 * wp_parts_split() - split a duration
 * @parts: result; its members add up to @duration_ns
 * @duration_ns: whole duration
 * @begin: reading at the begin
 * @end: reading at the end
 *
 * Context: any.
 * Return: true if a part had to be clamped.
 */
bool wp_parts_split(struct wp_parts *parts, u64 duration_ns,
		    const struct wp_mark *begin, const struct wp_mark *end)
{
	u64 delay, left;
	s64 spin;

	if (begin->switches == end->switches) {
		*parts = (struct wp_parts){ .spin_ns = duration_ns };
		return false;
	}
	delay = end->run_delay_ns - begin->run_delay_ns;
	spin = (s64)(end->sum_exec_ns - begin->sum_exec_ns) +
	       (end->since_exec_ns - begin->since_exec_ns);

	parts->runqueue_ns = min(delay, duration_ns);
	left = duration_ns - parts->runqueue_ns;
	parts->spin_ns = spin < 0 ? 0 : min_t(u64, spin, left);
	parts->blocked_ns = left - parts->spin_ns;
	return delay > duration_ns || spin < 0 || (u64)spin > left;
}

/**
 * wp_parts_subtract() - take the waits that lay inside out of the parts
 * @parts: parts of the whole duration; becomes those of the own time
 * @duration_ns: whole duration
 * @inner_ns: duration of the waits inside, at most @duration_ns
 * @inner_runqueue_ns: their run-queue part
 * @inner_spin_ns: their spin part
 *
 * Afterwards the members of @parts add up to @duration_ns - @inner_ns.
 *
 * Context: any.
 * Return: true if a part had to be clamped.
 */
bool wp_parts_subtract(struct wp_parts *parts, u64 duration_ns, u64 inner_ns,
		       u64 inner_runqueue_ns, u64 inner_spin_ns)
{
	u64 own = duration_ns - inner_ns;
	u64 runqueue, spin;
	bool clamped = false;

	runqueue = parts->runqueue_ns - min(parts->runqueue_ns, inner_runqueue_ns);
	spin = parts->spin_ns - min(parts->spin_ns, inner_spin_ns);
	if (parts->runqueue_ns < inner_runqueue_ns || parts->spin_ns < inner_spin_ns)
		clamped = true;
	if (runqueue > own) {
		runqueue = own;
		clamped = true;
	}
	if (spin > own - runqueue) {
		spin = own - runqueue;
		clamped = true;
	}
	parts->runqueue_ns = runqueue;
	parts->spin_ns = spin;
	parts->blocked_ns = own - runqueue - spin;
	return clamped;
}
