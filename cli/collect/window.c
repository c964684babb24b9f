// SPDX-License-Identifier: GPL-2.0-only
/*
 * Window edges: the part of a wait that lies inside a window is charged to it,
 * whether or not the wait has ended. A reading is the module's totals plus, for
 * each open wait, its time since the session began; both only grow, so the
 * difference of two readings is exactly what lies between them:
 *
 *	reading 1          reading 2          reading 3
 *	   |  <--- wait, open ---|--------> ended |
 *	   c                    c + w          d = whole
 *
 * charges w to the first window and d - (c + w) to the second, without a memory
 * of single waits.
 */
#include <errno.h>
#include <string.h>

#include "collect/window.h"

/* How far the age of a wait that nobody saw begin can be off. */
#define SLACK_NS 5000000

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/**
 * window_cut() - let an open wait end where its session was paused
 * @open: wait; @since_ns becomes its age at the edge
 * @edge_ns: when the session was paused, CLOCK_MONOTONIC
 * @read_ns: when the wait was read
 *
 * Return: false when the wait began after the edge. The session has not seen
 * such a wait, and its age is only known to SLACK_NS.
 */
bool window_cut(struct window_open *open, uint64_t edge_ns, uint64_t read_ns)
{
	struct waitprof_open *w = &open->wait;
	uint64_t late = less(read_ns, edge_ns);

	if (w->begin_ns) {
		if (w->begin_ns > edge_ns)
			return false;
		w->since_ns = edge_ns - w->begin_ns;
		return true;
	}
	if (w->since_ns <= late + SLACK_NS)
		return false;
	w->since_ns -= late;
	return true;
}

/**
 * window_own() - own time so far of open waits
 * @open: all open waits of a reading; @own_ns is set
 * @nr: their number
 *
 * A wait that has another open wait of its thread inside it stops where that
 * one began; of waits that have ended inside it the module keeps the sum.
 */
void window_own(struct window_open *open, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct waitprof_open *w = &open[i].wait;
		uint64_t inner = 0;

		if (w->flags & WAITPROF_WAIT_F_OUTER) {
			for (size_t k = 0; k < nr; k++)
				if (k != i && open[k].wait.tid == w->tid &&
				    open[k].wait.class_id != WAITPROF_CLASS_BLOCK &&
				    open[k].wait.begin_ns > w->begin_ns &&
				    open[k].wait.since_ns > inner)
					inner = open[k].wait.since_ns;
		}
		open[i].own_ns = less(less(w->since_ns, w->inner_ns), inner);
	}
}

/**
 * window_charge() - the part of an open wait that a session is charged
 * @open: the wait
 * @age_ns: age of the session at the reading
 *
 * Return: ns.
 */
uint64_t window_charge(const struct window_open *open, uint64_t age_ns)
{
	return open->own_ns < age_ns ? open->own_ns : age_ns;
}

static void open_key(struct waitprof_row *key, const struct waitprof_open *w, uint32_t flags)
{
	memset(key, 0, sizeof(*key));
	key->class_id = w->class_id;
	key->op = w->op;
	key->tgid = w->tgid;
	key->tid = flags & WAITPROF_SESSION_F_THREADS ? w->tid : 0;
	key->kstack = w->kstack;
	key->ustack = w->ustack;
	if (flags & WAITPROF_SESSION_F_OBJECTS) {
		key->object = w->object;
		key->object_type = w->object_type;
	}
}

/**
 * window_add() - add the open waits of a reading to its totals
 * @p: totals of the same reading
 * @open: open waits; those without a class are left out, and requests to devices,
 *	which count when they complete
 * @nr: their number
 * @age_ns: age of the session at the reading
 * @session_flags: WAITPROF_SESSION_F_*: what the rows' keys are made of
 *
 * Return: 0, or -ENOMEM.
 */
int window_add(struct profile *p, const struct window_open *open, size_t nr, uint64_t age_ns,
	       uint32_t session_flags)
{
	for (size_t i = 0; i < nr; i++) {
		const struct waitprof_open *w = &open[i].wait;
		struct waitprof_row key, add = { 0 };
		struct profile_row *row;

		if (w->class_id == WAITPROF_CLASS_NONE || w->class_id == WAITPROF_CLASS_BLOCK)
			continue;
		open_key(&key, w, session_flags);
		row = profile_get(p, &key, w->flags & WAITPROF_WAIT_F_INFERRED);
		if (!row)
			return -ENOMEM;
		add.total_ns = window_charge(&open[i], age_ns);
		add.blocked_ns = add.total_ns;
		add.max_ns = w->since_ns < age_ns ? w->since_ns : age_ns;
		add.last_object = w->object;
		add.last_object_type = w->object_type;
		add.owner_tid = w->owner_tid ? w->owner_tid : w->owner_begin_tid;
		add.owner_tgid = w->owner_tid ? w->owner_tgid : 0;
		add.last_tid = w->tid;
		memcpy(add.comm, w->comm, sizeof(add.comm));
		profile_sum(&row->row, &add);
		row->open++;
		if (open[i].seen_kstack)
			row->seen_kstack = open[i].seen_kstack;
		if (open[i].seen_ustack)
			row->seen_ustack = open[i].seen_ustack;
	}
	return 0;
}
