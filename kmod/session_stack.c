// SPDX-License-Identifier: GPL-2.0-only
/*
 * A captured stack into a session's table, and what could not be kept of it into
 * the session's losses on this CPU.
 */
#include <linux/compiler.h>
#include <linux/smp.h>

#include "session.h"

/* Only this CPU adds; readers on others look at any time. */
static void count(u64 *counter)
{
	WRITE_ONCE(*counter, *counter + 1);
}

/**
 * wp_session_stack_put() - the id of a stack in a session
 * @session: the session
 * @stack: captured
 *
 * Context: probe, interrupts off.
 * Return: stack id; 0 for no frames or no room, which has been counted.
 */
u32 wp_session_stack_put(struct wp_session *session, const struct wp_stack *stack)
{
	struct wp_losses *losses = &session->cpu[smp_processor_id()]->losses;
	enum wp_stack_error error;
	u32 id;

	if (stack->flags & WAITPROF_STACK_F_USER) {
		if (unlikely(stack->fault))
			count(&losses->ustack_fault);
		if (unlikely(stack->compat))
			count(&losses->ustack_compat);
	}
	if (!stack->nr)
		return 0;
	id = wp_stack_put(&session->stacks, stack, &error);
	if (unlikely(error == WP_STACK_FULL))
		count(&losses->stack_full);
	if (unlikely(error == WP_STACK_BUSY))
		count(&losses->stack_busy);
	if (stack->flags & WAITPROF_STACK_F_TRUNCATED) {
		if (stack->flags & WAITPROF_STACK_F_USER)
			count(&losses->ustack_truncated);
		else
			count(&losses->kstack_truncated);
	}
	return id;
}
