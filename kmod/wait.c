// SPDX-License-Identifier: GPL-2.0-only
/*
 * One wait, from begin to end: which sessions take it, its stacks, its parts,
 * and what of it lay inside other waits.
 *
 * Everything here runs in a probe with interrupts off, by the task that waits.
 * That makes it the only writer of its CPU's counters and totals and an RCU
 * reader, so sessions are freed after a grace period. Work is bounded by the
 * number of sessions, the depth of stacks and WP_NEST_MAX.
 *
 * A session that appears while a wait is open has not recorded its begin. Such a
 * wait is charged to it when it ends, from the session's start on ("clipped"):
 * a probe that did not see the session has run entirely before the session's
 * settled_ns, so every begin before that without a record is such a wait.
 *
 * Waits nest (a page fault's I/O in a lock call). The inner one, when it ends,
 * adds its time to the nearest outer wait whose class the session wants; that
 * time is then not the outer one's own.
 *
 * Counter order (pairs with wp_session_counters()): begun before the open wait
 * can be seen; the open wait gone before ended grows. So a reader that takes
 * ended, open, begun in this order never counts a wait twice.
 */
#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "cost.h"
#include "params.h"
#include "point.h"
#include "report.h"
#include "session.h"
#include "session_rules.h"
#include "stack_cache.h"
#include "wait.h"
#include "waker.h"
#include "wp_unwind.h"

#define WP_NEST_MAX	8	/* outer waits looked at */
#define WP_CALL_DEPTH	256	/* stack between a hook's caller and who waits, at most */

/* A finished wait, before it is looked at with one session's eyes. */
struct finished {
	struct wp_point *point;
	struct wp_open *wait;
	const struct wp_hit *hit;
	u64 now_ns;
	u64 duration_ns;
	struct wp_parts parts;
	bool clamped;
	u32 ended;
};

/* On a stack they would be cleared each time (INIT_STACK_ALL_ZERO). */
struct wp_scratch {
	struct wp_session *taken[WAITPROF_MAX_SESSIONS];
	struct wp_point_args args;
	struct finished finished;
	struct wp_mark mark;
	struct wp_sample sample;
	struct wp_stack_at at;
	struct wp_stack kernel;
	struct wp_cached *cached;	/* the same, if it was seen before */
	struct wp_user_stacks user;
};

static struct wp_scratch __percpu *scratch;

/**
 * wp_wait_init() - allocate the CPUs' scratch stacks
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_wait_init(void)
{
	wp_stack_kernel_init();
	scratch = alloc_percpu(struct wp_scratch);
	return scratch ? 0 : -ENOMEM;
}

/**
 * wp_wait_exit() - free the scratch stacks
 *
 * Context: process; no probe can run any more.
 */
void wp_wait_exit(void)
{
	free_percpu(scratch);
}

/**
 * wp_wait_scratch() - this CPU's kernel stack under construction
 *
 * Context: probe, interrupts off; until the next wp_wait_begin() or wp_wait_end().
 * Return: room for one stack.
 */
struct wp_stack *wp_wait_scratch(void)
{
	return &this_cpu_ptr(scratch)->kernel;
}

static struct wp_session_cpu *this_cpu_of(const struct wp_session *session)
{
	return session->cpu[smp_processor_id()];
}

static bool session_wants(const struct wp_session *session, u32 class_id)
{
	const struct wp_filter *filter = &session->filter;

	if (!wp_filter_class(filter, class_id))
		return false;
	if (likely(filter->any_task))
		return current->tgid != filter->not_tgid || !filter->not_tgid;
	if (filter->only_tgid)
		return current->tgid == filter->only_tgid;
	return wp_filter_task(filter, current);
}

/*
 * The sessions that take a wait of the current task, each looked up once: the
 * array may change at any time, the sessions themselves stay until we are done.
 */
static u32 sessions_that_take(const struct wp_point *point, struct wp_session **taken)
{
	u32 i, nr = 0, end = READ_ONCE(wp_sessions_end);

	for (i = 0; i < end; i++) {
		struct wp_session *session = rcu_dereference_sched(wp_sessions[i]);

		if (session && wp_session_sides(session, point->id) &&
		    !READ_ONCE(session->paused) && session_wants(session, point->desc->class_id))
			taken[nr++] = session;
	}
	return nr;
}

/* Only this CPU adds; readers on others look at any time. */
static void count(u64 *counter, bool one)
{
	WRITE_ONCE(*counter, *counter + one);
}

/* Where the outer wait's function has its return address, if the walk ends there. */
static unsigned long slot_of(u32 outer)
{
	return WP_UNWIND_STOPS_AT_TRAMPOLINE && outer ? wp_open_of(outer)->sp : 0;
}

/* A stack that was cut at the outer wait goes on with that one's callers. */
static u32 kernel_stack_store(struct wp_session *session, struct wp_stack *stack, u32 outer)
{
	u32 point, nr, flags, old_nr = stack->nr, old_flags = stack->flags, id;
	const struct wp_side *sides, *side;
	const u64 *frames;

	if (!stack->cut)
		return wp_session_stack_put(session, stack);
	point = wp_open_ref_table(outer);
	sides = wp_session_sides(session, point);
	side = sides ? &sides[wp_open_ref_slot(outer)] : NULL;
	frames = side && side->gen == wp_open_of(outer)->seq ?
		 wp_stack_get(&session->stacks, side->kstack, &nr, &flags) : NULL;
	if (frames && nr)
		wp_stack_append(stack, frames + 1, nr - 1, flags);
	id = wp_session_stack_put(session, stack);
	stack->nr = old_nr;
	stack->flags = old_flags;
	return id;
}

/* As kernel_stack_store(), for what capture_kernel() has made. */
static u32 captured_store(struct wp_session *session, struct wp_scratch *stacks, u32 outer)
{
	struct wp_cached *cached = stacks->cached;
	u32 id;

	if (!cached)
		return kernel_stack_store(session, &stacks->kernel, outer);
	id = wp_cached_id(cached, session->index, session->id);
	if (likely(id))
		return id;
	if (!stacks->kernel.nr)
		wp_recipe_expand(&cached->recipe, &stacks->kernel);
	id = kernel_stack_store(session, &stacks->kernel, outer);
	/* What a cut stack goes on with is not of its own making. */
	if (!stacks->kernel.cut)
		wp_cached_set_id(cached, session->index, session->id, id);
	return id;
}

/* The open waits whose functions return to a trampoline. */
static void add_calls(struct wp_stack_at *at, u32 outer)
{
	int depth;

	at->cut_slot = slot_of(outer);
	/* What stops an unwinder must stop a recipe that was made before it was there. */
	if (WP_UNWIND_STOPS_AT_TRAMPOLINE)
		return;
	for (depth = 0; outer && depth < WP_STACK_CALLS; depth++) {
		const struct wp_open *wait = wp_open_of(outer);

		/*
		 * Where nothing has been replaced there is nothing to tell. It is set
		 * before the first wait; of a hook that is gone any value will do.
		 */
		if (data_race(wp_points[wp_open_ref_table(outer)].backend) !=
		    &wp_backend_kretprobe) {
			outer = wait->outer;
			continue;
		}
		outer = wait->outer;
		at->slot[at->nr_calls] = wait->sp;
		at->return_addr[at->nr_calls++] = wp_text_addr(wait->return_addr);
	}
}

static void capture_kernel(struct wp_scratch *stacks, const struct wp_hit *hit, u32 outer)
{
	struct wp_stack_at *at = &stacks->at;

	if (unlikely(!wp_stack_cache_on())) {
		stacks->cached = NULL;
		if (hit->regs)
			wp_stack_kernel(&stacks->kernel, hit->regs, slot_of(outer),
					wp_param_kstack_depth());
		else
			wp_stack_kernel_call(&stacks->kernel, hit->call, wp_param_kstack_depth());
		return;
	}
	if (hit->regs) {
		at->ip = hit->regs->ip;
		at->sp = hit->regs->sp;
		at->bp = hit->regs->bp;
		at->leaf = at->ip;
	} else {
		at->ip = hit->call->ip;
		at->sp = hit->call->sp;
		at->bp = hit->call->bp;
		at->leaf = hit->call->wrapped ? 0 : at->ip - 1;
	}
	at->top = (unsigned long)task_pt_regs(current);
	at->nr_calls = 0;
	at->cut_slot = 0;
	if (unlikely(outer))
		add_calls(at, outer);
	stacks->cached = wp_stack_kernel_cached(&stacks->kernel, at, hit->regs);
}

/* The kernel stack is captured once, however many sessions keep it. */
static void sessions_begin(struct wp_point *point, struct wp_open *wait,
			   const struct wp_hit *hit, struct wp_session **taken, u32 nr)
{
	struct wp_scratch *stacks = this_cpu_ptr(scratch);
	u32 slot = wp_open_ref_slot(wait->self);
	bool have_kernel = false;
	u32 i;

	stacks->user.have_fp = false;
	if (unlikely(nr > 1))
		wp_cost_mark();
	for (i = 0; i < nr; i++) {
		struct wp_session *session = taken[i];
		/* sessions_that_take() has seen it, and it is set only once. */
		struct wp_side *side = &session->side[point->id][slot];
		struct wp_counters *counters;

		side->kstack = 0;
		side->ustack = 0;
		if (session->flags & WAITPROF_SESSION_F_KSTACK) {
			if (!have_kernel)
				capture_kernel(stacks, hit, wait->outer);
			have_kernel = true;
			side->kstack = captured_store(session, stacks, wait->outer);
		}
		if (session->flags & WAITPROF_SESSION_F_USTACK)
			side->ustack = wp_session_user_stack(session, &stacks->user);
		side->inner_ns = 0;
		side->inner_runqueue_ns = 0;
		side->inner_spin_ns = 0;
		WRITE_ONCE(side->inner_gen, wait->seq + 1);
		WRITE_ONCE(side->gen, wait->seq + 1);
		counters = &this_cpu_of(session)->counters[point->desc->class_id];
		WRITE_ONCE(counters->begun, counters->begun + 1);
		wp_cost_lap(session);
	}
}

/* Frees the slots of waits inside this one that have not been ended. */
static void drop_unpaired(u32 ref, const struct wp_open *until)
{
	int depth;

	for (depth = 0; ref && ref != until->self && depth < WP_NEST_MAX; depth++) {
		struct wp_point *point = &wp_points[wp_open_ref_table(ref)];
		struct wp_open *wait = wp_open_of(ref);
		struct wp_point_stats *stats = this_cpu_ptr(point->stats);

		ref = wait->outer;
		wp_report_lost(point, wait);
		wp_open_retire(wait);
		wp_open_put(&point->open, wait, smp_processor_id());
		WRITE_ONCE(stats->unpaired, stats->unpaired + 1);
	}
}

/*
 * A task that died in a wait left it open, and its tid is ours now; or the end of
 * a wait was not seen, and the stack frame it began in is gone.
 */
static void drop_stale(struct wp_open *wait, unsigned long sp)
{
	u32 ref = wait->outer;
	int depth;

	for (depth = 0; ref && depth < WP_NEST_MAX; depth++) {
		const struct wp_open *outer = wp_open_of(ref);

		/* A caller's frame lies above; at its own place this one is another stay. */
		if (outer->begin_ns >= current->start_time &&
		    (outer->sp > sp || (outer->sp == sp && wp_open_ref_table(ref) !=
					wp_open_ref_table(wait->self))))
			break;
		ref = outer->outer;
	}
	if (ref == wait->outer)
		return;
	drop_unpaired(wait->outer, ref ? wp_open_of(ref) : wait);
	wait->outer = ref;
}

/**
 * wp_wait_begin() - a task enters a wait point
 * @point: the point
 * @hit: the hook that saw it
 *
 * Context: probe, interrupts off.
 * Return: the open wait to end later, or NULL: nobody wants this one, or there
 * is no room for it, which has been counted.
 */
struct wp_open *wp_wait_begin(struct wp_point *point, const struct wp_hit *hit)
{
	struct wp_session **taken = this_cpu_ptr(scratch)->taken;
	u32 nr = sessions_that_take(point, taken);
	struct wp_point_stats *stats = this_cpu_ptr(point->stats);
	unsigned long sp = hit->regs ? hit->regs->sp : hit->call->sp;
	const struct wp_point_args *args = hit->args;
	struct wp_open *wait;

	if (!nr)
		return NULL;
	if (hit->regs) {
		struct wp_point_args *own = &this_cpu_ptr(scratch)->args;

		/* One by one: a string instruction takes longer. */
		own->object = 0;
		own->object_type = 0;
		own->op = 0;
		own->arg[0] = 0;
		own->arg[1] = 0;
		own->owner.tid = 0;
		own->owner.tgid = 0;
		if (!point->desc->begin(own, hit->regs, point->variant))
			return NULL;
		args = own;
	} else if (point->desc->owner) {
		point->desc->owner(&hit->args->owner, args->arg[0]);
	}
	WRITE_ONCE(stats->hits, stats->hits + 1);
	wait = wp_open_get(&point->open, smp_processor_id());
	if (!wait)
		goto missed;
	wait->class_id = point->desc->class_id;
	wait->tid = current->pid;
	wait->tgid = current->tgid;
	/* Other threads may change it meanwhile: any mix of names will do. */
	data_race(memcpy(wait->comm, current->comm, WAITPROF_COMM_LEN));
	wait->op = args->op;
	wait->object = args->object;
	wait->object_type = args->object_type;
	wait->owner_tid = args->owner.tid;
	wait->owner_tgid = args->owner.tgid;
	wait->arg[0] = args->arg[0];
	wait->arg[1] = args->arg[1];
	wait->sp = hit->regs ? sp : sp + WP_CALL_DEPTH;
	/* Of another CPU that looks for a free slot, too: see free_pop(). */
	WRITE_ONCE(wait->return_addr, hit->regs ? (u32)READ_ONCE_NOCHECK(*(unsigned long *)sp) : 0);
	if (!wp_open_map_push(wait))
		goto missed_put;
	drop_stale(wait, sp);
	sessions_begin(point, wait, hit, taken, nr);
	/* Last, so that the time taken here is not part of the wait. */
	wait->begin_ns = ktime_get_mono_fast_ns();
	wp_mark_read(&wait->mark, wait->begin_ns);
	wp_open_publish(wait);
	return wait;

missed_put:
	wp_open_put(&point->open, wait, smp_processor_id());
missed:
	WRITE_ONCE(stats->missed, stats->missed + 1);
	return NULL;
}

/* Tells the nearest outer wait that this session knows of. */
static void charge_outer(struct wp_session *session, const struct wp_open *wait,
			 u64 duration_ns, const struct wp_parts *parts)
{
	u32 ref = wait->outer;
	int depth;

	for (depth = 0; ref; depth++) {
		u32 table = wp_open_ref_table(ref), slot = wp_open_ref_slot(ref);
		const struct wp_open *outer = wp_open_of(ref);
		struct wp_side *sides, *side;

		if (depth == WP_NEST_MAX) {
			count(&this_cpu_of(session)->losses.nest_deep, true);
			return;
		}
		ref = outer->outer;
		sides = wp_session_sides(session, table);
		if (!sides)
			continue;
		side = &sides[slot];
		/* Neither recorded nor to be clipped: it began in a pause. */
		if (side->gen != outer->seq &&
		    !wp_session_came_later(session, outer->begin_ns))
			continue;
		if (side->inner_gen != outer->seq) {
			side->inner_ns = 0;
			side->inner_runqueue_ns = 0;
			side->inner_spin_ns = 0;
			/* Of an open wait: pairs with open_row(). */
			smp_store_release(&side->inner_gen, outer->seq);
		}
		WRITE_ONCE(side->inner_ns, side->inner_ns + duration_ns);
		side->inner_runqueue_ns += parts->runqueue_ns;
		side->inner_spin_ns += parts->spin_ns;
		return;
	}
}

/* The part of a wait that lies after the session's start. */
static u64 clip(struct wp_session *session, const struct finished *f, struct wp_parts *parts)
{
	u64 from = max(READ_ONCE(session->start_ns), f->wait->begin_ns);
	u64 duration = f->now_ns > from ? f->now_ns - from : 0;

	/* What was cut off lies before the wake-up, so it was not run-queue. */
	parts->runqueue_ns = min(parts->runqueue_ns, duration);
	parts->spin_ns = min(parts->spin_ns, duration - parts->runqueue_ns);
	parts->blocked_ns = duration - parts->runqueue_ns - parts->spin_ns;
	return duration;
}

static void end_kernel_stack(struct wp_session *session, const struct finished *f,
			     struct wp_side *side)
{
	struct wp_stack *stack = &this_cpu_ptr(scratch)->kernel;

	if (f->hit->regs)
		wp_stack_kernel_caller(stack, READ_ONCE(f->point->leaf),
				       f->hit->return_addr, f->wait->sp + sizeof(long),
				       f->hit->regs->bp, slot_of(f->wait->outer));
	else
		wp_stack_kernel_call(stack, f->hit->call, wp_param_kstack_depth());
	/* The wait is open: who reads it gets this one or the one before. */
	WRITE_ONCE(side->kstack, kernel_stack_store(session, stack, f->wait->outer));
}

static void clipped_stacks(struct wp_session *session, const struct finished *f,
			   struct wp_side *side)
{
	struct wp_scratch *stacks = this_cpu_ptr(scratch);

	side->kstack = 0;
	side->ustack = 0;
	if (session->flags & WAITPROF_SESSION_F_KSTACK)
		end_kernel_stack(session, f, side);
	stacks->user.have_fp = false;
	if (session->flags & WAITPROF_SESSION_F_USTACK)
		side->ustack = wp_session_user_stack(session, &stacks->user);
}

/*
 * Another kretprobe on the same function was hit first, so that the walk at the
 * begin ended at the leaf: now the return address is known.
 */
static bool ends_at_leaf(const struct wp_session *session, const struct wp_side *side)
{
	u32 nr, flags;

	return WP_UNWIND_STOPS_AT_TRAMPOLINE && side->kstack &&
	       wp_stack_get(&session->stacks, side->kstack, &nr, &flags) && nr == 1;
}

static void fill_key(struct wp_key *key, const struct wp_session *session,
		     const struct wp_open *wait, const struct wp_side *side)
{
	bool has_object = session->flags & WAITPROF_SESSION_F_OBJECTS;

	key->class_id = wait->class_id;
	key->op = wait->op;
	key->tgid = wait->tgid;
	key->tid = session->flags & WAITPROF_SESSION_F_THREADS ? wait->tid : 0;
	key->kstack = side->kstack;
	key->ustack = side->ustack;
	key->object = has_object ? wait->object : 0;
	key->object_type = has_object ? wait->object_type : 0;
	key->pad = 0;
	key->waker_kstack = 0;
	key->waker_ustack = 0;
	key->waker_tgid = 0;
	key->waker_flags = 0;
	key->size_log2 = 0;
}

/* Whoever waited is who runs here; the innermost namespace is its own. */
static u32 own_ns_tgid(void)
{
	const struct pid *pid = task_tgid(current);

	return pid ? pid->numbers[pid->level].nr : 0;
}

static void fill_sample(struct wp_sample *sample, const struct finished *f)
{
	const struct wp_open *wait = f->wait;

	sample->end_ns = f->now_ns;
	sample->duration_ns = f->duration_ns;
	sample->parts = f->parts;
	sample->ended = f->ended;
	sample->owner_tid = wait->owner_tid;
	sample->owner_tgid = wait->owner_tgid;
	sample->tid = wait->tid;
	sample->ns_tgid = own_ns_tgid();
	sample->point = f->point->id + 1;
	sample->object = wait->object;
	sample->object_type = wait->object_type;
	sample->comm = wait->comm;
	sample->waker_tid = 0;
	memset(sample->waker_comm, 0, sizeof(sample->waker_comm));
}

static void report(struct wp_session *session, const struct finished *f,
		   struct wp_side *side, bool clipped)
{
	const struct wp_open *wait = f->wait;
	struct wp_counters *counters = &this_cpu_of(session)->counters[wait->class_id];
	struct wp_sample *sample = &this_cpu_ptr(scratch)->sample;
	bool has_inner = side->inner_gen == wait->seq && side->inner_ns;
	bool clamped = f->clamped;

	fill_sample(sample, f);
	sample->clipped = clipped;
	if (clipped)
		sample->duration_ns = clip(session, f, &sample->parts);
	if (sample->duration_ns < session->filter.min_ns) {
		WRITE_ONCE(counters->filtered, counters->filtered + 1);
		return;
	}
	if (clipped)
		clipped_stacks(session, f, side);
	else if (ends_at_leaf(session, side))
		end_kernel_stack(session, f, side);
	charge_outer(session, wait, sample->duration_ns, &sample->parts);
	sample->own_ns = sample->duration_ns;
	if (has_inner) {
		u64 inner_ns = min(side->inner_ns, sample->duration_ns);

		clamped |= inner_ns != side->inner_ns;
		clamped |= wp_parts_subtract(&sample->parts, sample->duration_ns, inner_ns,
					     side->inner_runqueue_ns, side->inner_spin_ns);
		sample->own_ns -= inner_ns;
	}
	fill_key(&sample->key, session, wait, side);
	if (session->flags & WAITPROF_SESSION_F_WAKERS)
		wp_waker_tell(session, wait, sample);
	wp_report_sample(session, sample, clamped);
}

static void session_end(struct wp_session *session, const struct finished *f)
{
	const struct wp_open *wait = f->wait;
	struct wp_counters *counters = &this_cpu_of(session)->counters[wait->class_id];
	struct wp_side *sides = wp_session_sides(session, f->point->id);
	struct wp_side *side;
	bool recorded;

	if (!sides)
		return;
	side = &sides[wp_open_ref_slot(wait->self)];
	recorded = side->gen == wait->seq;
	if (!recorded) {
		if (!wp_session_came_later(session, wait->begin_ns) ||
		    !session_wants(session, wait->class_id))
			return;
		WRITE_ONCE(counters->begun, counters->begun + 1);
	}
	wp_report_ended(side, counters);
	report(session, f, side, !recorded);
	wp_cost_lap(session);
}

/**
 * wp_wait_end() - a task leaves a wait point
 * @point: the point
 * @wait: what wp_wait_begin() gave
 * @seq: its seq then; another one now means it was dropped as unpaired
 * @hit: the hook that saw it
 *
 * Context: probe of the waiting task, interrupts off.
 */
void wp_wait_end(struct wp_point *point, struct wp_open *wait, u32 seq,
		 const struct wp_hit *hit)
{
	struct finished *f = &this_cpu_ptr(scratch)->finished;
	struct wp_mark *mark = &this_cpu_ptr(scratch)->mark;
	u32 i, innermost, end;

	/* Of a dropped one, its slot's next stay may be another task's. */
	if (READ_ONCE(wait->seq) != seq)
		return;
	f->now_ns = ktime_get_mono_fast_ns();
	wp_mark_read(mark, f->now_ns);
	f->point = point;
	f->wait = wait;
	f->hit = hit;
	f->duration_ns = f->now_ns > wait->begin_ns ? f->now_ns - wait->begin_ns : 0;
	f->clamped = wp_parts_split(&f->parts, f->duration_ns, &wait->mark, mark);
	f->ended = hit->ended;
	if (f->ended == WP_END_ASK)
		f->ended = point->desc->end(wait, regs_return_value(hit->regs));

	innermost = wp_open_map_pop(wait);
	if (unlikely(innermost != wait->self))
		drop_unpaired(innermost, wait);
	end = READ_ONCE(wp_sessions_end);
	if (unlikely(end > 1))
		wp_cost_mark();
	for (i = 0; i < end; i++) {
		struct wp_session *session = rcu_dereference_sched(wp_sessions[i]);

		if (session)
			session_end(session, f);
	}
	wp_open_retire(wait);
	wp_open_put(&point->open, wait, smp_processor_id());
}
