// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owners of kernel locks, read from public structures without a reference: the
 * lock and its owner may go away at any time, so every read is one that cannot
 * fault, inside an RCU read section, and a caller that is not the waiter itself
 * looks afterwards whether the wait was still open.
 */
#include <linux/build_bug.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "owner.h"
#include "wp_lock.h"

/* Is that a task that lives? Only its address is known, and what once was its id. */
static bool lives(const struct task_struct *task, pid_t tid)
{
	bool found;

	/* Interrupts are off in a probe, which would do, but pid_task() asks for this. */
	rcu_read_lock();
	found = pid_task(find_pid_ns(tid, &init_pid_ns), PIDTYPE_PID) == task;
	rcu_read_unlock();
	return found;
}

static bool owner_read(struct wp_owner *owner, const void *at, unsigned long flags,
		       unsigned long reader)
{
	const struct task_struct *task;
	unsigned long word;
	u64 ids; /* tid and tgid lie side by side */

	BUILD_BUG_ON(offsetof(struct task_struct, tgid) !=
		     offsetof(struct task_struct, pid) + sizeof(pid_t));
	memset(owner, 0, sizeof(*owner));
	if (get_kernel_nofault(word, (unsigned long *)at))
		return false;
	task = (const void *)(word & ~flags);
	if (!task || get_kernel_nofault(ids, (u64 *)&task->pid))
		return false;
	/*
	 * A writer lives as long as it holds the lock. A reader is only the last
	 * that took it: it may have let go and ended, and its memory be another's.
	 */
	if (word & reader && !lives(task, (pid_t)ids))
		return false;
	owner->tid = (u32)ids;
	owner->tgid = ids >> 32;
	owner->reader = word & reader;
	owner->task = task;
	return true;
}

/**
 * wp_owner_comm() - the name of an owner
 * @owner: found, in the same RCU read section
 * @comm: WAITPROF_COMM_LEN bytes; empty if it cannot be read
 *
 * Context: inside an RCU read section.
 */
void wp_owner_comm(const struct wp_owner *owner, char *comm)
{
	const struct task_struct *task = owner->task;

	if (copy_from_kernel_nofault(comm, task->comm, WAITPROF_COMM_LEN))
		comm[0] = '\0';
	comm[WAITPROF_COMM_LEN - 1] = '\0';
}

/**
 * wp_owner_mutex() - the owner of a mutex
 * @owner: result
 * @lock: address of the mutex; on RT of the rt_mutex inside
 *
 * Context: any, inside an RCU read section (interrupts off will do).
 * Return: true if there is one.
 */
bool wp_owner_mutex(struct wp_owner *owner, unsigned long lock)
{
	return owner_read(owner, wp_mutex_owner_word(lock), WP_MUTEX_OWNER_FLAGS, 0);
}

/**
 * wp_owner_rwsem() - the writer that owns an rwsem, or its last reader
 * @owner: result
 * @lock: address of the rwsem; on RT of the struct rwbase_rt inside
 *
 * Context: as wp_owner_mutex().
 * Return: true if there is one.
 */
bool wp_owner_rwsem(struct wp_owner *owner, unsigned long lock)
{
	return owner_read(owner, wp_rwsem_owner_word(lock), WP_RWSEM_OWNER_FLAGS,
			  WP_RWSEM_READER);
}

/**
 * wp_owner_rtmutex() - the owner of an rt_mutex
 * @owner: result
 * @lock: address of the rt_mutex
 *
 * Context: as wp_owner_mutex().
 * Return: true if there is one.
 */
bool wp_owner_rtmutex(struct wp_owner *owner, unsigned long lock)
{
	/* Bit 0: there are waiters. */
	return owner_read(owner, wp_rtmutex_owner_word(lock), 1UL, 0);
}
