// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open waits: those that the session saw begin, and what /proc can tell about
 * the others.
 */
#include <errno.h>
#include <stdlib.h>

#include "collect.h"
#include "follow.h"
#include "infer.h"
#include "task.h"

/* A wait whose begin nobody saw: what /proc can still tell. */
static void look_at(struct collect *c, struct window_open *o)
{
	struct task_syscall syscall;
	char text[4096];

	if (task_kernel_stack(o->wait.tid, text, sizeof(text)))
		return;
	o->seen_kstack = stacks_add_seen(c->stacks, text);
	if (o->wait.flags & WAITPROF_WAIT_F_INFERRED)
		o->wait.class_id = infer_class(stacks_kernel(c->stacks, o->seen_kstack), c->points,
					       c->nr_points);
	if (!task_syscall(o->wait.tid, &syscall)) {
		infer_syscall(&o->wait, &syscall);
		if (o->wait.class_id == WAITPROF_CLASS_FUTEX)
			o->seen_ustack = stacks_add_pc(c->stacks, (pid_t)o->wait.tgid, syscall.pc);
	}
	/* A class that the session does not watch is not its business. */
	if (o->wait.class_id && !(c->session.classes & 1U << o->wait.class_id))
		o->wait.class_id = WAITPROF_CLASS_NONE;
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
		if (o->wait.flags & (WAITPROF_WAIT_F_INFERRED | WAITPROF_WAIT_F_CLIPPED))
			look_at(c, o);
		c->nr_open++;
	}
	free(waits);
	window_own(c->open, c->nr_open);
	return 0;
}
