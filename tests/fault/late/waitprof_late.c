// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that comes after a session began and has functions to be waited in, as
 * jbd2 has where it is one: tests/fault/late-module builds a waitprof that looks for
 * these names. Whoever reads debugfs waitprof_late waits in the first of them until a
 * timer wakes him.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched.h>

#define WAIT_MS 20

static struct dentry *file;

/* By their arguments no journal is told; without a clone to which they are known. */
noinline __noclone int waitprof_late_commit(void *journal, unsigned int tid);
noinline __noclone void waitprof_late_locked(void *journal);

int waitprof_late_commit(void *journal, unsigned int tid)
{
	schedule_timeout_uninterruptible(msecs_to_jiffies(WAIT_MS));
	return journal ? tid : 0;
}

void waitprof_late_locked(void *journal)
{
	schedule_timeout_uninterruptible(msecs_to_jiffies(WAIT_MS));
	/* Not the same function as the other, and not the end of its caller. */
	barrier();
}

static ssize_t late_read(struct file *unused, char __user *to, size_t size, loff_t *at)
{
	waitprof_late_commit(NULL, 0);
	waitprof_late_locked(NULL);
	return 0;
}

static const struct file_operations late_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = late_read,
};

static int __init late_init(void)
{
	file = debugfs_create_file("waitprof_late", 0400, NULL, NULL, &late_fops);
	return 0;
}

static void __exit late_exit(void)
{
	debugfs_remove(file);
}

module_init(late_init);
module_exit(late_exit);
MODULE_DESCRIPTION("Functions to wait in, for the tests of waitprof");
MODULE_LICENSE("GPL");
