/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOCKS_STAGE_H
#define LOCKS_STAGE_H

#include <linux/types.h>

struct lock_kind;
struct lock_op;

int stage_hold(struct lock_kind *kind, const struct lock_op *op, unsigned int nr, unsigned int ms,
	       int end, unsigned int busy_ms);
void stage_gate(bool shut);
int stage_take(struct lock_kind *kind, const struct lock_op *op, unsigned int ms);
int stage_cross(struct lock_kind *kind, const struct lock_op *op, unsigned int first);

#endif
