// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contention for a raw spinlock that is the first member of a semaphore, by who waits
 * for the semaphore: the kernel tells of both with the same address. It takes three
 * CPUs that meet in a moment to have it happen, so it is said to happen: whoever goes
 * to sleep in schedule_timeout() tells whoever looks at the tracepoints that it has
 * spun for the lock.
 */
#include <linux/kprobes.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "kinds.h"
#include "spin.h"

#define FLAG_SPIN 1U /* LCB_F_SPIN */

static struct tracepoint *begins, *ends;
static struct kprobe sleep_probe;

static void tell(struct tracepoint *tracepoint, void *lock, unsigned int value)
{
	struct tracepoint_func *one = rcu_dereference_raw(tracepoint->funcs);

	for (; one && one->func; one++)
		((void (*)(void *, void *, unsigned int))one->func)(one->data, lock, value);
}

static int sleeps(struct kprobe *probe, struct pt_regs *regs)
{
	struct semaphore *semaphore = &lock_sets[0].semaphore;

	BUILD_BUG_ON(offsetof(struct semaphore, lock));
	if (!strcmp(current->comm, "kernel_locks")) {
		tell(begins, semaphore, FLAG_SPIN);
		tell(ends, semaphore, 0);
	}
	return 0;
}

static void find(struct tracepoint *tracepoint, void *unused)
{
	if (!strcmp(tracepoint->name, "contention_begin"))
		begins = tracepoint;
	if (!strcmp(tracepoint->name, "contention_end"))
		ends = tracepoint;
}

/**
 * spin_stop() - tell of no more
 */
void spin_stop(void)
{
	if (sleep_probe.symbol_name)
		unregister_kprobe(&sleep_probe);
	sleep_probe = (struct kprobe){};
}

/**
 * spin_start() - tell of a spinlock within every wait for a semaphore
 *
 * Return: 0, -ENOENT: this kernel has no such tracepoints, or -errno.
 */
int spin_start(void)
{
	int ret;

	spin_stop();
	for_each_kernel_tracepoint(find, NULL);
	if (!begins || !ends)
		return -ENOENT;
	sleep_probe = (struct kprobe){ .symbol_name = "schedule_timeout", .pre_handler = sleeps };
	ret = register_kprobe(&sleep_probe);
	if (ret)
		sleep_probe = (struct kprobe){};
	return ret;
}
