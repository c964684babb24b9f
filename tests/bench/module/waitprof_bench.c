// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel locks for tests/bench, taken by whoever writes a line to debugfs
 * waitprof_bench/command:
 *
 *	turns COUNT	take the mutex COUNT times and give up the CPU while
 *			holding it: real-time threads that do so on one CPU hand
 *			it to each other, one wait each time
 *	locks COUNT	the same mutex, nobody else there: the fast path
 *	clock COUNT	read the clock that waits are timed by
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(bench_mutex);

static void turns(unsigned int count)
{
	while (count-- && !fatal_signal_pending(current)) {
		mutex_lock(&bench_mutex);
		yield();
		mutex_unlock(&bench_mutex);
	}
}

static void locks(unsigned int count)
{
	while (count--) {
		mutex_lock(&bench_mutex);
		mutex_unlock(&bench_mutex);
		cond_resched();
	}
}

static u64 clock_sum;

static void clock(unsigned int count)
{
	u64 sum = 0;

	while (count--) {
		sum += ktime_get_mono_fast_ns();
		cond_resched();
	}
	WRITE_ONCE(clock_sum, sum);
}

static ssize_t command_write(struct file *file, const char __user *text, size_t size, loff_t *at)
{
	char line[32];
	unsigned int count;

	if (size >= sizeof(line))
		return -E2BIG;
	if (copy_from_user(line, text, size))
		return -EFAULT;
	line[size] = '\0';
	if (sscanf(line, "turns %u", &count) == 1)
		turns(count);
	else if (sscanf(line, "locks %u", &count) == 1)
		locks(count);
	else if (sscanf(line, "clock %u", &count) == 1)
		clock(count);
	else
		return -EINVAL;
	return size;
}

static const struct file_operations command_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = command_write,
};

static struct dentry *folder;

static int __init bench_init(void)
{
	folder = debugfs_create_dir("waitprof_bench", NULL);
	debugfs_create_file("command", 0200, folder, NULL, &command_fops);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove_recursive(folder);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Kernel locks handed from thread to thread, for the benchmark of waitprof");
MODULE_LICENSE("GPL");
