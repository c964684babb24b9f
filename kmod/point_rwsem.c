// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for an rwsem, as reader or as writer.
 *
 * On RT an rwsem is a count of readers and an rt_mutex; a writer's function is
 * also entered when nothing is in its way, which is looked at first.
 */
#include <linux/err.h>
#include <linux/ptrace.h>
#include <linux/rwsem.h>
#include <linux/uaccess.h>

#include "wp_lock.h"
#include "point.h"

static bool rwsem_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 op)
{
	args->object = regs->di;
	args->object_type = WAITPROF_OBJECT_KADDR;
	args->arg[0] = regs->di;
	args->op = op;
	wp_owner_rwsem(&args->owner, regs->di);
#ifdef CONFIG_PREEMPT_RT
	if (op == WAITPROF_OP_WRITE && !args->owner.tid) {
		const struct wp_rwsem_of_rt *rwb = (const void *)regs->di;
		int readers;

		return get_kernel_nofault(readers, &rwb->readers.counter) ||
		       readers != (int)READER_BIAS;
	}
#endif
	return true;
}

#ifdef CONFIG_PREEMPT_RT
static const struct wp_symbol read_symbols[] = {
	{ "__rwbase_read_lock", WAITPROF_OP_READ },
	{}
};

static const struct wp_symbol write_symbols[] = {
	{ "rwbase_write_lock", WAITPROF_OP_WRITE },
	{}
};

#define rwsem_end wp_point_end_result
#else
static const struct wp_symbol read_symbols[] = {
	{ "rwsem_down_read_slowpath", WAITPROF_OP_READ },
	{}
};

static const struct wp_symbol write_symbols[] = {
	{ "rwsem_down_write_slowpath", WAITPROF_OP_WRITE },
	{}
};

/* They return the rwsem or an error pointer. */
static u32 rwsem_end(const struct wp_open *wait, unsigned long return_value)
{
	if (!IS_ERR_VALUE(return_value))
		return WAITPROF_END_WAKE;
	return wp_point_end_result(wait, return_value);
}
#endif

const struct wp_point_desc wp_point_rwsem[] = {
	{
		.name = "rwsem_down_read",
		.contention = WP_CONTENTION_RWSEM_READ,
		.contention_op = WAITPROF_OP_READ,
		.class_id = WAITPROF_CLASS_RWSEM,
		.limit = WP_POINT_LIMIT,
		.symbols = read_symbols,
		.begin = rwsem_begin,
		.end = rwsem_end,
		.owner = wp_owner_rwsem,
	}, {
		.name = "rwsem_down_write",
#ifndef CONFIG_PREEMPT_RT
		/* On RT a writer contends twice: with writers, then with readers. */
		.contention = WP_CONTENTION_RWSEM_WRITE,
		.contention_op = WAITPROF_OP_WRITE,
#endif
		.class_id = WAITPROF_CLASS_RWSEM,
		.limit = WP_POINT_LIMIT,
		.symbols = write_symbols,
		.begin = rwsem_begin,
		.end = rwsem_end,
		.owner = wp_owner_rwsem,
	},
	{}
};
