// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a session: what its limit buys, how it is allocated and freed. Probes
 * allocate nothing: all of it is there before one sees the session, and what a wait
 * point that came late needs, before the point is armed for it.
 *
 * Within the session's limit L on n possible CPUs: sizeof(struct wp_side)
 * = 40 B for each slot of the open waits of the points it wants, and with wakers
 * sizeof(struct wp_waker_entry) = 44 B more; the stack table,
 * L/8; rows L/4/n and histograms L/4/n for each CPU, each with an upper bound;
 * one that follows: 128 KiB, see wp_follow_bytes() and follow_limit.
 * With 64 MiB and all 18 points of the classes on by default: 29 MiB at 4 CPUs,
 * 43 MiB at 64 and at 256.
 * With unwind rules: 89 KiB, a memo of L/16/n a CPU, at most 256 KiB, and tables and
 * mappings as they come, out of what is left of L; by default, 1 MiB at 4 CPUs and
 * 4 MiB at 64 and at 256, and that much less than the limit is left for rules.
 * With records: 168 B for each, as many as were asked for or L/8/n a CPU, again
 * with an upper bound; by default, 8 MiB more than the above.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "follow.h"
#include "params.h"
#include "session.h"
#include "session_alloc.h"
#include "session_rules.h"

#define WP_MAX_ROWS	8192U		/* a CPU */
#define WP_MIN_ROWS	64U
#define WP_MAX_HISTS	1024U		/* a CPU, class fallbacks included */
#define WP_MIN_HISTS	(WAITPROF_CLASS_MAX + 2)
#define WP_MAX_STACKS	32768U
#define WP_MIN_STACKS	256U
#define WP_MAX_RECORDS	16384U		/* a CPU, unless asked for more */
#define WP_MIN_RECORDS	16U
#define WP_MAX_MEMO_SETS 64U		/* a CPU */
#define WP_STACK_WORDS	24		/* frames a stack, on average */

/* What a session's memory limit buys. */
struct plan {
	u32 nr_rows;
	u32 nr_hists;
	u32 nr_stacks;
	u32 nr_records;
	bool has_memo;
	u32 memo_bits;
	u64 cpu_bytes;
	u64 stack_bytes;
};

static u32 fit(u64 bytes, size_t each, u32 low, u32 high)
{
	return clamp_t(u64, div_u64(bytes, each), low, high);
}

static void plan_make(struct plan *plan, u64 limit_bytes, const struct wp_session_spec *spec)
{
	u64 share = div_u64(limit_bytes / 4, num_possible_cpus());

	BUILD_BUG_ON(sizeof(struct wp_side) != 40);
	BUILD_BUG_ON(sizeof(struct wp_waker_entry) != 44);
	BUILD_BUG_ON(sizeof(struct wp_row) != 232);
	BUILD_BUG_ON(sizeof(struct waitprof_record) != 168);
	plan->nr_rows = rounddown_pow_of_two(fit(share, sizeof(struct wp_row),
						 WP_MIN_ROWS, WP_MAX_ROWS));
	plan->nr_hists = fit(share, sizeof(struct wp_hist), WP_MIN_HISTS, WP_MAX_HISTS);
	plan->nr_stacks = rounddown_pow_of_two(fit(limit_bytes / 8,
						   sizeof(struct wp_stack_entry) + sizeof(u32) +
						   WP_STACK_WORDS * sizeof(u64),
						   WP_MIN_STACKS, WP_MAX_STACKS));
	plan->nr_records = 0;
	if (spec->flags & WAITPROF_SESSION_F_RECORDS)
		plan->nr_records = spec->nr_records ?:
				   fit(share / 2, sizeof(struct waitprof_record),
				       WP_MIN_RECORDS, WP_MAX_RECORDS);
	plan->has_memo = spec->flags & WAITPROF_SESSION_F_RULES;
	plan->memo_bits = ilog2(fit(share / 4, wp_memo_bytes(0), 1, WP_MAX_MEMO_SETS));
	plan->cpu_bytes = sizeof(struct wp_session_cpu) - sizeof(struct wp_totals) +
			  wp_totals_bytes(plan->nr_rows, plan->nr_hists) +
			  wp_ring_bytes(plan->nr_records) +
			  (plan->has_memo ? wp_memo_bytes(plan->memo_bits) : 0);
	plan->stack_bytes = wp_stack_table_bytes(plan->nr_stacks,
						 plan->nr_stacks * WP_STACK_WORDS);
}

/**
 * wp_session_free() - give back all that a session has
 * @ref: its last reference is gone; it is disarmed, and no probe sees it
 *
 * Context: process; may sleep.
 */
void wp_session_free(struct kref *ref)
{
	struct wp_session *session = container_of(ref, struct wp_session, ref);
	int cpu, i;

	if (session->cpu) {
		for_each_possible_cpu(cpu) {
			if (!session->cpu[cpu])
				continue;
			wp_memo_exit(&session->cpu[cpu]->memo);
			wp_ring_exit(&session->cpu[cpu]->ring);
			wp_totals_exit(&session->cpu[cpu]->totals);
			vfree(session->cpu[cpu]);
		}
		kvfree(session->cpu);
	}
	wp_session_rules_free(session->rules);
	wp_follow_free(session->filter.follow);
	wp_stack_table_exit(&session->stacks);
	for (i = 0; i < wp_nr_points; i++) {
		vfree(session->side[i]);
		vfree(session->wakers[i]);
	}
	kvfree(session);
}

static int session_alloc_cpus(struct wp_session *session, const struct plan *plan)
{
	int cpu, ret;

	session->cpu = kvcalloc(nr_cpu_ids, sizeof(*session->cpu), GFP_KERNEL);
	if (!session->cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		int node = cpu_to_node(cpu);

		session->cpu[cpu] = vzalloc_node(sizeof(*session->cpu[cpu]), node);
		if (!session->cpu[cpu])
			return -ENOMEM;
		ret = wp_totals_init(&session->cpu[cpu]->totals, plan->nr_rows,
				     plan->nr_hists, node);
		if (!ret && plan->nr_records)
			ret = wp_ring_init(&session->cpu[cpu]->ring, plan->nr_records, cpu, node);
		if (!ret && plan->has_memo)
			ret = wp_memo_init(&session->cpu[cpu]->memo, plan->memo_bits, node);
		if (ret)
			return ret;
	}
	return 0;
}

static u32 nr_given(const struct wp_session *session)
{
	return session->filter.nr_tgids + session->filter.nr_tids;
}

static int session_alloc_follow(struct wp_session *session)
{
	if (!(session->flags & WAITPROF_SESSION_F_FOLLOW))
		return 0;
	session->filter.follow = wp_follow_new(wp_param_follow_limit(), nr_given(session),
					       session->filter.nr_tids);
	session->filter.only_tgid = 0;
	return session->filter.follow ? 0 : -ENOMEM;
}

static int session_alloc_rules(struct wp_session *session)
{
	if (!(session->flags & WAITPROF_SESSION_F_RULES))
		return 0;
	session->rules = wp_session_rules_new(&session->budget);
	return session->rules ? 0 : -ENOMEM;
}

static u64 side_bytes(u32 point)
{
	return (u64)wp_points[point].open.nr_slots * sizeof(struct wp_side);
}

static u64 waker_bytes(const struct wp_session *session, u32 point)
{
	if (!(session->flags & WAITPROF_SESSION_F_WAKERS))
		return 0;
	return (u64)wp_points[point].open.nr_slots * sizeof(struct wp_waker_entry);
}

/* What the session keeps for each open wait of a point. */
static int session_alloc_point(struct wp_session *session, u32 point)
{
	struct wp_waker_entry *wakers = NULL;
	u64 bytes = waker_bytes(session, point);
	struct wp_side *side;

	if (bytes) {
		wakers = vzalloc(bytes);
		if (!wakers)
			return -ENOMEM;
	}
	side = vzalloc(side_bytes(point));
	if (!side) {
		vfree(wakers);
		return -ENOMEM;
	}
	WRITE_ONCE(session->wakers[point], wakers);
	/*
	 * Of an open session, readers look at all of it once they see the side.
	 * Pairs with is_followed() in waker.c; a wait is recorded only once the
	 * point is armed for the session, which comes later.
	 */
	smp_store_release(&session->side[point], side);
	return 0;
}

/**
 * wp_session_alloc() - what a session keeps its waits in
 * @session: not in wp_sessions yet; the points it wants are armed, so that their
 *	sizes are known
 * @spec: what its reader asks for
 * @extack: told why not
 *
 * Context: process; may sleep; under wp_sessions_lock().
 * Return: 0; or -EINVAL or -ENOMEM, and some is left to wp_session_free().
 */
int wp_session_alloc(struct wp_session *session, const struct wp_session_spec *spec,
		     struct netlink_ext_ack *extack)
{
	u64 bytes, limit_bytes = session->budget.limit_bytes;
	struct plan plan;
	int i, ret;

	plan_make(&plan, limit_bytes, spec);
	bytes = sizeof(*session) + nr_cpu_ids * sizeof(*session->cpu) +
		plan.cpu_bytes * num_possible_cpus() + plan.stack_bytes;
	for_each_set_bit(i, &session->armed, wp_nr_points)
		bytes += side_bytes(i) + waker_bytes(session, i);
	if (session->flags & WAITPROF_SESSION_F_FOLLOW)
		bytes += wp_follow_bytes(wp_param_follow_limit(), nr_given(session));
	if (session->flags & WAITPROF_SESSION_F_RULES)
		bytes += sizeof(*session->rules);
	if (!wp_budget_take(&session->budget, bytes)) {
		if (spec->nr_records &&
		    bytes - wp_ring_bytes(plan.nr_records) * num_possible_cpus() <=
		    limit_bytes)
			NL_SET_ERR_MSG(extack, "memory limit too small for this many records a CPU");
		else
			NL_SET_ERR_MSG(extack,
				       "memory limit too small for this many CPUs and wait points");
		return -EINVAL;
	}

	ret = session_alloc_cpus(session, &plan) ?: session_alloc_follow(session) ?:
	      session_alloc_rules(session);
	if (!ret)
		ret = wp_stack_table_init(&session->stacks, plan.nr_stacks,
					  plan.nr_stacks * WP_STACK_WORDS);
	for_each_set_bit(i, &session->armed, wp_nr_points) {
		if (ret)
			break;
		ret = session_alloc_point(session, i);
	}
	if (ret)
		NL_SET_ERR_MSG(extack, "not enough memory for a session");
	return ret;
}

/**
 * wp_session_has_room() - room for a wait point that was not there when a session began
 * @session: in wp_sessions
 * @point: not armed for it yet, but its size is known; it gets its room here unless
 *	it has some from an earlier time
 *
 * Context: process; may sleep; under wp_sessions_lock().
 * Return: false if the memory limit or the machine has none left.
 */
bool wp_session_has_room(struct wp_session *session, int point)
{
	u64 bytes = side_bytes(point) + waker_bytes(session, point);

	if (session->side[point])
		return true;
	if (!wp_budget_take(&session->budget, bytes))
		return false;
	if (!session_alloc_point(session, point))
		return true;
	wp_budget_give_back(&session->budget, bytes);
	return false;
}
