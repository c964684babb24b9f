// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owners of kernel locks, read from public structures without a reference: the
 * lock and its owner may go away at any time, so every read is one that cannot
 * fault, inside an RCU read section, and a caller that is not the waiter itself
 * looks afterwards whether the wait was still open.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rtmutex.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "owner.h"
#include "wp_lock.h"

static bool owner_read(struct wp_owner *owner, unsigned long word, unsigned long flags)
{
	const struct task_struct *task = (const void *)(word & ~flags);
	pid_t tid, tgid;

	memset(owner, 0, sizeof(*owner));
	if (!task || get_kernel_nofault(tid, &task->pid) ||
	    get_kernel_nofault(tgid, &task->tgid) ||
	    copy_from_kernel_nofault(owner->comm, task->comm, sizeof(owner->comm))) {
		memset(owner, 0, sizeof(*owner));
		return false;
	}
	owner->comm[WAITPROF_COMM_LEN - 1] = '\0';
	owner->tid = tid;
	owner->tgid = tgid;
	return true;
}

/**
 * wp_owner_mutex() - the owner of a mutex, or on RT of an rt_mutex
 * @owner: result
 * @lock: address the wait point got as its first argument
 *
 * Context: any, inside an RCU read section (interrupts off will do).
 * Return: true if there is one.
 */
bool wp_owner_mutex(struct wp_owner *owner, unsigned long lock)
{
	unsigned long word;

	if (get_kernel_nofault(word, (unsigned long *)wp_lock_owner_word(lock))) {
		memset(owner, 0, sizeof(*owner));
		return false;
	}
	return owner_read(owner, word, WP_LOCK_OWNER_FLAGS);
}
