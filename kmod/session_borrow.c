// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stacks of an open wait that began before the session that asks, taken from
 * one that saw it begin. Stack ids mean something within their session only, so
 * the frames are copied and get an id of the asking session. The sessions are
 * held only while one buffer of a dump is filled: a reader that stops reading
 * does not keep another one's memory.
 */
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "session.h"

/**
 * wp_session_lenders_get() - hold the other sessions
 * @lenders: to be put by wp_session_lenders_put()
 * @session: who asks
 *
 * Context: process; may sleep.
 */
void wp_session_lenders_get(struct wp_lenders *lenders, const struct wp_session *session)
{
	struct wp_session *other;
	u32 id = 0;

	lenders->nr = 0;
	while (lenders->nr < WAITPROF_MAX_SESSIONS) {
		other = wp_session_get_next(id);
		if (!other)
			break;
		id = other->id;
		if (other == session)
			wp_session_put(other);
		else
			lenders->session[lenders->nr++] = other;
	}
}

/**
 * wp_session_lenders_put() - let the other sessions go
 * @lenders: held
 *
 * Context: process; may sleep.
 */
void wp_session_lenders_put(struct wp_lenders *lenders)
{
	while (lenders->nr)
		wp_session_put(lenders->session[--lenders->nr]);
}

/* Counters of a CPU are its probes' own: none may come in between. */
static void count_full(struct wp_session *session)
{
	struct wp_losses *losses;
	unsigned long flags;

	local_irq_save(flags);
	losses = &session->cpu[smp_processor_id()]->losses;
	WRITE_ONCE(losses->stack_full, losses->stack_full + 1);
	local_irq_restore(flags);
}

static u32 stack_copy(struct wp_session *to, const struct wp_session *from, u32 from_id,
		      struct wp_stack *buffer)
{
	enum wp_stack_error error;
	u32 id, nr, flags;
	const u64 *frames = wp_stack_get(&from->stacks, from_id, &nr, &flags);

	if (!frames || !nr || nr > WP_STACK_MAX)
		return 0;
	buffer->nr = nr;
	buffer->flags = flags;
	memcpy(buffer->frames, frames, nr * sizeof(*frames));
	id = wp_stack_put(&to->stacks, buffer, &error);
	if (!id)
		count_full(to);
	return id;
}

/**
 * wp_session_borrow() - the stacks of an open wait that another session took
 * @session: who asks; its flags say which stacks it wants
 * @lenders: the other sessions
 * @point: wait point
 * @slot: of the wait
 * @seq: which stay of the slot it is; the caller looks afterwards whether it
 *	still is
 * @buffer: room for a stack
 * @stacks: ids of @session, 0 = nobody has it
 *
 * Context: process.
 */
void wp_session_borrow(struct wp_session *session, const struct wp_lenders *lenders, u32 point,
		       u32 slot, u32 seq, struct wp_stack *buffer,
		       struct wp_borrowed *stacks)
{
	u32 i;

	*stacks = (struct wp_borrowed){};
	for (i = 0; i < lenders->nr; i++) {
		const struct wp_session *from = lenders->session[i];
		const struct wp_side *sides = wp_session_sides(from, point);
		const struct wp_side *side = sides ? &sides[slot] : NULL;
		u32 kstack, ustack;

		if (!side || READ_ONCE(side->gen) != seq)
			continue;
		/* If that wait has ended meanwhile, the caller throws the stacks away. */
		kstack = data_race(READ_ONCE(side->kstack));
		/* The same. */
		ustack = data_race(READ_ONCE(side->ustack));
		if (!stacks->kstack && session->flags & WAITPROF_SESSION_F_KSTACK)
			stacks->kstack = stack_copy(session, from, kstack, buffer);
		if (!stacks->ustack && session->flags & WAITPROF_SESSION_F_USTACK)
			stacks->ustack = stack_copy(session, from, ustack, buffer);
		if (stacks->kstack && stacks->ustack)
			return;
	}
}
