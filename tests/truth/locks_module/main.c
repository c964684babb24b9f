// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits on locks of the kernel, on request and logged by whoever waits. Lines
 * written to debugfs waitprof_locks/command are carried out by the writer:
 *
 *	hold KIND OP WAITERS MS END [BUSY_MS]	take the lock, let WAITERS threads
 *		come and MS pass, then end their waits: END 0 releases the lock,
 *		a signal number sends them that signal, -1 leaves them to their
 *		timeouts; the last two release it when all have given up. With
 *		BUSY_MS it keeps its CPU until then and so long, and sleeps after
 *	take KIND OP [MS]		wait for a holder, then for its lock
 *	cross KIND OP FIRST		of two locks, hold FIRST (0 or 1); once
 *		another thread holds the other one, wait for that: a deadlock
 *	outer INNER_MS OWN_MS SITE	an I/O wait inside waitprof_locks_inner(),
 *		called by waitprof_locks_outer(), called from one of two places,
 *		or (SITE 2) from one after the other
 *	spin				whoever sleeps for a semaphore is told to have
 *		spun for the spinlock in it; "spin -" ends that
 *	kthread LINE			a kernel thread of its own does that
 *	gate				holders keep their locks until "gate -"
 *	reset				an empty log
 *
 * waitprof_locks/log has one JSON object a wait, waitprof_locks/locks the
 * addresses. Threads meet by flags and timers, never in another lock.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "kinds.h"
#include "log.h"
#include "nest.h"
#include "spin.h"
#include "stage.h"
#include "thread.h"
#include "watch.h"

DEFINE_SHOW_ATTRIBUTE(log);
DEFINE_SHOW_ATTRIBUTE(locks);
DEFINE_SHOW_ATTRIBUTE(hits);

static int carry_out(const char *line)
{
	char kind_name[16] = "", op_name[16] = "";
	const struct lock_op *op;
	struct lock_kind *kind;
	unsigned int a, b = 0, busy = 0;
	int end;

	if (!strcmp(line, "reset")) {
		log_reset();
		return 0;
	}
	if (!strcmp(line, "spin"))
		return spin_start();
	if (!strcmp(line, "spin -")) {
		spin_stop();
		return 0;
	}
	if (!strncmp(line, "kthread ", 8))
		return thread_carry_out(line + 8, carry_out);
	if (!strcmp(line, "gate") || !strcmp(line, "gate -")) {
		stage_gate(!line[4]);
		return 0;
	}
	if (!strncmp(line, "watch ", 6))
		return watch_start(line + 6);
	if (sscanf(line, "outer %u %u %d", &a, &b, &end) == 3)
		return (end != 1 ? nest_outer(a, b, 0) : 0) ?: (end ? nest_outer(a, b, 1) : 0);
	if (sscanf(line, "hold %15s %15s %u %u %d %u", kind_name, op_name, &a, &b, &end, &busy) >=
	    5)
		return kinds_find(kind_name, op_name, &kind, &op) ?:
			       stage_hold(kind, op, a, b, end, busy);
	if (sscanf(line, "cross %15s %15s %u", kind_name, op_name, &a) == 3 && a < NR_SETS)
		return kinds_find(kind_name, op_name, &kind, &op) ?: stage_cross(kind, op, a);
	if (sscanf(line, "take %15s %15s %u", kind_name, op_name, &b) >= 2)
		return kinds_find(kind_name, op_name, &kind, &op) ?: stage_take(kind, op, b);
	return -EINVAL;
}

static ssize_t command_write(struct file *file, const char __user *text, size_t size, loff_t *at)
{
	char line[80];
	int ret;

	if (size >= sizeof(line))
		return -E2BIG;
	if (copy_from_user(line, text, size))
		return -EFAULT;
	line[size] = '\0';
	ret = carry_out(strim(line));
	return ret ? ret : size;
}

static const struct file_operations command_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = command_write,
};

static struct dentry *folder;

static int __init locks_init(void)
{
	int ret = kinds_init();

	if (ret)
		return ret;
	folder = debugfs_create_dir("waitprof_locks", NULL);
	debugfs_create_file("command", 0200, folder, NULL, &command_fops);
	debugfs_create_file("log", 0400, folder, NULL, &log_fops);
	debugfs_create_file("hits", 0400, folder, NULL, &hits_fops);
	debugfs_create_file("locks", 0400, folder, NULL, &locks_fops);
	return 0;
}

static void __exit locks_exit(void)
{
	debugfs_remove_recursive(folder);
	watch_stop();
	spin_stop();
	kinds_exit();
}

module_init(locks_init);
module_exit(locks_exit);
MODULE_DESCRIPTION("Known waits on locks of the kernel, for the tests of waitprof");
MODULE_LICENSE("GPL");
