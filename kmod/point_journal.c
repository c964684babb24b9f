// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for the journal of ext4 and ocfs2 (jbd2): for a commit to reach the disk
 * and for a transaction that is being committed to let go. The kernel does not
 * count them as waits for I/O. jbd2 is a module on some kernels.
 */
#include <linux/blkdev.h>
#include <linux/jbd2.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>

#include "point.h"

static const struct wp_symbol commit_symbols[] = { { "jbd2_log_wait_commit" }, {} };
static const struct wp_symbol locked_symbols[] = { { "wait_transaction_locked" }, {} };

static void journal_device(struct wp_point_args *args, const journal_t *journal)
{
	struct block_device *device;
	dev_t dev;

	if (get_kernel_nofault(device, (struct block_device **)&journal->j_dev) || !device ||
	    get_kernel_nofault(dev, &device->bd_dev))
		return;
	args->object = (u32)dev;
	args->object_type = WAITPROF_OBJECT_DEV;
}

static bool commit_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	const journal_t *journal = (const void *)regs->di;
	tid_t done;

	journal_device(args, journal);
	/* Returns at once if that transaction is on disk already. */
	return get_kernel_nofault(done, (tid_t *)&journal->j_commit_sequence) ||
	       tid_gt((tid_t)regs->si, done);
}

static bool locked_begin(struct wp_point_args *args, const struct pt_regs *regs, u8 variant)
{
	journal_device(args, (const void *)regs->di);
	return true;
}

const struct wp_point_desc wp_point_journal[] = {
	{
		.name = "jbd2_log_wait_commit",
		.class_id = WAITPROF_CLASS_JOURNAL,
		.limit = WP_POINT_LIMIT_SMALL,
		.in_module = true,
		.symbols = commit_symbols,
		.begin = commit_begin,
		.end = wp_point_end_woken,
	}, {
		.name = "wait_transaction_locked",
		.class_id = WAITPROF_CLASS_JOURNAL,
		.limit = WP_POINT_LIMIT_SMALL,
		.in_module = true,
		.symbols = locked_symbols,
		.begin = locked_begin,
		.end = wp_point_end_woken,
	},
	{}
};
