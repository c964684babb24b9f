// SPDX-License-Identifier: GPL-2.0-only
/*
 * User stacks as a session wants them: by its unwind rules, or by frame pointers
 * where it asks for no rules or knows nothing of the address space. What a walk
 * by rules ended at is counted, and told on request if the session's reader could
 * do something about it.
 *
 * A stack by rules is one session's: another one may have other rules. That by
 * frame pointers is walked once, however many sessions keep it.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>

#include "epoch.h"
#include "params.h"
#include "session.h"
#include "session_rules.h"
#include "user_read.h"
#include "walk_memo.h"

/**
 * wp_session_rules_new() - room for the rules of a session, none yet
 * @budget: the session's; the fixed part is not taken from it here
 *
 * Context: process; may sleep.
 * Return: the rules or NULL.
 */
struct wp_session_rules *wp_session_rules_new(struct wp_budget *budget)
{
	struct wp_session_rules *rules = kvzalloc(sizeof(*rules), GFP_KERNEL);

	if (!rules)
		return NULL;
	mutex_init(&rules->lock);
	rules->tables.budget = budget;
	rules->spaces.budget = budget;
	return rules;
}

/**
 * wp_session_rules_free() - free the rules of a session
 * @rules: that no probe can reach any more, or NULL
 *
 * Context: process; may sleep.
 */
void wp_session_rules_free(struct wp_session_rules *rules)
{
	if (!rules)
		return;
	wp_spaces_exit(&rules->spaces);
	wp_tables_exit(&rules->tables);
	kvfree(rules);
}

/* Only this CPU adds; readers on others look at any time. */
static void count(u64 *counter)
{
	WRITE_ONCE(*counter, *counter + 1);
}

static void note(struct wp_session *session, u32 reason, u64 ip,
		 const struct wp_table_slot *slot)
{
	const struct wp_unknown_at at = {
		.space = current->mm->context.ctx_id,
		.ip = ip,
		.tgid = current->tgid,
		.reason = reason,
		.table = slot ? slot->number : 0,
		.table_index = slot ? slot->index : 0,
	};

	if (!wp_unknown_note(&session->rules->unknown, &at))
		count(&session->cpu[smp_processor_id()]->losses.unknown_full);
}

static void settle(struct wp_session *session, const struct wp_walk_result *result)
{
	struct wp_losses *losses = &session->cpu[smp_processor_id()]->losses;

	switch (result->end) {
	case WP_WALK_ADDRESS:
		count(&losses->ustack_address);
		note(session, WAITPROF_UNKNOWN_ADDRESS, result->ip, NULL);
		break;
	case WP_WALK_TABLE:
		count(&losses->ustack_table);
		note(session, WAITPROF_UNKNOWN_TABLE, result->ip, result->slot);
		break;
	case WP_WALK_STOP:
		count(&losses->ustack_stop);
		break;
	case WP_WALK_BAD:
		count(&losses->ustack_bad);
		break;
	case WP_WALK_DEEP:
		count(&losses->ustack_deep);
		break;
	default:
		/* Whole, or counted with the stack. */
		break;
	}
}

/* The mappings to walk by, or NULL: then the place has been noted. */
static struct wp_space *space_now(struct wp_session *session, struct wp_losses *losses, u64 ip)
{
	u64 id = current->mm->context.ctx_id;
	struct wp_space *space = wp_spaces_find(&session->rules->spaces, id);
	u32 now = jiffies;

	if (!space) {
		note(session, WAITPROF_UNKNOWN_SPACE, ip, NULL);
		space = wp_heir_space(session->rules, id);
		if (!space)
			count(&losses->ustack_space);
		return space;
	}
	if (READ_ONCE(space->met) != now)
		WRITE_ONCE(space->met, now);
	if (space->epoch != wp_epoch(id)) {
		count(&losses->ustack_stale);
		note(session, WAITPROF_UNKNOWN_STALE, ip, NULL);
		return NULL;
	}
	return space;
}

/* As wp_session_stack_put() does for a stack that is walked. */
static noinline void recall_cut(struct wp_session *session, const struct wp_memo_entry *entry)
{
	const struct wp_walk_result result = { .end = entry->end };

	settle(session, &result);
	count(&session->cpu[smp_processor_id()]->losses.ustack_truncated);
}

static u32 recall(struct wp_session *session, struct wp_losses *losses,
		  const struct wp_memo_entry *entry)
{
	count(&losses->ustack_memo);
	if (unlikely(entry->end != WP_WALK_WHOLE))
		recall_cut(session, entry);
	return entry->id;
}

/* The tables are those of this moment or later ones: a walk comes after it. */
static __always_inline struct wp_memo_key key_at(const struct wp_session *session,
						 const struct wp_space *space,
						 const struct pt_regs *regs)
{
	return (struct wp_memo_key){
		.serial = space->serial,
		.generation = READ_ONCE(session->rules->tables.generation),
		.regs = { .ip = regs->ip, .sp = regs->sp, .bp = regs->bp, .bx = regs->bx },
	};
}

static noinline u32 walk(struct wp_session *session, struct wp_stack *stack,
			 const struct wp_space *space)
{
	struct wp_memo *memo = &session->cpu[smp_processor_id()]->memo;
	const struct wp_memo_key key = key_at(session, space, task_pt_regs(current));
	struct wp_memo_entry *entry = wp_memo_begin(memo, &key);
	struct wp_walk_result result;
	u32 id;

	wp_walk(stack, space, &key.regs, wp_param_ustack_depth(), entry ? &entry->words : NULL,
		&result);
	settle(session, &result);
	id = wp_session_stack_put(session, stack);
	if (entry)
		wp_memo_end(memo, entry, result.end, id);
	return id;
}

static __always_inline u32 recall_or_walk(struct wp_session *session, struct wp_session_cpu *cpu,
					  struct wp_stack *stack, const struct wp_space *space,
					  const struct pt_regs *regs)
{
	const struct wp_memo_key key = key_at(session, space, regs);
	const struct wp_memo_entry *entry = wp_memo_find(&cpu->memo, &key);

	count(&cpu->losses.ustack_walks);
	return likely(entry) ? recall(session, &cpu->losses, entry) :
			       walk(session, stack, space);
}

/* Return: false if nothing is known of the space. */
static bool user_stack_by_rules(struct wp_session *session, struct wp_stack *stack, u32 *id)
{
	struct wp_session_cpu *cpu = session->cpu[smp_processor_id()];
	const struct pt_regs *regs = task_pt_regs(current);
	const struct wp_space *space;

	if (unlikely(!wp_user_has_stack(regs))) {
		wp_stack_user_none(stack);
		*id = wp_session_stack_put(session, stack);
		return true;
	}
	space = space_now(session, &cpu->losses, regs->ip);
	if (!space)
		return false;
	*id = recall_or_walk(session, cpu, stack, space, regs);
	return true;
}

/**
 * wp_session_user_stack() - the user stack of the current task in a session
 * @session: one with SESSION_F_USTACK
 * @stacks: this CPU's
 *
 * Context: probe, interrupts off.
 * Return: stack id; 0 for no frames or no room, which has been counted.
 */
u32 wp_session_user_stack(struct wp_session *session, struct wp_user_stacks *stacks)
{
	u32 id;

	if (session->rules && user_stack_by_rules(session, &stacks->by_rules, &id))
		return id;
	if (!stacks->have_fp)
		wp_stack_user(&stacks->by_fp);
	stacks->have_fp = true;
	return wp_session_stack_put(session, &stacks->by_fp);
}
