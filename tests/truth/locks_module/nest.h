/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOCKS_NEST_H
#define LOCKS_NEST_H

#include <linux/mutex.h>
#include <linux/types.h>

struct locks_wait;

/* To be hooked as an extra wait point: an I/O wait lies inside it. */
long waitprof_locks_outer(struct mutex *lock, unsigned int inner_ms, unsigned int own_ms,
			  struct locks_wait *inner);
int nest_outer(unsigned int inner_ms, unsigned int own_ms, unsigned int site);

#endif
