// SPDX-License-Identifier: GPL-2.0-only
/*
 * A captured stack into a session's table, and what could not be kept of it into
 * the session's losses on this CPU.
 */
#include <linux/compiler.h>
#include <linux/smp.h>

#include "session.h"

/* Only this CPU adds; readers on others look at any time. */
static void count(u64 *counter, bool one)
{
	WRITE_ONCE(*counter, *counter + one);
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
		count(&losses->ustack_fault, stack->fault);
		count(&losses->ustack_compat, stack->compat);
	}
	if (!stack->nr)
		return 0;
	id = wp_stack_put(&session->stacks, stack, &error);
	count(&losses->stack_full, error == WP_STACK_FULL);
	count(&losses->stack_busy, error == WP_STACK_BUSY);
	if (stack->flags & WAITPROF_STACK_F_TRUNCATED) {
		if (stack->flags & WAITPROF_STACK_F_USER)
			count(&losses->ustack_truncated, true);
		else
			count(&losses->kstack_truncated, true);
	}
	return id;
}
