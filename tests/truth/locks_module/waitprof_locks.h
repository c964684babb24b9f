/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_LOCKS_H
#define WAITPROF_LOCKS_H

#include <linux/mutex.h>
#include <linux/types.h>

struct locks_wait;

/* To be hooked as an extra wait point: an I/O wait lies inside it. */
long waitprof_locks_outer(struct mutex *lock, unsigned int inner_ms, unsigned int own_ms,
			  struct locks_wait *inner);

#endif
