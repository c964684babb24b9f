// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open waits: those that the session saw begin or that another one has recorded,
 * and what /proc can tell about the others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect.h"
#include "collect/follow.h"
#include "collect/infer.h"
#include "proc/task.h"

static const char *point_symbol(const struct collect *c, uint32_t id)
{
	for (size_t i = 0; i < c->nr_points; i++)
		if (id && c->points[i].id == id && c->points[i].symbol[0])
			return c->points[i].symbol;
	return NULL;
}

/* The class that a stack from /proc speaks of: looked for once for each. */
static uint32_t class_of(struct collect *c, uint32_t seen)
{
	uint32_t i = seen - STACKS_SEEN;

	if (!seen)
		return WAITPROF_CLASS_NONE;
	if (i >= c->nr_seen_classes) {
		uint32_t nr = i + i / 2 + 64;
		uint8_t *more = realloc(c->seen_classes, nr);

		if (!more)
			return WAITPROF_CLASS_NONE;
		memset(more + c->nr_seen_classes, 0, nr - c->nr_seen_classes);
		c->seen_classes = more;
		c->nr_seen_classes = nr;
	}
	if (!c->seen_classes[i])
		c->seen_classes[i] = (uint8_t)(1 + infer_class(stacks_kernel(c->stacks, seen),
							       c->points, c->nr_points));
	return c->seen_classes[i] - 1U;
}

/* What the module does not have of a wait: what /proc can still tell. */
static void look_at(struct collect *c, struct window_open *o)
{
	bool inferred = o->wait.flags & WAITPROF_WAIT_F_INFERRED;
	struct task_syscall syscall;
	char text[4096];

	if (task_kernel_stack(o->wait.tid, text, sizeof(text)))
		return;
	o->seen_kstack = stacks_add_seen(c->stacks, text, point_symbol(c, o->wait.point));
	if (inferred)
		o->wait.class_id = class_of(c, o->seen_kstack);
	if (o->wait.class_id == WAITPROF_CLASS_FUTEX && !task_syscall(o->wait.tid, &syscall)) {
		infer_syscall(&o->wait, &syscall);
		o->seen_ustack = stacks_add_pc(c->stacks, (pid_t)o->wait.tgid, syscall.pc);
	}
	/* A class that was not asked for is not our business. */
	if (inferred && c->wanted && !(c->wanted & 1U << o->wait.class_id))
		o->wait.class_id = WAITPROF_CLASS_NONE;
}

/* Another session that saw it begin has lent its stacks, or nobody has any. */
static bool is_to_be_looked_at(const struct waitprof_open *wait)
{
	return wait->flags & WAITPROF_WAIT_F_INFERRED ||
	       (wait->class_id != WAITPROF_CLASS_BLOCK && wait->flags & WAITPROF_WAIT_F_CLIPPED &&
		!wait->kstack);
}

/**
 * collect_read_open() - read the open waits, unseen ones too
 * @c: collect; @c->open, @c->nr_open and, unless paused, @c->edge_ns are set
 *
 * Return: 0 or -errno.
 */
int collect_read_open(struct collect *c)
{
	struct waitprof_open *waits;
	size_t nr;
	uint64_t read_ns;
	int ret;

	ret = client_open_waits(c->client, c->session.id, true, &waits, &nr);
	if (ret)
		return ret;
	read_ns = follow_now();
	if (!c->paused)
		c->edge_ns = read_ns;
	free(c->open);
	c->nr_open = 0;
	c->open = calloc(nr ? nr : 1, sizeof(*c->open));
	if (!c->open) {
		free(waits);
		return -ENOMEM;
	}
	for (size_t i = 0; i < nr; i++) {
		struct window_open *o = &c->open[c->nr_open];

		o->wait = waits[i];
		if (c->paused && !window_cut(o, c->edge_ns, read_ns))
			continue;
		/* A wait too short to be reported is not charged while open. */
		if (o->wait.since_ns < c->options->min_wait_ns)
			continue;
		if (is_to_be_looked_at(&o->wait))
			look_at(c, o);
		c->nr_open++;
	}
	free(waits);
	window_own(c->open, c->nr_open);
	return 0;
}
