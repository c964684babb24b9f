// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for a per-CPU rwsem. The readers' function is their slow path, taken
 * while a writer is about; the writers' is the whole of percpu_down_write(), which
 * waits for a grace period, other writers and all readers. It has no owner.
 */
#include <linux/percpu-rwsem.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>

#include "point.h"

static const struct wp_symbol read_symbols[] = {
	{ "__percpu_down_read", WAITPROF_OP_READ },
	{}
};

static const struct wp_symbol write_symbols[] = {
	{ "percpu_down_write", WAITPROF_OP_WRITE },
	{}
};

static bool percpu_rwsem_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 op)
{
	const struct percpu_rw_semaphore *sem = (const void *)regs->di;
	int block;

	args->object = regs->di;
	args->object_type = WAITPROF_OBJECT_KADDR;
	args->op = op;
	if (op == WAITPROF_OP_WRITE)
		return true;
	/* One that only tries does not wait, nor does one whom no writer blocks. */
	return !(regs->si & 0xff) &&
	       (get_kernel_nofault(block, (int *)&sem->block.counter) || block);
}

const struct wp_point_desc wp_point_percpu_rwsem[] = {
	{
		.name = "percpu_down_read",
		.contention = WP_CONTENTION_PERCPU_READ,
		.contention_op = WAITPROF_OP_READ,
		.class_id = WAITPROF_CLASS_PERCPU_RWSEM,
		.limit = WP_POINT_LIMIT_SMALL,
		.symbols = read_symbols,
		.begin = percpu_rwsem_begin,
		.end = wp_point_end_woken,
	}, {
		.name = "percpu_down_write",
		.contention = WP_CONTENTION_PERCPU_WRITE,
		.contention_op = WAITPROF_OP_WRITE,
		.class_id = WAITPROF_CLASS_PERCPU_RWSEM,
		.limit = WP_POINT_LIMIT_SMALL,
		.symbols = write_symbols,
		.begin = percpu_rwsem_begin,
		.end = wp_point_end_woken,
	},
	{}
};
