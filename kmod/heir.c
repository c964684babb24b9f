// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forks: a child has the mappings of its parent until it changes them, so what a
 * session knows of the parent's space holds for the child's from its first wait on.
 * The reader is told of the child all the same and sends its mappings sooner or
 * later; then the child needs its parent no more.
 *
 * sched_process_fork comes after the mappings were copied and before the child runs.
 * If the parent's mappings were up to date then, they were so when they were copied,
 * but for one case: between the two, some tens of microseconds, another thread of the
 * parent changed the mappings and the reader told of it. Then the child's first stacks
 * are walked by mappings that it never had.
 * They are another's as soon as the epoch of the child moves, and unknown once the
 * parent's are replaced.
 *
 * A slot is claimed by compare-and-swap of its id; who finds another claiming it does
 * without. Readers copy and look whether the id is still the same. The latest
 * WP_HEIRS forks are known, no matter of whom.
 *
 * Memory: 32 B each, part of a session with rules.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <trace/events/sched.h>

#include "cost.h"
#include "epoch.h"
#include "heir.h"
#include "session.h"
#include "session_rules.h"
#include "tracepoint.h"

#define CLAIMED	U64_MAX

static struct tracepoint *fork_tp;
static u32 nr_users;

static struct wp_heir *slot_of(struct wp_heirs *heirs, u64 id)
{
	return &heirs->slots[id % WP_HEIRS];
}

static bool heir_find(struct wp_heirs *heirs, u64 id, struct wp_heir *heir)
{
	struct wp_heir *slot = slot_of(heirs, id);

	if (smp_load_acquire(&slot->id) != id) /* pairs with heir_put() */
		return false;
	heir->from = READ_ONCE(slot->from);
	heir->serial = READ_ONCE(slot->serial);
	heir->epoch = READ_ONCE(slot->epoch);
	smp_rmb(); /* the copy before the id; pairs with the claim in heir_put() */
	return READ_ONCE(slot->id) == id;
}

static void heir_put(struct wp_heirs *heirs, const struct wp_heir *heir)
{
	struct wp_heir *slot = slot_of(heirs, heir->id);
	u64 old = READ_ONCE(slot->id);

	if (old == CLAIMED || cmpxchg(&slot->id, old, CLAIMED) != old)
		return;
	WRITE_ONCE(slot->from, heir->from);
	WRITE_ONCE(slot->serial, heir->serial);
	WRITE_ONCE(slot->epoch, heir->epoch);
	smp_store_release(&slot->id, heir->id); /* pairs with heir_find() */
}

static void inherit(struct wp_session_rules *rules, u64 parent, u64 child)
{
	const struct wp_space *space = wp_spaces_find(&rules->spaces, parent);
	struct wp_heir heir;

	if (space) {
		heir.from = parent;
		heir.serial = space->serial;
		heir.epoch = space->epoch;
	} else if (!heir_find(&rules->heirs, parent, &heir)) {
		return;
	}
	if (heir.epoch != wp_epoch(parent))
		return;
	heir.id = child;
	heir.epoch = wp_epoch(child);
	heir_put(&rules->heirs, &heir);
}

static __always_inline void inherit_all(struct task_struct *parent, struct task_struct *child)
{
	unsigned long flags;
	u32 i, end;

	if (!child->mm || !parent->mm || child->mm == parent->mm)
		return;
	local_irq_save(flags);
	end = READ_ONCE(wp_sessions_end);
	wp_cost_mark();
	for (i = 0; i < end; i++) {
		struct wp_session *session = rcu_dereference_sched(wp_sessions[i]);

		if (!session || !session->rules)
			continue;
		inherit(session->rules, parent->mm->context.ctx_id, child->mm->context.ctx_id);
		wp_cost_lap(session);
	}
	local_irq_restore(flags);
}

static void on_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	bool timed = wp_cost_begin_if_due(WAITPROF_HANDLER_TASK, WP_ARMED_RULES);

	inherit_all(parent, child);
	wp_cost_end_if(timed);
}

/**
 * wp_heir_space() - the mappings that a space has from the one it was forked off
 * @rules: of the session
 * @id: of the space, for which nothing was sent
 *
 * Context: probe of a task in that space, interrupts off.
 * Return: mappings that hold there now, or NULL.
 */
struct wp_space *wp_heir_space(struct wp_session_rules *rules, u64 id)
{
	struct wp_space *space;
	struct wp_heir heir;

	if (!heir_find(&rules->heirs, id, &heir) || heir.epoch != wp_epoch(id))
		return NULL;
	space = wp_spaces_find(&rules->spaces, heir.from);
	return space && space->serial == heir.serial ? space : NULL;
}

/**
 * wp_heir_arm() - one more session walks by rules
 *
 * On a kernel without the tracepoint, children's mappings have to be sent.
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 0 or -ENOMEM.
 */
int wp_heir_arm(void)
{
	int ret = 0;

	check_trace_callback_type_sched_process_fork(on_fork);
	if (nr_users++)
		return 0;
	fork_tp = wp_tracepoint_find("sched_process_fork");
	if (fork_tp)
		ret = tracepoint_probe_register(fork_tp, on_fork, NULL);
	if (ret == -ENOMEM) {
		nr_users--;
		return ret;
	}
	if (ret)
		fork_tp = NULL;
	return 0;
}

/**
 * wp_heir_disarm() - a session that walked by rules is gone from wp_sessions
 *
 * After the last one's no probe of ours runs.
 *
 * Context: process; may sleep; serialised by the caller.
 */
void wp_heir_disarm(void)
{
	if (--nr_users || !fork_tp)
		return;
	tracepoint_probe_unregister(fork_tp, on_fork, NULL);
	tracepoint_synchronize_unregister();
}
